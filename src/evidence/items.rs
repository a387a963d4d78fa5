//! Rows by the item (prompt) they belong to, so that intervals know which rows are not independent.
//!
//! A row's cluster enters as a 64-bit hash. While there are at most `capacity` of them each is an entry of its own and
//! all cluster-robust figures are exact. Beyond that they are folded to the deepest hash prefix with few enough entries:
//! random groups of whole clusters, which serve the same formulas; 4,096 of them tell a standard error to one in a
//! hundred. The prefix depends only on the set of hashes, so merging in any order ends at the same entries.
//!
//! The graded rows themselves are kept too ([`Items::kept`]), for statistics that are not sums: all of them while few
//! enough, as the AUROC of clustered rows and null distributions by sign flips need, else those of a sample of clusters.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::Partial;
use super::behaviour::Conduct;
use super::depth::{FULL_DEPTH, fitting_depth, mask, most_entries, most_folded};
use super::detail::DetailKey;
use super::item::{Item, Sums};
use super::kept::Kept;
use super::lean::Lean;
use super::sound::{Sound, WEIGHTS, ensure};
use crate::maths::fixed::Fixed;
use crate::record::{Confidence, Record};

/// Most items kept over all rows of a log.
pub(super) const ALL_CAPACITY: usize = 65_536;
/// Most items kept in a group of `--by`.
pub(super) const GROUP_CAPACITY: usize = 1_024;
/// Graded rows kept for each item of the capacity, up to [`ALL_CAPACITY`].
const DETAIL_PER_ITEM: usize = 8;
/// The items of a log, at the deepest hash prefix that fits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Items {
    capacity: usize,
    depth: u32,
    items: BTreeMap<u64, Item>,
    kept: Kept<DetailKey>,
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
        let capacity = capacity.clamp(1, ALL_CAPACITY);
        Self {
            capacity,
            depth: FULL_DEPTH,
            items: BTreeMap::new(),
            kept: Kept::with_capacity(most_kept(capacity)),
        }
    }

    /// No items yet, of which nothing but [weights](Self::add_weight) will be known.
    #[must_use]
    pub(super) fn weights_only(capacity: usize) -> Self {
        let items = Self::with_capacity(capacity);
        Self {
            kept: Kept::none(0),
            ..items
        }
    }

    /// Items that were gathered elsewhere.
    pub(super) fn gathered(
        capacity: usize,
        depth: u32,
        items: BTreeMap<u64, Item>,
        kept: Kept<DetailKey>,
    ) -> Self {
        Self {
            capacity,
            depth,
            items,
            kept,
        }
    }

    /// Items read from a file, with their rows where these were kept.
    pub(super) fn restored(
        capacity: usize,
        depth: u32,
        items: BTreeMap<u64, Item>,
        rows: Option<BTreeMap<DetailKey, u64>>,
    ) -> Self {
        let most = most_kept(capacity);
        let kept = rows.map_or_else(|| Kept::none(most), |rows| Kept::whole(most, rows));
        Self::gathered(capacity, depth, items, kept).refolded()
    }

    /// Counts one row of the item with this hash.
    pub fn add(&mut self, hash: u64, record: &Record) {
        let row = Lean::from(record);
        if let Some(detail) = DetailKey::of(hash, &row) {
            self.kept.add(detail);
        }
        self.add_row(hash, &row, &Sums::from(&row));
    }

    /// Counts the weight of one row of the item with this hash, and nothing else.
    pub(super) fn add_weight(&mut self, hash: u64, record: &Record) {
        self.add_row(hash, &Lean::from(record), &Sums::default());
    }

    fn add_row(&mut self, hash: u64, row: &Lean, sums: &Sums) {
        let hash = hash & mask(self.depth);
        self.items.entry(hash).or_default().add(row, sums);
        self.fit();
    }

    /// Adds the items of other rows: the smaller depth and capacity of the two, then as deep as fits.
    pub fn merge(&mut self, other: Self) {
        let Self {
            capacity,
            depth,
            items,
            kept,
        } = other;
        self.capacity = self.capacity.min(capacity);
        self.fold_to(depth);
        for (hash, item) in items {
            self.items
                .entry(hash & mask(self.depth))
                .or_default()
                .merge(item);
        }
        self.kept.merge(kept);
        self.fit();
    }

    /// The same rows with other confidences, where the graded rows are kept.
    pub(super) fn recalibrated(&self, curve: &dyn Fn(Confidence) -> Confidence) -> Option<Self> {
        let mut items = self.items.clone();
        items.values_mut().for_each(Item::forget_confidences);
        let mut detail: BTreeMap<DetailKey, u64> = BTreeMap::new();
        for (key, count) in self.detail()? {
            let confidence = curve(key.confidence);
            let key = DetailKey { confidence, ..*key };
            if let Some(item) = items.get_mut(&(key.item & mask(self.depth))) {
                item.add_confidence(&key, *count);
            }
            *detail.entry(key).or_default() += count;
        }
        Some(Self {
            capacity: self.capacity,
            depth: self.depth,
            items,
            kept: Kept::whole(most_kept(self.capacity), detail),
        })
    }

    /// The same, folded as far as it is today.
    pub(super) fn refolded(mut self) -> Self {
        self.fit();
        self
    }

    /// The items, in order of their hashes.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &Item> {
        self.items.values()
    }

    /// The prefix under which the item of this hash is kept.
    #[must_use]
    pub fn prefix(&self, hash: u64) -> u64 {
        hash & mask(self.depth)
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

    /// The graded answers by item, with their number, while few enough to keep them all.
    #[must_use]
    pub fn detail(&self) -> Option<&BTreeMap<DetailKey, u64>> {
        self.kept.all()
    }

    /// The graded answers of all items while few enough, else of whole items chosen by their hash.
    #[must_use]
    pub fn kept(&self) -> &Kept<DetailKey> {
        &self.kept
    }

    /// The items of several logs, at the depth at which all can be told apart.
    #[must_use]
    pub fn matched<const N: usize>(sides: [&Self; N]) -> [Cow<'_, BTreeMap<u64, Item>>; N] {
        let depth = sides.iter().map(|side| side.depth).min();
        sides.map(|side| match depth {
            Some(depth) if depth < side.depth => {
                let mut folded = side.clone();
                folded.fold_to(depth);
                Cow::Owned(folded.items)
            }
            _ => Cow::Borrowed(&side.items),
        })
    }

    /// Rows of items that both hold equally often, and that only one side answers.
    #[must_use]
    pub fn answered_apart(&self, other: &Self, partial: Partial) -> u64 {
        let depth = self.depth.min(other.depth);
        let (ours, theirs) = (
            self.answered(depth, partial),
            other.answered(depth, partial),
        );
        let shared = ours
            .iter()
            .filter_map(|(hash, ours)| Some((ours, theirs.get(hash)?)));
        let alike = shared.filter(|((rows, _), (others, _))| rows == others);
        alike.map(|((_, a), (_, b))| a.abs_diff(*b)).sum()
    }

    /// The rows of each item, and how many of them are answered.
    fn answered(&self, depth: u32, partial: Partial) -> BTreeMap<u64, (u64, u64)> {
        let mut counts: BTreeMap<u64, (u64, u64)> = BTreeMap::new();
        for (hash, item) in &self.items {
            let (rows, answered) = counts.entry(hash & mask(depth)).or_default();
            *rows += item.rows();
            *answered += item.rows_of(|conduct| !partial.abstains(conduct.abstained));
        }
        counts
    }

    /// What tells two sets of items apart: the same for the same items, whatever was done with them.
    #[must_use]
    pub fn fingerprint(&self) -> (u32, usize, u64) {
        let mixed = self.items.keys().fold(0, |mixed: u64, hash| {
            mixed.wrapping_add(hash.wrapping_mul(*hash | 1))
        });
        (self.depth, self.items.len(), mixed)
    }

    /// Whether some item has several rows.
    ///
    /// Exact at full depth. Folded, it is seen in the rows that are kept, which are those of whole items. Where these are
    /// too few: rows of distinct items fall into groups like independent balls, so the variance of group sizes equals
    /// their mean; clusters of m rows multiply that ratio by m. It is called repeated when the ratio lies more than five
    /// standard errors above one.
    #[must_use]
    #[expect(
        clippy::cast_precision_loss,
        reason = "row and group counts stay far below 2^53"
    )]
    pub fn repeats(&self) -> bool {
        if !self.is_folded() {
            return self.items.values().any(|item| item.rows() > 1);
        }
        let others = self.kept.iter().skip(1);
        let mut neighbours = self.kept.iter().zip(others);
        if neighbours.any(|((a, count), (b, _))| count > 1 || a.item == b.item) {
            return true;
        }
        // Empty prefixes are groups of size zero: there are 2^depth groups, of which only the non-empty are stored.
        let groups = 2f64.powi(self.depth.cast_signed());
        let rows: f64 = self.items.values().map(|item| item.rows() as f64).sum();
        let squares: f64 = self
            .items
            .values()
            .map(|item| (item.rows() as f64).powi(2))
            .sum();
        let mean = rows / groups;
        let dispersion = (squares / groups - mean * mean) / mean;
        dispersion > 1.0 + 5.0 * (2.0 / groups).sqrt()
    }

    /// Checks that rows can add up to this, with this capacity.
    pub(super) fn check(&self, capacity: usize) -> Sound {
        self.check_keeping(capacity, most_kept(capacity))
    }

    /// The same, of items of which only weights are known.
    pub(super) fn check_weights(&self, capacity: usize) -> Sound {
        self.check_keeping(capacity, 0)
    }

    fn check_keeping(&self, capacity: usize, most_kept: usize) -> Sound {
        ensure(
            self.capacity == capacity
                && self.depth <= FULL_DEPTH
                && self.items.len() <= most_entries(capacity, self.depth)
                && self
                    .items
                    .keys()
                    .all(|hash| hash & mask(self.depth) == *hash),
            "items at no depth of theirs",
        )?;
        self.items.values().try_for_each(Item::check)?;
        let weights = WEIGHTS[0]..=WEIGHTS[1];
        let fits = |key: &DetailKey| {
            (0.0..=1.0).contains(&key.credit())
                && weights.contains(&key.weight())
                && self.items.contains_key(&(key.item & mask(self.depth)))
        };
        self.kept.check(most_kept, fits)
    }

    /// Rows of all items; none where they are too many to add.
    pub(super) fn rows(&self) -> Option<u64> {
        let mut rows = self.items.values().map(Item::rows);
        rows.try_fold(0_u64, u64::checked_add)
    }

    /// The weight of each class of rows.
    pub(super) fn weights(&self) -> BTreeMap<Conduct, Fixed> {
        let mut weights = BTreeMap::new();
        for item in self.items.values() {
            item.add_weights(&mut weights);
        }
        weights
    }

    /// Number of kept rows that are partial refusals, or are not.
    pub(super) fn kept_rows(&self, partial: bool) -> u64 {
        let kept = self.kept.iter();
        kept.filter(|(key, _)| key.partial == partial)
            .fold(0, |rows, (_, count)| rows.saturating_add(count))
    }

    fn fit(&mut self) {
        if self.items.len() > most_entries(self.capacity, self.depth) {
            let most = most_folded(self.capacity);
            self.fold_to(fitting_depth(self.items.keys(), most));
        }
    }

    fn fold_to(&mut self, depth: u32) {
        if depth >= self.depth {
            return;
        }
        self.depth = depth;
        for (hash, item) in std::mem::take(&mut self.items) {
            self.items
                .entry(hash & mask(depth))
                .or_default()
                .merge(item);
        }
    }
}

/// Most kinds of rows that are kept with this capacity of items.
pub(super) fn most_kept(capacity: usize) -> usize {
    capacity.saturating_mul(DETAIL_PER_ITEM).min(ALL_CAPACITY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graded(confidence: f64) -> Record {
        Record {
            confidence: Confidence::new(confidence),
            credit: Some(1.0),
            ..Record::default()
        }
    }

    /// A hash that spreads like those of real ids.
    fn hash(id: u64) -> u64 {
        xxhash_rust::xxh3::xxh3_64(&id.to_le_bytes())
    }

    #[test]
    fn folding_keeps_rows_that_still_fit() {
        let mut items = Items::with_capacity(16);
        for id in 0..100 {
            items.add(hash(id), &graded(0.5));
        }
        assert!(items.is_folded() && items.len() <= 16);
        assert_eq!(items.detail().map(BTreeMap::len), Some(100));
        for id in 100..200 {
            items.add(hash(id), &graded(0.5));
        }
        assert_eq!(items.detail(), None);
        // What no longer fits as a whole is kept as a sample of whole items.
        let kept = items.kept().rows();
        assert!(
            !items.kept().is_whole() && (100..=128).contains(&kept),
            "{kept}"
        );
    }

    #[test]
    fn repeats_are_seen_folded_and_unfolded() {
        for (ids, samples, capacity) in [(10, 2, 64), (5_000, 4, 256)] {
            let (mut once, mut often) = (
                Items::with_capacity(capacity),
                Items::with_capacity(capacity),
            );
            for id in 0..ids * samples {
                once.add(hash(id), &graded(0.5));
                often.add(hash(id % ids), &graded(0.5));
            }
            assert!(
                !once.repeats() && often.repeats(),
                "{ids} ids, {samples} samples"
            );
        }
    }
}
