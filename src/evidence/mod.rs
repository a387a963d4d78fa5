//! Mergeable counts: everything the metrics need to know about a log, and nothing that grows with its rows.
//!
//! Every type here obeys the merge laws: `Default` is the identity, `merge` is associative and commutative, and
//! the evidence of a whole equals the merged evidence of any split, to the bit. That one property makes reports
//! independent of threads, block sizes, row order and shards. `tests/laws.rs` holds the proofs.

mod agreement;
mod behaviour;
mod compact;
mod counts;
mod decimals;
mod depth;
mod detail;
mod gathering;
mod grid;
mod groups;
mod item;
mod items;
mod kept;
mod labelled;
mod lean;
mod mass;
mod panel;
mod plain;
mod sound;
mod squares;
mod strata;
mod tally;
mod version_1;
mod version_2;

pub use agreement::{Agreement, Pair};
pub use behaviour::{Behaviour, Conduct};
pub use compact::Compact;
pub use counts::Counts;
pub use detail::DetailKey;
pub use gathering::{Batch, Gathering};
pub use grid::Grid;
pub use groups::{GroupKey, Groups, TooManyGroups};
pub use item::{Item, ItemSums};
pub use items::Items;
pub use kept::{Kept, Placed};
pub use labelled::{ClusterRow, Labelled, LabelledRow};
pub use mass::{Mass, Totals};
pub use panel::{Panel, PanelRow};
pub(crate) use sound::MOST_ROWS;
pub use squares::Squares;
pub use strata::{Strata, Stratum};
pub use tally::{Cell, Tally};
pub(crate) use version_1::Groups1;
pub(crate) use version_2::Groups2;

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use self::sound::{Sound, ensure};
use crate::record::{Abstained, Confidence, Record};

/// Whether partial refusals count as abstentions or as answers (`--partial`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Partial {
    /// A partial refusal is an abstention.
    #[default]
    Abstain,
    /// A partial refusal is an answer.
    Answer,
}

impl Partial {
    /// Whether a row that declined this far counts as an abstention.
    #[must_use]
    pub fn abstains(self, abstained: Abstained) -> bool {
        match abstained {
            Abstained::No => false,
            Abstained::Partial => self == Self::Abstain,
            Abstained::Full => true,
        }
    }
}

/// Clip of the log score: confidences of 0 and 1 enter it as `1e-6` and `1 - 1e-6`.
pub const LOG_CLIP: f64 = 1e-6;

/// The log score of one answer, `-[y ln c + (1 - y) ln(1 - c)]` in nats, with `c` clipped to `[1e-6, 1 - 1e-6]`.
#[must_use]
pub fn log_score(confidence: f64, credit: f64) -> f64 {
    clipped_log_score(confidence, credit, LOG_CLIP)
}

/// [`log_score`] with `c` clipped to `[clip, 1 - clip]`.
#[must_use]
pub fn clipped_log_score(confidence: f64, credit: f64, clip: f64) -> f64 {
    let c = confidence.clamp(clip, 1.0 - clip);
    match credit {
        // The same to the bit: the other term is zero.
        1.0 => -c.ln(),
        0.0 => -(-c).ln_1p(),
        _ => -(credit * c.ln() + (1.0 - credit) * (-c).ln_1p()),
    }
}

/// Everything counted of a set of rows.
///
/// ```
/// use calib::{evidence::Evidence, record::{Confidence, Record}};
/// let row = Record { confidence: Confidence::new(0.9), credit: Some(1.0), ..Record::default() };
/// let mut evidence = Evidence::default();
/// evidence.add(&row);
/// assert_eq!(evidence.rows(), 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    keyed: Counts,
    unkeyed: Counts,
    items: Items,
    strata: Strata,
    panel: Panel,
    labelled: Labelled,
}

/// How much is kept of a set of rows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Capacity {
    cells: Grid,
    items: usize,
    strata: strata::Size,
    panel: usize,
    labelled: usize,
}

impl Capacity {
    /// That of all rows of a log.
    pub(crate) const ALL: Self = Self {
        cells: Grid::ALL,
        items: items::ALL_CAPACITY,
        strata: strata::ALL_STRATA,
        panel: panel::ALL_ROWS,
        labelled: labelled::ALL_ROWS,
    };
    /// That of a group of `--by`.
    pub(crate) const GROUP: Self = Self {
        cells: Grid::GROUP,
        items: items::GROUP_CAPACITY,
        strata: strata::GROUP_STRATA,
        panel: panel::GROUP_ROWS,
        labelled: labelled::GROUP_ROWS,
    };
}

impl Evidence {
    /// Evidence that keeps at most `capacity` items (see [`Items`]).
    #[must_use]
    pub fn with_capacity(capacity: usize) -> Self {
        Self {
            items: Items::with_capacity(capacity),
            ..Self::default()
        }
    }

    /// Evidence that rounds confidences to this grid when they are too many.
    #[must_use]
    pub fn with_grid(grid: Grid) -> Self {
        Self {
            keyed: Counts::with_grid(grid),
            unkeyed: Counts::with_grid(grid),
            ..Self::default()
        }
    }

    /// Evidence that keeps so much.
    pub(crate) fn of_capacity(capacity: Capacity) -> Self {
        Self {
            items: Items::with_capacity(capacity.items),
            strata: Strata::of_size(capacity.strata),
            panel: Panel::with_capacity(capacity.panel),
            labelled: Labelled::with_capacity(capacity.labelled),
            ..Self::with_grid(capacity.cells)
        }
    }

    /// Counts one row. A row of weight zero weighs nothing in any figure, so it must not count as one either.
    pub fn add(&mut self, record: &Record) {
        if record.weight == 0.0 {
            return;
        }
        self.panel.add(record);
        if record.silent {
            return;
        }
        self.strata.add(record);
        self.labelled.add(record);
        match record.item {
            Some(item) => {
                self.keyed.add(record);
                self.items.add(item, record);
            }
            None => self.unkeyed.add(record),
        }
    }

    /// Adds the evidence of other rows.
    pub fn merge(&mut self, other: Self) {
        let Self {
            keyed,
            unkeyed,
            items,
            strata,
            panel,
            labelled,
        } = other;
        self.keyed.merge(keyed);
        self.unkeyed.merge(unkeyed);
        self.items.merge(items);
        self.strata.merge(strata);
        self.panel.merge(panel);
        self.labelled.merge(labelled);
    }

    /// The same rows with other confidences; none where they are too many to know which item has which.
    #[must_use]
    pub fn recalibrated(&self, curve: &dyn Fn(Confidence) -> Confidence) -> Option<Self> {
        Some(Self {
            keyed: self.keyed.recalibrated(curve),
            unkeyed: self.unkeyed.recalibrated(curve),
            items: self.items.recalibrated(curve)?,
            // Whether a prompt is declined has nothing to do with confidence.
            strata: self.strata.clone(),
            panel: self.panel.recalibrated(curve),
            labelled: self.labelled.recalibrated(curve),
        })
    }

    /// Adds the counts of other rows without saying which belong together.
    fn merge_counts(&mut self, other: &Self) {
        self.keyed.merge(other.keyed.clone());
        self.unkeyed.merge(other.unkeyed.clone());
        self.panel.merge_counts(&other.panel);
    }

    /// Whether the counts of both are the same.
    fn has_counts_of(&self, other: &Self) -> bool {
        self.keyed == other.keyed
            && self.unkeyed == other.unkeyed
            && self.panel.has_counts_of(&other.panel)
    }

    /// Checks that rows can add up to this, with so much kept.
    fn check(&self, capacity: Capacity) -> Sound {
        self.keyed.check(capacity.cells)?;
        self.unkeyed.check(capacity.cells)?;
        ensure(self.rows() <= MOST_ROWS, "too many rows")?;
        self.items.check(capacity.items)?;
        ensure(
            self.items.weights() == self.keyed.behaviour.weights()
                && self.items.rows() == Some(self.keyed.behaviour.rows()),
            "items that disagree with the rows",
        )?;
        let tallies = [(false, &self.keyed.answered), (true, &self.keyed.partial)];
        for (partial, tally) in tallies {
            let kept = self.items.kept_rows(partial);
            let rows = tally.check(capacity.cells)?.rows();
            // More confidences than are told apart are more rows than are kept.
            let whole = self.items.kept().is_whole();
            ensure(
                match whole {
                    true => kept == rows && tally.rounding().is_none(),
                    false => kept <= rows,
                },
                "kept rows that disagree with the rows",
            )?;
        }
        let labelled = self.behaviour().total(|c| c.should_abstain.is_some());
        self.strata.check(capacity.strata, labelled.rows)?;
        self.panel.check(capacity.panel)?;
        let (keyed, unkeyed) = (&self.keyed.behaviour, &self.unkeyed.behaviour);
        self.labelled.check(capacity.labelled, keyed, unkeyed)
    }

    /// Rows counted.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.keyed.behaviour.rows() + self.unkeyed.behaviour.rows()
    }

    /// Confidence against correctness of all rows that count as answered.
    #[must_use]
    pub fn tally(&self, partial: Partial) -> Cow<'_, Tally> {
        let keyed = self.keyed.tallies(partial);
        Tally::joined(keyed.chain(self.unkeyed.tallies(partial)))
    }

    /// What was done with which prompts.
    #[must_use]
    pub fn behaviour(&self) -> Behaviour {
        self.joined(Counts::behaviour, Behaviour::merge)
    }

    /// Squared errors over every option, of the questions that have any.
    #[must_use]
    pub fn squares(&self) -> Squares {
        self.joined(Counts::squares, Squares::merge)
    }

    /// What humans said of rows that a judge had labelled.
    #[must_use]
    pub fn agreement(&self) -> Agreement {
        self.joined(Counts::agreement, Agreement::merge)
    }

    /// A part of the counts of all rows.
    fn joined<T: Clone>(&self, part: fn(&Counts) -> &T, merge: fn(&mut T, T)) -> T {
        let mut whole = part(&self.keyed).clone();
        merge(&mut whole, part(&self.unkeyed).clone());
        whole
    }

    /// The counts of the rows without any identity: each of them is a cluster of its own.
    #[must_use]
    pub fn unkeyed(&self) -> &Counts {
        &self.unkeyed
    }

    /// The rows that have an identity, by cluster.
    #[must_use]
    pub fn items(&self) -> &Items {
        &self.items
    }

    /// The rows that say whether the prompt should be declined, by task.
    #[must_use]
    pub fn strata(&self) -> &Strata {
        &self.strata
    }

    /// The rows that say more than whether an answer was right or declined.
    #[must_use]
    pub fn panel(&self) -> &Panel {
        &self.panel
    }

    /// The rows that say whether the prompt should be declined, with their confidences.
    #[must_use]
    pub fn labelled(&self) -> &Labelled {
        &self.labelled
    }
}
