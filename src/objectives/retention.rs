//! What became of each task from the first step of the log to the last: paired by prompt.

use std::collections::BTreeMap;

use super::section::Subject;
use crate::evidence::PanelRow;
use crate::inference::multiple::holm;
use crate::inference::paired::{Alternative, Difference};
use crate::maths::sums::sum;
use crate::record::Field;
use crate::report::Estimate;
use crate::report::objective::{Column, Figure, Measure, Row, Table};

/// Fewest prompts of a task at both steps.
const FEWEST: usize = 5;

/// The tasks that have enough prompts at both steps.
pub(super) struct Retention {
    tasks: Vec<Task>,
    /// Why there is none.
    reason: &'static str,
}

struct Task {
    name: String,
    first: f64,
    last: f64,
    change: Estimate,
    p: Option<f64>,
}

/// Σ success and samples of a prompt at the first step and at the last.
type Pair = [(f64, f64); 2];

impl Retention {
    pub(super) fn of(subject: &Subject<'_>) -> Self {
        let steps = || {
            subject
                .panel()
                .iter()
                .filter_map(|(row, _)| row.number(Field::Step))
        };
        let first = steps().fold(f64::INFINITY, f64::min);
        let last = steps().fold(f64::NEG_INFINITY, f64::max);
        if first >= last {
            return Self {
                tasks: Vec::new(),
                reason: "rows of one step, or without steps",
            };
        }
        let mut prompts: BTreeMap<(u64, u64), Pair> = BTreeMap::new();
        for (row, count) in subject.panel().iter() {
            let step = row
                .number(Field::Step)
                .and_then(|step| place(step, first, last));
            if let (Some(at), Some((task, prompt, value))) = (step, told(row)) {
                let (sum, samples) = &mut prompts.entry((task, prompt)).or_default()[at];
                *sum += value * count as f64;
                *samples += count as f64;
            }
        }
        let mut tasks: BTreeMap<u64, Vec<[f64; 2]>> = BTreeMap::new();
        for ((task, _), pair) in prompts {
            if pair.iter().all(|(_, samples)| *samples > 0.0) {
                let means = pair.map(|(sum, samples)| sum / samples);
                tasks.entry(task).or_default().push(means);
            }
        }
        let level = subject.settings().level;
        let tasks = tasks.into_iter().filter(|(_, pairs)| pairs.len() >= FEWEST);
        let mut tasks: Vec<Task> = tasks
            .map(|(task, pairs)| Task::of(subject.name(task), &pairs, level))
            .collect();
        tasks.sort_by(|a, b| a.name.cmp(&b.name));
        let adjusted = holm(&tasks.iter().map(|task| task.p).collect::<Vec<_>>());
        for (task, p) in tasks.iter_mut().zip(adjusted) {
            task.change = std::mem::take(&mut task.change).and("p_adjusted", p);
            task.p = p;
        }
        Self {
            tasks,
            reason: "no task with five prompts at the first step and the last",
        }
    }

    /// The tasks that got worse, after Holm, and by how much.
    pub(super) fn lost(&self, level: f64) -> Vec<(&str, f64)> {
        let lost = self.tasks.iter().filter_map(|task| {
            let change = task.change.value.filter(|change| *change < 0.0)?;
            task.p.filter(|p| *p <= 1.0 - level)?;
            Some((task.name.as_str(), change))
        });
        lost.collect()
    }

    /// The change of the task that lost most surely.
    pub(super) fn worst(&self) -> Estimate {
        let value = |task: &Task| task.change.value.unwrap_or(0.0);
        let worst = self.tasks.iter().min_by(|a, b| {
            let p = |task: &Task| task.p.unwrap_or(1.0);
            p(a).total_cmp(&p(b)).then(value(a).total_cmp(&value(b)))
        });
        worst.map_or_else(
            || Estimate::undefined(0, self.reason),
            |task| task.change.clone(),
        )
    }

    /// Every task.
    pub(super) fn table(&self) -> Option<Table> {
        let row = |task: &Task| Row {
            label: task.name.clone(),
            cells: vec![
                Some(Figure::Number(task.first)),
                Some(Figure::Number(task.last)),
                Some(Figure::Estimate(task.change.clone())),
            ],
        };
        (!self.tasks.is_empty()).then(|| Table {
            name: "retention",
            of: "task",
            columns: vec![
                Column::new("first step", Measure::Share),
                Column::new("last step", Measure::Share),
                Column::new("change", Measure::Signed(3)),
            ],
            rows: self.tasks.iter().map(row).collect(),
        })
    }
}

fn place(step: f64, first: f64, last: f64) -> Option<usize> {
    if step == first {
        Some(0)
    } else if step == last {
        Some(1)
    } else {
        None
    }
}

/// Task, prompt and credit of a row that has them all.
fn told(row: &PanelRow) -> Option<(u64, u64, f64)> {
    let task = row.code(Field::Task)?;
    Some((task, row.prompt()?, row.number(Field::Credit)?))
}

impl Task {
    /// The paired t-interval of the mean change, and the one-sided p-value of a loss.
    fn of(name: String, pairs: &[[f64; 2]], level: f64) -> Self {
        let mean = |at: usize| sum(pairs.iter().map(|pair| pair[at])) / pairs.len() as f64;
        let changes: Vec<f64> = pairs.iter().map(|[first, last]| last - first).collect();
        let (change, p) = match Difference::of_rows(&changes) {
            Some(change) => {
                let n = pairs.len() as u64;
                let interval = change.interval(level);
                let estimate = Estimate::with_interval(change.value, n, level, interval);
                let estimate = estimate.within(-1.0, 1.0);
                let p = change.tested(Alternative::Less, 0.0);
                (estimate.and("p_value", p), p)
            }
            None => (Estimate::undefined(pairs.len() as u64, "one prompt"), None),
        };
        Self {
            name,
            first: mean(0),
            last: mean(1),
            change,
            p,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prompts_that_all_change_alike_leave_no_interval() {
        // In floats the changes differ in their last digits.
        let pairs: Vec<[f64; 2]> = [0.1, 0.2, 0.3, 0.4, 0.7, 0.9]
            .map(|first| [first, first - 0.1])
            .to_vec();
        let task = Task::of("task".to_owned(), &pairs, 0.95);
        assert_eq!(task.change.interval(), None, "{:?}", task.change);
        assert!(task.p.is_some_and(|p| (p - 1.0 / 64.0).abs() < 1e-12));
    }
}
