//! Sums over the rows of an answer of what they score if wrong and if right.

use crate::evidence::Compact;
use crate::inference::sample::{moment, squares};

/// What an answer scores if wrong and if right.
pub(super) type Score = [f64; 2];

/// What it scores under several policies: under each if wrong, and under each if right.
pub(in crate::objectives) type Scores<const N: usize> = [[f64; N]; 2];

/// Adds the number of rows that are not scored 0, by each of several scores.
#[inline(always)]
pub(super) fn add_meant<const N: usize>(
    rows: &mut [u64; N],
    [wrong, right]: &Scores<N>,
    totals: &Compact,
) {
    for ((rows, wrong), right) in rows.iter_mut().zip(wrong).zip(right) {
        *rows += match (*wrong != 0.0, *right != 0.0) {
            (true, true) => totals.rows(),
            (true, false) => totals.rows() - totals.totals().right,
            (false, true) => totals.rows() - totals.totals().wrong,
            (false, false) => 0,
        };
    }
}

/// Σ w·score of the rows of an answer, of each of several scores.
#[inline(always)]
pub(super) fn moments<const N: usize>([wrong, right]: &Scores<N>, totals: &Compact) -> [f64; N] {
    match totals.counts() {
        Some([rows, correct]) => {
            std::array::from_fn(|at| wrong[at] * rows + (right[at] - wrong[at]) * correct)
        }
        None => std::array::from_fn(|at| moment(coefficients([wrong[at], right[at]]), totals)),
    }
}

/// Σ w²·(score − mean)² of the same.
#[inline(always)]
pub(super) fn squares_around<const N: usize>(
    [wrong, right]: &Scores<N>,
    totals: &Compact,
    means: &[f64; N],
) -> [f64; N] {
    match totals.counts() {
        Some([rows, correct]) => std::array::from_fn(|at| {
            let low = wrong[at] - means[at];
            let high = low + (right[at] - wrong[at]);
            correct * (high * high) + (rows - correct) * low * low
        }),
        None => squares_of_any([wrong, right], totals, means),
    }
}

/// The same where not every row has weight 1 and is right or wrong.
#[cold]
fn squares_of_any<const N: usize>(
    [wrong, right]: [&[f64; N]; 2],
    totals: &Compact,
    means: &[f64; N],
) -> [f64; N] {
    std::array::from_fn(|at| squares(coefficients([wrong[at], right[at]]), totals, means[at]))
}

/// A score by the powers of credit.
fn coefficients([wrong, right]: Score) -> [f64; 3] {
    [wrong, right - wrong, 0.0]
}
