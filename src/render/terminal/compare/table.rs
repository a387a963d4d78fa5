//! What changed between two logs, metric by metric.

use std::collections::BTreeMap;

use unicode_width::UnicodeWidthStr;

use super::{change, heads, ink, run};
use crate::chart::term::Ink;
use crate::render::number::p_value;
use crate::render::terminal::Page;
use crate::render::terminal::grid::{self, Column};
use crate::render::terminal::line::Line;
use crate::render::units::{plain, unit};
use crate::report::comparing::title;
use crate::report::{Comparison, Estimate, Group, Pair, Report};

/// A line for each metric: both figures, the change, and what it comes to.
pub(super) fn table(page: &Page<'_>, pair: &Pair, comparisons: &[&Comparison]) -> Vec<Line> {
    let names = comparisons.iter().map(|one| title(&one.metric).width());
    let names = names.max().unwrap_or(0);
    let [base, new] = heads::heads(page, names, [page.base.unwrap_or(&pair.base), &pair.new]);
    let column = |title: &str, cell: &dyn Fn(&Comparison) -> (Ink, String)| {
        Column::of(title, comparisons.iter().map(|one| cell(one)))
    };
    let value = |value: Option<f64>, one: &Comparison| {
        let unit = unit(&one.metric);
        (
            Ink::Plain,
            value.map_or_else(|| "n/a".to_owned(), |value| unit.show(value)),
        )
    };
    // Where the log's own figure is over the same rows.
    let half = |label: &str, seen: Option<f64>, one: &Comparison| {
        let own = own(page, label, one).and_then(|own| own.value);
        let same = own
            .zip(seen)
            .is_some_and(|(own, seen)| (own - seen).abs() < 1e-9);
        let half = half_width(page, label, one).filter(|_| same);
        (Ink::Faint, half.unwrap_or_default())
    };
    grid::lines(
        page,
        vec![
            column("", &|one| (Ink::Plain, title(&one.metric).to_owned())).left(),
            column(&base, &|one| value(one.base_value, one)),
            column("", &|one| half(&pair.base, one.base_value, one))
                .left()
                .rank(3)
                .named("half widths of the figures"),
            column(&new, &|one| value(one.new_value, one)),
            column("", &|one| half(&pair.new, one.new_value, one))
                .left()
                .rank(3)
                .named("half widths of the figures"),
            column("change", &|one| change(one)),
            column("", &|one| half_of_change(page, one))
                .left()
                .rank(2)
                .named("half width of the change"),
            column("", &|one| (ink(one), one.change.unwrap_or("").to_owned()))
                .left()
                .rank(1)
                .named("better or worse"),
            column("adj. p", &|one| {
                (
                    Ink::Faint,
                    one.p_adjusted.map_or_else(String::new, |p| {
                        p_value(p).replace("p = ", "").replace("p < ", "< ")
                    }),
                )
            })
            .left(),
        ],
    )
}

/// Half the width of the interval of a change that was detected.
fn half_of_change(page: &Page<'_>, one: &Comparison) -> (Ink, String) {
    let ends = one.low.zip(one.high).filter(|_| one.detected);
    let half = ends.map(|ends| spread(page, &one.metric, ends));
    (Ink::Faint, half.unwrap_or_default())
}

/// Half the width of the interval of a log's own figure.
pub(super) fn half_width(page: &Page<'_>, label: &str, one: &Comparison) -> Option<String> {
    let estimate = own(page, label, one)?;
    let ends = estimate.low.zip(estimate.high)?;
    Some(spread(page, &one.metric, ends))
}

/// A log's own figure.
fn own<'p>(page: &Page<'p>, label: &str, one: &Comparison) -> Option<&'p Estimate> {
    group(page.report, label, &one.by)?
        .metrics
        .get(one.metric.as_str())
}

fn group<'r>(report: &'r Report, label: &str, by: &BTreeMap<String, String>) -> Option<&'r Group> {
    run(report, label)?
        .groups
        .iter()
        .find(|group| group.by == *by)
}

fn spread(page: &Page<'_>, metric: &str, (low, high): (f64, f64)) -> String {
    // The one glyph of a figure that takes two characters.
    let sign = if page.options.ascii { "+-" } else { "±" };
    format!("{sign} {}", plain(metric, (high - low) / 2.0))
}
