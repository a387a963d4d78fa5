//! The arguments that only the gate has.

use clap::{Args, ValueEnum};

use super::{Export, LookArgs, export};
use crate::config::OnInconclusive;

/// Where a verdict goes and what it looks like.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub struct GateOutputArgs {
    /// Format of the verdict on standard output
    #[arg(short, long, value_enum, default_value_t = GateFormat::Text)]
    pub format: GateFormat,
    /// Write the verdict to a file as well; repeat for several
    #[arg(short, long = "output", value_name = "FORMAT=PATH", value_parser = export::<GateFormat>)]
    pub outputs: Vec<Export<GateFormat>>,
    /// What it looks like.
    #[command(flatten)]
    pub look: LookArgs,
    /// No progress on standard error and no hints in the text
    #[arg(short, long)]
    pub quiet: bool,
}

/// A format of verdicts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum GateFormat {
    /// For reading in a terminal
    Text,
    /// calib.report/1
    Json,
    /// A table for a pull request
    Markdown,
    /// Test cases, for CI dashboards
    Junit,
    /// Annotations for a GitHub workflow, and the summary of the step
    Github,
    /// Code Quality report for GitLab
    Gitlab,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}

/// `--on-inconclusive`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnInconclusiveArg {
    /// Say so, and end in 0
    Warn,
    /// End in 4
    Fail,
    /// Count it as passed
    Pass,
}

impl From<OnInconclusiveArg> for OnInconclusive {
    fn from(given: OnInconclusiveArg) -> Self {
        match given {
            OnInconclusiveArg::Warn => Self::Warn,
            OnInconclusiveArg::Fail => Self::Fail,
            OnInconclusiveArg::Pass => Self::Pass,
        }
    }
}
