//! Quadratic forms of residuals under a Laplace kernel of confidence.

use crate::maths::sums::Sum;

/// How fast the kernel falls with the distance of two confidences.
pub const RATE: f64 = 2.5;

/// `Σ_i Σ_j r_i r_j exp(−2.5 |c_i − c_j|)` of (c, r) pairs in order of c, i = j among them.
///
/// One pass: with `A_i = (A_{i−1} + r_{i−1}) exp(−2.5 (c_i − c_{i−1}))` it is `Σ r_i² + 2 Σ r_i A_i`.
///
/// ```
/// let form = calib::inference::kernel::form([(0.2, 1.0), (0.6, -2.0)]);
/// assert!((form - (1.0 + 4.0 - 4.0 * (-1.0f64).exp())).abs() < 1e-12);
/// ```
pub fn form(residuals: impl IntoIterator<Item = (f64, f64)>) -> f64 {
    let mut total = Sum::default();
    let (mut reaching, mut last) = (0.0, 0.0);
    for (confidence, residual) in residuals {
        reaching *= (-RATE * (confidence - last)).exp();
        total.add(residual * (residual + 2.0 * reaching));
        reaching += residual;
        last = confidence;
    }
    total.value()
}
