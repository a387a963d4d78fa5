//! Bias-corrected and accelerated intervals (BCa) of statistics of tied rows, many of them from one set of resamples.
//!
//! Efron (1987), Journal of the American Statistical Association 82, 171–185. Rows are resampled as a multinomial over
//! (cell, right or wrong), which is the same as drawing rows; with clusters, whole clusters are drawn. A replicate is a
//! function of (seed, its number), so threads cannot change it.

use rayon::prelude::*;

use super::Interval;
use crate::maths::binomial::Binomial;
use crate::maths::quantile;
use crate::maths::rng::Rng;
use crate::maths::sums::sum;

/// Fewest replicates for the tails of an interval at 95 %. Efron and Tibshirani (1993), An Introduction to the Bootstrap.
pub const FEWEST: u32 = 999;
/// Largest share of replicates in which a statistic may be undefined.
const UNDEFINED: f64 = 0.05;
/// Drawing a binomial number costs about as much as drawing so many rows.
const BINOMIAL_COST: u64 = 16;

/// Rows of one confidence in sum.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Tied {
    /// Σ w.
    pub weight: f64,
    /// Σ w·y.
    pub credit: f64,
    /// Σ w·y².
    pub square: f64,
}

/// What is resampled.
#[derive(Clone, Debug)]
pub enum Draw {
    /// Independent rows: the wrong and right ones of each cell.
    Rows(Vec<[u64; 2]>),
    /// Whole clusters.
    Clusters {
        /// Rows of each cluster by cell.
        clusters: Vec<Vec<(usize, Tied)>>,
        /// Wrong and right rows of each cell that are clusters of their own.
        single: Vec<[u64; 2]>,
    },
}

/// What is resampled, and how often.
#[derive(Clone, Debug)]
pub struct Design {
    /// Number of cells.
    pub cells: usize,
    /// What is resampled.
    pub draw: Draw,
    /// Number of replicates.
    pub replicates: u32,
    /// Seed.
    pub seed: u64,
}

impl std::ops::AddAssign for Tied {
    fn add_assign(&mut self, other: Self) {
        let Self {
            weight,
            credit,
            square,
        } = other;
        self.weight += weight;
        self.credit += credit;
        self.square += square;
    }
}

impl Tied {
    /// Rows of weight 1, wrong and right.
    #[must_use]
    pub fn rows([wrong, right]: [u64; 2]) -> Self {
        Self {
            weight: (wrong + right) as f64,
            credit: right as f64,
            square: right as f64,
        }
    }
}

impl Draw {
    /// Independent units: rows, or clusters.
    #[must_use]
    pub fn units(&self) -> u64 {
        match self {
            Self::Rows(rows) => count(rows),
            Self::Clusters { clusters, single } => clusters.len() as u64 + count(single),
        }
    }

    /// Steps that one replicate takes.
    #[must_use]
    pub fn steps(&self) -> u64 {
        match self {
            Self::Rows(rows) => count(rows).min(2 * BINOMIAL_COST * rows.len() as u64),
            Self::Clusters { clusters, single } => {
                let keyed: usize = clusters.iter().map(|cluster| 1 + cluster.len()).sum();
                keyed as u64 + count(single)
            }
        }
    }
}

fn count(rows: &[[u64; 2]]) -> u64 {
    rows.iter().flatten().sum()
}

/// What one draw of a unit may bring: rows of a cell, or a cluster.
#[derive(Clone, Copy)]
enum Unit<'a> {
    Row(usize, f64),
    Cluster(&'a [(usize, Tied)]),
}

impl Unit<'_> {
    fn add_to(self, cells: &mut [Tied]) {
        match self {
            Self::Row(at, credit) => {
                let row = Tied {
                    weight: 1.0,
                    credit,
                    square: credit,
                };
                add(cells, at, row);
            }
            Self::Cluster(rows) => rows.iter().for_each(|&(at, tied)| add(cells, at, tied)),
        }
    }
}

fn add(cells: &mut [Tied], at: usize, tied: Tied) {
    if let Some(cell) = cells.get_mut(at) {
        *cell += tied;
    }
}

impl Design {
    /// The statistics of every replicate, in order; `None` where one is undefined.
    pub fn run<F>(&self, statistics: F) -> Vec<Vec<Option<f64>>>
    where
        F: Fn(&[Tied]) -> Vec<Option<f64>> + Sync,
    {
        let units = self.units();
        (0..u64::from(self.replicates))
            .into_par_iter()
            .map_init(
                || vec![Tied::default(); self.cells],
                |cells, index| {
                    cells.fill(Tied::default());
                    let mut rng = Rng::stream(self.seed, index);
                    match &units {
                        Some(units) => draw_units(units, cells, &mut rng),
                        None => self.draw_multinomial(cells, &mut rng),
                    }
                    statistics(cells)
                },
            )
            .collect()
    }

    /// Every unit, where drawing them one by one is the cheaper way.
    fn units(&self) -> Option<Vec<Unit<'_>>> {
        let rows = |rows: &[[u64; 2]]| {
            let mut units = Vec::new();
            for (at, classes) in rows.iter().enumerate() {
                for (&n, credit) in classes.iter().zip([0.0, 1.0]) {
                    units.extend((0..n).map(|_| Unit::Row(at, credit)));
                }
            }
            units
        };
        match &self.draw {
            Draw::Rows(cells) => (count(cells) <= self.draw.steps()).then(|| rows(cells)),
            Draw::Clusters { clusters, single } => {
                let mut units = rows(single);
                units.extend(clusters.iter().map(|cluster| Unit::Cluster(cluster)));
                Some(units)
            }
        }
    }

    fn draw_multinomial(&self, cells: &mut [Tied], rng: &mut Rng) {
        let Draw::Rows(rows) = &self.draw else { return };
        let mut ahead = count(rows);
        let mut left = ahead;
        for (cell, classes) in cells.iter_mut().zip(rows) {
            let drawn = classes.map(|n| {
                let n_drawn = match ahead {
                    // The last class takes what is left, whatever rounding says.
                    _ if n == ahead => left,
                    _ => Binomial::new(left, n as f64 / ahead as f64).draw(rng),
                };
                ahead -= n;
                left -= n_drawn;
                n_drawn
            });
            *cell = Tied::rows(drawn);
        }
    }
}

fn draw_units(units: &[Unit], cells: &mut [Tied], rng: &mut Rng) {
    for _ in units {
        if let Some(unit) = units.get(rng.below(units.len())) {
            unit.add_to(cells);
        }
    }
}

/// The acceleration of a statistic, `Σ d³ / (6 (Σ d²)^1.5)`, from the influence u of every unit, given as (number of such
/// units, u); d = u − ū.
///
/// ```
/// use calib::inference::bootstrap::acceleration;
/// assert_eq!(acceleration(&[(2, 0.0), (1, 3.0)]), Some(6.0 / (6.0 * 6f64.powf(1.5))));
/// assert_eq!(acceleration(&[(5, 1.0)]), None);
/// ```
#[must_use]
pub fn acceleration(influences: &[(u64, f64)]) -> Option<f64> {
    let units: u64 = influences.iter().map(|(count, _)| count).sum();
    let power = |centre: f64, exponent: i32| {
        let term = |(count, u): &(u64, f64)| *count as f64 * (u - centre).powi(exponent);
        sum(influences.iter().map(term))
    };
    let mean = power(0.0, 1) / units as f64;
    let squares = power(mean, 2);
    (squares > 0.0).then(|| power(mean, 3) / (6.0 * squares.powf(1.5)))
}

/// The BCa interval of a statistic seen as `seen`, from its replicates and its acceleration.
///
/// `z₀ = Φ⁻¹((#< + ½ #=) / B)`; the ends are the quantiles of the replicates at
/// `Φ(z₀ + (z₀ + z) / (1 − a (z₀ + z)))` for both `z` of the level.
#[must_use]
pub fn bca(draws: &[Option<f64>], seen: f64, acceleration: f64, level: f64) -> Interval {
    let method = format!("BCa, B = {}", draws.len());
    let mut sorted: Vec<f64> = draws.iter().flatten().copied().collect();
    if sorted.len() as f64 <= (1.0 - UNDEFINED) * draws.len() as f64 {
        return Interval::missing(method, "too few right or wrong answers to resample");
    }
    sorted.sort_by(f64::total_cmp);
    // Equal statistics may differ in the last bits, and must count as equal.
    let slack = 1e-12 * seen.abs().max(1.0);
    let below = sorted.partition_point(|draw| *draw < seen - slack);
    let equal = sorted.partition_point(|draw| *draw <= seen + slack) - below;
    if equal == sorted.len() {
        return Interval::missing(method, "all resamples are equal");
    }
    let bias = quantile::normal((below as f64 + equal as f64 / 2.0) / sorted.len() as f64);
    if !bias.is_finite() {
        return Interval::missing(method, "the value lies outside its resamples");
    }
    let end = |p: f64| {
        let z = bias + quantile::normal(p);
        let stretch = 1.0 - acceleration * z;
        let adjusted = quantile::normal_cdf(bias + z / stretch);
        quantile::sample(&sorted, adjusted).filter(|_| stretch > 0.0)
    };
    let bounds = end(0.5 - level / 2.0).zip(end(0.5 + level / 2.0));
    Interval {
        bounds,
        reason: bounds.is_none().then_some("too skewed to correct"),
        method,
        ..Interval::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean and variance of the right rows of the first cell.
    fn moments(draw: Draw) -> [f64; 2] {
        let design = Design {
            cells: 2,
            draw,
            replicates: 20_000,
            seed: 5,
        };
        let draws = design.run(|cells| vec![Some(cells[0].credit), Some(cells[1].weight)]);
        let of = |at: usize| draws.iter().map(move |draw| draw[at].unwrap());
        let n = draws.len() as f64;
        let mean = of(0).sum::<f64>() / n;
        [mean, of(0).map(|x| (x - mean).powi(2)).sum::<f64>() / n]
    }

    #[test]
    fn rows_counts_and_clusters_are_drawn_alike() {
        let few = [[10, 30], [20, 4]];
        let many = few.map(|row| row.map(|n| 100 * n)).to_vec();
        let clusters = few.iter().enumerate().flat_map(|(at, &[wrong, right])| {
            let one = move |row| vec![(at, Tied::rows(row))];
            let wrong = (0..wrong).map(move |_| one([1, 0]));
            wrong.chain((0..right).map(move |_| one([0, 1])))
        });
        let clusters = Draw::Clusters {
            clusters: clusters.collect(),
            single: vec![[0; 2]; 2],
        };
        assert!(
            count(&many) > Draw::Rows(many.clone()).steps(),
            "drawn as counts"
        );
        // 30 of 64 rows, in a sample of 64.
        let variance = 30.0 * 34.0 / 64.0;
        for (draw, scale) in [
            (Draw::Rows(few.to_vec()), 1.0),
            (clusters, 1.0),
            (Draw::Rows(many), 100.0),
        ] {
            let [mean, spread] = moments(draw);
            assert!((mean / (30.0 * scale) - 1.0).abs() < 0.01, "{mean}");
            assert!((spread / (variance * scale) - 1.0).abs() < 0.05, "{spread}");
        }
    }

    #[test]
    fn degenerate_resamples_give_a_reason() {
        let equal = vec![Some(0.5); 999];
        let reason = |draws: &[Option<f64>], seen| bca(draws, seen, 0.0, 0.95).reason;
        assert_eq!(reason(&equal, 0.5), Some("all resamples are equal"));
        let outside = reason(&[Some(0.1), Some(0.2)], 0.5);
        assert_eq!(outside, Some("the value lies outside its resamples"));
        let undefined = reason(&[Some(0.1), None], 0.1);
        assert_eq!(
            undefined,
            Some("too few right or wrong answers to resample")
        );
    }

    #[test]
    fn without_bias_and_skew_the_interval_is_that_of_percentiles() {
        let draws: Vec<Option<f64>> = (0..=1_000).map(|at| Some(f64::from(at))).collect();
        let (low, high) = bca(&draws, 500.0, 0.0, 0.95).bounds.unwrap();
        assert!(
            (low - 25.0).abs() < 1e-6 && (high - 975.0).abs() < 1e-6,
            "{low} {high}"
        );
    }
}
