//! What `calib fit` chooses where groups need opposite curves, and what it says where a curve is not the answer.

use calib::maths::rng::Rng;
use calib::recalibrate::Curve;
use calib::record::Confidence;
use serde_json::{Value, json};

use crate::fit_says::Place;

/// Answers of two tasks: those of one are right oftener than stated by so much, those of the other less often.
fn opposite(by: f64) -> Place {
    let mut rng = Rng::stream(67, 0);
    let lines = (0..2_000).map(|at| {
        let confidence = 0.3 + (rng.uniform() * 40.0).round() / 100.0;
        let (task, off) = [("a", by), ("b", -by)][at % 2];
        let correct = rng.uniform() < confidence + off;
        json!({"id": at, "confidence": confidence, "correct": correct, "task": task}).to_string()
    });
    Place::of(&lines.collect::<Vec<_>>())
}

fn gain_of(report: &Value, method: &str) -> f64 {
    let methods = report["methods"].as_array().unwrap();
    let one = methods.iter().find(|one| one["method"] == method).unwrap();
    one["brier"]["value"].as_f64().unwrap()
}

#[test]
fn methods_are_chosen_by_what_their_curves_of_groups_gain() {
    let place = opposite(0.25);
    let report = place.report(&["--by", "task"]);
    assert_ne!(report["method"], "identity");
    assert_eq!(report["fault"]["verdict"], "choosing");
    let gain = report["gain"]["value"].as_f64().unwrap();
    assert!(gain > 0.05, "{gain}");
    assert_eq!(gain, gain_of(&report, report["method"].as_str().unwrap()));
    let platt = place.report(&["--by", "task", "--method", "platt"]);
    assert_eq!(gain_of(&platt, "platt"), gain_of(&report, "platt"));
    // One curve for both finds nothing to mend.
    assert_eq!(place.report(&[])["method"], "identity");
}

#[test]
fn groups_that_nothing_changes_are_not_drawn_anywhere() {
    let page = opposite(0.25).page(&["--by", "task", "--method", "identity"]);
    assert!(
        page.contains("by task: 2 groups, none of which is changed; gain"),
        "{page}"
    );
    let alike = opposite(0.0).page(&["--by", "task", "--method", "platt"]);
    assert!(
        alike.contains(
            "2 groups that differ by no more than chance, so that each takes the curve of all rows"
        ),
        "{alike}"
    );
}

#[test]
fn what_may_be_answered_by_group_is_told_where_no_curve_comes_between() {
    let place = opposite(0.0);
    let report = place.report(&["--by", "task", "--method", "identity"]);
    let reasons = &report["automation"][3]["reason"];
    assert!(
        !reasons.as_str().unwrap_or_default().contains("one curve"),
        "{reasons}"
    );
}

fn answers(correct: impl Fn(usize) -> Value) -> Place {
    let mut rng = Rng::stream(68, 0);
    let lines = (0..400).map(|at| {
        let confidence = (rng.uniform() * 100.0).round() / 100.0;
        json!({"confidence": confidence, "correct": correct(at), "weight": 1 + at % 3}).to_string()
    });
    Place::of(&lines.collect::<Vec<_>>())
}

#[test]
fn answers_of_one_class_tell_nothing_of_learning() {
    for right in [true, false] {
        let place = answers(|_| json!(right));
        let fault = &place.report(&["--map", "weight="])["fault"];
        assert_eq!(fault["verdict"], "inconclusive");
        let sentence = fault["sentence"].as_str().unwrap();
        assert!(
            sentence.ends_with("cannot be told, for these answers are all right or all wrong."),
            "{sentence}"
        );
    }
}

#[test]
fn a_refused_promise_names_what_stands_in_its_way() {
    let weighted = answers(|at| json!(at % 5 > 0)).page(&["--target-risk", "0.3"]);
    assert!(
        weighted
            .contains("(weights, where an exact bound counts rows: --map weight= leaves them out)"),
        "{weighted}"
    );
    assert!(
        weighted.contains("next: mend the reason above"),
        "{weighted}"
    );
    let graded = answers(|at| json!((at % 5) as f64 / 4.0));
    let graded = graded.page(&["--target-risk", "0.3", "--map", "weight="]);
    assert!(
        graded.contains("graded credit, where an exact bound needs"),
        "{graded}"
    );
}

#[test]
fn groups_that_answer_nothing_say_why_at_any_width() {
    let place = opposite(0.25);
    for width in ["60", "80", "140"] {
        let page = place.page(&["--by", "task", "--target-risk", "0.01", "--width", width]);
        assert!(
            page.contains("nothing in a; b: no threshold keeps the risk"),
            "{page}"
        );
    }
}

#[test]
fn a_refused_promise_keeps_the_level_that_was_asked_for() {
    let place = answers(|at| json!(at % 2 == 0));
    place.page(&[
        "--target-risk",
        "0.01",
        "--level",
        "0.9",
        "--map",
        "weight=",
    ]);
    let model = place.model();
    assert_eq!(model["threshold"], Value::Null);
    assert_eq!(model["guarantee"]["confidence"], 0.9);
}

#[test]
fn a_promise_says_which_methods_turn_the_order_around() {
    // Right where unsure: a curve with two ends falls first.
    let mut rng = Rng::stream(69, 0);
    let lines = (0..1_000).map(|_| {
        let confidence = (rng.uniform() * 100.0).round() / 100.0;
        let chance = 0.1 + 3.2 * (confidence - 0.5f64).powi(2);
        json!({"confidence": confidence, "correct": rng.uniform() < chance}).to_string()
    });
    let place = Place::of(&lines.collect::<Vec<_>>());
    let page = place.page(&["--target-risk", "0.4"]);
    let methods: Vec<_> = place.report(&["--target-risk", "0.4"])["methods"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["method"].as_str().unwrap().to_owned())
        .collect();
    for method in calib::recalibrate::METHODS
        .iter()
        .filter(|name| !methods.contains(&(**name).to_owned()))
    {
        let line = page.split("not taken, as a promise").next().unwrap();
        assert!(line.contains(method), "{method}: {page}");
    }
}

#[test]
fn a_method_without_a_curve_in_some_fold_is_not_said_to_have_none() {
    // One answer alone keeps the likelihood of a temperature from growing without end.
    let right = |at| json!({"confidence": 0.9, "correct": true, "id": at}).to_string();
    let mut lines: Vec<String> = (0..12).map(right).collect();
    lines.push(json!({"confidence": 0.9, "correct": false, "id": 99}).to_string());
    let place = Place::of(&lines);
    let output = place.run(&[
        "fit",
        "log.jsonl",
        "-o",
        "m.json",
        "--method",
        "temperature",
    ]);
    assert_eq!(output.status, Some(3), "{}", output.stdout);
    assert!(
        output
            .stderr
            .contains("temperature has one on all rows, and none without one of the 10 folds"),
        "{}",
        output.stderr
    );
}

#[test]
fn rows_of_a_venn_abers_model_carry_their_intervals() {
    let mut rng = Rng::stream(70, 0);
    let mut lines: Vec<String> = (0..200)
        .map(|at| {
            let confidence = (rng.uniform() * 20.0).round() / 20.0;
            json!({"id": at, "confidence": confidence, "correct": rng.uniform() < confidence})
                .to_string()
        })
        .collect();
    lines.push(json!({"id": 200, "correct": true}).to_string());
    let place = Place::of(&lines);
    place.page(&["--method", "venn_abers", "--target-coverage", "0.5"]);
    let curve = &place.model()["params"];
    let curve = Curve::parse("venn_abers", curve.clone()).unwrap();
    let output = place.run(&["apply", "m.json", "log.jsonl"]);
    assert_eq!(output.status, Some(0), "{}", output.stderr);
    let rows = output
        .stdout
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap());
    for row in rows {
        let ends = ["confidence_low", "confidence_high"].map(|name| row[name].as_f64());
        let stated = row["confidence_raw"]
            .as_f64()
            .map(|stated| Confidence::new(stated).unwrap());
        let interval = stated.and_then(|stated| curve.interval(stated));
        assert_eq!(
            interval.map(|(low, high)| [low, high]),
            ends[0].zip(ends[1]).map(<[f64; 2]>::from),
            "{row}"
        );
        assert_eq!(
            row["confidence"].as_f64(),
            stated.map(|stated| curve.apply(stated).get()),
            "{row}"
        );
    }
    // In other formats they are columns as well.
    place.run(&["apply", "m.json", "log.jsonl", "-o", "out.csv"]);
    let table = std::fs::read_to_string(place.path().join("out.csv")).unwrap();
    let header = "confidence,correct,id,confidence_raw,abstained,abstained_raw,confidence_low,confidence_high";
    assert_eq!(table.lines().next(), Some(header));
    // The log that was written is not recalibrated again, nor are its columns written over.
    let again = place.run(&["apply", "m.json", "out.csv"]);
    assert_eq!(again.status, Some(3), "{}", again.stderr);
}
