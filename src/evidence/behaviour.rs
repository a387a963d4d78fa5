//! What the model did with which prompts: the counts behind coverage, accuracy and the failure map.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::mass::{Mass, Totals};
use super::sound::{Sound, sum_of};
use crate::maths::fixed::Fixed;
use crate::record::{Abstained, Kind, Record};

/// A class of rows alike in all that the abstention figures look at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub struct Conduct {
    /// Why the prompt should be declined.
    pub kind: Kind,
    /// Whether it should be declined; `None` when unlabelled.
    pub should_abstain: Option<bool>,
    /// Whether the model declined.
    pub abstained: Abstained,
    /// Whether the answer was graded.
    pub graded: bool,
    /// Whether a confidence came with it.
    pub confident: bool,
}

impl Conduct {
    /// Number of classes.
    pub(super) const CODES: u8 = 108;

    /// A small number that stands for the class.
    #[inline]
    pub(super) fn code(self) -> u8 {
        let should_abstain = self.should_abstain.map_or(2, u8::from);
        let code = (self.kind as u8 * 3 + should_abstain) * 3 + self.abstained as u8;
        (code * 2 + u8::from(self.graded)) * 2 + u8::from(self.confident)
    }

    /// The class of a code made by [`Conduct::code`].
    pub(super) fn of_code(code: u64) -> Self {
        let states = [Abstained::No, Abstained::Partial, Abstained::Full];
        let labels = [Some(false), Some(true), None];
        let kinds = [Kind::Epistemic, Kind::Safety, Kind::Unknown];
        let digit = |divisor: u64, base: u64| usize::try_from(code / divisor % base).unwrap_or(0);
        Self {
            kind: kinds[digit(36, 3)],
            should_abstain: labels[digit(12, 3)],
            abstained: states[digit(4, 3)],
            graded: digit(2, 2) == 1,
            confident: digit(1, 2) == 1,
        }
    }
}

impl From<Conduct> for u8 {
    fn from(conduct: Conduct) -> Self {
        conduct.code()
    }
}

impl TryFrom<u8> for Conduct {
    type Error = &'static str;

    fn try_from(code: u8) -> Result<Self, Self::Error> {
        match code {
            0..Self::CODES => Ok(Self::of_code(u64::from(code))),
            _ => Err("a conduct that is none"),
        }
    }
}

impl From<&Record> for Conduct {
    fn from(record: &Record) -> Self {
        Self {
            kind: record.kind,
            should_abstain: record.should_abstain,
            abstained: record.abstained,
            graded: record.credit.is_some(),
            confident: record.confidence.is_some(),
        }
    }
}

/// Rows counted by [`Conduct`].
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Behaviour {
    masses: BTreeMap<Conduct, Mass>,
}

impl Behaviour {
    /// Counts one row; an ungraded row brings no credit.
    pub fn add(&mut self, record: &Record) {
        self.masses
            .entry(record.into())
            .or_default()
            .add(record.credit.unwrap_or(0.0), record.weight);
    }

    /// Rows that were gathered elsewhere.
    pub(super) fn gathered(masses: BTreeMap<Conduct, Mass>) -> Self {
        Self { masses }
    }

    /// Adds the rows of another log.
    pub fn merge(&mut self, other: Self) {
        let Self { masses } = other;
        for (conduct, mass) in masses {
            self.masses.entry(conduct).or_default().merge(mass);
        }
    }

    /// Checks that rows can add up to this; all of them as one mass.
    pub(super) fn check(&self) -> Sound<Mass> {
        sum_of(self.masses.values())
    }

    /// The rows whose conduct satisfies `wanted`, as one mass.
    pub(super) fn mass(&self, wanted: impl Fn(&Conduct) -> bool) -> Mass {
        let mut sum = Mass::default();
        for (_, mass) in self.masses.iter().filter(|(conduct, _)| wanted(conduct)) {
            sum.merge(mass.clone());
        }
        sum
    }

    /// The weight of each class.
    pub(super) fn weights(&self) -> BTreeMap<Conduct, Fixed> {
        let masses = self.masses.iter();
        masses
            .map(|(conduct, mass)| (*conduct, mass.weight()))
            .collect()
    }

    /// Rows counted.
    #[must_use]
    pub fn rows(&self) -> u64 {
        self.masses.values().map(Mass::rows).sum()
    }

    /// The summed rows whose conduct satisfies `wanted`.
    pub fn total(&self, wanted: impl Fn(&Conduct) -> bool) -> Totals {
        let mut totals = Totals::default();
        for (conduct, mass) in &self.masses {
            if wanted(conduct) {
                totals += mass.totals();
            }
        }
        totals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_stands_for_one_class() {
        for code in 0..u64::from(Conduct::CODES) {
            assert_eq!(u64::from(Conduct::of_code(code).code()), code);
        }
    }
}
