//! Rows written alike: the text between their values, learned from one row, is compared instead of read.
//!
//! A row that has the same text between its values has the same columns in the same order, and its grammar was checked
//! when that text was learned. Its values are read as in any row. Whatever differs is read from the beginning without a
//! template, so that a template can change nothing but the time it takes.

use std::rc::Rc;

use super::account::Notes;
use super::json::Scanner;
use super::keys::Keys;
use super::plain::{Asked, Plan};
use super::resolver::{Column, Resolver};
use super::row::RowRules;
use super::slots::Slots;
use super::value::Value;

/// Templates of the rows of a log, the one that fitted last before the others.
#[derive(Default)]
pub(super) struct Templates {
    known: Vec<Template>,
    learned: usize,
    keys: Keys,
}

/// Kinds of rows remembered.
const KNOWN: usize = 4;
/// Templates learned before the rows of a log are taken to have no order.
const MOST_LEARNED: usize = 32;
/// Deepest object with columns of its own in a template.
const DEEPEST: usize = 16;

/// The text of a row but for its values.
struct Template {
    leaves: Vec<Leaf>,
    /// What follows the last value.
    tail: Box<str>,
    /// How its plainest rows are read.
    plan: Option<Plan>,
}

/// A value that is no object.
struct Leaf {
    /// The text between the value before and this one.
    lead: Box<str>,
    column: Rc<Column>,
}

impl Templates {
    /// Puts the values of a row into their slots; false, and no value, where it fits no template.
    pub(super) fn fill<'a>(&mut self, row: &'a str, slots: &mut Slots<'a>) -> bool {
        for at in 0..self.known.len() {
            if self.known[at].fill(row, slots).is_some() {
                self.known.swap(0, at);
                return true;
            }
            slots.clear();
        }
        false
    }

    /// Reads a row of the plainest kind: the values of its `--by` fields; none, and nothing noted, where it is another.
    pub(super) fn read(&mut self, row: &str, asked: &mut Asked<'_>) -> Option<&[String]> {
        let read = (0..self.known.len()).find(|at| self.known[*at].read(row, asked).is_some());
        let Some(at) = read else {
            return self.keys.read(row, asked);
        };
        self.known.swap(0, at);
        let plan = self.known.first()?.plan.as_ref()?;
        Some(plan.group())
    }

    /// Learns the template of a row that was read without one.
    pub(super) fn learn(
        &mut self,
        row: &str,
        rules: &RowRules,
        resolver: &mut Resolver<'_>,
        notes: &mut Notes,
    ) {
        if self.learned == MOST_LEARNED {
            return;
        }
        self.learned += 1;
        let mut learner = Learner {
            scanner: Scanner::new(row),
            path: String::new(),
            end: 0,
            leaves: Vec::new(),
            keys: &mut self.keys,
            resolver,
            notes,
        };
        let learned = learner.object(0).is_some();
        learner.keys.settle(rules);
        if learned {
            let leaves = learner.leaves;
            let read = leaves.iter().map(|leaf| &*leaf.column);
            let read = read.filter(|column| column.is_read()).map(Column::targets);
            let plan = || Plan::of(read, &rules.fields);
            let template = Template {
                tail: row[learner.end..].trim_end().into(),
                plan: rules.are_plain().then(plan).flatten(),
                leaves,
            };
            self.known.truncate(KNOWN - 1);
            self.known.insert(0, template);
        }
    }
}

impl Template {
    fn read(&mut self, row: &str, asked: &mut Asked<'_>) -> Option<()> {
        let plan = self.plan.as_mut()?;
        let mut scanner = Scanner::new(row);
        let mut values = Default::default();
        let mut read = 0;
        for Leaf { lead, column } in &self.leaves {
            scanner.pass(lead)?;
            if column.is_read() {
                plan.take(read, scanner.plain_scalar()?, &mut values)?;
                read += 1;
            } else {
                scanner.pass_unread()?;
            }
        }
        scanner.pass(&self.tail)?;
        scanner.end().ok()?;
        plan.record(&values, asked)
    }

    fn fill<'a>(&self, row: &'a str, slots: &mut Slots<'a>) -> Option<()> {
        let mut scanner = Scanner::new(row);
        for Leaf { lead, column } in &self.leaves {
            scanner.pass(lead)?;
            let at = scanner.at;
            if column.is_read() {
                let raw = scanner.value().ok()?;
                column.fill(slots, Value { raw, at });
            } else {
                scanner.pass_unread()?;
            }
        }
        scanner.pass(&self.tail)?;
        scanner.end().ok()
    }
}

impl Scanner<'_> {
    /// Passes a value that nobody reads; none of an object, as what it holds are columns of their own.
    pub(super) fn pass_unread(&mut self) -> Option<()> {
        match self.peek()? {
            b'{' => None,
            b'"' => self.skip_string().ok(),
            _ => self.skip().ok(),
        }
    }
}

/// A row of which a template is made: its grammar was checked.
struct Learner<'l, 'r> {
    scanner: Scanner<'l>,
    path: String,
    /// Where the last value ended.
    end: usize,
    leaves: Vec<Leaf>,
    keys: &'l mut Keys,
    resolver: &'l mut Resolver<'r>,
    notes: &'l mut Notes,
}

impl Learner<'_, '_> {
    /// The values of an object that begins here; none of one that is too deep.
    fn object(&mut self, depth: usize) -> Option<()> {
        self.scanner.space();
        self.scanner.expect(b'{', "").ok()?;
        self.scanner.space();
        if self.scanner.peek() == Some(b'}') {
            self.scanner.at += 1;
            return (depth <= DEEPEST).then_some(());
        }
        loop {
            self.scanner.space();
            let key = self.scanner.key().ok()?;
            let parent = self.path.len();
            if depth > 0 {
                self.path.push('.');
            }
            self.path.push_str(&key);
            self.member(depth)?;
            self.path.truncate(parent);
            self.scanner.space();
            let next = self.scanner.peek();
            self.scanner.at += 1;
            match next {
                Some(b',') => {}
                Some(b'}') if depth <= DEEPEST => return Some(()),
                _ => return None,
            }
        }
    }

    fn member(&mut self, depth: usize) -> Option<()> {
        let column = self.resolver.column(&self.path, self.notes);
        if self.scanner.peek() == Some(b'{') && !column.is_read() {
            return self.object(depth + 1);
        }
        let at = self.scanner.at;
        self.scanner.skip().ok()?;
        if depth == 0 {
            self.keys.learn(&self.path, &column);
        }
        self.leaves.push(Leaf {
            lead: self.scanner.text.get(self.end..at)?.into(),
            column,
        });
        self.end = self.scanner.at;
        Some(())
    }
}
