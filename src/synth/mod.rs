//! Logs with known truth, from a seed.
//!
//! A scenario is a model of how answers come about, with parameters that are the flags of `calib synth SCENARIO`. It
//! makes rows as a log would hold them, and beside them the truth: what every figure would be with rows without end, in
//! closed form or integrated, never estimated from the rows.
//!
//! Prompt i draws from a stream of its own, a function of seed and i: more prompts leave the first ones as they are.

mod ability;
pub mod character;
pub mod drift;
pub mod formats;
pub mod gap;
pub mod incentives;
pub mod persona;
pub mod rollouts;
mod row;

pub use row::Row;

use clap::{Args, Subcommand};
use serde::Serialize;
use serde_json::{Value, json};

/// Most prompts of a log.
const MOST_PROMPTS: u64 = 1_000_000;
/// Most samples of a prompt.
const MOST_SAMPLES: u64 = 1_024;

/// The scenarios, each with its parameters.
#[derive(Clone, Debug, Serialize, Subcommand)]
#[serde(rename_all = "kebab-case")]
pub enum Scenario {
    /// A model that answers, declines and states confidences: reasoner, safety, random, bluffing and more
    Persona(persona::Persona),
    /// Groups of samples per prompt with a reward, some of which take a shortcut
    Rollouts(rollouts::Rollouts),
    /// Checkpoints that come to answer in one format
    Formats(formats::Formats),
    /// Checkpoints that move away from their base by a known KL divergence
    Drift(drift::Drift),
    /// A base, a tuned model and a proxy that closes known shares of the gap between them
    Gap(gap::Gap),
    /// A model rewarded under a stated scheme, with costs
    Incentives(incentives::Incentives),
}

/// One log.
#[derive(Clone, Debug)]
pub struct Log {
    /// Its name, without extension.
    pub name: String,
    /// Its rows.
    pub rows: Vec<Row>,
}

impl Scenario {
    /// Its name on the command line.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Persona(_) => "persona",
            Self::Rollouts(_) => "rollouts",
            Self::Formats(_) => "formats",
            Self::Drift(_) => "drift",
            Self::Gap(_) => "gap",
            Self::Incentives(_) => "incentives",
        }
    }

    /// The logs of this seed.
    #[must_use]
    pub fn logs(&self, seed: u64) -> Vec<Log> {
        match self {
            Self::Persona(persona) => persona.logs(seed),
            Self::Rollouts(rollouts) => rollouts.logs(seed),
            Self::Formats(formats) => formats.logs(seed),
            Self::Drift(drift) => drift.logs(seed),
            Self::Gap(gap) => gap.logs(seed),
            Self::Incentives(incentives) => incentives.logs(seed),
        }
    }

    /// What their figures would be with rows without end, to six digits after the point, as the logs have them.
    #[must_use]
    pub fn truth(&self, seed: u64) -> Value {
        rounded(self.exact(seed))
    }

    fn exact(&self, seed: u64) -> Value {
        match self {
            // Which tasks are hard is drawn.
            Self::Persona(persona) => persona.truth(seed),
            Self::Rollouts(rollouts) => rollouts.truth(),
            Self::Formats(formats) => formats.truth(),
            Self::Drift(drift) => drift.truth(),
            Self::Gap(gap) => gap.truth(),
            Self::Incentives(incentives) => incentives.truth(),
        }
    }
}

impl Log {
    /// The only log of a scenario.
    fn alone(rows: Vec<Row>) -> Vec<Self> {
        let name = "rows".to_owned();
        vec![Self { name, rows }]
    }
}

/// A parameter that is a share, from 0 to 1.
fn share(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(value) if (0.0..=1.0).contains(&value) => Ok(value),
        _ => Err("expected a number from 0 to 1".to_owned()),
    }
}

/// A parameter above 0.
fn positive(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value > 0.0 && value <= 1e6 => Ok(value),
        _ => Err("expected a number above 0, up to 1000000".to_owned()),
    }
}

/// A parameter from 0 on.
fn not_negative(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if (0.0..=1e6).contains(&value) => Ok(value),
        _ => Err("expected a number from 0 to 1000000".to_owned()),
    }
}

/// A parameter of either sign.
fn finite(text: &str) -> Result<f64, String> {
    match text.parse::<f64>() {
        Ok(value) if value.abs() <= 1e6 => Ok(value),
        _ => Err("expected a number".to_owned()),
    }
}

/// A number brought to six digits after the point, as logs have them.
fn six(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}

/// Every number within it brought to six digits: the integrals behind them are told to no more, and their rounding to
/// none.
fn rounded(value: Value) -> Value {
    match value {
        Value::Number(number) if number.is_f64() => {
            // A 0 has no sign.
            json!(number.as_f64().map(|number| six(number) + 0.0))
        }
        Value::Array(values) => values.into_iter().map(rounded).collect(),
        Value::Object(values) => {
            let values = values.into_iter();
            values.map(|(name, value)| (name, rounded(value))).collect()
        }
        other => other,
    }
}

/// How many prompts, and how often each is asked.
#[derive(Args, Clone, Debug, Serialize)]
pub struct Size {
    /// Prompts
    #[arg(short = 'n', long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=MOST_PROMPTS))]
    pub prompts: u64,
    /// Samples of each prompt
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=MOST_SAMPLES))]
    pub samples: u64,
}
