//! Ratios of two estimates that stray together, and what several of them come to.
//!
//! Fieller (1954), Journal of the Royal Statistical Society B 16, 175–185: the ratio g = n/d is held to be r as long as
//! n − r·d is not told from zero. That set is an interval exactly when d is told from zero; otherwise it is everything, or
//! all but an interval, and nothing is said. Combinations of ratios take the limits of each (MOVER): Zou and Donner (2008),
//! Statistics in Medicine 27, 1693–1702.

use crate::maths::quantile;
use crate::maths::rng::Rng;
use crate::maths::sums::sum;

/// Draws behind the interval of a median.
const DRAWS: u64 = 4_000;

/// Two estimates with their covariance matrix.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Fraction {
    /// The numerator.
    pub numerator: f64,
    /// The denominator.
    pub denominator: f64,
    /// Variance of the numerator.
    pub above: f64,
    /// Variance of the denominator.
    pub below: f64,
    /// Their covariance.
    pub covariance: f64,
}

/// An estimate with an interval that need not be symmetric.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Limits {
    /// The estimate.
    pub value: f64,
    /// Lower end.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

impl Fraction {
    /// The ratio; `None` when the denominator is zero.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        Some(self.numerator / self.denominator).filter(|value| value.is_finite())
    }

    /// Standard errors between the denominator and zero; infinite for one that does not stray.
    #[must_use]
    pub fn distance(&self) -> f64 {
        match self.denominator == 0.0 {
            true => 0.0,
            false => self.denominator.abs() / self.below.max(0.0).sqrt(),
        }
    }

    /// The ratios r for which n − r·d is within `quantile` standard errors of zero; `None` unless they are an interval.
    ///
    /// ```
    /// use calib::inference::ratio::Fraction;
    /// let half = Fraction { numerator: 1.0, denominator: 2.0, above: 0.01, below: 0.04, covariance: 0.0 };
    /// let limits = half.limits(1.96).unwrap();
    /// for r in [limits.low, limits.high] {
    ///     let error = (half.above + r * r * half.below).sqrt();
    ///     assert!(((half.numerator - r * half.denominator).abs() / error - 1.96).abs() < 1e-9);
    /// }
    /// // A denominator that may be zero.
    /// assert_eq!(Fraction { below: 1.1, ..half }.limits(1.96), None);
    /// ```
    #[must_use]
    pub fn limits(&self, quantile: f64) -> Option<Limits> {
        let square = quantile * quantile;
        let Self {
            numerator: n,
            denominator: d,
            above,
            below,
            covariance,
        } = *self;
        let a = d * d - square * below;
        let b = n * d - square * covariance;
        let c = n * n - square * above;
        let root = (b * b - a * c).max(0.0).sqrt();
        let limits = Limits {
            value: self.value()?,
            low: (b - root) / a,
            high: (b + root) / a,
        };
        (a > 0.0 && limits.low.is_finite() && limits.high.is_finite()).then_some(limits)
    }

    /// The ratio of one joint normal draw of numerator and denominator.
    fn draw(&self, rng: &mut Rng) -> f64 {
        let (first, second) = (rng.normal(), rng.normal());
        let spread = self.below.max(0.0).sqrt();
        // What of the numerator goes along with the denominator, and what is left.
        let along = if spread > 0.0 {
            self.covariance / spread
        } else {
            0.0
        };
        let rest = (self.above - along * along).max(0.0).sqrt();
        (self.numerator + along * first + rest * second) / (self.denominator + spread * first)
    }

    /// The ratio of the sums of independent fractions.
    #[must_use]
    pub fn of_sums(fractions: &[Self]) -> Self {
        let total = |of: fn(&Self) -> f64| sum(fractions.iter().map(of));
        Self {
            numerator: total(|one| one.numerator),
            denominator: total(|one| one.denominator),
            above: total(|one| one.above),
            below: total(|one| one.below),
            covariance: total(|one| one.covariance),
        }
    }
}

impl Limits {
    /// The mean of independent estimates.
    ///
    /// ```
    /// use calib::inference::ratio::Limits;
    /// let one = Limits { value: 0.5, low: 0.3, high: 0.8 };
    /// let mean = Limits::mean(&[one, one]).unwrap();
    /// assert!((mean.value - 0.5).abs() < 1e-12 && (mean.high - (0.5 + 0.3 / 2f64.sqrt())).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn mean(estimates: &[Self]) -> Option<Self> {
        let n = estimates.len() as f64;
        let value = sum(estimates.iter().map(|one| one.value)) / n;
        let reach =
            |of: fn(&Self) -> f64| sum(estimates.iter().map(|one| of(one).powi(2))).sqrt() / n;
        (!estimates.is_empty()).then(|| Self {
            value,
            low: value - reach(|one| one.value - one.low),
            high: value + reach(|one| one.high - one.value),
        })
    }

    /// This less an independent other.
    #[must_use]
    pub fn less(&self, other: &Self) -> Self {
        let value = self.value - other.value;
        let reach = |one: f64, two: f64| one.hypot(two);
        Self {
            value,
            low: value - reach(self.value - self.low, other.high - other.value),
            high: value + reach(self.high - self.value, other.value - other.low),
        }
    }

    /// The estimate of what is never more than `most`.
    #[must_use]
    pub fn capped(&self, most: f64) -> Self {
        Self {
            value: self.value.min(most),
            low: self.low.min(most),
            high: self.high.min(most),
        }
    }
}

/// The median of independent ratios, with quantiles of its value in seeded draws; `None` without ratios.
///
/// ```
/// use calib::inference::ratio::{Fraction, median};
/// let one = Fraction { numerator: 1.0, denominator: 2.0, ..Fraction::default() };
/// let same = median(&[one, one, one], 0.95, 0).unwrap();
/// assert_eq!((same.low, same.value, same.high), (0.5, 0.5, 0.5));
/// ```
#[must_use]
pub fn median(fractions: &[Fraction], level: f64, seed: u64) -> Option<Limits> {
    let middle = |mut values: Vec<f64>| {
        values.sort_by(f64::total_cmp);
        quantile::sample(&values, 0.5)
    };
    let value = middle(fractions.iter().filter_map(Fraction::value).collect())?;
    let draw = |index| {
        let rng = &mut Rng::stream(seed, index);
        middle(fractions.iter().map(|one| one.draw(rng)).collect())
    };
    let mut draws: Vec<f64> = (0..DRAWS).filter_map(draw).collect();
    draws.sort_by(f64::total_cmp);
    let end = |p: f64| quantile::sample(&draws, p).filter(|end| end.is_finite());
    Some(Limits {
        value,
        low: end((1.0 - level) / 2.0)?,
        high: end(0.5 + level / 2.0)?,
    })
}
