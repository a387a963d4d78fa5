//! The arguments that only comparisons have.

use clap::{Args, ValueEnum};

use super::{Export, LookArgs, export};

/// Where a comparison goes and what it looks like.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub struct CompareOutputArgs {
    /// Format of the comparison on standard output
    #[arg(short, long, value_enum, default_value_t = ComparisonFormat::Text)]
    pub format: ComparisonFormat,
    /// Write the comparison to a file as well; repeat for several
    #[arg(short, long = "output", value_name = "FORMAT=PATH", value_parser = export::<ComparisonFormat>)]
    pub outputs: Vec<Export<ComparisonFormat>>,
    /// What it looks like.
    #[command(flatten)]
    pub look: LookArgs,
    /// Compare every metric, not only the leading ones; p-values are adjusted for all of them
    #[arg(long)]
    pub all: bool,
    /// No progress on standard error and no hints in the text
    #[arg(short, long)]
    pub quiet: bool,
}

/// A format of comparisons.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ComparisonFormat {
    /// For reading in a terminal
    Text,
    /// calib.report/1
    Json,
    /// One line for each comparison
    Csv,
    /// A table for a pull request
    Markdown,
}

/// `--correction`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CorrectionArg {
    /// Holm: the chance of any false finding
    Holm,
    /// Benjamini and Hochberg: the share of false findings
    Bh,
    /// Not adjusted
    None,
}
