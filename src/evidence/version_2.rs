//! Evidence as states of version 2 hold it: no confidences of rows that say whether the prompt should be declined.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Capacity, Counts, Evidence, GroupKey, Groups, Items, Labelled, Panel, Strata};

/// [`Evidence`] of version 2.
#[derive(Serialize, Deserialize)]
struct Evidence2 {
    keyed: Counts,
    unkeyed: Counts,
    items: Items,
    strata: Strata,
    panel: Panel,
}

/// [`Groups`] of version 2.
#[derive(Serialize, Deserialize)]
pub struct Groups2 {
    all: Evidence2,
    groups: BTreeMap<GroupKey, Evidence2>,
}

impl Evidence2 {
    /// What was not kept then is not empty: it is missing.
    fn restored(self, capacity: Capacity) -> Evidence {
        let Self {
            keyed,
            unkeyed,
            items,
            strata,
            panel,
        } = self;
        Evidence {
            keyed,
            unkeyed,
            items: items.refolded(),
            strata,
            panel,
            labelled: Labelled::none(capacity.labelled),
        }
    }
}

impl From<Groups2> for Groups {
    fn from(old: Groups2) -> Self {
        let Groups2 { all, groups } = old;
        let groups = groups.into_iter();
        let restored = groups.map(|(key, evidence)| (key, evidence.restored(Capacity::GROUP)));
        Self::restored(all.restored(Capacity::ALL), restored.collect())
    }
}
