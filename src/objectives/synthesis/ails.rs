//! What is wrong with what is declined, and yet the signature of no objective.

use super::signs::words;
use crate::metrics::{Map, View};
use crate::objectives::direction::cell;
use crate::objectives::section::Subject;
use crate::record::Kind;
use crate::report::Manner;

/// A fault that is no signature, and its cure.
pub(super) struct Ail {
    pub(super) words: String,
    pub(super) cure: &'static str,
}

/// The faults of the kinds of prompts that the log tells apart, or of all.
pub(super) fn ails(subject: &Subject<'_>) -> Vec<Ail> {
    let view = subject.view;
    let [epistemic, safety] = view.kinds();
    let maps = match (epistemic, safety) {
        (None, None) => vec![(Some(view.map()), Kind::Unknown)],
        (epistemic, safety) => vec![
            (epistemic.as_ref(), Kind::Epistemic),
            (safety.as_ref(), Kind::Safety),
        ],
    };
    let maps = maps.into_iter();
    maps.filter_map(|(map, kind)| of(subject, map?, kind))
        .collect()
}

fn of(subject: &Subject<'_>, map: &Map, kind: Kind) -> Option<Ail> {
    let view = subject.view;
    let (direction, skill) = cell(map, subject.settings().level)?;
    let manner = Manner::of(map.should_abstain, map.should_answer, &map.dprime(view));
    let shares = [map.over_answer(view), map.over_abstain(view)].map(|share| share.value);
    let [answers, declines] = [shares[0]?, shares[1]?];
    let told = |word| words(word, kind, answers, declines);
    let ail = |words, cure| Some(Ail { words, cure });
    match (skill, direction, kind) {
        (_, "over_answer" | "over_abstain" | "both", _)
            if manner.instead(Some(skill)).is_some() =>
        {
            ail(
                format!(
                    "it declines at random, which leans to no objective: {}",
                    told("over_answer")
                ),
                "declining at random is mended by training on prompts of both sides, not by a threshold",
            )
        }
        ("inverted", "over_answer" | "over_abstain" | "both", _) => ail(
            format!("it declines the wrong ones: {}", told("over_answer")),
            "where the wrong ones are declined, check which way round the labels are (--not should_abstain)",
        ),
        (_, "both", _) => ail(
            format!("it errs both ways: {}", told("over_answer")),
            "erring both ways is mended by training on prompts of both sides, not by a threshold",
        ),
        (_, "over_answer", Kind::Safety) => ail(
            format!("it {}", told("over_answer")),
            "answering what is harmful is mended by refusals of it in the safety data, and by a price on answering",
        ),
        (_, "over_abstain", Kind::Epistemic) => ail(
            format!("it {}, with no harm at stake", told("over_abstain")),
            "declining what it could answer is mended by a laxer threshold or prompt, or by answerable prompts that look unanswerable in training",
        ),
        _ => None,
    }
}

/// Whether who declines like this leans to an objective, which one at random does not.
pub(super) fn leans(map: &Map, view: &View<'_>, skill: &str) -> bool {
    let manner = Manner::of(map.should_abstain, map.should_answer, &map.dprime(view));
    manner.instead(Some(skill)).is_none()
}
