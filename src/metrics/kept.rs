//! Graded answers whose cluster is known.

use crate::inference::bootstrap::Tied;

/// Equal graded answers of one cluster.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Kept {
    /// Hash of the cluster.
    pub(crate) cluster: u64,
    /// Their place among the cells.
    pub(crate) cell: usize,
    /// Their confidence.
    pub(crate) confidence: f64,
    /// Their credit.
    pub(crate) credit: f64,
    /// Σ w.
    pub(crate) weight: f64,
}

impl Kept {
    /// The rows in sum.
    pub(crate) fn tied(&self) -> Tied {
        Tied {
            weight: self.weight,
            credit: self.weight * self.credit,
            square: self.weight * self.credit * self.credit,
        }
    }
}
