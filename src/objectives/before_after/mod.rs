//! Before and after: what a change of rewards left in the answers, told from two logs of the same prompts.

mod incentives;
mod utility;

pub use incentives::incentives;
pub use utility::utility;

use crate::report::Comparison;

/// The comparison of a metric over all rows, among those of one pair of logs.
fn of<'c>(comparisons: &'c [Comparison], metric: &str) -> Option<&'c Comparison> {
    let own = |one: &&Comparison| one.by.is_empty() && one.metric == metric;
    comparisons.iter().find(own)
}
