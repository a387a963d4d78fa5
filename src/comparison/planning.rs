//! How much the difference of two runs varies from prompt to prompt: what plans rest on.

use super::{Pairing, Target, judge};
use crate::evidence::Evidence;
use crate::maths::quantile;
use crate::metrics::{Budget, Contrast, Metric, View};
use crate::settings::Settings;

/// A standard deviation per prompt, and the prompts it was seen in.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Deviation {
    /// The standard deviation: the standard error times the root of the prompts.
    pub value: f64,
    /// Prompts.
    pub prompts: u64,
}

impl Deviation {
    fn new(error: f64, prompts: u64) -> Self {
        Self {
            value: error * (prompts as f64).sqrt(),
            prompts,
        }
    }

    /// Of the paired differences of two runs.
    ///
    /// # Errors
    /// The reason, where there is no standard error.
    pub fn of_pair(
        metric: &'static dyn Metric,
        [base, new]: [&Evidence; 2],
        settings: &Settings,
    ) -> Result<Self, Option<String>> {
        let pairing = Pairing::new(base, new, settings);
        let judged = judge(&pairing, &[Target { metric, kind: None }], settings);
        let judged = judged.into_iter().next().unwrap_or_default();
        match judged.difference.filter(|one| one.standard_error > 0.0) {
            Some(difference) => Ok(Self::new(difference.standard_error, judged.units)),
            None => Err(judged.reason),
        }
    }

    /// Of one run, by the width of its interval.
    ///
    /// # Errors
    /// The reason, where it has no interval.
    pub fn of_one(
        metric: &dyn Metric,
        evidence: &Evidence,
        settings: &Settings,
    ) -> Result<Self, Option<String>> {
        let estimate = metric.estimate(&View::new(evidence, settings, Budget::default()));
        let Some((low, high)) = estimate.interval() else {
            return Err(estimate.reason);
        };
        // However often a prompt was asked, it is one.
        let prompts = match evidence.items().repeats() {
            true => evidence.items().len() as u64,
            false => estimate.n,
        };
        let error = (high - low) / (2.0 * quantile::normal(0.5 + settings.level / 2.0));
        Ok(Self::new(error, prompts))
    }
}

/// The largest standard deviation that the scores of a metric can have, √(½ · ½) for scores between 0 and 1; `None` where
/// nothing bounds it.
#[must_use]
pub fn worst_deviation(metric: &dyn Metric) -> Option<f64> {
    let mean = matches!(metric.contrast(), Contrast::Means(means) if means.parts.len() == 1);
    (mean && metric.about().range.starts_with("0 to 1")).then_some(0.5)
}
