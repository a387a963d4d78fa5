//! The Beta law of any size: its distribution function by a continued fraction that runs until it has settled, and its
//! quantile by Newton steps inside a bracket that always shrinks.
//!
//! `statrs` stops its fraction after 140 terms, while some √max(a, b) of them are needed, and its quantile never ends where
//! a parameter is in the millions and the other below one.

use std::f64::consts::PI;

use statrs::function::gamma::ln_gamma;

use super::quantile::normal;

/// Terms of the fraction: enough for parameters of 10⁹.
const TERMS: u32 = 100_000;
/// Steps to a quantile: bisection alone needs some 60 to halve the unit interval down to a float.
const STEPS: u32 = 200;
/// From here on Stirling's series is exact to the last digits.
const LARGE: f64 = 12.0;
/// What stands in for zero in a denominator.
const TINY: f64 = 1e-300;

/// I_x(a, b), the chance of at most `x`, for positive parameters.
pub(super) fn cdf(x: f64, a: f64, b: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if x >= 1.0 {
        return 1.0;
    }
    let front = ln_front(x, a, b).exp();
    // The fraction is quick below the mean; above it, the other tail is computed.
    let below = match x < (a + 1.0) / (a + b + 2.0) {
        true => front * fraction(x, a, b) / a,
        false => 1.0 - front * fraction(1.0 - x, b, a) / b,
    };
    below.clamp(0.0, 1.0)
}

/// The value that the law stays below with chance `p`.
pub(super) fn quantile(p: f64, a: f64, b: f64) -> f64 {
    if p <= 0.0 {
        return 0.0;
    }
    if p >= 1.0 {
        return 1.0;
    }
    let (mut low, mut high) = (0.0, 1.0);
    let mean = a / (a + b);
    let spread = (mean * (1.0 - mean) / (a + b + 1.0)).sqrt();
    let mut x = mean + normal(p) * spread;
    for _ in 0..STEPS {
        if !(low < x && x < high) {
            x = f64::midpoint(low, high);
        }
        let off = cdf(x, a, b) - p;
        match off < 0.0 {
            true => low = x,
            false => high = x,
        }
        let density = ln_front(x, a, b).exp() / (x * (1.0 - x));
        let next = x - off / density;
        let settled = (next - x).abs() <= 2.0 * f64::EPSILON * x;
        if settled || high - low <= f64::EPSILON * high {
            break;
        }
        x = next;
    }
    x
}

/// ln of x^a (1 − x)^b / B(a, b), by Stirling's formula where differences of ln Γ would lose digits.
fn ln_front(x: f64, a: f64, b: f64) -> f64 {
    let n = a + b;
    if a >= LARGE && b >= LARGE {
        // a ln(x n / a) + b ln((1 − x) n / b): both logarithms are near 0 near the mean.
        let off = x * n - a;
        let scale = (a / n * b / (2.0 * PI)).ln() / 2.0;
        let rest = remainder(n) - remainder(a) - remainder(b);
        return a * (off / a).ln_1p() + b * (-off / b).ln_1p() + scale + rest;
    }
    if b >= LARGE {
        let rest = remainder(n) - remainder(b) - ln_gamma(a) - a;
        return a * (x * n).ln() + b * (-x).ln_1p() + (b - 0.5) * (a / b).ln_1p() + rest;
    }
    if a >= LARGE {
        return ln_front(1.0 - x, b, a);
    }
    ln_gamma(n) - ln_gamma(a) - ln_gamma(b) + a * x.ln() + b * (-x).ln_1p()
}

/// ln Γ(z) less Stirling's (z − ½) ln z − z + ½ ln 2π, for large z.
fn remainder(z: f64) -> f64 {
    let square = z * z;
    (1.0 / 12.0 - (1.0 / 360.0 - (1.0 / 1_260.0 - 1.0 / (1_680.0 * square)) / square) / square) / z
}

/// The continued fraction of I_x(a, b) by Lentz's method, as Thompson and Barnett (1986) have it; DLMF 8.17.22.
fn fraction(x: f64, a: f64, b: f64) -> f64 {
    let apart = |value: f64| if value.abs() < TINY { TINY } else { value };
    let mut c = 1.0;
    let mut d = 1.0 / apart(1.0 - (a + b) * x / (a + 1.0));
    let mut value = d;
    for m in 1..TERMS {
        let m = f64::from(m);
        let even = m * (b - m) * x / ((a + 2.0 * m - 1.0) * (a + 2.0 * m));
        let odd = -(a + m) * (a + b + m) * x / ((a + 2.0 * m) * (a + 2.0 * m + 1.0));
        let mut change = 1.0;
        for term in [even, odd] {
            d = 1.0 / apart(1.0 + term * d);
            c = apart(1.0 + term / c);
            change = c * d;
            value *= change;
        }
        if (change - 1.0).abs() <= f64::EPSILON {
            break;
        }
    }
    value
}

#[cfg(test)]
mod tests {
    use statrs::distribution::{Beta, ContinuousCDF as _};

    use super::*;

    #[test]
    fn it_is_the_law_of_another_implementation_where_that_settles() {
        for (a, b) in [
            (0.5, 0.5),
            (0.5, 900.5),
            (3.0, 7.0),
            (120.5, 40.5),
            (700.0, 900.0),
        ] {
            let theirs = Beta::new(a, b).unwrap();
            for p in [1e-6, 0.025, 0.3, 0.5, 0.9, 0.975, 0.999] {
                let x = quantile(p, a, b);
                assert!((cdf(x, a, b) - p).abs() < 1e-12, "{a} {b} {p} {x}");
                assert!((theirs.cdf(x) - p).abs() < 1e-11, "{a} {b} {p} {x}");
            }
        }
    }

    #[test]
    fn a_power_law_and_its_mirror_are_exact_at_any_size() {
        // Beta(1, b): 1 − (1 − x)^b.
        for b in [1.0_f64, 1e3, 7.2e6, 1e9] {
            for p in [0.005_f64, 0.5, 0.975] {
                let exact = -((-p).ln_1p() / b).exp_m1();
                assert!((quantile(p, 1.0, b) / exact - 1.0).abs() < 1e-6, "{b} {p}");
                let mirrored = 1.0 - quantile(1.0 - p, b, 1.0);
                assert!((mirrored - exact).abs() < 1e-6 * exact + 1e-15, "{b} {p}");
                assert!((cdf(exact, 1.0, b) - p).abs() < 1e-6, "{b} {p}");
            }
        }
    }

    #[test]
    fn many_rows_follow_the_expansion_around_the_normal_law() {
        // Cornish and Fisher to the term of the skewness.
        for (a, b) in [(2e4, 6e4), (5e5, 5e5), (7.5e6, 2.5e6), (1e8, 3e8)] {
            let n: f64 = a + b;
            let mean = a / n;
            let spread = (mean * (1.0 - mean) / (n + 1.0)).sqrt();
            let skew = 2.0 * (b - a) * (n + 1.0).sqrt() / ((n + 2.0) * (a * b).sqrt());
            for p in [0.025, 0.5, 0.975] {
                let z = normal(p);
                let expected = z + skew * (z * z - 1.0) / 6.0;
                let found = (quantile(p, a, b) - mean) / spread;
                assert!(
                    (found - expected).abs() < 1e-4,
                    "{a} {b} {p}: {found} {expected}"
                );
            }
        }
    }
}
