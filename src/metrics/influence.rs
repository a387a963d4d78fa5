//! How each statistic of a log answers to a little more weight on one row: its influence function.
//!
//! A row at one confidence with credit y moves the statistic by `α + β·y + γ·y²` for each unit of weight, so one pass
//! over the cells gives the influence of every row. Hampel (1974), Journal of the American Statistical Association 69,
//! 383–393; for variances as the infinitesimal jackknife, Jaeckel (1972), Bell Laboratories memorandum MM 72-1215-11.

use super::curve::{Block, Curve};
use crate::maths::harmonic;
use crate::maths::sums::Sum;

/// The influence of rows of one cell, `α + β·y + γ·y²`.
pub(super) type Influence = [f64; 3];

/// Adds up what blocks below contribute to all blocks above them, and combines it with each block's own part.
///
/// `own` gives the derivatives of a block's term by its weight and by its errors, `below` those by the weight and the
/// errors above it.
fn gather(
    curve: &Curve,
    own: impl Fn(&Block) -> [f64; 2],
    below: impl Fn(&Block) -> [f64; 2],
) -> Vec<Influence> {
    let mut influences = vec![[0.0; 3]; curve.cells];
    let mut beneath = [Sum::default(); 2];
    for block in curve.blocks.iter().rev() {
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

pub(super) fn aurc(curve: &Curve) -> Vec<Influence> {
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
    let all = curve.weight;
    divided(
        gather(curve, own, below),
        all,
        curve.aurc(),
        [1.0, 0.0, 0.0],
    )
}

pub(super) fn excess_aurc(curve: &Curve) -> Vec<Influence> {
    let (weight, credit) = (curve.weight, curve.right());
    let (value, h) = (curve.oracle(), harmonic::difference(credit, curve.errors));
    let by_weight = (1.0 - credit * harmonic::slope(weight) - value) / weight;
    let by_credit = (credit * harmonic::slope(credit) - h - 1.0) / weight;
    let less = |[a, b, c]: Influence| [a - by_weight, b - by_credit, c];
    aurc(curve).into_iter().map(less).collect()
}

pub(super) fn augrc(curve: &Curve) -> Vec<Influence> {
    let own = |block: &Block| [block.errors_above + block.errors / 2.0, block.weight / 2.0];
    let below = |block: &Block| [0.0, block.weight];
    let all = curve.weight;
    let value = curve.augrc() * 2.0 * all;
    divided(gather(curve, own, below), all * all, value, [1.0, 0.0, 0.0])
}

pub(super) fn average_precision(curve: &Curve) -> Option<Vec<Influence>> {
    let value = curve.average_precision()?;
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
    let right = curve.right();
    Some(divided(
        gather(curve, own, below),
        right,
        value,
        [0.0, 1.0, 0.0],
    ))
}

pub(super) fn brier_skill(curve: &Curve, confidences: &[f64]) -> Option<Vec<Influence>> {
    let (brier, spread) = (curve.brier(confidences), curve.uncertainty()?);
    let rate = curve.right() / curve.weight;
    // By the quotient rule from (c − y)² − brier and (y − ȳ)² − spread.
    let ratio = brier / spread;
    let influence = |c: &f64| {
        let scale = -1.0 / (spread * curve.weight);
        let score = [c * c - brier, -2.0 * c, 1.0];
        let base = [rate * rate - spread, -2.0 * rate, 1.0];
        std::array::from_fn(|at| scale * (score[at] - ratio * base[at]))
    };
    Some(confidences.iter().map(influence).collect())
}

/// Of the accuracy of the top `share` of all rows. What happens at the cut is the accuracy expected there, which one
/// row cannot tell: it is taken over a window of n^⅔ rows about it.
pub(super) fn accuracy_of_top(curve: &Curve, share: f64) -> Option<Vec<Influence>> {
    let all = curve.weight;
    let k = share * all;
    let value = curve.accuracy_of_top(k)?;
    let cut = curve.block_of(k)?;
    let marginal = accuracy_about(curve, k, all.powf(2.0 / 3.0));
    let mut influences = vec![[share * (marginal - value) / k, 0.0, 0.0]; curve.cells];
    for block in &curve.blocks {
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
fn accuracy_about(curve: &Curve, k: f64, width: f64) -> f64 {
    let (low, high) = (k - width / 2.0, k + width / 2.0);
    let (mut rows, mut right) = (Sum::default(), Sum::default());
    for block in &curve.blocks {
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
    use crate::inference::bootstrap::Tied;

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
    fn agrees(value: impl Fn(&Curve) -> f64, influences: &[Influence]) {
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
                    value(&Curve::new(&cells))
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
        let (curve, confidences) = (Curve::new(&cells()), confidences());
        agrees(Curve::aurc, &aurc(&curve));
        agrees(|curve| curve.aurc() - curve.oracle(), &excess_aurc(&curve));
        agrees(Curve::augrc, &augrc(&curve));
        let precision = average_precision(&curve).unwrap();
        agrees(|curve| curve.average_precision().unwrap(), &precision);
        let skill = brier_skill(&curve, &confidences).unwrap();
        agrees(|curve| curve.brier_skill(&confidences).unwrap(), &skill);
    }

    #[test]
    fn the_influence_at_a_cut_is_that_inside_its_block() {
        // The cut lies in the block of 65 rows, and so does the window about it.
        let share = 0.75;
        let top = |curve: &Curve| curve.accuracy_of_top(share * curve.weight).unwrap();
        let ours = accuracy_of_top(&Curve::new(&cells()), share).unwrap();
        agrees(top, &ours);
    }
}
