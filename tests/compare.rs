//! `calib compare`: whole pages, every format, what it refuses, and that it does not matter how the logs came.

use std::fmt::Write;
use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::common::{Calib, calib, root};

const LOGS: [&str; 2] = ["fixtures/demo.jsonl", "fixtures/tuned.jsonl"];

fn compare<S: AsRef<std::ffi::OsStr>>(arguments: impl IntoIterator<Item = S>) -> Calib {
    calib().args(["compare"]).args(arguments)
}

fn demo(flags: &[&str]) -> String {
    compare(LOGS).args(flags).run().report()
}

#[test]
fn whole_pages() {
    insta::assert_snapshot!("text_60", demo(&["--width", "60", "--ascii"]));
    insta::assert_snapshot!("text_80", demo(&[]));
    insta::assert_snapshot!("text_120", demo(&["--width", "120", "-q"]));
    insta::assert_snapshot!("markdown", demo(&["-f", "markdown", "--by", "kind"]));
    insta::assert_snapshot!("csv", demo(&["-f", "csv"]));
}

#[test]
fn the_json_follows_its_schema_and_says_what_the_text_says() {
    let schema = fs::read(root().join("docs/report.schema.json")).unwrap();
    let schema = serde_json::from_slice(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for flags in [&["--by", "task"][..], &["--all"], &["--correction", "bh"]] {
        let report = compare(LOGS).args(["-f", "json"]).args(flags).run().json();
        let errors: Vec<_> = validator
            .iter_errors(&report)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{flags:?}: {errors:#?}");
    }
    let report = compare(LOGS).args(["-f", "json"]).run().json();
    let found = |metric: &str| {
        let all = report["comparisons"].as_array().unwrap();
        all.iter()
            .find(|one| one["metric"] == metric)
            .unwrap()
            .clone()
    };
    let over_answer = found("epistemic.over_answer");
    assert_eq!(over_answer["change"], "better");
    assert_eq!(over_answer["detected"], true);
    let brier = found("brier");
    assert_eq!(brier["change"], Value::Null);
    let part = |name: &str| brier[name].as_f64().unwrap();
    assert!((part("delta") + part("composition") - part("delta_all")).abs() < 1e-12);
}

/// The rows of a log in another order.
fn reversed(log: &str, path: &Path) {
    let text = fs::read_to_string(root().join(log)).unwrap();
    let rows: Vec<_> = text.lines().rev().collect();
    fs::write(path, rows.join("\n") + "\n").unwrap();
}

#[test]
fn rows_pair_by_id_wherever_they_stand_and_also_without_the_logs() {
    let folder = TempDir::new().unwrap();
    let within = |logs: [&str; 2], flags: &[&str]| {
        let labelled = ["demo", "tuned"]
            .iter()
            .zip(logs)
            .map(|(label, log)| format!("{label}={log}"));
        let run = calib()
            .within(folder.path())
            .args(["compare", "-f", "json", "--by", "task"]);
        let mut report = run.args(labelled).args(flags).run().json();
        // The files have other names, and nothing else may differ.
        report["inputs"] = Value::Null;
        report
    };
    for (log, name) in LOGS.iter().zip(["demo", "tuned"]) {
        let folder = folder.path();
        fs::copy(root().join(log), folder.join(format!("{name}.jsonl"))).unwrap();
        reversed(log, &folder.join(format!("{name}-reversed.jsonl")));
        let save = format!("{name}.calib");
        let log = format!("{name}={name}.jsonl");
        let arguments = ["audit", &log, "-q", "--by", "task,kind", "--save", &save];
        calib().within(folder).args(arguments).run().report();
    }
    let whole = within(["demo.jsonl", "tuned.jsonl"], &[]);
    for (logs, flags) in [
        (["demo.jsonl", "tuned-reversed.jsonl"], &["-j", "1"][..]),
        (["demo-reversed.jsonl", "tuned.jsonl"], &["-j", "3"]),
        (["demo.calib", "tuned.calib"], &[]),
        (["demo.calib", "tuned.jsonl"], &[]),
    ] {
        assert_eq!(within(logs, flags), whole, "{logs:?}");
    }
}

fn rows(ids: std::ops::Range<u32>, seed: u32) -> String {
    let mut text = String::new();
    for id in ids {
        let c = f64::from(50 + (id * 7 + seed * 3) % 50) / 100.0;
        let right = (id * 13 + seed) % 10 < 7;
        writeln!(
            text,
            "{{\"id\": {id}, \"confidence\": {c}, \"correct\": {right}}}"
        )
        .unwrap();
    }
    text
}

fn folder(logs: &[(&str, String)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in logs {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

#[test]
fn what_cannot_be_paired_is_refused_with_the_way_out() {
    let anonymous = "{\"confidence\": 0.5, \"correct\": true}\n".repeat(5);
    let folder = folder(&[
        ("a.jsonl", rows(0..100, 1)),
        ("b.jsonl", rows(20..110, 2)),
        ("c.jsonl", rows(200..300, 3)),
        ("none.jsonl", anonymous),
    ]);
    let refused = |arguments: &[&str]| {
        let output = calib()
            .within(folder.path())
            .args(["compare"])
            .args(arguments)
            .run();
        assert!(output.stdout.is_empty(), "{output:?}");
        format!("? {:?}\n{}", output.status, output.stderr)
    };
    let cases: [&[&str]; 8] = [
        &["a.jsonl", "b.jsonl"],
        &["a.jsonl", "c.jsonl"],
        &["a.jsonl", "none.jsonl"],
        &["none.jsonl", "none=none.jsonl"],
        &["a.jsonl"],
        &["a.jsonl", "a.jsonl"],
        &["a.jsonl", "missing.jsonl"],
        &["a.jsonl", "b.jsonl", "-f", "junit"],
    ];
    let all: Vec<String> = cases
        .iter()
        .map(|arguments| {
            format!(
                "$ calib compare {}\n{}",
                arguments.join(" "),
                refused(arguments)
            )
        })
        .collect();
    insta::assert_snapshot!(all.join("\n"));
    let shared = calib()
        .within(folder.path())
        .args(["compare", "a.jsonl", "b.jsonl", "--allow-unshared"])
        .run()
        .report();
    assert!(
        shared.contains("80 ids shared, 20 in a only, 10 in b only"),
        "{shared}"
    );
}

#[test]
fn evidence_made_differently_is_refused() {
    let folder = folder(&[("a.jsonl", rows(0..50, 1)), ("b.jsonl", rows(0..50, 2))]);
    let audit = [
        "audit",
        "a.jsonl",
        "-q",
        "--confidence-scale",
        "0,2",
        "--save",
        "a.calib",
    ];
    calib().within(folder.path()).args(audit).run().report();
    let output = calib()
        .within(folder.path())
        .args(["compare", "a.calib", "b.jsonl"])
        .run();
    assert_eq!(output.status, Some(3));
    assert!(output.stderr.contains("E305"), "{output:?}");
}

#[test]
fn models_of_one_log_compare_through_the_states_of_each() {
    let model =
        |name: &str, seed| rows(0..200, seed).replace('{', &format!("{{\"model\": \"{name}\", "));
    let folder = folder(&[("log.jsonl", model("x", 1) + &model("y", 2))]);
    let run = |arguments: &[&str]| calib().within(folder.path()).args(arguments).run();
    for name in ["x", "y"] {
        let (filter, state) = (format!("model={name}"), format!("{name}.calib"));
        run(&["audit", "log.jsonl", "--where", &filter, "--save", &state]).report();
    }
    let text = run(&["compare", "x.calib", "y.calib"]).report();
    assert!(text.contains("200 ids shared"), "{text}");
    let said = "W141  --where was model=x for x and model=y for y: the ids in both are compared";
    assert!(text.replace("\n        ", " ").contains(said), "{text}");
    let gate = run(&["gate", "y.calib", "--baseline", "x.calib"]);
    assert!(gate.stdout.contains("W141"), "{gate:?}");
    // Nowhere else may they stand for each other.
    let merged = run(&["merge", "x.calib", "y.calib", "-o", "z.calib"]);
    assert!(merged.stderr.contains("E305"), "{merged:?}");
    let alone = run(&["compare", "log.jsonl"]);
    assert!(
        alone
            .stderr
            .contains("--where model=NAME --save NAME.calib"),
        "{alone:?}"
    );
}

#[test]
fn what_is_not_told_has_its_reason() {
    // More rows than a group keeps by prompt.
    let task = |rows: String| rows.replace('{', "{\"task\": \"law\", ");
    let folder = folder(&[
        ("a.jsonl", task(rows(0..8_300, 1))),
        ("b.jsonl", task(rows(0..8_300, 2))),
    ]);
    let arguments = [
        "compare",
        "a.jsonl",
        "b.jsonl",
        "--by",
        "task",
        "--resamples",
        "20",
    ];
    let text = calib().within(folder.path()).args(arguments).run().report();
    let (_, group) = text.split_once("task law").unwrap();
    let said =
        "n/a ECE, miscalibration, discrimination, AUROC: too many rows to keep them by\n  prompt";
    assert!(group.contains(said), "{text}");
    assert!(!group.contains("Brier score                 n/a"), "{text}");
}

#[test]
fn a_directory_of_checkpoints_is_one_table_in_the_order_of_their_numbers() {
    let logs: Vec<(String, String)> = (1..=12)
        .map(|step| (format!("step-{step}.jsonl"), rows(0..300, step)))
        .collect();
    let folder = TempDir::new().unwrap();
    for (name, text) in &logs {
        fs::write(folder.path().join(name), text).unwrap();
    }
    let run = calib()
        .within(folder.path())
        .args(["compare", "."])
        .run()
        .report();
    let steps: Vec<_> = run
        .lines()
        .filter_map(|line| {
            line.trim_start()
                .strip_prefix("step-")?
                .split_whitespace()
                .next()
        })
        .filter_map(|step| step.parse::<u32>().ok())
        .collect();
    assert_eq!(steps, (1..=12).collect::<Vec<_>>(), "{run}");
    insta::assert_snapshot!(run);
}

#[test]
fn the_gain_of_rlcr_is_seen_where_it_is_and_its_loss_where_that_is() {
    let log = |set: &str, model: &str| crate::real::shared(&format!("rlcr/{set}.{model}.jsonl"));
    for (set, brier, leaning) in [
        ("gpqa", "better", "still overconfident"),
        ("commonsenseqa", "worse", "now underconfident"),
    ] {
        let (Some(base), Some(new)) = (log(set, "RLVR"), log(set, "RLCR")) else {
            return;
        };
        let report = compare([base, new]).args(["-f", "json"]).run().json();
        let found = |metric: &str| {
            let all = report["comparisons"].as_array().unwrap();
            all.iter().find(|one| one["metric"] == metric).unwrap()["change"].clone()
        };
        assert_eq!(found("brier"), brier, "{set}");
        assert_eq!(found("signed_gap"), brier, "{set}");
        let sentence = report["pairs"][0]["sentence"].as_str().unwrap();
        assert!(sentence.contains(leaning), "{set}: {sentence}");
    }
}
