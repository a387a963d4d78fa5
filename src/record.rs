//! One validated row: what the model was asked, what it did, how sure it said it was, and whether it was right.
//!
//! A [`Record`] holds nothing that could still be wrong. Reading, naming and checking columns is the business of
//! `input`; counting records is that of `evidence`.

mod names;
mod trace;

pub use names::Names;
pub use trace::{Class, Field, Trace};

use std::fmt;

use serde::{Deserialize, Serialize};

/// Why a prompt should be declined: two different axes that must never share one mark on the map.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Kind {
    /// The question has no answer the model could know.
    Epistemic,
    /// Answering would do harm.
    Safety,
    /// The log does not say.
    #[default]
    Unknown,
}

/// How far the model declined.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum Abstained {
    /// It answered.
    #[default]
    No,
    /// It refused in part; `--partial` says which way that counts.
    Partial,
    /// It declined.
    Full,
}

impl Abstained {
    /// What a column that says the opposite means; in part stays in part.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Self::No => Self::Full,
            Self::Partial => Self::Partial,
            Self::Full => Self::No,
        }
    }
}

/// A probability in `[0, 1]` that the given answer is correct; negative zero is zero, NaN cannot be built.
///
/// ```
/// use calib::record::Confidence;
/// assert_eq!(Confidence::new(-0.0).map(Confidence::get), Some(0.0));
/// assert_eq!(Confidence::new(1.0 + f64::EPSILON), None);
/// assert_eq!(Confidence::new(f64::NAN), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "f64", into = "f64")]
pub struct Confidence(u64);

impl Confidence {
    /// The confidence `value`, or `None` outside `[0, 1]`.
    #[must_use]
    pub fn new(value: f64) -> Option<Self> {
        // Non-negative floats are ordered like their bits, so the bits serve as an exact, total key.
        (0.0..=1.0)
            .contains(&value)
            .then(|| Self((value + 0.0).abs().to_bits()))
    }

    /// Its bits, which are in the order of the values.
    #[must_use]
    pub fn bits(self) -> u64 {
        self.0
    }

    /// The confidence of these bits; none of bits that no confidence has.
    #[must_use]
    pub fn of_bits(bits: u64) -> Option<Self> {
        Self::new(f64::from_bits(bits)).filter(|confidence| confidence.0 == bits)
    }

    /// The value as a number.
    #[must_use]
    pub fn get(self) -> f64 {
        f64::from_bits(self.0)
    }
}

impl From<Confidence> for f64 {
    fn from(confidence: Confidence) -> Self {
        confidence.get()
    }
}

impl TryFrom<f64> for Confidence {
    type Error = &'static str;

    fn try_from(value: f64) -> Result<Self, Self::Error> {
        Self::new(value).ok_or("a confidence outside 0 to 1")
    }
}

impl fmt::Debug for Confidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.get())
    }
}

/// How far the probabilities of all options of a question are from its one right option.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Multiclass {
    /// Number of options.
    pub classes: u64,
    /// Σ over the options of (probability − whether it is right)², from 0 to 2. Brier (1950), Monthly Weather Review.
    pub square: f64,
}

/// One row of a prediction log after every check.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Record {
    /// Why the prompt should be declined, where it should.
    pub kind: Kind,
    /// Whether declining was right; `None` where the log does not say.
    pub should_abstain: Option<bool>,
    /// Whether the model declined.
    pub abstained: Abstained,
    /// Whether it declined according to a human, where one checked the label above.
    pub human: Option<Abstained>,
    /// The stated probability of being correct; `None` when missing.
    pub confidence: Option<Confidence>,
    /// Credit for the answer in `[0, 1]`; `None` when ungraded.
    pub credit: Option<f64>,
    /// What the probabilities of all options say, where the log has them and one option is right.
    pub multiclass: Option<Multiclass>,
    /// Row weight, 1 unless the log says otherwise.
    pub weight: f64,
    /// Hash of the cluster this row belongs to; `None` for a row without any identity.
    pub item: Option<u64>,
    /// Hash of the name of its task (see [`Names`]).
    pub task: Option<u64>,
    /// Whether the row says nothing of an answer, right, wrong or declined: only its trace is looked at.
    pub silent: bool,
    /// What it says beyond its answer, for the audits of training objectives.
    pub trace: Trace,
}

impl Default for Record {
    fn default() -> Self {
        Self {
            kind: Kind::Unknown,
            should_abstain: None,
            abstained: Abstained::No,
            human: None,
            confidence: None,
            credit: None,
            multiclass: None,
            weight: 1.0,
            item: None,
            task: None,
            silent: false,
            trace: Trace::default(),
        }
    }
}

impl Record {
    /// The confidence and credit of a row that enters the confidence metrics: graded, with a confidence, not fully declined.
    #[must_use]
    pub fn graded_confidence(&self) -> Option<(Confidence, f64)> {
        match self.abstained {
            Abstained::Full => None,
            Abstained::No | Abstained::Partial => self.confidence.zip(self.credit),
        }
    }
}
