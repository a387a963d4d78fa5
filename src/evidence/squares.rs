//! Squared errors over every option of a question, which no top-label confidence can give back.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::sound::{Sound, ensure};
use crate::maths::fixed::Fixed;
use crate::record::{Abstained, Record};

/// Questions by their number of options, and the summed squared errors of all their options.
///
/// Only answers that enter the confidence metrics count, partial refusals apart; whatever their weight, each once.
///
/// ```
/// use calib::evidence::Squares;
/// use calib::record::{Confidence, Multiclass, Record};
/// let row = Record {
///     confidence: Confidence::new(0.5),
///     credit: Some(1.0),
///     multiclass: Some(Multiclass { classes: 3, square: 0.375 }),
///     ..Record::default()
/// };
/// let mut squares = Squares::default();
/// squares.add(&row);
/// squares.add(&row);
/// assert_eq!(squares.by_classes().collect::<Vec<_>>(), [(3, 2, 0.75)]);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Squares {
    classes: BTreeMap<u64, (u64, Fixed)>,
}

impl Squares {
    /// Counts one row.
    pub fn add(&mut self, record: &Record) {
        let counts = record.graded_confidence().is_some() && record.abstained == Abstained::No;
        if let Some(found) = record.multiclass.filter(|_| counts) {
            let (rows, sum) = self.classes.entry(found.classes).or_default();
            *rows += 1;
            *sum += Fixed::from(found.square);
        }
    }

    /// Adds the rows of another log.
    pub fn merge(&mut self, other: Self) {
        let Self { classes } = other;
        for (classes, (rows, sum)) in classes {
            let (ours, square) = self.classes.entry(classes).or_default();
            *ours += rows;
            *square += sum;
        }
    }

    /// Checks that at most so many rows can add up to this.
    pub(super) fn check(&self, rows: u64) -> Sound {
        let mut counted = 0u64;
        for (classes, (rows, sum)) in &self.classes {
            ensure(*classes > 0 && *rows > 0, "questions without options")?;
            counted = counted.saturating_add(*rows);
            let most = 2.0 * *rows as f64;
            let square = sum.to_f64();
            ensure(
                (0.0..=most).contains(&square),
                "squared errors that no answer has",
            )?;
        }
        ensure(counted <= rows, "more questions with options than answers")
    }

    /// For each number of options that occurs: it, its questions, and the sum of their squared errors.
    pub fn by_classes(&self) -> impl Iterator<Item = (u64, u64, f64)> {
        let sums = self.classes.iter();
        sums.map(|(classes, (rows, sum))| (*classes, *rows, sum.to_f64()))
    }
}
