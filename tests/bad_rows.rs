//! What is said of rows and files that cannot be used: the code, the place to the character, and the whole message.
//!
//! The rows stand in `fixtures/bad`; the messages are snapshots.

pub(crate) mod command;

mod files;
mod surroundings;
mod table;

use std::fmt::Write;

use calib::codes;
use command::{Ended, audit, folder};
use serde_json::Value;
use surroundings::Log;
use table::Case;

#[test]
fn rows_outside_the_grammar_of_json() {
    let cases = table::cases(include_str!("../fixtures/bad/json.txt"));
    insta::assert_snapshot!("json", refused(&cases));
}

#[test]
fn rows_with_values_that_no_role_takes() {
    let cases = table::cases(include_str!("../fixtures/bad/values.txt"));
    insta::assert_snapshot!("values", refused(&cases));
}

#[test]
fn records_that_cannot_be_told_apart() {
    let cases = table::cases(include_str!("../fixtures/bad/delimited.txt"));
    insta::assert_snapshot!("delimited", refused(&cases));
}

#[test]
fn rows_that_are_counted_and_not_bad() {
    let cases = table::cases(include_str!("../fixtures/bad/counted.txt"));
    let mut said = String::new();
    for case in &cases {
        let log = &surroundings::of(case)[0];
        let report = run(log, &["-f", "json"]).report();
        assert_rows(&report, log.good + 1, 0, None, case);
        let message = warning(&report, &case.code);
        writeln!(said, "{}\n  {message}", case.name).unwrap();
    }
    insta::assert_snapshot!("counted", said);
}

/// Refuses every case in all its surroundings and gives what is said in the plain one.
fn refused(cases: &[Case]) -> String {
    let (mut said, mut wrong) = (String::new(), Vec::new());
    for case in cases {
        let logs = surroundings::of(case);
        for log in &logs {
            let ended = run(log, &flags(case, &[]));
            if let Err(why) = judge(case, log, &ended) {
                wrong.push(format!("{}, {}: {why}\n{}", case.name, log.name, ended.err));
            } else if log.name == "plain" {
                writeln!(said, "== {}\n{}", case.name, first_error(&ended.err)).unwrap();
            }
        }
        let tolerated = run(
            &logs[0],
            &flags(case, &["--max-bad-rows", "1", "-f", "json"]),
        );
        if tolerated.exit == 0 {
            assert_tolerated(case, &logs[0], &tolerated.report());
        } else {
            wrong.push(format!("{}, tolerated:\n{}", case.name, tolerated.err));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    said
}

fn flags<'f>(case: &'f Case, more: &[&'f str]) -> Vec<&'f str> {
    let own = case.setting.flags.iter().map(String::as_str);
    own.chain(more.iter().copied()).collect()
}

fn run(log: &Log, flags: &[&str]) -> Ended {
    let files = log.files.iter();
    let folder = folder(files.map(|(name, bytes)| (name.as_str(), bytes.as_slice())));
    let arguments = [&[log.argument.as_str()], flags].concat();
    audit(folder.path(), &arguments, &log.stdin)
}

/// Whether the one bad row, and it alone, is refused at its place.
fn judge(case: &Case, log: &Log, ended: &Ended) -> Result<(), String> {
    let code = codes::find(&case.code).unwrap();
    let (path, line, column) = (&log.path, log.line, log.column);
    let head = format!(
        "error[{}]: {}\n  --> {path}:{line}:{column}\n",
        code.id, code.title
    );
    let account = format!(
        "\n  rows read {} = {} used + 1 skipped ({} 1)\n",
        log.good + 1,
        log.good,
        code.reason
    );
    if ended.exit != 3 {
        Err(format!("exit {}", ended.exit))
    } else if !ended.err.starts_with(&head) {
        Err(format!("expected {head}"))
    } else if !ended.err.contains(&account) {
        Err(format!("expected {account}"))
    } else {
        Ok(())
    }
}

fn first_error(err: &str) -> &str {
    err.find("\nerror[").map_or(err, |end| &err[..end])
}

/// With bad rows allowed, the good ones are reported and the bad one is counted.
fn assert_tolerated(case: &Case, log: &Log, report: &Value) {
    let reason = codes::find(&case.code).unwrap().reason;
    assert_rows(report, log.good + 1, 1, Some(reason), case);
    assert_eq!(
        warning(report, "W114"),
        "1 bad row was skipped, as --max-bad-rows allows"
    );
    let accuracy = &report["runs"][0]["groups"][0]["metrics"]["accuracy"];
    assert_eq!(accuracy["value"], 1.0, "{}", case.name);
    assert_eq!(accuracy["n"], log.good, "{}", case.name);
}

fn assert_rows(report: &Value, read: u64, bad: u64, reason: Option<&str>, case: &Case) {
    let rows = &report["inputs"][0]["rows"];
    let skipped = rows["skipped"].as_object().unwrap();
    assert_eq!(rows["read"], read, "{}", case.name);
    assert_eq!(rows["used"], read - bad, "{}", case.name);
    let expected = reason.map(|reason| (reason.to_owned(), Value::from(bad)));
    assert!(
        skipped
            .iter()
            .map(|(reason, count)| (reason.clone(), count.clone()))
            .eq(expected),
        "{}: {skipped:?}",
        case.name
    );
}

fn warning<'r>(report: &'r Value, code: &str) -> &'r str {
    let warnings = report["warnings"].as_array().unwrap();
    let found = warnings.iter().find(|warning| warning["code"] == code);
    found
        .and_then(|warning| warning["message"].as_str())
        .unwrap_or("no warning")
}

#[test]
fn blank_lines_are_counted_and_are_no_rows() {
    for (table, blank) in [
        (include_str!("../fixtures/bad/json.txt"), 15),
        (include_str!("../fixtures/bad/delimited.txt"), 16),
    ] {
        let case = &table::cases(table)[0];
        let logs = surroundings::of(case);
        let log = logs.iter().find(|log| log.name == "blank lines between");
        let report = run(log.unwrap(), &["--max-bad-rows", "1", "-f", "json"]).report();
        let said = format!("{blank} blank lines hold no row");
        assert_eq!(warning(&report, "W111"), said, "{}", case.name);
    }
}

#[test]
fn lines_are_counted_through_all_of_a_long_log() {
    for (table, name) in [
        (include_str!("../fixtures/bad/values.txt"), "above one"),
        (
            include_str!("../fixtures/bad/delimited.txt"),
            "out of range",
        ),
    ] {
        let cases = table::cases(table);
        let case = cases.iter().find(|case| case.name == name).unwrap();
        for log in surroundings::long(case) {
            let ended = run(&log, &["-j", "2"]);
            judge(case, &log, &ended).unwrap();
        }
    }
}
