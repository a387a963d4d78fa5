//! Means and ratios over rows of what policies earn, with their errors.

use super::{Answer, Answers, Earned};
use crate::evidence::Compact;
use crate::inference::sample::{HEAVY, Rates, moment, squares};
use crate::inference::{Interval, cluster_quantile};
use crate::maths::kish;
use crate::maths::quantile;
use crate::maths::sums::{Sum, Sums};
use crate::report::Estimate;

/// What an answer earns if wrong and if right.
type Score = [f64; 2];

/// What it earns under several policies: under each if wrong, and under each if right.
pub(in crate::objectives) type Scores<const N: usize> = [[f64; N]; 2];

impl Answers {
    /// Σ w·score over all rows, where silence scores so much; one of each of several scores.
    fn totals<const N: usize>(
        &self,
        scores: impl Iterator<Item = Scores<N>>,
        silence: [f64; N],
    ) -> [f64; N] {
        let mut totals = Sums::default();
        totals.add(silence.map(|silence| silence * self.declined.w));
        for (scores, row) in scores.zip(&self.rows) {
            totals.add(moments(&scores, &row.totals));
        }
        totals.values()
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
        let scores = |row: &Answer| earned(row).unwrap_or([silence; 2]).map(|score| [score]);
        let [mean] = self.means(scores, [silence]);
        mean
    }

    /// The same of several policies, each with what silence earns, which answers that are declined earn too.
    pub(in crate::objectives) fn means<const N: usize>(
        &self,
        scores: impl FnMut(&Answer) -> Scores<N>,
        silence: [f64; N],
    ) -> [Estimate; N] {
        let scores: Vec<Scores<N>> = self.rows.iter().map(scores).collect();
        let means = self.totals(scores.iter().copied(), silence);
        let means = means.map(|total| total / self.weights());
        let all = self.all;
        let errors = self.errors(scores.into_iter(), silence, means, &all);
        std::array::from_fn(|at| self.estimate(means[at], errors[at], &all))
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
        let [share] = self.shares(|row| [holds(row)]);
        share
    }

    /// The same of several things.
    pub(in crate::objectives) fn shares<const N: usize>(
        &self,
        hold: impl FnMut(&Answer) -> [bool; N],
    ) -> [Estimate; N] {
        let held: Vec<[bool; N]> = self.rows.iter().map(hold).collect();
        let held = || {
            let held = held.iter();
            held.map(|held| held.map(|holds| f64::from(u8::from(holds))))
        };
        let mut weights = Sums::default();
        for (row, held) in self.rows.iter().zip(held()) {
            weights.add(held.map(|held| held * row.totals.w()));
        }
        let shares = weights.values().map(|weight| weight / self.sums.1);
        let influences = held().map(|held| {
            let off = std::array::from_fn(|at| held[at] - shares[at]);
            [off, off]
        });
        let errors = self.errors(influences, [0.0; N], [0.0; N], &self.given);
        std::array::from_fn(|at| self.share_of(shares[at], errors[at]))
    }

    /// A share of answers with its error among all rows, none where they are too few.
    fn share_of(&self, share: f64, error: Option<f64>) -> Estimate {
        let given = self.given;
        let Some(error) = error else {
            return Estimate::bare(share, self.answered(), given.why());
        };
        let error = error * (self.weights() / self.sums.1);
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
        let sums = parts
            .iter()
            .map(|(above, below)| [0, 1].map(|right| [above[right], below[right]]));
        let [above, below] = self.totals(sums, silence);
        if below <= 0.0 {
            return Estimate::undefined(self.answered(), "nothing to divide by");
        }
        let ratio = above / below;
        let influence = |(above, below): &(Score, Score)| {
            [0, 1].map(|right| [above[right] - ratio * below[right]])
        };
        let concerned = self.concerned(belows(), silence[1]);
        let silent = silence[0] - ratio * silence[1];
        let influences = parts.iter().map(influence);
        let [error] = self.errors(influences, [silent], [0.0], &concerned);
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

    /// The standard error of a mean of scores over these rows, of each of several; `None` where they are fewer than two, or
    /// worth less.
    fn errors<const N: usize>(
        &self,
        scores: impl Iterator<Item = Scores<N>>,
        silence: [f64; N],
        means: [f64; N],
        concerned: &Concerned,
    ) -> [Option<f64>; N] {
        let n = concerned.units as f64;
        let squares = self.squares(scores, silence, means);
        std::array::from_fn(|at| {
            let error = (squares[at] * n / (n - 1.0)).sqrt() / self.weights();
            // Equal terms leave rounding errors, which are no spread.
            let spread = error > 1e-14 * means[at].abs().max(1.0);
            (concerned.units > 1).then_some(if spread { error } else { 0.0 })
        })
    }

    /// Σ over clusters of (Σ w·(score − mean))², rows that are clusters of their own among them.
    fn squares<const N: usize>(
        &self,
        scores: impl Iterator<Item = Scores<N>>,
        silence: [f64; N],
        means: [f64; N],
    ) -> [f64; N] {
        let alone = match &self.clusters {
            None => self.declined,
            Some(weights) => weights.single,
        };
        let mut totals = Sums::default();
        totals.add(squares_around(&[silence; 2], &alone.into(), &means));
        let known = |weight: &f64| silence.map(|silence| silence * weight);
        let declined = self.clusters.iter().flat_map(|weights| &weights.declined);
        let mut sums: Vec<[f64; N]> = declined.map(known).collect();
        for (scores, row) in scores.zip(&self.rows) {
            match row.cluster.and_then(|at| sums.get_mut(at)) {
                Some(sums) => {
                    let moments = moments(&scores, &row.totals);
                    sums.iter_mut()
                        .zip(moments)
                        .for_each(|(sum, term)| *sum += term);
                }
                None => totals.add(squares_around(&scores, &row.totals, &means)),
            }
        }
        let weights = self.clusters.iter().flat_map(|weights| &weights.all);
        for (sums, weight) in sums.iter().zip(weights) {
            totals.add(std::array::from_fn(|at| {
                (sums[at] - means[at] * weight).powi(2)
            }));
        }
        totals.values()
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

/// Σ w·score of the rows of an answer, of each of several scores.
#[inline]
fn moments<const N: usize>([wrong, right]: &Scores<N>, totals: &Compact) -> [f64; N] {
    match totals.counts() {
        Some([rows, correct]) => {
            std::array::from_fn(|at| wrong[at] * rows + (right[at] - wrong[at]) * correct)
        }
        None => std::array::from_fn(|at| moment(coefficients([wrong[at], right[at]]), totals)),
    }
}

/// Σ w²·(score − mean)² of the same.
#[inline]
fn squares_around<const N: usize>(
    [wrong, right]: &Scores<N>,
    totals: &Compact,
    means: &[f64; N],
) -> [f64; N] {
    match totals.counts() {
        Some([rows, correct]) => std::array::from_fn(|at| {
            let low = wrong[at] - means[at];
            let high = low + (right[at] - wrong[at]);
            correct * (high * high) + (rows - correct) * low * low
        }),
        None => std::array::from_fn(|at| {
            squares(coefficients([wrong[at], right[at]]), totals, means[at])
        }),
    }
}

/// A score by the powers of credit.
fn coefficients([wrong, right]: Score) -> [f64; 3] {
    [wrong, right - wrong, 0.0]
}
