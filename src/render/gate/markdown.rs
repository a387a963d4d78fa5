//! Markdown, for the comment of a pull request and the summary of a step.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::{figure, group, headline, interval, limit, notes, subject, summary, word};
use crate::render::markdown::escaped;
use crate::render::number::count;
use crate::report::{Gate, GateRule, Report};

/// Writes the verdict and a table of the rules.
///
/// # Errors
/// When the stream fails.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    if let Some(gate) = &report.gate {
        verdict(&mut text, gate);
    }
    for warning in &report.warnings {
        // Writing to a string cannot fail.
        let _ = writeln!(text, "- {}: {}", warning.code, escaped(&warning.message));
    }
    out.write_all(text.trim_end().as_bytes())?;
    out.write_all(b"\n")
}

fn verdict(text: &mut String, gate: &Gate) {
    let log = escaped(&gate.log);
    let against = gate
        .baseline
        .as_ref()
        .map_or_else(String::new, |base| format!(" against {}", escaped(base)));
    let _ = writeln!(text, "### calib gate: {}\n", headline(gate));
    let _ = writeln!(text, "{log}{against}: {}.\n", summary(gate));
    let groups = gate.rules.iter().any(|rule| group(rule).is_some());
    let (title, dashes) = if groups {
        (" group |", " --- |")
    } else {
        ("", "")
    };
    let _ = writeln!(
        text,
        "| |{title} rule | figure | interval | limit | rows | |"
    );
    let _ = writeln!(
        text,
        "| --- |{dashes} --- | ---: | --- | --- | ---: | --- |"
    );
    for rule in &gate.rules {
        row(text, rule, groups);
    }
    text.push('\n');
}

fn row(text: &mut String, rule: &GateRule, groups: bool) {
    let word = match rule.verdict {
        "fail" => "**FAIL**",
        other => word(other),
    };
    let group = match (groups, group(rule)) {
        (false, _) => String::new(),
        (true, Some(group)) => format!(" {} |", escaped(&group)),
        (true, None) => " all rows |".to_owned(),
    };
    let _ = writeln!(
        text,
        "| {word} |{group} {} | {} | {} | {} | {} | {} |",
        escaped(&subject(rule)),
        figure(rule),
        interval(rule).unwrap_or_default(),
        limit(rule),
        count(rule.n),
        escaped(&notes(rule).join("; "))
    );
}
