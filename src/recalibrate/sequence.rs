//! Fixed sequences of tests: how far one may go down an order of rows until too many of them are bad.
//!
//! Rows are taken in order of stated confidence, and as long as Clopper and Pearson's upper bound on the share of bad
//! ones stays within the limit, the next are taken too. Each step is tested only after all before it passed, so no
//! correction is needed: the chance that the share at the last step lies above the limit is at most δ. Bauer (1991),
//! Statistics in Medicine 10, 871–890; Angelopoulos et al. (2021), arXiv 2110.01052 (learn then test).

use crate::inference::clopper_pearson;

/// The rows at one stated confidence and above, in the order of the curve.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Block {
    /// The lowest prediction in this block or above.
    pub(super) least: f64,
    /// The highest prediction below this block.
    pub(super) below: f64,
    /// Rows that the share is taken of.
    pub(super) rows: u64,
    /// Bad ones among them.
    pub(super) bad: u64,
}

/// A row of the order: its stated confidence, the prediction for it, the rows it stands for and the bad ones of these.
pub(super) type Step = (f64, f64, u64, u64);

/// Rows that come from the highest stated confidence down, summed.
pub(super) fn blocks(rows: impl Iterator<Item = Step>) -> Vec<Block> {
    let mut steps: Vec<(f64, f64, Block)> = Vec::new();
    for (confidence, predicted, rows, bad) in rows {
        match steps.last_mut() {
            Some((last, _, block)) if *last == confidence => {
                block.rows += rows;
                block.bad += bad;
            }
            last => {
                let none = Block {
                    least: f64::INFINITY,
                    below: 0.0,
                    rows: 0,
                    bad: 0,
                };
                let mut block = last.map_or(none, |(_, _, block)| *block);
                block.least = block.least.min(predicted);
                block.rows += rows;
                block.bad += bad;
                steps.push((confidence, predicted, block));
            }
        }
    }
    let mut below = f64::NEG_INFINITY;
    for (_, predicted, block) in steps.iter_mut().rev() {
        block.below = below;
        below = below.max(*predicted);
    }
    steps.into_iter().map(|(_, _, block)| block).collect()
}

/// The last block that passes, with a threshold that can tell it from those below. The sequence starts with the first
/// block of enough rows to pass at all.
pub(super) fn furthest(blocks: &[Block], limit: f64, confidence: f64) -> Option<&Block> {
    let needed = least_rows(limit, confidence);
    let tested = blocks
        .iter()
        .skip_while(|block| (block.rows as f64) < needed);
    let passed =
        tested.take_while(|block| block.upper(confidence).is_some_and(|bound| bound <= limit));
    // A curve may give rows on both sides of a step the same value; a threshold cannot part them.
    passed.filter(|block| block.below < block.least).last()
}

impl Block {
    /// Clopper and Pearson's upper bound on the share of bad rows.
    pub(super) fn upper(&self, confidence: f64) -> Option<f64> {
        let two_sided = 2.0 * confidence - 1.0;
        let bounds = clopper_pearson::interval(self.bad as f64, self.rows as f64, two_sided);
        bounds.map(|(_, high)| high)
    }
}

/// The fewest rows that can show a share of bad ones of at most `limit`: `⌈ln δ / ln(1 − limit)⌉` without any.
///
/// ```
/// assert_eq!(calib::recalibrate::sequence::least_rows(0.05, 0.95), 59.0);
/// ```
#[must_use]
pub fn least_rows(limit: f64, confidence: f64) -> f64 {
    let exact = (1.0 - confidence).ln() / (-limit).ln_1p();
    // A quotient that is whole up to rounding is that number.
    (exact - 1e-9).ceil().max(1.0)
}
