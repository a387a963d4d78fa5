//! Annotations of a GitHub workflow: on the line of the rule in the configuration file, where it stands in one.

use std::io::{self, Write};

use super::{headline, name, sentence, summary};
use crate::render::github::Annotation;
use crate::report::{Gate, GateRule, Report};

/// Writes an annotation for each rule that did not plainly pass, and one for the verdict.
///
/// # Errors
/// When the stream fails.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let Some(gate) = &report.gate else {
        return Ok(());
    };
    for rule in &gate.rules {
        if let Some(level) = level(rule) {
            annotation(gate, rule, level).write(out)?;
        }
    }
    let level = match gate.verdict {
        "pass" => "notice",
        "fail" => "error",
        _ => "warning",
    };
    Annotation {
        level,
        path: "-",
        line: None,
        column: None,
        title: format!("calib gate: {}", headline(gate)),
        message: vec![format!("{}: {}", gate.log, summary(gate))],
    }
    .write(out)
}

fn level(rule: &GateRule) -> Option<&'static str> {
    match (rule.verdict, rule.level) {
        ("fail", "error") => Some("error"),
        ("fail" | "inconclusive", _) => Some("warning"),
        _ => None,
    }
}

fn annotation<'a>(gate: &Gate, rule: &'a GateRule, level: &'static str) -> Annotation<'a> {
    let place = rule.place.as_ref();
    Annotation {
        level,
        path: place.map_or("-", |place| place.path.as_str()),
        line: place.and_then(|place| place.line),
        column: place.and_then(|place| place.column),
        title: format!("calib gate: {}", name(rule)),
        message: vec![sentence(gate, rule)],
    }
}
