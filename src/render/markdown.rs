//! Comparisons as Markdown, for pull requests and the summary of a step.

use std::fmt::Write as _;
use std::io::{self, Write};

use super::closure;
use super::escape::{Charset, Untrusted};
use super::number::{self, count, p_value};
use super::terminal::Options;
use super::units::{signed, unit};
use crate::report::comparing::title;
use crate::report::{Comparison, Pair, Report};

/// Writes a table for each pair of logs, the ranking and the warnings.
///
/// # Errors
/// When the stream fails.
pub fn write(report: &Report, _: &Options, out: &mut dyn Write) -> io::Result<()> {
    let mut text = String::new();
    for pair in &report.pairs {
        let _ = writeln!(text, "### {}\n", escaped(&pair.sentence));
        let _ = writeln!(text, "{} ids shared.\n", count(pair.shared_ids));
        closures(&mut text, report, pair);
        table(&mut text, report, pair);
        let moves = pair.moves.iter().map(|moved| moved.sentence.clone());
        for sentence in moves.chain(pair.drift()) {
            let _ = writeln!(text, "{}\n", escaped(&sentence));
        }
    }
    if let Some(razor) = &report.razor {
        let _ = writeln!(text, "{}\n", escaped(&razor.sentence));
    }
    if let Some(ranking) = &report.ranking {
        let _ = writeln!(text, "**Ranking:** {}\n", escaped(&ranking.sentence));
    }
    for warning in &report.warnings {
        let _ = writeln!(text, "- {}: {}", warning.code, escaped(&warning.message));
    }
    out.write_all(text.trim_end().as_bytes())?;
    out.write_all(b"\n")
}

fn table(text: &mut String, report: &Report, pair: &Pair) {
    let own: Vec<&Comparison> = report
        .comparisons
        .iter()
        .filter(|one| (&one.base, &one.new) == (&pair.base, &pair.new))
        .collect();
    let by: Vec<&String> = own.iter().flat_map(|one| one.by.keys()).collect();
    let group = if by.is_empty() { "" } else { " group |" };
    let level = own
        .first()
        .map_or_else(String::new, |one| number::level(one.level));
    let _ = writeln!(
        text,
        "|{group} metric | {} | {} | change | {level} interval | p, adjusted | |",
        escaped(&pair.base),
        escaped(&pair.new)
    );
    let dashes = if by.is_empty() { "" } else { " --- |" };
    let _ = writeln!(
        text,
        "|{dashes} --- | ---: | ---: | ---: | --- | ---: | --- |"
    );
    for one in own {
        row(text, one, !by.is_empty());
    }
    text.push('\n');
}

/// How much of the gap is closed, with `--toward`.
fn closures(text: &mut String, report: &Report, pair: &Pair) {
    let own: Vec<_> = report
        .gap
        .iter()
        .filter(|one| one.proxy == pair.new)
        .collect();
    let Some(first) = own.first() else { return };
    if let Some(sentence) = &pair.toward {
        let _ = writeln!(text, "{}\n", escaped(sentence));
    }
    let _ = writeln!(
        text,
        "| metric | | {} | {} | {} | closed | {} interval | past tuned | |",
        escaped(&first.base),
        escaped(&first.proxy),
        escaped(&first.tuned),
        number::level(first.level)
    );
    let _ = writeln!(
        text,
        "| --- | --- | ---: | ---: | ---: | ---: | --- | --- | --- |"
    );
    for one in own.into_iter().filter(|one| closure::differs(one)) {
        let subject = match (closure::parts(one), &one.domain) {
            ((_, None), None) => "all rows".to_owned(),
            _ => closure::subject(one),
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            title(closure::parts(one).0),
            escaped(&subject),
            closure::figure(one, one.base_value),
            closure::figure(one, one.proxy_value),
            closure::figure(one, one.tuned_value),
            closure::closed(one, one.value),
            escaped(&closure::ends(one)),
            escaped(&closure::change(one, one.proxy_less_tuned.as_ref())),
            closure::notes(one)
        );
    }
    text.push('\n');
}

fn row(text: &mut String, one: &Comparison, grouped: bool) {
    let unit = unit(&one.metric);
    let value =
        |value: Option<f64>| value.map_or_else(|| "n/a".to_owned(), |value| unit.show(value));
    let ends = one.low.zip(one.high).map(|(low, high)| {
        format!(
            "{} – {}",
            signed(&one.metric, low),
            signed(&one.metric, high)
        )
    });
    if grouped {
        let values: Vec<_> = one
            .by
            .iter()
            .map(|(field, value)| format!("{field} {value}"))
            .collect();
        let _ = write!(
            text,
            "| {} ",
            escaped(if values.is_empty() { "all rows" } else { "" }) + &escaped(&values.join(", "))
        );
    }
    let _ = writeln!(
        text,
        "| {} | {} | {} | {} | {} | {} | {} |",
        title(&one.metric),
        value(one.base_value),
        value(one.new_value),
        one.delta
            .map_or_else(|| "n/a".to_owned(), |delta| signed(&one.metric, delta)),
        ends.unwrap_or_default(),
        one.p_adjusted.map_or_else(String::new, |p| p_value(p)
            .replace("p = ", "")
            .replace("p < ", "< ")),
        verdict(one)
    );
}

/// The change in a word, and whether it is within its margin.
fn verdict(one: &Comparison) -> String {
    let undetected = if one.p_adjusted.is_some() { "~" } else { "" };
    let change = one.change.unwrap_or(undetected);
    match one.margin.zip(one.within) {
        Some((margin, within)) => {
            let word = within.replace('_', " ");
            format!("{change}; {word}, margin {margin}")
        }
        None => change.to_owned(),
    }
}

/// Text that Markdown takes for text.
pub(super) fn escaped(text: &str) -> String {
    let text = Untrusted(text).escaped(Charset::Unicode);
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(
            c,
            '\\' | '|' | '<' | '>' | '`' | '*' | '_' | '[' | ']' | '#' | '@' | '&' | '~'
        ) {
            out.push('\\');
        }
        out.push(c);
    }
    out
}
