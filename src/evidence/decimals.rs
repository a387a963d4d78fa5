//! Confidences that are decimals of four digits, as most are: plain rows at each, in a list without a search.

use crate::record::Confidence;

/// The place of a confidence among the decimals of four digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decimal(u16);

/// Places from one whole number to the next.
const STEPS: u16 = 10_000;

impl Decimal {
    /// That of a number that is none of them.
    pub(super) const NONE: Self = Self(u16::MAX);

    #[inline]
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a confidence lies between 0 and 1"
    )]
    pub(super) fn of(confidence: Confidence) -> Self {
        let place = (confidence.get() * f64::from(STEPS) + 0.5) as u16;
        match f64::from(place) / f64::from(STEPS) == confidence.get() {
            true => Self(place),
            false => Self::NONE,
        }
    }

    /// Number of places.
    pub(super) const PLACES: usize = STEPS as usize + 1;

    /// Its place; beyond all of them that of a number that is none.
    #[inline]
    pub(super) fn place(self) -> usize {
        usize::from(self.0)
    }

    /// The confidence that it is.
    pub(super) fn confidence(self) -> Option<Confidence> {
        Confidence::new(f64::from(self.0) / f64::from(STEPS))
    }
}

/// Rows of weight 1 that are right or wrong, by their confidence.
#[derive(Clone, Debug)]
pub(super) struct Decimals {
    /// Rows, and right ones among them.
    counts: Vec<[u32; 2]>,
    distinct: usize,
}

impl Default for Decimals {
    fn default() -> Self {
        Self {
            counts: vec![[0; 2]; Decimal::PLACES],
            distinct: 0,
        }
    }
}

impl Decimals {
    /// Number of confidences with rows.
    pub(super) fn distinct(&self) -> usize {
        self.distinct
    }

    /// Rows counted at a place.
    #[inline]
    pub(super) fn rows_at(&self, Decimal(place): Decimal) -> u32 {
        self.counts
            .get(usize::from(place))
            .map_or(0, |[rows, _]| *rows)
    }

    /// Counts one more row; false, and nothing counted, where there is no place for it.
    #[inline]
    pub(super) fn add(&mut self, place: Decimal, right: bool) -> bool {
        self.add_rows(place, 1, u32::from(right))
    }

    /// Counts so many rows, and right ones among them; false, and nothing counted, where there is no place for them.
    #[inline]
    pub(super) fn add_rows(&mut self, Decimal(place): Decimal, rows: u32, right: u32) -> bool {
        let Some([all, correct]) = self.counts.get_mut(usize::from(place)) else {
            return false;
        };
        let Some(sum) = all.checked_add(rows) else {
            return false;
        };
        self.distinct += usize::from(*all == 0);
        *all = sum;
        *correct += right;
        true
    }

    /// The rows at each confidence that has any, and the right ones among them.
    pub(super) fn rows(&self) -> impl Iterator<Item = (Confidence, [u64; 2])> {
        let counted = (0..).zip(&self.counts).filter(|(_, [rows, _])| *rows > 0);
        counted.filter_map(|(place, counts)| {
            let confidence = Decimal(place).confidence()?;
            Some((confidence, counts.map(u64::from)))
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn confidence(value: f64) -> Confidence {
        Confidence::new(value).unwrap()
    }

    #[test]
    fn every_decimal_has_its_place() {
        for place in 0..=STEPS {
            let decimal: f64 = format!("{place}e-4").parse().unwrap();
            assert_eq!(Decimal::of(confidence(decimal)), Decimal(place));
            assert_eq!(Decimal(place).confidence(), Some(confidence(decimal)));
        }
        let mut decimals = Decimals::default();
        assert!(decimals.add(Decimal(STEPS), true) && !decimals.add(Decimal::NONE, true));
        assert!(!decimals.add_rows(Decimal(STEPS), u32::MAX, 0));
        assert!(decimals.rows().eq([(confidence(1.0), [1, 1])]));
    }

    proptest! {
        #[test]
        fn no_other_number_has_one(value in 0.0..1.0_f64, place in 0..=STEPS, off in -3_i64..=3) {
            let near = f64::from_bits((f64::from(place) / 1e4).to_bits().saturating_add_signed(off));
            for value in [value, near].into_iter().filter_map(Confidence::new) {
                let place = Decimal::of(value);
                prop_assert!(place == Decimal::NONE || place.confidence() == Some(value));
            }
        }
    }
}
