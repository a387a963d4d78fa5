//! The gamma distribution function, for any shape.

use statrs::distribution::{ContinuousCDF, Gamma};
use statrs::function::erf::erfc;

/// From this shape on the uniform expansion is exact to double precision, and its cost does not grow.
const LARGE: f64 = 1e3;

/// Coefficients of Temme's expansion in η, for the powers 0, 1 and 2 of 1/shape.
///
/// DiDonato and Morris (1986), ACM Transactions on Mathematical Software 12, 377–393.
const TEMME: [&[f64]; 3] = [
    &[
        -1.0 / 3.0,
        1.0 / 12.0,
        -2.0 / 135.0,
        1.0 / 864.0,
        1.0 / 2835.0,
        -139.0 / 777_600.0,
        1.0 / 25_515.0,
        -571.0 / 261_273_600.0,
    ],
    &[
        -1.0 / 540.0,
        -1.0 / 288.0,
        1.0 / 378.0,
        -77.0 / 77_760.0,
        1.0 / 4860.0,
    ],
    &[25.0 / 6048.0, -139.0 / 51_840.0],
];

/// The probability that a gamma variable of this shape and scale 1 is at most `x`: P(a, x) = γ(a, x) / Γ(a).
///
/// Large shapes by Temme's (1979) uniform asymptotic expansion, SIAM Journal on Mathematical Analysis 10, 757–766:
/// the series lose digits and take ever more terms there.
///
/// ```
/// use calib::maths::gamma;
/// assert!((gamma::cdf(1.0, 2.0) - (1.0 - (-2f64).exp())).abs() < 1e-14);
/// assert!(gamma::cdf(1e9, 1e9) > 0.5 && gamma::cdf(1e9, 1e9) < 0.50001);
/// assert_eq!(gamma::cdf(3.0, -1.0), 0.0);
/// ```
#[must_use]
pub fn cdf(shape: f64, x: f64) -> f64 {
    if x <= 0.0 {
        return 0.0;
    }
    if shape > LARGE {
        return uniform(shape, x);
    }
    Gamma::new(shape, 1.0).map_or(f64::NAN, |gamma| gamma.cdf(x))
}

/// P(a, x) = ½ erfc(−η√(a/2)) − exp(−aη²/2)/√(2πa) · Σ_k a⁻ᵏ Σ_j d_kj ηʲ, where η²/2 = μ − ln(1 + μ), x = a(1 + μ).
fn uniform(shape: f64, x: f64) -> f64 {
    let mu = (x - shape) / shape;
    let half_square = (mu - mu.ln_1p()).max(0.0);
    let eta = (2.0 * half_square).sqrt().copysign(mu);
    let series = |coefficients: &&[f64]| {
        coefficients
            .iter()
            .rev()
            .fold(0.0, |rest, d| rest * eta + d)
    };
    let correction = TEMME
        .iter()
        .map(series)
        .rev()
        .fold(0.0, |rest, term| rest / shape + term);
    let density = (-shape * half_square).exp() / (std::f64::consts::TAU * shape).sqrt();
    let normal = 0.5 * erfc(-eta * (shape / 2.0).sqrt());
    // Far out the density is 0, and the series, whose argument is large there, must not make that no number.
    if density > 0.0 {
        normal - density * correction
    } else {
        normal
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_expansion_agrees_with_the_series_where_both_hold() {
        let mut inside = 0;
        for shape in [1e3f64, 2e3, 1e4] {
            let gamma = Gamma::new(shape, 1.0).unwrap();
            for step in -60..=60 {
                let x = shape + f64::from(step) / 10.0 * shape.sqrt();
                let (ours, theirs) = (uniform(shape, x), gamma.cdf(x));
                assert!(
                    (ours - theirs).abs() < 1e-10,
                    "{shape} {x}: {ours} {theirs}"
                );
                inside += usize::from(ours > 1e-6 && ours < 1.0 - 1e-6);
            }
        }
        assert!(inside > 200);
    }

    #[test]
    fn shapes_beyond_all_logs_are_nearly_normal() {
        // Cornish and Fisher: the skewness 2/√a moves the quantile by (z² − 1)/3√a standard deviations.
        for shape in [1e6f64, 1e9, 1e12] {
            // Terms of order 1/a are left out, and of the argument itself only 16 digits are known.
            for z in [-1.96, 0.0, 1.0, 3.0f64] {
                let x = shape + shape.sqrt() * z + (z * z - 1.0) / 3.0;
                let expected = crate::maths::quantile::normal_cdf(z);
                assert!(
                    (cdf(shape, x) - expected).abs() < 10.0 / shape + 1e-9,
                    "{shape} {z}"
                );
            }
        }
    }
}
