//! One item: the rows of one prompt or cluster in sums, small enough to keep 65,536 of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Conduct, Partial, log_score};
use crate::maths::fixed::Fixed;
use crate::record::{Abstained, Record};

/// Sums over the graded answers of one item, in fixed point; their weights are those of the conduct.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Sums {
    credit: Fixed,
    confidence: Fixed,
    gap: Fixed,
    square: Fixed,
    log: Fixed,
}

/// Sums over the graded answers of one item as numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct ItemSums {
    /// Σ w over graded answers, with or without confidence.
    pub graded: f64,
    /// Σ w·y over graded answers, with or without confidence.
    pub credit: f64,
    /// Σ w over graded answers with a confidence.
    pub weight: f64,
    /// Σ w·c.
    pub confidence: f64,
    /// Σ w·(c − y).
    pub gap: f64,
    /// Σ w·(c − y)².
    pub square: f64,
    /// Σ w·log score, clipped as [`log_score`] does.
    pub log: f64,
}

/// One item, or when folded one random group of whole items.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    rows: u64,
    answered: Sums,
    partial: Option<Box<Sums>>,
    /// Rows of weight 1 by conduct, sorted: the code of the conduct in the first byte, their number in the others.
    plain: Vec<u64>,
    /// Weight of the other rows by conduct.
    weighted: BTreeMap<Conduct, Fixed>,
}

/// Bits of a plain count below the code of its conduct.
const COUNT_BITS: u32 = 56;

impl Item {
    pub(super) fn add(&mut self, record: &Record) {
        self.rows += 1;
        let conduct = Conduct::from(record);
        if record.weight == 1.0 {
            self.add_plain(u64::from(conduct.code()) << COUNT_BITS | 1);
        } else {
            *self.weighted.entry(conduct).or_default() += Fixed::from(record.weight);
        }
        match record.abstained {
            Abstained::No => self.answered.add(record),
            Abstained::Partial => self.partial.get_or_insert_default().add(record),
            Abstained::Full => {}
        }
    }

    pub(super) fn merge(&mut self, other: Self) {
        let Self {
            rows,
            answered,
            partial,
            plain,
            weighted,
        } = other;
        self.rows += rows;
        self.answered.merge(&answered);
        if let Some(theirs) = partial {
            self.partial.get_or_insert_default().merge(&theirs);
        }
        for count in plain {
            self.add_plain(count);
        }
        for (conduct, weight) in weighted {
            *self.weighted.entry(conduct).or_default() += weight;
        }
    }

    fn add_plain(&mut self, count: u64) {
        match self
            .plain
            .binary_search_by_key(&(count >> COUNT_BITS), |known| known >> COUNT_BITS)
        {
            Ok(at) => self.plain[at] += count & mask_low(COUNT_BITS),
            Err(at) => {
                self.plain.reserve_exact(1);
                self.plain.insert(at, count);
            }
        }
    }

    /// Rows of the item.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.rows
    }

    /// Σ w over the rows whose conduct satisfies `wanted`.
    pub fn weight(&self, wanted: impl Fn(&Conduct) -> bool) -> f64 {
        let mut sum = Fixed::default();
        for count in &self.plain {
            if wanted(&Conduct::of_code(count >> COUNT_BITS)) {
                sum += Fixed::from(count & mask_low(COUNT_BITS));
            }
        }
        for (conduct, weight) in &self.weighted {
            if wanted(conduct) {
                sum += *weight;
            }
        }
        sum.to_f64()
    }

    /// Rows whose conduct satisfies `wanted`; those with a weight of their own count by their weight, rounded.
    pub(super) fn rows_of(&self, wanted: impl Fn(&Conduct) -> bool) -> u64 {
        self.weight(wanted).round() as u64
    }

    /// Sums over the graded answers, partial refusals counted as `partial` says.
    #[must_use]
    pub fn sums(&self, partial: Partial) -> ItemSums {
        let mut sums = self.answered.clone();
        if let (Partial::Answer, Some(theirs)) = (partial, &self.partial) {
            sums.merge(theirs);
        }
        let graded = |conduct: &Conduct| conduct.graded && !partial.abstains(conduct.abstained);
        ItemSums {
            graded: self.weight(graded),
            credit: sums.credit.to_f64(),
            weight: self.weight(|conduct| graded(conduct) && conduct.confident),
            confidence: sums.confidence.to_f64(),
            gap: sums.gap.to_f64(),
            square: sums.square.to_f64(),
            log: sums.log.to_f64(),
        }
    }
}

/// The low bits.
fn mask_low(bits: u32) -> u64 {
    (1 << bits) - 1
}

impl Sums {
    fn add(&mut self, record: &Record) {
        let w = record.weight;
        let Some(y) = record.credit else { return };
        self.credit += Fixed::from(w * y);
        let Some(confidence) = record.confidence else {
            return;
        };
        let gap = confidence.get() - y;
        self.confidence += Fixed::from(w * confidence.get());
        self.gap += Fixed::from(w * gap);
        self.square += Fixed::from(w * gap * gap);
        self.log += Fixed::from(w * log_score(confidence.get(), y));
    }

    fn merge(&mut self, other: &Self) {
        let Self {
            credit,
            confidence,
            gap,
            square,
            log,
        } = other;
        self.credit += *credit;
        self.confidence += *confidence;
        self.gap += *gap;
        self.square += *square;
        self.log += *log;
    }
}
