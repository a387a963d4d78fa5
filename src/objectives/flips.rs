//! How much error of the judge a verdict bears: where its direction would turn.

use super::direction::direction_under;
use crate::inference::misclassification::Correction;
use crate::metrics::{Corrected, LEAST_LABELS, Map};
use crate::report::{Flip, FlipsAt, JudgeError};

/// Step of the search for a turn; what lies within is found to a two-thousandth of it.
const STEP: f64 = 0.02;
const HALVINGS: u32 = 11;

/// The chapter on judge error in words.
#[must_use]
pub fn about() -> Vec<(&'static str, String)> {
    [
        (
            "what it is",
            "Who labels abstentions errs, a string match most of all. Given the sensitivity (share of abstentions it calls abstentions) and specificity (share of answers it calls answers), or human labels on some rows, the report adds both rates corrected, with intervals that carry the errors of sampling and of the judge. --judge-sens and --judge-spec go before a human_label column.".to_owned(),
        ),
        (
            "given",
            "--judge-sens S --judge-spec T: true share declined = (share seen + T - 1) / (S + T - 1), Rogan and Gladen. S and T as plain numbers count as exact, and the interval of the rate seen is corrected; S:N, measured in N rows, brings Lang and Reiczigel's interval. Both sides of the map are taken to be judged equally well.".to_owned(),
        ),
        (
            "human_label",
            format!(
                "A column on some rows, read as abstained is: share declined = q P + (1 - q) R, with q the share of all rows judged abstained, and P, R the shares that humans call abstained among rows judged abstained and judged answered; that is the prediction-powered estimate with its weight tuned. Each side and kind on its own, so that the judge may err differently there. Which rows get a human label may depend on the judge's label, on nothing else. At least {LEAST_LABELS} labels among the rows judged either way, or all of them; else null."
            ),
        ),
        (
            "interval",
            "With human labels the intervals of q, P and R combined (Zou and Donner). Where prompts repeat, the rate seen counts as many rows as independent ones would give its cluster-robust error, p (1 - p) / SE^2, and human labels are worth less by the same factor; weights enter by Kish's effective number.".to_owned(),
        ),
        (
            "clipped",
            "A rate seen below 1 - T or above S gives a corrected one outside 0 to 1: it is cut, and unclipped says where it was. An interval that lies wholly outside is null: S and T as given do not fit the log.".to_owned(),
        ),
        (
            "flips_at",
            "The highest sensitivity, with the specificity as it is, at which the direction would be another than the one reported; and the other way round. Taken as exact and equal on both sides. Null when no judge better than chance turns it.".to_owned(),
        ),
        (
            "pitfalls",
            "The verdict stays on the uncorrected rates; direction beside flips_at is what the corrected ones would give. Sensitivity and specificity measured on other models or prompts may not hold for these. Those measured by human labels hold only if the checked rows were picked at random.".to_owned(),
        ),
        (
            "source",
            "Rogan and Gladen (1978), American Journal of Epidemiology 107, 71-76; Reiczigel, Foldi and Ozsvari (2010), Epidemiology and Infection 138, 1674-1678; Lang and Reiczigel (2014), Preventive Veterinary Medicine 113, 13-22; Tenenbein (1970), Journal of the American Statistical Association 65, 1350-1361; Angelopoulos, Duchi and Zrnic (2023), arXiv:2311.01453; Zou and Donner (2008), Statistics in Medicine 27, 1693-1702".to_owned(),
        ),
    ]
    .into()
}

/// Corrected rates with what becomes of the verdict under judge error, judged at this level.
#[must_use]
pub fn judge_error(map: &Map, corrected: Corrected, level: f64) -> JudgeError {
    let Corrected {
        source,
        sensitivity,
        specificity,
        over_answer,
        over_abstain,
        corrections,
    } = corrected;
    let word = |corrections| direction_under(map, level, corrections);
    JudgeError {
        direction: corrections.and_then(word),
        flips_at: flips(&word, sensitivity.value, specificity.value),
        source,
        sensitivity,
        specificity,
        over_answer,
        over_abstain,
    }
}

/// Corrected rates beside a map that carries no verdict, because another entry does.
#[must_use]
pub fn without_verdict(error: JudgeError) -> JudgeError {
    let none = || Flip::none("each kind of prompt has a verdict of its own");
    JudgeError {
        direction: None,
        flips_at: FlipsAt {
            sensitivity: none(),
            specificity: none(),
        },
        ..error
    }
}

/// Where each of both values turns the direction while the other stays.
fn flips(
    word: &impl Fn([Correction; 2]) -> Option<&'static str>,
    sensitivity: Option<f64>,
    specificity: Option<f64>,
) -> FlipsAt {
    let at = |s, t| word([Correction::of(s, t)?; 2]);
    let Some(reported) = word([Correction::NONE; 2]) else {
        let none = || Flip::none("no direction to turn");
        return FlipsAt {
            sensitivity: none(),
            specificity: none(),
        };
    };
    let other = |value: Option<f64>, name: &str, turn: &dyn Fn(f64) -> Flip| match value {
        Some(value) => turn(value),
        None => Flip::none(format!("{name} unknown")),
    };
    FlipsAt {
        sensitivity: other(specificity, "specificity", &|t| {
            highest(reported, |s| at(s, t))
        }),
        specificity: other(sensitivity, "sensitivity", &|s| {
            highest(reported, |t| at(s, t))
        }),
    }
}

/// The highest value with another word than the one reported, going down to where the judge is no better than chance.
fn highest(reported: &str, word: impl Fn(f64) -> Option<&'static str>) -> Flip {
    let steps = (1.0 / STEP).round() as u32;
    let mut kept = 1.0;
    for step in 0..steps {
        let value = 1.0 - f64::from(step) * STEP;
        let Some(found) = word(value) else { break };
        if found == reported {
            kept = value;
            continue;
        }
        let (mut turned, mut to) = (value, found);
        for _ in 0..HALVINGS {
            let middle = f64::midpoint(turned, kept);
            match word(middle).filter(|word| *word != reported) {
                Some(word) => (turned, to) = (middle, word),
                None => kept = middle,
            }
        }
        return Flip {
            value: Some(turned),
            to: Some(to),
            reason: None,
        };
    }
    Flip::none("no judge better than chance turns the direction")
}
