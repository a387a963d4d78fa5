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
    #[inline]
    pub fn bits(&mut self) -> u64 {
        let [a, b, c, d] = self.state;
        let result = a.wrapping_add(d).rotate_left(23).wrapping_add(a);
        let (c, d) = (c ^ a, d ^ b);
        self.state = [a ^ d, b ^ c, c ^ (b << 17), d.rotate_left(45)];
        result
    }

    /// A number from [0, 1), in steps of 2⁻⁵³.
    #[inline]
    pub fn uniform(&mut self) -> f64 {
        Self::unit(self.bits())
    }

    /// The number from [0, 1) that [`Self::uniform`] makes of random bits.
    #[inline]
    pub(super) fn unit(bits: u64) -> f64 {
        (bits >> 11) as f64 * 2f64.powi(-53)
    }

    /// A number from (0, 1), safe for logarithms.
    pub(super) fn open(&mut self) -> f64 {
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
    fn beta_has_its_mean_and_variance() {
        for (a, b) in [(0.5, 0.5), (0.5, 200.5), (7.5, 3.5)] {
            let (mean, variance) = moments(|rng| rng.beta(a, b));
            let truth = a * b / ((a + b).powi(2) * (a + b + 1.0));
            assert!((mean - a / (a + b)).abs() < 5.0 * (truth / 40_000.0).sqrt());
            assert!((variance / truth - 1.0).abs() < 0.06, "{a} {b}");
        }
    }
}
