//! Thresholds on the recalibrated confidence: from what on an answer is given.
//!
//! [`Answers::promise`] bounds the error of what is answered without any assumption on the model: answers are taken in order of
//! confidence, and as long as Clopper and Pearson's upper bound on their error stays within the limit, the next are
//! taken too. Each step is tested only after all before it passed, so no correction is needed: the chance that the risk
//! of what is answered lies above the limit is at most δ. Bauer (1991), Statistics in Medicine 10, 871–890 (fixed
//! sequences); Angelopoulos et al. (2021), arXiv 2110.01052 (learn then test). No fewer answers than `ln δ / ln(1 − R)` can
//! show a risk of R, so the sequence starts with the first that are as many.
//!
//! It holds for answers that come as these did. Where a cluster has several rows, one of them is drawn, and the promise
//! is about a row of a new cluster.

use std::collections::BTreeMap;

use super::crossfit::{Folds, Held};
use crate::inference::clopper_pearson;
use crate::inference::sample::Sample;
use crate::maths::rng::Rng;
use crate::maths::sums::sum;

/// What the draws of one row a cluster are keyed by, beside the seed.
const ONE_A_CLUSTER: u64 = 0x1077_e57a_b1e5_eed5;

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
    /// Answers behind the bound, one a cluster.
    pub rows: u64,
    /// Why there is no threshold, or no bound.
    pub reason: Option<String>,
}

/// The answers of a log with what a curve gives them.
#[derive(Clone, Debug)]
pub struct Answers<'f> {
    folds: &'f Folds,
    predicted: &'f [f64],
    /// From the highest stated confidence down.
    blocks: Result<Vec<Block>, &'static str>,
}

/// The answers at one stated confidence.
#[derive(Clone, Copy, Debug)]
struct Block {
    /// The lowest prediction in this block or above.
    least: f64,
    /// The highest prediction below this block.
    below: f64,
    /// Answers in this block and above, one a cluster.
    answers: u64,
    /// Wrong ones among them.
    wrong: u64,
}

impl<'f> Answers<'f> {
    /// The rows of some folds, with the prediction for each; `ordered` says whether the curve keeps the order of
    /// confidences everywhere.
    #[must_use]
    pub fn new(folds: &'f Folds, predicted: &'f [f64], ordered: bool, seed: u64) -> Self {
        let blocks = match ordered {
            true => blocks(folds, predicted, seed),
            false => Err("a bound needs one curve that keeps the order of confidences"),
        };
        Self {
            folds,
            predicted,
            blocks,
        }
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
        let there = blocks.last().map_or(0, |block| block.answers);
        let needed = least_answers(risk, confidence);
        if (there as f64) < needed {
            let reason = format!(
                "too few answers: {there}, where {needed} without any error are the fewest that can show it"
            );
            return none(there, reason);
        }
        let tested = blocks
            .iter()
            .skip_while(|block| (block.answers as f64) < needed);
        let passed =
            tested.take_while(|block| upper(block, confidence).is_some_and(|bound| bound <= risk));
        // A curve may give answers on both sides of a step the same value; a threshold cannot part them.
        let parted = passed.filter(|block| block.below < block.least);
        match parted.last() {
            Some(block) => self.from(block.least, Some((block, confidence))),
            None => none(
                there,
                "no threshold keeps the risk with this confidence".to_owned(),
            ),
        }
    }

    /// The highest threshold from which at least this share is answered.
    #[must_use]
    pub fn cover(&self, share: f64, confidence: f64) -> Answered {
        let mut order: Vec<(f64, f64)> =
            self.weighted().map(|(row, p)| (p, row.totals.w)).collect();
        order.sort_by(|one, other| other.0.total_cmp(&one.0));
        let all = sum(order.iter().map(|row| row.1));
        let mut before = 0.0;
        let reached = order.iter().find(|(_, weight)| {
            before += weight;
            before >= share * all * (1.0 - 1e-12)
        });
        match reached {
            Some((threshold, _)) => self.bounded(*threshold, confidence),
            None => self.from(0.0, None),
        }
    }

    /// What is answered from a threshold on that does not depend on whether answers are right.
    #[must_use]
    pub fn bounded(&self, threshold: f64, confidence: f64) -> Answered {
        let blocks = self.blocks.as_deref().unwrap_or_default();
        let step = blocks
            .iter()
            .find(|block| block.below < threshold && threshold <= block.least);
        let mut answered = self.from(threshold, step.map(|block| (block, confidence)));
        if answered.bound.is_none() && answered.reason.is_none() {
            let reason = self.blocks.as_ref().err().copied();
            answered.reason = Some(reason.unwrap_or("nothing is answered").to_owned());
        }
        answered
    }

    fn from(&self, threshold: f64, step: Option<(&Block, f64)>) -> Answered {
        let all = sum(self.weighted().map(|(row, _)| row.totals.w));
        let kept = || self.weighted().filter(|(_, p)| *p >= threshold);
        let weight = sum(kept().map(|(row, _)| row.totals.w));
        let credit = sum(kept().map(|(row, _)| row.totals.wy));
        Answered {
            threshold: Some(threshold),
            coverage: Some(weight / all),
            observed: (weight > 0.0).then(|| (1.0 - credit / weight).max(0.0)),
            bound: step.and_then(|(block, confidence)| upper(block, confidence)),
            rows: step.map_or(0, |(block, _)| block.answers),
            reason: None,
        }
    }

    fn weighted(&self) -> impl Iterator<Item = (&Held, f64)> {
        self.folds.rows().iter().zip(self.predicted.iter().copied())
    }
}

/// The fewest answers that can show a risk of at most `risk`: `⌈ln δ / ln(1 − risk)⌉` without any error.
///
/// ```
/// assert_eq!(calib::recalibrate::threshold::least_answers(0.05, 0.95), 59.0);
/// ```
#[must_use]
pub fn least_answers(risk: f64, confidence: f64) -> f64 {
    let exact = (1.0 - confidence).ln() / (-risk).ln_1p();
    // A quotient that is whole up to rounding is that number.
    (exact - 1e-9).ceil().max(1.0)
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

/// Clopper and Pearson's upper bound on the risk.
fn upper(block: &Block, confidence: f64) -> Option<f64> {
    let two_sided = 2.0 * confidence - 1.0;
    let bounds = clopper_pearson::interval(block.wrong as f64, block.answers as f64, two_sided);
    bounds.map(|(_, high)| high)
}

/// Answers from the highest stated confidence down, one a cluster.
fn blocks(folds: &Folds, predicted: &[f64], seed: u64) -> Result<Vec<Block>, &'static str> {
    let rows = folds.rows();
    if !rows.iter().all(|row| row.totals.is_plain()) {
        return Err("weights or graded credit, where an exact bound needs rows right or wrong");
    }
    let units = units(folds, seed);
    let mut steps: Vec<(f64, f64, Block)> = Vec::new();
    let placed = rows.iter().zip(predicted).zip(units).rev();
    for ((row, p), (answers, wrong)) in placed {
        match steps.last_mut() {
            Some((confidence, _, block)) if *confidence == row.confidence => {
                block.answers += answers;
                block.wrong += wrong;
            }
            last => {
                let mut block = last.map_or(
                    Block {
                        least: f64::INFINITY,
                        below: 0.0,
                        answers: 0,
                        wrong: 0,
                    },
                    |(_, _, block)| *block,
                );
                block.least = block.least.min(*p);
                block.answers += answers;
                block.wrong += wrong;
                steps.push((row.confidence, *p, block));
            }
        }
    }
    let mut below = f64::NEG_INFINITY;
    for (_, p, block) in steps.iter_mut().rev() {
        block.below = below;
        below = below.max(*p);
    }
    Ok(steps.into_iter().map(|(_, _, block)| block).collect())
}

/// For each of the folds' rows, how many answers it stands for and how many of them are wrong: all of its own, or where
/// clusters repeat one drawn from each cluster.
fn units(folds: &Folds, seed: u64) -> Vec<(u64, u64)> {
    let rows = folds.rows();
    let mut clusters: BTreeMap<u64, Vec<usize>> = BTreeMap::new();
    let mut units: Vec<(u64, u64)> = Vec::with_capacity(rows.len());
    for (at, row) in rows.iter().enumerate() {
        match row.cluster {
            Some(cluster) if folds.clustered() => {
                clusters.entry(cluster).or_default().push(at);
                units.push((0, 0));
            }
            _ => units.push((row.totals.rows, row.totals.wrong)),
        }
    }
    for (cluster, places) in clusters {
        let count: u64 = places.iter().map(|at| rows[*at].totals.rows).sum();
        let mut left = Rng::stream(seed ^ ONE_A_CLUSTER, cluster).below(count as usize) as u64;
        for at in places {
            let totals = rows[at].totals;
            if left < totals.rows {
                units[at] = (1, u64::from(totals.wrong > 0));
                break;
            }
            left -= totals.rows;
        }
    }
    units
}
