//! A file that is written piece by piece, and comes into being whole or not at all. Who interrupts it is heard between two
//! pieces, and nothing is left of it; what a killed process leaves beside it is swept away by the next writer, as in
//! [`replacing`].

use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::replacing;
use super::signals::{self, Deferred};

/// A file written beside its place and moved there when it is whole, so that no one ever sees half of it. A link stays a
/// link, and who may read the file stays as it was. A device or a pipe is written to as it is.
pub(super) struct Draft {
    file: BufWriter<File>,
    /// Where it is written, and where it goes; none once it is there, or for a device.
    moved: Option<(PathBuf, PathBuf)>,
    /// Signals wait until the file is in its place or gone; not for a device, which may keep a writer waiting.
    _deferred: Option<Deferred>,
}

/// That a person or a CI runner asks the program to end: what is written is then dropped, and the program ends as it
/// would have.
///
/// # Errors
/// When they do.
pub(super) fn heard() -> io::Result<()> {
    match signals::came() {
        true => Err(io::Error::other("interrupted")),
        false => Ok(()),
    }
}

impl Draft {
    /// Begins a file that is to stand at `path`.
    ///
    /// # Errors
    /// When there can be none.
    pub(super) fn begin(path: &Path) -> io::Result<Self> {
        // Moving a file there would replace the device.
        if fs::metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
            let file = OpenOptions::new().write(true).open(path)?;
            return Ok(Self {
                file: BufWriter::new(file),
                moved: None,
                _deferred: None,
            });
        }
        let path = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
        let name = path
            .file_name()
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidInput, "the path names no file"))?;
        let deferred = Deferred::new();
        replacing::sweep(&path, name);
        let (temporary, file) = replacing::create_beside(&path, name)?;
        let draft = Self {
            file: BufWriter::new(file),
            moved: Some((temporary, path)),
            _deferred: Some(deferred),
        };
        draft.keep_permissions()?;
        Ok(draft)
    }

    fn keep_permissions(&self) -> io::Result<()> {
        let old = self.moved.as_ref().map(|(_, path)| fs::metadata(path));
        match old {
            Some(Ok(old)) => self.file.get_ref().set_permissions(old.permissions()),
            Some(Err(_)) | None => Ok(()),
        }
    }

    /// Moves the file to its place.
    ///
    /// # Errors
    /// When it cannot be written to the disk or moved.
    pub(super) fn finish(mut self) -> io::Result<()> {
        self.file.flush()?;
        let Some((temporary, path)) = &self.moved else {
            return Ok(());
        };
        self.file.get_ref().sync_all()?;
        fs::rename(temporary, path)?;
        self.moved = None;
        Ok(())
    }
}

impl Write for Draft {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        if let Some((temporary, _)) = &self.moved {
            // What went wrong before is the error to tell.
            let _ = fs::remove_file(temporary);
        }
    }
}
