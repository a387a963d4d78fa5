//! What is computed from the residuals of points, seen or drawn.

use super::Point;
use crate::maths::pava::{self, Reached};
use crate::maths::sums::{Sum, sum};

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
    /// Points that follow each other in one bin: where they end, and their bin.
    runs: Vec<(usize, usize)>,
}

impl Constants {
    /// Those of points.
    pub(super) fn of(points: &[Point], bins: usize) -> Self {
        let mut sums = vec![[Sum::default(); 3]; bins];
        let mut runs = Vec::new();
        for run in points.chunk_by(|one, next| one.bin == next.bin) {
            let (start, bin) = (runs.last().map_or(0, |(end, _)| *end), run[0].bin);
            runs.push((start + run.len(), bin));
            for point in run {
                let expected = point.weight * point.confidence;
                let terms = [point.weight, expected, expected * point.confidence];
                let sums = sums.get_mut(bin).into_iter().flatten();
                sums.zip(terms).for_each(|(sum, term)| sum.add(term));
            }
        }
        let [weights, expected, squares] =
            [0, 1, 2].map(|at| sums.iter().map(|sums| sums[at].value()).collect::<Vec<_>>());
        Self {
            weight: sum(points.iter().map(|point| point.weight)),
            squares: sum(squares),
            weights,
            expected,
            runs,
        }
    }

    /// Sums of values of points by bin, without loss where the values are not whole.
    pub(super) fn by_bin(&self, values: &[f64]) -> Vec<f64> {
        let mut sums = vec![Sum::default(); self.expected.len()];
        let mut start = 0;
        for (end, bin) in &self.runs {
            let run = values.get(start..*end).unwrap_or_default();
            let sum = sums.get_mut(*bin).into_iter();
            sum.for_each(|sum| run.iter().for_each(|value| sum.add(*value)));
            start = *end;
        }
        sums.iter().map(Sum::value).collect()
    }
}

/// The sums by bin of a value of each point, and [`mcb`] by m = Σ w·y of each:
/// `Σ w [(c − ȳ)² − (ĉ − ȳ)²] = Σ w c² − 2 Σ c m + Σ m² / Σ w`, the last by pooled block. So nothing but the blocks is
/// needed of each point again.
pub(super) fn summed(
    points: &[Point],
    values: &[f64],
    moment: impl Fn(&Point, f64) -> f64,
    constants: &Constants,
    space: &mut Vec<Reached>,
) -> (Vec<f64>, f64) {
    let (mut bins, mut products) = (vec![0.0; constants.expected.len()], 0.0);
    let mut start = 0;
    for (end, bin) in &constants.runs {
        let run = start..*end;
        let run = points.get(run.clone()).zip(values.get(run));
        let [value, product] =
            run.map_or([0.0; 2], |(points, values)| totals(points, values, &moment));
        if let Some(bin) = bins.get_mut(*bin) {
            *bin += value;
        }
        products += product;
        start = *end;
    }
    let placed = points.iter().zip(values);
    let moments = placed.map(|(point, value)| (point.weight, moment(point, *value)));
    let (mut fitted, mut before) = (Sum::default(), Reached::default());
    for corner in pava::corners(moments, space) {
        let block = corner.since(std::mem::replace(&mut before, *corner));
        if block.weight > 0.0 {
            fitted.add(block.moment * block.moment / block.weight);
        }
    }
    let mcb = sum([constants.squares, -2.0 * products, fitted.value()]) / constants.weight;
    (bins, mcb.max(0.0))
}

/// The sums of values and of c·m, in four parts side by side, for one addition need not wait for another then.
fn totals(points: &[Point], values: &[f64], moment: &impl Fn(&Point, f64) -> f64) -> [f64; 2] {
    const PARTS: usize = 4;
    let (mut sums, mut products) = ([0.0; PARTS], [0.0; PARTS]);
    for (points, values) in points.chunks(PARTS).zip(values.chunks(PARTS)) {
        let parts = sums.iter_mut().zip(&mut products);
        for ((sum, product), (point, value)) in parts.zip(points.iter().zip(values)) {
            *sum += value;
            *product += point.confidence * moment(point, *value);
        }
    }
    [sums, products].map(|parts| parts.iter().sum())
}
