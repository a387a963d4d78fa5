//! Graded answers by confidence on their way into a [`Tally`].

use super::super::mass::Mass;
use super::super::{Grid, Tally};
use super::table::Table;
use crate::record::Confidence;

/// The same cells as those of a tally, in a table.
#[derive(Clone, Debug)]
pub(super) struct Cells {
    grid: Grid,
    rounded: bool,
    cells: Table<Mass>,
}

impl Cells {
    pub(super) fn with_grid(grid: Grid) -> Self {
        Self {
            grid,
            rounded: false,
            cells: Table::default(),
        }
    }

    pub(super) fn add(&mut self, confidence: Confidence, credit: f64, weight: f64) {
        let place = match self.rounded {
            true => self.grid.round(confidence),
            false => confidence,
        };
        self.cells.entry(place.bits()).add(credit, weight);
        if !self.rounded && self.cells.len() > self.grid.limit() {
            self.round();
        }
    }

    pub(super) fn tally(self) -> Tally {
        let sorted = self.cells.into_sorted();
        let cells = sorted.filter_map(|(bits, mass)| Some((Confidence::of_bits(bits)?, mass)));
        Tally::gathered(self.grid, self.rounded, cells.collect())
    }

    fn round(&mut self) {
        self.rounded = true;
        for (bits, mass) in std::mem::take(&mut self.cells).into_pairs() {
            if let Some(confidence) = Confidence::of_bits(bits) {
                let place = self.grid.round(confidence);
                self.cells.entry(place.bits()).merge(mass);
            }
        }
    }
}
