//! What rows add to the sums of their items, remembered where it comes again: a logarithm takes longer than a look.

use std::hint::black_box;

use super::super::decimals::Decimal;
use super::super::item::Sums;
use super::super::lean::Lean;
use super::growing::Narrow;

/// What plain answers add, remembered of those that state a decimal of four digits.
#[derive(Debug)]
pub(super) struct Scores {
    /// Where the sums of each decimal and outcome are, and last of what adds none; or zero.
    index: Vec<u16>,
    known: Vec<Narrow>,
    /// The sums of other rows, until they are counted.
    fresh: Vec<Narrow>,
}

/// Where the sums of a row are.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place(u32);

impl Place {
    /// The place in the list of other rows.
    const FRESH: u32 = 1 << 16;
}

/// The place in the index of rows that add nothing.
const NOTHING: usize = 2 * Decimal::PLACES;

impl Default for Scores {
    fn default() -> Self {
        Self {
            index: Vec::new(),
            // The first stands for all that are not known, the second for what adds nothing.
            known: vec![Narrow::default(); 2],
            fresh: Vec::new(),
        }
    }
}

impl Scores {
    /// Where to find what a row adds; nothing if it is not plain, for nobody asks then.
    ///
    /// What kind of row it is no processor can foresee: all are looked up.
    #[inline]
    pub(super) fn of(&mut self, row: &Lean) -> Place {
        let decimal = row.decimal().place() * 2 + usize::from(row.is_right());
        let place = match row.is_plain() & row.is_answer() {
            true => decimal,
            false => NOTHING,
        };
        match self.index.get(place) {
            Some(at) if *at > 0 => Place(u32::from(*at)),
            _ => self.learn(place, row),
        }
    }

    #[cold]
    fn learn(&mut self, place: usize, row: &Lean) -> Place {
        if self.index.is_empty() {
            self.index = vec![0; NOTHING + 1];
            self.index[NOTHING] = 1;
        }
        if place == NOTHING {
            return Place(1);
        }
        let sums = Narrow::from(&Sums::from(row));
        // A number that is no decimal has no place.
        let Some(at) = self.index.get_mut(place) else {
            self.fresh.push(sums);
            // There are only those of a few rows.
            return Place(Place::FRESH + self.fresh.len() as u32 - 1);
        };
        // There are fewer places than such numbers.
        *at = u16::try_from(self.known.len()).unwrap_or_default();
        self.known.push(sums);
        Place(u32::from(*at))
    }

    /// What stands at a place.
    #[inline]
    pub(super) fn at(&self, Place(place): Place) -> &Narrow {
        match place.checked_sub(Place::FRESH) {
            None => &self.known[place as usize],
            Some(fresh) => &self.fresh[fresh as usize],
        }
    }

    /// Looks for places before they are asked for, all at the same time.
    pub(super) fn fetch(&self, places: impl Iterator<Item = Place>) {
        black_box(places.fold(false, |any, place| any | self.at(place).look()));
    }

    /// Forgets what is not remembered: the rows are counted.
    pub(super) fn forget(&mut self) {
        self.fresh.clear();
    }
}
