//! What a saved state is and what made it, as plain, versioned data.

use serde::Serialize;

use super::{Input, Warning};

/// Name and version of the JSON format.
pub const SCHEMA: &str = "calib.state/1";

/// A saved state.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SavedState {
    /// Always [`SCHEMA`].
    pub schema: &'static str,
    /// Version of the program that looked at it.
    pub calib_version: &'static str,
    /// The files that hold it.
    pub files: Vec<String>,
    /// Version of the format of these files.
    pub format: u16,
    /// Label of the log.
    pub label: String,
    /// The files whose rows it holds.
    pub inputs: Vec<Input>,
    /// The choices that made its evidence: those that are not as they are without any flag.
    pub made_with: Vec<Choice>,
    /// Fields whose values it keeps apart.
    pub by: Vec<String>,
    /// How many combinations of their values it holds.
    pub groups: u64,
    /// Clusters of rows that it tells apart.
    pub items: u64,
    /// Whether these are random groups of clusters, of which there were too many.
    pub folded: bool,
    /// What a reader of its figures should know.
    pub warnings: Vec<Warning>,
}

/// A choice that made evidence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The flag, or what it is about.
    pub what: &'static str,
    /// What was chosen.
    pub value: String,
}
