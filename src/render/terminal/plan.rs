//! A plan as a table.

use std::io::{self, Write};

use super::Options;
use super::grid::{self, Column};
use super::line::{Line, sentence};
use crate::chart::term::Ink;
use crate::render::number::{count, level};
use crate::report::plan::{Plan, Planned};

/// Writes the plan.
///
/// # Errors
/// When the stream fails.
pub fn write(plan: &Plan, options: &Options, out: &mut dyn Write) -> io::Result<()> {
    let width = options.columns();
    let say = |text: &str, ink: Ink| sentence(text, ink, options);
    let heading = format!(
        "ids that detect a difference between two runs on the same prompts, with a chance of {}, at a level of {}",
        level(plan.power),
        level(plan.level)
    );
    let mut lines = say(&heading, Ink::Strong);
    lines.push(Line::default());
    lines.extend(table(plan, width));
    lines.push(Line::default());
    let mut sources: Vec<&str> = plan.planned.iter().map(|one| one.from.as_str()).collect();
    sources.dedup();
    for source in sources {
        lines.extend(say(&format!("spread from {source}"), Ink::Faint));
    }
    if plan.planned.iter().any(|one| one.correlation.is_some()) {
        let text = "correlation is how far two runs go together on a prompt: nothing here tells it, two runs do (--like A --like B)";
        lines.extend(say(text, Ink::Faint));
    }
    lines
        .into_iter()
        .try_for_each(|line| line.write(options, out))
}

fn table(plan: &Plan, width: usize) -> Vec<Line> {
    let column = |title: &str, left: bool, rank: u8, cell: &dyn Fn(&Planned) -> String| Column {
        title: title.to_owned(),
        left,
        rank,
        cells: plan
            .planned
            .iter()
            .map(|one| (Ink::Plain, cell(one)))
            .collect(),
        ..Column::default()
    };
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.4}"));
    grid::within(
        width,
        vec![
            column("metric", true, 0, &|one| one.metric.to_owned()),
            column("difference", false, 0, &|one| one.difference.to_string()),
            column("correlation", false, 1, &|one| {
                one.correlation.map_or_else(String::new, |r| r.to_string())
            }),
            column("ids needed", false, 0, &|one| {
                one.ids_needed.map_or_else(|| "n/a".to_owned(), count)
            }),
            column("ids there", false, 2, &|one| {
                one.ids.map_or_else(String::new, count)
            }),
            column("these detect", false, 0, &|one| {
                number(one.smallest_detectable)
            }),
        ],
    )
}
