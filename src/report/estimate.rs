//! Building estimates so that a null always has a reason and no interval has zero width.

use super::Estimate;
use crate::inference::Interval;

/// −0 is 0.
fn unsigned_zero(value: f64) -> f64 {
    value + 0.0
}

impl Estimate {
    /// No value, for this reason.
    #[must_use]
    pub fn undefined(n: u64, reason: impl Into<String>) -> Self {
        Self {
            n,
            reason: Some(reason.into()),
            ..Self::default()
        }
    }

    /// A value without interval, and why it has none; a value that is no number is undefined.
    #[must_use]
    pub fn bare(value: f64, n: u64, reason: impl Into<String>) -> Self {
        if !value.is_finite() {
            return Self::undefined(n, "no finite value");
        }
        Self {
            value: Some(unsigned_zero(value)),
            ..Self::undefined(n, reason)
        }
    }

    /// A value with its interval at this level, or with the reason why it has none.
    #[must_use]
    pub fn with_interval(value: f64, n: u64, level: f64, interval: Interval) -> Self {
        let bounds = interval
            .bounds
            .filter(|(low, high)| low < high && low.is_finite() && high.is_finite());
        let reason = interval.reason.unwrap_or("interval of zero width");
        let mut estimate = Self::bare(value, n, reason);
        estimate.method = Some(interval.method);
        if let (Some(_), Some((low, high))) = (estimate.value, bounds) {
            (estimate.low, estimate.high) = (Some(unsigned_zero(low)), Some(unsigned_zero(high)));
            estimate.level = Some(level);
            estimate.reason = None;
        }
        estimate
    }

    /// The estimate with its interval cut to the range of the quantity; never to leave out the value.
    #[must_use]
    pub fn within(mut self, low: f64, high: f64) -> Self {
        let value = self.value.unwrap_or(f64::NAN);
        self.low = self.low.map(|end| end.max(low.min(value)));
        self.high = self.high.map(|end| end.min(high.max(value)));
        self
    }

    /// The estimate with one more figure beside it.
    #[must_use]
    pub fn and(mut self, name: &'static str, value: Option<f64>) -> Self {
        let finite = value.filter(|value| value.is_finite());
        self.beside.insert(name, finite.map(unsigned_zero));
        self
    }

    /// The estimate with this method.
    #[must_use]
    pub fn by(mut self, method: impl Into<String>) -> Self {
        self.method = Some(method.into());
        self
    }

    /// Both ends of the interval, if there is one.
    #[must_use]
    pub fn interval(&self) -> Option<(f64, f64)> {
        self.low.zip(self.high)
    }
}
