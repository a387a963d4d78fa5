//! What `calib check` found, as plain, versioned data: how a log would be read, and whether it can be audited.
//!
//! Field names and their order are a public promise (`"schema": "calib.check/1"`); change one only with the schema.

use std::collections::BTreeMap;

use serde::Serialize;

use super::Warning;

/// Name and version of the JSON format.
pub const SCHEMA: &str = "calib.check/1";

/// How a log would be read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Check {
    /// Always [`SCHEMA`].
    pub schema: &'static str,
    /// Version of the program that made it.
    pub calib_version: &'static str,
    /// Label of the log.
    pub label: String,
    /// Whether an audit would make a report.
    pub auditable: bool,
    /// Why it would not.
    pub refusal: Option<Refusal>,
    /// The files read, in order.
    pub files: Vec<CheckedFile>,
    /// Rows of all files.
    pub rows: RowsRead,
    /// The configuration file whose flags were used, if one was.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
    /// Scale the confidences are read on.
    pub confidence_scale: String,
    /// The columns that play a role, in the order of roles.
    pub roles: Vec<RoleColumn>,
    /// The columns that play none, in order of name.
    pub unused: Vec<UnusedColumn>,
    /// Rows left out, by reason.
    pub bad_rows: Vec<BadRows>,
    /// What the audit will be able to say.
    pub figures: Vec<Ability>,
    /// What a reader should know of how the log was read.
    pub warnings: Vec<Warning>,
    /// The command that makes the same report with every role pinned; `None` where there would be none.
    pub command: Option<Pinned>,
}

/// Why an audit would make no report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
    /// Its code.
    pub code: &'static str,
    /// The headline of the code.
    pub title: &'static str,
    /// What was found.
    pub message: String,
    /// What to do about it.
    pub help: Vec<String>,
}

/// One file of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CheckedFile {
    /// Path as given, `-` for standard input.
    pub path: String,
    /// How rows are written, for example `jsonl`.
    pub format: String,
    /// How it is compressed, for example `gz`; `None` where it is not.
    pub codec: Option<String>,
    /// Preset in force, if any.
    pub preset: Option<String>,
    /// Where its rows went.
    pub rows: RowsRead,
}

/// The row account: `read = used + Σ skipped`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct RowsRead {
    /// Rows read.
    pub read: u64,
    /// Rows that would enter the figures.
    pub used: u64,
    /// Rows left out, by reason.
    pub skipped: BTreeMap<String, u64>,
}

/// A column that plays a role.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct RoleColumn {
    /// The role.
    pub role: &'static str,
    /// The column.
    pub column: String,
    /// `flag` where a flag names it, else `name`.
    pub by: &'static str,
    /// Whether another column could play the role as well.
    pub contested: bool,
    /// Whether the column says the opposite of the role.
    pub inverted: bool,
    /// The first three distinct values, in the order of the files.
    pub samples: Vec<String>,
    /// Rows with a value.
    pub present: u64,
    /// Rows whose value says that there is none.
    pub empty: u64,
    /// How often each value occurs; `None` where there are more than 64, or where the role is a number.
    pub values: Option<Vec<ValueCount>>,
    /// How the numbers lie, where the role is a number.
    pub histogram: Option<Histogram>,
}

/// A value and how often it occurs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ValueCount {
    /// The value, as a message shows it.
    pub value: String,
    /// How often it occurs.
    pub count: u64,
}

/// A histogram of equal bins.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Histogram {
    /// Lower end of the first bin.
    pub lower: f64,
    /// Upper end of the last bin.
    pub upper: f64,
    /// Numbers in each bin; one on an edge counts in the bin above.
    pub bins: Vec<u64>,
    /// Numbers beyond both ends.
    pub outside: u64,
    /// The smallest number; `None` where it is infinite.
    pub least: Option<f64>,
    /// The largest number; `None` where it is infinite.
    pub most: Option<f64>,
}

/// A column that plays no role.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnusedColumn {
    /// The column.
    pub column: String,
    /// Whether a flag such as --where reads it.
    pub read_by_flag: bool,
    /// The role it may be meant for.
    pub perhaps: Option<&'static str>,
}

/// The rows left out for one reason.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BadRows {
    /// Its code.
    pub code: &'static str,
    /// Its name where rows are counted.
    pub reason: &'static str,
    /// The headline of the code.
    pub title: &'static str,
    /// How many rows.
    pub count: u64,
    /// The first of them.
    pub examples: Vec<BadRow>,
}

/// One bad row.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BadRow {
    /// The file.
    pub path: String,
    /// Physical line, from 1.
    pub line: Option<u64>,
    /// Character in the line, from 1.
    pub column: Option<u64>,
    /// Row, from 1, where the format has no lines.
    pub row: Option<u64>,
    /// The column of the table, where the format has no lines.
    pub field: Option<String>,
    /// The part of the line around it.
    pub excerpt: Option<String>,
    /// What was found, what was expected.
    pub message: String,
    /// What to do about it.
    pub help: Vec<String>,
}

impl BadRow {
    /// The row and the column of the table in words, where the format has no lines.
    #[must_use]
    pub fn cell(&self) -> Option<String> {
        let row = format!("row {}", self.row?);
        Some(match &self.field {
            Some(field) => format!("{row}, column `{field}`"),
            None => row,
        })
    }
}

/// Figures that stand or fall together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Ability {
    /// What they tell.
    pub figures: &'static str,
    /// Whether the audit will tell it.
    pub told: bool,
    /// Rows they would rest on.
    pub rows: u64,
    /// What these rows are, or what is missing.
    pub message: String,
}

/// A command line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Pinned {
    /// The program and its arguments.
    pub arguments: Vec<String>,
    /// The same, quoted for a shell.
    pub line: String,
    /// Roles that no flag can pin without changing how they are read; they go by the name of their column.
    pub unpinned: Vec<&'static str>,
}
