//! `calib compare --toward`: the published task scores of proxy-tuning give the published gap closures, whole pages, and
//! that states say what logs say.

use std::fmt::Write;
use std::fs;

use serde_json::Value;
use tempfile::TempDir;

use crate::common::{Calib, calib, root};

/// Right answers of the base, the proxy and the tuned log, and the answers that could be read, for each task.
type Task = (&'static str, [(f64, u32); 3]);

/// Counts of Liu et al. (2024), arXiv 2401.08565: wins, exact matches, answers that are not toxic, choices, and answers true
/// and informative, of Llama 2, proxy-tuned and chat.
const OF_13B: [Task; 5] = [
    ("alpaca_farm", [(17.0, 805), (671.0, 805), (703.0, 805)]),
    ("gsm", [(87.0, 1319), (348.0, 1319), (428.0, 1319)]),
    ("toxigen", [(830.0, 2800), (2796.0, 2800), (2799.0, 2800)]),
    ("truthfulqa_mc", [(304.0, 788), (462.0, 816), (503.0, 817)]),
    (
        "truthfulqa_open",
        [(401.0, 817), (670.0, 817), (657.0, 817)],
    ),
];
const OF_70B: [Task; 5] = [
    ("alpaca_farm", [(30.0, 805), (708.0, 805), (727.5, 805)]),
    ("gsm", [(127.0, 1319), (442.0, 1319), (683.0, 1319)]),
    ("toxigen", [(914.0, 2800), (2800.0, 2800), (2800.0, 2800)]),
    ("truthfulqa_mc", [(300.0, 709), (483.0, 816), (557.0, 816)]),
    (
        "truthfulqa_open",
        [(440.0, 817), (695.0, 817), (650.0, 817)],
    ),
];

/// Logs of these counts; no number of prompts has 11 as a factor, so that every prompt is there once.
fn folder(tasks: &[Task]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (at, name) in ["base", "proxy", "tuned"].iter().enumerate() {
        let mut rows = String::new();
        for (task, counts) in tasks {
            let (right, answers) = counts[at];
            for row in 0..answers {
                let correct = (right - f64::from(row)).clamp(0.0, 1.0);
                let id = (row * 11 + at as u32 * 5) % answers;
                writeln!(
                    rows,
                    "{{\"id\": \"{task}-{id}\", \"task\": \"{task}\", \"correct\": {correct}}}"
                )
                .unwrap();
            }
        }
        fs::write(folder.path().join(format!("{name}.jsonl")), rows).unwrap();
    }
    folder
}

fn compare(folder: &TempDir, flags: &[&str]) -> Calib {
    let logs = [
        "compare",
        "base.jsonl",
        "proxy.jsonl",
        "--toward",
        "tuned=tuned.jsonl",
    ];
    calib().within(folder.path()).args(logs).args(flags)
}

const BY_TASK: [&str; 3] = ["--by", "task", "--allow-unshared"];

fn report(folder: &TempDir, flags: &[&str]) -> Value {
    compare(folder, flags).args(["-f", "json"]).run().json()
}

fn entry<'r>(report: &'r Value, domain: Option<&str>, metric: &str) -> &'r Value {
    let all = report["gap"].as_array().unwrap();
    let wanted = |one: &&Value| one["domain"].as_str() == domain && one["metric"] == metric;
    let mut found = all.iter().filter(wanted);
    let one = found.next().unwrap();
    assert!(found.next().is_none(), "{domain:?} {metric} twice");
    one
}

fn value(report: &Value, domain: Option<&str>, metric: &str) -> f64 {
    entry(report, domain, metric)["value"].as_f64().unwrap()
}

#[test]
fn published_scores_give_the_published_closures() {
    let published = [
        (
            OF_13B,
            [0.953, 0.765, 0.999, 0.785, 1.051],
            [0.9105, 0.943, 0.900, 0.953],
        ),
        (
            OF_70B,
            [0.972, 0.567, 1.000, 0.651, 1.214],
            [0.8807, 0.902, 0.838, 0.972],
        ),
    ];
    for (tasks, ratios, [mean, sums, capped, median]) in published {
        let report = report(&folder(&tasks), &BY_TASK);
        for ((task, _), ratio) in tasks.iter().zip(ratios) {
            let ours = value(&report, Some(task), "accuracy");
            assert!((ours - ratio).abs() < 6e-4, "{task}: {ours} {ratio}");
        }
        for (which, published, digits) in [
            ("mean_of_ratios", mean, 6e-5),
            ("ratio_of_sums", sums, 6e-4),
            ("mean_of_capped_ratios", capped, 6e-4),
            ("median", median, 6e-4),
        ] {
            let ours = value(&report, None, &format!("{which}.accuracy"));
            assert!(
                (ours - published).abs() < digits,
                "{which}: {ours} {published}"
            );
        }
        let surpasses = entry(&report, Some("truthfulqa_open"), "accuracy");
        assert_eq!(surpasses["flags"], serde_json::json!(["surpasses"]));
        assert_eq!(
            entry(&report, None, "contrast.accuracy")["flags"],
            serde_json::json!(["contrast", "most: truthfulqa_open", "least: gsm"])
        );
    }
}

#[test]
fn whole_pages() {
    let folder = folder(&OF_70B);
    let page = |flags: &[&str]| compare(&folder, &BY_TASK).args(flags).run().report();
    insta::assert_snapshot!("text_80", page(&[]));
    insta::assert_snapshot!("text_120", page(&["--width", "120", "-q"]));
    insta::assert_snapshot!("markdown", page(&["-f", "markdown"]));
    insta::assert_snapshot!("csv", page(&["-f", "csv"]));
}

#[test]
fn the_json_follows_its_schema_and_states_say_what_logs_say() {
    let folder = folder(&OF_13B);
    let schema = fs::read(root().join("docs/report.schema.json")).unwrap();
    let schema = serde_json::from_slice(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let of_logs = report(
        &folder,
        &[&BY_TASK[..], &["--margin", "accuracy=0.01"]].concat(),
    );
    let errors: Vec<_> = validator
        .iter_errors(&of_logs)
        .map(|e| e.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:#?}");
    for name in ["base", "proxy", "tuned"] {
        let log = format!("{name}.jsonl");
        let state = format!("{name}.calib");
        let save = ["audit", &log, "-q", "--by", "task", "--save", &state];
        calib().within(folder.path()).args(save).run().report();
    }
    let states = [
        "compare",
        "base=base.calib",
        "proxy=proxy.calib",
        "--toward",
        "tuned=tuned.calib",
    ];
    let run = calib().within(folder.path()).args(states).args(BY_TASK);
    let of_states = run.args(["-f", "json"]).run().json();
    assert_eq!(of_states["gap"], of_logs["gap"]);
    assert!(!of_states["gap"].as_array().unwrap().is_empty());
}

/// A log of so many rows, right in every `every`th.
fn simple(rows: u32, every: u32) -> String {
    let row = |id| {
        let right = id % every == 0;
        format!(
            "{{\"id\": {id}, \"confidence\": 0.{}, \"correct\": {right}}}\n",
            55 + id % 40
        )
    };
    (0..rows).map(row).collect()
}

fn three(base: &str, proxy: &str, tuned: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, rows) in [("base", base), ("proxy", proxy), ("tuned", tuned)] {
        fs::write(folder.path().join(format!("{name}.jsonl")), rows).unwrap();
    }
    folder
}

#[test]
fn a_gap_that_may_be_none_has_no_ratio() {
    // 30 of 90 against 23 of 90: not told apart.
    let folder = three(&simple(90, 4), &simple(90, 2), &simple(90, 3));
    let report = report(&folder, &[]);
    let accuracy = entry(&report, None, "accuracy");
    assert_eq!(accuracy["value"], Value::Null);
    assert_eq!(
        accuracy["reason"],
        "the interval of tuned − base includes 0"
    );
    assert_eq!(accuracy["flags"], serde_json::json!(["undefined"]));
    let coverage = entry(&report, None, "coverage");
    assert_eq!(coverage["reason"], "base and tuned do not differ");
    let told = report["pairs"][0]["toward"].as_str();
    assert!(
        told.is_none_or(|told| !told.contains("accuracy")),
        "{told:?}"
    );
}

#[test]
fn a_proxy_is_the_base_or_the_tuned_log_or_beyond() {
    let [low, high] = [simple(400, 4), simple(400, 1)];
    for (proxy, expected) in [(&low, 0.0), (&high, 1.0)] {
        let report = report(&three(&low, proxy, &high), &[]);
        for metric in ["accuracy", "brier", "signed_gap", "ece", "log_loss"] {
            assert_eq!(value(&report, None, metric), expected, "{metric}");
        }
    }
    let beyond = report(
        &three(&simple(400, 4), &simple(400, 1), &simple(400, 2)),
        &[],
    );
    assert_eq!(value(&beyond, None, "accuracy"), 3.0);
    let flags = entry(&beyond, None, "accuracy")["flags"]
        .as_array()
        .unwrap();
    assert!(flags.contains(&"surpasses".into()), "{flags:?}");
    let away = report(
        &three(&simple(400, 2), &simple(400, 4), &simple(400, 1)),
        &[],
    );
    assert_eq!(value(&away, None, "accuracy"), -0.5);
    let loss = report(
        &three(&simple(400, 1), &simple(400, 2), &simple(400, 4)),
        &[],
    );
    assert_eq!(
        entry(&loss, None, "accuracy")["flags"],
        serde_json::json!(["tuned_worse"])
    );
}

#[test]
fn no_loss_is_shown_within_a_margin_not_by_a_difference_that_is_not_seen() {
    let folder = three(&simple(2000, 2), &simple(2000, 2), &simple(60, 3));
    let within = |logs: [&str; 2], flags: &[&str], metric: &str| {
        let run = calib()
            .within(folder.path())
            .args(["compare", "-f", "json"]);
        let report = run.args(logs).args(flags).run().json();
        let all = report["comparisons"].as_array().unwrap().clone();
        all.iter().find(|one| one["metric"] == metric).unwrap()["within"].clone()
    };
    let same = ["base.jsonl", "proxy.jsonl"];
    assert_eq!(
        within(same, &["--margin", "accuracy=0.01"], "accuracy"),
        "non_inferior"
    );
    assert_eq!(
        within(same, &["--margin", "accuracy=0.001"], "accuracy"),
        "not_shown"
    );
    assert_eq!(
        within(same, &["--margin", "accuracy=0.01"], "brier"),
        Value::Null
    );
    let few = ["base.jsonl", "tuned.jsonl"];
    let flags = ["--allow-unshared", "--margin", "accuracy=0.01"];
    assert_eq!(within(few, &flags, "accuracy"), "not_shown");
    let folder = three(&simple(2000, 2), &simple(2000, 3), "");
    let run = calib()
        .within(folder.path())
        .args(["compare", "base.jsonl", "proxy.jsonl", "-q"]);
    let text = run.args(["--margin", "accuracy=0.05"]).run().report();
    assert!(
        text.contains("accuracy: shown to be worse by more than 5.0 points"),
        "{text}"
    );
    for refused in [
        "coverages=0.1",
        "ece=0.01",
        "accuracy=0",
        "mean_confidence=0.1",
    ] {
        let run = calib()
            .within(folder.path())
            .args(["compare", "base.jsonl", "proxy.jsonl"]);
        assert_eq!(
            run.args(["--margin", refused]).run().status,
            Some(2),
            "{refused}"
        );
    }
}
