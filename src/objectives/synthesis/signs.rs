//! The signatures, each with what it was told by.

use super::super::section::Subject;
use super::judged::Judged;
use crate::metrics::find;
use crate::objectives::answers::calibrated;
use crate::recalibrate::Folds;
use crate::recalibrate::choice::gain;
use crate::record::Kind;
use crate::report::{Estimate, Objective};

/// Mean confidence in wrong answers from which on a model is sure of its mistakes.
const SURE: f64 = 0.8;
/// How far below accuracy confidence lies for certain where it is called too low.
const MATERIAL: f64 = 0.02;

/// A signature.
pub(super) struct Sign {
    /// Its word.
    pub(super) name: &'static str,
    pub(super) told: Told,
    /// What is not there where it is untold.
    pub(super) lacks: &'static str,
}

/// Whether a signature was found.
pub(super) enum Told {
    /// It was, with what shows it.
    Found(String),
    /// It was not.
    Absent,
    /// The rows leave it open.
    Open,
    /// The log lacks what would tell it.
    Untold,
}

/// The figures that signatures of confidence rest on.
pub(super) struct Confidence {
    /// Mean confidence less accuracy.
    pub(super) gap: Estimate,
    /// Mean confidence in wrong answers.
    pub(super) when_wrong: Estimate,
    /// Brier score as stated less that of isotonic regression out of fold, as `calib fit` tells it.
    pub(super) gain: Estimate,
}

impl Confidence {
    /// By how much it is too sure on the whole, where that is shown.
    pub(super) fn excess(&self) -> Option<f64> {
        self.gap
            .value
            .filter(|_| self.gap.low.is_some_and(|low| low > 0.0))
    }

    /// None where there are too few answers for a curve, or confidences that are not the model's own.
    pub(super) fn of(subject: &Subject<'_>) -> Option<Self> {
        if subject.made_up {
            return None;
        }
        let (answers, settings) = (subject.answers().ok()?, subject.settings());
        let wrong = |p: f64| [[p, 0.0], [1.0, 0.0]];
        let folds = Folds::of(subject.view.evidence, settings.partial, settings.seed);
        let gain = match folds {
            Ok(folds) => match calibrated(&folds) {
                Ok(better) => gain(&folds, &folds.stated(), &better, settings.level),
                Err(reason) => Estimate::undefined(folds.totals().rows, reason),
            },
            Err(reason) => Estimate::undefined(answers.answered(), reason),
        };
        Some(Self {
            gap: find("signed_gap")?.estimate(subject.view),
            when_wrong: answers
                .ratio(|row| wrong(row.stated), [0.0; 2])
                .within(0.0, 1.0),
            gain,
        })
    }
}

/// Every signature, in the order in which one of several is named first.
pub(super) fn signs(
    subject: &Subject<'_>,
    judged: &[Judged],
    confidence: Option<&Confidence>,
) -> Vec<Sign> {
    let [reasoning, safety] = directed(judged);
    let sign = |name, lacks, told| Sign { name, told, lacks };
    let answers = match subject.made_up {
        true => "what serves as confidence is not the model's own",
        false => "fewer than 20 graded answers with a confidence",
    };
    let collapsed = section(subject, "formats", &["collapse"]);
    let drifted = section(subject, "drift", &["stalled", "forgetting", "drifted"]);
    vec![
        sign("bluffing", answers, bluffing(confidence)),
        sign(
            "reasoning_like",
            "no labelled prompts that no one could answer",
            reasoning,
        ),
        sign(
            "safety_like",
            "no labelled prompts that are harmful",
            safety,
        ),
        sign("under_confident", answers, under_confident(confidence)),
        sign("collapsed", "formats is not told", collapsed),
        sign("drifted", "drift is not told", drifted),
    ]
}

/// Over-answering what no one could know, and over-abstaining for fear of harm; of prompts of no stated kind, either.
fn directed(judged: &[Judged]) -> [Told; 2] {
    [
        (Kind::Epistemic, "over_answer"),
        (Kind::Safety, "over_abstain"),
    ]
    .map(|(kind, word)| {
        let own = |judged: &&Judged| [kind, Kind::Unknown].contains(&judged.kind);
        judged
            .iter()
            .find(own)
            .map_or(Told::Untold, |judged| one_side(judged, word))
    })
}

fn one_side(judged: &Judged, word: &str) -> Told {
    let cell = judged.cell();
    match cell.verdict.direction {
        // Who declines at random, or the wrong ones, leans to neither objective.
        _ if cell.declines_wrong_ones() || cell.at_random() => Told::Absent,
        Some(found) if found == word => Told::Found(judged.words(word)),
        Some("inconclusive") => Told::Open,
        _ => Told::Absent,
    }
}

/// Too sure on the whole, and sure where it is wrong.
fn bluffing(confidence: Option<&Confidence>) -> Told {
    let Some(Confidence { when_wrong, .. }) = confidence else {
        return Told::Untold;
    };
    // One confidence for all wrong answers has no interval: it is what it is. Without a wrong answer there is no bluff.
    let sure = when_wrong
        .low
        .or(when_wrong.value)
        .is_some_and(|low| low >= SURE);
    match confidence.and_then(Confidence::excess).filter(|_| sure) {
        Some(excess) => Told::Found(format!(
            "is {:.1} % sure where it is wrong, and {excess:.3} too sure on the whole",
            100.0 * when_wrong.value.unwrap_or(0.0),
        )),
        None => Told::Absent,
    }
}

fn under_confident(confidence: Option<&Confidence>) -> Told {
    let Some(Confidence { gap, .. }) = confidence else {
        return Told::Untold;
    };
    match (gap.value, gap.high) {
        (Some(value), Some(high)) if high <= -MATERIAL => {
            Told::Found(format!("is right {:.3} more often than it says", -value))
        }
        _ => Told::Absent,
    }
}

/// What another section found.
fn section(subject: &Subject<'_>, name: &str, words: &[&str]) -> Told {
    let Some(Objective {
        verdict, sentence, ..
    }) = subject.found.get(name)
    else {
        return Told::Untold;
    };
    match verdict {
        Some(word) if words.contains(word) => Told::Found(sentence.clone()),
        Some(_) => Told::Absent,
        None => Told::Open,
    }
}
