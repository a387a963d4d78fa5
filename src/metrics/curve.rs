//! Statistics of a log as functions of its cells: the risk-coverage curve, precision and recall, Brier skill.
//!
//! All take cells in order of confidence and walk them from the top. Rows tied in confidence are taken in every order
//! at once: inside a block of m rows with E errors, after N rows with F errors, `err(k) = F + (k − N)·E/m`, the
//! expectation over orders. So nothing depends on file order, and a block costs the same however many rows it holds.

use crate::inference::bootstrap::Tied;
use crate::maths::harmonic;
use crate::maths::sums::{Sum, sum};

/// A block of tied rows on the way down from the highest confidence.
#[derive(Clone, Copy, Debug)]
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
}

impl Block {
    /// Share of errors in the block.
    pub(super) fn risk(&self) -> f64 {
        self.errors / self.weight
    }

    /// `F − N·E/m`: the part of err(k) that does not grow with k.
    pub(super) fn excess(&self) -> f64 {
        self.errors_above - self.above * self.risk()
    }
}

/// The blocks with weight, from the highest confidence down.
pub(super) fn blocks(cells: &[Tied]) -> impl Iterator<Item = Block> {
    let mut above = [Sum::default(); 2];
    let occupied = cells.iter().enumerate().rev();
    occupied
        .filter(|(_, tied)| tied.weight > 0.0)
        .map(move |(at, tied)| {
            // Rounding may leave a trace of an error where every row is right.
            let errors = (tied.weight - tied.credit).max(0.0);
            let block = Block {
                at,
                above: above[0].value(),
                errors_above: above[1].value(),
                weight: tied.weight,
                errors,
            };
            above[0].add(tied.weight);
            above[1].add(errors);
            block
        })
}

/// All rows in sum.
pub(super) fn total(cells: &[Tied]) -> Tied {
    Tied {
        weight: sum(cells.iter().map(|tied| tied.weight)),
        credit: sum(cells.iter().map(|tied| tied.credit)),
        square: sum(cells.iter().map(|tied| tied.square)),
    }
}

/// `mean over k of err(k)/k`: a block adds `E + (F − N·E/m)·(H(N + m) − H(N))`.
pub(super) fn aurc(cells: &[Tied]) -> f64 {
    let part = |block: Block| {
        block.errors + block.excess() * harmonic::difference(block.above, block.weight)
    };
    sum(blocks(cells).map(part)) / total(cells).weight
}

/// The least AURC with as many errors, all of them ranked last: `(E − R·(H(n) − H(R))) / n` with R right rows.
pub(super) fn oracle(cells: &[Tied]) -> f64 {
    let Tied { weight, credit, .. } = total(cells);
    let errors = (weight - credit).max(0.0);
    (errors - credit * harmonic::difference(credit, errors)) / weight
}

/// The area under err(k)/n over k/n, by trapezoids from 0: a block adds `m·(F + E/2) / n²`.
pub(super) fn augrc(cells: &[Tied]) -> f64 {
    let part = |block: Block| block.weight * (block.errors_above + block.errors / 2.0);
    sum(blocks(cells).map(part)) / total(cells).weight.powi(2)
}

/// Average precision of finding right rows at high confidence: `Σ over blocks of (recall gained)·precision`.
pub(super) fn average_precision(cells: &[Tied]) -> Option<f64> {
    let part = |block: Block| {
        let (weight, errors) = (
            block.above + block.weight,
            block.errors_above + block.errors,
        );
        (block.weight - block.errors) * (1.0 - errors / weight)
    };
    let right = total(cells).credit;
    (right > 0.0).then(|| sum(blocks(cells).map(part)) / right)
}

/// Average precision of finding wrong rows at low confidence.
pub(super) fn average_precision_of_errors(cells: &[Tied]) -> Option<f64> {
    let turned = |tied: &Tied| Tied {
        credit: (tied.weight - tied.credit).max(0.0),
        ..*tied
    };
    let turned: Vec<Tied> = cells.iter().rev().map(turned).collect();
    average_precision(&turned)
}

/// The block in which the k-th row from the top lies.
pub(super) fn block_of(cells: &[Tied], k: f64) -> Option<Block> {
    blocks(cells)
        .take_while(|block| block.above < k || block.above == 0.0)
        .last()
}

/// Accuracy of the `k` rows of highest confidence, `1 − err(k)/k`.
pub(super) fn accuracy_of_top(cells: &[Tied], k: f64) -> Option<f64> {
    let block = block_of(cells, k)?;
    let errors = block.errors_above + (k - block.above) * block.risk();
    (k > 0.0).then(|| 1.0 - errors / k)
}

/// `1 − Brier / mean((y − ȳ)²)`; `None` with one class.
pub(super) fn brier_skill(cells: &[Tied], confidences: &[f64]) -> Option<f64> {
    let spread = uncertainty(&total(cells))?;
    Some(1.0 - brier(cells, confidences) / spread)
}

/// `Σ w·(c − y)² / Σ w`.
pub(super) fn brier(cells: &[Tied], confidences: &[f64]) -> f64 {
    let square =
        |(tied, c): (&Tied, &f64)| c * c * tied.weight - 2.0 * c * tied.credit + tied.square;
    sum(cells.iter().zip(confidences).map(square)) / total(cells).weight
}

/// Mean squared deviation of the credit from its mean; `None` where there is none.
pub(super) fn uncertainty(total: &Tied) -> Option<f64> {
    let rate = total.credit / total.weight;
    let spread = total.square / total.weight - rate * rate;
    (spread > 1e-15).then_some(spread)
}
