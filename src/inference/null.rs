//! What miscalibration a calibrated model would show by chance, by resampling its outcomes.
//!
//! Independent rows right or wrong: consistency resampling, y* ~ Bernoulli(c) (Bröcker and Smith 2007, Weather and
//! Forecasting 22, 651–661). Clustered, weighted or graded rows: the signs of residuals are flipped cluster by
//! cluster, r* = ε (c − y), because Bernoulli draws would call nearly every calibrated clustered log miscalibrated.
//! A replicate is a function of (seed, its number), so threads cannot change it.

mod statistics;

pub use statistics::{ece, mcb};

use rayon::prelude::*;

use self::statistics::{Constants, summed};
use super::cumulative::Path;
use crate::maths::binomial::{Binomial, Tabled};
use crate::maths::pava::Reached;
use crate::maths::quantile;
use crate::maths::rng::Rng;

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
const TOGETHER: usize = 8;
/// Most points of which replicates draw together, so that their tables stay at hand.
const POINTS_TOGETHER: usize = 16;
/// Most numbers of replicates drawn together, unless one alone has more.
const MOST_DRAWN: usize = 1 << 19;

/// Space that replicates reuse.
struct Scratch {
    /// What was drawn at all points, for each of the replicates drawn together.
    drawn: Vec<f64>,
    blocks: Vec<Reached>,
}

impl Design {
    /// Draws every replicate.
    #[must_use]
    pub fn run(&self) -> Null {
        let constants = Constants::of(&self.points, self.bins);
        let numbers: Vec<u64> = (0..u64::from(self.replicates)).collect();
        let replicates: Vec<Replicate> = numbers
            .par_chunks(self.together())
            .map_init(
                || self.scratch(),
                |scratch, numbers| self.replicates(scratch, numbers, &constants),
            )
            .flatten_iter()
            .collect();
        let mut bins = vec![Vec::with_capacity(replicates.len()); self.bins];
        for replicate in &replicates {
            let sums = &replicate.bins;
            for ((bin, sum), weight) in bins.iter_mut().zip(sums).zip(&constants.weights) {
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

    /// Replicates drawn together: as many as memory should hold of so many points.
    fn together(&self) -> usize {
        (MOST_DRAWN / self.points.len().max(1)).clamp(1, TOGETHER)
    }

    fn scratch(&self) -> Scratch {
        Scratch {
            drawn: vec![0.0; self.points.len() * self.together()],
            blocks: Vec::new(),
        }
    }

    /// The replicates with these numbers.
    fn replicates(
        &self,
        scratch: &mut Scratch,
        numbers: &[u64],
        constants: &Constants,
    ) -> Vec<Replicate> {
        let rngs = numbers.iter().map(|number| Rng::stream(self.seed, *number));
        let mut rngs: Vec<Rng> = rngs.collect();
        let Scratch { drawn, blocks } = scratch;
        match &self.draw {
            Draw::Consistency(rows) => {
                let draw = |_: &Point, rows: &Rows, rng: &mut Rng| rows.successes.draw(rng);
                self.draw_each(rows, draw, drawn, &mut rngs);
                let each = self.of_each(drawn).take(rngs.len());
                each.map(|successes| self.consistent(successes, constants, blocks))
                    .collect()
            }
            Draw::Flips { clusters, single } => {
                let draw = |point: &Point, rows: &SingleRows, rng: &mut Rng| {
                    let right = 2.0 * rows.right.successes.draw(rng) - rows.right.count;
                    let wrong = 2.0 * rows.wrong.successes.draw(rng) - rows.wrong.count;
                    (point.confidence - 1.0) * right + point.confidence * wrong
                };
                self.draw_each(single, draw, drawn, &mut rngs);
                let each = self.of_each(drawn).zip(&mut rngs);
                each.map(|(residuals, rng)| {
                    flip(residuals, clusters, rng);
                    self.flipped(residuals, constants, blocks)
                })
                .collect()
            }
            Draw::Normal(deviations) => rngs
                .iter_mut()
                .map(|rng| normal(deviations, constants.weight, rng))
                .collect(),
        }
    }

    /// What was drawn in each replicate.
    fn of_each<'r>(&self, drawn: &'r mut [f64]) -> impl Iterator<Item = &'r mut [f64]> {
        drawn.chunks_exact_mut(self.points.len().max(1))
    }

    /// Draws at each point in each replicate: at a few points in all replicates, then at the next few. Each replicate draws
    /// from its own stream in the order of points, whichever are drawn together.
    fn draw_each<R>(
        &self,
        rows: &[R],
        draw: impl Fn(&Point, &R, &mut Rng) -> f64,
        drawn: &mut [f64],
        rngs: &mut [Rng],
    ) {
        let points = self.points.chunks(POINTS_TOGETHER);
        let mut start = 0;
        for (points, rows) in points.zip(rows.chunks(POINTS_TOGETHER)) {
            let end = start + points.len();
            for (drawn, rng) in self.of_each(drawn).zip(rngs.iter_mut()) {
                let places = drawn.get_mut(start..end).unwrap_or_default();
                let mut own = rng.clone();
                for ((place, point), rows) in places.iter_mut().zip(points).zip(rows) {
                    *place = draw(point, rows, &mut own);
                }
                *rng = own;
            }
            start = end;
        }
    }

    /// The replicate of so many right answers at each point. Whole numbers: sums of them are not rounded.
    fn consistent(
        &self,
        successes: &[f64],
        constants: &Constants,
        space: &mut Vec<Reached>,
    ) -> Replicate {
        let (right, mcb) = summed(&self.points, successes, |_, right| right, constants, space);
        let residuals = constants.expected.iter().zip(right);
        let bins = residuals.map(|(expected, right)| expected - right);
        Replicate::new(bins.collect(), mcb, None, constants)
    }

    /// The replicate of these residuals.
    fn flipped(
        &self,
        residuals: &[f64],
        constants: &Constants,
        space: &mut Vec<Reached>,
    ) -> Replicate {
        let moment = |point: &Point, residual| point.weight * point.confidence - residual;
        let (_, mcb) = summed(&self.points, residuals, moment, constants, space);
        let bins = constants.by_bin(residuals);
        let path = Path::new(residuals.iter().copied(), constants.weight);
        Replicate::new(bins, mcb, Some(path), constants)
    }
}

impl Replicate {
    /// That of sums of residuals by bin.
    fn new(bins: Vec<f64>, mcb: f64, path: Option<Path>, constants: &Constants) -> Self {
        Self {
            ece: ece(&bins, constants.weight),
            mcb: Some(mcb),
            path,
            bins,
        }
    }
}

impl Null {
    /// What rounding may make of sums of residuals over their weight.
    pub const ROUNDING: f64 = 1e-15;
    /// What it may make of the CORP miscalibration of a replicate, a small difference of larger sums.
    pub const MCB_ROUNDING: f64 = 1e-13;

    /// The share of replicates at least as large as the statistic seen, which counts as one of them. Equal statistics may
    /// differ in the last bits, and must count as equal: by 1e-12 of them, and by `rounding` however small they are.
    #[must_use]
    pub fn p_value(draws: &[f64], seen: f64, rounding: f64) -> f64 {
        let limit = seen - 1e-12 * seen.abs() - rounding;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The null of rows of weight 1 by confidence and residual, of which each cluster flips its sign.
    fn flips(rows: &[(f64, f64)], clusters: &[&[usize]]) -> (Vec<Point>, Null) {
        let points = rows.iter().map(|(confidence, residual)| Point {
            confidence: *confidence,
            weight: 1.0,
            residual: *residual,
            bin: 0,
        });
        let points: Vec<Point> = points.collect();
        let residuals = |places: &&[usize]| places.iter().map(|at| (*at, rows[*at].1)).collect();
        let design = Design {
            points: points.clone(),
            bins: 1,
            draw: Draw::Flips {
                clusters: clusters.iter().map(residuals).collect(),
                single: vec![SingleRows::new(0, 0); rows.len()],
            },
            replicates: 999,
            seed: 1,
        };
        (points, design.run())
    }

    #[test]
    fn statistics_near_each_other_are_told_apart() {
        // Whether two clusters have equal signs, and which of two rows the larger residual has: either in half the draws.
        let (_, null) = flips(&[(1e-12, 1e-12), (4e-12, 4e-12)], &[&[0], &[1]]);
        let ece = Null::p_value(&null.ece, ece(&[5e-12], 2.0), Null::ROUNDING);
        let (points, null) = flips(&[(0.5, 0.5), (0.999_999, -1e-6)], &[&[0, 1]]);
        let seen = mcb(&points, &[0.5, -1e-6], 2.0);
        let mcb = Null::p_value(&null.mcb.unwrap(), seen, Null::MCB_ROUNDING);
        for p in [ece, mcb] {
            assert!((p - 0.5).abs() < 0.06, "{p}");
        }
    }
}
