//! Graded answers by confidence on their way into a [`Tally`].

use std::hint::black_box;

use super::super::decimals::{Decimal, Decimals};
use super::super::lean::Lean;
use super::super::mass::Mass;
use super::super::{Grid, Tally};
use super::table::Table;
use crate::record::Confidence;

/// The same cells as those of a tally: in a table, and where they are many, and most of them decimals, in a list of these.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    grid: Grid,
    rounded: bool,
    cells: Table<Mass>,
    decimals: Listed,
}

/// Whether decimals are listed.
#[derive(Clone, Debug)]
enum Listed {
    /// There are too few cells to say.
    NotYet,
    Yes(Decimals),
    No,
}

/// Cells from which on decimals are listed.
const MANY: usize = 1_024;

impl Cells {
    pub(super) fn with_grid(grid: Grid) -> Self {
        Self {
            grid,
            rounded: false,
            cells: Table::default(),
            decimals: Listed::NotYet,
        }
    }

    /// Looks for the places of rows before they are counted, all at the same time.
    pub(super) fn fetch<'r>(&self, rows: impl Iterator<Item = &'r Lean>) {
        if let Listed::Yes(decimals) = &self.decimals {
            black_box(rows.fold(0, |any, row| any | decimals.rows_at(row.decimal())));
        }
    }

    /// Counts a row, which has this confidence and credit.
    #[inline]
    pub(super) fn add(&mut self, row: &Lean, confidence: Confidence, credit: f64) {
        if let Listed::Yes(decimals) = &mut self.decimals
            && row.decimal() != Decimal::NONE
        {
            let known = decimals.distinct();
            if row.is_whole() && decimals.add(row.decimal(), row.has_full_credit()) {
                if decimals.distinct() > known {
                    self.grown();
                }
                return;
            }
            self.unlist();
        }
        self.add_cell(row, confidence, credit);
    }

    fn add_cell(&mut self, row: &Lean, confidence: Confidence, credit: f64) {
        let place = match self.rounded {
            true => self.grid.round(confidence),
            false => confidence,
        };
        self.cells.entry(place.bits()).add(credit, row.weight);
        if self.cells.len() >= MANY {
            self.grown();
        }
    }

    fn grown(&mut self) {
        if let Listed::NotYet = self.decimals {
            self.list();
        }
        let listed = match &self.decimals {
            Listed::Yes(decimals) => decimals.distinct(),
            Listed::NotYet | Listed::No => 0,
        };
        if !self.rounded && self.cells.len() + listed > self.grid.limit() {
            self.round();
        }
    }

    pub(super) fn tally(mut self) -> Tally {
        self.unlist();
        let sorted = self.cells.into_sorted();
        let cells = sorted.filter_map(|(bits, mass)| Some((Confidence::of_bits(bits)?, mass)));
        Tally::gathered(self.grid, self.rounded, cells.collect())
    }

    fn round(&mut self) {
        self.unlist();
        self.rounded = true;
        for (bits, mass) in std::mem::take(&mut self.cells).into_pairs() {
            if let Some(confidence) = Confidence::of_bits(bits) {
                let place = self.grid.round(confidence);
                self.cells.entry(place.bits()).merge(mass);
            }
        }
    }

    /// Lists decimals, where all rows until now are plain and half of them are some.
    fn list(&mut self) {
        self.decimals = Listed::No;
        let (mut decimals, mut others) = (Decimals::default(), Table::<Mass>::default());
        for (bits, mass) in self.cells.pairs() {
            let Some(counts) = mass.plain() else { return };
            let place = Confidence::of_bits(bits).map_or(Decimal::NONE, Decimal::of);
            let counted = counts.map(u32::try_from);
            match counted {
                [Ok(rows), Ok(right)] if decimals.add_rows(place, rows, right) => {}
                _ => others.entry(bits).merge(mass.clone()),
            }
        }
        if decimals.distinct() >= others.len() {
            self.cells = others;
            self.decimals = Listed::Yes(decimals);
        }
    }

    /// Has all cells in the table, from now on.
    fn unlist(&mut self) {
        if let Listed::Yes(decimals) = std::mem::replace(&mut self.decimals, Listed::No) {
            for (confidence, counts) in decimals.rows() {
                self.cells
                    .entry(confidence.bits())
                    .merge(Mass::of_plain(counts));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Record;

    /// So many confidences of which the first are decimals, then come others, then decimals again.
    fn distinct(others: u32, later: u32) -> Vec<Confidence> {
        let decimals = |places: std::ops::Range<u32>| places.map(|place| f64::from(place) / 1e4);
        let others = (0..others).map(|at| (f64::from(at) + 0.5) / 1e6);
        let all = decimals(0..520)
            .chain(others)
            .chain(decimals(520..520 + later));
        all.filter_map(Confidence::new).collect()
    }

    #[test]
    fn the_limit_is_that_of_a_tally_wherever_the_last_confidence_stands() {
        let limit = Grid::GROUP.limit() as u32;
        for (later, rounded) in [(0, false), (1, true), (9, true)] {
            let (mut cells, mut tally) =
                (Cells::with_grid(Grid::GROUP), Tally::with_grid(Grid::GROUP));
            for confidence in distinct(limit - 520, later) {
                let record = Record {
                    confidence: Some(confidence),
                    credit: Some(1.0),
                    ..Record::default()
                };
                cells.add(&Lean::from(&record), confidence, 1.0);
                tally.add(confidence, 1.0, 1.0);
            }
            assert_eq!(tally.rounding().is_some(), rounded);
            assert_eq!(cells.tally(), tally, "{later}");
        }
    }
}
