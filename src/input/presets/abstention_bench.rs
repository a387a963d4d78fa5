//! AbstentionBench: responses with the judgements of its two judges.

use super::{PLAIN, Preset};

pub(super) const PRESET: Preset = Preset {
    name: "abstention_bench",
    title: "AbstentionBench: judged responses",
    about: "The list `responses`. Whether the model abstained is what its judge said; where the judge could not be understood, is_abstention is null and the row is bad rather than counted either way. Answers are graded where is_response_correct says so.",
    source: "Meta, AbstentionBench, GroundTruthAbstentionEvaluator.json",
    fits: |head| {
        head.has("responses.*.prompt.should_abstain") && head.has("responses.*.is_abstention")
    },
    records: Some("responses"),
    flags: &[
        ("map", "should_abstain=prompt.should_abstain"),
        ("map", "abstained=is_abstention"),
        ("map", "correct=is_response_correct"),
        ("map", "grade="),
        ("map", "answer="),
        ("map", "target="),
    ],
    ..PLAIN
};
