//! How many bad rows are tolerated.

use std::fmt;
use std::str::FromStr;

/// `--max-bad-rows`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum BadRows {
    /// As many rows.
    Count(u64),
    /// This percentage of the rows read.
    Percent(f64),
}

impl BadRows {
    /// Whether so many bad rows of so many are tolerated.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "row counts stay far below 2^53")]
    pub fn tolerates(self, bad: u64, read: u64) -> bool {
        match self {
            Self::Count(limit) => bad <= limit,
            Self::Percent(percent) => bad as f64 * 100.0 <= percent * read as f64,
        }
    }
}

impl fmt::Display for BadRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(limit) => write!(f, "{limit}"),
            Self::Percent(percent) => write!(f, "{percent}%"),
        }
    }
}

impl FromStr for BadRows {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let problem = || "expected a number of rows, or a share of them such as 1%".to_owned();
        match text.strip_suffix('%') {
            Some(percent) => match percent.parse() {
                Ok(percent) if (0.0..=100.0).contains(&percent) => Ok(Self::Percent(percent)),
                _ => Err(problem()),
            },
            None => text.parse().map(Self::Count).map_err(|_| problem()),
        }
    }
}
