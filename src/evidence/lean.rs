//! A row in a fixed size: all that most of the evidence needs to know of it.

use super::behaviour::Conduct;
use super::decimals::Decimal;
use crate::record::{Abstained, Confidence, Record};

/// What a row says of its answer, and of whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lean {
    pub(super) weight: f64,
    /// What of these there is, the conduct and the two flags say.
    item: u64,
    task: u64,
    confidence: u64,
    credit: f64,
    pub(super) conduct: Conduct,
    /// The code of the conduct.
    code: u8,
    has_item: bool,
    has_task: bool,
    /// Whether it weighs 1 and is right, wrong or not graded.
    whole: bool,
    /// Whether its credit is full.
    right: bool,
    decimal: Decimal,
}

impl From<&Record> for Lean {
    #[inline]
    fn from(record: &Record) -> Self {
        let conduct = Conduct::from(record);
        let credit = record.credit.unwrap_or_default();
        let right = credit == 1.0;
        Self {
            weight: record.weight,
            item: record.item.unwrap_or_default(),
            task: record.task.unwrap_or_default(),
            confidence: record.confidence.map_or(0, Confidence::bits),
            credit,
            conduct,
            code: conduct.code(),
            has_item: record.item.is_some(),
            has_task: record.task.is_some(),
            whole: (record.weight == 1.0) & (right | (credit == 0.0)),
            right,
            decimal: record.confidence.map_or(Decimal::NONE, Decimal::of),
        }
    }
}

impl Lean {
    /// Hash of the prompt or cluster.
    #[inline]
    pub(super) fn item(&self) -> Option<u64> {
        self.has_item.then_some(self.item)
    }

    /// Hash of the task.
    #[inline]
    pub(super) fn task(&self) -> Option<u64> {
        self.has_task.then_some(self.task)
    }

    /// Confidence of the answer.
    #[inline]
    pub(super) fn confidence(&self) -> Option<Confidence> {
        let bits = self.conduct.confident.then_some(self.confidence)?;
        Confidence::of_bits(bits)
    }

    /// The place of the confidence among decimals.
    #[inline]
    pub(super) fn decimal(&self) -> Decimal {
        self.decimal
    }

    /// Credit of the answer.
    #[inline]
    pub(super) fn credit(&self) -> Option<f64> {
        self.conduct.graded.then_some(self.credit)
    }

    /// The code of the conduct.
    #[inline]
    pub(super) fn code(&self) -> u8 {
        self.code
    }

    /// Whether its credit is full, be it answered or not.
    #[inline]
    pub(super) fn has_full_credit(&self) -> bool {
        self.right
    }

    /// Whether it was answered and graded.
    #[inline]
    pub(super) fn is_answer(&self) -> bool {
        self.conduct.graded & (self.conduct.abstained != Abstained::Full)
    }

    /// Whether it is a right answer.
    #[inline]
    pub(super) fn is_right(&self) -> bool {
        self.right & self.is_answer()
    }

    /// Whether it weighs 1 and is right, wrong or not graded.
    #[inline]
    pub(super) fn is_whole(&self) -> bool {
        self.whole
    }

    /// Whether it is that and was answered or declined wholly.
    #[inline]
    pub(super) fn is_plain(&self) -> bool {
        self.whole & (self.conduct.abstained != Abstained::Partial)
    }

    /// Confidence and credit of a row that enters the confidence metrics.
    #[inline]
    pub(super) fn graded_confidence(&self) -> Option<(Confidence, f64)> {
        match self.conduct.abstained {
            Abstained::Full => None,
            Abstained::No | Abstained::Partial => self.confidence().zip(self.credit()),
        }
    }
}
