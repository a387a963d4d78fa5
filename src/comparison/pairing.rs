//! Which prompts two logs share.

use std::borrow::Cow;
use std::collections::BTreeMap;

use crate::evidence::{Conduct, Evidence, Item, Items, Partial};
use crate::metrics::Scope;
use crate::record::Kind;
use crate::settings::Settings;

/// Two logs, prompt by prompt.
pub struct Pairing<'a> {
    pub(super) base: &'a Evidence,
    pub(super) new: &'a Evidence,
    pub(super) partial: Partial,
    sides: [Cow<'a, BTreeMap<u64, Item>>; 2],
}

/// How far two logs hold the same prompts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Overlap {
    /// Ids, or groups of ids, in both.
    pub shared: u64,
    /// In the base only.
    pub base_only: u64,
    /// In the new log only.
    pub new_only: u64,
    /// Rows without any identity, which cannot be paired.
    pub unkeyed: [u64; 2],
    /// Whether ids are counted by groups, because there are too many to keep.
    pub folded: bool,
    /// Ids, or groups, of which one log holds more rows than the other.
    pub uneven: u64,
}

impl Overlap {
    /// Whether every row has its counterpart, as far as can be told.
    #[must_use]
    pub fn is_full(&self) -> bool {
        let apart = self.base_only + self.new_only + self.unkeyed[0] + self.unkeyed[1];
        // A group that holds more rows on one side holds some prompt that the other side lacks.
        apart == 0 && (!self.folded || self.uneven == 0)
    }
}

impl<'a> Pairing<'a> {
    /// Pairs the prompts of two logs.
    #[must_use]
    pub fn new(base: &'a Evidence, new: &'a Evidence, settings: &Settings) -> Self {
        Self {
            base,
            new,
            partial: settings.partial,
            sides: Items::matched([base.items(), new.items()]),
        }
    }

    /// Which prompts both hold.
    #[must_use]
    pub fn overlap(&self) -> Overlap {
        let [base, new] = &self.sides;
        let shared = self.units().count() as u64;
        Overlap {
            shared,
            base_only: base.len() as u64 - shared,
            new_only: new.len() as u64 - shared,
            unkeyed: [self.base, self.new].map(|side| side.unkeyed().behaviour().rows()),
            folded: self.is_folded(),
            uneven: self.units().filter(|[a, b]| a.rows() != b.rows()).count() as u64,
        }
    }

    /// The prompts, or groups of prompts, that both hold.
    pub(super) fn units(&self) -> impl Iterator<Item = [&Item; 2]> {
        let [base, new] = &self.sides;
        base.iter()
            .filter_map(|(hash, item)| Some([item, new.get(hash)?]))
    }

    /// Whether units are groups of prompts.
    pub(super) fn is_folded(&self) -> bool {
        self.base.items().is_folded() || self.new.items().is_folded()
    }

    /// Whether each unit is one row on both sides.
    pub(super) fn is_single(&self) -> bool {
        !self.is_folded()
            && self
                .units()
                .all(|pair| pair.iter().all(|item| item.rows() == 1))
    }

    /// The labelled rows of this kind; those of unknown kind serve as prompts to answer where neither log has any.
    pub(super) fn scope(&self, kind: Option<Kind>) -> Scope {
        scope(&[self.base, self.new], kind)
    }
}

/// The labelled rows of this kind; those of unknown kind serve as prompts to answer where no log has any.
pub(super) fn scope(logs: &[&Evidence], kind: Option<Kind>) -> Scope {
    let own = |c: &Conduct| Some(c.kind) == kind && c.should_abstain == Some(false);
    let has = |log: &&Evidence| log.behaviour().total(own).rows > 0;
    Scope {
        kind,
        borrows: kind.is_some() && !logs.iter().any(has),
    }
}
