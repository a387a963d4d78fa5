//! Rows that say whether the prompt should be declined, by task: exact counts, and clusters within each task.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::behaviour::Behaviour;
use super::items::Items;
use super::sound::{Sound, ensure};
use crate::record::Record;

/// Most tasks kept apart over all rows of a log, and items in each.
pub(super) const ALL_STRATA: Size = Size {
    tasks: 256,
    items: 256,
};
/// The same in a group of `--by`.
pub(super) const GROUP_STRATA: Size = Size {
    tasks: 32,
    items: 64,
};

/// How much is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Size {
    /// Most tasks.
    pub(super) tasks: usize,
    /// Most items in each; more are folded into random groups of items.
    pub(super) items: usize,
}

impl Size {
    fn least(self, other: Self) -> Self {
        Self {
            tasks: self.tasks.min(other.tasks),
            items: self.items.min(other.items),
        }
    }
}

/// The labelled rows of one task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stratum {
    behaviour: Behaviour,
    unkeyed: Behaviour,
    items: Items,
}

impl Stratum {
    fn new(size: Size) -> Self {
        Self {
            behaviour: Behaviour::default(),
            unkeyed: Behaviour::default(),
            items: Items::weights_only(size.items),
        }
    }

    /// Rows that were gathered elsewhere.
    pub(super) fn gathered(behaviour: Behaviour, unkeyed: Behaviour, items: Items) -> Self {
        Self {
            behaviour,
            unkeyed,
            items,
        }
    }

    fn add(&mut self, record: &Record) {
        self.behaviour.add(record);
        match record.item {
            Some(item) => self.items.add_weight(item, record),
            None => self.unkeyed.add(record),
        }
    }

    fn merge(&mut self, other: Self) {
        let Self {
            behaviour,
            unkeyed,
            items,
        } = other;
        self.behaviour.merge(behaviour);
        self.unkeyed.merge(unkeyed);
        self.items.merge(items);
    }

    /// What was done with its prompts.
    #[must_use]
    pub fn behaviour(&self) -> &Behaviour {
        &self.behaviour
    }

    /// The rows without any identity: each of them is a cluster of its own.
    #[must_use]
    pub fn unkeyed(&self) -> &Behaviour {
        &self.unkeyed
    }

    /// The rows that have an identity, by cluster: as random groups of clusters where they are many.
    #[must_use]
    pub fn items(&self) -> &Items {
        &self.items
    }

    fn check(&self, size: Size) -> Sound<u64> {
        let all = self.behaviour.check()?.rows();
        let unkeyed = self.unkeyed.check()?.rows();
        self.items.check_weights(size.items)?;
        let mut weights = self.unkeyed.weights();
        for (conduct, weight) in self.items.weights() {
            *weights.entry(conduct).or_default() += weight;
        }
        let rows = self.items.rows().and_then(|rows| rows.checked_add(unkeyed));
        ensure(
            rows == Some(all) && weights == self.behaviour.weights(),
            "a task that disagrees with its items",
        )?;
        Ok(all)
    }
}

/// Labelled rows by task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Strata {
    size: Size,
    /// None where there are more tasks than are kept apart.
    tasks: Option<BTreeMap<u64, Stratum>>,
}

impl Default for Strata {
    fn default() -> Self {
        Self::of_size(ALL_STRATA)
    }
}

impl Strata {
    /// No rows yet.
    pub(super) fn of_size(size: Size) -> Self {
        Self {
            size,
            tasks: Some(BTreeMap::new()),
        }
    }

    /// No rows yet, of at most so many tasks, and items in each.
    #[must_use]
    pub fn with_capacity(tasks: usize, items: usize) -> Self {
        Self::of_size(Size { tasks, items })
    }

    /// Tasks that were gathered elsewhere; none where there were too many.
    pub(super) fn gathered(size: Size, tasks: Option<BTreeMap<u64, Stratum>>) -> Self {
        Self { size, tasks }
    }

    /// Nothing, of rows that were not kept apart.
    pub(super) fn none(size: Size) -> Self {
        Self { size, tasks: None }
    }

    /// Counts a row that has a task and says whether it should have been declined.
    pub fn add(&mut self, record: &Record) {
        let labelled = record.should_abstain.is_some() && !record.silent;
        if let (Some(task), Some(tasks)) = (record.task.filter(|_| labelled), &mut self.tasks) {
            let size = self.size;
            let stratum = tasks.entry(task).or_insert_with(|| Stratum::new(size));
            stratum.add(record);
            self.fit();
        }
    }

    /// Adds the rows of another log.
    pub fn merge(&mut self, other: Self) {
        let Self { size, tasks } = other;
        self.size = self.size.least(size);
        self.tasks = self.tasks.take().zip(tasks).map(|(mut ours, theirs)| {
            for (task, stratum) in theirs {
                let size = self.size;
                let own = ours.entry(task).or_insert_with(|| Stratum::new(size));
                own.merge(stratum);
            }
            ours
        });
        self.fit();
    }

    /// The tasks by the hash of their names; `None` where there are more than [`Strata::limit`].
    #[must_use]
    pub fn tasks(&self) -> Option<&BTreeMap<u64, Stratum>> {
        self.tasks.as_ref()
    }

    /// Most tasks that are kept apart.
    #[must_use]
    pub fn limit(&self) -> usize {
        self.size.tasks
    }

    /// Checks that at most so many labelled rows can add up to this.
    pub(super) fn check(&self, size: Size, rows: u64) -> Sound {
        let tasks = self.tasks.as_ref();
        ensure(
            self.size == size && tasks.is_none_or(|tasks| tasks.len() <= size.tasks),
            "too many tasks",
        )?;
        let mut counted = 0_u64;
        for stratum in tasks.into_iter().flat_map(BTreeMap::values) {
            // Each has no more than the most rows of any evidence, and they are few.
            counted += stratum.check(size)?;
        }
        ensure(counted <= rows, "more rows in tasks than rows")
    }

    fn fit(&mut self) {
        let tasks = self.tasks.as_ref();
        if tasks.is_some_and(|tasks| tasks.len() > self.size.tasks) {
            self.tasks = None;
        }
    }
}
