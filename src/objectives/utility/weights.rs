//! How much of a gradient training weights leave: the effective number of rows behind Σ w (p − y).

use crate::maths::kish;
use crate::objectives::section::Subject;
use crate::record::Field;
use crate::report::objective::{Evidence, Measure};

/// Effective numbers of rows.
pub(super) struct Effective {
    pub(super) rows: u64,
    /// Of p − y.
    pub(super) plain: f64,
    /// Of w (p − y).
    pub(super) weighted: f64,
}

impl Effective {
    /// (Σ |g|)² / Σ g², of g = w (p − y) and of g = p − y, over answers with a training weight; none where there is none.
    pub(super) fn of(subject: &Subject<'_>) -> Option<Self> {
        let found = subject.panel().iter().filter_map(|(row, count)| {
            let weight = row.number(Field::TrainWeight)?;
            let off = row.number(Field::Confidence)? - row.number(Field::Credit)?;
            Some((count, weight, off.abs()))
        });
        let found: Vec<(u64, f64, f64)> = found.collect();
        let terms = |of: fn(f64, f64) -> f64| {
            let found = found.iter();
            found.map(move |(count, weight, off)| (of(*weight, *off), *count as f64))
        };
        Some(Self {
            rows: found.iter().map(|(count, ..)| count).sum(),
            plain: kish::effective_number_of(terms(|_, off| off))?,
            weighted: kish::effective_number_of(terms(|weight, off| weight * off))?,
        })
    }

    /// The figures.
    pub(super) fn evidence(&self) -> [Evidence; 4] {
        use Measure::{Count, Number, Share};
        [
            (
                "weighted_rows",
                "rows with a training weight",
                Count,
                self.rows as f64,
            ),
            (
                "ess_plain",
                "  effective, unweighted",
                Number(1),
                self.plain,
            ),
            (
                "ess_weighted",
                "  effective, weighted",
                Number(1),
                self.weighted,
            ),
            (
                "ess_ratio",
                "  left by the weights",
                Share,
                self.weighted / self.plain,
            ),
        ]
        .map(|(name, label, unit, value)| Evidence::number(name, label, unit, value))
    }
}
