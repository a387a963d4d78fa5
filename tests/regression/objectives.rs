//! Faults of the audits of training objectives.

use serde_json::{Value, json};

use crate::common::audit;

/// What the sections find in rows, each as often as said, with an id for every row or without any.
fn objectives(rows: &[(Value, usize)], ids: bool, flags: &[&str]) -> Value {
    let all = rows
        .iter()
        .flat_map(|(row, times)| (0..*times).map(move |_| row));
    let text: String = all
        .enumerate()
        .map(|(at, row)| {
            let mut row = row.clone();
            if ids {
                row["id"] = json!(format!("r{at}"));
            }
            format!("{row}\n")
        })
        .collect();
    let flags = ["-", "-f", "json"].iter().chain(flags);
    let report = audit(flags).stdin(text).run().json();
    report["runs"][0]["groups"][0]["objectives"].clone()
}

fn figure(section: &Value, name: &str, of: &str) -> f64 {
    let figure = &section["evidence"][name];
    figure[of]
        .as_f64()
        .unwrap_or_else(|| panic!("{name}: {section}"))
}

#[test]
fn forced_answers_of_rows_without_ids_are_each_a_row() {
    let row = |abstained: bool, forced: u8| json!({"should_abstain": false, "abstained": abstained, "forced_correct": forced});
    let rows = [
        (row(true, 0), 40),
        (row(true, 1), 10),
        (row(false, 0), 30),
        (row(false, 1), 120),
    ];
    let [with, without] = [true, false].map(|ids| objectives(&rows, ids, &[]));
    let [with, without] = [&with["direction"], &without["direction"]];
    for name in ["refusal_index", "forced_error_abstained", "forced_error"] {
        for of in ["value", "low", "high", "n"] {
            let (ours, theirs) = (figure(without, name, of), figure(with, name, of));
            assert!((ours - theirs).abs() < 1e-9, "{name}.{of}: {ours} {theirs}");
        }
    }
    let p = |section: &Value| section["evidence"]["refusal_p_value"].clone();
    assert_eq!(p(with), p(without));
    assert!(p(with).as_f64().unwrap() < 1e-6);
}

/// Confidences in prompts to decline and to answer, without any abstention.
fn unabstained() -> Vec<(Value, usize)> {
    let row = |confidence: f64, should: bool| json!({"should_abstain": should, "confidence": confidence, "correct": !should});
    let levels = [
        (0.1, 30, 4),
        (0.3, 40, 20),
        (0.5, 40, 36),
        (0.7, 20, 40),
        (0.9, 6, 40),
    ];
    let rows = levels.map(|(confidence, decline, answer)| {
        [
            (row(confidence, true), decline),
            (row(confidence, false), answer),
        ]
    });
    rows.into_iter().flatten().collect()
}

#[test]
fn confidences_of_rows_without_ids_are_swept_row_by_row() {
    let rows = unabstained();
    let [with, without] = [true, false].map(|ids| objectives(&rows, ids, &[]));
    let [with, without] = [&with["direction"], &without["direction"]];
    for name in ["zroc_slope", "d_a", "abstention_auroc"] {
        assert_eq!(figure(with, name, "value"), figure(without, name, "value"));
        let wide = |section| figure(section, name, "high") - figure(section, name, "low");
        let ratio = wide(without) / wide(with);
        assert!((0.75..1.3).contains(&ratio), "{name}: {ratio}");
        let method = without["evidence"][name]["method"].as_str().unwrap();
        assert!(method.contains("276 clusters"), "{method}");
    }
}

#[test]
fn labelled_confidences_are_no_samples_of_prompts() {
    let rows: String = unabstained()
        .iter()
        .flat_map(|(row, times)| (0..*times).map(move |_| row))
        .enumerate()
        .map(|(at, row)| {
            let mut row = row.clone();
            row["id"] = json!(format!("r{}", at % 90));
            format!("{row}\n")
        })
        .collect();
    let report = audit(["-", "-f", "json"]).stdin(rows).run().json();
    let objectives = &report["runs"][0]["groups"][0]["objectives"];
    assert_eq!(objectives["rollouts"], Value::Null);
    assert!(figure(&objectives["direction"], "zroc_slope", "n") > 200.0);
}

#[test]
fn rows_without_ids_that_say_the_same_are_not_in_one_fold() {
    let row = |confidence: f64, correct: bool| json!({"confidence": confidence, "correct": correct, "cost_wrong": 1});
    let rows = [
        (row(0.9, true), 160),
        (row(0.9, false), 40),
        (row(0.3, true), 30),
        (row(0.3, false), 70),
    ];
    let found = objectives(&rows, false, &["--section", "utility"]);
    // Two thirds of what is said with 0.9 is won by answering it, and nothing by answering the rest.
    let best = figure(&found["utility"], "u_opt", "value");
    assert!((best - 120.0 / 300.0).abs() < 1e-9, "{best}");
}

/// Of a log in which few rows have a column, costs by flag see all rows, and forced answers where there are any.
#[test]
fn forced_answers_count_under_costs_where_answers_have_none() {
    let answer = |confidence: f64, correct: bool| json!({"confidence": confidence, "correct": correct, "abstained": false});
    let silent = |forced: bool| json!({"abstained": true, "forced_correct": forced});
    let rows = [
        (answer(0.9, true), 80),
        (answer(0.9, false), 20),
        (answer(0.2, false), 40),
        (silent(true), 30),
        (silent(false), 10),
        (json!({"abstained": true}), 20),
    ];
    for ids in [true, false] {
        let found = objectives(&rows, ids, &["--cost-wrong", "1"]);
        let utility = &found["utility"];
        let value = |name| figure(utility, name, "value");
        assert_eq!(value("u_now"), (80.0 - 60.0) / 200.0);
        assert_eq!(value("u_always"), (80.0 - 60.0 + 30.0 - 10.0) / 200.0);
        assert_eq!(value("u_oracle"), 110.0 / 200.0);
        assert_eq!(utility["evidence"]["declined"], 60.0);
        assert_eq!(utility["evidence"]["rows"], 200.0);
    }
}
