//! Commands that a page offers: pasted into a shell, they do what the page says.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use tempfile::TempDir;

use crate::common::{Output, calib};

fn run(at: &Path, args: &[&str]) -> Output {
    calib().within(at).args(args).run()
}

/// A log whose columns go by other names, in percent, with rows of two splits, a bad row, and refusals in part.
fn log() -> TempDir {
    let folder = TempDir::new().unwrap();
    let mut text = String::new();
    for row in 0..200 {
        let confidence = f64::from(row % 20) * 5.0 + 0.5;
        let split = if row < 100 { "it's a" } else { "b" };
        let right = u8::from(row % 3 != 0);
        writeln!(
            text,
            "{{\"n\": {row}, \"conf\": {confidence}, \"right\": {right}, \"split\": \"{split}\"}}"
        )
        .unwrap();
    }
    text.push_str("{\"n\": 200, \"conf\": 900, \"right\": 1, \"split\": \"it's a\"}\n");
    fs::write(folder.path().join("log.jsonl"), text).unwrap();
    folder
}

/// What a page offers behind `next:`, in one line.
fn next(page: &str) -> String {
    let (_, command) = page.split_once("next: ").unwrap();
    let lines: Vec<_> = command.lines().map(str::trim).collect();
    lines.join(" ").replace(" \\ ", " ").trim().to_owned()
}

/// What becomes of a command in a shell.
fn pasted(at: &Path, command: &str) -> Output {
    let program = format!("\"$0\" {}", command.strip_prefix("calib ").unwrap());
    let ran = Command::new("sh")
        .args(["-c", &program, env!("CARGO_BIN_EXE_calib")])
        .current_dir(at)
        .output()
        .unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Output {
        status: ran.status.code(),
        stdout: text(ran.stdout),
        stderr: text(ran.stderr),
    }
}

const READ: [&str; 14] = [
    "--map",
    "confidence=conf",
    "--map",
    "correct=right",
    "--id",
    "n",
    "--confidence-scale",
    "0,100",
    "--where",
    "split=it's a",
    "--max-bad-rows",
    "1",
    "--partial",
    "answer",
];

#[test]
fn a_model_is_applied_by_the_command_that_its_fit_offers() {
    let folder = log();
    let at = folder.path();
    let fit = [&["fit", "log.jsonl", "-o", "my model.json"], &READ[..]].concat();
    for width in ["60", "400"] {
        let fitted = run(at, &[&fit[..], &["--width", width]].concat());
        assert_eq!(fitted.status, Some(0), "{fitted:?}");
        let command = next(&fitted.stdout).replace("LOG", "log.jsonl");
        let applied = pasted(at, &command);
        assert_eq!(applied.status, Some(0), "{command}: {applied:?}");
        assert_eq!(
            applied.stdout.lines().count(),
            100,
            "{command}: {applied:?}"
        );
    }
}

#[test]
fn a_model_of_a_state_is_applied_by_the_flags_of_the_state() {
    let folder = log();
    let at = folder.path();
    // What to make of partial refusals is for whoever reads the state.
    let read = &READ[..12];
    let save = [&["audit", "log.jsonl", "--save", "log.calib", "-q"], read].concat();
    assert_eq!(run(at, &save).status, Some(0));
    let fitted = run(at, &["fit", "log.calib", "-o", "m.json"]);
    assert_eq!(fitted.status, Some(0), "{fitted:?}");
    let command = next(&fitted.stdout).replace("LOG", "log.jsonl");
    let applied = pasted(at, &command);
    assert_eq!(applied.status, Some(0), "{command}: {applied:?}");
}

#[test]
fn a_model_of_states_that_were_read_apart_offers_no_flags() {
    let folder = log();
    let at = folder.path();
    let text = fs::read_to_string(at.join("log.jsonl")).unwrap();
    fs::write(at.join("other.jsonl"), text.replace("right", "ok")).unwrap();
    for (log, state, correct) in [
        ("log.jsonl", "a.calib", "correct=right"),
        ("other.jsonl", "b.calib", "correct=ok"),
    ] {
        let save = ["audit", log, "--save", state, "-q", "--map", correct];
        let save = [&save, &READ[..2], &READ[4..12]].concat();
        let saved = run(at, &save);
        assert_eq!(saved.status, Some(0), "{saved:?}");
    }
    let merged = run(at, &["merge", "a.calib", "b.calib", "-o", "ab.calib"]);
    assert_eq!(merged.status, Some(0), "{merged:?}");
    let fitted = run(at, &["fit", "ab.calib", "-o", "m.json"]);
    assert_eq!(fitted.status, Some(0), "{fitted:?}");
    let said = next(&fitted.stdout);
    assert!(
        said.contains("the flags that this log is read with"),
        "{said}"
    );
}

#[test]
fn without_flags_the_command_has_none() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let rows: String = (0..20)
        .map(|row| format!("{{\"confidence\": 0.{row:02}, \"correct\": {}}}\n", row % 2))
        .collect();
    fs::write(at.join("log.jsonl"), rows).unwrap();
    let fitted = run(at, &["fit", "log.jsonl", "-o", "m.json"]);
    assert_eq!(next(&fitted.stdout), "calib apply m.json LOG");
}

#[test]
fn a_fit_on_pairs_offers_nothing_that_would_stop() {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let mut table = "a_p,a_y,b_p,b_y\n".to_owned();
    for row in 0..40 {
        let p = f64::from(row) / 40.0;
        writeln!(table, "{p},{},{},{}", row % 2, 1.0 - p, row % 3 / 2).unwrap();
    }
    fs::write(at.join("wide.csv"), table).unwrap();
    let pairs = ["--pairs", "*_p=*_y"];
    let fitted = run(
        at,
        &[&["fit", "wide.csv", "-o", "m.json"][..], &pairs].concat(),
    );
    assert_eq!(fitted.status, Some(0), "{fitted:?}");
    assert!(!fitted.stdout.contains("calib apply m.json"), "{fitted:?}");
    let said = next(&fitted.stdout);
    assert!(said.contains("one row for each confidence"), "{said}");
}

#[test]
fn a_log_on_another_scale_is_refused_by_the_scale_of_the_model() {
    let folder = log();
    let at = folder.path();
    let fit = [&["fit", "log.jsonl", "-o", "m.json", "-q"], &READ[..12]].concat();
    assert_eq!(run(at, &fit).status, Some(0));
    let mapped = &READ[..6];
    for command in [
        &["apply", "m.json", "log.jsonl"][..],
        &["audit", "log.jsonl", "--with", "m.json"],
    ] {
        let refused = run(at, &[command, mapped].concat());
        assert_eq!(refused.status, Some(3), "{refused:?}");
        assert!(refused.stderr.contains("error[E334]"), "{refused:?}");
        let way = "pass --confidence-scale 0,100";
        assert!(refused.stderr.contains(way), "{refused:?}");
        assert!(!refused.stderr.contains("E103"), "{refused:?}");
    }
}
