//! As many equal weights as unequal ones are worth. Kish (1965), Survey Sampling.

use super::sums::sum;

/// (Σ w)² / Σ w² from both sums: the number of weights where all are equal, no number where all are 0.
///
/// ```
/// use calib::maths::kish;
/// assert_eq!(kish::effective_number(4.0, 4.0), 4.0);
/// assert_eq!(kish::effective_number(4.0, 10.0), 1.6);
/// ```
#[must_use]
pub fn effective_number(sum: f64, squares: f64) -> f64 {
    sum * sum / squares
}

/// The same of weights of at least 0 and how often each occurs; `None` where all are 0, or one is infinite.
///
/// ```
/// use calib::maths::kish;
/// assert_eq!(kish::effective_number_of([(2.0, 1.0), (1.0, 1.0)].into_iter()), Some(1.8));
/// assert_eq!(kish::effective_number_of([(1e200, 7.0)].into_iter()), Some(7.0));
/// assert_eq!(kish::effective_number_of(std::iter::empty()), None);
/// ```
#[must_use]
pub fn effective_number_of(weights: impl Iterator<Item = (f64, f64)> + Clone) -> Option<f64> {
    // In units of the largest, whose square may be more than a float holds; it cancels.
    let most = weights
        .clone()
        .map(|(weight, _)| weight)
        .fold(0.0, f64::max);
    let of = |power: i32| {
        let one = |(weight, times): (f64, f64)| times * (weight / most).powi(power);
        sum(weights.clone().map(one))
    };
    (most > 0.0 && most.is_finite()).then(|| effective_number(of(1), of(2)))
}

/// Whether weights that are worth so many are nearly all one, so that the others tell nothing of its error.
///
/// ```
/// use calib::maths::kish;
/// assert!(kish::is_lopsided(1.4) && !kish::is_lopsided(1.6));
/// ```
#[must_use]
pub fn is_lopsided(worth: f64) -> bool {
    worth.round() < 2.0
}
