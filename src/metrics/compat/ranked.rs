//! Rows from the most confident down, as selective metrics of other tools walk them.

use crate::evidence::Cell;
use crate::maths::sums::Sum;

/// Rows of one confidence.
#[derive(Clone, Copy, Debug)]
struct Block {
    /// Rows of greater confidence, and those of them that are right.
    before: (u64, u64),
    rows: u64,
    right: u64,
}

/// Blocks of equal confidence, the most confident first.
pub(super) struct Ranked(Vec<Block>);

impl Block {
    /// Share right among the `k` most confident rows, of which the block holds the last, its rows spread evenly.
    fn accuracy(&self, k: u64) -> f64 {
        let (rows, right) = self.before;
        let share = self.right as f64 / self.rows as f64;
        (right as f64 + (k - rows) as f64 * share) / k as f64
    }

    fn end(&self) -> u64 {
        self.before.0 + self.rows
    }

    /// Whether the order of its rows shows in the share right among the `k` most confident, for some k from `first`.
    fn shows_order(&self, first: u64) -> bool {
        let mixed = self.right > 0 && self.right < self.rows;
        mixed && first.max(self.before.0 + 1) < self.end()
    }
}

impl Ranked {
    pub(super) fn new(cells: &[Cell]) -> Self {
        let mut before = (0, 0);
        let block = |cell: &Cell| {
            let block = Block {
                before,
                rows: cell.rows,
                right: cell.right,
            };
            before = (before.0 + cell.rows, before.1 + cell.right);
            block
        };
        Self(cells.iter().rev().map(block).collect())
    }

    pub(super) fn rows(&self) -> u64 {
        self.0.last().map_or(0, Block::end)
    }

    /// The mean over k = first..=n of the share right among the k most confident; and whether that depends on the
    /// order of tied rows.
    pub(super) fn mean_accuracy(&self, first: u64) -> (f64, bool) {
        let mut sum = Sum::default();
        for block in &self.0 {
            for k in first.max(block.before.0 + 1)..=block.end() {
                sum.add(block.accuracy(k));
            }
        }
        let count = (self.rows() + 1).saturating_sub(first);
        let tied = self.0.iter().any(|block| block.shows_order(first));
        (sum.value() / count as f64, tied)
    }

    /// The share right among the `k` most confident; and whether that depends on the order of tied rows.
    pub(super) fn accuracy(&self, k: u64) -> (f64, bool) {
        let block = self.0.iter().find(|block| k <= block.end());
        block.map_or((f64::NAN, false), |block| {
            let cut = k < block.end();
            (block.accuracy(k), cut && block.shows_order(k))
        })
    }
}
