//! How much of a file may be in memory, or come out of it.

use std::fmt;
use std::str::FromStr;

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
            .find(|(_, size)| self.0 >= *size && self.0 % size == 0)
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
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            row: Bytes(64 << 20),
        }
    }
}
