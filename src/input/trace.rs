//! What a row says beyond its answer, for the audits of training objectives: numbers by their roles, names, and
//! features of the response. A bad value makes a bad row, as everywhere; a missing one is missing.

use xxhash_rust::xxh3::xxh3_64;

use super::account::{Beyond, Notes};
use super::bad::{RowError, does_not_fit};
use super::choices::list;
use super::fields::Fields;
use super::json::Scanner;
use super::paths::elements;
use super::roles::Role;
use super::row::RowRules;
use super::slots::Slots;
use super::text;
use super::value::{Number, Raw, Value, fold_word};
use crate::codes;
use crate::record::{Field, Names, Trace};

/// What a row says beyond its answer.
#[derive(Default)]
pub(super) struct Traced {
    pub(super) values: Trace,
    /// Hash of the name of its task.
    pub(super) task: Option<u64>,
    /// Whether an audit can rest on it without an outcome.
    pub(super) speaks: bool,
}

/// Roles whose value alone brings a row into the panel.
const BEYOND: [Role; 13] = [
    Role::Step,
    Role::Reward,
    Role::Tokens,
    Role::Format,
    Role::LogpPolicy,
    Role::LogpBase,
    Role::LogpPolicyTokens,
    Role::LogpBaseTokens,
    Role::ForcedCorrect,
    Role::CostWrong,
    Role::CostAbstain,
    Role::TrainWeight,
    Role::ModelSize,
];

impl RowRules {
    /// What the row says beyond its answer; nothing of a row that is neither a sample of a prompt nor has any such role.
    pub(super) fn trace(
        &self,
        slots: &Slots<'_>,
        item: Option<u64>,
        notes: &mut Notes,
    ) -> Result<Traced, RowError> {
        let labelled = slots.present(Role::ShouldAbstain).is_some();
        let sampled = [Role::PromptId, Role::Sample]
            .into_iter()
            .any(|role| slots.present(role).is_some());
        let beyond = BEYOND.iter().any(|role| slots.present(*role).is_some());
        if !labelled && !sampled && !beyond {
            return Ok(Traced::default());
        }
        let task = name(slots, Role::Task, &mut notes.beyond.names);
        if !sampled && !beyond {
            return Ok(Traced {
                task,
                ..Traced::default()
            });
        }
        let prompt = self.identity(slots, Role::PromptId as usize, Role::PromptId)?;
        let numbers = self.fields.numbers(slots)?;
        let values = self
            .fields
            .log_probabilities(slots, numbers, &mut notes.beyond)?;
        let values = values
            .with_some(
                Field::ForcedCorrect,
                self.fields.credit(slots, Role::ForcedCorrect)?,
            )
            .with_some_code(Field::Prompt, prompt.or(item))
            .with_some_code(Field::Task, task)
            .with_some_code(Field::Sample, hash(slots, Role::Sample))
            .with_some_code(Field::Format, self.format(slots, notes)?)
            .with_some_code(Field::Answer, hash(slots, Role::Answer))
            .with_some_code(Field::Gold, hash(slots, Role::Target));
        let values = match self.textless {
            true => values,
            false => text::features(slots, values),
        };
        Ok(Traced {
            task,
            speaks: speaks(&values, prompt.is_some(), slots),
            values,
        })
    }

    fn format(&self, slots: &Slots<'_>, notes: &mut Notes) -> Result<Option<u64>, RowError> {
        let composite = |value: &&Value<'_>| value.raw.text().is_none();
        match slots.present(Role::Format).filter(composite) {
            Some(value) => Err(self.fields.wrong_type(Role::Format, value, "a name")),
            None => Ok(name(slots, Role::Format, &mut notes.beyond.names)),
        }
    }
}

/// Whether an audit can rest on these values where the row has no outcome.
fn speaks(values: &Trace, prompt: bool, slots: &Slots<'_>) -> bool {
    let has = |field| values.has(field);
    let response = || slots.present(Role::Response).is_some();
    (has(Field::Reward) && prompt)
        || (has(Field::LogpPolicy) && has(Field::LogpBase))
        || (has(Field::Step) && (has(Field::Format) || response()))
}

/// The hash of a name, which is remembered.
fn name(slots: &Slots<'_>, role: Role, names: &mut Names) -> Option<u64> {
    let name = slots.present(role)?.raw.text()?;
    Some(names.learn(name.trim()))
}

/// The hash of a text, space around it apart.
fn hash(slots: &Slots<'_>, role: Role) -> Option<u64> {
    let text = slots.present(role)?.raw.text()?;
    Some(xxh3_64(text.trim().as_bytes()))
}

/// A role of one number: the field it fills, which numbers it may be, and in words.
type OfNumber = (Role, Field, fn(f64) -> bool, &'static str);

/// The largest cost, as of the flags that say it for all rows.
const MOST_COST: f64 = 1e6;

const NUMBERS: [OfNumber; 5] = [
    (Role::Step, Field::Step, |_| true, "a number"),
    (Role::Reward, Field::Reward, |_| true, "a number"),
    (
        Role::CostWrong,
        Field::CostWrong,
        |cost| (0.0..=MOST_COST).contains(&cost),
        "a number from 0 to 1000000",
    ),
    (
        Role::CostAbstain,
        Field::CostAbstain,
        |cost| (0.0..=MOST_COST).contains(&cost),
        "a number from 0 to 1000000",
    ),
    (
        Role::TrainWeight,
        Field::TrainWeight,
        |weight| weight >= 0.0,
        "a number from 0 on",
    ),
];

impl Fields {
    /// The roles that are one number.
    fn numbers(&self, slots: &Slots<'_>) -> Result<Trace, RowError> {
        let mut values = Trace::default();
        for (role, field, fits, expected) in NUMBERS {
            let Some(value) = slots.present(role) else {
                continue;
            };
            values = values.with_some(field, self.number(role, value, fits, expected)?);
        }
        if let Some(value) = slots.present(Role::Tokens) {
            values = values.with_some(Field::Tokens, self.tokens(value)?);
        }
        if let Some(value) = slots.present(Role::ModelSize) {
            values = values.with(Field::ModelSize, self.size(value)?);
        }
        Ok(values)
    }

    /// A number; true and false are 1 and 0.
    fn number(
        &self,
        role: Role,
        value: &Value<'_>,
        fits: impl Fn(f64) -> bool,
        expected: &str,
    ) -> Result<Option<f64>, RowError> {
        let spelled = || truth(&value.raw).filter(|number| fits(*number));
        match value.raw.number() {
            Number::Plain(number) if fits(number) => Ok(Some(number)),
            Number::Missing => Ok(None),
            Number::DoesNotFit => Err(does_not_fit(role, value)),
            found @ (Number::Unreadable | Number::WrongType) => match spelled() {
                Some(number) => Ok(Some(number)),
                None if found == Number::WrongType => Err(self.wrong_type(role, value, expected)),
                None => Err(unfit(role, value, expected)),
            },
            _ => Err(unfit(role, value, expected)),
        }
    }

    /// A number of tokens, or as many as a list has.
    fn tokens(&self, value: &Value<'_>) -> Result<Option<f64>, RowError> {
        match list(&value.raw).map(elements) {
            Some(Ok(tokens)) => Ok(Some(tokens.len() as f64)),
            _ => self.number(
                Role::Tokens,
                value,
                |n| n >= 0.0,
                "a number of tokens, or a list of them",
            ),
        }
    }

    /// A number of parameters, such as `7e9` or `7B`.
    fn size(&self, value: &Value<'_>) -> Result<f64, RowError> {
        let text = value.raw.text().unwrap_or_default().trim();
        let (digits, factor) = match text.chars().last().map(|last| last.to_ascii_uppercase()) {
            Some('K') => (&text[..text.len() - 1], 1e3),
            Some('M') => (&text[..text.len() - 1], 1e6),
            Some('B') => (&text[..text.len() - 1], 1e9),
            Some('T') => (&text[..text.len() - 1], 1e12),
            _ => (text, 1.0),
        };
        match Raw::Text(digits.into()).number() {
            Number::Plain(size) if size > 0.0 && (size * factor).is_finite() => Ok(size * factor),
            _ => Err(unfit(
                Role::ModelSize,
                value,
                "a number of parameters, such as 7e9 or 7B",
            )),
        }
    }

    /// Log-probabilities of the whole response, and what its tokens add up to.
    fn log_probabilities(
        &self,
        slots: &Slots<'_>,
        values: Trace,
        notes: &mut Beyond,
    ) -> Result<Trace, RowError> {
        let policy = self.token_list(slots, Role::LogpPolicyTokens)?;
        let base = self.token_list(slots, Role::LogpBaseTokens)?;
        let stated = values.number(Field::Tokens);
        let apart = |list: &Vec<f64>| stated.is_some_and(|stated| stated != list.len() as f64);
        notes.tokens_apart += u64::from([&policy, &base].into_iter().flatten().any(apart));
        let sum = |tokens: &Option<Vec<f64>>| tokens.as_ref().map(|tokens| tokens.iter().sum());
        let values = values
            .with_some(
                Field::LogpPolicy,
                self.whole(slots, Role::LogpPolicy, sum(&policy))?,
            )
            .with_some(
                Field::LogpBase,
                self.whole(slots, Role::LogpBase, sum(&base))?,
            );
        let Some((policy, base)) = policy.zip(base) else {
            return Ok(values);
        };
        if policy.len() != base.len() {
            let at = slots.role(Role::LogpBaseTokens).map_or(0, |value| value.at);
            let detail = format!(
                "logp_policy_tokens has {} numbers and logp_base_tokens {}, expected one each for every token",
                policy.len(),
                base.len()
            );
            return Err(RowError::new(&codes::BAD_NUMBER, at, detail)
                .help("score the same tokens under both models, or leave one out with --map logp_base_tokens="));
        }
        // e^l - 1 - l loses its digits near 0 when computed as it stands.
        let k3 = policy
            .iter()
            .zip(&base)
            .map(|(p, b)| (b - p).exp_m1() - (b - p));
        let k3: f64 = k3.sum();
        if !k3.is_finite() {
            let at = slots
                .role(Role::LogpPolicyTokens)
                .map_or(0, |value| value.at);
            let detail = "the log-probabilities of a token under the two models are further apart than a float holds";
            return Err(
                RowError::new(&codes::BAD_NUMBER, at, detail).help(leave_out(Role::LogpBaseTokens))
            );
        }
        Ok(values
            .with(Field::LogpTokens, policy.len() as f64)
            .with(Field::K3, k3))
    }

    /// A log-probability of the whole response: its column, else the sum over its tokens; both must agree.
    fn whole(
        &self,
        slots: &Slots<'_>,
        role: Role,
        tokens: Option<f64>,
    ) -> Result<Option<f64>, RowError> {
        let Some(value) = slots.present(role) else {
            return Ok(tokens);
        };
        let stated = self.number(role, value, is_log_probability, LOG_PROBABILITY)?;
        let apart = |(stated, sum): (f64, f64)| (stated - sum).abs() > 1e-2 + 1e-3 * sum.abs();
        if stated.zip(tokens).is_some_and(apart) {
            let detail = format!(
                "{} is {}, and its tokens add up to {}",
                role.name(),
                value.raw.shown(),
                tokens.unwrap_or_default()
            );
            return Err(
                RowError::new(&codes::CONTRADICTION, value.at, detail).help(leave_out(role))
            );
        }
        Ok(stated)
    }

    /// Log-probabilities of tokens; an empty list says nothing.
    fn token_list(&self, slots: &Slots<'_>, role: Role) -> Result<Option<Vec<f64>>, RowError> {
        const EXPECTED: &str = "a list of log-probabilities, each a number of at most 0";
        let Some(value) = slots.present(role) else {
            return Ok(None);
        };
        // A list of one value is that value.
        let one = match value.raw.number() {
            Number::Plain(number) => Some(vec![number]),
            _ => None,
        };
        let tokens = match one {
            Some(tokens) => tokens,
            None => {
                let Some(Ok(found)) = list(&value.raw).map(elements) else {
                    return Err(self.wrong_type(role, value, EXPECTED));
                };
                let numbers = found.iter().map(|element| number_in(element));
                numbers
                    .collect::<Option<_>>()
                    .ok_or_else(|| unfit(role, value, EXPECTED))?
            }
        };
        match tokens.iter().all(|logp| is_log_probability(*logp)) {
            true => Ok(Some(tokens).filter(|tokens| !tokens.is_empty())),
            false => Err(unfit(role, value, EXPECTED)),
        }
    }
}

/// True as 1 and false as 0; a field of CSV has them as words.
fn truth(raw: &Raw<'_>) -> Option<f64> {
    let word = raw.text().map(fold_word)?;
    match word.as_str() {
        "true" => Some(1.0),
        "false" => Some(0.0),
        _ => None,
    }
}

const LOG_PROBABILITY: &str = "a log-probability in nats, a number of at most 0";

/// Rounding may carry the logarithm of a certain token above 0.
fn is_log_probability(number: f64) -> bool {
    number <= 1e-3
}

fn number_in(element: &str) -> Option<f64> {
    match Scanner::new(element).value().ok()?.number() {
        Number::Plain(number) => Some(number),
        _ => None,
    }
}

fn unfit(role: Role, value: &Value<'_>, expected: &str) -> RowError {
    let detail = format!(
        "{} is {}, expected {expected}",
        role.name(),
        value.raw.shown()
    );
    RowError::new(&codes::BAD_NUMBER, value.at, detail).help(leave_out(role))
}

fn leave_out(role: Role) -> String {
    let name = role.name();
    format!(
        "point the role at another column with --map {name}=PATH, or leave it empty with --map {name}="
    )
}
