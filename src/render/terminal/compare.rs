//! Comparisons for a person at a terminal: for each log what changed against the base, then all of them in order.

mod checkpoints;
mod closure;
mod drift;
mod heads;
mod table;
mod untold;
mod way;
mod whole;

use std::io::{self, Write};

use super::grid::{self, Column};
use super::line::{Line, paragraph};
use super::{Options, Page, header, notes, objectives};
use crate::chart::term::Ink;
use crate::render::number::{Unit, count};
use crate::render::units::{plain, signed, unit};
use crate::report::comparing::title;
use crate::report::{Comparison, Pair, Report, Run};

/// More logs than this are shown as one table with a line each.
const APART: usize = 3;

/// Writes the comparison.
///
/// # Errors
/// When the stream fails.
pub fn write(report: &Report, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    page(&Page::new(report, options), out)
}

/// Writes the comparison of a log with what became of it; its column is headed so, whatever its path, unless a label
/// names it.
///
/// # Errors
/// When the stream fails.
pub fn write_before_and_after(
    report: &Report,
    labelled: bool,
    options: &Options,
    out: &mut dyn Write,
) -> io::Result<()> {
    let before = Page {
        base: (!labelled).then_some("before"),
        with_after: true,
        ..Page::new(report, options)
    };
    page(&before, out)
}

fn page(page: &Page<'_>, out: &mut dyn Write) -> io::Result<()> {
    let report = page.report;
    let mut lines = header(page);
    lines.extend(notes::caveats(page));
    if report.pairs.len() > APART {
        lines.extend(checkpoints::table(page));
        lines.extend(checkpoints::trajectory(page));
        lines.extend(way::map(page, &report.runs, ["the first log", "the last"]));
        for pair in &report.pairs {
            lines.extend(closure::section(page, pair));
        }
        lines.extend(drift::of_many(page));
    } else {
        for pair in &report.pairs {
            lines.extend(apart(page, pair));
        }
    }
    lines.extend(drift::razor(page));
    lines.extend(ranking(page));
    lines.extend(if report.pairs.len() > APART {
        notes::gathered(page)
    } else {
        notes::warnings(page)
    });
    while lines.last().is_some_and(Line::is_empty) {
        lines.pop();
    }
    for line in lines {
        line.write(page.options, out)?;
    }
    Ok(())
}

fn header(page: &Page<'_>) -> Vec<Line> {
    let mut lines = Vec::new();
    if page.report.runs.len() > APART + 1 {
        lines.extend(header::inputs(page, page.report.inputs.iter().collect()));
    } else {
        for run in &page.report.runs {
            lines.extend(header::run(page, run));
        }
    }
    lines.push(Line::default());
    lines
}

/// One log against the base.
fn apart(page: &Page<'_>, pair: &Pair) -> Vec<Line> {
    let mut lines = paragraph(
        Line::indented(2),
        Ink::Strong,
        &page.prose(&pair.sentence),
        page.width,
    );
    lines.extend(paragraph(
        Line::indented(2),
        Ink::Faint,
        &page.prose(&shared(pair)),
        page.width,
    ));
    lines.extend(closure::section(page, pair));
    let own = |one: &&Comparison| (&one.base, &one.new) == (&pair.base, &pair.new);
    let comparisons: Vec<&Comparison> = page.report.comparisons.iter().filter(own).collect();
    let mut groups: Vec<&std::collections::BTreeMap<String, String>> =
        comparisons.iter().map(|one| &one.by).collect();
    groups.dedup();
    for by in groups {
        let of_group: Vec<&Comparison> = comparisons
            .iter()
            .copied()
            .filter(|one| one.by == *by)
            .collect();
        lines.push(Line::default());
        if !by.is_empty() {
            let values: Vec<_> = by
                .iter()
                .map(|(field, value)| format!("{field} {value}"))
                .collect();
            lines.push(Line::indented(2).ink(
                Ink::Strong,
                page.untrusted(&values.join(", "), page.width - 2),
            ));
        }
        if page.with_after {
            lines.extend(whole::table(page, pair, &of_group));
        }
        lines.extend(table::table(page, pair, &of_group));
        lines.extend(untold::lines(page, &of_group));
        lines.extend(margins(page, &of_group));
        lines.extend(footnotes(page, &of_group));
        lines.extend(composition(page, &of_group));
    }
    let logs = [&pair.base, &pair.new].map(|label| run(page.report, label));
    lines.extend(way::map(
        page,
        logs.into_iter().flatten(),
        [&pair.base, &pair.new],
    ));
    let moves = pair.moves.iter().map(|moved| moved.sentence.clone());
    lines.extend(drift::sentences(page, moves.chain(pair.drift())));
    lines.extend(objectives::of_pair(page, pair));
    lines.push(Line::default());
    lines
}

fn shared(pair: &Pair) -> String {
    let what = if pair.ids_in_groups {
        "groups of ids"
    } else {
        "ids"
    };
    let mut text = format!("{} {what} shared", count(pair.shared_ids));
    for (only, label) in [
        (pair.base_only_ids, &pair.base),
        (pair.new_only_ids, &pair.new),
    ] {
        if only > 0 {
            text += &format!(", {} in {label} only", count(only));
        }
    }
    for (rows, label) in pair.rows_without_id.iter().zip([&pair.base, &pair.new]) {
        if *rows > 0 {
            text += &format!(", {} rows of {label} without an id", count(*rows));
        }
    }
    text
}

/// `~` where no difference was detected, as benchstat has it.
fn change(one: &Comparison) -> (Ink, String) {
    match one.delta {
        Some(0.0) => (Ink::Plain, "same".to_owned()),
        Some(delta) if one.detected => (ink(one), signed(&one.metric, delta)),
        Some(_) if one.p_adjusted.is_some() => (Ink::Plain, "~".to_owned()),
        Some(delta) => (Ink::Faint, signed(&one.metric, delta)),
        None => (Ink::Faint, "n/a".to_owned()),
    }
}

fn ink(one: &Comparison) -> Ink {
    match one.change {
        Some("better") => Ink::Blue,
        Some("worse") => Ink::Orange,
        _ => Ink::Plain,
    }
}

fn run<'r>(report: &'r Report, label: &str) -> Option<&'r Run> {
    report.runs.iter().find(|run| run.label == label)
}

/// Whether losses are shown to stay within their margins.
fn margins(page: &Page<'_>, comparisons: &[&Comparison]) -> Vec<Line> {
    let mut lines = Vec::new();
    for one in comparisons {
        let Some((margin, within)) = one.margin.zip(one.within) else {
            continue;
        };
        let size = plain(&one.metric, margin);
        let points = if unit(&one.metric) == Unit::Percent {
            " points"
        } else {
            ""
        };
        let (ink, words) = match within {
            "non_inferior" => (Ink::Blue, "shown to be worse by less than LIMIT, if at all"),
            "inferior" => (Ink::Orange, "shown to be worse by more than LIMIT"),
            _ => (
                Ink::Plain,
                "not told whether it is worse by less than LIMIT or by more",
            ),
        };
        let words = words.replace("LIMIT", &format!("{size}{points}"));
        let text = format!("{}: {words}", title(&one.metric));
        lines.extend(paragraph(Line::indented(2), ink, &text, page.width));
    }
    if !lines.is_empty() {
        lines.insert(0, Line::default());
    }
    lines
}

/// What it would take to see more, for each difference that was not detected.
fn footnotes(page: &Page<'_>, comparisons: &[&Comparison]) -> Vec<Line> {
    let open = comparisons.iter().copied();
    let open: Vec<&Comparison> = open
        .filter(|one| one.p_adjusted.is_some() && !one.detected)
        .filter(|one| one.smallest_detectable.is_some())
        .collect();
    if open.is_empty() {
        return Vec::new();
    }
    let mut lines = headed(
        page,
        "~ no difference detected; what a chance of 80 % to detect one takes",
    );
    let size = |one: &Comparison, size: Option<f64>| {
        let size = size.map(|size| plain(&one.metric, size));
        size.map(|size| {
            if unit(&one.metric) == Unit::Percent {
                size + " points"
            } else {
                size
            }
        })
    };
    lines.extend(listing(
        page,
        &open,
        [
            ("seen", &|one| size(one, one.delta)),
            ("takes ids", &|one| one.rows_needed.map(count)),
            ("these show", &|one| size(one, one.smallest_detectable)),
            ("ids there", &|one| Some(count(one.n))),
        ],
    ));
    lines
}

/// What moved the figures besides the answers to the same prompts.
fn composition(page: &Page<'_>, comparisons: &[&Comparison]) -> Vec<Line> {
    let moved = comparisons.iter().copied();
    let moved: Vec<&Comparison> = moved
        .filter(|one| one.composition.is_some_and(|part| part != 0.0))
        .collect();
    if moved.is_empty() {
        return Vec::new();
    }
    let mut lines = headed(
        page,
        "composition: the change over all rows of either log, and what it comes from",
    );
    let change = |one: &Comparison, part: Option<f64>| part.map(|part| signed(&one.metric, part));
    lines.extend(listing(
        page,
        &moved,
        [
            ("all rows", &|one| change(one, one.delta_all)),
            ("both answered", &|one| change(one, one.delta)),
            ("other prompts", &|one| change(one, one.composition)),
            ("ids in both", &|one| Some(count(one.n))),
        ],
    ));
    lines
}

/// What a column says of a comparison.
type Told<'t> = &'t dyn Fn(&Comparison) -> Option<String>;

/// An empty line and a heading.
fn headed(page: &Page<'_>, heading: &str) -> Vec<Line> {
    let mut lines = vec![Line::default()];
    lines.extend(paragraph(
        Line::indented(2),
        Ink::Faint,
        heading,
        page.width,
    ));
    lines
}

/// A line for each comparison, with what these columns say of it; the last is given up first.
fn listing<const N: usize>(
    page: &Page<'_>,
    comparisons: &[&Comparison],
    columns: [(&str, Told<'_>); N],
) -> Vec<Line> {
    let column = |title: &str, cell: Told<'_>| {
        let told = |one: &&Comparison| (Ink::Faint, cell(one).unwrap_or_default());
        Column::of(title, comparisons.iter().map(told))
    };
    let named = column("", &|one| Some(title(&one.metric).to_owned())).left();
    let told = columns
        .iter()
        .enumerate()
        .map(|(at, (title, cell))| column(title, cell).rank(u8::from(at + 1 == N)));
    grid::lines(page, std::iter::once(named).chain(told).collect())
}

fn ranking(page: &Page<'_>) -> Vec<Line> {
    let Some(ranking) = &page.report.ranking else {
        return Vec::new();
    };
    let start = Line::indented(2).ink(Ink::Faint, "ranking  ");
    let mut lines = paragraph(
        start,
        Ink::Strong,
        &page.prose(&ranking.sentence),
        page.width,
    );
    lines.push(Line::default());
    lines
}
