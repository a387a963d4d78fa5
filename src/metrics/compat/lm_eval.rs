//! The Brier score of lm-evaluation-harness.

use super::{Answer, Definition, Figure};
use crate::metrics::View;
use crate::settings::Tool;

pub(super) const DEFINITION: Definition = Definition {
    tool: Tool::LmEval,
    title: "lm-evaluation-harness",
    differs: "Its Brier score is that of Brier (1950): the squared error summed over every option of a question, from 0 to 2, and not that of the confidence in the chosen answer, from 0 to 1. The two do not follow from one another. It is computed where every row has the log-likelihoods of its options (choice_logprobs) and one of them is right (target_index); from the confidence of the chosen answer alone it cannot be told.",
    source: "EleutherAI/lm-evaluation-harness lm_eval/api/metrics.py brier_score; Brier (1950), Monthly Weather Review 78, 1-3",
    figures: &[Figure {
        metric: "brier_score",
        corrected: "brier",
        note: "summed over every option of a question, from 0 to 2",
        weights: false,
        value: brier_score,
    }],
};

const NO_OPTIONS: &str = "no row has the log-likelihoods of its options and the one that is right";
const SOME_OPTIONS: &str =
    "some rows lack the log-likelihoods of their options, or have not one option that is right";
const APART: &str =
    "questions differ in their number of options, where that code stops with an error";

/// The mean over questions of Σ over options of (probability − whether it is right)².
fn brier_score(view: &View) -> Answer {
    let mut classes = view.squares.by_classes();
    match (classes.next(), classes.next()) {
        (None, _) => Answer::none(NO_OPTIONS),
        (Some(_), Some(_)) => Answer::none(APART),
        (Some((_, rows, _)), None) if rows < view.total.rows => Answer::none(SOME_OPTIONS),
        (Some((_, rows, sum)), None) => Answer::of(sum / rows as f64),
    }
}
