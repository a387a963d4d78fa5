//! Counts of a set of rows that merge by addition: by confidence, and by what was done.

use serde::{Deserialize, Serialize};

use super::sound::{Sound, ensure};
use super::{Agreement, Behaviour, Conduct, Grid, Partial, Squares, Tally};
use crate::record::{Abstained, Confidence, Record};

/// What is counted of a set of rows, apart from who belongs to whom.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    pub(super) answered: Tally,
    pub(super) partial: Tally,
    pub(super) behaviour: Behaviour,
    pub(super) agreement: Agreement,
    pub(super) squares: Squares,
}

impl Counts {
    /// Counts that round confidences to this grid when they are too many.
    pub(super) fn with_grid(grid: Grid) -> Self {
        Self {
            answered: Tally::with_grid(grid),
            partial: Tally::with_grid(grid),
            ..Self::default()
        }
    }

    /// Counts one row.
    pub fn add(&mut self, record: &Record) {
        self.behaviour.add(record);
        self.agreement.add(record);
        self.squares.add(record);
        if let Some((confidence, credit)) = record.graded_confidence() {
            let tally = match record.abstained {
                Abstained::Partial => &mut self.partial,
                Abstained::No | Abstained::Full => &mut self.answered,
            };
            tally.add(confidence, credit, record.weight);
        }
    }

    /// Adds the counts of other rows.
    pub fn merge(&mut self, other: Self) {
        let Self {
            answered,
            partial,
            behaviour,
            agreement,
            squares,
        } = other;
        self.answered.merge(answered);
        self.partial.merge(partial);
        self.behaviour.merge(behaviour);
        self.agreement.merge(agreement);
        self.squares.merge(squares);
    }

    /// The same rows with other confidences.
    pub(super) fn recalibrated(&self, curve: &dyn Fn(Confidence) -> Confidence) -> Self {
        Self {
            answered: self.answered.recalibrated(curve),
            partial: self.partial.recalibrated(curve),
            behaviour: self.behaviour.clone(),
            agreement: self.agreement.clone(),
            squares: self.squares.clone(),
        }
    }

    /// Checks that rows can add up to this: what is counted in two places must agree.
    pub(super) fn check(&self, grid: Grid) -> Sound {
        let all = self.behaviour.check()?;
        let known = self.agreement.check()?;
        ensure(known.rows() <= all.rows(), "more human labels than rows")?;
        let tallies = [
            (&self.answered, Abstained::No),
            (&self.partial, Abstained::Partial),
        ];
        for (tally, state) in tallies {
            let graded = |conduct: &Conduct| {
                conduct.abstained == state && conduct.graded && conduct.confident
            };
            ensure(
                tally.check(grid)? == self.behaviour.mass(graded),
                "confidences that disagree with the rows",
            )?;
        }
        let answers = |c: &Conduct| c.abstained == Abstained::No && c.graded && c.confident;
        self.squares.check(self.behaviour.mass(answers).rows())
    }

    /// Confidence against correctness of the rows that count as answered.
    #[must_use]
    pub fn tally(&self, partial: Partial) -> Tally {
        let mut tally = self.answered.clone();
        if partial == Partial::Answer {
            tally.merge(self.partial.clone());
        }
        tally
    }

    /// What was done with which prompts.
    #[must_use]
    pub fn behaviour(&self) -> &Behaviour {
        &self.behaviour
    }

    /// What humans said of rows that a judge had labelled.
    #[must_use]
    pub fn agreement(&self) -> &Agreement {
        &self.agreement
    }

    /// Squared errors over every option, of the questions that have any.
    #[must_use]
    pub fn squares(&self) -> &Squares {
        &self.squares
    }
}
