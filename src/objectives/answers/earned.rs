//! Means and ratios over rows of what policies earn, with their errors.

use super::{Answer, Answers, Earned};
use crate::evidence::Totals;
use crate::inference::sample::{Rates, Term};
use crate::inference::{Interval, cluster_quantile};
use crate::maths::quantile;
use crate::maths::sums::Sum;
use crate::report::Estimate;

impl Answers {
    /// Σ w·earned over all rows, where silence earns so much.
    fn total(&self, earned: &impl Fn(&Answer) -> Earned, silence: f64) -> f64 {
        let mut total = Sum::default();
        total.add(silence * self.declined.w);
        for row in &self.rows {
            total.add(term(row, earned, silence).sum());
        }
        total.value()
    }

    /// Σ w.
    fn weights(&self) -> f64 {
        self.declined.w + self.sums.1
    }

    /// What a policy earns a row, where silence earns so much.
    pub(in crate::objectives) fn mean(
        &self,
        earned: impl Fn(&Answer) -> Earned,
        silence: f64,
    ) -> Estimate {
        let mean = self.total(&earned, silence) / self.weights();
        self.estimate(mean, self.error(&earned, silence, mean))
    }

    /// Confidence less credit, a mean over answers.
    pub(in crate::objectives) fn gap(&self) -> Estimate {
        let gap = |row: &Answer| ([row.stated, row.stated - 1.0], [1.0; 2]);
        self.ratio(gap, [0.0; 2])
    }

    /// SimpleQA's F, 2C / (1 + A), that is expected of a policy which says of an answer how likely it is right, or none
    /// where it declines.
    pub(in crate::objectives) fn expected_f(&self, p: impl Fn(&Answer) -> Option<f64>) -> f64 {
        let (mut above, mut below) = (Sum::default(), Sum::default());
        below.add(self.declined.w);
        for row in &self.rows {
            let p = p(row);
            let w = row.totals.w;
            above.add(p.map_or(0.0, |p| 2.0 * w * p));
            below.add(if p.is_some() { 2.0 * w } else { w });
        }
        above.value() / below.value()
    }

    /// The share of answers of which something holds, with Wilson's interval of as many rows as it is known from.
    pub(in crate::objectives) fn share(&self, holds: impl Fn(&Answer) -> bool) -> Estimate {
        let share = self.weight(&holds) / self.sums.1;
        let influence = |row: &Answer| {
            let off = f64::from(u8::from(holds(row))) - share;
            Some([off, off])
        };
        let whole = self.weights() / self.sums.1;
        let Some((error, units)) = self.error(&influence, 0.0, 0.0) else {
            return Estimate::bare(share, self.answered(), "one cluster");
        };
        let error = error * whole;
        let rows = match self.clusters {
            None => self.answered(),
            Some(_) => units.min(self.answered()),
        };
        let worth = if error > 0.0 && share > 0.0 && share < 1.0 {
            (share * (1.0 - share) / (error * error)).min(self.answered() as f64)
        } else {
            rows as f64
        };
        let among = match self.clusters {
            None => String::new(),
            Some(_) => format!(", {units} clusters"),
        };
        let interval = Rates::Wilson.interval(share.clamp(0.0, 1.0), worth, self.level, &among);
        Estimate::with_interval(share, self.answered(), self.level, interval)
    }

    /// The ratio of two sums over rows: `parts` gives the terms of both for an answer, each if wrong and if right, and
    /// `silence` those of a declined row. Its error is that of the mean of (above − ratio · below) / mean below.
    pub(in crate::objectives) fn ratio(
        &self,
        parts: impl Fn(&Answer) -> ([f64; 2], [f64; 2]),
        silence: [f64; 2],
    ) -> Estimate {
        let above = self.total(&|row| Some(parts(row).0), silence[0]);
        let below = self.total(&|row| Some(parts(row).1), silence[1]);
        if below <= 0.0 {
            return Estimate::undefined(self.answered(), "nothing to divide by");
        }
        let ratio = above / below;
        let influence = |row: &Answer| {
            let (above, below) = parts(row);
            Some([0, 1].map(|right| above[right] - ratio * below[right]))
        };
        let error = self.error(&influence, silence[0] - ratio * silence[1], 0.0);
        let scale = below / self.weights();
        self.estimate(ratio, error.map(|(error, units)| (error / scale, units)))
    }

    /// The standard error of a mean and the number of independent rows or clusters; `None` of fewer than two.
    fn error(
        &self,
        earned: &impl Fn(&Answer) -> Earned,
        silence: f64,
        mean: f64,
    ) -> Option<(f64, u64)> {
        let declined = |totals: Totals| {
            Term {
                score: [silence, 0.0, 0.0],
                totals,
            }
            .squares(mean)
        };
        let mut squares = Sum::default();
        let units = match &self.clusters {
            None => {
                for row in &self.rows {
                    squares.add(term(row, earned, silence).squares(mean));
                }
                squares.add(declined(self.declined));
                self.rows()
            }
            Some(weights) => {
                let mut sums: Vec<f64> = weights.declined.iter().map(|w| silence * w).collect();
                let mut single = weights.single.rows;
                for row in &self.rows {
                    let term = term(row, earned, silence);
                    match row.cluster.and_then(|at| sums.get_mut(at)) {
                        Some(sum) => *sum += term.sum(),
                        None => {
                            squares.add(term.squares(mean));
                            single += row.totals.rows;
                        }
                    }
                }
                squares.add(declined(weights.single));
                for (sum, weight) in sums.iter().zip(&weights.all) {
                    squares.add((sum - mean * weight).powi(2));
                }
                single + weights.all.iter().filter(|weight| **weight > 0.0).count() as u64
            }
        };
        let n = units as f64;
        let error = (squares.value() * n / (n - 1.0)).sqrt() / self.weights();
        // Equal terms leave rounding errors, which are no spread.
        let error = if error > 1e-14 * mean.abs().max(1.0) {
            error
        } else {
            0.0
        };
        (units > 1).then_some((error, units))
    }

    fn estimate(&self, value: f64, error: Option<(f64, u64)>) -> Estimate {
        let interval = match error {
            None => Interval::missing("t", "one cluster"),
            Some((error, units)) => {
                let (reach, method) = match self.clusters {
                    Some(_) => cluster_quantile(self.level, units),
                    None => {
                        let degrees = (units - 1) as f64;
                        let reach = quantile::student(0.5 + self.level / 2.0, degrees);
                        (reach, format!("t, {degrees} degrees"))
                    }
                };
                Interval::around(value, error, reach, method)
            }
        };
        let n = self.rows();
        Estimate::with_interval(value, n, self.level, interval)
    }
}

/// An answer under a policy.
fn term(row: &Answer, earned: &impl Fn(&Answer) -> Earned, silence: f64) -> Term {
    let [wrong, right] = earned(row).unwrap_or([silence; 2]);
    Term {
        score: [wrong, right - wrong, 0.0],
        totals: row.totals,
    }
}
