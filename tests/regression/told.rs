//! Sentences and figures that said another thing than what was found.

use serde_json::Value;

use crate::common::{audit, calib};

/// The rows of `calib synth` with these words.
fn synth(line: &str) -> String {
    calib().args(["synth"]).args(line.split(' ')).run().report()
}

/// The first group of the report on these rows.
pub(super) fn group(rows: &str, flags: &[&str]) -> Value {
    let report = audit(["-", "-f", "json"])
        .args(flags)
        .stdin(rows)
        .run()
        .json();
    report["runs"][0]["groups"][0].clone()
}

/// What a section finds in these rows.
fn section(rows: &str, name: &str, flags: &[&str]) -> Value {
    group(rows, &[&["--section", name], flags].concat())["objectives"][name].clone()
}

/// The page on these rows.
fn page(rows: &str, flags: &[&str]) -> String {
    let run = audit(["-"]).args(flags).stdin(rows).run();
    // A sentence may break anywhere.
    run.report()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

/// What a command says of files in a directory of their own.
fn said(files: &[(&str, &str)], arguments: &[&str]) -> String {
    let folder = tempfile::TempDir::new().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    let run = calib().args(arguments).within(folder.path()).run();
    run.report()
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ")
}

pub(super) fn holds(text: &str, part: &str) {
    assert!(text.contains(part), "{part:?} is not in {text}");
}

pub(super) fn lacks(text: &str, part: &str) {
    assert!(!text.contains(part), "{part:?} is in {text}");
}

/// So many rows of one confidence, of which so many are right.
fn rows(confidence: f64, right: usize, all: usize) -> String {
    let row = |at: usize| {
        let correct = at * right / all != (at + 1) * right / all;
        format!("{{\"id\":\"q{at}\",\"confidence\":{confidence},\"correct\":{correct}}}\n")
    };
    (0..all).map(row).collect()
}

/// Confidences of 0.2, 0.4, 0.6 and 0.8, right as often as they say.
fn honest(all: usize) -> String {
    let row = |at: usize| {
        let confidence = [0.2, 0.4, 0.6, 0.8][at % 4];
        let correct = ((at / 4) * 7 % 10) as f64 / 10.0 < confidence;
        format!("{{\"id\":\"q{at}\",\"confidence\":{confidence},\"correct\":{correct}}}\n")
    };
    (0..all).map(row).collect()
}

#[test]
fn the_clip_of_coxs_line_is_no_p_value() {
    let page = page(&honest(400), &["--all"]);
    holds(&page, "clip 1e-6");
    lacks(&page, "clijoint");
    holds(&page, "joint p");
}

#[test]
fn a_difference_of_earnings_is_told_as_one() {
    let (base, new) = (rows(0.9, 100, 400), rows(0.9, 200, 400));
    let files = [("base.jsonl", base.as_str()), ("new.jsonl", new.as_str())];
    let told = said(
        &files,
        &["compare", "base.jsonl", "new.jsonl", "--cost-wrong", "1"],
    );
    holds(&told, "against the base it earns 0.500 a row more");
    lacks(&told, "it earns +");
}

#[test]
fn confidence_that_is_not_shown_to_be_too_low_did_not_drift_there() {
    let both = |base: &str, new: &str| {
        let files = [("base.jsonl", base), ("new.jsonl", new)];
        said(&files, &["compare", "base.jsonl", "new.jsonl"])
    };
    // From 0.3 too sure to 0.01 below the accuracy, which chance explains.
    let level = both(&rows(0.8, 200, 400), &rows(0.49, 200, 400));
    lacks(&level, "under-confident drift");
    holds(&level, "nearer to honest");
    // Every prompt moved by the same, and the outcome is far below.
    let low = both(&rows(0.6, 200, 400), &rows(0.1, 200, 400));
    holds(&low, "under-confident drift");
    holds(&low, "−0.500 worse < 0.001");
    // As far below as it was above.
    let turned = both(&rows(0.9, 200, 400), &rows(0.1, 200, 400));
    holds(&turned, "−0.800 different < 0.001");
}

#[test]
fn identity_alone_tells_nothing_of_curves() {
    let arguments = ["fit", "log.jsonl", "-o", "m.json", "--method", "identity"];
    let told = said(&[("log.jsonl", &rows(0.9, 200, 400))], &arguments);
    lacks(&told, "no curve is shown");
    holds(&told, "no curve was tried");
}

#[test]
fn costs_of_columns_and_of_flags_give_the_same_figures() {
    let flags = ["--cost-wrong", "3", "--cost-abstain", "0.2"];
    // Of rows with ids, without, and with several rows of a prompt.
    let plain = honest(400);
    let shapes = [
        plain.clone(),
        plain.replace("\"id\"", "\"x\""),
        plain
            .replace("\"id\":\"q1", "\"prompt_id\":\"")
            .replace("\"id\"", "\"prompt_id\""),
    ];
    for rows in shapes {
        let costly = rows.replace('}', ",\"cost_wrong\":3,\"cost_abstain\":0.2}");
        let by_flag = section(&rows, "utility", &flags);
        let by_column = section(&costly, "utility", &[]);
        assert_eq!(by_flag["sentence"], by_column["sentence"]);
        for name in ["u_now", "u_stated", "u_opt", "regret_choose"] {
            for end in ["value", "low", "high"] {
                let of = |found: &Value| found["evidence"][name][end].as_f64();
                let (one, other) = (of(&by_flag), of(&by_column));
                let apart = one.zip(other).map(|(one, other)| (one - other).abs());
                assert!(
                    one.is_some() == other.is_some() && apart.is_none_or(|apart| apart < 1e-12),
                    "{name} {end}: {one:?} {other:?}"
                );
            }
        }
    }
}

#[test]
fn a_fit_by_groups_is_named_by_them() {
    let row = |at: usize, task: &str, correct: bool| {
        format!(
            "{{\"id\":\"{task}{at}\",\"task\":\"{task}\",\"confidence\":{},\"correct\":{correct}}}\n",
            0.5 + (at % 5) as f64 / 10.0
        )
    };
    let log: String = (0..300)
        .flat_map(|at| {
            [
                row(at, "a", at % 7 > 0),
                row(at, "b", at % 7 == 0 || at % 5 == 4),
            ]
        })
        .collect();
    let arguments = [
        "fit",
        "log.jsonl",
        "-o",
        "m.json",
        "--method",
        "platt",
        "--by",
        "task",
    ];
    let told = said(&[("log.jsonl", &log)], &arguments);
    holds(&told, "platt by task takes the Brier score");
    lacks(&told, "platt alone");
}

#[test]
fn no_ratio_is_printed_over_what_is_no_gap() {
    let folder = tempfile::TempDir::new().unwrap();
    let run = |line: &str| calib().args(line.split(' ')).within(folder.path()).run();
    run("synth gap --closure 0.9,0.5,1.2 -o gap").report();
    let report = run(
        "compare base=gap/base.jsonl proxy=gap/proxy.jsonl --toward tuned=gap/tuned.jsonl -f json",
    )
    .json();
    let gaps = report["gap"].as_array().unwrap();
    let of = |metric: &str| gaps.iter().find(|one| one["metric"] == metric).unwrap();
    assert!(of("corp_dsc")["value"].is_null(), "{}", of("corp_dsc"));
    assert!(of("corp_mcb")["value"].is_f64());
    for one in gaps {
        assert!(
            one["value"].as_f64().is_none_or(|value| value.abs() < 5.0),
            "{one}"
        );
    }
}

#[test]
fn no_discrimination_is_told_by_how_it_declines() {
    let of = |line: &str| {
        let rows = synth(line);
        let group = group(&rows, &[]);
        (page(&rows, &[]), group)
    };
    let (answers, _) = of("persona answers-all");
    holds(&answers, "no discrimination: never declines");
    let (refuses, _) = of("persona refuses-all");
    holds(&refuses, "no discrimination: declines everything");
    let (random, group) = of("persona random");
    holds(&random, "ABSTAINS AT RANDOM, no discrimination");
    lacks(&random, "OVER-ANSWERS");
    lacks(&random, "leans reasoning");
    assert!(group["verdict"]["side"].is_null(), "{}", group["verdict"]);
    let synthesis = &group["objectives"]["synthesis"];
    assert_eq!(synthesis["verdict"], "none");
    holds(
        synthesis["sentence"].as_str().unwrap(),
        "declines at random",
    );
    // Shown not to be random, and next to nothing all the same.
    let (slight, _) = of("persona bluffing --control constant-confidence");
    holds(&slight, "next to no discrimination");
    for seed in 0..5 {
        let shuffled = synth(&format!(
            "persona bluffing --control shuffled-labels --seed {seed}"
        ));
        let told = section(&shuffled, "synthesis", &[]);
        assert_ne!(told["verdict"], "reasoning_like", "{told}");
    }
}

#[test]
fn what_is_wrong_without_a_signature_is_said() {
    let harmful = section(&synth("persona reasoner --kind safety"), "synthesis", &[]);
    let sentence = harmful["sentence"].as_str().unwrap();
    holds(sentence, "no signature is shown, but it answers");
    holds(sentence, "of harmful prompts");
    holds(harmful["advice"].as_str().unwrap(), "refusals");
    let declines = section(&synth("persona safety --kind epistemic"), "synthesis", &[]);
    holds(
        declines["sentence"].as_str().unwrap(),
        "with no harm at stake",
    );
}

#[test]
fn the_gain_in_the_synthesis_is_that_of_calib_fit() {
    for (log, certain) in [(honest(60), false), (rows(0.9, 200, 400), true)] {
        let told = section(&log, "synthesis", &[]);
        let gain = &told["evidence"]["recalibration_gain"];
        let folder = tempfile::TempDir::new().unwrap();
        std::fs::write(folder.path().join("log.jsonl"), &log).unwrap();
        let arguments = ["fit", "log.jsonl", "-o", "m.json", "-f", "json"];
        let fit = calib().args(arguments).within(folder.path()).run().json();
        let methods = fit["methods"].as_array().unwrap();
        let isotonic = methods
            .iter()
            .find(|one| one["method"] == "isotonic")
            .unwrap();
        for end in ["value", "low", "high"] {
            assert_eq!(gain[end], isotonic["brier"][end], "{end}");
        }
        assert_eq!(gain["low"].is_f64(), certain);
    }
}

#[test]
fn a_shortcut_is_never_called_by_a_figure_of_the_wrong_sign() {
    for seed in [0, 13, 26] {
        let rows = synth(&format!(
            "rollouts --samples 16 --shortcut 0.05 --seed {seed}"
        ));
        let told = section(&rows, "rollouts", &[]);
        let length = &told["evidence"]["length_collapse"];
        let number = |name: &str| length[name].as_f64().unwrap();
        if told["verdict"] == "lucky_shortcut" && length["p_adjusted"].as_f64().unwrap() <= 0.05 {
            assert!(number("value") < 0.0, "seed {seed}: {length}");
        }
        // One-sided against two-sided: beyond half the level the interval cannot hold 0, but for the draws.
        if number("p_value") < 0.02 {
            assert!(number("high") < 0.0, "seed {seed}: {length}");
        }
    }
}

#[test]
fn what_is_not_told_says_how_to_give_it() {
    let lacking = |name: &str| {
        let told = section(&honest(100), name, &[]);
        told["sentence"].as_str().unwrap().to_owned()
    };
    holds(&lacking("utility"), "--cost-wrong");
    holds(&lacking("formats"), "no step, and no format or response");
    holds(&lacking("direction"), "no should_abstain or forced_correct");
    holds(&lacking("formats"), "--map step=COLUMN");
    let told = section(
        &honest(100).replace("\"id\"", "\"prompt_id\""),
        "rollouts",
        &[],
    );
    holds(told["sentence"].as_str().unwrap(), "several samples");
}

#[test]
fn a_loss_that_only_silence_mends_is_not_laid_to_choosing_alone() {
    let told = section(&rows(0.9, 100, 400), "utility", &["--cost-wrong", "9"]);
    let sentence = told["sentence"].as_str().unwrap();
    holds(sentence, "is lost by answering");
    lacks(told["advice"].as_str().unwrap(), "no training is needed");
}

#[test]
fn models_told_apart_are_still_mixed_in_what_is_said_of_all() {
    let log = rows(0.9, 200, 400).replace("\"id\":\"q1", "\"model\":\"m\",\"id\":\"q1");
    let log = log.replace("{\"id\"", "{\"model\":\"n\",\"id\"");
    let told = page(&log, &["--by", "model"]);
    holds(&told, "W110");
    holds(&told, "--where model=NAME");
}

#[test]
fn columns_that_serve_are_not_offered_for_confidence() {
    let log = "{\"step\":1,\"task\":\"a\",\"correct\":true}\n{\"step\":1,\"task\":\"a\",\"correct\":false}\n";
    let told = page(log, &[]);
    lacks(&told, "if one of");
    let told = page(&log.replace("\"task\"", "\"colour\""), &[]);
    holds(&told, "if one of colour is meant");
}

#[test]
fn a_log_without_labels_lacks_labels_and_not_one_side_of_them() {
    let metrics = &group(&honest(100), &[])["metrics"];
    for id in ["over_answer", "over_abstain", "dprime"] {
        assert_eq!(metrics[id]["reason"], "no should_abstain labels", "{id}");
    }
}

#[test]
fn a_threshold_that_was_not_found_is_no_step_to_apply() {
    let arguments = ["fit", "log.jsonl", "-o", "m.json", "--target-risk", "0.01"];
    let told = said(&[("log.jsonl", &rows(0.9, 200, 400))], &arguments);
    lacks(&told, "next: calib apply");
    holds(&told, "histogram: not taken");
}
