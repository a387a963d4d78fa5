//! Resampling of whole clusters, for statistics that are no sums.
//!
//! A replicate is a function of (seed, its number), so threads cannot change it.

use rayon::prelude::*;

use super::Interval;
use crate::maths::quantile;
use crate::maths::rng::Rng;

/// Largest share of replicates in which a statistic may be undefined.
const UNDEFINED: f64 = 0.05;

/// A bootstrap of clusters.
#[derive(Clone, Copy, Debug)]
pub struct ClusterBootstrap {
    /// Number of clusters.
    pub clusters: usize,
    /// Number of replicates.
    pub replicates: u32,
    /// Seed.
    pub seed: u64,
}

impl ClusterBootstrap {
    /// The statistic of every replicate, in order: it is given how often each cluster was drawn.
    ///
    /// ```
    /// use calib::inference::resample::ClusterBootstrap;
    /// let design = ClusterBootstrap { clusters: 3, replicates: 2, seed: 0 };
    /// let sizes = design.run(|times| times.iter().sum::<u32>());
    /// assert_eq!(sizes, [3, 3]);
    /// ```
    pub fn run<T: Send>(&self, statistic: impl Fn(&[u32]) -> T + Sync) -> Vec<T> {
        (0..u64::from(self.replicates))
            .into_par_iter()
            .map_init(
                || vec![0; self.clusters],
                |times, index| {
                    times.fill(0);
                    let mut rng = Rng::stream(self.seed, index);
                    for _ in 0..self.clusters {
                        if let Some(drawn) = times.get_mut(rng.below(self.clusters)) {
                            *drawn += 1;
                        }
                    }
                    statistic(times)
                },
            )
            .collect()
    }

    /// The interval between the quantiles of the replicates.
    #[must_use]
    pub fn percentiles(&self, draws: &[Option<f64>], level: f64) -> Interval {
        let method = format!(
            "bootstrap of {} clusters, B = {}",
            self.clusters, self.replicates
        );
        let mut sorted: Vec<f64> = draws.iter().flatten().copied().collect();
        if self.clusters < 2 {
            return Interval::missing(method, "one cluster");
        }
        if sorted.len() as f64 <= (1.0 - UNDEFINED) * draws.len() as f64 {
            return Interval::missing(method, "undefined in too many resamples");
        }
        sorted.sort_by(f64::total_cmp);
        let end = |p| quantile::sample(&sorted, p);
        let bounds = end(0.5 - level / 2.0).zip(end(0.5 + level / 2.0));
        Interval {
            bounds,
            method,
            ..Interval::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bootstrap_covers_a_mean() {
        let values: Vec<f64> = (0..50).map(|at| f64::from(at % 10)).collect();
        let design = ClusterBootstrap {
            clusters: values.len(),
            replicates: 999,
            seed: 1,
        };
        let draws = design.run(|times| {
            let drawn = times.iter().zip(&values).map(|(n, v)| f64::from(*n) * v);
            Some(drawn.sum::<f64>() / 50.0)
        });
        let (low, high) = design.percentiles(&draws, 0.95).bounds.unwrap();
        // The standard error is 2.87 / sqrt(50) = 0.41.
        assert!(
            (low - 3.7).abs() < 0.2 && (high - 5.3).abs() < 0.2,
            "{low} {high}"
        );
    }
}
