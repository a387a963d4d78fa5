//! `--reference`: published models beside a log.

use clap::ValueEnum;

/// Which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReferenceArg {
    /// On unanswerable prompts: AbstentionBench
    Epistemic,
    /// On harmful prompts: XSTest, OR-Bench
    Safety,
}
