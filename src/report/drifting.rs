//! Drift between logs as plain data: what can still be learned, how close a log stays at equal reward, and how figures move
//! with the divergence.

use serde::Serialize;

use super::Estimate;

/// What a log ends at as a share of what the base ends at.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Plasticity {
    /// Success of the base at its last step.
    pub base: f64,
    /// Of the new log.
    pub new: f64,
    /// new / base.
    pub ratio: Estimate,
    /// The same of mean success over the steps.
    pub area_ratio: Estimate,
    /// `stalled`, `loss`, `no_loss`, or null where none is told.
    pub verdict: Option<&'static str>,
    /// In words.
    pub sentence: String,
}

/// How much closer to its base the new log stays where both have the same reward: 1 − KL new / KL base.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Closer {
    /// Of mean divergences over the rewards that both reach.
    pub overall: Estimate,
    /// At the largest such reward.
    pub at_most: Estimate,
    /// The smallest and the largest such reward.
    pub rewards: [f64; 2],
    /// What divergences are counted by: `token` or `sequence`.
    pub per: &'static str,
    /// `closer`, `further`, or null where neither is told.
    pub verdict: Option<&'static str>,
    /// In words.
    pub sentence: String,
}

/// How figures move with the divergence over three logs or more.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Razor {
    /// What divergences are counted by: `token` or `sequence`.
    pub per: &'static str,
    /// The logs, as far as their divergence is known.
    pub points: Vec<Distant>,
    /// Slopes by figure.
    pub slopes: Vec<Moves>,
    /// In words.
    pub sentence: String,
}

/// How far a log is from the base.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Distant {
    /// Its label.
    pub label: String,
    /// Its divergence in nats.
    pub kl: f64,
}

/// How a figure moves with each nat.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Moves {
    /// Metric id; `|signed_gap|` for the size of the gap.
    pub metric: &'static str,
    /// The slope of the line of least squares.
    pub slope: Estimate,
    /// The coefficient of the square in the parabola; absent but for accuracy over four logs or more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quadratic: Option<Estimate>,
}
