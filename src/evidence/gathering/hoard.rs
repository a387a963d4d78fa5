//! Rows on their way into [`Kept`]: gathered in a list, sorted and cut to size from time to time.

use super::super::kept::{Kept, Placed};

/// Rows that may be kept.
#[derive(Clone, Debug)]
pub(super) struct Hoard<R> {
    capacity: usize,
    /// Places from this hash on are left out.
    limit: Option<u64>,
    /// Rows in order, with how often each occurs.
    sorted: Vec<(R, u64)>,
    /// Rows that came since.
    fresh: Vec<R>,
}

/// Fresh rows that are few whatever the capacity.
const FEW: usize = 1_024;

impl<R: Placed + Clone> Hoard<R> {
    /// No rows yet, at most `capacity` distinct ones in the end.
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self {
            capacity,
            limit: None,
            sorted: Vec::new(),
            fresh: Vec::new(),
        }
    }

    /// Whether rows of a place may be kept: most are left out, and not even made.
    #[inline]
    pub(super) fn takes(&self, place: u64) -> bool {
        self.limit.is_none_or(|limit| place < limit)
    }

    /// Adds a row.
    pub(super) fn add(&mut self, row: R) {
        if self.takes(row.place()) {
            self.fresh.push(row);
            if self.fresh.len() >= (self.capacity / 4).clamp(1, self.sorted.len().max(FEW)) {
                self.settle();
            }
        }
    }

    /// The rows that are kept.
    pub(super) fn kept(mut self) -> Kept<R> {
        self.settle();
        Kept::gathered(self.capacity, self.limit, self.sorted)
    }

    /// Makes room for the fresh rows among those in order: twice as much as there was, but no more than there will ever be.
    fn make_room(&mut self) {
        let (held, wanted) = (self.sorted.len(), self.sorted.len() + self.fresh.len());
        if wanted > self.sorted.capacity() {
            let room = wanted.max((2 * held).min(self.capacity + self.capacity / 4));
            self.sorted.reserve_exact(room - held);
        }
    }

    fn settle(&mut self) {
        self.fresh.sort_unstable();
        self.make_room();
        merge(&mut self.sorted, &mut self.fresh);
        let beyond = self.sorted.get(self.capacity);
        if let Some(place) = beyond.map(|(row, _)| row.place()) {
            self.limit = Some(place);
            self.sorted
                .truncate(self.sorted.partition_point(|(row, _)| row.place() < place));
        }
    }
}

/// Moves sorted rows into a sorted list, equal ones counted together. They go in from the end, where there is room, so that
/// no second list is needed.
fn merge<R: Ord + Clone>(sorted: &mut Vec<(R, u64)>, fresh: &mut Vec<R>) {
    let mut left = sorted.len();
    sorted.extend(fresh.iter().map(|row| (row.clone(), 1)));
    let mut end = sorted.len();
    while let Some(row) = fresh.pop() {
        // What is moved aside is in the way of nothing: it was moved on before, or stands for a row that is still to come.
        while left > 0 && sorted[left - 1].0 > row {
            left -= 1;
            end -= 1;
            sorted.swap(left, end);
        }
        end -= 1;
        sorted[end] = (row, 1);
    }
    sorted.dedup_by(|next, last| {
        let same = next.0 == last.0;
        last.1 += if same { next.1 } else { 0 };
        same
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn rows_are_counted_wherever_they_go(lists in prop::collection::vec(prop::collection::vec(0..30_u8, 0..20), 0..5)) {
            let (mut sorted, mut counts) = (Vec::new(), BTreeMap::new());
            for mut fresh in lists {
                for row in &fresh {
                    *counts.entry(*row).or_default() += 1;
                }
                fresh.sort_unstable();
                merge(&mut sorted, &mut fresh);
                prop_assert!(fresh.is_empty() && sorted.iter().copied().eq(counts.clone()));
            }
        }
    }
}
