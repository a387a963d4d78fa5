//! The readers of JSON Lines against each other: whatever way a row is read, it says the same.
//!
//! Rows whose ends differ from each other are read key by key, and those of which one key has an escape besides by the
//! scanner alone. Logs of either must give the report of the same rows written alike, byte for byte, and name the same bad
//! rows at the same places.

use std::fs;

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;
use tempfile::TempDir;

use crate::common::{Output, calib, root};
use crate::held;

/// Ways to write a value of any role, common and odd.
const VALUES: &[&str] = &[
    "true",
    "false",
    "null",
    "0",
    "1",
    "1.0",
    "-0.0",
    "-0",
    "0.5",
    "0.25",
    "0.1234567890123456789",
    "1e-3",
    "1E0",
    "2",
    "-1",
    "NaN",
    "Infinity",
    "-Infinity",
    "[0.5]",
    "[1,2]",
    "{}",
    r#"{"a":1}"#,
    r#""""#,
    r#""yes""#,
    r#""no""#,
    r#""0.75""#,
    r#""n/a""#,
    r#"" nan ""#,
    r#""-""#,
    r#""-x""#,
    r#""n""#,
    r#""None""#,
    r#""gsm8k""#,
    r#"" gsm8k ""#,
    r#""a\tb""#,
    r#""\u00e9""#,
    r#""\ud83d\ude00""#,
    r#""\ud83d""#,
    r#""é""#,
    r#""a long text that is more than thirty-two bytes, with \"quotes\"""#,
    "12345678901234567890",
];

/// Pieces of rows that fit each other more often than chance has it.
const PIECES: &[&str] = &[
    r#"{"id":"#,
    r#"{"correct":true"#,
    r#","confidence":"#,
    r#","note":"#,
    r#"{"correct":true,"confidence":0.5,"note":"#,
    "}",
    "}",
    "}\n",
    "\n",
    " ",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\",
    "\u{c}",
];

/// Values that are as they should be, of each column.
const COLUMNS: &[(&str, &[&str])] = &[
    ("id", &[r#""a""#, r#""b""#, "7", r#""gpqa/1""#]),
    ("model", &[r#""m1""#, r#""m1""#, r#""m2""#]),
    ("task", &[r#""gsm8k""#, r#""xstest""#]),
    ("note", &[r#""x""#, "1", "[1]", "null"]),
    ("confidence", &["0.9", "0.5", "1", "0", "0.1250"]),
    ("correct", &["true", "false"]),
    ("abstained", &["false", "false", "true"]),
    ("answerable", &["true", "false"]),
    ("answer", &[r#""A""#, r#""""#, "4"]),
    ("target", &[r#""A""#, r#""B""#]),
];

/// The members of rows that have these columns: mostly as they should be.
fn row(columns: Vec<usize>) -> impl Strategy<Value = Vec<String>> {
    let member = |column: usize| {
        let (name, usual) = COLUMNS[column];
        let value = prop_oneof![12 => select(usual), 1 => select(VALUES)];
        value.prop_map(move |value| format!(r#""{name}":{value}"#))
    };
    columns.into_iter().map(member).collect::<Vec<_>>()
}

/// Rows of one or two kinds, each with its columns in its order.
fn rows() -> impl Strategy<Value = Vec<Vec<String>>> {
    let kind = || {
        let all: Vec<usize> = (0..COLUMNS.len()).collect();
        prop::sample::subsequence(all, 3..=COLUMNS.len()).prop_shuffle()
    };
    (kind(), kind()).prop_flat_map(|(one, other)| {
        let row = prop_oneof![3 => row(one), 1 => row(other)];
        prop::collection::vec(row, 1..40)
    })
}

/// What the program says of these rows, each with such an end.
fn said(rows: &[Vec<String>], end: impl Fn(usize) -> String, flags: &[&str]) -> Output {
    let dir = TempDir::new().unwrap();
    let lines = rows.iter().enumerate();
    let text: String = lines
        .map(|(at, members)| format!("{{{}{}}}\n", members.join(","), end(at)))
        .collect();
    fs::write(dir.path().join("log.jsonl"), text).unwrap();
    let common = [
        "audit",
        "log.jsonl",
        "-f",
        "json",
        "--resamples",
        "19",
        "-q",
    ];
    calib().within(dir.path()).args(common).args(flags).run()
}

fn alike(_: usize) -> String {
    r#","extra":1"#.to_owned()
}

fn spaced(at: usize) -> String {
    format!(r#"{},"extra":1"#, " ".repeat(at))
}

fn escaped(at: usize) -> String {
    format!(r#"{},"e\u0078tra":1"#, " ".repeat(at))
}

/// A row may be nested as deep and be as wide as it is long: neither the stack nor memory bounds what is learned from it.
#[test]
fn rows_without_shape_are_read_and_not_learned() {
    let nested = format!(
        r#"{{"id":"a","correct":true,"confidence":0.9,"x":{}1{}}}"#,
        r#"{"a":"#.repeat(200_000),
        "}".repeat(200_000)
    );
    let keys: String = (0..100_000).map(|at| format!(r#","k{at}":{at}"#)).collect();
    let wide = format!(r#"{{"id":"b","correct":false,"confidence":0.4{keys}}}"#);
    let log = format!("{nested}\n{nested}\n{wide}\n{wide}\n");
    let run = calib().args(["audit", "-", "-f", "json", "--resamples", "19"]);
    let report: Value = serde_json::from_str(&run.stdin(log).run().stdout).unwrap();
    assert_eq!(report["inputs"][0]["rows"]["used"], 4);
}

/// What the fuzzer begins with is held here too, cut anywhere; a package comes without it.
#[test]
fn seeds_of_the_fuzzer_are_read_alike_wherever_they_are_cut() {
    let Ok(seeds) = fs::read_dir(root().join("fuzz/seeds")) else {
        return;
    };
    for seed in seeds {
        let bytes = fs::read(seed.unwrap().path()).unwrap();
        for end in 0..=bytes.len() {
            held::hold(&bytes[..end]);
        }
    }
}

proptest! {
    #[test]
    fn rows_of_many_shapes_are_read_alike(rows in rows()) {
        let lines: Vec<_> = rows.iter().map(|members| format!("{{{}}}", members.join(","))).collect();
        held::hold(lines.join("\n").as_bytes());
    }

    #[test]
    fn rows_are_accepted_where_serde_json_accepts_them(
        pieces in prop::collection::vec(prop_oneof![select(VALUES), select(PIECES)], 0..12)
    ) {
        held::hold(pieces.concat().as_bytes());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn rows_written_alike_are_read_as_rows_that_are_not(rows in rows(), by: bool, strict: bool) {
        let mut flags = vec!["--max-bad-rows", "100%"];
        if by {
            flags.extend(["--by", "task,note"]);
        }
        if strict {
            flags.extend(["--missing-confidence", "error"]);
        }
        let alike = said(&rows, alike, &flags);
        for ends in [spaced, escaped] {
            let apart = said(&rows, ends, &flags);
            prop_assert_eq!(alike.status, apart.status);
            prop_assert_eq!(&alike.stdout, &apart.stdout);
            prop_assert_eq!(places(&alike), places(&apart));
        }
    }

    /// A column of weights takes every row out of the plainest kind, and weights of 1 say nothing.
    #[test]
    fn delimited_rows_are_read_alike_with_weights_and_without(
        rows in delimited(),
        crlf: bool,
        by: bool,
        strict: bool,
    ) {
        let mut flags = vec!["--max-bad-rows", "100%"];
        if by {
            flags.extend(["--by", "task,note"]);
        }
        if strict {
            flags.extend(["--missing-confidence", "error"]);
        }
        let end = if crlf { "\r\n" } else { "\n" };
        let (plain, weighted) = (tabled(&rows, ["", ""], end, &flags), tabled(&rows, [",weight", ",1"], end, &flags));
        prop_assert_eq!(plain.status, weighted.status);
        prop_assert_eq!(counted(&plain), counted(&weighted));
        prop_assert_eq!(places(&plain), places(&weighted));
    }
}

/// What a report counts, apart from the names of columns.
pub(crate) fn counted(output: &Output) -> Option<(Value, Value)> {
    let report: Option<Value> = serde_json::from_str(&output.stdout).ok();
    report.map(|report| (report["runs"].clone(), report["inputs"][0]["rows"].clone()))
}

/// The places of the bad rows that are named.
pub(crate) fn places(output: &Output) -> Vec<String> {
    let lines = output.stderr.lines();
    lines
        .filter(|line| line.contains("log."))
        .map(str::to_owned)
        .collect()
}

/// Cells of the columns, mostly as they should be.
fn delimited() -> impl Strategy<Value = Vec<Vec<String>>> {
    let cell = |(name, usual): &(&'static str, &'static [&'static str])| {
        let usual: &'static [&'static str] = usual;
        let odd = if *name == "id" {
            vec![
                "",
                "a",
                "n/a",
                "\"a\"",
                "\"a, \"\"b\"\"\"",
                "\"a\nb\"",
                "a\"",
                "\"a\"b",
            ]
        } else {
            vec![
                "", "NA", "yes", "0", "1", "1.0", "0.0", "0.5", " 1", "1 ", "True", "x", "\"\"",
                "\"0.25\"", "5%", "\"\"\"\"", "é", "-", "-0", "1e0",
            ]
        };
        let value = prop_oneof![12 => select(usual), 1 => select(odd)];
        let quoted =
            |value: &str| value.len() > 1 && value.starts_with('"') && value.ends_with('"');
        value.prop_map(move |value| match usual.contains(&value) && quoted(value) {
            true => value[1..value.len() - 1].to_owned(),
            false => value.to_owned(),
        })
    };
    let row: Vec<_> = COLUMNS.iter().map(cell).collect();
    prop::collection::vec(row, 1..40)
}

fn tabled(rows: &[Vec<String>], [column, cell]: [&str; 2], end: &str, flags: &[&str]) -> Output {
    let dir = TempDir::new().unwrap();
    let names: Vec<_> = COLUMNS.iter().map(|(name, _)| *name).collect();
    let lines = rows
        .iter()
        .map(|cells| format!("{}{cell}{end}", cells.join(",")));
    let text: String = lines.collect();
    let header = names.join(",");
    fs::write(
        dir.path().join("log.csv"),
        format!("{header}{column}{end}{text}"),
    )
    .unwrap();
    let common = ["audit", "log.csv", "-f", "json", "--resamples", "19", "-q"];
    calib().within(dir.path()).args(common).args(flags).run()
}

/// A value with an escape is left to the scanner, and leaves no name behind that the next could be taken for.
#[test]
fn rows_without_a_name_of_their_group_are_missing_it_whatever_came_before() {
    let row = |group: &str| format!("{{\"g\":\"{group}\",\"confidence\":0.9,\"correct\":true}}\n");
    let dir = TempDir::new().unwrap();
    let log = ["a", r#"q\"q"#, "", "a", ""].map(row).concat();
    fs::write(dir.path().join("log.jsonl"), log).unwrap();
    let flags = ["audit", "log.jsonl", "-f", "json", "--by", "g"];
    let output = calib().within(dir.path()).args(flags).run();
    let report: Value = serde_json::from_str(&output.stdout).unwrap();
    let groups = report["runs"][0]["groups"].as_array().unwrap();
    let rows = |group: &Value| {
        (
            group["by"]["g"].clone(),
            group["metrics"]["coverage"]["n"].clone(),
        )
    };
    let found: Vec<_> = groups.iter().skip(1).map(rows).collect();
    let expected = [("(missing)", 2), ("a", 2), ("q\"q", 1)];
    assert_eq!(
        found,
        expected.map(|(name, rows)| (name.into(), rows.into()))
    );
}

#[test]
fn a_role_that_is_mapped_tells_groups_apart_by_its_column_however_rows_are_written() {
    let row = |judge_first: bool, correct: &str| match judge_first {
        true => format!(
            "{{\"judge\":\"x\",\"model\":\"a\",\"confidence\":0.5,\"correct\":{correct}}}\n"
        ),
        false => format!(
            "{{\"confidence\":0.5,\"correct\":{correct},\"model\":\"a\",\"judge\":\"x\"}}\n"
        ),
    };
    let lines: String = (0..240)
        .map(|at| row(at % 2 == 0, if at % 5 == 0 { "1e0" } else { "true" }))
        .collect();
    let table: String = (0..240).map(|_| "0.5,true,a,x\n").collect();
    let table = format!("confidence,correct,model,judge\n{table}");
    for (name, text) in [("log.jsonl", lines), ("log.csv", table)] {
        let dir = TempDir::new().unwrap();
        fs::write(dir.path().join(name), text).unwrap();
        let flags = [
            "audit",
            name,
            "-f",
            "json",
            "--resamples",
            "1",
            "--by",
            "model",
            "--map",
            "model=judge",
        ];
        let output = calib().within(dir.path()).args(flags).run();
        let report: Value = serde_json::from_str(&output.stdout).unwrap();
        let groups = report["runs"][0]["groups"].as_array().unwrap();
        let by: Vec<&Value> = groups.iter().map(|group| &group["by"]).collect();
        let all = [&serde_json::json!({}), &serde_json::json!({"model": "x"})];
        assert_eq!(by, all, "{name}");
    }
}
