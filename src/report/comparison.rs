//! Comparisons of logs as plain data: one entry a metric, and one for each pair of logs.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Closer, Objective, Plasticity};

/// The paired difference of one metric between two logs, new less base.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Comparison {
    /// Label of the base.
    pub base: String,
    /// Label of the log compared with it.
    pub new: String,
    /// Field → value; empty for all rows.
    pub by: BTreeMap<String, String>,
    /// Metric id, with the kind of prompt before it where kinds are told apart: `safety.over_abstain`.
    pub metric: String,
    /// new − base over the ids that enter the metric in both; `None` when undefined.
    pub delta: Option<f64>,
    /// Lower end of its interval; `None` where no interval is valid.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Level of the interval.
    pub level: f64,
    /// Two-sided p-value of no difference.
    pub p: Option<f64>,
    /// The same, adjusted for all comparisons of the report.
    pub p_adjusted: Option<f64>,
    /// Whether the adjusted p-value is at most 1 − level.
    pub detected: bool,
    /// `better`, `worse` or, where neither way is better in itself, `different`; `None` when nothing was detected.
    pub change: Option<&'static str>,
    /// The smallest true difference that these ids would show with a chance of 80 %.
    pub smallest_detectable: Option<f64>,
    /// Ids that would show the difference seen with a chance of 80 %.
    pub rows_needed: Option<u64>,
    /// Ids in both logs.
    pub shared_ids: u64,
    /// Ids that enter the metric in both.
    pub n: u64,
    /// The metric over these ids in the base.
    pub base_value: Option<f64>,
    /// The metric over these ids in the new log.
    pub new_value: Option<f64>,
    /// The metric over all rows of the base and of the new log, whatever they answered: in JSON, that of `runs`.
    #[serde(skip)]
    pub all: [Option<f64>; 2],
    /// The difference over all rows of either log, whatever they answered.
    pub delta_all: Option<f64>,
    /// What of that comes from answering other prompts: `delta_all − delta`; `None` where ids are too many to tell.
    pub composition: Option<f64>,
    /// For metrics that are best at zero, the change of their distance from it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub magnitude: Option<Magnitude>,
    /// How much worse still counts as no loss (`--margin`); absent where none is stated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub margin: Option<f64>,
    /// `non_inferior`, `not_shown` or `inferior`, by that margin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub within: Option<&'static str>,
    /// How it was judged.
    pub method: Option<String>,
    /// Why the difference or its interval is missing.
    pub reason: Option<String>,
}

/// The change of a distance from zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Magnitude {
    /// |new| − |base|.
    pub delta: f64,
    /// Lower end of its interval.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
}

/// Two logs: what they share, how the second moved on the map, and what it comes down to.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Pair {
    /// Label of the base.
    pub base: String,
    /// Label of the log compared with it.
    pub new: String,
    /// Ids in both.
    pub shared_ids: u64,
    /// Ids in the base only.
    pub base_only_ids: u64,
    /// Ids in the new log only.
    pub new_only_ids: u64,
    /// Rows without an id, in the base and in the new log.
    pub rows_without_id: [u64; 2],
    /// Whether ids are counted in groups, because there are too many to keep.
    pub ids_in_groups: bool,
    /// Moves on the failure map, of all labelled prompts or of each kind.
    pub moves: Vec<MapMove>,
    /// What it comes down to, in words.
    pub sentence: String,
    /// How far the new log goes toward the tuned one, in words; absent without `--toward`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub toward: Option<String>,
    /// What the audits of training objectives say of before and after; absent where they say nothing.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub objectives: BTreeMap<&'static str, Objective>,
    /// Whether the new log can still learn; absent unless both tell success at several steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plasticity: Option<Plasticity>,
    /// How much closer to its base the new log stays at equal reward; absent unless both tell reward and divergence at
    /// several steps.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub closer: Option<Closer>,
}

impl Pair {
    /// What is told of drift, in sentences.
    #[must_use]
    pub fn drift(&self) -> Vec<String> {
        let plasticity = self.plasticity.as_ref().map(|one| &one.sentence);
        let closer = self.closer.as_ref().map(|one| &one.sentence);
        let sentences = plasticity.into_iter().chain(closer);
        sentences
            .map(|sentence| format!("{} {sentence}", self.new))
            .collect()
    }
}

/// A move on the failure map.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct MapMove {
    /// `epistemic` or `safety`; `None` for all labelled prompts.
    pub kind: Option<&'static str>,
    /// The over-answer rate.
    pub over_answer: RateMove,
    /// The over-abstain rate.
    pub over_abstain: RateMove,
    /// The change of the criterion c.
    pub criterion: Change,
    /// The change of the sensitivity d′.
    pub dprime: Change,
    /// The move in words.
    pub sentence: String,
}

/// A rate before and after.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct RateMove {
    /// In the base.
    pub base: f64,
    /// In the new log.
    pub new: f64,
    /// What of the change comes from the criterion; `None` where a rate is 0 or 1.
    pub from_criterion: Option<f64>,
    /// What comes from discrimination.
    pub from_discrimination: Option<f64>,
}

/// A difference with its interval.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Change {
    /// new − base.
    pub delta: Option<f64>,
    /// Lower end of its interval.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Why it, or its interval, is missing.
    pub reason: Option<String>,
}

/// The logs in order of one metric.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Ranking {
    /// The metric.
    pub metric: &'static str,
    /// The labels, the best first.
    pub order: Vec<Ranked>,
    /// The order in words.
    pub sentence: String,
}

/// One log of a ranking.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Ranked {
    /// Its label.
    pub label: String,
    /// The metric over all its rows.
    pub value: f64,
    /// Adjusted p-value of no difference from the best; `None` for the best itself, and where it cannot be judged.
    pub p_adjusted: Option<f64>,
    /// Whether it is told from the best.
    pub detected: bool,
}
