//! Before and after: what a change of rewards left in the answers, told from two logs of the same prompts.

mod incentives;
mod utility;

pub use incentives::incentives;
pub use utility::utility;

use crate::inference::Interval;
use crate::report::objective::{Evidence, Measure};
use crate::report::{Comparison, Estimate};

/// The comparison of a metric over all rows, among those of one pair of logs.
fn of<'c>(comparisons: &'c [Comparison], metric: &str) -> Option<&'c Comparison> {
    let own = |one: &&Comparison| one.by.is_empty() && one.metric == metric;
    comparisons.iter().find(own)
}

/// The changes of these metrics over all rows, where they were compared, with the intervals that comparisons give them.
fn changes(comparisons: &[Comparison], metrics: &[&'static str]) -> Vec<Evidence> {
    let change = |metric: &&'static str| {
        let estimate = estimate(of(comparisons, metric)?)?;
        let label = format!("change of {metric}");
        Some(Evidence::estimate(
            *metric,
            label,
            Measure::Signed(4),
            estimate,
        ))
    };
    metrics.iter().filter_map(change).collect()
}

/// A comparison as an estimate of the change.
fn estimate(one: &Comparison) -> Option<Estimate> {
    let interval = Interval {
        bounds: one.low.zip(one.high),
        standard_error: None,
        method: one.method.clone().unwrap_or_default(),
        reason: Some("no interval of this difference is valid"),
    };
    let estimate = Estimate::with_interval(one.delta?, one.n, one.level, interval);
    Some(estimate.and("p_value", one.p))
}
