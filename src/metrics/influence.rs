//! How each statistic of a log answers to a little more weight on one row: its influence function.
//!
//! A row at one confidence with credit y moves the statistic by `α + β·y + γ·y²` for each unit of weight, so one pass
//! over the cells gives the influence of every row. Hampel (1974), Journal of the American Statistical Association 69,
//! 383–393; for variances as the infinitesimal jackknife, Jaeckel (1972), Bell Laboratories memorandum MM 72-1215-11.

use super::curve::{self, Block, blocks, total};
use crate::inference::bootstrap::Tied;
use crate::maths::harmonic;
use crate::maths::sums::Sum;

/// The influence of rows of one cell, `α + β·y + γ·y²`.
pub(super) type Influence = [f64; 3];

/// Adds up what blocks below contribute to all blocks above them, and combines it with each block's own part.
///
/// `own` gives the derivatives of a block's term by its weight and by its errors, `below` those by the weight and the
/// errors above it.
fn gather(
    cells: &[Tied],
    own: impl Fn(&Block) -> [f64; 2],
    below: impl Fn(&Block) -> [f64; 2],
) -> Vec<Influence> {
    let mut influences = vec![[0.0; 3]; cells.len()];
    let walked: Vec<Block> = blocks(cells).collect();
    let mut beneath = [Sum::default(); 2];
    for block in walked.iter().rev() {
        let own = own(block);
        let by_weight = own[0] + beneath[0].value();
        let by_errors = own[1] + beneath[1].value();
        if let Some(influence) = influences.get_mut(block.at) {
            // An error is 1 − y.
            *influence = [by_weight + by_errors, -by_errors, 0.0];
        }
        for (sum, term) in beneath.iter_mut().zip(below(block)) {
            sum.add(term);
        }
    }
    influences
}

/// Of a quotient `numerator / total`, from the influences of its numerator.
fn divided(
    influences: Vec<Influence>,
    by: f64,
    value: f64,
    denominator: Influence,
) -> Vec<Influence> {
    let divide = |influence: Influence| {
        std::array::from_fn(|at| (influence[at] - value * denominator[at]) / by)
    };
    influences.into_iter().map(divide).collect()
}

pub(super) fn aurc(cells: &[Tied]) -> Vec<Influence> {
    let width = |block: &Block| harmonic::difference(block.above, block.weight);
    let own = |block: &Block| {
        let (n, m) = (block.above, block.weight);
        let by_weight =
            n * block.risk() / m * width(block) + block.excess() * harmonic::slope(n + m);
        [by_weight, 1.0 - n / m * width(block)]
    };
    let below = |block: &Block| {
        let slopes = harmonic::slope(block.above + block.weight) - harmonic::slope(block.above);
        let by_weight = block.excess() * slopes - block.risk() * width(block);
        [by_weight, width(block)]
    };
    let all = total(cells).weight;
    divided(
        gather(cells, own, below),
        all,
        curve::aurc(cells),
        [1.0, 0.0, 0.0],
    )
}

pub(super) fn excess_aurc(cells: &[Tied]) -> Vec<Influence> {
    let Tied { weight, credit, .. } = total(cells);
    let (value, h) = (
        curve::oracle(cells),
        harmonic::difference(credit, weight - credit),
    );
    let by_weight = (1.0 - credit * harmonic::slope(weight) - value) / weight;
    let by_credit = (credit * harmonic::slope(credit) - h - 1.0) / weight;
    let less = |[a, b, c]: Influence| [a - by_weight, b - by_credit, c];
    aurc(cells).into_iter().map(less).collect()
}

pub(super) fn augrc(cells: &[Tied]) -> Vec<Influence> {
    let own = |block: &Block| [block.errors_above + block.errors / 2.0, block.weight / 2.0];
    let below = |block: &Block| [0.0, block.weight];
    let all = total(cells).weight;
    let value = curve::augrc(cells) * 2.0 * all;
    divided(gather(cells, own, below), all * all, value, [1.0, 0.0, 0.0])
}

pub(super) fn average_precision(cells: &[Tied]) -> Option<Vec<Influence>> {
    let value = curve::average_precision(cells)?;
    let below = |block: &Block| {
        let (weight, errors) = (
            block.above + block.weight,
            block.errors_above + block.errors,
        );
        let right = block.weight - block.errors;
        [right * errors / (weight * weight), -right / weight]
    };
    let own = |block: &Block| {
        let (weight, errors) = (
            block.above + block.weight,
            block.errors_above + block.errors,
        );
        let ([by_weight, by_errors], precision) = (below(block), 1.0 - errors / weight);
        [by_weight + precision, by_errors - precision]
    };
    let right = total(cells).credit;
    Some(divided(
        gather(cells, own, below),
        right,
        value,
        [0.0, 1.0, 0.0],
    ))
}

pub(super) fn brier_skill(cells: &[Tied], confidences: &[f64]) -> Option<Vec<Influence>> {
    let all = total(cells);
    let (brier, spread) = (curve::brier(cells, confidences), curve::uncertainty(&all)?);
    let rate = all.credit / all.weight;
    // By the quotient rule from (c − y)² − brier and (y − ȳ)² − spread.
    let ratio = brier / spread;
    let influence = |c: &f64| {
        let scale = -1.0 / (spread * all.weight);
        let score = [c * c - brier, -2.0 * c, 1.0];
        let base = [rate * rate - spread, -2.0 * rate, 1.0];
        std::array::from_fn(|at| scale * (score[at] - ratio * base[at]))
    };
    Some(confidences.iter().map(influence).collect())
}

/// Of the accuracy of the top `share` of all rows. What happens at the cut is the accuracy expected there, which one
/// row cannot tell: it is taken over a window of n^⅔ rows about it.
pub(super) fn accuracy_of_top(cells: &[Tied], share: f64) -> Option<Vec<Influence>> {
    let all = total(cells).weight;
    let k = share * all;
    let value = curve::accuracy_of_top(cells, k)?;
    let cut = curve::block_of(cells, k)?;
    let marginal = accuracy_about(cells, k, all.powf(2.0 / 3.0));
    let mut influences = vec![[share * (marginal - value) / k, 0.0, 0.0]; cells.len()];
    for block in blocks(cells) {
        let taken = ((k - block.above) / block.weight).clamp(0.0, 1.0);
        if let Some(influence) = influences.get_mut(block.at) {
            let own = if block.at == cut.at {
                block.risk()
            } else {
                1.0 - marginal
            };
            influence[0] -= taken * (1.0 - own) / k;
            influence[1] += taken / k;
        }
    }
    Some(influences)
}

/// Accuracy of the rows between `k − width/2` and `k + width/2` from the top.
fn accuracy_about(cells: &[Tied], k: f64, width: f64) -> f64 {
    let (low, high) = (k - width / 2.0, k + width / 2.0);
    let (mut rows, mut right) = (Sum::default(), Sum::default());
    for block in blocks(cells) {
        let overlap = (block.above + block.weight).min(high) - block.above.max(low);
        if overlap > 0.0 {
            rows.add(overlap);
            right.add(overlap * (1.0 - block.risk()));
        }
    }
    right.value() / rows.value()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Wrong and right rows by confidence.
    const ROWS: [[u64; 2]; 9] = [
        [3, 1],
        [1, 1],
        [1, 2],
        [40, 25],
        [2, 1],
        [2, 2],
        [7, 30],
        [1, 1],
        [5, 61],
    ];

    fn cells() -> Vec<Tied> {
        ROWS.map(Tied::rows).to_vec()
    }

    fn confidences() -> Vec<f64> {
        (1..=ROWS.len()).map(|at| at as f64 / 10.0).collect()
    }

    /// Compares influences with what a little more weight on one row does.
    fn agrees(value: impl Fn(&[Tied]) -> f64, influences: &[Influence]) {
        let step = 1e-5;
        for (at, [a, b, c]) in influences.iter().enumerate() {
            for credit in [0.0, 0.25, 1.0] {
                let moved = |weight: f64| {
                    let mut cells = cells();
                    cells[at] += Tied {
                        weight,
                        credit: weight * credit,
                        square: weight * credit * credit,
                    };
                    value(&cells)
                };
                let numeric = (moved(step) - moved(-step)) / (2.0 * step);
                let ours = a + b * credit + c * credit * credit;
                assert!(
                    (ours - numeric).abs() < 1e-8,
                    "{at} {credit}: {ours} {numeric}"
                );
            }
        }
    }

    #[test]
    fn influences_are_derivatives() {
        let (cells, confidences) = (cells(), confidences());
        agrees(curve::aurc, &aurc(&cells));
        agrees(
            |cells| curve::aurc(cells) - curve::oracle(cells),
            &excess_aurc(&cells),
        );
        agrees(curve::augrc, &augrc(&cells));
        agrees(
            |cells| curve::average_precision(cells).unwrap(),
            &average_precision(&cells).unwrap(),
        );
        agrees(
            |cells| curve::brier_skill(cells, &confidences).unwrap(),
            &brier_skill(&cells, &confidences).unwrap(),
        );
    }

    #[test]
    fn the_influence_at_a_cut_is_that_inside_its_block() {
        // The cut lies in the block of 65 rows, and so does the window about it.
        let share = 0.75;
        let top =
            |cells: &[Tied]| curve::accuracy_of_top(cells, share * total(cells).weight).unwrap();
        agrees(top, &accuracy_of_top(&cells(), share).unwrap());
    }
}
