//! One item: the rows of one prompt or cluster in sums, small enough to keep 65,536 of them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::lean::Lean;
use super::plain::Plain;
use super::sound::{MOST_ROWS, Sound, WEIGHTS, ensure};
use super::{Conduct, DetailKey, Partial, log_score};
use crate::maths::fixed::Fixed;
use crate::record::{Abstained, Confidence};

/// Sums over the graded answers of one item, in fixed point; their weights are those of the conduct.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Sums {
    credit: Fixed,
    confidence: Fixed,
    gap: Fixed,
    square: Fixed,
    log: Fixed,
}

/// What a row adds to the sums of whatever item it belongs to.
impl From<&Lean> for Sums {
    #[inline]
    fn from(row: &Lean) -> Self {
        // Of what was declined nothing is summed.
        let answered = row.conduct.abstained != Abstained::Full;
        let Some(credit) = row.credit().filter(|_| answered) else {
            return Self::default();
        };
        let confident = row.confidence();
        let sums = confident.map(|confidence| Self::of(confidence, credit, row.weight));
        Self {
            credit: Fixed::from(row.weight * credit),
            ..sums.unwrap_or_default()
        }
    }
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
    /// Rows of weight 1 by conduct.
    plain: Plain,
    /// Weight of the other rows by conduct.
    weighted: BTreeMap<Conduct, Fixed>,
}

/// No log score of a clipped confidence reaches this.
const WORST_LOG_SCORE: u64 = 14;

impl Item {
    /// The item of so many rows of weight 1 by conduct, none of them declined in part, and the sums of those answered.
    pub(super) fn of_plain(plain: Plain, answered: Sums) -> Self {
        Self {
            rows: plain.rows().unwrap_or_default(),
            answered,
            plain,
            ..Self::default()
        }
    }

    /// Counts a row and adds its sums.
    pub(super) fn add(&mut self, row: &Lean, sums: &Sums) {
        self.rows += 1;
        if row.weight == 1.0 {
            self.plain.add(row.code());
        } else {
            *self.weighted.entry(row.conduct).or_default() += Fixed::from(row.weight);
        }
        match row.conduct.abstained {
            Abstained::No => self.answered.merge(sums),
            Abstained::Partial => self.partial.get_or_insert_default().merge(sums),
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
        self.plain.merge(&plain);
        for (conduct, weight) in weighted {
            *self.weighted.entry(conduct).or_default() += weight;
        }
    }

    /// Empties the sums that confidences enter.
    pub(super) fn forget_confidences(&mut self) {
        let partial = self.partial.as_deref_mut();
        for sums in std::iter::once(&mut self.answered).chain(partial) {
            let credit = sums.credit;
            *sums = Sums {
                credit,
                ..Sums::default()
            };
        }
    }

    /// Adds so many equal answers to the sums that confidences enter.
    pub(super) fn add_confidence(&mut self, row: &DetailKey, count: u64) {
        let sums = match row.partial {
            true => self.partial.get_or_insert_default(),
            false => &mut self.answered,
        };
        let one = Sums::of(row.confidence, row.credit(), row.weight());
        sums.confidence += one.confidence.times(count);
        sums.gap += one.gap.times(count);
        sums.square += one.square.times(count);
        sums.log += one.log.times(count);
    }

    /// Checks that rows can add up to this.
    pub(super) fn check(&self) -> Sound {
        ensure((1..=MOST_ROWS).contains(&self.rows), "an item without rows")?;
        let others = self
            .plain
            .rows()
            .and_then(|plain| self.rows.checked_sub(plain));
        let kinds = self.weighted.len() as u64;
        ensure(
            self.plain.is_sound()
                && others.is_some_and(|others| (kinds > 0) == (others > 0) && kinds <= others),
            "an item with other rows than its own",
        )?;
        let bounds = WEIGHTS.map(Fixed::from);
        let most = bounds[1].times(others.unwrap_or_default());
        let weights = self.weighted.values();
        ensure(
            weights
                .clone()
                .all(|weight| (bounds[0]..=most).contains(weight)),
            "an item with weights out of bounds",
        )?;
        let mut classes = BTreeMap::new();
        self.add_weights(&mut classes);
        let partly = |(conduct, _): (&Conduct, _)| conduct.abstained == Abstained::Partial;
        ensure(
            classes.iter().any(partly) == self.partial.is_some(),
            "an item with sums of no rows",
        )?;
        self.answered.check(&classes, Abstained::No)?;
        let partial = self.partial.as_ref();
        partial.map_or(Ok(()), |sums| sums.check(&classes, Abstained::Partial))
    }

    /// Adds the weight of each class of its rows.
    pub(super) fn add_weights(&self, weights: &mut BTreeMap<Conduct, Fixed>) {
        for (conduct, rows) in self.plain.iter() {
            *weights.entry(conduct).or_default() += Fixed::from(rows);
        }
        for (conduct, weight) in &self.weighted {
            *weights.entry(*conduct).or_default() += *weight;
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
        for (conduct, rows) in self.plain.iter() {
            if wanted(&conduct) {
                sum += Fixed::from(rows);
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

impl Sums {
    /// Sums that confidences enter.
    pub(super) const OF_CONFIDENCE: usize = 4;

    /// The sum of credit, and those that confidences enter.
    pub(super) fn of_terms(credit: Fixed, terms: [Fixed; Self::OF_CONFIDENCE]) -> Self {
        let [confidence, gap, square, log] = terms;
        Self {
            credit,
            confidence,
            gap,
            square,
            log,
        }
    }

    /// Those that confidences enter.
    #[inline]
    pub(super) fn of_confidence(&self) -> [Fixed; Self::OF_CONFIDENCE] {
        [self.confidence, self.gap, self.square, self.log]
    }

    /// Checks that graded answers of these weights can add up to this.
    fn check(&self, weights: &BTreeMap<Conduct, Fixed>, state: Abstained) -> Sound {
        let (mut graded, mut confident) = (Fixed::default(), Fixed::default());
        for (conduct, weight) in weights {
            if conduct.abstained == state && conduct.graded {
                graded += *weight;
                if conduct.confident {
                    confident += *weight;
                }
            }
        }
        let within = |sum: Fixed, most: Fixed| (Fixed::default()..=most).contains(&sum);
        ensure(
            within(self.credit, graded)
                && within(self.confidence, confident)
                && within(self.gap.magnitude(), confident)
                && within(self.square, confident)
                && within(self.log, confident.times(WORST_LOG_SCORE)),
            "an item with sums out of bounds",
        )
    }

    /// What one confidence adds.
    fn of(confidence: Confidence, y: f64, w: f64) -> Self {
        let gap = confidence.get() - y;
        Self {
            credit: Fixed::default(),
            confidence: Fixed::from(w * confidence.get()),
            gap: Fixed::from(w * gap),
            square: Fixed::from(w * gap * gap),
            log: Fixed::from(w * log_score(confidence.get(), y)),
        }
    }

    pub(super) fn merge(&mut self, other: &Self) {
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
