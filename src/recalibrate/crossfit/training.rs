//! What curves are fitted to: the answers of all folds but one.

use super::{FOLDS, Folds, Held};
use crate::evidence::Totals;
use crate::recalibrate::graded::{Graded, scaled};

/// The answers outside each fold in turn: those of all folds are summed once, and of rows that all have weight 1 and are
/// right or wrong a fold's own are taken off, which rounds nothing.
///
/// ```
/// use calib::{evidence::{Evidence, Partial}, recalibrate::crossfit::Folds, record::{Confidence, Record}};
/// let mut evidence = Evidence::default();
/// for at in 0..50 {
///     let confidence = Confidence::new(f64::from(at % 5) / 5.0);
///     evidence.add(&Record { confidence, credit: Some(f64::from(at % 2)), ..Record::default() });
/// }
/// let folds = Folds::of(&evidence, Partial::Abstain, 0).unwrap();
/// let trainings = folds.trainings();
/// assert!((0..10).all(|fold| trainings.without(fold) == folds.training(Some(fold))));
/// ```
#[derive(Debug)]
pub struct Trainings<'a> {
    folds: &'a Folds,
    /// None where rows are not plain.
    plain: Option<Plain>,
}

#[derive(Debug)]
struct Plain {
    /// The answers of all folds.
    all: Vec<Graded>,
    /// Those of each fold: their places among all, with their weight and credit.
    own: [Vec<(usize, [f64; 2])>; FOLDS],
}

impl<'a> Trainings<'a> {
    pub(super) fn of(folds: &'a Folds) -> Self {
        Self {
            folds,
            plain: Plain::of(folds.rows()),
        }
    }

    /// The answers outside a fold, as [`Folds::training`] gives them.
    #[must_use]
    pub fn without(&self, fold: usize) -> Vec<Graded> {
        match &self.plain {
            Some(plain) => plain.without(fold),
            None => self.folds.training(Some(fold)),
        }
    }
}

impl Plain {
    fn of(rows: &[Held]) -> Option<Self> {
        let all = plain_by_confidence(rows.iter())?;
        let mut own: [Vec<_>; FOLDS] = Default::default();
        let mut at = 0;
        for row in rows {
            while all.get(at)?.confidence < row.confidence {
                at += 1;
            }
            own.get_mut(row.fold)?.push((at, row.totals.counts()?));
        }
        Some(Self { all, own })
    }

    fn without(&self, fold: usize) -> Vec<Graded> {
        let mut outside = self.all.clone();
        for (at, [weight, credit]) in self.own.get(fold).into_iter().flatten() {
            if let Some(row) = outside.get_mut(*at) {
                row.weight -= weight;
                row.credit -= credit;
            }
        }
        outside.retain(|row| row.weight > 0.0);
        outside
    }
}

/// Rows in order of confidence, summed at each.
pub(in crate::recalibrate) fn by_confidence<'h>(
    rows: impl Iterator<Item = &'h Held> + Clone,
) -> Vec<Graded> {
    if let Some(graded) = plain_by_confidence(rows.clone()) {
        return graded;
    }
    let rows: Vec<&Held> = rows.collect();
    let ties = rows.chunk_by(|one, other| one.confidence == other.confidence);
    scaled(ties.map(|tie| {
        let mut totals = Totals::default();
        for row in tie {
            totals += row.totals.totals();
        }
        (tie[0].confidence, totals)
    }))
}

/// The same of rows that all have weight 1 and are right or wrong; none of others.
fn plain_by_confidence<'h>(rows: impl Iterator<Item = &'h Held>) -> Option<Vec<Graded>> {
    let mut graded: Vec<Graded> = Vec::new();
    for row in rows {
        let [weight, credit] = row.totals.counts()?;
        match graded.last_mut() {
            Some(last) if last.confidence == row.confidence => {
                last.weight += weight;
                last.credit += credit;
            }
            _ if weight > 0.0 => graded.push(Graded {
                confidence: row.confidence,
                weight,
                credit,
            }),
            _ => {}
        }
    }
    Some(graded)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two rows of each of some folds at each of five confidences, the second of this weight.
    fn folds(weight: f64) -> Folds {
        let row = |at: usize| Held {
            cluster: None,
            fold: (at / 2 + at / 14) % FOLDS,
            confidence: (at / 14) as f64 / 5.0,
            totals: Totals::of(at as u64 % 3 + 1, (at % 2) as f64, [1.0, weight][at % 2]).into(),
        };
        Folds::new((0..70).map(row).collect(), false).unwrap()
    }

    #[test]
    fn what_is_left_of_all_is_what_is_outside() {
        for (weight, plain) in [(1.0, true), (0.5, false)] {
            let folds = folds(weight);
            let trainings = folds.trainings();
            assert_eq!(trainings.plain.is_some(), plain);
            for fold in 0..FOLDS {
                assert_eq!(trainings.without(fold), folds.training(Some(fold)));
            }
        }
    }

    #[test]
    fn a_confidence_of_one_fold_is_no_part_of_its_training() {
        let row = |fold: usize| Held {
            cluster: None,
            fold,
            confidence: fold as f64 / 10.0,
            totals: Totals::of(2, 1.0, 1.0).into(),
        };
        let folds = Folds::new((0..FOLDS).map(row).collect(), false).unwrap();
        let training = folds.trainings().without(3);
        assert!(training.len() == 9 && training.iter().all(|row| row.confidence != 0.3));
    }
}
