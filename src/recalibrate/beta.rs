//! Beta calibration: each side of the logit with a slope of its own.

use serde::{Deserialize, Serialize};

use super::curve::{About, CLIP, Calibrator, Fitting, not_negative};
use super::graded::Graded;
use crate::inference::logistic::{self, Free, log_likelihood, logistic};
use crate::inference::penalised;

/// `logit p' = a·ln p − b·ln(1 − p) + m` with a and b not below 0.
///
/// m is the intercept. The betacal package prints as `m` the confidence that becomes one half, which is another number:
/// the root of a·ln x − b·ln(1 − x) + m, where there is one.
///
/// ```
/// use calib::recalibrate::{Calibrator, beta::Beta};
/// let p = Beta { a: 1.0, b: 1.0, m: 0.0 }.apply(0.3);
/// assert!((p - 0.3).abs() < 1e-12);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Beta {
    /// Slope of ln p.
    pub a: f64,
    /// Slope of −ln(1 − p).
    pub b: f64,
    /// Intercept.
    pub m: f64,
}

impl Calibrator for Beta {
    const METHOD: &'static str = "beta";
    const CLIP: Option<f64> = Some(CLIP);

    fn about() -> About {
        About {
            title: "Beta calibration",
            formula: "logit p' = a·ln p − b·ln(1 − p) + m",
            fit: "a, b and m of the greatest likelihood with a ≥ 0 and b ≥ 0; where one would be negative it is 0 and the others are fitted again",
            monotone: "yes",
            undefined: "one class only; every answer has one confidence; no finite optimum: right and wrong answers are separated",
            pitfalls: "It can mend one end and leave the other, so it bends where a log has few answers. m is the intercept; betacal's m is the confidence that becomes 1/2. Confidences of 0 and 1 enter at the clip.",
            source: "Kull, Silva Filho and Flach (2017), AISTATS",
        }
    }

    fn fit(rows: &[Graded], _: &Fitting) -> Result<Self, &'static str> {
        Self::clipped(rows, CLIP)
    }

    fn check(&self) -> Result<(), String> {
        not_negative("a", self.a)?;
        not_negative("b", self.b)
    }

    fn apply(&self, confidence: f64) -> f64 {
        let [up, down] = sides(confidence, CLIP);
        logistic(self.a * up + self.b * down + self.m)
    }
}

/// ln p and −ln(1 − p), with p clipped.
fn sides(confidence: f64, clip: f64) -> [f64; 2] {
    let p = confidence.clamp(clip, 1.0 - clip);
    [p.ln(), -(-p).ln_1p()]
}

impl Beta {
    /// The fit with confidences clipped to `[clip, 1 − clip]`.
    ///
    /// # Errors
    /// Why there is none.
    pub fn clipped(rows: &[Graded], clip: f64) -> Result<Self, &'static str> {
        // Right answers above wrong ones all over have no finite optimum with slopes above 0 either.
        let line = |side: usize| {
            let points = rows
                .iter()
                .map(|row| row.at(sides(row.confidence, clip)[side]));
            logistic::fit(&points.collect::<Vec<_>>(), Free::Both)
        };
        let edges = [line(0)?, line(1)?];
        if let Some(both) = Self::free(rows, clip) {
            return Ok(both);
        }
        // The likelihood is concave, so its greatest value with slopes not below 0 has one of them at 0.
        let [up, down] = edges;
        let candidates = [
            (up.slope >= 0.0).then_some(Self {
                a: up.slope,
                b: 0.0,
                m: up.intercept,
            }),
            (down.slope >= 0.0).then_some(Self {
                a: 0.0,
                b: down.slope,
                m: down.intercept,
            }),
        ];
        let likelihood = |curve: &Self| {
            let points = rows.iter().map(|row| {
                let [up, down] = sides(row.confidence, clip);
                row.at(curve.a * up + curve.b * down)
            });
            log_likelihood(&points.collect::<Vec<_>>(), curve.m, 1.0)
        };
        let best = candidates
            .into_iter()
            .flatten()
            .max_by(|one, other| likelihood(one).total_cmp(&likelihood(other)));
        Ok(best.unwrap_or_else(|| Self::flat(rows)))
    }

    /// The fit without bounds on the slopes; none unless it keeps them.
    fn free(rows: &[Graded], clip: f64) -> Option<Self> {
        let points = rows.iter().map(|row| {
            let [up, down] = sides(row.confidence, clip);
            penalised::Point {
                x: vec![up, down, 1.0],
                weight: row.weight,
                moment: row.credit,
            }
        });
        let no_penalty = vec![vec![0.0; 3]; 3];
        let fit = penalised::fit(&points.collect::<Vec<_>>(), &no_penalty, &[0.0; 3]).ok()?;
        let curve = match fit.coefficients[..] {
            [a, b, m] => Self { a, b, m },
            _ => return None,
        };
        (curve.a >= 0.0 && curve.b >= 0.0).then_some(curve)
    }

    /// Every confidence becomes the accuracy.
    fn flat(rows: &[Graded]) -> Self {
        let (weight, credit) = super::graded::totals(rows);
        Self {
            a: 0.0,
            b: 0.0,
            m: logistic::logit(credit / weight, CLIP),
        }
    }
}
