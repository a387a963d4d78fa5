//! How finely a tally tells confidences apart once there are too many distinct ones to keep each.
//!
//! The multiples of 1/N stay what they are, and what lies between two neighbours counts at the middle between them. So no
//! confidence moves by more than 1/(2N), 0 and 1 stay apart from all others, and order is never turned around, though what
//! lies between two neighbours becomes a tie. N is 9·10ᵈ: decimals of up to d digits stay what they are, as stated
//! percentages do, and so do all edges i/B of bins whose number B divides N (10, 15, 20, 25, 30, 50, 100), which no
//! confidence crosses. A coarser grid of this family has only places of the finer ones, and its gaps are made of theirs:
//! rounding twice ends where rounding once does.

use serde::{Deserialize, Serialize};

use crate::record::Confidence;

/// The places where confidences count once they are too many.
///
/// ```
/// use calib::{evidence::Grid, record::Confidence};
/// let rounded = |c| Grid::of_digits(1).round(Confidence::new(c).unwrap()).get();
/// assert_eq!((Grid::of_digits(1).limit(), Grid::of_digits(1).steps()), (100, 90));
/// // A decimal of one digit, an edge of fifteen bins, and what lies between 18/90 and 19/90.
/// assert_eq!([rounded(0.3), rounded(4.0 / 15.0)], [0.3, 4.0 / 15.0]);
/// assert_eq!([rounded(0.201), rounded(0.2109)], [37.0 / 180.0, 37.0 / 180.0]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Grid {
    digits: u32,
}

impl Default for Grid {
    /// That of all rows of a log.
    fn default() -> Self {
        Self::ALL
    }
}

impl Grid {
    /// That of all rows of a log.
    pub const ALL: Self = Self { digits: 5 };
    /// That of a group of `--by`: there may be thousands of them, each with a tally of its own.
    pub const GROUP: Self = Self { digits: 4 };

    /// The grid that keeps decimals of so many digits, at most those of [`Grid::ALL`].
    #[must_use]
    pub fn of_digits(digits: u32) -> Self {
        Self {
            digits: digits.min(Self::ALL.digits),
        }
    }

    /// Most distinct confidences that are kept as they are.
    #[must_use]
    pub fn limit(self) -> usize {
        10 * self.power() as usize
    }

    /// N: confidences are rounded to multiples of 1/N and the middles between them.
    #[must_use]
    pub fn steps(self) -> u32 {
        9 * self.power()
    }

    /// How far a rounded confidence is from its own at most: 1/(2N).
    #[must_use]
    pub fn error(self) -> f64 {
        0.5 / f64::from(self.steps())
    }

    /// The place at which a confidence counts.
    #[must_use]
    pub fn round(self, confidence: Confidence) -> Confidence {
        let steps = f64::from(self.steps());
        let c = confidence.get();
        // The product is off by less than a step, and by less than one place.
        let near = (c * steps).round();
        let place = near / steps;
        let middle = match c.total_cmp(&place) {
            std::cmp::Ordering::Equal => return confidence,
            std::cmp::Ordering::Less => near - 0.5,
            std::cmp::Ordering::Greater => near + 0.5,
        };
        Confidence::new(middle / steps).unwrap_or(confidence)
    }

    /// Whether a confidence is a multiple of 1/N.
    #[must_use]
    pub fn keeps(self, confidence: f64) -> bool {
        let steps = f64::from(self.steps());
        confidence
            .total_cmp(&((confidence * steps).round() / steps))
            .is_eq()
    }

    /// 10ᵈ.
    fn power(self) -> u32 {
        10_u32.saturating_pow(self.digits.min(Self::ALL.digits))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rounded(grid: Grid, c: f64) -> f64 {
        grid.round(Confidence::new(c).unwrap()).get()
    }

    const GRIDS: [Grid; 4] = [
        Grid::ALL,
        Grid::GROUP,
        Grid { digits: 1 },
        Grid { digits: 0 },
    ];

    /// Confidences of every size, beside the places and between them.
    fn probes() -> impl Iterator<Item = f64> {
        let even = (0..=20_000_u32).map(|at| f64::from(at) / 20_000.0);
        let beside = even.flat_map(|c| [c.next_down(), c, c.next_up(), c * 0.999_999_7]);
        let tiny = (1..1_000).map(|power| 0.5_f64.powi(power));
        let all = beside.chain(tiny).flat_map(|c| [c, 1.0 - c]);
        all.filter(|c| (0.0..=1.0).contains(c))
    }

    #[test]
    fn decimals_and_edges_of_bins_stay() {
        for (grid, most) in [(Grid::ALL, 100_000_u32), (Grid::GROUP, 10_000)] {
            for at in 0..=most {
                let decimal = f64::from(at) / f64::from(most);
                assert_eq!(rounded(grid, decimal), decimal);
            }
            for bins in [10_u32, 15, 20, 25, 30, 50, 100] {
                for edge in (0..=bins).map(|at| f64::from(at) / f64::from(bins)) {
                    assert_eq!(rounded(grid, edge), edge);
                    assert!(grid.keeps(edge));
                }
            }
        }
    }

    #[test]
    fn nothing_moves_far_over_an_edge_or_twice() {
        for grid in GRIDS {
            let steps = f64::from(grid.steps());
            for c in probes() {
                let place = rounded(grid, c);
                assert!(
                    (place - c).abs() <= grid.error() * (1.0 + 1e-9),
                    "{c} to {place}"
                );
                assert_eq!(rounded(grid, place), place, "{c}");
                let below = (c * steps).floor();
                for edge in [below - 1.0, below, below + 1.0, below + 2.0].map(|at| at / steps) {
                    assert_eq!(c.total_cmp(&edge), place.total_cmp(&edge), "{c} at {edge}");
                }
            }
        }
    }

    #[test]
    fn a_finer_grid_in_between_changes_nothing() {
        for (at, fine) in GRIDS.iter().enumerate() {
            for coarse in &GRIDS[at..] {
                for c in probes() {
                    assert_eq!(
                        rounded(*coarse, rounded(*fine, c)),
                        rounded(*coarse, c),
                        "{c}"
                    );
                }
            }
        }
    }
}
