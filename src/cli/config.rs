//! Where flags come from that are not on the command line.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, Parser};

use super::InputArgs;
use crate::config::Config;
use crate::input::Preset;

/// Which configuration file is used.
#[derive(Args, Clone, Debug)]
pub struct ConfigArgs {
    /// Take flags that are not given from this file [default: calib.toml, where the current directory has one]
    #[arg(long, value_name = "FILE", conflicts_with = "no_config")]
    pub config: Option<PathBuf>,
    /// Use no configuration file
    #[arg(long)]
    pub no_config: bool,
    /// The file that was found, once its flags stand beside those of the command line.
    #[arg(skip)]
    pub used: Option<ConfigUsed>,
}

/// A configuration file whose flags are in force.
#[derive(Clone, Debug)]
pub struct ConfigUsed {
    /// What it says.
    pub config: Config,
    /// How logs of a preset are read that has a section of its own.
    pub presets: BTreeMap<&'static str, InputArgs>,
}

/// The flags of a preset, read as if they stood on the command line.
#[derive(Debug, Parser)]
#[command(name = "preset", no_binary_name = true)]
pub struct PresetFlags {
    /// How its logs are read.
    #[command(flatten)]
    pub input: InputArgs,
}

impl InputArgs {
    /// How logs of this preset are read: as the configuration file says of it, where it has a section of its own.
    #[must_use]
    pub fn of_preset(&self, preset: Option<&Preset>) -> &Self {
        let sections = self.config.used.as_ref().map(|used| &used.presets);
        sections
            .zip(preset)
            .and_then(|(sections, preset)| sections.get(preset.name))
            .unwrap_or(self)
    }

    /// The configuration file that is in force.
    #[must_use]
    pub fn config_file(&self) -> Option<&Config> {
        self.config.used.as_ref().map(|used| &used.config)
    }
}
