//! Scores of question answering benchmarks that tell wrong answers from none: correct, incorrect, not attempted.

use super::{About, Accuracy, Better, Contrast, Example, Metric, View, contrast};
use crate::evidence::{Behaviour, ItemSums, Totals};
use crate::inference::sample::{Sample, Term};
use crate::report::Estimate;

/// Share of attempted, graded questions that are answered correctly: [`Accuracy`] under the name SimpleQA gave it.
///
/// ```
/// use calib::metrics::{AccuracyGivenAttempted, worked_example};
/// assert_eq!(worked_example(&AccuracyGivenAttempted).value, Some(0.6));
/// ```
pub struct AccuracyGivenAttempted;

/// SimpleQA's F-score, the harmonic mean of the share correct of all questions and of those attempted.
///
/// `2C / (N + A)` with C correct, A attempted and N all questions; 0 where nothing is correct, as in the benchmark's own
/// code. An attempted question weighs as two, so it is a mean. Wei et al. (2024), arXiv 2411.04368.
///
/// ```
/// use calib::metrics::{SimpleqaF1, worked_example};
/// let (overall, attempted) = (3.0 / 8.0, 3.0 / 5.0);
/// let expected = 2.0 * overall * attempted / (overall + attempted);
/// assert!((worked_example(&SimpleqaF1).value.unwrap() - expected).abs() < 1e-12);
/// ```
pub struct SimpleqaF1;

/// AA-Omniscience index: correct less incorrect answers among all questions, on the published scale from −100 to 100.
///
/// `100·(C − I) / N`; abstaining scores 0. Artificial Analysis (2025), arXiv 2511.13029.
///
/// ```
/// use calib::metrics::{OmniscienceIndex, worked_example};
/// assert!((worked_example(&OmniscienceIndex).value.unwrap() - 100.0 * (3.0 - 2.0) / 8.0).abs() < 1e-12);
/// ```
pub struct OmniscienceIndex;

/// Share of the questions not answered correctly that were answered wrongly instead of declined.
///
/// `I / (I + declined)`. Artificial Analysis (2025), arXiv 2511.13029.
///
/// ```
/// use calib::metrics::{HallucinationRate, worked_example};
/// assert_eq!(worked_example(&HallucinationRate).value, Some(2.0 / 5.0));
/// ```
pub struct HallucinationRate;

/// Why there is no such score: answers that nobody graded can be neither counted nor left out, since abstentions all count.
fn incomplete(view: &View) -> Option<&'static str> {
    let answers = |graded: bool| view.rows(|c| c.graded == graded && view.answered(c));
    match (answers(true), answers(false)) {
        (_, 1..) => Some("some answers have no grade"),
        (0, 0) => Some("no graded answer"),
        _ => None,
    }
}

const NOTHING: &str = "no graded answer; or some answers have no grade";
const PROMPTS: &str =
    "Counts every prompt alike: where some should be declined, read the failure map.";

/// The questions: attempted and graded, or declined.
fn sample(
    view: &View,
    attempted: impl Fn(Totals) -> Term,
    item: impl Fn(&ItemSums) -> (f64, f64),
) -> Sample {
    let terms = |behaviour: &Behaviour| {
        let graded = behaviour.total(|c| c.graded && view.answered(c));
        let declined = Term {
            score: [0.0; 3],
            totals: behaviour.total(|c| !view.answered(c)).into(),
        };
        vec![attempted(graded), declined]
    };
    Sample {
        terms: terms(&view.behaviour),
        clusters: view.clusters(
            || terms(view.evidence.unkeyed().behaviour()),
            |one| {
                let (moment, weight) = item(&one.sums(view.settings.partial));
                (moment, weight + one.weight(|c| !view.answered(c)))
            },
        ),
    }
}

/// The same rows, each with twice the weight.
fn doubled(totals: Totals) -> Totals {
    Totals {
        w: 2.0 * totals.w,
        wy: 2.0 * totals.wy,
        wy2: 2.0 * totals.wy2,
        w2y: totals.w2y.map(|square| 4.0 * square),
        plain: 0,
        plain_correct: 0,
        ..totals
    }
}

/// What is missing from full credit, as rows: those not wholly right, with weight w·(1 − y).
fn missed(totals: Totals) -> Totals {
    let [all, linear, quadratic, ..] = totals.w2y;
    let w = (totals.w - totals.wy).max(0.0);
    let rows = totals.rows - totals.right;
    Totals {
        rows,
        w,
        w2y: [
            (all - 2.0 * linear + quadratic).max(0.0),
            0.0,
            0.0,
            0.0,
            0.0,
        ],
        plain: totals.plain - totals.plain_correct,
        wrong: rows,
        ..Totals::default()
    }
}

impl Metric for AccuracyGivenAttempted {
    fn id(&self) -> &'static str {
        "accuracy_given_attempted"
    }

    fn about(&self) -> About {
        About {
            title: "Accuracy given attempted",
            formula: "correct / (correct + incorrect)",
            pitfalls: "The same number as accuracy, which here never counts what was declined; under this name SimpleQA reports it beside the share correct of all questions. Declining what one would get wrong raises it.",
            source: "Wei et al. (2024), Measuring short-form factuality in large language models, arXiv 2411.04368",
            example: QUESTIONS,
            ..Accuracy.about()
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        Accuracy.estimate(view)
    }

    fn contrast(&self) -> Contrast {
        Accuracy.contrast()
    }
}

impl Metric for SimpleqaF1 {
    fn id(&self) -> &'static str {
        "simpleqa_f1"
    }

    fn about(&self) -> About {
        About {
            title: "SimpleQA F-score",
            formula: "2 correct / (correct + incorrect + declined + attempted), the harmonic mean of correct / all and correct / attempted",
            range: "0 to 1",
            better: Better::Higher,
            undefined: NOTHING,
            interval: "delta method on the logit scale; cluster-robust when prompts repeat",
            pitfalls: "Rewards guessing wherever the chance of being right exceeds half the score, so never more than 1/2.",
            source: "Wei et al. (2024), Measuring short-form factuality in large language models, arXiv 2411.04368",
            example: QUESTIONS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        if let Some(reason) = incomplete(view) {
            return Estimate::undefined(view.rows(|_| true), reason);
        }
        let attempted = |totals| Term {
            score: [0.0, 1.0, 0.0],
            totals: doubled(totals).into(),
        };
        let item = |sums: &ItemSums| (2.0 * sums.credit, 2.0 * sums.graded);
        let sample = sample(view, attempted, item);
        let Some(value) = sample.mean() else {
            return Estimate::undefined(sample.rows(), NOTHING);
        };
        let level = view.settings.level;
        Estimate::with_interval(
            value,
            sample.rows(),
            level,
            sample.ratio_interval(level, view.settings.rates),
        )
    }

    fn contrast(&self) -> Contrast {
        Contrast::mean(&[|item, lens| {
            let (credit, graded) = contrast::credit(item, lens);
            (
                2.0 * credit,
                2.0 * graded + item.weight(|c| !lens.answered(c)),
            )
        }])
    }
}

impl Metric for OmniscienceIndex {
    fn id(&self) -> &'static str {
        "omniscience_index"
    }

    fn about(&self) -> About {
        About {
            title: "Omniscience index",
            formula: "100 (correct - incorrect) / (correct + incorrect + declined)",
            range: "-100 to 100; declining everything scores 0",
            better: Better::Higher,
            undefined: NOTHING,
            interval: "t with n - 1 degrees; cluster-robust when prompts repeat",
            pitfalls: PROMPTS,
            source: "Artificial Analysis (2025), AA-Omniscience, arXiv 2511.13029",
            example: QUESTIONS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        const SCALE: f64 = 100.0;
        if let Some(reason) = incomplete(view) {
            return Estimate::undefined(view.rows(|_| true), reason).and("standard_error", None);
        }
        let attempted = |totals: Totals| Term {
            score: [-SCALE, 2.0 * SCALE, 0.0],
            totals: totals.into(),
        };
        let item = |sums: &ItemSums| (SCALE * (2.0 * sums.credit - sums.graded), sums.graded);
        let sample = sample(view, attempted, item);
        match sample.mean() {
            Some(_) => view.mean_score(&sample, -SCALE, SCALE),
            None => Estimate::undefined(sample.rows(), NOTHING).and("standard_error", None),
        }
    }

    fn contrast(&self) -> Contrast {
        Contrast::mean(&[|item, lens| {
            let (credit, graded) = contrast::credit(item, lens);
            (
                100.0 * (2.0 * credit - graded),
                graded + item.weight(|c| !lens.answered(c)),
            )
        }])
    }
}

impl Metric for HallucinationRate {
    fn id(&self) -> &'static str {
        "hallucination_rate"
    }

    fn about(&self) -> About {
        About {
            title: "Hallucination rate",
            formula: "incorrect / (incorrect + declined)",
            range: "0 to 1",
            better: Better::Lower,
            undefined: "no graded answer; or some answers have no grade; or neither a wrong answer nor an abstention",
            interval: "Wilson, or exact by --rates; with Kish's effective n for weighted rows and fractional credit; cluster-robust on the logit scale when prompts repeat",
            pitfalls: "A model that is nearly always right and never declines scores 1. Counts every prompt alike: where some should be declined, read the failure map.",
            source: "Artificial Analysis (2025), AA-Omniscience, arXiv 2511.13029",
            example: QUESTIONS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        if let Some(reason) = incomplete(view) {
            return Estimate::undefined(view.rows(|_| true), reason);
        }
        let attempted = |totals| Term {
            score: [1.0, 0.0, 0.0],
            totals: missed(totals).into(),
        };
        let item = |sums: &ItemSums| (sums.graded - sums.credit, sums.graded - sums.credit);
        let sample = sample(view, attempted, item);
        let Some(value) = sample.mean() else {
            return Estimate::undefined(sample.rows(), "no wrong answer and no abstention");
        };
        let level = view.settings.level;
        Estimate::with_interval(value, sample.rows(), level, view.rate_interval(&sample))
    }

    fn contrast(&self) -> Contrast {
        Contrast::mean(&[|item, lens| {
            let (credit, graded) = contrast::credit(item, lens);
            (
                graded - credit,
                graded - credit + item.weight(|c| !lens.answered(c)),
            )
        }])
    }
}

/// Three questions answered correctly, two wrongly, three declined.
const QUESTIONS: Example = Example::Questions {
    correct: 3,
    incorrect: 2,
    declined: 3,
};
