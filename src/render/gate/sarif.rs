//! SARIF 2.1.0, for code scanning.

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde_json::Value;

use super::{log_path, sentence};
use crate::render::sarif;
use crate::report::{Gate, GateRule, Report};

/// Writes a result for each rule that did not plainly pass.
///
/// # Errors
/// When the stream fails.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut rules = BTreeMap::new();
    let mut results = Vec::new();
    if let Some(gate) = &report.gate {
        for rule in &gate.rules {
            if let Some(level) = level(rule) {
                rules.insert(rule.rule.as_str(), None);
                results.push(result(report, gate, rule, level));
            }
        }
    }
    sarif::write_log(report.calib_version, rules, results, out)
}

fn level(rule: &GateRule) -> Option<&'static str> {
    match (rule.verdict, rule.level) {
        ("fail", "error") => Some("error"),
        ("fail", _) => Some("warning"),
        ("inconclusive", _) => Some("note"),
        _ => None,
    }
}

fn result(report: &Report, gate: &Gate, rule: &GateRule, level: &str) -> Value {
    let place = match &rule.place {
        Some(place) => sarif::location(&place.path, place.line, place.column),
        None => sarif::location(log_path(report, gate), None, None),
    };
    sarif::result(&rule.rule, level, &sentence(gate, rule), vec![place])
}
