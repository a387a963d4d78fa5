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
    let column = |title: &str, cell: &dyn Fn(&Planned) -> String| {
        Column::of(
            title,
            plan.planned.iter().map(|one| (Ink::Plain, cell(one))),
        )
    };
    let number = |value: Option<f64>| value.map_or_else(String::new, |value| format!("{value:.4}"));
    grid::within(
        width,
        vec![
            column("metric", &|one| one.metric.to_owned()).left(),
            column("difference", &|one| one.difference.to_string()),
            column("correlation", &|one| {
                one.correlation.map_or_else(String::new, |r| r.to_string())
            })
            .rank(1),
            column("ids needed", &|one| {
                one.ids_needed.map_or_else(|| "n/a".to_owned(), count)
            }),
            column("ids there", &|one| one.ids.map_or_else(String::new, count)).rank(2),
            column("these detect", &|one| number(one.smallest_detectable)),
        ],
    )
}
