//! Which column a path is, and where its values go.

use std::collections::HashMap;
use std::rc::Rc;

use super::account::Notes;
use super::columns::{Claim, hash};
use super::fields::{Fields, Readers, Target};
use super::pairs::{Side, Sides};
use super::roles::Role;
use super::slots::Slots;
use super::value::Value;

/// Where the values of one column go.
#[derive(Debug, Default)]
pub(super) struct Column {
    /// Hash of its path.
    id: u64,
    targets: Vec<Target>,
    side: Option<Side>,
}

impl Column {
    fn new(path: &str, targets: Vec<Target>, side: Option<Side>) -> Self {
        Self {
            id: hash(path),
            targets,
            side,
        }
    }

    /// Hash of its path.
    pub(super) fn id(&self) -> u64 {
        self.id
    }

    /// The slots of its values.
    pub(super) fn targets(&self) -> &[Target] {
        &self.targets
    }

    /// Whether anything takes its values.
    pub(super) fn is_read(&self) -> bool {
        !self.targets.is_empty() || self.side.is_some()
    }

    /// Puts a value into all its slots; false when this column has already done so in this row.
    pub(super) fn fill<'a>(&self, slots: &mut Slots<'a>, value: Value<'a>) -> bool {
        let mut first = true;
        if let Some(side) = &self.side {
            first &= slots.put_cell(side, value.clone());
        }
        let Some((last, others)) = self.targets.split_last() else {
            return first;
        };
        for target in others {
            first &= slots.put(*target, value.clone(), self.id);
        }
        first & slots.put(*last, value, self.id)
    }
}

/// Finds the column of a path, quickly when rows keep the order of their keys.
pub(super) struct Resolver<'r> {
    fields: &'r Fields,
    known: HashMap<String, Rc<Column>>,
    recent: Vec<(String, Rc<Column>)>,
    cursor: usize,
}

impl<'r> Resolver<'r> {
    /// Most paths remembered: objects keyed by ids have no end of them.
    const LIMIT: usize = 4_096;
    /// Longest path that is remembered though nobody reads it.
    const LONGEST: usize = 1_024;

    pub(super) fn new(fields: &'r Fields) -> Self {
        Self {
            fields,
            known: HashMap::new(),
            recent: Vec::new(),
            cursor: 0,
        }
    }

    pub(super) fn start_row(&mut self) {
        self.cursor = 0;
    }

    pub(super) fn column(&mut self, path: &str, notes: &mut Notes) -> Rc<Column> {
        let at = self.cursor;
        self.cursor += 1;
        if let Some((known, column)) = self.recent.get(at)
            && known == path
        {
            return Rc::clone(column);
        }
        let column = self.look_up(path, notes);
        if path.len() > Self::LONGEST {
            return column;
        }
        let entry = (path.to_owned(), Rc::clone(&column));
        if at < self.recent.len() {
            self.recent[at] = entry;
        } else if at < Self::LIMIT {
            self.recent.push(entry);
        }
        column
    }

    pub(super) fn look_up(&mut self, path: &str, notes: &mut Notes) -> Rc<Column> {
        if let Some(column) = self.known.get(path) {
            return Rc::clone(column);
        }
        let Readers {
            targets,
            claim,
            side,
        } = self.fields.readers(path);
        notes.columns.insert(path, claim);
        self.note(path, claim, side.as_ref(), notes);
        let column = Rc::new(Column::new(path, targets, side));
        let short = path.len() <= Self::LONGEST;
        if (short && self.known.len() < Self::LIMIT) || claim != Claim::default() {
            self.known.insert(path.to_owned(), Rc::clone(&column));
        }
        column
    }
}

impl Resolver<'_> {
    /// Notes what concerns columns together: pairs, and names that a second file has too.
    fn note(&self, path: &str, claim: Claim, side: Option<&Side>, notes: &mut Notes) {
        if let Some((pairs, side)) = self.fields.pairs.as_ref().zip(side) {
            let sides = notes.pairs.entry(side.name.to_string()).or_default();
            sides.merge(Sides::of(side));
            if side.role == Role::Correct {
                for (role, pattern) in pairs.served() {
                    notes.columns.meet(&pattern, Claim::of(role));
                }
            }
        }
        let join = self.fields.join.as_ref();
        if join.is_some_and(|join| join.clashes(path, claim)) {
            notes.clashes.insert(path.to_owned());
        }
    }
}
