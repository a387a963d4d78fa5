//! Many checkpoints: one table with a line each, and the way they went.

use super::{change, count, title, unit};
use crate::chart::term::{Ink, LEVELS};
use crate::render::terminal::Page;
use crate::render::terminal::grid::{self, Column};
use crate::render::terminal::line::{Line, paragraph};
use crate::report::{Comparison, Run};

/// The metrics of the table, in order, with the rank in which they are given up.
const COLUMNS: [(&str, u8); 7] = [
    ("accuracy", 3),
    ("brier", 0),
    ("signed_gap", 1),
    ("ece", 5),
    ("auroc", 4),
    ("over_answer", 2),
    ("over_abstain", 2),
];

/// Metrics whose way is drawn.
const DRAWN: [&str; 4] = ["brier", "signed_gap", "over_answer", "over_abstain"];

/// From this width on, bars stand beside what they are of.
const BESIDE: usize = 60;

/// A line for each log, the base first: its figures, marked where they are told from the base.
pub(super) fn table(page: &Page<'_>) -> Vec<Line> {
    let runs = &page.report.runs;
    let labels = runs
        .iter()
        .map(|run| (Ink::Plain, page.untrusted(&run.label, 24)));
    let mut columns = vec![Column::of("", labels).left()];
    for (metric, rank) in COLUMNS {
        let cells = runs.iter().map(|run| cell(page, run, metric));
        columns.push(Column::of(title(metric), cells).rank(rank));
    }
    let mut lines = grid::lines(page, columns);
    let legend = "better or worse than the first, + or -; nothing where no difference was detected";
    lines.extend(paragraph(Line::indented(2), Ink::Faint, legend, page.width));
    lines.push(Line::default());
    lines
}

fn cell(page: &Page<'_>, run: &Run, metric: &str) -> (Ink, String) {
    let Some(value) = value(run, metric) else {
        return (Ink::Faint, String::new());
    };
    let compared = comparison(page, run, metric);
    let mark = match compared.and_then(|one| one.change) {
        Some("better") => " +",
        Some("worse") => " -",
        Some(_) => " *",
        None => "  ",
    };
    let ink = compared.map_or(Ink::Plain, |one| change(one).0);
    (ink, format!("{}{mark}", unit(metric).show(value)))
}

fn value(run: &Run, metric: &str) -> Option<f64> {
    run.groups.first()?.metrics.get(metric)?.value
}

fn comparison<'p>(page: &'p Page<'_>, run: &Run, metric: &str) -> Option<&'p Comparison> {
    let own = |one: &&Comparison| one.by.is_empty() && one.new == run.label && one.metric == metric;
    page.report.comparisons.iter().find(own)
}

/// The way of the leading metrics over the checkpoints, in the order given.
pub(super) fn trajectory(page: &Page<'_>) -> Vec<Line> {
    let runs = &page.report.runs;
    let mut lines = Vec::new();
    for metric in DRAWN {
        let values: Option<Vec<f64>> = runs.iter().map(|run| value(run, metric)).collect();
        let Some(values) = values else { continue };
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        lines.extend(way(page, metric, &values, [low, high]));
    }
    if !lines.is_empty() {
        let heading = format!(
            "over the {} logs, in the order given",
            count(runs.len() as u64)
        );
        lines.insert(0, Line::indented(2).ink(Ink::Faint, heading));
        lines.push(Line::default());
    }
    lines
}

/// The way of one metric, beside its name or, on a narrow page, below it.
fn way(page: &Page<'_>, metric: &str, values: &[f64], [low, high]: [f64; 2]) -> Vec<Line> {
    let range = [low, high].map(|value| unit(metric).show(value));
    let range = format!("  {} to {}", range[0], range[1]);
    let bars = |taken| drawn(values, low, high, page.width.saturating_sub(taken));
    let name = Line::indented(2).plain(format!("{:<22}  ", title(metric)));
    if page.width < BESIDE {
        let below = Line::indented(2).ink(Ink::Blue, bars(4 + range.len()));
        return vec![name, below.ink(Ink::Faint, range)];
    }
    vec![name.ink(Ink::Blue, bars(48)).ink(Ink::Faint, range)]
}

/// Bars from the lowest to the highest; more values than there is room for share a bar, by their mean.
fn drawn(values: &[f64], low: f64, high: f64, room: usize) -> String {
    let share = values.len().div_ceil(room).max(1);
    let bar = |chunk: &[f64]| {
        let mean = chunk.iter().sum::<f64>() / chunk.len() as f64;
        let level = if high > low {
            (mean - low) / (high - low)
        } else {
            0.5
        };
        let at = (level * (LEVELS.len() - 1) as f64).round() as usize;
        LEVELS.get(at).copied().unwrap_or(' ')
    };
    values.chunks(share).map(bar).collect()
}
