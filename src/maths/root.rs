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

/// The same to a tolerance, in few looks, for functions that are dear: false position, where an end that stays counts
/// half (Illinois). `start` is the value at `low`. Dowell and Jarratt (1971), BIT 11, 168–174.
///
/// ```
/// use calib::maths::root::falling_within;
/// let root = falling_within(1e-9, (0.0, 2.0), 2.0, |x| 2.0 - x * x);
/// assert!((root - 2f64.sqrt()).abs() < 1e-8);
/// assert_eq!(falling_within(1e-9, (0.0, 2.0), 2.0, |_| 1.0), 2.0);
/// ```
#[must_use]
pub fn falling_within(
    tolerance: f64,
    (low, high): (f64, f64),
    start: f64,
    f: impl Fn(f64) -> f64,
) -> f64 {
    let (mut above, mut below) = ((low, start), (high, f(high)));
    if below.1 > 0.0 {
        return high;
    }
    let mut last = high;
    for _ in 0..60 {
        let slope = (below.1 - above.1) / (below.0 - above.0);
        let chord = below.0 - below.1 / slope;
        let inside = chord > above.0 && chord < below.0;
        let middle = above.0 + (below.0 - above.0) / 2.0;
        let at = if inside { chord } else { middle };
        let value = f(at);
        if value > 0.0 {
            above = (at, value);
            below.1 /= 2.0;
        } else {
            below = (at, value);
            above.1 /= 2.0;
        }
        if (at - last).abs() <= tolerance || below.0 - above.0 <= tolerance {
            return at;
        }
        last = at;
    }
    last
}
