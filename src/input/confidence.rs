//! The confidence of a row: on its scale, missing, or out of range, and never anything in between.

use super::account::Notes;
use super::bad::{RowError, does_not_fit};
use super::choices::Choices;
use super::roles::Role;
use super::row::RowRules;
use super::scale::ConfidenceScale;
use super::slots::Slots;
use super::value::{Number, Value};
use crate::codes;
use crate::record::{Abstained, Confidence, Record};

/// What an answered row without a confidence does (`--missing-confidence`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MissingConfidence {
    /// It leaves the confidence metrics and is counted.
    #[default]
    Drop,
    /// It is a bad row.
    Error,
}

impl std::fmt::Display for MissingConfidence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Drop => "drop",
            Self::Error => "error",
        })
    }
}

/// What a row says of its confidence, and where.
enum Stated {
    Given(Confidence),
    Missing(usize),
    Unreadable(usize),
}

impl RowRules {
    /// The confidence of a row. One that declined needs none; the one it may have is checked and not kept.
    pub(super) fn confidence(
        &self,
        slots: &Slots<'_>,
        choices: Option<&Choices>,
        record: &Record,
        notes: &mut Notes,
    ) -> Result<Option<Confidence>, RowError> {
        let stated = match choices.filter(|_| slots.role(Role::Confidence).is_none()) {
            Some(choices) => {
                notes.softmaxed += 1;
                Confidence::new(choices.confidence).map_or(Stated::Missing(0), Stated::Given)
            }
            None => self.stated(slots, notes)?,
        };
        let (at, unreadable) = match stated {
            _ if record.abstained == Abstained::Full => return Ok(None),
            Stated::Given(confidence) => return Ok(Some(confidence)),
            Stated::Missing(at) => (at, 0),
            Stated::Unreadable(at) => (at, 1),
        };
        if self.missing_confidence == MissingConfidence::Error {
            let detail = "an answered row has no usable confidence";
            return Err(RowError::new(&codes::MISSING_CONFIDENCE, at, detail)
                .help("--missing-confidence drop leaves such rows out of the confidence metrics and counts them"));
        }
        notes.confidence_missing += 1;
        notes.confidence_unreadable += unreadable;
        Ok(None)
    }

    /// The confidence that a row has, be it that of an answer or not.
    pub(super) fn any_confidence(&self, slots: &Slots<'_>) -> Option<Confidence> {
        match (self.fields.choices(slots), slots.role(Role::Confidence)) {
            (Ok(Some(choices)), None) => Confidence::new(choices.confidence),
            _ => match self.stated(slots, &mut Notes::default()) {
                Ok(Stated::Given(confidence)) => Some(confidence),
                Ok(Stated::Missing(_) | Stated::Unreadable(_)) | Err(_) => None,
            },
        }
    }

    fn stated(&self, slots: &Slots<'_>, notes: &mut Notes) -> Result<Stated, RowError> {
        let Some(value) = slots.role(Role::Confidence) else {
            return Ok(Stated::Missing(0));
        };
        let (number, scale) = match value.raw.number() {
            Number::Plain(number) => {
                notes.at_most_one += u64::from(number > 0.0 && number <= 1.0);
                notes.above_one += u64::from(number > 1.0);
                (number, self.scale)
            }
            Number::Infinite(number) if self.scale != ConfidenceScale::Unit => (number, self.scale),
            Number::Percent(share) => (share, ConfidenceScale::Unit),
            Number::Missing => return Ok(Stated::Missing(value.at)),
            Number::Unreadable => return Ok(Stated::Unreadable(value.at)),
            Number::Infinite(_) => return Err(self.out_of_range(value, self.scale)),
            Number::DoesNotFit => return Err(does_not_fit(Role::Confidence, value)),
            Number::WrongType => {
                let expected = self.scale.expected();
                return Err(self.fields.wrong_type(Role::Confidence, value, &expected));
            }
        };
        let opposite = self.fields.opposites.contains(&Role::Confidence);
        scale
            .probability(number)
            .map(|p| if opposite { 1.0 - p } else { p })
            .and_then(Confidence::new)
            .map(Stated::Given)
            .ok_or_else(|| self.out_of_range(value, scale))
    }

    fn out_of_range(&self, value: &Value<'_>, scale: ConfidenceScale) -> RowError {
        let detail = format!(
            "confidence is {}, expected {}",
            value.raw.shown(),
            scale.expected()
        );
        let error = RowError::new(&codes::OUT_OF_RANGE, value.at, detail);
        match value.raw.number() {
            Number::Plain(number)
                if number > 1.0 && number <= 100.0 && self.scale == ConfidenceScale::Unit =>
            {
                error.help("if confidence is a percentage, pass --confidence-scale percent; if it runs from LO to HI, pass --confidence-scale LO,HI")
            }
            Number::Plain(number) if number < 0.0 && self.scale == ConfidenceScale::Unit => {
                error.help("if confidence is a log-probability, pass --confidence-scale logprob")
            }
            _ => error.help(
                "say how it is scaled: --confidence-scale unit, percent, logprob, logit or LO,HI",
            ),
        }
    }
}
