//! Values that are taken out of others: elements of lists, and what a pattern finds in a text.

use std::borrow::Cow;

use regex::Regex;

use super::account::Notes;
use super::bad::RowError;
use super::columns::{Claim, NO_COLUMN, hash};
use super::fields::Fields;
use super::mapping::Mapping;
use super::paths::follow;
use super::roles::Role;
use super::slots::Slots;
use super::value::{Raw, Value};
use crate::codes;

impl Fields {
    /// Puts what flags say of every row, and what they take out of its columns, into the slots of a row.
    ///
    /// # Errors
    /// When a column does not hold what can be taken out of it.
    pub(super) fn complete<'a, 'r: 'a>(
        &'r self,
        slots: &mut Slots<'a>,
        notes: &mut Notes,
    ) -> Result<(), RowError> {
        if let Some(join) = &self.join {
            join.add(slots, notes);
        }
        for constant in self.constants.values() {
            let raw = Raw::Text(constant.value.as_str().into());
            self.set(slots, constant.role, Value { raw, at: 0 }, NO_COLUMN);
        }
        for mapping in self
            .mappings
            .values()
            .filter(|mapping| mapping.is_derived())
        {
            let Some(value) = slots.underived(mapping.role) else {
                continue;
            };
            let (raw, at) = (mapping.derive(value)?, value.at);
            if raw != Raw::Null && !mapping.steps().is_empty() {
                notes.columns.meet(&mapping.path, Claim::of(mapping.role));
            }
            self.set(slots, mapping.role, Value { raw, at }, hash(&mapping.path));
        }
        Ok(())
    }

    /// Sets the value of a role, for the flags too that name the role; `column` is the hash of where it comes from.
    pub(super) fn set<'a>(&self, slots: &mut Slots<'a>, role: Role, value: Value<'a>, column: u64) {
        for (named, slot) in &self.followers {
            if *named == role {
                slots.set(*slot, value.clone(), column);
            }
        }
        slots.set(role as usize, value, column);
    }
}

impl Mapping {
    /// The value that is meant, in the one that the column has.
    fn derive<'a>(&self, value: &Value<'a>) -> Result<Raw<'a>, RowError> {
        let raw = match self.steps() {
            [] => value.raw.clone(),
            steps => {
                let found = follow(&value.raw, steps)
                    .map_err(|found| self.unfit(value, &format!("begins in {found}")))?;
                self.only(value, found)?
            }
        };
        let Some(pattern) = &self.pattern else {
            return Ok(raw);
        };
        match raw {
            Raw::Text(Cow::Borrowed(text)) | Raw::Number(text) | Raw::NonFinite(text) => {
                Ok(last_match(pattern, text).map_or(Raw::Null, |found| Raw::Text(found.into())))
            }
            Raw::Null => Ok(Raw::Null),
            Raw::List(_) | Raw::Composite(_) => {
                Err(self.unfit(value, &format!("is {}, expected a text", raw.shown())))
            }
            Raw::Text(_) | Raw::Bool(_) => {
                let found = raw.text().and_then(|text| last_match(pattern, text));
                Ok(found.map_or(Raw::Null, |found| Raw::Text(found.to_owned().into())))
            }
        }
    }

    /// One value out of those that a path leads to.
    fn only<'a>(&self, value: &Value<'a>, mut found: Vec<Raw<'a>>) -> Result<Raw<'a>, RowError> {
        if found.len() < 2 {
            return Ok(found.pop().unwrap_or(Raw::Null));
        }
        if self.role.takes_lists() && self.pattern.is_none() {
            let elements: Vec<_> = found.iter().map(json).collect();
            return Ok(Raw::List(format!("[{}]", elements.join(",")).into()));
        }
        Err(self.unfit(value, &format!("has {} values, expected one", found.len())))
    }

    fn unfit(&self, value: &Value<'_>, what: &str) -> RowError {
        let detail = format!("{}: {} {what}", self.role.name(), self.path);
        RowError::new(&codes::WRONG_TYPE, value.at, detail).help(format!(
            "name one value, as in {} {}",
            self.flag,
            self.example()
        ))
    }

    fn example(&self) -> String {
        match self.flag {
            "--softmax" => "choices[*].logprob".to_owned(),
            "--extract" => format!("'{}=REGEX@choices[0].text'", self.role.name()),
            _ => format!("'{}=choices[0].value'", self.role.name()),
        }
    }
}

/// A value as JSON writes it.
fn json(raw: &Raw<'_>) -> String {
    match raw {
        Raw::Text(text) => serde_json::Value::from(text.as_ref()).to_string(),
        Raw::List(text) => text.to_string(),
        other => other.text().unwrap_or("null").to_owned(),
    }
}

/// The last match of a pattern: its first group that took part, else all of it.
fn last_match<'t>(pattern: &Regex, text: &'t str) -> Option<&'t str> {
    let last = pattern.captures_iter(text).last()?;
    let group = last.iter().skip(1).flatten().next();
    group.or_else(|| last.get(0)).map(|found| found.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_match_counts_and_its_group() {
        let found = |pattern: &str, text| {
            let found = last_match(&Regex::new(pattern).unwrap(), text);
            found.map(str::to_owned)
        };
        let text = "Confidence: 20%. No: Confidence: 85%";
        assert_eq!(found(r"Confidence: (\d+%)", text).as_deref(), Some("85%"));
        assert_eq!(found(r"\d+", text).as_deref(), Some("85"));
        assert_eq!(
            found(r"sure (\d)|Confidence: (\d)", text).as_deref(),
            Some("8")
        );
        assert_eq!(found("certain", text), None);
    }
}
