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

/// How confidences are put into bins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// So many bins of equal width: edges at i/B correctly rounded, which misplace no two-digit decimal.
    Width(usize, Edges),
    /// So many bins of equal mass: bin ⌊B·(r − ½)/n⌋, r the mid-rank of the tie block, so that ties stay together.
    Mass(usize),
    /// One bin for each distinct confidence.
    Values,
}

impl From<&Settings> for Cut {
    fn from(settings: &Settings) -> Self {
        match settings.binning {
            Binning::EqualWidth => Self::Width(settings.bins, settings.edges),
            Binning::EqualMass => Self::Mass(settings.bins),
        }
    }
}

impl Bins {
    /// Puts cells, in order of confidence, into bins.
    ///
    /// ```
    /// use calib::{evidence::Tally, metrics::{Bins, Cut}};
    /// let cells: Vec<_> = Tally::from_pairs([(0.2, false), (0.9, true), (0.9, false)]).cells().collect();
    /// assert_eq!(Bins::new(&cells, Cut::Mass(10)).of_cell, [1, 6]);
    /// ```
    #[must_use]
    pub fn new(cells: &[Cell], cut: impl Into<Cut>) -> Self {
        match cut.into() {
            Cut::Width(count, edges) => {
                let count = count.max(1);
                let place = |cell: &Cell| by_width(cell.confidence, count, edges);
                let mut bins = Self::placed(cells, cells.iter().map(place).collect(), count);
                for (at, bin) in bins.bins.iter_mut().enumerate() {
                    (bin.lower, bin.upper) = (edge(at, count), edge(at + 1, count));
                }
                bins
            }
            Cut::Mass(count) => {
                let ranks = MidRanks::new(cells);
                let count = count.max(1);
                let places = ranks.of_cell.iter().map(|rank| ranks.bin(*rank, count));
                Self::placed(cells, places.collect(), count)
            }
            Cut::Values => Self::placed(cells, (0..cells.len()).collect(), cells.len()),
        }
    }

    /// The sums of bins when the bin of each cell is known.
    pub(super) fn placed(cells: &[Cell], of_cell: Vec<usize>, count: usize) -> Self {
        let mut sums = vec![(BinSums::default(), [Sum::default(); 3]); count];
        for (cell, &at) in cells.iter().zip(&of_cell) {
            if let Some((bin, sums)) = sums.get_mut(at) {
                bin.add(cell, sums);
            }
        }
        let finish = |(mut bin, [confidence, residual, variance]): (BinSums, [Sum; 3])| {
            (bin.confidence, bin.residual) = (confidence.value(), residual.value());
            bin.variance = variance.value();
            bin
        };
        Self {
            of_cell,
            bins: sums.into_iter().map(finish).collect(),
        }
    }

    /// The bins that hold weight.
    pub fn occupied(&self) -> impl Iterator<Item = &BinSums> {
        self.bins.iter().filter(|bin| bin.totals.w > 0.0)
    }
}

impl BinSums {
    fn add(&mut self, cell: &Cell, sums: &mut [Sum; 3]) {
        let c = cell.confidence;
        if self.totals.rows == 0 {
            self.lower = c;
        }
        self.upper = c;
        self.totals += *cell.totals;
        sums[0].add(cell.w * c);
        sums[1].add(residual(cell));
        sums[2].add(cell.w2y[0] * c * (1.0 - c));
    }

    /// Mean confidence less accuracy; no number for an empty bin.
    #[must_use]
    pub fn gap(&self) -> f64 {
        self.residual / self.totals.w
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

/// Weight below the middle of each tie block.
pub(super) struct MidRanks {
    /// Of each cell.
    pub(super) of_cell: Vec<f64>,
    /// Σ w.
    pub(super) all: f64,
}

impl MidRanks {
    pub(super) fn new(cells: &[Cell]) -> Self {
        let mut before = Sum::default();
        let middle = |cell: &Cell| {
            let middle = before.value() + cell.w / 2.0;
            before.add(cell.w);
            middle
        };
        Self {
            of_cell: cells.iter().map(middle).collect(),
            all: before.value(),
        }
    }

    /// The bin of a mid-rank among so many of equal mass.
    pub(super) fn bin(&self, rank: f64, count: usize) -> usize {
        let at = (count as f64 * rank / self.all).floor();
        (at as usize).min(count - 1)
    }
}
