//! `calib audit --with`: what a log is before and after, and what the model leaves as it is.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::common::{Output, calib};

fn run(at: &Path, args: &[&str]) -> Output {
    calib().within(at).args(args).run()
}

/// A folder with `log.jsonl`: 100 answers at each of four confidences, so many of them right, of two tasks.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let mut text = String::new();
    let cells = [(0.2, 10), (0.4, 30), (0.6, 50), (0.8, 90)];
    let rows = cells.iter().flat_map(|(confidence, right)| {
        (0..100).map(move |row| (confidence, row < *right, row % 2))
    });
    for (id, (confidence, correct, task)) in rows.enumerate() {
        writeln!(
            text,
            "{{\"id\": {id}, \"confidence\": {confidence}, \"correct\": {correct}, \"task\": \"t{task}\"}}"
        )
        .unwrap();
    }
    fs::write(folder.path().join("log.jsonl"), text).unwrap();
    folder
}

fn fitted(at: &Path, log: &str, args: &[&str]) {
    let fit = run(at, &[&["fit", log, "-o", "m.json", "-q"], args].concat());
    assert_eq!(fit.status, Some(0), "{fit:?}");
}

fn with(at: &Path, log: &str, args: &[&str]) -> Output {
    run(at, &[&["audit", log, "--with", "m.json"], args].concat())
}

/// The cells of the lines of a page that begin with this name.
fn lines(page: &str, name: &str) -> Vec<String> {
    let lines = page.lines().map(str::trim);
    let lines = lines.filter(|line| line.starts_with(name));
    lines
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect()
}

#[test]
fn what_is_answered_before_and_after_is_shown_with_the_paired_figures() {
    let folder = folder();
    fitted(
        folder.path(),
        "log.jsonl",
        &["--method", "platt", "--target-coverage", "0.5"],
    );
    let shown = with(folder.path(), "log.jsonl", &["--width", "120"]);
    assert_eq!(shown.status, Some(0), "{shown:?}");
    let page = &shown.stdout;
    // 180 of 400 before; 140 of the 200 that are answered after, which are the pairs.
    let accuracy = lines(page, "accuracy ");
    assert!(accuracy[0].starts_with("accuracy 45.0 % ± "), "{page}");
    assert!(accuracy[0].contains(" 70.0 % ± "), "{page}");
    assert!(accuracy[0].ends_with("+25.0"), "{page}");
    assert!(accuracy[1].starts_with("accuracy 70.0 % "), "{page}");
    assert!(accuracy[1].contains(" same"), "{page}");
    let coverage = lines(page, "coverage ");
    assert!(coverage[0].starts_with("coverage 100.0 % "), "{page}");
    assert!(coverage[0].contains(" 50.0 % "), "{page}");
    let by_itself = page
        .find("each by itself, over all rows that it answers")
        .unwrap();
    let paired =
        "paired, over the same rows: those of 200 ids that are answered both before and after";
    assert!(by_itself < page.find(paired).unwrap(), "{page}");
}

#[test]
fn a_model_that_never_answers_leaves_what_was_before() {
    let folder = folder();
    fitted(
        folder.path(),
        "log.jsonl",
        &["--method", "platt", "--target-risk", "0.01"],
    );
    let shown = with(folder.path(), "log.jsonl", &["--width", "120"]);
    let page = &shown.stdout;
    let accuracy = lines(page, "accuracy ");
    assert!(accuracy[0].starts_with("accuracy 45.0 % "), "{page}");
    assert!(accuracy[0].ends_with(" n/a"), "{page}");
    let none = "paired, over the same rows: none is answered both before and after";
    assert!(page.contains(none), "{page}");
}

#[test]
fn without_a_threshold_one_table_says_it_all() {
    let folder = folder();
    fitted(folder.path(), "log.jsonl", &["--method", "platt"]);
    let shown = with(folder.path(), "log.jsonl", &[]);
    assert_eq!(lines(&shown.stdout, "accuracy ").len(), 1, "{shown:?}");
    assert!(!shown.stdout.contains("each by itself"), "{shown:?}");
}

#[test]
fn a_log_without_a_confidence_is_refused() {
    let folder = folder();
    let at = folder.path();
    fitted(at, "log.jsonl", &["--method", "platt"]);
    fs::write(at.join("bare.jsonl"), "{\"id\": 1, \"correct\": 1}\n").unwrap();
    let null = "{\"id\": 1, \"correct\": 1, \"confidence\": null}\n";
    fs::write(at.join("null.jsonl"), null).unwrap();
    let save = ["audit", "bare.jsonl", "--save", "bare.calib", "-q"];
    assert_eq!(run(at, &save).status, Some(0));
    for log in ["bare.jsonl", "null.jsonl", "bare.calib"] {
        let refused = with(at, log, &[]);
        assert_eq!(refused.status, Some(3), "{log}: {refused:?}");
        assert!(refused.stderr.contains("error[E409]"), "{log}: {refused:?}");
        let said = "so there is nothing to recalibrate";
        assert!(refused.stderr.contains(said), "{log}: {refused:?}");
        assert!(refused.stdout.is_empty(), "{log}: {refused:?}");
    }
}

#[test]
fn rows_of_groups_that_the_model_does_not_know_are_told() {
    let folder = folder();
    let at = folder.path();
    fitted(at, "log.jsonl", &["--method", "platt", "--by", "task"]);
    let known = with(at, "log.jsonl", &[]);
    assert!(!known.stdout.contains("W155"), "{known:?}");
    let other = fs::read_to_string(at.join("log.jsonl")).unwrap();
    fs::write(at.join("other.jsonl"), other.replace("t1", "t2")).unwrap();
    let said = "200 rows of groups that the model does not know: the curve of all rows";
    let applied = run(at, &["apply", "m.json", "other.jsonl"]);
    assert!(applied.stderr.contains(said), "{applied:?}");
    let shown = with(at, "other.jsonl", &["--width", "200"]);
    assert!(shown.stdout.contains("W155"), "{shown:?}");
    assert!(shown.stdout.contains(said), "{shown:?}");
}

#[test]
fn confidences_outside_of_those_fitted_on_are_told() {
    let folder = folder();
    let at = folder.path();
    fitted(at, "log.jsonl", &["--method", "platt"]);
    let inside = with(at, "log.jsonl", &[]);
    assert!(!inside.stdout.contains("W156"), "{inside:?}");
    let other = fs::read_to_string(at.join("log.jsonl")).unwrap();
    fs::write(at.join("other.jsonl"), other.replace("0.8", "0.9")).unwrap();
    let said = "fitted on confidences from 0.2 to 0.8, and 25.0 % of the confidences here (100 of 400) are outside";
    let applied = run(at, &["apply", "m.json", "other.jsonl"]);
    assert!(applied.stderr.contains("warning[W156]"), "{applied:?}");
    assert!(applied.stderr.contains(said), "{applied:?}");
    let save = ["audit", "other.jsonl", "--save", "other.calib", "-q"];
    assert_eq!(run(at, &save).status, Some(0));
    for log in ["other.jsonl", "other.calib"] {
        let shown = with(at, log, &["--width", "300"]);
        assert!(shown.stdout.contains("W156"), "{log}: {shown:?}");
        let page: Vec<_> = shown.stdout.split_whitespace().collect();
        assert!(page.join(" ").contains(said), "{log}: {shown:?}");
    }
    // Of a few, nothing is said: a new log of the same kind has them.
    let few = fs::read_to_string(at.join("log.jsonl")).unwrap();
    fs::write(at.join("few.jsonl"), few.replacen("0.8", "0.9", 4)).unwrap();
    let shown = with(at, "few.jsonl", &[]);
    assert!(!shown.stdout.contains("W156"), "{shown:?}");
}
