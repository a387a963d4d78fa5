//! A log and what becomes of it, each by itself, where they do not answer the same rows: a paired figure is of the rows
//! that both answer, and neither log has it.

use unicode_width::UnicodeWidthStr;

use super::{heads, table};
use crate::chart::term::Ink;
use crate::render::number::count;
use crate::render::terminal::Page;
use crate::render::terminal::grid::{self, Column};
use crate::render::terminal::line::{Line, paragraph};
use crate::render::units::{signed, unit};
use crate::report::comparing::title;
use crate::report::{Comparison, Pair};

/// The figures of either, and what the table below is of; nothing where that shows the same.
pub(super) fn table(page: &Page<'_>, pair: &Pair, comparisons: &[&Comparison]) -> Vec<Line> {
    if !comparisons.iter().any(|one| differs(one)) {
        return Vec::new();
    }
    let say = |text: &str| paragraph(Line::indented(2), Ink::Faint, text, page.width);
    let mut lines = say("each by itself, over all rows that it answers");
    lines.extend(figures(page, pair, comparisons));
    lines.push(Line::default());
    let both = comparisons.iter().find(|one| one.metric == "accuracy");
    lines.extend(say(&match both.map_or(0, |one| one.n) {
        0 => "paired, over the same rows: none is answered both before and after".to_owned(),
        ids => format!(
            "paired, over the same rows: those of {} ids that are answered both before and after",
            count(ids)
        ),
    }));
    lines
}

/// Whether the paired figures are others than those of either log by itself, as they are shown.
fn differs(one: &Comparison) -> bool {
    let shown = |value: Option<f64>| value.map(|value| unit(&one.metric).show(value));
    one.all.map(shown) != [one.base_value, one.new_value].map(shown)
}

fn figures(page: &Page<'_>, pair: &Pair, comparisons: &[&Comparison]) -> Vec<Line> {
    let names = comparisons.iter().map(|one| title(&one.metric).width());
    let names = names.max().unwrap_or(0);
    let [base, new] = heads::heads(page, names, [page.base.unwrap_or(&pair.base), &pair.new]);
    let column = |title: &str, ink: Ink, cell: &dyn Fn(&Comparison) -> String| {
        Column::of(title, comparisons.iter().map(|one| (ink, cell(one))))
    };
    let value = |at: usize, one: &Comparison| {
        one.all[at].map_or_else(|| "n/a".to_owned(), |value| unit(&one.metric).show(value))
    };
    let halves = |label: &str| {
        let half = |one: &Comparison| table::half_width(page, label, one).unwrap_or_default();
        let halves = column("", Ink::Faint, &half).left().rank(2);
        halves.named("half widths of the figures")
    };
    let change = |one: &Comparison| match one.delta_all {
        Some(0.0) => "same".to_owned(),
        Some(delta) => signed(&one.metric, delta),
        None => String::new(),
    };
    grid::lines(
        page,
        vec![
            column("", Ink::Plain, &|one| title(&one.metric).to_owned()).left(),
            column(&base, Ink::Plain, &|one| value(0, one)),
            halves(&pair.base),
            column(&new, Ink::Plain, &|one| value(1, one)),
            halves(&pair.new),
            column("change", Ink::Faint, &change).rank(1),
        ],
    )
}
