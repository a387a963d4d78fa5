//! Rows of weight 1 by conduct: the few classes an item has stand in the item itself, without a list of their own.

use serde::{Deserialize, Serialize};

use super::behaviour::Conduct;

/// Number of rows of each conduct.
///
/// A count is a number whose first byte is the code of the conduct; they are in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Vec<u64>", into = "Vec<u64>")]
pub(super) struct Plain {
    few: [u64; FEW],
    /// The counts of greater codes, where there are more.
    #[expect(
        clippy::box_collection,
        reason = "nearly every item goes without, and there are many"
    )]
    more: Option<Box<Vec<u64>>>,
}

/// Classes that need no list.
const FEW: usize = 4;
/// Where there is no count; greater than any.
const NONE: u64 = u64::MAX;
/// Bits of a count below the code of its conduct.
const COUNT_BITS: u32 = 56;
const COUNT: u64 = (1 << COUNT_BITS) - 1;

impl Default for Plain {
    fn default() -> Self {
        Self {
            few: [NONE; FEW],
            more: None,
        }
    }
}

impl Plain {
    /// Counts one row of the conduct with this code.
    pub(super) fn add(&mut self, code: u8) {
        self.add_rows(code, 1);
    }

    /// Counts so many rows, fewer than 2⁵⁶, of the conduct with this code.
    pub(super) fn add_rows(&mut self, code: u8, rows: u64) {
        self.add_count(u64::from(code) << COUNT_BITS | rows);
    }

    /// Adds the rows of another.
    pub(super) fn merge(&mut self, other: &Self) {
        other.counts().for_each(|count| self.add_count(count));
    }

    /// The rows of each conduct.
    pub(super) fn iter(&self) -> impl Iterator<Item = (Conduct, u64)> + Clone {
        self.counts()
            .map(|count| (Conduct::of_code(count >> COUNT_BITS), count & COUNT))
    }

    /// Whether these are counts as they are made here.
    pub(super) fn is_sound(&self) -> bool {
        let codes = self.counts().map(|count| count >> COUNT_BITS);
        codes.clone().is_sorted_by(|a, b| a < b)
            && codes.clone().all(|code| code < u64::from(Conduct::CODES))
            && self.counts().all(|count| count & COUNT > 0)
    }

    /// All rows; none where they are too many to add.
    pub(super) fn rows(&self) -> Option<u64> {
        let mut counts = self.counts().map(|count| count & COUNT);
        counts.try_fold(0, u64::checked_add)
    }

    fn counts(&self) -> impl Iterator<Item = u64> + Clone {
        let few = self.few.iter().take_while(|count| **count != NONE);
        few.chain(self.more.iter().flat_map(|more| more.iter()))
            .copied()
    }

    fn add_count(&mut self, count: u64) {
        let code = count >> COUNT_BITS;
        let Some(at) = self
            .few
            .iter()
            .position(|known| known >> COUNT_BITS >= code)
        else {
            return self.add_more(count);
        };
        if self.few[at] >> COUNT_BITS == code {
            self.few[at] += count & COUNT;
            return;
        }
        let last = self.few[FEW - 1];
        self.few[at..].rotate_right(1);
        self.few[at] = count;
        if last != NONE {
            self.add_more(last);
        }
    }

    fn add_more(&mut self, count: u64) {
        let more = self.more.get_or_insert_default();
        match more.binary_search_by_key(&(count >> COUNT_BITS), |known| known >> COUNT_BITS) {
            Ok(at) => more[at] += count & COUNT,
            Err(at) => more.insert(at, count),
        }
    }
}

impl From<Vec<u64>> for Plain {
    /// As they stand in a file, be they sound or not.
    fn from(counts: Vec<u64>) -> Self {
        let mut plain = Self::default();
        let few = counts.len().min(FEW);
        plain.few[..few].copy_from_slice(&counts[..few]);
        let more = counts[few..].to_vec();
        plain.more = (!more.is_empty()).then(|| Box::new(more));
        plain
    }
}

impl From<Plain> for Vec<u64> {
    fn from(plain: Plain) -> Self {
        plain.counts().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_of_many_classes_are_the_same_in_any_order() {
        let codes = [40_u64, 3, 107, 0, 9, 3, 40, 3, 61];
        let plain = |codes: &mut dyn Iterator<Item = &u64>| {
            let mut plain = Plain::default();
            codes.for_each(|code| plain.add(*code as u8));
            plain
        };
        let (forward, backward) = (plain(&mut codes.iter()), plain(&mut codes.iter().rev()));
        assert_eq!(forward, backward);
        assert!(forward.is_sound());
        let mut halves = plain(&mut codes[..4].iter());
        halves.merge(&plain(&mut codes[4..].iter()));
        assert_eq!(forward, halves);
        let counts: Vec<_> = forward
            .iter()
            .map(|(conduct, rows)| (conduct.code(), rows))
            .collect();
        assert_eq!(counts, [(0, 1), (3, 3), (9, 1), (40, 2), (61, 1), (107, 1)]);
        assert_eq!(Plain::from(Vec::from(forward.clone())), forward);
        assert_eq!(forward.rows(), Some(9));
    }
}
