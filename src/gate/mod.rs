//! Rules on figures: which are broken, which hold, and which these rows cannot decide.
//!
//! A rule sets a limit on a metric, or on how much worse it may be than in a baseline. It fails when the figure is
//! beyond its limit by more than chance explains, judged one-sided at α, which Holm's method shares among all rules and
//! groups that can be judged; it passes when the other end of the interval is within the limit. What lies between is
//! inconclusive where the figure itself is beyond the limit, or where the rule must be proven, and else a pass that says
//! so. What is not known never passes.

mod about;
mod judge;
mod rule;
mod trial;

pub use about::about;
pub use judge::{Subject, judge};
pub use rule::{Check, built_in};

use crate::config::OnInconclusive;
use crate::report::comparing::Correction;

/// Rules, and how they are judged.
#[derive(Clone)]
pub struct Policy {
    /// The rules.
    pub checks: Vec<Check>,
    /// Chance of a false failure.
    pub alpha: f64,
    /// How it is shared among the rules.
    pub correction: Correction,
    /// What a rule that cannot be decided does.
    pub on_inconclusive: OnInconclusive,
    /// Least rows behind the figure of a rule that says nothing of its own.
    pub min_rows: u64,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            checks: built_in(),
            alpha: 0.05,
            correction: Correction::Holm,
            on_inconclusive: OnInconclusive::Warn,
            min_rows: 0,
        }
    }
}
