//! The two pictures: side by side where they fit, stacked where not, with the reliability table where there is room.

use super::line::{Line, beside};
use super::{Page, bins};
use crate::chart::map::{FailureMap, Kind, references};
use crate::chart::reliability::Reliability;
use crate::chart::term::{self, GUTTER, Ink};
use crate::report::Group;

/// Columns of a plot. Fifteen bins are two columns each.
const PLOT: usize = 30;
/// Columns of a picture with its axis.
const PICTURE: usize = GUTTER + PLOT;

/// The pictures of a group.
pub(super) fn charts(page: &Page<'_>, group: &Group) -> Vec<Line> {
    let reliability = Reliability::new(&group.reliability);
    let map = FailureMap::new(&group.abstention).map(|map| FailureMap {
        references: references(group),
        ..map
    });
    if reliability.is_none() && map.is_err() {
        return Vec::new();
    }
    let plot = PLOT.min(page.width - GUTTER - 2);
    let left = reliability.map(|diagram| reliability_panel(&diagram, plot, page));
    // A picture that cannot be drawn leaves its place to the table; the verdict says why it is missing.
    let spare = if map.is_ok() {
        page.width >= 120
    } else {
        page.is_wide()
    };
    let right = map.ok().map(|map| map_panel(&map, plot, page));
    let table = left.is_some().then(|| bins::table(&group.reliability));
    if spare || !page.options.all {
        return arrange(page, [left, right, table.filter(|_| spare)]);
    }
    // Asked for everything, the table comes below the pictures where it has no room beside them.
    let mut lines = arrange(page, [left, right, None]);
    if let Some(table) = table {
        lines.push(Line::default());
        lines.extend(beside(vec![(2, table)]));
    }
    lines
}

fn arrange(page: &Page<'_>, panels: [Option<Vec<Line>>; 3]) -> Vec<Line> {
    let panels = panels.into_iter().flatten();
    if page.is_wide() {
        let gap = if page.width >= 120 { 3 } else { 4 };
        let column = |at: usize| 2 + at * (PICTURE + gap);
        return beside(
            panels
                .enumerate()
                .map(|(at, panel)| (column(at), panel))
                .collect(),
        );
    }
    let mut lines: Vec<Line> = Vec::new();
    for panel in panels {
        if !lines.is_empty() {
            lines.push(Line::default());
        }
        lines.extend(beside(vec![(2, panel)]));
    }
    lines
}

fn rows(page: &Page<'_>) -> usize {
    if page.width >= 120 { 15 } else { 12 }
}

fn reliability_panel(diagram: &Reliability, plot: usize, page: &Page<'_>) -> Vec<Line> {
    let mut lines = vec![
        Line::default()
            .ink(Ink::Strong, "reliability")
            .ink(Ink::Faint, "  correct ↑ confidence →"),
    ];
    lines.extend(
        term::reliability(diagram, plot, rows(page))
            .into_iter()
            .map(Line::from),
    );
    let band = diagram.marks.iter().any(|mark| mark.band.is_some());
    let legend = Line::default()
        .ink(Ink::Blue, "▫▪■")
        .ink(Ink::Faint, " bins by rows  ")
        .ink(Ink::Orange, "│")
        .ink(Ink::Faint, " gap");
    lines.push(if band {
        legend.ink(Ink::Faint, "  ░ calibrated")
    } else {
        legend
    });
    lines
}

fn map_panel(map: &FailureMap, plot: usize, page: &Page<'_>) -> Vec<Line> {
    let mut lines = vec![
        Line::default()
            .ink(Ink::Strong, "failure map")
            .ink(Ink::Faint, "  over-abstain ↑"),
    ];
    lines.extend(term::map(map, plot, rows(page)).into_iter().map(Line::from));
    lines.push(Line::indented(GUTTER + plot / 2 - 5).ink(Ink::Faint, "over-answer →"));
    lines.push(legend(map));
    lines
}

fn legend(map: &FailureMap) -> Line {
    let mut line = Line::default();
    for mark in &map.marks {
        line = match mark.kind {
            Kind::All => line
                .ink(Ink::Blue, "●")
                .ink(Ink::Faint, " this log and its interval"),
            Kind::Epistemic => line
                .ink(Ink::Blue, "●")
                .ink(Ink::Faint, " E unanswerable  "),
            Kind::Safety => line.ink(Ink::Orange, "◆").ink(Ink::Faint, " S harmful  "),
        };
    }
    if map.references.is_empty() {
        return line;
    }
    line.ink(Ink::Faint, "+ published")
}
