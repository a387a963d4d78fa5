//! Harmonic numbers of real arguments, H(x) = ψ(x + 1) + γ, as differences that do not cancel.

/// From here on the expansion about x + ½ has an error below 1e-14.
const FAR: f64 = 16.0;
/// Sums of at most this many terms are added one by one.
const FEW: f64 = 8.0;

/// H(low + width) − H(low) for `low`, `width` ≥ 0: the sum of 1/k over k = low + 1, …, low + width, extended to real
/// counts by the digamma function. Its cost does not depend on the width.
///
/// Abramowitz and Stegun (1964), 6.3.5 and 6.3.18.
///
/// ```
/// use calib::maths::harmonic;
/// assert!((harmonic::difference(2.0, 3.0) - (1.0 / 3.0 + 1.0 / 4.0 + 1.0 / 5.0)).abs() < 1e-15);
/// assert!((harmonic::difference(0.0, 0.5) - (2.0 - 2.0 * 2f64.ln())).abs() < 1e-14);
/// ```
#[must_use]
pub fn difference(low: f64, width: f64) -> f64 {
    let whole = width as u32;
    if width <= FEW && f64::from(whole) == width {
        return few(low, whole);
    }
    let (mut low, mut sum) = (low, 0.0);
    // H(x) = H(x + 1) − 1/(x + 1) at both ends; the difference of the two fractions is one fraction.
    while low < FAR {
        low += 1.0;
        sum += width / (low * (low + width));
    }
    let (middle, high) = (low + 0.5, low + width + 0.5);
    sum + (width / middle).ln_1p() + tail(high) - tail(middle)
}

/// The sum of 1/k over k = low + 1, …, low + terms, smallest k first.
fn few(low: f64, terms: u32) -> f64 {
    // Most are of very few terms: all of these are computed, for a processor cannot guess how many are wanted.
    let [one, two, three, four] = [1.0, 2.0, 3.0, 4.0].map(|k| 1.0 / (low + k));
    match terms {
        0 => 0.0,
        1..=4 => [one, one + two, one + two + three, one + two + three + four][terms as usize - 1],
        _ => (5..=terms).fold(one + two + three + four, |sum, k| {
            sum + 1.0 / (low + f64::from(k))
        }),
    }
}

/// The derivative H′(x) = ψ′(x + 1) for `x` ≥ 0.
///
/// ```
/// let exact = std::f64::consts::PI.powi(2) / 6.0;
/// assert!((calib::maths::harmonic::slope(0.0) - exact).abs() < 1e-12);
/// ```
#[must_use]
pub fn slope(x: f64) -> f64 {
    let (mut x, mut sum) = (x, 0.0);
    while x < FAR {
        x += 1.0;
        sum += 1.0 / (x * x);
    }
    let u = x + 0.5;
    let v = 1.0 / (u * u);
    sum + (1.0 - v * (1.0 / 12.0 - v * (7.0 / 240.0 - v * (31.0 / 1344.0)))) / u
}

/// H(u − ½) − ln u − γ.
fn tail(u: f64) -> f64 {
    let v = 1.0 / (u * u);
    v * (1.0 / 24.0 - v * (7.0 / 960.0 - v * (31.0 / 8064.0 - v * (127.0 / 30_720.0))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_sums_of_reciprocals() {
        for (low, width) in [(0u32, 9u32), (3, 40), (15, 16), (1_000, 9), (7, 100_000)] {
            let terms = (low + 1..=low + width).rev();
            let exact: f64 = terms.map(|k| 1.0 / f64::from(k)).sum();
            let ours = difference(f64::from(low), f64::from(width));
            assert!(
                (ours - exact).abs() < 1e-14 * (1.0 + exact),
                "{low} {width}"
            );
        }
    }

    #[test]
    fn real_widths_lie_between_whole_ones_and_add_up() {
        for low in [0.0, 0.3, 5.0, 20.5, 1e6] {
            let whole = difference(low, 3.0);
            let parts = difference(low, 1.25) + difference(low + 1.25, 1.75);
            assert!((whole - parts).abs() < 1e-14, "{low}");
            let step = 1e-4;
            let numeric = (difference(low, 2.5 + step) - difference(low, 2.5)) / step;
            assert!((numeric / slope(low + 2.5 + step / 2.0) - 1.0).abs() < 1e-6);
        }
    }
}
