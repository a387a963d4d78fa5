//! Evidence apart for every group of `--by`, and for all rows together.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::sound::ensure;
use super::{Capacity, Evidence};
use crate::record::{Confidence, Record};

/// The values of the `--by` fields, in the order of the flags.
pub type GroupKey = Vec<String>;

/// More groups than a report can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooManyGroups;

/// Evidence of all rows and of each group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Groups {
    all: Evidence,
    groups: BTreeMap<GroupKey, Evidence>,
}

impl Default for Groups {
    fn default() -> Self {
        Self {
            all: Evidence::of_capacity(Capacity::ALL),
            groups: BTreeMap::new(),
        }
    }
}

impl Groups {
    /// Most groups that are kept apart; a field with more values is an identity, not a group.
    pub const LIMIT: usize = 10_000;

    /// Counts one row among all and, with `--by`, in its group.
    ///
    /// # Errors
    /// [`TooManyGroups`] when the row would open a group beyond [`Groups::LIMIT`].
    pub fn add(&mut self, group: Option<&[String]>, record: &Record) -> Result<(), TooManyGroups> {
        self.all.add(record);
        let Some(key) = group else { return Ok(()) };
        if let Some(evidence) = self.groups.get_mut(key) {
            evidence.add(record);
            return Ok(());
        }
        self.open(key.to_vec())?.add(record);
        Ok(())
    }

    /// Adds the evidence of other rows.
    ///
    /// # Errors
    /// [`TooManyGroups`] when both together have more than [`Groups::LIMIT`] groups.
    pub fn merge(&mut self, other: Self) -> Result<(), TooManyGroups> {
        let Self { all, groups } = other;
        self.all.merge(all);
        for (key, evidence) in groups {
            self.open(key)?.merge(evidence);
        }
        Ok(())
    }

    /// Checks that rows can add up to this, whatever bytes it was made from: each group has a value for each of
    /// `fields` fields, and together they hold the rows of all.
    ///
    /// # Errors
    /// What no rows can give.
    pub fn check(&self, fields: usize) -> Result<(), &'static str> {
        self.all.check(Capacity::ALL)?;
        let keyed = self.groups.keys().all(|key| key.len() == fields);
        ensure(
            keyed && self.groups.len() <= if fields == 0 { 0 } else { Self::LIMIT },
            "groups of other fields, or too many",
        )?;
        let mut parts = Evidence::of_capacity(Capacity::GROUP);
        for group in self.groups.values() {
            group.check(Capacity::GROUP)?;
            parts.merge_counts(group);
            ensure(
                parts.rows() <= self.all.rows(),
                "more rows in groups than rows",
            )?;
        }
        // At the grid of groups, all rows are rounded as their groups together are.
        let mut whole = Evidence::of_capacity(Capacity::GROUP);
        whole.merge_counts(&self.all);
        ensure(
            fields == 0 || parts.has_counts_of(&whole),
            "groups that disagree with all rows",
        )
    }

    /// The same rows in the groups of other keys.
    #[must_use]
    pub fn regrouped(self, key_of: impl Fn(&GroupKey) -> Option<GroupKey>) -> Self {
        let Self { all, groups } = self;
        let mut regrouped = Self {
            all,
            groups: BTreeMap::new(),
        };
        for (key, evidence) in groups {
            // There are at most as many groups as before.
            if let Some(Ok(group)) = key_of(&key).map(|key| regrouped.open(key)) {
                group.merge(evidence);
            }
        }
        regrouped
    }

    /// The same rows with other confidences; none where all rows are too many to know which item has which. Groups of
    /// which that holds are left out.
    #[must_use]
    pub fn recalibrated(&self, curve: &dyn Fn(Confidence) -> Confidence) -> Option<Self> {
        let groups = self.groups.iter();
        let known = groups.filter_map(|(key, one)| Some((key.clone(), one.recalibrated(curve)?)));
        Some(Self {
            all: self.all.recalibrated(curve)?,
            groups: known.collect(),
        })
    }

    /// All rows.
    #[must_use]
    pub fn all(&self) -> &Evidence {
        &self.all
    }

    /// Evidence of all rows and of each group, read from a file.
    pub(super) fn restored(all: Evidence, groups: BTreeMap<GroupKey, Evidence>) -> Self {
        Self { all, groups }
    }

    /// The groups in order of their values.
    pub fn iter(&self) -> impl Iterator<Item = (&GroupKey, &Evidence)> {
        self.groups.iter()
    }

    fn open(&mut self, key: GroupKey) -> Result<&mut Evidence, TooManyGroups> {
        if self.groups.len() >= Self::LIMIT && !self.groups.contains_key(&key) {
            return Err(TooManyGroups);
        }
        Ok(self
            .groups
            .entry(key)
            .or_insert_with(|| Evidence::of_capacity(Capacity::GROUP)))
    }
}
