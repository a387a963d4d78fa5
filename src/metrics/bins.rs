//! Bins of the reliability table: which confidence falls where, and what its rows sum to.

use crate::evidence::{Cell, Totals};
use crate::maths::sums::Sum;
use crate::settings::{Binning, Edges, Settings};

/// The cells of a tally put into bins.
#[derive(Clone, Debug, Default)]
pub struct Bins {
    /// The bin of each cell.
    pub of_cell: Vec<usize>,
    /// Every bin, empty ones included.
    pub bins: Vec<BinSums>,
}

/// The rows of one bin in sum.
#[derive(Clone, Copy, Debug, Default)]
pub struct BinSums {
    /// Lower edge.
    pub lower: f64,
    /// Upper edge.
    pub upper: f64,
    /// The rows.
    pub totals: Totals,
    /// Σ w·c.
    pub confidence: f64,
    /// Σ w·(c − y).
    pub residual: f64,
    /// Σ w²·c(1 − c), the variance of Σ w·y if the model were calibrated.
    pub variance: f64,
}

impl Bins {
    /// Puts cells, in order of confidence, into bins.
    ///
    /// Equal width: edges at i/B correctly rounded, which misplace no two-digit decimal. Equal mass: bin
    /// ⌊B·(r − ½)/n⌋, r the mid-rank of the tie block, so that ties stay together.
    #[must_use]
    pub fn new(cells: &[Cell], settings: &Settings) -> Self {
        let count = settings.bins.max(1);
        let of_cell = match settings.binning {
            Binning::EqualWidth => cells
                .iter()
                .map(|cell| by_width(cell.confidence, count, settings.edges))
                .collect(),
            Binning::EqualMass => by_mass(cells, count),
        };
        let mut sums = vec![(BinSums::default(), [Sum::default(); 3]); count];
        for (cell, &at) in cells.iter().zip(&of_cell) {
            if let Some((bin, sums)) = sums.get_mut(at) {
                bin.add(cell, sums);
            }
        }
        let finish =
            |(at, (mut bin, [confidence, residual, variance])): (usize, (BinSums, [Sum; 3]))| {
                (bin.confidence, bin.residual) = (confidence.value(), residual.value());
                bin.variance = variance.value();
                if settings.binning == Binning::EqualWidth {
                    (bin.lower, bin.upper) = (edge(at, count), edge(at + 1, count));
                }
                bin
            };
        Self {
            of_cell,
            bins: sums.into_iter().enumerate().map(finish).collect(),
        }
    }
}

impl BinSums {
    fn add(&mut self, cell: &Cell, sums: &mut [Sum; 3]) {
        let c = cell.confidence;
        if self.totals.rows == 0 {
            self.lower = c;
        }
        self.upper = c;
        self.totals += cell.totals;
        sums[0].add(cell.w * c);
        sums[1].add(residual(cell));
        sums[2].add(cell.w2y[0] * c * (1.0 - c));
    }
}

/// Σ w·(c − y) of a cell, from its right and wrong rows where it can, so that a certain and right row adds nothing.
pub(super) fn residual(cell: &Cell) -> f64 {
    cell.w * cell.confidence - cell.wy
}

/// Σ w²·(c − y)² of a cell.
pub(super) fn squared_residual(cell: &Cell) -> f64 {
    squares_around(cell, cell.confidence)
}

/// Σ w²·(p − y)² of a cell, without cancellation for rows right or wrong.
pub(super) fn squares_around(cell: &Cell, p: f64) -> f64 {
    let [all, right, square, ..] = cell.w2y;
    let graded = right - square;
    ((all - right) * p * p + right * (1.0 - p).powi(2) - graded).max(0.0)
}

/// The edge i/B as the nearest number.
fn edge(at: usize, count: usize) -> f64 {
    at as f64 / count as f64
}

fn by_width(confidence: f64, count: usize, edges: Edges) -> usize {
    let last = count - 1;
    // The product may miss the true bin by one, as 0.58 × 100 does; the edges themselves decide.
    let mut at = ((confidence * count as f64) as usize).min(last);
    match edges {
        Edges::Right => {
            while at > 0 && confidence <= edge(at, count) {
                at -= 1;
            }
            while at < last && confidence > edge(at + 1, count) {
                at += 1;
            }
        }
        Edges::Left => {
            while at > 0 && confidence < edge(at, count) {
                at -= 1;
            }
            while at < last && confidence >= edge(at + 1, count) {
                at += 1;
            }
        }
    }
    at
}

fn by_mass(cells: &[Cell], count: usize) -> Vec<usize> {
    let mut all = Sum::default();
    cells.iter().for_each(|cell| all.add(cell.w));
    let (all, mut before) = (all.value(), Sum::default());
    let place = |cell: &Cell| {
        let middle = before.value() + cell.w / 2.0;
        before.add(cell.w);
        let at = (count as f64 * middle / all).floor();
        (at as usize).min(count - 1)
    };
    cells.iter().map(place).collect()
}
