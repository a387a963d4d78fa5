//! Quantiles of distributions and of samples.

use super::beta_law;
use statrs::distribution::{Beta, Continuous, ContinuousCDF, Normal, StudentsT};

/// The quantile of the standard normal distribution; infinite at 0 and 1.
///
/// ```
/// assert!((calib::maths::quantile::normal(0.975) - 1.959963984540054).abs() < 1e-12);
/// ```
#[must_use]
pub fn normal(p: f64) -> f64 {
    Normal::standard().inverse_cdf(p.clamp(0.0, 1.0))
}

/// [`normal`], kept finite: of a probability nearer to 0 or 1 than 10⁻¹² that of so much.
///
/// ```
/// use calib::maths::quantile::{finite_normal, normal};
/// assert_eq!([0.0, 0.3].map(finite_normal), [1e-12, 0.3].map(normal));
/// ```
#[must_use]
pub fn finite_normal(p: f64) -> f64 {
    normal(p.clamp(1e-12, 1.0 - 1e-12))
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
    // statrs loses digits with many degrees, where the expansion has an error below 1e-10.
    const MANY: f64 = 500.0;
    match StudentsT::new(0.0, 1.0, degrees) {
        Ok(t) if degrees < MANY => polish(t.inverse_cdf(p.clamp(0.0, 1.0)), p, &t),
        _ => cornish_fisher(normal(p), degrees),
    }
}

/// Student's quantile from the normal one, to the fourth power of 1/ν. Abramowitz and Stegun (1964), 26.7.5.
fn cornish_fisher(z: f64, degrees: f64) -> f64 {
    if degrees.is_nan() || degrees <= 0.0 || z.is_infinite() {
        return z;
    }
    let square = z * z;
    let terms = [
        z * (square + 1.0) / 4.0,
        z * ((5.0 * square + 16.0) * square + 3.0) / 96.0,
        z * (((3.0 * square + 19.0) * square + 17.0) * square - 15.0) / 384.0,
        z * ((((79.0 * square + 776.0) * square + 1482.0) * square - 1920.0) * square - 945.0)
            / 92_160.0,
    ];
    z + terms
        .iter()
        .rev()
        .fold(0.0, |rest, term| (rest + term) / degrees)
}

/// The largest parameter of a Beta law for which `statrs` is asked.
const MOST_ASKED: f64 = 1_000.0;

/// The quantile of Beta(a, b), for positive parameters; `None` otherwise.
///
/// ```
/// // Beta(1, b) stays below x with chance 1 − (1 − x)^b, also of many rows.
/// let x = calib::maths::quantile::beta(0.5, 1.0, 1e9).unwrap();
/// assert!((x / 6.931_471_803e-10 - 1.0).abs() < 1e-6);
/// ```
#[must_use]
pub fn beta(p: f64, a: f64, b: f64) -> Option<f64> {
    let beta = Beta::new(a, b).ok()?;
    let p = p.clamp(0.0, 1.0);
    if a.max(b) > MOST_ASKED {
        return Some(beta_law::quantile(p, a, b));
    }
    let x = beta.inverse_cdf(p);
    Some(polish(x, p, &beta).clamp(0.0, 1.0))
}

/// The distribution function of Beta(a, b), for positive parameters; `None` otherwise.
///
/// ```
/// // Beta(2, 1) has the density 2x.
/// assert!((calib::maths::quantile::beta_cdf(0.5, 2.0, 1.0).unwrap() - 0.25).abs() < 1e-12);
/// ```
#[must_use]
pub fn beta_cdf(x: f64, a: f64, b: f64) -> Option<f64> {
    let (beta, x) = (Beta::new(a, b).ok()?, x.clamp(0.0, 1.0));
    Some(match a.max(b) > MOST_ASKED {
        true => beta_law::cdf(x, a, b),
        false => beta.cdf(x),
    })
}

/// The distribution function of Student's t; the normal one where there are no degrees of freedom to speak of.
///
/// ```
/// assert!((calib::maths::quantile::student_cdf(2.570581835636314, 5.0) - 0.975).abs() < 1e-9);
/// ```
#[must_use]
pub fn student_cdf(x: f64, degrees: f64) -> f64 {
    StudentsT::new(0.0, 1.0, degrees).map_or_else(|_| normal_cdf(x), |t| t.cdf(x))
}

/// A quantile brought to full precision by Newton steps; steps that leave the distribution are not taken.
fn polish(mut x: f64, p: f64, of: &(impl ContinuousCDF<f64, f64> + Continuous<f64, f64>)) -> f64 {
    for _ in 0..3 {
        let step = (of.cdf(x) - p) / of.pdf(x);
        let next = x - step;
        if !next.is_finite() || next <= of.min() || next >= of.max() {
            break;
        }
        x = next;
    }
    x
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

/// [`sample`] of a sample that is not sorted, which is put into another order.
///
/// ```
/// assert_eq!(calib::maths::quantile::unsorted(&mut [4.0, 1.0, 2.0], 0.75), Some(3.0));
/// ```
#[must_use]
pub fn unsorted(sample: &mut [f64], p: f64) -> Option<f64> {
    let at = p.clamp(0.0, 1.0) * sample.len().checked_sub(1)? as f64;
    let below = at.floor() as usize;
    let (_, low, above) = sample.select_nth_unstable_by(below, f64::total_cmp);
    let next = above.iter().min_by(|one, other| one.total_cmp(other));
    let high = next.filter(|_| at > below as f64).unwrap_or(low);
    Some(*low + (high - *low) * at.fract())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(ours: f64, theirs: f64) {
        assert!((ours / theirs - 1.0).abs() < 1e-7, "{ours} {theirs}");
    }

    #[test]
    fn student_agrees_with_tables_and_tends_to_the_normal() {
        close(student(0.975, 1.0), 12.706204736174694);
        close(student(0.975, 2.0), 4.302652729749464);
        close(student(0.995, 10.0), 3.169272667175838);
        close(student(0.975, 499.999), student(0.975, 500.0));
        close(student(0.995, 499.999), student(0.995, 500.0));
        for degrees in [1e4, 1e5, 399_999.0, 999_999.0] {
            // Cornish and Fisher: t = z + (z³ + z) / 4ν + …
            let z = normal(0.975);
            close(
                student(0.975, degrees),
                z + (z.powi(3) + z) / (4.0 * degrees),
            );
        }
    }

    #[test]
    fn beta_inverts_its_distribution_function_far_out_too() {
        for (a, b) in [
            (0.5, 0.5),
            (0.5, 200.5),
            (7.5, 193.5),
            (0.5, 1e6),
            (3e5, 1e5),
        ] {
            let distribution = Beta::new(a, b).unwrap();
            for p in [0.005, 0.025, 0.5, 0.975, 0.995] {
                let x = beta(p, a, b).unwrap();
                assert!((distribution.cdf(x) - p).abs() < 1e-6, "{a} {b} {p} {x}");
            }
        }
        // As many rows as logs have: the normal law.
        for rows in [1e6, 1e7, 1e8] {
            let error = (0.75f64 * 0.25 / rows).sqrt();
            let x = beta(0.975, 0.75 * rows, 0.25 * rows).unwrap();
            assert!((((x - 0.75) / error) - 1.96).abs() < 1e-2, "{rows} {x}");
        }
        // Arcsine law.
        let sine = (std::f64::consts::FRAC_PI_2 * 0.975).sin();
        close(beta(0.975, 0.5, 0.5).unwrap(), sine * sine);
    }
}
