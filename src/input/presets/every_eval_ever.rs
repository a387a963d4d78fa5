//! Every Eval Ever: the instance-level schema that several harnesses export to.

use super::{PLAIN, Preset};

pub(super) const PRESET: Preset = Preset {
    name: "every_eval_ever",
    title: "Every Eval Ever: instance-level results",
    about: "One row an instance and metric: where an instance has a row for each of several metrics, filter with --where evaluation_name=NAME. Whether the answer was right is evaluation.is_correct; evaluation.score may be of any range and is not read. Rows with an `error` count as they are graded. The schema has no confidence and no abstention: name those of metadata with --map confidence=metadata.NAME.",
    source: "EvalEval Coalition, every_eval_ever, instance_level_eval.schema.json",
    fits: |head| {
        let named = ["", "*."].iter().find(|row| {
            let has = |field| head.has(&format!("{row}{field}"));
            has("evaluation.is_correct") && has("evaluation_name")
        });
        named.is_some_and(|row| head.has(&format!("{row}interaction_type")))
    },
    flags: &[
        ("map", "id=sample_id"),
        ("map", "model=model_id"),
        ("map", "task=evaluation_name"),
        ("map", "correct=evaluation.is_correct"),
        ("map", "grade="),
        ("map", "answer="),
        ("map", "target="),
    ],
    ..PLAIN
};
