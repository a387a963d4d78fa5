//! Rows written alike: the text between their values, learned from one row, is compared instead of read.
//!
//! A row that has the same text between its values has the same columns in the same order, and its grammar was checked
//! when that text was learned. Its values are read as in any row. Whatever differs is read from the beginning without a
//! template, so that a template can change nothing but the time it takes.

use std::ops::Range;
use std::rc::Rc;

use super::json::Scanner;
use super::keys::Keys;
use super::plain::{Asked, Plan};
use super::quick::{self, Lead};
use super::resolver::Column;
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

/// The text of a row but for its values.
struct Template {
    leaves: Vec<Leaf>,
    /// What follows the last value.
    tail: Lead,
    /// How its plainest rows are read.
    plan: Option<Plan>,
}

/// A value that was met in a row, and is no object with columns of its own.
pub(super) struct Met {
    /// Its key, unless it stands in another object.
    pub(super) key: Option<String>,
    pub(super) column: Rc<Column>,
    /// Where in the row it stands.
    pub(super) place: Range<usize>,
}

impl Met {
    /// Most values of a row that is learned from.
    pub(super) const MOST: usize = 1_024;
}

/// A value of a template.
struct Leaf {
    /// The text between the value before and this one.
    lead: Lead,
    column: Rc<Column>,
    /// Whether anything takes it.
    read: bool,
}

impl Templates {
    /// None yet; of rules that ask for rows to be read without them, none ever.
    pub(super) fn of(rules: &RowRules) -> Self {
        Self {
            learned: if rules.unhurried { MOST_LEARNED } else { 0 },
            ..Self::default()
        }
    }

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
        if at > 0 {
            self.known.swap(0, at);
        }
        let plan = self.known.first()?.plan.as_ref()?;
        Some(plan.group())
    }

    /// Whether more rows are looked at to learn from.
    pub(super) fn learns(&self) -> bool {
        self.learned < MOST_LEARNED
    }

    /// Learns the template of a row that was read without one, from where its values stand.
    pub(super) fn learn(&mut self, row: &str, met: Vec<Met>, rules: &RowRules) {
        self.learned += 1;
        if met.len() > Met::MOST {
            return;
        }
        for Met { key, column, .. } in &met {
            if let Some(key) = key {
                self.keys.learn(key, column);
            }
        }
        self.keys.settle(rules);
        if let Some(template) = Template::of(row, met, rules) {
            self.known.truncate(KNOWN - 1);
            self.known.insert(0, template);
        }
    }
}

impl Template {
    fn of(row: &str, met: Vec<Met>, rules: &RowRules) -> Option<Self> {
        let mut end = 0;
        let mut leaves = Vec::with_capacity(met.len());
        for Met { column, place, .. } in met {
            let lead = Lead::of(row.get(end..place.start)?);
            let read = column.is_read();
            leaves.push(Leaf { lead, column, read });
            end = place.end;
        }
        let read = leaves.iter().filter(|leaf| leaf.read);
        Some(Self {
            tail: Lead::of(row.get(end..)?.trim_end()),
            plan: Plan::of(read.map(|leaf| leaf.column.targets()), rules),
            leaves,
        })
    }

    fn read(&mut self, row: &str, asked: &mut Asked<'_>) -> Option<()> {
        let plan = self.plan.as_mut()?;
        let mut rest = row.as_bytes();
        let mut values = Default::default();
        let mut at = 0;
        for Leaf { lead, read, .. } in &self.leaves {
            rest = lead.passed(rest)?;
            if *read {
                rest = plan.take_json(at, row, rest, &mut values)?;
                at += 1;
            } else {
                rest = unread(row, rest)?;
            }
        }
        rest = self.tail.passed(rest)?;
        Scanner::before(row, rest).end().ok()?;
        plan.record(&values, asked)
    }

    fn fill<'a>(&self, row: &'a str, slots: &mut Slots<'a>) -> Option<()> {
        let mut scanner = Scanner::new(row);
        for Leaf { lead, column, read } in &self.leaves {
            scanner.follow(lead)?;
            let at = scanner.at;
            if *read {
                let raw = scanner.value().ok()?;
                column.fill(slots, Value { raw, at });
            } else {
                scanner.pass_unread()?;
            }
        }
        scanner.follow(&self.tail)?;
        scanner.end().ok()
    }
}

/// What follows a value that nobody reads; none of an object, as what it holds are columns of their own.
#[inline]
pub(super) fn unread<'a>(row: &'a str, rest: &'a [u8]) -> Option<&'a [u8]> {
    if let Some((_, rest)) = quick::string(rest) {
        return Some(rest);
    }
    let mut scanner = Scanner::before(row, rest);
    scanner.pass_unread()?;
    Some(scanner.rest())
}

impl Scanner<'_> {
    /// Passes over exactly this text, if it is there.
    fn follow(&mut self, lead: &Lead) -> Option<()> {
        let rest = self.rest();
        self.at += rest.len() - lead.passed(rest)?.len();
        Some(())
    }

    /// Passes a value that nobody reads; none of an object, as what it holds are columns of their own.
    #[inline]
    pub(super) fn pass_unread(&mut self) -> Option<()> {
        match self.peek()? {
            b'{' => None,
            b'"' => self.skip_string().ok(),
            _ => self.skip().ok(),
        }
    }
}
