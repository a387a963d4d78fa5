//! The calibration error with as many bins of equal mass as keep accuracy rising with confidence.

use super::bins::MidRanks;
use super::{ANSWERS, About, Better, BinnedError, Bins, Metric, Norm, View};
use crate::evidence::Cell;
use crate::report::Estimate;

/// Cells that a sweep may visit, over all numbers of bins.
const STEPS: usize = 2_000_000;

/// Expected calibration error over a number of bins that the rows choose.
///
/// The largest B in 2..n−1 such that with every B' ≤ B bins of equal mass the accuracy never falls from one bin to the
/// next; 1 when already two bins fall. Ties stay together (bin `⌊B·(r − ½)/n⌋`, r the mid-rank of the tie block).
/// Beside the error, the bins that hold rows. Roelofs, Cain, Shlens and Mozer (2022), AISTATS.
///
/// ```
/// use calib::metrics::{EceSweep, worked_example};
/// let ece = worked_example(&EceSweep);
/// assert!((ece.value.unwrap() - (0.05 + 0.8 + 0.2 + 0.3) / 6.0).abs() < 1e-12);
/// assert_eq!(ece.beside["bins"], Some(4.0));
/// ```
pub struct EceSweep;

/// The occupied bins at which the sweep ends; `None` when it would take too many steps.
///
/// ```
/// use calib::{evidence::Tally, metrics::sweep};
/// let cells: Vec<_> = Tally::from_pairs([(0.2, true), (0.5, false), (0.9, true)]).cells().collect();
/// assert_eq!(sweep(&cells).unwrap().bins.len(), 1);
/// ```
#[must_use]
pub fn sweep(cells: &[Cell]) -> Option<Bins> {
    let sweep = Sweep::new(cells);
    let count = sweep.largest_count()?;
    // Bins up to n − 1 in number are mostly empty: only the occupied ones are made.
    let mut places = Vec::with_capacity(cells.len());
    let (mut last, mut occupied) = (None, 0);
    for rank in &sweep.ranks.of_cell {
        let bin = Some(sweep.ranks.bin(*rank, count));
        occupied += usize::from(bin != last);
        last = bin;
        places.push(occupied - 1);
    }
    Some(Bins::placed(cells, places, occupied))
}

struct Sweep<'a> {
    cells: &'a [Cell],
    ranks: MidRanks,
    rows: u64,
    /// By how much an accuracy may fall and still count as level.
    slack: f64,
}

impl<'a> Sweep<'a> {
    fn new(cells: &'a [Cell]) -> Self {
        let plain = cells.iter().all(|cell| cell.is_plain());
        Self {
            cells,
            ranks: MidRanks::new(cells),
            rows: cells.iter().map(|cell| cell.rows).sum(),
            // Quotients of counts are level to the bit; sums of weights differ by their rounding.
            slack: if plain { 0.0 } else { 1e-12 },
        }
    }

    fn largest_count(&self) -> Option<usize> {
        let last = (self.rows.saturating_sub(1) as usize).max(1);
        // Where accuracy never falls from cell to cell it never falls between bins made of them.
        if self.rises(0..self.cells.len()) {
            return Some(last);
        }
        let (mut largest, mut count, mut steps) = (1, 2, 0);
        while count <= last {
            steps += self.cells.len();
            if steps > STEPS {
                return None;
            }
            let places = self.ranks.of_cell.iter();
            if !self.rises(places.map(|rank| self.ranks.bin(*rank, count))) {
                return Some(largest);
            }
            let next = self.next_change(count);
            largest = (next - 1).min(last);
            count = next;
        }
        Some(largest)
    }

    /// Whether no bin's accuracy is below that of the bin before, when cells fall into these bins.
    fn rises(&self, places: impl IntoIterator<Item = usize>) -> bool {
        let (mut before, mut bin, mut right, mut weight) = (f64::NEG_INFINITY, None, 0.0, 0.0);
        for (cell, place) in self.cells.iter().zip(places) {
            if bin != Some(place) && weight > 0.0 {
                let accuracy = right / weight;
                if accuracy < before - self.slack {
                    return false;
                }
                (before, right, weight) = (accuracy, 0.0, 0.0);
            }
            bin = Some(place);
            right += cell.wy;
            weight += cell.w;
        }
        weight <= 0.0 || right / weight >= before - self.slack
    }

    /// The next number of bins that may part or join two neighbours; what lies between makes the same bins.
    ///
    /// Neighbours at ranks r < s of n share bin m until ⌈(m + 1)n/s⌉ bins; apart, with s in bin m, they stay so until
    /// ⌈m·n/r⌉ bins, or for good once a bin is narrower than s − r.
    fn next_change(&self, count: usize) -> usize {
        let (n, bins) = (self.ranks.all, count as f64);
        let ranks = &self.ranks.of_cell;
        let change = |(r, s): (&f64, &f64)| {
            let (low, high) = ((bins * r / n).floor(), (bins * s / n).floor());
            if low == high {
                (high + 1.0) * n / s
            } else if bins * (s - r) >= n {
                f64::INFINITY
            } else {
                high * n / r
            }
        };
        let changes = ranks.iter().zip(ranks.iter().skip(1)).map(change);
        let nearest = changes.fold(f64::INFINITY, f64::min);
        // Rounded down by more than the division may err: a look too early costs a step, one too late would be wrong.
        ((nearest * (1.0 - 1e-12)) as usize).max(count + 1)
    }
}

impl Metric for EceSweep {
    fn id(&self) -> &'static str {
        "ece_sweep"
    }

    fn about(&self) -> About {
        About {
            title: "Expected calibration error, monotonic sweep",
            formula: "ece over the largest B in 2..n-1 bins of equal mass such that for all B' <= B accuracy never falls from bin to bin",
            range: "0 to 1",
            better: Better::Lower,
            undefined: "no graded answer has a confidence, or the sweep takes too many steps",
            interval: "none is valid: biased upward like ece, though less",
            pitfalls: "The number of bins is chosen from the same rows and jumps with single rows: compare logs on bins that are the same for both.",
            source: "Roelofs, Cain, Shlens and Mozer (2022), AISTATS; ties kept together",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        let n = view.total.rows;
        if let Some(reason) = view.no_confidence() {
            return Estimate::undefined(n, reason).and("bins", None);
        }
        let Some(bins) = sweep(&view.cells) else {
            return Estimate::undefined(n, "too many numbers of bins to try").and("bins", None);
        };
        let error = BinnedError {
            bins: &bins,
            norm: Norm::L1,
        };
        error
            .estimate(view)
            .and("bins", Some(bins.occupied().count() as f64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Tally;
    use crate::maths::rng::Rng;

    /// The definition, one number of bins after the other.
    fn one_by_one(sweep: &Sweep) -> usize {
        let last = (sweep.rows as usize - 1).max(1);
        let rises = |count: &usize| {
            let places = sweep.ranks.of_cell.iter();
            sweep.rises(places.map(|rank| sweep.ranks.bin(*rank, *count)))
        };
        1 + (2..=last).take_while(rises).count()
    }

    /// A log of a few values, some stated often and some hardly ever, more or less in order of accuracy.
    fn log(seed: u64) -> Vec<Cell> {
        let mut rng = Rng::stream(seed, 0);
        let mut pairs = Vec::new();
        for value in 0..2 + seed % 12 {
            let rows = 1 + (rng.uniform().powi(4) * 300.0) as u64;
            let confidence = value as f64 / 14.0;
            pairs.extend((0..rows).map(|_| (confidence, rng.uniform() < confidence)));
        }
        Tally::from_pairs(pairs).cells().collect()
    }

    #[test]
    fn leaping_over_equal_bins_ends_where_trying_every_number_does() {
        let mut ends = std::collections::BTreeSet::new();
        for seed in 0..400 {
            let cells = log(seed);
            let sweep = Sweep::new(&cells);
            let count = sweep.largest_count().unwrap();
            assert_eq!(count, one_by_one(&sweep), "{seed}");
            ends.insert(count);
        }
        assert!(ends.len() > 50);
    }

    #[test]
    fn few_values_stated_millions_of_times_take_few_steps() {
        // Two rare values at the low end fall only when millions of bins part them.
        let rows = [
            (0.01, 3, 1),
            (0.02, 2, 0),
            (0.5, 4_000_000, 2_000_000),
            (0.9, 6_000_000, 5_000_000),
        ];
        let cells = rows.map(|(confidence, rows, right): (f64, u64, u64)| {
            let (n, k) = (rows as f64, right as f64);
            let totals = crate::evidence::Totals {
                rows,
                w: n,
                wy: k,
                wy2: k,
                w2y: [n, k, k, k, k],
                plain: rows,
                plain_correct: right,
                right,
                wrong: rows - right,
            };
            Cell { confidence, totals }
        });
        let sweep = Sweep::new(&cells);
        assert!(sweep.largest_count().unwrap() > 2_000_000);
    }
}
