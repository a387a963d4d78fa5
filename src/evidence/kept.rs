//! Rows that are kept whole while they are few enough, and beyond that a sample of whole clusters, chosen by hash.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::sound::{MOST_ROWS, Sound, ensure};

/// A row that can be kept: rows of one place are kept or left out together.
pub trait Placed: Ord {
    /// Hash of what the row belongs to; comes first in the order of rows.
    fn place(&self) -> u64;
}

/// Rows with how often each occurs, of all places or of those with the smallest hashes.
///
/// At most `capacity` distinct rows are kept. Beyond that, whole places are left out from the largest hash down, until
/// the others fit. Which they are depends on the set of rows alone: the first place in order of hashes at which there
/// are too many rows is the same whatever was left out above it before, so merging in any order ends at the same rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(bound(deserialize = "R: Deserialize<'de> + Ord", serialize = "R: Serialize"))]
pub struct Kept<R> {
    capacity: usize,
    /// Places from this hash on are left out.
    limit: Option<u64>,
    rows: BTreeMap<R, u64>,
}

impl<R: Placed> Kept<R> {
    /// No rows yet, at most `capacity` distinct ones.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            capacity,
            limit: None,
            rows: BTreeMap::new(),
        }
    }

    /// Nothing, of rows that were not kept.
    #[must_use]
    pub(super) fn none(capacity: usize) -> Self {
        Self {
            limit: Some(0),
            ..Self::with_capacity(capacity)
        }
    }

    /// These rows, which are all there are.
    #[must_use]
    pub(super) fn whole(capacity: usize, rows: BTreeMap<R, u64>) -> Self {
        Self {
            rows,
            ..Self::with_capacity(capacity)
        }
    }

    /// Rows that were gathered elsewhere, sorted; those of places from the limit on were left out.
    pub(super) fn gathered(capacity: usize, limit: Option<u64>, rows: Vec<(R, u64)>) -> Self {
        Self {
            capacity,
            limit,
            rows: rows.into_iter().collect(),
        }
    }

    /// Adds a row.
    pub fn add(&mut self, row: R) {
        if self.has_room_for(&row) {
            *self.rows.entry(row).or_default() += 1;
            self.fit();
        }
    }

    /// Adds the rows of another: the smaller capacity and limit of the two, then as much as fits.
    pub fn merge(&mut self, other: Self) {
        let Self {
            capacity,
            limit,
            rows,
        } = other;
        self.capacity = self.capacity.min(capacity);
        if let Some(limit) = limit {
            self.cut(limit);
        }
        for (row, count) in rows {
            if self.has_room_for(&row) {
                *self.rows.entry(row).or_default() += count;
            }
        }
        self.fit();
    }

    /// The same rows, each changed in what says nothing of its place.
    pub(super) fn changed(&self, change: impl Fn(&R) -> R) -> Self {
        let mut rows: BTreeMap<R, u64> = BTreeMap::new();
        for (row, count) in self.iter() {
            *rows.entry(change(row)).or_default() += count;
        }
        Self {
            capacity: self.capacity,
            limit: self.limit,
            rows,
        }
    }

    /// Whether every row is there.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.limit.is_none()
    }

    /// The rows in order, with how often each occurs.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (&R, u64)> {
        self.rows.iter().map(|(row, count)| (row, *count))
    }

    /// The rows with how often each occurs, if every row is there.
    #[must_use]
    pub fn all(&self) -> Option<&BTreeMap<R, u64>> {
        self.is_whole().then_some(&self.rows)
    }

    /// Number of rows that are there, each as often as it occurs.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
            .values()
            .fold(0, |sum, count| sum.saturating_add(*count))
    }

    /// Whether nothing is kept.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Checks that rows can add up to this, with this capacity.
    pub(super) fn check(&self, capacity: usize, fits: impl Fn(&R) -> bool) -> Sound {
        ensure(
            self.capacity == capacity && self.rows.len() <= capacity,
            "more kept rows than fit",
        )?;
        let counts = self.rows.values();
        ensure(
            self.rows
                .keys()
                .all(|row| self.has_room_for(row) && fits(row))
                && counts.clone().all(|count| (1..=MOST_ROWS).contains(count)),
            "kept rows that are none",
        )?;
        ensure(self.rows() <= MOST_ROWS, "too many rows")
    }

    fn has_room_for(&self, row: &R) -> bool {
        self.limit.is_none_or(|limit| row.place() < limit)
    }

    /// Leaves out the places from this hash on.
    fn cut(&mut self, limit: u64) {
        if self.limit.is_none_or(|known| limit < known) {
            self.limit = Some(limit);
            while let Some(last) = self.rows.last_entry() {
                if last.key().place() < limit {
                    break;
                }
                last.remove();
            }
        }
    }

    fn fit(&mut self) {
        // The first row that does not fit, found from the end: few are too many, and all others fit.
        if let Some(beyond) = self.rows.len().saturating_sub(self.capacity).checked_sub(1)
            && let Some(row) = self.rows.keys().nth_back(beyond)
        {
            self.cut(row.place());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
    struct Row(u64, u8);

    impl Placed for Row {
        fn place(&self) -> u64 {
            self.0
        }
    }

    #[test]
    fn whole_places_stay_or_go() {
        let mut kept = Kept::with_capacity(4);
        for row in [Row(5, 0), Row(1, 0), Row(1, 1), Row(5, 0), Row(3, 0)] {
            kept.add(row);
        }
        assert!(kept.is_whole());
        assert_eq!(kept.rows(), 5);
        // The fifth distinct row is the second of place 5, which goes as a whole.
        kept.add(Row(5, 1));
        assert!(!kept.is_whole() && kept.all().is_none());
        let rows: Vec<_> = kept.iter().collect();
        assert_eq!(rows, [(&Row(1, 0), 1), (&Row(1, 1), 1), (&Row(3, 0), 1)]);
        // Above the limit nothing comes back.
        kept.add(Row(9, 0));
        assert_eq!(kept.rows(), 3);
    }

    #[test]
    fn a_place_larger_than_the_store_leaves_nothing_and_says_so() {
        let mut kept = Kept::with_capacity(2);
        for at in 0..9 {
            kept.add(Row(7, at));
        }
        assert!(kept.is_empty() && !kept.is_whole());
    }
}
