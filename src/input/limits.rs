//! How much of a file may be in memory, or come out of it.

use std::fmt;
use std::io::{self, Read};
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::codes;
use crate::error::Error;

/// A number of bytes, written as in `64MiB`.
///
/// ```
/// use calib::input::Bytes;
/// assert_eq!("2MiB".parse(), Ok(Bytes(2 << 20)));
/// assert_eq!("3 kB".parse(), Ok(Bytes(3000)));
/// assert_eq!(Bytes(64 << 20).to_string(), "64MiB");
/// assert!("0".parse::<Bytes>().is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytes(pub u64);

/// Units by name, the binary ones in the order of size.
const UNITS: [(&str, u64); 8] = [
    ("GiB", 1 << 30),
    ("MiB", 1 << 20),
    ("KiB", 1 << 10),
    ("GB", 1_000_000_000),
    ("MB", 1_000_000),
    ("kB", 1_000),
    ("KB", 1_000),
    ("B", 1),
];

impl Bytes {
    /// The number as a size in memory.
    pub(crate) fn size(self) -> usize {
        usize::try_from(self.0).unwrap_or(usize::MAX)
    }
}

impl fmt::Display for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let binary = &UNITS[..3];
        match binary
            .iter()
            .find(|(_, size)| self.0 >= *size && self.0.is_multiple_of(*size))
        {
            Some((name, size)) => write!(f, "{}{name}", self.0 / size),
            None => write!(f, "{}B", self.0),
        }
    }
}

impl FromStr for Bytes {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let problem = || "expected a number of bytes above 0, for example 64MiB".to_owned();
        let (number, size) = UNITS
            .iter()
            .find_map(|(name, size)| Some((text.strip_suffix(name)?, *size)))
            .unwrap_or((text, 1));
        let number: u64 = number.trim_end().parse().map_err(|_| problem())?;
        match number.checked_mul(size) {
            Some(bytes) if bytes > 0 => Ok(Self(bytes)),
            _ => Err(problem()),
        }
    }
}

/// What is allowed while a log is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest row (`--max-line`).
    pub row: Bytes,
    /// Most bytes that may come out of one compressed file (`--max-bytes`).
    pub bytes: Bytes,
}

impl Limits {
    /// No state has more bytes than this, whatever else is allowed.
    const STATE: Bytes = Bytes(1 << 30);

    /// The same for the file of a state, all of which is taken into memory.
    pub(crate) fn of_state(self) -> Self {
        Self {
            bytes: self.bytes.min(Self::STATE),
            ..self
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            row: Bytes(64 << 20),
            bytes: Bytes(64 << 30),
        }
    }
}

/// How many times a compressed file may grow, once [`RATIO_FROM`] bytes came out of it.
pub(super) const RATIO: u64 = 1_000;
/// Bytes that any compressed file may grow to.
pub(super) const RATIO_FROM: u64 = 64 << 20;

/// The error of a file that grows beyond `--max-bytes`.
pub(super) fn excess(limit: Bytes) -> Error {
    let detail = format!("more than {limit} would come out of it");
    Error::new(&codes::TOO_LARGE, detail).help(codes::TOO_LARGE.remedy)
}

/// Counts what a decompressor gives, and stops one that gives too much.
pub(super) struct Metered<R> {
    pub(super) inner: R,
    /// Compressed bytes read.
    pub(super) packed: Arc<AtomicU64>,
    pub(super) plain: u64,
    pub(super) limit: Bytes,
}

/// Why [`Metered`] stopped.
#[derive(Debug)]
pub(super) struct TooLarge;

impl fmt::Display for TooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "it grows beyond --max-bytes, or to more than {RATIO} times its size"
        )
    }
}

impl std::error::Error for TooLarge {}

impl<R: Read> Read for Metered<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.plain += read as u64;
        let packed = self.packed.load(Ordering::Relaxed);
        let bomb = self.plain > RATIO_FROM && self.plain / RATIO > packed;
        if bomb || self.plain > self.limit.0 {
            return Err(io::Error::other(TooLarge));
        }
        Ok(read)
    }
}
