//! The values of one row, each in the slot of its role or of the flag that names it.

use std::collections::BTreeMap;

use super::fields::{Fields, Target};
use super::pairs::Side;
use super::roles::Role;
use super::value::{Number, Raw, Value, fold_word};

/// The values of one row, by slot.
#[derive(Clone)]
pub(crate) struct Slots<'a> {
    values: Vec<Option<Filled<'a>>>,
    /// The slots that have been filled since the row began.
    filled: Vec<u8>,
    /// Every value that is to be read, with its slot and column, where someone looks at them.
    seen: Option<Vec<(usize, u64, Raw<'a>)>>,
    /// The cells of `--pairs`, which become rows of their own.
    cells: Vec<(Side, Value<'a>)>,
}

/// A filled slot.
#[derive(Clone)]
struct Filled<'a> {
    value: Value<'a>,
    /// The column says the opposite of its role.
    inverted: bool,
    /// The value is still to be taken out of this one.
    derived: bool,
    /// Which column filled it.
    column: u64,
}

/// A value that outlives its row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Stored {
    pub(super) target: Target,
    pub(super) raw: Raw<'static>,
    pub(super) column: u64,
}

impl<'a> Slots<'a> {
    pub(crate) fn new(fields: &Fields) -> Self {
        Self {
            values: vec![None; fields.slots()],
            filled: Vec::new(),
            seen: None,
            cells: Vec::new(),
        }
    }

    /// The same, keeping every value that is to be read if someone looks at them.
    pub(super) fn seen(mut self, sampled: bool) -> Self {
        self.seen = sampled.then(Vec::new);
        self
    }

    /// Every value that is to be read, put since the row began, with its slot and column, as written.
    pub(super) fn values(&self) -> Option<&[(usize, u64, Raw<'a>)]> {
        self.seen.as_deref()
    }

    pub(crate) fn clear(&mut self) {
        for slot in self.filled.drain(..) {
            if let Some(place) = self.values.get_mut(usize::from(slot)) {
                *place = None;
            }
        }
        if let Some(seen) = &mut self.seen {
            seen.clear();
        }
        self.cells.clear();
    }

    /// Puts a value into a slot; false when the same column has filled it already.
    ///
    /// Of two columns for one slot the one with the smaller hash stays: where that matters, the log is refused as a
    /// whole once all its columns are known.
    pub(super) fn put(&mut self, target: Target, value: Value<'a>, column: u64) -> bool {
        if !target.derived {
            self.see(usize::from(target.slot), &value, column);
        }
        let Some(place) = self.values.get_mut(usize::from(target.slot)) else {
            return true;
        };
        let known = place.as_ref().map(|filled| filled.column);
        if known.is_none() {
            self.filled.push(target.slot);
        }
        if known.is_none_or(|known| column < known) {
            *place = Some(Filled {
                value,
                inverted: target.inverted,
                derived: target.derived,
                column,
            });
        }
        known != Some(column)
    }

    /// Adds a cell of a pair; false when the row has it already.
    pub(super) fn put_cell(&mut self, side: &Side, value: Value<'a>) -> bool {
        let first = self.cells.iter().all(|(known, _)| known != side);
        self.cells.push((side.clone(), value));
        first
    }

    pub(super) fn take_cells(&mut self) -> Vec<(Side, Value<'a>)> {
        std::mem::take(&mut self.cells)
    }

    fn see(&mut self, slot: usize, value: &Value<'a>, column: u64) {
        if let Some(seen) = &mut self.seen {
            seen.push((slot, column, value.raw.clone()));
        }
    }

    /// Puts a value into a slot, whatever was there.
    pub(super) fn set(&mut self, slot: usize, value: Value<'a>, column: u64) {
        self.see(slot, &value, column);
        if let Some(place) = self.values.get_mut(slot) {
            // There are fewer slots than a byte counts.
            self.filled.extend(u8::try_from(slot));
            *place = Some(Filled {
                value,
                inverted: false,
                derived: false,
                column,
            });
        }
    }

    /// The value that the one of a role is still to be taken out of.
    pub(super) fn underived(&self, role: Role) -> Option<&Value<'a>> {
        let filled = self.values.get(role as usize)?.as_ref();
        filled.filter(|f| f.derived).map(|f| &f.value)
    }

    /// Which column filled a slot.
    pub(super) fn column(&self, slot: usize) -> Option<u64> {
        self.values.get(slot)?.as_ref().map(|filled| filled.column)
    }

    /// All values, so that they outlive the row.
    pub(super) fn stored(&self) -> impl Iterator<Item = Stored> {
        let filled = self.values.iter().zip(0..);
        filled.filter_map(|(filled, slot)| {
            let filled = filled.as_ref()?;
            Some(Stored {
                target: Target {
                    slot,
                    inverted: filled.inverted,
                    derived: filled.derived,
                },
                raw: filled.value.raw.clone().into_owned(),
                column: filled.column,
            })
        })
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

    /// The values of the `--by` fields as text, "(missing)" where there is none: no key, null, nothing written, or NaN.
    pub(crate) fn group(&self, fields: &Fields) -> Vec<String> {
        let text = |slot| self.get(slot).and_then(|value| value.raw.named());
        fields
            .by_slots()
            .map(|slot| text(slot).unwrap_or("(missing)").to_owned())
            .collect()
    }

    /// The field of `--by` that is no scalar in this row.
    pub(super) fn unfit_group(&self, fields: &Fields) -> Option<&Value<'a>> {
        let composite = |value: &&Value<'_>| matches!(value.raw, Raw::List(_) | Raw::Composite(_));
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
