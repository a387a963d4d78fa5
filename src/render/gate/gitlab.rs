//! A Code Quality report, which GitLab shows in merge requests.

use std::io::{self, Write};

use serde_json::{Value, json};
use xxhash_rust::xxh3::xxh3_128;

use super::{name, sentence};
use crate::render::json::write_value;
use crate::report::{Gate, GateRule, Report};

/// Writes an entry for each rule that did not plainly pass; an empty list where all did.
///
/// # Errors
/// When the stream fails.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let gate = report.gate.iter();
    let entries = gate.flat_map(|gate| {
        let rules = gate.rules.iter();
        rules.filter_map(|rule| entry(report, gate, rule))
    });
    write_value(&entries.collect::<Vec<Value>>(), out)
}

fn entry(report: &Report, gate: &Gate, rule: &GateRule) -> Option<Value> {
    let severity = match (rule.verdict, rule.level) {
        ("fail", "error") => "major",
        ("fail", _) => "minor",
        ("inconclusive", _) => "info",
        _ => return None,
    };
    let (path, line) = match &rule.place {
        Some(place) => (place.path.as_str(), place.line.unwrap_or(1)),
        None => (super::log_path(report, gate), 1),
    };
    // The same rule on the same group of the same log is the same finding from run to run.
    let identity = format!("{}\n{}", gate.log, name(rule));
    Some(json!({
        "check_name": rule.rule,
        "description": sentence(gate, rule),
        "fingerprint": format!("{:032x}", xxh3_128(identity.as_bytes())),
        "severity": severity,
        "location": {"path": path, "lines": {"begin": line}},
    }))
}
