//! Histogram binning: every confidence becomes the accuracy of its bin.

use serde::{Deserialize, Serialize};

use super::curve::{About, Calibrator, Fitting, strictly_rising, units};
use super::graded::{Graded, totals};

/// Bins `(edge, next edge]`, with 0 in the first, and what becomes of the confidences in each.
///
/// ```
/// use calib::recalibrate::{Calibrator, histogram::Histogram};
/// let curve = Histogram { edges: vec![0.0, 0.5, 1.0], values: vec![0.2, 0.7] };
/// assert_eq!([0.0, 0.5, 0.6, 1.0].map(|p| curve.apply(p)), [0.2, 0.2, 0.7, 0.7]);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Histogram {
    /// Edges of the bins, from 0 to 1.
    pub edges: Vec<f64>,
    /// Value of each bin.
    pub values: Vec<f64>,
}

impl Calibrator for Histogram {
    const METHOD: &'static str = "histogram";

    fn about() -> About {
        About {
            title: "Histogram binning",
            formula: "p' = the accuracy of the bin (e_{k−1}, e_k] that holds p",
            fit: "bins of equal width (--bins); a bin without answers keeps its midpoint",
            monotone: "no",
            undefined: "no answers",
            pitfalls: "Neighbouring bins can trade places, and all confidences of a bin become one, which costs discrimination. Bins with a handful of answers are noise.",
            source: "Zadrozny and Elkan (2001), ICML",
        }
    }

    fn fit(rows: &[Graded], fitting: &Fitting) -> Result<Self, &'static str> {
        if rows.is_empty() {
            return Err("no answers");
        }
        let bins = fitting.bins.max(1);
        let edges: Vec<f64> = (0..=bins).map(|edge| edge as f64 / bins as f64).collect();
        let mut parts: Vec<Vec<Graded>> = vec![Vec::new(); bins];
        for row in rows {
            parts[bin(&edges, row.confidence)].push(*row);
        }
        let value = |(bin, part): (usize, &Vec<Graded>)| match totals(part) {
            (weight, credit) if weight > 0.0 => (credit / weight).clamp(0.0, 1.0),
            _ => f64::midpoint(edges[bin], edges[bin + 1]),
        };
        let values = parts.iter().enumerate().map(value).collect();
        Ok(Self { edges, values })
    }

    fn check(&self) -> Result<(), String> {
        check_bins(&self.edges, &self.values)
    }

    fn apply(&self, confidence: f64) -> f64 {
        let value = self.values.get(bin(&self.edges, confidence));
        value.copied().unwrap_or(confidence)
    }
}

/// The bin of a probability: the one whose upper edge is the first not below it.
pub(super) fn bin(edges: &[f64], p: f64) -> usize {
    let below = edges.partition_point(|edge| *edge < p);
    below.saturating_sub(1).min(edges.len().saturating_sub(2))
}

/// Whether edges go from 0 to 1 and each bin has a value.
pub(super) fn check_bins(edges: &[f64], values: &[f64]) -> Result<(), String> {
    strictly_rising("edges", edges)?;
    units("values", values)?;
    match edges {
        [first, .., last] if *first == 0.0 && *last == 1.0 => {}
        _ => return Err("edges do not go from 0 to 1".to_owned()),
    }
    match edges.len() == values.len() + 1 {
        true => Ok(()),
        false => Err("there is not one value between every two edges".to_owned()),
    }
}
