//! An item in the making: the rows that most are, in one line of a processor's cache.

use std::borrow::{Borrow, BorrowMut};
use std::fmt::Debug;

use super::super::item::{Item, Sums};
use super::super::lean::Lean;
use super::super::plain::Plain;
use crate::maths::fixed::Fixed;
use crate::record::Abstained;

/// What is summed of the answers of an item beside their weights.
pub(super) trait Summed: Clone + Debug + Default {
    /// What a row adds.
    type Row;

    /// An item in a list of many.
    type Listed: Clone + Debug + Default + BorrowMut<Growing<Self>> + Into<Growing<Self>>;

    /// Adds what confidences enter of a row of weight 1.
    fn add(&mut self, row: &Self::Row);

    /// The sums of a row.
    fn sums_of(row: &Self::Row) -> Sums;

    /// The sums of all rows, of which so many are right.
    fn sums(&self, right: u32) -> Sums;
}

/// The sums that confidences enter, of so few rows of weight 1 that 96 bits hold each, without a bit less than [`Sums`] has.
#[derive(Clone, Debug, Default)]
pub(super) struct Narrow {
    /// The lower 64 bits, and what is above them.
    lower: [u64; Sums::OF_CONFIDENCE],
    upper: [i32; Sums::OF_CONFIDENCE],
}

impl Summed for Narrow {
    type Row = Sums;
    type Listed = Line<Growing<Self>>;

    #[inline]
    fn add(&mut self, row: &Sums) {
        let halves = self.lower.iter_mut().zip(&mut self.upper);
        for ((lower, upper), term) in halves.zip(row.of_confidence()) {
            let (low, high) = term.halves();
            let (sum, carried) = lower.overflowing_add(low);
            *lower = sum;
            // No sum of so few rows comes near the end of the range.
            *upper = upper.wrapping_add(high as i32 + i32::from(carried));
        }
    }

    fn sums_of(row: &Sums) -> Sums {
        row.clone()
    }

    fn sums(&self, right: u32) -> Sums {
        let halves = self.lower.iter().zip(&self.upper);
        let mut terms = halves.map(|(lower, upper)| Fixed::of_halves(*lower, i64::from(*upper)));
        Sums::of_terms(
            Fixed::from(u64::from(right)),
            std::array::from_fn(|_| terms.next().unwrap_or_default()),
        )
    }
}

/// What begins where a line of a processor's cache does.
#[derive(Clone, Debug, Default)]
#[repr(align(64))]
pub(super) struct Line<T>(T);

impl<S> Borrow<Growing<S>> for Line<Growing<S>> {
    fn borrow(&self) -> &Growing<S> {
        &self.0
    }
}

impl<S> BorrowMut<Growing<S>> for Line<Growing<S>> {
    fn borrow_mut(&mut self) -> &mut Growing<S> {
        &mut self.0
    }
}

impl<S> From<Line<Self>> for Growing<S> {
    fn from(line: Line<Self>) -> Self {
        line.0
    }
}

/// The size of such a line.
const LINE: usize = 64;
const _: () = assert!(
    size_of::<Line<Growing<Narrow>>>() == LINE,
    "more than one line"
);

/// Nothing is.
impl Summed for () {
    type Row = ();
    type Listed = Growing<Self>;

    fn add(&mut self, (): &()) {}

    fn sums_of((): &()) -> Sums {
        Sums::default()
    }

    fn sums(&self, _right: u32) -> Sums {
        Sums::default()
    }
}

/// The rows of one item that most are: of weight 1, right, wrong or not graded, and answered or declined wholly.
#[derive(Clone, Debug)]
pub(super) struct Growing<S> {
    answered: S,
    /// Answers that are right.
    right: u32,
    /// Rows by the code of their conduct.
    counts: [u16; CLASSES],
    codes: [u8; CLASSES],
}

/// Conducts counted in place.
const CLASSES: usize = 4;
/// The code of no conduct.
const NONE: u8 = u8::MAX;

impl<S: Default> Default for Growing<S> {
    fn default() -> Self {
        Self {
            answered: S::default(),
            right: 0,
            counts: [0; CLASSES],
            codes: [NONE; CLASSES],
        }
    }
}

impl<S: Summed> Growing<S> {
    /// Counts a row and adds its sums; false, and nothing counted, where it is none of those, or there is no room.
    #[inline]
    pub(super) fn add(&mut self, row: &Lean, sums: &S::Row) -> bool {
        let (state, credit) = (row.conduct.abstained, row.credit().unwrap_or(0.0));
        let (right, whole) = (credit == 1.0, credit == 0.0 || credit == 1.0);
        if row.weight != 1.0 || state == Abstained::Partial || !whole {
            return false;
        }
        let Some(count) = self.count(row.code()) else {
            return false;
        };
        let Some(sum) = count.checked_add(1) else {
            return false;
        };
        *count = sum;
        if state == Abstained::No {
            self.right += u32::from(right);
            self.answered.add(sums);
        }
        true
    }

    /// Whether it has no rows yet, here or elsewhere.
    pub(super) fn is_empty(&self) -> bool {
        let [first, ..] = self.codes;
        first == NONE
    }

    /// Knows of a row of this code that is counted elsewhere.
    pub(super) fn know(&mut self, code: u8) {
        self.count(code);
    }

    /// Takes out all rows where there is no room for more.
    pub(super) fn take_full(&mut self) -> Option<Item> {
        let full = self.counts.contains(&u16::MAX).then(|| self.item());
        if full.is_some() {
            let codes = self.codes;
            *self = Self {
                codes,
                ..Self::default()
            };
        }
        full
    }

    /// The item of these rows.
    pub(super) fn item(&self) -> Item {
        let mut plain = Plain::default();
        for (code, count) in self.codes.into_iter().zip(self.counts) {
            if count > 0 {
                plain.add_rows(code, u64::from(count));
            }
        }
        Item::of_plain(plain, self.answered.sums(self.right))
    }

    /// The rows of a conduct; none where it is not counted in place.
    #[inline]
    fn count(&mut self, code: u8) -> Option<&mut u16> {
        let known = |known: &u8| *known == code || *known == NONE;
        let place = self.codes.iter().position(known)?;
        self.codes[place] = code;
        self.counts.get_mut(place)
    }
}
