//! Samples of lm-evaluation-harness: one line a question and filter.

use std::borrow::Cow;

use super::{PLAIN, Preset};
use crate::input::head::Head;
use crate::input::json::{self, Visitor};
use crate::input::paths::elements;
use crate::input::roles::Role;
use crate::input::value::{Raw, Value};

const SOURCE: &str =
    "EleutherAI, lm-evaluation-harness, lm_eval/api/task.py and lm_eval/result_schema.py";

pub(super) const PRESET: Preset = Preset {
    name: "lm_eval",
    title: "lm-evaluation-harness: samples graded by acc",
    about: "samples_*.jsonl of tasks with options. Confidence is the softmax of the options' log-likelihoods at the likeliest option, and correct is acc, which grades that option. acc_norm, acc_bytes and acc_mutual_info grade the option that is likeliest by another measure: mapped to correct beside this confidence they are refused. Where the row has unconditional log-likelihoods too (acc_mutual_info), the first half counts. The number of the right option is the target, or the option whose text it is; a target that is no option, such as -100, makes a bad row, although the harness counts it as wrong. Rows of one doc_hash are a cluster. A log with several filters has each question several times and is refused (E206) until one is chosen with --where filter=NAME.",
    source: SOURCE,
    fits: |head| is_sample(head) && head.has("acc"),
    flags: &[
        ("softmax", "calib.choice_logprobs"),
        ("map", "target_index=calib.target_index"),
        ("map", "correct=acc"),
        ("map", "id=doc_id"),
        ("map", "prompt_id=doc_hash"),
        ("map", "sample=filter"),
        ("map", "model="),
        ("map", "task="),
        ("map", "abstained="),
        ("map", "should_abstain="),
        ("map", "kind="),
        ("map", "grade="),
        ("map", "answer="),
        ("map", "response="),
        ("map", "target="),
        ("map", "weight="),
        ("map", "cluster="),
        ("map", "human_label="),
    ],
    readings: Some(Role::Sample),
    grades_another: &["acc_norm", "acc_bytes", "acc_mutual_info"],
    explain: Some(explain),
    ..PLAIN
};

pub(super) const GENERATE: Preset = Preset {
    name: "lm_eval_generate",
    title: "lm-evaluation-harness: samples graded by exact_match",
    about: "samples_*.jsonl of tasks that generate text. They have no confidence, so that only accuracy can be told. correct is exact_match, which may be a share; name another metric with --map correct=METRIC. Rows of one doc_hash are a cluster. A log with several filters has each answer several times and is refused (E206) until one is chosen with --where filter=NAME.",
    source: SOURCE,
    fits: |head| is_sample(head) && !head.has("acc"),
    flags: &[
        ("map", "correct=exact_match"),
        ("map", "id=doc_id"),
        ("map", "prompt_id=doc_hash"),
        ("map", "sample=filter"),
        ("map", "confidence="),
        ("map", "choice_logprobs="),
        ("map", "target_index="),
        ("map", "model="),
        ("map", "task="),
        ("map", "abstained="),
        ("map", "should_abstain="),
        ("map", "kind="),
        ("map", "grade="),
        ("map", "answer="),
        ("map", "response="),
        ("map", "target="),
        ("map", "weight="),
        ("map", "cluster="),
        ("map", "human_label="),
    ],
    readings: Some(Role::Sample),
    ..PLAIN
};

fn is_sample(head: &Head) -> bool {
    let fields = ["doc_id", "doc", "target", "resps", "filtered_resps"];
    fields.iter().all(|field| head.has(field))
}

/// The fields of a sample that say what its options are.
#[derive(Default)]
struct Sample<'a> {
    responses: Option<Value<'a>>,
    target: Option<Value<'a>>,
    /// The texts of the options, in order.
    options: Vec<Value<'a>>,
    unconditional: bool,
    path: String,
}

impl<'a> Visitor<'a> for Sample<'a> {
    fn wants(&mut self, path: &str) -> bool {
        let option = path.starts_with("arguments.") && path.ends_with(".arg_1");
        self.unconditional |= path == "acc_mutual_info";
        path.clone_into(&mut self.path);
        option || matches!(path, "filtered_resps" | "target")
    }

    // A value is taken right after its path was wanted.
    fn take(&mut self, value: Value<'a>, _key_at: usize) {
        match self.path.as_str() {
            "filtered_resps" => self.responses = Some(value),
            "target" => self.target = Some(value),
            _ => self.options.push(value),
        }
    }
}

/// The log-likelihoods of the options and the number of the right one, as columns.
fn explain(text: &str) -> Vec<(Cow<'static, str>, Value<'_>)> {
    let mut sample = Sample::default();
    let read = json::read_object(text, &mut sample);
    let scores = sample.scores();
    let Some((scores, at)) = scores.filter(|(scores, _)| read.is_ok() && scores.len() > 1) else {
        return Vec::new();
    };
    let list = Raw::List(format!("[{}]", scores.join(",")).into());
    let mut columns = vec![("calib.choice_logprobs".into(), Value { raw: list, at })];
    if let Some(target) = sample.target_index(scores.len()) {
        columns.push(("calib.target_index".into(), target));
    }
    columns
}

/// The log-likelihood in a pair of one and whether it is greedy.
fn score(pair: &str) -> Option<&str> {
    let pair = Some(pair).filter(|pair| pair.starts_with('['))?;
    elements(pair).ok()?.first().copied()
}

impl<'a> Sample<'a> {
    /// The log-likelihood of each option as written; none where responses are texts.
    fn scores(&self) -> Option<(Vec<&str>, usize)> {
        let Value { raw, at } = self.responses.as_ref()?;
        let Raw::List(list) = raw else { return None };
        let pairs = elements(list.trim()).ok()?;
        let mut scores: Vec<_> = pairs.into_iter().map(score).collect::<Option<_>>()?;
        if self.unconditional && scores.len().is_multiple_of(2) {
            scores.truncate(scores.len() / 2);
        }
        Some((scores, *at))
    }

    /// The target where it is a number or numbers, else the option that has its text and is alone in that.
    fn target_index(&self, count: usize) -> Option<Value<'a>> {
        let target = self.target.clone()?;
        let text = match &target.raw {
            Raw::List(_) => return Some(target),
            raw => raw.text()?.trim(),
        };
        if text.starts_with('[') || text.parse::<i64>().is_ok() {
            return Some(target);
        }
        let options = self.options.iter().take(count);
        let same = |(_, option): &(usize, &Value<'_>)| {
            option
                .raw
                .text()
                .is_some_and(|option| option.trim() == text)
        };
        let mut found = options.enumerate().filter(same);
        match (found.next(), found.next()) {
            (Some((index, _)), None) => Some(Value {
                raw: Raw::Text(index.to_string().into()),
                at: target.at,
            }),
            _ => None,
        }
    }
}
