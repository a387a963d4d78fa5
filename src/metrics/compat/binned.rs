//! Bins as other tools cut them, and the errors they sum over them.

use crate::evidence::Cell;
use crate::maths::sums::{Sum, sum};

/// Which end of a bin belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Closed {
    Left,
    Right,
}

/// The rows of one bin that is not empty.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bin {
    pub(super) rows: f64,
    pub(super) mean_confidence: f64,
    pub(super) accuracy: f64,
}

/// The bins that are not empty.
pub(super) struct Binned(Vec<Bin>);

impl Bin {
    fn gap(&self) -> f64 {
        self.mean_confidence - self.accuracy
    }
}

impl Binned {
    /// Bins between these sorted inner edges; the first and the last are open outwards.
    pub(super) fn between(cells: &[Cell], edges: &[f64], closed: Closed) -> Self {
        let mut sums = vec![(0.0, 0.0, Sum::default()); edges.len() + 1];
        for cell in cells {
            let at = edges.partition_point(|&edge| match closed {
                Closed::Left => edge <= cell.confidence,
                Closed::Right => edge < cell.confidence,
            });
            if let Some((rows, right, confidence)) = sums.get_mut(at) {
                *rows += cell.w;
                *right += cell.wy;
                confidence.add(cell.w * cell.confidence);
            }
        }
        let filled = sums.into_iter().filter(|(rows, ..)| *rows > 0.0);
        let bin = |(rows, right, confidence): (f64, f64, Sum)| Bin {
            rows,
            mean_confidence: confidence.value() / rows,
            accuracy: right / rows,
        };
        Self(filled.map(bin).collect())
    }

    /// Σ (n_b / n) of something about each bin.
    pub(super) fn mean(&self, of: impl Fn(&Bin) -> f64) -> f64 {
        let rows = sum(self.0.iter().map(|bin| bin.rows));
        sum(self.0.iter().map(|bin| bin.rows * of(bin))) / rows
    }

    /// Σ (n_b / n) |c̄_b − ȳ_b|.
    pub(super) fn ece(&self) -> f64 {
        self.mean(|bin| bin.gap().abs())
    }

    /// The square root of Σ (n_b / n) (c̄_b − ȳ_b)².
    pub(super) fn rms(&self) -> f64 {
        self.mean(|bin| bin.gap().powi(2)).sqrt()
    }

    /// The largest |c̄_b − ȳ_b|.
    pub(super) fn max(&self) -> f64 {
        self.0.iter().map(|bin| bin.gap().abs()).fold(0.0, f64::max)
    }

    /// The mean of |c̄_b − ȳ_b| over the bins, whatever their rows.
    pub(super) fn ace(&self) -> f64 {
        sum(self.0.iter().map(|bin| bin.gap().abs())) / self.0.len() as f64
    }

    /// Kumar's debiased square: Σ (n_b / n) ((c̄_b − ȳ_b)² − ȳ_b(1 − ȳ_b) / (n_b − 1)), bins of one row adding nothing;
    /// its root, or 0 where it is negative.
    pub(super) fn debiased(&self) -> f64 {
        let square = self.mean(|bin| {
            let variance = bin.accuracy * (1.0 - bin.accuracy) / (bin.rows - 1.0);
            if bin.rows < 2.0 {
                0.0
            } else {
                bin.gap().powi(2) - variance
            }
        });
        square.max(0.0).sqrt()
    }
}

/// NumPy's `linspace(0, 1, bins + 1)`: i·(1/B) where i/B is meant, so that 3·(1/10) lies above 0.3.
pub(super) fn linspace(bins: usize) -> Vec<f64> {
    let step = 1.0 / bins as f64;
    let mut edges: Vec<f64> = (0..=bins).map(|at| at as f64 * step).collect();
    if let Some(last) = edges.last_mut() {
        *last = 1.0;
    }
    edges
}

/// Those of them inside (0, 1).
pub(super) fn inner(edges: &[f64]) -> &[f64] {
    let last = edges.len().saturating_sub(1);
    edges.get(1..last).unwrap_or_default()
}

/// Confidences in order, to be looked up by rank.
pub(super) struct Sorted<'a> {
    cells: &'a [Cell],
    /// Rows up to and with each cell.
    ends: Vec<u64>,
}

impl<'a> Sorted<'a> {
    pub(super) fn new(cells: &'a [Cell]) -> Self {
        let mut end = 0;
        let count = |cell: &Cell| {
            end += cell.rows;
            end
        };
        Self {
            cells,
            ends: cells.iter().map(count).collect(),
        }
    }

    pub(super) fn rows(&self) -> u64 {
        self.ends.last().copied().unwrap_or(0)
    }

    /// The confidence with this many rows before it; past the end the last.
    pub(super) fn at(&self, rank: u64) -> f64 {
        let place = self.ends.partition_point(|&end| end <= rank);
        let cell = self.cells.get(place).or_else(|| self.cells.last());
        cell.map_or(f64::NAN, |cell| cell.confidence)
    }

    /// NumPy's linear quantile, in NumPy's own order of operations: an edge that lands on a row must land on it here.
    pub(super) fn quantile(&self, level: f64) -> f64 {
        let place = (self.rows().saturating_sub(1)) as f64 * level;
        let below = place.floor();
        let (low, high) = (self.at(below as u64), self.at(below as u64 + 1));
        let part = place - below;
        if part < 0.5 {
            low + (high - low) * part
        } else {
            high - (high - low) * (1.0 - part)
        }
    }
}
