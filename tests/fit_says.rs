//! What `calib fit` and what reads its models say: of what a share is, what is bounded, and what cannot be told.

use std::fs;
use std::path::Path;

use calib::evidence::{Evidence, Partial};
use calib::maths::rng::Rng;
use calib::recalibrate::threshold::utility;
use calib::recalibrate::{CALIBRATORS, Fitting, Folds};
use calib::record::{Confidence, Record};
use serde_json::Value;

use crate::common::{Output, calib};

/// A directory with a log of these lines.
pub(crate) struct Place(tempfile::TempDir);

impl Place {
    pub(crate) fn of(lines: &[String]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("log.jsonl"), lines.join("\n") + "\n").unwrap();
        Self(folder)
    }

    pub(crate) fn path(&self) -> &Path {
        self.0.path()
    }

    pub(crate) fn run(&self, args: &[&str]) -> Output {
        calib().within(self.path()).args(args.iter().copied()).run()
    }

    /// The page of a fit, in one line.
    pub(crate) fn page(&self, args: &[&str]) -> String {
        let output = self.run(&[&["fit", "log.jsonl", "-o", "m.json"], args].concat());
        assert_eq!(output.status, Some(0), "{}", output.stderr);
        one_line(&output.stdout)
    }

    pub(crate) fn report(&self, args: &[&str]) -> Value {
        let fit = ["fit", "log.jsonl", "-o", "m.json", "-f", "json"];
        let output = self.run(&[&fit, args].concat());
        assert_eq!(output.status, Some(0), "{}", output.stderr);
        serde_json::from_str(&output.stdout).unwrap()
    }

    fn explained(&self) -> String {
        one_line(&self.run(&["explain", "m.json"]).stdout)
    }

    pub(crate) fn model(&self) -> Value {
        serde_json::from_slice(&fs::read(self.path().join("m.json")).unwrap()).unwrap()
    }
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Answers that are right with the chance 0.2 + 0.6 confidence.
fn answers(rows: u64) -> Vec<(f64, bool)> {
    let mut rng = Rng::stream(66, 0);
    let mut answer = |_| {
        let confidence = (rng.uniform() * 100.0).round() / 100.0;
        (confidence, rng.uniform() < 0.2 + 0.6 * confidence)
    };
    (0..rows).map(&mut answer).collect()
}

fn line((confidence, correct): &(f64, bool)) -> String {
    format!("{{\"confidence\": {confidence}, \"correct\": {correct}}}")
}

fn partly_declined() -> Place {
    let mut lines: Vec<_> = answers(1_000).iter().map(line).collect();
    let declined = "{\"confidence\": null, \"abstained\": true}";
    lines.extend((0..600).map(|_| declined.to_owned()));
    Place::of(&lines)
}

#[test]
fn a_share_says_of_what_it_is() {
    let place = partly_declined();
    let report = place.report(&["--target-coverage", "0.5"]);
    let threshold = &report["threshold"];
    let of_all = threshold["of_all_rows"].as_f64().unwrap();
    let share = threshold["coverage"].as_f64().unwrap();
    assert!((of_all - share * 1_000.0 / 1_600.0).abs() < 1e-12);
    let applied = place.run(&["apply", "m.json", "log.jsonl"]).stdout;
    let answered = applied.matches("\"abstained\": false").count();
    assert_eq!(answered as f64, (of_all * 1_600.0).round());
    let percent = |share: f64| format!("{:.1} %", share * 100.0);
    let page = place.page(&["--target-coverage", "0.5"]);
    let expected = format!(
        "which is {} of the 1,000 graded answers with a confidence and {} of all rows",
        percent(share),
        percent(of_all)
    );
    assert!(page.contains(&expected), "{page}");
    let explained = place.explained();
    let expected = "of the 1000 graded answers with a confidence that it was fitted on";
    assert!(explained.contains(expected), "{explained}");
}

#[test]
fn what_others_would_be_answered_is_not_made_up() {
    let mut lines: Vec<_> = answers(200).iter().map(line).collect();
    let ungraded = "{\"confidence\": 0.7, \"abstained\": false, \"should_abstain\": true}";
    lines.extend((0..50).map(|_| ungraded.to_owned()));
    let report = Place::of(&lines).report(&["--target-coverage", "0.5"]);
    assert_eq!(report["threshold"].get("of_all_rows"), None);
}

#[test]
fn only_a_threshold_that_was_sought_for_a_bound_has_one() {
    let place = partly_declined();
    let rows = answers(1_000);
    for goal in [["--target-coverage", "0.5"], ["--cost-wrong", "1.5"]] {
        let args = [&["--method", "isotonic"][..], &goal].concat();
        let report = place.report(&args);
        let threshold = &report["threshold"];
        assert!(threshold["bound"].is_null() && threshold["reason"].is_string());
        let model = place.model();
        let guarantee = &model["guarantee"];
        assert!(guarantee["bound"].is_null() && guarantee["confidence"].is_null());
        assert_eq!(guarantee["observed"], threshold["observed"]);
        let (folds, unseen) = unseen(&rows, "isotonic");
        let from = threshold["threshold"].as_f64().unwrap();
        let kept = folds
            .rows()
            .iter()
            .zip(&unseen)
            .filter(|(_, p)| **p >= from);
        let (all, right) = kept.fold((0.0, 0.0), |sums, (row, _)| {
            (sums.0 + row.totals.w(), sums.1 + row.totals.wy())
        });
        let observed = threshold["observed"].as_f64().unwrap();
        assert!((observed - (1.0 - right / all)).abs() < 1e-12, "{observed}");
        let (page, explained) = (place.page(&args), place.explained());
        assert!(
            page.contains("of them wrong out of fold (no bound: "),
            "{page}"
        );
        assert!(
            explained.contains("are wrong, out of fold no bound: "),
            "{explained}"
        );
        for text in [page, explained] {
            let goal = text
                .split("chosen for")
                .last()
                .unwrap_or_default()
                .to_owned();
            let goal = goal.split("threshold for").last().unwrap_or_default();
            let said = goal.split(" fitted on ").next().unwrap_or_default();
            assert!(!said.contains("with a confidence of 95 %"), "{said}");
        }
    }
}

/// The folds of a log without identities, and what curves give that have not seen the row.
fn unseen(rows: &[(f64, bool)], method: &str) -> (Folds, Vec<f64>) {
    let mut evidence = Evidence::default();
    for (confidence, right) in rows {
        evidence.add(&Record {
            confidence: Confidence::new(*confidence),
            credit: Some(f64::from(u8::from(*right))),
            ..Record::default()
        });
    }
    let folds = Folds::of(&evidence, Partial::Abstain, 0).unwrap();
    let method = CALIBRATORS.iter().find(|one| one.id == method).unwrap();
    let unseen = folds.out_of_fold(method, &Fitting::default()).unwrap();
    (folds, unseen)
}

#[test]
fn the_gain_in_utility_is_out_of_fold() {
    let rows = answers(400);
    let place = Place::of(&rows.iter().map(line).collect::<Vec<_>>());
    let args = [
        "--method",
        "isotonic",
        "--cost-wrong",
        "1.5",
        "--cost-abstain",
        "0.1",
    ];
    let report = place.report(&args);
    let gain = &report["threshold"]["utility"];
    let (folds, unseen) = unseen(&rows, "isotonic");
    let from = report["threshold"]["threshold"].as_f64().unwrap();
    let sample = utility(&folds, &unseen, from, 1.5, 0.1);
    assert!((gain["value"].as_f64().unwrap() - sample.mean().unwrap()).abs() < 1e-12);
    let method = gain["method"].as_str().unwrap();
    assert!(
        method.starts_with("paired ") && method.ends_with(", out of fold"),
        "{method}"
    );
    let page = place.page(&args);
    assert!(
        page.contains("gain in utility over answering all, out of fold, "),
        "{page}"
    );
}

#[test]
fn a_recalibrated_log_is_not_recalibrated_again_by_an_audit() {
    let place = partly_declined();
    for goal in [&[][..], &["--target-coverage", "0.5"]] {
        place.page(goal);
        let applied = place.run(&["apply", "m.json", "log.jsonl", "-o", "applied.jsonl"]);
        assert_eq!(applied.status, Some(0), "{}", applied.stderr);
        let again = place.run(&["apply", "m.json", "applied.jsonl"]);
        let audited = place.run(&["audit", "applied.jsonl", "--with", "m.json"]);
        assert_eq!(again.status, audited.status);
        for output in [again, audited] {
            assert!(output.stderr.contains("error[E335]"), "{}", output.stderr);
            assert!(output.stdout.is_empty());
        }
        fs::remove_file(place.path().join("applied.jsonl")).unwrap();
        let first = place.run(&["audit", "log.jsonl", "--with", "m.json"]);
        assert_eq!(first.status, Some(0), "{}", first.stderr);
    }
}

#[test]
fn no_fault_is_told_where_none_is_shown() {
    // Right as often as stated, and ranked a little better than chance: too little for a gain over the accuracy.
    let rows: Vec<String> = (0..800_u32)
        .map(|row| (if row % 2 == 0 { 0.55 } else { 0.45 }, row))
        .map(|(confidence, row)| (confidence, row / 2 % 20 < if row % 2 == 0 { 11 } else { 9 }))
        .map(|row| line(&row))
        .collect();
    let report = Place::of(&rows).report(&["--method", "platt"]);
    assert_eq!(report["fault"]["verdict"], "none", "{}", report["fault"]);
    let skill = &report["fault"]["skill"];
    assert!(skill["low"].as_f64().unwrap() < 0.0, "{skill}");
    // Where no curve is tried, nothing is told.
    let report = Place::of(&rows).report(&["--method", "identity"]);
    assert_eq!(report["fault"]["verdict"], "inconclusive");
    // Confidences that say nothing still are a fault.
    let blind: Vec<String> = (0..1_000_u32)
        .map(|row| line(&(0.25 + 0.5 * f64::from(row % 2), row / 2 % 2 == 0)))
        .collect();
    let report = Place::of(&blind).report(&["--method", "platt"]);
    assert_eq!(report["fault"]["verdict"], "both");
    // Level as a whole, and blind: no curve gains, and nothing is told.
    let level: Vec<String> = (0..1_000_u32)
        .map(|row| line(&(0.45 + 0.1 * f64::from(row % 2), row / 2 % 2 == 0)))
        .collect();
    let report = Place::of(&level).report(&["--method", "platt"]);
    assert_eq!(
        report["fault"]["verdict"], "learning",
        "{}",
        report["fault"]
    );
}

#[test]
fn thresholds_of_groups_stand_alone() {
    let rows = answers(2_000);
    let of = |group: &dyn Fn(usize) -> usize| -> Vec<String> {
        let rows = rows.iter().enumerate();
        let in_group = |(at, row): (usize, &(f64, bool))| {
            line(row).replace('}', &format!(", \"g\": \"{}\"}}", group(at)))
        };
        rows.map(in_group).collect()
    };
    let one = Place::of(&of(&|_| 0)).page(&["--by", "g"]);
    assert!(
        one.contains("by g: 1 group, which has the curve of all rows; gain"),
        "{one}"
    );
    let two = Place::of(&of(&|at| at % 2)).page(&["--by", "g", "--target-risk", "0.3"]);
    assert!(two.contains("2 groups with curves of their own"), "{two}");
    assert!(
        !two.contains("what may be answered") && !two.contains("nothing: "),
        "{two}"
    );
    assert!(two.contains("thresholds for at most 0.3"), "{two}");
}

#[test]
fn kinds_that_are_bounded_together_are_named() {
    let mut lines: Vec<_> = answers(200).iter().map(line).collect();
    let of = |kind: &str| {
        format!(
            "{{\"confidence\": 0.3, \"abstained\": false, \"should_abstain\": true, \"kind\": \"{kind}\"}}"
        )
    };
    lines.extend((0..80).map(|_| of("epistemic")));
    let args = ["--target-over-answer", "0.2"];
    let report = Place::of(&lines).report(&args);
    assert_eq!(report["threshold"].get("note"), None);
    lines.extend((0..70).map(|_| of("safety")));
    let place = Place::of(&lines);
    let note = "80 unanswerable and 70 harmful prompts together";
    let page = place.page(&args);
    assert!(page.contains(note), "{page}");
    let report = place.report(&[&args[..], &["--by", "kind"]].concat());
    assert_eq!(report["threshold"].get("note"), None);
}

#[test]
fn a_curve_of_one_confidence_says_so() {
    let rows = (0..200).map(|row| line(&(1.0, row % 5 > 0)));
    let place = Place::of(&rows.collect::<Vec<_>>());
    let page = place.page(&[]);
    assert!(
        page.contains("has a confidence of 1: the curve rests on that one value"),
        "{page}"
    );
    assert!(
        place
            .explained()
            .contains("all of them of the one confidence 1: what")
    );
    let many = Place::of(&answers(200).iter().map(line).collect::<Vec<_>>());
    let page = many.page(&[]);
    assert!(!page.contains("rests on that one value"), "{page}");
    let [low, high] = [0, 1].map(|end| many.model()["fitted"]["stated"][end].as_f64().unwrap());
    let range = format!("confidences from {low} to {high}");
    assert!(many.explained().contains(&range), "{range}");
}

#[test]
fn limits_that_mean_nothing_are_refused_in_words() {
    let place = partly_declined();
    let refused = |flag: &str, value: &str, expected: &str| {
        let output = place.run(&["fit", "log.jsonl", "-o", "m.json", flag, value]);
        assert_eq!(output.status, Some(2));
        assert!(output.stderr.contains(expected), "{}", output.stderr);
    };
    refused(
        "--target-coverage",
        "1",
        "without a threshold everything is answered",
    );
    refused(
        "--target-coverage",
        "1.5",
        "expected a number between 0 and 1",
    );
    refused(
        "--target-risk",
        "0",
        "no number of answers shows that none is amiss",
    );
    refused(
        "--target-over-answer",
        "0",
        "no number of answers shows that none is amiss",
    );
    let page = place.page(&["--cost-wrong", "0"]);
    assert!(page.contains("wrong = 0, abstained = 0"), "{page}");
    let output = place.run(&["explain", "none.json"]);
    assert!(
        output.stderr.contains("cannot open the file"),
        "{}",
        output.stderr
    );
}

#[test]
fn every_row_is_accounted_for_and_odd_reading_is_said() {
    let mut lines: Vec<_> = answers(200).iter().map(line).collect();
    lines.push("{\"confidence\": 87, \"correct\": true}".to_owned());
    lines.push(String::new());
    let place = Place::of(&lines);
    let allowed = ["--max-bad-rows", "1"];
    let page = place.page(&allowed);
    let account = "201 rows read = 200 used + 1 skipped (out_of_range 1)";
    assert!(page.contains(account), "{page}");
    let report = place.report(&allowed);
    let account = &report["account"];
    assert_eq!(account["read"], 201);
    assert_eq!(account["used"], 200);
    let warnings = report["warnings"].as_array().unwrap();
    assert!(!warnings.is_empty(), "{report}");
    for warning in warnings {
        let code = warning["code"].as_str().unwrap();
        assert!(page.contains(code), "{code}: {page}");
    }
}
