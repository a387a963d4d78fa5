//! Figures in columns: label, value, interval, note; aligned on decimal points and units.

use unicode_width::UnicodeWidthStr;

use super::Page;
use super::line::{Line, paragraph};
use crate::chart::term::Ink;
use crate::render::number::Unit;
use crate::report::Estimate;

/// A figure to print.
pub(super) struct Figure<'a> {
    /// What it belongs to, named above the first of a row of figures that share it.
    pub(super) section: Option<&'static str>,
    pub(super) label: String,
    pub(super) unit: Unit,
    pub(super) estimate: &'a Estimate,
    pub(super) note: String,
    /// Whether the note is what a reader should not miss.
    pub(super) loud: bool,
}

/// A number cut at its decimal point, so that points can be set under each other.
#[derive(Default)]
struct Cut {
    whole: String,
    rest: String,
}

/// A figure as text.
struct Cells {
    label: String,
    value: Cut,
    ends: Option<(Cut, Cut)>,
    percent: bool,
    note: String,
    ink: Ink,
}

/// Columns where the parts of a row start.
struct Stops {
    whole: usize,
    low: usize,
    /// Of percentages; other numbers follow the dash as they are.
    high: usize,
    value: usize,
    interval: usize,
    note: usize,
}

/// The table, with a heading for the interval.
pub(super) fn table(page: &Page<'_>, figures: &[Figure<'_>], interval: &str) -> Vec<Line> {
    let rows: Vec<_> = figures.iter().map(Cells::new).collect();
    let stops = Stops::new(page, &rows);
    let heading =
        Line::indented(stops.value + stops.whole.saturating_sub(2)).ink(Ink::Faint, "value");
    let mut lines = vec![heading.to(stops.interval).ink(Ink::Faint, interval)];
    if lines[0].width() > page.width {
        lines.clear();
    }
    let mut section = None;
    for (figure, row) in figures.iter().zip(rows) {
        if figure.section != section {
            section = figure.section;
            lines.extend(section.map(|name| Line::indented(2).ink(Ink::Faint, name)));
        }
        lines.extend(row.lay(page, &stops));
    }
    lines
}

impl Cut {
    fn new(text: &str) -> Self {
        let (whole, _) = text.split_once('.').unwrap_or((text, ""));
        Self {
            whole: whole.to_owned(),
            rest: text[whole.len()..].to_owned(),
        }
    }

    fn padded(&self, whole: usize) -> String {
        let missing = whole.saturating_sub(self.whole.width());
        format!("{}{}{}", " ".repeat(missing), self.whole, self.rest)
    }
}

impl Cells {
    fn new(figure: &Figure<'_>) -> Self {
        let Figure {
            label,
            unit,
            estimate,
            note,
            loud,
            section: _,
        } = figure;
        let decimals = unit.decimals_for(estimate);
        let cut =
            |number: f64, suffix| Cut::new(&format!("{}{suffix}", unit.digits(number, decimals)));
        let value = estimate.value.map_or_else(
            || Cut {
                whole: "n/a".to_owned(),
                rest: String::new(),
            },
            |v| cut(v, unit.suffix()),
        );
        let ends = estimate
            .low
            .zip(estimate.high)
            .map(|(low, high)| (cut(low, ""), cut(high, unit.suffix())));
        let ink = if *loud { Ink::Orange } else { Ink::Plain };
        Self {
            label: label.clone(),
            value,
            ends,
            percent: *unit == Unit::Percent,
            note: note.clone(),
            ink,
        }
    }

    fn interval(&self, stops: &Stops) -> String {
        let high = if self.percent { stops.high } else { 0 };
        self.ends.as_ref().map_or_else(String::new, |(low, up)| {
            format!("{} – {}", low.padded(stops.low), up.padded(high))
        })
    }

    fn lay(&self, page: &Page<'_>, stops: &Stops) -> Vec<Line> {
        let line = Line::indented(2)
            .plain(&*self.label)
            .to(stops.value)
            .plain(self.value.padded(stops.whole));
        let mut lines = vec![line];
        let interval = self.interval(stops);
        place(page, &mut lines, [stops.interval; 2], Ink::Plain, &interval);
        let note = if interval.is_empty() {
            stops.interval
        } else {
            stops.note
        };
        place(
            page,
            &mut lines,
            [note, stops.interval],
            self.ink,
            &self.note,
        );
        lines
    }
}

impl Stops {
    fn new(page: &Page<'_>, rows: &[Cells]) -> Self {
        let widest = |width: &dyn Fn(&Cells) -> usize| rows.iter().map(width).max().unwrap_or(0);
        let gap = if page.is_wide() { 4 } else { 2 };
        let numbers = |row: &Cells| row.value.whole.as_str() != "n/a";
        let whole = widest(&|row| {
            if numbers(row) {
                row.value.whole.width()
            } else {
                0
            }
        });
        let rest = widest(&|row| row.value.rest.width());
        let high = widest(&|row| {
            row.ends
                .as_ref()
                .map_or(0, |(_, up)| if row.percent { up.whole.width() } else { 0 })
        });
        let value = 2 + widest(&|row| row.label.width()) + if page.is_wide() { 3 } else { 2 };
        let interval = value + (whole + rest).max(3) + gap;
        let low = widest(&|row| row.ends.as_ref().map_or(0, |(low, _)| low.whole.width()));
        let mut stops = Self {
            whole,
            low,
            high,
            value,
            interval,
            note: 0,
        };
        stops.note = interval + widest(&|row| row.interval(&stops).width()) + gap;
        stops
    }
}

/// Puts text at its stop, or as far right as the page allows; where it would touch what is there, on lines of its own.
pub(super) fn place(
    page: &Page<'_>,
    lines: &mut Vec<Line>,
    [stop, below]: [usize; 2],
    ink: Ink,
    text: &str,
) {
    if text.is_empty() {
        return;
    }
    let Some(last) = lines.last_mut() else { return };
    let rightmost = page.width.saturating_sub(text.width());
    let start = stop.max(last.width() + 2).min(rightmost);
    if last.width() + 2 <= start {
        *last = std::mem::take(last).to(start).ink(ink, text);
        return;
    }
    // One of two indents, so that notes below each other stand in line.
    let indent = if below <= rightmost { below } else { 6 };
    lines.extend(paragraph(Line::indented(indent), ink, text, page.width));
}
