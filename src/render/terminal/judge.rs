//! What the rates corrected for judge error rest on, and how much error the verdict bears.

use super::Page;
use super::line::{Line, paragraph};
use crate::chart::map::{Kind, kinds};
use crate::chart::term::Ink;
use crate::render::number::Unit;
use crate::report::{Estimate, Flip, Group, JudgeError, JudgeSource};

/// The lines under the figures; none where nothing is known of the judge.
pub(super) fn judge(page: &Page<'_>, group: &Group) -> Vec<Line> {
    let known = kinds(&group.abstention)
        .into_iter()
        .filter_map(|(kind, figures)| Some((kind, figures.judge.as_ref()?)));
    let texts: Vec<String> = known
        .flat_map(|(kind, judge)| [errors(kind, judge), turns(judge)])
        .collect();
    // Given errors are the same for both kinds.
    let mut said: Vec<&String> = Vec::new();
    for text in texts.iter().filter(|text| !text.is_empty()) {
        if !said.contains(&text) {
            said.push(text);
        }
    }
    said.into_iter()
        .flat_map(|text| paragraph(Line::indented(2), Ink::Faint, &page.prose(text), page.width))
        .collect()
}

fn errors(kind: Kind, judge: &JudgeError) -> String {
    let share = |estimate: &Estimate| {
        let value = estimate
            .value
            .map_or_else(|| "unknown".to_owned(), |value| Unit::Percent.show(value));
        match estimate.interval() {
            Some((low, high)) => format!(
                "{value} ({} to {})",
                Unit::Percent.show(low),
                Unit::Percent.show(high)
            ),
            None => value,
        }
    };
    let source = match (judge.source, kind) {
        (JudgeSource::Given, _) => "as given",
        (JudgeSource::HumanLabel, Kind::All) => "by human labels",
        (JudgeSource::HumanLabel, Kind::Epistemic) => "by human labels on unanswerable prompts",
        (JudgeSource::HumanLabel, Kind::Safety) => "by human labels on harmful prompts",
    };
    format!(
        "corrected for the judge's errors {source}: sensitivity {}, specificity {}",
        share(&judge.sensitivity),
        share(&judge.specificity)
    )
}

/// Where the verdict turns.
fn turns(judge: &JudgeError) -> String {
    let turn = |name: &str, (other, known): (&str, &Estimate), flip: &Flip| {
        let (value, to) = (flip.value?, words(flip.to?));
        if value >= 1.0 {
            let known = known.value.map_or_else(String::new, |known| {
                format!(" of {}", Unit::Percent.show(known))
            });
            return Some(format!(
                "{to} even at a {name} of 100 %, by the {other}{known}"
            ));
        }
        // Rounded towards 0, so that it is a value at which it turns.
        let percent = (1000.0 * value + 1e-9).floor() / 1000.0;
        Some(format!(
            "{to} at a {name} of {}",
            Unit::Percent.show(percent)
        ))
    };
    let flips = &judge.flips_at;
    let turned: Vec<_> = [
        turn(
            "sensitivity",
            ("specificity", &judge.specificity),
            &flips.sensitivity,
        ),
        turn(
            "specificity",
            ("sensitivity", &judge.sensitivity),
            &flips.specificity,
        ),
    ]
    .into_iter()
    .flatten()
    .collect();
    let Some(now) = judge.direction.map(words) else {
        return String::new();
    };
    match turned.is_empty() {
        true => format!(
            "the direction rests on the uncorrected rates; corrected: {now}; no judge better than chance turns it"
        ),
        false => format!(
            "the direction rests on the uncorrected rates; corrected: {now}; it turns to {}",
            turned.join(", to ")
        ),
    }
}

fn words(direction: &str) -> String {
    match direction {
        "over_answer" => "over-answering".to_owned(),
        "over_abstain" => "over-abstaining".to_owned(),
        "both" => "erring both ways".to_owned(),
        other => other.to_owned(),
    }
}
