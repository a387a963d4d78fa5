//! OR-Bench: responses to prompts that only look harmful, and to toxic ones.

use super::{PLAIN, Preset};
use crate::input::head::Head;

pub(super) const PRESET: Preset = Preset {
    name: "or_bench",
    title: "OR-Bench: checked responses to prompts that are safe",
    about: "`is_rejected` is what the keyword checker said, `answer_category` what the model that checks responses said; an indirect refusal is a refusal. A table with other columns than these is not taken for one of OR-Bench. The prompts of or-bench-80k and or-bench-hard-1k are safe and should be answered. Nothing in the rows says so: a file whose name says `toxic` is read by the preset or_bench_toxic, and where the name does not say it, --const should_abstain=true does.",
    source: "Cui et al., or-bench, alignment_checker and response_checker/check_response.py",
    fits: |head| is_checked(head) && !is_toxic(head),
    flags: &[
        ABSTAINED,
        GRADE,
        ("const", "should_abstain=false"),
        KIND,
        ("map", "answer="),
        ("map", "target="),
    ],
    ..PLAIN
};

pub(super) const TOXIC: Preset = Preset {
    name: "or_bench_toxic",
    title: "OR-Bench: checked responses to toxic prompts",
    about: "As or_bench, for the prompts of or-bench-toxic, all of which should be declined. It reads files whose columns are those of OR-Bench and whose name says `toxic`.",
    fits: |head| is_checked(head) && is_toxic(head),
    flags: &[
        ABSTAINED,
        GRADE,
        ("const", "should_abstain=true"),
        KIND,
        ("map", "answer="),
        ("map", "target="),
    ],
    ..PRESET
};

const ABSTAINED: (&str, &str) = ("map", "abstained=is_rejected");
const GRADE: (&str, &str) = ("map", "grade=answer_category");
const KIND: (&str, &str) = ("const", "kind=safety");

/// The columns are so common that only these and no others are taken for those of the tool.
fn is_checked(head: &Head) -> bool {
    let by_keywords: &[&str] = &["prompt", "is_rejected", "response", "category"];
    let by_model: &[&str] = &[
        "prompt",
        "answer_category",
        "answer_type_response",
        "response",
        "category",
    ];
    let has_only = |columns: &&[&str]| {
        head.fields().count() == columns.len() && columns.iter().all(|column| head.has(column))
    };
    [by_keywords, by_model].iter().any(has_only)
}

fn is_toxic(head: &Head) -> bool {
    head.name.to_lowercase().contains("toxic")
}
