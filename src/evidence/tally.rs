//! Graded answers by distinct confidence: all that the confidence metrics ever look at.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::mass::{Mass, Totals};
use super::sound::{Sound, sum_of};
use crate::record::Confidence;

/// For each distinct confidence, how many answers and how many of them correct.
///
/// Sorted by confidence, ties pooled, merged exactly: millions of verbalised confidences collapse into about a
/// hundred cells, and no metric can depend on row order because the order is gone.
///
/// ```
/// use calib::evidence::Tally;
/// let tally = Tally::from_pairs([(0.9, true), (0.6, false), (0.9, true)]);
/// let cells: Vec<_> = tally.cells().map(|cell| (cell.confidence, cell.rows, cell.wy)).collect();
/// assert_eq!(cells, [(0.6, 1, 0.0), (0.9, 2, 2.0)]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    cells: BTreeMap<Confidence, Mass>,
}

/// All answers given at one confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// The confidence.
    pub confidence: f64,
    /// The sums over its rows.
    pub totals: Totals,
}

impl std::ops::Deref for Cell {
    type Target = Totals;

    fn deref(&self) -> &Totals {
        &self.totals
    }
}

impl Tally {
    /// A tally of plain rows, for examples and tests; pairs outside `[0, 1]` are left out.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (f64, bool)>) -> Self {
        let mut tally = Self::default();
        for (confidence, correct) in pairs {
            if let Some(confidence) = Confidence::new(confidence) {
                tally.add(confidence, f64::from(u8::from(correct)), 1.0);
            }
        }
        tally
    }

    /// Answers that were gathered elsewhere.
    pub(super) fn gathered(cells: BTreeMap<Confidence, Mass>) -> Self {
        Self { cells }
    }

    /// Counts one graded answer.
    pub fn add(&mut self, confidence: Confidence, credit: f64, weight: f64) {
        self.cells
            .entry(confidence)
            .or_default()
            .add(credit, weight);
    }

    /// Adds the answers of another tally.
    pub fn merge(&mut self, other: Self) {
        let Self { cells } = other;
        for (confidence, mass) in cells {
            self.cells.entry(confidence).or_default().merge(mass);
        }
    }

    /// The same answers at other confidences.
    pub(super) fn recalibrated(&self, curve: &dyn Fn(Confidence) -> Confidence) -> Self {
        let mut tally = Self::default();
        for (confidence, mass) in &self.cells {
            let cell = tally.cells.entry(curve(*confidence)).or_default();
            cell.merge(mass.clone());
        }
        tally
    }

    /// Checks that rows can add up to this; all of them as one mass.
    pub(super) fn check(&self) -> Sound<Mass> {
        sum_of(self.cells.values())
    }

    /// The cells in order of confidence.
    pub fn cells(&self) -> impl Iterator<Item = Cell> {
        self.cells.iter().map(|(confidence, mass)| Cell {
            confidence: confidence.get(),
            totals: mass.totals(),
        })
    }

    /// Number of distinct confidences.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether no answer was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }
}
