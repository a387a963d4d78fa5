//! The values of one row, each in the slot of its role or of the flag that names it.

use std::collections::BTreeMap;

use super::fields::Fields;
use super::roles::Role;
use super::value::{Raw, Value};

/// The values of one row, by slot.
pub(crate) struct Slots<'a> {
    values: Vec<Option<Filled<'a>>>,
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
        }
    }

    pub(crate) fn clear(&mut self) {
        self.values.fill(None);
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
        let text = |slot| {
            self.get(slot)
                .and_then(|value| value.raw.text())
                .unwrap_or("(missing)")
                .to_owned()
        };
        fields.by_slots().map(text).collect()
    }

    /// Replaces the value of a role by its meaning, where the map has one.
    pub(super) fn translate(&mut self, role: Role, meanings: &BTreeMap<String, String>) {
        let Some(Some(filled)) = self.values.get_mut(role as usize) else {
            return;
        };
        let meaning = match &filled.value.raw {
            Raw::Null => meanings.get("null"),
            raw => raw.text().and_then(|text| meanings.get(text)),
        };
        if let Some(meaning) = meaning {
            filled.value.raw = Raw::Text(meaning.clone().into());
        }
    }
}
