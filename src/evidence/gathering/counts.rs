//! Masses on their way into [`Counts`]: by conduct in a list, by confidence in [`Cells`].

use super::super::behaviour::{Behaviour, Conduct};
use super::super::lean::Lean;
use super::super::mass::Mass;
use super::super::{Agreement, Counts, Grid, Squares};
use super::cells::Cells;
use crate::record::{Abstained, Record};

/// Rows by conduct: few classes of those there can be occur.
#[derive(Clone, Debug)]
pub(super) struct Conducts {
    /// One more than the position of the class with this code, or zero.
    index: [u8; Conduct::CODES as usize],
    masses: Vec<(Conduct, Mass)>,
}

impl Default for Conducts {
    fn default() -> Self {
        Self {
            index: [0; Conduct::CODES as usize],
            masses: Vec::new(),
        }
    }
}

impl Conducts {
    pub(super) fn add(&mut self, row: &Lean) {
        let place = &mut self.index[usize::from(row.code())];
        if *place == 0 {
            self.masses.push((row.conduct, Mass::default()));
            *place = self.masses.len() as u8;
        }
        let (_, mass) = &mut self.masses[usize::from(*place) - 1];
        match row.is_whole() {
            true => mass.add_plain(row.has_full_credit()),
            false => mass.add(row.credit().unwrap_or(0.0), row.weight),
        }
    }

    pub(super) fn behaviour(self) -> Behaviour {
        Behaviour::gathered(self.masses.into_iter().collect())
    }
}

/// What is counted of a set of rows, apart from who belongs to whom.
#[derive(Clone, Debug)]
pub(super) struct Counting {
    answered: Cells,
    partial: Cells,
    conducts: Conducts,
    agreement: Agreement,
    squares: Squares,
}

impl Counting {
    pub(super) fn with_grid(grid: Grid) -> Self {
        Self {
            answered: Cells::with_grid(grid),
            partial: Cells::with_grid(grid),
            conducts: Conducts::default(),
            agreement: Agreement::default(),
            squares: Squares::default(),
        }
    }

    /// Looks for the places of answers before they are counted.
    pub(super) fn fetch<'r>(&self, rows: impl Iterator<Item = &'r Lean>) {
        self.answered.fetch(rows);
    }

    pub(super) fn add(&mut self, row: &Lean) {
        self.conducts.add(row);
        if let Some((confidence, credit)) = row.graded_confidence() {
            let cells = match row.conduct.abstained {
                Abstained::Partial => &mut self.partial,
                Abstained::No | Abstained::Full => &mut self.answered,
            };
            cells.add(row, confidence, credit);
        }
    }

    /// Counts what a row says beyond that.
    pub(super) fn add_rare(&mut self, record: &Record) {
        self.agreement.add(record);
        self.squares.add(record);
    }

    pub(super) fn counts(self) -> Counts {
        Counts {
            answered: self.answered.tally(),
            partial: self.partial.tally(),
            behaviour: self.conducts.behaviour(),
            agreement: self.agreement,
            squares: self.squares,
        }
    }
}
