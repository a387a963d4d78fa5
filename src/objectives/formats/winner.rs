//! Whether the format that took over was the one that answers best, and whether variety went with it.

use std::collections::BTreeMap;

use super::shares::Format;
use crate::evidence::PanelRow;
use crate::inference::clustered::{Clustered, Unit};
use crate::record::Field;

/// Prompts with answers in the winning format and in others that a stratification by prompts takes.
const ENOUGH: usize = 20;

/// A graded answer of a step, or several that say the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Graded {
    pub(super) unit: Unit,
    pub(super) format: Format,
    /// Its prompt within its task: prompts of two tasks may share a name.
    pub(super) prompt: Option<u64>,
    pub(super) task: Option<u64>,
    pub(super) credit: f64,
    pub(super) times: u64,
}

impl Graded {
    pub(super) fn of((row, times): (&PanelRow, u64), format: Format) -> Option<Self> {
        Some(Self {
            unit: Unit::of(row, times),
            format,
            prompt: row.prompt().map(|prompt| {
                let task = row.code(Field::Task).unwrap_or_default();
                prompt ^ task.rotate_left(32)
            }),
            task: row.code(Field::Task),
            credit: row.number(Field::Credit)?,
            times,
        })
    }
}

/// How much more often the winner is right than the others, by Mantel and Haenszel: each stratum counts by n₁n₀ / n.
#[derive(Clone, Debug)]
pub(super) struct Advantage {
    pub(super) difference: Clustered,
    pub(super) rows: u64,
    /// What the strata are.
    pub(super) strata: &'static str,
}

impl Advantage {
    /// Of the winner among these answers; `None` where one side is not there.
    pub(super) fn of(answers: &[Graded], winner: Format) -> Option<Self> {
        let difference = by_prompt(answers, winner);
        let tasks = answers.iter().any(|answer| answer.task.is_some());
        let strata = match (&difference, tasks) {
            (Some(_), _) => "prompt",
            (None, true) => "task",
            (None, false) => "nothing",
        };
        Some(Self {
            difference: difference.or_else(|| by_task(answers, winner))?,
            rows: answers.iter().map(|answer| answer.times).sum(),
            strata,
        })
    }

    /// What its strata are, as a method.
    pub(super) fn method(&self) -> String {
        match self.strata {
            "nothing" => "difference of shares".to_owned(),
            strata => format!("Mantel-Haenszel by {strata}"),
        }
    }
}

/// The strata in which some answers have the winning format and some have not.
fn strata(
    answers: &[Graded],
    winner: Format,
    stratum: fn(&Graded) -> Option<u64>,
) -> Vec<(Unit, Sides)> {
    let mut found: BTreeMap<u64, Vec<&Graded>> = BTreeMap::new();
    for answer in answers {
        if let Some(stratum) = stratum(answer) {
            found.entry(stratum).or_default().push(answer);
        }
    }
    let sides = found.values().filter_map(|rows| {
        let sides = Sides::of(rows, winner)?;
        let unit = Unit {
            weight: sides.weight,
            ..Unit::single(rows.first()?.unit.cluster)
        };
        Some((unit, sides))
    });
    sides.collect()
}

/// Each prompt is one look at the difference; `None` where few have both sides.
fn by_prompt(answers: &[Graded], winner: Format) -> Option<Clustered> {
    let strata = strata(answers, winner, |answer| answer.prompt);
    if strata.len() < ENOUGH {
        return None;
    }
    Clustered::mean(
        strata
            .iter()
            .map(|(unit, sides)| (*unit, sides.difference.value)),
    )
}

fn by_task(answers: &[Graded], winner: Format) -> Option<Clustered> {
    let strata = strata(answers, winner, |answer| Some(answer.task.unwrap_or(0)));
    let total: f64 = strata.iter().map(|(_, sides)| sides.weight).sum();
    let parts = || {
        strata
            .iter()
            .map(|(_, sides)| (sides.weight / total, &sides.difference))
    };
    let value = parts()
        .map(|(share, difference)| share * difference.value)
        .sum();
    (total > 0.0).then(|| Clustered::of(value, parts()))
}

/// One stratum: the winner's share right less the others'.
struct Sides {
    difference: Clustered,
    weight: f64,
}

impl Sides {
    fn of(rows: &[&Graded], winner: Format) -> Option<Self> {
        let side = |wins: bool| {
            rows.iter()
                .filter(move |row| (row.format == winner) == wins)
        };
        let mean = |wins| Clustered::mean(side(wins).map(|row| (row.unit, row.credit)));
        let [one, other] =
            [true, false].map(|wins| side(wins).map(|row| row.unit.mass()).sum::<f64>());
        Some(Self {
            difference: mean(true)?.less(&mean(false)?),
            weight: one * other / (one + other),
        })
    }
}

/// How pass@1 and pass@k changed between two steps, prompt by prompt.
#[derive(Clone, Debug)]
pub(super) struct Passes {
    pub(super) k: u64,
    /// Of the first step and of the last.
    pub(super) ends: [[f64; 2]; 2],
    /// Change of pass@1, and of pass@k.
    pub(super) changes: [Clustered; 2],
    pub(super) prompts: u64,
}

impl Passes {
    /// With the largest k for which nine in ten prompts have enough samples at both steps; `None` unless prompts have
    /// several.
    pub(super) fn of(first: &[Graded], last: &[Graded]) -> Option<Self> {
        let (first, last) = (samples(first), samples(last));
        let mut both: Vec<(u64, [Samples; 2])> = first
            .iter()
            .filter_map(|(prompt, before)| Some((before.cluster, [*before, *last.get(prompt)?])))
            .filter(|(_, pair)| fewest(pair) > 1)
            .collect();
        let mut sizes: Vec<u64> = both.iter().map(|(_, pair)| fewest(pair)).collect();
        sizes.sort_unstable();
        let k = *sizes.get(sizes.len() / 10)?;
        both.retain(|(_, pair)| fewest(pair) >= k);
        let changes = [1, k].map(|k| {
            let change = |(cluster, [before, after]): &(u64, [Samples; 2])| {
                (Unit::single(*cluster), after.pass(k) - before.pass(k))
            };
            Clustered::mean(both.iter().map(change))
        });
        let [Some(one), Some(many)] = changes else {
            return None;
        };
        let mean = |side: usize, k: u64| {
            both.iter().map(|(_, pair)| pair[side].pass(k)).sum::<f64>() / both.len() as f64
        };
        Some(Self {
            k,
            ends: [0, 1].map(|side| [1, k].map(|k| mean(side, k))),
            changes: [one, many],
            prompts: both.len() as u64,
        })
    }

    /// Whether the first sample got better and the best of many worse.
    pub(super) fn is_narrowing(&self, level: f64) -> bool {
        let [one, many] = &self.changes;
        let bounds = |change: &Clustered| change.interval(level).bounds;
        bounds(one).is_some_and(|(low, _)| low > 0.0)
            && bounds(many).is_some_and(|(_, high)| high < 0.0)
    }
}

/// The graded samples of a prompt.
#[derive(Clone, Copy, Debug)]
struct Samples {
    cluster: u64,
    n: u64,
    right: u64,
}

impl Samples {
    fn pass(self, k: u64) -> f64 {
        pass_at(self.n, self.right, k)
    }
}

fn fewest(pair: &[Samples; 2]) -> u64 {
    pair[0].n.min(pair[1].n)
}

/// The samples of each prompt whose credits are all whole.
fn samples(answers: &[Graded]) -> BTreeMap<u64, Samples> {
    let mut prompts: BTreeMap<u64, Option<Samples>> = BTreeMap::new();
    for answer in answers {
        let Some(prompt) = answer.prompt else {
            continue;
        };
        let none = Samples {
            cluster: answer.unit.cluster,
            n: 0,
            right: 0,
        };
        let entry = prompts.entry(prompt).or_insert(Some(none));
        let whole = answer.credit == 0.0 || answer.credit == 1.0;
        *entry = entry.filter(|_| whole).map(|samples| Samples {
            n: samples.n + answer.times,
            right: samples.right + u64::from(answer.credit == 1.0) * answer.times,
            ..samples
        });
    }
    let whole = prompts.into_iter();
    whole
        .filter_map(|(prompt, samples)| Some((prompt, samples?)))
        .collect()
}

/// The chance that one of k samples out of n, of which c are right, is right: 1 − C(n − c, k) / C(n, k). Chen et al. (2021),
/// arXiv 2107.03374.
pub(super) fn pass_at(n: u64, right: u64, k: u64) -> f64 {
    if n - right < k {
        return 1.0;
    }
    let missed = (n - right + 1..=n).map(|at| 1.0 - k as f64 / at as f64);
    1.0 - missed.product::<f64>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passes_agree_with_counting() {
        assert_eq!(pass_at(4, 0, 2), 0.0);
        assert!((pass_at(4, 1, 1) - 0.25).abs() < 1e-12);
        // Of six pairs out of four, three hold the one that is right.
        assert!((pass_at(4, 1, 2) - 0.5).abs() < 1e-12);
        assert_eq!(pass_at(4, 3, 2), 1.0);
    }

    #[test]
    fn what_a_task_explains_is_no_advantage() {
        // The winner is used on the easy task; within each task formats are alike.
        let mut rows = Vec::new();
        for at in 0..400u64 {
            let easy = at % 2 == 0;
            let wins = if easy { at % 8 != 0 } else { at % 8 == 1 };
            let right = if easy {
                (at / 8) % 10 < 8
            } else {
                (at / 8) % 10 < 3
            };
            rows.push(Graded {
                unit: Unit::single(at),
                format: usize::from(!wins),
                prompt: None,
                task: Some(u64::from(easy)),
                credit: f64::from(u8::from(right)),
                times: 1,
            });
        }
        let stratified = Advantage::of(&rows, 0).unwrap().difference;
        assert!(stratified.value.abs() < 1e-12, "{stratified:?}");
        let blurred: Vec<Graded> = rows
            .iter()
            .map(|row| Graded { task: None, ..*row })
            .collect();
        assert!(Advantage::of(&blurred, 0).unwrap().difference.value > 0.2);
    }
}
