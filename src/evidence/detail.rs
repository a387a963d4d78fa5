//! Graded rows that are kept whole, for statistics that are not sums.

use serde::{Deserialize, Serialize};

use super::kept::Placed;
use super::lean::Lean;
use crate::record::{Abstained, Confidence};

/// A kept row of a cluster: item, confidence, and the bits of credit and weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DetailKey {
    /// Hash of the cluster.
    pub item: u64,
    /// Confidence of the answer.
    pub confidence: Confidence,
    /// Whether the row is a partial refusal.
    pub partial: bool,
    pub(super) credit: u64,
    pub(super) weight: u64,
}

impl Placed for DetailKey {
    fn place(&self) -> u64 {
        self.item
    }
}

impl DetailKey {
    /// A row of this cluster; none of one that does not enter the confidence metrics.
    pub(super) fn of(item: u64, row: &Lean) -> Option<Self> {
        let (confidence, credit) = row.graded_confidence()?;
        Some(Self {
            item,
            confidence,
            partial: row.conduct.abstained == Abstained::Partial,
            credit: credit.to_bits(),
            weight: row.weight.to_bits(),
        })
    }

    /// Credit of the answer.
    #[must_use]
    pub fn credit(&self) -> f64 {
        f64::from_bits(self.credit)
    }

    /// Weight of the row.
    #[must_use]
    pub fn weight(&self) -> f64 {
        f64::from_bits(self.weight)
    }
}
