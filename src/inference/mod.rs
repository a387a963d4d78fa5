//! How sure a number is: intervals, null distributions, posterior draws. Nothing here knows what a metric is called.

pub mod bootstrap;
pub mod ce2;
pub mod clopper_pearson;
pub mod clustered;
pub mod cumulative;
pub mod dealing;
pub mod delong;
pub mod kernel;
pub mod least_squares;
pub mod loess;
pub mod logistic;
pub mod misclassification;
pub mod multiple;
pub mod null;
pub mod paired;
pub mod pairs;
pub mod penalised;
pub mod permutation;
pub mod posterior;
pub mod random_effects;
pub mod ratio;
pub mod resample;
pub mod sample;
pub mod smooth;
pub mod trend;
pub mod wilson;

use crate::maths::quantile;

/// An interval, or the reason why there is none.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Interval {
    /// Both ends.
    pub bounds: Option<(f64, f64)>,
    /// The standard error, where the method has one.
    pub standard_error: Option<f64>,
    /// The method in short words.
    pub method: String,
    /// Why there are no bounds.
    pub reason: Option<&'static str>,
}

impl Interval {
    /// No interval, for this reason.
    #[must_use]
    pub fn missing(method: impl Into<String>, reason: &'static str) -> Self {
        Self {
            method: method.into(),
            reason: Some(reason),
            ..Self::default()
        }
    }

    /// `value` ± a quantile times the standard error; none when that error is zero or undefined.
    #[must_use]
    pub fn around(value: f64, standard_error: f64, quantile: f64, method: String) -> Self {
        let half = quantile * standard_error;
        if standard_error > 0.0 && half.is_finite() {
            Self {
                bounds: Some((value - half, value + half)),
                standard_error: Some(standard_error),
                method,
                reason: None,
            }
        } else {
            Self {
                standard_error: Some(0.0),
                ..Self::missing(method, "zero standard error")
            }
        }
    }

    /// The interval cut to the range of the quantity.
    #[must_use]
    pub fn within(mut self, low: f64, high: f64) -> Self {
        self.bounds = self.bounds.map(|(a, b)| (a.max(low), b.min(high)));
        self
    }

    /// The interval with the value that it is of, where a correction or a law that knows no bias leaves it out.
    ///
    /// ```
    /// use calib::inference::Interval;
    /// let interval = Interval { bounds: Some((-0.16, 0.07)), ..Interval::default() };
    /// assert_eq!(interval.clone().with(0.073).bounds, Some((-0.16, 0.073)));
    /// assert_eq!(interval.with(0.0).bounds, Some((-0.16, 0.07)));
    /// ```
    #[must_use]
    pub fn with(mut self, value: f64) -> Self {
        self.bounds = self.bounds.map(|(a, b)| (a.min(value), b.max(value)));
        self
    }

    /// The interval of a non-decreasing function of the quantity; its standard error does not carry over.
    #[must_use]
    pub fn map(self, f: impl Fn(f64) -> f64) -> Self {
        Self {
            bounds: self.bounds.map(|(a, b)| (f(a), f(b))),
            standard_error: None,
            ..self
        }
    }
}

/// Clusters below which their number is felt in the quantile.
pub(crate) const FEW_CLUSTERS: u64 = 30;

/// The two-sided quantile for a cluster-robust interval, and its name: t with G − 1 degrees when G < 30, else normal.
#[must_use]
pub fn cluster_quantile(level: f64, clusters: u64) -> (f64, String) {
    let p = 0.5 + level / 2.0;
    if clusters < FEW_CLUSTERS {
        let degrees = clusters.saturating_sub(1) as f64;
        let method = format!("cluster-robust t, {clusters} clusters");
        (quantile::student(p, degrees), method)
    } else {
        let method = format!("cluster-robust normal, {clusters} clusters");
        (quantile::normal(p), method)
    }
}
