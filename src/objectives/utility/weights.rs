//! How much of a gradient training weights leave: the effective number of rows behind Σ w (p − y).

use crate::maths::sums::sum;
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
        Some(Self {
            rows: found.iter().map(|(count, ..)| count).sum(),
            plain: effective(found.iter().map(|(count, _, off)| (*count, *off)))?,
            weighted: effective(found.iter().map(|(count, w, off)| (*count, w * off)))?,
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

/// (Σ g)² / Σ g² of terms and how often each occurs; `None` where all are 0.
fn effective(terms: impl Iterator<Item = (u64, f64)> + Clone) -> Option<f64> {
    // In units of the largest, whose square may be more than a float holds; it cancels.
    let most = terms.clone().map(|(_, g)| g).fold(0.0, f64::max);
    let of = |power: i32| {
        let one = |(count, g): (u64, f64)| count as f64 * (g / most).powi(power);
        sum(terms.clone().map(one))
    };
    (most > 0.0 && most.is_finite()).then(|| of(1).powi(2) / of(2))
}
