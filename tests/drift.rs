//! Drift: known divergences, rows of another policy, what is forgotten and what can still be learned.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::{audit, calib, follows_schema};

/// What the section says of some logs.
fn told_of(folder: &Path, log: &str) -> Value {
    let run = calib().within(folder);
    let report = run.args(["audit", log, "-f", "json", "--section", "drift"]);
    let report = report.run().json();
    follows_schema(&report);
    let inputs = report["inputs"].as_array().unwrap().iter();
    let read = inputs.map(|input| input["rows"]["read"].as_f64().unwrap());
    let read: f64 = read.sum();
    let drift = report["runs"][0]["groups"][0]["objectives"]["drift"].clone();
    if drift["evidence"]
        .as_object()
        .is_some_and(|all| !all.is_empty())
    {
        let skipped = ["no_log_probabilities", "not_kept"];
        let skipped = skipped.map(|name| number(&drift, &format!("skipped.{name}")));
        let all = number(&drift, "rows") + skipped.iter().sum::<f64>();
        assert_eq!(all, read, "{drift}");
    }
    drift
}

fn told(rows: impl IntoIterator<Item = Value>) -> Value {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("log.jsonl"), lines(rows)).unwrap();
    told_of(folder.path(), "log.jsonl")
}

/// A folder with the logs of a scenario.
fn synth(line: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let made = calib().within(folder.path()).args(["synth", "drift"]);
    let made = made
        .args(line.split_whitespace())
        .args(["--seed", "3", "-o", "."]);
    made.run().report();
    folder
}

fn number(drift: &Value, name: &str) -> f64 {
    let figure = &drift["evidence"][name];
    let value = figure.as_f64().or(figure["value"].as_f64());
    value.unwrap_or_else(|| panic!("no {name} in {drift}"))
}

fn lines(rows: impl IntoIterator<Item = Value>) -> String {
    rows.into_iter().map(|row| format!("{row}\n")).collect()
}

#[test]
fn a_known_divergence_is_found_by_tokens_and_by_sums() {
    for flags in ["", "--sums"] {
        let folder = synth(&format!("--kl 0.2 --steps 1 {flags}"));
        let drift = told_of(folder.path(), "step-1.jsonl");
        assert_eq!(drift["verdict"], "drifted", "{drift}");
        let kl = number(&drift, "kl_per_token");
        assert!((kl - 0.2).abs() < 0.03, "{kl}");
        assert!(
            (number(&drift, "kl_per_sequence") - 8.0).abs() < 1.2,
            "{drift}"
        );
    }
    let close = told_of(synth("--kl 0.01 --steps 1").path(), "step-1.jsonl");
    assert_eq!(
        (&close["verdict"], &close["level"]),
        (&json!("close"), &json!("ok")),
        "{close}"
    );
    let none = told_of(synth("--kl 0 --steps 1").path(), "step-1.jsonl");
    assert_eq!(
        (&none["verdict"], number(&none, "kl_per_token")),
        (&json!("close"), 0.0),
        "{none}"
    );
}

#[test]
fn tokens_are_read_with_less_error_than_sums() {
    // 12 nats a sequence: k3 of tokens strays a fraction of what k1 of sequences does.
    let folder = synth("--kl 0.3 --steps 1 -n 2000");
    let drift = told_of(folder.path(), "step-1.jsonl");
    let width = |name: &str| {
        let estimate = &drift["evidence"][name];
        assert!(
            (estimate["value"].as_f64().unwrap() - 12.0).abs() < 0.5,
            "{estimate}"
        );
        estimate["high"].as_f64().unwrap() - estimate["low"].as_f64().unwrap()
    };
    assert!(
        width("kl_per_sequence") < width("k1_per_sequence"),
        "{drift}"
    );
    // At such lengths e^l averages far below 1 in every sample, and that is no alarm.
    assert!(number(&drift, "mean_ratio") < 0.5, "{drift}");
    assert_eq!(drift["verdict"], "drifted", "{drift}");
}

#[test]
fn rows_of_another_policy_are_noticed() {
    let off = told_of(
        synth("--kl 0.02 --steps 1 --mismatch 0.05").path(),
        "step-1.jsonl",
    );
    assert_eq!(
        (&off["verdict"], &off["level"]),
        (&json!("off_policy"), &json!("fail")),
        "{off}"
    );
    // Where k1 stays above 0, both estimators are told, and no verdict rests on one of them.
    let doubtful = told_of(
        synth("--kl 0.06 --steps 1 --mismatch 0.05").path(),
        "step-1.jsonl",
    );
    assert_eq!(doubtful["verdict"], Value::Null, "{doubtful}");
    assert!(
        doubtful["sentence"].as_str().unwrap().contains("by k3 and"),
        "{doubtful}"
    );
}

#[test]
fn what_is_forgotten_is_named_by_task() {
    let folder = synth("--steps 3 --forgetting 0.3 -n 400");
    let drift = told_of(folder.path(), "*.jsonl");
    assert_eq!(
        (&drift["verdict"], &drift["level"]),
        (&json!("forgetting"), &json!("fail")),
        "{drift}"
    );
    let sentence = drift["sentence"].as_str().unwrap();
    assert!(sentence.contains("points on task1;"), "{sentence}");
    assert_eq!(number(&drift, "skipped.no_log_probabilities"), 400.0);
    assert!(
        drift["evidence"]["credit_per_nat"]["high"]
            .as_f64()
            .unwrap()
            < 0.0,
        "{drift}"
    );
    let kept = told_of(synth("--steps 3 -n 400").path(), "*.jsonl");
    assert_eq!(kept["verdict"], "close", "{kept}");
}

#[test]
fn a_task_that_every_prompt_lost_is_forgotten() {
    let rows = (0..2).flat_map(|step| {
        (0..12).map(move |at| {
            json!({"prompt_id": at, "id": format!("{at}-{step}"), "task": "t", "step": step, "correct": step == 0, "logp_policy": -3 - at, "logp_base": -3.001 - f64::from(at)})
        })
    });
    let drift = told(rows);
    assert_eq!(drift["verdict"], "forgetting", "{drift}");
}

#[test]
fn learning_that_stopped_below_half_has_stalled() {
    let rows = (0..5).flat_map(|step| {
        (0..200).map(move |at| {
            let right = if step == 0 { at % 10 < 7 } else { at % 10 == step };
            json!({"prompt_id": at, "id": format!("{at}-{step}"), "step": step, "correct": right, "logp_policy": -3 - at % 5, "logp_base": -3.5 - f64::from(at % 5)})
        })
    });
    let drift = told(rows);
    assert_eq!(drift["verdict"], "stalled", "{drift}");
    assert!(
        drift["sentence"]
            .as_str()
            .unwrap()
            .starts_with("learning has stalled: 10.0 % at the last step, 70.0 % at the first")
    );
}

#[test]
fn next_to_nothing_is_told_of_next_to_nothing() {
    let one = told([json!({"logp_policy": -3, "logp_base": -4})]);
    assert_eq!(
        (&one["verdict"], &one["level"]),
        (&Value::Null, &json!("inconclusive")),
        "{one}"
    );
    assert_eq!(number(&one, "kl_per_sequence"), 1.0);
    assert_eq!(
        one["missing"],
        json!(["logp_policy_tokens", "tokens", "step", "correct", "task"])
    );
    let lacking = told([json!({"correct": 1, "logp_policy": -3})]);
    assert_eq!(lacking["missing"], json!(["logp_base"]), "{lacking}");
    // Empty lists of tokens say nothing; sums beside them do.
    let empty = (0..40).map(|at| {
        json!({"id": at, "logp_policy_tokens": [], "logp_base_tokens": [], "logp_policy": -3 - at, "logp_base": -6 - at})
    });
    let empty = told(empty);
    assert_eq!(
        (number(&empty, "kl_per_sequence"), &empty["verdict"]),
        (3.0, &json!("drifted")),
        "{empty}"
    );
    let long = (0..30).map(|at| {
        let tokens = |by: f64| {
            (0..5_000)
                .map(|t| -0.5 - by * f64::from(t % 3))
                .collect::<Vec<_>>()
        };
        json!({"id": at, "logp_policy_tokens": tokens(0.1), "logp_base_tokens": tokens(0.1)})
    });
    assert_eq!(told(long)["verdict"], "close");
    // Ratios at the edge of what a float holds: a figure or a reason, and no panic.
    let wild = (0..40).map(|at| json!({"id": at, "logp_policy": -1e300 * f64::from(at % 2), "logp_base": -1e300, "tokens": at}));
    let wild = told(wild);
    assert!(
        wild["sentence"].as_str().unwrap().contains("e298 ("),
        "{wild}"
    );
    let apart = (0..40).map(|at| json!({"id": at, "logp_policy_tokens": [-700 * (at % 2), -1], "logp_base_tokens": [-1, -1]}));
    assert_eq!(told(apart)["verdict"], "off_policy");
}

#[test]
fn rows_with_tokens_and_rows_with_sums_count_together() {
    let row = |at: u32| {
        let l = 0.2 + 0.1 * f64::from(at % 4);
        match at % 2 {
            0 => {
                json!({"id": at, "logp_policy_tokens": [-1.0, -2.0], "logp_base_tokens": [-1.0 - l, -2.0 + 0.5 * l]})
            }
            _ => json!({"id": at, "logp_policy": -3.0, "logp_base": -3.0 - 0.5 * l, "tokens": 2}),
        }
    };
    let drift = told((0..80).map(row));
    let method = drift["evidence"]["kl_per_token"]["method"]
        .as_str()
        .unwrap();
    assert!(
        method.starts_with("k3 of tokens, k1 of 40 rows without"),
        "{method}"
    );
}

#[test]
fn the_drift_section_in_full() {
    let folder = synth("--steps 4 --kl 0.2 --forgetting 0.3 -n 150");
    for width in ["60", "80", "120"] {
        let run = calib().within(folder.path()).args(["audit", "run=*.jsonl"]);
        let page = run
            .args(["--section", "drift", "--width", width])
            .run()
            .report();
        let most = width.parse().unwrap();
        assert!(
            page.lines().all(|line| line.chars().count() <= most),
            "{page}"
        );
        insta::assert_snapshot!(format!("drift_{width}"), page);
    }
    let page = audit(["-", "--section", "drift"]).stdin("{\"correct\": 1}\n");
    let page = page.run().report();
    assert!(
        page.contains("not told: the log has no logp_policy, and no logp_base"),
        "{page}"
    );
}

/// A log of three steps on the same 1,000 prompts: none right at first, then so many.
fn learned(right: u32) -> String {
    let row = |step: u32, id: u32| {
        // 379 and 1,000 have no factor in common: right answers fall anywhere.
        let correct = step > 0 && id * 379 % 1_000 < right;
        json!({"prompt_id": id, "id": format!("{id}-{step}"), "step": step, "correct": correct})
    };
    lines((0..3).flat_map(|step| (0..1_000).map(move |id| row(step, id))))
}

fn compared(logs: &[(&str, String)], format: &[&str]) -> crate::common::Output {
    let folder = TempDir::new().unwrap();
    for (name, rows) in logs {
        fs::write(folder.path().join(format!("{name}.jsonl")), rows).unwrap();
    }
    let names = logs.iter().map(|(name, _)| format!("{name}.jsonl"));
    let run = calib().within(folder.path()).args(["compare"]).args(names);
    run.args(format).run()
}

#[test]
fn published_plasticity_is_one_arm_that_stalled_and_one_without_loss() {
    // Final accuracy on a task learned second, from a fresh start, after reinforcement learning and after fast and slow
    // learning, with mathematics or physics first. Tiwari et al. (2026), arXiv 2605.12484.
    for (fresh, after, share, verdict) in [
        (202, 0, "0 % of", "stalled"),
        (202, 167, "83 % (", "loss"),
        (183, 199, "109 % (", "no_loss"),
        (183, 242, "132 % (", "no_loss"),
    ] {
        let logs = [("fresh", learned(fresh)), ("after", learned(after))];
        let report = compared(&logs, &["-f", "json"]).json();
        follows_schema(&report);
        let plasticity = &report["pairs"][0]["plasticity"];
        assert_eq!(plasticity["verdict"], verdict, "{plasticity}");
        assert!(
            plasticity["sentence"].as_str().unwrap().contains(share),
            "{plasticity}"
        );
        let area = plasticity["area_ratio"]["value"].as_f64().unwrap();
        assert!(
            (area - f64::from(after) / f64::from(fresh)).abs() < 1e-9,
            "{area}"
        );
    }
    let logs = [("fresh", learned(202)), ("after", learned(0))];
    let text = compared(&logs, &[]).report();
    assert!(
        text.contains("after ends at 0.0 %, 0 % of the base's 20.2 %: stalled"),
        "{text}"
    );
    // One step tells no course.
    let one = |right: u32| {
        learned(right)
            .lines()
            .take(1_000)
            .map(|line| format!("{line}\n"))
            .collect::<String>()
    };
    let report = compared(&[("a", one(1)), ("b", one(2))], &["-f", "json"]).json();
    assert!(report["pairs"][0].get("plasticity").is_none());
}

/// A training of three steps with these rewards (share right) and nats a token.
fn trained(steps: [(u32, f64); 3]) -> String {
    let rows = steps.into_iter().enumerate().flat_map(|(step, (right, kl))| {
        (0..500_u32).map(move |id| {
            let correct = id * 379 % 500 < right * 5;
            let nats = kl * 10.0 * (0.5 + f64::from(id % 3) / 2.0);
            json!({"prompt_id": id, "id": format!("{id}-{step}"), "step": step, "correct": correct, "tokens": 10, "logp_policy": -20.0, "logp_base": -20.0 - nats})
        })
    });
    lines(rows)
}

#[test]
fn a_training_that_stays_closer_at_equal_reward_is_told() {
    let logs = [
        ("rl", trained([(60, 0.02), (70, 0.05), (78, 0.079)])),
        ("fst", trained([(50, 0.004), (70, 0.02), (78, 0.029)])),
    ];
    let report = compared(&logs, &["-f", "json"]).json();
    follows_schema(&report);
    let closer = &report["pairs"][0]["closer"];
    assert_eq!(
        (&closer["verdict"], &closer["per"]),
        (&json!("closer"), &json!("token")),
        "{closer}"
    );
    let most = closer["at_most"]["value"].as_f64().unwrap();
    assert!((most - (1.0 - 0.029 / 0.079)).abs() < 0.01, "{closer}");
    let text = compared(&logs, &["--width", "200"]).report();
    assert!(
        text.contains("closer to its base at equal reward"),
        "{text}"
    );
    let markdown = compared(&logs, &["-f", "markdown"]).report();
    assert!(
        markdown.contains("closer to its base at equal reward"),
        "{markdown}"
    );
}

#[test]
fn calibration_is_held_against_the_divergence_over_three_logs_or_more() {
    let folder = synth("--steps 4 --kl 0.2 --forgetting 0.4 -n 600");
    let run = |format: &str| {
        let run = calib()
            .within(folder.path())
            .args(["compare", "base.jsonl"]);
        let steps = (1..=4).map(|step| format!("step-{step}.jsonl"));
        run.args(steps).args(["-f", format]).run()
    };
    let report = run("json").json();
    follows_schema(&report);
    let razor = &report["razor"];
    assert_eq!(razor["points"].as_array().unwrap().len(), 5, "{razor}");
    assert_eq!(razor["points"][0], json!({"label": "base", "kl": 0.0}));
    let accuracy = &razor["slopes"][0];
    assert_eq!(accuracy["metric"], "accuracy");
    // Half of the prompts lose 0.4 over 0.2 nats a token.
    let slope = accuracy["slope"]["value"].as_f64().unwrap();
    assert!((slope + 1.0).abs() < 0.3, "{razor}");
    assert!(accuracy["quadratic"]["value"].is_f64(), "{razor}");
    let text = run("text").report();
    assert!(
        text.contains("nats a token from the base accuracy moves by"),
        "{text}"
    );
    // Two logs tell no slope.
    let two = calib()
        .within(folder.path())
        .args(["compare", "base.jsonl", "step-4.jsonl"]);
    assert!(two.args(["-f", "json"]).run().json().get("razor").is_none());
}
