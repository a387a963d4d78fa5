//! The values of one row become a record: every role has one reading, stated here, and no silent default.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::account::Notes;
use super::bad::{RowError, does_not_fit, nothing_to_audit};
use super::confidence::MissingConfidence;
use super::fields::Fields;
use super::limits::Limits;
use super::outcome::Outcomes;
use super::presets::Preset;
use super::roles::{ROLES, Role};
use super::scale::ConfidenceScale;
use super::slots::Slots;
use super::value::{Number, Value, fold_word};
use crate::codes::{self, Code};
use crate::error::Error;
use crate::record::{Abstained, Field, Kind, Record};

/// How rows are read: which columns, on which scale.
#[derive(Clone, Debug, Default)]
pub struct RowRules {
    /// Which column plays which role.
    pub fields: Fields,
    /// Scale of the confidences.
    pub scale: ConfidenceScale,
    /// What a missing confidence does.
    pub missing_confidence: MissingConfidence,
    /// The preset that reads the log.
    pub preset: Option<&'static Preset>,
    /// Whether to look at the values themselves, for `calib check`.
    pub sampled: bool,
    /// Whether a row without an outcome is a row: a confidence can be recalibrated before its answer is graded.
    pub ungraded: bool,
    /// Whether the texts of responses are left aside: curves are fitted to confidences, and moved by them alone.
    pub textless: bool,
    /// Whether each row is read from the beginning, as if no other had been read: what quicker ways are held against.
    pub unhurried: bool,
}

impl RowRules {
    /// The same rules, once the file of `--join` is read.
    ///
    /// # Errors
    /// When it cannot be read, or has rows that cannot be told apart.
    pub fn joined(mut self, limits: Limits) -> Result<Self, Error> {
        if let Some(join) = self.fields.join.take() {
            self.fields.join = Some(join.clone());
            self.fields.join = Some(join.load(&self, limits)?);
        }
        Ok(self)
    }

    /// Adds the columns that every row has from elsewhere to what was seen of a log.
    pub(crate) fn complete_notes(&self, notes: &mut Notes) {
        if let Some(join) = &self.fields.join {
            join.note(notes);
        }
    }
}

/// What became of a row that is not bad.
#[derive(Debug)]
#[expect(
    clippy::large_enum_variant,
    reason = "nearly every row is used, and lives only until it is counted"
)]
pub(crate) enum Outcome {
    Used(Record),
    LeftOut(&'static Code),
}

impl RowRules {
    /// Reads one row.
    pub(crate) fn read(
        &self,
        slots: &mut Slots<'_>,
        notes: &mut Notes,
    ) -> Result<Outcome, RowError> {
        self.translate(slots)?;
        if let Some(code) = self.left_out(slots) {
            return Ok(Outcome::LeftOut(code));
        }
        if let Some(value) = slots.unfit_group(&self.fields) {
            let detail = format!(
                "a field of --by is {}, expected a text or number",
                value.raw.shown()
            );
            return Err(RowError::new(&codes::WRONG_TYPE, value.at, detail)
                .help("name a field inside it, such as FIELD.name"));
        }
        let should_abstain = self.should_abstain(slots)?;
        let choices = self.fields.choices(slots)?;
        let outcomes = self.fields.outcomes(slots, choices.as_ref())?;
        let item = self.item(slots)?;
        let trace = self.trace(slots, item, notes)?;
        let may_lack = self.ungraded || self.preset.is_some_and(|preset| preset.ungraded);
        let missing = outcomes.missing(should_abstain).filter(|_| !may_lack);
        let silent = missing.is_some() && trace.speaks;
        if let Some(missing) = missing.filter(|_| !silent) {
            return Err(nothing_to_audit(missing));
        }
        let abstained = outcomes.abstained.unwrap_or_default();
        let mut record = Record {
            kind: kind(slots),
            should_abstain,
            abstained,
            human: self.fields.stance(slots, Role::HumanLabel)?,
            confidence: None,
            credit: outcomes.credit.filter(|_| abstained != Abstained::Full),
            multiclass: outcomes.multiclass,
            weight: self.weight(slots)?,
            item,
            task: trace.task,
            silent,
            trace: trace.values,
        };
        if !silent || slots.present(Role::Confidence).is_some() {
            record.confidence = self.confidence(slots, choices.as_ref(), &record, notes)?;
        }
        notes.placeholders += u64::from(self.is_placeholder(slots, &record));
        note(&outcomes, &record, slots, notes);
        let apart = self.preset.and_then(|preset| preset.readings);
        if let Some(reading) = apart.and_then(|role| slots.present(role)?.raw.text()) {
            notes.reading(reading);
        }
        Ok(Outcome::Used(record))
    }

    /// Applies the value maps of `--map`. An outcome that a map does not name is not read another way: a map that
    /// turns values round would otherwise be half applied.
    fn translate(&self, slots: &mut Slots<'_>) -> Result<(), RowError> {
        let mapped = self
            .fields
            .mappings
            .values()
            .filter(|mapping| !mapping.values.is_empty());
        for mapping in mapped {
            let found = slots.translate(mapping.role, &mapping.values);
            if let Some(value) = slots
                .role(mapping.role)
                .filter(|_| !found && mapping.role.is_outcome())
            {
                let named: Vec<_> = mapping.values.keys().map(String::as_str).collect();
                let expected = format!("one of the values that --map names: {}", named.join(", "));
                return Err(self.fields.unknown(mapping.role, value, &expected));
            }
        }
        Ok(())
    }

    /// Whether the confidence may be the tool's own word for none.
    fn is_placeholder(&self, slots: &Slots<'_>, record: &Record) -> bool {
        let written = self.preset.and_then(|preset| preset.placeholder);
        let found = slots.role(Role::Confidence).map(|value| value.raw.number());
        let response = slots
            .role(Role::Response)
            .and_then(|value| value.raw.text());
        record.confidence.is_some()
            && written.is_some_and(|number| found == Some(Number::Plain(number)))
            && response.is_some_and(|response| !states_confidence(response))
    }

    /// Why a row is left out, if it is.
    fn left_out(&self, slots: &Slots<'_>) -> Option<&'static Code> {
        let mut filters = self.fields.filter_slots();
        let failed = filters.find(|(slot, wanted, _)| {
            slots.get(*slot).and_then(|value| value.raw.text()) != Some(wanted)
        });
        failed.map(|(_, _, code)| code)
    }

    fn should_abstain(&self, slots: &Slots<'_>) -> Result<Option<bool>, RowError> {
        let Some(value) = slots.present(Role::ShouldAbstain) else {
            return Ok(None);
        };
        let truth = value.raw.truth().ok_or_else(|| {
            self.fields
                .unknown(Role::ShouldAbstain, value, "true or false")
        })?;
        let opposite = slots.is_inverted(Role::ShouldAbstain)
            || self.fields.opposites.contains(&Role::ShouldAbstain);
        Ok(Some(truth != opposite))
    }

    fn weight(&self, slots: &Slots<'_>) -> Result<f64, RowError> {
        /// Bounds within which weighted fixed-point sums stay exact.
        const RANGE: std::ops::RangeInclusive<f64> = 1e-6..=1e5;
        // No key, null and an empty field say the same: how many of them there are is told.
        let Some(value) = weight(slots) else {
            return Ok(1.0);
        };
        match value.raw.number() {
            Number::Plain(weight) if weight == 0.0 || RANGE.contains(&weight) => Ok(weight.abs()),
            Number::WrongType => Err(self.fields.wrong_type(Role::Weight, value, "a number")),
            Number::DoesNotFit => Err(does_not_fit(Role::Weight, value)),
            _ => {
                let detail = format!(
                    "weight is {}, expected 0 or a number from 0.000001 to 100000",
                    value.raw.shown()
                );
                Err(RowError::new(&codes::BAD_WEIGHT, value.at, detail)
                    .help("rescale the weights, or turn them off with --map weight="))
            }
        }
    }

    /// Hash of the cluster: the first of `--cluster`, `cluster`, `prompt_id` and `id` that has a value.
    fn item(&self, slots: &Slots<'_>) -> Result<Option<u64>, RowError> {
        let roles = Role::IDENTITIES.map(|role| (role as usize, role));
        let flag = self.fields.cluster_slot().map(|slot| (slot, Role::Cluster));
        for (slot, role) in flag.into_iter().chain(roles) {
            if let Some(hash) = self.identity(slots, slot, role)? {
                return Ok(Some(hash));
            }
        }
        Ok(None)
    }

    /// Hash of the value of a slot. The slot seeds it, so that a cluster `7` and an id `7` in one log stay apart.
    pub(super) fn identity(
        &self,
        slots: &Slots<'_>,
        slot: usize,
        role: Role,
    ) -> Result<Option<u64>, RowError> {
        // Saved states hold hashes, so that the seed of `--cluster` stays what it was when they were made.
        const OF_FLAG: u64 = 19;
        let Some(value) = slots.get(slot).filter(|value| !value.raw.is_missing()) else {
            return Ok(None);
        };
        let Some(text) = value.raw.text() else {
            return Err(self.fields.wrong_type(role, value, "a text or number"));
        };
        let seed = if slot < ROLES.len() {
            slot as u64
        } else {
            OF_FLAG
        };
        Ok(Some(xxh3_64_with_seed(text.as_bytes(), seed)))
    }
}

/// Whether a row that was answered is graded otherwise where it was made to answer.
fn forced_apart(record: &Record) -> bool {
    let forced = record.trace.number(Field::ForcedCorrect);
    let graded = record.credit.zip(forced);
    record.abstained == Abstained::No && graded.is_some_and(|(credit, forced)| credit != forced)
}

/// The weight of a row, if anything is written.
fn weight<'s, 'v>(slots: &'s Slots<'v>) -> Option<&'s Value<'v>> {
    let value = slots.role(Role::Weight);
    value.filter(|value| !value.raw.is_blank())
}

/// Whether a response has a number behind the last word `confidence`.
fn states_confidence(response: &str) -> bool {
    let response = response.to_lowercase();
    let stated = response
        .rsplit_once("confidence")
        .map(|(_, stated)| stated.chars().take(80).any(|c| c.is_ascii_digit()));
    stated.unwrap_or(false)
}

fn kind(slots: &Slots<'_>) -> Kind {
    match slots
        .role(Role::Kind)
        .and_then(|value| value.raw.text())
        .map(fold_word)
        .as_deref()
    {
        Some("epistemic") => Kind::Epistemic,
        Some("safety") => Kind::Safety,
        _ => Kind::Unknown,
    }
}

fn note(outcomes: &Outcomes, record: &Record, slots: &Slots<'_>, notes: &mut Notes) {
    notes.derived += u64::from(outcomes.derived);
    notes.chosen += u64::from(outcomes.chosen);
    notes.chosen_by_target += u64::from(outcomes.chosen_by_target);
    notes.taken_as_answered += u64::from(outcomes.abstained.is_none() && !record.silent);
    notes.beyond.silent += u64::from(record.silent);
    notes.beyond.forced_apart += u64::from(forced_apart(record));
    notes.weightless += u64::from(record.weight == 0.0);
    notes.beyond.unweighted += u64::from(weight(slots).is_none());
    notes.grade_heard |= outcomes.heard;
    notes.grade_unheard |= !outcomes.heard && slots.present(Role::Grade).is_some();
    if let Some(letter) = outcomes.letter {
        notes.letters_c += u64::from(letter == 'C');
        notes.letters_other += u64::from(letter != 'C');
    }
    notes.derived_from_response += u64::from(outcomes.from_response);
    if record.abstained == Abstained::No && !record.silent {
        notes.graded += u64::from(record.credit.is_some());
        notes.ungraded += u64::from(record.credit.is_none());
    }
    if let Some(model) = slots.role(Role::Model).and_then(|value| value.raw.named()) {
        notes.model(model);
    }
}
