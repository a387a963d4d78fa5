//! The values of one row, each in the slot of its role or of the flag that names it.

use std::collections::BTreeMap;

use super::fields::Fields;
use super::roles::Role;
use super::value::{Number, Raw, Value, fold_word};

/// The values of one row, by slot.
pub(crate) struct Slots<'a> {
    values: Vec<Option<Filled<'a>>>,
    /// Every value put, with its slot and column, where someone looks at them.
    seen: Option<Vec<(usize, u64, Raw<'a>)>>,
}

/// A filled slot.
#[derive(Clone)]
struct Filled<'a> {
    value: Value<'a>,
    /// The column says the opposite of its role.
    inverted: bool,
    /// Which column filled it.
    column: u64,
}

impl<'a> Slots<'a> {
    pub(crate) fn new(fields: &Fields) -> Self {
        Self {
            values: vec![None; fields.slots()],
            seen: None,
        }
    }

    /// The same, keeping every value put if someone looks at them.
    pub(super) fn seen(mut self, sampled: bool) -> Self {
        self.seen = sampled.then(Vec::new);
        self
    }

    /// Every value put since the row began, with its slot and column, as written.
    pub(super) fn values(&self) -> Option<&[(usize, u64, Raw<'a>)]> {
        self.seen.as_deref()
    }

    pub(crate) fn clear(&mut self) {
        self.values.fill(None);
        if let Some(seen) = &mut self.seen {
            seen.clear();
        }
    }

    /// Puts a value into a slot; false when the same column has filled it already.
    ///
    /// Of two columns for one slot the one with the smaller hash stays: where that matters, the log is refused as a
    /// whole once all its columns are known.
    pub(crate) fn put(
        &mut self,
        slot: usize,
        value: Value<'a>,
        inverted: bool,
        column: u64,
    ) -> bool {
        let Some(place) = self.values.get_mut(slot) else {
            return true;
        };
        if let Some(seen) = &mut self.seen {
            seen.push((slot, column, value.raw.clone()));
        }
        let known = place.as_ref().map(|filled| filled.column);
        if known.is_none_or(|known| column < known) {
            *place = Some(Filled {
                value,
                inverted,
                column,
            });
        }
        known != Some(column)
    }

    pub(super) fn get(&self, slot: usize) -> Option<&Value<'a>> {
        self.values.get(slot)?.as_ref().map(|filled| &filled.value)
    }

    pub(super) fn role(&self, role: Role) -> Option<&Value<'a>> {
        self.get(role as usize)
    }

    /// The value of a role unless it is absent, null or a word for nothing.
    pub(super) fn present(&self, role: Role) -> Option<&Value<'a>> {
        self.role(role).filter(|value| !value.raw.is_missing())
    }

    /// Whether the column of a role says its opposite.
    pub(super) fn is_inverted(&self, role: Role) -> bool {
        self.values
            .get(role as usize)
            .and_then(Option::as_ref)
            .is_some_and(|filled| filled.inverted)
    }

    /// The values of the `--by` fields as text, "(missing)" where there is none.
    pub(crate) fn group(&self, fields: &Fields) -> Vec<String> {
        let text = |slot| self.get(slot).and_then(|value| value.raw.text());
        fields
            .by_slots()
            .map(|slot| text(slot).unwrap_or("(missing)").to_owned())
            .collect()
    }

    /// The field of `--by` that is no scalar in this row.
    pub(super) fn unfit_group(&self, fields: &Fields) -> Option<&Value<'a>> {
        let composite = |value: &&Value<'_>| matches!(value.raw, Raw::Composite(_));
        fields
            .by_slots()
            .filter_map(|slot| self.get(slot))
            .find(composite)
    }

    /// Replaces the value of a role by its meaning in the map: the value as written, else without regard to case and
    /// surrounding space, else as the same number. Whether a value that is there was found.
    pub(super) fn translate(&mut self, role: Role, meanings: &BTreeMap<String, String>) -> bool {
        let Some(Some(filled)) = self.values.get_mut(role as usize) else {
            return true;
        };
        let raw = &filled.value.raw;
        let text = match raw {
            Raw::Null => "null",
            raw => raw.text().unwrap_or_default(),
        };
        let folded = || {
            meanings
                .iter()
                .find(|(value, _)| fold_word(value) == fold_word(text))
        };
        let number = || {
            let same = |value: &str| Raw::Text(value.into()).number() == raw.number();
            let is_number = matches!(raw.number(), Number::Plain(_));
            meanings.iter().find(|(value, _)| is_number && same(value))
        };
        let found = meanings.get_key_value(text).or_else(folded).or_else(number);
        match found {
            Some((_, meaning)) => {
                filled.value.raw = Raw::Text(meaning.clone().into());
                true
            }
            None => raw.is_missing(),
        }
    }
}
