//! Graded answers by distinct confidence: all that the confidence metrics ever look at.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::grid::Grid;
use super::mass::{Mass, Totals};
use super::sound::{Sound, ensure, sum_of};
use crate::record::Confidence;

/// For each distinct confidence, how many answers and how many of them correct.
///
/// Sorted by confidence, ties pooled, merged exactly: millions of verbalised confidences collapse into about a
/// hundred cells, and no metric can depend on row order because the order is gone.
///
/// More distinct confidences than the limit of its [`Grid`] are rounded to that grid, all of them. Whether that happens
/// depends on the set of confidences alone, and so does where each of them counts, so that a rounded tally obeys the same
/// laws: merged in any order, shards end at the cells of the whole.
///
/// ```
/// use calib::evidence::Tally;
/// let tally = Tally::from_pairs([(0.9, true), (0.6, false), (0.9, true)]);
/// let cells: Vec<_> = tally.cells().map(|cell| (cell.confidence, cell.rows, cell.wy)).collect();
/// assert_eq!(cells, [(0.6, 1, 0.0), (0.9, 2, 2.0)]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    grid: Grid,
    rounded: bool,
    cells: BTreeMap<Confidence, Mass>,
}

/// All answers given at one confidence.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cell {
    /// The confidence.
    pub confidence: f64,
    /// The sums over its rows.
    pub totals: Totals,
}

impl std::ops::Deref for Cell {
    type Target = Totals;

    fn deref(&self) -> &Totals {
        &self.totals
    }
}

impl Tally {
    /// A tally of plain rows, for examples and tests; pairs outside `[0, 1]` are left out.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (f64, bool)>) -> Self {
        let mut tally = Self::default();
        for (confidence, correct) in pairs {
            if let Some(confidence) = Confidence::new(confidence) {
                tally.add(confidence, f64::from(u8::from(correct)), 1.0);
            }
        }
        tally
    }

    /// No answers yet, which will be rounded to this grid when they are too many.
    #[must_use]
    pub fn with_grid(grid: Grid) -> Self {
        Self {
            grid,
            ..Self::default()
        }
    }

    /// Answers that were gathered elsewhere.
    pub(super) fn gathered(grid: Grid, rounded: bool, cells: BTreeMap<Confidence, Mass>) -> Self {
        Self {
            grid,
            rounded,
            cells,
        }
    }

    /// Answers by confidence, however many these are.
    pub(super) fn restored(grid: Grid, cells: BTreeMap<Confidence, Mass>) -> Self {
        let mut tally = Self::gathered(grid, false, cells);
        tally.fit();
        tally
    }

    /// Counts one graded answer.
    pub fn add(&mut self, confidence: Confidence, credit: f64, weight: f64) {
        self.cell(confidence).add(credit, weight);
        self.fit();
    }

    /// Adds the answers of another tally: at the coarser grid of the two, rounded if either is or both together must be.
    pub fn merge(&mut self, other: Self) {
        let Self {
            grid,
            rounded,
            cells,
        } = other;
        let coarser = grid < self.grid;
        self.grid = self.grid.min(grid);
        if (rounded && !self.rounded) || (coarser && self.rounded) {
            self.round();
        }
        for (confidence, mass) in cells {
            self.cell(confidence).merge(mass);
        }
        self.fit();
    }

    /// The same answers at other confidences.
    pub(super) fn recalibrated(&self, curve: &dyn Fn(Confidence) -> Confidence) -> Self {
        let mut tally = Self::with_grid(self.grid);
        for (confidence, mass) in &self.cells {
            tally.cell(curve(*confidence)).merge(mass.clone());
        }
        tally.fit();
        tally
    }

    /// The same answers, rounded where those of another tally are.
    #[must_use]
    pub fn as_rounded_as(mut self, other: &Self) -> Self {
        if other.rounded && !self.rounded {
            self.round();
        }
        self
    }

    /// Checks that rows can add up to this on this grid; all of them as one mass.
    pub(super) fn check(&self, grid: Grid) -> Sound<Mass> {
        let all = sum_of(self.cells.values())?;
        let limit = grid.limit();
        let fits = match self.rounded {
            true => {
                all.rows() > limit as u64
                    && self.cells.keys().all(|place| grid.round(*place) == *place)
            }
            false => self.cells.len() <= limit,
        };
        ensure(
            self.grid == grid && fits,
            "confidences on no grid of theirs",
        )?;
        Ok(all)
    }

    /// The cells in order of confidence.
    pub fn cells(&self) -> impl Iterator<Item = Cell> {
        self.cells.iter().map(|(confidence, mass)| Cell {
            confidence: confidence.get(),
            totals: mass.totals(),
        })
    }

    /// The grid to which confidences were rounded; none while each distinct one has a cell.
    #[must_use]
    pub fn rounding(&self) -> Option<Grid> {
        self.rounded.then_some(self.grid)
    }

    /// Answers that do not count at their own confidence because it was rounded.
    #[must_use]
    pub fn moved(&self) -> u64 {
        let grid = self.rounding();
        let kept = |place: Confidence| grid.is_none_or(|grid| grid.keeps(place.get()));
        let moved = self.cells.iter().filter(|(place, _)| !kept(**place));
        moved.map(|(_, mass)| mass.rows()).sum()
    }

    /// Number of distinct confidences.
    #[must_use]
    pub fn len(&self) -> usize {
        self.cells.len()
    }

    /// Whether no answer was counted.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    /// The answers that count where this confidence does.
    fn cell(&mut self, confidence: Confidence) -> &mut Mass {
        let place = match self.rounded {
            true => self.grid.round(confidence),
            false => confidence,
        };
        self.cells.entry(place).or_default()
    }

    fn fit(&mut self) {
        if !self.rounded && self.cells.len() > self.grid.limit() {
            self.round();
        }
    }

    fn round(&mut self) {
        self.rounded = true;
        for (confidence, mass) in std::mem::take(&mut self.cells) {
            self.cell(confidence).merge(mass);
        }
    }
}
