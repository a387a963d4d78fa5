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
        let below = self.x.partition_point(|x| *x < confidence);
        self.from(below, confidence)
    }
}

impl Isotonic {
    /// What it says of a confidence, below which so many of its ends lie.
    fn from(&self, below: usize, confidence: f64) -> f64 {
        let at = |index: usize| Some((*self.x.get(index)?, *self.y.get(index)?));
        match (below.checked_sub(1).and_then(at), at(below)) {
            (_, Some((x, y))) if x == confidence => y,
            (Some((x0, y0)), Some((x1, y1))) => y0 + (y1 - y0) * ((confidence - x0) / (x1 - x0)),
            (Some((_, y)), None) | (None, Some((_, y))) => y,
            (None, None) => confidence,
        }
    }

    /// Its values for confidences that never fall, which need no search.
    ///
    /// ```
    /// use calib::recalibrate::{Calibrator, isotonic::Isotonic};
    /// let curve = Isotonic { x: vec![0.2, 0.4, 0.8], y: vec![0.1, 0.1, 0.7] };
    /// let mut rising = curve.rising();
    /// assert_eq!([0.0, 0.3, 0.6, 0.6, 1.0].map(|p| rising(p)), [0.0, 0.3, 0.6, 0.6, 1.0].map(|p| curve.apply(p)));
    /// ```
    pub fn rising(&self) -> impl FnMut(f64) -> f64 {
        let mut below = 0;
        move |confidence| {
            while self.x.get(below).is_some_and(|x| *x < confidence) {
                below += 1;
            }
            self.from(below, confidence)
        }
    }
}
