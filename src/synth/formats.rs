//! Checkpoints that come to answer in one format, by replicator dynamics: π(s + 1, f) ∝ π(s, f) e^(η · fitness of f).
//!
//! The fitness of a format is its accuracy, so that the best one wins; with `--suboptimal` the winner has the fitness
//! of the best and an accuracy below all others.

use clap::Args;
use serde::Serialize;
use serde_json::{Value, json};

use super::{Log, Row, not_negative};
use crate::maths::rng::Rng;

/// Names of formats, the winner first.
const NAMES: [&str; 6] = ["code", "latex", "prose", "numbered", "json", "bullets"];
/// Accuracy of the best format, and how much less each next one has.
const BEST: f64 = 0.6;
const STEP_DOWN: f64 = 0.08;
/// Accuracy of a winner that is forced.
const FORCED: f64 = 0.1;
/// Share of the leading format from which it has collapsed.
const COLLAPSED: f64 = 0.9;

/// The parameters.
#[derive(Args, Clone, Debug, Serialize)]
pub struct Formats {
    /// Prompts, each asked at every step
    #[arg(short = 'n', long, default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=super::MOST_PROMPTS))]
    pub prompts: u64,
    /// Steps after the base, which is step 0
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    pub steps: u64,
    /// Formats
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u64).range(2..=NAMES.len() as u64))]
    pub formats: u64,
    /// How fast fitness pays; at 0 nothing collapses
    #[arg(long, default_value_t = 8.0, value_parser = not_negative)]
    pub eta: f64,
    /// The format that wins is the least accurate
    #[arg(long)]
    pub suboptimal: bool,
}

impl Formats {
    pub(super) fn logs(&self, seed: u64) -> Vec<Log> {
        let shares = self.shares();
        let mut rows = Vec::new();
        for prompt in 0..self.prompts {
            let mut rng = Rng::stream(seed, prompt);
            for (step, shares) in (0..).zip(&shares) {
                let format = draw(shares, rng.uniform());
                let correct = rng.uniform() < self.accuracy(format);
                rows.push(Row {
                    id: format!("p{prompt}-s{step}"),
                    prompt_id: Some(format!("p{prompt}")),
                    step: Some(step),
                    format: NAMES.get(format).copied(),
                    correct: Some(correct),
                    ..Row::default()
                });
            }
        }
        rows.sort_by_key(|row| row.step);
        Log::alone(rows)
    }

    fn fitness(&self, format: usize) -> f64 {
        BEST - STEP_DOWN * format as f64
    }

    fn accuracy(&self, format: usize) -> f64 {
        match (self.suboptimal, format) {
            (true, 0) => FORCED,
            _ => self.fitness(format),
        }
    }

    /// Shares of the formats at each step. At first the winner is not the most frequent.
    fn shares(&self) -> Vec<Vec<f64>> {
        let count = self.formats as usize;
        let first = (0..count).map(|format| (1 + format) as f64);
        let mut shares = vec![normalised(first.collect())];
        for _ in 0..self.steps {
            let last = shares.last().into_iter().flatten().zip(0..);
            let next = last.map(|(share, format)| share * (self.eta * self.fitness(format)).exp());
            shares.push(normalised(next.collect()));
        }
        shares
    }

    pub(super) fn truth(&self) -> Value {
        let shares = self.shares();
        let count = self.formats as usize;
        let base = shares.first().map(Vec::as_slice).unwrap_or_default();
        let steps = shares.iter().map(|shares| {
            let accuracy = shares
                .iter()
                .zip(0..)
                .map(|(share, f)| share * self.accuracy(f));
            json!({
                "shares": named(shares.iter().copied()),
                "entropy": entropy(shares),
                "effective_number": entropy(shares).exp(),
                "jensen_shannon": jensen_shannon(shares, base),
                "accuracy": accuracy.sum::<f64>(),
            })
        });
        let collapse = shares.iter().position(|shares| shares[0] >= COLLAPSED);
        let best = (0..count).max_by(|a, b| self.accuracy(*a).total_cmp(&self.accuracy(*b)));
        json!({
            "steps": steps.collect::<Vec<_>>(),
            "accuracy": named((0..count).map(|format| self.accuracy(format))),
            "winner": (self.eta > 0.0).then_some(NAMES[0]),
            "best": best.and_then(|best| NAMES.get(best)),
            "collapse_step": collapse,
        })
    }
}

fn normalised(mut shares: Vec<f64>) -> Vec<f64> {
    let whole: f64 = shares.iter().sum();
    shares.iter_mut().for_each(|share| *share /= whole);
    shares
}

/// The format at this place of the distribution.
fn draw(shares: &[f64], place: f64) -> usize {
    let mut below = 0.0;
    let found = shares.iter().position(|share| {
        below += share;
        place < below
    });
    found.unwrap_or(shares.len() - 1)
}

fn named(values: impl Iterator<Item = f64>) -> serde_json::Map<String, Value> {
    let pairs = NAMES.iter().zip(values);
    pairs
        .map(|(name, value)| ((*name).to_owned(), value.into()))
        .collect()
}

/// In nats.
fn entropy(shares: &[f64]) -> f64 {
    let some = shares.iter().filter(|share| **share > 0.0);
    some.map(|share| -share * share.ln()).sum()
}

/// In bits: the entropy of the middle less the mean of both entropies.
fn jensen_shannon(one: &[f64], other: &[f64]) -> f64 {
    let middle: Vec<f64> = one
        .iter()
        .zip(other)
        .map(|(a, b)| f64::midpoint(*a, *b))
        .collect();
    (entropy(&middle) - f64::midpoint(entropy(one), entropy(other))) / std::f64::consts::LN_2
}
