//! Comparisons as CSV: one line each, for spreadsheets and scripts.

use std::io::{self, Write};

use super::escape::{Charset, Untrusted, is_runner_command};
use crate::report::{Closure, Comparison, Report};

const HEADINGS: [&str; 24] = [
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
    "margin",
    "within",
];

/// Columns that follow with `--toward`.
const OF_GAPS: [&str; 7] = [
    "tuned",
    "domain",
    "tuned_value",
    "closed",
    "closed_low",
    "closed_high",
    "flags",
];

/// Writes a line for each comparison, then one for each gap closure; a cell that has no value is empty.
///
/// # Errors
/// When the stream fails.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut csv = csv::Writer::from_writer(out);
    if report.gap.is_empty() {
        csv.write_record(HEADINGS)?;
        for one in &report.comparisons {
            csv.write_record(record(one))?;
        }
        return csv.flush();
    }
    csv.write_record(HEADINGS.iter().chain(&OF_GAPS))?;
    for one in &report.comparisons {
        let blank = OF_GAPS.map(|_| String::new());
        csv.write_record(record(one).iter().chain(&blank))?;
    }
    for one in &report.gap {
        csv.write_record(gap(one))?;
    }
    csv.flush()
}

/// A gap closure in the columns of a comparison and those of gaps: which gap stands before its metric.
fn gap(one: &Closure) -> Vec<String> {
    let comparison = Comparison {
        base: one.base.clone(),
        new: one.proxy.clone(),
        metric: format!("gap.{}", one.metric),
        base_value: one.base_value,
        new_value: one.proxy_value,
        level: one.level,
        n: one.n,
        method: one.method.clone(),
        reason: one.reason.clone(),
        ..Comparison::default()
    };
    let mut cells = Vec::from(record(&comparison));
    // Not what a gap has.
    for blank in ["detected", "shared_ids"] {
        if let Some(at) = HEADINGS.iter().position(|heading| *heading == blank) {
            cells[at].clear();
        }
    }
    cells.extend([
        harmless(&one.tuned),
        one.domain.as_deref().map_or_else(String::new, harmless),
        number(one.tuned_value),
        number(one.value),
        number(one.low),
        number(one.high),
        harmless(&one.flags.join("; ")),
    ]);
    cells
}

fn record(one: &Comparison) -> [String; HEADINGS.len()] {
    let by: Vec<String> = one
        .by
        .iter()
        .map(|(field, value)| format!("{field}={value}"))
        .collect();
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
        number(one.margin),
        one.within.unwrap_or("").to_owned(),
    ]
}

/// As in JSON: the shortest digits that give the number back, with an exponent where it is short.
fn number(value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| serde_json::json!(value).to_string())
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
