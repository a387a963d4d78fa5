//! How each statistic of a log answers to a little more weight on one row: its influence function.
//!
//! A row at one confidence with credit y moves the statistic by `α + β·y + γ·y²` for each unit of weight, so one pass
//! over the cells gives the influence of every row. Hampel (1974), Journal of the American Statistical Association 69,
//! 383–393; for variances as the infinitesimal jackknife, Jaeckel (1972), Bell Laboratories memorandum MM 72-1215-11.

use super::curve::{Block, Curve};
use crate::maths::harmonic;
use crate::maths::sums::{Sum, Sums};

/// The influence of rows of one cell, `α + β·y + γ·y²`.
pub(super) type Influence = [f64; 3];

/// The derivatives of a block's own term by its weight and by its errors, and those by the weight and the errors above it.
type Derivatives = ([f64; 2], [f64; 2]);

/// Adds up what blocks below contribute to all blocks above them, and combines it with each block's own part.
fn gather(curve: &Curve, derivatives: impl Fn(&Block) -> Derivatives) -> Vec<Influence> {
    let mut influences = vec![[0.0; 3]; curve.cells];
    let mut beneath = Sums::default();
    for block in curve.blocks.iter().rev() {
        let (own, below) = derivatives(block);
        let [weight, errors] = beneath.values();
        let by_weight = own[0] + weight;
        let by_errors = own[1] + errors;
        if let Some(influence) = influences.get_mut(block.at) {
            // An error is 1 − y.
            *influence = [by_weight + by_errors, -by_errors, 0.0];
        }
        beneath.add(below);
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
    let derivatives = |block: &Block| {
        let (n, m) = (block.above, block.weight);
        let (risk, excess) = (block.risk(), block.excess());
        let width = harmonic::difference(n, m);
        let slopes = [n + m, n].map(harmonic::slope);
        let by_weight = n * risk / m * width + excess * slopes[0];
        let below = excess * (slopes[0] - slopes[1]) - risk * width;
        ([by_weight, 1.0 - n / m * width], [below, width])
    };
    let all = curve.weight;
    divided(
        gather(curve, derivatives),
        all,
        curve.aurc(),
        [1.0, 0.0, 0.0],
    )
}

/// From those of [`aurc`].
pub(super) fn excess_aurc(curve: &Curve, aurc: &[Influence]) -> Vec<Influence> {
    let (weight, credit) = (curve.weight, curve.right());
    let (value, h) = (curve.oracle(), harmonic::difference(credit, curve.errors));
    let by_weight = (1.0 - credit * harmonic::slope(weight) - value) / weight;
    let by_credit = (credit * harmonic::slope(credit) - h - 1.0) / weight;
    let less = |[a, b, c]: &Influence| [a - by_weight, b - by_credit, *c];
    aurc.iter().map(less).collect()
}

pub(super) fn augrc(curve: &Curve) -> Vec<Influence> {
    let derivatives = |block: &Block| {
        let own = [block.errors_above + block.errors / 2.0, block.weight / 2.0];
        (own, [0.0, block.weight])
    };
    let all = curve.weight;
    let value = curve.augrc() * 2.0 * all;
    divided(
        gather(curve, derivatives),
        all * all,
        value,
        [1.0, 0.0, 0.0],
    )
}

pub(super) fn average_precision(curve: &Curve) -> Option<Vec<Influence>> {
    let value = curve.average_precision()?;
    let derivatives = |block: &Block| {
        let (weight, errors) = (block.rows_so_far(), block.errors_so_far());
        let right = block.weight - block.errors;
        let below = [right * errors / (weight * weight), -right / weight];
        let precision = 1.0 - errors / weight;
        ([below[0] + precision, below[1] - precision], below)
    };
    let right = curve.right();
    Some(divided(
        gather(curve, derivatives),
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
        let excess = excess_aurc(&curve, &aurc(&curve));
        agrees(|curve| curve.aurc() - curve.oracle(), &excess);
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
