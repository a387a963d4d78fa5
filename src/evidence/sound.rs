//! Counts that were not counted here, but read from a file, are checked: rows must be able to add up to them.
//!
//! Most is counted in two places, by confidence and by conduct, by item and by conduct, in a group and over all, and the
//! sums are exact, so that a change in one place shows in the other.

use super::mass::Mass;

/// A check: what follows if rows can add up to the counts, else what they cannot give.
pub(super) type Sound<T = ()> = Result<T, &'static str>;

/// Most rows of any evidence: sums of as many states as memory holds stay within 64 bits.
pub(crate) const MOST_ROWS: u64 = 1 << 44;

/// The least weight above zero of a row, and the greatest.
pub(super) const WEIGHTS: [f64; 2] = [1e-6, 1e5];

/// An error unless something holds.
pub(super) fn ensure(holds: bool, otherwise: &'static str) -> Sound {
    holds.then_some(()).ok_or(otherwise)
}

/// The sum of masses each of which is sound, itself with no more rows than can be.
pub(super) fn sum_of<'m>(masses: impl Iterator<Item = &'m Mass>) -> Sound<Mass> {
    let mut sum = Mass::default();
    for mass in masses {
        mass.check()?;
        // Neither has more than the most, so that their sum cannot overflow.
        sum.merge(mass.clone());
        ensure(sum.rows() <= MOST_ROWS, "too many rows")?;
    }
    Ok(sum)
}
