//! Wilson's score interval of a proportion.

use crate::maths::quantile;

/// The score interval of a proportion `rate` seen in `n` rows; `n` may be an effective number.
///
/// `(p + z²/2n ± z √(p(1−p)/n + z²/4n²)) / (1 + z²/n)`. Wilson (1927), Journal of the American Statistical
/// Association 22, 209–212. Unlike Wald's it keeps its level near 0 and 1 and never has zero width.
///
/// ```
/// let (low, high) = calib::inference::wilson::interval(1.0, 1.0, 0.95).unwrap();
/// assert!((low - 0.2065493143772374).abs() < 1e-12 && high == 1.0);
/// ```
#[must_use]
pub fn interval(rate: f64, n: f64, level: f64) -> Option<(f64, f64)> {
    if n.is_nan() || n <= 0.0 || !(0.0..=1.0).contains(&rate) {
        return None;
    }
    let z = quantile::normal(0.5 + level / 2.0);
    let zz = z * z / n;
    let centre = rate + zz / 2.0;
    let half = z * (rate * (1.0 - rate) / n + zz / (4.0 * n)).sqrt();
    let scale = 1.0 + zz;
    // At 0 and 1 one end is exact, but rounding would miss it.
    let low = if rate == 0.0 {
        0.0
    } else {
        (centre - half) / scale
    };
    let high = if rate == 1.0 {
        1.0
    } else {
        (centre + half) / scale
    };
    Some((low.max(0.0), high.min(1.0)))
}
