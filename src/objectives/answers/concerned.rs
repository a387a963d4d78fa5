//! The rows that a mean or a ratio is about: how many, of how many clusters, and how much they tell.

use super::scored::{Scores, add_meant, moments, squares_around};
use super::{Answer, Answers, Weights};
use crate::evidence::Compact;
use crate::inference::sample::HEAVY;
use crate::maths::kish;
use crate::maths::sums::Sums;

/// The rows that a mean or a ratio is about.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Concerned {
    pub(super) rows: u64,
    /// Independent ones: clusters where they repeat, no more than the rows are worth.
    pub(super) units: u64,
    /// Rows of equal weight that tell as much, by Kish.
    pub(super) worth: f64,
}

impl Concerned {
    /// Why they give no interval.
    pub(super) fn why(&self) -> &'static str {
        match self.rows {
            0 | 1 => "n = 1",
            _ if kish::is_lopsided(self.worth) => HEAVY,
            _ => "one cluster",
        }
    }
}

impl Answers {
    /// All rows, and the answers alone.
    pub(super) fn count(&mut self) {
        let one = |_: &Answer| [[1.0]; 2];
        [self.all] = self.concerned(one, 1.0);
        [self.given] = self.concerned(one, 0.0);
    }

    /// The rows that something is divided by, of each of several: it gives the term of an answer if wrong and if right,
    /// `silence` that of a declined row, and 0 for those that are not meant.
    pub(super) fn concerned<const N: usize>(
        &self,
        below: impl Fn(&Answer) -> Scores<N>,
        silence: f64,
    ) -> [Concerned; N] {
        let (mut rows, mut whole, mut squares) = ([0; N], Sums::default(), Sums::default());
        let mut add = |scores: Scores<N>, totals: &Compact| {
            whole.add(moments(&scores, totals));
            squares.add(squares_around(&scores, totals, &[0.0; N]));
            add_meant(&mut rows, &scores, totals);
        };
        for row in &self.rows {
            add(below(row), &row.totals);
        }
        add([[silence; N]; 2], &self.declined.into());
        let (whole, squares) = (whole.values(), squares.values());
        let mut concerned = std::array::from_fn(|at| {
            let worth = kish::effective_number(whole[at], squares[at]).min(rows[at] as f64);
            Concerned {
                rows: rows[at],
                units: worth.round() as u64,
                worth,
            }
        });
        if let Some(weights) = &self.clusters {
            let clusters = self.clusters_of(weights, below, silence);
            for (concerned, clusters) in concerned.iter_mut().zip(clusters) {
                concerned.units = concerned.units.min(clusters);
            }
        }
        concerned
    }

    /// As many clusters as such rows are in.
    fn clusters_of<const N: usize>(
        &self,
        weights: &Weights,
        below: impl Fn(&Answer) -> Scores<N>,
        silence: f64,
    ) -> [u64; N] {
        let silence = [silence; N];
        let mut single = [0; N];
        add_meant(&mut single, &[silence; 2], &weights.single.into());
        let sums = self.cluster_sums(weights, below, silence, |scores, row| {
            add_meant(&mut single, scores, row);
        });
        std::array::from_fn(|at| {
            single[at] + sums.iter().filter(|sums| sums[at] != 0.0).count() as u64
        })
    }
}
