//! Rows by cluster on their way into [`Items`], and by task into [`Strata`].

use super::super::DetailKey;
use super::super::depth::{FULL_DEPTH, fitting_depth, mask, most_entries, most_folded};
use super::super::item::Scored;
use super::super::items::Items;
use super::super::kept::Kept;
use super::super::lean::Lean;
use super::super::strata::{Size, Strata, Stratum};
use super::counts::Conducts;
use super::growing::Growing;
use super::table::Table;

/// Items at the deepest hash prefix that fits.
#[derive(Clone, Debug)]
pub(super) struct Clusters {
    capacity: usize,
    depth: u32,
    items: Table<Growing>,
}

impl Clusters {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self {
            capacity,
            depth: FULL_DEPTH,
            items: Table::default(),
        }
    }

    pub(super) fn add(&mut self, hash: u64, row: &Scored) {
        self.items.entry(hash & mask(self.depth)).add(row);
        // Not with every item too many: the deepest prefix that fits leaves hardly any room.
        let most = most_entries(self.capacity, self.depth);
        if self.items.len() > most + most / 4 {
            self.fold();
        }
    }

    fn fold(&mut self) {
        let mut hashes: Vec<u64> = self.items.keys().collect();
        hashes.sort_unstable();
        self.depth = fitting_depth(hashes.iter(), most_folded(self.capacity)).min(self.depth);
        for (hash, item) in std::mem::take(&mut self.items).into_pairs() {
            self.items.entry(hash & mask(self.depth)).merge(item);
        }
    }

    pub(super) fn items(mut self, kept: Kept<DetailKey>) -> Items {
        if self.items.len() > most_entries(self.capacity, self.depth) {
            self.fold();
        }
        let sorted = self.items.into_sorted();
        let items = sorted.map(|(hash, item)| (hash, item.item())).collect();
        Items::gathered(self.capacity, self.depth, items, kept)
    }
}

/// The labelled rows of one task.
#[derive(Clone, Debug, Default)]
struct Task {
    conducts: Conducts,
    unkeyed: Conducts,
    items: Option<Clusters>,
}

/// Labelled rows by task.
#[derive(Clone, Debug)]
pub(super) struct Tasks {
    size: Size,
    /// None where there are more tasks than are kept apart.
    tasks: Option<Table<Task>>,
}

impl Tasks {
    pub(super) fn of_size(size: Size) -> Self {
        Self {
            size,
            tasks: Some(Table::default()),
        }
    }

    /// Counts a row that says whether it should have been declined.
    pub(super) fn add(&mut self, row: &Lean, scored: &Scored) {
        let (Some(hash), Some(tasks)) = (row.task(), &mut self.tasks) else {
            return;
        };
        let task = tasks.entry(hash);
        task.conducts.add(row);
        match row.item() {
            Some(item) => {
                let empty = || Clusters::with_capacity(self.size.items);
                task.items.get_or_insert_with(empty).add(item, scored);
            }
            None => task.unkeyed.add(row),
        }
        if tasks.len() > self.size.tasks {
            self.tasks = None;
        }
    }

    pub(super) fn strata(self) -> Strata {
        let Self { size, tasks } = self;
        let stratum = |task: Task| {
            let items = task.items.map(|items| items.items(Kept::none(0)));
            Stratum::gathered(
                task.conducts.behaviour(),
                task.unkeyed.behaviour(),
                items.unwrap_or_else(|| Items::sums_only(size.items)),
            )
        };
        let tasks = tasks.map(|tasks| {
            let sorted = tasks.into_sorted();
            sorted.map(|(hash, task)| (hash, stratum(task))).collect()
        });
        Strata::gathered(size, tasks)
    }
}
