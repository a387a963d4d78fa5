//! The report as JSON: stable key order, shortest round-trip numbers, and safe to print.
//!
//! JSON leaves DEL, C1 and bidirectional characters raw; here they are written as `\uXXXX`, which is the same value to
//! every parser and inert on every terminal.

use std::io::{self, Write};

use serde::Serialize;
use serde_json::ser::{Formatter, PrettyFormatter, Serializer};

use super::escape::is_forbidden;
use crate::report::check::Check;
use crate::report::fit::Fit;
use crate::report::objective::Figure;
use crate::report::plan::Plan;
use crate::report::state::SavedState;
use crate::report::{
    Abstention, AbstentionFigures, Bin, Estimate, Group, JudgeError, Objective, Report,
};

/// Writes the report and a final newline.
///
/// # Errors
/// When the stream fails, or with [`io::ErrorKind::InvalidData`] before the first byte when a number is not finite:
/// JSON has no such number, and null would pass for "undefined".
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    if let Some(place) = not_finite(report) {
        return Err(io::Error::new(
            io::ErrorKind::InvalidData,
            format!("{place} is not a finite number"),
        ));
    }
    write_value(report, out)
}

/// Writes what a check found and a final newline.
///
/// # Errors
/// When the stream fails.
pub fn write_check(check: &Check, out: &mut dyn Write) -> io::Result<()> {
    write_value(check, out)
}

/// Writes what a saved state is.
///
/// # Errors
/// When the stream fails.
pub fn write_state(state: &SavedState, out: &mut dyn Write) -> io::Result<()> {
    write_value(state, out)
}

/// Writes a plan, whose numbers are all finite, and a final newline.
///
/// # Errors
/// When the stream fails.
pub fn write_plan(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    write_value(plan, out)
}

/// Writes what a fit found, whose numbers are all finite, and a final newline.
///
/// # Errors
/// When the stream fails.
pub fn write_fit(fit: &Fit, out: &mut dyn Write) -> io::Result<()> {
    write_value(fit, out)
}

/// Writes a value whose numbers are all finite, and a final newline.
pub(super) fn write_value(value: &impl Serialize, out: &mut dyn Write) -> io::Result<()> {
    let formatter = Inert(PrettyFormatter::with_indent(b"  "));
    value.serialize(&mut Serializer::with_formatter(&mut *out, formatter))?;
    out.write_all(b"\n")
}

/// Pretty printing that leaves no character raw which could act on a screen.
pub(super) struct Inert<F>(pub(super) F);

impl<F: Formatter> Formatter for Inert<F> {
    fn write_string_fragment<W: ?Sized + Write>(
        &mut self,
        out: &mut W,
        fragment: &str,
    ) -> io::Result<()> {
        let mut rest = fragment;
        while let Some((at, c)) = rest.char_indices().find(|&(_, c)| is_forbidden(c)) {
            out.write_all(&rest.as_bytes()[..at])?;
            for unit in c.encode_utf16(&mut [0; 2]) {
                write!(out, "\\u{unit:04x}")?;
            }
            rest = &rest[at + c.len_utf8()..];
        }
        out.write_all(rest.as_bytes())
    }

    fn begin_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_array(out)
    }
    fn end_array<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array(out)
    }
    fn begin_array_value<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_array_value(out, first)
    }
    fn end_array_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_array_value(out)
    }
    fn begin_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object(out)
    }
    fn end_object<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object(out)
    }
    fn begin_object_key<W: ?Sized + Write>(&mut self, out: &mut W, first: bool) -> io::Result<()> {
        self.0.begin_object_key(out, first)
    }
    fn begin_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.begin_object_value(out)
    }
    fn end_object_value<W: ?Sized + Write>(&mut self, out: &mut W) -> io::Result<()> {
        self.0.end_object_value(out)
    }
}

/// The first place that holds NaN or an infinity.
fn not_finite(report: &Report) -> Option<String> {
    let settings = [report.settings.level, report.settings.log_clip];
    if !settings.iter().all(|number| number.is_finite()) {
        return Some("a setting".to_owned());
    }
    let rules = report.gate.iter().flat_map(|gate| &gate.rules);
    let mut broken = rules.filter(|rule| !rule.numbers().into_iter().flatten().all(f64::is_finite));
    if let Some(rule) = broken.next() {
        return Some(format!("rule {}", rule.rule));
    }
    let groups = report.runs.iter().flat_map(|run| &run.groups);
    groups.into_iter().find_map(not_finite_in_group)
}

fn not_finite_in_group(group: &Group) -> Option<String> {
    let metric = group
        .metrics
        .iter()
        .find(|(_, estimate)| !is_finite(estimate));
    if let Some((id, _)) = metric {
        return Some(format!("metric {id}"));
    }
    if !group.reliability.iter().all(is_finite_bin) {
        return Some("the reliability table".to_owned());
    }
    let theirs = group
        .compat
        .iter()
        .flat_map(|c| [c.value, c.corrected.value]);
    if !theirs.flatten().all(f64::is_finite) {
        return Some("another tool's number".to_owned());
    }
    let broken = |(_, found): &(&&str, &Objective)| !found.figures().all(is_finite_figure);
    if let Some((name, _)) = group.objectives.iter().find(broken) {
        return Some(format!("section {name}"));
    }
    let Abstention {
        all,
        epistemic,
        safety,
    } = &group.abstention;
    let finite = [Some(all), epistemic.as_ref(), safety.as_ref()]
        .into_iter()
        .flatten()
        .all(are_finite);
    (!finite).then(|| "an abstention figure".to_owned())
}

fn is_finite_figure(figure: &Figure) -> bool {
    match figure {
        Figure::Number(number) => number.is_finite(),
        Figure::Estimate(estimate) => is_finite(estimate),
    }
}

fn is_finite(estimate: &Estimate) -> bool {
    let Estimate {
        value,
        low,
        high,
        level,
        n: _,
        method: _,
        reason: _,
        beside,
    } = estimate;
    [value, low, high, level]
        .into_iter()
        .chain(beside.values())
        .flatten()
        .all(|number| number.is_finite())
}

fn is_finite_bin(bin: &Bin) -> bool {
    let Bin {
        lower,
        upper,
        n: _,
        mean_confidence,
        accuracy,
        low,
        high,
        band_low,
        band_high,
    } = bin;
    let always = [lower, upper, mean_confidence, accuracy];
    always
        .into_iter()
        .chain([low, high, band_low, band_high].into_iter().flatten())
        .all(|number| number.is_finite())
}

fn is_finite_judge(judge: &JudgeError) -> bool {
    let JudgeError {
        source: _,
        sensitivity,
        specificity,
        over_answer,
        over_abstain,
        direction: _,
        flips_at,
    } = judge;
    let flips = [flips_at.sensitivity.value, flips_at.specificity.value];
    let estimates = [sensitivity, specificity, over_answer, over_abstain];
    estimates.into_iter().all(is_finite) && flips.into_iter().flatten().all(f64::is_finite)
}

fn are_finite(figures: &AbstentionFigures) -> bool {
    let AbstentionFigures {
        should_abstain: _,
        should_answer: _,
        over_answer,
        over_abstain,
        dprime,
        criterion,
        youden,
        recall,
        precision,
        f1,
        verdict: _,
        judge,
    } = figures;
    if !judge.as_ref().is_none_or(is_finite_judge) {
        return false;
    }
    [
        over_answer,
        over_abstain,
        dprime,
        criterion,
        youden,
        recall,
        precision,
        f1,
    ]
    .into_iter()
    .all(is_finite)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples;

    fn text(report: &Report) -> String {
        let mut out = Vec::new();
        write(report, &mut out).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn hostile_text_keeps_its_value_and_loses_its_power() {
        let mut report = samples::labelled();
        let hostile = "a\u{1b}]52;c;x\u{7}\u{7f}\u{9b}\u{202e}\u{feff}\u{e0041}\"\\\n日本";
        report.inputs[0].path = hostile.to_owned();
        let json = text(&report);
        assert!(
            json.contains(
                r#""a\u001b]52;c;x\u0007\u007f\u009b\u202e\ufeff\udb40\udc41\"\\\n日本""#
            )
        );
        assert!(!json.chars().any(|c| is_forbidden(c) && c != '\n'));
        let value: serde_json::Value = serde_json::from_str(&json).unwrap();
        assert_eq!(value["inputs"][0]["path"], hostile);
    }

    #[test]
    fn a_number_json_cannot_hold_is_an_error_before_the_first_byte() {
        let mut report = samples::labelled();
        report.runs[0].groups[0]
            .metrics
            .get_mut("brier")
            .unwrap()
            .high = Some(f64::NAN);
        let mut out = Vec::new();
        let error = write(&report, &mut out).unwrap_err();
        assert_eq!(error.to_string(), "metric brier is not a finite number");
        assert!(out.is_empty());
    }

    #[test]
    fn it_ends_in_one_newline_and_starts_with_the_schema() {
        let json = text(&samples::labelled());
        assert!(json.starts_with("{\n  \"schema\": \"calib.report/1\",\n  \"calib_version\""));
        assert!(json.ends_with("}\n") && !json.ends_with("\n\n"));
    }

    #[test]
    fn every_sample_follows_the_committed_schema() {
        let schema = serde_json::from_str(include_str!("../../docs/report.schema.json")).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for (name, report) in samples::every() {
            let value = serde_json::from_str(&text(&report)).unwrap();
            let faults: Vec<_> = validator
                .iter_errors(&value)
                .map(|e| format!("{}: {e}", e.instance_path()))
                .collect();
            assert!(faults.is_empty(), "{name}: {faults:#?}");
        }
    }

    #[test]
    fn the_schema_refuses_what_the_report_does_not_promise() {
        let schema = serde_json::from_str(include_str!("../../docs/report.schema.json")).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let good: serde_json::Value = serde_json::from_str(&text(&samples::labelled())).unwrap();
        let spoil: [(&str, serde_json::Value); 6] = [
            ("/extra", 1.into()),
            ("/inputs/0/rows/lost", 1.into()),
            ("/runs/0/groups/0/verdict/direction", "reasoning".into()),
            ("/runs/0/groups/0/metrics/brier/guess", 1.into()),
            ("/runs/0/groups/0/metrics/accuraccy", serde_json::json!({})),
            (
                "/runs/0/groups/0/metrics/brier/value",
                serde_json::Value::Null,
            ),
        ];
        for (pointer, replacement) in spoil {
            let (parent, key) = pointer.rsplit_once('/').unwrap();
            let mut bad = good.clone();
            bad.pointer_mut(parent)
                .unwrap()
                .as_object_mut()
                .unwrap()
                .insert(key.to_owned(), replacement);
            assert!(!validator.is_valid(&bad), "{pointer}");
        }
    }
}
