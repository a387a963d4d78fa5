//! Where bytes come from: files and standard input; gzip and Zstandard by content.

mod log;
mod medium;

use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use super::limits::{Limits, Metered, TooLarge, excess};
use super::room::Room;
#[cfg(feature = "parquet")]
use super::seekable::Seekable;
use crate::codes;
use crate::error::{Error, Place};

pub use log::Log;
pub(super) use log::is_json;
pub use log::is_special;
pub(crate) use medium::{Medium, inflate};

pub(super) fn cannot_open(path: &str, why: impl Into<String>) -> Error {
    Error::new(&codes::CANNOT_OPEN, why)
        .at(Place::file(path))
        .help("check the path")
}

/// What the system says, in our words where they are plainer.
fn not_opened(path: &str, error: &io::Error) -> Error {
    match error.kind() {
        io::ErrorKind::NotFound => cannot_open(path, "there is no such file"),
        io::ErrorKind::PermissionDenied => cannot_open(path, "it may not be read by this user"),
        _ => cannot_open(path, error.to_string()),
    }
}

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    Plain,
    Gzip,
    Zstd,
    /// An entry of an archive.
    Member,
}

impl Codec {
    /// The ending it adds to a format's name.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            Self::Plain | Self::Member => "",
            Self::Gzip => ".gz",
            Self::Zstd => ".zst",
        }
    }

    /// The codec by the first bytes of a file.
    fn of(head: &[u8]) -> Self {
        match head {
            [0x1F, 0x8B, ..] => Self::Gzip,
            [0x28, 0xB5, 0x2F, 0xFD, ..] | [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..] => Self::Zstd,
            _ => Self::Plain,
        }
    }
}

/// The decompressed bytes of one file.
pub(crate) struct Stream {
    path: String,
    pub(crate) codec: Codec,
    reader: Box<dyn Read + Send>,
    watch: Option<Watch>,
}

/// What a file looked like when reading began.
struct Watch {
    file: File,
    length: u64,
    modified: Option<SystemTime>,
}

impl Stream {
    /// Opens a file, or standard input for `-`; `progress` counts the bytes read from it.
    ///
    /// # Errors
    /// When it cannot be opened, or its compression is not built in.
    pub(crate) fn open(
        path: &str,
        progress: &Arc<AtomicU64>,
        limits: Limits,
    ) -> Result<Self, Error> {
        Self::open_copy(path, None, progress, limits)
    }

    /// Opens the copy of a file in its place, if there is one.
    ///
    /// # Errors
    /// As [`Stream::open`].
    pub(super) fn open_copy(
        path: &str,
        copy: Option<&Path>,
        progress: &Arc<AtomicU64>,
        limits: Limits,
    ) -> Result<Self, Error> {
        let (raw, watch) = match copy {
            None => raw(path)?,
            // What came as a stream is read like one.
            Some(copy) => {
                let file = File::open(copy).map_err(|error| not_opened(path, &error))?;
                (Box::new(file) as Box<dyn Read + Send>, None)
            }
        };
        let packed: Arc<AtomicU64> = Arc::default();
        let mut counted = Counted {
            inner: raw,
            counts: [Arc::clone(progress), Arc::clone(&packed)],
        };
        let mut head = Vec::new();
        counted
            .by_ref()
            .take(4)
            .read_to_end(&mut head)
            .map_err(|error| not_opened(path, &error))?;
        let codec = Codec::of(&head);
        let whole = Cursor::new(head).chain(counted);
        let reader: Box<dyn Read + Send> = match codec {
            Codec::Plain | Codec::Member => Box::new(whole),
            Codec::Gzip => Box::new(flate2::read::MultiGzDecoder::new(whole)),
            Codec::Zstd => zstd_reader(path, whole)?,
        };
        let reader: Box<dyn Read + Send> = match codec {
            Codec::Plain | Codec::Member => reader,
            Codec::Gzip | Codec::Zstd => Box::new(Metered {
                inner: reader,
                packed,
                plain: 0,
                limit: limits.bytes,
            }),
        };
        Ok(Self {
            path: path.to_owned(),
            codec,
            reader,
            watch,
        })
    }

    /// The bytes of an entry of an archive.
    pub(super) fn member(path: String, reader: Box<dyn Read + Send>) -> Self {
        Self {
            path,
            codec: Codec::Member,
            reader,
            watch: None,
        }
    }

    /// The whole of the file for reading at any place: a plain file is opened again, all else is kept in memory.
    ///
    /// # Errors
    /// When it cannot be read to its end, or would not fit in what `--max-bytes` allows.
    pub(super) fn medium(mut self, mut read: Vec<u8>, limits: Limits) -> Result<Medium, Error> {
        if let Some(watch) = self.watch.as_ref().filter(|_| self.codec == Codec::Plain) {
            return Ok(Medium::File(watch.length));
        }
        read = self.rest(read, limits)?;
        Ok(Medium::Memory(read.into()))
    }

    /// The whole of the file, of which the first bytes were read.
    ///
    /// # Errors
    /// When it cannot be read to its end, or would not fit in what `--max-bytes` allows.
    pub(super) fn rest(&mut self, mut read: Vec<u8>, limits: Limits) -> Result<Vec<u8>, Error> {
        loop {
            let target = read.len() + (1 << 20);
            if self.fill(&mut read, target)? {
                return Ok(read);
            }
            if read.len() as u64 > limits.bytes.0 {
                return Err(excess(limits.bytes).at(Place::file(&self.path)));
            }
        }
    }

    /// Appends bytes until `buffer` holds `target` of them; whether the end was reached.
    ///
    /// # Errors
    /// When reading or decompressing fails, or the file changed meanwhile.
    pub(crate) fn fill(&mut self, buffer: &mut Vec<u8>, target: usize) -> Result<bool, Error> {
        let wanted = target.saturating_sub(buffer.len());
        let limit = u64::try_from(wanted).unwrap_or(u64::MAX);
        buffer.reserve(wanted.min(super::blocks::BLOCK));
        let read = self
            .reader
            .by_ref()
            .take(limit)
            .read_to_end(buffer)
            .map_err(|error| self.failed(&error))?;
        self.ends(read < wanted)
    }

    /// [`Stream::fill`] of a room.
    ///
    /// # Errors
    /// As there.
    pub(super) fn fill_room(&mut self, room: &mut Room, target: usize) -> Result<bool, Error> {
        while room.len() < target {
            match self.reader.read(room.free(target)) {
                Ok(0) => return self.ends(true),
                Ok(read) => room.fill(read),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(self.failed(&error)),
            }
        }
        Ok(false)
    }

    /// Whether the end is reached; an error where it is not that of the file that was opened.
    fn ends(&self, ended: bool) -> Result<bool, Error> {
        if ended {
            self.check_unchanged()?;
        }
        Ok(ended)
    }

    /// The file itself, when its bytes are those of the stream.
    #[cfg(feature = "parquet")]
    pub(crate) fn seekable(&self) -> Option<Seekable> {
        let watch = self.watch.as_ref().filter(|_| self.codec == Codec::Plain)?;
        Some(Seekable::file(&self.path, watch.length, watch.modified))
    }

    fn failed(&self, error: &io::Error) -> Error {
        let too_large = error.get_ref().is_some_and(|inner| inner.is::<TooLarge>());
        let code = if too_large {
            &codes::TOO_LARGE
        } else if self.codec == Codec::Member {
            &codes::BAD_ARCHIVE
        } else if self.codec == Codec::Plain {
            &codes::CANNOT_READ
        } else {
            &codes::CANNOT_DECOMPRESS
        };
        Error::new(code, error.to_string())
            .at(Place::file(&self.path))
            .help(code.remedy)
    }

    fn check_unchanged(&self) -> Result<(), Error> {
        let Some(watch) = &self.watch else {
            return Ok(());
        };
        let now = watch.file.metadata().map_err(|error| self.failed(&error))?;
        changed(&self.path, (watch.length, watch.modified), &now).map_or(Ok(()), Err)
    }
}

/// The error of a file that is no longer what it was, by its length and time.
pub(super) fn changed(
    path: &str,
    (length, modified): (u64, Option<SystemTime>),
    now: &fs::Metadata,
) -> Option<Error> {
    if now.len() == length && now.modified().ok() == modified {
        return None;
    }
    let detail = format!(
        "it had {length} bytes when reading began and has {} now",
        now.len()
    );
    let error = Error::new(&codes::FILE_CHANGED, detail).at(Place::file(path));
    Some(error.help("wait until the writer has finished"))
}

/// Copies the bytes of a file or of standard input.
///
/// # Errors
/// When they cannot be read to the end, or written: the inner error.
pub fn copy(path: &str, to: &mut dyn io::Write) -> Result<io::Result<u64>, Error> {
    let (mut from, _) = raw(path)?;
    let mut buffer = vec![0; 1 << 16];
    let mut copied = 0;
    loop {
        let read = match from.read(&mut buffer) {
            Ok(0) => return Ok(Ok(copied)),
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => {
                let error = Error::new(&codes::CANNOT_READ, error.to_string());
                return Err(error.at(Place::file(path)).help(codes::CANNOT_READ.remedy));
            }
        };
        if let Err(error) = to.write_all(buffer.get(..read).unwrap_or_default()) {
            return Ok(Err(error));
        }
        copied += u64::try_from(read).unwrap_or(0);
    }
}

fn raw(path: &str) -> Result<(Box<dyn Read + Send>, Option<Watch>), Error> {
    if path == "-" {
        return Ok((Box::new(io::stdin()), None));
    }
    let file = File::open(path).map_err(|error| not_opened(path, &error))?;
    let metadata = file.metadata().map_err(|error| not_opened(path, &error))?;
    if metadata.is_dir() {
        return Err(cannot_open(path, "this is a directory"));
    }
    let watch = metadata
        .is_file()
        .then(|| file.try_clone().ok())
        .flatten()
        .map(|file| Watch {
            file,
            length: metadata.len(),
            modified: metadata.modified().ok(),
        });
    Ok((Box::new(file), watch))
}

#[cfg(feature = "zstd")]
fn zstd_reader(
    path: &str,
    whole: impl Read + Send + 'static,
) -> Result<Box<dyn Read + Send>, Error> {
    let decoder =
        zstd::stream::read::Decoder::new(whole).map_err(|error| not_opened(path, &error))?;
    Ok(Box::new(decoder))
}

#[cfg(not(feature = "zstd"))]
fn zstd_reader(
    path: &str,
    _whole: impl Read + Send + 'static,
) -> Result<Box<dyn Read + Send>, Error> {
    let error = Error::new(
        &codes::UNKNOWN_FORMAT,
        "the file is compressed with Zstandard, and this calib was built without it",
    );
    Err(error
        .at(Place::file(path))
        .help("decompress it with `zstd -d`, or build with the feature `zstd`"))
}

/// Counts the bytes that pass.
struct Counted<R> {
    inner: R,
    counts: [Arc<AtomicU64>; 2],
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        for count in &self.counts {
            count.fetch_add(u64::try_from(read).unwrap_or(0), Ordering::Relaxed);
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codecs_are_recognised_by_content() {
        assert_eq!(Codec::of(&[0x1F, 0x8B, 8, 0]), Codec::Gzip);
        assert_eq!(Codec::of(&[0x28, 0xB5, 0x2F, 0xFD]), Codec::Zstd);
        assert_eq!(Codec::of(b"{\"a\""), Codec::Plain);
    }

    #[test]
    fn a_file_that_grows_while_it_is_read_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log.jsonl");
        fs::write(&path, "{}\n".repeat(1000)).unwrap();
        let mut stream =
            Stream::open(path.to_str().unwrap(), &Arc::default(), Limits::default()).unwrap();
        let mut buffer = Vec::new();
        assert!(!stream.fill(&mut buffer, 100).unwrap());
        fs::OpenOptions::new()
            .append(true)
            .open(&path)
            .and_then(|mut file| io::Write::write_all(&mut file, b"{}\n"))
            .unwrap();
        let error = stream.fill(&mut buffer, 1 << 20).unwrap_err();
        assert_eq!(error.code.id, "E407");
    }
}
