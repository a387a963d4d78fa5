//! OpenAI simple-evals: graded answers of SimpleQA and BrowseComp.

use super::{PLAIN, Preset};

pub(super) const PRESET: Preset = Preset {
    name: "simple_evals",
    title: "OpenAI simple-evals: grades of SimpleQA and BrowseComp",
    about: "The metrics of each sample, which the tool keeps in memory only: is_correct, is_incorrect and, for SimpleQA, is_not_attempted, wherever they stand in a row; or the grader's letter in grade_letter, where A is correct, B is incorrect and C is not attempted. The tool itself reads a grade it cannot parse as C, or for BrowseComp as incorrect, so such rows cannot be told apart. BrowseComp's grader writes confidences as whole percentages, and 100 where none is stated: such rows are counted in a warning.",
    source: "OpenAI, simple-evals, simpleqa_eval.py and browsecomp_eval.py",
    fits: |head| {
        let rows = ["", "*.", "metrics.", "*.metrics."];
        rows.iter().any(|row| {
            let has = |field| head.has(&format!("{row}{field}"));
            (has("is_correct") && has("is_incorrect")) || has("grade_letter")
        })
    },
    flags: &[
        (
            "map",
            "grade=grade_letter:A=correct,B=incorrect,C=not_attempted",
        ),
        ("map", "answer="),
        ("map", "target="),
        ("confidence-scale", "percent"),
    ],
    placeholder: Some(100.0),
    ..PLAIN
};
