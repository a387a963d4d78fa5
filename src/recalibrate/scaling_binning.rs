//! Scaling, then binning: Platt's line, cut into bins so that its calibration error can be measured.

use serde::{Deserialize, Serialize};

use super::curve::{About, CLIP, Calibrator, Fitting};
use super::graded::Graded;
use super::histogram::{bin, check_bins};
use super::platt::Platt;
use crate::maths::sums::sum;

/// The bin of Platt's `1 / (1 + exp(a·logit(p) + b))`, and the mean of Platt's curve over the answers in it.
///
/// ```
/// use calib::recalibrate::{Calibrator, scaling_binning::ScalingBinning};
/// let curve = ScalingBinning { a: -1.0, b: 0.0, edges: vec![0.0, 0.5, 1.0], values: vec![0.3, 0.8] };
/// assert_eq!([0.1, 0.4, 0.6].map(|p| curve.apply(p)), [0.3, 0.3, 0.8]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScalingBinning {
    /// Minus the slope of Platt's line.
    pub a: f64,
    /// Minus its intercept.
    pub b: f64,
    /// Edges of bins of what Platt's line gives, from 0 to 1.
    pub edges: Vec<f64>,
    /// The mean it gives in each bin.
    pub values: Vec<f64>,
}

impl Calibrator for ScalingBinning {
    const METHOD: &'static str = "scaling_binning";
    const CLIP: Option<f64> = Some(CLIP);

    fn about() -> About {
        About {
            title: "Scaling-binning",
            formula: "p' = the mean of q over the bin (e_{k−1}, e_k] that holds q = 1 / (1 + exp(a·logit(p) + b))",
            fit: "Platt's line, then bins of equal mass (--bins) of what it gives that never part a tie",
            monotone: "yes where Platt's line is, with new ties",
            undefined: "where Platt scaling is",
            pitfalls: "What it gains over Platt scaling is that its calibration error can be estimated without bias; what it costs is discrimination. The edges lie midway between neighbouring answers of two bins.",
            source: "Kumar, Liang and Ma (2019), NeurIPS",
        }
    }

    fn fit(rows: &[Graded], fitting: &Fitting) -> Result<Self, &'static str> {
        let line = Platt::fit(rows, fitting)?;
        let mut scaled: Vec<(f64, f64)> = rows
            .iter()
            .map(|row| (inside(line.apply(row.confidence)), row.weight))
            .collect();
        scaled.sort_by(|one, other| one.0.total_cmp(&other.0));
        // Far from 1/2 the line may no longer tell neighbours apart.
        let ties = scaled.chunk_by(|one, other| one.0 == other.0);
        let ties: Vec<(f64, f64)> = ties
            .map(|tie| (tie[0].0, sum(tie.iter().map(|one| one.1))))
            .collect();
        let (edges, values) = equal_mass(&ties, fitting.bins.max(1));
        Ok(Self {
            a: line.a,
            b: line.b,
            edges,
            values,
        })
    }

    fn check(&self) -> Result<(), String> {
        check_bins(&self.edges, &self.values)
    }

    fn apply(&self, confidence: f64) -> f64 {
        let (a, b) = (self.a, self.b);
        let scaled = Platt { a, b }.apply(confidence);
        let value = self.values.get(bin(&self.edges, scaled));
        value.copied().unwrap_or(scaled)
    }
}

/// A probability that is neither 0 nor 1 by rounding, so that an edge fits on either side.
fn inside(p: f64) -> f64 {
    p.clamp(f64::MIN_POSITIVE, 1.0 - f64::EPSILON / 2.0)
}

/// Edges and means of bins of equal mass over (value, weight) blocks in order: bin ⌊B·m/W⌋ where m is the weight before
/// a block and half its own.
fn equal_mass(blocks: &[(f64, f64)], bins: usize) -> (Vec<f64>, Vec<f64>) {
    let all = sum(blocks.iter().map(|block| block.1));
    let mut before = 0.0;
    let placed: Vec<(usize, f64, f64)> = blocks
        .iter()
        .map(|&(value, weight)| {
            let middle = before + weight / 2.0;
            before += weight;
            ((bins as f64 * middle / all) as usize, value, weight)
        })
        .collect();
    let parts: Vec<_> = placed.chunk_by(|one, other| one.0 == other.0).collect();
    let mut edges = vec![0.0];
    for pair in parts.windows(2) {
        if let ([.., last], [first, ..]) = (pair[0], pair[1]) {
            // Between neighbouring numbers the midpoint is one of them.
            let middle = f64::midpoint(last.1, first.1);
            edges.push(if middle < first.1 { middle } else { last.1 });
        }
    }
    edges.push(1.0);
    let mean = |part: &&[(usize, f64, f64)]| {
        let weight = sum(part.iter().map(|one| one.2));
        sum(part.iter().map(|one| one.1 * one.2)) / weight
    };
    let values = parts.iter().map(mean).map(|mean| mean.clamp(0.0, 1.0));
    (edges, values.collect())
}
