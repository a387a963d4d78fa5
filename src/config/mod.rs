//! `calib.toml`: the flags of a project, and the limits its logs are held to.
//!
//! The keys of `[input]`, `[input.PRESET]` and `[metrics]` are flags, underscores for dashes: which ones there are, and
//! what they take, is told by [`Keys`], which the commands make of the command line's own grammar. The values become
//! [`Setting`]s and take the road of flags. `[gate]` is read here, into [`Gate`]. A key that is not known is an error.

mod document;
mod flags;
mod gate;
mod rule;
mod schema;
mod section;

pub use flags::{Key, Keys, Scalar, Setting, Shape};
pub use gate::{
    ALPHAS, Bound, Correction, Gate, Limit, OnInconclusive, Rule, Severity, share_of_percent,
};
pub use schema::schema;

use std::collections::BTreeMap;

use crate::error::Error;
use document::Document;
use section::Section;

/// Name of the file that is looked for in the current directory.
pub const FILE: &str = "calib.toml";
/// The version of the format that is read.
const VERSION: f64 = 1.0;
/// Sections, and what stands before them.
const SECTIONS: &[&str] = &["version", "input", "metrics", "gate"];

/// A configuration file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// Its path, as given.
    pub path: String,
    /// `[input]`.
    pub input: Vec<Setting>,
    /// `[input.PRESET]`, by the name of the preset.
    pub presets: BTreeMap<&'static str, Vec<Setting>>,
    /// `[metrics]`.
    pub metrics: Vec<Setting>,
    /// `[gate]`, where the file has it.
    pub gate: Option<Gate>,
}

impl Config {
    /// Reads the text of a file. Paths in it are relative to the folder of the file.
    ///
    /// # Errors
    /// When it is not TOML, a key is not known, or a value cannot be what its key asks for.
    pub fn parse(path: &str, text: &str, keys: &Keys) -> Result<Self, Error> {
        let document = Document { path, text };
        let tree = document.tree()?;
        let root = Section::root(&document, &tree);
        root.refuse_unknown(SECTIONS, |_| None)?;
        version(&root)?;
        let mut config = Self {
            path: path.to_owned(),
            ..Self::default()
        };
        if let Some(input) = root.section("input")? {
            (config.input, config.presets) = flags::input(&input, keys)?;
        }
        if let Some(metrics) = root.section("metrics")? {
            config.metrics = flags::metrics(&metrics, keys)?;
        }
        if let Some(section) = root.section("gate")? {
            config.gate = Some(gate::gate(&section)?);
        }
        Ok(config)
    }
}

fn version(root: &Section<'_>) -> Result<(), Error> {
    let Some(entry) = root.get("version") else {
        let error = root.missing("version");
        return Err(error.help("begin the file with: version = 1"));
    };
    if entry.number()? == VERSION {
        return Ok(());
    }
    Err(entry
        .unfit("is not a version this calib reads")
        .help("write version = 1, or use the calib that the file was written for"))
}

#[cfg(test)]
mod tests;
