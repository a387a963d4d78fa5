//! `calib schema`: the JSON Schemas of what calib writes and reads.

use clap::{Args, ValueEnum};

use super::{Streams, configuration, writing};
use crate::config;

/// The arguments of `calib schema`.
#[derive(Args, Clone, Debug)]
pub struct SchemaArgs {
    /// Of what
    #[arg(value_enum)]
    pub of: SchemaOf,
}

/// What has a schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum SchemaOf {
    /// The JSON report of calib audit
    Report,
    /// The JSON result of calib check
    Check,
    /// The configuration file calib.toml
    Config,
    /// The model file of calib fit
    Model,
    /// The JSON report of calib fit
    Fit,
}

/// Prints the schema.
///
/// # Errors
/// When standard output cannot be written.
pub fn run(args: &SchemaArgs, streams: &mut Streams<'_>) -> anyhow::Result<()> {
    let schema = match args.of {
        SchemaOf::Report => include_str!("../../docs/report.schema.json").to_owned(),
        SchemaOf::Check => include_str!("../../docs/check.schema.json").to_owned(),
        SchemaOf::Config => of_config()?,
        SchemaOf::Model => include_str!("../../docs/model.schema.json").to_owned(),
        SchemaOf::Fit => include_str!("../../docs/fit.schema.json").to_owned(),
    };
    writing::to_stdout(schema.as_bytes(), streams)?;
    Ok(())
}

/// The schema of the configuration file, from the keys that the program reads.
///
/// # Errors
/// When it cannot be written as JSON.
pub fn of_config() -> Result<String, serde_json::Error> {
    let schema = config::schema(&configuration::keys());
    serde_json::to_string_pretty(&schema).map(|text| text + "\n")
}
