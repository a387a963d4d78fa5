//! The beta-binomial distribution: counts of successes whose probability varies from place to place.

/// Counts of successes: (trials, successes, how often).
pub type Counts = [(u32, u32, f64)];

/// Smallest and largest parameter of a fit.
const RANGE: (f64, f64) = (1e-3, 1e4);
/// Newton steps; each at least halves the way, and ten are usual.
const STEPS: usize = 100;

/// The parameters (a, b) under which the counts are likeliest; `None` without any count that tells, or where all trials
/// succeed or all fail.
///
/// The log-likelihood is `Σ ln B(a + k, b + n − k) − ln B(a, b)`, which is a sum of `ln(a + j)` for `j < k` and the like,
/// so that no special function is needed. Newton's method on (ln a, ln b), damped until each step climbs.
///
/// ```
/// use calib::maths::beta_binomial::fit;
/// // As many of each count of 0 to 4: uniform probabilities, a = b = 1.
/// let counts: Vec<_> = (0..=4).map(|k| (4, k, 100.0)).collect();
/// let (a, b) = fit(&counts).unwrap();
/// assert!((a - 1.0).abs() < 1e-6 && (b - 1.0).abs() < 1e-6);
/// ```
#[must_use]
pub fn fit(counts: &Counts) -> Option<(f64, f64)> {
    let sums = Sums::of(counts)?;
    let mut at = [sums.start.0.ln(), sums.start.1.ln()];
    let mut best = sums.log_likelihood(at);
    let mut damping = 1e-3;
    for _ in 0..STEPS {
        let Some(next) = sums.step(at, damping) else {
            break;
        };
        let value = sums.log_likelihood(next);
        let moved = (next[0] - at[0]).abs().max((next[1] - at[1]).abs());
        if value >= best {
            (at, best) = (next, value);
            damping = (damping / 10.0).max(1e-9);
        } else {
            damping *= 10.0;
        }
        if moved < 1e-10 || damping > 1e12 {
            break;
        }
    }
    Some((at[0].exp(), at[1].exp()))
}

/// How many counts have more than j successes, failures, trials, for every j.
struct Sums {
    successes: Vec<f64>,
    failures: Vec<f64>,
    trials: Vec<f64>,
    /// Where to begin.
    start: (f64, f64),
}

impl Sums {
    fn of(counts: &Counts) -> Option<Self> {
        let most = counts.iter().map(|(n, _, _)| *n).max()? as usize;
        let mut sums = Self {
            successes: vec![0.0; most],
            failures: vec![0.0; most],
            trials: vec![0.0; most],
            start: (1.0, 1.0),
        };
        let (mut right, mut all) = (0.0, 0.0);
        for &(n, k, times) in counts {
            let (n, k) = (n as usize, k.min(n) as usize);
            add(&mut sums.trials, n, times);
            add(&mut sums.successes, k, times);
            add(&mut sums.failures, n - k, times);
            right += times * k as f64;
            all += times * n as f64;
        }
        let mean = right / all;
        sums.start = (2.0 * mean, 2.0 * (1.0 - mean));
        (mean > 0.0 && mean < 1.0).then_some(sums)
    }

    fn log_likelihood(&self, at: [f64; 2]) -> f64 {
        let [a, b] = at.map(f64::exp);
        let logs = |tails: &[f64], x: f64| -> f64 {
            let terms = tails.iter().zip(0_u32..);
            terms
                .map(|(times, j)| times * (x + f64::from(j)).ln())
                .sum()
        };
        logs(&self.successes, a) + logs(&self.failures, b) - logs(&self.trials, a + b)
    }

    /// A damped Newton step on the logarithms of the parameters; `None` where the surface is flat.
    fn step(&self, at: [f64; 2], damping: f64) -> Option<[f64; 2]> {
        let [a, b] = at.map(f64::exp);
        let ([da, daa], [db, dbb]) = (slopes(&self.successes, a), slopes(&self.failures, b));
        let [ds, dss] = slopes(&self.trials, a + b);
        let gradient = [a * (da - ds), b * (db - ds)];
        // In x = ln a: d2/dx2 = a d/da + a2 d2/da2.
        let h = [
            a * (da - ds) + a * a * (daa - dss),
            b * (db - ds) + b * b * (dbb - dss),
        ];
        let cross = -a * b * dss;
        // Climbing needs a negative definite matrix: the damping makes it one.
        let scale = h[0].abs().max(h[1].abs()).max(1e-12);
        let (p, q) = (-h[0] + damping * scale, -h[1] + damping * scale);
        let determinant = p * q - cross * cross;
        let definite = p > 0.0 && determinant > 0.0;
        let move_by = match definite {
            true => [
                (q * gradient[0] + cross * gradient[1]) / determinant,
                (p * gradient[1] + cross * gradient[0]) / determinant,
            ],
            false => gradient.map(|slope| slope / (scale * (1.0 + damping))),
        };
        let bounds = (RANGE.0.ln(), RANGE.1.ln());
        let next = |x: f64, by: f64| (x + by.clamp(-2.0, 2.0)).clamp(bounds.0, bounds.1);
        let moved = [next(at[0], move_by[0]), next(at[1], move_by[1])];
        moved.iter().all(|x| x.is_finite()).then_some(moved)
    }
}

/// Counts one more of more than 0, 1, …, n − 1.
fn add(tails: &mut [f64], n: usize, times: f64) {
    for tail in tails.iter_mut().take(n) {
        *tail += times;
    }
}

/// Σ tail / (x + j) and −Σ tail / (x + j)².
fn slopes(tails: &[f64], x: f64) -> [f64; 2] {
    let mut sums = [0.0; 2];
    for (times, j) in tails.iter().zip(0_u32..) {
        let inverse = 1.0 / (x + f64::from(j));
        sums[0] += times * inverse;
        sums[1] -= times * inverse * inverse;
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The counts that are to be expected of `n` trials each under (a, b).
    fn expected(n: u32, a: f64, b: f64) -> Vec<(u32, u32, f64)> {
        let rising = |x: f64, k: u32| (0..k).map(|j| x + f64::from(j)).product::<f64>();
        let choose = |k: u32| {
            (0..k)
                .map(|j| f64::from(n - j) / f64::from(j + 1))
                .product::<f64>()
        };
        let share = |k| choose(k) * rising(a, k) * rising(b, n - k) / rising(a + b, n);
        (0..=n).map(|k| (n, k, 1e4 * share(k))).collect()
    }

    #[test]
    fn expected_counts_give_their_parameters_back() {
        for (a, b) in [(4.0, 4.0), (0.3, 3.0), (2.0, 0.5), (30.0, 60.0)] {
            let (found_a, found_b) = fit(&expected(8, a, b)).unwrap();
            assert!((found_a / a - 1.0).abs() < 1e-5, "{found_a} for {a}");
            assert!((found_b / b - 1.0).abs() < 1e-5, "{found_b} for {b}");
        }
    }

    #[test]
    fn one_probability_for_all_ends_at_the_bound_and_keeps_its_mean() {
        let choose = [1.0, 4.0, 6.0, 4.0, 1.0];
        let counts: Vec<_> = (0..=4)
            .zip(choose)
            .map(|(k, times)| (4, k, times))
            .collect();
        let (a, b) = fit(&counts).unwrap();
        assert!(a > 100.0 && (a / b - 1.0).abs() < 1e-3, "{a} {b}");
        assert_eq!(fit(&[(4, 4, 3.0)]), None);
        assert_eq!(fit(&[]), None);
    }
}
