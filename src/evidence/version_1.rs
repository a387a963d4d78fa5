//! Evidence as states of version 1 hold it: no rows beside the graded ones, and nothing by task.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::item::Item;
use super::version_2::Counts2;
use super::{Capacity, DetailKey, Evidence, GroupKey, Groups, Items, Labelled, Panel, Strata};

/// [`Items`] of version 1: all graded rows, or none.
#[derive(Serialize, Deserialize)]
struct Items1 {
    capacity: usize,
    depth: u32,
    items: BTreeMap<u64, Item>,
    detail: Option<BTreeMap<DetailKey, u64>>,
}

/// [`Evidence`] of version 1.
#[derive(Serialize, Deserialize)]
struct Evidence1 {
    keyed: Counts2,
    unkeyed: Counts2,
    items: Items1,
}

/// [`Groups`] of version 1.
#[derive(Serialize, Deserialize)]
pub struct Groups1 {
    all: Evidence1,
    groups: BTreeMap<GroupKey, Evidence1>,
}

impl Items1 {
    fn restored(self) -> Items {
        let Self {
            capacity,
            depth,
            items,
            detail,
        } = self;
        Items::restored(capacity, depth, items, detail)
    }
}

impl Evidence1 {
    /// What was not kept then is not empty: it is missing.
    fn restored(self, capacity: Capacity) -> Evidence {
        let Self {
            keyed,
            unkeyed,
            items,
        } = self;
        Evidence {
            keyed: keyed.restored(capacity.cells),
            unkeyed: unkeyed.restored(capacity.cells),
            items: items.restored(),
            strata: Strata::none(capacity.strata),
            panel: Panel::none(capacity.panel),
            labelled: Labelled::none(capacity.labelled),
        }
    }
}

impl From<Groups1> for Groups {
    fn from(old: Groups1) -> Self {
        let Groups1 { all, groups } = old;
        let groups = groups.into_iter();
        let restored = groups.map(|(key, evidence)| (key, evidence.restored(Capacity::GROUP)));
        Self::restored(all.restored(Capacity::ALL), restored.collect())
    }
}
