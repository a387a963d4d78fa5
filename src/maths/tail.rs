//! Probabilities of the tails of distributions, to full relative precision however small they are.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_2};

use statrs::function::gamma::checked_gamma_ur;

/// Terms of an alternating series smaller than this, relative to its first, change nothing.
const NEGLIGIBLE: f64 = 1e-18;

/// The probability that a standard normal number is at least as far from zero as `z`.
///
/// ```
/// assert!((calib::maths::tail::two_sided(1.959963984540054) - 0.05).abs() < 1e-15);
/// ```
#[must_use]
pub fn two_sided(z: f64) -> f64 {
    erfc(z.abs() * FRAC_1_SQRT_2)
}

/// The complementary error function for x ≥ 0.
fn erfc(x: f64) -> f64 {
    // statrs' own erfc keeps ten digits, its incomplete gamma function fourteen.
    let far = if x > 0.0 { 0.0 } else { 1.0 };
    checked_gamma_ur(0.5, x * x).unwrap_or(far)
}

/// The probability that a chi-square number of these degrees of freedom exceeds `x`; `None` without degrees.
///
/// ```
/// use calib::maths::tail::chi_square;
/// assert!((chi_square(5.991464547107979, 2).unwrap() - 0.05).abs() < 1e-15);
/// assert_eq!(chi_square(1.0, 0), None);
/// ```
#[must_use]
pub fn chi_square(x: f64, degrees: u32) -> Option<f64> {
    if x <= 0.0 && degrees > 0 {
        return Some(1.0);
    }
    if degrees == 2 {
        return Some((-x / 2.0).exp());
    }
    checked_gamma_ur(f64::from(degrees) / 2.0, x / 2.0).ok()
}

/// The probability that Brownian motion on [0, 1] strays at least `x` from zero.
///
/// `1 − (4/π) Σ (−1)ᵏ/(2k+1) exp(−(2k+1)²π²/8x²)`, k from 0, for small x; the same by reflection,
/// `2 Σ (−1)ᵏ erfc((2k+1) x/√2)`, for large x, where the first would cancel. Feller (1971), An Introduction to
/// Probability Theory and Its Applications II, section X.5.
///
/// ```
/// use calib::maths::tail::brownian_supremum;
/// assert_eq!(brownian_supremum(0.0), 1.0);
/// assert!((brownian_supremum(2.241402727604947) - 0.05).abs() < 1e-10);
/// ```
#[must_use]
pub fn brownian_supremum(x: f64) -> f64 {
    if x <= 0.0 {
        return 1.0;
    }
    let odd = |k: u32| f64::from(2 * k + 1);
    if x < 1.0 {
        let rate = FRAC_PI_2.powi(2) / (2.0 * x * x);
        1.0 - alternating(|k| (-odd(k).powi(2) * rate).exp() / odd(k)) / (FRAC_PI_2 / 2.0)
    } else {
        2.0 * alternating(|k| erfc(odd(k) * x * FRAC_1_SQRT_2))
    }
}

/// The probability that the range of Brownian motion on [0, 1], its highest less its lowest point, is at least `x`.
///
/// `4 Σ (−1)ᵏ⁻¹ k erfc(k x/√2)`, k from 1. Feller (1951), Annals of Mathematical Statistics 22, 427–432.
///
/// ```
/// use calib::maths::tail::brownian_range;
/// assert_eq!(brownian_range(0.0), 1.0);
/// assert!(brownian_range(1.0) > brownian_range(2.0));
/// ```
#[must_use]
pub fn brownian_range(x: f64) -> f64 {
    // Below this the complement, about exp(−π²/2x²), vanishes beside 1.
    const CERTAIN: f64 = 0.3;
    if x < CERTAIN {
        return 1.0;
    }
    let term = |k: u32| f64::from(k + 1) * erfc(f64::from(k + 1) * x * FRAC_1_SQRT_2);
    (4.0 * alternating(term)).min(1.0)
}

/// Σ (−1)ᵏ term(k), k from 0, for terms that end up falling fast.
fn alternating(term: impl Fn(u32) -> f64) -> f64 {
    let first = term(0);
    let mut total = first;
    for k in 1.. {
        let next = term(k);
        total += if k % 2 == 0 { next } else { -next };
        if next <= NEGLIGIBLE * first {
            break;
        }
    }
    total
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(ours: f64, theirs: f64) {
        assert!((ours / theirs - 1.0).abs() < 1e-13, "{ours} {theirs}");
    }

    #[test]
    fn both_series_of_the_supremum_meet() {
        close(
            brownian_supremum(1.0 - 1e-15),
            brownian_supremum(1.0 + 1e-15),
        );
    }

    #[test]
    fn small_probabilities_keep_their_digits() {
        // erfc(5) and erfc(10), as of the C library.
        let root = std::f64::consts::SQRT_2;
        close(two_sided(5.0 * root), 1.537_459_794_428_035_1e-12);
        close(two_sided(-10.0 * root), 2.088_487_583_762_545e-45);
        assert_eq!((two_sided(0.0), two_sided(1e200)), (1.0, 0.0));
        // One term is left far out.
        close(
            brownian_supremum(10.0 * root),
            2.0 * 2.088_487_583_762_545e-45,
        );
        close(brownian_range(10.0 * root), 4.0 * 2.088_487_583_762_545e-45);
        close(chi_square(200.0, 2).unwrap(), (-100.0f64).exp());
        // χ² with 4 degrees: (1 + x/2) exp(−x/2).
        close(chi_square(200.0, 4).unwrap(), 101.0 * (-100.0f64).exp());
    }

    #[test]
    fn the_range_is_certain_where_it_is_called_so() {
        assert!(1.0 - brownian_range(0.31) < 1e-13);
        assert!((brownian_range(0.3) - 1.0).abs() < 1e-12);
    }
}
