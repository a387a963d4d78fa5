//! The bivariate normal distribution.

use std::f64::consts::TAU;

use super::quantile::{normal, normal_cdf};
use super::root::falling;

/// Panels of Simpson's rule; the integrand is smooth, and the error far below 1e-9 up to correlations of .98.
const PANELS: u32 = 512;

/// P(X > h, Y > k) of standard normal X and Y with this correlation.
///
/// The derivative by the correlation is the density (Plackett 1954, Biometrika 41, 351–360), which is integrated from 0
/// over the arc sine of the correlation: Φ(−h)Φ(−k) + 1/2π ∫ exp(−(h² + k² − 2hk sin θ) / 2cos²θ) dθ.
///
/// ```
/// use calib::maths::bivariate::upper;
/// let both = upper(0.0, 0.0, 0.5);
/// assert!((both - 1.0 / 3.0).abs() < 1e-12);
/// assert_eq!(upper(f64::INFINITY, 0.0, 0.5), 0.0);
/// ```
#[must_use]
pub fn upper(h: f64, k: f64, correlation: f64) -> f64 {
    let (above_h, above_k) = (normal_cdf(-h), normal_cdf(-k));
    if correlation >= 1.0 {
        return above_h.min(above_k);
    }
    if correlation <= -1.0 {
        return (above_h + above_k - 1.0).max(0.0);
    }
    if h.is_infinite() || k.is_infinite() {
        return above_h * above_k;
    }
    let density = |theta: f64| {
        let cosine = theta.cos();
        let square = h * h + k * k - 2.0 * h * k * theta.sin();
        (-square / (2.0 * cosine * cosine)).exp()
    };
    let step = correlation.asin() / f64::from(PANELS);
    let weight = |node: u32| match node {
        0 | PANELS => 1.0,
        odd if odd % 2 == 1 => 4.0,
        _ => 2.0,
    };
    let sum: f64 = (0..=PANELS)
        .map(|node| weight(node) * density(step * f64::from(node)))
        .sum();
    (above_h * above_k + sum * step / 3.0 / TAU).clamp(0.0, above_h.min(above_k))
}

/// The tetrachoric correlation: that of two standard normal variables which exceed their thresholds with these chances,
/// and together with the chance `both`. Pearson (1900), Philosophical Transactions A 195, 1–47. `None` where one of
/// them always or never does, or `both` is not within the bounds that the other two set.
///
/// ```
/// use calib::maths::bivariate::tetrachoric;
/// assert!((tetrachoric(1.0 / 3.0, 0.5, 0.5).unwrap() - 0.5).abs() < 1e-9);
/// assert_eq!(tetrachoric(0.0, 0.0, 0.5), None);
/// ```
#[must_use]
pub fn tetrachoric(both: f64, first: f64, second: f64) -> Option<f64> {
    let open = |share: f64| share > 0.0 && share < 1.0;
    let bounds = (first + second - 1.0).max(0.0)..=first.min(second);
    if !open(first) || !open(second) || !bounds.contains(&both) {
        return None;
    }
    let (h, k) = (normal(1.0 - first), normal(1.0 - second));
    Some(falling(-1.0, 1.0, |rho| both - upper(h, k, rho)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn agrees_with_closed_forms() {
        for rho in [-0.95, -0.4, 0.0, 0.3, 0.9, 0.98] {
            // Sheppard (1899): a quarter plus the arc sine.
            let orthant = 0.25 + f64::asin(rho) / TAU;
            assert!((upper(0.0, 0.0, rho) - orthant).abs() < 1e-12, "{rho}");
            for (h, k) in [(0.7, -0.2), (-1.5, -2.0), (2.0, 1.0)] {
                // X > h splits into Y above and below k.
                let whole = upper(h, k, rho) + upper(h, -k, -rho);
                assert!((whole - normal_cdf(-h)).abs() < 1e-9, "{rho} {h} {k}");
            }
        }
        assert_eq!(upper(1.0, -1.0, 1.0), normal_cdf(-1.0));
        assert_eq!(upper(1.0, 1.0, -1.0), 0.0);
    }

    #[test]
    fn tetrachoric_inverts_the_chance() {
        for (h, k, rho) in [(0.3, 0.8, 0.6), (-1.0, 0.5, -0.7), (2.0, 1.5, 0.1)] {
            let found = tetrachoric(upper(h, k, rho), normal_cdf(-h), normal_cdf(-k));
            assert!((found.unwrap() - rho).abs() < 1e-6, "{h} {k} {rho}");
        }
        assert_eq!(tetrachoric(0.6, 0.5, 0.5), None);
    }

    /// A second way: ∫ φ(x) Φ((ρx − k) / √(1 − ρ²)) dx over x > h, by the midpoint rule.
    #[test]
    fn agrees_with_the_conditional_form() {
        for (h, k, rho) in [(0.3, 0.8, 0.6), (-1.0, 0.5, -0.7), (1.2, -0.4, 0.9)] {
            let width = 1e-3;
            let slice = |at: u32| {
                let x = h + width * (f64::from(at) + 0.5);
                let density = (-x * x / 2.0).exp() / TAU.sqrt();
                density * normal_cdf((rho * x - k) / f64::sqrt(1.0 - rho * rho)) * width
            };
            let sum: f64 = (0..10_000).map(slice).sum();
            assert!((upper(h, k, rho) - sum).abs() < 1e-7, "{h} {k} {rho}");
        }
    }
}
