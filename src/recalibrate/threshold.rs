//! Thresholds on the recalibrated confidence: from what on an answer is given.
//!
//! [`Answers::promise`] bounds the error of what is answered without any assumption on the model, by a fixed sequence of
//! tests in order of confidence ([`sequence`](super::sequence)). No fewer answers than `ln δ / ln(1 − R)` can show a risk of
//! R, so the sequence starts with the first that are as many.
//!
//! It holds for answers that come as these did. Where a cluster has several rows, one of them is drawn, and the promise
//! is about a row of a new cluster.

use std::collections::BTreeMap;

use super::crossfit::{Folds, Held};
use super::sequence::{Block, blocks, furthest, least_rows};
use crate::inference::sample::Sample;
use crate::maths::rng::Rng;
use crate::maths::sums::sum;

/// What the draws of one row a cluster are keyed by, beside the seed.
const ONE_A_CLUSTER: u64 = 0x1077_e57a_b1e5_eed5;

/// Why a threshold that was not sought for its bound has none.
const UNBOUNDED: &str =
    "no bound: the curve was fitted to these answers, and only --target-risk looks for a bound";

/// Why a promise has no threshold where answers cannot be taken in order.
pub(super) const UNORDERED: &str = "a bound needs one curve that keeps the order of confidences";

/// What is answered from a threshold on, and how wrong that is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answered {
    /// The threshold; none where there is no fitting one.
    pub threshold: Option<f64>,
    /// The share of rows that are answered.
    pub coverage: Option<f64>,
    /// The share of wrong answers among them.
    pub observed: Option<f64>,
    /// Upper bound on the risk, with the confidence that was asked for.
    pub bound: Option<f64>,
    /// Answers behind the bound, one a cluster; without one, all that could be answered.
    pub rows: u64,
    /// Why there is no threshold, or no bound.
    pub reason: Option<String>,
}

/// The answers of a log with what a curve gives them.
#[derive(Clone, Debug)]
pub struct Answers {
    /// In order of stated confidence, each with its prediction.
    rows: Vec<(Held, f64)>,
    /// From the highest stated confidence down, one answer a cluster.
    blocks: Result<Vec<Block>, &'static str>,
}

impl Answers {
    /// The rows of some folds, with the prediction for each; `ordered` says whether the curve keeps the order of
    /// confidences everywhere.
    #[must_use]
    pub fn new(folds: &Folds, predicted: &[f64], ordered: bool, seed: u64) -> Self {
        let rows = folds.rows().iter().cloned().zip(predicted.iter().copied());
        Self::of(rows.collect(), folds.clustered(), ordered, seed)
    }

    /// Rows in order of stated confidence, each with what one curve gives it.
    pub(crate) fn of(rows: Vec<(Held, f64)>, clustered: bool, ordered: bool, seed: u64) -> Self {
        let blocks = match ordered {
            true => steps(&rows, clustered, seed),
            false => Err(UNORDERED),
        };
        Self { rows, blocks }
    }

    /// Answers that promises rest on, one a cluster.
    #[must_use]
    pub fn rows(&self) -> u64 {
        let blocks = self.blocks.as_deref().unwrap_or_default();
        blocks.last().map_or(0, |block| block.rows)
    }

    /// The lowest threshold for which the risk of what is answered is at most `risk`, with this confidence.
    #[must_use]
    pub fn promise(&self, risk: f64, confidence: f64) -> Answered {
        let none = |rows, reason: String| Answered {
            rows,
            reason: Some(reason),
            ..Answered::default()
        };
        let blocks = match &self.blocks {
            Ok(blocks) => blocks,
            Err(reason) => return none(0, (*reason).to_owned()),
        };
        let there = self.rows();
        let needed = least_rows(risk, confidence);
        if (there as f64) < needed {
            let reason = format!(
                "too few answers: {there}, where {needed} without any error are the fewest that can show it"
            );
            return none(there, reason);
        }
        match furthest(blocks, risk, confidence) {
            Some(block) => self.from(block.least, Some((block, confidence))),
            None => none(
                there,
                "no threshold keeps the risk with this confidence".to_owned(),
            ),
        }
    }

    /// The highest threshold from which at least this share is answered.
    #[must_use]
    pub fn cover(&self, share: f64) -> f64 {
        let mut order: Vec<(f64, f64)> = self
            .weighted()
            .map(|(row, p)| (p, row.totals.w()))
            .collect();
        order.sort_by(|one, other| other.0.total_cmp(&one.0));
        let all = sum(order.iter().map(|row| row.1));
        let mut before = 0.0;
        let reached = order.iter().find(|(_, weight)| {
            before += weight;
            before >= share * all * (1.0 - 1e-12)
        });
        reached.map_or(0.0, |(threshold, _)| *threshold)
    }

    /// What is answered from a threshold on, and how wrong out of fold: `unseen` is what curves give each row that were
    /// fitted without it. The curve itself was fitted to these answers, so that no bound on their errors holds.
    #[must_use]
    pub fn observed(&self, threshold: f64, unseen: &[f64]) -> Answered {
        let kept = || {
            self.rows
                .iter()
                .zip(unseen)
                .filter(|(_, p)| **p >= threshold)
        };
        let weight = sum(kept().map(|((row, _), _)| row.totals.w()));
        let credit = sum(kept().map(|((row, _), _)| row.totals.wy()));
        Answered {
            observed: (weight > 0.0).then(|| (1.0 - credit / weight).clamp(0.0, 1.0)),
            rows: self.rows.iter().map(|(row, _)| row.totals.rows()).sum(),
            reason: Some(UNBOUNDED.to_owned()),
            ..self.from(threshold, None)
        }
    }

    fn from(&self, threshold: f64, step: Option<(&Block, f64)>) -> Answered {
        let all = sum(self.weighted().map(|(row, _)| row.totals.w()));
        let kept = || self.weighted().filter(|(_, p)| *p >= threshold);
        let weight = sum(kept().map(|(row, _)| row.totals.w()));
        let credit = sum(kept().map(|(row, _)| row.totals.wy()));
        Answered {
            threshold: Some(threshold),
            coverage: Some(weight / all),
            observed: (weight > 0.0).then(|| (1.0 - credit / weight).max(0.0)),
            bound: step.and_then(|(block, confidence)| block.upper(confidence)),
            rows: step.map_or(0, |(block, _)| block.rows),
            reason: None,
        }
    }

    fn weighted(&self) -> impl Iterator<Item = (&Held, f64)> {
        self.rows.iter().map(|(row, p)| (row, *p))
    }
}

/// The confidence from which an answer is worth its risk, `(λ − k) / (1 + λ)` within 0 to 1, where a right answer earns 1, a
/// wrong one costs λ and an abstention k. Chow (1970), IEEE Transactions on Information Theory 16, 41–46.
///
/// ```
/// use calib::recalibrate::threshold::worthwhile;
/// assert_eq!(worthwhile(9.0, 0.0), 0.9);
/// assert_eq!(worthwhile(1.0, 3.0), 0.0);
/// ```
#[must_use]
pub fn worthwhile(wrong: f64, abstain: f64) -> f64 {
    ((wrong - abstain) / (1.0 + wrong)).clamp(0.0, 1.0)
}

/// The mean gain in utility over answering every row, where a right answer earns 1, a wrong one costs `wrong` and an
/// abstention `abstain`: answers are given from `threshold` on.
#[must_use]
pub fn utility(
    folds: &Folds,
    predicted: &[f64],
    threshold: f64,
    wrong: f64,
    abstain: f64,
) -> Sample {
    folds.sample(predicted.iter().map(|p| match *p >= threshold {
        true => [0.0; 3],
        // −k − (y − λ(1 − y)).
        false => [wrong - abstain, -1.0 - wrong, 0.0],
    }))
}

/// Answers from the highest stated confidence down, one a cluster.
fn steps(rows: &[(Held, f64)], clustered: bool, seed: u64) -> Result<Vec<Block>, &'static str> {
    let weighs_one = |row: &Held| row.totals.w() == row.totals.rows() as f64;
    if !rows.iter().all(|(row, _)| weighs_one(row)) {
        return Err("weights, where an exact bound counts rows: --map weight= leaves them out");
    }
    if !rows.iter().all(|(row, _)| row.totals.is_plain()) {
        return Err(
            "graded credit, where an exact bound needs answers that are right or wrong: --map correct=PATH names a column that says so",
        );
    }
    let units = units(rows, clustered, seed);
    let placed = rows.iter().zip(units).rev();
    Ok(blocks(placed.map(|((row, p), (answers, wrong))| {
        (row.confidence, *p, answers, wrong)
    })))
}

/// For each row, how many answers it stands for and how many of them are wrong: all of its own, or where clusters repeat
/// one drawn from each cluster.
fn units(rows: &[(Held, f64)], clustered: bool, seed: u64) -> Vec<(u64, u64)> {
    let mut clusters: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    let mut units: Vec<(u64, u64)> = Vec::with_capacity(rows.len());
    for (at, (row, _)) in rows.iter().enumerate() {
        match row.cluster {
            Some(cluster) if clustered => {
                clusters.entry(cluster).or_default().push(at);
                units.push((0, 0));
            }
            _ => units.push((row.totals.rows(), row.totals.totals().wrong)),
        }
    }
    for (cluster, places) in clusters {
        let counts = places.iter().map(|at| rows[*at].0.totals.rows());
        if let Some(at) = one_of(cluster, seed, counts).and_then(|at| places.get(at).copied()) {
            units[at] = (1, u64::from(rows[at].0.totals.totals().wrong > 0));
        }
    }
    units
}

/// The place of the row that is drawn from a cluster, each place standing for so many rows.
pub(super) fn one_of(
    cluster: u64,
    seed: u64,
    counts: impl Iterator<Item = u64> + Clone,
) -> Option<usize> {
    let rows: u64 = counts.clone().sum();
    if rows == 0 {
        return None;
    }
    let mut left = Rng::stream(seed ^ ONE_A_CLUSTER, cluster).below(rows as usize) as u64;
    counts
        .enumerate()
        .find(|(_, count)| {
            let here = left < *count;
            left = left.saturating_sub(*count);
            here
        })
        .map(|(at, _)| at)
}
