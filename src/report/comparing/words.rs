//! Comparisons in words.

use super::{Comparison, Pair, RateMove};
use crate::metrics::find;

/// `over-answering rose 15.6 points (23.0 % to 38.6 %): 9.2 from a laxer criterion, 6.4 from lost discrimination`.
fn travelled(rate: &str, moved: &RateMove, detected: bool, [up, down]: [&str; 2]) -> String {
    let points = |share: f64| format!("{:.1}", 100.0 * share);
    let way = moved.new - moved.base;
    if !detected && way != 0.0 {
        let (base, new) = (points(moved.base), points(moved.new));
        return format!("no change of {rate} detected ({base} % to {new} %)");
    }
    if points(way.abs()) == "0.0" {
        return format!("{rate} stayed at {} %", points(moved.new));
    }
    let verb = if way > 0.0 { "rose" } else { "fell" };
    let told = format!(
        "{rate} {verb} {} points ({} % to {} %)",
        points(way.abs()),
        points(moved.base),
        points(moved.new)
    );
    let Some((criterion, discrimination)) = moved.from_criterion.zip(moved.from_discrimination)
    else {
        return told;
    };
    // Each part in the direction of the whole; a part against it has a minus sign.
    let part = |share: f64| points(share * way.signum()).replace('-', "−");
    let criterion_word = if criterion > 0.0 { up } else { down };
    let discrimination_word = if discrimination > 0.0 {
        "lost"
    } else {
        "gained"
    };
    format!(
        "{told}: {} from {criterion_word}, {} from {discrimination_word} discrimination",
        part(criterion),
        part(discrimination)
    )
}

/// Writes the sentences of a pair, once it is known what was detected: how it moved on the map, and what it comes down to.
pub fn tell(pair: &mut Pair, comparisons: &[Comparison], confidence: [Option<&str>; 2]) {
    let own: Vec<&Comparison> = comparisons
        .iter()
        .filter(|one| one.by.is_empty() && (&one.base, &one.new) == (&pair.base, &pair.new))
        .collect();
    for moved in &mut pair.moves {
        let detected = |id: &str| {
            let metric = moved
                .kind
                .map_or_else(|| id.to_owned(), |kind| format!("{kind}.{id}"));
            own.iter().any(|one| one.metric == metric && one.detected)
        };
        let parts = [
            travelled(
                "over-answering",
                &moved.over_answer,
                detected("over_answer"),
                ["a laxer criterion", "a stricter criterion"],
            ),
            travelled(
                "over-abstaining",
                &moved.over_abstain,
                detected("over_abstain"),
                ["a stricter criterion", "a laxer criterion"],
            ),
        ];
        let about = moved
            .kind
            .map_or_else(String::new, |kind| format!("on {kind} prompts: "));
        moved.sentence = format!("{about}{}", parts.join("; "));
    }
    pair.sentence = sentence(pair, &own, confidence);
}

/// What a pair comes down to: what got better, what worse, and which way confidence leans now.
fn sentence(pair: &Pair, own: &[&Comparison], confidence: [Option<&str>; 2]) -> String {
    let named = |change: &str| -> Vec<&str> {
        let those = own.iter().filter(|one| one.change == Some(change));
        those.map(|one| title(&one.metric)).collect()
    };
    let mut parts = Vec::new();
    for (change, words) in [
        ("better", "better"),
        ("worse", "worse"),
        ("different", "changed"),
    ] {
        let names = named(change);
        if !names.is_empty() {
            parts.push(format!("{words} in {}", listed(&names)));
        }
    }
    if parts.is_empty() {
        parts.push("no difference detected".to_owned());
    }
    let leaning = leaning(confidence).map_or(String::new(), |words| format!("; {words}"));
    format!(
        "{} against {}: {}{leaning}",
        pair.new,
        pair.base,
        parts.join(", ")
    )
}

/// Which way confidence leans, and whether it did before.
fn leaning([base, new]: [Option<&str>; 2]) -> Option<String> {
    let words = |word: &str| match word {
        "over" => Some("overconfident"),
        "under" => Some("underconfident"),
        "calibrated" => Some("calibrated"),
        _ => None,
    };
    let (before, now) = (base.and_then(words), words(new?)?);
    Some(match before {
        Some(before) if before == now => format!("still {now}"),
        Some(before) => format!("now {now}, where it was {before}"),
        None => format!("now {now}"),
    })
}

/// The words for a metric in a sentence or a table.
#[must_use]
pub fn title(metric: &str) -> &'static str {
    let (kind, id) = match metric.split_once('.') {
        Some((kind, id)) => (Some(kind), id),
        None => (None, metric),
    };
    match (kind, id) {
        (_, "accuracy") => "accuracy",
        (_, "coverage") => "coverage",
        (_, "log_loss") => "log score",
        (_, "omniscience_index") => "omniscience index",
        (_, "signed_gap") => "confidence − accuracy",
        (_, "ece") => "ECE",
        (_, "corp_mcb") => "miscalibration",
        (_, "corp_dsc") => "discrimination",
        (_, "auroc") => "AUROC",
        (Some("epistemic"), "over_answer") => "over-answer, unanswerable",
        (Some("safety"), "over_answer") => "over-answer, harmful",
        (Some("epistemic"), "over_abstain") => "over-abstain, unanswerable",
        (Some("safety"), "over_abstain") => "over-abstain, harmful",
        (_, "over_answer") => "over-answer",
        (_, "over_abstain") => "over-abstain",
        (_, id) => find(id).map_or("", |metric| metric.about().title),
    }
}

/// `a, b and c`.
pub(super) fn listed(names: &[&str]) -> String {
    match names.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => names.concat(),
    }
}
