//! Resampling of pairs: the same units measured twice, each measurement a set of rows in tied cells.
//!
//! Drawing whole pairs keeps what both measurements share, so the spread of a difference is that of paired units. Swapping
//! the two measurements of a unit by the toss of a coin gives every difference that chance could have given if it made no
//! difference which is which. Both see a unit whole, so repeated samples of one prompt stay together. A replicate is a
//! function of (seed, its number): threads cannot change it.

use rayon::prelude::*;

use super::bootstrap::Tied;
use crate::maths::rng::Rng;
use crate::maths::sums::sum;

/// Rows of one measurement of a unit, by cell.
pub type Rows = Vec<(usize, Tied)>;

/// Units measured several times.
#[derive(Clone, Debug, Default)]
pub struct Measured<const N: usize> {
    /// Number of cells, common to all measurements.
    pub cells: usize,
    /// The rows of each measurement of each unit.
    pub units: Vec<[Rows; N]>,
}

/// Units measured twice.
pub type Pairs = Measured<2>;

/// How often, and from which seed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Replicates {
    /// Number of replicates.
    pub count: u32,
    /// Seed.
    pub seed: u64,
}

/// Statistics of measurements; `None` where one is undefined.
pub type Statistics = Vec<Option<f64>>;

impl Pairs {
    /// The statistics when each unit's measurements are swapped or not, by a fair coin.
    ///
    /// ```
    /// use calib::inference::{bootstrap::Tied, pairs::{Pairs, Replicates}};
    /// let row = |right: u64| vec![(0, Tied::rows([1 - right, right]))];
    /// let pairs = Pairs { cells: 1, units: vec![[row(0), row(1)]] };
    /// let draws = pairs.swapped(Replicates { count: 50, seed: 0 }, |[base, new]| {
    ///     vec![Some(new[0].credit - base[0].credit)]
    /// });
    /// assert!(draws.iter().all(|draw| draw[0].unwrap().abs() == 1.0));
    /// ```
    pub fn swapped<F>(&self, replicates: Replicates, statistics: F) -> Vec<Statistics>
    where
        F: Fn(&[Vec<Tied>; 2]) -> Statistics + Sync,
    {
        self.replicate(replicates, statistics, |[base, new], rng| {
            for [of_base, of_new] in &self.units {
                let [to_base, to_new] = match rng.uniform() < 0.5 {
                    true => [&mut *new, &mut *base],
                    false => [&mut *base, &mut *new],
                };
                add(to_base, of_base);
                add(to_new, of_new);
            }
        })
    }
}

impl<const N: usize> Measured<N> {
    /// Each measurement in sum.
    #[must_use]
    pub fn whole(&self) -> [Vec<Tied>; N] {
        let mut sides = self.blank();
        for unit in &self.units {
            add_all(&mut sides, unit);
        }
        sides
    }

    /// Steps that one replicate takes.
    #[must_use]
    pub fn steps(&self) -> u64 {
        let rows = |unit: &[Rows; N]| 1 + unit.iter().map(Vec::len).sum::<usize>();
        (self.units.iter().map(rows).sum::<usize>() + N * self.cells) as u64
    }

    /// The statistics when as many units are drawn from them with replacement.
    pub fn drawn<F>(&self, replicates: Replicates, statistics: F) -> Vec<Statistics>
    where
        F: Fn(&[Vec<Tied>; N]) -> Statistics + Sync,
    {
        self.replicate(replicates, statistics, |sides, rng| {
            let count = self.units.len();
            for _ in 0..count {
                if let Some(unit) = self.units.get(rng.below(count)) {
                    add_all(sides, unit);
                }
            }
        })
    }

    fn replicate<F, D>(&self, replicates: Replicates, statistics: F, draw: D) -> Vec<Statistics>
    where
        F: Fn(&[Vec<Tied>; N]) -> Statistics + Sync,
        D: Fn(&mut [Vec<Tied>; N], &mut Rng) + Sync,
    {
        (0..u64::from(replicates.count))
            .into_par_iter()
            .map_init(
                || self.blank(),
                |sides, index| {
                    for side in sides.iter_mut() {
                        side.fill(Tied::default());
                    }
                    draw(sides, &mut Rng::stream(replicates.seed, index));
                    statistics(sides)
                },
            )
            .collect()
    }

    fn blank(&self) -> [Vec<Tied>; N] {
        std::array::from_fn(|_| vec![Tied::default(); self.cells])
    }
}

fn add_all<const N: usize>(sides: &mut [Vec<Tied>; N], unit: &[Rows; N]) {
    for (side, rows) in sides.iter_mut().zip(unit) {
        add(side, rows);
    }
}

fn add(side: &mut [Tied], rows: &Rows) {
    for &(at, tied) in rows {
        if let Some(cell) = side.get_mut(at) {
            *cell += tied;
        }
    }
}

/// The chance of a difference at least as far from zero, from those that swapping gives:
/// `(1 + #{|d*| ≥ |d|}) / (1 + B)`. Fisher (1935), The Design of Experiments; `None` where a draw is undefined.
#[must_use]
pub fn swap_p_value(draws: &[Option<f64>], seen: f64) -> Option<f64> {
    // What differs by rounding only is as far.
    let limit = seen.abs() * (1.0 - 1e-12) - 1e-15;
    let mut extreme = 0u32;
    for draw in draws {
        extreme += u32::from((*draw)?.abs() >= limit);
    }
    Some(f64::from(1 + extreme) / (1 + draws.len()) as f64)
}

/// The standard deviation of the draws; `None` with less than two, or where more than one in twenty is undefined.
#[must_use]
pub fn spread(draws: &[Option<f64>]) -> Option<f64> {
    let there: Vec<f64> = draws.iter().copied().flatten().collect();
    let n = there.len() as f64;
    if there.len() < 2 || n < 0.95 * draws.len() as f64 {
        return None;
    }
    let mean = sum(there.iter().copied()) / n;
    let squares = sum(there.iter().map(|draw| (draw - mean).powi(2)));
    Some((squares / (n - 1.0)).sqrt())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Units of one cell, wrong on one side and right on the other as told.
    fn pairs(outcomes: &[(u64, u64)]) -> Pairs {
        let row = |right: u64| vec![(0, Tied::rows([1 - right, right]))];
        Pairs {
            cells: 1,
            units: outcomes.iter().map(|(a, b)| [row(*a), row(*b)]).collect(),
        }
    }

    fn gain([base, new]: &[Vec<Tied>; 2]) -> Statistics {
        vec![Some(new[0].credit - base[0].credit)]
    }

    fn first(draws: &[Statistics]) -> Vec<Option<f64>> {
        draws.iter().map(|draw| draw[0]).collect()
    }

    const MANY: Replicates = Replicates {
        count: 20_000,
        seed: 3,
    };

    #[test]
    fn swapping_agrees_with_the_exact_test_of_signs() {
        // Six gains and one loss: a gain of at least 5 either way has chance 2 (1 + 7) / 2^7.
        let pairs = pairs(&[
            (0, 1),
            (0, 1),
            (0, 1),
            (0, 1),
            (0, 1),
            (0, 1),
            (1, 0),
            (1, 1),
        ]);
        let p = swap_p_value(&first(&pairs.swapped(MANY, gain)), 5.0).unwrap();
        assert!((p - 0.125).abs() < 0.01, "{p}");
    }

    #[test]
    fn drawing_pairs_spreads_as_the_pairs_do() {
        let pairs = pairs(&[(0, 1), (0, 1), (1, 0), (1, 1), (0, 0), (0, 1)]);
        let differences = [1.0, 1.0, -1.0, 0.0, 0.0, 1.0f64];
        let mean = differences.iter().sum::<f64>() / 6.0;
        let variance = differences.iter().map(|d| (d - mean).powi(2)).sum::<f64>();
        let ours = spread(&first(&pairs.drawn(MANY, gain))).unwrap();
        assert!((ours / variance.sqrt() - 1.0).abs() < 0.02, "{ours}");
    }

    #[test]
    fn what_is_undefined_is_not_counted() {
        assert_eq!(swap_p_value(&[Some(1.0), None], 1.0), None);
        assert_eq!(spread(&[Some(1.0)]), None);
        assert_eq!(spread(&[Some(1.0), None, Some(2.0)]), None);
        assert_eq!(Pairs::default().whole(), [Vec::new(), Vec::new()]);
        assert!(
            Pairs::default()
                .drawn(MANY, |_| vec![])
                .iter()
                .all(Vec::is_empty)
        );
    }
}
