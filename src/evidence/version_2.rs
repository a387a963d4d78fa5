//! Evidence as states of version 2 hold it: no confidences of rows that say whether the prompt should be declined, and every
//! distinct one of the others.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    Agreement, Behaviour, Capacity, Counts, Evidence, Grid, GroupKey, Groups, Items, Labelled,
    Mass, Panel, Squares, Strata, Tally,
};
use crate::record::Confidence;

/// [`Tally`] up to version 2: never rounded.
#[derive(Serialize, Deserialize)]
struct Tally2 {
    cells: BTreeMap<Confidence, Mass>,
}

/// [`Counts`] up to version 2.
#[derive(Serialize, Deserialize)]
pub(super) struct Counts2 {
    answered: Tally2,
    partial: Tally2,
    behaviour: Behaviour,
    agreement: Agreement,
    squares: Squares,
}

impl Counts2 {
    /// Rounded where there are more confidences than are told apart today.
    pub(super) fn restored(self, grid: Grid) -> Counts {
        let Self {
            answered,
            partial,
            behaviour,
            agreement,
            squares,
        } = self;
        Counts {
            answered: Tally::restored(grid, answered.cells),
            partial: Tally::restored(grid, partial.cells),
            behaviour,
            agreement,
            squares,
        }
    }
}

/// [`Evidence`] of version 2.
#[derive(Serialize, Deserialize)]
struct Evidence2 {
    keyed: Counts2,
    unkeyed: Counts2,
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
            keyed: keyed.restored(capacity.cells),
            unkeyed: unkeyed.restored(capacity.cells),
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
