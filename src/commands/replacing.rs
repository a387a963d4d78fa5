//! Files that are whole at every moment: what was there, or what was written.

use std::ffi::{OsStr, OsString};
use std::fs::{self, File};
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};

use super::signals::Deferred;

/// Names that are tried for the file beside the one to be written.
const ATTEMPTS: u32 = 16;

/// Writes a file beside its place and moves it there, so that no one ever sees half of it. A link stays a link, and
/// who may read the file stays as it was.
///
/// # Errors
/// When it cannot be written; then nothing has changed.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    // A device or a pipe is written to; moving a file there would replace it.
    if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return fs::OpenOptions::new()
            .write(true)
            .open(path)?
            .write_all(bytes);
    }
    let path = &fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let name = path
        .file_name()
        .ok_or_else(|| io::Error::new(ErrorKind::InvalidInput, "the path names no file"))?;
    let _deferred = Deferred::new();
    sweep(path, name);
    let (beside, file) = create_beside(path, name)?;
    let written = fill(file, path, bytes).and_then(|_held| fs::rename(&beside, path));
    if written.is_err() {
        // The first error is the one to tell.
        let _ = fs::remove_file(&beside);
    }
    written
}

/// A new file next to this one, locked for as long as it is open.
pub(super) fn create_beside(path: &Path, name: &OsStr) -> io::Result<(PathBuf, File)> {
    let process = std::process::id();
    for attempt in 0..ATTEMPTS {
        let mut beside = prefix(name);
        beside.push(format!("{process}.{attempt}.tmp"));
        let beside = path.with_file_name(beside);
        let file = match File::create_new(&beside) {
            // Left by a process that was killed, on a machine whose numbers begin anew.
            Err(error) if error.kind() == ErrorKind::AlreadyExists => continue,
            file => file?,
        };
        // Where files have no locks, no one sweeps either.
        let _ = file.try_lock();
        // Swept away before it was locked.
        if beside.exists() {
            return Ok((beside, file));
        }
    }
    let detail = format!("{ATTEMPTS} files left by killed processes are in the way");
    Err(io::Error::new(ErrorKind::AlreadyExists, detail))
}

/// Writes the file for the same readers as the one it is to replace; it stays locked while it is held.
fn fill(mut file: File, old: &Path, bytes: &[u8]) -> io::Result<File> {
    if let Ok(old) = fs::metadata(old) {
        file.set_permissions(old.permissions())?;
    }
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(file)
}

/// Removes what processes left that were killed while they wrote this file. Those that still write hold a lock.
pub(super) fn sweep(path: &Path, name: &OsStr) {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    // What cannot be swept does no harm.
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        if is_beside(&entry.file_name(), name) && is_abandoned(&entry) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

fn is_abandoned(entry: &fs::DirEntry) -> bool {
    // Neither a pipe, which would wait to be written, nor a link.
    let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
    is_file && File::open(entry.path()).is_ok_and(|file| file.try_lock().is_ok())
}

/// Whether this is a name that [`create_beside`] gives to what becomes the other.
fn is_beside(candidate: &OsStr, name: &OsStr) -> bool {
    let prefix = prefix(name);
    let rest = candidate
        .as_encoded_bytes()
        .strip_prefix(prefix.as_encoded_bytes());
    let numbers = rest.and_then(|rest| rest.strip_suffix(b".tmp"));
    let is_number = |part: &[u8]| !part.is_empty() && part.iter().all(u8::is_ascii_digit);
    numbers.is_some_and(|numbers| {
        let parts: Vec<_> = numbers.split(|byte| *byte == b'.').collect();
        parts.len() == 2 && parts.into_iter().all(is_number)
    })
}

/// How names of files begin that are to become this one.
fn prefix(name: &OsStr) -> OsString {
    let mut prefix = OsString::from(".");
    prefix.push(name);
    prefix.push(".");
    prefix
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().map(Result::unwrap);
        let mut names: Vec<_> = entries
            .map(|entry| entry.file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn what_killed_processes_left_is_swept_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let at = |name: &str| folder.path().join(name);
        let kept = [
            ".x.calib.7.tmp",
            ".x.calib.a.0.tmp",
            ".xx.calib.7.0.tmp",
            "x.calib.7.0.tmp",
        ];
        for name in kept {
            fs::write(at(name), "mine").unwrap();
        }
        // Of this very process, as the only one of a container would find it.
        let own = format!(".x.calib.{}.0.tmp", std::process::id());
        fs::write(at(&own), "half").unwrap();
        fs::write(at(".x.calib.7.0.tmp"), "half").unwrap();
        replace(&at("x.calib"), b"whole").unwrap();
        let mut expected: Vec<_> = kept.iter().map(|name| (*name).to_owned()).collect();
        expected.push("x.calib".to_owned());
        expected.sort();
        assert_eq!(names(folder.path()), expected);
        assert_eq!(fs::read(at("x.calib")).unwrap(), b"whole");
    }

    #[test]
    fn a_file_that_is_being_written_is_left_alone() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.calib");
        let (beside, _file) = create_beside(&path, OsStr::new("x.calib")).unwrap();
        replace(&path, b"whole").unwrap();
        assert!(beside.exists());
        assert_eq!(fs::read(&path).unwrap(), b"whole");
    }
}
