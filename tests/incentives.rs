//! Incentives: schemes against closed forms, published logs, and logs whose truth is known.

use std::fs;

use serde_json::Value;

use crate::common::{audit, calib};
use crate::real::shared;

/// What the section finds in a log.
fn found(log: &str, rows: impl Into<Vec<u8>>, flags: &[&str]) -> Value {
    let report = audit([log, "-f", "json"])
        .args(flags)
        .stdin(rows)
        .run()
        .json();
    report["runs"][0]["groups"][0]["objectives"]["incentives"].clone()
}

fn value(found: &Value, name: &str) -> f64 {
    let figure = &found["evidence"][name];
    figure
        .as_f64()
        .or(figure["value"].as_f64())
        .unwrap_or_else(|| panic!("{name}: {found}"))
}

fn covers(found: &Value, name: &str, truth: f64) -> bool {
    let end = |end: &str| found["evidence"][name][end].as_f64().unwrap();
    end("low") <= truth && truth <= end("high")
}

/// The cell of a scheme in the table.
fn cell(found: &Value, scheme: &str, column: &str) -> f64 {
    let table = &found["tables"][0];
    let titles = table["columns"].as_array().unwrap();
    let at = titles
        .iter()
        .position(|one| one["title"] == column)
        .unwrap();
    let rows = table["rows"].as_array().unwrap();
    let row = rows.iter().find(|row| row["label"] == scheme).unwrap();
    let cell = &row["cells"][at];
    cell.as_f64().or(cell["value"].as_f64()).unwrap()
}

fn synth(line: &str) -> (String, Value) {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path().join("log");
    let output = ["-o", at.to_str().unwrap()];
    let run = calib()
        .args(["synth"])
        .args(line.split(' '))
        .args(output)
        .run();
    assert_eq!(run.status, Some(0), "{run:?}");
    let rows = fs::read_to_string(at.join("rows.jsonl")).unwrap();
    let truth = fs::read_to_string(at.join("truth.json")).unwrap();
    (
        rows,
        serde_json::from_str::<Value>(&truth).unwrap()["truth"].clone(),
    )
}

#[test]
fn published_logs_tell_two_stories() {
    for (log, verdict, accuracy, brier, gap) in [
        ("gpqa.Base", "none", 0.3951, 0.5035, 0.504),
        ("gpqa.RLVR", "binary_reward", 0.3951, 0.6049, 0.605),
        ("gpqa.RLCR", "none", 0.4152, 0.2667, 0.118),
        ("commonsenseqa.Base", "none", 0.8862, 0.0987, -0.004),
        ("commonsenseqa.RLVR", "binary_reward", 0.9083, 0.0917, 0.092),
        (
            "commonsenseqa.RLCR",
            "underconfident",
            0.9132,
            0.1673,
            -0.302,
        ),
    ] {
        let Some(path) = shared(&format!("rlcr/{log}.jsonl")) else {
            return;
        };
        let found = found(path.to_str().unwrap(), "", &[]);
        assert_eq!(found["verdict"], verdict, "{log}: {found}");
        let near = |name: &str, expected: f64| {
            let value = value(&found, name);
            assert!(
                (value - expected).abs() < 6e-4,
                "{log} {name}: {value} {expected}"
            );
        };
        near("signed_gap", gap);
        near("answer_all.binary", accuracy);
        near("answer_all.simpleqa_f", accuracy);
        near("answer_all.negative", 2.0 * accuracy - 1.0);
        near("answer_all.brier_forced", 2.0 * accuracy - 1.0);
        near("answer_all.target", accuracy - 3.0 * (1.0 - accuracy));
        near("answer_all.penalty", accuracy - 9.0 * (1.0 - accuracy));
        near("answer_all.brier", accuracy - brier);
        assert!((cell(&found, "RLCR (Brier)", "now") - (accuracy - brier)).abs() < 6e-4);
    }
}

#[test]
fn thresholds_on_stated_confidence_lose_what_recalibration_finds() {
    let Some(path) = shared("rlcr/commonsenseqa.RLCR.jsonl") else {
        return;
    };
    let found = found(path.to_str().unwrap(), "", &[]);
    // It never says more than 0.9.
    assert_eq!(cell(&found, "penalty 9", "by stated"), 0.0);
    assert!(
        (cell(&found, "penalty 9", "by recalibrated") - 0.335).abs() < 0.05,
        "{found}"
    );
}

#[test]
fn every_scheme_breaks_even_where_its_formula_says() {
    let (rows, _) = synth("incentives -n 400 --seed 4");
    let plain = found("-", rows.clone(), &[]);
    let from = |found: &Value, scheme: &str| cell(found, scheme, "pays from");
    for (scheme, at) in [
        ("binary", 0.0),
        ("negative", 0.5),
        ("target t = 0.75", 0.75),
        ("penalty 9", 0.9),
        ("RLCR (Brier)", 0.0),
        ("RLCR, q = 1", 0.5),
    ] {
        assert!((from(&plain, scheme) - at).abs() < 1e-12, "{scheme}");
    }
    assert!((from(&plain, "log score") - 0.648).abs() < 1e-3);
    assert!(from(&plain, "SimpleQA F") <= 0.5);
    let costly = found("-", rows, &["--cost-wrong", "4", "--cost-abstain", "-0.25"]);
    for (scheme, at) in [
        ("binary", 0.25),
        ("negative", 0.625),
        ("penalty 4", (4.0 + 0.25) / 5.0),
        ("RLCR (Brier)", 0.5),
    ] {
        assert!((from(&costly, scheme) - at).abs() < 1e-12, "{scheme}");
    }
}

#[test]
fn a_logged_reward_gives_its_scheme_away() {
    let of = |scheme: &str| {
        let (rows, truth) = synth(&format!(
            "incentives -n 3000 --seed 8 --decline-below 0.35 {scheme}"
        ));
        (found("-", rows, &[]), truth)
    };
    let (binary, _) = of("--scheme binary");
    assert_eq!(binary["verdict"], "binary_reward", "{binary}");
    assert_eq!(value(&binary, "reward_gap"), 0.0);
    assert!(
        binary["sentence"]
            .as_str()
            .unwrap()
            .contains("cost the same as silence"),
        "{binary}"
    );
    assert_eq!(value(&binary, "reward_slope"), 0.0);
    let (negative, truth) = of("--scheme negative");
    assert_eq!(negative["verdict"], "none", "{negative}");
    assert_eq!(value(&negative, "reward_gap"), -1.0);
    assert!(
        negative["sentence"]
            .as_str()
            .unwrap()
            .contains("pays from 0.50 on"),
        "{negative}"
    );
    let now = &truth["reward"]["now"].as_f64().unwrap();
    assert!(covers(&negative, "answer_all.negative", *now), "{negative}");
    let (target, _) = of("--scheme target --target 0.9");
    assert!(
        target["sentence"]
            .as_str()
            .unwrap()
            .contains("pays from 0.90 on"),
        "{target}"
    );
    let (brier, truth) = of("--scheme brier");
    assert!(
        (value(&brier, "reward_square") + 1.0).abs() < 1e-4,
        "{brier}"
    );
    assert!(covers(
        &brier,
        "answer_all.brier",
        truth["reward"]["now"].as_f64().unwrap()
    ));
    // -(q²) of a wrong answer falls with q.
    assert!(value(&brier, "reward_slope") < -1.0, "{brier}");
    assert!(
        brier["sentence"]
            .as_str()
            .unwrap()
            .contains("not for silence"),
        "{brier}"
    );
}

#[test]
fn rewards_that_do_not_tell_are_not_told() {
    let row = |reward: f64, outcome: &str| format!("{{\"reward\": {reward}, {outcome}}}\n");
    // No wrong answer.
    let right = row(1.0, "\"correct\": true").repeat(30);
    let open = found("-", right, &["--section", "incentives"]);
    assert_eq!(open["verdict"], Value::Null, "{open}");
    assert_eq!(
        open["evidence"]["reward_wrong"]["reason"],
        "no wrong answer"
    );
    // Nothing declined: silence is taken to earn 0.
    let both =
        row(1.0, "\"correct\": true").repeat(30) + &row(0.0, "\"correct\": false").repeat(30);
    let binary = found("-", both, &[]);
    assert_eq!(binary["verdict"], "binary_reward", "{binary}");
    assert!(
        binary["sentence"]
            .as_str()
            .unwrap()
            .contains("nothing is declined"),
        "{binary}"
    );
}

#[test]
fn the_section_in_full() {
    let (rows, _) =
        synth("incentives -n 600 --seed 5 --scheme binary --decline-below 0.3 --bias 1");
    let page = |width: &str| {
        audit(["-", "--section", "incentives", "--width", width])
            .stdin(rows.clone())
            .run()
            .report()
    };
    insta::assert_snapshot!("text_100", page("100"));
    for width in [60, 80] {
        let narrow = page(&width.to_string());
        assert!(
            narrow.lines().all(|line| line.chars().count() <= width),
            "{narrow}"
        );
    }
    insta::assert_snapshot!("text_60", page("60"));
}

/// What a comparison of two logs says of before and after.
fn change(base: &std::path::Path, new: &std::path::Path, flags: &[&str]) -> Value {
    let logs = [base, new].map(|path| path.to_str().unwrap());
    let arguments = [&logs[..], &["-f", "json"], flags].concat();
    calib().args(["compare"]).args(arguments).run().json()["pairs"][0]["objectives"].clone()
}

#[test]
fn before_and_after_tell_two_stories() {
    for (set, base, new, verdict, gaps) in [
        ("gpqa", "Base", "RLVR", "binary_reward", [0.504, 0.605]),
        ("gpqa", "RLVR", "RLCR", "none", [0.605, 0.118]),
        (
            "commonsenseqa",
            "Base",
            "RLVR",
            "binary_reward",
            [-0.004, 0.092],
        ),
        (
            "commonsenseqa",
            "RLVR",
            "RLCR",
            "underconfident",
            [0.092, -0.302],
        ),
    ] {
        let log = |model: &str| shared(&format!("rlcr/{set}.{model}.jsonl"));
        let (Some(before), Some(after)) = (log(base), log(new)) else {
            return;
        };
        let told = change(&before, &after, &["--cost-wrong", "9"]);
        let found = &told["incentives"];
        assert_eq!(found["verdict"], verdict, "{set} {base} {new}: {found}");
        assert!(
            (value(found, "signed_gap") - (gaps[1] - gaps[0])).abs() < 2e-3,
            "{found}"
        );
        let sentence = found["sentence"].as_str().unwrap();
        let nearer = sentence.contains("nearer to honest");
        assert_eq!(nearer, (set, new) == ("gpqa", "RLCR"), "{sentence}");
        assert!(told["utility"]["verdict"].is_string(), "{told}");
    }
}

#[test]
fn ranks_flip_where_the_penalty_says() {
    let folder = tempfile::tempdir().unwrap();
    // SimpleQA: right, wrong and declined of a hundred.
    let write = |name: &str, right: u32, wrong: u32| {
        let row = |at: u32| match at {
            at if at < right => {
                format!("{{\"id\": {at}, \"correct\": true, \"confidence\": 0.8}}\n")
            }
            at if at < right + wrong => {
                format!("{{\"id\": {at}, \"correct\": false, \"confidence\": 0.8}}\n")
            }
            at => format!("{{\"id\": {at}, \"abstained\": true}}\n"),
        };
        let path = folder.path().join(name);
        fs::write(&path, (0..100).map(row).collect::<String>()).unwrap();
        path
    };
    let (mini, o4) = (write("mini.jsonl", 22, 26), write("o4.jsonl", 24, 75));
    let found = change(&mini, &o4, &[]);
    let flip = value(&found["incentives"], "ranking_flips_at");
    assert!((flip - 2.0 / 49.0).abs() < 1e-12, "{flip}");
}
