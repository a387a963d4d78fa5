//! Sums of floating-point numbers whose value does not depend on the order of the terms.

use std::ops::{AddAssign, Sub};

use serde::{Deserialize, Serialize};

/// Binary digits kept after the point.
const SHIFT: i32 = 64;

/// A signed fixed-point number with 64 binary digits after the point: addition is exact, associative and commutative.
///
/// A term is rounded once, when it enters (error at most 2⁻⁶⁵, nothing at all for |x| ≥ 2⁻¹¹); sums up to 9·10¹⁸ fit,
/// and larger ones stop at the end of the range instead of wrapping.
///
/// ```
/// use calib::maths::fixed::Fixed;
/// let (mut forward, mut backward) = (Fixed::default(), Fixed::default());
/// for x in [0.1, 1e9, 0.7] { forward += Fixed::from(x); }
/// for x in [0.7, 0.1, 1e9] { backward += Fixed::from(x); }
/// assert_eq!(forward, backward);
/// assert_eq!(forward.to_f64(), 1000000000.8);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Fixed(i128);

impl Fixed {
    /// The nearest `f64`.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "rounding to the nearest f64 is the purpose"
    )]
    pub fn to_f64(self) -> f64 {
        self.0 as f64 * 2f64.powi(-SHIFT)
    }
}

impl Fixed {
    /// Where sums stop.
    pub const END: f64 = 9e18;

    /// Its product with a whole number, which stops at the end of the range.
    #[must_use]
    pub fn times(self, factor: u64) -> Self {
        Self(self.0.saturating_mul(i128::from(factor)))
    }

    /// Its distance from zero.
    #[must_use]
    pub fn magnitude(self) -> Self {
        Self(self.0.saturating_abs())
    }
}

impl From<f64> for Fixed {
    /// Rounds a finite number to the grid; NaN counts as zero and must be refused before.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "scaling by a power of two is exact; `as` saturates at the range"
    )]
    fn from(value: f64) -> Self {
        Self((value * 2f64.powi(SHIFT)).round() as i128)
    }
}

impl From<u64> for Fixed {
    fn from(value: u64) -> Self {
        Self(i128::from(value).saturating_mul(1 << SHIFT))
    }
}

impl AddAssign for Fixed {
    fn add_assign(&mut self, other: Self) {
        self.0 = self.0.saturating_add(other.0);
    }
}

impl Sub for Fixed {
    type Output = Self;

    fn sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }
}
