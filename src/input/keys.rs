//! The plainest rows whose columns come in any order, or not all: each key is looked up among those met before.

use std::rc::Rc;

use super::json::Scanner;
use super::plain::{Asked, Plan, Values};
use super::resolver::Column;
use super::row::RowRules;

/// The keys of the rows of a log, outside of objects in them.
#[derive(Default)]
pub(super) struct Keys {
    known: Vec<Key>,
    /// The columns that are read, in the order in which they were met.
    columns: Vec<Rc<Column>>,
    /// How rows of these columns are read.
    plan: Option<Plan>,
}

struct Key {
    name: Box<str>,
    /// Which of the columns that are read it is.
    read: Option<usize>,
}

/// Most keys remembered.
const MOST: usize = 256;

impl Keys {
    /// Remembers the key of a value that is no object.
    pub(super) fn learn(&mut self, name: &str, column: &Rc<Column>) {
        if self.known.len() == MOST || self.known.iter().any(|known| *known.name == *name) {
            return;
        }
        let read = column.is_read().then_some(self.columns.len());
        if read.is_some() {
            self.columns.push(Rc::clone(column));
        }
        let name = name.into();
        self.known.push(Key { name, read });
    }

    /// Makes the plan anew once keys were learned.
    pub(super) fn settle(&mut self, rules: &RowRules) {
        let read = self.columns.iter().map(|column| column.targets());
        let told_apart = self.columns.len() <= u64::BITS as usize;
        self.plan = Plan::of(read, rules).filter(|_| told_apart);
    }

    /// Reads a row of the plainest kind: the values of its `--by` fields; none, and nothing noted, where it is another.
    pub(super) fn read(&mut self, row: &str, asked: &mut Asked<'_>) -> Option<&[String]> {
        let plan = self.plan.as_mut()?;
        plan.forget_group();
        let mut scanner = Scanner::new(row);
        let mut values = Values::default();
        let (mut seen, mut next) = (0_u64, 0);
        scanner.space();
        scanner.pass("{")?;
        loop {
            let name = scanner.plain_key()?;
            let mut places = (next..self.known.len()).chain(0..next);
            let at = places.find(|at| *self.known[*at].name == *name)?;
            next = at + 1;
            match self.known[at].read {
                Some(column) if seen >> column & 1 == 0 => {
                    seen |= 1 << column;
                    let rest = plan.take_json(column, row, scanner.rest(), &mut values)?;
                    scanner = Scanner::before(row, rest);
                }
                // A key that comes twice is for the scanner to tell of.
                Some(_) => return None,
                None => scanner.pass_unread()?,
            }
            scanner.space();
            if scanner.pass(",").is_none() {
                break;
            }
        }
        scanner.pass("}")?;
        scanner.end().ok()?;
        plan.record(&values, asked)?;
        Some(plan.group())
    }
}

impl<'a> Scanner<'a> {
    /// A key without escapes, with all that stands before its value.
    fn plain_key(&mut self) -> Option<&'a str> {
        self.space();
        let start = self.at + 1;
        (self.peek() == Some(b'"')).then_some(())?;
        self.skip_string().ok()?;
        let key = self.text.get(start..self.at - 1)?;
        self.space();
        self.pass(":")?;
        self.space();
        (!key.contains('\\')).then_some(key)
    }
}
