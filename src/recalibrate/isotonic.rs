//! Isotonic regression: the non-decreasing curve of least squares.

use serde::{Deserialize, Serialize};

use super::curve::{About, Calibrator, Fitting, rising, strictly_rising, units};
use super::graded::Graded;
use crate::maths::pava;

/// Blocks of equal value, straight lines between them, level beyond the first and the last.
///
/// ```
/// use calib::recalibrate::{Calibrator, isotonic::Isotonic};
/// let curve = Isotonic { x: vec![0.2, 0.4, 0.8], y: vec![0.1, 0.1, 0.7] };
/// assert_eq!([0.0, 0.3, 1.0].map(|p| curve.apply(p)), [0.1, 0.1, 0.7]);
/// assert!((curve.apply(0.6) - 0.4).abs() < 1e-12);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Isotonic {
    /// First and last confidence of each block, rising.
    pub x: Vec<f64>,
    /// The value there, not falling.
    pub y: Vec<f64>,
}

impl Calibrator for Isotonic {
    const METHOD: &'static str = "isotonic";

    fn about() -> About {
        About {
            title: "Isotonic regression",
            formula: "p' = y at the ends x of each block, linear between blocks, y₁ below the first and yₖ above the last",
            fit: "least squares among non-decreasing curves, by pooling adjacent violators",
            monotone: "yes, with new ties",
            undefined: "no answers",
            pitfalls: "It fits noise: on a few hundred answers it is often worse out of sample than a line, and its ends may be 0 or 1 on a handful of rows. Ties that it makes cost AUROC.",
            source: "Zadrozny and Elkan (2002), KDD; Ayer et al. (1955)",
        }
    }

    fn fit(rows: &[Graded], _: &Fitting) -> Result<Self, &'static str> {
        let (mut x, mut y) = (Vec::new(), Vec::new());
        let mut start = 0;
        for block in pava::pool(rows.iter().map(|row| (row.weight, row.credit))) {
            let end = start + block.points;
            let value = block.value().clamp(0.0, 1.0);
            if let [first, .., last] = &rows[start..end] {
                x.extend([first.confidence, last.confidence]);
                y.extend([value, value]);
            } else if let [only] = &rows[start..end] {
                x.push(only.confidence);
                y.push(value);
            }
            start = end;
        }
        if x.is_empty() {
            return Err("no answers");
        }
        Ok(Self { x, y })
    }

    fn check(&self) -> Result<(), String> {
        strictly_rising("x", &self.x)?;
        units("x", &self.x)?;
        rising("y", &self.y)?;
        units("y", &self.y)?;
        match self.x.len() == self.y.len() {
            true => Ok(()),
            false => Err("x and y differ in length".to_owned()),
        }
    }

    fn apply(&self, confidence: f64) -> f64 {
        let above = self.x.partition_point(|x| *x < confidence);
        let at = |index: usize| Some((*self.x.get(index)?, *self.y.get(index)?));
        match (above.checked_sub(1).and_then(at), at(above)) {
            (_, Some((x, y))) if x == confidence => y,
            (Some((x0, y0)), Some((x1, y1))) => y0 + (y1 - y0) * ((confidence - x0) / (x1 - x0)),
            (Some((_, y)), None) | (None, Some((_, y))) => y,
            (None, None) => confidence,
        }
    }
}
