//! Rows that the audits of training objectives look at one by one, with what each says beyond its answer.
//!
//! A panel keeps whole prompts: all of them while few enough, else those with the smallest hashes ([`Kept`]). Where it
//! is not whole, it says of how many rows it is a sample.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_64;

use super::behaviour::Conduct;
use super::kept::{Kept, Placed};
use super::sound::{MOST_ROWS, Sound, WEIGHTS, ensure};
use crate::record::{Confidence, Field, Record, Trace};

/// Most distinct rows kept over all rows of a log.
pub(super) const ALL_ROWS: usize = 131_072;
/// Most distinct rows kept in a group of `--by`.
pub(super) const GROUP_ROWS: usize = 8_192;

/// A row of a panel: the values it has, by field.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct PanelRow {
    /// Hash of the prompt, or of the values where the row has none.
    place: u64,
    fields: u32,
    values: Box<[u64]>,
}

impl std::fmt::Debug for PanelRow {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.trace().fmt(f)
    }
}

impl Placed for PanelRow {
    fn place(&self) -> u64 {
        self.place
    }
}

impl From<&Record> for PanelRow {
    /// The trace of a record, with what its answer says.
    fn from(record: &Record) -> Self {
        let mut trace = record.trace.with_some_code(Field::Item, record.item);
        if !record.silent {
            trace = trace.with_code(Field::Conduct, Conduct::from(record).code().into());
        }
        if record.weight != 1.0 {
            trace = trace.with(Field::Weight, record.weight);
        }
        let confidence = record.confidence.map(f64::from);
        Self::from(
            trace
                .with_some(Field::Credit, record.credit)
                .with_some(Field::Confidence, confidence),
        )
    }
}

impl From<Trace> for PanelRow {
    fn from(trace: Trace) -> Self {
        let values: Box<[u64]> = trace.values().map(|(_, value)| value).collect();
        let fields = trace.fields();
        Self {
            place: place(trace.code(Field::Prompt), fields, &values),
            fields,
            values,
        }
    }
}

/// Where a row belongs: to its prompt, else to the rows that say the same.
fn place(prompt: Option<u64>, fields: u32, values: &[u64]) -> u64 {
    prompt.unwrap_or_else(|| {
        let mut bytes = fields.to_le_bytes().to_vec();
        for value in values {
            bytes.extend(value.to_le_bytes());
        }
        xxh3_64(&bytes)
    })
}

impl PanelRow {
    /// The hash or code of a field.
    #[must_use]
    pub fn code(&self, field: Field) -> Option<u64> {
        let before = self.fields & (field.bit() - 1);
        (self.fields & field.bit() != 0)
            .then(|| self.values.get(before.count_ones() as usize).copied())
            .flatten()
    }

    /// The fields it has a value for.
    pub(super) fn with(&self) -> impl Iterator<Item = Field> {
        let fields = self.fields;
        let has = move |field: &Field| fields & field.bit() != 0;
        Field::ALL.into_iter().filter(has)
    }

    /// The number of a field.
    #[must_use]
    pub fn number(&self, field: Field) -> Option<f64> {
        self.code(field).map(f64::from_bits)
    }

    /// Hash of the prompt, if the row has one.
    #[must_use]
    pub fn prompt(&self) -> Option<u64> {
        self.code(Field::Prompt)
    }

    /// What resampling draws together: the cluster, else the prompt. A row without either is a cluster of its own,
    /// though others may say the same.
    #[must_use]
    pub fn cluster(&self) -> Option<u64> {
        self.code(Field::Item).or_else(|| self.prompt())
    }

    /// A hash that tells rows of one cluster from those of others, and rows without one from those that say something else.
    #[must_use]
    pub fn place(&self) -> u64 {
        self.code(Field::Item).unwrap_or(self.place)
    }

    /// What was done with the prompt; `None` of a row that does not say.
    #[must_use]
    pub fn conduct(&self) -> Option<Conduct> {
        self.code(Field::Conduct).map(Conduct::of_code)
    }

    /// Weight of the row.
    #[must_use]
    pub fn weight(&self) -> f64 {
        self.number(Field::Weight).unwrap_or(1.0)
    }

    /// The reward, else the credit of the answer.
    #[must_use]
    pub fn reward(&self) -> Option<f64> {
        self.number(Field::Reward)
            .or_else(|| self.number(Field::Credit))
    }

    fn trace(&self) -> Trace {
        let values = Field::ALL
            .into_iter()
            .filter_map(|field| Some((field, self.code(field)?)));
        values.fold(Trace::default(), |trace, (field, value)| {
            trace.with_code(field, value)
        })
    }

    fn is_sound(&self) -> bool {
        let known = self.fields >> Field::COUNT == 0;
        let whole = self.fields.count_ones() as usize == self.values.len();
        known
            && whole
            && self.fields != 0
            && self.place == place(self.prompt(), self.fields, &self.values)
            && Field::ALL
                .into_iter()
                .all(|field| self.code(field).is_none_or(|value| allows(field, value)))
    }
}

/// Whether a field may have this value.
fn allows(field: Field, value: u64) -> bool {
    let number = f64::from_bits(value);
    match field {
        Field::Conduct => value < Conduct::CODES.into(),
        Field::Weight => (WEIGHTS[0]..=WEIGHTS[1]).contains(&number),
        Field::Credit | Field::Confidence | Field::Distinct | Field::Cut | Field::ForcedCorrect => {
            (0.0..=1.0).contains(&number)
        }
        _ if field.is_code() => true,
        _ => number.is_finite(),
    }
}

/// Rows with a trace, and how many there were of them, with which fields.
///
/// ```
/// use calib::{evidence::Panel, record::{Field, Record, Trace}};
/// let mut panel = Panel::default();
/// let trace = Trace::default().with_code(Field::Prompt, 1).with(Field::Reward, 1.0);
/// panel.add(&Record { trace, ..Record::default() });
/// panel.add(&Record::default());
/// assert_eq!((panel.rows(), panel.seen(), panel.is_whole()), (1, 1, true));
/// assert_eq!(panel.seen_with(Field::Reward), 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panel {
    seen: u64,
    seen_with: BTreeMap<Field, u64>,
    kept: Kept<PanelRow>,
}

impl Default for Panel {
    fn default() -> Self {
        Self::with_capacity(ALL_ROWS)
    }
}

impl Panel {
    /// No rows yet, at most `capacity` distinct ones.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            seen: 0,
            seen_with: BTreeMap::new(),
            kept: Kept::with_capacity(capacity),
        }
    }

    /// Nothing, of rows that were not kept.
    pub(super) fn none(capacity: usize) -> Self {
        Self {
            kept: Kept::none(capacity),
            ..Self::with_capacity(capacity)
        }
    }

    /// Adds a row that has a trace.
    pub fn add(&mut self, record: &Record) {
        if record.trace.is_empty() {
            return;
        }
        let row = PanelRow::from(record);
        self.seen += 1;
        for field in row.with() {
            *self.seen_with.entry(field).or_default() += 1;
        }
        self.kept.add(row);
    }

    /// Rows that were gathered elsewhere.
    pub(super) fn gathered(
        seen: u64,
        seen_with: [u64; Field::COUNT],
        kept: Kept<PanelRow>,
    ) -> Self {
        let counts = Field::ALL.into_iter().zip(seen_with);
        Self {
            seen,
            seen_with: counts.filter(|(_, rows)| *rows > 0).collect(),
            kept,
        }
    }

    /// Adds the rows of another log.
    pub fn merge(&mut self, other: Self) {
        let Self {
            seen,
            seen_with,
            kept,
        } = other;
        self.count(seen, &seen_with);
        self.kept.merge(kept);
    }

    /// The same rows with other confidences.
    pub(super) fn recalibrated(&self, curve: &dyn Fn(Confidence) -> Confidence) -> Self {
        let change = |row: &PanelRow| {
            let known = row.number(Field::Confidence).and_then(Confidence::new);
            known.map_or_else(
                || row.clone(),
                |known| PanelRow {
                    // A row without a prompt stays where it was.
                    place: row.place,
                    ..PanelRow::from(row.trace().with(Field::Confidence, curve(known).get()))
                },
            )
        };
        Self {
            seen: self.seen,
            seen_with: self.seen_with.clone(),
            kept: self.kept.changed(change),
        }
    }

    /// The kept rows in order of their prompts, with how often each occurs.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&PanelRow, u64)> {
        self.kept.iter()
    }

    /// Number of rows kept.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.kept.rows()
    }

    /// Number of rows that had a trace.
    #[must_use]
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Number of these that had a value for the field.
    #[must_use]
    pub fn seen_with(&self, field: Field) -> u64 {
        self.seen_with.get(&field).copied().unwrap_or(0)
    }

    /// Whether all of them are kept.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.kept.is_whole()
    }

    /// Checks that rows can add up to this, with this capacity.
    pub(super) fn check(&self, capacity: usize) -> Sound {
        ensure(self.seen <= MOST_ROWS, "too many rows")?;
        let counts = self.seen_with.values();
        ensure(
            counts.clone().all(|rows| (1..=self.seen).contains(rows)),
            "more values than rows",
        )?;
        self.kept.check(capacity, PanelRow::is_sound)?;
        ensure(self.kept.rows() <= self.seen, "more kept rows than rows")?;
        if !self.is_whole() {
            return Ok(());
        }
        let mut counted: BTreeMap<Field, u64> = BTreeMap::new();
        for (row, count) in self.iter() {
            for field in row.with() {
                *counted.entry(field).or_default() += count;
            }
        }
        ensure(
            self.kept.rows() == self.seen && counted == self.seen_with,
            "kept rows that disagree with the rows",
        )
    }

    /// Whether the rows seen by parts can be those of the whole.
    pub(super) fn has_counts_of(&self, whole: &Self) -> bool {
        self.seen == whole.seen && self.seen_with == whole.seen_with
    }

    /// Adds the counts of other rows without the rows.
    pub(super) fn merge_counts(&mut self, other: &Self) {
        self.count(other.seen, &other.seen_with);
    }

    fn count(&mut self, seen: u64, seen_with: &BTreeMap<Field, u64>) {
        self.seen += seen;
        for (field, rows) in seen_with {
            *self.seen_with.entry(*field).or_default() += rows;
        }
    }
}
