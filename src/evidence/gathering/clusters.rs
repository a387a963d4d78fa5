//! Rows by cluster on their way into [`Items`], and by task into [`Strata`].

use std::borrow::{Borrow, BorrowMut};
use std::collections::BTreeMap;
use std::hint::black_box;

use super::super::DetailKey;
use super::super::depth::{FULL_DEPTH, fitting_depth, mask, most_entries, most_folded};
use super::super::item::Item;
use super::super::items::Items;
use super::super::kept::Kept;
use super::super::lean::Lean;
use super::super::strata::{Size, Strata, Stratum};
use super::counts::Conducts;
use super::growing::{Classes, Growing, Summed};
use super::table::Table;

/// Items at the deepest hash prefix that fits.
#[derive(Clone, Debug)]
pub(super) struct Clusters<S: Summed> {
    capacity: usize,
    depth: u32,
    classes: Classes,
    store: Store<S>,
    /// The rows of these items that are not counted in the store.
    others: Table<Item>,
}

/// Where the items are.
#[derive(Clone, Debug)]
enum Store<S: Summed> {
    /// By their hashes.
    Table(Table<Growing<S>>),
    /// Folded to few prefixes, in a place for each; and how many places have rows.
    List(Vec<S::Listed>, usize),
}

/// Most bits of the prefixes that have a place each: more than any folded items take whose hashes are spread evenly.
const LISTED_BITS: u32 = 13;

impl<S: Summed> Clusters<S> {
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self {
            capacity,
            depth: FULL_DEPTH,
            classes: Classes::default(),
            store: Store::Table(Table::default()),
            others: Table::default(),
        }
    }

    #[inline]
    pub(super) fn add(&mut self, hash: u64, row: &Lean, sums: &S::Row) {
        let class = self.classes.of(row);
        let entry = self.store.entry(hash, self.depth);
        let added = class.is_some_and(|class| entry.add(class, row, sums));
        if !added {
            self.add_other(hash, row);
        }
        // Not with every item too many: the deepest prefix that fits leaves hardly any room.
        let most = most_entries(self.capacity, self.depth);
        if self.len() > most + most / 4 {
            self.fold();
        }
    }

    fn add_other(&mut self, hash: u64, row: &Lean) {
        let entry = self.store.entry(hash, self.depth);
        let full = entry.take_full(&self.classes);
        let others = self.others.entry(hash & mask(self.depth));
        if let Some(full) = full {
            others.merge(full);
        }
        others.add(row, &S::sums_of(row));
    }

    /// Looks for the places of items before rows are added to them: a processor fetches many at the same time, as long as
    /// none of them decides what it does next.
    pub(super) fn fetch(&self, hashes: impl Iterator<Item = u64>) {
        if let Store::List(places, _) = &self.store {
            let known = |hash| places[place(hash, self.depth)].borrow().is_known();
            black_box(hashes.fold(false, |any, hash| any | known(hash)));
        }
    }

    fn len(&self) -> usize {
        match &self.store {
            Store::Table(items) => items.len(),
            Store::List(_, filled) => *filled,
        }
    }

    fn fold(&mut self) {
        let store = std::mem::replace(&mut self.store, Store::Table(Table::default()));
        let items = store.into_items(self.depth);
        let mut hashes: Vec<u64> = items.iter().map(|item| item.0).collect();
        hashes.sort_unstable();
        self.depth = fitting_depth(hashes.iter(), most_folded(self.capacity)).min(self.depth);
        if self.depth <= LISTED_BITS {
            self.store = Store::List(vec![S::Listed::default(); 1 << self.depth], 0);
        }
        for (hash, item) in std::mem::take(&mut self.others).into_pairs() {
            self.others.entry(hash & mask(self.depth)).merge(item);
        }
        for (hash, item) in items {
            if !self.store.entry(hash, self.depth).merge(&item) {
                let others = self.others.entry(hash & mask(self.depth));
                others.merge(item.item(&self.classes));
            }
        }
    }

    pub(super) fn items(mut self, kept: Kept<DetailKey>) -> Items {
        if self.len() > most_entries(self.capacity, self.depth) {
            self.fold();
        }
        let items = self.store.into_items(self.depth).into_iter();
        let classes = self.classes;
        let mut items: BTreeMap<u64, Item> = items
            .map(|(hash, item)| (hash, item.item(&classes)))
            .collect();
        for (hash, others) in self.others.into_pairs() {
            items.entry(hash).or_default().merge(others);
        }
        Items::gathered(self.capacity, self.depth, items, kept)
    }
}

impl<S: Summed> Store<S> {
    /// The item of a hash, folded to so many bits; from now on it is known.
    #[inline]
    fn entry(&mut self, hash: u64, depth: u32) -> &mut Growing<S> {
        match self {
            Self::Table(items) => {
                let entry = items.entry(hash & mask(depth));
                entry.know();
                entry
            }
            Self::List(places, filled) => {
                // There are 2^depth places.
                let place = places[place(hash, depth)].borrow_mut();
                *filled += usize::from(place.know());
                place
            }
        }
    }

    /// The items with the prefixes of this depth under which they are kept.
    fn into_items(self, depth: u32) -> Vec<(u64, Growing<S>)> {
        match self {
            Self::Table(items) => items.into_pairs().collect(),
            Self::List(places, _) => {
                let items = (0..).zip(places.into_iter().map(S::Listed::into));
                let filled = items.filter(|(_, item): &(_, Growing<S>)| item.is_known());
                filled
                    .map(|(place, item)| (prefix(place, depth), item))
                    .collect()
            }
        }
    }
}

/// The place of a hash among those of prefixes of so many bits.
#[inline]
fn place(hash: u64, depth: u32) -> usize {
    hash.checked_shr(FULL_DEPTH - depth).unwrap_or(0) as usize
}

/// The prefix that has this place.
fn prefix(place: u64, depth: u32) -> u64 {
    place.checked_shl(FULL_DEPTH - depth).unwrap_or(0)
}

/// The labelled rows of one task.
#[derive(Clone, Debug, Default)]
struct Task {
    conducts: Conducts,
    unkeyed: Conducts,
    items: Option<Clusters<()>>,
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
    pub(super) fn add(&mut self, row: &Lean) {
        let (Some(hash), Some(tasks)) = (row.task(), &mut self.tasks) else {
            return;
        };
        let task = tasks.entry(hash);
        task.conducts.add(row);
        match row.item() {
            Some(item) => {
                let empty = || Clusters::with_capacity(self.size.items);
                task.items.get_or_insert_with(empty).add(item, row, &());
            }
            None => task.unkeyed.add(row),
        }
        if tasks.len() > self.size.tasks {
            self.tasks = None;
        }
    }

    pub(super) fn strata(self) -> Strata {
        let Self { size, tasks, .. } = self;
        let stratum = |task: Task| {
            let items = task.items.map(|items| items.items(Kept::none(0)));
            Stratum::gathered(
                task.conducts.behaviour(),
                task.unkeyed.behaviour(),
                items.unwrap_or_else(|| Items::weights_only(size.items)),
            )
        };
        let tasks = tasks.map(|tasks| {
            let sorted = tasks.into_sorted();
            sorted.map(|(hash, task)| (hash, stratum(task))).collect()
        });
        Strata::gathered(size, tasks)
    }
}
