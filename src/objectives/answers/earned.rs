//! Means and ratios over rows of what policies earn, with their errors.

use super::{Answer, Answers, Earned, Weights};
use crate::evidence::Compact;
use crate::inference::sample::{HEAVY, Rates, moment, squares};
use crate::inference::{Interval, cluster_quantile};
use crate::maths::kish;
use crate::maths::quantile;
use crate::maths::sums::Sum;
use crate::report::Estimate;

/// What an answer earns if wrong and if right.
type Score = [f64; 2];

impl Answers {
    /// What each answer earns if wrong and if right, where silence earns so much.
    fn scores(&self, earned: impl Fn(&Answer) -> Earned, silence: f64) -> Vec<Score> {
        let score = |row| earned(row).unwrap_or([silence; 2]);
        self.rows.iter().map(score).collect()
    }

    /// Σ w·earned over all rows, where silence earns so much.
    fn total(&self, scores: impl Iterator<Item = Score>, silence: f64) -> f64 {
        let mut total = Sum::default();
        total.add(silence * self.declined.w);
        for (score, row) in scores.zip(&self.rows) {
            total.add(moment(coefficients(score), &row.totals));
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
        let scores = self.scores(earned, silence);
        let mean = self.total(scores.iter().copied(), silence) / self.weights();
        let all = self.all;
        let error = self.error(scores.into_iter(), silence, mean, &all);
        self.estimate(mean, error, &all)
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
            let w = row.totals.w();
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
            [off, off]
        };
        let whole = self.weights() / self.sums.1;
        let given = self.given;
        let Some(error) = self.error(self.rows.iter().map(influence), 0.0, 0.0, &given) else {
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
        let parts: Vec<(Score, Score)> = self.rows.iter().map(parts).collect();
        let belows = || parts.iter().map(|(_, below)| *below);
        let above = self.total(parts.iter().map(|(above, _)| *above), silence[0]);
        let below = self.total(belows(), silence[1]);
        if below <= 0.0 {
            return Estimate::undefined(self.answered(), "nothing to divide by");
        }
        let ratio = above / below;
        let influence = |(above, below): &(Score, Score)| {
            [0, 1].map(|right| above[right] - ratio * below[right])
        };
        let concerned = self.concerned(belows(), silence[1]);
        let silent = silence[0] - ratio * silence[1];
        let error = self.error(parts.iter().map(influence), silent, 0.0, &concerned);
        let scale = below / self.weights();
        self.estimate(ratio, error.map(|error| error / scale), &concerned)
    }

    /// All rows, and the answers alone.
    pub(super) fn count(&mut self) {
        let ones = || std::iter::repeat([1.0; 2]);
        self.all = self.concerned(ones(), 1.0);
        self.given = self.concerned(ones(), 0.0);
    }

    /// The rows that something is divided by: it gives the term of an answer if wrong and if right, `silence` that of a
    /// declined row, and 0 for those that are not meant.
    fn concerned(&self, below: impl Iterator<Item = Score> + Clone, silence: f64) -> Concerned {
        let (mut rows, mut whole, mut all_squares) = (0, Sum::default(), Sum::default());
        let mut add = |score: Score, totals: &Compact| {
            whole.add(moment(coefficients(score), totals));
            all_squares.add(squares(coefficients(score), totals, 0.0));
            rows += meant(score, totals);
        };
        for (score, row) in below.clone().zip(&self.rows) {
            add(score, &row.totals);
        }
        add([silence; 2], &self.declined.into());
        let worth = kish::effective_number(whole.value(), all_squares.value()).min(rows as f64);
        let units = match &self.clusters {
            None => worth.round() as u64,
            Some(weights) => {
                let mut sums: Vec<f64> = weights.declined.iter().map(|w| silence * w).collect();
                let mut single = meant([silence; 2], &weights.single.into());
                for (score, row) in below.zip(&self.rows) {
                    match row.cluster.and_then(|at| sums.get_mut(at)) {
                        Some(sum) => *sum += moment(coefficients(score), &row.totals),
                        None => single += meant(score, &row.totals),
                    }
                }
                let clusters = single + sums.iter().filter(|sum| **sum != 0.0).count() as u64;
                clusters.min(worth.round() as u64)
            }
        };
        Concerned { rows, units, worth }
    }

    /// The standard error of a mean of scores over these rows; `None` where they are fewer than two, or worth less.
    fn error(
        &self,
        scores: impl Iterator<Item = Score>,
        silence: f64,
        mean: f64,
        concerned: &Concerned,
    ) -> Option<f64> {
        let alone = match &self.clusters {
            None => self.declined,
            Some(weights) => weights.single,
        };
        let mut total = Sum::default();
        total.add(squares(coefficients([silence; 2]), &alone.into(), mean));
        let known = |weights: &Weights| weights.declined.iter().map(|w| silence * w).collect();
        let mut sums: Vec<f64> = self.clusters.as_ref().map_or_else(Vec::new, known);
        for (score, row) in scores.zip(&self.rows) {
            match row.cluster.and_then(|at| sums.get_mut(at)) {
                Some(sum) => *sum += moment(coefficients(score), &row.totals),
                None => total.add(squares(coefficients(score), &row.totals, mean)),
            }
        }
        let weights = self.clusters.iter().flat_map(|weights| &weights.all);
        for (sum, weight) in sums.iter().zip(weights) {
            total.add((sum - mean * weight).powi(2));
        }
        let n = concerned.units as f64;
        let error = (total.value() * n / (n - 1.0)).sqrt() / self.weights();
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
            _ if kish::is_lopsided(self.worth) => HEAVY,
            _ => "one cluster",
        }
    }
}

/// Rows that are not scored 0.
fn meant([wrong, right]: Score, totals: &Compact) -> u64 {
    match (wrong != 0.0, right != 0.0) {
        (true, true) => totals.rows(),
        (true, false) => totals.rows() - totals.totals().right,
        (false, true) => totals.rows() - totals.totals().wrong,
        (false, false) => 0,
    }
}

/// A score by the powers of credit.
fn coefficients([wrong, right]: Score) -> [f64; 3] {
    [wrong, right - wrong, 0.0]
}
