//! An item in the making: the rows that most are, in one line of a processor's cache.

use std::borrow::{Borrow, BorrowMut};
use std::fmt::Debug;

use super::super::behaviour::Conduct;
use super::super::item::{Item, Sums};
use super::super::lean::Lean;
use super::super::plain::Plain;
use crate::maths::fixed::Fixed;

/// What is summed of the answers of an item beside their weights.
pub(super) trait Summed: Clone + Debug + Default {
    /// What a row adds.
    type Row;

    /// An item in a list of many.
    type Listed: Clone + Debug + Default + BorrowMut<Growing<Self>> + Into<Growing<Self>>;

    /// Adds what confidences enter of a row of weight 1.
    fn add(&mut self, row: &Self::Row);

    /// Adds those of other rows.
    fn merge(&mut self, other: &Self);

    /// All that a row adds, whatever row it is.
    fn sums_of(row: &Lean) -> Sums;

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

impl Narrow {
    /// Looks at both ends of it, which may be in two lines of a processor's cache.
    #[inline]
    pub(super) fn look(&self) -> bool {
        (self.lower[0] == 0) | (self.upper[Sums::OF_CONFIDENCE - 1] == 0)
    }
}

impl Summed for Narrow {
    type Row = Self;
    type Listed = Line<Growing<Self>>;

    #[inline]
    fn add(&mut self, row: &Self) {
        self.merge(row);
    }

    #[inline]
    fn merge(&mut self, other: &Self) {
        let halves = self.lower.iter_mut().zip(&mut self.upper);
        let others = other.lower.iter().zip(&other.upper);
        for ((lower, upper), (low, high)) in halves.zip(others) {
            let (sum, carried) = lower.overflowing_add(*low);
            *lower = sum;
            // No sum of so few rows comes near the end of the range.
            *upper = upper.wrapping_add(*high).wrapping_add(i32::from(carried));
        }
    }

    fn sums_of(row: &Lean) -> Sums {
        Sums::from(row)
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

impl From<&Sums> for Narrow {
    /// Those of a row of weight 1.
    fn from(sums: &Sums) -> Self {
        let halves = sums.of_confidence().map(Fixed::halves);
        Self {
            lower: halves.map(|(low, _)| low),
            upper: halves.map(|(_, high)| high as i32),
        }
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

    fn merge(&mut self, (): &()) {}

    fn sums_of(_row: &Lean) -> Sums {
        Sums::default()
    }

    fn sums(&self, _right: u32) -> Sums {
        Sums::default()
    }
}

/// The rows of one item that most are: of weight 1, right, wrong or not graded, and answered or declined wholly.
#[derive(Clone, Debug, Default)]
pub(super) struct Growing<S> {
    answered: S,
    /// Answers that are right.
    right: u32,
    /// Rows by the class of their conduct.
    counts: [u16; Classes::MOST],
    /// Whether it has rows, here or elsewhere.
    known: bool,
}

impl<S: Summed> Growing<S> {
    /// Counts a row of this class and adds its sums; false, and nothing counted, where there is no room.
    ///
    /// What kind of row it is no processor can foresee: the same is done for all.
    #[inline]
    pub(super) fn add(&mut self, class: usize, row: &Lean, sums: &S::Row) -> bool {
        let count = self.counts.get_mut(class);
        let Some(count) = count.filter(|count| **count < u16::MAX) else {
            return false;
        };
        *count += 1;
        self.right += u32::from(row.is_right());
        self.answered.add(sums);
        true
    }

    /// Adds the rows that are counted in another of the same classes; false, and nothing added, where there is no room.
    pub(super) fn merge(&mut self, other: &Self) -> bool {
        let mut counts = self.counts;
        for (count, more) in counts.iter_mut().zip(other.counts) {
            let Some(sum) = count.checked_add(more) else {
                return false;
            };
            *count = sum;
        }
        self.counts = counts;
        self.right += other.right;
        self.answered.merge(&other.answered);
        true
    }

    /// Whether it has rows, here or elsewhere.
    #[inline]
    pub(super) fn is_known(&self) -> bool {
        self.known
    }

    /// Takes it for one that has rows; whether it had none.
    #[inline]
    pub(super) fn know(&mut self) -> bool {
        !std::mem::replace(&mut self.known, true)
    }

    /// Takes out all rows where there is no room for more.
    pub(super) fn take_full(&mut self, classes: &Classes) -> Option<Item> {
        let full = self.counts.contains(&u16::MAX).then(|| self.item(classes));
        if full.is_some() {
            *self = Self::default();
            self.know();
        }
        full
    }

    /// The item of these rows.
    pub(super) fn item(&self, classes: &Classes) -> Item {
        let mut plain = Plain::default();
        for (code, count) in classes.codes.iter().zip(self.counts) {
            if count > 0 {
                plain.add_rows(*code, u64::from(count));
            }
        }
        Item::of_plain(plain, self.answered.sums(self.right))
    }
}

/// The conducts that are counted in items, by their number: those that came first.
#[derive(Clone, Debug)]
pub(super) struct Classes {
    /// The number of the class with this code, or [`Classes::MOST`].
    numbers: [u8; Conduct::CODES as usize],
    codes: Vec<u8>,
}

impl Default for Classes {
    fn default() -> Self {
        Self {
            numbers: [Self::MOST as u8; Conduct::CODES as usize],
            codes: Vec::new(),
        }
    }
}

impl Classes {
    /// Most of them.
    const MOST: usize = 5;

    /// The number of the class of a row; none where it is counted elsewhere.
    #[inline]
    pub(super) fn of(&mut self, row: &Lean) -> Option<usize> {
        let number = usize::from(self.numbers[usize::from(row.code())]);
        match row.is_plain() {
            true if number < Self::MOST => Some(number),
            true => self.open(row.code()),
            false => None,
        }
    }

    fn open(&mut self, code: u8) -> Option<usize> {
        let number = self.codes.len();
        (number < Self::MOST).then_some(())?;
        self.codes.push(code);
        self.numbers[usize::from(code)] = number as u8;
        Some(number)
    }
}
