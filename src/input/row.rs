//! The values of one row become a record: every role has one reading, stated here, and no silent default.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::account::Notes;
use super::bad::{RowError, does_not_fit, nothing_to_audit};
use super::confidence::MissingConfidence;
use super::fields::Fields;
use super::outcome::Outcomes;
use super::roles::{ROLES, Role};
use super::scale::ConfidenceScale;
use super::slots::Slots;
use super::value::{Number, fold_word};
use crate::codes;
use crate::record::{Abstained, Kind, Record};

/// How rows are read: which columns, on which scale.
#[derive(Clone, Debug, Default)]
pub struct RowRules {
    /// Which column plays which role.
    pub fields: Fields,
    /// Scale of the confidences.
    pub scale: ConfidenceScale,
    /// What a missing confidence does.
    pub missing_confidence: MissingConfidence,
}

/// What became of a row that is not bad.
#[derive(Debug)]
pub(crate) enum Outcome {
    Used(Record),
    Filtered,
}

impl RowRules {
    /// Reads one row.
    pub(crate) fn read(
        &self,
        slots: &mut Slots<'_>,
        notes: &mut Notes,
    ) -> Result<Outcome, RowError> {
        for mapping in self.fields.mappings.values() {
            slots.translate(mapping.role, &mapping.values);
        }
        if !self.passes(slots) {
            return Ok(Outcome::Filtered);
        }
        let should_abstain = self.should_abstain(slots)?;
        let outcomes = self.fields.outcomes(slots)?;
        if let Some(missing) = outcomes.missing(should_abstain) {
            return Err(nothing_to_audit(missing));
        }
        let abstained = outcomes.abstained.unwrap_or_default();
        let mut record = Record {
            kind: kind(slots),
            should_abstain,
            abstained,
            confidence: None,
            credit: outcomes.credit.filter(|_| abstained != Abstained::Full),
            weight: self.weight(slots)?,
            item: self.item(slots),
        };
        record.confidence = self.confidence(slots, &record, notes)?;
        note(&outcomes, &record, slots, notes);
        Ok(Outcome::Used(record))
    }

    fn passes(&self, slots: &Slots<'_>) -> bool {
        self.fields.filter_slots().all(|(slot, wanted)| {
            slots.get(slot).and_then(|value| value.raw.text()) == Some(wanted)
        })
    }

    fn should_abstain(&self, slots: &Slots<'_>) -> Result<Option<bool>, RowError> {
        let Some(value) = slots.present(Role::ShouldAbstain) else {
            return Ok(None);
        };
        let truth = value.raw.truth().ok_or_else(|| {
            self.fields
                .unknown(Role::ShouldAbstain, value, "true or false")
        })?;
        Ok(Some(truth != slots.is_inverted(Role::ShouldAbstain)))
    }

    fn weight(&self, slots: &Slots<'_>) -> Result<f64, RowError> {
        /// Bounds within which weighted fixed-point sums stay exact.
        const RANGE: std::ops::RangeInclusive<f64> = 1e-6..=1e5;
        let Some(value) = slots.role(Role::Weight) else {
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

    /// Hash of the cluster: `--cluster`, else `cluster`, else `prompt_id`, else `id`.
    fn item(&self, slots: &Slots<'_>) -> Option<u64> {
        let roles = [Role::Cluster, Role::PromptId, Role::Id].map(|role| role as usize);
        let flag = self.fields.cluster_slot();
        let mut named = flag
            .into_iter()
            .chain(roles)
            .map(|slot| (slot, slots.get(slot)));
        named.find_map(|(slot, value)| {
            let text = value?.raw.text()?;
            // The slot seeds the hash, so that a cluster `7` and an id `7` in one log stay apart.
            Some(xxh3_64_with_seed(
                text.as_bytes(),
                slot.min(ROLES.len()) as u64,
            ))
        })
    }
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
    notes.grade_heard |= outcomes.heard;
    if let Some(letter) = outcomes.letter {
        notes.letters_c += u64::from(letter == 'C');
        notes.letters_other += u64::from(letter != 'C');
    }
    notes.derived_from_response += u64::from(outcomes.from_response);
    if record.abstained == Abstained::No {
        notes.graded += u64::from(record.credit.is_some());
        notes.ungraded += u64::from(record.credit.is_none());
    }
    if let Some(model) = slots.role(Role::Model).and_then(|value| value.raw.text()) {
        notes.model(model);
    }
}
