//! Means and ratios over rows of what policies earn, with their errors.

use super::concerned::Concerned;
use super::scored::{Score, Scores, moments, squares_around};
use super::{Answer, Answers, Earned, Weights};
use crate::evidence::Compact;
use crate::inference::sample::Rates;
use crate::inference::{Interval, cluster_quantile};
use crate::maths::quantile;
use crate::maths::sums::{Sums, is_whole};
use crate::report::Estimate;

/// Rows that are near while one kind of score after the other looks at them.
const AT_HAND: usize = 256;

impl Answers {
    /// Σ w·score over all rows, where silence scores so much; of each of several scores, side by side, of every kind.
    fn totals<const N: usize>(
        &self,
        kinds: &mut [impl FnMut(&Answer) -> Scores<N>],
        silence: [f64; N],
    ) -> Vec<[f64; N]> {
        let mut declined = Sums::default();
        declined.add(silence.map(|silence| silence * self.declined.w));
        let mut totals = vec![declined; kinds.len()];
        for rows in self.rows.chunks(AT_HAND) {
            for (scores, totals) in kinds.iter_mut().zip(&mut totals) {
                for row in rows {
                    totals.add(moments(&scores(row), &row.totals));
                }
            }
        }
        totals.iter().map(Sums::values).collect()
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
        let means = self.means_of(&mut [scores], silence);
        std::array::from_fn(|at| means[0][at].clone())
    }

    /// The same of policies of several kinds, which are asked twice about each answer.
    pub(in crate::objectives) fn means_of<const N: usize>(
        &self,
        kinds: &mut [impl FnMut(&Answer) -> Scores<N>],
        silence: [f64; N],
    ) -> Vec<[Estimate; N]> {
        let mut means = self.totals(kinds, silence);
        for mean in means.iter_mut().flatten() {
            *mean /= self.weights();
        }
        let errors = self.errors(kinds, silence, &means, &[self.all; N]);
        let estimates = |(means, errors): (&[f64; N], &[Option<f64>; N])| {
            std::array::from_fn(|at| self.estimate(means[at], errors[at], &self.all))
        };
        means.iter().zip(&errors).map(estimates).collect()
    }

    /// Confidence less credit, a mean over answers.
    pub(in crate::objectives) fn gap(&self) -> Estimate {
        let gap = |row: &Answer| [[row.stated, row.stated - 1.0], [1.0; 2]];
        self.ratio(gap, [0.0; 2])
    }

    /// SimpleQA's F, 2C / (1 + A), that is expected of a policy which answers where the probability to be right exceeds a
    /// bar.
    pub(in crate::objectives) fn expected_f(&self, p: fn(&Answer) -> f64) -> impl Fn(f64) -> f64 {
        let rows = self.rows.iter().map(|row| (row.totals.w(), p(row)));
        let (mut rows, declined): (Vec<(f64, f64)>, f64) = (rows.collect(), self.declined.w);
        // Whole numbers are added without rounding.
        rows.dedup_by(|next, last| {
            let same = next.1 == last.1 && is_whole(next.0) && is_whole(last.0);
            last.0 += if same { next.0 } else { 0.0 };
            same
        });
        move |bar| {
            let mut sums = Sums::default();
            sums.add([0.0, declined]);
            for (w, p) in &rows {
                sums.add(match *p > bar {
                    true => [2.0 * w * p, 2.0 * w],
                    false => [0.0, *w],
                });
            }
            let [above, below] = sums.values();
            above / below
        }
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
        let mut held = held();
        let influence = |_: &Answer| {
            let held = held.next().unwrap_or([0.0; N]);
            let off = std::array::from_fn(|at| held[at] - shares[at]);
            [off, off]
        };
        let errors = self.errors(&mut [influence], [0.0; N], &[[0.0; N]], &[self.given; N])[0];
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
        parts: impl Fn(&Answer) -> [Score; 2],
        silence: [f64; 2],
    ) -> Estimate {
        let parts = |row: &Answer| parts(row).map(|part| part.map(|score| [score]));
        let [ratio] = self.ratios(parts, silence);
        ratio
    }

    /// The same of several ratios.
    pub(in crate::objectives) fn ratios<const N: usize>(
        &self,
        parts: impl Fn(&Answer) -> [Scores<N>; 2],
        silence: [f64; 2],
    ) -> [Estimate; N] {
        let sums = |part: usize| {
            let scores = |row: &Answer| parts(row)[part];
            self.totals(&mut [scores], [silence[part]; N])[0]
        };
        let [above, below] = [sums(0), sums(1)];
        let ratios: [f64; N] = std::array::from_fn(|at| above[at] / below[at]);
        let less = |above: f64, below: f64, at: usize| above - ratios[at] * below;
        let influence = |row: &Answer| {
            let [above, below] = parts(row);
            [0, 1]
                .map(|right| std::array::from_fn(|at| less(above[right][at], below[right][at], at)))
        };
        let concerned = self.concerned(|row| parts(row)[1], silence[1]);
        let silent = std::array::from_fn(|at| less(silence[0], silence[1], at));
        let errors = self.errors(&mut [influence], silent, &[[0.0; N]], &concerned)[0];
        std::array::from_fn(|at| {
            if below[at] <= 0.0 {
                return Estimate::undefined(self.answered(), "nothing to divide by");
            }
            let scale = below[at] / self.weights();
            let error = errors[at].map(|error| error / scale);
            self.estimate(ratios[at], error, &concerned[at])
        })
    }

    /// The standard error of a mean of scores over these rows, of each of several, of every kind, which is asked about each
    /// answer once and in order; `None` where they are fewer than two, or worth less.
    fn errors<const N: usize>(
        &self,
        kinds: &mut [impl FnMut(&Answer) -> Scores<N>],
        silence: [f64; N],
        means: &[[f64; N]],
        concerned: &[Concerned; N],
    ) -> Vec<[Option<f64>; N]> {
        let error = |square: f64, mean: f64, concerned: &Concerned| {
            let n = concerned.units as f64;
            let error = (square * n / (n - 1.0)).sqrt() / self.weights();
            // Equal terms leave rounding errors, which are no spread.
            let spread = error > 1e-14 * mean.abs().max(1.0);
            (concerned.units > 1).then_some(if spread { error } else { 0.0 })
        };
        let squares = match &self.clusters {
            None => self.squares(kinds, silence, means),
            Some(weights) => {
                let kinds = kinds.iter_mut().zip(means);
                kinds
                    .map(|(scores, means)| self.cluster_squares(weights, scores, silence, means))
                    .collect()
            }
        };
        let errors = squares.iter().zip(means);
        errors
            .map(|(squares, means)| {
                std::array::from_fn(|at| error(squares[at], means[at], &concerned[at]))
            })
            .collect()
    }

    /// Σ over rows of w²·(score − mean)².
    fn squares<const N: usize>(
        &self,
        kinds: &mut [impl FnMut(&Answer) -> Scores<N>],
        silence: [f64; N],
        means: &[[f64; N]],
    ) -> Vec<[f64; N]> {
        let declined = self.declined.into();
        let first = |means: &[f64; N]| {
            let mut totals = Sums::default();
            totals.add(squares_around(&[silence; 2], &declined, means));
            totals
        };
        let mut totals: Vec<Sums<N>> = means.iter().map(first).collect();
        for rows in self.rows.chunks(AT_HAND) {
            for ((scores, means), totals) in kinds.iter_mut().zip(means).zip(&mut totals) {
                for row in rows {
                    totals.add(squares_around(&scores(row), &row.totals, means));
                }
            }
        }
        totals.iter().map(Sums::values).collect()
    }

    /// Σ over clusters of (Σ w·(score − mean))², rows that are clusters of their own among them.
    fn cluster_squares<const N: usize>(
        &self,
        weights: &Weights,
        scores: &mut impl FnMut(&Answer) -> Scores<N>,
        silence: [f64; N],
        means: &[f64; N],
    ) -> [f64; N] {
        let mut totals = Sums::default();
        totals.add(squares_around(&[silence; 2], &weights.single.into(), means));
        let sums = self.cluster_sums(weights, scores, silence, |scores, row| {
            totals.add(squares_around(scores, row, means));
        });
        for (sums, weight) in sums.iter().zip(&weights.all) {
            totals.add(std::array::from_fn(|at| {
                (sums[at] - means[at] * weight).powi(2)
            }));
        }
        totals.values()
    }

    /// Σ w·score of each cluster; `alone` is given the answers that are clusters of their own, in their order.
    pub(super) fn cluster_sums<const N: usize>(
        &self,
        weights: &Weights,
        mut scores: impl FnMut(&Answer) -> Scores<N>,
        silence: [f64; N],
        mut alone: impl FnMut(&Scores<N>, &Compact),
    ) -> Vec<[f64; N]> {
        let declined = |weight: &f64| silence.map(|silence| silence * weight);
        let mut sums: Vec<[f64; N]> = weights.declined.iter().map(declined).collect();
        for row in &self.rows {
            let scores = scores(row);
            match row.cluster.and_then(|at| sums.get_mut(at)) {
                Some(sums) => {
                    let moments = moments(&scores, &row.totals);
                    let terms = sums.iter_mut().zip(moments);
                    terms.for_each(|(sum, term)| *sum += term);
                }
                None => alone(&scores, &row.totals),
            }
        }
        sums
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
