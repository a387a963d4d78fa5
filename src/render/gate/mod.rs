//! A verdict in the formats of CI systems. What a rule came to is put into words here, once for all of them.

pub mod github;
pub mod gitlab;
pub mod junit;
pub mod markdown;
pub mod sarif;

use super::number::{Unit, count, p_value};
use super::units::{signed, unit};
use crate::report::{Gate, GateRule, Report};

/// The four letters of a verdict.
pub(super) fn word(verdict: &str) -> &'static str {
    match verdict {
        "pass" => "PASS",
        "fail" => "FAIL",
        "skipped" => "----",
        _ => "????",
    }
}

/// The metric, with the kind of prompt it is about.
pub(super) fn subject(rule: &GateRule) -> String {
    match rule.kind {
        Some(kind) => format!("{kind}.{}", rule.metric),
        None => rule.metric.to_owned(),
    }
}

/// The values of a group; `None` for all rows.
pub(super) fn group(rule: &GateRule) -> Option<String> {
    let values: Vec<_> = rule
        .by
        .iter()
        .map(|(field, value)| format!("{field} {value}"))
        .collect();
    (!values.is_empty()).then(|| values.join(", "))
}

/// The rule, and the group it is judged on.
fn name(rule: &GateRule) -> String {
    match group(rule) {
        Some(group) => format!("{}, {group}", rule.rule),
        None => rule.rule.clone(),
    }
}

fn rises(rule: &GateRule) -> bool {
    rule.bound == "max_increase"
}

/// A number of the rule in the unit of its metric; how much worse with its sign.
fn number(rule: &GateRule, value: f64) -> String {
    if rises(rule) {
        signed(rule.metric, value)
    } else {
        unit(rule.metric).show(value)
    }
}

/// What is held against the limit.
pub(super) fn figure(rule: &GateRule) -> String {
    rule.figure()
        .map_or_else(|| "n/a".to_owned(), |value| number(rule, value))
}

/// Its interval.
pub(super) fn interval(rule: &GateRule) -> Option<String> {
    let (low, high) = rule.low.zip(rule.high)?;
    Some(format!("{} – {}", number(rule, low), number(rule, high)))
}

/// The limit, in the unit of its metric and with as many digits as it was given.
pub(super) fn limit(rule: &GateRule) -> String {
    let percent = unit(rule.metric) == Unit::Percent;
    let value = if percent {
        // 0.07 is 7, not 7.000000000000001.
        (rule.limit * 1e12).round() / 1e10
    } else {
        rule.limit
    };
    match (rises(rule), percent) {
        (true, _) if value < 0.0 => format!("max {value}"),
        (true, _) => format!("max +{value}"),
        (false, true) => format!("{} {value} %", rule.bound),
        (false, false) => format!("{} {value}", rule.bound),
    }
}

/// What became of the rules, in words.
pub(super) fn summary(gate: &Gate) -> String {
    let of = |verdict: &str| {
        let rules = gate.rules.iter();
        rules.filter(|rule| rule.verdict == verdict).count()
    };
    let [failed, passed, open, skipped] = ["fail", "pass", "inconclusive", "skipped"].map(of);
    let all = failed + passed + open;
    let mut parts = Vec::new();
    for (number, words) in [
        (passed, "passed"),
        (failed, "failed"),
        (open, "cannot be decided"),
    ] {
        if number > 0 {
            parts.push(format!("{number} {words}"));
        }
    }
    if parts.is_empty() {
        parts.push("no rule could be judged".to_owned());
    }
    let of_all = match all {
        0 => String::new(),
        1 => " of 1 rule".to_owned(),
        _ => format!(" of {all} rules"),
    };
    let skipped = match skipped {
        0 => String::new(),
        _ => format!("; {skipped} built-in left out"),
    };
    format!("{}{of_all}{skipped}", parts.join(", "))
}

/// The verdict in capitals.
pub(super) fn headline(gate: &Gate) -> &'static str {
    match gate.verdict {
        "pass" => "PASS",
        "fail" => "FAIL",
        _ => "INCONCLUSIVE",
    }
}

/// What a rule came to, in one sentence.
fn sentence(gate: &Gate, rule: &GateRule) -> String {
    let baseline = gate.baseline.as_deref().unwrap_or("the baseline");
    let ends = interval(rule).map(|ends| format!(" ({ends})"));
    let ends = ends.unwrap_or_default();
    let subject = subject(rule);
    let mut text = match (rule.figure(), rises(rule)) {
        (None, _) => format!("{subject} cannot be told"),
        (Some(worse), true) if worse <= 0.0 => {
            format!(
                "{subject} is no worse than in {baseline}: {}{ends}",
                number(rule, worse)
            )
        }
        (Some(worse), true) => format!(
            "{subject} is worse than in {baseline} by {}{ends}",
            number(rule, worse)
        ),
        (Some(value), false) => format!("{subject} is {}{ends}", number(rule, value)),
    };
    text += &format!("; limit {}", limit(rule));
    if let Some(p) = rule.p_adjusted.filter(|_| rule.verdict == "fail") {
        text += &format!("; {}, corrected", p_value(p));
    }
    for note in notes(rule) {
        text += &format!("; {note}");
    }
    text
}

/// What else is known: why, and what it would take.
pub(super) fn notes(rule: &GateRule) -> Vec<String> {
    let mut notes = Vec::new();
    notes.extend(rule.reason.clone());
    if rule.verdict == "inconclusive" {
        notes.extend(rule.rows_needed.map(needed));
    }
    let floor = rule.noise_floor.map(|floor| {
        format!(
            "a calibrated model would show {}",
            unit(rule.metric).show(floor)
        )
    });
    notes.extend(floor);
    notes
}

fn needed(rows: u64) -> String {
    let rows = count(rows);
    format!("{rows} rows would fail such a figure with a chance of 80 %")
}

/// The first file of the log that was judged.
fn log_path<'r>(report: &'r Report, gate: &Gate) -> &'r str {
    let own = report.inputs.iter().find(|input| input.label == gate.log);
    own.map_or("-", |input| input.saved.first().unwrap_or(&input.path))
}
