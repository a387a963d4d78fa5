//! Quantiles of distributions and of samples.

use statrs::distribution::{Beta, ContinuousCDF, Normal, StudentsT};

/// The quantile of the standard normal distribution; infinite at 0 and 1.
///
/// ```
/// assert!((calib::maths::quantile::normal(0.975) - 1.959963984540054).abs() < 1e-12);
/// ```
#[must_use]
pub fn normal(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p.clamp(0.0, 1.0))
}

/// The standard normal distribution function.
#[must_use]
pub fn normal_cdf(x: f64) -> f64 {
    Normal::standard().cdf(x)
}

/// The quantile of Student's t with the given degrees of freedom; the normal one where there are none to speak of.
///
/// ```
/// assert!((calib::maths::quantile::student(0.975, 5.0) - 2.570581835636314).abs() < 1e-9);
/// ```
#[must_use]
pub fn student(p: f64, degrees: f64) -> f64 {
    match StudentsT::new(0.0, 1.0, degrees) {
        // Beyond a million degrees the two agree to six digits, and the incomplete beta function converges slowly.
        Ok(t) if degrees < 1e6 => t.inverse_cdf(p.clamp(0.0, 1.0)),
        _ => normal(p),
    }
}

/// The quantile of Beta(a, b), for positive parameters; `None` otherwise.
#[must_use]
pub fn beta(p: f64, a: f64, b: f64) -> Option<f64> {
    let beta = Beta::new(a, b).ok()?;
    Some(beta.inverse_cdf(p.clamp(0.0, 1.0)).clamp(0.0, 1.0))
}

/// The quantile of a sorted sample, linear between order statistics (type 7 of Hyndman and Fan 1996); `None` if empty.
///
/// ```
/// assert_eq!(calib::maths::quantile::sample(&[1.0, 2.0, 4.0], 0.75), Some(3.0));
/// ```
#[must_use]
pub fn sample(sorted: &[f64], p: f64) -> Option<f64> {
    let at = p.clamp(0.0, 1.0) * sorted.len().checked_sub(1)? as f64;
    let low = sorted.get(at.floor() as usize)?;
    let high = sorted.get(at.ceil() as usize)?;
    Some(low + (high - low) * at.fract())
}
