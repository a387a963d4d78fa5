//! `--join`: columns of a second file, added to the rows of the log by a key.

use std::collections::BTreeMap;

use super::account::Notes;
use super::bad::RowError;
use super::blocks::{BLOCK, Blocks};
use super::columns::{Claim, Columns};
use super::limits::Limits;
use super::opening::Opening;
use super::presets::PresetChoice;
use super::reader::Reader;
use super::roles::Role;
use super::row::RowRules;
use super::slots::{Slots, Stored};
use super::source::Log;
use super::survey::Survey;
use super::value::Value;
use crate::codes;
use crate::error::{Error, Place};

/// `--join FILE` or `--join 'FILE on FIELD'`, and once it was read, the rows of the file.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Join {
    path: String,
    field: Option<String>,
    /// The slot of the key.
    slot: usize,
    rows: BTreeMap<String, Row>,
    columns: Columns,
}

/// A row of the second file.
#[derive(Clone, Debug, PartialEq)]
struct Row {
    number: usize,
    values: Vec<Stored>,
}

/// Which rows of the second file were asked for. Merges as a set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Asked(Vec<u64>);

impl Asked {
    fn insert(&mut self, row: usize) {
        if self.0.len() <= row / 64 {
            self.0.resize(row / 64 + 1, 0);
        }
        if let Some(word) = self.0.get_mut(row / 64) {
            *word |= 1 << (row % 64);
        }
    }

    fn len(&self) -> usize {
        self.0.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.0.resize(self.0.len().max(other.0.len()), 0);
        for (word, more) in self.0.iter_mut().zip(&other.0) {
            *word |= more;
        }
    }
}

impl Join {
    /// Where the second file is.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Parses `FILE` or `FILE on FIELD`.
    ///
    /// # Errors
    /// When no file is named.
    pub fn parse(text: &str) -> Result<Self, String> {
        let (path, field) = match text.rsplit_once(" on ") {
            Some((path, field)) if !field.trim().is_empty() => (path, Some(field.trim())),
            _ => (text, None),
        };
        match path.trim() {
            "" => Err("expected FILE or 'FILE on FIELD'".to_owned()),
            "-" => Err("the file of --join cannot be standard input".to_owned()),
            path => Ok(Self {
                path: path.to_owned(),
                field: field.map(str::to_owned),
                ..Self::default()
            }),
        }
    }

    /// The field of both files that holds the key; else it is the role `id`.
    pub(super) fn field(&self) -> Option<&str> {
        self.field.as_deref()
    }

    /// The flag, as it is written.
    #[must_use]
    pub fn text(&self) -> String {
        match &self.field {
            Some(field) => format!("{} on {field}", self.path),
            None => self.path.clone(),
        }
    }

    /// Reads the second file by the rules of the log: only columns that something reads are kept.
    pub(super) fn load(mut self, rules: &RowRules, limits: Limits) -> Result<Self, Error> {
        self.slot = rules.fields.key_slot();
        let mut reader = Reader::loading(rules, Loading::new(self.slot));
        for block in self.blocks(limits)? {
            // Records are what a log becomes; here the rows are kept as they are.
            reader.read(&block?, &mut |_, _| Ok(()))?;
        }
        let what = self.field().unwrap_or("id");
        let known = {
            let columns = &reader.notes.columns;
            let role = Role::named(what).is_some_and(|role| !columns.serving(role).is_empty());
            role || columns.paths.contains_key(what)
        };
        if !known {
            let detail = format!("no row of the file of --join has the key `{what}`");
            let list = format!("its fields are {}", reader.notes.columns.list());
            let error = Error::new(&codes::NO_SUCH_FIELD, detail).at(Place::file(&self.path));
            return Err(error.help(list));
        }
        if let Some(bad) = reader.accounts.values().find_map(|account| {
            let mut reasons = account.reasons();
            reasons.find_map(|(_, _, examples)| examples.first().cloned())
        }) {
            return Err(bad.help("the file of --join may have no bad rows"));
        }
        let columns = std::mem::take(&mut reader.notes.columns);
        let Some(loading) = reader.loading else {
            return Ok(self);
        };
        self.rows = loading.rows;
        let key = self.field().and_then(Role::named).unwrap_or(Role::Id);
        let is_key = |path: &str, claim: Claim| {
            self.field() == Some(path) || [key, Role::Id].iter().any(|r| claim.roles.contains(*r))
        };
        self.columns = columns.read_for(|path, claim| !is_key(path, claim));
        if self.columns.paths.is_empty() {
            let error = Error::new(
                &codes::NO_SUCH_FIELD,
                "no column of the file of --join is read",
            );
            let list = format!(
                "its fields are {}: give one a role with --map",
                columns.list()
            );
            return Err(error.at(Place::file(&self.path)).help(list));
        }
        Ok(self)
    }

    /// The second file, which is read as it stands: of which tool the log is says nothing about it.
    fn blocks(&self, limits: Limits) -> Result<Blocks, Error> {
        let opening = Opening {
            preset: PresetChoice::None,
            limits,
            ..Opening::default()
        };
        let survey = Survey::of(&mut Log::of_file(&self.path), &opening)?;
        Ok(Blocks::new(std::slice::from_ref(&self.path), survey, BLOCK))
    }

    /// Adds the columns to a row of the log.
    pub(super) fn add<'a, 'r: 'a>(&'r self, slots: &mut Slots<'a>, notes: &mut Notes) {
        let key = slots.get(self.slot).filter(|value| !value.raw.is_missing());
        let Some(row) = key.and_then(|value| self.rows.get(value.raw.text()?)) else {
            notes.unjoined += 1;
            return;
        };
        notes.joined.insert(row.number);
        for stored in &row.values {
            let value = Value {
                raw: stored.raw.borrowed(),
                at: 0,
            };
            slots.put(stored.target, value, stored.column);
        }
    }

    /// Whether a column of the log has the name of a column that is added to it.
    pub(super) fn clashes(&self, path: &str, claim: Claim) -> bool {
        claim != Claim::default() && self.columns.paths.contains_key(path)
    }

    /// The error of such a column.
    pub(super) fn clash(&self, column: &str) -> Error {
        let detail = format!("the column {column} stands in the log and in {}", self.path);
        Error::new(&codes::AMBIGUOUS_COLUMNS, detail)
            .help("rename it in one of the files, or map its role to another column")
    }

    /// What is added to every row counts as met in the log.
    pub(crate) fn note(&self, notes: &mut Notes) {
        notes.columns.merge(self.columns.clone());
    }

    /// Rows of the second file that no row of the log asked for.
    pub(super) fn never_asked(&self, notes: &Notes) -> usize {
        self.rows.len() - notes.joined.len()
    }
}

/// The rows of the second file while it is read.
pub(super) struct Loading {
    slot: usize,
    rows: BTreeMap<String, Row>,
}

impl Loading {
    fn new(slot: usize) -> Self {
        let rows = BTreeMap::new();
        Self { slot, rows }
    }

    /// Keeps a row.
    ///
    /// # Errors
    /// When it has no key, or one that was there before.
    pub(super) fn keep(&mut self, slots: &Slots<'_>) -> Result<(), RowError> {
        let key = slots.get(self.slot);
        let text = key
            .filter(|value| !value.raw.is_missing())
            .and_then(|value| value.raw.text());
        let Some((key, at)) = text.zip(key.map(|value| value.at)) else {
            let detail = "the row has no key to join by";
            return Err(RowError::new(&codes::BAD_JOIN, 0, detail).help(codes::BAD_JOIN.remedy));
        };
        let column = slots.column(self.slot);
        let kept = |stored: &Stored| {
            let slot = usize::from(stored.target.slot);
            Some(stored.column) != column && slot != self.slot && slot != Role::Id as usize
        };
        let row = Row {
            number: self.rows.len(),
            values: slots.stored().filter(kept).collect(),
        };
        if self.rows.insert(key.to_owned(), row).is_none() {
            return Ok(());
        }
        let detail = format!("the key {key} stands in two rows");
        Err(RowError::new(&codes::BAD_JOIN, at, detail).help(codes::BAD_JOIN.remedy))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings_are_read() {
        let plain = Join::parse("labels.csv").unwrap();
        assert_eq!((plain.path.as_str(), plain.field()), ("labels.csv", None));
        let on = Join::parse("on it.csv on question.id").unwrap();
        assert_eq!(
            (on.path.as_str(), on.field()),
            ("on it.csv", Some("question.id"))
        );
        assert!(Join::parse(" ").is_err());
        assert!(Join::parse("- on id").is_err());
    }

    #[test]
    fn what_was_asked_for_merges_as_a_set() {
        let asked = |rows: &[usize]| {
            let mut asked = Asked::default();
            for row in rows {
                asked.insert(*row);
            }
            asked
        };
        let mut merged = asked(&[1, 200]);
        merged.merge(&asked(&[1, 3]));
        assert_eq!((merged.len(), &merged), (3, &asked(&[200, 3, 1])));
    }
}
