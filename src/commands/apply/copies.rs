//! What cannot be read twice, standard input and pipes, is copied to a temporary file.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use crate::commands::writing;
use crate::error::Error;
use crate::input::{self, Log, is_special};

/// Names that are tried for a copy.
const ATTEMPTS: u32 = 16;

/// Copies of some files of a log, removed when no longer needed.
#[derive(Default)]
pub(super) struct Copies(BTreeMap<String, Copy>);

/// A file that holds what cannot be read twice.
struct Copy {
    /// Where it can be opened.
    path: PathBuf,
    /// Held open: a file without a name ends with the last who holds it, whatever ends that process.
    _file: File,
    /// Whether its name is to be removed.
    named: bool,
}

impl Copies {
    /// Copies of those files of a log that cannot be read twice.
    pub(super) fn of(log: &Log) -> Result<Self, Error> {
        let mut copies = Self::default();
        let streams = log
            .paths
            .iter()
            .filter(|path| *path == "-" || is_special(path));
        for path in streams {
            let folder = std::env::temp_dir();
            let failed =
                |error: &io::Error| writing::cannot_write(&folder.to_string_lossy(), error);
            let (copy, mut file) = Copy::begin(&folder).map_err(|error| failed(&error))?;
            copies.0.insert(path.clone(), copy);
            input::copy(path, &mut file)?.map_err(|error| failed(&error))?;
        }
        Ok(copies)
    }

    /// The copies by what they stand for.
    pub(super) fn paths(&self) -> BTreeMap<String, PathBuf> {
        let copies = self.0.iter();
        copies
            .map(|(path, copy)| (path.clone(), copy.path.clone()))
            .collect()
    }
}

impl Copy {
    /// A new file of a name that nobody can foresee, and the way to write it.
    fn begin(folder: &Path) -> io::Result<(Self, File)> {
        for attempt in 0..ATTEMPTS {
            let number = RandomState::new().hash_one(attempt);
            let path = folder.join(format!("calib-apply-{number:016x}.tmp"));
            match private(&path) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                file => return Self::unnamed(path, file?),
            }
        }
        Err(io::Error::new(
            ErrorKind::AlreadyExists,
            "every name that was tried is taken",
        ))
    }

    /// The file without its name, where the system can open it without one.
    fn unnamed(path: PathBuf, file: File) -> io::Result<(Self, File)> {
        let write = file.try_clone()?;
        let (path, named) = match held(&file) {
            Some(held) if fs::remove_file(&path).is_ok() => (held, false),
            _ => (path, true),
        };
        let copy = Self {
            path,
            _file: file,
            named,
        };
        Ok((copy, write))
    }
}

/// Where a file that is held open can be opened once more, from its beginning.
#[cfg(target_os = "linux")]
fn held(file: &File) -> Option<PathBuf> {
    use std::os::fd::AsRawFd;
    let path = PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()));
    File::open(&path).is_ok().then_some(path)
}

/// Elsewhere such a path goes on where the last reader stopped.
#[cfg(not(target_os = "linux"))]
fn held(_: &File) -> Option<PathBuf> {
    None
}

/// A new file that nobody else may read.
fn private(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)
}

impl Drop for Copy {
    fn drop(&mut self) {
        if self.named {
            // A copy that is left behind does no harm.
            let _ = fs::remove_file(&self.path);
        }
    }
}
