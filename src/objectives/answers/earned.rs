//! Means and ratios over rows of what policies earn, with their errors.

use super::{Answer, Answers, Earned, Weights};
use crate::evidence::Totals;
use crate::inference::sample::{Rates, Term};
use crate::inference::{Interval, cluster_quantile};
use crate::maths::kish;
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
        let all = self.all;
        self.estimate(mean, self.error(&earned, silence, mean, &all), &all)
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
        let given = self.given;
        let Some(error) = self.error(&influence, 0.0, 0.0, &given) else {
            return Estimate::bare(share, self.answered(), given.why());
        };
        let error = error * whole;
        let units = given.units;
        let rows = match self.clusters {
            None => given.worth,
            Some(_) => given.worth.min(units as f64),
        };
        let worth = if error > 0.0 && share > 0.0 && share < 1.0 {
            (share * (1.0 - share) / (error * error)).min(given.worth)
        } else {
            rows
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
        let concerned = self.concerned(&|row| parts(row).1, silence[1]);
        let error = self.error(&influence, silence[0] - ratio * silence[1], 0.0, &concerned);
        let scale = below / self.weights();
        self.estimate(ratio, error.map(|error| error / scale), &concerned)
    }

    /// All rows, and the answers alone.
    pub(super) fn count(&mut self) {
        self.all = self.concerned(&|_| [1.0; 2], 1.0);
        self.given = self.concerned(&|_| [1.0; 2], 0.0);
    }

    /// The rows that something is divided by: it gives the term of an answer if wrong and if right, `silence` that of a
    /// declined row, and 0 for those that are not meant.
    fn concerned(&self, below: &impl Fn(&Answer) -> [f64; 2], silence: f64) -> Concerned {
        let (mut rows, mut whole, mut squares) = (0, Sum::default(), Sum::default());
        let mut add = |term: Term| {
            whole.add(term.sum());
            squares.add(term.squares(0.0));
            rows += meant(&term);
        };
        let declined = |totals: Totals| Term {
            score: [silence, 0.0, 0.0],
            totals,
        };
        let of = |row: &Answer| term(row, &|row| Some(below(row)), 0.0);
        self.rows.iter().map(of).for_each(&mut add);
        add(declined(self.declined));
        let worth = kish::effective_number(whole.value(), squares.value()).min(rows as f64);
        let units = match &self.clusters {
            None => worth.round() as u64,
            Some(weights) => {
                let mut sums: Vec<f64> = weights.declined.iter().map(|w| silence * w).collect();
                let mut single = meant(&declined(weights.single));
                for row in &self.rows {
                    let term = of(row);
                    match row.cluster.and_then(|at| sums.get_mut(at)) {
                        Some(sum) => *sum += term.sum(),
                        None => single += meant(&term),
                    }
                }
                let clusters = single + sums.iter().filter(|sum| **sum != 0.0).count() as u64;
                clusters.min(worth.round() as u64)
            }
        };
        Concerned { rows, units, worth }
    }

    /// The standard error of a mean over these rows; `None` where they are fewer than two, or worth less.
    fn error(
        &self,
        earned: &impl Fn(&Answer) -> Earned,
        silence: f64,
        mean: f64,
        concerned: &Concerned,
    ) -> Option<f64> {
        let declined = |totals: Totals| {
            Term {
                score: [silence, 0.0, 0.0],
                totals,
            }
            .squares(mean)
        };
        let mut squares = Sum::default();
        squares.add(match &self.clusters {
            None => declined(self.declined),
            Some(weights) => declined(weights.single),
        });
        let known = |weights: &Weights| weights.declined.iter().map(|w| silence * w).collect();
        let mut sums: Vec<f64> = self.clusters.as_ref().map_or_else(Vec::new, known);
        for row in &self.rows {
            let term = term(row, earned, silence);
            match row.cluster.and_then(|at| sums.get_mut(at)) {
                Some(sum) => *sum += term.sum(),
                None => squares.add(term.squares(mean)),
            }
        }
        let weights = self.clusters.iter().flat_map(|weights| &weights.all);
        for (sum, weight) in sums.iter().zip(weights) {
            squares.add((sum - mean * weight).powi(2));
        }
        let n = concerned.units as f64;
        let error = (squares.value() * n / (n - 1.0)).sqrt() / self.weights();
        // Equal terms leave rounding errors, which are no spread.
        let error = if error > 1e-14 * mean.abs().max(1.0) {
            error
        } else {
            0.0
        };
        (concerned.units > 1).then_some(error)
    }

    fn estimate(&self, value: f64, error: Option<f64>, concerned: &Concerned) -> Estimate {
        let units = concerned.units;
        let interval = match error {
            None => Interval::missing("t", concerned.why()),
            Some(error) => {
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
        Estimate::with_interval(value, concerned.rows, self.level, interval)
    }
}

/// The rows that a mean or a ratio is about.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Concerned {
    rows: u64,
    /// Independent ones: clusters where they repeat, no more than the rows are worth.
    units: u64,
    /// Rows of equal weight that tell as much, by Kish.
    worth: f64,
}

impl Concerned {
    /// Why they give no interval.
    fn why(&self) -> &'static str {
        match self.rows {
            0 | 1 => "n = 1",
            _ if kish::is_lopsided(self.worth) => "one row holds nearly all the weight",
            _ => "one cluster",
        }
    }
}

/// Rows of a term that are not scored 0.
fn meant(term: &Term) -> u64 {
    let [wrong, more, _] = term.score;
    let totals = &term.totals;
    match (wrong != 0.0, wrong + more != 0.0) {
        (true, true) => totals.rows,
        (true, false) => totals.rows - totals.right,
        (false, true) => totals.rows - totals.wrong,
        (false, false) => 0,
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
