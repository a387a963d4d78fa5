//! The path of cumulative residuals in order of confidence: how far it strays, and how wide it ranges.

use crate::maths::sums::Sum;

/// The lowest and highest point of a path that starts at 0.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Path {
    low: f64,
    high: f64,
}

impl Path {
    /// The path of `Σ_{j≤k} residual_j / weight` over the ends of tie blocks.
    ///
    /// ```
    /// use calib::inference::cumulative::Path;
    /// let path = Path::new([0.5, -2.0, 1.0], 10.0);
    /// assert!((path.furthest() - 0.15).abs() < 1e-12 && (path.range() - 0.2).abs() < 1e-12);
    /// ```
    pub fn new(residuals: impl IntoIterator<Item = f64>, weight: f64) -> Self {
        let (mut path, mut at) = (Self::default(), Sum::default());
        for residual in residuals {
            at.add(residual);
            path.low = path.low.min(at.value() / weight);
            path.high = path.high.max(at.value() / weight);
        }
        path
    }

    /// The largest distance from 0.
    #[must_use]
    pub fn furthest(&self) -> f64 {
        self.high.max(-self.low)
    }

    /// The highest less the lowest point, 0 among them.
    #[must_use]
    pub fn range(&self) -> f64 {
        self.high - self.low
    }
}
