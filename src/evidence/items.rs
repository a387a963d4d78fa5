//! Rows by the item (prompt) they belong to, so that intervals know which rows are not independent.
//!
//! A row's cluster enters as a 64-bit hash. Items are kept at the deepest hash prefix with at most `capacity`
//! entries: at full depth each entry is one cluster and all cluster-robust figures are exact; folded, entries are
//! random groups of whole clusters, which serve the same formulas. The prefix depends only on the set of hashes,
//! so merging in any order ends at the same entries.
//!
//! At full depth and within the same capacity the rows themselves are kept too ([`Items::detail`]), for statistics
//! that are not sums: the AUROC of clustered rows and null distributions by sign flips.

use std::collections::BTreeMap;

use super::{Conduct, Partial, log_score};
use crate::maths::fixed::Fixed;
use crate::record::{Abstained, Confidence, Record};

/// Most items kept over all rows of a log.
pub(super) const ALL_CAPACITY: usize = 65_536;
/// Most items kept in a group of `--by`.
pub(super) const GROUP_CAPACITY: usize = 1_024;
/// Bits of a full item hash.
const FULL_DEPTH: u32 = u64::BITS;

/// Sums over the graded answers of one item, in fixed point; their weights are those of the conduct.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
///
/// Small on purpose: a log holds 65,536 of them for each thread that reads it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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

/// A kept row of a cluster: item, confidence, and the bits of credit and weight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DetailKey {
    /// Hash of the cluster.
    pub item: u64,
    /// Confidence of the answer.
    pub confidence: Confidence,
    /// Whether the row is a partial refusal.
    pub partial: bool,
    credit: u64,
    weight: u64,
}

impl DetailKey {
    /// Credit of the answer.
    #[must_use]
    pub fn credit(&self) -> f64 {
        f64::from_bits(self.credit)
    }

    /// Weight of the row.
    #[must_use]
    pub fn weight(&self) -> f64 {
        f64::from_bits(self.weight)
    }
}

/// The items of a log, at the deepest hash prefix that fits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Items {
    capacity: usize,
    depth: u32,
    items: BTreeMap<u64, Item>,
    detail: Option<BTreeMap<DetailKey, u64>>,
}

impl Default for Items {
    fn default() -> Self {
        Self::with_capacity(ALL_CAPACITY)
    }
}

impl Items {
    /// No items yet, at most `capacity` of them.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            capacity: capacity.clamp(1, ALL_CAPACITY),
            depth: FULL_DEPTH,
            items: BTreeMap::new(),
            detail: Some(BTreeMap::new()),
        }
    }

    /// Counts one row of the item with this hash.
    pub fn add(&mut self, hash: u64, record: &Record) {
        self.items
            .entry(hash & mask(self.depth))
            .or_default()
            .add(record);
        if let (Some(detail), Some((confidence, credit))) =
            (&mut self.detail, record.graded_confidence())
        {
            let key = DetailKey {
                item: hash,
                confidence,
                partial: record.abstained == Abstained::Partial,
                credit: credit.to_bits(),
                weight: record.weight.to_bits(),
            };
            *detail.entry(key).or_default() += 1;
        }
        self.fit();
    }

    /// Adds the items of other rows: the smaller depth and capacity of the two, then as deep as fits.
    pub fn merge(&mut self, other: Self) {
        let Self {
            capacity,
            depth,
            items,
            detail,
        } = other;
        self.capacity = self.capacity.min(capacity);
        self.fold_to(depth);
        for (hash, item) in items {
            self.items
                .entry(hash & mask(self.depth))
                .or_default()
                .merge(item);
        }
        self.detail = self.detail.take().zip(detail).map(|(mut ours, theirs)| {
            for (key, count) in theirs {
                *ours.entry(key).or_default() += count;
            }
            ours
        });
        self.fit();
    }

    /// The items, in order of their hashes.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Item> {
        self.items.values()
    }

    /// Number of items kept.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether no row had an identity.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Whether entries are random groups of items because there were more than fit.
    #[must_use]
    pub fn is_folded(&self) -> bool {
        self.depth < FULL_DEPTH
    }

    /// The graded answers by item, with their number, while few enough to keep.
    #[must_use]
    pub fn detail(&self) -> Option<&BTreeMap<DetailKey, u64>> {
        self.detail.as_ref()
    }

    /// Whether some item has several rows.
    ///
    /// Exact at full depth. Folded, rows of distinct items fall into groups like independent balls, so the variance
    /// of group sizes equals their mean; clusters of m rows multiply that ratio by m. It is called repeated when the
    /// ratio lies more than five standard errors above one.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "row and group counts stay far below 2^53"
    )]
    pub fn repeats(&self) -> bool {
        if !self.is_folded() {
            return self.items.values().any(|item| item.rows > 1);
        }
        // Empty prefixes are groups of size zero: there are 2^depth groups, of which only the non-empty are stored.
        let groups = 2f64.powi(self.depth.cast_signed());
        let rows: f64 = self.items.values().map(|item| item.rows as f64).sum();
        let squares: f64 = self
            .items
            .values()
            .map(|item| (item.rows as f64).powi(2))
            .sum();
        let mean = rows / groups;
        let dispersion = (squares / groups - mean * mean) / mean;
        dispersion > 1.0 + 5.0 * (2.0 / groups).sqrt()
    }

    fn fit(&mut self) {
        if self
            .detail
            .as_ref()
            .is_some_and(|detail| detail.len() > self.capacity)
        {
            self.detail = None;
        }
        if self.items.len() > self.capacity {
            self.detail = None;
            self.fold_to(self.fitting_depth());
        }
    }

    /// The deepest prefix with at most `capacity` distinct values: 64 bits less the place of the first bit in which
    /// enough neighbours (in hash order) agree.
    fn fitting_depth(&self) -> u32 {
        // Two sorted neighbours stay apart at depth d iff they differ within the first d bits.
        let mut differ_at = [0usize; FULL_DEPTH as usize + 1];
        for (a, b) in self.items.keys().zip(self.items.keys().skip(1)) {
            differ_at[(a ^ b).leading_zeros() as usize] += 1;
        }
        let mut entries = 1;
        for (depth, apart) in (0u32..).zip(differ_at) {
            entries += apart;
            if entries > self.capacity {
                return depth;
            }
        }
        FULL_DEPTH
    }

    fn fold_to(&mut self, depth: u32) {
        if depth >= self.depth {
            return;
        }
        self.depth = depth;
        self.detail = None;
        for (hash, item) in std::mem::take(&mut self.items) {
            self.items
                .entry(hash & mask(depth))
                .or_default()
                .merge(item);
        }
    }
}

/// The bits of a hash that tell items apart at this depth.
fn mask(depth: u32) -> u64 {
    u64::MAX.checked_shl(FULL_DEPTH - depth).unwrap_or(0)
}

impl Item {
    fn add(&mut self, record: &Record) {
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

    fn merge(&mut self, other: Self) {
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
