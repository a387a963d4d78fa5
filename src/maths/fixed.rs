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

    /// The number of lower 64 bits and what is above them.
    #[must_use]
    pub fn of_halves(lower: u64, upper: i64) -> Self {
        Self(i128::from(upper) << SHIFT | i128::from(lower))
    }

    /// Its lower 64 bits, and what is above them.
    #[must_use]
    pub fn halves(self) -> (u64, i64) {
        (self.0 as u64, (self.0 >> SHIFT) as i64)
    }

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
    /// Rounds a finite number to the grid, ties away from zero; NaN counts as zero and must be refused before.
    fn from(value: f64) -> Self {
        /// Bits of a float below its exponent, and the exponent of the least of them in a number from 1 to 2.
        const DIGITS: u32 = f64::MANTISSA_DIGITS - 1;
        const BIAS: i32 = 1_023 + DIGITS.cast_signed();
        let bits = value.to_bits();
        let exponent = (bits >> DIGITS & 0x7FF) as i32;
        let digits = bits & ((1 << DIGITS) - 1) | 1 << DIGITS;
        // The number is digits · 2^(exponent − BIAS), and on the grid digits · 2^shift.
        let shift = exponent - BIAS + SHIFT;
        let magnitude = match shift {
            0..=74 => i128::from(digits) << shift,
            -54..0 => i128::from((digits >> (-shift - 1)).div_ceil(2)),
            ..-54 => 0,
            _ => return Self::beyond(value),
        };
        Self(if value < 0.0 { -magnitude } else { magnitude })
    }
}

impl Fixed {
    /// What a number is that reaches the end of the range, or is none.
    fn beyond(value: f64) -> Self {
        if value.is_nan() {
            Self(0)
        } else if value < 0.0 {
            Self(i128::MIN)
        } else {
            Self(i128::MAX)
        }
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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// The same by the rounding of the standard library; `as` stops at the range.
    fn slowly(value: f64) -> Fixed {
        Fixed((value * 2f64.powi(SHIFT)).round() as i128)
    }

    proptest! {
        #[test]
        fn rounding_is_that_of_the_standard_library(bits: u64, near in -1.0..1.0_f64, scale in -80..70_i32) {
            for value in [f64::from_bits(bits), near, near * 2f64.powi(scale)] {
                prop_assert_eq!(Fixed::from(value), slowly(value), "{}", value);
            }
        }
    }

    #[test]
    fn the_ends_of_the_range_are_the_same_too() {
        for power in -140..140 {
            for factor in [1.0, 1.5, 1.0 + f64::EPSILON, 2.0 - f64::EPSILON] {
                for value in [2f64.powi(power) * factor, -(2f64.powi(power) * factor)] {
                    assert_eq!(Fixed::from(value), slowly(value), "{value}");
                }
            }
        }
        for value in [
            0.0,
            -0.0,
            f64::NAN,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::MIN_POSITIVE,
            5e-324,
        ] {
            assert_eq!(Fixed::from(value), slowly(value), "{value}");
        }
    }
}
