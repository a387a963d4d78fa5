//! Public suites of hard files, against what they ask of a reader.
//!
//! They are third-party data and no part of the package: without `../shared/suites` (or `CALIB_SHARED`) these tests say
//! that they are skipped.

use std::fs;
use std::path::PathBuf;
use std::time::{Duration, Instant};

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
