//! Upper tails: the chance of at least what was seen, without the cancellation of 1 − F far out.

use std::f64::consts::FRAC_1_SQRT_2;

use statrs::function::beta::checked_beta_reg;
use statrs::function::gamma::{checked_gamma_ur, ln_gamma};

/// P(Z ≥ z) of the standard normal distribution.
///
/// ```
/// assert!((calib::maths::tails::normal(1.959963984540054) - 0.025).abs() < 1e-11);
/// ```
#[must_use]
pub fn normal(z: f64) -> f64 {
    let far = 0.5 * erfc(z.abs() * FRAC_1_SQRT_2);
    if z < 0.0 { 1.0 - far } else { far }
}

/// The probability that a standard normal number is at least as far from zero as `z`.
///
/// ```
/// assert!((calib::maths::tails::two_sided(1.959963984540054) - 0.05).abs() < 1e-15);
/// ```
#[must_use]
pub fn two_sided(z: f64) -> f64 {
    erfc(z.abs() * FRAC_1_SQRT_2)
}

/// The complementary error function for x ≥ 0.
pub(super) fn erfc(x: f64) -> f64 {
    // statrs' own erfc keeps ten digits, its incomplete gamma function fourteen.
    let far = if x > 0.0 { 0.0 } else { 1.0 };
    checked_gamma_ur(0.5, x * x).unwrap_or(far)
}

/// The probability that a chi-square number of these degrees of freedom exceeds `x`; `None` without degrees.
///
/// ```
/// use calib::maths::tails::chi_square;
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

/// P(T ≥ t) of Student's t, `½ I_h(ν/2, ½)` at `h = ν / (ν + t²)` for t ≥ 0; the normal tail where ν is not positive
/// and finite. Abramowitz and Stegun (1964), 26.5.27.
///
/// ```
/// assert!((calib::maths::tails::student(2.570581835636314, 5.0) - 0.025).abs() < 1e-12);
/// ```
#[must_use]
pub fn student(t: f64, degrees: f64) -> f64 {
    if !(degrees > 0.0 && degrees.is_finite()) || t.is_infinite() {
        return normal(t);
    }
    let h = degrees / (degrees + t * t);
    let Ok(both) = checked_beta_reg(degrees / 2.0, 0.5, h) else {
        return f64::NAN;
    };
    // At t = 0 the library's prefactor vanishes, where the tail is one half.
    let upper = if h == 1.0 { 0.5 } else { both / 2.0 };
    if t < 0.0 { 1.0 - upper } else { upper }
}

/// P(X ≥ k) of the binomial distribution with `n` trials of probability `p` in (0, 1), by adding up its terms.
///
/// ```
/// assert!((calib::maths::tails::binomial(3, 0.5, 2) - 0.5).abs() < 1e-14);
/// ```
#[must_use]
pub fn binomial(n: u64, p: f64, k: u64) -> f64 {
    if k == 0 {
        return 1.0;
    }
    if k > n {
        return 0.0;
    }
    // The terms fall away from the mean, so the tail that does not hold it is added up.
    if k as f64 > n as f64 * p {
        upper(n, p, k)
    } else {
        1.0 - upper(n, 1.0 - p, n - k + 1)
    }
}

/// The tail from a `k` above the mean.
fn upper(n: u64, p: f64, k: u64) -> f64 {
    let (trials, first) = (n as f64, k as f64);
    let choose = ln_gamma(trials + 1.0) - ln_gamma(first + 1.0) - ln_gamma(trials - first + 1.0);
    let largest = choose + first * p.ln() + (trials - first) * (-p).ln_1p();
    let odds = p / (1.0 - p);
    let (mut term, mut total) = (1.0, 0.0);
    for successes in k..=n {
        total += term;
        term *= odds * (n - successes) as f64 / (successes + 1) as f64;
        if term < f64::EPSILON * total {
            break;
        }
    }
    (largest.exp() * total).min(1.0)
}

/// The chance of a table of two rows and two columns at most as likely as this one, among those with its margins, if
/// rows and columns have nothing to do with each other. Fisher (1935), The Design of Experiments. `None` where a row or
/// column is empty.
///
/// ```
/// // The lady tasting tea: three of four cups right.
/// let p = calib::maths::tails::fisher([3, 1, 1, 3]).unwrap();
/// assert!((p - 34.0 / 70.0).abs() < 1e-12);
/// assert_eq!(calib::maths::tails::fisher([3, 1, 0, 0]), None);
/// ```
#[must_use]
pub fn fisher([a, b, c, d]: [u64; 4]) -> Option<f64> {
    let (row, column, all) = (a + b, a + c, a + b + c + d);
    if row == 0 || column == 0 || row == all || column == all {
        return None;
    }
    let choose = |n: u64, k: u64| {
        let of = |n: u64| ln_gamma(n as f64 + 1.0);
        of(n) - of(k) - of(n - k)
    };
    let log = |a: u64| choose(row, a) + choose(all - row, column - a);
    let (least, most) = ((row + column).saturating_sub(all), row.min(column));
    let peak = (least..=most).map(log).fold(f64::NEG_INFINITY, f64::max);
    // Tables as likely as this one count, whatever rounding says.
    let limit = log(a) + 1e-9;
    let (mut all, mut rare) = (0.0, 0.0);
    for at in least..=most {
        let weight = (log(at) - peak).exp();
        all += weight;
        rare += if log(at) <= limit { weight } else { 0.0 };
    }
    Some(rare / all)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ∫_t^∞ of the density, by Simpson's rule in x = tan: a second implementation.
    fn integrated(t: f64, degrees: f64) -> f64 {
        const STEPS: u32 = 200_000;
        let density = |x: f64| (-(degrees + 1.0) / 2.0 * (x * x / degrees).ln_1p()).exp();
        let area = |from: f64, to: f64| {
            let width = (to - from) / f64::from(STEPS);
            let inner = |step: u32| {
                let angle = from + width * f64::from(step);
                density(angle.tan()) / angle.cos().powi(2)
            };
            let weighty =
                (1..STEPS).map(|step| inner(step) * if step % 2 == 1 { 4.0 } else { 2.0 });
            (inner(0) + weighty.sum::<f64>() + inner(STEPS)) * width / 3.0
        };
        let end = std::f64::consts::FRAC_PI_2 - 1e-7;
        area(t.atan(), end) / (2.0 * area(0.0, end))
    }

    #[test]
    fn student_agrees_with_the_integral_of_its_density() {
        for degrees in [1.5, 2.0, 9.0, 29.0, 199.0, 499.0, 4_999.0, 1e5, 1e6] {
            for t in [0.0, 1e-3, 0.5, 1.7, 3.5] {
                let (ours, theirs) = (student(t, degrees), integrated(t, degrees));
                assert!(
                    (ours / theirs - 1.0).abs() < 1e-6,
                    "{t} {degrees}: {ours} {theirs}"
                );
                assert!((student(-t, degrees) + ours - 1.0).abs() < 1e-15);
            }
        }
        // Cauchy: ½ − atan(t) / π.
        let cauchy = |t: f64| 0.5 - t.atan() / std::f64::consts::PI;
        assert!((student(2.0, 1.0) - cauchy(2.0)).abs() < 1e-14);
    }

    #[test]
    fn small_probabilities_keep_their_digits() {
        let close = |ours: f64, theirs: f64| assert!((ours / theirs - 1.0).abs() < 1e-13);
        // erfc(5) and erfc(10), as of the C library.
        let root = std::f64::consts::SQRT_2;
        close(two_sided(5.0 * root), 1.537_459_794_428_035_1e-12);
        close(two_sided(-10.0 * root), 2.088_487_583_762_545e-45);
        close(normal(5.0 * root), 1.537_459_794_428_035_1e-12 / 2.0);
        assert_eq!((two_sided(0.0), two_sided(1e200)), (1.0, 0.0));
        assert_eq!((normal(0.0), normal(-1e200)), (0.5, 1.0));
        close(chi_square(200.0, 2).unwrap(), (-100.0f64).exp());
        // χ² with 4 degrees: (1 + x/2) exp(−x/2).
        close(chi_square(200.0, 4).unwrap(), 101.0 * (-100.0f64).exp());
    }

    #[test]
    fn student_inverts_its_quantile() {
        for degrees in [1.0, 4.0, 29.0, 300.0, 700.0, 20_000.0, 1e6] {
            for p in [0.6, 0.95, 0.995] {
                let tail = student(super::super::quantile::student(p, degrees), degrees);
                assert!((tail - (1.0 - p)).abs() < 1e-9, "{degrees} {p} {tail}");
            }
        }
    }

    #[test]
    fn binomial_is_the_sum_of_its_terms() {
        // Pascal's triangle in exact integers.
        let row = |n: usize| {
            (0..n).fold(vec![1u128], |row, _| {
                let shifted = row.iter().chain([&0]).zip([&0].into_iter().chain(&row));
                shifted.map(|(a, b)| a + b).collect()
            })
        };
        for n in [1usize, 2, 7, 40, 100] {
            let terms = row(n);
            for k in 0..=n {
                let exact = terms[k..].iter().sum::<u128>() as f64 / 2f64.powi(n as i32);
                let ours = binomial(n as u64, 0.5, k as u64);
                assert!((ours / exact - 1.0).abs() < 1e-12, "{n} {k} {ours} {exact}");
            }
        }
        // P(X ≥ 1) = 1 − (1 − p)ⁿ.
        assert!((binomial(30, 0.1, 1) - (1.0 - 0.9f64.powi(30))).abs() < 1e-14);
        // Half of the symmetric law, with half of its middle term.
        let (n, middle) = (1_000_000u64, binomial(1_000_000, 0.5, 500_000) - 0.5);
        assert!(
            (middle / (0.5 * (2.0 / std::f64::consts::PI / n as f64).sqrt()) - 1.0).abs() < 1e-5
        );
    }
}
