//! Clopper and Pearson's exact interval of a proportion.

use crate::maths::quantile;

/// The interval of a proportion of which `successes` were seen in `n` rows, with a coverage of at least `level`
/// whatever the proportion; `None` without rows or with more successes than rows. Both may be effective numbers.
///
/// With k successes and α = 1 − level the ends are the α/2 quantile of Beta(k, n − k + 1) and the 1 − α/2 quantile of
/// Beta(k + 1, n − k), 0 at k = 0 and 1 at k = n. Clopper and Pearson (1934), Biometrika 26, 404–413. It is wider
/// than [`wilson`](super::wilson), which covers on average.
///
/// ```
/// // All of n right: the lower end is the n-th root of α/2.
/// let (low, high) = calib::inference::clopper_pearson::interval(5.0, 5.0, 0.95).unwrap();
/// assert!((low - 0.025f64.powf(0.2)).abs() < 1e-12 && high == 1.0);
/// ```
#[must_use]
pub fn interval(successes: f64, n: f64, level: f64) -> Option<(f64, f64)> {
    if n.is_nan() || n <= 0.0 || !(0.0..=n).contains(&successes) {
        return None;
    }
    let (failures, tail) = (n - successes, 0.5 - level / 2.0);
    let low = match successes {
        0.0 => 0.0,
        _ => quantile::beta(tail, successes, failures + 1.0)?,
    };
    let high = match failures {
        0.0 => 1.0,
        _ => quantile::beta(1.0 - tail, successes + 1.0, failures)?,
    };
    Some((low, high))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maths::tails;

    #[test]
    fn each_end_leaves_half_of_the_error_on_its_side() {
        for (k, n) in [
            (1u64, 2u64),
            (3, 10),
            (57, 200),
            (1, 1_000),
            (999, 1_000),
            (700, 5_000),
        ] {
            for level in [0.8, 0.95, 0.99] {
                let (low, high) = interval(k as f64, n as f64, level).unwrap();
                let tail = 0.5 - level / 2.0;
                // Against the terms of the binomial law, which know nothing of the beta function.
                let (above, below) = (
                    tails::binomial(n, low, k),
                    1.0 - tails::binomial(n, high, k + 1),
                );
                assert!((above / tail - 1.0).abs() < 1e-9, "{k} {n} {level} {above}");
                assert!((below / tail - 1.0).abs() < 1e-9, "{k} {n} {level} {below}");
            }
        }
    }

    #[test]
    fn the_edges_are_exact() {
        assert_eq!(interval(0.0, 0.0, 0.95), None);
        assert_eq!(interval(3.0, 2.0, 0.95), None);
        let (low, high) = interval(0.0, 20.0, 0.95).unwrap();
        assert_eq!(low, 0.0);
        assert!((high - (1.0 - 0.025f64.powf(0.05))).abs() < 1e-12);
        let (low, high) = interval(20.0, 20.0, 0.95).unwrap();
        assert_eq!(high, 1.0);
        assert!((low - 0.025f64.powf(0.05)).abs() < 1e-12);
    }
}
