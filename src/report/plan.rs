//! Plans as plain data: how many ids a difference takes.

use serde::Serialize;

/// Name and version of the JSON format.
pub const SCHEMA: &str = "calib.plan/1";

/// How many ids differences take to be detected between two runs on the same prompts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Plan {
    /// Always [`SCHEMA`].
    pub schema: &'static str,
    /// Version of the program that made it.
    pub calib_version: &'static str,
    /// The logs it rests on.
    pub like: Vec<String>,
    /// 1 − the two-sided chance of a false finding.
    pub level: f64,
    /// The chance of detecting a difference of the size asked for.
    pub power: f64,
    /// One entry for each metric, and for each correlation where no pair of logs tells it.
    pub planned: Vec<Planned>,
}

/// What one difference takes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Planned {
    /// Metric id.
    pub metric: &'static str,
    /// The difference to be detected.
    pub difference: f64,
    /// The correlation assumed between the scores of two runs on one prompt; `None` where two logs tell.
    pub correlation: Option<f64>,
    /// Ids that detect it: (s (z₁₋α⁄₂ + z_power) / d)², s the standard deviation of a prompt's difference.
    pub ids_needed: Option<u64>,
    /// Ids in the logs that were given.
    pub ids: Option<u64>,
    /// The smallest difference that as many ids detect.
    pub smallest_detectable: Option<f64>,
    /// What the spread was taken from.
    pub from: String,
}

/// How much a difference varies from prompt to prompt.
#[derive(Clone, Debug, PartialEq)]
pub struct Spread {
    /// The correlation assumed, if one is.
    pub correlation: Option<f64>,
    /// Standard deviation of a prompt's difference.
    pub deviation: f64,
    /// Ids it was seen in.
    pub ids: Option<u64>,
    /// What it was taken from.
    pub from: String,
}
