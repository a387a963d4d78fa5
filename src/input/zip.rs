//! The directory of a ZIP archive, and its entries as streams. Nothing is ever extracted: an entry is read by name.
//!
//! An own reader, because a log must be refused where general readers choose: names that come twice, names that lead
//! out of the archive, a directory and entries that disagree. PKWARE APPNOTE 6.3.10, sections 4.3 and 4.5.3.

use std::collections::BTreeMap;
use std::io::{self, Read, SeekFrom};

use super::limits::{Limits, RATIO, RATIO_FROM, excess};
use super::source::{Medium, Stream, inflate};
use crate::codes;
use crate::error::{Error, Place};

/// Longest directory.
const DIRECTORY: u64 = 256 << 20;

/// What the directory says of an entry.
#[derive(Clone, Copy, Debug)]
struct Entry {
    method: u16,
    crc: u32,
    packed: u64,
    size: u64,
    /// Where its local header begins.
    at: u64,
}

/// An archive whose directory was read and checked.
pub(crate) struct Archive {
    pub(crate) path: String,
    medium: Medium,
    entries: BTreeMap<String, Entry>,
    /// Where the directory begins: no entry reaches beyond.
    directory: u64,
}

/// Little-endian numbers from a slice; zero bits where it ends early, which no check lets pass.
struct Fields<'b>(&'b [u8]);

impl Fields<'_> {
    fn number(&self, at: usize, bytes: usize) -> u64 {
        let taken = self.0.get(at..at + bytes).unwrap_or_default();
        taken
            .iter()
            .rev()
            .fold(0, |sum, byte| sum << 8 | u64::from(*byte))
    }

    fn short(&self, at: usize) -> usize {
        usize::try_from(self.number(at, 2)).unwrap_or(0)
    }
}

impl Archive {
    /// Reads the directory of an archive.
    pub(crate) fn open(path: &str, medium: Medium, limits: Limits) -> Result<Self, Error> {
        let mut archive = Self {
            path: path.to_owned(),
            medium,
            entries: BTreeMap::new(),
            directory: 0,
        };
        let (count, start, bytes) = archive.directory()?;
        archive.directory = start;
        archive.list(count, &bytes)?;
        let total = archive
            .entries
            .values()
            .fold(0_u64, |sum, entry| sum.saturating_add(entry.size));
        if total > limits.bytes.0 {
            return Err(excess(limits.bytes).at(Place::file(path)));
        }
        Ok(archive)
    }

    /// The names of the entries, in order.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    fn broken(&self, detail: impl Into<String>) -> Error {
        Error::new(&codes::BAD_ARCHIVE, detail)
            .at(Place::file(&self.path))
            .help(codes::BAD_ARCHIVE.remedy)
    }

    /// Bytes of the file from a place on.
    fn read(&self, at: u64, length: u64) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        let mut reader = self.medium.open(&self.path)?;
        let read = reader
            .seek(SeekFrom::Start(at))
            .and_then(|_| reader.take(length).read_to_end(&mut bytes));
        match read {
            Ok(_) if bytes.len() as u64 == length => Ok(bytes),
            Ok(_) => Err(self.broken("the archive is cut short")),
            Err(error) => Err(self.broken(error.to_string())),
        }
    }

    /// Number of entries, where the directory begins, and its bytes.
    fn directory(&self) -> Result<(u64, u64, Vec<u8>), Error> {
        let length = self.medium.length();
        let tail_at = length.saturating_sub(22 + 0xFFFF);
        let tail = self.read(tail_at, length - tail_at)?;
        let ends = |at: usize| {
            let comment = Fields(tail.get(at..).unwrap_or_default()).short(20);
            at + 22 + comment == tail.len()
        };
        let end = memchr::memmem::rfind_iter(&tail, b"PK\x05\x06").find(|at| ends(*at));
        let end = end.ok_or_else(|| self.broken("the archive has no directory at its end"))?;
        let record = Fields(tail.get(end..).unwrap_or_default());
        let mut found = (
            record.number(10, 2),
            record.number(12, 4),
            record.number(16, 4),
        );
        if record.number(4, 4) != 0 {
            return Err(self.broken("the archive is one of several volumes"));
        }
        if found.0 == 0xFFFF || found.1 == 0xFFFF_FFFF || found.2 == 0xFFFF_FFFF {
            found = self.large_directory(tail_at + end as u64)?;
        }
        let (count, size, start) = found;
        let inside = start.checked_add(size).is_some_and(|end| end <= length);
        if size > DIRECTORY || !inside || count > size / 46 {
            return Err(self.broken("the directory of the archive lies about its size"));
        }
        Ok((count, start, self.read(start, size)?))
    }

    /// The same of an archive with 64-bit numbers.
    fn large_directory(&self, end: u64) -> Result<(u64, u64, u64), Error> {
        let at = end.checked_sub(20);
        let at = at.ok_or_else(|| self.broken("the archive has no directory at its end"))?;
        let locator = self.read(at, 20)?;
        let record = self.read(Fields(&locator).number(8, 8), 56)?;
        if !locator.starts_with(b"PK\x06\x07") || !record.starts_with(b"PK\x06\x06") {
            return Err(self.broken("the archive has no directory at its end"));
        }
        let record = Fields(&record);
        Ok((
            record.number(32, 8),
            record.number(40, 8),
            record.number(48, 8),
        ))
    }

    fn list(&mut self, count: u64, directory: &[u8]) -> Result<(), Error> {
        let mut rest = directory;
        for _ in 0..count {
            let record = Fields(rest);
            let lengths = [28, 30, 32].map(|at| record.short(at));
            let [name, extra, comment] = lengths;
            let after = rest.get(46 + name + extra + comment..);
            let Some(after) = after.filter(|_| rest.starts_with(b"PK\x01\x02")) else {
                return Err(self.broken("the directory of the archive is damaged"));
            };
            let title = rest.get(46..46 + name).unwrap_or_default();
            let extra = rest.get(46 + name..46 + name + extra).unwrap_or_default();
            let name = std::str::from_utf8(title).unwrap_or_default().to_owned();
            if record.number(8, 2) & 1 != 0 {
                return Err(self.broken(format!("the entry {name} is encrypted")));
            }
            if leads_out(&name) {
                let detail = format!("the entry name {name:?} is no plain path inside the archive");
                return Err(self.broken(detail));
            }
            let entry = entry(&record, extra);
            if entry.size > RATIO_FROM && entry.size / RATIO > entry.packed {
                let detail = format!("the entry {name} would grow more than {RATIO} times");
                return Err(self.broken(detail));
            }
            if self.entries.insert(name.clone(), entry).is_some() {
                return Err(self.broken(format!("the entry {name} comes twice")));
            }
            rest = after;
        }
        if rest.is_empty() {
            Ok(())
        } else {
            Err(self.broken("the directory of the archive lies about its entries"))
        }
    }

    /// The decompressed bytes of an entry.
    pub(crate) fn stream(&self, name: &str) -> Result<Stream, Error> {
        let entry = self.entries.get(name).copied();
        let entry = entry.ok_or_else(|| self.broken(format!("there is no entry {name}")))?;
        let header = self.read(entry.at, 30)?;
        let fields = Fields(&header);
        let length = fields.short(26);
        let own = self.read(entry.at + 30, length as u64)?;
        let start = entry.at + 30 + (length + fields.short(28)) as u64;
        let end = start.checked_add(entry.packed);
        let fits = end.is_some_and(|end| end <= self.directory);
        if !header.starts_with(b"PK\x03\x04") || own != name.as_bytes() || !fits {
            return Err(self.broken(format!("the entry {name} is not what the directory says")));
        }
        let mut reader = self.medium.open(&self.path)?;
        reader
            .seek(SeekFrom::Start(start))
            .map_err(|error| self.broken(error.to_string()))?;
        let plain = inflate(entry.method, reader.take(entry.packed))
            .map_err(|detail| self.broken(format!("the entry {name} {detail}")))?;
        let checked = Checked {
            inner: plain,
            left: entry.size,
            crc: flate2::Crc::new(),
            expected: entry.crc,
        };
        Ok(Stream::member(
            format!("{}#{name}", self.path),
            Box::new(checked),
        ))
    }
}

/// Whether a name could mean a place outside of the archive, or is no name.
fn leads_out(name: &str) -> bool {
    name.is_empty()
        || name.starts_with('/')
        || name.contains(['\\', ':', '\0'])
        || name.split('/').any(|part| part == "..")
}

fn entry(record: &Fields<'_>, extra: &[u8]) -> Entry {
    let number = |at| record.number(at, 4);
    let (mut size, mut packed, mut at) = (number(24), number(20), number(42));
    // Numbers that do not fit stand in the extra field 1, in this order.
    let mut rest = extra;
    while rest.len() >= 4 {
        let field = Fields(rest);
        let length = field.short(2);
        if field.short(0) == 1 {
            let mut next = 4;
            for number in [&mut size, &mut packed, &mut at] {
                if *number == 0xFFFF_FFFF {
                    *number = field.number(next, 8);
                    next += 8;
                }
            }
        }
        rest = rest.get(4 + length..).unwrap_or_default();
    }
    Entry {
        method: u16::try_from(record.number(10, 2)).unwrap_or(u16::MAX),
        crc: u32::try_from(record.number(16, 4)).unwrap_or(0),
        packed,
        size,
        at,
    }
}

/// Holds an entry to the size and checksum that the directory gives.
struct Checked {
    inner: Box<dyn Read + Send>,
    left: u64,
    crc: flate2::Crc,
    expected: u32,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        let read = self.inner.read(buffer)?;
        self.crc.update(buffer.get(..read).unwrap_or_default());
        let Some(left) = self.left.checked_sub(read as u64) else {
            return Err(io::Error::other("it is longer than the directory says"));
        };
        self.left = left;
        if read == 0 && left > 0 {
            return Err(io::Error::other("it is shorter than the directory says"));
        }
        if read == 0 && self.crc.sum() != self.expected {
            return Err(io::Error::other(
                "its checksum is not the one in the directory",
            ));
        }
        Ok(read)
    }
}
