//! Clopper and Pearson's exact interval of a proportion.

use crate::maths::quantile;

/// The interval of a proportion seen as `successes` among `n` rows; both may be effective numbers.
///
/// From the α/2 quantile of Beta(k, n − k + 1) to the 1 − α/2 quantile of Beta(k + 1, n − k). Clopper and Pearson (1934),
/// Biometrika 26, 404–413. It covers at least at its level, mostly above it.
///
/// ```
/// let (low, high) = calib::inference::clopper_pearson::interval(1.0, 1.0, 0.95).unwrap();
/// assert!((low - 0.025).abs() < 1e-12 && high == 1.0);
/// ```
#[must_use]
pub fn interval(successes: f64, n: f64, level: f64) -> Option<(f64, f64)> {
    if n.is_nan() || n <= 0.0 || !(0.0..=n).contains(&successes) {
        return None;
    }
    let (p, failures) = (0.5 + level / 2.0, n - successes);
    let low = match successes {
        0.0 => Some(0.0),
        _ => quantile::beta(1.0 - p, successes, failures + 1.0),
    };
    let high = match failures {
        0.0 => Some(1.0),
        _ => quantile::beta(p, successes + 1.0, failures),
    };
    low.zip(high)
}
