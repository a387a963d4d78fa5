//! What other tools would print, each number beside the one that corrects it.

use unicode_width::UnicodeWidthStr;

use super::Page;
use super::line::{Line, paragraph};
use super::table::place;
use crate::chart::term::Ink;
use crate::render::number::Unit;
use crate::report::{Compat, Group};

/// Columns where the numbers end and where those that correct them start.
struct Stops {
    value: usize,
    corrected: usize,
}

/// The tools asked for, one after the other; nothing without any.
pub(super) fn compat(page: &Page<'_>, group: &Group) -> Vec<Line> {
    if group.compat.is_empty() {
        return Vec::new();
    }
    let stops = Stops::new(page, &group.compat);
    let heading = Line::indented(2).ink(Ink::Faint, "as other tools count");
    let mut lines = vec![heading];
    place(
        page,
        &mut lines,
        [stops.corrected; 2],
        Ink::Faint,
        "read instead",
    );
    for tool in group.compat.chunk_by(|one, next| one.tool == next.tool) {
        lines.extend(figures(page, tool, &stops));
    }
    lines
}

/// One tool: its name, its figures, and under those that share it how they count.
fn figures(page: &Page<'_>, tool: &[Compat], stops: &Stops) -> Vec<Line> {
    let Some(first) = tool.first() else {
        return Vec::new();
    };
    let shared = first.reason.as_ref().filter(|_| {
        let same = |figure: &Compat| figure.reason == first.reason;
        tool.len() > 1 && tool.iter().all(same)
    });
    let mut lines = vec![Line::indented(2).ink(Ink::Strong, &*first.tool)];
    lines.extend(
        shared
            .into_iter()
            .flat_map(|reason| remark(page, Ink::Plain, reason)),
    );
    for alike in tool.chunk_by(|one, next| one.note == next.note && one.reason == next.reason) {
        lines.extend(alike.iter().flat_map(|figure| row(page, figure, stops)));
        if let Some(Compat { reason, note, .. }) = alike.first() {
            let own = reason.iter().filter(|_| shared.is_none());
            lines.extend(own.flat_map(|reason| remark(page, Ink::Plain, reason)));
            lines.extend(remark(page, Ink::Faint, note));
        }
    }
    lines
}

fn row(page: &Page<'_>, figure: &Compat, stops: &Stops) -> Vec<Line> {
    let value = show(figure.value);
    let start = stops.value.saturating_sub(value.width());
    let corrected = format!(
        "{} {}",
        figure.corrected.metric,
        show(figure.corrected.value)
    );
    let mut lines = vec![Line::indented(4).plain(figure.metric)];
    place(page, &mut lines, [start; 2], Ink::Plain, &value);
    place(
        page,
        &mut lines,
        [stops.corrected; 2],
        Ink::Plain,
        &corrected,
    );
    lines
}

fn remark(page: &Page<'_>, ink: Ink, text: &str) -> Vec<Line> {
    paragraph(Line::indented(6), ink, &page.prose(text), page.width)
}

fn show(value: Option<f64>) -> String {
    value.map_or_else(|| "n/a".to_owned(), |value| Unit::Plain(4).show(value))
}

impl Stops {
    fn new(page: &Page<'_>, figures: &[Compat]) -> Self {
        let widest =
            |width: &dyn Fn(&Compat) -> usize| figures.iter().map(width).max().unwrap_or(0);
        let gap = if page.is_wide() { 4 } else { 2 };
        let label = 4 + widest(&|figure| figure.metric.width()) + gap;
        let value = label + widest(&|figure| show(figure.value).width());
        // The heading stands in the first line, to the left of the second one's.
        let heading = 2 + "as other tools count".len() + gap;
        Self {
            value,
            corrected: (value + gap).max(heading),
        }
    }
}
