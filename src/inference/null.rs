//! What miscalibration a calibrated model would show by chance, by resampling its outcomes.
//!
//! Independent rows right or wrong: consistency resampling, y* ~ Bernoulli(c) (Bröcker and Smith 2007, Weather and
//! Forecasting 22, 651–661). Clustered, weighted or graded rows: the signs of residuals are flipped cluster by
//! cluster, r* = ε (c − y), because Bernoulli draws would call nearly every calibrated clustered log miscalibrated.
//! A replicate is a function of (seed, its number), so threads cannot change it.

mod statistics;

pub use statistics::{ece, mcb};

use rayon::prelude::*;

use self::statistics::{add_to_bins, binned, miscalibration, moments};
use super::cumulative::Path;
use crate::maths::binomial::{Binomial, Tabled};
use crate::maths::pava::{self, Block};
use crate::maths::quantile;
use crate::maths::rng::Rng;
use crate::maths::sums::{Sum, sum};

/// One distinct confidence and its bin.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    /// The confidence.
    pub confidence: f64,
    /// Σ w of its rows.
    pub weight: f64,
    /// Σ w·(c − y).
    pub residual: f64,
    /// Its bin.
    pub bin: usize,
}

/// Rows without identity at one confidence: of right rows the residual is c − 1, of wrong rows c.
#[derive(Clone, Debug)]
pub struct SingleRows {
    right: Rows,
    wrong: Rows,
}

impl SingleRows {
    /// So many right and so many wrong answers.
    #[must_use]
    pub fn new(right: u64, wrong: u64) -> Self {
        Self {
            right: Rows::new(right, 0.5),
            wrong: Rows::new(wrong, 0.5),
        }
    }
}

/// Independent rows at one point, and the law of how many of them succeed.
#[derive(Clone, Debug)]
pub struct Rows {
    count: f64,
    successes: Tabled,
}

impl Rows {
    /// So many rows, each a success with this probability.
    #[must_use]
    pub fn new(count: u64, probability: f64) -> Self {
        Self {
            count: count as f64,
            successes: Tabled::new(Binomial::new(count, probability)),
        }
    }
}

/// How outcomes are drawn.
#[derive(Clone, Debug)]
pub enum Draw {
    /// The rows of each point, each right with the probability of its confidence.
    Consistency(Vec<Rows>),
    /// Signs flipped by cluster.
    Flips {
        /// Clusters as lists of (point, Σ w·(c − y)).
        clusters: Vec<Vec<(usize, f64)>>,
        /// Rows that are clusters of their own, by point.
        single: Vec<SingleRows>,
    },
    /// Σ (c − y) of each bin as a normal number with this standard deviation; no MCB.
    Normal(Vec<f64>),
}

/// What is drawn, and how often.
#[derive(Clone, Debug)]
pub struct Design {
    /// The points in order of confidence.
    pub points: Vec<Point>,
    /// Number of bins.
    pub bins: usize,
    /// How outcomes are drawn.
    pub draw: Draw,
    /// Number of replicates.
    pub replicates: u32,
    /// Seed.
    pub seed: u64,
}

/// Statistics of all replicates.
#[derive(Clone, Debug, Default)]
pub struct Null {
    /// ECE of each replicate.
    pub ece: Vec<f64>,
    /// CORP miscalibration of each replicate, unless too dear.
    pub mcb: Option<Vec<f64>>,
    /// How far the path of cumulative residuals strays in each sign flip; other draws have a closed form instead.
    pub ks: Option<Vec<f64>>,
    /// The range of that path in each sign flip.
    pub ecce_r: Option<Vec<f64>>,
    /// Sorted mean residuals (mean confidence − accuracy) of each bin.
    pub bins: Vec<Vec<f64>>,
    /// How it was drawn, in short words.
    pub method: String,
}

/// The statistics of one replicate; sums of residuals by bin.
struct Replicate {
    ece: f64,
    mcb: Option<f64>,
    path: Option<Path>,
    bins: Vec<f64>,
}

/// Most replicates drawn together: the tables of some points are read once for all of them.
const TOGETHER: usize = 32;
/// Most points of which replicates draw together, so that their tables stay at hand.
const POINTS_TOGETHER: usize = 32;
/// Most residuals of replicates drawn together, unless one alone has more.
const MOST_RESIDUALS: usize = 1 << 19;

/// Space that replicates reuse.
struct Scratch {
    /// Of all points, for each of the replicates drawn together.
    residuals: Vec<f64>,
    /// Sums of residuals in all bins, for each of them.
    bins: Vec<Sum>,
    blocks: Vec<Block>,
}

impl Design {
    /// Draws every replicate.
    #[must_use]
    pub fn run(&self) -> Null {
        let weight = sum(self.points.iter().map(|point| point.weight));
        let weights = self.bin_weights();
        let numbers: Vec<u64> = (0..u64::from(self.replicates)).collect();
        let replicates: Vec<Replicate> = numbers
            .par_chunks(self.together())
            .map_init(
                || self.scratch(),
                |scratch, numbers| self.replicates(scratch, numbers, weight),
            )
            .flatten_iter()
            .collect();
        let mut bins = vec![Vec::with_capacity(replicates.len()); self.bins];
        for replicate in &replicates {
            let sums = &replicate.bins;
            for ((bin, sum), weight) in bins.iter_mut().zip(sums).zip(&weights) {
                bin.push(if *weight > 0.0 { sum / weight } else { 0.0 });
            }
        }
        bins.iter_mut().for_each(|bin| bin.sort_by(f64::total_cmp));
        let paths = replicates.iter().map(|replicate| replicate.path);
        Null {
            ece: replicates.iter().map(|replicate| replicate.ece).collect(),
            mcb: replicates.iter().map(|replicate| replicate.mcb).collect(),
            ks: paths.clone().map(|path| Some(path?.furthest())).collect(),
            ecce_r: paths.map(|path| Some(path?.range())).collect(),
            bins,
            method: format!("{}, B = {}", self.name(), self.replicates),
        }
    }

    fn name(&self) -> &'static str {
        match self.draw {
            Draw::Consistency(_) => "consistency resampling",
            Draw::Flips { .. } => "sign flips by cluster",
            Draw::Normal(_) => "normal bins",
        }
    }

    /// Replicates drawn together: as many as memory should hold of so many points and bins.
    fn together(&self) -> usize {
        let width = self.points.len().max(self.bins).max(1);
        (MOST_RESIDUALS / width).clamp(1, TOGETHER)
    }

    fn scratch(&self) -> Scratch {
        Scratch {
            residuals: vec![0.0; self.points.len() * self.together()],
            bins: vec![Sum::default(); self.bins * self.together()],
            blocks: Vec::new(),
        }
    }

    /// The replicates with these numbers.
    fn replicates(&self, scratch: &mut Scratch, numbers: &[u64], weight: f64) -> Vec<Replicate> {
        let rngs = numbers.iter().map(|number| Rng::stream(self.seed, *number));
        let mut rngs: Vec<Rng> = rngs.collect();
        if let Draw::Normal(deviations) = &self.draw {
            return rngs
                .iter_mut()
                .map(|rng| normal(deviations, weight, rng))
                .collect();
        }
        let Scratch {
            residuals,
            bins,
            blocks,
        } = scratch;
        self.draw_residuals(residuals, bins, &mut rngs);
        let flipped = matches!(self.draw, Draw::Flips { .. });
        let of_each = self.of_each(residuals, bins).take(rngs.len());
        let replicates = of_each.map(|(residuals, bins)| {
            let bins: Vec<f64> = bins.iter().map(Sum::value).collect();
            let blocks = pava::pool_runs(moments(&self.points, residuals), blocks);
            Replicate {
                ece: ece(&bins, weight),
                mcb: Some(miscalibration(&self.points, residuals, blocks, weight)),
                path: flipped.then(|| Path::new(residuals.iter().copied(), weight)),
                bins,
            }
        });
        replicates.collect()
    }

    /// The residuals of all points and their sums by bin, one replicate after another. Each replicate draws from its own
    /// stream in the order of points, whichever are drawn together.
    fn draw_residuals(&self, residuals: &mut [f64], bins: &mut [Sum], rngs: &mut [Rng]) {
        match &self.draw {
            Draw::Consistency(rows) => {
                let draw = |point: &Point, rows: &Rows, rng: &mut Rng| {
                    rows.count * point.confidence - rows.successes.draw(rng)
                };
                self.draw_each(rows, draw, residuals, bins, rngs);
            }
            Draw::Flips { clusters, single } => {
                let draw = |point: &Point, rows: &SingleRows, rng: &mut Rng| {
                    let right = 2.0 * rows.right.successes.draw(rng) - rows.right.count;
                    let wrong = 2.0 * rows.wrong.successes.draw(rng) - rows.wrong.count;
                    (point.confidence - 1.0) * right + point.confidence * wrong
                };
                self.draw_each(single, draw, residuals, bins, rngs);
                for ((residuals, bins), rng) in self.of_each(residuals, bins).zip(rngs) {
                    flip(residuals, clusters, rng);
                    bins.fill(Sum::default());
                    add_to_bins(bins, binned(&self.points, residuals));
                }
            }
            Draw::Normal(_) => {}
        }
    }

    /// The residuals and the bins of each replicate.
    fn of_each<'r>(
        &self,
        residuals: &'r mut [f64],
        bins: &'r mut [Sum],
    ) -> impl Iterator<Item = (&'r mut [f64], &'r mut [Sum])> {
        let residuals = residuals.chunks_exact_mut(self.points.len().max(1));
        residuals.zip(bins.chunks_exact_mut(self.bins.max(1)))
    }

    /// The residual of each point in each replicate, and their sums by bin: a few points in all replicates, then the next few.
    fn draw_each<R>(
        &self,
        rows: &[R],
        draw: impl Fn(&Point, &R, &mut Rng) -> f64,
        residuals: &mut [f64],
        bins: &mut [Sum],
        rngs: &mut [Rng],
    ) {
        bins.fill(Sum::default());
        let points = self.points.chunks(POINTS_TOGETHER);
        let mut start = 0;
        for (points, rows) in points.zip(rows.chunks(POINTS_TOGETHER)) {
            let end = start + points.len();
            for ((residuals, bins), rng) in self.of_each(residuals, bins).zip(rngs.iter_mut()) {
                let places = residuals.get_mut(start..end).unwrap_or_default();
                let drawn = places.iter_mut().zip(points).zip(rows);
                let drawn = drawn.map(|((residual, point), rows)| {
                    *residual = draw(point, rows, rng);
                    (point.bin, *residual)
                });
                add_to_bins(bins, drawn);
            }
            start = end;
        }
    }

    fn bin_weights(&self) -> Vec<f64> {
        let weights: Vec<f64> = self.points.iter().map(|point| point.weight).collect();
        let mut bins = vec![Sum::default(); self.bins];
        add_to_bins(&mut bins, binned(&self.points, &weights));
        bins.iter().map(Sum::value).collect()
    }
}

impl Null {
    /// The share of replicates at least as large as the statistic seen, which counts as one of them.
    #[must_use]
    pub fn p_value(draws: &[f64], seen: f64) -> f64 {
        // Equal statistics may differ in the last bits, and must count as equal.
        let limit = seen - 1e-12 * seen.abs() - 1e-15;
        let extreme = draws.iter().filter(|draw| **draw >= limit).count();
        (1 + extreme) as f64 / (1 + draws.len()) as f64
    }

    /// A quantile of the ECE under calibration.
    #[must_use]
    pub fn ece_quantile(&self, p: f64) -> Option<f64> {
        let mut sorted = self.ece.clone();
        sorted.sort_by(f64::total_cmp);
        quantile::sample(&sorted, p)
    }

    /// The central range, at this level, of a bin's mean residual under calibration.
    #[must_use]
    pub fn band(&self, bin: usize, level: f64) -> Option<(f64, f64)> {
        let sorted = self.bins.get(bin)?;
        let low = quantile::sample(sorted, 0.5 - level / 2.0)?;
        Some((low, quantile::sample(sorted, 0.5 + level / 2.0)?))
    }
}

/// A replicate of sums that are normal numbers.
fn normal(deviations: &[f64], weight: f64, rng: &mut Rng) -> Replicate {
    let sums: Vec<f64> = deviations.iter().map(|sd| sd * rng.normal()).collect();
    Replicate {
        ece: ece(&sums, weight),
        mcb: None,
        path: None,
        bins: sums,
    }
}

/// Flips the signs of the residuals of whole clusters.
fn flip(residuals: &mut [f64], clusters: &[Vec<(usize, f64)>], rng: &mut Rng) {
    for cluster in clusters {
        let keep = rng.bits() >> 63 == 0;
        for &(at, sum) in cluster {
            if let Some(residual) = residuals.get_mut(at) {
                *residual += if keep { sum } else { -sum };
            }
        }
    }
}
