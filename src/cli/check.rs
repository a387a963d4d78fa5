//! The arguments that only checks have.

use clap::{Args, ValueEnum};

use super::{Export, LookArgs, export};

/// Where the result of a check goes and what it looks like.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Output")]
pub struct CheckOutputArgs {
    /// Format of the result on standard output
    #[arg(short, long, value_enum, default_value_t = CheckFormat::Text)]
    pub format: CheckFormat,
    /// Write the result to a file as well; repeat for several
    #[arg(short, long = "output", value_name = "FORMAT=PATH", value_parser = export::<CheckFormat>)]
    pub outputs: Vec<Export<CheckFormat>>,
    /// What it looks like.
    #[command(flatten)]
    pub look: LookArgs,
    /// No progress on standard error and no hints in the text
    #[arg(short, long)]
    pub quiet: bool,
}

/// A format of the result of a check.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CheckFormat {
    /// For reading in a terminal
    Text,
    /// calib.check/1
    Json,
    /// Annotations for a GitHub workflow
    Github,
    /// SARIF 2.1.0, for code scanning
    Sarif,
}
