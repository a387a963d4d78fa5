//! A verdict for a person at a terminal: the word, a line for each rule, and what stands behind it.

use std::io::{self, Write};

use super::grid::{self, Column};
use super::line::{Line, paragraph};
use super::{Options, Page, header, notes};
use crate::chart::term::Ink;
use crate::render::gate::{
    figure, group, headline, interval, limit, notes as of_rule, subject, summary, word,
};
use crate::render::number::{count, p_value};
use crate::render::units::plain;
use crate::report::{Gate, GateRule, Report};

/// Writes the verdict.
///
/// # Errors
/// When the stream fails.
pub fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let page = Page::new(report, options);
    let mut lines = Vec::new();
    for run in &report.runs {
        lines.extend(header::run(&page, run));
    }
    lines.push(Line::default());
    if let Some(gate) = &report.gate {
        lines.extend(verdict(&page, gate));
    }
    lines.extend(notes::warnings(&page));
    if page.options.hints {
        let next = Line::indented(2).ink(Ink::Faint, "next   ");
        lines.push(next.ink(Ink::Blue, "calib explain gate"));
    }
    while lines.last().is_some_and(Line::is_empty) {
        lines.pop();
    }
    for line in lines {
        line.write(options, out)?;
    }
    Ok(())
}

fn verdict(page: &Page<'_>, gate: &Gate) -> Vec<Line> {
    let start = Line::indented(2)
        .ink(Ink::Strong, headline(gate))
        .plain("   ");
    let mut lines = paragraph(start, Ink::Plain, &summary(gate), page.width);
    let paired = gate.overlap.map(|overlap| {
        let what = if overlap.by_groups {
            "groups of ids"
        } else {
            "ids"
        };
        let mut text = format!("{} {what} in both logs", count(overlap.shared));
        for (only, whose) in [
            (overlap.baseline_only, "the baseline"),
            (overlap.log_only, "the log"),
        ] {
            if only > 0 {
                text += &format!(", {} in {whose} only", count(only));
            }
        }
        text
    });
    if let Some(text) = paired {
        lines.extend(paragraph(Line::indented(2), Ink::Faint, &text, page.width));
    }
    lines.push(Line::default());
    let mut rest = gate.rules.as_slice();
    while let Some(first) = rest.first() {
        let same = rest.iter().take_while(|rule| rule.by == first.by).count();
        let (of_group, others) = rest.split_at(same);
        lines.extend(table(page, of_group));
        rest = others;
    }
    lines.extend(shared(page, gate));
    lines
}

/// The rules on all rows, or on one group, with what is to be said of them.
fn table(page: &Page<'_>, rules: &[GateRule]) -> Vec<Line> {
    let mut lines = Vec::new();
    let group = rules.first().and_then(group);
    lines.extend(group.map(|group| {
        let name = page.untrusted(&group, page.width - 2);
        Line::indented(2).ink(Ink::Strong, name)
    }));
    let column = |title: &str, cell: &dyn Fn(&GateRule) -> (Ink, String)| {
        Column::of(title, rules.iter().map(cell))
    };
    lines.extend(grid::lines(
        page,
        vec![
            column("", &|rule| (ink(rule), word(rule.verdict).to_owned())).left(),
            column("rule", &|rule| (Ink::Plain, subject(rule))).left(),
            column("figure", &|rule| (Ink::Plain, figure(rule))).rank(1),
            column("interval", &|rule| {
                (Ink::Plain, interval(rule).unwrap_or_default())
            })
            .left(),
            column("limit", &|rule| (Ink::Plain, limit(rule))).left(),
            column("", &|rule| (Ink::Faint, p_adjusted(rule)))
                .left()
                .rank(2)
                .named("adj. p"),
            column("rows", &|rule| (Ink::Faint, count(rule.n))).rank(3),
            column("shows", &|rule| (Ink::Faint, shows(rule))).rank(3),
        ],
    ));
    lines.push(Line::default());
    let notes = footnotes(page, rules);
    let empty = notes.is_empty();
    lines.extend(notes);
    lines.extend((!empty).then(Line::default));
    lines
}

/// The corrected p-value, where it has something to say.
fn p_adjusted(rule: &GateRule) -> String {
    let said = rule.p_adjusted.filter(|_| rule.verdict != "pass");
    said.map_or_else(String::new, p_value)
}

/// The smallest excess that these rows would show.
fn shows(rule: &GateRule) -> String {
    rule.smallest_detectable
        .map_or_else(String::new, |least| plain(rule.metric, least))
}

fn ink(rule: &GateRule) -> Ink {
    match rule.verdict {
        "pass" => Ink::Blue,
        "fail" => Ink::Orange,
        "skipped" => Ink::Faint,
        _ => Ink::Strong,
    }
}

/// What is to be said of rules, once for all of which the same is true.
fn footnotes(page: &Page<'_>, rules: &[GateRule]) -> Vec<Line> {
    let mut said: Vec<(String, Vec<String>)> = Vec::new();
    for rule in rules {
        let text = of_rule(rule).join("; ");
        if text.is_empty() {
            continue;
        }
        match said.iter_mut().find(|(known, _)| *known == text) {
            Some((_, subjects)) => subjects.push(subject(rule)),
            None => said.push((text, vec![subject(rule)])),
        }
    }
    let note = |(text, subjects): (String, Vec<String>)| {
        let start = Line::indented(2).plain(format!("{}: ", subjects.join(", ")));
        if start.width() * 2 > page.width {
            let text = format!("{}: {text}", subjects.join(", "));
            return paragraph(
                Line::indented(2),
                Ink::Faint,
                &page.prose(&text),
                page.width,
            );
        }
        paragraph(start, Ink::Faint, &page.prose(&text), page.width)
    };
    said.into_iter().flat_map(note).collect()
}

/// How alpha was shared.
fn shared(page: &Page<'_>, gate: &Gate) -> Vec<Line> {
    if gate.judged == 0 {
        return Vec::new();
    }
    let how = match (gate.correction, gate.judged) {
        (_, 1) => String::new(),
        ("none", _) => " for each rule by itself".to_owned(),
        (name, judged) => format!(" shared among {judged} ({name})"),
    };
    let mut text = format!(
        "The end of an interval towards its limit decides on FAIL, one-sided at {}{how}; the other end decides on PASS.",
        gate.alpha
    );
    if gate.rules.iter().any(|rule| rule.bound == "max_increase") {
        text += " Figures with a sign say how much worse.";
    }
    let mut lines = paragraph(
        Line::indented(2),
        Ink::Faint,
        &page.prose(&text),
        page.width,
    );
    lines.push(Line::default());
    lines
}
