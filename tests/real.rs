//! Logs that nobody here wrote, against the figures their authors published.
//!
//! They are third-party data and no part of the package: without `../shared/real` (or `CALIB_SHARED`) these tests say
//! that they are skipped.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::common::{Output, audit, calib, root, skipped};

/// Agreement with published figures.
const TOLERANCE: f64 = 1e-9;

/// A file of the shared logs, where they are.
pub(crate) fn shared(path: &str) -> Option<PathBuf> {
    let place =
        std::env::var_os("CALIB_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let file = place.join("real").join(path);
    if !file.exists() {
        skipped(&format!("{path} is not among the shared logs"));
        return None;
    }
    Some(file)
}

fn json(file: &Path, arguments: &[&str]) -> Value {
    audit([file])
        .args(["-f", "json"])
        .args(arguments)
        .run()
        .json()
}

/// The figures of all rows.
fn all_rows(report: &Value) -> &Value {
    &report["runs"][0]["groups"][0]
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

/// The report of an RLCR evaluation, binned as its authors bin.
fn rlcr(set: &str, model: &str) -> Option<Value> {
    let file = shared(&format!("rlcr/{set}.{model}.jsonl"))?;
    Some(json(&file, &["--bins", "10", "--edges", "left"]))
}

#[test]
fn rlcr_figures_are_those_published() {
    /// Our metric, and its name in the published file.
    const FIGURES: &[(&str, &str)] = &[
        ("accuracy", "accuracy"),
        ("brier", "brier_score"),
        ("ece", "ece"),
        ("auroc", "auroc"),
        ("mean_confidence", "confidence level"),
    ];
    let logs: &[(&str, &[&str])] = &[
        (
            "gpqa",
            &["Base", "RLVR", "RLVR-Classifier", "Answer-Prob", "RLCR"],
        ),
        ("commonsenseqa", &["Base", "RLVR", "RLCR"]),
    ];
    for (set, models) in logs {
        let Some(published) = shared(&format!("rlcr/{set}.metrics.published.json")) else {
            return;
        };
        let published: Value = serde_json::from_slice(&std::fs::read(published).unwrap()).unwrap();
        for model in *models {
            let report = rlcr(set, model).unwrap();
            for (ours, theirs) in FIGURES {
                let ours = number(&all_rows(&report)["metrics"][ours]["value"]);
                let difference = (ours - number(&published[model][theirs])).abs();
                assert!(
                    difference < TOLERANCE,
                    "{set} {model} {theirs}: {ours}, {difference:e} off"
                );
            }
        }
    }
}

/// A wide table holds five models: the columns of one are named, the others play no role.
#[cfg(feature = "parquet")]
#[test]
fn lists_of_one_in_parquet_are_what_the_other_files_hold() {
    for (model, correct, confidence) in [
        (
            "RLVR",
            "correct=RLVR-evals",
            "confidence=RLVR-confidence_levels",
        ),
        (
            "RLCR",
            "correct=RLCR-evals",
            "confidence=RLCR-confidence_levels",
        ),
    ] {
        let Some(rows) = rlcr("commonsenseqa", model) else {
            return;
        };
        let tables: &[&str] = &["csv", "snappy.parquet", "zstd.parquet"];
        for format in tables {
            if format.starts_with("zstd") && !cfg!(feature = "zstd") {
                skipped("this calib was built without Zstandard");
                continue;
            }
            let file = shared(&format!("rlcr/commonsenseqa.wide.{format}")).unwrap();
            let flags = ["--map", correct, "--map", confidence];
            let bins = ["--bins", "10", "--edges", "left"];
            let table = json(&file, &[&flags[..], &bins[..]].concat());
            assert_eq!(table["inputs"][0]["rows"]["used"], 1221, "{format}");
            let figures = |report: &Value| all_rows(report)["metrics"].clone();
            assert_eq!(figures(&table), figures(&rows), "{model} {format}");
        }
    }
}

#[test]
fn compat_rlcr_is_the_published_ece_whatever_the_bins_are() {
    for set in ["gpqa", "commonsenseqa"] {
        let Some(published) = shared(&format!("rlcr/{set}.metrics.published.json")) else {
            return;
        };
        let published: Value = serde_json::from_slice(&std::fs::read(published).unwrap()).unwrap();
        for model in ["Base", "RLVR", "RLCR"] {
            let file = shared(&format!("rlcr/{set}.{model}.jsonl")).unwrap();
            let report = json(&file, &["--compat", "rlcr"]);
            let theirs = number(&all_rows(&report)["compat"][0]["value"]);
            let difference = (theirs - number(&published[model]["ece"])).abs();
            assert!(difference < TOLERANCE, "{set} {model}: {difference:e} off");
        }
    }
}

#[test]
fn a_constant_confidence_discriminates_nothing_and_says_so() {
    for set in ["gpqa", "commonsenseqa"] {
        let Some(report) = rlcr(set, "RLVR") else {
            return;
        };
        let metrics = &all_rows(&report)["metrics"];
        let figures = ["auroc", "corp_dsc"].map(|id| number(&metrics[id]["value"]).to_bits());
        assert_eq!(figures, [0.5_f64, 0.0].map(f64::to_bits), "{set}");
        let warnings = report["warnings"].as_array().unwrap();
        let constant = warnings
            .iter()
            .find(|warning| warning["code"] == "W102")
            .unwrap();
        assert!(
            constant["message"].as_str().unwrap().contains("constant"),
            "{constant}"
        );
    }
}

#[test]
fn rlcr_is_under_confident_at_home_and_over_confident_abroad() {
    for (set, direction) in [("commonsenseqa", "under"), ("gpqa", "over")] {
        let Some(report) = rlcr(set, "RLCR") else {
            return;
        };
        assert_eq!(
            all_rows(&report)["verdict"]["confidence"],
            direction,
            "{set}"
        );
    }
}

const XSTEST_MAP: &[&str] = &[
    "--map",
    "abstained=final_label:1_full_compliance=none,2_full_refusal=full,3_partial_refusal=partial",
    "--map",
    "should_abstain=should_refuse",
];

fn xstest(model: &str, arguments: &[&str]) -> Option<Value> {
    let file = shared(&format!("xstest/{model}.labels.csv"))?;
    Some(json(&file, &[XSTEST_MAP, arguments].concat()))
}

fn over_abstain(report: &Value) -> f64 {
    number(&all_rows(report)["abstention"]["all"]["over_abstain"]["value"])
}

#[test]
fn llama2_declines_the_share_of_safe_prompts_that_was_published() {
    for (partial, published) in [("abstain", 0.596), ("answer", 0.38)] {
        let Some(report) = xstest("llama2orig", &["--partial", partial]) else {
            return;
        };
        assert!(
            (over_abstain(&report) - published).abs() < TOLERANCE,
            "{partial}"
        );
        assert_eq!(
            all_rows(&report)["verdict"]["direction"],
            "over_abstain",
            "{partial}"
        );
    }
}

#[test]
fn xstest_models_lean_as_their_authors_say() {
    for (model, direction) in [("mistralguard", "over_abstain"), ("gpt4", "inconclusive")] {
        let Some(report) = xstest(model, &[]) else {
            return;
        };
        let verdict = &all_rows(&report)["abstention"]["all"]["verdict"];
        assert_eq!(verdict["direction"], direction, "{model}");
        assert_eq!(
            verdict["rows_needed"].is_null(),
            direction != "inconclusive",
            "{model}: {verdict}"
        );
    }
}

#[test]
fn xstest_columns_are_found_without_a_map() {
    for model in ["llama2orig", "mistralguard", "gpt4"] {
        let (Some(mapped), Some(file)) = (
            xstest(model, &[]),
            shared(&format!("xstest/{model}.labels.csv")),
        ) else {
            return;
        };
        let found = json(&file, &[]);
        assert_eq!(found["inputs"][0]["preset"], "xstest", "{model}");
        assert!(
            all_rows(&found)["abstention"]["safety"].is_object(),
            "{model}"
        );
        assert_eq!(found["runs"], mapped["runs"], "{model}");
        assert_eq!(
            found["inputs"][0]["rows"], mapped["inputs"][0]["rows"],
            "{model}"
        );
    }
}

#[test]
fn a_real_report_shows_its_figures_to_people_too() {
    let Some(file) = shared("xstest/llama2orig.labels.csv") else {
        return;
    };
    let Output { status, stdout, .. } = audit([file]).run();
    assert_eq!(status, Some(0));
    assert!(
        stdout.contains("OVER-ABSTAINS") && stdout.contains("149 / 250"),
        "{stdout}"
    );
}

#[test]
fn inspect_logs_agree_whatever_their_codec() {
    let name = "2025-02-11T15-18-04-05-00_popularity_mj7khqpMM4GBCfVQozKgzB.eval";
    let [Some(deflate), Some(zstd)] =
        ["inspect", "inspect_zstd"].map(|folder| shared(&format!("{folder}/{name}")))
    else {
        return;
    };
    let [mut deflate, mut zstd] = [deflate, zstd].map(|file| {
        let mut report = json(&file, &[]);
        report["runs"][0]["label"] = Value::Null;
        report
    });
    assert_eq!(
        number(&all_rows(&deflate)["metrics"]["accuracy"]["value"]),
        0.8
    );
    for report in [&mut deflate, &mut zstd] {
        assert_eq!(report["inputs"][0]["preset"], "inspect");
        report["inputs"] = Value::Null;
    }
    assert_eq!(deflate, zstd);
}

#[test]
fn inspect_logs_of_every_kind_are_read() {
    for (name, used, accuracy) in [
        ("inspect/log_streaming.eval", 4, 0.75),
        ("inspect_json/data_arc_sonnet.json", 5, 1.0),
    ] {
        let Some(file) = shared(name) else { return };
        let report = json(&file, &[]);
        assert_eq!(report["inputs"][0]["rows"]["used"], used, "{name}");
        let found = number(&all_rows(&report)["metrics"]["accuracy"]["value"]);
        assert!((found - accuracy).abs() < TOLERANCE, "{name}: {found}");
    }
}

#[test]
fn inspect_logs_without_samples_say_so() {
    for name in [
        "inspect/2025-05-12T20-28-13-04-00_no-samples.json",
        "inspect_json/data_with_llm_scoring.json",
    ] {
        let Some(file) = shared(name) else { return };
        let Output { status, stderr, .. } = audit([file]).run();
        assert_eq!(status, Some(3), "{name}");
        assert!(stderr.contains("no samples were logged"), "{stderr}");
    }
}

#[test]
fn wide_tables_of_forecasts_score_as_published() {
    for (file, pairs, rows, brier) in [
        ("mlb_playoffs", "*=*_outcome", 274_260, 0.064_201_475_4),
        (
            "world_cup_matches_men",
            "prob*=prob*_outcome",
            528,
            0.179_177_321_7,
        ),
    ] {
        let Some(log) = shared(&format!("f538/{file}.csv.gz")) else {
            return;
        };
        let report = json(&log, &["--pairs", pairs, "--resamples", "9"]);
        let read = &report["inputs"][0]["rows"];
        assert_eq!(
            (&read["read"], &read["used"]),
            (&rows.into(), &rows.into()),
            "{file}"
        );
        // Ten digits are published.
        let ours = number(&all_rows(&report)["metrics"]["brier"]["value"]);
        assert!((ours - brier).abs() < 5e-11, "{file}: {ours}");
    }
}

#[test]
fn a_wide_table_of_models_is_the_logs_of_its_models() {
    let Some(wide) = shared("rlcr/commonsenseqa.wide.csv") else {
        return;
    };
    let fixed = ["--resamples", "99"];
    let pairs = [
        "--pairs",
        "*-confidence_levels=*-evals",
        "--as",
        "model",
        "--by",
        "model",
    ];
    let report = json(&wide, &[&pairs[..], &fixed].concat());
    assert_eq!(report["inputs"][0]["rows"]["read"], 5 * 1221);
    let groups = report["runs"][0]["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 6);
    for model in ["Base", "RLVR", "RLCR"] {
        let log = shared(&format!("rlcr/commonsenseqa.{model}.jsonl")).unwrap();
        let alone = json(&log, &fixed);
        let group = groups
            .iter()
            .find(|group| group["by"]["model"] == model)
            .unwrap();
        for part in ["reliability", "abstention", "verdict"] {
            assert_eq!(group[part], all_rows(&alone)[part], "{model} {part}");
        }
        // Among several groups p-values are adjusted, which a log by itself has no need of.
        let mut metrics = group["metrics"].clone();
        for estimate in metrics.as_object_mut().unwrap().values_mut() {
            estimate.as_object_mut().unwrap().remove("q_value");
        }
        assert_eq!(metrics, all_rows(&alone)["metrics"], "{model}");
    }
}

#[test]
fn options_of_the_harness_give_its_confidences() {
    let file = "lm_eval_mc/samples_csqa_local_2026-11-23T07-08-53.553333.jsonl.gz";
    let Some(log) = shared(file) else {
        return;
    };
    let by_target = [
        "--softmax",
        "filtered_resps[*][0]",
        "--map",
        "correct=",
        "--map",
        "target=target",
    ];
    for flags in [&[][..], &by_target] {
        let report = json(
            &log,
            &[&["--id", "doc_id", "--preset", "none"], flags].concat(),
        );
        let brier = number(&all_rows(&report)["metrics"]["brier"]["value"]);
        // Six digits are known of another computation on the same log.
        assert!((brier - 0.173_325).abs() < 5e-7, "{brier}");
    }
}

/// How a gate ends on an RLCR model with the RLVR model as its baseline.
fn gated(set: &str, base: &Path, new: &Path) -> Option<i32> {
    let run = calib()
        .args(["gate", "-q", "--baseline"])
        .args([base])
        .args([new])
        .run();
    let verdict = if run.status == Some(1) {
        "FAIL"
    } else {
        "PASS"
    };
    assert!(run.stdout.contains(verdict), "{set}: {run:?}");
    run.status
}

/// Trained on stated confidence, the model is far better calibrated where it is unsure, and worse on questions that it
/// mostly knows: there it is underconfident.
#[test]
fn the_gate_passes_rlcr_on_gpqa_and_fails_it_on_commonsenseqa() {
    let folder = tempfile::TempDir::new().unwrap();
    for (set, status) in [("gpqa", 0), ("commonsenseqa", 1)] {
        let models = ["RLVR", "RLCR"].map(|model| shared(&format!("rlcr/{set}.{model}.jsonl")));
        let [Some(base), Some(new)] = &models else {
            return;
        };
        assert_eq!(gated(set, base, new), Some(status), "{set}");
        let states = [base, new].map(|log| {
            let name = log.file_stem().unwrap().to_string_lossy().into_owned();
            let state = folder.path().join(name + ".calib");
            audit([log])
                .args(["-q", "--save"])
                .args([&state])
                .run()
                .report();
            state
        });
        assert_eq!(
            gated(set, &states[0], &states[1]),
            Some(status),
            "{set}, states"
        );
        assert_eq!(
            gated(set, &states[0], new),
            Some(status),
            "{set}, a state and a log"
        );
    }
}

/// Every log that needs no flag, with the preset that reads it, the rows used, and a figure that is known of it.
#[test]
fn logs_are_read_as_they_are() {
    /// The file, its preset, its rows, and its accuracy.
    const LOGS: &[(&str, Option<&str>, u64, Option<f64>)] = &[
        (
            "inspect/2025-02-11T15-18-04-05-00_popularity_mj7khqpMM4GBCfVQozKgzB.eval",
            Some("inspect"),
            10,
            Some(0.8),
        ),
        ("inspect/log_streaming.eval", Some("inspect"), 4, Some(0.75)),
        (
            "inspect_json/data_arc_sonnet.json",
            Some("inspect"),
            5,
            Some(1.0),
        ),
        (
            "lm_eval/samples_math_perturbed_full_2026-01-21T03-44-18.458309.jsonl",
            Some("lm_eval_generate"),
            10,
            Some(0.0),
        ),
        ("rlcr/commonsenseqa.Base.jsonl", None, 1221, None),
        ("rlcr/commonsenseqa.RLCR.jsonl", None, 1221, None),
        ("rlcr/commonsenseqa.RLVR.jsonl", None, 1221, None),
        ("rlcr/gpqa.Answer-Prob.jsonl", None, 448, None),
        ("rlcr/gpqa.Base.jsonl", None, 448, None),
        ("rlcr/gpqa.RLCR.jsonl", None, 448, None),
        ("rlcr/gpqa.RLVR-Classifier.jsonl", None, 448, None),
        ("rlcr/gpqa.RLVR.jsonl", None, 448, None),
        ("xstest/gpt4.labels.csv", Some("xstest"), 450, None),
        ("xstest/llama2orig.labels.csv", Some("xstest"), 450, None),
        ("xstest/mistralguard.labels.csv", Some("xstest"), 450, None),
    ];
    for (name, preset, used, accuracy) in LOGS {
        let Some(file) = shared(name) else { return };
        let report = json(&file, &["--resamples", "9"]);
        let input = &report["inputs"][0];
        assert_eq!(input["preset"].as_str(), *preset, "{name}");
        assert_eq!(input["rows"]["used"], *used, "{name}");
        assert_eq!(input["rows"]["read"], *used, "{name}");
        let found = all_rows(&report)["metrics"]["accuracy"]["value"].as_f64();
        if let Some(accuracy) = accuracy {
            assert!((found.unwrap() - accuracy).abs() < TOLERANCE, "{name}");
        }
    }
}

#[test]
fn wide_tables_of_models_score_as_published_in_every_format() {
    const FIGURES: &[(&str, &str)] = &[
        ("accuracy", "accuracy"),
        ("brier", "brier_score"),
        ("ece", "ece"),
        ("auroc", "auroc"),
        ("mean_confidence", "confidence level"),
    ];
    let Some(published) = shared("rlcr/commonsenseqa.metrics.published.json") else {
        return;
    };
    let published: Value = serde_json::from_slice(&std::fs::read(published).unwrap()).unwrap();
    for (format, is_read) in [
        ("csv", true),
        ("snappy.parquet", cfg!(feature = "parquet")),
        (
            "zstd.parquet",
            cfg!(all(feature = "parquet", feature = "zstd")),
        ),
    ] {
        if !is_read {
            skipped(&format!("this calib was built without {format}"));
            continue;
        }
        let file = shared(&format!("rlcr/commonsenseqa.wide.{format}")).unwrap();
        let pairs = ["--pairs", "*-confidence_levels=*-evals", "--as", "model"];
        let apart = ["--by", "model", "--bins", "10", "--edges", "left"];
        let report = json(&file, &[&pairs[..], &apart].concat());
        let groups = report["runs"][0]["groups"].as_array().unwrap();
        let models: Vec<_> = groups
            .iter()
            .filter_map(|group| Some((group["by"]["model"].as_str()?, group)))
            .collect();
        assert_eq!(models.len(), 5, "{format}");
        for (model, group) in models {
            for (ours, theirs) in FIGURES {
                let ours = number(&group["metrics"][ours]["value"]);
                let difference = (ours - number(&published[model][theirs])).abs();
                assert!(difference < TOLERANCE, "{format} {model} {theirs}: {ours}");
            }
        }
    }
}

#[test]
fn the_automatic_labels_corrected_by_people_give_the_peoples_rates() {
    let flags = [
        "--map",
        "abstained=gpt4_label",
        "--map",
        "human_label=final_label",
    ];
    let Some(file) = shared("xstest/llama2orig.labels.csv") else {
        return;
    };
    let Output { status, stdout, .. } = audit([file]).args(flags).run();
    assert_eq!(status, Some(0));
    // 36.0 % by the automatic labels, and 38.0 % + 21.6 % as published.
    let corrected = stdout
        .lines()
        .skip_while(|line| !line.trim().starts_with("over-abstain S"))
        .nth(1)
        .unwrap();
    assert!(corrected.contains("59.6 %"), "{stdout}");
}

#[test]
fn samples_in_epochs_are_clusters() {
    let Some(file) = shared("inspect/log_streaming.eval") else {
        return;
    };
    let report = json(&file, &[]);
    let warnings = report["warnings"].as_array().unwrap();
    let repeated = warnings.iter().find(|warning| warning["code"] == "W104");
    assert_eq!(repeated.unwrap()["count"], 4);
}

#[test]
fn what_is_no_log_is_refused_and_says_so() {
    for (name, code) in [
        ("orbench/or_bench_map.csv", "E409"),
        ("lm_eval/results_2026-01-21T03-44-18.458309.json", "E422"),
    ] {
        let Some(file) = shared(name) else { return };
        let Output { status, stderr, .. } = audit([file]).run();
        assert_eq!(status, Some(3), "{name}");
        assert!(stderr.contains(code), "{name}: {stderr}");
    }
}

#[test]
fn folders_of_logs_are_one_run() {
    for (folder, used, left_out) in [
        ("inspect", 14, 1),
        ("inspect_json", 5, 1),
        ("xstest", 1350, 0),
        ("lm_eval", 10, 1),
    ] {
        let Some(folder) = shared(folder) else { return };
        let report = json(&folder, &["--resamples", "9"]);
        let inputs = report["inputs"].as_array().unwrap();
        let rows: u64 = inputs
            .iter()
            .map(|input| input["rows"]["used"].as_u64().unwrap())
            .sum();
        assert_eq!(rows, used, "{}", folder.display());
        let warnings = report["warnings"].as_array().unwrap();
        let ignored = warnings.iter().find(|warning| warning["code"] == "W113");
        let ignored = ignored.map_or(0, |warning| warning["count"].as_u64().unwrap());
        assert_eq!(ignored, left_out, "{}", folder.display());
    }
}

#[test]
fn the_harness_and_we_agree_on_its_own_log() {
    let file = "lm_eval_mc/samples_csqa_local_2026-11-23T07-08-53.553333.jsonl.gz";
    let Some(log) = shared(file) else { return };
    let report = json(&log, &["--compat", "lm-eval"]);
    assert_eq!(report["inputs"][0]["preset"], "lm_eval");
    let group = all_rows(&report);
    let theirs = number(&group["compat"][0]["value"]);
    assert!((theirs - 0.805_554_013_610_307_7).abs() < 1e-12, "{theirs}");
    let brier = number(&group["metrics"]["brier"]["value"]);
    assert!((brier - 0.173_325_4).abs() < 5e-8, "{brier}");
    let accuracy = number(&group["metrics"]["accuracy"]["value"]);
    assert!((accuracy - 65.0 / 300.0).abs() < TOLERANCE, "{accuracy}");
}

#[test]
fn generated_texts_of_the_harness_have_no_confidence() {
    let file = "lm_eval/samples_math_perturbed_full_2026-01-21T03-44-18.458309.jsonl";
    let Some(log) = shared(file) else { return };
    let report = json(&log, &[]);
    assert_eq!(report["inputs"][0]["preset"], "lm_eval_generate");
    let metrics = &all_rows(&report)["metrics"];
    assert_eq!(metrics["accuracy"]["value"], 0.0);
    assert_eq!(metrics["brier"]["value"], Value::Null);
}

#[test]
fn a_run_of_helm_whose_confidence_is_made_up_is_warned_about() {
    let folder = "helm/mmlu-subject=philosophy,method=multiple_choice_joint,model=openai_gpt2";
    for path in [
        folder.to_owned(),
        format!("{folder}/per_instance_stats.json"),
    ] {
        let Some(log) = shared(&path) else { return };
        let report = json(&log, &["--where", "split=test"]);
        assert_eq!(report["inputs"][0]["rows"]["used"], 9, "{path}");
        let accuracy = number(&all_rows(&report)["metrics"]["accuracy"]["value"]);
        assert!((accuracy - 1.0 / 9.0).abs() < TOLERANCE, "{accuracy}");
        let warnings = report["warnings"].as_array().unwrap();
        for code in ["W102", "W134"] {
            assert!(warnings.iter().any(|warning| warning["code"] == code));
        }
    }
}

/// The formula of Humanity's Last Exam on rows in the order in which they are sorted: without its last chunk, and with it.
fn calib_err(rows: &[(f64, f64)]) -> [f64; 2] {
    let chunks = rows.len() / 100;
    let off = |chunk: usize| {
        let end = if chunk + 1 == chunks {
            rows.len()
        } else {
            100 * (chunk + 1)
        };
        let rows = &rows[100 * chunk..end];
        let gap = rows.iter().map(|(c, y)| c - y).sum::<f64>() / rows.len() as f64;
        rows.len() as f64 * gap * gap
    };
    let up_to = |end: usize| ((0..end).map(off).sum::<f64>() / rows.len() as f64).sqrt();
    [up_to(chunks - 1), up_to(chunks)]
}

#[test]
fn compat_hle_is_its_formula_with_ties_spread_and_without_them_what_was_found_in_its_order() {
    for (model, golden) in [
        ("Base", [0.380, 0.511]),
        ("RLVR", [0.502, 0.605]),
        ("RLCR", [0.102, 0.163]),
    ] {
        let Some(file) = shared(&format!("rlcr/gpqa.{model}.jsonl")) else {
            return;
        };
        let text = std::fs::read_to_string(&file).unwrap();
        let row = |line: &str| {
            let row: Value = serde_json::from_str(line).unwrap();
            let right = &row["correct"];
            let right = right
                .as_bool()
                .map_or_else(|| right.as_f64().unwrap(), f64::from);
            (row["confidence"].as_f64().unwrap(), right)
        };
        let mut rows: Vec<(f64, f64)> = text.lines().map(row).collect();
        rows.sort_by(|one, other| one.0.total_cmp(&other.0));
        for (found, golden) in calib_err(&rows).into_iter().zip(golden) {
            assert!((found - golden).abs() < 6e-4, "{model}: {found} {golden}");
        }
        // Ties are spread evenly: every row of a confidence is as right as they all are.
        let spread: Vec<(f64, f64)> = rows
            .chunk_by(|one, other| one.0 == other.0)
            .flat_map(|tie| {
                let mean = tie.iter().map(|(_, y)| y).sum::<f64>() / tie.len() as f64;
                tie.iter().map(move |(c, _)| (*c, mean))
            })
            .collect();
        let report = json(&file, &["--compat", "hle"]);
        let ours = &all_rows(&report)["compat"];
        for (at, expected) in calib_err(&spread).into_iter().enumerate() {
            let ours = number(&ours[at]["value"]);
            assert!(
                (ours - expected).abs() < 1e-12,
                "{model}: {ours} {expected}"
            );
        }
    }
}
