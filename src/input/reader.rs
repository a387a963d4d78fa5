//! What every format shares: columns find their slots, rows their record or their place among the bad ones.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::rc::Rc;

use super::account::{Account, Notes};
use super::bad::RowError;
use super::blocks::{Block, FileInfo};
use super::fields::Fields;
use super::join::Loading;
#[cfg(feature = "parquet")]
use super::parquet;
use super::plain::{Asked, Plan};
#[cfg(feature = "parquet")]
use super::plain::{Cells, Known};
use super::presets::Preset;
use super::resolver::{Column, Resolver};
use super::row::{Outcome, RowRules};
use super::samples::Samples;
use super::slots::Slots;
use super::sniff::Layout;
use super::template::Templates;
use super::whole::Tap;
use super::{csv, jsonl, rows};
use crate::error::{Error, Place};
use crate::record::Record;

/// Who takes the records of a block, with the values of the `--by` fields.
pub(crate) type Emit<'e> = dyn FnMut(&Record, &[String]) -> Result<(), Error> + 'e;

/// Where a value stands, as a person finds it.
pub(super) struct Located<'a> {
    /// Physical line.
    pub(super) line: u64,
    /// Bytes of that line.
    pub(super) row: &'a [u8],
    /// Byte of the value in the line.
    pub(super) at: usize,
}

impl Located<'_> {
    /// The character of the value in what is given of the line, from 1.
    pub(super) fn column(&self) -> u64 {
        let before = String::from_utf8_lossy(&self.row[..self.at.min(self.row.len())]);
        u64::try_from(before.chars().count())
            .unwrap_or(u64::MAX)
            .saturating_add(1)
    }
}

/// A row that can find its values again, for messages.
pub(super) trait RowPlace {
    /// The file it stands in.
    fn file(&self) -> &FileInfo;
    /// The row as one JSON object on one line; `named` asks for the key of a row that has no id of its own.
    fn json(&self, named: bool) -> Cow<'_, str>;
    /// The place of the value at this offset (JSON Lines: byte; delimited text: field).
    fn locate(&self, at: usize) -> Located<'_>;
    /// The place of the value at this offset in messages.
    fn place(&self, at: usize) -> Place {
        let located = self.locate(at);
        Place {
            line: Some(located.line),
            column: Some(located.column()),
            ..Place::file(&self.file().path)
        }
    }
}

/// The plainest rows of a block of a table.
pub(super) struct PlainRows {
    plan: Option<Plan>,
    /// What is known of the listed values of their columns.
    #[cfg(feature = "parquet")]
    known: Vec<Known>,
    /// What became of them.
    pub(super) account: Account,
}

impl PlainRows {
    /// Whether any may be read as such.
    #[cfg(feature = "parquet")]
    pub(super) fn reads(&self) -> bool {
        self.plan.is_some()
    }
}

/// Reads blocks; each worker has its own, and what they saw is merged.
pub(crate) struct Reader<'r> {
    pub(super) rules: &'r RowRules,
    pub(super) resolver: Resolver<'r>,
    headers: BTreeMap<usize, Rc<[Rc<Column>]>>,
    pub(crate) accounts: BTreeMap<usize, Account>,
    pub(crate) notes: Notes,
    pub(crate) samples: Samples,
    /// Where rows go that are no rows of a log.
    pub(super) loading: Option<Loading>,
    /// Who takes rows whole.
    pub(super) tap: Option<Box<Tap<'r>>>,
    pub(super) templates: Templates,
    /// How the plainest rows of a table are read.
    plans: BTreeMap<usize, Plan>,
    /// The last of these rows.
    record: Record,
}

impl<'r> Reader<'r> {
    pub(crate) fn new(rules: &'r RowRules) -> Self {
        Self {
            rules,
            resolver: Resolver::new(&rules.fields),
            headers: BTreeMap::new(),
            accounts: BTreeMap::new(),
            notes: Notes::default(),
            samples: Samples::default(),
            loading: None,
            tap: None,
            templates: Templates::of(rules),
            plans: BTreeMap::new(),
            record: Record::default(),
        }
    }

    /// A reader of the file of `--join`.
    pub(super) fn loading(rules: &'r RowRules, loading: Loading) -> Self {
        Self {
            loading: Some(loading),
            ..Self::new(rules)
        }
    }

    /// The preset that reads the log; a second file has none.
    pub(super) fn preset(&self) -> Option<&'static Preset> {
        self.rules.preset.filter(|_| self.loading.is_none())
    }

    pub(super) fn fields(&self) -> &'r Fields {
        &self.rules.fields
    }

    /// Reads all rows of a block.
    ///
    /// # Errors
    /// What `emit` returns; a bad row is counted instead.
    pub(crate) fn read(&mut self, block: &Block, emit: &mut Emit<'_>) -> Result<(), Error> {
        self.samples.start(block.file.index, block.first_line);
        match block.file.layout {
            Layout::JsonLines => jsonl::read(block, self, emit),
            Layout::Delimited(delimiter) => csv::read(block, delimiter, self, emit),
            Layout::Document => rows::read(block, self, emit),
            #[cfg(feature = "parquet")]
            Layout::Parquet => match &block.group {
                Some(group) => parquet::read(block, group, self, emit),
                None => Ok(()),
            },
        }
    }

    /// Whether the values of a column are read; that it was met is noted.
    #[cfg(feature = "parquet")]
    pub(super) fn wants(&mut self, path: &str) -> bool {
        let column = self.resolver.look_up(path, &mut self.notes);
        column.is_read() || self.tap.is_some()
    }

    /// The columns of a file's header.
    pub(super) fn header(&mut self, file: &FileInfo) -> Rc<[Rc<Column>]> {
        if let Some(columns) = self.headers.get(&file.index) {
            return Rc::clone(columns);
        }
        let columns: Rc<[_]> = file
            .header
            .iter()
            .map(|name| self.resolver.look_up(name, &mut self.notes))
            .collect();
        self.headers.insert(file.index, Rc::clone(&columns));
        columns
    }

    /// Empty slots for the values of a row.
    pub(super) fn slots<'a>(&self) -> Slots<'a> {
        Slots::new(&self.rules.fields).seen(self.rules.sampled)
    }

    pub(super) fn account(&mut self, file: &FileInfo) -> &mut Account {
        self.accounts.entry(file.index).or_default()
    }

    /// Reads a row of the plainest kind into the account of such rows; false where it is another, and was not read.
    pub(super) fn read_plain(
        &mut self,
        row: &str,
        account: &mut Account,
        emit: &mut Emit<'_>,
    ) -> Result<bool, Error> {
        let mut asked = Asked {
            missing: self.rules.missing_confidence,
            notes: &mut self.notes,
            record: &mut self.record,
        };
        let Some(group) = self.templates.read(row, &mut asked) else {
            return Ok(false);
        };
        account.used(&self.record);
        emit(&self.record, group)?;
        Ok(true)
    }

    /// How the plainest rows of a table with these columns are read, until they are [left](Self::leave).
    pub(super) fn plain(&mut self, file: &FileInfo, columns: &[Rc<Column>]) -> PlainRows {
        let known = self.plans.remove(&file.index);
        let plan = known.or_else(|| Plan::of_header(columns, self.rules));
        PlainRows {
            plan: plan.filter(|_| self.reads_plain()),
            #[cfg(feature = "parquet")]
            known: Vec::new(),
            account: Account::default(),
        }
    }

    /// Reads a row of a table as `read` does; none where it is none of the plainest kind, and was not read.
    #[inline]
    pub(super) fn read_as<T>(
        &mut self,
        plain: &mut PlainRows,
        read: impl FnOnce(&mut Plan, &mut Asked<'_>) -> Option<T>,
        emit: &mut Emit<'_>,
    ) -> Result<Option<T>, Error> {
        let Some(plan) = &mut plain.plan else {
            return Ok(None);
        };
        let mut asked = Asked {
            missing: self.rules.missing_confidence,
            notes: &mut self.notes,
            record: &mut self.record,
        };
        let Some(found) = read(plan, &mut asked) else {
            return Ok(None);
        };
        plain.account.used(&self.record);
        emit(&self.record, plan.group())?;
        Ok(Some(found))
    }

    /// Reads rows of a table column by column, `told` giving the values of each, up to the first row that is none of the
    /// plainest kind; how many were read.
    #[cfg(feature = "parquet")]
    pub(super) fn read_columns<'v>(
        &mut self,
        plain: &mut PlainRows,
        rows: usize,
        told: impl Fn(usize) -> Cells<'v>,
        emit: &mut Emit<'_>,
    ) -> Result<usize, Error> {
        let Some(plan) = &plain.plan else {
            return Ok(0);
        };
        let columns = plan.columns_of(rows, told, &mut plain.known);
        for row in 0..rows {
            let read =
                |plan: &mut Plan, asked: &mut Asked<'_>| plan.record_in(&columns, row, asked);
            if self.read_as(plain, read, emit)?.is_none() {
                return Ok(row);
            }
        }
        Ok(rows)
    }

    /// Takes down what was read of a file's plainest rows.
    pub(super) fn leave(&mut self, file: &FileInfo, plain: PlainRows) {
        self.account(file).merge(plain.account);
        if let Some(plan) = plain.plan {
            self.plans.insert(file.index, plan);
        }
    }

    /// Whether nobody wants more of a row than its record.
    pub(super) fn reads_plain(&self) -> bool {
        self.tap.is_none() && self.loading.is_none()
    }

    /// Turns the values of a row into a record, or several, or counts it as bad.
    pub(super) fn accept<'a>(
        &mut self,
        row: &dyn RowPlace,
        slots: &mut Slots<'a>,
        emit: &mut Emit<'_>,
    ) -> Result<(), Error>
    where
        'r: 'a,
    {
        let fields = self.fields();
        if !fields.extended {
            return self.judge(row, slots, emit);
        }
        if let Some(loading) = &mut self.loading {
            if let Err(bad) = loading.keep(slots) {
                self.reject(row, bad);
            }
            return Ok(());
        }
        if let Err(bad) = fields.complete(slots, &mut self.notes) {
            self.look(slots);
            self.reject(row, bad);
            return Ok(());
        }
        match &fields.pairs {
            Some(pairs) => self.accept_pairs(pairs, row, slots, emit),
            None => self.judge(row, slots, emit),
        }
    }

    /// Turns the values of a record into one, or counts it as bad.
    pub(super) fn judge(
        &mut self,
        row: &dyn RowPlace,
        slots: &mut Slots<'_>,
        emit: &mut Emit<'_>,
    ) -> Result<(), Error> {
        let read = self.rules.read(slots, &mut self.notes);
        if !matches!(read, Ok(Outcome::LeftOut(_))) {
            self.look(slots);
        }
        match read {
            Ok(Outcome::Used(record)) => {
                self.account(row.file()).used(&record);
                let group = slots.group(&self.rules.fields);
                if let Some(tap) = &mut self.tap {
                    tap(self.rules.whole(row, slots, &record), &group);
                }
                emit(&record, &group)
            }
            Ok(Outcome::LeftOut(code)) => {
                self.account(row.file()).skip(code, || None);
                Ok(())
            }
            Err(bad) => {
                self.reject(row, bad);
                Ok(())
            }
        }
    }

    /// Looks at the values of a row, if someone asked for that.
    fn look(&mut self, slots: &Slots<'_>) {
        if let Some(values) = slots.values() {
            self.samples.add(values, self.rules.scale);
        }
    }

    /// Counts a bad row.
    pub(super) fn reject(&mut self, row: &dyn RowPlace, bad: RowError) {
        let code = bad.code;
        self.account(row.file())
            .skip(code, || Some(example(row, bad)));
    }
}

/// A bad row as a message shows it.
fn example(row: &dyn RowPlace, bad: RowError) -> Error {
    let located = row.locate(bad.at);
    let mut error = Error::new(bad.code, bad.detail).at(row.place(bad.at));
    error.excerpt = Some(excerpt(located.row, located.at));
    error.help.extend(bad.help);
    error
}

/// The part of a line around a byte: at most 72 characters.
fn excerpt(row: &[u8], at: usize) -> String {
    const BEFORE: usize = 24;
    const SHOWN: usize = 72;
    let text = String::from_utf8_lossy(row);
    let at = String::from_utf8_lossy(&row[..at.min(row.len())])
        .chars()
        .count();
    let length = text.chars().count();
    let start = if length <= SHOWN {
        0
    } else {
        at.saturating_sub(BEFORE).min(length - SHOWN)
    };
    let mut shown: String = text.chars().skip(start).take(SHOWN).collect();
    if start > 0 {
        shown.insert(0, '…');
    }
    if start + SHOWN < length {
        shown.push('…');
    }
    shown
}
