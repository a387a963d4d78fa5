//! What answers and silence cost.

use clap::Args;

/// Costs, where a right answer earns 1.
#[derive(Args, Clone, Copy, Debug, Default)]
#[command(next_help_heading = "Figures")]
pub struct CostArgs {
    /// What a wrong answer costs, where a right one earns 1
    #[arg(long, value_name = "COST", value_parser = cost)]
    pub cost_wrong: Option<f64>,
    /// What an abstention costs [default: 0]
    #[arg(long, value_name = "COST", value_parser = abstention_cost, requires = "cost_wrong", allow_hyphen_values = true)]
    pub cost_abstain: Option<f64>,
}

fn number(text: &str, least: f64) -> Result<f64, String> {
    let expected = || format!("expected a number from {least} to 1000000");
    let number: f64 = text.parse().map_err(|_| expected())?;
    (least..=1e6)
        .contains(&number)
        .then_some(number)
        .ok_or_else(expected)
}

pub(crate) fn cost(text: &str) -> Result<f64, String> {
    number(text, 0.0)
}

/// A reward for silence is a cost below 0.
pub(crate) fn abstention_cost(text: &str) -> Result<f64, String> {
    number(text, -1e6)
}
