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
    assert_eq!(count(&report, "W136"), 1);
    assert_eq!(count(&json("inspect.json", &[]), "W136"), Value::Null);
}

#[test]
fn a_run_that_failed_says_so() {
    let path = root().join("fixtures/presets/inspect.json");
    let content = std::fs::read_to_string(path).unwrap();
    let failed = content.replacen("\"status\": \"success\"", "\"status\": \"error\"", 1);
    let output = written("failed.json", &failed, &[]);
    assert_eq!(count(&output.json(), "W136"), 1);
}

#[test]
fn several_scorers_are_listed_until_one_is_named() {
    let content = r#"{"status": "success", "eval": {"task": "t", "model": "m", "dataset": {}}, "samples": [
        {"id": 1, "epoch": 1, "scores": {"strict": {"value": "C"}, "loose": {"value": "I"}}},
        {"id": 2, "epoch": 1, "scores": {"strict": {"value": "C"}, "loose": {"value": "C"}}}]}"#;
    let first = written("two.json", content, &[]).json();
    assert_eq!(metric(&first, "accuracy")["value"], 1.0);
    assert_eq!(count(&first, "W137"), 2);
    let message = first["warnings"].to_string();
    assert!(message.contains("scores by loose, strict"), "{message}");
    let other = ["--map", "correct=scores.loose.value", "--map", "abstained="];
    let second = written("two.json", content, &other).json();
    assert_eq!(metric(&second, "accuracy")["value"], 0.5);
    assert_eq!(count(&second, "W137"), Value::Null);
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
    let output = audit([path.to_str().unwrap(), "-f", "json", "--max-bad-rows", "1"])
        .args(flags)
        .run();
    let report: Value = serde_json::from_str(&output.stdout).unwrap();
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

#[test]
fn simple_evals_grades_are_credit_or_not_attempted() {
    for name in ["simple_evals.jsonl", "simple_evals.letters.csv"] {
        let report = json(name, &[]);
        let rows = &report["inputs"][0]["rows"];
        assert_eq!([&rows["answered"], &rows["abstained"]], [3, 1], "{name}");
        let given = metric(&report, "accuracy_given_attempted")["value"].as_f64();
        assert!((given.unwrap() - 2.0 / 3.0).abs() < 1e-12, "{name}");
        // The harmonic mean of 2/3, given attempted, and 1/2, of all.
        let f1 = metric(&report, "simpleqa_f1")["value"].as_f64().unwrap();
        assert!((f1 - 4.0 / 7.0).abs() < 1e-12, "{name}: {f1}");
    }
    let browsecomp = json("simple_evals.browsecomp.jsonl", &[]);
    let brier = metric(&browsecomp, "brier")["value"].as_f64().unwrap();
    assert!((brier - (0.04 + 0.36 + 1.0) / 3.0).abs() < 1e-12, "{brier}");
    assert_eq!(count(&browsecomp, "W133"), 1, "stated nowhere");
}

#[test]
fn fractions_among_percentages_of_browsecomp_are_refused() {
    let path = root().join("fixtures/presets/simple_evals.browsecomp.jsonl");
    let content = std::fs::read_to_string(path).unwrap();
    let content = content.replace("\"confidence\": 80", "\"confidence\": 0.8");
    let output = written("graded.jsonl", &content, &[]);
    assert!(output.stderr.contains("E104"), "{}", output.stderr);
}

#[test]
fn every_eval_ever_reads_whether_the_answer_is_correct_and_not_its_score() {
    let report = json(
        "every_eval_ever.jsonl",
        &["--map", "confidence=metadata.stated"],
    );
    let brier = metric(&report, "brier")["value"].as_f64().unwrap();
    assert!(
        (brier - (0.01 + 0.25 + 0.04) / 3.0).abs() < 1e-12,
        "{brier}"
    );
    assert_eq!(report["inputs"][0]["mapping"]["model"], "model_id");
}

#[test]
fn promptfoo_counts_errors_as_ungraded_and_outputs_for_one_test_as_a_cluster() {
    let report = json("promptfoo.json", &["--by", "model"]);
    let accuracy = metric(&report, "accuracy");
    assert_eq!(accuracy["n"], 3, "one of four failed by an error");
    assert!((accuracy["value"].as_f64().unwrap() - 2.0 / 3.0).abs() < 1e-12);
    assert_eq!(count(&report, "W112"), 1);
    assert_eq!(count(&report, "W104"), 2, "two outputs for one test");
    let credit = metric(
        &json("promptfoo.json", &["--map", "correct=calib.score"]),
        "accuracy",
    );
    assert_eq!((&credit["n"], &credit["value"]), (&3.into(), &0.75.into()));
    // promptIdx is no prompt_id, and the preset leaves that role empty.
    assert_eq!(count(&report, "W106"), Value::Null);
    let groups = report["runs"][0]["groups"].as_array().unwrap();
    let models: Vec<_> = groups
        .iter()
        .filter_map(|group| group["by"]["model"].as_str())
        .collect();
    assert_eq!(models, ["example:large", "example:small"]);
}

#[test]
fn openai_evals_joins_log_probabilities_of_what_was_picked_to_the_match() {
    let report = json("openai_evals.jsonl", &[]);
    assert_eq!(metric(&report, "accuracy")["n"], 3);
    let brier = metric(&report, "brier");
    // exp(-0.1) was right, exp(-0.7) was wrong, although the two samples interleave.
    let expected = (1.0 - (-0.1_f64).exp()).powi(2) + (-0.7_f64).exp().powi(2);
    assert_eq!(brier["n"], 2);
    assert!((brier["value"].as_f64().unwrap() - expected / 2.0).abs() < 1e-12);
    assert_eq!(count(&report, "W112"), 1, "an error is no wrong answer");
}

#[test]
fn an_event_log_without_matches_says_what_it_holds() {
    let path = root().join("fixtures/presets/openai_evals.jsonl");
    let content = std::fs::read_to_string(path).unwrap();
    let other = content
        .replace("\"match\"", "\"metrics\"")
        .replace("\"error\"", "\"metrics\"");
    let output = written("events.jsonl", &other, &[]);
    assert_eq!(output.status, Some(3));
    assert!(output.stderr.contains("E422"), "{}", output.stderr);
    assert!(
        output.stderr.contains("the events are metrics, sampling"),
        "{}",
        output.stderr
    );
}

#[test]
fn lighteval_options_give_confidences_and_generated_answers_none() {
    // A softmax of -2 and -0.5, and one of -1, -1.5 and -3.
    let right = 1.0 / (1.0 + (-1.5_f64).exp());
    let wrong = 1.0 / (1.0 + (-0.5_f64).exp() + (-2.0_f64).exp());
    for name in ["lighteval.jsonl", "lighteval_underscored.jsonl"] {
        let report = json(name, &[]);
        let brier = metric(&report, "brier");
        assert_eq!(brier["n"], 2, "{name}");
        let expected = ((1.0 - right).powi(2) + wrong.powi(2)) / 2.0;
        assert!(
            (brier["value"].as_f64().unwrap() - expected).abs() < 1e-12,
            "{name}"
        );
        assert_eq!(count(&report, "W130"), 2, "{name}");
    }
    let column = "model_response.logprobs";
    let path = root().join("fixtures/presets/lighteval.jsonl");
    let refused = audit([path.to_str().unwrap(), "--softmax", column]).run();
    assert!(
        refused.stderr.contains("E119"),
        "a user's own column holds options in every row"
    );
}

#[test]
fn a_log_with_columns_of_its_own_is_not_taken_for_one_of_a_benchmark() {
    let own = "prompt,is_rejected,response,category,should_abstain\np,true,r,c,true\n";
    let report = written("own.csv", own, &[]).json();
    assert_eq!(report["inputs"][0]["preset"], Value::Null);
}

#[test]
fn logs_without_samples_leave_a_folder_and_are_counted() {
    let folder = tempfile::tempdir().unwrap();
    let whole = std::fs::read_to_string(root().join("fixtures/presets/inspect.json")).unwrap();
    let header = r#"{"status": "started", "eval": {"task": "t", "model": "m", "dataset": {}}, "samples": []}"#;
    std::fs::write(folder.path().join("a.json"), header).unwrap();
    std::fs::write(folder.path().join("b.json"), whole).unwrap();
    let report = audit([folder.path().to_str().unwrap(), "-f", "json"])
        .run()
        .json();
    assert_eq!(report["inputs"].as_array().unwrap().len(), 1);
    assert_eq!(count(&report, "W113"), 1);
    let alone = audit([folder.path().join("a.json")]).run();
    assert!(alone.stderr.contains("E423"), "{}", alone.stderr);
}

/// A log of lm-evaluation-harness made of that by hand, each line changed.
fn harness(name: &str, change: impl Fn(&str) -> String) -> String {
    let path = root().join("fixtures/presets").join(name);
    let text = std::fs::read_to_string(path).unwrap();
    text.lines().map(|line| change(line) + "\n").collect()
}

fn audit_text(log: &str, arguments: &[&str]) -> crate::common::Output {
    audit(["-", "--format", "json"])
        .args(arguments)
        .stdin(log)
        .run()
}

#[test]
fn lm_eval_takes_confidence_from_the_options_and_correct_from_acc() {
    let report = json("lm_eval.jsonl", &[]);
    assert_eq!(report["inputs"][0]["mapping"]["correct"], "acc");
    let top = |scores: [f64; 3]| {
        let sum: f64 = scores.iter().map(|score| score.exp()).sum();
        scores.into_iter().fold(f64::MIN, f64::max).exp() / sum
    };
    // The second half of the third row is unconditional, and the fourth has two right options.
    let rows = [
        ([-1.0, -2.0, -3.0], 1.0),
        ([-2.0, -1.5, -0.5], 0.0),
        ([-0.5, -2.5, -4.0], 1.0),
        ([-3.0, -1.0, -1.0], 1.0),
    ];
    let squares = rows.map(|(scores, correct)| (top(scores) - correct).powi(2));
    let brier = metric(&report, "brier")["value"].as_f64().unwrap();
    assert!((brier - squares.iter().sum::<f64>() / 4.0).abs() < 1e-12);
}

#[test]
fn lm_eval_sums_the_squared_error_over_every_option() {
    let log = harness("lm_eval.jsonl", str::to_owned);
    let three: String = log.split_inclusive('\n').take(3).collect();
    let figure = |log: &str| {
        let report = audit_text(log, &["--compat", "lm-eval"]).json();
        report["runs"][0]["groups"][0]["compat"][0].clone()
    };
    let square = |scores: [f64; 3], target: usize| {
        let sum: f64 = scores.iter().map(|score| score.exp()).sum();
        let off = |(at, score): (usize, f64)| score.exp() / sum - f64::from(u8::from(at == target));
        let offs = scores.into_iter().enumerate().map(off);
        offs.map(|off| off * off).sum::<f64>()
    };
    let expected = (square([-1.0, -2.0, -3.0], 0)
        + square([-2.0, -1.5, -0.5], 1)
        + square([-0.5, -2.5, -4.0], 0))
        / 3.0;
    let found = figure(&three)["value"].as_f64().unwrap();
    assert!((found - expected).abs() < 1e-12, "{found}");
    let several = figure(&log);
    assert_eq!(several["value"], Value::Null, "two options are right");
    assert!(several["reason"].is_string(), "{several}");
}

#[test]
fn lm_eval_refuses_what_grades_another_answer_or_none() {
    let other = audit_text(
        &harness("lm_eval.jsonl", str::to_owned),
        &["--map", "correct=acc_norm"],
    );
    assert_eq!(other.status, Some(2), "{other:?}");
    assert!(other.stderr.contains("acc_norm"), "{}", other.stderr);
    // What the options say is held against the grade too.
    let turned = harness("lm_eval.jsonl", |line| {
        line.replace("\"acc\": 1.0", "\"acc\": 0.0")
    });
    let turned = audit_text(&turned, &[]);
    assert_eq!(turned.status, Some(3));
    assert!(turned.stderr.contains("E117"), "{}", turned.stderr);
    let unlabelled = harness("lm_eval.jsonl", |line| {
        line.replace("\"target\": \"0\"", "\"target\": \"-100\"")
    });
    let unlabelled = audit_text(&unlabelled, &[]);
    assert_eq!(unlabelled.status, Some(3));
    assert!(unlabelled.stderr.contains("E119"), "{}", unlabelled.stderr);
}

#[test]
fn lm_eval_never_pools_filters() {
    let change = |line: &str| {
        let other = line.replace("strict-match", "flexible-extract");
        format!("{line}\n{other}")
    };
    let log = harness("lm_eval_generate.jsonl", change);
    let pooled = audit_text(&log, &[]);
    assert_eq!(pooled.status, Some(2), "{pooled:?}");
    for said in [
        "E206",
        "--where filter=strict-match",
        "--where filter=flexible-extract",
    ] {
        assert!(pooled.stderr.contains(said), "{}", pooled.stderr);
    }
    let one = audit_text(&log, &["--where", "filter=strict-match"]).json();
    assert_eq!(metric(&one, "accuracy")["value"], 0.5);
    assert_eq!(metric(&one, "accuracy")["n"], 3);
}

#[test]
fn helm_leaves_out_what_is_no_answer_and_counts_it() {
    let report = json("helm.json", &[]);
    let rows = &report["inputs"][0]["rows"];
    assert_eq!([&rows["read"], &rows["used"]], [5, 3]);
    assert_eq!(rows["skipped"]["no_answer"], 2);
    let brier = metric(&report, "brier")["value"].as_f64().unwrap();
    assert!((brier - (0.0625 + 0.25 + 0.25) / 3.0).abs() < 1e-12);
    let test = json("helm.json", &["--where", "split=test"]);
    assert_eq!(metric(&test, "accuracy")["n"], 2);
    let typos = json("helm.json", &["--where", "calib.row=perturbed"]);
    assert_eq!(metric(&typos, "brier")["value"], 0.0625);
    let quasi = json(
        "helm.json",
        &["--map", "correct=stats.quasi_exact_match.mean"],
    );
    assert_eq!(metric(&quasi, "accuracy")["value"], 1.0);
}
