//! Judged answers of Humanity's Last Exam, and of BrowseComp, which uses the same judge.

use super::{PLAIN, Preset};

pub(super) const PRESET: Preset = Preset {
    name: "hle",
    title: "Humanity's Last Exam and BrowseComp: judged answers",
    about: "An object of rows, keyed by question. The judge writes confidences as whole percentages. Rows without a judge_response are answers that nobody graded: they are counted, and leave accuracy. The judge is told to write 100 where the answer states no confidence; such rows are counted in a warning.",
    source: "Center for AI Safety, hle, hle_eval/run_judge_results.py",
    fits: |head| {
        let judged = |row: &str| {
            head.has(&format!("{row}judge_response.correct"))
                && head.has(&format!("{row}judge_response.confidence"))
        };
        judged("*.") || judged("")
    },
    flags: &[
        ("map", "correct=judge_response.correct"),
        ("map", "confidence=judge_response.confidence"),
        ("map", "answer=judge_response.model_answer"),
        ("map", "target=judge_response.correct_answer"),
        ("map", "abstained="),
        ("confidence-scale", "0,100"),
    ],
    ungraded: true,
    placeholder: Some(100.0),
    ..PLAIN
};
