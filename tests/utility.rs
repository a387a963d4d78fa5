//! Utility: costs against closed forms, published logs, and loops over rows.

use serde_json::Value;

use crate::common::{audit, calib};
use crate::real::shared;

/// What the section finds in a log.
fn found(log: &str, rows: impl Into<Vec<u8>>, flags: &[&str]) -> Value {
    let flags = ["-f", "json", "--section", "utility"].iter().chain(flags);
    let report = audit([log]).args(flags).stdin(rows).run().json();
    report["runs"][0]["groups"][0]["objectives"]["utility"].clone()
}

fn value(found: &Value, name: &str) -> f64 {
    let figure = &found["evidence"][name];
    let value = figure.as_f64().or(figure["value"].as_f64());
    value.unwrap_or_else(|| panic!("{name}: {found}"))
}

fn covers(found: &Value, name: &str, truth: f64) -> bool {
    let end = |end: &str| found["evidence"][name][end].as_f64().unwrap();
    end("low") <= truth && truth <= end("high")
}

fn synth(line: &str) -> String {
    calib()
        .args(["synth", "incentives"])
        .args(line.split(' '))
        .run()
        .report()
}

#[test]
fn underconfidence_is_an_error_of_choosing() {
    let log = |model: &str| shared(&format!("rlcr/commonsenseqa.{model}.jsonl"));
    let (Some(rlcr), Some(rlvr)) = (log("RLCR"), log("RLVR")) else {
        return;
    };
    let rlcr = found(rlcr.to_str().unwrap(), "", &["--cost-wrong", "9"]);
    assert_eq!(value(&rlcr, "threshold"), 0.9);
    assert_eq!(value(&rlcr, "u_stated"), 0.0, "it never says more than 0.9");
    assert!((value(&rlcr, "u_opt") - 0.335).abs() < 0.03, "{rlcr}");
    assert_eq!(rlcr["verdict"], "choosing");
    let rlvr = found(rlvr.to_str().unwrap(), "", &["--cost-wrong", "9"]);
    // One confidence for all leaves nothing to choose by.
    assert!(
        (-0.06..=0.0).contains(&value(&rlvr, "regret_choose")),
        "{rlvr}"
    );
    assert_eq!(rlvr["verdict"], "none");
}

#[test]
fn even_chances_earn_half_of_what_the_threshold_leaves() {
    for (cost, threshold) in [("1", 0.5), ("3", 0.75), ("9", 0.9)] {
        let rows = synth("-n 20000 --alpha 1 --beta 1 --granularity 0.05 --seed 2");
        let found = found("-", rows, &["--cost-wrong", cost]);
        let best = value(&found, "u_opt");
        assert!(
            (best - (1.0 - threshold) / 2.0).abs() < 0.015,
            "{cost}: {found}"
        );
        assert!(covers(&found, "u_oracle", 0.5), "{found}");
        let penalty = threshold / (1.0 - threshold);
        assert!(covers(&found, "u_always", 0.5 - penalty / 2.0), "{found}");
        assert_eq!(value(&found, "u_never"), 0.0);
        // Honest confidence is as good as any curve.
        assert!(value(&found, "regret_stated").abs() < 0.01, "{found}");
    }
}

#[test]
fn bias_costs_by_choosing_alone() {
    let of = |bias: &str| {
        let rows = synth(&format!("-n 4000 --seed 6 --cost-wrong 3 --bias {bias}"));
        found("-", rows, &[])
    };
    let (honest, biased) = (of("0"), of("1.5"));
    assert!(value(&biased, "regret_stated") > 0.1, "{biased}");
    assert!(value(&honest, "regret_stated").abs() < 0.03, "{honest}");
    // What can be earned is the same: isotonic regression sees the order alone.
    assert!((value(&biased, "u_opt") - value(&honest, "u_opt")).abs() < 0.02);
}

#[test]
fn columns_and_flags_say_the_same() {
    let rows = synth("-n 1500 --seed 9 --cost-wrong 4 --cost-abstain 0.5 --decline-below 0.4");
    let columns = found("-", rows.clone(), &[]);
    let plain: String = rows
        .lines()
        .map(|line| {
            let mut row: Value = serde_json::from_str(line).unwrap();
            row.as_object_mut()
                .unwrap()
                .retain(|key, _| !key.starts_with("cost"));
            format!("{row}\n")
        })
        .collect();
    let flags = found("-", plain, &["--cost-wrong", "4", "--cost-abstain", "0.5"]);
    for name in [
        "threshold",
        "u_now",
        "u_stated",
        "u_always",
        "u_never",
        "u_oracle",
    ] {
        let (one, other) = (value(&columns, name), value(&flags, name));
        assert!((one - other).abs() < 1e-9, "{name}: {one} {other}");
    }
    assert!((value(&columns, "u_opt") - value(&flags, "u_opt")).abs() < 0.03);
    assert_eq!(value(&columns, "u_never"), -0.5);
    assert_eq!(value(&columns, "rows"), 1500.0);
}

/// Rows with costs of their own, of which some are declined with a forced answer and some lack a cost.
fn mixed() -> Vec<Value> {
    (0..400_u32)
        .map(|at| {
            let confidence = f64::from(at * 37 % 100) / 100.0;
            let right = at * 7 % 10 < 4 + at * 37 % 100 / 20;
            let mut row = serde_json::json!({"id": at, "cost_wrong": 1 + at % 4, "cost_abstain": 0.25, "train_weight": 1 + at % 3});
            let row_ = row.as_object_mut().unwrap();
            if at % 10 == 3 {
                row_.insert("abstained".to_owned(), true.into());
                row_.insert("forced_correct".to_owned(), right.into());
            } else {
                row_.insert("confidence".to_owned(), confidence.into());
                row_.insert("correct".to_owned(), right.into());
            }
            if at % 50 == 1 {
                row_.remove("cost_wrong");
            }
            row
        })
        .collect()
}

#[test]
fn rows_may_have_costs_of_their_own() {
    let rows = mixed();
    let text: String = rows.iter().map(|row| format!("{row}\n")).collect();
    let found = found("-", text, &[]);
    let priced: Vec<&Value> = rows
        .iter()
        .filter(|row| !row["cost_wrong"].is_null())
        .collect();
    let mean = |earned: &dyn Fn(&Value, f64) -> f64| {
        let each = priced
            .iter()
            .map(|row| earned(row, row["cost_wrong"].as_f64().unwrap()));
        each.sum::<f64>() / priced.len() as f64
    };
    let paid = |right: bool, wrong: f64| if right { 1.0 } else { -wrong };
    let now = |row: &Value, wrong: f64| match row["correct"].as_bool() {
        Some(right) => paid(right, wrong),
        None => -0.25,
    };
    let stated = |row: &Value, wrong: f64| match row["confidence"].as_f64() {
        Some(confidence) if confidence > (wrong - 0.25) / (1.0 + wrong) => now(row, wrong),
        _ => -0.25,
    };
    let always = |row: &Value, wrong: f64| {
        let right = row["correct"].as_bool().or(row["forced_correct"].as_bool());
        paid(right.unwrap(), wrong)
    };
    let oracle = |row: &Value, wrong: f64| always(row, wrong).max(-0.25);
    for (name, expected) in [
        ("u_now", mean(&now)),
        ("u_stated", mean(&stated)),
        ("u_always", mean(&always)),
        ("u_oracle", mean(&oracle)),
        ("rows", priced.len() as f64),
        ("skipped.no_cost", 400.0 - priced.len() as f64),
        ("threshold_low", 0.75 / 2.0),
        ("threshold_high", 3.75 / 5.0),
    ] {
        assert!(
            (value(&found, name) - expected).abs() < 1e-9,
            "{name}: {expected} {found}"
        );
    }
    let effective = |weight: &dyn Fn(&Value) -> f64| {
        let off = rows.iter().filter_map(|row| {
            let right = f64::from(u8::from(row["correct"].as_bool()?));
            Some(weight(row) * (row["confidence"].as_f64()? - right).abs())
        });
        let off: Vec<f64> = off.collect();
        off.iter().sum::<f64>().powi(2) / off.iter().map(|g| g * g).sum::<f64>()
    };
    assert!((value(&found, "ess_plain") - effective(&|_| 1.0)).abs() < 1e-6);
    let weighted = effective(&|row| row["train_weight"].as_f64().unwrap());
    assert!((value(&found, "ess_weighted") - weighted).abs() < 1e-6);
}

#[test]
fn it_says_what_it_lacks() {
    let rows = synth("-n 100");
    let lacking = found("-", rows.clone(), &[]);
    assert_eq!(
        lacking["missing"],
        serde_json::json!(["cost_wrong"]),
        "{lacking}"
    );
    let few = found("-", synth("-n 10"), &["--cost-wrong", "2"]);
    assert!(
        few["sentence"].as_str().unwrap().contains("fewer than 20"),
        "{few}"
    );
    let silent = audit(["-"]).stdin(rows).run().report();
    assert!(!silent.contains("utility"), "{silent}");
}

#[test]
fn the_section_in_full() {
    let rows = synth("-n 900 --seed 5 --bias 1 --decline-below 0.4 --cost-wrong 3");
    let page = |width: &str| {
        let flags = ["-", "--section", "utility", "--width", width];
        audit(flags).stdin(rows.clone()).run().report()
    };
    insta::assert_snapshot!("text_80", page("80"));
    let narrow = page("60");
    assert!(
        narrow.lines().all(|line| line.chars().count() <= 60),
        "{narrow}"
    );
}

#[test]
fn bias_is_choosing_and_noise_is_learning() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, line: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, synth(line)).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let told = |base: &str, new: &str| {
        let flags = ["-f", "json", "--cost-wrong", "3"];
        let report = calib()
            .args(["compare", base, new])
            .args(flags)
            .run()
            .json();
        report["pairs"][0]["objectives"]["utility"].clone()
    };
    let honest = write("honest.jsonl", "-n 3000 --seed 6");
    let biased = write("biased.jsonl", "-n 3000 --seed 6 --bias 1.5");
    let by_bias = told(&honest, &biased);
    // The order of confidences is the same, and so is what a curve makes of them.
    assert!(
        value(&by_bias, "learning_deficit").abs() < 1e-3,
        "{by_bias}"
    );
    assert!(value(&by_bias, "u_stated") < -0.1, "{by_bias}");
    assert_ne!(by_bias["verdict"], "learning");
    // Bias spoils calibration and leaves the order of confidences alone; noise spoils the order.
    let p = |found: &Value, name: &str| found["evidence"][name]["p_value"].as_f64().unwrap();
    assert!(value(&by_bias, "corp_mcb") > 0.0 && p(&by_bias, "corp_mcb") < 0.01);
    assert!(value(&by_bias, "auroc").abs() < 1e-3, "{by_bias}");
    // Confidence that says nothing: no threshold helps.
    let blind = write("blind.jsonl", "-n 3000 --seed 6 --slope 0 --bias 0.5");
    let by_noise = told(&honest, &blind);
    assert_eq!(by_noise["verdict"], "learning", "{by_noise}");
    assert!(value(&by_noise, "learning_deficit") < -0.1, "{by_noise}");
    assert!(value(&by_noise, "corp_dsc") < 0.0 && p(&by_noise, "corp_dsc") < 0.01);
    let high = by_noise["evidence"]["auroc"]["high"].as_f64().unwrap();
    assert!(high < 0.0, "{by_noise}");
    // The honest one adjusted earns more than the blind one as it is.
    assert!(value(&by_noise, "base_adjusted") > 0.2, "{by_noise}");
}
