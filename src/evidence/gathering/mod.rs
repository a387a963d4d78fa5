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
use super::item::Scored;
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
    rows: Vec<Row>,
}

/// A row, and the number of its group.
#[derive(Debug)]
struct Row {
    lean: Lean,
    group: Option<usize>,
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
        let group = (!key.is_empty()).then(|| self.keys.number(key));
        let lean = Lean::from(record);
        self.rows.push(Row { lean, group, rare });
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
        let Batch { keys, rows } = batch;
        let keys = keys.into_keys().into_iter();
        let numbers: Vec<usize> = keys.map(|key| self.open(key)).collect::<Result<_, _>>()?;
        for row in rows {
            let scored = Scored::from(&row.lean);
            let number = row.group.and_then(|group| numbers.get(group));
            if let Some(part) = number.and_then(|number| self.groups.get_mut(*number)) {
                part.add(&row, &scored);
            }
            self.all.add(&row, &scored);
        }
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

    fn open(&mut self, key: GroupKey) -> Result<usize, TooManyGroups> {
        if let Some(number) = self.numbers.get(&key) {
            return Ok(*number);
        }
        let number = self.groups.len();
        if number >= Groups::LIMIT {
            return Err(TooManyGroups);
        }
        self.numbers.insert(key, number);
        self.groups.push(Part::of_capacity(Capacity::GROUP));
        Ok(number)
    }
}

/// The evidence of a set of rows in the making.
#[derive(Debug)]
struct Part {
    keyed: Counting,
    unkeyed: Counting,
    items: Clusters,
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

    fn add(&mut self, row: &Row, scored: &Scored) {
        if let Some(rare) = &row.rare {
            self.add_rare(rare);
            if rare.record.silent {
                return;
            }
        }
        let row = &row.lean;
        if row.conduct.should_abstain.is_some() {
            self.tasks.add(row, scored);
            self.add_labelled(row);
        }
        match row.item() {
            Some(item) => {
                self.keyed.add(row);
                self.items.add(item, scored);
                if let Some(detail) = DetailKey::of(item, row) {
                    self.details.add(detail);
                }
            }
            None => self.unkeyed.add(row),
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
