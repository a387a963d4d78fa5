//! What rows add to the sums of their items, remembered where it comes again: a logarithm takes longer than a look.

use super::super::decimals::Decimal;
use super::super::item::Sums;
use super::super::lean::Lean;
use crate::record::Abstained;

/// What answers of weight 1 add that are right or wrong and state a decimal of four digits.
#[derive(Clone, Debug, Default)]
pub(super) struct Scores {
    /// One more than where the sums of each decimal and outcome are, or zero.
    index: Vec<u16>,
    known: Vec<Sums>,
}

impl Scores {
    /// What a row adds.
    #[inline]
    pub(super) fn of(&mut self, row: &Lean) -> Sums {
        let answered = row.conduct.graded & (row.conduct.abstained != Abstained::Full);
        if !(answered & row.is_whole()) || row.decimal() == Decimal::NONE {
            return Sums::from(row);
        }
        let place = row.decimal().place() * 2 + usize::from(row.has_full_credit());
        let at = self.index.get(place).copied().unwrap_or_default();
        match self.known.get(usize::from(at).wrapping_sub(1)) {
            Some(sums) => sums.clone(),
            None => self.learn(place, row),
        }
    }

    fn learn(&mut self, place: usize, row: &Lean) -> Sums {
        if self.index.is_empty() {
            self.index = vec![0; 2 * Decimal::PLACES];
        }
        let sums = Sums::from(row);
        self.known.push(sums.clone());
        if let Some(at) = self.index.get_mut(place) {
            // There are fewer places than such numbers.
            *at = u16::try_from(self.known.len()).unwrap_or_default();
        }
        sums
    }
}
