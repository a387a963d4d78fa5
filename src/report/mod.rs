//! The report as plain, versioned data: what the JSON promises, and all that the renderers may look at.
//!
//! Nothing here computes and nothing here is text for people, except the sentences that carry a verdict. Field
//! names and their order are a public promise (`"schema": "calib.report/1"`); change one only with the schema.

mod build;
pub mod check;
mod closure;
pub mod comparing;
mod comparison;
mod drifting;
mod entry;
mod estimate;
pub mod fit;
mod gate;
mod judge;
mod manner;
mod multiplicity;
pub mod objective;
pub mod plan;
mod rounding;
mod rows;
mod sentence;
pub mod state;

pub use build::{about_confidence, disown_confidence, from_view, group};
pub use closure::Closure;
pub use comparison::{Change, Comparison, Magnitude, MapMove, Pair, Ranked, Ranking, RateMove};
pub use drifting::{Closer, Distant, Moves, Plasticity, Razor};
pub use entry::{Chapter, Entry};
pub use gate::{Gate, GateRule, Overlap, RulePlace};
pub use judge::{Flip, FlipsAt, JudgeError, JudgeSource};
pub use manner::Manner;
pub use multiplicity::adjust;
pub use objective::Objective;
pub use rounding::Rounding;

use std::collections::BTreeMap;

use serde::Serialize;

/// Name and version of the JSON format.
pub const SCHEMA: &str = "calib.report/1";

/// A whole report.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Report {
    /// Always [`SCHEMA`].
    pub schema: &'static str,
    /// Version of the program that made it.
    pub calib_version: &'static str,
    /// The files read, in the order given.
    pub inputs: Vec<Input>,
    /// Every effective setting.
    pub settings: SettingsUsed,
    /// One entry for each log.
    pub runs: Vec<Run>,
    /// Paired differences between logs; none in an audit.
    pub comparisons: Vec<Comparison>,
    /// The pairs of logs compared; absent in an audit.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pairs: Vec<Pair>,
    /// The logs in order; absent in an audit.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ranking: Option<Ranking>,
    /// How figures move with the divergence from the base; absent unless three logs tell it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub razor: Option<Razor>,
    /// Gap closure (`--toward`); none in an audit.
    pub gap: Vec<Closure>,
    /// The verdict of a gate; none in an audit.
    pub gate: Option<Gate>,
    /// What a reader should know before trusting the numbers.
    pub warnings: Vec<Warning>,
}

/// One file that was read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Input {
    /// Label of the run it belongs to.
    pub label: String,
    /// Path as given, `-` for standard input.
    pub path: String,
    /// Format found, for example `jsonl` or `csv.gz`.
    pub format: String,
    /// Preset in force, if any.
    pub preset: Option<String>,
    /// Where its rows went.
    pub rows: Rows,
    /// Role → column.
    pub mapping: BTreeMap<String, String>,
    /// The saved states that hold its rows; absent when the file itself was read.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub saved: Vec<String>,
}

/// The row account: `read = used + Σ skipped` and `used = answered + abstained`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Rows {
    /// Rows read.
    pub read: u64,
    /// Rows that entered the figures.
    pub used: u64,
    /// Used rows that count as answered.
    pub answered: u64,
    /// Used rows that count as abstained.
    pub abstained: u64,
    /// Rows left out, by reason.
    pub skipped: BTreeMap<String, u64>,
}

/// The settings a report was made with.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SettingsUsed {
    /// The configuration file whose flags were used, if one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
    /// Number of bins.
    pub bins: usize,
    /// `equal-width` or `equal-mass`.
    pub binning: String,
    /// `right` or `left`: which end of a bin is closed.
    pub edges: String,
    /// Level of every interval.
    pub level: f64,
    /// Resamples of null distributions: `auto` or a number.
    pub resamples: String,
    /// Seed of all resampling.
    pub seed: u64,
    /// `abstain` or `answer`: how partial refusals count.
    pub partial: String,
    /// `wilson` or `clopper-pearson`: the interval of proportions of independent rows.
    pub rates: String,
    /// Sensitivity of the judge of abstentions, and `:` rows it was measured in, if given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judge_sens: Option<String>,
    /// Its specificity, likewise.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judge_spec: Option<String>,
    /// Clip of the log score.
    pub log_clip: f64,
    /// Scale the confidences were read on.
    pub confidence_scale: String,
    /// `drop` or `error`: what a missing confidence does.
    pub missing_confidence: String,
    /// Bad rows tolerated.
    pub max_bad_rows: String,
    /// Fields of `--by`.
    pub by: Vec<String>,
    /// Filters of `--where`, as FIELD=VALUE.
    #[serde(rename = "where")]
    pub filters: Vec<String>,
    /// Field of `--cluster`, if given.
    pub cluster: Option<String>,
    /// How flags say that columns are read.
    #[serde(flatten)]
    pub input: InputUsed,
    /// Tools of `--compat`.
    pub compat: Vec<String>,
    /// Sections of `--section`; absent when none was asked for.
    #[serde(rename = "section", skip_serializing_if = "Vec::is_empty")]
    pub sections: Vec<&'static str>,
    /// Kind of `--reference`; absent when none was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<&'static str>,
    /// `--cost-wrong`; absent where it was not given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_wrong: Option<f64>,
    /// `--cost-abstain`, or 0 beside `--cost-wrong`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_abstain: Option<f64>,
}

/// What flags say of columns, as they say it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InputUsed {
    /// `--map`, in order of role.
    pub map: Vec<String>,
    /// `--extract`, in order of role.
    pub extract: Vec<String>,
    /// `--softmax`, if given.
    pub softmax: Option<String>,
    /// Roles of `--not`.
    #[serde(rename = "not")]
    pub opposites: Vec<String>,
    /// `--const`, as ROLE=VALUE.
    #[serde(rename = "const")]
    pub constants: Vec<String>,
    /// `--pairs`, if given.
    pub pairs: Option<String>,
    /// `--as`, if given.
    #[serde(rename = "as")]
    pub pairs_role: Option<String>,
    /// `--join`, if given.
    pub join: Option<String>,
}

/// One log, audited.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Run {
    /// Its label.
    pub label: String,
    /// All rows first, then the groups of `--by`.
    pub groups: Vec<Group>,
}

/// The figures of all rows or of one group.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Group {
    /// Field → value; empty for all rows.
    pub by: BTreeMap<String, String>,
    /// Metric id → estimate.
    pub metrics: BTreeMap<&'static str, Estimate>,
    /// How confidences were rounded; absent while each distinct one is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rounding: Option<Rounding>,
    /// The reliability table, empty bins left out.
    pub reliability: Vec<Bin>,
    /// Abstention figures over all labelled rows, and by kind where known.
    pub abstention: Abstention,
    /// What it comes down to.
    pub verdict: Verdict,
    /// Objective audits by name.
    pub objectives: BTreeMap<&'static str, Objective>,
    /// What the tools of `--compat` would print; absent when none was asked for.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub compat: Vec<Compat>,
}

/// A number as another tool counts it, and the one that corrects it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Compat {
    /// The tool, as `--compat` names it.
    pub tool: String,
    /// The metric, as that tool names it.
    pub metric: &'static str,
    /// What it would print; `None` where it gives no number.
    pub value: Option<f64>,
    /// Rows that entered.
    pub n: u64,
    /// Why it gives no number, or why the number may not be the one it prints.
    pub reason: Option<String>,
    /// The metric of this report to read instead.
    pub corrected: Corrected,
    /// How that tool counts.
    pub note: String,
}

/// A metric of the same group, by its id.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Corrected {
    /// Its id.
    pub metric: &'static str,
    /// Its value; `None` when undefined.
    pub value: Option<f64>,
}

/// A number with all that is needed to defend it.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Estimate {
    /// The value; `None` when undefined.
    pub value: Option<f64>,
    /// Lower end of the interval; `None` where no interval is valid.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
    /// Level of the interval.
    pub level: Option<f64>,
    /// Rows that entered.
    pub n: u64,
    /// How the value and its interval were computed.
    pub method: Option<String>,
    /// Why the value, or the interval, is missing.
    pub reason: Option<String>,
    /// Figures that belong beside the value: `standard_error`, `noise_floor`, `null_q95`, `p_value`, `q_value`, …
    #[serde(flatten)]
    pub beside: BTreeMap<&'static str, Option<f64>>,
}

/// One bin of the reliability table.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Bin {
    /// Lower edge.
    pub lower: f64,
    /// Upper edge.
    pub upper: f64,
    /// Rows in the bin.
    pub n: u64,
    /// Mean confidence of its rows.
    pub mean_confidence: f64,
    /// Share of them correct.
    pub accuracy: f64,
    /// Lower end of the interval of the accuracy.
    pub low: Option<f64>,
    /// Upper end of the interval.
    pub high: Option<f64>,
    /// Lower end of the band in which a calibrated model's accuracy would fall.
    pub band_low: Option<f64>,
    /// Upper end of that band.
    pub band_high: Option<f64>,
}

/// Abstention over all labelled rows, and apart for each kind that occurs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Abstention {
    /// All labelled rows.
    pub all: AbstentionFigures,
    /// Unanswerable prompts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub epistemic: Option<AbstentionFigures>,
    /// Harmful prompts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub safety: Option<AbstentionFigures>,
}

/// Rows of one side of the failure map.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Side {
    /// Rows declined.
    pub abstained: u64,
    /// Rows answered.
    pub answered: u64,
}

/// Abstention figures of one kind of prompt.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AbstentionFigures {
    /// Prompts that should be declined.
    pub should_abstain: Side,
    /// Prompts that should be answered.
    pub should_answer: Side,
    /// Share of the first answered.
    pub over_answer: Estimate,
    /// Share of the second declined.
    pub over_abstain: Estimate,
    /// Sensitivity d′.
    pub dprime: Estimate,
    /// Criterion c.
    pub criterion: Estimate,
    /// Youden's J.
    pub youden: Estimate,
    /// Share of the first declined.
    pub recall: Estimate,
    /// Share of the declined that belong to the first.
    pub precision: Estimate,
    /// Harmonic mean of recall and precision.
    pub f1: Estimate,
    /// The two words; `None` where another entry carries the verdict.
    pub verdict: Option<MapVerdict>,
    /// The rates corrected for the errors of the judge; absent where nothing is known of these.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub judge: Option<JudgeError>,
}

/// The two-word verdict on one kind of prompt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MapVerdict {
    /// `over_answer`, `over_abstain`, `both`, `balanced`, `inconclusive`, or null without labels.
    pub direction: Option<&'static str>,
    /// `strong`, `fair`, `weak`, `unproven`, `none`, `inverted`, or null without labels.
    pub skill: Option<&'static str>,
    /// Labelled rows, in this log's mix, that would settle an inconclusive direction at these rates.
    pub rows_needed: Option<u64>,
}

/// What a group comes down to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// Direction over all labelled rows.
    pub direction: Option<&'static str>,
    /// Skill over all labelled rows.
    pub skill: Option<&'static str>,
    /// Which corner of the map it leans to.
    pub side: Option<&'static str>,
    /// `over`, `under`, `calibrated` or `inconclusive`.
    pub confidence: Option<&'static str>,
    /// The verdict in words.
    pub sentence: String,
}

/// Something a reader should know.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Warning {
    /// `W1xx`, explained by `calib explain CODE`.
    pub code: &'static str,
    /// What was seen.
    pub message: String,
    /// How often.
    pub count: u64,
}
