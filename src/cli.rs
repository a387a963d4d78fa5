//! The command line: commands and shared groups of arguments, nothing else.

mod bad_rows;
mod check;
mod compare;
mod config;
mod costs;
mod fitting;
mod gate;
mod rating;
pub mod reference;

use std::path::PathBuf;

use clap::builder::styling::{AnsiColor, Styles};
use clap::{Args, Parser, Subcommand, ValueEnum};

pub use bad_rows::BadRows;
pub use check::{CheckFormat, CheckOutputArgs};
pub use compare::{CompareOutputArgs, ComparisonFormat, CorrectionArg};
pub use config::{ConfigArgs, ConfigUsed, PresetFlags};
pub use costs::CostArgs;
pub(crate) use costs::{abstention_cost, cost};
pub use fitting::FittingArgs;
pub use gate::{GateFormat, GateOutputArgs, OnInconclusiveArg};

use crate::commands::apply::ApplyArgs;
use crate::commands::audit::AuditArgs;
use crate::commands::check::CheckArgs;
use crate::commands::compare::CompareArgs;
use crate::commands::explain::ExplainArgs;
use crate::commands::fit::FitArgs;
use crate::commands::gate::GateArgs;
use crate::commands::init::InitArgs;
use crate::commands::merge::MergeArgs;
use crate::commands::plan::PlanArgs;
use crate::commands::schema::SchemaArgs;
use crate::commands::synth::SynthArgs;
use crate::config::share_of_percent;
use crate::inference::misclassification::Rating;
use crate::input::{
    Bytes, ConfidenceScale, Constant, Join, Limits, Mapping, Pairs, PresetChoice, Role, parse_as,
    parse_not,
};
use crate::settings::Resamples;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Blue.on_default().bold())
    .usage(AnsiColor::Blue.on_default().bold())
    .literal(AnsiColor::Blue.on_default())
    .placeholder(AnsiColor::Yellow.on_default());

/// Does this model know what it knows?
///
/// calib reads prediction logs and says how well confidence matches correctness, and whether the model answers what it
/// should decline or declines what it should answer. Confidence means the probability that the given answer is correct,
/// never the probability of a class.
#[derive(Debug, Parser)]
#[command(name = "calib", version, styles = STYLES, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Audit logs: calibration, discrimination, abstention, with intervals and a verdict
    Audit(Box<AuditArgs>),
    /// Compare checkpoints, prompt by prompt: paired differences, what moved, and which is best
    Compare(Box<CompareArgs>),
    /// Hold a log to limits, or to its baseline: pass, fail or inconclusive, for CI
    Gate(Box<GateArgs>),
    /// Fit: a curve that mends confidences after training, and a threshold with what it promises
    Fit(Box<FitArgs>),
    /// Apply a recalibration: the same rows with recalibrated confidences, and what is still answered
    Apply(Box<ApplyArgs>),
    /// Show how a log would be read: columns, sample values, bad rows, and the command to paste into CI
    Check(Box<CheckArgs>),
    /// Add up the saved states of a log's parts: shards, days, models
    Merge(Box<MergeArgs>),
    /// Plan: how many prompts a difference takes to be detected
    Plan(Box<PlanArgs>),
    /// Begin: write calib.toml and a CI workflow into the current directory
    Init(InitArgs),
    /// Make a log with known truth, from a seed
    Synth(Box<SynthArgs>),
    /// Explain a metric or a code: formula, range, pitfalls, source
    Explain(ExplainArgs),
    /// Print a JSON Schema: of reports, of checks, of models, or of calib.toml
    Schema(SchemaArgs),
}

/// How logs are read.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Input")]
pub struct InputArgs {
    /// Which column plays a role, and what its values mean; an empty PATH unmaps the role
    #[arg(long = "map", value_name = "ROLE=PATH[:v1=x,v2=y]", value_parser = Mapping::parse)]
    pub mappings: Vec<Mapping>,
    /// Read the log as this tool's, or as no tool's (none); else the content says. See calib explain presets
    #[arg(long, value_name = "NAME")]
    pub preset: Option<PresetChoice>,
    /// Member of a JSON document that holds the rows, as a dotted path
    #[arg(long, value_name = "PATH")]
    pub records: Option<String>,
    /// The role's column says the opposite
    #[arg(long = "not", value_name = "ROLE", value_parser = parse_not)]
    pub opposites: Vec<Role>,
    /// Every row has this value for the role, as in kind=safety
    #[arg(long = "const", value_name = "ROLE=VALUE", value_parser = Constant::parse)]
    pub constants: Vec<Constant>,
    /// Confidence is the softmax, at the likeliest option, of the list of log-likelihoods at PATH
    #[arg(long, value_name = "PATH", value_parser = Mapping::softmax)]
    pub softmax: Option<Mapping>,
    /// A role is what the pattern finds in a text: its last match, there the first group
    #[arg(long = "extract", value_name = "ROLE=REGEX@PATH", value_parser = Mapping::extract)]
    pub extracts: Vec<Mapping>,
    /// Wide tables: each pair of columns is a row, P its confidence and Q its outcome; each has one *
    #[arg(long, value_name = "P=Q", value_parser = Pairs::parse)]
    pub pairs: Option<Pairs>,
    /// The role that takes what * matched in --pairs
    #[arg(long = "as", value_name = "ROLE", value_parser = parse_as, requires = "pairs")]
    pub pairs_role: Option<Role>,
    /// Add the columns of a second file to rows of the same id, or of the same FIELD
    #[arg(long, value_name = "FILE[ on FIELD]", value_parser = Join::parse)]
    pub join: Option<Join>,
    /// Scale of the confidences: unit, percent, logprob, logit, or LO,HI. Never guessed [default: unit]
    #[arg(long, value_name = "SCALE", allow_hyphen_values = true)]
    pub confidence_scale: Option<ConfidenceScale>,
    /// What an answered row without a confidence does
    #[arg(long, value_name = "WHAT", value_enum, default_value_t = Missing::Drop)]
    pub missing_confidence: Missing,
    /// Keep only rows whose FIELD is VALUE; repeat to narrow further
    #[arg(long = "where", value_name = "FIELD=VALUE", value_parser = filter)]
    pub filters: Vec<(String, String)>,
    /// Field of the row's identity (same as --map id=FIELD)
    #[arg(long, value_name = "FIELD")]
    pub id: Option<String>,
    /// Field whose equal values mark dependent rows; else cluster, prompt_id or a repeated id
    #[arg(long, value_name = "FIELD")]
    pub cluster: Option<String>,
    /// Bad rows to tolerate, as a number or a share such as 1%
    #[arg(long, value_name = "N|P%", default_value_t = BadRows::Count(0))]
    pub max_bad_rows: BadRows,
    /// Longest row, in bytes or as in 64MiB
    #[arg(long, value_name = "SIZE", default_value_t = Limits::default().row)]
    pub max_line: Bytes,
    /// Most bytes that may come out of one compressed file
    #[arg(long, value_name = "SIZE", default_value_t = Limits::default().bytes)]
    pub max_bytes: Bytes,
    /// Threads that read; the report does not depend on it
    #[arg(short = 'j', long, value_name = "N", value_parser = clap::value_parser!(u16).range(0..=1024))]
    pub threads: Option<u16>,
    /// Never show progress
    #[arg(long)]
    pub no_progress: bool,
    /// Where flags come from that are not on the command line.
    #[command(flatten)]
    pub config: ConfigArgs,
}

/// How the figures are computed.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Figures")]
pub struct ViewArgs {
    /// Report each value of FIELD apart as well; repeat, or separate by commas, for combinations
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    pub by: Vec<String>,
    /// Number of bins
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub bins: u16,
    /// How bins are cut
    #[arg(long, value_name = "HOW", value_enum, default_value_t = BinningArg::EqualWidth)]
    pub binning: BinningArg,
    /// Which end of a bin belongs to it
    #[arg(long, value_name = "END", value_enum, default_value_t = EdgesArg::Right)]
    pub edges: EdgesArg,
    /// Level of the intervals
    #[arg(long, value_name = "LEVEL", default_value_t = 0.95, value_parser = level)]
    pub level: f64,
    /// Resamples of null distributions
    #[arg(long, value_name = "auto|N", default_value = "auto", value_parser = resamples)]
    pub resamples: Resamples,
    /// Seed of all resampling
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Whether a partial refusal counts as an abstention or as an answer
    #[arg(long, value_name = "HOW", value_enum, default_value_t = PartialArg::Abstain)]
    pub partial: PartialArg,
    /// Show what another tool would print, beside the corrected number; repeat, or separate by commas
    #[arg(long, value_name = "NAME", value_enum, value_delimiter = ',')]
    pub compat: Vec<CompatArg>,
    /// Interval of proportions of independent rows
    #[arg(long, value_name = "METHOD", value_enum, default_value_t = RatesArg::Wilson)]
    pub rates: RatesArg,
    /// Sensitivity of the judge that labelled abstentions, to correct the rates for; S:N if measured in N rows
    #[arg(long, value_name = "S[:N]", value_parser = rating::rating, requires = "judge_spec")]
    pub judge_sens: Option<Rating>,
    /// Specificity of that judge
    #[arg(long, value_name = "S[:N]", value_parser = rating::rating, requires = "judge_sens")]
    pub judge_spec: Option<Rating>,
}

/// Where reports go and what they look like.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub struct OutputArgs {
    /// Format of the report on standard output
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Write a report to a file as well; repeat for several
    #[arg(short, long = "output", value_name = "FORMAT=PATH", value_parser = export::<Format>)]
    pub outputs: Vec<Export<Format>>,
    /// What it looks like.
    #[command(flatten)]
    pub look: LookArgs,
    /// Show every metric in the text report, not only the leading ones
    #[arg(long)]
    pub all: bool,
    /// No progress on standard error and no hints in the text report
    #[arg(short, long)]
    pub quiet: bool,
}

/// What text looks like.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub struct LookArgs {
    /// When to colour
    #[arg(long, value_name = "WHEN", value_enum, default_value_t = ColorArg::Auto)]
    pub color: ColorArg,
    /// Columns of the text report [default: the terminal's]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(40..=400))]
    pub width: Option<u16>,
    /// Draw with ASCII characters only
    #[arg(long)]
    pub ascii: bool,
}

/// `--missing-confidence`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Missing {
    /// Leave the confidence metrics, counted
    Drop,
    /// Be a bad row
    Error,
}

/// `--binning`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum BinningArg {
    /// Bins of equal width
    EqualWidth,
    /// Bins of equal mass, ties kept together
    EqualMass,
}

/// `--edges`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum EdgesArg {
    /// (lower, upper], 0 in the first
    Right,
    /// [lower, upper), 1 in the last
    Left,
}

/// `--partial`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum PartialArg {
    /// As an abstention
    Abstain,
    /// As an answer
    Answer,
}

/// `--compat`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CompatArg {
    /// Humanity's Last Exam and BrowseComp: calibration error
    Hle,
    /// netcal: ECE, MCE, ACE
    Netcal,
    /// TorchMetrics: calibration error
    Torchmetrics,
    /// scikit-learn: scores, ranking, calibration curve
    Sklearn,
    /// HELM: calibration and selective accuracy
    Helm,
    /// lm-evaluation-harness: Brier score
    LmEval,
    /// LM-Polygraph: ECE, risk-coverage, prediction-rejection
    LmPolygraph,
    /// RLCR: ECE
    Rlcr,
}

/// `--rates`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum RatesArg {
    /// Wilson's score interval: its level on average
    Wilson,
    /// The exact interval: its level at least
    ClopperPearson,
}

/// `--color`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ColorArg {
    /// On a terminal, unless NO_COLOR is set
    Auto,
    /// Always
    Always,
    /// Never
    Never,
}

/// A format of reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// For reading in a terminal
    Text,
    /// calib.report/1; of calib fit, calib.fit/1
    Json,
}

/// `-o FORMAT=PATH`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export<F> {
    /// The format.
    pub format: F,
    /// The file.
    pub path: PathBuf,
}

fn filter(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((field, value)) if !field.is_empty() => Ok((field.to_owned(), value.to_owned())),
        _ => Err("expected FIELD=VALUE, for example task=gsm8k".to_owned()),
    }
}

fn export<F: ValueEnum>(text: &str) -> Result<Export<F>, String> {
    let (format, path) = text
        .split_once('=')
        .ok_or("expected FORMAT=PATH, for example json=report.json")?;
    let format = F::from_str(format, true)
        .map_err(|_| format!("`{format}` is not a format; use {}", choices::<F>()))?;
    match path {
        "" => return Err("expected a path after the format".to_owned()),
        "-" => return Err("for standard output, use --format".to_owned()),
        _ => {}
    }
    Ok(Export {
        format,
        path: path.into(),
    })
}

/// The names of the values, as in `text, json or sarif`.
fn choices<F: ValueEnum>() -> String {
    let names = F::value_variants()
        .iter()
        .filter_map(ValueEnum::to_possible_value);
    let names: Vec<_> = names.map(|value| value.get_name().to_owned()).collect();
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        _ => names.concat(),
    }
}

pub(crate) fn level(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(level) if level > 0.0 && level < 1.0 => Ok(level),
        _ => {
            let hint = share_of_percent(text).unwrap_or_else(|| ", for example 0.95".to_owned());
            Err(format!("expected a number between 0 and 1{hint}"))
        }
    }
}

fn resamples(text: &str) -> Result<Resamples, String> {
    match (text, text.parse()) {
        ("auto", _) => Ok(Resamples::Auto),
        (_, Ok(count)) if (1..=1_000_000).contains(&count) => Ok(Resamples::Fixed(count)),
        _ => Err("expected auto, or a number from 1 to 1000000".to_owned()),
    }
}
