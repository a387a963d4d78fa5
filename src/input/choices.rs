//! Questions with options: the confidence is the softmax of their log-likelihoods, and the likeliest is the answer.

use super::bad::RowError;
use super::fields::Fields;
use super::json::Scanner;
use super::paths::elements;
use super::roles::Role;
use super::slots::Slots;
use super::value::{Number, Raw, Value};
use crate::codes;
use crate::record::Multiclass;

/// What the log-likelihoods of a row say.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Choices {
    /// Softmax at the likeliest option.
    pub(super) confidence: f64,
    /// The likeliest option, the first of several.
    answer: usize,
    /// Softmax at every option.
    probabilities: Vec<f64>,
}

/// Which options of a row are right.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Targets {
    options: Vec<usize>,
    /// The column `target` says so, for want of a `target_index`.
    pub(super) by_target: bool,
}

impl Choices {
    /// `exp(max) / Σ exp(xᵢ)`, shifted by the maximum so that nothing overflows.
    fn of(scores: &[f64]) -> Option<Self> {
        let mut best = (0, *scores.first()?);
        for (at, score) in scores.iter().enumerate() {
            if *score > best.1 {
                best = (at, *score);
            }
        }
        let powers: Vec<_> = scores.iter().map(|score| (score - best.1).exp()).collect();
        let sum: f64 = powers.iter().sum();
        Some(Self {
            confidence: 1.0 / sum,
            answer: best.0,
            probabilities: powers.into_iter().map(|power| power / sum).collect(),
        })
    }

    /// Whether the likeliest option is right.
    pub(super) fn is_right(&self, targets: &Targets) -> bool {
        targets.options.contains(&self.answer)
    }

    /// The squared error over all options, where one of them is right.
    pub(super) fn multiclass(&self, targets: &Targets) -> Option<Multiclass> {
        let [target] = targets.options[..] else {
            return None;
        };
        let off = |(at, p): (usize, &f64)| p - f64::from(u8::from(at == target));
        let squares = self.probabilities.iter().enumerate().map(off);
        Some(Multiclass {
            classes: u64::try_from(self.probabilities.len()).ok()?,
            square: squares.map(|off| off * off).sum(),
        })
    }
}

/// What was found in the place of log-likelihoods.
enum Found {
    Numbers(Vec<Number>),
    Empty,
    Other,
}

impl Fields {
    /// What the options of a row say, where the row has any and something rests on it.
    ///
    /// # Errors
    /// When a list of numbers cannot be one of log-likelihoods; any other content, where a flag names the column.
    pub(super) fn choices(&self, slots: &Slots<'_>) -> Result<Option<Choices>, RowError> {
        let needed =
            || slots.role(Role::Confidence).is_none() || slots.role(Role::Correct).is_none();
        let Some(value) = slots.present(Role::ChoiceLogprobs).filter(|_| needed()) else {
            return Ok(None);
        };
        // What a preset names, a row of the tool may lack.
        let assumed = self.assumed.contains(&Role::ChoiceLogprobs);
        let named = self.mappings.contains_key(&Role::ChoiceLogprobs) && !assumed;
        let bad = |detail: &str| {
            let detail = format!(
                "choice_logprobs {detail}, expected the log-likelihoods of two options or more"
            );
            Err(RowError::new(&codes::BAD_CHOICES, value.at, detail)
                .help(codes::BAD_CHOICES.remedy))
        };
        let numbers = match found(&value.raw) {
            Found::Empty if assumed => return Ok(None),
            Found::Empty => return bad("is an empty list"),
            Found::Other if named => return bad(&format!("is {}", value.raw.shown())),
            Found::Numbers(numbers) if numbers.len() == 1 && named => return bad("has one option"),
            Found::Numbers(numbers) if numbers.len() > 1 => numbers,
            Found::Numbers(_) | Found::Other => return Ok(None),
        };
        let finite = |number: &Number| match number {
            Number::Plain(score) => Some(*score),
            _ => None,
        };
        match numbers.iter().map(finite).collect::<Option<Vec<_>>>() {
            Some(scores) => Ok(Choices::of(&scores)),
            None => bad("has NaN, infinity or a number too large for a float"),
        }
    }

    /// Which options are right: `target_index` says so, else `target` where no answer is there to be compared with it.
    ///
    /// # Errors
    /// When a target is no option.
    pub(super) fn targets(
        &self,
        slots: &Slots<'_>,
        choices: &Choices,
    ) -> Result<Option<Targets>, RowError> {
        let own = slots.present(Role::TargetIndex);
        let other = slots
            .present(Role::Target)
            .filter(|_| slots.role(Role::Answer).is_none());
        let Some(value) = own.or(other) else {
            return Ok(None);
        };
        let by_target = own.is_none();
        let Some(indices) = indices(&value.raw) else {
            return match by_target {
                true => Ok(None),
                false => Err(self.unknown(Role::TargetIndex, value, "the number of an option")),
            };
        };
        let count = choices.probabilities.len();
        let option = |index: &i64| {
            let option = usize::try_from(*index).ok().filter(|at| *at < count);
            option.ok_or_else(|| no_option(*index, value, count))
        };
        let mut options: Vec<_> = indices.iter().map(option).collect::<Result<_, _>>()?;
        options.sort_unstable();
        options.dedup();
        Ok(Some(Targets { options, by_target }))
    }
}

fn no_option(index: i64, value: &Value<'_>, options: usize) -> RowError {
    let last = options.saturating_sub(1);
    let detail = format!("the target is option {index}, and the options are 0 to {last}");
    RowError::new(&codes::BAD_CHOICES, value.at, detail)
        .help("point the role at another column with --map target_index=PATH")
}

/// The text of a list, in JSON or in a field of CSV.
pub(super) fn list<'v>(raw: &'v Raw<'_>) -> Option<&'v str> {
    match raw {
        Raw::List(text) => Some(text.trim()),
        Raw::Text(text) => Some(text.trim()).filter(|text| text.starts_with('[')),
        _ => None,
    }
}

/// Numbers of a list, each by itself or first in a list of its own: `[["-0.26", "False"], …]`.
fn found(raw: &Raw<'_>) -> Found {
    let Some(elements) = list(raw).and_then(|text| elements(text).ok()) else {
        return Found::Other;
    };
    if elements.is_empty() {
        return Found::Empty;
    }
    let number = |element: &&str| score(elements_first(element)?);
    match elements.iter().map(number).collect() {
        Some(numbers) => Found::Numbers(numbers),
        None => Found::Other,
    }
}

fn elements_first(element: &str) -> Option<&str> {
    elements(element).ok()?.first().copied()
}

/// A number, or a text that is one; NaN and infinity are numbers that cannot be used.
fn score(text: &str) -> Option<Number> {
    let raw = Scanner::new(text).value().ok()?;
    let is_number = match &raw {
        Raw::Number(_) | Raw::NonFinite(_) => true,
        Raw::Text(text) => text.trim().parse::<f64>().is_ok(),
        _ => false,
    };
    is_number.then(|| raw.number())
}

/// Whole numbers: one, or a list of them.
fn indices(raw: &Raw<'_>) -> Option<Vec<i64>> {
    let whole = |raw: &Raw<'_>| match raw {
        Raw::Number(text) => text.parse().ok(),
        Raw::Text(text) => text.trim().parse().ok(),
        _ => None,
    };
    let Some(text) = list(raw) else {
        return whole(raw).map(|index| vec![index]);
    };
    let elements = elements(text).ok()?;
    let read = |element: &str| whole(&Scanner::new(element).value().ok()?);
    (!elements.is_empty()).then(|| elements.into_iter().map(read).collect())?
}

#[cfg(test)]
mod tests {
    use super::*;

    fn confidence(scores: &[f64]) -> f64 {
        Choices::of(scores).unwrap().confidence
    }

    #[test]
    fn the_softmax_of_equal_scores_is_uniform_and_the_first_wins() {
        let choices = Choices::of(&[-800.0; 4]).unwrap();
        assert_eq!((choices.confidence, choices.answer), (0.25, 0));
        // 1 / (1 + e^-1): no overflow, and no change by a shift.
        let two = 1.0 / (1.0 + (-1.0_f64).exp());
        for shift in [0.0, -1e4, 1e4] {
            assert!((confidence(&[shift - 1.0, shift]) - two).abs() < 1e-12);
        }
    }

    #[test]
    fn log_likelihoods_in_the_spellings_of_real_logs() {
        let numbers = |text: &str| match found(&Raw::List(text.into())) {
            Found::Numbers(numbers) => Some(numbers),
            Found::Empty | Found::Other => None,
        };
        let plain = vec![Number::Plain(-0.5), Number::Plain(-1.0)];
        for text in [
            "[-0.5, -1.0]",
            r#"["-0.5", "-1.0"]"#,
            r#"[["-0.5", "False"], ["-1.0", "True"]]"#,
            "[[-0.5, true], [-1, false]]",
        ] {
            assert_eq!(numbers(text), Some(plain.clone()), "{text}");
        }
        for text in [
            r#"["a", "b"]"#,
            r#"["", "1"]"#,
            "[]",
            "[[]]",
            "[1, {}]",
            "[1, null]",
        ] {
            assert_eq!(numbers(text), None, "{text}");
        }
    }

    #[test]
    fn targets_are_whole_numbers() {
        assert_eq!(indices(&Raw::Number("3")), Some(vec![3]));
        assert_eq!(indices(&Raw::Text("[1, 0]".into())), Some(vec![1, 0]));
        assert_eq!(indices(&Raw::List("[\"2\"]".into())), Some(vec![2]));
        for other in ["1.5", "B", "", "[]", "[a]"] {
            assert_eq!(indices(&Raw::Text(other.into())), None, "{other}");
        }
    }
}
