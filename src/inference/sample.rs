//! Weighted means of a per-row score and their intervals, with and without clusters.
//!
//! A score is a polynomial in the credit y, so the mean and its variance follow from the power sums of cells; no
//! row is looked at twice.

use super::paired::{Alternative, Difference, Law};
use super::{Interval, clopper_pearson, cluster_quantile, wilson};
use crate::evidence::{Compact, Totals};
use crate::maths::sums::{Sums, sum};
use crate::maths::{kish, quantile};

/// Which interval proportions of independent rows carry (`--rates`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rates {
    /// Wilson's score interval: its level on average.
    #[default]
    Wilson,
    /// Clopper and Pearson's exact interval: at least its level, always.
    ClopperPearson,
}

impl Rates {
    /// The interval of a proportion seen in `n` rows, or so many effective ones; `among` says what they are.
    #[must_use]
    pub fn interval(self, rate: f64, n: f64, level: f64, among: &str) -> Interval {
        let (name, bounds) = match self {
            Self::Wilson => ("Wilson", wilson::interval(rate, n, level)),
            Self::ClopperPearson => {
                let bounds = clopper_pearson::interval(rate * n, n, level);
                ("Clopper-Pearson", bounds)
            }
        };
        Interval {
            bounds,
            standard_error: None,
            method: format!("{name}{among}"),
            reason: bounds.is_none().then_some("no rows"),
        }
    }
}

/// Why there is no interval where weights differ so much.
pub(crate) const HEAVY: &str = "one row holds nearly all the weight";

/// Rows alike but for their credit: the score of each is `s[0] + s[1]·y + s[2]·y²`.
#[derive(Clone, Debug)]
pub struct Term {
    /// Coefficients of the score.
    pub score: [f64; 3],
    /// Sums over the rows.
    pub totals: Compact,
}

/// Who belongs to whom: sums per cluster, and rows that are clusters of their own.
#[derive(Clone, Debug, Default)]
pub struct Clusters {
    /// (Σ w·score, Σ w) of each cluster.
    pub sums: Vec<(f64, f64)>,
    /// Rows without any identity.
    pub single: Vec<Term>,
}

/// The rows a mean is taken over.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// All rows.
    pub terms: Vec<Term>,
    /// The same rows by cluster, when clusters repeat.
    pub clusters: Option<Clusters>,
}

/// Σ w·score of rows alike but for their credit.
#[must_use]
#[inline]
pub fn moment([a, b, c]: [f64; 3], totals: &Compact) -> f64 {
    if let Some([rows, right]) = totals.counts() {
        return a * rows + b * right + c * right;
    }
    let totals = totals.totals();
    a * totals.w + b * totals.wy + c * totals.wy2
}

/// Σ w²·(score − mean)² of rows alike but for their credit.
#[must_use]
#[inline]
pub fn squares([a, b, c]: [f64; 3], totals: &Compact, mean: f64) -> f64 {
    let a = a - mean;
    // Plain rows have two scores only: squaring those is exact where expanding the polynomial would cancel.
    let plain = |rows: f64, right: f64| right * (a + b + c).powi(2) + (rows - right) * a * a;
    match totals.counts() {
        Some([rows, right]) => plain(rows, right),
        None => {
            let t = totals.totals();
            let plain = plain(t.plain as f64, t.plain_correct as f64);
            plain + other_squares([a, b, c], &t)
        }
    }
}

/// The same of a score without its mean, over those of the rows that have a weight or are graded between right and wrong.
fn other_squares([a, b, c]: [f64; 3], t: &Totals) -> f64 {
    let (right, wrong) = (t.plain_correct as f64, (t.plain - t.plain_correct) as f64);
    if t.is_plain() {
        return 0.0;
    }
    if !t.is_fractional() {
        let weighted_right = t.w2y[1] - right;
        let weighted_wrong = (t.w2y[0] - (wrong + right) - weighted_right).max(0.0);
        return weighted_right * (a + b + c).powi(2) + weighted_wrong * a * a;
    }
    let s = [wrong + right, right, right, right, right];
    let expanded = [a * a, 2.0 * a * b, b * b + 2.0 * a * c, 2.0 * b * c, c * c];
    let parts = expanded
        .iter()
        .zip(t.w2y.iter().zip(s))
        .map(|(coefficient, (all, plain))| coefficient * (all - plain));
    let size: f64 = parts.clone().map(f64::abs).sum();
    let rest: f64 = parts.sum();
    // What is left of the cancellation below this is rounding, not variance.
    if rest > 1e-13 * size { rest } else { 0.0 }
}

impl Term {
    /// Σ w·score.
    #[must_use]
    pub fn sum(&self) -> f64 {
        moment(self.score, &self.totals)
    }

    /// Whether the score takes values between those of right and wrong rows.
    fn is_graded(&self) -> bool {
        let [_, linear, quadratic] = self.score;
        (linear != 0.0 || quadratic != 0.0) && self.totals.totals().is_fractional()
    }

    fn is_unweighted(&self) -> bool {
        let rows = self.totals.rows() as f64;
        self.totals.w() == rows && self.totals.totals().w2y[0] == rows
    }

    /// Σ w²·(score − mean)².
    #[must_use]
    pub fn squares(&self, mean: f64) -> f64 {
        squares(self.score, &self.totals, mean)
    }
}

/// What the rows of a sample weigh.
#[derive(Clone, Copy)]
struct Mass {
    /// Σ w.
    weight: f64,
    /// Kish's effective number of rows.
    effective: f64,
    /// The same in whole rows, no more than there are: what degrees of freedom are counted from. Where all weigh the same it
    /// is the number of rows.
    count: u64,
    /// The mean score; `None` without rows of positive weight.
    mean: Option<f64>,
}

impl Mass {
    fn of(sample: &Sample) -> Self {
        let mut sums = Sums::default();
        for term in &sample.terms {
            sums.add([term.totals.w(), term.totals.w2(), term.sum()]);
        }
        let [weight, squares, moment] = sums.values();
        let effective = kish::effective_number(weight, squares);
        Self {
            weight,
            effective,
            // Without weight there is none.
            count: effective.round().min(sample.rows() as f64) as u64,
            mean: (weight > 0.0).then(|| moment / weight),
        }
    }
}

impl Sample {
    /// Rows in the sample.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.terms.iter().map(|term| term.totals.rows()).sum()
    }

    /// Σ w.
    #[must_use]
    pub fn weight(&self) -> f64 {
        sum(self.terms.iter().map(|term| term.totals.w()))
    }

    /// The mean score; `None` without rows of positive weight.
    #[must_use]
    pub fn mean(&self) -> Option<f64> {
        Mass::of(self).mean
    }

    /// Kish's effective number of rows, (Σ w)² / Σ w². Kish (1965), Survey Sampling.
    #[must_use]
    pub fn effective_rows(&self) -> f64 {
        Mass::of(self).effective
    }

    /// As how many independent rows the mean, a proportion p, is known, and the quantile of its interval: Kish's
    /// effective number; with clusters p(1 − p)/SE², at most that number, or where p is 0 or 1 as many as there are
    /// clusters, if those are fewer. `None` without rows, and with a single cluster.
    #[must_use]
    pub fn worth(&self, level: f64) -> Option<(f64, f64)> {
        let mass = Mass::of(self);
        let (rate, rows) = (mass.mean?, mass.effective);
        let Some(clusters) = &self.clusters else {
            return Some((rows, quantile::normal(0.5 + level / 2.0)));
        };
        let (error, count) = clusters.error(mass, rate).ok()?;
        let worth = if error > 0.0 && rate > 0.0 && rate < 1.0 {
            rate * (1.0 - rate) / (error * error)
        } else {
            count as f64
        };
        Some((worth.min(rows), cluster_quantile(level, count).0))
    }

    /// The interval of the mean: cluster-robust when clusters repeat, else t with n − 1 degrees, n Kish's effective number
    /// of rows. None where weights leave fewer than two.
    #[must_use]
    pub fn mean_interval(&self, level: f64) -> Interval {
        let mass = Mass::of(self);
        let Some(mean) = mass.mean else {
            return Interval::missing("t", "no rows");
        };
        if let Some(clusters) = &self.clusters {
            return match clusters.error(mass, mean) {
                Ok((error, count)) => {
                    let (quantile, method) = cluster_quantile(level, count);
                    Interval::around(mean, error, quantile, method)
                }
                Err(reason) => Interval::missing("cluster-robust", reason),
            };
        }
        let n = mass.count;
        if n < 2 {
            return Interval::missing("t", if self.rows() < 2 { "n = 1" } else { HEAVY });
        }
        let degrees = (n - 1) as f64;
        let quantile = quantile::student(0.5 + level / 2.0, degrees);
        let method = format!("t, {degrees} degrees");
        Interval::around(mean, self.row_error(mass, mean), quantile, method)
    }

    /// The chance of a mean at least as far from `limit`, either way, if that were the true one; by the law of
    /// [`Self::mean_interval`], and undefined where that has no interval.
    #[must_use]
    pub fn p_value(&self, limit: f64) -> Option<f64> {
        let mass = Mass::of(self);
        let value = mass.mean?;
        let (standard_error, law) = match &self.clusters {
            Some(clusters) => {
                let (error, count) = clusters.error(mass, value).ok()?;
                (error, Law::Clusters(count))
            }
            None => match mass.count {
                0 | 1 => return None,
                n => (self.row_error(mass, value), Law::Rows(n)),
            },
        };
        let mean = Difference {
            value,
            standard_error,
            law,
        };
        mean.p_value(Alternative::TwoSided, limit)
    }

    /// The interval of the mean as a proportion: that of `rates` for rows right or wrong, with Kish's effective number
    /// when weighted; t within [0, 1] for fractional credit; on the logit scale, cluster-robust, when clusters repeat.
    #[must_use]
    pub fn rate_interval(&self, level: f64, rates: Rates) -> Interval {
        let Some(rate) = self.mean() else {
            return Interval::missing("proportion", "no rows");
        };
        if let Some(clusters) = &self.clusters {
            return self.logit_interval(clusters, rate, level, rates);
        }
        if self.terms.iter().any(Term::is_graded) {
            return self.mean_interval(level).within(0.0, 1.0);
        }
        if self.terms.iter().all(Term::is_unweighted) {
            return rates.interval(rate, self.rows() as f64, level, "");
        }
        let n = self.effective_rows();
        rates.interval(rate, n, level, &format!(", effective n = {n:.1}"))
    }

    /// The interval of the mean as a ratio between 0 and 1 whose rows weigh differently by what became of them: by the
    /// delta method on the logit scale, with every row a cluster of its own where none repeats.
    #[must_use]
    pub fn ratio_interval(&self, level: f64, rates: Rates) -> Interval {
        let Some(ratio) = self.mean() else {
            return Interval::missing("delta method, logit", "no rows");
        };
        if let Some(clusters) = &self.clusters {
            return self.logit_interval(clusters, ratio, level, rates);
        }
        if ratio <= 0.0 || ratio >= 1.0 {
            return rates.interval(ratio.clamp(0.0, 1.0), self.rows() as f64, level, "");
        }
        let rows = Clusters {
            sums: Vec::new(),
            single: self.terms.clone(),
        };
        let interval = self.logit_interval(&rows, ratio, level, rates);
        Interval {
            method: "delta method, logit".to_owned(),
            reason: interval.reason.map(|_| "no spread between rows"),
            ..interval
        }
    }

    fn logit_interval(&self, clusters: &Clusters, rate: f64, level: f64, rates: Rates) -> Interval {
        let (error, count) = match clusters.error(Mass::of(self), rate) {
            Ok(found) => found,
            Err(reason) => return Interval::missing("cluster-robust logit", reason),
        };
        if rate <= 0.0 || rate >= 1.0 {
            let among = format!(", {count} clusters");
            return rates.interval(rate.clamp(0.0, 1.0), count as f64, level, &among);
        }
        let (quantile, method) = cluster_quantile(level, count);
        let logit = (rate / (1.0 - rate)).ln();
        let method = method.replace("robust", "robust logit");
        let interval = Interval::around(logit, error / (rate * (1.0 - rate)), quantile, method);
        Interval {
            standard_error: Some(error),
            ..interval.map(|x| 1.0 / (1.0 + (-x).exp()))
        }
    }

    /// √(Σ w²(q − q̄)² / W² · n/(n − 1)), n Kish's effective number, which is sd/√n for equal weights.
    fn row_error(&self, mass: Mass, mean: f64) -> f64 {
        let n = mass.effective;
        let squares = sum(self.terms.iter().map(|term| term.squares(mean)));
        standard_error(squares * n / (n - 1.0), mass.weight)
    }
}

impl Clusters {
    /// √(G/(G − 1) · Σ_g (Σ_{i∈g} w(q − q̄))² / W²), and G. Liang and Zeger (1986), Biometrika 73, 13–22.
    fn error(&self, mass: Mass, mean: f64) -> Result<(f64, u64), &'static str> {
        let taking_part = self.sums.iter().filter(|(_, weight)| *weight > 0.0);
        let single: u64 = self.single.iter().map(|term| term.totals.rows()).sum();
        let count = taking_part.clone().count() as u64 + single;
        if count < 2 {
            return Err("one cluster");
        }
        if mass.count < 2 {
            return Err(HEAVY);
        }
        let keyed = taking_part.map(|(moment, weight)| (moment - mean * weight).powi(2));
        let unkeyed = self.single.iter().map(|term| term.squares(mean));
        let squares = sum(keyed.chain(unkeyed));
        let g = count as f64;
        Ok((standard_error(squares * g / (g - 1.0), mass.weight), count))
    }
}

/// √squares / weight, where anything at the size of rounding errors is zero.
fn standard_error(squares: f64, weight: f64) -> f64 {
    let error = squares.max(0.0).sqrt() / weight;
    if error > 1e-12 { error } else { 0.0 }
}
