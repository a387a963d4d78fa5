//! Where a function of one variable crosses zero.

/// The place in `[low, high]` where a function that falls turns from positive to at most zero, by bisection to the
/// precision of the larger end; one of the ends when it never does.
///
/// ```
/// use calib::maths::root::falling;
/// assert!((falling(0.0, 2.0, |x| 2.0 - x * x) - 2f64.sqrt()).abs() < 1e-15);
/// assert_eq!(falling(0.0, 2.0, |_| f64::NAN), 0.0);
/// ```
#[must_use]
pub fn falling(low: f64, high: f64, f: impl Fn(f64) -> f64) -> f64 {
    let (mut low, mut high) = (low, high);
    // Halving this often reaches 1e-30 of the first width even when the crossing is at 0.
    for _ in 0..100 {
        let middle = low + (high - low) / 2.0;
        if middle <= low || middle >= high {
            break;
        }
        if f(middle) > 0.0 {
            low = middle;
        } else {
            high = middle;
        }
    }
    low
}
