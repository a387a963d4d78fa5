//! A row with all that it says, for a command that writes it again: its text, and where in it stands what is rewritten.
//!
//! The text is one JSON object on one line. Of JSON it is that of the log, byte for byte, without line breaks between
//! its values; of delimited text, its fields by name. Finding the places takes a second look at the row, so that a log
//! that is only counted does not pay for them.

use std::borrow::Cow;
use std::ops::Range;

use super::account::Notes;
use super::columns::hash;
use super::finding::{Again, Finding};
use super::json::{self, Visitor};
use super::mapping::Mapping;
use super::reader::{Reader, RowPlace};
use super::roles::Role;
use super::row::RowRules;
use super::scale::ConfidenceScale;
use super::slots::Slots;
use super::value::Value;
use crate::codes;
use crate::record::{Abstained, Confidence, Record};

/// A row that can be written again.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Whole<'a> {
    /// The row as a JSON object.
    pub json: Cow<'a, str>,
    /// Its confidence, also of a row that abstained.
    pub confidence: Option<Confidence>,
    /// Whether and how far it abstained.
    pub abstained: Abstained,
    /// Where its own members stand, by [`Own`].
    pub members: [Option<Range<usize>>; Own::ALL.len()],
    /// The value that served as its confidence, as JSON, as it was written.
    pub confidence_raw: Cow<'a, str>,
    /// The value that said whether it abstained, likewise.
    pub abstained_raw: Cow<'a, str>,
}

/// A member of a row that is written anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Own {
    /// `confidence`.
    Confidence,
    /// `confidence_raw`.
    ConfidenceRaw,
    /// `abstained`.
    Abstained,
    /// `abstained_raw`.
    AbstainedRaw,
    /// `confidence_low`: the lower end of what the fitting rows leave open, where a curve can tell.
    ConfidenceLow,
    /// `confidence_high`: the upper end.
    ConfidenceHigh,
}

impl Own {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Confidence,
        Self::ConfidenceRaw,
        Self::Abstained,
        Self::AbstainedRaw,
        Self::ConfidenceLow,
        Self::ConfidenceHigh,
    ];

    /// Its key.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Confidence => "confidence",
            Self::ConfidenceRaw => "confidence_raw",
            Self::Abstained => "abstained",
            Self::AbstainedRaw => "abstained_raw",
            Self::ConfidenceLow => "confidence_low",
            Self::ConfidenceHigh => "confidence_high",
        }
    }
}

/// Who takes rows whole, with the values of the `--by` fields.
pub(crate) type Tap<'t> = dyn FnMut(Whole<'_>, &[String]) + 't;

impl<'r> Reader<'r> {
    /// A reader that hands over rows whole.
    pub(crate) fn tapped(rules: &'r RowRules, tap: Box<Tap<'r>>) -> Self {
        let mut reader = Self::new(rules);
        reader.tap = Some(tap);
        reader
    }
}

impl RowRules {
    /// The row with all that it says.
    pub(super) fn whole<'p>(
        &self,
        row: &'p dyn RowPlace,
        slots: &Slots<'_>,
        record: &Record,
    ) -> Whole<'p> {
        let json = row.json(slots.role(Role::Id).is_none());
        let mut places = Places {
            text: &json,
            served: [Role::Confidence, Role::Abstained].map(|role| self.column(slots, role)),
            ..Places::default()
        };
        // The row was read before: its grammar is known.
        let _ = json::read_object(&json, &mut places);
        let Places {
            members, spelled, ..
        } = places;
        let stated = record.confidence.or_else(|| self.any_confidence(slots));
        let [confidence_raw, abstained_raw] = [Role::Confidence, Role::Abstained]
            .into_iter()
            .zip(spelled)
            .map(
                |(role, range)| match range.and_then(|range| json.get(range)) {
                    Some(text) => text.to_owned(),
                    None => taken(slots, role, stated),
                },
            )
            .collect::<Vec<_>>()
            .try_into()
            .unwrap_or_default();
        Whole {
            json,
            confidence: stated,
            abstained: record.abstained,
            members,
            confidence_raw: Cow::Owned(confidence_raw),
            abstained_raw: Cow::Owned(abstained_raw),
        }
    }

    /// The hash of the column that serves a role as it stands.
    fn column(&self, slots: &Slots<'_>, role: Role) -> Option<u64> {
        let derived = self
            .fields
            .mappings
            .get(&role)
            .is_some_and(Mapping::is_derived);
        slots.column(role as usize).filter(|_| !derived)
    }
}

/// Whether rows have a confidence: in a column, from the options, or given for all.
pub(crate) fn has_confidence(rules: &RowRules, notes: &Notes) -> bool {
    !notes.columns.serving(Role::Confidence).is_empty()
        || notes.softmaxed > 0
        || rules.fields.constants.contains_key(&Role::Confidence)
}

/// Whether a log has a column of this name that does not serve as what will be written there.
pub(crate) fn has_other(own: Own, notes: &Notes) -> bool {
    let role = match own {
        Own::Confidence => Some(Role::Confidence),
        Own::Abstained => Some(Role::Abstained),
        Own::ConfidenceRaw | Own::AbstainedRaw | Own::ConfidenceLow | Own::ConfidenceHigh => None,
    };
    let claim = notes.columns.paths.get(own.name());
    claim.is_some_and(|claim| role.is_none_or(|role| !claim.roles.contains(role)))
}

/// What a reader should know of a log that looks recalibrated and is read as if it were not.
pub(super) fn remark(rules: &RowRules, notes: &Notes) -> Finding {
    let written = has_both(notes, Own::Confidence, Own::ConfidenceRaw);
    let read = read_instead(rules, notes).filter(|_| written);
    let way = match rules.fields.asked(Role::Confidence).map(Mapping::flag) {
        None | Some("--map") => String::new(),
        Some(flag) => format!(" in place of {flag}"),
    };
    Finding {
        code: &codes::ALREADY_RECALIBRATED,
        message: format!(
            "confidence_raw stands beside confidence, as calib apply writes them, and what is read is {}: for the recalibrated confidences, pass --map confidence=confidence --confidence-scale unit{way}",
            read.as_deref().unwrap_or_default()
        ),
        count: u64::from(read.is_some()),
        when_found_again: Again::Once,
    }
}

/// Likewise of a log whose abstentions were rewritten, and are read as they were.
pub(super) fn remark_of_abstentions(notes: &Notes) -> Finding {
    let written = has_both(notes, Own::Abstained, Own::AbstainedRaw);
    let served = notes.columns.serving(Role::Abstained);
    let other = served.iter().any(|column| *column != Own::Abstained.name());
    Finding {
        code: &codes::ALREADY_RECALIBRATED,
        message: format!(
            "abstained_raw stands beside abstained, as calib apply writes them, and what is read is {}: for what is declined below the threshold, pass --map abstained=abstained",
            served.join(", ")
        ),
        count: u64::from(written && other),
        when_found_again: Again::Once,
    }
}

/// Whether a log has two columns as `calib apply` writes them.
fn has_both(notes: &Notes, one: Own, other: Own) -> bool {
    let has = |own: Own| notes.columns.paths.contains_key(own.name());
    has(one) && has(other)
}

/// What is read as confidence where it is not the column that `calib apply` writes, as it writes it. A flag that leaves
/// confidence out is taken at its word.
fn read_instead(rules: &RowRules, notes: &Notes) -> Option<String> {
    let served = notes.columns.serving(Role::Confidence);
    let derived = rules.fields.mappings.get(&Role::Confidence);
    let is_unit = rules.scale == ConfidenceScale::Unit;
    if notes.softmaxed > 0 {
        let options = notes.columns.serving(Role::ChoiceLogprobs).join(", ");
        return Some(format!("the softmax of {options}"));
    }
    match served.as_slice() {
        [] if rules.fields.constants.contains_key(&Role::Confidence) => None,
        [] => {
            let asked = rules.fields.asked(Role::Confidence);
            asked.is_none().then(|| "nothing".to_owned())
        }
        [column]
            if *column == Own::Confidence.name()
                && is_unit
                && !derived.is_some_and(Mapping::is_derived) =>
        {
            None
        }
        columns => Some(format!("{} ({})", columns.join(", "), rules.scale)),
    }
}

/// A JSON object with one more member, whose value is given as JSON, behind the others.
#[must_use]
pub fn with_member(object: &str, key: &str, value: &str) -> String {
    let inside = object.strip_suffix('}').unwrap_or(object).trim_end();
    let comma = if inside.ends_with('{') { "" } else { ", " };
    format!("{inside}{comma}\"{key}\": {value}}}")
}

/// What stands for a value that is nowhere in the row as it is: what was taken out of another, or the softmax.
fn taken(slots: &Slots<'_>, role: Role, confidence: Option<Confidence>) -> String {
    let text = slots.role(role).and_then(|value| value.raw.text());
    let softmax = confidence.filter(|_| role == Role::Confidence);
    match (text, softmax) {
        (Some(text), _) => serde_json::Value::from(text).to_string(),
        (None, Some(confidence)) => serde_json::Value::from(confidence.get()).to_string(),
        (None, None) => "null".to_owned(),
    }
}

/// Finds the members of a row by their keys, and what serves as confidence and abstention.
#[derive(Default)]
struct Places<'t> {
    text: &'t str,
    /// Hashes of the columns that serve.
    served: [Option<u64>; 2],
    members: [Option<Range<usize>>; Own::ALL.len()],
    spelled: [Option<Range<usize>>; 2],
    /// What the value to come is.
    coming: (Option<usize>, Option<usize>),
}

impl<'a> Visitor<'a> for Places<'_> {
    fn wants(&mut self, path: &str) -> bool {
        let own = Own::ALL.iter().position(|own| own.name() == path);
        let id = hash(path);
        let served = self.served.iter().position(|served| *served == Some(id));
        self.coming = (own, served);
        own.is_some() || served.is_some()
    }

    fn take(&mut self, value: Value<'a>, _key_at: usize) {
        let (own, served) = self.coming;
        let range = value.at..json::end_of(self.text, value.at);
        if let Some(place) = own.and_then(|own| self.members.get_mut(own)) {
            *place = Some(range.clone());
        }
        if let Some(place) = served.and_then(|served| self.spelled.get_mut(served)) {
            *place = Some(range);
        }
    }
}
