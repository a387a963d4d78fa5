//! What a check found as SARIF 2.1.0, for code scanning.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::{Value, json};

use super::json::write_value;
use crate::report::check::{BadRow, BadRows, Check};

/// Where the format is defined.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// Writes one result for every bad row that is shown, every warning, and the refusal.
///
/// # Errors
/// When the stream fails.
pub fn write(check: &Check, out: &mut dyn Write) -> io::Result<()> {
    let mut rules = BTreeMap::new();
    let mut results = Vec::new();
    let level = if check.auditable { "warning" } else { "error" };
    for bad in check
        .bad_rows
        .iter()
        .filter(|bad| bad.code.starts_with('E'))
    {
        rules.insert(bad.code, Some(bad.title));
        results.extend(bad.examples.iter().map(|row| bad_row(level, bad, row)));
    }
    if let Some(refusal) = &check.refusal {
        rules.insert(refusal.code, Some(refusal.title));
        let text = with_help(&refusal.message, &refusal.help);
        results.push(result(refusal.code, "error", &text, files(check)));
    }
    for warning in &check.warnings {
        rules.entry(warning.code).or_insert(None);
        results.push(result(
            warning.code,
            "warning",
            &warning.message,
            files(check),
        ));
    }
    write_log(check.calib_version, rules, results, out)
}

/// Writes a log of these results; `rules` are the ids they name, with a title where there is one.
pub(super) fn write_log(
    version: &str,
    rules: BTreeMap<&str, Option<&str>>,
    results: Vec<Value>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let driver = json!({
        "name": "calib",
        "version": version,
        "rules": rules.into_iter().map(rule).collect::<Vec<_>>(),
    });
    let run = json!({
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": results,
    });
    let log = json!({"$schema": SCHEMA, "version": "2.1.0", "runs": [run]});
    write_value(&log, out)
}

fn rule((code, title): (&str, Option<&str>)) -> Value {
    match title {
        Some(title) => json!({"id": code, "shortDescription": {"text": title}}),
        None => json!({"id": code}),
    }
}

pub(super) fn result(code: &str, level: &str, text: &str, locations: Vec<Value>) -> Value {
    json!({"ruleId": code, "level": level, "message": {"text": text}, "locations": locations})
}

fn bad_row(level: &str, bad: &BadRows, row: &BadRow) -> Value {
    // A region is counted in lines: rows of a table are told in words.
    let text = match row.cell() {
        Some(cell) => with_help(&format!("{cell}: {}", row.message), &row.help),
        None => with_help(&row.message, &row.help),
    };
    let locations = vec![location(&row.path, row.line, row.column)];
    result(bad.code, level, &text, locations)
}

/// A file, or a place in it.
pub(super) fn location(path: &str, line: Option<u64>, column: Option<u64>) -> Value {
    let mut region = serde_json::Map::new();
    let numbers = [("startLine", line), ("startColumn", column)];
    region.extend(
        numbers
            .into_iter()
            .filter_map(|(name, number)| number.map(|number| (name.to_owned(), number.into()))),
    );
    let mut place = artifact(path);
    if let Some(place) = place.as_object_mut().filter(|_| !region.is_empty()) {
        place.insert("region".to_owned(), region.into());
    }
    json!({"physicalLocation": place})
}

/// The files of the log: what concerns all of it is found in each.
fn files(check: &Check) -> Vec<Value> {
    let files = check.files.iter();
    files
        .map(|file| json!({"physicalLocation": artifact(&file.path)}))
        .collect()
}

fn artifact(path: &str) -> Value {
    json!({"artifactLocation": {"uri": uri(path)}})
}

fn with_help(message: &str, help: &[String]) -> String {
    let mut text = message.to_owned();
    for help in help {
        // Writing to a string cannot fail.
        let _ = write!(text, "\nhelp: {help}");
    }
    text
}

/// A path as a URI reference (RFC 3986): relative as it is, absolute with its scheme, every other byte in percent.
fn uri(path: &str) -> String {
    let mut uri = match path {
        "-" => return "stdin:".to_owned(),
        _ if path.starts_with('/') => "file://".to_owned(),
        _ => String::new(),
    };
    for byte in path.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                uri.push(char::from(byte));
            }
            _ => {
                // Writing to a string cannot fail.
                let _ = write!(uri, "%{byte:02X}");
            }
        }
    }
    uri
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_become_uris() {
        assert_eq!(uri("runs/a.jsonl"), "runs/a.jsonl");
        assert_eq!(uri("/tmp/a b.jsonl"), "file:///tmp/a%20b.jsonl");
        assert_eq!(uri("http://x?y#z%41"), "http%3A//x%3Fy%23z%2541");
        assert_eq!(uri("é\n"), "%C3%A9%0A");
        assert_eq!(uri("-"), "stdin:");
    }
}
