//! What `calib fit` promises of over-answering, and of groups: the threshold, its bound, and what `calib apply` then answers.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use calib::evidence::{Evidence, Partial};
use calib::inference::clopper_pearson;
use calib::recalibrate::over_answer::Prompts;
use calib::recalibrate::{Curve, Model};
use calib::record::{Abstained, Confidence, Record};
use serde_json::{Value, json};

use crate::common::{Output, calib, root, skipped};

fn identity() -> Curve {
    Curve::parse("identity", json!({})).unwrap()
}

/// A row of a prompt that should be declined, or not.
fn labelled(should_abstain: bool, confidence: f64, item: Option<u64>) -> Record {
    Record {
        should_abstain: Some(should_abstain),
        confidence: Confidence::new(confidence),
        item,
        ..Record::default()
    }
}

fn of(rows: impl IntoIterator<Item = Record>) -> Evidence {
    let mut evidence = Evidence::default();
    rows.into_iter().for_each(|row| evidence.add(&row));
    evidence
}

fn prompts(evidence: &Evidence) -> Prompts {
    Prompts::of(evidence, Partial::Abstain, 0).unwrap()
}

#[test]
fn the_lowest_threshold_that_keeps_the_share_is_found() {
    // 200 rows that should be declined, ten at each of .05, .10, …, 1, and as many that should be answered.
    let at = |row: u64| (row % 20 + 1) as f64 / 20.0;
    let rows = (0..400).map(|row| labelled(row < 200, at(row), Some(row << 32)));
    let evidence = of(rows);
    let upper = |answered: u64| {
        clopper_pearson::interval(answered as f64, 200.0, 0.9)
            .unwrap()
            .1
    };
    let steps = (1..=20)
        .take_while(|step| upper(step * 10) <= 0.3)
        .last()
        .unwrap();
    let promised = prompts(&evidence).promise(&identity(), true, 0.3, 0.95);
    let share = steps as f64 / 20.0;
    assert_eq!(promised.threshold, Some((21 - steps) as f64 / 20.0));
    assert_eq!(
        (promised.observed, promised.coverage),
        (Some(share), Some(share))
    );
    assert_eq!(
        (promised.bound, promised.rows),
        (Some(upper(steps * 10)), 200)
    );
}

#[test]
fn declined_rows_and_rows_without_confidence_count_as_declined() {
    let answered = (0..60).map(|_| labelled(true, 0.9, None));
    let declined = (0..60).map(|_| Record {
        abstained: Abstained::Full,
        ..labelled(true, 0.95, None)
    });
    let silent = (0..60).map(|_| Record {
        confidence: None,
        ..labelled(true, 0.5, None)
    });
    let partly = (0..60).map(|_| Record {
        abstained: Abstained::Partial,
        ..labelled(true, 0.9, None)
    });
    let evidence = of(answered.chain(declined).chain(silent).chain(partly));
    let promised = prompts(&evidence).promise(&identity(), true, 0.4, 0.95);
    assert_eq!((promised.observed, promised.rows), (Some(0.25), 240));
    let prompts = Prompts::of(&evidence, Partial::Answer, 0).unwrap();
    assert_eq!(
        prompts.promise(&identity(), true, 0.4, 0.95).threshold,
        None
    );
    assert_eq!(
        prompts.promise(&identity(), true, 0.6, 0.95).observed,
        Some(0.5)
    );
}

#[test]
fn a_cluster_counts_once() {
    // One prompt asked a thousand times says as much as one row.
    let often = (0..1_000).map(|_| labelled(true, 0.9, Some(7)));
    let others = (0..100).map(|row| labelled(true, 0.1, Some((row + 1) << 40)));
    let evidence = of(often.chain(others));
    let promised = prompts(&evidence).promise(&identity(), true, 0.1, 0.95);
    assert_eq!((promised.rows, promised.threshold), (101, Some(0.9)));
    assert_eq!(promised.observed, Some(1.0 / 101.0));
}

#[test]
fn what_cannot_be_promised_has_a_reason() {
    let rows = |n: u64| of((0..n).map(|row| labelled(true, 0.5, Some(row << 32))));
    let reason = |evidence: &Evidence, ordered: bool, rate: f64| {
        let promised = prompts(evidence).promise(&identity(), ordered, rate, 0.95);
        assert_eq!(promised.threshold, None);
        promised.reason.unwrap()
    };
    assert!(
        reason(&rows(58), true, 0.05)
            .starts_with("too few rows that should be declined: 58, where 59")
    );
    assert!(reason(&rows(500), true, 0.05).starts_with("no threshold keeps"));
    assert!(reason(&rows(500), false, 0.05).contains("keeps the order"));
    let heavy = of((0..500).map(|row| Record {
        weight: 2.0,
        ..labelled(true, 0.5, Some(row << 32))
    }));
    assert!(reason(&heavy, true, 0.05).contains("weights"));
    let none = of([labelled(false, 0.5, None)]);
    assert!(reason(&none, true, 0.05).starts_with("too few rows that should be declined: 0"));
}

/// What the program of a model says of each row: its confidence, and whether it abstains.
const PROGRAM: &str = "
import json, recalibrate
for line in open('demo.jsonl'):
    row = json.loads(line)
    if row.get('confidence') is not None:
        p = recalibrate.recalibrate(row['confidence'], task=row['task'])
        print(json.dumps([p, recalibrate.abstains(p, task=row['task'])]))
";

#[test]
fn the_python_of_a_model_with_thresholds_of_groups_agrees() {
    if Command::new("python3").arg("--version").output().is_err() {
        return skipped("there is no python3");
    }
    let folder = tempfile::tempdir().unwrap();
    fs::copy(
        root().join("fixtures/demo.jsonl"),
        folder.path().join("demo.jsonl"),
    )
    .unwrap();
    let fit = [
        "fit",
        "demo.jsonl",
        "-o",
        "m.json",
        "--target-over-answer",
        "0.25",
        "--by",
        "task",
    ];
    run(folder.path(), &fit);
    let program = run(folder.path(), &["explain", "m.json", "--python"]).stdout;
    fs::write(folder.path().join("recalibrate.py"), program).unwrap();
    let python = Command::new("python3")
        .args(["-c", PROGRAM])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(python.status.success(), "{python:?}");
    let said = String::from_utf8(python.stdout).unwrap();
    let rows = run(folder.path(), &["apply", "m.json", "demo.jsonl"]).stdout;
    let rows = rows
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    let mut theirs = said.lines();
    for row in rows.filter(|row| !row["confidence"].is_null()) {
        let said: (f64, bool) = serde_json::from_str(theirs.next().unwrap()).unwrap();
        close(&row["confidence"], said.0);
        // What was declined before stays so.
        assert!(row["abstained"] == said.1 || row["abstained_raw"] != false);
    }
    assert_eq!(theirs.next(), None);
}

#[test]
fn more_rows_than_are_kept_are_a_sample_of_clusters() {
    let hash = |row: u64| row.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let at = |row: u64| (row % 1_000) as f64 / 1_000.0;
    let rows = (0..80_000).map(|row| labelled(true, at(row), Some(hash(row))));
    let promised = prompts(&of(rows)).promise(&identity(), true, 0.1, 0.95);
    assert!(
        (60_000..=65_536).contains(&promised.rows),
        "{}",
        promised.rows
    );
    let threshold = promised.threshold.unwrap();
    assert!((0.9..0.91).contains(&threshold), "{threshold}");
}

fn run(folder: &Path, arguments: &[&str]) -> Output {
    let output = calib().within(folder).args(arguments).run();
    assert_eq!(output.status, Some(0), "{arguments:?}: {}", output.stderr);
    output
}

/// The rows that a model of these flags writes of the demo, with the model.
fn applied(flags: &[&str]) -> (Vec<Value>, Model, Value) {
    let folder = tempfile::tempdir().unwrap();
    fs::copy(
        root().join("fixtures/demo.jsonl"),
        folder.path().join("demo.jsonl"),
    )
    .unwrap();
    let fit = [
        &["fit", "demo.jsonl", "-o", "m.json", "-f", "json"][..],
        flags,
    ]
    .concat();
    let report = run(folder.path(), &fit).json();
    let rows = run(folder.path(), &["apply", "m.json", "demo.jsonl"]);
    let rows = rows
        .stdout
        .lines()
        .map(|line| serde_json::from_str(line).unwrap());
    let text = fs::read_to_string(folder.path().join("m.json")).unwrap();
    (
        rows.collect(),
        Model::parse(&text, "m.json").unwrap(),
        report,
    )
}

/// The share of the rows with this label that are answered.
fn answered<'r>(rows: impl Iterator<Item = &'r Value>, should_abstain: bool) -> f64 {
    let rows: Vec<_> = rows
        .filter(|row| row["should_abstain"] == should_abstain)
        .collect();
    let answered = rows.iter().filter(|row| row["abstained"] == false);
    answered.count() as f64 / rows.len() as f64
}

fn close(ours: &Value, theirs: f64) {
    let ours = ours.as_f64().unwrap();
    assert!((ours - theirs).abs() < 1e-12, "{ours} {theirs}");
}

#[test]
fn the_model_answers_what_the_report_says() {
    let (rows, model, report) = applied(&["--target-over-answer", "0.2"]);
    let threshold = &report["threshold"];
    close(&threshold["observed"], answered(rows.iter(), true));
    close(&threshold["coverage"], answered(rows.iter(), false));
    assert!(threshold["bound"].as_f64().unwrap() <= 0.2);
    assert_eq!(threshold["threshold"].as_f64(), model.threshold);
    assert_eq!(model.guarantee.unwrap().target_over_answer, Some(0.2));
}

#[test]
fn each_group_keeps_to_the_limit_and_others_abstain() {
    let (rows, model, report) = applied(&["--target-over-answer", "0.3", "--by", "task"]);
    assert_eq!(model.threshold, None);
    let groups = report["groups"].as_array().unwrap();
    assert!(groups.len() > 1);
    for group in groups {
        let own = || rows.iter().filter(|row| row["task"] == group["by"]["task"]);
        let threshold = &group["threshold"];
        if threshold["threshold"].is_null() {
            assert!(own().all(|row| row["abstained"] == true));
            continue;
        }
        close(&threshold["observed"], answered(own(), true));
        close(&threshold["coverage"], answered(own(), false));
        assert!(threshold["bound"].as_f64().unwrap() <= 0.3);
        // Three groups share the chance to fail.
        close(&threshold["confidence"], 1.0 - 0.05 / groups.len() as f64);
    }
    close(
        &report["threshold"]["observed"],
        answered(rows.iter(), true),
    );
    close(
        &report["threshold"]["coverage"],
        answered(rows.iter(), false),
    );
    let policy = model.policy(&["another".to_owned()]);
    assert_eq!(policy.abstains(Confidence::new(1.0)), Some(true));
}

#[test]
fn each_group_keeps_to_the_risk() {
    let (rows, _, report) = applied(&["--target-risk", "0.3", "--by", "task"]);
    let mut wrong: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    let graded = |row: &&Value| row["abstained"] == false && !row["correct"].is_null();
    for row in rows.iter().filter(graded) {
        let own = wrong.entry(row["task"].as_str().unwrap()).or_default();
        own.0 += 1.0;
        own.1 += f64::from(u8::from(row["correct"] == false));
    }
    let mut answering = 0;
    for group in report["groups"].as_array().unwrap() {
        let threshold = &group["threshold"];
        let task = group["by"]["task"].as_str().unwrap();
        if threshold["threshold"].is_null() {
            assert!(!wrong.contains_key(task));
            continue;
        }
        answering += 1;
        let (answers, errors) = wrong[task];
        close(&threshold["observed"], errors / answers);
        assert!(threshold["bound"].as_f64().unwrap() <= 0.3);
    }
    assert!(answering > 0);
}

#[test]
fn a_log_without_labels_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let rows = (0..200).map(|id| {
        format!(
            "{{\"id\":{id},\"confidence\":0.5,\"correct\":{}}}\n",
            id % 2
        )
    });
    fs::write(folder.path().join("log.jsonl"), rows.collect::<String>()).unwrap();
    let fit = [
        "fit",
        "log.jsonl",
        "-o",
        "m.json",
        "--target-over-answer",
        "0.1",
    ];
    let refused = calib().within(folder.path()).args(fit).run();
    assert_eq!(refused.status, Some(3), "{refused:?}");
    assert!(
        refused.stderr.contains("--map should_abstain=PATH"),
        "{refused:?}"
    );
    assert!(!folder.path().join("m.json").exists());
}

#[test]
fn thresholds_of_groups_that_no_fit_gives_are_refused() {
    let (_, model, _) = applied(&["--target-over-answer", "0.25", "--by", "task"]);
    let good = serde_json::to_value(model.to_file().unwrap()).unwrap();
    let refused = |edit: &dyn Fn(&mut Value), expected: &str| {
        let mut file = good.clone();
        edit(&mut file);
        let error = Model::parse(&file.to_string(), "m.json")
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{error}");
    };
    assert!(Model::parse(&good.to_string(), "m.json").is_ok());
    refused(
        &|file| file["groups"][0]["threshold"] = json!(1.5),
        "groups[0].threshold is 1.5",
    );
    refused(
        &|file| file["groups"][0]["threshold"] = json!("0.5"),
        "expected",
    );
    refused(
        &|file| file["groups"][0]["guarantee"]["bound"] = json!(-1),
        "groups[0].guarantee.bound is -1",
    );
    refused(
        &|file| file["groups"][0]["guarantee"] = Value::Null,
        "groups[0].threshold has no guarantee",
    );
    refused(
        &|file| file["groups"][0]["promise"] = json!(0.1),
        "unknown field `promise`",
    );
    // Without its threshold a group with a guarantee answers nothing.
    let mut never = good.clone();
    never["groups"][0]
        .as_object_mut()
        .unwrap()
        .remove("threshold");
    let never = Model::parse(&never.to_string(), "m.json").unwrap();
    let key = never.groups.keys().next().unwrap();
    assert_eq!(never.policy(key).abstains(Confidence::new(1.0)), Some(true));
}
