//! What a row says of its answer: whether there was one, and whether it was right.

use super::bad::{RowError, does_not_fit};
use super::choices::Choices;
use super::fields::Fields;
use super::grade::Grade;
use super::roles::Role;
use super::slots::Slots;
use super::value::{Number, Value, fold_word};
use crate::codes;
use crate::record::{Abstained, Multiclass};

/// What the outcome columns of a row say.
#[derive(Default)]
pub(super) struct Outcomes {
    pub(super) credit: Option<f64>,
    pub(super) abstained: Option<Abstained>,
    /// `credit` came from comparing answer and target.
    pub(super) derived: bool,
    /// A grade filled what the row's own columns left open.
    pub(super) heard: bool,
    /// The bare letter that graded the row.
    pub(super) letter: Option<char>,
    /// The answer compared was the whole response.
    pub(super) from_response: bool,
    /// `credit` says whether the likeliest option is the target.
    pub(super) chosen: bool,
    /// That target was the column `target`.
    pub(super) chosen_by_target: bool,
    /// The squared error over all options.
    pub(super) multiclass: Option<Multiclass>,
}

impl Outcomes {
    /// Whether the columns of a row leave open if its answer was correct.
    fn is_open(&self, slots: &Slots<'_>) -> bool {
        self.credit.is_none() && slots.present(Role::Correct).is_none()
    }

    /// What a row lacks that says nothing about the model.
    pub(super) fn missing(&self, should_abstain: Option<bool>) -> Option<&'static str> {
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

impl Fields {
    /// Credit and abstention from their own columns, then from the grade, then from answer and target.
    pub(super) fn outcomes(
        &self,
        slots: &Slots<'_>,
        choices: Option<&Choices>,
    ) -> Result<Outcomes, RowError> {
        let opposite = |role| self.opposites.contains(&role);
        let (credit, abstained) = (
            self.credit(slots, Role::Correct)?,
            self.stance(slots, Role::Abstained)?,
        );
        let mut outcomes = Outcomes {
            credit: match opposite(Role::Correct) {
                true => credit.map(|credit| 1.0 - credit),
                false => credit,
            },
            abstained: match opposite(Role::Abstained) {
                true => abstained.map(Abstained::opposite),
                false => abstained,
            },
            ..Outcomes::default()
        };
        self.grade(slots, &mut outcomes)?;
        if outcomes.abstained == Some(Abstained::Full) {
            return Ok(outcomes);
        }
        if let Some(choices) = choices {
            self.options(slots, choices, &mut outcomes)?;
        }
        if outcomes.is_open(slots) {
            derive(slots, &mut outcomes);
        }
        Ok(outcomes)
    }

    /// What the options say: whether the likeliest is right, where that is open, and their squared error.
    fn options(
        &self,
        slots: &Slots<'_>,
        choices: &Choices,
        outcomes: &mut Outcomes,
    ) -> Result<(), RowError> {
        let open = outcomes.is_open(slots);
        // Beside a grade of the row's own, `target` may be anything.
        if !open && slots.present(Role::TargetIndex).is_none() {
            return Ok(());
        }
        let Some(targets) = self.targets(slots, choices)? else {
            return Ok(());
        };
        let right = f64::from(u8::from(choices.is_right(&targets)));
        let from_options = slots.role(Role::Confidence).is_none();
        outcomes.multiclass = choices.multiclass(&targets);
        match outcomes.credit {
            Some(credit) if from_options && credit != right => {
                Err(another_answer(slots, credit, right))
            }
            None if open => {
                outcomes.credit = Some(right);
                (outcomes.chosen, outcomes.chosen_by_target) = (true, targets.by_target);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Lets the grade fill what the row's own columns leave open.
    fn grade(&self, slots: &Slots<'_>, outcomes: &mut Outcomes) -> Result<(), RowError> {
        let Some(value) = slots.present(Role::Grade) else {
            return Ok(());
        };
        let mapped = self.mappings.contains_key(&Role::Grade);
        let settled = outcomes.credit.is_some() || outcomes.abstained.is_some();
        // `label`, `score` and `value` are often something else: beside an outcome of the row's own such a column
        // is heard only when it says that the model declined, and beside an answer a letter or yes may be the gold label.
        let bare = Grade::is_bare(&value.raw) && !mapped;
        let grade = Grade::read(&value.raw)
            .filter(|grade| mapped || !settled || matches!(grade, Grade::Declined(_)))
            .filter(|_| !bare || slots.role(Role::Answer).is_none());
        outcomes.heard = grade.is_some();
        outcomes.letter = grade
            .and(value.raw.text())
            .filter(|_| bare)
            .and_then(first_letter);
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

    /// The credit that the column of a role gives.
    pub(super) fn credit(&self, slots: &Slots<'_>, role: Role) -> Result<Option<f64>, RowError> {
        let Some(value) = slots.present(role) else {
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
                    "{} is {}, expected true, false or a share from 0 to 1",
                    role.name(),
                    value.raw.shown()
                );
                Err(RowError::new(&codes::CREDIT_OUT_OF_RANGE, value.at, detail)
                    .help(self.map_hint(role)))
            }
            Number::DoesNotFit => Err(does_not_fit(role, value)),
            Number::Missing | Number::Unreadable | Number::WrongType => {
                match Grade::read(&value.raw).and_then(Grade::credit) {
                    Some(credit) => Ok(Some(credit)),
                    None => Err(self.unknown(role, value, "true, false or a share from 0 to 1")),
                }
            }
        }
    }

    /// How far the model declined, as the column of a role says.
    pub(super) fn stance(
        &self,
        slots: &Slots<'_>,
        role: Role,
    ) -> Result<Option<Abstained>, RowError> {
        let Some(value) = slots.role(role) else {
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
            .ok_or_else(|| self.unknown(role, value, "true, false, none, partial or full"))
    }
}

/// A grade that is not that of the likeliest option, whose probability would be the confidence.
fn another_answer(slots: &Slots<'_>, credit: f64, right: f64) -> RowError {
    let graded = [Role::Correct, Role::Grade].map(|role| slots.present(role));
    let at = graded
        .into_iter()
        .flatten()
        .next()
        .map_or(0, |value| value.at);
    let detail = format!(
        "the row's credit is {credit}, and that of its likeliest option {right}: the confidence would be that of another answer"
    );
    RowError::new(&codes::CONTRADICTION, at, detail).help(
        "map the column that grades the likeliest option with --map correct=PATH, or read no confidence with --map choice_logprobs=",
    )
}

fn first_letter(text: &str) -> Option<char> {
    text.trim()
        .chars()
        .next()
        .map(|letter| letter.to_ascii_uppercase())
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
