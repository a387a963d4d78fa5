//! Cross-fitting: every answer is judged by a curve that was fitted without it and without its cluster.
//!
//! The fold of a row follows from the hash of its cluster, so rows of one cluster never part. Rows without identity are
//! exchangeable within their confidence, so each falls into a fold by a draw that depends on the seed and that confidence
//! alone; so do the rows of a log too large to keep them with their ids, if no id repeats. Of more than 100,000 distinct
//! confidences each falls into a fold as a whole. Either way folds do not depend on the order of rows, threads or shards.

mod dealing;
mod training;

pub use dealing::Dealer;
pub use training::Trainings;
pub(super) use training::by_confidence;

use std::collections::{BTreeMap, BTreeSet};

use self::dealing::{held, single};
use super::curve::{Curve, Fitting, Method};
use super::graded::Graded;
use crate::evidence::{Compact, Conduct, DetailKey, Evidence, Partial, Totals, log_score};
use crate::inference::sample::{Clusters, Sample, Term};

/// Number of folds.
pub const FOLDS: usize = 10;

/// Equal answers of one cluster: all of them are in one fold.
#[derive(Clone, Debug, PartialEq)]
pub struct Held {
    /// Hash of their cluster; none where each is a cluster of its own.
    pub cluster: Option<u64>,
    /// The fold that holds them.
    pub fold: usize,
    /// Their confidence.
    pub confidence: f64,
    /// Their sums.
    pub totals: Compact,
}

/// The graded answers of a log with a confidence, parted into folds of whole clusters.
#[derive(Clone, Debug)]
pub struct Folds {
    rows: Vec<Held>,
    clustered: bool,
    clusters: u64,
    /// Graded answers of the log, of which these are whole clusters chosen by their hash where they are too many to keep.
    graded: u64,
}

/// A score of probabilities, of which less is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Score {
    /// (p − y)².
    Brier,
    /// −[y ln p + (1 − y) ln(1 − p)], p clipped as the metric is.
    Log,
}

impl Score {
    /// Its coefficients in y.
    fn at(self, p: f64) -> [f64; 3] {
        match self {
            Self::Brier => [p * p, -2.0 * p, 1.0],
            Self::Log => {
                let wrong = log_score(p, 0.0);
                [wrong, log_score(p, 1.0) - wrong, 0.0]
            }
        }
    }
}

impl Folds {
    /// The folds of some evidence.
    ///
    /// # Errors
    /// Why there are none: no answers, a single cluster, or a sample of clusters beside rows without any.
    ///
    /// ```
    /// use calib::{evidence::{Evidence, Partial}, recalibrate::crossfit::Folds, record::{Confidence, Record}};
    /// let mut evidence = Evidence::default();
    /// for id in 0..4 {
    ///     let confidence = Confidence::new(0.9);
    ///     evidence.add(&Record { confidence, credit: Some(1.0), item: Some(id), ..Record::default() });
    /// }
    /// let folds = Folds::of(&evidence, Partial::Abstain, 0).unwrap();
    /// assert_eq!(folds.rows().len(), 4);
    /// ```
    pub fn of(evidence: &Evidence, partial: Partial, seed: u64) -> Result<Self, &'static str> {
        let mut rows = Self::rows_of(evidence, partial, seed, true)?;
        // By confidence, so that one pass sums a training set; the order among equals is that of clusters.
        rows.sort_by(|one, other| one.confidence.total_cmp(&other.confidence));
        let counted = |c: &Conduct| c.graded && c.confident && !partial.abstains(c.abstained);
        Ok(Self {
            graded: evidence.behaviour().total(counted).rows,
            ..Self::new(rows, evidence.items().repeats())?
        })
    }

    /// The folds of some evidence, whatever its size and its names: where no cluster repeats, of its answers one by one,
    /// which makes nothing of their ids; else of all clusters while few enough to keep, else of those with the smallest
    /// hashes.
    ///
    /// # Errors
    /// Why there are none: no answers, or a single cluster.
    pub fn of_any(evidence: &Evidence, partial: Partial, seed: u64) -> Result<Self, &'static str> {
        let mut rows = Vec::new();
        let repeats = evidence.items().repeats();
        if repeats {
            let kept = evidence.items().kept().iter();
            let counted = kept.filter(|(key, _)| !key.partial || partial == Partial::Answer);
            rows.extend(counted.map(|(key, count)| held(key, count, seed)));
            single(&evidence.unkeyed().tally(partial), seed, &mut rows);
        } else {
            single(&evidence.tally(partial), seed, &mut rows);
        }
        rows.sort_by(|one, other| one.confidence.total_cmp(&other.confidence));
        Self::new(rows, repeats)
    }

    /// Rows, in order of confidence, as folds.
    ///
    /// # Errors
    /// Why there are none: no answers, or a single cluster.
    pub fn new(rows: Vec<Held>, clustered: bool) -> Result<Self, &'static str> {
        let Some(first) = rows.first() else {
            return Err("no graded answer with a confidence");
        };
        let alone = match first.cluster {
            Some(_) => rows.iter().all(|row| row.cluster == first.cluster),
            None => rows.iter().map(|row| row.totals.rows()).sum::<u64>() < 2,
        };
        match alone {
            true => Err("one cluster"),
            false => Ok(Self {
                graded: rows.iter().map(|row| row.totals.rows()).sum(),
                clusters: count_clusters(&rows),
                rows,
                clustered,
            }),
        }
    }

    /// The rows of some evidence with their folds; where they are too many to keep and their clusters repeat, those of a
    /// sample of clusters, if `sampled` allows.
    pub(super) fn rows_of(
        evidence: &Evidence,
        partial: Partial,
        seed: u64,
        sampled: bool,
    ) -> Result<Vec<Held>, &'static str> {
        let mut rows = Vec::new();
        let kept = evidence.items().kept();
        let unkeyed = evidence.unkeyed().tally(partial);
        if !kept.is_whole() {
            if !evidence.items().repeats() {
                // Every row is a cluster of its own, so it does not matter which of its cell it is.
                single(&evidence.tally(partial), seed, &mut rows);
                return Ok(rows);
            }
            if !sampled || !unkeyed.is_empty() || kept.is_empty() {
                return Err("too many rows of repeated clusters to keep them apart");
            }
        }
        let counted = |key: &DetailKey| !key.partial || partial == Partial::Answer;
        let keyed = kept.iter().filter(|(key, _)| counted(key));
        rows.extend(keyed.map(|(key, count)| held(key, count, seed)));
        single(&unkeyed, seed, &mut rows);
        Ok(rows)
    }

    /// Graded answers with a confidence in the log: more than in [`Self::rows`] where these are a sample.
    #[must_use]
    pub fn graded(&self) -> u64 {
        self.graded
    }

    /// The answers, in order of confidence.
    #[must_use]
    pub fn rows(&self) -> &[Held] {
        &self.rows
    }

    /// Whether clusters repeat, so that intervals must look at them.
    #[must_use]
    pub fn clustered(&self) -> bool {
        self.clustered
    }

    /// Σ over all rows.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut all = Totals::default();
        for row in &self.rows {
            all += row.totals.totals();
        }
        all
    }

    /// The answers outside a fold, as curves are fitted to them; of all rows where the fold is none.
    #[must_use]
    pub fn training(&self, without: Option<usize>) -> Vec<Graded> {
        let outside = self.rows.iter().filter(|row| Some(row.fold) != without);
        by_confidence(outside)
    }

    /// The answers outside each fold in turn, in less time than one by one.
    #[must_use]
    pub fn trainings(&self) -> Trainings<'_> {
        Trainings::of(self)
    }

    /// For each of [`Self::rows`], the probability that a curve gives which was fitted without its fold.
    ///
    /// # Errors
    /// Why a fold has no curve.
    pub fn out_of_fold(
        &self,
        method: &Method,
        fitting: &Fitting,
    ) -> Result<Vec<f64>, &'static str> {
        let trainings = self.trainings();
        self.predicted(|fold| {
            let curve = (method.fit)(&trainings.without(fold), fitting)?;
            Ok(move |_, confidence| curve.value(confidence).clamp(0.0, 1.0))
        })
    }

    /// For each row, what the curve of its fold gives; `curve` fits that of a fold, and takes a row's place and its
    /// confidence.
    pub(super) fn predicted<F: Fn(usize, f64) -> f64>(
        &self,
        curve: impl Fn(usize) -> Result<F, &'static str>,
    ) -> Result<Vec<f64>, &'static str> {
        let mut predicted = vec![0.0; self.rows.len()];
        for fold in 0..FOLDS {
            if self.rows.iter().all(|row| row.fold != fold) {
                continue;
            }
            let curve = curve(fold)?;
            for (at, (row, p)) in self.rows.iter().zip(&mut predicted).enumerate() {
                if row.fold == fold {
                    *p = curve(at, row.confidence);
                }
            }
        }
        Ok(predicted)
    }

    /// Clusters, of which rows without identity are one each.
    #[must_use]
    pub fn clusters(&self) -> u64 {
        self.clusters
    }

    /// What a curve gives each row.
    #[must_use]
    pub fn predictions(&self, curve: &Curve) -> Vec<f64> {
        let given = |row: &Held| curve.value(row.confidence).clamp(0.0, 1.0);
        self.rows.iter().map(given).collect()
    }

    /// The confidences as stated.
    #[must_use]
    pub fn stated(&self) -> Vec<f64> {
        self.rows.iter().map(|row| row.confidence).collect()
    }

    /// The accuracy of the rows outside the fold of each row: what is known without looking at confidence.
    #[must_use]
    pub fn base_rate(&self) -> Vec<f64> {
        let mut outside = [(0.0, 0.0); FOLDS];
        for row in &self.rows {
            for (fold, (weight, credit)) in outside.iter_mut().enumerate() {
                if fold != row.fold {
                    *weight += row.totals.w();
                    *credit += row.totals.wy();
                }
            }
        }
        let rate = |row: &Held| match outside[row.fold] {
            (weight, credit) if weight > 0.0 => (credit / weight).clamp(0.0, 1.0),
            _ => row.confidence,
        };
        self.rows.iter().map(rate).collect()
    }

    /// The mean of score(worse) − score(better), row by row: above 0 where `better` is. With intervals that are paired
    /// and, where clusters repeat, cluster-robust.
    #[must_use]
    pub fn contrast(&self, score: Score, worse: &[f64], better: &[f64]) -> Sample {
        let difference = |(worse, better): (&f64, &f64)| {
            let (worse, better) = (score.at(*worse), score.at(*better));
            std::array::from_fn(|power| worse[power] - better[power])
        };
        self.sample(worse.iter().zip(better).map(difference))
    }

    /// The mean of (one − other)²: how far probabilities were moved.
    #[must_use]
    pub fn moved(&self, one: &[f64], other: &[f64]) -> Option<f64> {
        let squared = |(one, other): (&f64, &f64)| [(one - other).powi(2), 0.0, 0.0];
        self.sample(one.iter().zip(other).map(squared)).mean()
    }

    /// The mean of a score.
    #[must_use]
    pub fn mean(&self, score: Score, of: &[f64]) -> Sample {
        self.sample(of.iter().map(|p| score.at(*p)))
    }

    /// The mean of p − y.
    #[must_use]
    pub fn gap(&self, of: &[f64]) -> Sample {
        self.sample(of.iter().map(|p| [*p, -1.0, 0.0]))
    }

    /// The mean of scores, one for each row, given by their coefficients in y.
    pub(super) fn sample(&self, scores: impl Iterator<Item = [f64; 3]>) -> Sample {
        let terms: Vec<Term> = scores
            .zip(&self.rows)
            .map(|(score, row)| Term {
                score,
                totals: row.totals.clone(),
            })
            .collect();
        let clusters = self.clustered.then(|| {
            let mut sums: BTreeMap<u64, (f64, f64)> = BTreeMap::new();
            let mut single = Vec::new();
            for (term, row) in terms.iter().zip(&self.rows) {
                match row.cluster {
                    Some(cluster) => {
                        let (moment, weight) = sums.entry(cluster).or_default();
                        *moment += term.sum();
                        *weight += term.totals.w();
                    }
                    None => single.push(term.clone()),
                }
            }
            Clusters {
                sums: sums.into_values().collect(),
                single,
            }
        });
        Sample { terms, clusters }
    }
}

fn count_clusters(rows: &[Held]) -> u64 {
    let named: BTreeSet<u64> = rows.iter().filter_map(|row| row.cluster).collect();
    let single = rows.iter().filter(|row| row.cluster.is_none());
    named.len() as u64 + single.map(|row| row.totals.rows()).sum::<u64>()
}
