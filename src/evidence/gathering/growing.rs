//! An item in the making: the rows that most are, in two lines of a processor's cache.

use super::super::item::{Item, Sums};
use super::super::lean::Lean;
use super::super::plain::Plain;
use crate::record::Abstained;

/// What is summed of the answers of an item beside their weights.
pub(super) trait Summed: Clone + Default {
    /// Adds those of other rows.
    fn merge(&mut self, other: &Self);

    fn sums(&self) -> Sums;
}

impl Summed for Sums {
    #[inline]
    fn merge(&mut self, other: &Self) {
        self.merge(other);
    }

    fn sums(&self) -> Sums {
        self.clone()
    }
}

/// Nothing is.
impl Summed for () {
    fn merge(&mut self, (): &Self) {}

    fn sums(&self) -> Sums {
        Sums::default()
    }
}

/// The rows of one item, of which those of weight 1 that were answered or declined wholly are counted in place.
#[derive(Clone, Debug)]
pub(super) struct Growing<S> {
    answered: S,
    /// Rows by the code of their conduct.
    counts: [u32; CLASSES],
    codes: [u8; CLASSES],
    /// All other rows.
    others: Option<Box<Item>>,
}

/// Conducts counted in place.
const CLASSES: usize = 4;
/// The code of no conduct.
const NONE: u8 = u8::MAX;

impl<S: Default> Default for Growing<S> {
    fn default() -> Self {
        Self {
            answered: S::default(),
            counts: [0; CLASSES],
            codes: [NONE; CLASSES],
            others: None,
        }
    }
}

impl<S: Summed> Growing<S> {
    /// Counts a row and adds its sums.
    #[inline]
    pub(super) fn add(&mut self, row: &Lean, sums: &S) {
        let state = row.conduct.abstained;
        let common = row.weight == 1.0 && state != Abstained::Partial;
        let count = if common { self.count(row.code()) } else { None };
        let Some(count) = count.filter(|count| **count < u32::MAX) else {
            return self.others.get_or_insert_default().add(row, &sums.sums());
        };
        *count += 1;
        if state == Abstained::No {
            self.answered.merge(sums);
        }
    }

    /// Whether it has no rows yet.
    pub(super) fn is_empty(&self) -> bool {
        let [first, ..] = self.codes;
        first == NONE && self.others.is_none()
    }

    pub(super) fn merge(&mut self, other: Self) {
        let Self {
            answered,
            counts,
            codes,
            others,
        } = other;
        self.answered.merge(&answered);
        let mut left = Plain::default();
        for (code, rows) in codes.into_iter().zip(counts).filter(|(_, rows)| *rows > 0) {
            let count = self.count(code);
            let sum = count.as_ref().and_then(|count| count.checked_add(rows));
            match count.zip(sum) {
                Some((count, sum)) => *count = sum,
                None => left.add_rows(code, u64::from(rows)),
            }
        }
        let left = left
            .rows()
            .filter(|rows| *rows > 0)
            .map(|_| Item::of_plain(left, Sums::default()));
        for item in left.into_iter().chain(others.map(|others| *others)) {
            self.others.get_or_insert_default().merge(item);
        }
    }

    /// The item of these rows.
    pub(super) fn item(self) -> Item {
        let mut plain = Plain::default();
        for (code, count) in self.codes.into_iter().zip(self.counts) {
            if count > 0 {
                plain.add_rows(code, u64::from(count));
            }
        }
        let mut item = Item::of_plain(plain, self.answered.sums());
        if let Some(others) = self.others {
            item.merge(*others);
        }
        item
    }

    /// The rows of a conduct; none where it is not counted in place.
    #[inline]
    fn count(&mut self, code: u8) -> Option<&mut u32> {
        let known = |known: &u8| *known == code || *known == NONE;
        let place = self.codes.iter().position(known)?;
        self.codes[place] = code;
        self.counts.get_mut(place)
    }
}
