//! Runs the command in a directory of its own and judges what any refusal must look like.

use std::path::Path;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// How a command ended.
pub(crate) struct Ended {
    pub(crate) exit: i32,
    pub(crate) out: Vec<u8>,
    pub(crate) err: String,
}

impl Ended {
    /// The JSON report.
    pub(crate) fn report(&self) -> Value {
        assert_eq!(self.exit, 0, "{}", self.err);
        serde_json::from_slice(&self.out).unwrap()
    }
}

/// A directory with these files.
pub(crate) fn folder<'f>(files: impl IntoIterator<Item = (&'f str, &'f [u8])>) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, bytes) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, bytes).unwrap();
    }
    folder
}

/// Runs `calib audit` in a directory.
pub(crate) fn audit(folder: &Path, arguments: &[&str], stdin: &[u8]) -> Ended {
    let output = Command::new(assert_cmd::cargo::cargo_bin!("calib"))
        .current_dir(folder)
        .env_clear()
        .args(["audit", "--resamples", "1"])
        .args(arguments)
        .write_stdin(stdin)
        .output()
        .unwrap();
    let ended = Ended {
        exit: output.status.code().unwrap(),
        out: output.stdout,
        err: String::from_utf8(output.stderr).unwrap(),
    };
    let raw = ended.err.chars().find(|c| acts(*c));
    assert_eq!(raw, None, "a raw character reached {:?}", ended.err);
    if ended.exit != 0 {
        assert!(ended.out.is_empty(), "a report in spite of {}", ended.err);
    }
    ended
}

/// Whether a character could act on a terminal, hide or reorder.
fn acts(c: char) -> bool {
    (c.is_control() && c != '\n')
        || matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

/// The bytes compressed with gzip.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// The bytes compressed with Zstandard.
#[cfg(feature = "zstd")]
pub(crate) fn zstandard(bytes: &[u8]) -> Vec<u8> {
    zstd::stream::encode_all(bytes, 1).unwrap()
}
