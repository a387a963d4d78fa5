//! Rows that humans labelled too: what they said of abstentions that a judge had labelled.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::mass::{Mass, Totals};
use super::sound::{Sound, sum_of};
use crate::record::{Abstained, Kind, Record};

/// A class of rows with two labels of abstention.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Pair {
    /// Why the prompt should be declined.
    pub kind: Kind,
    /// Whether it should be declined.
    pub should_abstain: bool,
    /// Whether the model declined according to the judge: the label that every other figure rests on.
    pub judged: Abstained,
    /// Whether it declined according to a human.
    pub human: Abstained,
}

/// Rows with a human label counted by [`Pair`]; those without, and those that no map holds, are left out.
///
/// ```
/// use calib::{evidence::Agreement, record::{Abstained, Record}};
/// let row = Record { should_abstain: Some(true), human: Some(Abstained::Full), ..Record::default() };
/// let mut agreement = Agreement::default();
/// agreement.add(&row);
/// agreement.add(&Record { human: None, ..row });
/// assert_eq!(agreement.total(|pair| pair.judged == Abstained::No).rows, 1);
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    masses: BTreeMap<Pair, Mass>,
}

impl Agreement {
    /// Counts one row.
    pub fn add(&mut self, record: &Record) {
        if let Some((human, should_abstain)) = record.human.zip(record.should_abstain) {
            let pair = Pair {
                kind: record.kind,
                should_abstain,
                judged: record.abstained,
                human,
            };
            self.masses.entry(pair).or_default().add(0.0, record.weight);
        }
    }

    /// Adds the rows of another log.
    pub fn merge(&mut self, other: Self) {
        let Self { masses } = other;
        for (pair, mass) in masses {
            self.masses.entry(pair).or_default().merge(mass);
        }
    }

    /// Checks that rows can add up to this; all of them as one mass.
    pub(super) fn check(&self) -> Sound<Mass> {
        sum_of(self.masses.values())
    }

    /// Whether no row has a human label.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.masses.is_empty()
    }

    /// The summed rows whose labels are `wanted`.
    pub fn total(&self, wanted: impl Fn(&Pair) -> bool) -> Totals {
        let mut totals = Totals::default();
        for (pair, mass) in &self.masses {
            if wanted(pair) {
                totals += mass.totals();
            }
        }
        totals
    }
}
