//! Bytes that are read at any place: a file again, or what is held of a stream.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read, Seek, SeekFrom};
use std::sync::Arc;
use std::time::SystemTime;

use super::source::changed;
use crate::codes;
use crate::error::{Error, Place};

/// Where bytes are that can be read at any place, by any number of threads.
#[derive(Clone, Debug)]
pub(crate) enum Seekable {
    /// A file, as it was when reading began.
    File {
        path: String,
        length: u64,
        modified: Option<SystemTime>,
    },
    /// All bytes of a stream.
    Held(Arc<[u8]>),
}

impl Seekable {
    /// A file with what is known of it.
    pub(super) fn file(path: &str, length: u64, modified: Option<SystemTime>) -> Self {
        Self::File {
            path: path.to_owned(),
            length,
            modified,
        }
    }

    /// A place in these bytes of its own: threads do not share one.
    ///
    /// # Errors
    /// When the file cannot be opened again, or is another one by now.
    pub(crate) fn open(&self) -> Result<Handle, Error> {
        let bytes = match self {
            Self::Held(bytes) => Bytes::Held(Arc::clone(bytes)),
            Self::File { path, .. } => {
                let file = File::open(path).map_err(|error| unreadable(path, &error))?;
                Bytes::File(file)
            }
        };
        let handle = Handle {
            known: self.clone(),
            bytes,
        };
        handle.check_unchanged()?;
        Ok(handle)
    }
}

/// A place in some bytes.
#[derive(Debug)]
pub(crate) struct Handle {
    known: Seekable,
    bytes: Bytes,
}

#[derive(Debug)]
enum Bytes {
    File(File),
    Held(Arc<[u8]>),
}

impl Handle {
    /// How many bytes there are.
    pub(crate) fn length(&self) -> u64 {
        match &self.known {
            Seekable::File { length, .. } => *length,
            Seekable::Held(bytes) => bytes.len() as u64,
        }
    }

    /// The bytes from here to the end. Reading elsewhere ends what may be read of it.
    pub(crate) fn rest(&self, start: u64) -> io::Result<Box<dyn Read>> {
        match &self.bytes {
            Bytes::File(file) => {
                let mut file = file.try_clone()?;
                file.seek(SeekFrom::Start(start))?;
                Ok(Box::new(BufReader::new(file)))
            }
            Bytes::Held(bytes) => {
                let mut rest = Cursor::new(Arc::clone(bytes));
                rest.set_position(start);
                Ok(Box::new(rest))
            }
        }
    }

    /// Exactly these bytes: memory is asked for only when they are there.
    pub(crate) fn range(&self, start: u64, length: usize) -> io::Result<Vec<u8>> {
        let end = start.checked_add(length as u64);
        if end.is_none_or(|end| end > self.length()) {
            let what = "a place beyond the end of the file";
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, what));
        }
        let mut bytes = vec![0; length];
        self.rest(start)?.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    /// Checks that the file is what it was when reading began.
    ///
    /// # Errors
    /// When it is not, or the system does not tell.
    pub(crate) fn check_unchanged(&self) -> Result<(), Error> {
        let (
            Bytes::File(file),
            Seekable::File {
                path,
                length,
                modified,
            },
        ) = (&self.bytes, &self.known)
        else {
            return Ok(());
        };
        let now = file.metadata().map_err(|error| unreadable(path, &error))?;
        changed(path, (*length, *modified), &now).map_or(Ok(()), Err)
    }
}

fn unreadable(path: &str, error: &io::Error) -> Error {
    Error::new(&codes::CANNOT_READ, error.to_string())
        .at(Place::file(path))
        .help(codes::CANNOT_READ.remedy)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn a_file_and_held_bytes_read_the_same_and_no_further_than_they_go() {
        let file = tempfile::NamedTempFile::new().unwrap();
        fs::write(file.path(), b"0123456789").unwrap();
        let modified = file.path().metadata().unwrap().modified().ok();
        let path = file.path().to_str().unwrap();
        for bytes in [
            Seekable::file(path, 10, modified),
            Seekable::Held(Arc::from(&b"0123456789"[..])),
        ] {
            let handle = bytes.open().unwrap();
            assert_eq!(handle.range(7, 3).unwrap(), b"789");
            assert_eq!(handle.range(0, 2).unwrap(), b"01");
            assert!(handle.range(8, 3).is_err());
            assert!(handle.range(u64::MAX, 3).is_err());
            handle.check_unchanged().unwrap();
        }
        fs::write(file.path(), b"01234567890").unwrap();
        let error = Seekable::file(path, 10, modified).open().unwrap_err();
        assert_eq!(error.code.id, "E407");
    }
}
