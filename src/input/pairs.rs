//! `--pairs`: wide tables, in which each pair of columns of a line is a row.

use std::collections::BTreeMap;
use std::rc::Rc;

use super::bad::RowError;
use super::columns::{NO_COLUMN, hash};
use super::mapping::Mapping;
use super::reader::{Emit, Reader, RowPlace};
use super::roles::Role;
use super::slots::Slots;
use super::value::{Raw, Value};
use crate::codes;
use crate::error::Error;

/// `--pairs 'P=Q'`: columns that match P hold confidences, those that match Q say whether they came true.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pairs {
    confidence: Pattern,
    correct: Pattern,
    /// The role that takes what `*` matched (`--as`).
    pub(crate) role: Option<Role>,
}

/// The name of a column with one `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Pattern {
    before: String,
    after: String,
}

/// A column of one pair: which side it is, and what `*` matched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Side {
    pub(crate) role: Role,
    pub(crate) name: Rc<str>,
}

/// Which sides of a pair some row has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sides {
    pub(crate) confidence: bool,
    pub(crate) correct: bool,
}

impl Sides {
    /// One of them.
    pub(super) fn of(side: &Side) -> Self {
        Self {
            confidence: side.role == Role::Confidence,
            correct: side.role == Role::Correct,
        }
    }

    /// Adds those of other rows.
    pub(super) fn merge(&mut self, other: Self) {
        let Self {
            confidence,
            correct,
        } = other;
        self.confidence |= confidence;
        self.correct |= correct;
    }
}

/// The columns of pairs that were met, by what `*` matched.
pub(crate) type Met = BTreeMap<String, Sides>;

impl Pattern {
    fn parse(text: &str) -> Option<Self> {
        let (before, after) = text.split_once('*')?;
        (!after.contains('*')).then(|| Self {
            before: before.to_owned(),
            after: after.to_owned(),
        })
    }

    /// What `*` stands for in this name.
    fn matched<'n>(&self, name: &'n str) -> Option<&'n str> {
        name.strip_prefix(self.before.as_str())?
            .strip_suffix(self.after.as_str())
    }

    /// The name in which `*` stands for this.
    fn name(&self, matched: &str) -> String {
        format!("{}{matched}{}", self.before, self.after)
    }

    fn letters(&self) -> usize {
        self.before.len() + self.after.len()
    }
}

impl Pairs {
    /// Parses `P=Q`.
    ///
    /// # Errors
    /// When a pattern has not exactly one `*`, or both are one.
    pub fn parse(text: &str) -> Result<Self, String> {
        let patterns = text
            .split_once('=')
            .and_then(|(p, q)| Some((Pattern::parse(p)?, Pattern::parse(q)?)));
        match patterns {
            None => Err(
                "expected 'P=Q', two names of columns with one * each: first that of the confidences, then that of the outcomes"
                    .to_owned(),
            ),
            Some((confidence, correct)) if confidence == correct => {
                Err("both patterns name the same columns".to_owned())
            }
            Some((confidence, correct)) => Ok(Self {
                confidence,
                correct,
                role: None,
            }),
        }
    }

    /// The same pairs, told apart by a role.
    #[must_use]
    pub fn with_role(self, role: Option<Role>) -> Self {
        Self { role, ..self }
    }

    /// The patterns, as the flag says them.
    #[must_use]
    pub fn text(&self) -> String {
        format!("{}={}", self.confidence.name("*"), self.correct.name("*"))
    }

    /// Which side of a pair a column is. Of two patterns that match, the one that says more of the name is meant.
    pub(super) fn side(&self, path: &str) -> Option<Side> {
        let confidence = self.confidence.matched(path);
        let correct = self.correct.matched(path);
        let longer = self.confidence.letters() > self.correct.letters();
        let (role, name) = match (confidence, correct) {
            (Some(name), None) => (Role::Confidence, name),
            (Some(name), Some(_)) if longer => (Role::Confidence, name),
            (_, Some(name)) => (Role::Correct, name),
            (None, None) => return None,
        };
        Some(Side {
            role,
            name: name.into(),
        })
    }

    /// Whether the confidences have a pattern that every column matches, so that only the other one tells pairs.
    pub(super) fn is_open(&self) -> bool {
        self.confidence.letters() == 0
    }

    /// The patterns with the roles they serve, for the report.
    pub(super) fn served(&self) -> [(Role, String); 2] {
        [
            (Role::Confidence, self.confidence.name("*")),
            (Role::Correct, self.correct.name("*")),
        ]
    }

    /// Checks that every column has its partner.
    ///
    /// # Errors
    /// When one has not, or no column matches.
    pub(super) fn check(&self, met: &Met) -> Result<(), Error> {
        let whole = |sides: &Sides| sides.confidence && sides.correct;
        let alone = met
            .iter()
            .find(|(_, sides)| !whole(sides) && (sides.correct || !self.is_open()));
        if let Some((name, sides)) = alone {
            let (confidence, correct) = (self.confidence.name(name), self.correct.name(name));
            let (there, missing) = match sides.confidence {
                true => (confidence, correct),
                false => (correct, confidence),
            };
            let detail =
                format!("the column `{there}` matches --pairs, and no row has `{missing}`");
            return Err(Error::new(&codes::UNPAIRED_COLUMN, detail)
                .help("give patterns that match both columns of each pair, and no other"));
        }
        if met.values().any(whole) {
            return Ok(());
        }
        let detail = format!("--pairs says {}, and no columns match", self.text());
        Err(Error::new(&codes::NO_SUCH_FIELD, detail)
            .help("write each * where the names of the columns differ from pair to pair"))
    }
}

/// Parses the argument of `--as`: a role that can tell pairs apart.
///
/// # Errors
/// When the role is another.
pub fn parse_as(text: &str) -> Result<Role, String> {
    match Mapping::role(text)? {
        role @ (Role::Model | Role::Task) => Ok(role),
        role => Err(format!(
            "{} cannot be told by the name of a column; use model or task",
            role.name()
        )),
    }
}

/// The two values of a pair.
#[derive(Default)]
struct Cells<'a> {
    confidence: Option<Value<'a>>,
    correct: Option<Value<'a>>,
}

impl Reader<'_> {
    /// Reads each pair of a line as a row; a pair whose cells are both empty is counted apart.
    pub(super) fn accept_pairs(
        &mut self,
        pairs: &Pairs,
        row: &dyn RowPlace,
        slots: &mut Slots<'_>,
        emit: &mut Emit<'_>,
    ) -> Result<(), Error> {
        let fields = self.fields();
        let cells = cells(slots, pairs.is_open());
        if cells.is_empty() {
            let detail = "the row has no pair of the columns that --pairs names";
            self.reject(row, RowError::new(&codes::NOTHING_TO_AUDIT, 0, detail));
        }
        let columns = pairs.served().map(|(_, pattern)| hash(&pattern));
        for (name, pair) in cells {
            let empty = |cell: &Option<Value<'_>>| cell.as_ref().is_none_or(|v| v.raw.is_missing());
            if empty(&pair.confidence) && empty(&pair.correct) {
                self.account(row.file()).skip(&codes::EMPTY_PAIR, || None);
                continue;
            }
            let mut slots = slots.clone();
            let sides = [
                (Role::Confidence, pair.confidence),
                (Role::Correct, pair.correct),
            ];
            for ((role, value), column) in sides.into_iter().zip(columns) {
                let none = Value {
                    raw: Raw::Null,
                    at: 0,
                };
                fields.set(&mut slots, role, value.unwrap_or(none), column);
            }
            if let Some(role) = pairs.role {
                let raw = Raw::Text(name.to_string().into());
                fields.set(&mut slots, role, Value { raw, at: 0 }, NO_COLUMN);
            }
            self.judge(row, &mut slots, emit)?;
        }
        Ok(())
    }
}

/// The cells of each pair of a line, by what `*` matched.
fn cells<'a>(slots: &mut Slots<'a>, open: bool) -> BTreeMap<Rc<str>, Cells<'a>> {
    let mut cells: BTreeMap<Rc<str>, Cells<'a>> = BTreeMap::new();
    for (side, value) in slots.take_cells() {
        let pair = cells.entry(side.name).or_default();
        match side.role {
            Role::Confidence => pair.confidence = Some(value),
            _ => pair.correct = Some(value),
        }
    }
    if open {
        cells.retain(|_, pair| pair.correct.is_some());
    }
    cells
}

#[cfg(test)]
mod tests {
    use super::*;

    fn side(pairs: &Pairs, path: &str) -> Option<(Role, String)> {
        pairs
            .side(path)
            .map(|side| (side.role, side.name.to_string()))
    }

    #[test]
    fn the_pattern_that_says_more_wins() {
        let pairs = Pairs::parse("prob*=prob*_outcome").unwrap();
        assert_eq!(side(&pairs, "prob1"), Some((Role::Confidence, "1".into())));
        assert_eq!(
            side(&pairs, "prob1_outcome"),
            Some((Role::Correct, "1".into()))
        );
        assert_eq!(side(&pairs, "team"), None);
        let pairs = Pairs::parse("p_*_conf=p_*").unwrap();
        assert_eq!(
            side(&pairs, "p_a_conf"),
            Some((Role::Confidence, "a".into()))
        );
        assert!(Pairs::parse("*=*_outcome").unwrap().is_open());
    }

    #[test]
    fn other_forms_are_refused() {
        for text in ["prob*", "prob=won", "p**=q*", "p*=q", "p*=p*"] {
            assert!(Pairs::parse(text).is_err(), "{text}");
        }
    }
}
