//! Comparisons as CSV: one line each, for spreadsheets and scripts.

use std::io::{self, Write};

use super::escape::{Charset, Untrusted, is_runner_command};
use crate::report::{Comparison, Report};

const HEADINGS: [&str; 22] = [
    "base",
    "new",
    "by",
    "metric",
    "base_value",
    "new_value",
    "delta",
    "low",
    "high",
    "level",
    "p",
    "p_adjusted",
    "detected",
    "change",
    "smallest_detectable",
    "rows_needed",
    "shared_ids",
    "n",
    "delta_all",
    "composition",
    "method",
    "reason",
];

/// Writes a line for each comparison; a cell that has no value is empty.
///
/// # Errors
/// When the stream fails.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    csv.write_record(HEADINGS)?;
    for one in &report.comparisons {
        csv.write_record(record(one))?;
    }
    csv.flush()
}

fn record(one: &Comparison) -> [String; HEADINGS.len()] {
    let by: Vec<String> = one
        .by
        .iter()
        .map(|(field, value)| format!("{field}={value}"))
        .collect();
    // As in JSON: the shortest digits that give the number back, with an exponent where it is short.
    let number = |value: Option<f64>| {
        value.map_or_else(String::new, |value| serde_json::json!(value).to_string())
    };
    let text = |value: &Option<String>| value.as_deref().map_or_else(String::new, harmless);
    [
        harmless(&one.base),
        harmless(&one.new),
        harmless(&by.join("; ")),
        one.metric.clone(),
        number(one.base_value),
        number(one.new_value),
        number(one.delta),
        number(one.low),
        number(one.high),
        one.level.to_string(),
        number(one.p),
        number(one.p_adjusted),
        one.detected.to_string(),
        one.change.unwrap_or("").to_owned(),
        number(one.smallest_detectable),
        one.rows_needed
            .map_or_else(String::new, |rows| rows.to_string()),
        one.shared_ids.to_string(),
        one.n.to_string(),
        number(one.delta_all),
        number(one.composition),
        text(&one.method),
        text(&one.reason),
    ]
}

/// Text on one line that no terminal obeys, that no spreadsheet takes for a formula (OWASP ASVS 1.2.10), and no CI runner
/// for a command.
fn harmless(text: &str) -> String {
    let obeyed = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\0'])
        || is_runner_command(text.trim_start());
    let escaped = Untrusted(text).escaped(Charset::Unicode);
    if obeyed {
        format!("'{escaped}")
    } else {
        escaped.into_owned()
    }
}
