//! What a fit depends on besides how the log is read.

use clap::Args;

use super::{PartialArg, level};

/// How a fit is computed. The figures of an audit that it does not have take no flags here.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Figures")]
pub struct FittingArgs {
    /// A curve for each value of FIELD; repeat, or separate by commas, for combinations
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    pub by: Vec<String>,
    /// Number of bins, for methods that bin
    #[arg(long, value_name = "N", default_value_t = 15, value_parser = clap::value_parser!(u16).range(1..=1000))]
    pub bins: u16,
    /// Level of the intervals and of what is promised
    #[arg(long, value_name = "LEVEL", default_value_t = 0.95, value_parser = level)]
    pub level: f64,
    /// Seed of all draws
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub seed: u64,
    /// Whether a partial refusal counts as an abstention or as an answer
    #[arg(long, value_name = "HOW", value_enum, default_value_t = PartialArg::Abstain)]
    pub partial: PartialArg,
}
