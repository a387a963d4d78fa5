//! Graded answers by confidence on their way into a [`Tally`].

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

    /// Counts a row with this confidence and credit.
    #[inline]
    pub(super) fn add(&mut self, row: &Lean, confidence: Confidence, credit: f64) {
        if let Listed::Yes(decimals) = &mut self.decimals {
            let right = credit == 1.0;
            let plain = row.weight == 1.0 && (right || credit == 0.0);
            let listed = match row.decimal() {
                Decimal::NONE => false,
                place => plain && decimals.add(place, right),
            };
            if listed {
                return;
            }
            if row.decimal() != Decimal::NONE {
                self.unlist();
            }
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
