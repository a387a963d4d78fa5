//! Platt scaling: a line on the logit scale.

use serde::{Deserialize, Serialize};

use super::curve::{About, CLIP, Calibrator, Fitting};
use super::graded::{Graded, totals};
use crate::inference::logistic::{self, Free, logistic, logit};

/// `p' = 1 / (1 + exp(a·logit(p) + b))`, with Platt's signs: a below 0 keeps the order.
///
/// ```
/// use calib::recalibrate::{Calibrator, platt::Platt};
/// let p = Platt { a: -1.0, b: -(3f64.ln()) }.apply(0.5);
/// assert!((p - 0.75).abs() < 1e-12);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Platt {
    /// Minus the slope.
    pub a: f64,
    /// Minus the intercept.
    pub b: f64,
}

impl Calibrator for Platt {
    const METHOD: &'static str = "platt";
    const CLIP: Option<f64> = Some(CLIP);

    fn about() -> About {
        About {
            title: "Platt scaling",
            formula: "p' = 1 / (1 + exp(a·logit(p) + b))",
            fit: "a and b of the greatest likelihood with Platt's targets: a right answer counts as (N₁ + 1)/(N₁ + 2), a wrong one as 1/(N₀ + 2)",
            monotone: "yes, unless a is above 0, which turns the order around",
            undefined: "every answer has one confidence",
            pitfalls: "Platt fitted raw scores of a support vector machine; on probabilities the logit is the scale on which no change is a line. Confidences of 0 and 1 enter at the clip.",
            source: "Platt (1999), Advances in Large Margin Classifiers",
        }
    }

    fn fit(rows: &[Graded], _: &Fitting) -> Result<Self, &'static str> {
        let (weight, credit) = totals(rows);
        let right = (credit + 1.0) / (credit + 2.0);
        let wrong = 1.0 / (weight - credit + 2.0);
        let targets = rows.iter().map(|row| {
            let mut point = row.at(logit(row.confidence, CLIP));
            point.moment = row.credit * right + (row.weight - row.credit) * wrong;
            point
        });
        let line = logistic::fit(&targets.collect::<Vec<_>>(), Free::Both)?;
        Ok(Self {
            a: -line.slope,
            b: -line.intercept,
        })
    }

    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    fn apply(&self, confidence: f64) -> f64 {
        logistic(-(self.a * logit(confidence, CLIP) + self.b))
    }
}
