//! What the audit of direction says, and advises.

use super::cell::Cell;
use super::placed::Placed;
use super::references::CAVEAT;
use super::refusal::Refusal;
use super::sweep::{EQUAL, Sweep};
use super::tasks::Robustness;
use crate::report::objective::Row;

/// The verdict with what it hangs on.
pub(super) fn sentence(
    places: &[Placed],
    refusal: Option<&Refusal>,
    sweep: Option<&Sweep>,
    nearest: Option<&Row>,
) -> String {
    let mut parts: Vec<String> = places
        .iter()
        .map(|place| match (places.len(), &place.robustness) {
            (1, robustness) => format!("{}{}", place.words(), mix(place, robustness.as_ref())),
            (_, robustness) => format!(
                "{}: {}{}",
                place.cell().prompts(),
                place.words(),
                mix(place, robustness.as_ref())
            ),
        })
        .collect();
    parts.extend(refusal.and_then(insight));
    parts.extend(sweep.and_then(unequal));
    let placed = |row: &&Row| row.cells.get(2).is_some_and(Option::is_some);
    parts.extend(
        nearest
            .filter(placed)
            .map(|row| format!("nearest published model: {}; {CAVEAT}", row.label)),
    );
    parts.join("; ")
}

/// What the mix of tasks does to the word.
fn mix(place: &Placed, robustness: Option<&Robustness>) -> String {
    let Some(Robustness {
        balanced,
        without,
        flip,
    }) = robustness
    else {
        return String::new();
    };
    let mut said = Vec::new();
    if Some(*balanced) != place.verdict.direction {
        said.push(format!(
            "with every task counting the same it reads {}",
            reading(balanced)
        ));
    }
    if let Some((task, word)) = without.first() {
        let others = match without.len() {
            1 => String::new(),
            2 => " (another word also without 1 other task)".to_owned(),
            more => format!(
                " (another word also without any one of {} other tasks)",
                more - 1
            ),
        };
        said.push(format!("without {task} it reads {}{others}", reading(word)));
    }
    if let Some(flip) = flip {
        said.push(format!(
            "with {} at {:.1} % of its prompts (now {:.1} %) it would read {}",
            flip.task,
            100.0 * flip.at,
            100.0 * flip.share,
            reading(flip.to)
        ));
    }
    match said.is_empty() {
        true => format!(", whatever the mix of its {} tasks", place.tasks.len()),
        false => format!("; {}", said.join(", and ")),
    }
}

/// A direction as a reading.
fn reading(direction: &str) -> &str {
    match direction {
        "over_answer" => "over-answering",
        "over_abstain" => "over-abstaining",
        "both" => "erring both ways",
        other => other,
    }
}

/// Whether it declines what it would get wrong.
fn insight(refusal: &Refusal) -> Option<String> {
    let (precision, base) = (refusal.precision.value?, refusal.base_error.value?);
    let (precision, base) = (100.0 * precision, 100.0 * base);
    let shares =
        format!("{precision:.1} % of what it declines would be wrong, {base:.1} % of everything");
    Some(match refusal.p_value {
        Some(p) if p < 0.05 && precision > base => {
            format!("it declines what it would get wrong: {shares}")
        }
        Some(p) if p < 0.05 => format!("it declines what it would get right: {shares}"),
        _ => format!("it was not seen to decline what it would get wrong: {shares}"),
    })
}

/// Said where the spreads of evidence differ.
fn unequal(sweep: &Sweep) -> Option<String> {
    let slope = sweep.slope.value?;
    let outside = !(EQUAL.0..=EQUAL.1).contains(&slope);
    outside.then(|| {
        format!(
            "the z-ROC of its confidences has a slope of {slope:.2}, so that d' would depend on the threshold: use d_a or the AUROC"
        )
    })
}

/// What to do, by the cells of the verdicts.
pub(super) fn advice(verdicts: &[Cell<'_>]) -> Option<String> {
    let advice = |cell: &Cell<'_>| cell.advice(verdicts.len() > 1);
    let said: Vec<String> = verdicts.iter().filter_map(advice).collect();
    (!said.is_empty()).then(|| said.join("; "))
}
