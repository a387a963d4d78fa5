//! Temperature scaling: one number that makes every confidence more or less extreme.

use serde::{Deserialize, Serialize};

use super::curve::{About, CLIP, Calibrator, Fitting, positive};
use super::graded::Graded;
use crate::inference::logistic::{Point, log_likelihood, logistic, logit};
use crate::maths::root;
use crate::maths::sums::sum;

/// ln T is sought from minus this to this.
const WIDEST: f64 = 16.0;

/// `logit p' = logit(p) / T`: one half stays one half; T above 1 pulls towards it, T below 1 pushes away.
///
/// ```
/// use calib::recalibrate::{Calibrator, temperature::Temperature};
/// let p = Temperature { t: 2.0 }.apply(0.9);
/// assert!((p - 0.75).abs() < 1e-12);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Temperature {
    /// The temperature T, above 0.
    #[serde(rename = "T")]
    pub t: f64,
}

impl Calibrator for Temperature {
    const METHOD: &'static str = "temperature";
    const CLIP: Option<f64> = Some(CLIP);

    fn about() -> About {
        About {
            title: "Temperature scaling",
            formula: "logit p' = logit(p) / T",
            fit: "T of the greatest likelihood, by bisection on ln T; never a worse fit than T = 1",
            monotone: "yes: order and ties stay, so AUROC does not move",
            undefined: "one class only; every confidence is 1/2; no finite optimum: right and wrong answers lie on either side of 1/2, or confidence above 1/2 is no sign of a right answer",
            pitfalls: "It cannot move 1/2, so it cannot mend a model that is too sure (or too unsure) on both sides of it. Confidences of 0 and 1 enter at the clip, where a few wrong ones decide T.",
            source: "Guo et al. (2017), ICML",
        }
    }

    fn fit(rows: &[Graded], _: &Fitting) -> Result<Self, &'static str> {
        let points: Vec<Point> = rows
            .iter()
            .map(|row| row.at(logit(row.confidence, CLIP)))
            .collect();
        let right = points.iter().any(|point| point.moment > 0.0);
        let wrong = points.iter().any(|point| point.moment < point.weight);
        if !(right && wrong) {
            return Err("one class only");
        }
        if points.iter().all(|point| point.x == 0.0) {
            return Err("every confidence is 1/2");
        }
        // The likelihood is concave in 1/T, so its slope falls through zero once.
        let slope = |log: f64| score(&points, (-log).exp());
        let sides = |point: &Point| {
            let right = point.moment == 0.0 || point.x >= 0.0;
            right && (point.moment == point.weight || point.x <= 0.0)
        };
        if points.iter().all(sides) || slope(-WIDEST) > 0.0 {
            return Err("no finite optimum: the likelihood grows as T falls to 0");
        }
        if score(&points, 0.0) <= 0.0 {
            return Err("no finite optimum: the likelihood grows as T grows");
        }
        let log = -root::falling(-WIDEST, WIDEST, |log| slope(-log));
        let likelihood = |t: f64| log_likelihood(&points, 0.0, 1.0 / t);
        let t = log.exp();
        let better = likelihood(t) >= likelihood(1.0);
        Ok(Self {
            t: if better { t } else { 1.0 },
        })
    }

    fn check(&self) -> Result<(), String> {
        positive("T", self.t)
    }

    fn apply(&self, confidence: f64) -> f64 {
        logistic(logit(confidence, CLIP) / self.t)
    }
}

/// Slope of the likelihood in 1/T, Σ x·(w·y − w·p) with p = logistic(x/T).
fn score(points: &[Point], inverse: f64) -> f64 {
    sum(points.iter().map(|point| {
        let eta = inverse * point.x;
        // The smaller of p and 1 − p is the one that is known to its last digit.
        let wrong = point.weight - point.moment;
        point.x * (point.moment * logistic(-eta) - wrong * logistic(eta))
    }))
}
