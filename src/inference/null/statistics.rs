//! What is computed from the residuals of points, seen or drawn.

use super::Point;
use crate::maths::pava::{self, Block};
use crate::maths::sums::{Sum, sum};

/// Σ_b |Σ_{i∈b} w(c − y)| / W.
#[must_use]
pub fn ece(bin_sums: &[f64], weight: f64) -> f64 {
    sum(bin_sums.iter().map(|sum| sum.abs())) / weight
}

/// The values of points with their bins.
pub(super) fn binned<'p>(
    points: &'p [Point],
    values: &'p [f64],
) -> impl Iterator<Item = (usize, f64)> {
    let values = points.iter().zip(values);
    values.map(|(point, value)| (point.bin, *value))
}

/// Adds values to their bins, those of one bin one after another.
pub(super) fn add_to_bins(bins: &mut [Sum], values: impl Iterator<Item = (usize, f64)>) {
    let (mut at, mut sum) = (usize::MAX, Sum::default());
    for (bin, value) in values {
        if bin != at {
            put(bins, at, sum);
            (at, sum) = (bin, bins.get(bin).copied().unwrap_or_default());
        }
        sum.add(value);
    }
    put(bins, at, sum);
}

fn put(bins: &mut [Sum], at: usize, sum: Sum) {
    if let Some(bin) = bins.get_mut(at) {
        *bin = sum;
    }
}

/// The CORP miscalibration S(c) − S(ĉ) of the Brier score, from residual sums of points.
///
/// What rows at one confidence differ among themselves cancels, so
/// `MCB = Σ_j w_j [(c_j − ȳ_j)² − (ĉ_j − ȳ_j)²] / W = Σ_j w_j (c_j − ĉ_j)(c_j + ĉ_j − 2ȳ_j) / W`.
#[must_use]
pub fn mcb(points: &[Point], residuals: &[f64], weight: f64) -> f64 {
    miscalibration(
        points,
        residuals,
        &pava::pool(moments(points, residuals)),
        weight,
    )
}

/// (Σ w, Σ w·y) of each point.
pub(super) fn moments(
    points: &[Point],
    residuals: &[f64],
) -> impl ExactSizeIterator<Item = (f64, f64)> + Clone {
    let placed = points.iter().zip(residuals);
    placed.map(|(point, residual)| (point.weight, point.weight * point.confidence - residual))
}

/// [`mcb`] where the points are pooled already.
pub(super) fn miscalibration(
    points: &[Point],
    residuals: &[f64],
    blocks: &[Block],
    weight: f64,
) -> f64 {
    let mut total = Sum::default();
    let mut rest = points.iter().zip(residuals);
    for block in blocks.iter().filter(|block| block.weight > 0.0) {
        let fitted = block.value();
        for (point, residual) in rest.by_ref().take(block.points) {
            let c = point.confidence;
            // w (c + ĉ − 2ȳ) = w (ĉ − c) + 2 Σ w(c − y)
            total.add((c - fitted) * (point.weight * (fitted - c) + 2.0 * residual));
        }
    }
    total.value() / weight
}
