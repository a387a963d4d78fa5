//! A model as a program: Python that applies it and needs nothing but the standard library.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::io::{self, Write};

use serde_json::{Map, Value};

use crate::recalibrate::model::Policy;
use crate::recalibrate::{Curve, Model};

/// What every program begins with.
const HEAD: &str = r#""""Recalibrates confidences as `calib apply` does with the model below. Standard library only.

    recalibrate(0.9{example})

A confidence is a number from 0 to 1, read as the model's log was, or None where a row has none. As a program it reads
one a line.{values}
"""
import bisect
import json
import math
import sys

"#;

/// What most methods share.
const COMMON: &str = r#"

def clipped(p):
    return min(max(p, 1e-12), 1.0 - 1e-12)


def logit(p):
    p = clipped(p)
    return math.log(p) - math.log1p(-p)


def logistic(x):
    small = math.exp(-abs(x))
    return small / (1.0 + small) if x < 0.0 else 1.0 / (1.0 + small)


def in_bin(edges, values, p):
    at = max(bisect.bisect_left(edges, p) - 1, 0)
    return values[min(at, len(values) - 1)]
"#;

/// The function of a method, named after it.
fn function(curve: &Curve) -> &'static str {
    match curve {
        Curve::Identity(_) => IDENTITY,
        Curve::Temperature(_) => TEMPERATURE,
        Curve::Platt(_) => PLATT,
        Curve::Beta(_) => BETA,
        Curve::Spline(_) => SPLINE,
        Curve::Histogram(_) => HISTOGRAM,
        Curve::ScalingBinning(_) => SCALING_BINNING,
        Curve::Isotonic(_) => ISOTONIC,
        Curve::VennAbers(_) => VENN_ABERS,
    }
}

const IDENTITY: &str = "
def identity(p):
    return p
";

const TEMPERATURE: &str = "
def temperature(p, T):
    return logistic(logit(p) / T)
";

const PLATT: &str = "
def platt(p, a, b):
    return logistic(-(a * logit(p) + b))
";

const BETA: &str = "
def beta(p, a, b, m):
    p = clipped(p)
    return logistic(a * math.log(p) + b * -math.log1p(-p) + m)
";

const SPLINE: &str = "
def spline(p, knots, values, curvatures):
    def slopes(at):
        h = knots[at + 1] - knots[at]
        chord = (values[at + 1] - values[at]) / h
        a, b = curvatures[at], curvatures[at + 1]
        return chord - h * (2.0 * a + b) / 6.0, chord + h * (a + 2.0 * b) / 6.0

    last = len(knots) - 1
    if p <= knots[0]:
        return logistic(values[0] + (p - knots[0]) * slopes(0)[0])
    if p >= knots[last]:
        return logistic(values[last] + (p - knots[last]) * slopes(last - 1)[1])
    at = bisect.bisect_right(knots, p) - 1
    u, v = p - knots[at], knots[at + 1] - p
    h = u + v
    line = (u * values[at + 1] + v * values[at]) / h
    bend = (1.0 + u / h) * curvatures[at + 1] + (1.0 + v / h) * curvatures[at]
    return logistic(line - u * v * bend / 6.0)
";

const HISTOGRAM: &str = "
def histogram(p, edges, values):
    return in_bin(edges, values, p)
";

const SCALING_BINNING: &str = "
def scaling_binning(p, a, b, edges, values):
    return in_bin(edges, values, logistic(-(a * logit(p) + b)))
";

const ISOTONIC: &str = "
def isotonic(p, x, y):
    above = bisect.bisect_left(x, p)
    if above == len(x):
        return y[-1]
    if above == 0 or x[above] == p:
        return y[above]
    share = (p - x[above - 1]) / (x[above] - x[above - 1])
    return y[above - 1] + (y[above] - y[above - 1]) * share
";

const VENN_ABERS: &str = "
def venn_abers(p, scores, p0, p1):
    below, above = bisect.bisect_right(scores, p), bisect.bisect_left(scores, p)
    low = p0[below - 1] if below > 0 else 0.0
    high = p1[above] if above < len(scores) else 1.0
    return high / (1.0 - low + high)
";

/// How the values of groups are given.
const VALUES: &str = r#"

Values of groups are text as the log writes it, true, false, or None where there is none (in CSV, where the field is empty).
A number has lost its spelling, 1e3 or 1000.0: json.loads(line, parse_float=str, parse_int=str) keeps it."#;

const TAIL: &str = r#"

def spelled(field, row):
    """A value as calib reads it, whose groups are told apart by how the log writes them."""
    value = row.get(field)
    if field not in row and "." in field:
        value = row
        for name in field.split("."):
            value = value.get(name) if isinstance(value, dict) else None
    if value is None:
        return "(missing)"
    if isinstance(value, str):
        return value or "(missing)"
    if not isinstance(value, (bool, int, float)):
        raise TypeError(f"{field} is {value!r}: expected text, true, false, None or a number")
    text = json.dumps(value)
    if isinstance(value, bool):
        return text
    at = MODEL["by"].index(field)
    known = {one["by"][at] for one in MODEL["groups"]}
    same = [one for one in known if equal(one, value)]
    if text not in known or len(same) > 1:
        raise ValueError(f"{field} is the number {text}, which names no one group: pass it as text, as the log writes it")
    return text


def equal(text, number):
    try:
        return float(text) == float(number)
    except (OverflowError, ValueError):
        return False


def of_group(group):
    values = [spelled(field, group) for field in MODEL["by"]]
    return next((one for one in MODEL["groups"] if one["by"] == values), MODEL)


def recalibrate(confidence, /, **group):
    """The calibrated confidence of a row, with the values of MODEL["by"] where the model has groups; None without one.

    Rows of groups that the model does not know take the curve of all rows.
    """
    curve = of_group(group)
    if confidence is None:
        return None
    confidence = float(confidence)
    if not 0.0 <= confidence <= 1.0:
        raise ValueError(f"a confidence of {confidence!r}: expected a number from 0 to 1")
    value = globals()[curve["method"]](confidence, **curve["params"])
    return min(max(value, 0.0), 1.0)


def abstains(recalibrated, /, **group):
    """Whether the model's threshold declines an answer of this calibrated confidence; None without a threshold."""
    policy = of_group(group)
    policy = policy if "never" in policy else MODEL
    if policy["never"]:
        return True
    if policy["threshold"] is None:
        return None
    return recalibrated is None or recalibrated < policy["threshold"]


if __name__ == "__main__":
    if MODEL["by"]:
        sys.exit("the model has groups, which a confidence alone does not name: import recalibrate from this file")
    for number, line in enumerate(sys.stdin, 1):
        try:
            print(repr(recalibrate(float(line))))
        except ValueError:
            sys.exit(f"line {number}: {line.strip()!r}, expected a number from 0 to 1")
"#;

/// Writes the program.
///
/// # Errors
/// When the stream fails.
pub fn write(model: &Model, out: &mut dyn Write) -> io::Result<()> {
    let example: String = model.by.iter().fold(String::new(), |mut text, field| {
        let _ = write!(text, ", **{{{}: \"…\"}}", literal(field));
        text
    });
    let values = if model.by.is_empty() { "" } else { VALUES };
    let head = HEAD
        .replace("{example}", &example.replace('…', "..."))
        .replace("{values}", values);
    out.write_all(head.as_bytes())?;
    writeln!(
        out,
        "MODEL = json.loads({})",
        literal(&data(model)?.to_string())
    )?;
    out.write_all(COMMON.as_bytes())?;
    let groups = model.groups.values().map(|group| &group.curve);
    let functions: BTreeSet<_> = groups.chain([&model.curve]).map(function).collect();
    for function in functions {
        write!(out, "\n{function}")?;
    }
    out.write_all(TAIL.as_bytes())
}

/// What the program needs of the model.
fn data(model: &Model) -> io::Result<Value> {
    let curve = |curve: &Curve| -> io::Result<Map<String, Value>> {
        let entries = [
            ("method", Value::from(curve.method())),
            ("params", curve.params()?),
        ];
        Ok(entries
            .map(|(key, value)| (key.to_owned(), value))
            .into_iter()
            .collect())
    };
    let mut all = curve(&model.curve)?;
    let mut groups = Vec::new();
    for (values, group) in &model.groups {
        let mut one = curve(&group.curve)?;
        one.insert("by".to_owned(), Value::from(values.clone()));
        if group.guarantee.is_some() {
            one.extend(threshold(model.policy(values)));
        }
        groups.push(Value::Object(one));
    }
    all.insert("by".to_owned(), Value::from(model.by.clone()));
    all.insert("groups".to_owned(), Value::Array(groups));
    all.extend(threshold(Policy::of(
        model.threshold,
        model.guarantee.as_ref(),
    )));
    Ok(Value::Object(all))
}

/// When an answer is declined.
fn threshold(policy: Policy) -> [(String, Value); 2] {
    let from = match policy {
        Policy::From(threshold) => Some(threshold),
        Policy::AsStated | Policy::Never => None,
    };
    [
        ("threshold".to_owned(), Value::from(from)),
        ("never".to_owned(), Value::from(policy == Policy::Never)),
    ]
}

/// A text as a literal of Python, in ASCII.
fn literal(text: &str) -> String {
    let mut literal = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => literal.extend(['\\', c]),
            ' '..='~' => literal.push(c),
            // Writing to a string cannot fail.
            c => drop(write!(literal, "\\U{:08x}", u32::from(c))),
        }
    }
    literal.push('"');
    literal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_literal_is_one_whatever_it_holds() {
        assert_eq!(
            literal("a\"\\\n\u{202e}é"),
            r#""a\"\\\U0000000a\U0000202e\U000000e9""#
        );
    }
}
