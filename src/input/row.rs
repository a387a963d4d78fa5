//! The values of one row become a record: every role has one reading, stated here, and no silent default.

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::account::Notes;
use super::fields::{Fields, ROLES, Role};
use super::grade::Grade;
use super::scale::ConfidenceScale;
use super::value::{Number, Raw, Value, fold_word};
use crate::codes::{self, Code};
use crate::record::{Abstained, Confidence, Kind, Record};

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

/// Why a row is bad; the offset is that of the value, in the row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RowError {
    pub(crate) code: &'static Code,
    pub(crate) at: usize,
    pub(crate) detail: String,
    pub(crate) help: Option<String>,
}

impl RowError {
    pub(crate) fn new(code: &'static Code, at: usize, detail: impl Into<String>) -> Self {
        Self {
            code,
            at,
            detail: detail.into(),
            help: None,
        }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }
}

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

    fn get(&self, slot: usize) -> Option<&Value<'a>> {
        self.values.get(slot)?.as_ref().map(|filled| &filled.value)
    }

    fn role(&self, role: Role) -> Option<&Value<'a>> {
        self.get(role as usize)
    }

    /// The value of a role unless it is absent, null or a word for nothing.
    fn present(&self, role: Role) -> Option<&Value<'a>> {
        self.role(role).filter(|value| !value.raw.is_missing())
    }

    fn is_inverted(&self, role: Role) -> bool {
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
}

/// What became of a row that is not bad.
#[derive(Debug)]
pub(crate) enum Outcome {
    Used(Record),
    Filtered,
}

/// What the outcome columns of a row say.
#[derive(Default)]
struct Outcomes {
    credit: Option<f64>,
    abstained: Option<Abstained>,
    derived: bool,
    from_response: bool,
}

impl Outcomes {
    /// What a row lacks that says nothing about the model.
    fn missing(&self, should_abstain: Option<bool>) -> Option<&'static str> {
        match (self.credit, self.abstained, should_abstain) {
            (None, None, Some(_)) => {
                Some("the row has `should_abstain` and no value for `abstained` or `correct`")
            }
            (None, None, None) => Some(
                "the row has no value for `correct` (or for `answer` and `target`), `abstained` or `grade`",
            ),
            (None, Some(Abstained::No), None) => {
                Some("the row was answered, and has no value for `correct` or `should_abstain`")
            }
            _ => None,
        }
    }
}

impl RowRules {
    /// Reads one row.
    pub(crate) fn read(
        &self,
        slots: &mut Slots<'_>,
        notes: &mut Notes,
    ) -> Result<Outcome, RowError> {
        self.translate(slots);
        if !self.passes(slots) {
            return Ok(Outcome::Filtered);
        }
        let should_abstain = self.should_abstain(slots)?;
        let outcomes = self.outcomes(slots)?;
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

    /// Applies the value maps of `--map`.
    fn translate(&self, slots: &mut Slots<'_>) {
        for mapping in self
            .fields
            .mappings
            .values()
            .filter(|mapping| !mapping.values.is_empty())
        {
            let Some(Some(filled)) = slots.values.get_mut(mapping.role as usize) else {
                continue;
            };
            let meaning = match &filled.value.raw {
                Raw::Null => mapping.values.get("null"),
                raw => raw.text().and_then(|text| mapping.values.get(text)),
            };
            if let Some(meaning) = meaning {
                filled.value.raw = Raw::Text(meaning.clone().into());
            }
        }
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
        let truth = value
            .raw
            .truth()
            .ok_or_else(|| self.unknown(Role::ShouldAbstain, value, "true or false"))?;
        Ok(Some(truth != slots.is_inverted(Role::ShouldAbstain)))
    }

    /// Credit and abstention from their own columns, then from the grade, then from answer and target.
    fn outcomes(&self, slots: &Slots<'_>) -> Result<Outcomes, RowError> {
        let mut outcomes = Outcomes {
            credit: self.correct(slots)?,
            abstained: self.abstained(slots)?,
            ..Outcomes::default()
        };
        self.grade(slots, &mut outcomes)?;
        if outcomes.credit.is_none()
            && outcomes.abstained != Some(Abstained::Full)
            && slots.role(Role::Correct).is_none()
        {
            derive(slots, &mut outcomes);
        }
        Ok(outcomes)
    }

    /// Lets the grade fill what the row's own columns leave open.
    fn grade(&self, slots: &Slots<'_>, outcomes: &mut Outcomes) -> Result<(), RowError> {
        let Some(value) = slots.present(Role::Grade) else {
            return Ok(());
        };
        let mapped = self.fields.mappings.contains_key(&Role::Grade);
        let settled = outcomes.credit.is_some() || outcomes.abstained.is_some();
        // `label`, `score` and `value` are often something else: beside an outcome of the row's own such a column
        // is heard only when it says that the model declined, and beside an answer yes and no may be the gold label.
        let grade = Grade::read(&value.raw)
            .filter(|grade| mapped || !settled || matches!(grade, Grade::Declined(_)))
            .filter(|_| {
                mapped || value.raw.truth().is_none() || slots.role(Role::Answer).is_none()
            });
        match grade {
            Some(grade) => grade
                .fill(&mut outcomes.credit, &mut outcomes.abstained)
                .map_err(|()| {
                    let detail = format!(
                        "the grade {} contradicts `correct` or `abstained`",
                        value.raw.shown()
                    );
                    RowError::new(&codes::CONTRADICTION, value.at, detail)
                        .help("unmap the column that is not meant: --map grade=")
                }),
            None if settled && !mapped => Ok(()),
            None => Err(self.unknown(Role::Grade, value, Grade::EXPECTED)),
        }
    }

    fn correct(&self, slots: &Slots<'_>) -> Result<Option<f64>, RowError> {
        let Some(value) = slots.present(Role::Correct) else {
            return Ok(None);
        };
        if let Some(truth) = value.raw.truth() {
            return Ok(Some(f64::from(u8::from(truth))));
        }
        match value.raw.number() {
            Number::Plain(credit) | Number::Percent(credit) if (0.0..=1.0).contains(&credit) => {
                Ok(Some(credit.abs()))
            }
            Number::Plain(_) | Number::Percent(_) | Number::Infinite(_) => {
                let detail = format!(
                    "correct is {}, expected true, false or a share from 0 to 1",
                    value.raw.shown()
                );
                Err(RowError::new(&codes::CREDIT_OUT_OF_RANGE, value.at, detail)
                    .help(self.map_hint(Role::Correct)))
            }
            Number::DoesNotFit => Err(does_not_fit(Role::Correct, value)),
            Number::Missing | Number::Unreadable | Number::WrongType => {
                match Grade::read(&value.raw).and_then(Grade::credit) {
                    Some(credit) => Ok(Some(credit)),
                    None => Err(self.unknown(
                        Role::Correct,
                        value,
                        "true, false or a share from 0 to 1",
                    )),
                }
            }
        }
    }

    fn abstained(&self, slots: &Slots<'_>) -> Result<Option<Abstained>, RowError> {
        let Some(value) = slots.role(Role::Abstained) else {
            return Ok(None);
        };
        if let Some(truth) = value.raw.truth() {
            return Ok(Some(if truth {
                Abstained::Full
            } else {
                Abstained::No
            }));
        }
        let word = value.raw.text().map(fold_word);
        match word.as_deref() {
            Some("none") => return Ok(Some(Abstained::No)),
            Some("partial") => return Ok(Some(Abstained::Partial)),
            Some("full") => return Ok(Some(Abstained::Full)),
            _ if value.raw.is_missing() => return Ok(None),
            _ => {}
        }
        Grade::read(&value.raw)
            .and_then(Grade::abstained)
            .map(Some)
            .ok_or_else(|| {
                self.unknown(Role::Abstained, value, "true, false, none, partial or full")
            })
    }

    /// The confidence of an answered row; a row that declined needs none.
    fn confidence(
        &self,
        slots: &Slots<'_>,
        record: &Record,
        notes: &mut Notes,
    ) -> Result<Option<Confidence>, RowError> {
        if record.abstained == Abstained::Full {
            return Ok(None);
        }
        let Some(value) = slots.role(Role::Confidence) else {
            return self.missing(0, notes);
        };
        let number = match value.raw.number() {
            Number::Plain(number) => number,
            Number::Infinite(number) if self.scale != ConfidenceScale::Unit => number,
            Number::Percent(share) => return self.place(value, share, ConfidenceScale::Unit),
            Number::Missing => return self.missing(value.at, notes),
            Number::Unreadable => {
                notes.confidence_unreadable += 1;
                return self.missing(value.at, notes);
            }
            Number::Infinite(_) => return Err(self.out_of_range(value, self.scale)),
            Number::DoesNotFit => return Err(does_not_fit(Role::Confidence, value)),
            Number::WrongType => {
                return Err(self.wrong_type(Role::Confidence, value, &self.scale.expected()));
            }
        };
        notes.at_most_one += u64::from(number > 0.0 && number <= 1.0);
        notes.above_one += u64::from(number > 1.0);
        self.place(value, number, self.scale)
    }

    fn place(
        &self,
        value: &Value<'_>,
        number: f64,
        scale: ConfidenceScale,
    ) -> Result<Option<Confidence>, RowError> {
        let confidence = scale.probability(number).and_then(Confidence::new);
        confidence
            .map(Some)
            .ok_or_else(|| self.out_of_range(value, scale))
    }

    fn missing(&self, at: usize, notes: &mut Notes) -> Result<Option<Confidence>, RowError> {
        match self.missing_confidence {
            MissingConfidence::Drop => {
                notes.confidence_missing += 1;
                Ok(None)
            }
            MissingConfidence::Error => {
                let detail = "an answered row has no usable confidence";
                Err(RowError::new(&codes::MISSING_CONFIDENCE, at, detail).help("--missing-confidence drop leaves such rows out of the confidence metrics and counts them"))
            }
        }
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
                error.help("if confidence is a percentage, pass --confidence-scale percent")
            }
            Number::Plain(number) if number < 0.0 && self.scale == ConfidenceScale::Unit => {
                error.help("if confidence is a log-probability, pass --confidence-scale logprob")
            }
            _ => error.help(
                "say how it is scaled: --confidence-scale unit, percent, logprob, logit or LO,HI",
            ),
        }
    }

    fn weight(&self, slots: &Slots<'_>) -> Result<f64, RowError> {
        /// Bounds within which weighted fixed-point sums stay exact.
        const RANGE: std::ops::RangeInclusive<f64> = 1e-6..=1e5;
        let Some(value) = slots.role(Role::Weight) else {
            return Ok(1.0);
        };
        match value.raw.number() {
            Number::Plain(weight) if weight == 0.0 || RANGE.contains(&weight) => Ok(weight.abs()),
            Number::WrongType => Err(self.wrong_type(Role::Weight, value, "a number")),
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

    fn unknown(&self, role: Role, value: &Value<'_>, expected: &str) -> RowError {
        if let Raw::Composite(_) = value.raw {
            return self.wrong_type(role, value, expected);
        }
        let detail = format!(
            "{} is {}, expected {expected}",
            role.name(),
            value.raw.shown()
        );
        RowError::new(&codes::UNKNOWN_LABEL, value.at, detail).help(self.map_hint(role))
    }

    fn wrong_type(&self, role: Role, value: &Value<'_>, expected: &str) -> RowError {
        let detail = format!(
            "{} is {}, expected {expected}",
            role.name(),
            value.raw.shown()
        );
        RowError::new(&codes::WRONG_TYPE, value.at, detail).help(format!(
            "point the role at another column with --map {}=PATH",
            role.name()
        ))
    }

    fn map_hint(&self, role: Role) -> String {
        let path = self
            .fields
            .mappings
            .get(&role)
            .map_or("PATH", |mapping| mapping.path.as_str());
        format!(
            "say what its values mean: --map {}={path}:VALUE=MEANING",
            role.name()
        )
    }
}

fn does_not_fit(role: Role, value: &Value<'_>) -> RowError {
    let detail = format!(
        "{} is {}, which a 64-bit float cannot hold",
        role.name(),
        value.raw.shown()
    );
    RowError::new(&codes::NUMBER_DOES_NOT_FIT, value.at, detail)
        .help("write a number that a double can hold")
}

fn nothing_to_audit(detail: &str) -> RowError {
    RowError::new(&codes::NOTHING_TO_AUDIT, 0, detail)
        .help("map the outcome with --map correct=PATH or --map abstained=PATH")
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

/// Exact match of answer and target, where the row has no `correct`.
fn derive(slots: &Slots<'_>, outcomes: &mut Outcomes) {
    let text = |role| {
        slots
            .role(role)
            .and_then(|value: &Value<'_>| value.raw.text())
    };
    let from_response = slots.role(Role::Answer).is_none();
    let answer = text(if from_response {
        Role::Response
    } else {
        Role::Answer
    });
    let Some((answer, target)) = answer.zip(text(Role::Target)) else {
        return;
    };
    outcomes.credit = Some(f64::from(u8::from(answer == target)));
    outcomes.derived = true;
    outcomes.from_response = from_response;
}

fn note(outcomes: &Outcomes, record: &Record, slots: &Slots<'_>, notes: &mut Notes) {
    notes.derived += u64::from(outcomes.derived);
    notes.derived_from_response += u64::from(outcomes.from_response);
    if record.abstained == Abstained::No {
        notes.graded += u64::from(record.credit.is_some());
        notes.ungraded += u64::from(record.credit.is_none());
    }
    if let Some(model) = slots.role(Role::Model).and_then(|value| value.raw.text()) {
        notes.model(model);
    }
}
