//! What changed between two measurements of the same units, such as two models on the same questions.
//!
//! Differences are taken unit by unit, so what both measurements share cancels. A difference whose standard error is
//! zero or unknown has neither interval nor p-value.

use super::{FEW_CLUSTERS, Interval, cluster_quantile};
use crate::maths::sums::sum;
use crate::maths::{quantile, tails};

/// What a p-value looks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Alternative {
    /// A difference either way.
    TwoSided,
    /// More than the limit.
    Greater,
    /// Less than the limit.
    Less,
}

/// How an estimate strays about its truth, in standard errors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Law {
    /// Normal.
    Normal,
    /// Student's t with one degree less than there are rows.
    Rows(u64),
    /// The law of [`cluster_quantile`]: t with one degree less than there are clusters when fewer than 30, else normal.
    Clusters(u64),
}

/// An estimated difference, its standard error, and how it strays.
///
/// ```
/// use calib::inference::paired::{Alternative, Difference};
/// let difference = Difference::of_rows(&[0.1, 0.3, 0.2]).unwrap();
/// assert!((difference.value - 0.2).abs() < 1e-12);
/// assert!((difference.standard_error - 0.1 / 3f64.sqrt()).abs() < 1e-12);
/// // t = 2√3 with 2 degrees: P(T ≥ t) = ½ − t / (2 √(2 + t²)).
/// let t = 12f64.sqrt();
/// let p = difference.p_value(Alternative::Greater, 0.0).unwrap();
/// assert!((p - (0.5 - t / (2.0 * (2.0 + t * t).sqrt()))).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Difference {
    /// The estimate.
    pub value: f64,
    /// Its standard error.
    pub standard_error: f64,
    /// How it strays.
    pub law: Law,
}

impl Difference {
    /// The mean of independent differences, d̄, with standard error √(Σ (d − d̄)² / (n(n − 1))) and t with n − 1
    /// degrees; `None` for fewer than two. Student (1908), Biometrika 6, 1–25.
    #[must_use]
    pub fn of_rows(differences: &[f64]) -> Option<Self> {
        let n = differences.len() as u64;
        let units = || differences.iter().map(|d| (*d, 1.0));
        Self::of_units(units, Law::Rows(n))
    }

    /// The mean of differences that come in clusters, each given as (Σ w·d, Σ w): d̄ = Σ_g Σ w·d / W with standard
    /// error √(G/(G − 1) · Σ_g (Σ_{i∈g} w(d − d̄))²) / W; `None` for fewer than two clusters of positive weight. Liang
    /// and Zeger (1986), Biometrika 73, 13–22; for paired evaluations Miller (2024), arXiv 2411.00640.
    ///
    /// ```
    /// use calib::inference::paired::Difference;
    /// // Asking every question twice is no more evidence.
    /// let once = Difference::of_clusters(&[(0.1, 1.0), (-0.2, 1.0), (0.4, 1.0)]).unwrap();
    /// let twice = Difference::of_clusters(&[(0.2, 2.0), (-0.4, 2.0), (0.8, 2.0)]).unwrap();
    /// assert!((once.standard_error - twice.standard_error).abs() < 1e-15);
    /// ```
    #[must_use]
    pub fn of_clusters(sums: &[(f64, f64)]) -> Option<Self> {
        let units = || sums.iter().copied().filter(|(_, weight)| *weight > 0.0);
        Self::of_units(units, Law::Clusters(units().count() as u64))
    }

    fn of_units<I: Iterator<Item = (f64, f64)>>(units: impl Fn() -> I, law: Law) -> Option<Self> {
        let count = units().count() as f64;
        if count < 2.0 {
            return None;
        }
        let weight = sum(units().map(|(_, weight)| weight));
        let value = sum(units().map(|(moment, _)| moment)) / weight;
        let squares = sum(units().map(|(moment, weight)| (moment - value * weight).powi(2)));
        let error = (squares * count / (count - 1.0)).sqrt() / weight;
        // Equal differences leave rounding errors, which are no spread.
        let scale = value.abs().max(1.0);
        Some(Self {
            value,
            standard_error: if error > 1e-14 * scale { error } else { 0.0 },
            law,
        })
    }

    /// value ± quantile × standard error.
    #[must_use]
    pub fn interval(&self, level: f64) -> Interval {
        let (quantile, method) = self.law.quantile(level);
        Interval::around(self.value, self.standard_error, quantile, method)
    }

    /// The chance of a difference at least as far on the side of the alternative if the true one were `limit`; `None`
    /// when the standard error is zero.
    #[must_use]
    pub fn p_value(&self, alternative: Alternative, limit: f64) -> Option<f64> {
        if !(self.standard_error > 0.0 && self.standard_error.is_finite()) {
            return None;
        }
        let distance = (self.value - limit) / self.standard_error;
        Some(match alternative {
            Alternative::TwoSided => 2.0 * self.law.tail(distance.abs()),
            Alternative::Greater => self.law.tail(distance),
            Alternative::Less => self.law.tail(-distance),
        })
    }

    /// The exact p-value of the sign test where every unit differs by the same amount, so that there is no spread to
    /// hold it against: all n units are on one side of the limit, which has the chance 2⁻ⁿ if either side is as likely,
    /// twice that for both sides. `None` when they differ by other amounts, or by the limit itself. Dixon and Mood
    /// (1946), Journal of the American Statistical Association 41, 557–566.
    ///
    /// ```
    /// use calib::inference::paired::{Alternative, Difference};
    /// let worse = Difference::of_rows(&[0.8; 10]).unwrap();
    /// assert_eq!(worse.p_value(Alternative::Greater, 0.0), None);
    /// let p = worse.sign_test(Alternative::Greater, 0.0).unwrap();
    /// assert!((p - 0.5f64.powi(10)).abs() < 1e-15);
    /// assert_eq!(worse.sign_test(Alternative::Less, 0.0), Some(1.0));
    /// ```
    #[must_use]
    pub fn sign_test(&self, alternative: Alternative, limit: f64) -> Option<f64> {
        let distance = self.value - limit;
        let units = self.law.units().filter(|_| {
            self.standard_error == 0.0 && distance.abs() > 1e-12 * self.value.abs().max(1.0)
        })?;
        let (above, below) = if distance > 0.0 {
            (units, 0)
        } else {
            (0, units)
        };
        mcnemar(above, below, alternative)
    }

    /// The p-value of the t-test, or of the sign test where no two units differ in how they differ.
    #[must_use]
    pub fn tested(&self, alternative: Alternative, limit: f64) -> Option<f64> {
        self.p_value(alternative, limit)
            .or_else(|| self.sign_test(alternative, limit))
    }
}

impl Law {
    /// The two-sided quantile at this level, and its name.
    #[must_use]
    pub fn quantile(self, level: f64) -> (f64, String) {
        let p = 0.5 + level / 2.0;
        match self {
            Self::Normal => (quantile::normal(p), "normal".to_owned()),
            Self::Rows(n) => {
                let degrees = n.saturating_sub(1) as f64;
                let method = format!("paired t, {degrees} degrees");
                (quantile::student(p, degrees), method)
            }
            Self::Clusters(clusters) => {
                let (quantile, method) = cluster_quantile(level, clusters);
                (quantile, format!("paired {method}"))
            }
        }
    }

    /// Rows or clusters, where they are counted.
    fn units(self) -> Option<u64> {
        match self {
            Self::Normal => None,
            Self::Rows(units) | Self::Clusters(units) => Some(units),
        }
    }

    /// The chance of at least so many standard errors.
    fn tail(self, distance: f64) -> f64 {
        match self {
            Self::Rows(n) => tails::student(distance, n.saturating_sub(1) as f64),
            Self::Clusters(g) if g < FEW_CLUSTERS => {
                tails::student(distance, g.saturating_sub(1) as f64)
            }
            Self::Normal | Self::Clusters(_) => tails::normal(distance),
        }
    }
}

/// The change of a distance from zero, |a| − |b|, of two paired means a and b.
///
/// It is above L ≥ 0 exactly when a − b > L and a + b > L, or a − b < −L and a + b < −L. Both conditions are judged by
/// paired means, whose standard errors hold near zero too, where |·| has no derivative. Berger (1982), Technometrics
/// 24, 295–300 (intersection–union): a test of both at level α has level α as long as one side of zero is in question. Where
/// a and b are both near zero it keeps below α unless the spread of a is more than twice that of b; at worst, b known, it
/// is 2α.
///
/// ```
/// use calib::inference::paired::Magnitude;
/// let (new, old) = ([-0.3, -0.5, -0.4, -0.4], [0.1, 0.0, -0.1, 0.1]);
/// let change = Magnitude::of_rows(&new, &old).unwrap();
/// assert!((change.value() - (0.4 - 0.025)).abs() < 1e-12);
/// assert!(change.p_value(0.0).unwrap() < 0.05);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Magnitude {
    /// a − b.
    pub difference: Difference,
    /// a + b.
    pub sum: Difference,
}

impl Magnitude {
    /// From independent pairs; `None` for fewer than two. Values beyond the shorter slice have no pair and stay out.
    #[must_use]
    pub fn of_rows(a: &[f64], b: &[f64]) -> Option<Self> {
        let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
        let sums: Vec<f64> = a.iter().zip(b).map(|(a, b)| a + b).collect();
        Some(Self {
            difference: Difference::of_rows(&differences)?,
            sum: Difference::of_rows(&sums)?,
        })
    }

    /// From clusters, each given as (Σ w·a, Σ w·b, Σ w); `None` for fewer than two of positive weight.
    #[must_use]
    pub fn of_clusters(sums: &[(f64, f64, f64)]) -> Option<Self> {
        let differences: Vec<_> = sums.iter().map(|(a, b, w)| (a - b, *w)).collect();
        let both: Vec<_> = sums.iter().map(|(a, b, w)| (a + b, *w)).collect();
        Some(Self {
            difference: Difference::of_clusters(&differences)?,
            sum: Difference::of_clusters(&both)?,
        })
    }

    /// |a| − |b|, which is the larger of min(a − b, a + b) and min(b − a, −a − b).
    #[must_use]
    pub fn value(&self) -> f64 {
        let (d, s) = (self.difference.value, self.sum.value);
        d.min(s).max((-d).min(-s))
    }

    /// The chance of so large an increase if |a| were |b| + `limit`, for a limit of at least 0. Where all units differ,
    /// or add up, by the same amount, that is judged by the sign test; `None` when nothing can be said.
    #[must_use]
    pub fn p_value(&self, limit: f64) -> Option<f64> {
        let both = |alternative, limit| {
            let difference = self.difference.tested(alternative, limit)?;
            Some(difference.max(self.sum.tested(alternative, limit)?))
        };
        let above = both(Alternative::Greater, limit)?;
        Some(above.min(both(Alternative::Less, -limit)?))
    }

    /// The interval of |a| − |b| whose lower end exceeds L ≥ 0 when the test at (1 − level)/2 rejects L.
    #[must_use]
    pub fn interval(&self, level: f64) -> Interval {
        let (mut difference, sum) = (self.difference.interval(level), self.sum.interval(level));
        // A difference that is the same in every unit is known, once there are enough of them to tell its sign.
        let alike = self.difference.sign_test(Alternative::TwoSided, 0.0);
        if alike.is_some_and(|p| p <= 1.0 - level) {
            difference.bounds = Some((self.difference.value, self.difference.value));
        }
        let Some(((d_low, d_high), (s_low, s_high))) = difference.bounds.zip(sum.bounds) else {
            return Interval::missing(difference.method, "zero standard error");
        };
        let low = d_low.min(s_low).max((-d_high).min(-s_high));
        let high = d_high.max(-s_low).min((-d_low).max(s_high));
        Interval {
            bounds: Some((low, high)),
            standard_error: None,
            method: difference.method,
            reason: None,
        }
    }
}

/// Exact p-value of McNemar's test from the numbers of pairs that differ: `gained` one way, `lost` the other.
///
/// If neither way is likelier, `gained` of m = gained + lost is binomial with ½: P(X ≥ gained) for
/// [`Alternative::Greater`], P(X ≤ gained) for [`Alternative::Less`], twice the smaller, at most 1, for both. `None`
/// when no pair differs. McNemar (1947), Psychometrika 12, 153–157.
///
/// ```
/// use calib::inference::paired::{Alternative, mcnemar};
/// assert!((mcnemar(3, 0, Alternative::Greater).unwrap() - 0.125).abs() < 1e-14);
/// assert!((mcnemar(0, 3, Alternative::TwoSided).unwrap() - 0.25).abs() < 1e-14);
/// assert_eq!(mcnemar(0, 0, Alternative::TwoSided), None);
/// ```
#[must_use]
pub fn mcnemar(gained: u64, lost: u64, alternative: Alternative) -> Option<f64> {
    let pairs = gained + lost;
    let at_least = |count| tails::binomial(pairs, 0.5, count);
    (pairs > 0).then(|| match alternative {
        Alternative::Greater => at_least(gained),
        Alternative::Less => at_least(lost),
        Alternative::TwoSided => (2.0 * at_least(gained.max(lost))).min(1.0),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NEW: [f64; 6] = [0.31, 0.02, 0.64, 0.25, 0.11, 0.52];
    const OLD: [f64; 6] = [0.22, 0.05, 0.41, 0.30, 0.01, 0.29];

    fn close(ours: f64, theirs: f64) {
        assert!((ours - theirs).abs() < 1e-11, "{ours} {theirs}");
    }

    /// P(T ≥ t) with 5 degrees, in closed form. Abramowitz and Stegun (1964), 26.7.3.
    fn tail_of_five(t: f64) -> f64 {
        let angle = (t / 5f64.sqrt()).atan();
        let (sine, cosine) = angle.sin_cos();
        let within = angle + sine * (cosine + 2.0 / 3.0 * cosine.powi(3));
        0.5 - within / std::f64::consts::PI
    }

    #[test]
    fn the_paired_t_test_agrees_with_its_closed_form() {
        let differences: Vec<f64> = NEW.iter().zip(OLD).map(|(a, b)| a - b).collect();
        let ours = Difference::of_rows(&differences).unwrap();
        let mean = (1.85 - 1.28) / 6.0;
        let squares: f64 = differences.iter().map(|d| d * d).sum::<f64>() - 6.0 * mean * mean;
        let error = (squares / 30.0).sqrt();
        close(ours.value, mean);
        close(ours.standard_error, error);
        let p = |alternative, limit| ours.p_value(alternative, limit).unwrap();
        close(p(Alternative::Greater, 0.0), tail_of_five(mean / error));
        close(p(Alternative::Less, 0.0), 1.0 - tail_of_five(mean / error));
        close(
            p(Alternative::TwoSided, 0.0),
            2.0 * tail_of_five(mean / error),
        );
        close(p(Alternative::Greater, mean), 0.5);
        let (low, high) = ours.interval(0.95).bounds.unwrap();
        // An end of the interval is the limit that is just rejected.
        close(p(Alternative::Greater, low), 0.025);
        close(p(Alternative::Less, high), 0.025);
        assert_eq!(ours.interval(0.95).method, "paired t, 5 degrees");
    }

    #[test]
    fn clusters_agree_with_the_sandwich_written_out() {
        // Clusters of 2, 1 and 3 rows with weights.
        let rows = [(0, 1.0), (0, 2.0), (1, 1.0), (2, 1.0), (2, 0.5), (2, 1.5)];
        let weight: f64 = rows.iter().map(|row| row.1).sum();
        let d = |at: usize| NEW[at] - OLD[at];
        let mean = rows
            .iter()
            .enumerate()
            .map(|(at, row)| row.1 * d(at))
            .sum::<f64>()
            / weight;
        let mut sandwich = 0.0;
        for (i, a) in rows.iter().enumerate() {
            for (j, b) in rows.iter().enumerate().filter(|(_, b)| b.0 == a.0) {
                sandwich += a.1 * (d(i) - mean) * b.1 * (d(j) - mean);
            }
        }
        let mut sums = [(0.0, 0.0); 3];
        for (at, row) in rows.iter().enumerate() {
            sums[row.0].0 += row.1 * d(at);
            sums[row.0].1 += row.1;
        }
        let ours = Difference::of_clusters(&sums).unwrap();
        close(ours.value, mean);
        close(ours.standard_error, (1.5 * sandwich).sqrt() / weight);
        assert_eq!(
            ours.interval(0.95).method,
            "paired cluster-robust t, 3 clusters"
        );
        let (low, _) = ours.interval(0.95).bounds.unwrap();
        close(ours.p_value(Alternative::Greater, low).unwrap(), 0.025);
    }

    #[test]
    fn many_clusters_are_judged_by_the_normal_law() {
        let sums: Vec<_> = (0..30).map(|g| (f64::from(g % 7) - 2.0, 1.0)).collect();
        let ours = Difference::of_clusters(&sums).unwrap();
        let (low, high) = ours.interval(0.95).bounds.unwrap();
        close(
            (high - low) / ours.standard_error,
            2.0 * quantile::normal(0.975),
        );
        close(ours.p_value(Alternative::Less, high).unwrap(), 0.025);
    }

    #[test]
    fn without_spread_there_is_no_test() {
        for equal in [[0.0; 4], [0.1; 4]] {
            let ours = Difference::of_rows(&equal).unwrap();
            assert_eq!(ours.p_value(Alternative::TwoSided, 0.0), None);
            assert_eq!(ours.interval(0.95).reason, Some("zero standard error"));
        }
        assert_eq!(Difference::of_rows(&[0.3]), None);
        assert_eq!(Difference::of_clusters(&[(0.3, 1.0), (0.0, 0.0)]), None);
        let magnitude = Magnitude::of_rows(&[0.1, 0.1], &[0.1, 0.1]).unwrap();
        assert_eq!(magnitude.p_value(0.0), None);
    }

    #[test]
    fn a_magnitude_looks_at_sizes_and_not_at_signs() {
        let flipped = |values: &[f64]| values.iter().map(|v| -v).collect::<Vec<_>>();
        let one = Magnitude::of_rows(&NEW, &OLD).unwrap();
        for (a, b) in [
            (flipped(&NEW), OLD.to_vec()),
            (NEW.to_vec(), flipped(&OLD)),
            (flipped(&NEW), flipped(&OLD)),
        ] {
            let other = Magnitude::of_rows(&a, &b).unwrap();
            close(other.value(), one.value());
            close(other.p_value(0.01).unwrap(), one.p_value(0.01).unwrap());
            assert_eq!(other.interval(0.9).bounds, one.interval(0.9).bounds);
        }
        let back = Magnitude::of_rows(&OLD, &NEW).unwrap();
        let (low, high) = one.interval(0.9).bounds.unwrap();
        assert_eq!(back.interval(0.9).bounds, Some((-high, -low)));
        assert!(low < one.value() && one.value() < high);
    }

    #[test]
    fn the_lower_end_of_a_magnitude_is_the_limit_just_rejected() {
        let old: Vec<f64> = OLD.iter().map(|v| v / 10.0).collect();
        let ours = Magnitude::of_rows(&NEW, &old).unwrap();
        let (low, _) = ours.interval(0.9).bounds.unwrap();
        assert!(low > 0.0);
        close(ours.p_value(low).unwrap(), 0.05);
    }

    #[test]
    fn mcnemar_agrees_with_published_and_hand_worked_values() {
        let p = |gained, lost, alternative| mcnemar(gained, lost, alternative).unwrap();
        // 1 + 10 + 45 of 2¹⁰.
        close(p(2, 8, Alternative::Less), 56.0 / 1024.0);
        close(p(2, 8, Alternative::TwoSided), 112.0 / 1024.0);
        close(p(2, 8, Alternative::Greater), 1.0 - 11.0 / 1024.0);
        close(p(5, 5, Alternative::TwoSided), 1.0);
        // Agresti (2002), Categorical Data Analysis, table 10.1: 86 against 150, z = −4.17 without correction.
        let exact = p(150, 86, Alternative::Greater);
        assert!((2.5e-5..4.5e-5).contains(&(2.0 * exact)), "{exact}");
    }
}
