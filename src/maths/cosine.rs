//! Cosine series on a grid, by the fast Fourier transform.

use std::f64::consts::PI;

/// A complex number.
#[derive(Clone, Copy, Debug, Default)]
struct Complex {
    re: f64,
    im: f64,
}

/// The cosine transform over the grid 0, 1/M, …, 1.
#[derive(Clone, Debug)]
pub struct Cosine {
    /// (cos, sin) of πk/M for k = 0 … M.
    turns: Vec<(f64, f64)>,
}

impl Cosine {
    /// The transform over at least `steps` steps, rounded up to a power of two.
    #[must_use]
    pub fn new(steps: usize) -> Self {
        let steps = steps.max(2).next_power_of_two();
        let turn = |k: usize| {
            let (sin, cos) = (PI * k as f64 / steps as f64).sin_cos();
            (cos, sin)
        };
        Self {
            turns: (0..=steps).map(turn).collect(),
        }
    }

    /// The number M of steps.
    #[must_use]
    pub fn steps(&self) -> usize {
        self.turns.len() - 1
    }

    /// `X_k = x_0 + (−1)ᵏ x_M + 2 Σ_{0<j<M} x_j cos(πjk/M)` for k = 0 … M; what is missing of `x` counts as zero.
    ///
    /// Twice over it is the identity times 2M. Real and even numbers of period 2M go through a complex transform of
    /// length M, even and odd places as real and imaginary parts (Cooley, Lewis and Welch 1970).
    ///
    /// ```
    /// use calib::maths::cosine::Cosine;
    /// let cosine = Cosine::new(2);
    /// assert_eq!(cosine.transform(&[1.0, 2.0, 3.0]), [8.0, -2.0, 0.0]);
    /// ```
    #[must_use]
    pub fn transform(&self, x: &[f64]) -> Vec<f64> {
        let steps = self.steps();
        let at = |j: usize| x.get(j.min(2 * steps - j)).copied().unwrap_or(0.0);
        let mut z: Vec<Complex> = (0..steps)
            .map(|j| Complex {
                re: at(2 * j),
                im: at(2 * j + 1),
            })
            .collect();
        self.fourier(&mut z);
        // Z_M is Z_0.
        let forward = z.iter().chain(z.first());
        let backward = z.first().into_iter().chain(z.iter().rev());
        let part = |((ahead, behind), (cos, sin)): ((&Complex, &Complex), &(f64, f64))| {
            (ahead.re + behind.re + cos * (ahead.im + behind.im) - sin * (ahead.re - behind.re))
                / 2.0
        };
        forward.zip(backward).zip(&self.turns).map(part).collect()
    }

    /// The Fourier transform in place, by halves from the smallest up (Cooley and Tukey 1965).
    fn fourier(&self, values: &mut [Complex]) {
        let n = values.len();
        reverse_bits(values);
        let mut size = 2;
        while size <= n {
            let stride = 2 * n / size;
            for block in values.chunks_exact_mut(size) {
                let (even, odd) = block.split_at_mut(size / 2);
                let roots = self.turns.iter().step_by(stride);
                for ((a, b), (cos, sin)) in even.iter_mut().zip(odd).zip(roots) {
                    let turned = Complex {
                        re: b.re * cos + b.im * sin,
                        im: b.im * cos - b.re * sin,
                    };
                    *b = Complex {
                        re: a.re - turned.re,
                        im: a.im - turned.im,
                    };
                    a.re += turned.re;
                    a.im += turned.im;
                }
            }
            size *= 2;
        }
    }
}

/// Puts every value of a power-of-two slice at the place with the bits of its own reversed.
fn reverse_bits(values: &mut [Complex]) {
    let unused = values.len().leading_zeros() + 1;
    for at in 0..values.len() {
        let to = at.reverse_bits().checked_shr(unused).unwrap_or(0);
        if at < to {
            values.swap(at, to);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_fast_transform_is_the_sum_it_stands_for() {
        for steps in [2usize, 4, 8, 64] {
            let x: Vec<f64> = (0..=steps).map(|j| (j * j % 7) as f64 - 2.0).collect();
            let cosine = Cosine::new(steps);
            let fast = cosine.transform(&x);
            for (k, fast) in fast.iter().enumerate() {
                let term = |j: usize| {
                    let ends = if j == 0 || j == steps { 1.0 } else { 2.0 };
                    ends * x[j] * (PI * (j * k) as f64 / steps as f64).cos()
                };
                let slow: f64 = (0..=steps).map(term).sum();
                assert!((fast - slow).abs() < 1e-11, "{steps} {k}: {fast} {slow}");
            }
            for (twice, x) in cosine.transform(&fast).iter().zip(&x) {
                assert!((twice / (2 * steps) as f64 - x).abs() < 1e-12);
            }
        }
    }
}
