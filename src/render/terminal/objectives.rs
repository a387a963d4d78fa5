//! What the audits of training objectives found: a line or two each, or a section in full.

use std::collections::BTreeMap;

use super::Page;
use super::figures::heading;
use super::grid::{self, Column};
use super::line::{Line, paragraph};
use super::table::{Figure, table};
use crate::chart::term::Ink;
use crate::render::number::Unit;
use crate::report::objective::{self, Evidence, Level, Measure, Table};
use crate::report::{Estimate, Group, Objective, Pair};

/// The sections of a group: those that were asked for in full, else each in a sentence or, with `--all`, in full too.
pub(super) fn objectives(page: &Page<'_>, group: &Group) -> Vec<Line> {
    let asked = &page.report.settings.sections;
    let in_full = page.options.all || !asked.is_empty();
    let shown = group
        .objectives
        .iter()
        .filter(|(name, _)| asked.is_empty() || asked.contains(name));
    let mut lines = Vec::new();
    for (name, found) in shown {
        match in_full {
            true => {
                lines.extend(section(page, name, found));
                lines.push(Line::default());
            }
            false if is_on_the_map(name, found) => {}
            false => {
                lines.extend(sentence(page, name, found));
                if !is_said_later(name, &group.objectives) {
                    lines.extend(advice(page, found, NAME));
                }
            }
        }
    }
    if !in_full && !lines.is_empty() {
        lines.push(Line::default());
    }
    lines
}

/// The sections of the groups of `--by`: the verdict and sentence of each group below its name.
pub(super) fn of_groups(page: &Page<'_>, groups: &[&Group]) -> Vec<Line> {
    let asked = &page.report.settings.sections;
    let mut lines = Vec::new();
    for group in groups {
        let shown = || {
            group
                .objectives
                .iter()
                .filter(|(name, _)| asked.contains(name))
        };
        let values: Vec<_> = group.by.values().map(String::as_str).collect();
        let name = page.untrusted(&values.join(", "), page.width - 2);
        lines.push(Line::indented(2).ink(Ink::Strong, name));
        for (name, found) in shown() {
            lines.extend(brief(page, name, found));
        }
        lines.push(Line::default());
    }
    lines
}

/// What is said of two logs, before and after: in a sentence, or with `--all` in full.
pub(super) fn of_pair(page: &Page<'_>, pair: &Pair) -> Vec<Line> {
    let mut lines = Vec::new();
    for (name, found) in &pair.objectives {
        lines.push(Line::default());
        lines.extend(match page.options.all {
            true => section(page, name, found),
            false => brief(page, name, found),
        });
    }
    lines
}

/// Whether the figures of the map say all of it already.
fn is_on_the_map(name: &str, found: &Objective) -> bool {
    const FIGURES: [&str; 6] = [
        "over_answer",
        "over_abstain",
        "dprime",
        "criterion",
        "youden",
        "rows_needed",
    ];
    let known = |one: &Evidence| {
        let name = one.name.rsplit('.').next().unwrap_or(&one.name);
        FIGURES.contains(&name)
    };
    name == "direction" && found.tables.is_empty() && found.evidence.iter().all(known)
}

/// Columns before a sentence: two, and the name of its section.
const NAME: usize = 14;

/// Whether the synthesis tells what to do about it.
fn is_said_later(name: &str, all: &BTreeMap<&'static str, Objective>) -> bool {
    name == "direction"
        && all
            .get("synthesis")
            .is_some_and(|last| last.advice.is_some())
}

/// The sentence and the advice.
fn brief(page: &Page<'_>, name: &str, found: &Objective) -> Vec<Line> {
    let mut lines = sentence(page, name, found);
    lines.extend(advice(page, found, NAME));
    lines
}

/// The sentence, behind the name.
fn sentence(page: &Page<'_>, name: &str, found: &Objective) -> Vec<Line> {
    let start = Line::indented(2).ink(ink(found), format!("{name:<12}"));
    paragraph(start, Ink::Plain, &page.prose(&found.sentence), page.width)
}

fn advice(page: &Page<'_>, found: &Objective, indent: usize) -> Vec<Line> {
    let advice = found.advice.iter();
    let wrapped = advice.flat_map(|advice| {
        let start = Line::indented(indent);
        paragraph(start, Ink::Faint, &page.prose(advice), page.width)
    });
    wrapped.collect()
}

fn ink(found: &Objective) -> Ink {
    match found.level {
        Level::Fail => Ink::Orange,
        Level::Ok | Level::Note | Level::Inconclusive => Ink::Faint,
    }
}

/// A section in full: name and verdict, sentence, advice, figures, tables, and what would let it say more.
fn section(page: &Page<'_>, name: &str, found: &Objective) -> Vec<Line> {
    let mut heading = Line::indented(2).ink(Ink::Strong, name);
    if let Some(verdict) = found.verdict {
        let word = verdict.replace('_', " ").to_uppercase();
        heading = heading.plain("   ").ink(ink(found), word);
    }
    let mut lines = vec![heading];
    let sentence = page.prose(&found.sentence);
    lines.extend(paragraph(
        Line::indented(2),
        Ink::Plain,
        &sentence,
        page.width,
    ));
    lines.extend(advice(page, found, 2));
    let parts = [figures(page, &found.evidence)];
    let tables = found.tables.iter().map(|found| grid(page, found));
    for part in parts.into_iter().chain(tables) {
        if !part.is_empty() {
            lines.push(Line::default());
            lines.extend(part);
        }
    }
    // Where nothing is told, the sentence names what is missing.
    if !found.missing.is_empty() && !found.evidence.is_empty() {
        let text = format!("{} would let it say more", found.missing.join(", "));
        lines.push(Line::default());
        lines.extend(paragraph(Line::indented(2), Ink::Faint, &text, page.width));
    }
    lines
}

fn figures(page: &Page<'_>, evidence: &[Evidence]) -> Vec<Line> {
    // What has no label stands in a table.
    let shown = evidence.iter().filter(|one| !one.label.is_empty());
    let evidence: Vec<&Evidence> = shown.collect();
    let estimates: Vec<Estimate> = evidence.iter().map(|one| estimate(&one.figure)).collect();
    let figure = |(one, estimate): (&Evidence, _)| Figure {
        section: None,
        label: page.prose(&one.label),
        unit: unit(one.unit),
        estimate,
        note: note(page, estimate),
        loud: false,
    };
    let figures: Vec<_> = evidence.into_iter().zip(&estimates).map(figure).collect();
    if figures.is_empty() {
        return Vec::new();
    }
    table(page, &figures, &heading(page, &figures))
}

/// Why there is no value, or what stands beside it.
fn note(page: &Page<'_>, estimate: &Estimate) -> String {
    match (estimate.value, &estimate.reason) {
        (None, Some(reason)) => page.prose(reason),
        _ => super::figures::beside(estimate),
    }
}

fn estimate(figure: &objective::Figure) -> Estimate {
    match figure {
        objective::Figure::Estimate(estimate) => estimate.clone(),
        objective::Figure::Number(number) => Estimate {
            value: Some(*number),
            ..Estimate::default()
        },
    }
}

fn unit(measure: Measure) -> Unit {
    match measure {
        Measure::Share => Unit::Percent,
        Measure::Count => Unit::Count,
        Measure::Flag => Unit::Flag,
        Measure::Number(decimals) => Unit::Plain(decimals.into()),
        Measure::Signed(decimals) => Unit::Signed(decimals.into()),
    }
}

/// A table, its intervals in columns of their own that go first where there is no room.
fn grid(page: &Page<'_>, found: &Table) -> Vec<Line> {
    let labels = found
        .rows
        .iter()
        .map(|row| (Ink::Plain, page.untrusted(&row.label, 24)));
    let mut columns = vec![Column::of(found.of, labels).left()];
    for (at, column) in found.columns.iter().enumerate() {
        let unit = unit(column.unit);
        let cells = || {
            found
                .rows
                .iter()
                .map(|row| row.cells.get(at)?.as_ref().map(estimate))
        };
        let value = |cell: Option<Estimate>| {
            let value = cell.and_then(|cell| cell.value);
            value.map_or_else(String::new, |value| unit.show(value))
        };
        let interval = |cell: Option<Estimate>| {
            let ends = cell.and_then(|cell| cell.low.zip(cell.high));
            ends.map_or_else(String::new, |(low, high)| {
                format!(
                    "{} – {}",
                    unit.show(low).trim_end_matches(" %"),
                    unit.show(high)
                )
            })
        };
        // The last columns are given up first.
        let rank = u8::try_from(at).unwrap_or(u8::MAX / 2).min(u8::MAX / 2);
        let title = page.prose(&column.title);
        columns.push(Column::of(title, cells().map(value).map(plain)).rank(rank));
        let interval = Column::of("", cells().map(interval).map(plain));
        columns.push(interval.named("intervals").rank(u8::MAX / 2 + rank));
    }
    grid::lines(page, columns)
}

fn plain(cell: String) -> (Ink, String) {
    (Ink::Plain, cell)
}
