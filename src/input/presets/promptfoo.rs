//! promptfoo: the results of an evaluation.

use serde_json::json;

use super::said::{Explained, Found, Said};
use super::{PLAIN, Preset};
use crate::input::rows::Element;
use crate::input::value::{Number, Raw};

pub(super) const PRESET: Preset = Preset {
    name: "promptfoo",
    title: "promptfoo: results",
    about: "The list `results.results` of version 3, one row an output; outputs for one test (testIdx) are a cluster, whatever the prompt, provider or repetition. An output is correct when it passed all its assertions (`success`). One that failed by an error (failureReason 2) is an answer that nobody graded, not a wrong one. The provider is the model. --map correct=calib.score reads the score as a share of credit instead, and errors stay ungraded. What was read stands in `calib.*`.",
    source: "promptfoo, src/types/index.ts (EvaluateResult, ResultFailureReason)",
    fits: |head| head.has("results.results.*.success") && head.has("results.results.*.testIdx"),
    records: Some("results.results"),
    flags: &[
        ("map", "id=testIdx"),
        ("map", "model=calib.model"),
        ("map", "correct=calib.correct"),
        ("map", "grade="),
        ("map", "answer="),
        ("map", "target="),
        ("map", "weight="),
        ("map", "cluster="),
        ("map", "prompt_id="),
    ],
    ungraded: true,
    rewrite: Some(|rows, _| Box::new(Explained { rows, say })),
    ..PLAIN
};

/// The failure reason of an output that could not be made or judged.
const ERROR: &str = "2";

fn say(element: &Element) -> Option<Said> {
    let found = Found::read(
        element,
        &["success", "failureReason", "provider.id", "score"],
    )?;
    let mut said = Said::new();
    let failed = found.text("failureReason") == Some(ERROR);
    if let Some(success) = found.at("success").and_then(Raw::truth).filter(|_| !failed) {
        said.insert("correct".to_owned(), json!(success));
    }
    if let Some(Number::Plain(score)) = found.at("score").map(Raw::number).filter(|_| !failed) {
        said.insert("score".to_owned(), json!(score));
    }
    // Before it was an object, the provider was its id.
    let older = Found::read(element, &["provider"])?;
    if let Some(model) = found.text("provider.id").or_else(|| older.text("provider")) {
        said.insert("model".to_owned(), json!(model));
    }
    Some(said)
}
