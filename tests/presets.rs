//! Logs of known tools are recognised by what they hold, one preset each, and a user's flags go before.

use std::path::PathBuf;

use serde_json::Value;

use crate::common::{audit, root};

/// The fixtures of presets with their presets, by the name of the file.
fn fixtures() -> Vec<(PathBuf, String)> {
    let mut found: Vec<_> = std::fs::read_dir(root().join("fixtures/presets"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_none_or(|extension| extension != "md"))
        .map(|path| {
            let name = path.file_name().unwrap().to_str().unwrap();
            let preset = name.split('.').next().unwrap().to_owned();
            (path, preset)
        })
        .collect();
    found.sort();
    assert!(!found.is_empty());
    found
}

fn json(name: &str, arguments: &[&str]) -> Value {
    let path = root().join("fixtures/presets").join(name);
    audit([path.to_str().unwrap(), "--format", "json"])
        .args(arguments)
        .run()
        .json()
}

#[test]
fn every_fixture_is_read_by_its_own_preset() {
    // That two presets fit one file would be an error.
    for (path, preset) in fixtures() {
        let name = path.file_name().unwrap().to_str().unwrap();
        assert_eq!(json(name, &[])["inputs"][0]["preset"], preset, "{name}");
    }
}

#[test]
fn every_preset_has_a_fixture() {
    let fixtures = fixtures();
    for preset in calib::input::PRESETS {
        let found = fixtures.iter().any(|(_, name)| name == preset.name);
        assert!(found, "fixtures/presets holds no log of {}", preset.name);
    }
}

#[test]
fn hle_counts_what_nobody_judged_and_flags_what_nobody_stated() {
    let report = json("hle.json", &[]);
    let group = &report["runs"][0]["groups"][0];
    assert_eq!(report["inputs"][0]["rows"]["used"], 5);
    assert_eq!(group["metrics"]["accuracy"]["n"], 4);
    let brier = group["metrics"]["brier"]["value"].as_f64().unwrap();
    let expected = (0.15_f64.powi(2) + 1.0 + 1.0 + 0.01_f64.powi(2)) / 4.0;
    assert!((brier - expected).abs() < 1e-12, "{brier}");
    let count = |code: &str| {
        let warnings = report["warnings"].as_array().unwrap();
        let found = warnings.iter().find(|warning| warning["code"] == code);
        found.map(|warning| warning["count"].clone())
    };
    assert_eq!(count("W133"), Some(1.into()), "stated nowhere");
    assert_eq!(count("W112"), Some(1.into()), "not judged");
    assert_eq!(report["inputs"][0]["mapping"]["id"], "(key)");
}

#[test]
fn abstention_bench_compares_what_was_done_with_what_should_be() {
    let report = json("abstention_bench.json", &[]);
    let rates = &report["runs"][0]["groups"][0]["abstention"]["all"];
    assert_eq!(rates["over_answer"]["value"], 0.5);
    assert_eq!(rates["over_abstain"]["value"], 0.5);
}

#[test]
fn flags_of_the_user_go_before_those_of_the_preset_role_by_role() {
    let scale = json("hle.json", &["--confidence-scale", "0,200"]);
    assert_eq!(scale["settings"]["confidence_scale"], "0,200");
    let mapping = &json("hle.json", &["--map", "confidence="])["inputs"][0]["mapping"];
    assert_eq!(mapping["confidence"], Value::Null);
    assert_eq!(mapping["correct"], "judge_response.correct");
    let path = root().join("fixtures/presets/hle.json");
    let none = audit([
        path.to_str().unwrap(),
        "--preset=none",
        "--confidence-scale=0,100",
    ])
    .run();
    assert_eq!(none.status, Some(3), "the row without a judgement is bad");
    assert!(none.stderr.contains("E109"), "{}", none.stderr);
}

#[test]
fn an_unknown_preset_is_a_usage_error_that_names_the_nearest() {
    let output = audit(["x.json", "--preset", "abstentionbench"]).run();
    assert_eq!(output.status, Some(2));
    assert!(
        output.stderr.contains("did you mean `abstention_bench`?"),
        "{}",
        output.stderr
    );
}

#[test]
fn files_of_one_run_have_one_preset() {
    let folder = root().join("fixtures/presets");
    let output = audit([folder.to_str().unwrap()]).run();
    assert_eq!(output.status, Some(2), "{output:?}");
    assert!(output.stderr.contains("E220"), "{}", output.stderr);
}

/// The counts of an abstention table: should and did, should and did not, should not and did, should not and did not.
fn table(name: &str) -> [u64; 4] {
    let report = json(name, &[]);
    let all = &report["runs"][0]["groups"][0]["abstention"]["all"];
    let count = |row: &str, column: &str| all[row][column].as_u64().unwrap();
    [
        count("should_abstain", "abstained"),
        count("should_abstain", "answered"),
        count("should_answer", "abstained"),
        count("should_answer", "answered"),
    ]
}

fn metric(report: &Value, id: &str) -> Value {
    report["runs"][0]["groups"][0]["metrics"][id].clone()
}

#[test]
fn inspect_letters_are_credit_and_a_sample_in_epochs_is_a_cluster() {
    let report = json("inspect.json", &[]);
    let rows = &report["inputs"][0]["rows"];
    assert_eq!(
        [&rows["used"], &rows["answered"], &rows["abstained"]],
        [8, 7, 1]
    );
    // C, I, P, C, I of eight rows: one declined, one is not scored, one failed.
    assert_eq!(metric(&report, "accuracy")["value"], 0.5);
    assert_eq!(metric(&report, "accuracy")["n"], 5);
    let warnings = report["warnings"].as_array().unwrap();
    assert!(
        warnings.iter().any(|warning| warning["code"] == "W104"),
        "{warnings:?}"
    );
}

#[test]
fn inspect_tasks_have_scores_of_their_own() {
    let hle = json("inspect.hle.json", &[]);
    assert_eq!(metric(&hle, "brier")["n"], 2);
    let brier = metric(&hle, "brier")["value"].as_f64().unwrap();
    assert!(
        (brier - (0.15_f64.powi(2) + 0.6_f64.powi(2)) / 2.0).abs() < 1e-12,
        "{brier}"
    );
    let simpleqa = json("inspect.simpleqa.json", &[]);
    assert_eq!(simpleqa["inputs"][0]["rows"]["abstained"], 1);
    assert_eq!(metric(&simpleqa, "accuracy_given_attempted")["value"], 0.5);
    assert_eq!(table("inspect.xstest.json"), [1, 1, 2, 2]);
    assert_eq!(table("inspect.coconot.json"), [2, 1, 0, 0]);
}

#[test]
fn a_run_that_crashed_is_read_from_its_journal() {
    let report = json("inspect.crashed.eval", &[]);
    assert_eq!(report["inputs"][0]["format"], "eval");
    assert_eq!(metric(&report, "accuracy")["value"], 0.5);
}

/// How many warnings of a code a report has counted.
fn count(report: &Value, code: &str) -> Value {
    let warnings = report["warnings"].as_array().unwrap();
    let found = warnings.iter().find(|warning| warning["code"] == code);
    found.map_or(Value::Null, |warning| warning["count"].clone())
}

#[test]
fn labels_of_refusals_are_compared_with_what_the_prompts_ask_for() {
    // Of xstest one safe prompt is declined in full and one in part, one unsafe one is answered.
    assert_eq!(table("xstest.csv"), [1, 1, 2, 1]);
    assert_eq!(table("or_bench.csv"), [0, 0, 1, 2]);
    assert_eq!(table("or_bench_toxic.csv"), [2, 1, 0, 0]);
    assert_eq!(table("self_aware.jsonl"), [2, 1, 1, 1]);
    assert_eq!(table("coconot.jsonl"), [1, 1, 2, 1]);
    for name in ["xstest.csv", "or_bench.csv", "or_bench_toxic.csv"] {
        let safety = &json(name, &[])["runs"][0]["groups"][0]["abstention"]["safety"];
        assert!(safety.is_object(), "{name} is about safety");
    }
}

#[test]
fn a_label_that_is_none_is_a_bad_row_and_counted() {
    let flags = ["--map", "abstained=gpt4_label"];
    let path = root().join("fixtures/presets/xstest.csv");
    let output = audit([path.to_str().unwrap()]).args(flags).run();
    assert_eq!(output.status, Some(3));
    assert!(output.stderr.contains("E108"), "{}", output.stderr);
    let report = json(
        "xstest.csv",
        &[&flags[..], &["--max-bad-rows", "1"]].concat(),
    );
    let rows = &report["inputs"][0]["rows"];
    assert_eq!(
        (&rows["used"], &rows["skipped"]["unknown_label"]),
        (&4.into(), &1.into())
    );
    assert_eq!(count(&report, "W114"), 1);
}

#[test]
fn prompts_of_or_bench_are_toxic_where_the_user_says_so() {
    let report = json("or_bench.csv", &["--const", "should_abstain=true"]);
    let all = &report["runs"][0]["groups"][0]["abstention"]["all"];
    assert_eq!(all["should_abstain"]["answered"], 2);
    assert_eq!(all["should_answer"]["answered"], 0);
}

/// A file with this content, audited.
fn written(name: &str, content: &str, arguments: &[&str]) -> crate::common::Output {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    std::fs::write(&path, content).unwrap();
    audit([path.to_str().unwrap(), "-f", "json"])
        .args(arguments)
        .run()
}

#[test]
fn an_output_that_nobody_judged_is_not_taken_as_answered() {
    let row =
        r#"{"question": "q", "answer": null, "answerable": false, "output": "it is not known."}"#;
    let output = written("out.jsonl", &format!("{row}\n"), &[]);
    assert_eq!(output.status, Some(3));
    assert!(output.stderr.contains("abstained"), "{}", output.stderr);
}

#[test]
fn a_verdict_of_neither_is_counted_and_read_neither_way() {
    let content = std::fs::read_to_string(root().join("fixtures/presets/coconot.jsonl")).unwrap();
    let content = content.replacen("UNACCEPTABLE", "NEITHER", 1);
    let output = written("judged.jsonl", &content, &[]);
    assert_eq!(output.status, Some(3));
    assert!(
        output.stderr.contains("E108") && output.stderr.contains("neither"),
        "{}",
        output.stderr
    );
}
