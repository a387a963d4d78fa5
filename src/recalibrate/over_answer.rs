//! A threshold that bounds over-answering: of the prompts that should be declined, at most a share is still answered.
//!
//! A row that was declined, or has no confidence, is not answered by any threshold. So the share among the rows that
//! should be declined only grows as the threshold falls, and a fixed sequence of tests in order of confidence
//! ([`sequence`](super::sequence)) finds the lowest threshold that keeps it, whatever the model. Where a cluster has several such
//! rows, one of them is drawn, and the promise is about a row of a new cluster.

use std::collections::BTreeMap;

use super::curve::Curve;
use super::sequence::{Block, blocks, furthest, least_rows};
use super::threshold::{Answered, UNORDERED, one_of};
use crate::evidence::{Evidence, LabelledRow, Partial};
use crate::maths::sums::sum;
use crate::record::Confidence;

/// Rows of a log that say whether their prompt should be declined.
#[derive(Clone, Debug)]
pub struct Prompts {
    /// By stated confidence.
    at: BTreeMap<Confidence, Answering>,
    /// Rows that should be declined, one a cluster; with those that no threshold answers.
    declinable: u64,
    /// Σ w of the rows that should be answered; with those that no threshold answers.
    answerable: f64,
    /// Whether every row that should be declined weighs 1.
    plain: bool,
}

/// The rows at one stated confidence.
#[derive(Clone, Copy, Debug, Default)]
struct Answering {
    /// Rows that should be declined, one a cluster.
    declinable: u64,
    /// Σ w of the rows that should be answered.
    answerable: f64,
}

impl Prompts {
    /// The labelled rows of some evidence.
    ///
    /// # Errors
    /// Why they cannot be looked at.
    pub fn of(evidence: &Evidence, partial: Partial, seed: u64) -> Result<Self, &'static str> {
        let labelled = evidence.labelled();
        let sampled = !labelled.kept().is_whole();
        let single = labelled.single().ok_or(
            "the state was saved by an older calib, and holds no confidences of answers that nobody graded",
        )?;
        if sampled && !single.is_empty() {
            return Err("too many rows with an identity to weigh them against those without");
        }
        let mut prompts = Self {
            at: BTreeMap::new(),
            declinable: 0,
            answerable: 0.0,
            plain: true,
        };
        let mut clusters: BTreeMap<u64, Vec<(LabelledRow, u64)>> = BTreeMap::new();
        for (one, count) in labelled.kept().iter() {
            match one.row.should_abstain {
                true => clusters.entry(one.item).or_default().push((one.row, count)),
                false => prompts.add(&one.row, count, partial),
            }
        }
        for (row, count) in single {
            prompts.add(row, *count, partial);
        }
        for (cluster, rows) in clusters {
            prompts.plain &= rows.iter().all(|(row, _)| row.weight() == 1.0);
            let drawn = one_of(cluster, seed, rows.iter().map(|(_, count)| *count));
            if let Some((row, _)) = drawn.and_then(|at| rows.get(at)) {
                prompts.add(row, 1, partial);
            }
        }
        Ok(prompts)
    }

    /// Rows that should be declined, one a cluster.
    #[must_use]
    pub fn declinable(&self) -> u64 {
        self.declinable
    }

    /// Σ w of the rows that should be answered.
    #[must_use]
    pub fn answerable(&self) -> f64 {
        self.answerable
    }

    fn add(&mut self, row: &LabelledRow, count: u64, partial: Partial) {
        let answered = row.confidence.filter(|_| match partial {
            Partial::Abstain => !row.partial,
            Partial::Answer => true,
        });
        let at = answered.map(|confidence| self.at.entry(confidence).or_default());
        if row.should_abstain {
            self.plain &= row.weight() == 1.0;
            self.declinable += count;
            at.into_iter().for_each(|at| at.declinable += count);
        } else {
            let weight = row.weight() * count as f64;
            self.answerable += weight;
            at.into_iter().for_each(|at| at.answerable += weight);
        }
    }

    /// The lowest threshold on what a curve gives from which at most the share `rate` of the prompts that should be
    /// declined is answered, with this confidence; `ordered` says whether the curve keeps the order of confidences.
    ///
    /// In the answer, coverage is of the prompts that should be answered, and what is observed and bounded is the share
    /// answered of those that should not.
    #[must_use]
    pub fn promise(&self, curve: &Curve, ordered: bool, rate: f64, confidence: f64) -> Answered {
        let none = |reason: String| Answered {
            rows: self.declinable,
            reason: Some(reason),
            ..Answered::default()
        };
        if !ordered {
            return none(UNORDERED.to_owned());
        }
        if !self.plain {
            return none(
                "weights, where an exact bound counts rows: --map weight= leaves them out"
                    .to_owned(),
            );
        }
        let needed = least_rows(rate, confidence);
        if (self.declinable as f64) < needed {
            return none(format!(
                "too few rows that should be declined: {}, where {needed} without any answer are the fewest that can show it",
                self.declinable
            ));
        }
        match furthest(&self.blocks(curve), rate, confidence) {
            Some(block) => self.from(curve, block, confidence),
            None => none("no threshold keeps the share with this confidence".to_owned()),
        }
    }

    /// From the highest stated confidence down, the share of answers among all that should be declined.
    fn blocks(&self, curve: &Curve) -> Vec<Block> {
        let falling = self.at.iter().rev();
        let mut blocks = blocks(falling.map(|(stated, at)| {
            let predicted = curve.value(stated.get()).clamp(0.0, 1.0);
            (stated.get(), predicted, 0, at.declinable)
        }));
        for block in &mut blocks {
            block.rows = self.declinable;
        }
        blocks
    }

    fn from(&self, curve: &Curve, block: &Block, confidence: f64) -> Answered {
        let threshold = block.least;
        let answered = |stated: &Confidence| curve.value(stated.get()).clamp(0.0, 1.0) >= threshold;
        let kept = self.at.iter().filter(|(stated, _)| answered(stated));
        let weight = sum(kept.map(|(_, at)| at.answerable));
        Answered {
            threshold: Some(threshold),
            coverage: (self.answerable > 0.0).then(|| weight / self.answerable),
            observed: Some(block.bad as f64 / block.rows as f64),
            bound: block.upper(confidence),
            rows: block.rows,
            reason: None,
        }
    }
}
