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
mod scores;
mod table;

use std::collections::BTreeMap;
use std::ops::Range;

use self::clusters::{Clusters, Tasks};
use self::counts::Counting;
use self::growing::Narrow;
use self::hoard::Hoard;
use self::keys::Keys;
use self::scores::{Place, Scores};
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
/// gathering.add(&batch).unwrap();
/// assert_eq!(gathering.groups().all().rows(), 1);
/// ```
#[derive(Debug, Default)]
pub struct Batch {
    keys: Keys,
    rows: Vec<Row>,
    /// The number of the group of each row.
    groups: Vec<u32>,
}

/// Rows that a processor has at hand together, in whatever order they are asked for.
const AT_HAND: usize = 2_048;
/// Rows that are counted together.
const TOGETHER: usize = 128;

/// A row of a group.
#[derive(Debug)]
struct Row {
    lean: Lean,
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
        let lean = Lean::from(record);
        self.rows.push(Row { lean, rare });
        self.groups.push(self.keys.number(key));
    }

    /// Takes out all rows, and leaves the room they had.
    pub fn clear(&mut self) {
        self.rows.clear();
        self.groups.clear();
        self.keys.forget_many();
    }

    /// These rows, one group after the other.
    fn by_group(&self, rows: Range<usize>) -> Sorted<'_> {
        let groups = self.groups.get(rows.clone()).unwrap_or_default();
        let rows = self.rows.get(rows).unwrap_or_default();
        let (mut ends, mut rare) = (vec![0; self.keys.len()], false);
        // A look at each row: those that another processor wrote are fetched in the order in which they lie.
        for (row, group) in rows.iter().zip(groups) {
            ends[*group as usize] += 1;
            rare |= row.rare.is_some();
        }
        if let [_] = ends[..] {
            return Sorted {
                rows: rows.iter().collect(),
                ends,
                rare,
            };
        }
        let mut sum = 0;
        for end in &mut ends {
            sum += std::mem::replace(end, sum);
        }
        let mut sorted: Vec<&Row> = rows.iter().collect();
        for (row, group) in rows.iter().zip(groups) {
            let place = &mut ends[*group as usize];
            sorted[*place] = row;
            *place += 1;
        }
        Sorted {
            rows: sorted,
            ends,
            rare,
        }
    }
}

/// The rows of a batch in order of their groups.
struct Sorted<'b> {
    rows: Vec<&'b Row>,
    /// Where the rows of each group end.
    ends: Vec<usize>,
    /// Whether any says more than of its answer.
    rare: bool,
}

/// A row, and where to find what it adds to the sums of an item if it is [plain](Lean::is_plain).
struct Scored<'b> {
    row: &'b Lean,
    sums: Place,
}

impl Row {
    /// What it says of its answer; none of a row that says nothing of one.
    #[inline]
    fn answer(&self) -> Option<&Lean> {
        let silent = self.rare.as_ref().is_some_and(|rare| rare.record.silent);
        (!silent).then_some(&self.lean)
    }
}

/// Evidence in the making.
#[derive(Debug)]
pub struct Gathering {
    all: Part,
    numbers: BTreeMap<GroupKey, usize>,
    groups: Vec<Part>,
    scores: Scores,
}

impl Default for Gathering {
    fn default() -> Self {
        Self {
            all: Part::of_capacity(Capacity::ALL),
            numbers: BTreeMap::new(),
            groups: Vec::new(),
            scores: Scores::default(),
        }
    }
}

impl Gathering {
    /// Counts the rows of a batch.
    ///
    /// # Errors
    /// [`TooManyGroups`] when they open a group beyond [`Groups::LIMIT`].
    pub fn add(&mut self, batch: &Batch) -> Result<(), TooManyGroups> {
        let mut starts = (0..batch.rows.len()).step_by(AT_HAND);
        starts.try_for_each(|start| {
            let end = batch.rows.len().min(start + AT_HAND);
            self.add_rows(batch, start..end)
        })
    }

    /// Counts these rows of a batch.
    fn add_rows(&mut self, batch: &Batch, rows: Range<usize>) -> Result<(), TooManyGroups> {
        let Sorted { rows, ends, rare } = batch.by_group(rows);
        let mut scored = Vec::with_capacity(TOGETHER);
        let mut begin = 0;
        for (key, end) in batch.keys.iter().zip(ends) {
            let rows = rows.get(begin..end).unwrap_or_default();
            begin = end;
            let group = match key.is_empty() || rows.is_empty() {
                true => None,
                false => Some(self.open(key)?),
            };
            for rows in rows.chunks(TOGETHER) {
                scored.clear();
                self.scores.forget();
                let mut score = |row| {
                    let sums = self.scores.of(row);
                    Scored { row, sums }
                };
                match rare {
                    true => scored.extend(rows.iter().filter_map(|row| row.answer()).map(score)),
                    false => scored.extend(rows.iter().map(|row| score(&row.lean))),
                }
                self.scores.fetch(scored.iter().map(|scored| scored.sums));
                let group = group.map(|group| &mut self.groups[group]);
                for part in group.into_iter().chain([&mut self.all]) {
                    if rare {
                        part.add_rare(rows);
                    }
                    part.add(&scored, &self.scores);
                }
            }
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

    /// The number of a group, a new one if it has none.
    fn open(&mut self, key: &GroupKey) -> Result<usize, TooManyGroups> {
        let next = self.groups.len();
        match self.numbers.get(key) {
            Some(number) => Ok(*number),
            None if next >= Groups::LIMIT => Err(TooManyGroups),
            None => {
                self.numbers.insert(key.clone(), next);
                self.groups.push(Part::of_capacity(Capacity::GROUP));
                Ok(next)
            }
        }
    }
}

/// The evidence of a set of rows in the making.
#[derive(Debug)]
struct Part {
    keyed: Counting,
    unkeyed: Counting,
    items: Clusters<Narrow>,
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
    fn add(&mut self, scored: &[Scored<'_>], scores: &Scores) {
        for Scored { row, .. } in scored {
            if row.conduct.should_abstain.is_some() {
                self.tasks.add(row);
                self.add_labelled(row);
            }
        }
        self.keyed.fetch(scored.iter().map(|scored| scored.row));
        for Scored { row, .. } in scored {
            match row.item() {
                Some(_) => self.keyed.add(row),
                None => self.unkeyed.add(row),
            }
        }
        self.items
            .fetch(scored.iter().filter_map(|scored| scored.row.item()));
        for Scored { row, sums } in scored {
            let Some(item) = row.item() else { continue };
            self.items.add(item, row, scores.at(*sums));
            if self.details.takes(item)
                && let Some(detail) = DetailKey::of(item, row)
            {
                self.details.add(detail);
            }
        }
    }

    /// Counts what few rows say beyond their answers.
    fn add_rare(&mut self, rows: &[&Row]) {
        for rare in rows.iter().filter_map(|row| row.rare.as_ref()) {
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
    }

    fn add_labelled(&mut self, row: &Lean) {
        if row.item().is_some_and(|item| !self.labelled.takes(item)) {
            return;
        }
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
