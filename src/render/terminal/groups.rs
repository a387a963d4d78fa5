//! The groups of `--by`, one line each.

use unicode_width::UnicodeWidthStr;

use super::Page;
use super::figures::confidence_word;
use super::grid;
use super::line::{Line, paragraph};
use crate::chart::map::kinds;
use crate::chart::term::Ink;
use crate::render::number::{Unit, count};
use crate::report::{Estimate, Group};

/// A column of the table.
struct Column {
    title: &'static str,
    unit: Unit,
    figure: fn(&Group) -> Option<&Estimate>,
}

const COLUMNS: [Column; 7] = [
    Column {
        title: "accuracy",
        unit: Unit::Percent,
        figure: |group| group.metrics.get("accuracy"),
    },
    Column {
        title: "gap",
        unit: Unit::Signed(3),
        figure: |group| group.metrics.get("signed_gap"),
    },
    Column {
        title: "Brier",
        unit: Unit::Plain(4),
        figure: |group| group.metrics.get("brier"),
    },
    Column {
        title: "ECE",
        unit: Unit::Plain(4),
        figure: |group| group.metrics.get("ece"),
    },
    Column {
        title: "AUROC",
        unit: Unit::Plain(3),
        figure: |group| group.metrics.get("auroc"),
    },
    Column {
        title: "over-ans",
        unit: Unit::Percent,
        figure: |group| Some(&group.abstention.all.over_answer),
    },
    Column {
        title: "over-abs",
        unit: Unit::Percent,
        figure: |group| Some(&group.abstention.all.over_abstain),
    },
];

/// Columns given up first where there is no room.
const LEAST: [&str; 7] = [
    "ECE", "AUROC", "Brier", "accuracy", "over-abs", "over-ans", "verdict",
];

/// The label keeps at least this much: values cut shorter than this look alike.
const LABEL: usize = 24;

/// The table of groups; nothing without groups.
pub(super) fn groups(page: &Page<'_>, groups: &[&Group]) -> Vec<Line> {
    if groups.is_empty() {
        return Vec::new();
    }
    let mut table = Table::new(page, groups);
    let dropped = table.fit(page);
    let mut lines = table.lines(page);
    lines.extend(grid::said(page.width, dropped));
    if groups.len() > 1 && table.columns.iter().any(|column| column.title == "verdict") {
        let text = "a word about a group holds among all of them (Benjamini-Hochberg)";
        lines.extend(paragraph(Line::indented(2), Ink::Faint, text, page.width));
    }
    lines.push(Line::default());
    lines
}

/// Text by column, the heading first; labels as they came, to be escaped when it is known how much room they have.
struct Table {
    labels: Vec<String>,
    columns: Vec<Cells>,
}

/// One column as text.
struct Cells {
    title: &'static str,
    width: usize,
    cells: Vec<String>,
}

impl Table {
    fn new(page: &Page<'_>, groups: &[&Group]) -> Self {
        // In the order of the flags, by which the groups are sorted.
        let by = &page.report.settings.by;
        let mut labels = vec![by.join(", ")];
        labels.extend(groups.iter().map(|group| label(group, by)));
        let rows = groups
            .iter()
            .map(|group| rows_of(group).map_or_else(dash, count))
            .collect();
        let mut columns = vec![Cells::new("n", rows)];
        let shown = |column: &&Column| groups.iter().any(|group| value(column, group).is_some());
        for column in COLUMNS.iter().filter(shown) {
            let cell = |group: &&Group| {
                value(column, group).map_or_else(dash, |value| column.unit.show(value))
            };
            columns.push(Cells::new(column.title, groups.iter().map(cell).collect()));
        }
        if page.width >= 100 {
            let words = groups.iter().map(|group| word(group).to_owned()).collect();
            columns.push(Cells::new("verdict", words));
        }
        Self { labels, columns }
    }

    /// Gives up columns until the label has room; names them.
    fn fit(&mut self, page: &Page<'_>) -> Vec<String> {
        let wanted = self.label_width(page, LABEL);
        let mut dropped = Vec::new();
        for least in LEAST {
            if 2 + wanted + self.figures_width() > page.width {
                let before = self.columns.len();
                self.columns.retain(|column| column.title != least);
                dropped.extend((self.columns.len() < before).then(|| least.to_owned()));
            }
        }
        dropped
    }

    /// The width of the widest label, up to a limit.
    fn label_width(&self, page: &Page<'_>, limit: usize) -> usize {
        let widths = self
            .labels
            .iter()
            .map(|label| page.untrusted(label, limit).width());
        widths.max().unwrap_or(0)
    }

    fn figures_width(&self) -> usize {
        self.columns.iter().map(|column| 2 + column.width).sum()
    }

    fn lines(&self, page: &Page<'_>) -> Vec<Line> {
        let room = page.width.saturating_sub(2 + self.figures_width());
        let widest = self.label_width(page, room);
        let row = |at: usize, label: &String| {
            let mut line = Line::indented(2)
                .ink(ink(at), page.untrusted(label, widest))
                .to(2 + widest);
            for column in &self.columns {
                line = line.plain("  ").ink(ink(at), column.row(at));
            }
            line
        };
        self.labels
            .iter()
            .enumerate()
            .map(|(at, label)| row(at, label))
            .collect()
    }
}

fn ink(row: usize) -> Ink {
    if row == 0 { Ink::Faint } else { Ink::Plain }
}

impl Cells {
    fn new(title: &'static str, cells: Vec<String>) -> Self {
        let widest = cells.iter().map(|cell| cell.width()).max().unwrap_or(0);
        let width = widest.max(title.len());
        Self {
            title,
            width,
            cells,
        }
    }

    /// Numbers stand right, words left. Row 0 is the heading.
    fn row(&self, row: usize) -> String {
        let text = match row.checked_sub(1) {
            None => self.title,
            Some(row) => self.cells.get(row).map_or("", String::as_str),
        };
        let space = " ".repeat(self.width.saturating_sub(text.width()));
        if self.title == "verdict" {
            format!("{text}{space}")
        } else {
            format!("{space}{text}")
        }
    }
}

fn value(column: &Column, group: &Group) -> Option<f64> {
    (column.figure)(group).and_then(|estimate| estimate.value)
}

fn dash() -> String {
    "n/a".to_owned()
}

/// Rows of a group: those coverage or, without it, accuracy rests on; else the labelled ones.
fn rows_of(group: &Group) -> Option<u64> {
    let from = |id| {
        group
            .metrics
            .get(id)
            .map(|estimate| estimate.n)
            .filter(|&n| n > 0)
    };
    let all = &group.abstention.all;
    let sides = [all.should_abstain, all.should_answer];
    let labelled = sides.iter().fold(0_u64, |sum, side| {
        sum.saturating_add(side.abstained)
            .saturating_add(side.answered)
    });
    from("coverage")
        .or_else(|| from("accuracy"))
        .or((labelled > 0).then_some(labelled))
}

fn label(group: &Group, by: &[String]) -> String {
    let values: Vec<_> = by
        .iter()
        .filter_map(|field| group.by.get(field))
        .cloned()
        .collect();
    values.join(", ")
}

fn word(group: &Group) -> &'static str {
    let judged = kinds(&group.abstention).into_iter();
    let random = judged.map(|(_, figures)| figures.manner().instead(group.verdict.skill));
    // Of two kinds the word is spoken where both deserve it, like every other.
    if let Some(Some(word)) = random.reduce(Option::and) {
        return word;
    }
    match group.verdict.direction {
        Some("over_answer") => "over-answers",
        Some("over_abstain") => "over-abstains",
        Some("both") => "both",
        Some("balanced") => "balanced",
        Some("inconclusive") => "inconclusive",
        _ => confidence_word(group),
    }
}
