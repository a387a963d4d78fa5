//! How much of a gradient training weights leave: the effective number of rows behind Σ w (p − y).

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
        let (mut plain, mut weighted) = ([0.0; 2], [0.0; 2]);
        let mut rows = 0;
        for (row, count) in subject.panel().iter() {
            let parts = row
                .number(Field::TrainWeight)
                .zip(row.number(Field::Confidence));
            let Some(((weight, confidence), credit)) = parts.zip(row.number(Field::Credit)) else {
                continue;
            };
            rows += count;
            let off = (confidence - credit).abs();
            for (sums, g) in [(&mut plain, off), (&mut weighted, weight * off)] {
                sums[0] += count as f64 * g;
                sums[1] += count as f64 * g * g;
            }
        }
        let effective = |[sum, squares]: [f64; 2]| sum * sum / squares;
        (plain[1] > 0.0 && weighted[1] > 0.0).then(|| Self {
            rows,
            plain: effective(plain),
            weighted: effective(weighted),
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
