//! What is computed from the residuals of points, seen or drawn.

use super::Point;
use crate::maths::pava::{self, Block};
use crate::maths::sums::{Sum, Sums, sum};

/// Σ_b |Σ_{i∈b} w(c − y)| / W.
#[must_use]
pub fn ece(bin_sums: &[f64], weight: f64) -> f64 {
    sum(bin_sums.iter().map(|sum| sum.abs())) / weight
}

/// The CORP miscalibration S(c) − S(ĉ) of the Brier score, from residual sums of points.
///
/// What rows at one confidence differ among themselves cancels, so
/// `MCB = Σ_j w_j [(c_j − ȳ_j)² − (ĉ_j − ȳ_j)²] / W = Σ_j w_j (c_j − ĉ_j)(c_j + ĉ_j − 2ȳ_j) / W`.
#[must_use]
pub fn mcb(points: &[Point], residuals: &[f64], weight: f64) -> f64 {
    let placed = points.iter().zip(residuals);
    let moments = placed
        .clone()
        .map(|(point, residual)| (point.weight, point.weight * point.confidence - residual));
    let (mut total, mut rest) = (Sum::default(), placed);
    for block in pava::pool(moments)
        .iter()
        .filter(|block| block.weight > 0.0)
    {
        let fitted = block.value();
        for (point, residual) in rest.by_ref().take(block.points) {
            let c = point.confidence;
            // w (c + ĉ − 2ȳ) = w (ĉ − c) + 2 Σ w(c − y)
            total.add((c - fitted) * (point.weight * (fitted - c) + 2.0 * residual));
        }
    }
    total.value() / weight
}

/// What is the same in every replicate.
pub(super) struct Constants {
    /// Σ w.
    pub(super) weight: f64,
    /// Σ w·c².
    squares: f64,
    /// Σ w of each bin.
    pub(super) weights: Vec<f64>,
    /// Σ w·c of each bin.
    pub(super) expected: Vec<f64>,
}

impl Constants {
    /// Those of points.
    pub(super) fn of(points: &[Point], bins: usize) -> Self {
        let sums = by_bin(
            bins,
            points.iter().map(|point| {
                let expected = point.weight * point.confidence;
                (point, [point.weight, expected, expected * point.confidence])
            }),
        );
        let [weights, expected, squares] =
            [0, 1, 2].map(|at| sums.iter().map(|sums| sums[at]).collect::<Vec<_>>());
        Self {
            weight: sum(points.iter().map(|point| point.weight)),
            squares: sum(squares),
            weights,
            expected,
        }
    }
}

/// The sums by bin of a value of each point, and [`mcb`] by m = Σ w·y of each:
/// `Σ w [(c − ȳ)² − (ĉ − ȳ)²] = Σ w c² − 2 Σ c m + Σ m² / Σ w`, the last by pooled block. So nothing but the blocks is
/// needed of each point again.
pub(super) fn summed<'p>(
    placed: impl ExactSizeIterator<Item = (&'p Point, f64, f64)> + Clone,
    bins: usize,
    constants: &Constants,
    space: &mut Vec<Block>,
) -> (Vec<f64>, f64) {
    let values = placed.clone();
    let sums = by_bin(
        bins,
        values.map(|(point, value, m)| (point, [value, point.confidence * m])),
    );
    let products = sum(sums.iter().map(|[_, product]| *product));
    let corners = pava::corners(placed.map(|(point, _, m)| (point.weight, m)), space);
    let blocks = pava::blocks(corners).filter(|block| block.weight > 0.0);
    let fitted = sum(blocks.map(|block| block.moment * block.value()));
    let mcb = sum([constants.squares, -2.0 * products, fitted]) / constants.weight;
    (sums.iter().map(|[value, _]| *value).collect(), mcb.max(0.0))
}

/// Sums of the values of points by bin, those of one bin added one after another.
fn by_bin<'p, const N: usize>(
    bins: usize,
    values: impl Iterator<Item = (&'p Point, [f64; N])>,
) -> Vec<[f64; N]> {
    let mut all = vec![Sums::default(); bins];
    let (mut at, mut sums) = (usize::MAX, Sums::default());
    for (point, values) in values {
        if point.bin != at {
            put(&mut all, at, sums);
            (at, sums) = (point.bin, all.get(point.bin).copied().unwrap_or_default());
        }
        sums.add(values);
    }
    put(&mut all, at, sums);
    all.iter().map(Sums::values).collect()
}

fn put<const N: usize>(all: &mut [Sums<N>], at: usize, sums: Sums<N>) {
    if let Some(place) = all.get_mut(at) {
        *place = sums;
    }
}
