//! Reproducible random numbers: a stream is a function of (seed, index), never of threads or time.

use std::f64::consts::TAU;

/// The generator xoshiro256++ of Blackman and Vigna (2021), ACM Transactions on Mathematical Software 47(4).
///
/// ```
/// use calib::maths::rng::Rng;
/// assert_eq!(Rng::stream(7, 3).uniform(), Rng::stream(7, 3).uniform());
/// assert_ne!(Rng::stream(7, 3).uniform(), Rng::stream(7, 4).uniform());
/// ```
#[derive(Clone, Debug)]
pub struct Rng {
    state: [u64; 4],
}

impl Rng {
    /// The stream with this number under this seed.
    #[must_use]
    pub fn stream(seed: u64, index: u64) -> Self {
        // splitmix64 twice, so that neighbouring seeds and indices start far apart.
        let mut mixer = splitmix(&mut seed.clone()) ^ index.wrapping_mul(0xD134_2543_DE82_EF95);
        Self {
            state: std::array::from_fn(|_| splitmix(&mut mixer)),
        }
    }

    /// The next 64 random bits.
    pub fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// A number from [0, 1), in steps of 2⁻⁵³.
    pub fn uniform(&mut self) -> f64 {
        (self.bits() >> 11) as f64 * 2f64.powi(-53)
    }

    /// A number from (0, 1), safe for logarithms.
    fn open(&mut self) -> f64 {
        ((self.bits() >> 12) as f64 + 0.5) * 2f64.powi(-52)
    }

    /// An index below `n`; 0 for `n = 0`.
    pub fn below(&mut self, n: usize) -> usize {
        // Multiply-shift: the bias is below n / 2⁶⁴.
        ((u128::from(self.bits()) * n as u128) >> 64) as usize
    }

    /// A standard normal number (Box and Muller 1958).
    pub fn normal(&mut self) -> f64 {
        (-2.0 * self.open().ln()).sqrt() * (TAU * self.uniform()).cos()
    }

    /// A Gamma(shape, 1) number for a positive shape (Marsaglia and Tsang 2000).
    pub fn gamma(&mut self, shape: f64) -> f64 {
        if shape < 1.0 {
            return self.gamma(shape + 1.0) * self.open().powf(1.0 / shape);
        }
        let d = shape - 1.0 / 3.0;
        let c = 1.0 / (9.0 * d).sqrt();
        loop {
            let x = self.normal();
            let v = (1.0 + c * x).powi(3);
            if v > 0.0 && self.open().ln() < 0.5 * x * x + d - d * v + d * v.ln() {
                return d * v;
            }
        }
    }

    /// A Beta(a, b) number for positive parameters.
    pub fn beta(&mut self, a: f64, b: f64) -> f64 {
        let (x, y) = (self.gamma(a), self.gamma(b));
        if x + y > 0.0 { x / (x + y) } else { 0.5 }
    }

    /// The number of successes in `n` trials of probability `p`, drawn exactly.
    pub fn binomial(&mut self, n: u64, p: f64) -> u64 {
        if p > 0.5 {
            return n - self.binomial(n, 1.0 - p);
        }
        if n == 0 || p <= 0.0 {
            0
        } else if n == 1 {
            u64::from(self.uniform() < p)
        } else if n as f64 * p < 10.0 {
            self.binomial_by_inversion(n, p)
        } else {
            self.binomial_by_rejection(n as f64, p)
        }
    }

    /// Inversion by walking up the probabilities; for n·p < 10.
    fn binomial_by_inversion(&mut self, n: u64, p: f64) -> u64 {
        let odds = p / (1.0 - p);
        let mut probability = (n as f64 * (-p).ln_1p()).exp();
        let mut rest = self.uniform();
        for successes in 0..n {
            if rest < probability {
                return successes;
            }
            rest -= probability;
            probability *= odds * (n - successes) as f64 / (successes + 1) as f64;
            // The rest of the tail is below rounding.
            if probability == 0.0 {
                return successes;
            }
        }
        n
    }

    /// Transformed rejection with squeeze (BTRS), Hörmann (1993), Journal of Statistical Computation and
    /// Simulation 46, 101–110; for n·p ≥ 10 and p ≤ ½.
    fn binomial_by_rejection(&mut self, n: f64, p: f64) -> u64 {
        let spread = (n * p * (1.0 - p)).sqrt();
        let b = 1.15 + 2.53 * spread;
        let a = -0.0873 + 0.0248 * b + 0.01 * p;
        let c = n * p + 0.5;
        let v_r = 0.92 - 4.2 / b;
        let alpha = (2.83 + 5.1 / b) * spread;
        let mode = ((n + 1.0) * p).floor();
        let at_mode = ln_choose(n, mode);
        loop {
            let u = self.uniform() - 0.5;
            let v = self.open();
            let us = 0.5 - u.abs();
            let k = ((2.0 * a / us + b) * u + c).floor();
            if !(0.0..=n).contains(&k) {
                continue;
            }
            if us >= 0.07 && v <= v_r {
                return k as u64;
            }
            let accepted = (v * alpha / (a / (us * us) + b)).ln();
            if accepted <= ln_choose(n, k) - at_mode + (k - mode) * (p / (1.0 - p)).ln() {
                return k as u64;
            }
        }
    }
}

/// The logarithm of n over k.
fn ln_choose(n: f64, k: f64) -> f64 {
    use statrs::function::gamma::ln_gamma;
    ln_gamma(n + 1.0) - ln_gamma(k + 1.0) - ln_gamma(n - k + 1.0)
}

/// One step of splitmix64, Steele, Lea and Flood (2014).
fn splitmix(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let z = (*state ^ (*state >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moments(draw: impl Fn(&mut Rng) -> f64) -> (f64, f64) {
        let mut rng = Rng::stream(1, 0);
        let draws: Vec<f64> = (0..40_000).map(|_| draw(&mut rng)).collect();
        let mean = draws.iter().sum::<f64>() / draws.len() as f64;
        let squares: f64 = draws.iter().map(|x| (x - mean).powi(2)).sum();
        (mean, squares / draws.len() as f64)
    }

    #[test]
    fn binomial_has_its_mean_and_variance_in_every_branch() {
        for (n, p) in [(1, 0.3), (20, 0.1), (50, 0.9), (100, 0.4), (5_000, 0.73)] {
            let (mean, variance) = moments(|rng| rng.binomial(n, p) as f64);
            let (np, npq) = (n as f64 * p, n as f64 * p * (1.0 - p));
            assert!((mean - np).abs() < 5.0 * (npq / 40_000.0).sqrt(), "{n} {p}");
            assert!((variance / npq - 1.0).abs() < 0.04, "{n} {p}");
        }
    }

    #[test]
    fn beta_has_its_mean_and_variance() {
        for (a, b) in [(0.5, 0.5), (0.5, 200.5), (7.5, 3.5)] {
            let (mean, variance) = moments(|rng| rng.beta(a, b));
            let truth = a * b / ((a + b).powi(2) * (a + b + 1.0));
            assert!((mean - a / (a + b)).abs() < 5.0 * (truth / 40_000.0).sqrt());
            assert!((variance / truth - 1.0).abs() < 0.06, "{a} {b}");
        }
    }
}
