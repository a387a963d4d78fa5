//! The verdict of a gate: one value that every output and the exit code are made from.

use std::collections::BTreeMap;

use serde::Serialize;

/// What a gate came to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Gate {
    /// `pass`, `fail` or `inconclusive`.
    pub verdict: &'static str,
    /// The log that was judged, by its label.
    pub log: String,
    /// What it was compared with, by its label.
    pub baseline: Option<String>,
    /// Chance of a false failure that was allowed.
    pub alpha: f64,
    /// `holm`, `bh` or `none`: how it was shared out.
    pub correction: &'static str,
    /// Rules × groups it was shared among.
    pub judged: usize,
    /// `warn`, `fail` or `pass`: what a rule that cannot be decided does.
    pub on_inconclusive: &'static str,
    /// Which prompts both logs hold.
    pub overlap: Option<Overlap>,
    /// Every rule on all rows, then on the groups.
    pub rules: Vec<GateRule>,
}

/// How far the log and its baseline hold the same prompts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Overlap {
    /// Ids in both; groups of ids where there are too many to keep.
    pub shared: u64,
    /// In the baseline only.
    pub baseline_only: u64,
    /// In the log only.
    pub log_only: u64,
    /// Whether groups of ids were counted.
    pub by_groups: bool,
}

/// One rule on all rows or on one group.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct GateRule {
    /// As a flag says it, for example `brier.max_increase=0.01`.
    pub rule: String,
    /// The metric's id.
    pub metric: &'static str,
    /// `epistemic` or `safety`, for a rule about prompts of one kind.
    pub kind: Option<&'static str>,
    /// Field → value; empty for all rows.
    pub by: BTreeMap<String, String>,
    /// `pass`, `fail`, `inconclusive`, or `skipped` for a built-in rule that has nothing to judge.
    pub verdict: &'static str,
    /// `error`, or `warn` for a rule whose failure does not fail the gate.
    pub level: &'static str,
    /// Whether it must be shown to hold.
    pub prove: bool,
    /// Whether it is judged because no rule was given.
    pub built_in: bool,
    /// `max`, `min` or `max_increase`.
    pub bound: &'static str,
    /// The limit.
    pub limit: f64,
    /// The metric in the log; for `max_increase` over the prompts that both logs hold.
    pub value: Option<f64>,
    /// The metric in the baseline, over the same prompts.
    pub base: Option<f64>,
    /// How much worse the log is than the baseline, negative where it is better.
    pub delta: Option<f64>,
    /// Lower end of the interval of what is held against the limit: of `delta` if there is one, else of `value`.
    pub low: Option<f64>,
    /// Its upper end.
    pub high: Option<f64>,
    /// One-sided level of the end that decides on failure: `alpha`, corrected for the number of rules.
    pub alpha: Option<f64>,
    /// Chance of so bad a figure where the true one is at the limit.
    pub p_value: Option<f64>,
    /// The same, corrected.
    pub p_adjusted: Option<f64>,
    /// Rows, or prompts that both logs hold, behind the figure.
    pub n: u64,
    /// How it was judged.
    pub method: Option<String>,
    /// Why the verdict is no plain pass or fail.
    pub reason: Option<String>,
    /// Rows, or prompts, that would fail a figure such as this with a chance of 80 %.
    pub rows_needed: Option<u64>,
    /// How far beyond the limit the true figure must lie for these rows to fail it with a chance of 80 %.
    pub smallest_detectable: Option<f64>,
    /// For ece: what a calibrated model would show.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub noise_floor: Option<f64>,
    /// Where the rule stands in a configuration file.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<RulePlace>,
}

/// A line of a configuration file.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RulePlace {
    /// Path as given.
    pub path: String,
    /// Line, from 1.
    pub line: Option<u64>,
    /// Column, from 1.
    pub column: Option<u64>,
}

impl GateRule {
    /// What is held against the limit.
    #[must_use]
    pub fn figure(&self) -> Option<f64> {
        match self.bound {
            "max_increase" => self.delta,
            _ => self.value,
        }
    }

    /// Whether the gate fails for it.
    #[must_use]
    pub fn fails(&self) -> bool {
        self.verdict == "fail" && self.level == "error"
    }

    /// Every number it holds.
    #[must_use]
    pub fn numbers(&self) -> [Option<f64>; 11] {
        [
            Some(self.limit),
            self.value,
            self.base,
            self.delta,
            self.low,
            self.high,
            self.alpha,
            self.p_value,
            self.p_adjusted,
            self.smallest_detectable,
            self.noise_floor,
        ]
    }
}
