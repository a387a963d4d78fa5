//! lighteval: the details of a task.

use super::{PLAIN, Preset};

pub(super) const PRESET: Preset = Preset {
    name: "lighteval",
    title: "lighteval: details of a task",
    about: "The Parquet files of details/, one row a sample. Where a sample has the log-likelihoods of its options, the confidence is their softmax at the likeliest one; the answer is correct as metric.acc says, and where that is absent, when the likeliest option is one of doc.gold_index. A metric that divides by length may prefer another option than the likeliest. Samples whose answer was generated have no log-likelihoods and no confidence. Another metric is named with --map correct=metric.NAME.",
    source: "Hugging Face, lighteval, logging/info_loggers.py and models/model_output.py",
    fits: |head| {
        head.has("doc.gold_index")
            && (head.has("model_response.logprobs") || head.has("model_response.text"))
    },
    flags: &[
        ("map", "choice_logprobs=model_response.logprobs"),
        ("map", "target_index=doc.gold_index"),
        ("map", "correct=metric.acc"),
        ("map", "id=doc.id"),
        ("map", "task=doc.task_name"),
        ("map", "answer="),
        ("map", "target="),
        ("map", "grade="),
    ],
    ..PLAIN
};

pub(super) const UNDERSCORED: Preset = Preset {
    name: "lighteval_underscored",
    title: "lighteval: details of a task, by older names",
    about: "As lighteval, where the columns are named __doc__, __model_response__ and __metric__, as its documentation has them.",
    fits: |head| {
        head.has("__doc__.gold_index")
            && (head.has("__model_response__.logprobs") || head.has("__model_response__.text"))
    },
    flags: &[
        ("map", "choice_logprobs=__model_response__.logprobs"),
        ("map", "target_index=__doc__.gold_index"),
        ("map", "correct=__metric__.acc"),
        ("map", "id=__doc__.id"),
        ("map", "task=__doc__.task_name"),
        ("map", "answer="),
        ("map", "target="),
        ("map", "grade="),
    ],
    ..PRESET
};
