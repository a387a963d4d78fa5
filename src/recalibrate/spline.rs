//! A smoothing spline on the logit scale.

use serde::{Deserialize, Serialize};

use super::curve::{About, Calibrator, Fitting, strictly_rising, units};
use super::graded::{Graded, totals};
use super::natural::{Basis, Natural};
use crate::inference::logistic::{self, Free, logistic};
use crate::inference::penalised;

/// Most knots.
const KNOTS: usize = 10;
/// Confidences are fitted at the midpoints of so many steps, unless there are fewer of them.
const STEPS: usize = 2_048;
/// Decimal exponents of the smoothing parameters that are tried, for each row.
const EXPONENTS: std::ops::RangeInclusive<i32> = -8..=1;

/// `logit p' = f(p)`, f a natural cubic spline: cubic between knots, straight beyond them.
///
/// ```
/// use calib::recalibrate::{Calibrator, spline::Spline};
/// let line = Spline { knots: vec![0.0, 1.0], values: vec![-1.0, 1.0], curvatures: vec![0.0, 0.0] };
/// assert_eq!(line.apply(0.5), 0.5);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Spline {
    /// The knots t, rising.
    pub knots: Vec<f64>,
    /// f(t).
    pub values: Vec<f64>,
    /// f''(t), 0 at both ends.
    pub curvatures: Vec<f64>,
}

impl Calibrator for Spline {
    const METHOD: &'static str = "spline";

    fn about() -> About {
        About {
            title: "Smoothing spline",
            formula: "logit p' = f(p), f a natural cubic spline through (t_k, f_k) with second derivatives γ_k: between knots, with h = t_{k+1} − t_k, u = p − t_k and v = t_{k+1} − p, f = (u·f_{k+1} + v·f_k)/h − u·v·((1 + u/h)·γ_{k+1} + (1 + v/h)·γ_k)/6; straight beyond them",
            fit: "penalised likelihood, Σ w·log-likelihood − ½λ∫f''²; up to 10 knots at quantiles of the confidences; λ by generalised cross-validation among those with a curve that does not fall",
            monotone: "yes where confidence goes with being right at all: then more smoothing is chosen over a curve that falls somewhere",
            undefined: "one class only; every answer has one confidence; right and wrong answers are separated",
            pitfalls: "Beyond the outermost confidences of the fitting log it is an extrapolation. Cross-validation takes rows for independent, so repeated samples of one prompt let it bend too much.",
            source: "Lucena (2018), arXiv 1809.07751; Green and Silverman (1994); O'Sullivan, Yandell and Raynor (1986), JASA 81",
        }
    }

    fn fit(rows: &[Graded], _: &Fitting) -> Result<Self, &'static str> {
        let rows = coarse(rows);
        let points: Vec<_> = rows.iter().map(|row| row.at(row.confidence)).collect();
        let line = logistic::fit(&points, Free::Both)?;
        let at_line = |knot: &f64| line.intercept + line.slope * knot;
        let knots = knots(&rows);
        let start: Vec<f64> = knots.iter().map(at_line).collect();
        let best =
            Basis::of(&knots).and_then(|basis| smooth(&rows, &basis, start, line.slope >= 0.0));
        Ok(best.unwrap_or_else(|| {
            let ends = [knots[0], knots[knots.len() - 1]];
            Self {
                knots: ends.to_vec(),
                values: ends.iter().map(at_line).collect(),
                curvatures: vec![0.0; 2],
            }
        }))
    }

    fn check(&self) -> Result<(), String> {
        strictly_rising("knots", &self.knots)?;
        units("knots", &self.knots)?;
        let lengths = [self.values.len(), self.curvatures.len()];
        match self.knots.len() >= 2 && lengths == [self.knots.len(); 2] {
            true => Ok(()),
            false => Err(
                "knots, values and curvatures differ in length, or are fewer than two".to_owned(),
            ),
        }
    }

    fn apply(&self, confidence: f64) -> f64 {
        logistic(self.natural().at(confidence))
    }
}

impl Spline {
    pub(super) fn natural(&self) -> Natural<'_> {
        Natural {
            knots: &self.knots,
            values: &self.values,
            curvatures: &self.curvatures,
        }
    }
}

/// The curve of least generalised cross-validation, D/n / (1 − degrees/n)², that keeps the order if it should.
fn smooth(rows: &[Graded], basis: &Basis, start: Vec<f64>, keep_order: bool) -> Option<Spline> {
    let (weight, _) = totals(rows);
    let points: Vec<_> = rows
        .iter()
        .map(|row| penalised::Point {
            x: basis.row(row.confidence),
            weight: row.weight,
            moment: row.credit,
        })
        .collect();
    let mut from = start;
    let mut best: Option<(f64, Spline)> = None;
    // From stiff to loose, each fit starts where the one before ended.
    for exponent in EXPONENTS.rev() {
        let Ok(fit) = penalised::fit(
            &points,
            &basis.penalty(weight * 10f64.powi(exponent)),
            &from,
        ) else {
            break;
        };
        from.clone_from(&fit.coefficients);
        let left = 1.0 - fit.degrees / weight;
        let score = -fit.log_likelihood / weight / (left * left);
        let curve = basis.curve(fit.coefficients);
        let fits = left > 0.0 && !(keep_order && curve.natural().falls());
        if fits && best.as_ref().is_none_or(|(least, _)| score < *least) {
            best = Some((score, curve));
        }
    }
    best.map(|(_, curve)| curve)
}

/// Rows at no more than [`STEPS`] confidences, which are the means of those that share a step.
fn coarse(rows: &[Graded]) -> Vec<Graded> {
    if rows.len() <= STEPS {
        return rows.to_vec();
    }
    let step = |row: &Graded| (row.confidence * STEPS as f64) as usize;
    let parts = rows.chunk_by(|one, other| step(one) == step(other));
    let mean = |part: &[Graded]| {
        let (weight, credit) = totals(part);
        let moment: f64 = part.iter().map(|row| row.weight * row.confidence).sum();
        Graded {
            confidence: moment / weight,
            weight,
            credit,
        }
    };
    parts.map(mean).collect()
}

/// The first and the last confidence, and quantiles between them.
fn knots(rows: &[Graded]) -> Vec<f64> {
    let (weight, _) = totals(rows);
    let mut knots = vec![rows[0].confidence];
    let mut before = 0.0;
    for row in rows {
        let passed = |weight_before: f64| (weight_before / weight * (KNOTS - 1) as f64) as usize;
        let (from, to) = (passed(before), passed(before + row.weight));
        before += row.weight;
        if to > from {
            knots.push(row.confidence);
        }
    }
    knots.push(rows[rows.len() - 1].confidence);
    knots.dedup();
    knots
}
