//! How far Brownian motion strays: the laws that cumulative sums of independent errors tend to.

use std::f64::consts::{FRAC_1_SQRT_2, FRAC_PI_2};

use super::tails::erfc;

/// Terms of an alternating series smaller than this, relative to its first, change nothing.
const NEGLIGIBLE: f64 = 1e-18;

/// The probability that Brownian motion on [0, 1] strays at least `x` from zero.
///
/// `1 − (4/π) Σ (−1)ᵏ/(2k+1) exp(−(2k+1)²π²/8x²)`, k from 0, for small x; the same by reflection,
/// `2 Σ (−1)ᵏ erfc((2k+1) x/√2)`, for large x, where the first would cancel. Feller (1971), An Introduction to
/// Probability Theory and Its Applications II, section X.5.
///
/// ```
/// use calib::maths::brownian::supremum;
/// assert_eq!(supremum(0.0), 1.0);
/// assert!((supremum(2.241402727604947) - 0.05).abs() < 1e-10);
/// ```
#[must_use]
pub fn supremum(x: f64) -> f64 {
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
/// use calib::maths::brownian::range;
/// assert_eq!(range(0.0), 1.0);
/// assert!(range(1.0) > range(2.0));
/// ```
#[must_use]
pub fn range(x: f64) -> f64 {
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
        close(supremum(1.0 - 1e-15), supremum(1.0 + 1e-15));
    }

    #[test]
    fn one_term_is_left_far_out() {
        // erfc(10), as of the C library.
        let far = 10.0 * std::f64::consts::SQRT_2;
        close(supremum(far), 2.0 * 2.088_487_583_762_545e-45);
        close(range(far), 4.0 * 2.088_487_583_762_545e-45);
    }

    #[test]
    fn the_range_is_certain_where_it_is_called_so() {
        assert!(1.0 - range(0.31) < 1e-13);
        assert!((range(0.3) - 1.0).abs() < 1e-12);
    }
}
