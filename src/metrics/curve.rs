//! Statistics of a log as functions of its cells: the risk-coverage curve, precision and recall, Brier skill.
//!
//! All walk the cells from the highest confidence down. Rows tied in confidence are taken in every order
//! at once: inside a block of m rows with E errors, after N rows with F errors, `err(k) = F + (k − N)·E/m`, the
//! expectation over orders. So nothing depends on file order, and a block costs the same however many rows it holds.

use super::smooth::tied;
use crate::evidence::Cell;
use crate::inference::bootstrap::Tied;
use crate::maths::harmonic;
use crate::maths::sums::{Sum, sum};

/// A block of tied rows on the way down from the highest confidence.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Block {
    /// Place among the cells.
    pub(super) at: usize,
    /// Σ w of the blocks above.
    pub(super) above: f64,
    /// Σ w·(1 − y) of the blocks above.
    pub(super) errors_above: f64,
    /// Σ w of its rows.
    pub(super) weight: f64,
    /// Σ w·(1 − y) of its rows.
    pub(super) errors: f64,
    /// Σ w·y and Σ w·y² of its rows.
    moments: [f64; 2],
}

/// The cells of a log as blocks, from the highest confidence down; cells without weight are none.
#[derive(Clone, Debug, Default)]
pub(super) struct Curve {
    /// Number of cells.
    pub(super) cells: usize,
    /// The blocks.
    pub(super) blocks: Vec<Block>,
    /// Σ w.
    pub(super) weight: f64,
    /// Σ w·(1 − y).
    pub(super) errors: f64,
    /// What its statistics are made of, where they were summed together.
    parts: Option<Parts>,
}

/// Sums over blocks that statistics are made of.
#[derive(Clone, Copy, Debug)]
struct Parts {
    area: f64,
    trapezoids: f64,
    found: f64,
    squares: f64,
    credit_squares: f64,
}

impl Block {
    /// Share of errors in the block.
    pub(super) fn risk(&self) -> f64 {
        self.errors / self.weight
    }

    /// Σ w down to the end of the block.
    pub(super) fn rows_so_far(&self) -> f64 {
        self.above + self.weight
    }

    /// Σ w·(1 − y) down to the end of the block.
    pub(super) fn errors_so_far(&self) -> f64 {
        self.errors_above + self.errors
    }

    /// `F − N·E/m`: the part of err(k) that does not grow with k.
    pub(super) fn excess(&self) -> f64 {
        self.errors_above - self.above * self.risk()
    }

    /// What it adds to the sum of err(k)/k: `E + (F − N·E/m)·(H(N + m) − H(N))`.
    fn area(&self) -> f64 {
        self.errors + self.excess() * harmonic::difference(self.above, self.weight)
    }

    /// What it adds to the area under err(k), by trapezoids: `m·(F + E/2)`.
    fn trapezoid(&self) -> f64 {
        self.weight * (self.errors_above + self.errors / 2.0)
    }

    /// Its right rows times the precision down to its end.
    fn found(&self) -> f64 {
        let precision = 1.0 - self.errors_so_far() / self.rows_so_far();
        (self.weight - self.errors) * precision
    }

    /// Σ w·(c − y)² of its rows.
    fn square(&self, confidences: &[f64]) -> f64 {
        let c = confidences.get(self.at).copied().unwrap_or_default();
        let [credit, square] = self.moments;
        c * c * self.weight - 2.0 * c * credit + square
    }

    /// Σ w·y² of its rows.
    fn credit_square(&self) -> f64 {
        self.moments[1]
    }
}

impl Curve {
    /// The curve of cells in order of confidence.
    pub(super) fn new(cells: &[Tied]) -> Self {
        let [mut weight, mut errors] = [Sum::default(); 2];
        let mut blocks = vec![Block::default(); cells.len()];
        let mut count = 0;
        for (at, tied) in cells.iter().enumerate().rev() {
            // Cells without weight add nothing, and the next one takes the place of their block: chosen by factors, for a
            // processor cannot guess which cells a resample leaves out.
            let there = tied.weight > 0.0;
            let factor = f64::from(u8::from(there));
            let block = Block {
                at,
                above: weight.value(),
                errors_above: errors.value(),
                weight: factor * tied.weight,
                // Rounding may leave a trace of an error where every row is right.
                errors: factor * (tied.weight - tied.credit).max(0.0),
                moments: [tied.credit, tied.square],
            };
            weight.add(block.weight);
            errors.add(block.errors);
            if let Some(place) = blocks.get_mut(count) {
                *place = block;
            }
            count += usize::from(there);
        }
        blocks.truncate(count);
        Self {
            cells: cells.len(),
            blocks,
            weight: weight.value(),
            errors: errors.value(),
            parts: None,
        }
    }

    /// The same for cells of which every statistic is wanted: one walk sums what they are made of.
    pub(super) fn walked(cells: &[Tied], confidences: &[f64]) -> Self {
        let mut sums = [Sum::default(); 5];
        let curve = Self::new(cells);
        for block in &curve.blocks {
            let parts = [
                block.area(),
                block.trapezoid(),
                block.found(),
                block.square(confidences),
                block.credit_square(),
            ];
            for (sum, part) in sums.iter_mut().zip(parts) {
                sum.add(part);
            }
        }
        let [area, trapezoids, found, squares, credit_squares] = sums.map(|sum| sum.value());
        Self {
            parts: Some(Parts {
                area,
                trapezoids,
                found,
                squares,
                credit_squares,
            }),
            ..curve
        }
    }

    /// Σ w·y.
    pub(super) fn right(&self) -> f64 {
        (self.weight - self.errors).max(0.0)
    }

    /// A sum over blocks, unless it is known.
    fn sum(&self, known: impl Fn(&Parts) -> f64, part: impl Fn(&Block) -> f64) -> f64 {
        match &self.parts {
            Some(parts) => known(parts),
            None => sum(self.blocks.iter().map(part)),
        }
    }

    /// `mean over k of err(k)/k`: a block adds `E + (F − N·E/m)·(H(N + m) − H(N))`.
    pub(super) fn aurc(&self) -> f64 {
        self.sum(|parts| parts.area, Block::area) / self.weight
    }

    /// The least AURC with as many errors, all of them ranked last: `(E − R·(H(n) − H(R))) / n` with R right rows.
    pub(super) fn oracle(&self) -> f64 {
        let right = self.right();
        (self.errors - right * harmonic::difference(right, self.errors)) / self.weight
    }

    /// The area under err(k)/n over k/n, by trapezoids from 0: a block adds `m·(F + E/2) / n²`.
    pub(super) fn augrc(&self) -> f64 {
        self.sum(|parts| parts.trapezoids, Block::trapezoid) / self.weight.powi(2)
    }

    /// Average precision of finding right rows at high confidence: `Σ over blocks of (recall gained)·precision`.
    pub(super) fn average_precision(&self) -> Option<f64> {
        let right = self.right();
        let found = || self.sum(|parts| parts.found, Block::found);
        (right > 0.0).then(|| (found() / right).min(1.0))
    }

    /// The block in which the k-th row from the top lies.
    pub(super) fn block_of(&self, k: f64) -> Option<&Block> {
        let before = self.blocks.partition_point(|block| block.above < k);
        self.blocks.get(before.saturating_sub(1))
    }

    /// Accuracy of the `k` rows of highest confidence, `1 − err(k)/k`.
    pub(super) fn accuracy_of_top(&self, k: f64) -> Option<f64> {
        let block = self.block_of(k)?;
        let errors = block.errors_above + (k - block.above) * block.risk();
        (k > 0.0).then(|| 1.0 - errors / k)
    }

    /// `1 − Brier / mean((y − ȳ)²)`; `None` with one class.
    pub(super) fn brier_skill(&self, confidences: &[f64]) -> Option<f64> {
        Some(1.0 - self.brier(confidences) / self.uncertainty()?)
    }

    /// `Σ w·(c − y)² / Σ w`.
    pub(super) fn brier(&self, confidences: &[f64]) -> f64 {
        let squares = self.sum(|parts| parts.squares, |block| block.square(confidences));
        squares / self.weight
    }

    /// Mean squared deviation of the credit from its mean; `None` where there is none.
    pub(super) fn uncertainty(&self) -> Option<f64> {
        let rate = self.right() / self.weight;
        let squares = self.sum(|parts| parts.credit_squares, Block::credit_square);
        let spread = squares / self.weight - rate * rate;
        (spread > 1e-15).then_some(spread)
    }
}

/// Average precision of finding wrong rows at low confidence.
pub(super) fn average_precision_of_errors(cells: &[Cell]) -> Option<f64> {
    let turned = |cell: &Cell| Tied {
        credit: (cell.w - cell.wy).max(0.0),
        ..tied(cell)
    };
    let turned: Vec<Tied> = cells.iter().rev().map(turned).collect();
    Curve::new(&turned).average_precision()
}
