//! Squared errors over every option of a question, which no top-label confidence can give back.

use std::collections::BTreeMap;

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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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

    /// For each number of options that occurs: it, its questions, and the sum of their squared errors.
    pub fn by_classes(&self) -> impl Iterator<Item = (u64, u64, f64)> {
        let sums = self.classes.iter();
        sums.map(|(classes, (rows, sum))| (*classes, *rows, sum.to_f64()))
    }
}
