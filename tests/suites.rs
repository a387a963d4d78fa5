//! Public suites of hard files, against what they ask of a reader.
//!
//! They are third-party data and no part of the package: without `../shared/suites` (or `CALIB_SHARED`) these tests say
//! that they are skipped.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use calib::codes;
use serde_json::Value;

use crate::bad_rows::command::{Ended, audit, folder};
use crate::common::{root, skipped};

/// The files of a suite in order of name, where they are.
fn suite(folder: &str, ending: &str) -> Option<Vec<(String, PathBuf)>> {
    let place =
        std::env::var_os("CALIB_SHARED").map_or_else(|| root().join("../shared"), PathBuf::from);
    let Ok(entries) = fs::read_dir(place.join("suites").join(folder)) else {
        skipped(&format!("{folder} is not among the shared suites"));
        return None;
    };
    let paths = entries.map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = paths
        .map(|path| {
            (
                path.file_name().unwrap().to_string_lossy().into_owned(),
                path,
            )
        })
        .filter(|(name, _)| name.ends_with(ending))
        .collect();
    files.sort();
    Some(files)
}

/// Runs on one file, which must end soon and in no panic.
fn timely(name: &str, bytes: &[u8], flags: &[&str]) -> Ended {
    let folder = folder([(name, bytes)]);
    let started = Instant::now();
    let ended = audit(folder.path(), &[&[name], flags].concat(), b"");
    assert!(started.elapsed() < Duration::from_secs(5), "{name}");
    assert!(matches!(ended.exit, 0 | 2 | 3), "{name}: {}", ended.err);
    assert!(!ended.err.contains("panicked"), "{name}: {}", ended.err);
    ended
}

/// Rows read, used and skipped add up.
fn conserved(report: &Value) -> bool {
    let rows = &report["inputs"][0]["rows"];
    let skipped = rows["skipped"].as_object().unwrap().values();
    let skipped: u64 = skipped.filter_map(Value::as_u64).sum();
    rows["read"].as_u64() == rows["used"].as_u64().map(|used| used + skipped)
}

#[cfg(feature = "parquet")]
#[test]
fn damaged_parquet_is_refused_or_read_to_the_row() {
    /// What is read without an error, whatever columns are asked for, and its rows by its footer.
    const READ: &[(&str, &str)] = &[
        ("ARROW-GH-41321.parquet", "none of 5 rows"),
        ("ARROW-GH-43605.parquet", "none of 21186 rows"),
    ];
    let Some(files) = suite("parquet-testing/bad_data", ".parquet") else {
        return;
    };
    assert_eq!(files.len(), 8);
    for (name, path) in files {
        let bytes = fs::read(path).unwrap();
        let ended = timely(&name, &bytes, &[]);
        // None of these files has columns of ours: what is read to its end has nothing to audit.
        assert_eq!(ended.exit, 3, "{name}");
        let Some((_, fields)) = ended.err.split_once("the fields are ") else {
            assert!(
                ended.err.starts_with("error[E416]"),
                "{name}: {}",
                ended.err
            );
            continue;
        };
        let fields = fields.lines().next().unwrap().trim_end_matches(", …");
        let refused = fields.split(", ").any(|field| {
            let map = format!("correct={field}");
            timely(&name, &bytes, &["--map", &map]).err.contains("E416")
        });
        let rows = READ.iter().find(|(read, _)| *read == name);
        match rows {
            Some((_, rows)) => assert!(ended.err.contains(rows), "{name}: {}", ended.err),
            None => assert!(refused, "{name}: {}", ended.err),
        }
    }
}

const GOOD: &str = "{\"confidence\":0.75,\"correct\":true}\n";

/// A file of the suite as one line, where it has no line breaks of its own.
fn as_line(bytes: &[u8]) -> Option<Vec<u8>> {
    let text: Vec<u8> = bytes.trim_ascii_end().to_vec();
    (!text.contains(&b'\n') && !text.is_empty()).then_some(text)
}

#[test]
fn json_of_every_kind_is_accepted_or_refused_as_the_suite_says() {
    let Some(files) = suite("JSONTestSuite/test_parsing", ".json") else {
        return;
    };
    assert_eq!(files.len(), 318);
    for (name, path) in files {
        let bytes = fs::read(path).unwrap();
        // Whole, as a log: none of them is one.
        let whole = timely("log.jsonl", &bytes, &[]);
        assert_eq!(whole.exit, 3, "{name}: {}", whole.err);
        let Some(line) = as_line(&bytes) else {
            continue;
        };
        for field in ["ignored", "confidence"] {
            let start = format!("{GOOD}{{\"correct\":true,\"{field}\":");
            let row = [start.as_bytes(), &line, b"}\n"].concat();
            let flags = ["-f", "json", "--max-bad-rows", "1"];
            let ended = timely("log.jsonl", &row, &flags);
            let bad = if ended.exit == 0 {
                let report = ended.report();
                assert!(conserved(&report), "{name}");
                let skipped = &report["inputs"][0]["rows"]["skipped"];
                skipped.as_object().unwrap().len()
            } else {
                // A zero byte: the file is no text.
                assert!(ended.err.contains("E408"), "{name}: {}", ended.err);
                1
            };
            // The bare tokens of Python are read, and white space around a value is nothing.
            let python = [
                "n_number_NaN.json",
                "n_number_minus_infinity.json",
                "n_number_infinity.json",
            ];
            match name.as_bytes()[0] {
                b'y' if field == "ignored" => assert_eq!(bad, 0, "{name}"),
                b'n' if !python.contains(&name.as_str()) => {
                    assert_eq!(bad, 1, "{name} {field}");
                }
                _ => {}
            }
        }
    }
}

/// What becomes of a row: `read`, `W109` where its confidence counts as missing, or the first code that is said of it or
/// of the log.
fn outcome(row: &[u8], flags: &[&str]) -> String {
    let log = [GOOD.as_bytes(), row, b"\n"].concat();
    let flags = [&["-f", "json", "--max-bad-rows", "1"], flags].concat();
    let ended = timely("log.jsonl", &log, &flags);
    if ended.exit != 0 {
        return first_code(&ended.err);
    }
    let report = ended.report();
    assert!(conserved(&report));
    let skipped = report["inputs"][0]["rows"]["skipped"].as_object().unwrap();
    let warnings = report["warnings"].as_array().unwrap();
    let missing = warnings.iter().any(|warning| warning["code"] == "W109");
    match skipped.keys().next() {
        None if missing => "W109".to_owned(),
        None => "read".to_owned(),
        Some(reason) => {
            let code = codes::all().find(|code| code.reason == reason);
            code.unwrap().id.to_owned()
        }
    }
}

fn first_code(said: &str) -> String {
    let code = said.split_once("error[").unwrap().1;
    code.split_once(']').unwrap().0.to_owned()
}

/// A row with this value in a field of this name.
fn row_with(field: &str, value: &[u8]) -> Vec<u8> {
    let stated = match field {
        "confidence" => "",
        _ => "\"confidence\":0.5,",
    };
    let start = format!("{{\"correct\":true,{stated}\"{field}\":");
    [start.as_bytes(), value, b"}"].concat()
}

/// The one element of a list of one, as it is written.
fn element(line: &[u8]) -> &[u8] {
    let inner = line.strip_prefix(b"[");
    inner
        .and_then(|line| line.strip_suffix(b"]"))
        .unwrap_or(line)
}

/// What RFC 8259 leaves to the reader: as a log by itself, as the value of a field that is not read, and, out of its
/// list, as a confidence.
const LEFT_OPEN: &[(&str, [&str; 3])] = &[
    (
        "i_number_double_huge_neg_exp.json",
        ["E102", "read", "E106"],
    ),
    ("i_number_huge_exp.json", ["E102", "read", "E106"]),
    ("i_number_neg_int_huge_exp.json", ["E102", "read", "E106"]),
    (
        "i_number_pos_double_huge_exp.json",
        ["E102", "read", "E106"],
    ),
    ("i_number_real_neg_overflow.json", ["E102", "read", "E106"]),
    ("i_number_real_pos_overflow.json", ["E102", "read", "E106"]),
    ("i_number_real_underflow.json", ["E102", "read", "E106"]),
    ("i_number_too_big_neg_int.json", ["E102", "read", "E103"]),
    ("i_number_too_big_pos_int.json", ["E102", "read", "E103"]),
    (
        "i_number_very_big_negative_int.json",
        ["E102", "read", "E103"],
    ),
    (
        "i_object_key_lone_2nd_surrogate.json",
        ["E101", "E101", "E107"],
    ),
    (
        "i_string_1st_surrogate_but_2nd_missing.json",
        ["E102", "read", "E101"],
    ),
    (
        "i_string_1st_valid_surrogate_2nd_invalid.json",
        ["E102", "read", "E101"],
    ),
    ("i_string_UTF-16LE_with_BOM.json", ["E406", "E408", "E408"]),
    (
        "i_string_UTF-8_invalid_sequence.json",
        ["E111", "E111", "E111"],
    ),
    (
        "i_string_UTF8_surrogate_U+D800.json",
        ["E111", "E111", "E111"],
    ),
    (
        "i_string_incomplete_surrogate_and_escape_valid.json",
        ["E102", "read", "E101"],
    ),
    (
        "i_string_incomplete_surrogate_pair.json",
        ["E102", "read", "E101"],
    ),
    (
        "i_string_incomplete_surrogates_escape_valid.json",
        ["E102", "read", "E101"],
    ),
    (
        "i_string_invalid_lonely_surrogate.json",
        ["E102", "read", "E101"],
    ),
    ("i_string_invalid_surrogate.json", ["E102", "read", "E101"]),
    ("i_string_invalid_utf-8.json", ["E111", "E111", "E111"]),
    (
        "i_string_inverted_surrogates_U+1D11E.json",
        ["E102", "read", "E101"],
    ),
    ("i_string_iso_latin_1.json", ["E111", "E111", "E111"]),
    (
        "i_string_lone_second_surrogate.json",
        ["E102", "read", "E101"],
    ),
    (
        "i_string_lone_utf8_continuation_byte.json",
        ["E111", "E111", "E111"],
    ),
    (
        "i_string_not_in_unicode_range.json",
        ["E111", "E111", "E111"],
    ),
    (
        "i_string_overlong_sequence_2_bytes.json",
        ["E111", "E111", "E111"],
    ),
    (
        "i_string_overlong_sequence_6_bytes.json",
        ["E111", "E111", "E111"],
    ),
    (
        "i_string_overlong_sequence_6_bytes_null.json",
        ["E111", "E111", "E111"],
    ),
    ("i_string_truncated-utf-8.json", ["E111", "E111", "E111"]),
    ("i_string_utf16BE_no_BOM.json", ["E406", "E408", "E408"]),
    ("i_string_utf16LE_no_BOM.json", ["E406", "E408", "E408"]),
    (
        "i_structure_500_nested_arrays.json",
        ["E102", "read", "E107"],
    ),
    (
        "i_structure_UTF-8_BOM_empty_object.json",
        ["E409", "E101", "E101"],
    ),
];

#[test]
fn what_the_grammar_leaves_open_is_decided_once() {
    let Some(files) = suite("JSONTestSuite/test_parsing", ".json") else {
        return;
    };
    let mut told = Vec::new();
    for (name, path) in files.iter().filter(|(name, _)| name.starts_with("i_")) {
        let bytes = fs::read(path).unwrap();
        let whole = first_code(&timely("log.jsonl", &bytes, &[]).err);
        let [ignored, confidence] = match as_line(&bytes) {
            Some(line) => [
                outcome(&row_with("ignored", &line), &[]),
                outcome(&row_with("confidence", element(&line)), &[]),
            ],
            None => ["no line", "no line"].map(str::to_owned),
        };
        told.push((name.as_str(), [whole, ignored, confidence]));
    }
    assert_eq!(told.len(), 35);
    let pinned = LEFT_OPEN
        .iter()
        .map(|(name, codes)| (*name, codes.map(str::to_owned)));
    assert_eq!(told, pinned.collect::<Vec<_>>());
}

/// Values that readers change on the way: in a field that is not read, as a confidence, and as the group that a row
/// belongs to. A group is named by what the file says, to the digit.
const CHANGED_ELSEWHERE: &[(&str, [&str; 3])] = &[
    (
        "number_-9223372036854775808.json",
        ["read", "E103", "-9223372036854775808"],
    ),
    (
        "number_-9223372036854775809.json",
        ["read", "E103", "-9223372036854775809"],
    ),
    ("number_1.0.json", ["read", "read", "1.0"]),
    (
        "number_1.000000000000000005.json",
        ["read", "read", "1.000000000000000005"],
    ),
    (
        "number_1000000000000000.json",
        ["read", "E103", "1000000000000000"],
    ),
    (
        "number_10000000000000000999.json",
        ["read", "E103", "10000000000000000999"],
    ),
    ("number_1e-999.json", ["read", "E106", "1E-999"]),
    ("number_1e6.json", ["read", "E103", "1E6"]),
    (
        "number_9223372036854775807.json",
        ["read", "E103", "9223372036854775807"],
    ),
    (
        "number_9223372036854775808.json",
        ["read", "E103", "9223372036854775808"],
    ),
    (
        "string_1_escaped_invalid_codepoint.json",
        ["read", "E101", "E101"],
    ),
    ("string_1_invalid_codepoint.json", ["E111", "E111", "E111"]),
    (
        "string_2_escaped_invalid_codepoints.json",
        ["read", "E101", "E101"],
    ),
    ("string_2_invalid_codepoints.json", ["E111", "E111", "E111"]),
    (
        "string_3_escaped_invalid_codepoints.json",
        ["read", "E101", "E101"],
    ),
    ("string_3_invalid_codepoints.json", ["E111", "E111", "E111"]),
    ("string_with_escaped_NULL.json", ["read", "W109", "A\0B"]),
];

#[test]
fn what_other_readers_change_is_kept_or_refused() {
    let Some(files) = suite("JSONTestSuite/test_transform", ".json") else {
        return;
    };
    let mut told = Vec::new();
    for (name, path) in &files {
        let bytes = fs::read(path).unwrap();
        let line = as_line(&bytes).unwrap();
        let whole = timely("log.jsonl", &bytes, &[]);
        assert_eq!(whole.exit, 3, "{name}: {}", whole.err);
        if line.starts_with(b"{") {
            continue;
        }
        let value = element(&line);
        let outcomes = [
            outcome(&row_with("ignored", &line), &[]),
            outcome(&row_with("confidence", value), &[]),
            group(&row_with("at", value)),
        ];
        told.push((name.as_str(), outcomes));
    }
    assert_eq!((files.len(), told.len()), (22, 17));
    let pinned = CHANGED_ELSEWHERE
        .iter()
        .map(|(name, outcomes)| (*name, outcomes.map(str::to_owned)));
    assert_eq!(told, pinned.collect::<Vec<_>>());
}

/// The group of `--by at` that a row is in, or the code of its refusal.
fn group(row: &[u8]) -> String {
    let log = [row, b"\n"].concat();
    let ended = timely("log.jsonl", &log, &["-f", "json", "--by", "at"]);
    if ended.exit != 0 {
        return first_code(&ended.err);
    }
    let report = ended.report();
    let groups = report["runs"][0]["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 2, "all rows, and the one group");
    groups[1]["by"]["at"].as_str().unwrap().to_owned()
}

#[test]
fn a_key_that_comes_twice_is_refused_where_it_is_read() {
    let Some(files) = suite("JSONTestSuite/test_transform", ".json") else {
        return;
    };
    let objects = files.iter().filter(|(name, _)| name.starts_with("object"));
    let mut seen = 0;
    for (name, path) in objects {
        let line = as_line(&fs::read(path).unwrap()).unwrap();
        let row = [b"{\"confidence\":0.5,\"correct\":true,", &line[1..]].concat();
        assert_eq!(outcome(&row, &[]), "read", "{name}: nothing reads the key");
        // The same letters in two compositions are two keys, and neither is taken for the other.
        let keys: &[(&str, &str)] = match name.contains("same_key") {
            true => &[("a", "E105")],
            false => &[("\u{e9}", "NFC"), ("e\u{301}", "NFD")],
        };
        for (key, expected) in keys {
            let ended = timely("log.jsonl", &row, &["-f", "json", "--by", key]);
            let found = match ended.exit {
                0 => {
                    let groups = &ended.report()["runs"][0]["groups"];
                    groups[1]["by"][key].as_str().unwrap().to_owned()
                }
                _ => first_code(&ended.err),
            };
            assert_eq!(found, *expected, "{name}");
        }
        seen += 1;
    }
    assert_eq!(seen, 5);
}

#[test]
fn tables_of_every_dialect_are_read_to_the_cell() {
    let Some(files) = suite("csv-spectrum/csvs", ".csv") else {
        return;
    };
    assert_eq!(files.len(), 12);
    for (name, path) in files {
        let bytes = fs::read(&path).unwrap();
        let ended = timely(&name, &bytes, &[]);
        // They have no columns of ours, and the message names those they have.
        assert_eq!(ended.exit, 3, "{name}");
        let json = path.to_string_lossy().replace("/csvs/", "/json/");
        let json = fs::read(json.replace(".csv", ".json")).unwrap();
        let json: Value = serde_json::from_slice(&json).unwrap();
        // A table of one row is that row.
        let rows = json.as_array().cloned().unwrap_or_else(|| vec![json]);
        for (field, cell) in rows.iter().filter_map(Value::as_object).flatten() {
            assert!(ended.err.contains(field), "{name}: {}", ended.err);
            // The suite itself gives another phone number in its JSON than in its CSV.
            let own = name == "location_coordinates.csv" && field.contains("Phone");
            let (map, cell) = (format!("correct={field}"), cell.as_str().unwrap());
            if cell.is_empty() || own {
                continue;
            }
            // Every row is the one of this cell, or of none.
            let value = format!("{field}={cell}");
            let flags = ["--map", &map, "--where", &value, "-f", "json"];
            let ended = timely(&name, &bytes, &flags);
            let shown = ended.err.contains("E108") || ended.err.contains("E116") || ended.exit == 0;
            assert!(shown, "{name} {value:?}: {}", ended.err);
        }
    }
}
