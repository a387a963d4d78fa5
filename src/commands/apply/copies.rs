//! What cannot be read twice, standard input and pipes, is copied to a temporary file.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

use crate::commands::writing;
use crate::error::Error;
use crate::input::{self, Log, is_special};

/// Copies of some files of a log, removed when no longer needed.
#[derive(Default)]
pub(super) struct Copies(BTreeMap<String, PathBuf>);

impl Copies {
    /// Copies of those files of a log that cannot be read twice.
    pub(super) fn of(log: &Log) -> Result<Self, Error> {
        let mut copies = Self::default();
        let streams = log
            .paths
            .iter()
            .filter(|path| *path == "-" || is_special(path));
        for (path, number) in streams.zip(0_u32..) {
            let name = format!("calib-apply-{}-{number}.tmp", std::process::id());
            let copy = std::env::temp_dir().join(name);
            let failed = |error: &io::Error| writing::cannot_write(&copy.to_string_lossy(), error);
            let mut file = private(&copy).map_err(|error| failed(&error))?;
            copies.0.insert(path.clone(), copy.clone());
            input::copy(path, &mut file)?.map_err(|error| failed(&error))?;
        }
        Ok(copies)
    }

    /// The copies by what they stand for.
    pub(super) fn paths(&self) -> BTreeMap<String, PathBuf> {
        self.0.clone()
    }
}

/// A new file that nobody else may read.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

impl Drop for Copies {
    fn drop(&mut self) {
        for copy in self.0.values() {
            // A copy that is left behind does no harm.
            let _ = fs::remove_file(copy);
        }
    }
}
