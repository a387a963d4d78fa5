//! The smooth calibration error: residuals spread over [0, 1] by a Gaussian that is reflected at both ends.
//!
//! Błasiok and Nakkiran (2024), ICLR. The reflected Gaussian is the heat kernel of an insulated rod, so in cosines
//! `f_σ(t) = Σ_i w_i (c_i − y_i) K_σ(t, c_i) / W = a_0 + 2 Σ_k a_k exp(−π²k²σ²/2) cos(πkt)`,
//! `a_k = Σ_i w_i (c_i − y_i) cos(πk c_i) / W`: the reflection is exact and counts mass at 0 and 1 whole. Residuals
//! are first shared between the two neighbours on a grid, which widens the kernel by less than half a step.

use crate::maths::cosine::Cosine;
use crate::maths::sums::sum;

/// Steps of the finest grid.
const FINEST: usize = 1 << 14;
/// Steps of the first grid tried.
const COARSEST: usize = 1 << 8;
/// Steps a bandwidth must span, so that grid and kinks of |f| change the error by less than 10⁻⁵ of itself.
const STEPS_PER_BANDWIDTH: f64 = 100.0;
/// How near to the fixed point is near enough.
const TOLERANCE: f64 = 1e-11;
/// How far, of itself, the fixed point may move from one grid to a finer one; farther costs time, not correctness.
const MOVES: f64 = 0.01;
/// Steps of false position; a dozen suffice.
const STEPS: u32 = 200;
/// Beyond this exponent a term of the series vanishes.
const VANISHING: f64 = 50.0;

/// Residuals as a cosine series.
#[derive(Clone, Debug)]
pub struct Smooth {
    coefficients: Vec<f64>,
    cosine: Cosine,
}

impl Smooth {
    /// The series of (confidence, Σ w·(c − y)) pairs with Σ w in all, on the finest grid.
    #[must_use]
    pub fn new(residuals: &[(f64, f64)], weight: f64) -> Self {
        Self::on_grid(residuals, weight, FINEST)
    }

    fn on_grid(residuals: &[(f64, f64)], weight: f64, steps: usize) -> Self {
        let cosine = Cosine::new(steps);
        let steps = cosine.steps();
        let mut nodes = vec![0.0; steps + 1];
        for (confidence, residual) in residuals {
            let place = confidence * steps as f64;
            let at = (place as usize).min(steps - 1);
            let share = place - at as f64;
            for (at, part) in [(at, 1.0 - share), (at + 1, share)] {
                // The transform counts inner nodes twice.
                let ends = if at == 0 || at == steps { 1.0 } else { 2.0 };
                if let Some(node) = nodes.get_mut(at) {
                    *node += part * residual / (ends * weight);
                }
            }
        }
        Self {
            coefficients: cosine.transform(&nodes),
            cosine,
        }
    }

    /// `∫₀¹ |f_σ(t)| dt` at the bandwidth σ; it never rises with σ.
    ///
    /// ```
    /// use calib::inference::smooth::Smooth;
    /// let one_sided = Smooth::new(&[(0.2, 0.1), (1.0, 0.5)], 2.0);
    /// assert!((one_sided.error(0.05) - 0.3).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn error(&self, bandwidth: f64) -> f64 {
        let rate = (std::f64::consts::PI * bandwidth).powi(2) / 2.0;
        let damped: Vec<f64> = self
            .coefficients
            .iter()
            .enumerate()
            .map(|(k, a)| (rate * (k as f64).powi(2), a))
            .take_while(|(exponent, _)| *exponent < VANISHING)
            .map(|(exponent, a)| a * (-exponent).exp())
            .collect();
        let f = self.cosine.transform(&damped);
        let neighbours = f.iter().zip(f.iter().skip(1));
        sum(neighbours.map(|(a, b)| area(*a, *b))) / self.cosine.steps() as f64
    }

    /// The bandwidth at which the error equals it, sought between `low` and `high`; the error at `low` if that is less.
    fn fixed_point(&self, low: f64, high: f64, guess: Option<f64>) -> f64 {
        let excess = |bandwidth| self.error(bandwidth) - bandwidth;
        if let Some(guess) = guess {
            let near = [1.0 - MOVES, 1.0 + MOVES].map(|factor| guess * factor);
            let [above, below] = near.map(excess);
            if above > 0.0 && below < 0.0 {
                return false_position(excess, near, [above, below]);
            }
        }
        let above = excess(low);
        if above <= 0.0 {
            // Below the grid's resolution, or all residuals of one sign.
            return low + above;
        }
        false_position(excess, [low, high], [above, excess(high)])
    }
}

/// The root of a falling function between two places, with its values there. An end that stays gets half its say
/// (Dowell and Jarratt 1971).
fn false_position(
    f: impl Fn(f64) -> f64,
    [mut low, mut high]: [f64; 2],
    [mut above, mut below]: [f64; 2],
) -> f64 {
    for _ in 0..STEPS {
        if high - low <= TOLERANCE || below >= 0.0 {
            break;
        }
        let middle = (low * below - high * above) / (below - above);
        let middle = middle.clamp(low, high);
        let there = f(middle);
        if there.abs() < TOLERANCE {
            return middle;
        }
        if there > 0.0 {
            (low, above, below) = (middle, there, below / 2.0);
        } else {
            (high, below, above) = (middle, there, above / 2.0);
        }
    }
    high
}

/// ∫ |f| over one step of a straight line from `a` to `b`.
fn area(a: f64, b: f64) -> f64 {
    let total = a.abs() + b.abs();
    if a * b < 0.0 {
        (a * a + b * b) / (2.0 * total)
    } else {
        total / 2.0
    }
}

/// The smooth calibration error at its own bandwidth: the only σ with `∫₀¹ |f_σ(t)| dt = σ`.
///
/// Takes (confidence, Σ w·(c − y)) pairs with Σ w in all. The grid is refined until the bandwidth spans a hundred
/// steps, at most to 2¹⁴ steps; an error below one such step is given at that bandwidth.
///
/// ```
/// use calib::inference::smooth::error;
/// assert!((error(&[(0.2, 0.1), (1.0, 0.5)], 2.0) - 0.3).abs() < 1e-12);
/// assert_eq!(error(&[(0.0, 0.0), (1.0, 0.0)], 2.0), 0.0);
/// ```
#[must_use]
pub fn error(residuals: &[(f64, f64)], weight: f64) -> f64 {
    // Smoothing can only cancel: between all of one sign and each residual for itself.
    let highest = sum(residuals.iter().map(|(_, residual)| residual.abs())) / weight;
    let lowest = (sum(residuals.iter().map(|(_, residual)| *residual)) / weight).abs();
    let lowest = lowest.max(1.0 / FINEST as f64);
    if highest <= 0.0 {
        return 0.0;
    }
    let (mut steps, mut guess) = (COARSEST, None);
    loop {
        let smooth = Smooth::on_grid(residuals, weight, steps);
        let found = smooth.fixed_point(lowest, highest.max(lowest), guess);
        let needed = STEPS_PER_BANDWIDTH / found.max(f64::MIN_POSITIVE);
        if steps >= FINEST || steps as f64 >= needed {
            return found;
        }
        // Cut before rounding up: a tiny error needs more steps than can be counted.
        steps = (needed.ceil() as usize).min(FINEST).next_power_of_two();
        guess = Some(found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maths::rng::Rng;

    /// ∫ |f_σ| by images of the Gaussian at every point of a grid, with neither series nor shared nodes.
    fn by_images(residuals: &[(f64, f64)], weight: f64, bandwidth: f64) -> f64 {
        let kernel = |t: f64, c: f64| {
            let gauss = |u: f64| (-0.5 * (u / bandwidth).powi(2)).exp();
            let images = -2i32..=2;
            let pair = |k| gauss(t - c + 2.0 * f64::from(k)) + gauss(t + c + 2.0 * f64::from(k));
            images.map(pair).sum::<f64>() / (bandwidth * std::f64::consts::TAU.sqrt())
        };
        let steps = 4000;
        let f = |j: i32| {
            let t = f64::from(j) / f64::from(steps);
            residuals
                .iter()
                .map(|(c, r)| r * kernel(t, *c))
                .sum::<f64>()
                / weight
        };
        let values: Vec<f64> = (0..=steps).map(f).collect();
        let pieces = values.windows(2).map(|pair| area(pair[0], pair[1]));
        pieces.sum::<f64>() / f64::from(steps)
    }

    fn log(rows: u64) -> Vec<(f64, f64)> {
        let mut rng = Rng::stream(5, rows);
        let row = |_| {
            let c = (rng.uniform() * 1.2 - 0.1).clamp(0.0, 1.0);
            let right = f64::from(u8::from(rng.uniform() < 0.2 + 0.6 * c * c));
            (c, c - right)
        };
        (0..rows).map(row).collect()
    }

    #[test]
    fn the_series_agrees_with_the_sum_over_images() {
        for rows in [3, 40, 300] {
            let log = log(rows);
            let smooth = Smooth::new(&log, rows as f64);
            for bandwidth in [0.01, 0.05, 0.2, 0.6] {
                let slow = by_images(&log, rows as f64, bandwidth);
                let fast = smooth.error(bandwidth);
                assert!(
                    (fast - slow).abs() < 1e-5,
                    "{rows} {bandwidth}: {fast} {slow}"
                );
            }
        }
    }

    #[test]
    fn a_grid_one_step_too_coarse_is_refined() {
        let bandwidth = STEPS_PER_BANDWIDTH / (COARSEST as f64 + 0.5);
        assert!((error(&[(0.9, bandwidth)], 1.0) - bandwidth).abs() < 1e-9);
    }

    #[test]
    fn the_fixed_point_is_one_on_every_grid() {
        for rows in [1, 2, 40, 700, 20_000] {
            let log = log(rows);
            let found = error(&log, rows as f64);
            let there = Smooth::new(&log, rows as f64).error(found);
            assert!((there - found).abs() < 1e-5, "{rows}: {found} {there}");
        }
    }
}
