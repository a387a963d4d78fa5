//! The failure map task by task, for figures in which tasks count apart.

use super::map::Map;
use super::view::{Rows, View};
use crate::inference::posterior::{SideCount, Sides};
use crate::inference::sample::Sample;

impl Map {
    /// Both sides of every task with rows in scope, by the hash of its name, as effective numbers: of weighted rows
    /// Kish's, of repeated prompts as many as their cluster-robust error is worth. `None` where the log has more tasks
    /// than are kept apart.
    #[must_use]
    pub fn by_task(&self, view: &View) -> Option<Vec<(u64, Sides)>> {
        let tasks = view.evidence.strata().tasks()?.iter();
        let sides = tasks.map(|(task, stratum)| {
            let rows = Rows {
                all: stratum.behaviour(),
                unkeyed: stratum.unkeyed(),
                items: view.clustered.then(|| stratum.items()),
            };
            let side = |should: bool| {
                let sample = rows.share(
                    |conduct| !view.answered(conduct),
                    |conduct| self.scope.of_side(conduct, should),
                );
                worth(&sample, view.settings.level)
            };
            let sides = Sides {
                should_abstain: side(true),
                should_answer: side(false),
            };
            (*task, sides)
        });
        let there =
            |sides: &Sides| sides.should_abstain.total() + sides.should_answer.total() > 0.0;
        Some(sides.filter(|(_, sides)| there(sides)).collect())
    }
}

/// The share declined, in as many rows as it is known from: a single cluster counts as one.
fn worth(sample: &Sample, level: f64) -> SideCount {
    let Some(rate) = sample.mean() else {
        return SideCount::default();
    };
    let rows = sample.worth(level).map_or(1.0, |(rows, _)| rows);
    SideCount {
        abstained: rate * rows,
        answered: (1.0 - rate) * rows,
    }
}
