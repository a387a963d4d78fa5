//! SelfAware: answers to questions that can and cannot be answered.

use super::{PLAIN, Preset};

pub(super) const PRESET: Preset = Preset {
    name: "self_aware",
    title: "SelfAware: answers to answerable and unanswerable questions",
    about: "The question should be declined where `answerable` is false. `answer` is the list of gold answers, null where there is none, and not what the model said, which stands in `output` or `generated_text`. The tool judges outputs while it computes its figures and keeps no judgement: whether the model declined must be in a column `abstained` that was added, or come with --join. A row without a judgement is bad, and counted, rather than taken as answered.",
    source: "Yin et al., SelfAware, code/run_model.py and code/eval_model.py",
    fits: |head| {
        let data = ["question_id", "question", "answer", "answerable", "source"];
        let output = head.has("output") || head.has("generated_text");
        output && data.iter().all(|field| head.has(field))
    },
    flags: &[
        ("map", "should_abstain=answerable"),
        ("const", "kind=epistemic"),
        ("map", "response=output"),
        ("map", "answer="),
        ("map", "target="),
        ("map", "grade="),
    ],
    ..PLAIN
};
