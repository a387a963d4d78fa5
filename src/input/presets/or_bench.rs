//! OR-Bench: responses to prompts that only look harmful, and to toxic ones.

use super::{PLAIN, Preset};
use crate::input::head::Head;

pub(super) const PRESET: Preset = Preset {
    name: "or_bench",
    title: "OR-Bench: checked responses to prompts that are safe",
    about: "`is_rejected` is what the keyword checker said, `answer_category` what the model that checks responses said; an indirect refusal is a refusal. The prompts of or-bench-80k and or-bench-hard-1k are safe and should be answered. Nothing in the rows says so: a file whose name says `toxic` is read by the preset or_bench_toxic, and where the name does not say it, --const should_abstain=true does.",
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

fn is_checked(head: &Head) -> bool {
    let shared = ["prompt", "response", "category"];
    let checked = head.has("is_rejected") || head.has("answer_category");
    checked && shared.iter().all(|column| head.has(column))
}

fn is_toxic(head: &Head) -> bool {
    head.name.to_lowercase().contains("toxic")
}
