//! What rows add to the sums of their items, remembered where it comes again: a logarithm takes longer than a look.

use super::super::decimals::Decimal;
use super::super::item::Sums;
use super::super::lean::Lean;
use super::growing::Narrow;

/// What plain answers add that state a decimal of four digits.
#[derive(Debug, Default)]
pub(super) struct Scores {
    /// One more than where the sums of each decimal and outcome are, or zero.
    index: Vec<u16>,
    known: Vec<Narrow>,
}

impl Scores {
    /// What a row adds; nothing if it is not plain, for nobody asks then.
    #[inline]
    pub(super) fn of(&mut self, row: &Lean) -> Narrow {
        if !(row.is_plain() & row.is_answer()) {
            return Narrow::default();
        }
        let place = row.decimal().place() * 2 + usize::from(row.is_right());
        let at = self.index.get(place).copied().unwrap_or_default();
        match self.known.get(usize::from(at).wrapping_sub(1)) {
            Some(sums) => sums.clone(),
            None => self.learn(place, row),
        }
    }

    fn learn(&mut self, place: usize, row: &Lean) -> Narrow {
        if self.index.is_empty() {
            self.index = vec![0; 2 * Decimal::PLACES];
        }
        let sums = Narrow::from(&Sums::from(row));
        // A number that is no decimal has no place.
        if let Some(at) = self.index.get_mut(place) {
            self.known.push(sums.clone());
            // There are fewer places than such numbers.
            *at = u16::try_from(self.known.len()).unwrap_or_default();
        }
        sums
    }
}
