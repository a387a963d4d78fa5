//! A log as evidence that can be kept: what was counted, of which files, and what made it. States merge exactly.

mod format;
mod merge;
mod version_1;
mod version_2;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::codes;
use crate::evidence::{Groups, MOST_ROWS, Partial};
use crate::input::{Definition, Finding};
use crate::record::{Abstained, Names};

pub use format::VERSION;
pub use merge::made_differently;

/// All that is kept of a log: every figure, with any bins, level or `--partial`, follows from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct State {
    /// Label of the log.
    pub label: String,
    /// The files it was read from.
    pub inputs: Vec<Input>,
    /// What made the evidence.
    pub definition: Definition,
    /// The flags it was read with, as the report lists them.
    pub flags: Flags,
    /// What a reader of the figures should know of how the log was read.
    pub findings: Vec<Finding>,
    /// The evidence of all rows, and of the groups of `--by`.
    pub groups: Groups,
    /// Names of the tasks and formats in it.
    pub names: Names,
}

/// Flags without their dashes, with what they say.
pub type Flags = BTreeMap<String, Vec<String>>;

/// One file whose rows are in the evidence.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// Path as given, `-` for standard input.
    pub path: String,
    /// Format found, for example `jsonl` or `csv.gz`.
    pub format: String,
    /// Preset that read it.
    pub preset: Option<String>,
    /// Rows used: answered, declined in part, declined.
    pub used: [u64; 3],
    /// Rows left out, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// Role → column.
    pub mapping: BTreeMap<String, String>,
}

impl Input {
    /// Rows used, as answered and abstained.
    #[must_use]
    pub fn behaved(&self, partial: Partial) -> (u64, u64) {
        let states = [Abstained::No, Abstained::Partial, Abstained::Full];
        let (mut answered, mut abstained) = (0, 0);
        for (state, rows) in states.into_iter().zip(self.used) {
            match partial.abstains(state) {
                true => abstained += rows,
                false => answered += rows,
            }
        }
        (answered, abstained)
    }

    /// Rows left out.
    #[must_use]
    pub fn left_out(&self) -> u64 {
        self.skipped.values().sum()
    }
}

impl State {
    /// Rows that were used and enter no count: those of weight 0, and those that only objectives look at.
    fn beside(&self) -> u64 {
        let beside = [&codes::WEIGHTLESS_ROWS, &codes::SILENT_ROWS];
        let found = self.findings.iter();
        let counts = found.filter(|finding| beside.contains(&finding.code));
        counts.fold(0, |sum, finding| sum.saturating_add(finding.count))
    }

    /// Checks what its bytes alone do not show: that some log can have given it.
    fn check(&self) -> Result<(), &'static str> {
        let rows = |sum: u64, count: &u64| sum.checked_add(*count).filter(|sum| *sum <= MOST_ROWS);
        let used = self.inputs.iter().flat_map(|input| &input.used);
        let skipped = self.inputs.iter().flat_map(|input| input.skipped.values());
        let used = used.clone().try_fold(0, rows).ok_or("too many rows")?;
        skipped
            .clone()
            .try_fold(0, rows)
            .ok_or("too many rows left out")?;
        self.groups.check(self.definition.by.len())?;
        if !self.names.is_sound() {
            return Err("names that are not those of their hashes");
        }
        if self.inputs.is_empty() || used < self.groups.all().rows() {
            return Err("rows of no file");
        }
        if used > self.groups.all().rows().saturating_add(self.beside()) {
            return Err("more rows read than are counted");
        }
        match self.findings.iter().all(Finding::agrees) {
            true => Ok(()),
            false => Err("a finding that miscounts"),
        }
    }
}

/// The flags of several logs: those of each, once.
#[must_use]
pub fn joined_flags<'f>(all: impl IntoIterator<Item = &'f Flags>) -> Flags {
    let mut joined: Flags = BTreeMap::new();
    let mut all = all.into_iter();
    if let Some(first) = all.next() {
        joined.clone_from(first);
    }
    for flags in all {
        for (flag, values) in flags {
            let known = joined.entry(flag.clone()).or_default();
            if known != values {
                known.extend(values.iter().cloned());
                known.sort();
                known.dedup();
            }
        }
    }
    joined
}
