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

impl<R: Placed> Hoard<R> {
    /// No rows yet, at most `capacity` distinct ones in the end.
    pub(super) fn with_capacity(capacity: usize) -> Self {
        Self {
            capacity,
            limit: None,
            sorted: Vec::new(),
            fresh: Vec::new(),
        }
    }

    /// Adds a row.
    pub(super) fn add(&mut self, row: R) {
        if self.limit.is_none_or(|limit| row.place() < limit) {
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

    fn settle(&mut self) {
        self.fresh.sort_unstable();
        let fresh = std::mem::take(&mut self.fresh)
            .into_iter()
            .map(|row| (row, 1));
        let sorted = std::mem::take(&mut self.sorted);
        self.sorted = merged(sorted, fresh);
        let beyond = self.sorted.get(self.capacity);
        if let Some(place) = beyond.map(|(row, _)| row.place()) {
            self.limit = Some(place);
            self.sorted
                .truncate(self.sorted.partition_point(|(row, _)| row.place() < place));
        }
    }
}

/// Two sorted lists as one, equal rows counted together.
fn merged<R: Ord>(
    ours: Vec<(R, u64)>,
    theirs: impl ExactSizeIterator<Item = (R, u64)>,
) -> Vec<(R, u64)> {
    let mut all: Vec<(R, u64)> = Vec::with_capacity(ours.len() + theirs.len());
    let mut push = |(row, count): (R, u64)| match all.last_mut() {
        Some((last, known)) if *last == row => *known += count,
        _ => all.push((row, count)),
    };
    let mut theirs = theirs.peekable();
    for ours in ours {
        while let Some(next) = theirs.next_if(|next| next.0 < ours.0) {
            push(next);
        }
        push(ours);
    }
    theirs.for_each(push);
    all
}
