//! Confidences where the log has no abstentions: how well they would tell what to decline, at every threshold.

use std::f64::consts::SQRT_2;

use crate::inference::Interval;
use crate::maths::binomial::Binomial;
use crate::maths::quantile;
use crate::maths::rng::Rng;
use crate::report::Estimate;

/// Slopes of the z-ROC within these leave d′ as it is; outside, it depends on the threshold.
pub const EQUAL: (f64, f64) = (0.8, 1.25);
/// Thresholds, at equal numbers of prompts.
const THRESHOLDS: usize = 40;
/// Fewest thresholds between which a line is drawn.
const LEAST: usize = 3;
/// Rates nearer to 0 or 1 leave their quantile to chance.
const EDGE: f64 = 0.02;
/// Streams of the resamples.
const STREAM: u64 = 1 << 44;

/// Prompts of one cluster: confidence, weight of those to decline, weight of those to answer.
pub type Confidences = Vec<(f64, f64, f64)>;

/// Clusters that say the same.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Alike {
    /// The prompts of each.
    pub prompts: Confidences,
    /// How many there are.
    pub clusters: u64,
}

impl From<Confidences> for Alike {
    /// One cluster.
    fn from(prompts: Confidences) -> Self {
        Self {
            prompts,
            clusters: 1,
        }
    }
}

/// What all thresholds say together.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// Slope of z(h) on z(f): the spread of evidence on prompts to answer over that on prompts to decline.
    pub slope: Estimate,
    /// d_a = √2 a / √(1 + b²) of the line z(h) = a + b z(f): d′ for unequal spreads.
    pub d_a: Estimate,
    /// Chance that a prompt to decline has a lower confidence than one to answer.
    pub auroc: Estimate,
}

/// Slope, d_a and AUROC.
type Figures = [Option<f64>; 3];

/// The sweep over clusters of prompts, with percentile intervals from resampled clusters; `None` when a side is empty.
#[must_use]
pub fn sweep(alike: &[Alike], rows: u64, level: f64, replicates: u32, seed: u64) -> Option<Sweep> {
    let (cells, clusters) = (joined(alike), counts(alike));
    let seen = figures(&cells, &clusters);
    seen[2]?;
    let mut drawn: [Vec<f64>; 3] = Default::default();
    for replicate in 0..u64::from(replicates) {
        let times = resampled(&clusters, &mut Rng::stream(seed, STREAM + replicate));
        for (values, value) in drawn.iter_mut().zip(figures(&cells, &times)) {
            values.extend(value);
        }
    }
    let clusters: u64 = clusters.iter().sum();
    let method = format!("bootstrap of {clusters} clusters, {replicates} resamples");
    let estimate = |at: usize| {
        let Some(value) = seen[at] else {
            return Estimate::undefined(
                rows,
                "too few thresholds with both rates away from 0 and 1",
            );
        };
        let mut values = drawn[at].clone();
        values.sort_by(f64::total_cmp);
        let end = |p: f64| quantile::sample(&values, p);
        let interval = Interval {
            bounds: end(0.5 - level / 2.0).zip(end(0.5 + level / 2.0)),
            method: method.clone(),
            ..Interval::default()
        };
        Estimate::with_interval(value, rows, level, interval)
    };
    Some(Sweep {
        slope: estimate(0),
        d_a: estimate(1),
        auroc: estimate(2),
    })
}

/// A prompt, and which clusters it stands in.
type Cell = (f64, [f64; 2], usize);

/// All prompts by confidence.
fn joined(alike: &[Alike]) -> Vec<Cell> {
    let of = |(at, one): (usize, &Alike)| {
        let prompts = one.prompts.clone().into_iter();
        prompts.map(move |(confidence, decline, answer)| (confidence, [decline, answer], at))
    };
    let mut all: Vec<Cell> = alike.iter().enumerate().flat_map(of).collect();
    all.sort_by(|one, other| one.0.total_cmp(&other.0));
    all
}

fn counts(alike: &[Alike]) -> Vec<u64> {
    alike.iter().map(|one| one.clusters).collect()
}

/// How often clusters are drawn, by those that say the same: as many as there are, with return.
fn resampled(clusters: &[u64], rng: &mut Rng) -> Vec<u64> {
    let mut times = vec![0; clusters.len()];
    let mut left: u64 = clusters.iter().sum();
    let (mut among, mut single) = (left, Vec::new());
    for (at, own) in clusters.iter().enumerate() {
        if *own == 1 {
            single.push(at);
            continue;
        }
        times[at] = Binomial::new(left, *own as f64 / among as f64).draw(rng);
        left -= times[at];
        among -= own;
    }
    if !single.is_empty() {
        for _ in 0..left {
            times[single[rng.below(single.len())]] += 1;
        }
    }
    times
}

/// Weights to decline and to answer of some prompts, their clusters so often.
fn weights(cells: &[Cell], times: &[u64]) -> (f64, f64) {
    cells.iter().fold((0.0, 0.0), |(a, b), (_, own, at)| {
        let times = times.get(*at).map_or(0.0, |times| *times as f64);
        (a + times * own[0], b + times * own[1])
    })
}

fn figures(sorted: &[Cell], times: &[u64]) -> Figures {
    let (decline, answer) = weights(sorted, times);
    if decline <= 0.0 || answer <= 0.0 {
        return [None; 3];
    }
    let (mut h, mut f, mut area) = (0.0, 0.0, 0.0);
    let mut points = Vec::new();
    let mut next = 0.0;
    for level in sorted.chunk_by(|one, other| one.0 == other.0) {
        let (own_h, own_f) = weights(level, times);
        if own_h + own_f <= 0.0 {
            continue;
        }
        // Those to answer above this confidence, and half of those at it.
        area += own_h * (answer - f - own_f / 2.0);
        (h, f) = (h + own_h, f + own_f);
        let passed = (h + f) / (decline + answer);
        let [hit, alarm] =
            [(h, decline), (f, answer)].map(|(part, whole)| (part + 0.5) / (whole + 1.0));
        let inside = |rate: f64| (EDGE..=1.0 - EDGE).contains(&rate);
        if passed >= next && inside(hit) && inside(alarm) {
            points.push((quantile::normal(alarm), quantile::normal(hit)));
            next = passed + 1.0 / THRESHOLDS as f64;
        }
    }
    let [slope, d_a] = match line(&points) {
        Some((a, b)) => [Some(b), Some(SQRT_2 * a / (1.0 + b * b).sqrt())],
        None => [None; 2],
    };
    [slope, d_a, Some(area / (decline * answer))]
}

/// Intercept and slope of the line through points, both of which err: the slope is the ratio of their spreads.
fn line(points: &[(f64, f64)]) -> Option<(f64, f64)> {
    let n = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let spread =
        |of: &dyn Fn(&(f64, f64)) -> f64| points.iter().map(|p| of(p).powi(2)).sum::<f64>();
    let (across, up) = (spread(&|p| p.0 - x), spread(&|p| p.1 - y));
    let slope = (up / across).sqrt();
    (points.len() >= LEAST && slope.is_finite() && across > 0.0).then_some((y - slope * x, slope))
}
