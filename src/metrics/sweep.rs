//! The calibration error with as many bins of equal mass as keep accuracy rising with confidence.

use super::bins::MidRanks;
use super::{ANSWERS, About, Better, BinnedError, Bins, Metric, Norm, View};
use crate::evidence::Cell;
use crate::maths::sums::Sum;
use crate::report::Estimate;

/// Occupied bins that a sweep may look at, over all numbers of bins.
const STEPS: usize = 100_000;

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

struct Sweep {
    ranks: MidRanks,
    /// Σ w·y and Σ w of the cells before each, and of all.
    before: Vec<(f64, f64)>,
    rows: u64,
    /// By how much an accuracy may fall and still count as level.
    slack: f64,
}

impl Sweep {
    fn new(cells: &[Cell]) -> Self {
        let plain = cells.iter().all(|cell| cell.is_plain());
        let (mut right, mut weight) = (Sum::default(), Sum::default());
        let add = |cell: &Cell| {
            right.add(cell.wy);
            weight.add(cell.w);
            (right.value(), weight.value())
        };
        Self {
            ranks: MidRanks::new(cells),
            before: std::iter::once((0.0, 0.0))
                .chain(cells.iter().map(add))
                .collect(),
            rows: cells.iter().map(|cell| cell.rows).sum(),
            // Quotients of counts are level to the bit; sums of weights differ by their rounding.
            slack: if plain { 0.0 } else { 1e-12 },
        }
    }

    fn largest_count(&self) -> Option<usize> {
        let last = (self.rows.saturating_sub(1) as usize).max(1);
        let cells = self.ranks.of_cell.len();
        // Where accuracy never falls from cell to cell it never falls between bins made of them.
        if self.rises(|start| start + 1) {
            return Some(last);
        }
        let (mut largest, mut count, mut steps) = (1, 2, 0);
        while count <= last {
            steps += count.min(cells);
            if steps > STEPS {
                return None;
            }
            if !self.rises(|start| self.end(start, count)) {
                break;
            }
            // With fewer bins than cells nearly every number makes other bins.
            let next = if count < cells {
                count + 1
            } else {
                self.next_change(count)
            };
            largest = (next - 1).min(last);
            count = next;
        }
        Some(largest)
    }

    /// The first cell after the bin that starts with this one, among so many bins.
    fn end(&self, start: usize, count: usize) -> usize {
        let ranks = self.ranks.of_cell.get(start..).unwrap_or_default();
        let bin = ranks.first().map_or(0, |rank| self.ranks.bin(*rank, count));
        start + ranks.partition_point(|rank| self.ranks.bin(*rank, count) <= bin)
    }

    /// Whether no bin's accuracy is below that of the bin before, when `end` says where a bin ends that starts so.
    fn rises(&self, end: impl Fn(usize) -> usize) -> bool {
        let cells = self.ranks.of_cell.len();
        let (mut start, mut last) = (0, f64::NEG_INFINITY);
        while start < cells {
            let next = end(start).max(start + 1);
            if let (Some(low), Some(high)) = (self.before.get(start), self.before.get(next)) {
                let accuracy = (high.0 - low.0) / (high.1 - low.1);
                if accuracy < last - self.slack {
                    return false;
                }
                last = accuracy;
            }
            start = next;
        }
        true
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
            interval: "none is valid: biased upward like ece, though less; bins stands beside it, those that hold rows",
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
        let rises = |count: &usize| sweep.rises(|start| sweep.end(start, *count));
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
            Cell {
                confidence,
                totals: totals.into(),
            }
        });
        let sweep = Sweep::new(&cells);
        assert!(sweep.largest_count().unwrap() > 2_000_000);
    }
}
