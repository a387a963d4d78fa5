//! What a model was fitted on, as a hash that anyone can check: that of `cat FILE... | sha256sum`.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read};

use sha2::{Digest, Sha256};

use crate::codes;
use crate::commands::reading::Reading;
use crate::error::{Error, Place};

/// Bytes hashed at a time.
const BLOCK: usize = 1 << 16;

/// SHA-256 of the files of a log one after another, or of its states; none of what is no file, such as standard input.
pub(in crate::commands) fn of(reading: &Reading) -> Result<Option<String>, Error> {
    let read = reading.state.inputs.iter().map(|input| input.path.as_str());
    let paths: Vec<&str> = match reading.saved.is_empty() {
        true => read.collect(),
        false => reading.saved.iter().map(String::as_str).collect(),
    };
    // A stream is gone, and a folder that is one log has no bytes of its own.
    let is_file = |path: &&str| std::fs::metadata(path).is_ok_and(|found| found.is_file());
    if !paths.iter().all(is_file) {
        return Ok(None);
    }
    let mut hash = Sha256::new();
    for path in paths {
        add(path, &mut hash).map_err(|error| {
            Error::new(&codes::CANNOT_READ, error.to_string()).at(Place::file(path))
        })?;
    }
    let mut text = String::new();
    for byte in hash.finalize() {
        // A string takes whatever is written to it.
        let _ = write!(text, "{byte:02x}");
    }
    Ok(Some(text))
}

fn add(path: &str, hash: &mut Sha256) -> io::Result<()> {
    let mut file = File::open(path)?;
    let mut block = vec![0; BLOCK];
    loop {
        match file.read(&mut block)? {
            0 => return Ok(()),
            read => hash.update(&block[..read]),
        }
    }
}
