//! Where bytes come from: paths, patterns, directories and standard input; gzip and Zstandard by content.

use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Cursor, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

#[cfg(feature = "parquet")]
use super::seekable::Seekable;
use crate::codes;
use crate::error::{Error, Place};

/// One log: all the files of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Its label: given as `LABEL=`, else the argument.
    pub label: String,
    /// Its files in order; `-` is standard input.
    pub paths: Vec<String>,
    /// Files in a directory that do not look like logs by name.
    pub ignored: u64,
}

/// Endings of log files in a directory, before `.gz` or `.zst`.
const ENDINGS: [&str; 5] = [".jsonl", ".ndjson", ".csv", ".tsv", ".parquet"];

impl Log {
    /// The label of a `[LABEL=]LOG` argument.
    #[must_use]
    pub fn label(argument: &str) -> &str {
        split_label(argument).0
    }

    /// Finds the files of a `[LABEL=]LOG` argument: a file, `-`, a quoted pattern or a directory.
    ///
    /// # Errors
    /// When nothing is there.
    pub fn find(argument: &str) -> Result<Self, Error> {
        let (label, path) = split_label(argument);
        if path.is_empty() {
            let error = Error::new(&codes::BAD_FLAG, format!("`{argument}` names no log"));
            return Err(error.help("give a path: [LABEL=]LOG"));
        }
        let (paths, ignored) = if Path::new(path).is_dir() {
            directory(path)?
        } else if path != "-" && !Path::new(path).exists() && path.contains(['*', '?', '[']) {
            (pattern(path)?, 0)
        } else {
            (vec![path.to_owned()], 0)
        };
        Ok(Self {
            label: label.to_owned(),
            paths,
            ignored,
        })
    }
}

/// The label and the path of an argument; a path that exists may hold `=` itself.
fn split_label(argument: &str) -> (&str, &str) {
    match argument.split_once('=') {
        Some((label, path)) if !label.is_empty() && !Path::new(argument).exists() => (label, path),
        _ => (argument, argument),
    }
}

fn cannot_open(path: &str, why: impl Into<String>) -> Error {
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

fn pattern(pattern: &str) -> Result<Vec<String>, Error> {
    let matches = glob::glob(pattern).map_err(|error| cannot_open(pattern, error.to_string()))?;
    let mut paths = Vec::new();
    for path in matches {
        let path = path.map_err(|error| not_opened(pattern, error.error()))?;
        if !path.is_dir() {
            paths.push(utf8(&path)?);
        }
    }
    if paths.is_empty() {
        Err(cannot_open(pattern, "no file matches this pattern"))
    } else {
        Ok(paths)
    }
}

/// The logs below a directory, in order of path, and how many other files there are.
fn directory(root: &str) -> Result<(Vec<String>, u64), Error> {
    let (mut paths, mut ignored) = (Vec::new(), 0);
    let mut pending = BTreeSet::from([Path::new(root).to_owned()]);
    let mut visited = BTreeSet::new();
    while let Some(folder) = pending.pop_first() {
        // A link may lead back to a folder whose files are read already.
        if !visited.insert(fs::canonicalize(&folder).map_err(|error| not_opened(root, &error))?) {
            continue;
        }
        for entry in fs::read_dir(&folder).map_err(|error| not_opened(root, &error))? {
            let path = entry.map_err(|error| not_opened(root, &error))?.path();
            if path
                .file_name()
                .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
            {
                continue;
            } else if path.is_dir() {
                pending.insert(path);
            } else if is_log(&path) && !is_special(&path) {
                paths.push(utf8(&path)?);
            } else {
                ignored += 1;
            }
        }
    }
    paths.sort();
    if paths.is_empty() {
        let why = format!(
            "the directory holds no file ending in {}",
            ENDINGS.join(", ")
        );
        return Err(cannot_open(root, why));
    }
    // A file and a link to it, such as `latest.jsonl`, are the same rows.
    let found = paths.len();
    paths.retain(|path| visited.insert(fs::canonicalize(path).unwrap_or_else(|_| path.into())));
    let repeated = found - paths.len();
    Ok((paths, ignored + repeated as u64))
}

/// Whether a path is there and is neither a file nor a folder: reading a pipe may wait for ever.
fn is_special(path: &Path) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

fn is_log(path: &Path) -> bool {
    let name = path.to_string_lossy().to_lowercase();
    let name = name
        .strip_suffix(".gz")
        .or(name.strip_suffix(".zst"))
        .unwrap_or(&name);
    ENDINGS.iter().any(|ending| name.ends_with(ending))
}

fn utf8(path: &Path) -> Result<String, Error> {
    path.to_str()
        .map(str::to_owned)
        .ok_or_else(|| cannot_open(&path.to_string_lossy(), "the file name is not valid UTF-8"))
}

/// How a file is compressed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Codec {
    Plain,
    Gzip,
    Zstd,
}

impl Codec {
    /// The ending it adds to a format's name.
    pub(crate) fn ending(self) -> &'static str {
        match self {
            Self::Plain => "",
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
    pub(crate) fn open(path: &str, progress: &Arc<AtomicU64>) -> Result<Self, Error> {
        let (raw, watch) = raw(path)?;
        let mut counted = Counted {
            inner: raw,
            count: Arc::clone(progress),
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
            Codec::Plain => Box::new(whole),
            Codec::Gzip => Box::new(flate2::read::MultiGzDecoder::new(whole)),
            Codec::Zstd => zstd_reader(path, whole)?,
        };
        Ok(Self {
            path: path.to_owned(),
            codec,
            reader,
            watch,
        })
    }

    /// Appends bytes until `buffer` holds `target` of them; whether the end was reached.
    ///
    /// # Errors
    /// When reading or decompressing fails, or the file changed meanwhile.
    pub(crate) fn fill(&mut self, buffer: &mut Vec<u8>, target: usize) -> Result<bool, Error> {
        let wanted = target.saturating_sub(buffer.len());
        let limit = u64::try_from(wanted).unwrap_or(u64::MAX);
        let read = self
            .reader
            .by_ref()
            .take(limit)
            .read_to_end(buffer)
            .map_err(|error| self.failed(&error))?;
        if read < wanted {
            self.check_unchanged()?;
        }
        Ok(read < wanted)
    }

    /// The file itself, when its bytes are those of the stream.
    #[cfg(feature = "parquet")]
    pub(crate) fn seekable(&self) -> Option<Seekable> {
        let watch = self.watch.as_ref().filter(|_| self.codec == Codec::Plain)?;
        Some(Seekable::file(&self.path, watch.length, watch.modified))
    }

    fn failed(&self, error: &io::Error) -> Error {
        let code = if self.codec == Codec::Plain {
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
    count: Arc<AtomicU64>,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.count
            .fetch_add(u64::try_from(read).unwrap_or(0), Ordering::Relaxed);
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_split_off() {
        let log = Log::find("base=runs/a.jsonl").unwrap();
        assert_eq!(
            (log.label.as_str(), log.paths[0].as_str()),
            ("base", "runs/a.jsonl")
        );
        assert_eq!(Log::find("-").unwrap().paths, ["-"]);
    }

    #[test]
    fn a_pattern_without_files_is_an_error() {
        assert_eq!(Log::find("no/such/*.jsonl").unwrap_err().code.id, "E401");
    }

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
        let mut stream = Stream::open(path.to_str().unwrap(), &Arc::default()).unwrap();
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
