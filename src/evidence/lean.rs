//! A row in a fixed size: all that most of the evidence needs to know of it.

use super::behaviour::Conduct;
use crate::record::{Abstained, Confidence, Record};

/// What a row says of its answer, and of whom.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lean {
    pub(super) item: Option<u64>,
    pub(super) task: Option<u64>,
    pub(super) confidence: Option<Confidence>,
    pub(super) credit: Option<f64>,
    pub(super) weight: f64,
    pub(super) conduct: Conduct,
}

impl From<&Record> for Lean {
    fn from(record: &Record) -> Self {
        Self {
            item: record.item,
            task: record.task,
            confidence: record.confidence,
            credit: record.credit,
            weight: record.weight,
            conduct: Conduct::from(record),
        }
    }
}

impl Lean {
    /// Confidence and credit of a row that enters the confidence metrics.
    pub(super) fn graded_confidence(&self) -> Option<(Confidence, f64)> {
        match self.conduct.abstained {
            Abstained::Full => None,
            Abstained::No | Abstained::Partial => self.confidence.zip(self.credit),
        }
    }
}
