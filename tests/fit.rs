//! `calib fit`: what it says, what it writes, and what it refuses.

use calib::evidence::{Evidence, Groups, Partial};
use calib::maths::rng::Rng;
use calib::recalibrate::beta::Beta;
use calib::recalibrate::choice::trial;
use calib::recalibrate::grouped::GroupedFolds;
use calib::recalibrate::temperature::Temperature;
use calib::recalibrate::threshold::Answers;
use calib::recalibrate::{CALIBRATORS, Calibrator, Fitting, Folds, Graded, Model};
use calib::record::{Confidence, Record};
use serde_json::Value;

use crate::common::{Output, calib};
use crate::real::shared;

const DEMO: &str = "fixtures/demo.jsonl";

/// `calib fit` with a model in a directory of its own; the model's text comes back with what was said.
fn fit(log: &str, arguments: &[&str]) -> (Output, String) {
    let directory = tempfile::tempdir().unwrap();
    let model = directory.path().join("model.json");
    let output = calib()
        .args(["fit", log, "-o", model.to_str().unwrap()])
        .args(arguments)
        .run();
    let text = std::fs::read_to_string(&model).unwrap_or_default();
    let shown = directory.path().to_str().unwrap();
    let stdout = output.stdout.replace(shown, "[MODEL]");
    (Output { stdout, ..output }, text)
}

fn report(log: &str, arguments: &[&str]) -> (Value, Value) {
    let (output, model) = fit(log, &[&["-f", "json"], arguments].concat());
    assert_eq!(output.status, Some(0), "{}", output.stderr);
    let report = serde_json::from_str(&output.stdout).unwrap();
    (report, serde_json::from_str(&model).unwrap())
}

#[test]
fn the_report_follows_its_schema() {
    let schema = calib().args(["schema", "fit"]).run().json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let flags: [&[&str]; 6] = [
        &[],
        &["--target-risk", "0.2", "--by", "task"],
        &["--target-over-answer", "0.2"],
        &["--target-coverage", "0.5"],
        &["--cost-wrong", "3", "--method", "venn_abers"],
        &["--target-over-answer", "0.01", "--by", "task"],
    ];
    for flags in flags {
        let (report, _) = report(DEMO, flags);
        let wrong: Vec<_> = validator
            .iter_errors(&report)
            .map(|error| error.to_string())
            .collect();
        assert!(wrong.is_empty(), "{flags:?}: {wrong:?}");
        for key in ["methods", "graded", "threshold"] {
            let mut without = report.clone();
            without.as_object_mut().unwrap().remove(key);
            assert!(
                !validator.is_valid(&without),
                "the schema does not ask for {key}"
            );
        }
        let mut more = report.clone();
        more["fault"]["more"] = Value::from(1);
        assert!(!validator.is_valid(&more), "the schema accepts anything");
    }
}

#[test]
fn few_rows_have_gains_without_intervals() {
    let directory = tempfile::tempdir().unwrap();
    let text = std::fs::read_to_string(DEMO).unwrap();
    let graded = text.lines().filter(|line| line.contains("\"correct\""));
    for (rows, shown) in [(99, false), (100, true)] {
        let log = directory.path().join("few.jsonl");
        let lines: Vec<_> = graded
            .clone()
            .filter(|line| !line.contains("null"))
            .take(rows)
            .collect();
        std::fs::write(&log, lines.join("\n") + "\n").unwrap();
        let (report, model) = report(log.to_str().unwrap(), &["--method", "platt"]);
        assert_eq!(report["rows"], rows);
        assert!(report["gain"]["value"].is_number());
        assert_eq!(report["gain"]["low"].is_number(), shown);
        assert_eq!(model["fitted"]["gain"]["high"].is_number(), shown);
        let (page, _) = fit(log.to_str().unwrap(), &["--method", "platt"]);
        let said = page
            .stdout
            .contains("no interval: fewer than 100 rows, or clusters of them");
        assert_eq!(said, !shown, "{}", page.stdout);
        assert_eq!(report["fault"]["verdict"] == "inconclusive", !shown);
    }
}

#[test]
fn more_repeated_prompts_than_are_kept_are_sampled() {
    let mut evidence = Evidence::default();
    let mut rng = Rng::stream(6, 0);
    for row in 0..80_000_u64 {
        let confidence = rng.uniform();
        let right = rng.uniform() < confidence * 0.8;
        let prompt = (row / 2).wrapping_mul(0x9E37_79B9_7F4A_7C15);
        evidence.add(&record(confidence, right, Some(prompt)));
    }
    let folds = Folds::of(&evidence, Partial::Abstain, 0).unwrap();
    let rows = folds.totals().rows;
    assert!((60_000..=65_536).contains(&rows), "{rows}");
    assert_eq!((folds.graded(), folds.clusters() * 2), (80_000, rows));
    // Beside rows without a prompt it is not known how much a sample should weigh.
    evidence.add(&record(0.5, true, None));
    let refused = Folds::of(&evidence, Partial::Abstain, 0).unwrap_err();
    assert!(refused.starts_with("too many rows of repeated clusters"));
}

fn number(value: &Value) -> f64 {
    value
        .as_f64()
        .unwrap_or_else(|| panic!("{value} is no number"))
}

#[test]
fn the_pages_look_like_this() {
    let pages = [
        ("plain", vec![]),
        ("risk", vec!["--target-risk", "0.2"]),
        (
            "cost_by_task",
            vec!["--method", "platt", "--by", "task", "--cost-wrong", "3"],
        ),
        ("over_answer", vec!["--target-over-answer", "0.2"]),
        ("risk_by_task", vec!["--target-risk", "0.2", "--by", "task"]),
        (
            "over_answer_by_task",
            vec!["--target-over-answer", "0.3", "--by", "task"],
        ),
    ];
    for (name, arguments) in pages {
        let (output, model) = fit(DEMO, &arguments);
        assert_eq!(output.status, Some(0), "{}", output.stderr);
        insta::assert_snapshot!(format!("page_{name}"), output.stdout);
        insta::assert_snapshot!(format!("model_{name}"), model);
        Model::parse(&model, "model.json").unwrap();
    }
}

#[test]
fn the_order_of_rows_changes_nothing() {
    let text = std::fs::read_to_string(DEMO).unwrap();
    let mut lines: Vec<&str> = text.lines().collect();
    lines.reverse();
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("demo.jsonl");
    std::fs::write(&log, lines.join("\n") + "\n").unwrap();
    let (whole, _) = report(DEMO, &["--target-risk", "0.2"]);
    let (turned, _) = report(log.to_str().unwrap(), &["--target-risk", "0.2"]);
    for key in [
        "methods",
        "method",
        "gain",
        "fault",
        "automation",
        "threshold",
    ] {
        assert_eq!(whole[key], turned[key], "{key}");
    }
}

#[test]
fn the_hash_is_that_of_the_file() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("abc.jsonl");
    let rows = r#"{"id":1,"confidence":0.5,"correct":true}
{"id":2,"confidence":0.9,"correct":false}
{"id":3,"confidence":0.5,"correct":false}
"#;
    std::fs::write(&log, rows).unwrap();
    let (_, model) = report(log.to_str().unwrap(), &["--method", "identity"]);
    // sha256sum of the text above.
    let expected = "9e4c298be8d3b017bf5bac284691a47511db2f476874f38b9b358b9da9c6645b";
    assert_eq!(model["fitted"]["sha256"], expected);
    let output = calib()
        .args([
            "fit",
            "-",
            "-o",
            directory.path().join("m.json").to_str().unwrap(),
        ])
        .args(["--method", "identity"])
        .stdin(rows)
        .run();
    assert_eq!(output.status, Some(0), "{}", output.stderr);
    let model = std::fs::read_to_string(directory.path().join("m.json")).unwrap();
    let model: Value = serde_json::from_str(&model).unwrap();
    assert!(model["fitted"]["sha256"].is_null());
}

#[test]
fn what_cannot_be_meant_is_refused() {
    let refused = |arguments: &[&str], expected: &str| {
        let (output, model) = fit(DEMO, arguments);
        assert_eq!(output.status, Some(2), "{arguments:?}");
        assert!(output.stderr.contains(expected), "{}", output.stderr);
        assert!(model.is_empty());
    };
    refused(&["--method", "plat"], "did you mean platt?");
    refused(
        &["--target-risk", "0.1", "--target-over-answer", "0.1"],
        "cannot be used with",
    );
    refused(
        &["--target-risk", "0.1", "--cost-wrong", "3"],
        "cannot be used with",
    );
    refused(&["--cost-abstain", "1"], "--cost-wrong");
    let output = calib().args(["fit", DEMO]).run();
    assert_eq!(output.status, Some(2));
}

#[test]
fn nothing_is_promised_on_too_few_rows() {
    let (report, model) = report(DEMO, &["--target-risk", "0.001"]);
    let reason = report["threshold"]["reason"].as_str().unwrap();
    assert!(reason.starts_with("too few answers"), "{reason}");
    assert!(model["threshold"].is_null() && model["guarantee"]["kind"] == "risk");
}

#[test]
fn a_constant_confidence_becomes_the_accuracy() {
    let directory = tempfile::tempdir().unwrap();
    let log = directory.path().join("constant.jsonl");
    let row = |at: u32| {
        format!(
            "{{\"id\":{at},\"confidence\":1.0,\"correct\":{}}}\n",
            at.is_multiple_of(5)
        )
    };
    std::fs::write(&log, (0..200).map(row).collect::<String>()).unwrap();
    let (report, _) = report(log.to_str().unwrap(), &[]);
    let platt = &report["methods"][2];
    assert_eq!(
        (&platt["method"], &platt["brier"]["reason"]),
        (&"platt".into(), &"constant confidence".into())
    );
    assert!((number(&report["fault"]["brier"]) - 0.16).abs() < 0.01);
    assert_eq!(report["fault"]["verdict"], "both");
}

fn record(confidence: f64, right: bool, item: Option<u64>) -> Record {
    Record {
        confidence: Confidence::new(confidence),
        credit: Some(f64::from(u8::from(right))),
        item,
        ..Record::default()
    }
}

/// Rows of which some share a cluster and some have none.
fn mixed(seed: u64) -> Evidence {
    let mut rng = Rng::stream(seed, 0);
    let mut evidence = Evidence::default();
    for row in 0..400_u64 {
        let confidence = (rng.uniform() * 50.0).round() / 50.0;
        let right = rng.uniform() < confidence;
        let item = (row % 2 == 0).then(|| (row / 8).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        evidence.add(&record(confidence, right, item));
    }
    evidence
}

#[test]
fn a_cluster_is_in_one_fold_and_every_row_in_some() {
    let folds = Folds::of(&mixed(1), Partial::Abstain, 0).unwrap();
    let mut seen = std::collections::BTreeMap::new();
    for row in folds.rows() {
        if let Some(cluster) = row.cluster {
            assert_eq!(*seen.entry(cluster).or_insert(row.fold), row.fold);
        }
    }
    assert_eq!((folds.totals().rows, seen.len()), (400, 50));
    let apart: u64 = (0..10)
        .map(|fold| {
            folds
                .rows()
                .iter()
                .filter(|row| row.fold == fold)
                .map(|row| row.totals.rows())
                .sum::<u64>()
        })
        .sum();
    assert_eq!(apart, 400);
    let weight = |rows: &[Graded]| rows.iter().map(|row| row.weight).sum::<f64>();
    let training: f64 = (0..10)
        .map(|fold| weight(&folds.training(Some(fold))))
        .sum();
    assert_eq!(training, 9.0 * 400.0);
}

#[test]
fn the_gain_is_the_difference_of_scores_row_by_row() {
    let folds = Folds::of(&mixed(2), Partial::Abstain, 3).unwrap();
    for method in CALIBRATORS {
        let trial = trial(method, &folds, &Fitting::default(), 0.95);
        let p = trial.out_of_fold.unwrap();
        let mut gain = 0.0;
        for (row, p) in folds.rows().iter().zip(&p) {
            let (right, wrong) = (
                row.totals.totals().right as f64,
                row.totals.totals().wrong as f64,
            );
            let score = |p: f64| right * (1.0 - p).powi(2) + wrong * p * p;
            gain += (score(row.confidence) - score(*p)) / 400.0;
        }
        let ours = trial.brier.value.unwrap();
        assert!(
            (ours - gain).abs() < 1e-12,
            "{} {ours} {gain}",
            trial.method.id
        );
    }
}

#[test]
fn every_curve_is_a_probability_and_survives_its_file() {
    let folds = Folds::of(&mixed(4), Partial::Abstain, 0).unwrap();
    for method in CALIBRATORS {
        let curve = (method.fit)(&folds.training(None), &Fitting::default()).unwrap();
        let text = serde_json::to_string(&curve.params().unwrap()).unwrap();
        let again =
            calib::recalibrate::Curve::parse(method.id, serde_json::from_str(&text).unwrap());
        assert_eq!(again.as_ref(), Ok(&curve), "{}", method.id);
        let mut last = 0.0;
        for step in 0..=1_000 {
            let p = curve
                .apply(Confidence::new(f64::from(step) / 1_000.0).unwrap())
                .get();
            assert!(
                method.id == "histogram" || p >= last - 1e-12,
                "{} falls",
                method.id
            );
            last = p;
        }
    }
}

#[test]
fn the_promise_is_the_longest_run_of_bounds_that_hold() {
    let mut evidence = Evidence::default();
    for at in 0..300_u64 {
        // Ten steps of 30 answers, with 0, 1, 2, … wrong ones from the top.
        let step = at / 30;
        let right = at % 30 >= step;
        evidence.add(&record(1.0 - step as f64 / 10.0, right, Some(at << 32)));
    }
    let folds = Folds::of(&evidence, Partial::Abstain, 0).unwrap();
    let stated = folds.stated();
    let answers = Answers::new(&folds, &stated, true, 0);
    let upper = |wrong: f64, n: f64| {
        calib::inference::clopper_pearson::interval(wrong, n, 0.9)
            .unwrap()
            .1
    };
    let mut expected = None;
    for step in 0..10_u64 {
        let (n, wrong) = ((step + 1) * 30, (0..=step).sum::<u64>());
        if upper(wrong as f64, n as f64) > 0.1 {
            break;
        }
        expected = Some((1.0 - step as f64 / 10.0, n));
    }
    let promised = answers.promise(0.1, 0.95);
    let (threshold, rows) = expected.unwrap();
    assert_eq!((promised.threshold, promised.rows), (Some(threshold), rows));
    assert!(promised.bound.unwrap() <= 0.1);
    assert_eq!(answers.promise(0.005, 0.95).threshold, None);
    // Coverage is reached, and no higher threshold reaches it.
    let covering = answers.observed(answers.cover(0.25), &stated);
    assert_eq!(
        (covering.threshold, covering.coverage),
        (Some(0.8), Some(0.3))
    );
}

#[test]
fn rlcr_is_underconfident_by_choice() {
    for set in ["commonsenseqa", "gpqa"] {
        for model in ["Base", "RLVR", "RLCR"] {
            let Some(log) = shared(&format!("rlcr/{set}.{model}.jsonl")) else {
                return;
            };
            let (report, _) = report(log.to_str().unwrap(), &[]);
            let gain = &report["gain"];
            println!(
                "{set} {model}: {} {gain} {}",
                report["method"], report["fault"]["sentence"]
            );
            assert!(
                gain["value"].is_number() && gain["reason"].is_null()
                    || report["method"] == "identity"
            );
            if (set, model) != ("commonsenseqa", "RLCR") {
                continue;
            }
            for simple in ["temperature", "platt"] {
                let methods = report["methods"].as_array().unwrap();
                let tried = methods
                    .iter()
                    .find(|tried| tried["method"] == simple)
                    .unwrap();
                println!("{simple}: {}", tried["brier"]);
            }
            assert_eq!(report["fault"]["verdict"], "choosing");
            let sentence = report["fault"]["sentence"].as_str().unwrap();
            assert!(
                sentence.contains("one of choosing, not of learning"),
                "{sentence}"
            );
            assert!(number(&gain["low"]) > 0.02, "{gain}");
        }
    }
}

#[test]
fn a_log_too_large_to_keep_its_rows_is_judged_all_the_same() {
    let mut evidence = Evidence::default();
    let mut rng = Rng::stream(5, 0);
    for at in 0..70_000_u64 {
        let confidence = (rng.uniform() * 20.0).round() / 20.0;
        let right = rng.uniform() < confidence * 0.8;
        evidence.add(&record(
            confidence,
            right,
            Some(at.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
        ));
    }
    assert!(evidence.items().detail().is_none());
    let folds = Folds::of(&evidence, Partial::Abstain, 0).unwrap();
    assert_eq!((folds.totals().rows, folds.clusters()), (70_000, 70_000));
    let isotonic = CALIBRATORS
        .iter()
        .find(|method| method.id == "isotonic")
        .unwrap();
    let trial = trial(isotonic, &folds, &Fitting::default(), 0.95);
    // Truly Σ (p − 0.8 p)² over the twenty-one steps.
    let (low, high) = trial.brier.interval().unwrap();
    let truth = (1..20)
        .map(|step| f64::from(step) / 20.0)
        .map(|c| (0.2 * c).powi(2))
        .sum::<f64>()
        / 20.0
        + 0.04 / 40.0;
    assert!(low < truth && truth < high, "{low} {truth} {high}");
}

/// Answers at (confidence, rows, right).
fn cells(rows: &[(f64, f64, f64)]) -> Vec<Graded> {
    let cell = |&(confidence, weight, credit): &(f64, f64, f64)| Graded {
        confidence,
        weight,
        credit,
    };
    rows.iter().map(cell).collect()
}

/// Random answers at ten confidences.
fn drawn(seed: u64, right: impl Fn(f64) -> f64) -> Vec<Graded> {
    let mut rng = Rng::stream(seed, 1);
    let cell = |step: u32, rng: &mut Rng| {
        let confidence = f64::from(step) / 10.0 - 0.05;
        let weight = 1.0 + rng.below(20) as f64;
        let hits = (0..weight as u32).filter(|_| rng.uniform() < right(confidence));
        (confidence, weight, hits.count() as f64)
    };
    cells(
        &(1..=10)
            .map(|step| cell(step, &mut rng))
            .collect::<Vec<_>>(),
    )
}

fn likelihood(rows: &[Graded], p: impl Fn(f64) -> f64) -> f64 {
    rows.iter()
        .map(|row| {
            let p = p(row.confidence);
            row.credit * p.ln() + (row.weight - row.credit) * (-p).ln_1p()
        })
        .sum()
}

#[test]
fn a_temperature_is_the_best_of_all_or_none() {
    let fit = |rows: &[Graded]| Temperature::fit(rows, &Fitting::default());
    for seed in 0..50 {
        let rows = drawn(seed, |c| 0.3 + 0.4 * c);
        let Ok(curve) = fit(&rows) else { continue };
        let of = |t: f64| likelihood(&rows, |c| Temperature { t }.apply(c));
        for other in [0.8, 0.99, 1.01, 1.25, 1.0 / curve.t] {
            assert!(of(curve.t) >= of(curve.t * other) - 1e-9, "{seed} {other}");
        }
    }
    let reason = |rows: &[(f64, f64, f64)]| fit(&cells(rows)).unwrap_err();
    let apart = reason(&[(0.2, 5.0, 0.0), (0.8, 5.0, 5.0)]);
    assert_eq!(
        apart,
        "no finite optimum: the likelihood grows as T falls to 0"
    );
    let turned = reason(&[(0.2, 5.0, 4.0), (0.8, 5.0, 1.0)]);
    assert_eq!(turned, "no finite optimum: the likelihood grows as T grows");
    assert_eq!(reason(&[(0.2, 5.0, 5.0)]), "one class only");
    assert_eq!(reason(&[(0.5, 5.0, 2.0)]), "every confidence is 1/2");
}

#[test]
fn beta_slopes_are_the_best_that_are_not_below_zero() {
    let mut bounded = 0;
    for seed in 0..200 {
        let rows = drawn(seed, |c| 0.35 + 0.3 * (c - 0.3).abs());
        let Ok(curve) = Beta::fit(&rows, &Fitting::default()) else {
            continue;
        };
        assert!(curve.a >= 0.0 && curve.b >= 0.0, "{curve:?}");
        bounded += u32::from(curve.a == 0.0 || curve.b == 0.0);
        let of = |a: f64, b: f64, m: f64| likelihood(&rows, |c| Beta { a, b, m }.apply(c));
        let best = of(curve.a, curve.b, curve.m);
        for (a, b, m) in [
            (0.01, 0.0, 0.0),
            (0.0, 0.01, 0.0),
            (0.0, 0.0, 0.01),
            (0.01, -0.01, 0.0),
        ] {
            for sign in [1.0, -1.0] {
                let (a, b) = (curve.a + sign * a, curve.b + sign * b);
                if a >= 0.0 && b >= 0.0 {
                    assert!(
                        of(a, b, curve.m + sign * m) <= best + 1e-9,
                        "{seed} {curve:?}"
                    );
                }
            }
        }
    }
    assert!(bounded > 20, "{bounded}");
}

#[test]
fn groups_are_drawn_together_as_far_as_they_are_alike() {
    let grouped = |right: [f64; 4]| {
        let mut groups = Groups::default();
        let mut rng = Rng::stream(8, 0);
        for row in 0..1_200_u64 {
            let group = (row % 4) as usize;
            let confidence = (rng.uniform() * 10.0).round() / 10.0;
            let hit = rng.uniform() < right[group] * confidence;
            let item = Some(row.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            groups
                .add(Some(&[group.to_string()]), &record(confidence, hit, item))
                .unwrap();
        }
        let grouped = GroupedFolds::of(&groups, Partial::Abstain, 0).unwrap();
        let platt = CALIBRATORS
            .iter()
            .find(|method| method.id == "platt")
            .unwrap();
        grouped.curves(platt, &Fitting::default()).unwrap().groups
    };
    let apart = grouped([0.2, 0.5, 0.8, 1.0]);
    assert_eq!(apart.len(), 4);
    assert!(
        apart.values().all(|group| group.shrinkage < 0.2),
        "{apart:?}"
    );
    let at = |key: &str| {
        apart[&vec![key.to_owned()]]
            .curve
            .apply(Confidence::new(0.9).unwrap())
            .get()
    };
    assert!(at("0") + 0.3 < at("3"), "{} {}", at("0"), at("3"));
    let alike = grouped([0.7; 4]);
    assert!(
        alike.values().all(|group| group.shrinkage > 0.5),
        "{alike:?}"
    );
}
