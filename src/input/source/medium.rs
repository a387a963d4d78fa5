//! Files that are read at any place, as archives are.

use std::fs::File;
use std::io::{Cursor, Read, Seek};
use std::sync::Arc;

use super::{not_opened, zstd_reader};
use crate::codes;
use crate::error::{Error, Place};

/// A file that can be read at any place, again and again.
pub(crate) enum Medium {
    /// A file of this length.
    File(u64),
    /// Its bytes.
    Memory(Arc<[u8]>),
}

/// Bytes that can be read at any place.
pub(crate) trait Seekable: Read + Seek + Send {}

impl<R: Read + Seek + Send> Seekable for R {}

impl Medium {
    /// Number of bytes.
    pub(crate) fn length(&self) -> u64 {
        match self {
            Self::File(length) => *length,
            Self::Memory(bytes) => bytes.len() as u64,
        }
    }

    /// A reader of its own.
    pub(crate) fn open(&self, path: &str) -> Result<Box<dyn Seekable>, Error> {
        match self {
            Self::Memory(bytes) => Ok(Box::new(Cursor::new(Arc::clone(bytes)))),
            Self::File(length) => {
                let file = File::open(path).map_err(|error| not_opened(path, &error))?;
                let now = file.metadata().map_err(|error| not_opened(path, &error))?;
                if now.len() == *length {
                    Ok(Box::new(file))
                } else {
                    let detail = "its size is not what it was when reading began";
                    Err(Error::new(&codes::FILE_CHANGED, detail)
                        .at(Place::file(path))
                        .help(codes::FILE_CHANGED.remedy))
                }
            }
        }
    }
}

/// The plain bytes of an entry packed by a method of ZIP, or what is wrong with the method.
pub(crate) fn inflate(
    method: u16,
    packed: impl Read + Send + 'static,
) -> Result<Box<dyn Read + Send>, String> {
    match method {
        0 => Ok(Box::new(packed)),
        8 => Ok(Box::new(flate2::read::DeflateDecoder::new(packed))),
        93 => zstd_reader("", packed).map_err(|error| error.detail.clone()),
        _ => Err(format!(
            "is packed by method {method}, and calib reads stored, deflate and Zstandard"
        )),
    }
}
