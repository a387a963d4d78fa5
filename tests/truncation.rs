//! A log cut at any byte is refused, or read as the rows that are whole: never a changed value.

use serde_json::Value;

use crate::bad_rows::command::{Ended, audit, folder, gzip};

/// Confidence and correctness of the rows of every fixture: no two prefixes have the same sums.
const ROWS: [(f64, bool); 4] = [(0.75, true), (0.0625, false), (1.0, true), (0.53, true)];

/// A log, and what each of its rows is in it.
struct Fixture {
    path: &'static str,
    header: &'static str,
    rows: [&'static str; 4],
    end: &'static str,
}

const JSON_LINES: Fixture = Fixture {
    path: "log.jsonl",
    header: "",
    rows: [
        r#"{"id": "é😀", "confidence": 0.75, "judge": {"correct": true}}"#,
        r#"{"judge": {"correct": false}, "confidence": 6.25e-2, "tags": [1, {}]}"#,
        r#"  {"confidence":1,"judge":{"correct":1},"id":"\ud83d\ude00 \"}"}  "#,
        r#"{"judge": {"correct": "yes"}, "confidence": "53%"}"#,
    ],
    end: "\n",
};

const CSV: Fixture = Fixture {
    path: "log.csv",
    header: "note,correct,confidence",
    rows: [
        "\"é, \"\"quoted\"\"\",true,0.75",
        "\"two\nlines\",\"false\",\"6.25e-2\"",
        ",1,1.0",
        "\"\",yes,53%",
    ],
    end: "\r\n",
};

const CSV_ENDING_IN_TEXT: Fixture = Fixture {
    path: "log.csv",
    header: "confidence,correct,note",
    rows: [
        "0.75,true,\"a \"\"b\"\"\"",
        "0.0625,false,\"two\nlines\"",
        "1.0,true,",
        "0.53,true,\"\"",
    ],
    end: "\n",
};

const TSV: Fixture = Fixture {
    path: "log.tsv",
    header: "confidence\tcorrect",
    rows: ["0.75\ttrue", "0.0625\t\"false\"", "1\tcorrect", "0.53\tyes"],
    end: "\n",
};

impl Fixture {
    fn text(&self) -> String {
        let header = Some(self.header).filter(|header| !header.is_empty());
        let lines = header.into_iter().chain(self.rows);
        lines.map(|line| format!("{line}{}", self.end)).collect()
    }

    /// How many rows are whole in the first bytes, and whether something stands after them.
    fn whole(&self, cut: &[u8]) -> (usize, bool) {
        let mut at = match self.header {
            "" => 0,
            header => header.len() + self.end.len(),
        };
        let mut whole = 0;
        for row in self.rows {
            if cut.len() < at + row.trim_end().len() {
                break;
            }
            (whole, at) = (whole + 1, at + row.len() + self.end.len());
        }
        let rest = cut.get(at..).unwrap_or_default();
        (whole, !rest.trim_ascii().is_empty())
    }
}

/// Audits the first bytes of a file, with and without tolerance, and hands over what must be judged.
fn at_every_byte(path: &str, bytes: &[u8], judge: impl Fn(&[u8], &Ended)) {
    for length in 0..=bytes.len() {
        let cut = &bytes[..length];
        let folder = folder([(path, cut)]);
        for tolerance in ["0", "1"] {
            let flags = [path, "-f", "json", "--max-bad-rows", tolerance];
            let ended = audit(folder.path(), &flags, b"");
            assert!(matches!(ended.exit, 0 | 3), "{length}: {}", ended.err);
            judge(cut, &ended);
        }
    }
}

/// The number of rows used, their summed confidence and how many are correct.
fn sums(report: &Value) -> (u64, f64, f64) {
    let metrics = &report["runs"][0]["groups"][0]["metrics"];
    let sum = |id: &str| {
        let metric = &metrics[id];
        metric["value"].as_f64().unwrap_or(0.0) * metric["n"].as_f64().unwrap()
    };
    let rows = &report["inputs"][0]["rows"];
    let used = rows["used"].as_u64().unwrap();
    let skipped = rows["skipped"].as_object().unwrap().values();
    let skipped: u64 = skipped.filter_map(Value::as_u64).sum();
    assert_eq!(rows["read"], used + skipped);
    (used, sum("mean_confidence"), sum("accuracy"))
}

/// Whether the report is about the first rows, unchanged.
fn is_prefix(report: &Value, rows: usize) -> bool {
    let (used, confidence, correct) = beyond(report, rows);
    used == 0 && confidence.abs() < 1e-12 && correct.abs() < 1e-12
}

/// Whether the report is about the first rows, unchanged, and one more.
fn is_prefix_and_one(report: &Value, rows: usize) -> bool {
    let (used, confidence, correct) = beyond(report, rows);
    let share = -1e-12..=1.0 + 1e-12;
    used == 1 && share.contains(&confidence) && share.contains(&correct)
}

/// What the report's sums are beyond those of the first rows.
fn beyond(report: &Value, rows: usize) -> (u64, f64, f64) {
    let (used, confidence, correct) = sums(report);
    let prefix = &ROWS[..rows];
    let expected: f64 = prefix.iter().map(|(confidence, _)| confidence).sum();
    let right = prefix.iter().filter(|(_, correct)| *correct).count();
    (
        used.checked_sub(rows as u64).unwrap(),
        confidence - expected,
        correct - right as f64,
    )
}

fn warns(report: &Value, code: &str) -> bool {
    let mut warnings = report["warnings"].as_array().unwrap().iter();
    warnings.any(|warning| warning["code"] == code)
}

#[test]
fn json_lines_are_read_to_the_last_whole_row() {
    let fixture = JSON_LINES;
    at_every_byte(fixture.path, fixture.text().as_bytes(), |cut, ended| {
        let (whole, partial) = fixture.whole(cut);
        if ended.exit == 0 {
            let report = ended.report();
            assert!(is_prefix(&report, whole), "{} {report}", cut.len());
            assert_eq!(warns(&report, "W114"), partial, "{}", cut.len());
        } else {
            assert!(partial || whole == 0, "{}: {}", cut.len(), ended.err);
            let code = match cut {
                b"" => "E404",
                _ => "E110",
            };
            let head = format!("error[{code}]: ");
            assert!(ended.err.starts_with(&head), "{}: {}", cut.len(), ended.err);
        }
    });
}

#[test]
fn a_record_at_the_end_without_a_newline_is_refused_or_doubted() {
    for fixture in [CSV, CSV_ENDING_IN_TEXT, TSV] {
        at_every_byte(fixture.path, fixture.text().as_bytes(), |cut, ended| {
            if ended.exit != 0 {
                return;
            }
            let (whole, _) = fixture.whole(cut);
            let report = ended.report();
            let doubted = warns(&report, "W107");
            assert_eq!(doubted, !cut.ends_with(b"\n"), "{}", cut.len());
            // What is doubted is the last row alone.
            let last = doubted && is_prefix_and_one(&report, whole);
            assert!(last || is_prefix(&report, whole), "{} {report}", cut.len());
        });
    }
}

#[test]
fn a_compressed_log_is_read_whole_or_not_at_all() {
    let text = JSON_LINES.text();
    let (first, second) = text.split_at(text.find('\n').unwrap() + 1);
    let members = [gzip(first.as_bytes()), gzip(second.as_bytes())];
    let boundary = members[0].len();
    at_every_byte("log.jsonl.gz", &members.concat(), |cut, ended| {
        match cut.len() {
            length if length == boundary => assert!(is_prefix(&ended.report(), 1)),
            length if length == boundary + members[1].len() => {
                assert!(is_prefix(&ended.report(), ROWS.len()));
            }
            length => assert_eq!(ended.exit, 3, "{length}"),
        }
    });
}

#[cfg(feature = "zstd")]
#[test]
fn a_zstandard_log_is_read_whole_or_not_at_all() {
    for fixture in [JSON_LINES, CSV] {
        let bytes = crate::bad_rows::command::zstandard(fixture.text().as_bytes());
        let path = format!("{}.zst", fixture.path);
        at_every_byte(&path, &bytes, |cut, ended| {
            if cut.len() == bytes.len() {
                assert!(is_prefix(&ended.report(), ROWS.len()));
            } else {
                assert_eq!(ended.exit, 3, "{}", cut.len());
            }
        });
    }
}
