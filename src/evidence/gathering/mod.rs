//! Rows on their way into [`Groups`]: the same counts in tables that are quick to add to.
//!
//! A [`Batch`] holds the rows of a block in a fixed size each, a [`Gathering`] counts one batch after another, and in the
//! end becomes the evidence that [`Groups::add`] would have made of these rows, to the bit.

mod cells;
mod clusters;
mod counts;
mod growing;
mod hoard;
mod keys;
mod table;

use std::collections::BTreeMap;

use self::clusters::{Clusters, Tasks};
use self::counts::Counting;
use self::hoard::Hoard;
use self::keys::Keys;
use super::item::{Scored, Sums};
use super::items::most_kept;
use super::lean::Lean;
use super::panel::PanelRow;
use super::{
    Capacity, ClusterRow, DetailKey, Evidence, GroupKey, Groups, Labelled, LabelledRow, Panel,
    TooManyGroups,
};
use crate::record::{Field, Record};

/// Rows of a block, in order.
///
/// ```
/// use calib::evidence::{Batch, Gathering};
/// use calib::record::{Confidence, Record};
/// let row = Record { confidence: Confidence::new(0.9), credit: Some(1.0), ..Record::default() };
/// let mut batch = Batch::default();
/// batch.add(&[], &row);
/// let mut gathering = Gathering::default();
/// gathering.add(batch).unwrap();
/// assert_eq!(gathering.groups().all().rows(), 1);
/// ```
#[derive(Debug, Default)]
pub struct Batch {
    keys: Keys,
    /// The rows of each group, by its number.
    groups: Vec<Vec<Row>>,
    /// The rows of no group.
    rows: Vec<Row>,
}

/// Rows for which there is room in a batch before more is asked for; not in each group of it, of which there may be as many
/// as rows.
const MANY: usize = 1_024;

/// A row of a group.
#[derive(Debug)]
struct Row {
    scored: Scored,
    /// What few rows have.
    rare: Option<Box<Rare>>,
}

/// What a row says beyond its answer.
#[derive(Debug)]
struct Rare {
    panel: Option<PanelRow>,
    record: Record,
}

impl Batch {
    /// Adds a row to the group of these values of the `--by` fields; to none where there are no such fields. A row of
    /// weight zero weighs nothing in any figure, and is left out.
    pub fn add(&mut self, key: &[String], record: &Record) {
        if record.weight == 0.0 {
            return;
        }
        let rare = record.silent
            || record.human.is_some()
            || record.multiclass.is_some()
            || !record.trace.is_empty();
        let rare = rare.then(|| {
            Box::new(Rare {
                panel: (!record.trace.is_empty()).then(|| PanelRow::from(record)),
                record: *record,
            })
        });
        let scored = Scored::from(Lean::from(record));
        let rows = self.rows_of(key);
        if rows.is_empty() && key.is_empty() {
            rows.reserve(MANY);
        }
        rows.push(Row { scored, rare });
    }

    fn rows_of(&mut self, key: &[String]) -> &mut Vec<Row> {
        if key.is_empty() {
            return &mut self.rows;
        }
        let group = self.keys.number(key);
        if group >= self.groups.len() {
            self.groups.resize_with(group + 1, Vec::new);
        }
        &mut self.groups[group]
    }
}

impl Row {
    /// What it says of its answer; none of a row that says nothing of one.
    #[inline]
    fn answer(&self) -> Option<&Scored> {
        let silent = self.rare.as_ref().is_some_and(|rare| rare.record.silent);
        (!silent).then_some(&self.scored)
    }
}

/// Evidence in the making.
#[derive(Debug)]
pub struct Gathering {
    all: Part,
    numbers: BTreeMap<GroupKey, usize>,
    groups: Vec<Part>,
}

impl Default for Gathering {
    fn default() -> Self {
        Self {
            all: Part::of_capacity(Capacity::ALL),
            numbers: BTreeMap::new(),
            groups: Vec::new(),
        }
    }
}

impl Gathering {
    /// Counts the rows of a batch.
    ///
    /// # Errors
    /// [`TooManyGroups`] when they open a group beyond [`Groups::LIMIT`].
    pub fn add(&mut self, batch: Batch) -> Result<(), TooManyGroups> {
        let Batch { keys, groups, rows } = batch;
        for (key, rows) in keys.into_keys().into_iter().zip(&groups) {
            self.open(key)?.add(rows.iter());
        }
        self.all.add(groups.iter().flatten().chain(&rows));
        Ok(())
    }

    /// The evidence of all rows and of each group.
    #[must_use]
    pub fn groups(self) -> Groups {
        let mut parts: Vec<Option<Part>> = self.groups.into_iter().map(Some).collect();
        let mut part = |number: usize| parts.get_mut(number)?.take();
        let numbers = self.numbers.into_iter();
        let groups = numbers.filter_map(|(key, number)| Some((key, part(number)?.evidence())));
        Groups::restored(self.all.evidence(), groups.collect())
    }

    fn open(&mut self, key: GroupKey) -> Result<&mut Part, TooManyGroups> {
        let next = self.groups.len();
        let number = match self.numbers.get(&key) {
            Some(number) => *number,
            None if next >= Groups::LIMIT => return Err(TooManyGroups),
            None => {
                self.numbers.insert(key, next);
                self.groups.push(Part::of_capacity(Capacity::GROUP));
                next
            }
        };
        Ok(&mut self.groups[number])
    }
}

/// The evidence of a set of rows in the making.
#[derive(Debug)]
struct Part {
    keyed: Counting,
    unkeyed: Counting,
    items: Clusters<Sums>,
    details: Hoard<DetailKey>,
    tasks: Tasks,
    seen: u64,
    seen_with: [u64; Field::COUNT],
    panel: Hoard<PanelRow>,
    labelled: Hoard<ClusterRow>,
    single: BTreeMap<LabelledRow, u64>,
}

impl Part {
    fn of_capacity(capacity: Capacity) -> Self {
        Self {
            keyed: Counting::with_grid(capacity.cells),
            unkeyed: Counting::with_grid(capacity.cells),
            items: Clusters::with_capacity(capacity.items),
            details: Hoard::with_capacity(most_kept(capacity.items)),
            tasks: Tasks::of_size(capacity.strata),
            seen: 0,
            seen_with: [0; Field::COUNT],
            panel: Hoard::with_capacity(capacity.panel),
            labelled: Hoard::with_capacity(capacity.labelled),
            single: BTreeMap::new(),
        }
    }

    /// Counts rows: all of them in one store after the other, so that each has the processor's caches to itself, and need
    /// not wait for one row until it looks for the next.
    fn add<'r>(&mut self, rows: impl Iterator<Item = &'r Row> + Clone) {
        rows.clone()
            .filter_map(|row| row.rare.as_ref())
            .for_each(|rare| self.add_rare(rare));
        let answers = || rows.clone().filter_map(Row::answer);
        for scored in answers().filter(|scored| scored.row.conduct.should_abstain.is_some()) {
            self.tasks.add(scored);
            self.add_labelled(&scored.row);
        }
        for Scored { row, .. } in answers() {
            match row.item() {
                Some(_) => self.keyed.add(row),
                None => self.unkeyed.add(row),
            }
        }
        for (scored, item) in answers().filter_map(|scored| Some((scored, scored.row.item()?))) {
            self.items.add(item, scored);
            if let Some(detail) = DetailKey::of(item, &scored.row) {
                self.details.add(detail);
            }
        }
    }

    fn add_rare(&mut self, rare: &Rare) {
        if let Some(row) = &rare.panel {
            self.seen += 1;
            for field in row.with() {
                self.seen_with[field as usize] += 1;
            }
            self.panel.add(row.clone());
        }
        if !rare.record.silent {
            match rare.record.item {
                Some(_) => self.keyed.add_rare(&rare.record),
                None => self.unkeyed.add_rare(&rare.record),
            }
        }
    }

    fn add_labelled(&mut self, row: &Lean) {
        match (LabelledRow::of(row), row.item()) {
            (Some(labelled), Some(item)) => self.labelled.add(ClusterRow {
                item,
                row: labelled,
            }),
            (Some(labelled), None) => *self.single.entry(labelled).or_default() += 1,
            (None, _) => {}
        }
    }

    fn evidence(self) -> Evidence {
        Evidence {
            keyed: self.keyed.counts(),
            unkeyed: self.unkeyed.counts(),
            items: self.items.items(self.details.kept()),
            strata: self.tasks.strata(),
            panel: Panel::gathered(self.seen, self.seen_with, self.panel.kept()),
            labelled: Labelled::gathered(self.labelled.kept(), self.single),
        }
    }
}
