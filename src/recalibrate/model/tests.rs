//! Hostile model files.

use super::*;
use crate::record::Confidence;

const TEXT: &str = include_str!("../../../fixtures/model.json");

fn parsed(text: &str) -> Model {
    Model::parse(text, "m.json").unwrap()
}

/// The message on a file in which `old` became `new`.
fn refused(old: &str, new: &str) -> String {
    assert!(TEXT.contains(old), "{old} is not in the fixture");
    let error = Model::parse(&TEXT.replacen(old, new, 1), "m.json").unwrap_err();
    assert!(!error.help.is_empty());
    let place = error.place.as_ref().unwrap();
    format!("{} {place} {}", error.code.id, error.detail)
}

#[test]
fn a_model_says_what_it_does() {
    let model = parsed(TEXT);
    assert_eq!(model.policy(&[]), Policy::From(0.7));
    let half = Confidence::new(0.5).unwrap();
    let known = ["gpqa".to_owned(), "m\u{202e}".to_owned()];
    assert_eq!(model.curve_of(&known).0.apply(half), half);
    assert!(model.curve_of(&known).1);
    assert!(!model.curve_of(&["other".to_owned(), "m".to_owned()]).1);
    let without = parsed(&TEXT.replace("\"threshold\": 0.7", "\"threshold\": null"));
    assert_eq!(without.policy(&[]), Policy::Never);
}

#[test]
fn what_is_no_model_is_refused() {
    let of = |text: &str| Model::parse(text, "m.json").unwrap_err().code.id;
    assert_eq!(of("{}"), "E331");
    assert_eq!(of("{\"schema\": 1}"), "E331");
    assert_eq!(of("{\"schema\": \"calib.report/1\"}"), "E331");
    assert_eq!(of("{\"schema\": \"calib.model/2\", \"curve\": 1}"), "E332");
    assert_eq!(of(""), "E331");
    assert_eq!(of("[]"), "E331");
    assert_eq!(of(&"[".repeat(100_000)), "E331");
    assert_eq!(of("{\"confidence\": 0.5}\n{\"confidence\": 0.5}"), "E331");
    // What is left of a model is one that is damaged.
    assert_eq!(of(&TEXT[..TEXT.len() / 2]), "E333");
}

#[test]
fn every_fault_has_its_place() {
    let cases = [
        ("\"rows\": 40,", "\"rows\": 40, \"rows\": 41,"),
        ("\"params\": {}", "\"params\": {\"T\": 1, \"T\": 2}"),
        ("\"threshold\": 0.7,", ""),
        ("\"threshold\": 0.7,", "\"treshold\": 0.7,"),
        ("\"threshold\": 0.7", "\"threshold\": 1.7"),
        ("\"threshold\": 0.7", "\"threshold\": 1e999"),
        ("\"threshold\": 0.7", "\"threshold\": \"0.7\""),
        ("\"threshold\": 0.7", "\"threshold\": NaN"),
        ("\"clip\": null", "\"clip\": 0.1"),
        ("\"method\": \"identity\"", "\"method\": \"magic\\u001b\""),
        ("\"shrinkage\": 0.5", "\"shrinkage\": -1"),
        ("\"task\": \"gpqa\"", "\"tusk\": \"gpqa\""),
        ("\"kind\": \"risk\"", "\"kind\": \"luck\""),
        ("\"bound\": 0.049", "\"bound\": 4"),
        ("\"high\": 0.022", "\"high\": 2"),
        ("0000\"", "000\""),
        ("\"scale\": \"unit\"", "\"scale\": \"unit\", \"more\": 1"),
        (
            "\"softmax\": false",
            "\"partial\": \"answer\", \"softmax\": 1",
        ),
        (
            "\"softmax\": false",
            "\"softmax\": false, \"partial\": true",
        ),
        ("\"rows\": 400,", "\"rows\": -1,"),
    ];
    let said: Vec<_> = cases.iter().map(|(old, new)| refused(old, new)).collect();
    insta::assert_snapshot!(said.join("\n"));
}
