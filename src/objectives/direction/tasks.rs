//! Direction by task: figures pooled over tasks with random effects, rates in which every task counts the same, and
//! how far the verdict hangs on the mix of prompts.
//!
//! Counts are effective ones: fewer than the rows where weights differ or prompts repeat.

use std::f64::consts::TAU;

use super::{TOLERANCE, decide, state};
use crate::inference::posterior::{SideCount, Sides};
use crate::inference::random_effects::{Effect, Pooled, pool};
use crate::maths::quantile;

/// Step of the search for the mix that turns the direction, and how near it is then found.
const STEP: f64 = 0.02;
const NEAR: f64 = 5e-4;

/// The labelled prompts of one task.
#[derive(Clone, Debug, PartialEq)]
pub struct Task {
    /// Its name.
    pub name: String,
    /// Its prompts.
    pub sides: Sides,
}

/// What the mix of prompts does to the direction.
#[derive(Clone, Debug, PartialEq)]
pub struct Robustness {
    /// The direction where every task counts the same.
    pub balanced: &'static str,
    /// Tasks without which it would be another, with that other.
    pub without: Vec<(String, &'static str)>,
    /// The least change of one task's share that turns it.
    pub flip: Option<Flip>,
}

/// A mix that turns the direction.
#[derive(Clone, Debug, PartialEq)]
pub struct Flip {
    /// Whose share changes; the others keep their proportions.
    pub task: String,
    /// Its share of the labelled prompts as it is.
    pub share: f64,
    /// The share at which the direction turns.
    pub at: f64,
    /// What it turns to.
    pub to: &'static str,
}

/// d′ and c of a task with their variances, half a prompt added to either side; `None` when a side is empty.
///
/// Var z(h) = h (1 − h) / ((n + 1) φ(z)²); that of d′ is the sum of both, that of c a quarter of it.
#[must_use]
pub fn signal(sides: &Sides) -> Option<[Effect; 2]> {
    let [decline, answer] = [&sides.should_abstain, &sides.should_answer];
    let ((h, of_h), (f, of_f)) = (z(decline)?, z(answer)?);
    let variance = of_h + of_f;
    Some([
        Effect {
            value: h - f,
            variance,
        },
        Effect {
            value: -0.5 * (h + f),
            variance: variance / 4.0,
        },
    ])
}

/// The normal quantile of the share declined, with its variance.
fn z(side: &SideCount) -> Option<(f64, f64)> {
    let n = side.total();
    let share = softened(side);
    let z = quantile::normal(share);
    let density = (-z * z / 2.0).exp() / TAU.sqrt();
    (n > 0.0).then(|| (z, share * (1.0 - share) / ((n + 1.0) * density * density)))
}

/// The share declined, with half a prompt more on either side.
fn softened(side: &SideCount) -> f64 {
    (side.abstained + 0.5) / (side.total() + 1.0)
}

/// d′ and c pooled over the tasks that have both sides; `None` where no task has.
#[must_use]
pub fn pooled(tasks: &[Task], level: f64) -> Option<[Pooled; 2]> {
    let effects: Vec<_> = tasks
        .iter()
        .filter_map(|task| signal(&task.sides))
        .collect();
    let of = |at: usize| {
        let one: Vec<Effect> = effects.iter().map(|both| both[at]).collect();
        pool(&one, level)
    };
    Some([of(0)?, of(1)?])
}

/// The mean over tasks of the share declined, as counts that are as sure as it is.
#[must_use]
pub fn balanced(tasks: &[Task]) -> Sides {
    let side = |of: fn(&Sides) -> &SideCount| {
        let sides = tasks.iter().map(|task| of(&task.sides));
        let there: Vec<_> = sides.filter(|side| side.total() > 0.0).collect();
        let count = there.len() as f64;
        let rate = there.iter().filter_map(|side| side.rate()).sum::<f64>() / count;
        let near = there.iter().map(|side| softened(side)).sum::<f64>() / count;
        let variance = |side: &&SideCount| {
            let share = softened(side);
            share * (1.0 - share) / (side.total() + 1.0)
        };
        let variance = there.iter().map(variance).sum::<f64>() / (count * count);
        if there.is_empty() {
            return SideCount::default();
        }
        let n = (near * (1.0 - near) / variance - 1.0).max(0.0);
        SideCount {
            abstained: rate * n,
            answered: (1.0 - rate) * n,
        }
    };
    Sides {
        should_abstain: side(|sides| &sides.should_abstain),
        should_answer: side(|sides| &sides.should_answer),
    }
}

/// The direction of these counts, as the verdict has it, with c by its standard error; `None` when a side is empty.
#[must_use]
pub fn direction_of(sides: &Sides, level: f64) -> Option<&'static str> {
    let [_, c] = signal(sides)?;
    Some(word(sides, level, c))
}

fn word(sides: &Sides, level: f64, c: Effect) -> &'static str {
    let tail = 0.5 - level / 2.0;
    let Sides {
        should_abstain: decline,
        should_answer: answer,
    } = sides;
    let below = |p: f64, side: &SideCount| {
        quantile::beta_cdf(p, side.abstained + 0.5, side.answered + 0.5).unwrap_or(f64::NAN)
    };
    let over_answers = below(1.0 - TOLERANCE, decline);
    let over_abstains = 1.0 - below(TOLERANCE, answer);
    let reach = quantile::normal(1.0 - tail) * c.variance.sqrt();
    decide(
        [over_answers, over_abstains].map(|exceeds| state(exceeds, tail)),
        || Some((c.value - reach, c.value + reach)),
    )
}

/// How far the direction hangs on the mix; `None` with fewer than two tasks, or where a side is empty.
#[must_use]
pub fn robustness(tasks: &[Task], level: f64) -> Option<Robustness> {
    let whole = tasks
        .iter()
        .fold(Sides::default(), |sum, task| sum.plus(&task.sides));
    let now = direction_of(&whole, level).filter(|_| tasks.len() > 1)?;
    let others = tasks.iter().map(|task| Mix::new(task, tasks));
    let others: Vec<Mix> = others.collect();
    let without = others.iter().filter_map(|mix| {
        let word = direction_of(&mix.rest, level)?;
        (word != now).then(|| (mix.task.name.clone(), word))
    });
    let flips = others.iter().filter_map(|mix| mix.flip(now, level));
    Some(Robustness {
        balanced: macro_direction(tasks, level)?,
        without: without.collect(),
        flip: flips.min_by(|one, other| one.change().total_cmp(&other.change())),
    })
}

/// The direction where every task counts the same: rates and c are means over tasks.
fn macro_direction(tasks: &[Task], level: f64) -> Option<&'static str> {
    let leans: Vec<Effect> = tasks
        .iter()
        .filter_map(|task| signal(&task.sides))
        .map(|[_, c]| c)
        .collect();
    let sides = balanced(tasks);
    let count = leans.len() as f64;
    let c = match leans.is_empty() {
        true => signal(&sides)?[1],
        false => Effect {
            value: leans.iter().map(|c| c.value).sum::<f64>() / count,
            variance: leans.iter().map(|c| c.variance).sum::<f64>() / (count * count),
        },
    };
    signal(&sides).map(|_| word(&sides, level, c))
}

impl Flip {
    fn change(&self) -> f64 {
        (self.at - self.share).abs()
    }
}

/// One task against all others.
struct Mix<'t> {
    task: &'t Task,
    rest: Sides,
}

impl<'t> Mix<'t> {
    fn new(task: &'t Task, tasks: &[Task]) -> Self {
        let others = tasks.iter().filter(|other| other.name != task.name);
        let rest = others.fold(Sides::default(), |sum, other| sum.plus(&other.sides));
        Self { task, rest }
    }

    fn share(&self) -> f64 {
        let (own, rest) = (prompts(&self.task.sides), prompts(&self.rest));
        own / (own + rest)
    }

    /// Counts in which the task has this share of the prompts: as sure as so many rows of unequal weight are (Kish).
    fn at(&self, share: f64) -> Sides {
        if share >= 1.0 {
            return self.task.sides;
        }
        let now = self.share();
        let weight = share / (1.0 - share) * (1.0 - now) / now;
        let side = |of: fn(&Sides) -> &SideCount| {
            let (own, rest) = (of(&self.task.sides), of(&self.rest));
            let whole = weight * own.total() + rest.total();
            let rows = whole * whole / (weight * weight * own.total() + rest.total());
            if whole <= 0.0 {
                return SideCount::default();
            }
            let rate = (weight * own.abstained + rest.abstained) / whole;
            SideCount {
                abstained: rate * rows,
                answered: (1.0 - rate) * rows,
            }
        };
        Sides {
            should_abstain: side(|sides| &sides.should_abstain),
            should_answer: side(|sides| &sides.should_answer),
        }
    }

    /// The nearest share with another direction.
    fn flip(&self, now: &str, level: f64) -> Option<Flip> {
        let other = |share: f64| direction_of(&self.at(share), level).filter(|word| *word != now);
        let share = self.share();
        let steps = (1.0 / STEP).ceil() as u32;
        for step in 1..=steps {
            let distance = f64::from(step) * STEP;
            for end in [share - distance, share + distance] {
                if !(-STEP..=1.0 + STEP).contains(&end) {
                    continue;
                }
                let (mut kept, mut turned) =
                    (end + (share - end).signum() * STEP, end.clamp(0.0, 1.0));
                let Some(mut to) = other(turned) else {
                    continue;
                };
                while (turned - kept).abs() > NEAR {
                    let middle = f64::midpoint(turned, kept);
                    match other(middle) {
                        Some(word) => (turned, to) = (middle, word),
                        None => kept = middle,
                    }
                }
                return Some(Flip {
                    task: self.task.name.clone(),
                    share,
                    at: turned,
                    to,
                });
            }
        }
        None
    }
}

fn prompts(sides: &Sides) -> f64 {
    sides.should_abstain.total() + sides.should_answer.total()
}
