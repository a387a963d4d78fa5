//! `JUnit` XML: a test case for each rule.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::{group, name, sentence, subject, summary};
use crate::render::escape::is_forbidden;
use crate::report::{Gate, GateRule, Report};

/// Writes the verdict as a suite of test cases. A rule that cannot be decided is skipped, or an error where the gate was
/// asked to fail for it.
///
/// # Errors
/// When the stream fails.
pub fn write(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    let cases: String = report.gate.iter().map(suite).collect();
    // Writing to a string cannot fail.
    let _ = write!(text, "<testsuites name=\"calib\">\n{cases}</testsuites>\n");
    out.write_all(text.as_bytes())
}

/// What `JUnit` calls an outcome.
#[derive(Clone, Copy, PartialEq)]
enum Outcome {
    Passed,
    Failed,
    Error,
    Skipped,
}

fn outcome(gate: &Gate, rule: &GateRule) -> Outcome {
    match (rule.verdict, gate.on_inconclusive) {
        ("fail", _) if rule.fails() => Outcome::Failed,
        ("pass" | "fail", _) => Outcome::Passed,
        ("inconclusive", "fail") if rule.level == "error" => Outcome::Error,
        ("inconclusive", "pass") => Outcome::Passed,
        _ => Outcome::Skipped,
    }
}

fn suite(gate: &Gate) -> String {
    let outcomes: Vec<_> = gate.rules.iter().map(|rule| outcome(gate, rule)).collect();
    let of = |wanted: Outcome| outcomes.iter().filter(|one| **one == wanted).count();
    let mut text = String::new();
    let _ = writeln!(
        text,
        "  <testsuite name=\"calib gate: {}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\">",
        escaped(&gate.log),
        outcomes.len(),
        of(Outcome::Failed),
        of(Outcome::Error),
        of(Outcome::Skipped),
    );
    for (rule, outcome) in gate.rules.iter().zip(&outcomes) {
        text += &case(gate, rule, *outcome);
    }
    let _ = writeln!(
        text,
        "    <system-out>{}</system-out>",
        escaped(&summary(gate))
    );
    text + "  </testsuite>\n"
}

fn case(gate: &Gate, rule: &GateRule, outcome: Outcome) -> String {
    let class = match group(rule) {
        Some(group) => format!("calib.{}.{group}", subject(rule)),
        None => format!("calib.{}", subject(rule)),
    };
    let said = escaped(&sentence(gate, rule));
    let body = match outcome {
        Outcome::Passed => format!("<system-out>{said}</system-out>"),
        Outcome::Failed => format!("<failure message=\"{said}\" type=\"limit\"/>"),
        Outcome::Error => format!("<error message=\"{said}\" type=\"inconclusive\"/>"),
        Outcome::Skipped => format!("<skipped message=\"{said}\"/>"),
    };
    format!(
        "    <testcase name=\"{}\" classname=\"{}\">\n      {body}\n    </testcase>\n",
        escaped(&name(rule)),
        escaped(&class)
    )
}

/// Text in an attribute or an element. What acts on a screen is written out, what XML 1.0 has no character for too.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&apos;"),
            '\u{fffe}' | '\u{ffff}' => out.extend(c.escape_unicode()),
            _ if is_forbidden(c) => out.extend(c.escape_unicode()),
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::escaped;

    #[test]
    fn nothing_ends_an_attribute_or_has_no_place_in_xml() {
        assert_eq!(
            escaped("a<b>&\"'\u{0}\u{1b}[2J\n\u{202e}\u{ffff}"),
            "a&lt;b&gt;&amp;&quot;&apos;\\u{0}\\u{1b}[2J\\u{a}\\u{202e}\\u{ffff}"
        );
    }
}
