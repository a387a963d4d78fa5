//! What curves are fitted to: graded answers by distinct confidence.

use crate::evidence::{Tally, Totals};
use crate::inference::logistic::Point;
use crate::maths::sums::sum;

/// The graded answers at one confidence, in sum. Fits see nothing else, so that they cannot depend on row order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Graded {
    /// The confidence.
    pub confidence: f64,
    /// Σ w.
    pub weight: f64,
    /// Σ w·y.
    pub credit: f64,
}

impl Graded {
    /// The share of it that is right.
    #[must_use]
    pub fn accuracy(&self) -> f64 {
        self.credit / self.weight
    }

    /// As a point of a regression on some function of the confidence.
    pub(super) fn at(&self, x: f64) -> Point {
        Point {
            x,
            weight: self.weight,
            moment: self.credit,
        }
    }
}

/// The answers of a tally, in order of confidence. Weights are scaled to add up to Kish's effective number of rows, so
/// that one row more is a weight of 1 whatever unit the log weighs in; plain rows keep theirs.
///
/// ```
/// use calib::{evidence::Tally, recalibrate::graded};
/// let rows = graded(&Tally::from_pairs([(0.9, true), (0.6, false), (0.9, false)]));
/// assert_eq!((rows.len(), rows[1].weight, rows[1].accuracy()), (2, 2.0, 0.5));
/// ```
#[must_use]
pub fn graded(tally: &Tally) -> Vec<Graded> {
    scaled(tally.cells().map(|cell| (cell.confidence, *cell.totals)))
}

/// The same for sums by confidence, in order, each confidence once.
pub(super) fn scaled(sums: impl IntoIterator<Item = (f64, Totals)>) -> Vec<Graded> {
    let mut all = Totals::default();
    let sums = sums.into_iter().filter(|(_, totals)| totals.w > 0.0);
    let summed = |(confidence, totals): (f64, Totals)| {
        all += totals;
        (confidence, [totals.w, totals.wy])
    };
    let sums: Vec<_> = sums.map(summed).collect();
    let unit = if all.is_plain() {
        1.0
    } else {
        all.effective_rows() / all.w
    };
    let row = |(confidence, [weight, credit]): (f64, [f64; 2])| Graded {
        confidence,
        weight: unit * weight,
        // Both are rounded sums; the one is a part of the other.
        credit: unit * credit.clamp(0.0, weight),
    };
    sums.into_iter().map(row).collect()
}

/// Σ w and Σ w·y of some answers.
pub(super) fn totals(rows: &[Graded]) -> (f64, f64) {
    let weight = sum(rows.iter().map(|row| row.weight));
    (weight, sum(rows.iter().map(|row| row.credit)))
}
