//! Rows that say whether the prompt should be declined, with the confidence from which a threshold would still answer
//! them: graded or not.
//!
//! Rows with an identity are kept by cluster: all of them while few enough, else those of a sample of clusters
//! ([`Kept`]). Rows without one are a tally.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::behaviour::{Behaviour, Conduct};
use super::kept::{Kept, Placed};
use super::lean::Lean;
use super::sound::{MOST_ROWS, Sound, WEIGHTS, ensure};
use crate::record::{Abstained, Confidence, Record};

/// Most distinct rows kept over all rows of a log.
pub(super) const ALL_ROWS: usize = 65_536;
/// Most distinct rows kept in a group of `--by`.
pub(super) const GROUP_ROWS: usize = 8_192;

/// What a threshold needs to know of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LabelledRow {
    /// Whether the prompt should be declined.
    pub should_abstain: bool,
    /// Whether it was declined in part.
    pub partial: bool,
    /// Confidence of the answer; none where there is no answer or no confidence, so that no threshold answers.
    pub confidence: Option<Confidence>,
    weight: u64,
}

impl LabelledRow {
    pub(super) fn of(row: &Lean) -> Option<Self> {
        let Conduct {
            should_abstain,
            abstained,
            ..
        } = row.conduct;
        Some(Self {
            should_abstain: should_abstain?,
            partial: abstained == Abstained::Partial,
            confidence: row.confidence().filter(|_| abstained != Abstained::Full),
            weight: row.weight.to_bits(),
        })
    }

    /// Weight of the row.
    #[must_use]
    pub fn weight(&self) -> f64 {
        f64::from_bits(self.weight)
    }

    fn recalibrated(self, curve: &dyn Fn(Confidence) -> Confidence) -> Self {
        Self {
            confidence: self.confidence.map(curve),
            ..self
        }
    }

    fn is_sound(&self) -> bool {
        (WEIGHTS[0]..=WEIGHTS[1]).contains(&self.weight())
    }
}

/// A row of a cluster.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ClusterRow {
    /// Hash of the cluster.
    pub item: u64,
    /// The row.
    pub row: LabelledRow,
}

impl Placed for ClusterRow {
    fn place(&self) -> u64 {
        self.item
    }
}

/// The labelled rows of a log.
///
/// ```
/// use calib::{evidence::Labelled, record::{Confidence, Record}};
/// let mut labelled = Labelled::default();
/// let should_abstain = Some(true);
/// labelled.add(&Record { should_abstain, confidence: Confidence::new(0.9), ..Record::default() });
/// labelled.add(&Record::default());
/// assert_eq!(labelled.single().map(|rows| rows.len()), Some(1));
/// ```
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Labelled {
    kept: Kept<ClusterRow>,
    /// None where rows were counted that were not kept.
    single: Option<BTreeMap<LabelledRow, u64>>,
}

impl Default for Labelled {
    fn default() -> Self {
        Self::with_capacity(ALL_ROWS)
    }
}

impl Labelled {
    /// No rows yet, at most `capacity` distinct ones of clusters.
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            kept: Kept::with_capacity(capacity),
            single: Some(BTreeMap::new()),
        }
    }

    /// Rows that were gathered elsewhere.
    pub(super) fn gathered(kept: Kept<ClusterRow>, single: BTreeMap<LabelledRow, u64>) -> Self {
        let single = Some(single);
        Self { kept, single }
    }

    /// Nothing, of rows that were not kept.
    pub(super) fn none(capacity: usize) -> Self {
        Self {
            kept: Kept::none(capacity),
            single: None,
        }
    }

    /// Adds a row that says whether its prompt should be declined.
    pub fn add(&mut self, record: &Record) {
        let Some(row) = LabelledRow::of(&record.into()) else {
            return;
        };
        match (record.item, &mut self.single) {
            (Some(item), _) => self.kept.add(ClusterRow { item, row }),
            (None, Some(single)) => *single.entry(row).or_default() += 1,
            (None, None) => {}
        }
    }

    /// Adds the rows of another log.
    pub fn merge(&mut self, other: Self) {
        let Self { kept, single } = other;
        self.kept.merge(kept);
        self.single = self.single.take().zip(single).map(|(mut ours, theirs)| {
            for (row, count) in theirs {
                *ours.entry(row).or_default() += count;
            }
            ours
        });
    }

    /// The same rows with other confidences.
    pub(super) fn recalibrated(&self, curve: &dyn Fn(Confidence) -> Confidence) -> Self {
        let single = self.single.as_ref().map(|rows| {
            let mut changed: BTreeMap<LabelledRow, u64> = BTreeMap::new();
            for (row, count) in rows {
                *changed.entry(row.recalibrated(curve)).or_default() += count;
            }
            changed
        });
        let kept = self.kept.changed(|one| ClusterRow {
            row: one.row.recalibrated(curve),
            ..*one
        });
        Self { kept, single }
    }

    /// The rows with a cluster: of all clusters while few enough, else of some chosen by their hash.
    #[must_use]
    pub fn kept(&self) -> &Kept<ClusterRow> {
        &self.kept
    }

    /// The rows without one, with how often each occurs; none where they were not kept.
    #[must_use]
    pub fn single(&self) -> Option<&BTreeMap<LabelledRow, u64>> {
        self.single.as_ref()
    }

    /// Checks that rows of these conducts can add up to this, with this capacity.
    pub(super) fn check(&self, capacity: usize, keyed: &Behaviour, unkeyed: &Behaviour) -> Sound {
        self.kept.check(capacity, |one| one.row.is_sound())?;
        let single = self.single.as_ref();
        let counts = single.into_iter().flatten();
        ensure(
            counts
                .clone()
                .all(|(row, count)| row.is_sound() && (1..=MOST_ROWS).contains(count)),
            "labelled rows that are none",
        )?;
        for label in [false, true] {
            let labelled = |behaviour: &Behaviour| {
                behaviour
                    .total(|conduct| conduct.should_abstain == Some(label))
                    .rows
            };
            let of =
                |rows: u64, (row, count): (&LabelledRow, u64)| match row.should_abstain == label {
                    true => rows.saturating_add(count),
                    false => rows,
                };
            let kept = self.kept.iter().map(|(one, count)| (&one.row, count));
            let (kept, there) = (kept.fold(0, of), labelled(keyed));
            let alone = counts.clone().map(|(row, count)| (row, *count));
            let whole = self.kept.is_whole();
            ensure(
                if whole { kept == there } else { kept <= there }
                    && (single.is_none() || alone.fold(0, of) == labelled(unkeyed)),
                "labelled rows that disagree with the rows",
            )?;
        }
        Ok(())
    }
}
