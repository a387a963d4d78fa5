//! Groups of samples per prompt, rewarded when right, of which some take a shortcut.
//!
//! A prompt is solved with probability p ~ Beta(a, b); a share of them can't be solved (p = 0). A sample takes the shortcut with a fixed chance: it names one of
//! a few popular answers, in fewer tokens, and is right when that happens to be the wanted one. A group whose answer is
//! among the popular ones succeeds with q = (1 − s) p + s / pool, any other with (1 − s) p.

use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::{Log, Row, positive, share};
use crate::maths::quantile;
use crate::maths::rng::Rng;

/// Nodes of the integrals over p.
const NODES: u32 = 4_000;
/// Groups that succeed less often than this are hard.
const HARD: f64 = 0.125;
/// Most answers that a question can have.
const MOST_ANSWERS: u64 = 10_000;
/// Standard deviation of the logarithm of a length.
const LENGTH_SPREAD: f64 = 0.3;

/// The parameters.
#[derive(Args, Clone, Debug, Serialize)]
pub struct Rollouts {
    /// Prompts
    #[arg(short = 'n', long, default_value_t = 300, value_parser = clap::value_parser!(u64).range(1..=super::MOST_PROMPTS))]
    pub prompts: u64,
    /// Samples of each prompt
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u64).range(2..=super::MOST_SAMPLES))]
    pub samples: u64,
    /// First parameter of the Beta distribution of the probability to solve a prompt
    #[arg(long, default_value_t = 0.4, value_parser = positive)]
    pub alpha: f64,
    /// Second parameter
    #[arg(long, default_value_t = 1.2, value_parser = positive)]
    pub beta: f64,
    /// Share of the prompts that it solves by the shortcut only
    #[arg(long, default_value_t = 0.0, value_parser = share)]
    pub hopeless: f64,
    /// Chance that a sample takes the shortcut
    #[arg(long, default_value_t = 0.1, value_parser = share)]
    pub shortcut: f64,
    /// Length of a shortcut, as a multiple of another sample's
    #[arg(long, default_value_t = 0.3, value_parser = positive)]
    pub length_factor: f64,
    /// Length of a right answer found without it, as a multiple of a wrong one's
    #[arg(long, default_value_t = 1.0, value_parser = positive)]
    pub right_length: f64,
    /// Typical length, in tokens
    #[arg(long, default_value_t = 400.0, value_parser = positive)]
    pub length: f64,
    /// Answers that a question can have
    #[arg(long, default_value_t = 8, value_parser = clap::value_parser!(u64).range(2..=MOST_ANSWERS))]
    pub answers: u64,
    /// How many of them shortcuts name
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=MOST_ANSWERS))]
    pub pool: u64,
}

/// What one sample did.
struct Sample {
    answer: u64,
    length: f64,
}

impl Rollouts {
    pub(super) fn logs(&self, seed: u64) -> Vec<Log> {
        let mut rows = Vec::new();
        for prompt in 0..self.prompts {
            let mut rng = Rng::stream(seed, prompt);
            let p = self.ability(&mut rng);
            let target = rng.below(self.answers as usize) as u64;
            for sample in 0..self.samples {
                let Sample { answer, length } = self.sample(p, target, &mut rng);
                let correct = answer == target;
                let tokens = (length * (LENGTH_SPREAD * rng.normal()).exp()).round();
                rows.push(Row {
                    correct: Some(correct),
                    answer: Some(name(answer)),
                    target: Some(name(target)),
                    tokens: Some(tokens.max(1.0) as u64),
                    reward: Some(f64::from(u8::from(correct))),
                    ..Row::of(prompt, sample, self.samples)
                });
            }
        }
        Log::alone(rows)
    }

    /// The probability that a prompt is solved without the shortcut.
    fn ability(&self, rng: &mut Rng) -> f64 {
        let p = rng.beta(self.alpha, self.beta);
        match self.hopeless > 0.0 && rng.uniform() < self.hopeless {
            true => 0.0,
            false => p,
        }
    }

    fn sample(&self, p: f64, target: u64, rng: &mut Rng) -> Sample {
        if rng.uniform() < self.shortcut {
            let pool = self.pool.min(self.answers);
            return Sample {
                answer: rng.below(pool as usize) as u64,
                length: self.length * self.length_factor,
            };
        }
        if rng.uniform() < p {
            return Sample {
                answer: target,
                length: self.length * self.right_length,
            };
        }
        // Any answer but the wanted one.
        let other = rng.below(self.answers as usize - 1) as u64;
        Sample {
            answer: other + u64::from(other >= target),
            length: self.length,
        }
    }

    pub(super) fn truth(&self) -> serde_json::Value {
        let groups = self.groups();
        let passes: Vec<f64> = (0..=self.samples)
            .map(|k| mean(&groups, |q| binomial(self.samples, k, q)))
            .collect();
        let rare = (self.samples / 8).max(1);
        let lucky = 1.0 / self.answers as f64;
        let solved = mean(&groups, |q| q);
        json!({
            "pass_rate": solved,
            "passes": passes,
            "shortcuts_among_correct": self.shortcut * lucky / solved,
            "rare_success_mass": ratio(&passes, self.mass(true), |k| k <= rare),
            "rare_success_mass_unnormalised": ratio(&passes, self.mass(false), |k| k <= rare),
            "hard_mass": self.hard(&groups, self.mass(true)),
            "hard_mass_unnormalised": self.hard(&groups, self.mass(false)),
            "shortcut_success": lucky,
            "log_length_ratio": self.length_factor.ln(),
        })
    }

    /// The chance q of success of groups, with the share of each.
    fn groups(&self) -> Vec<(f64, f64)> {
        let pool = self.pool.min(self.answers) as f64;
        let popular = pool / self.answers as f64;
        let node = |node: u32| (f64::from(node) + 0.5) / f64::from(NODES);
        let solved = (0..NODES)
            .map(node)
            .map(|rank| quantile::beta(rank, self.alpha, self.beta).unwrap_or(0.5));
        let able = solved.map(|p| ((1.0 - self.hopeless) / f64::from(NODES), p));
        able.chain([(self.hopeless, 0.0)])
            .map(|(share, p)| (share, (1.0 - self.shortcut) * p))
            .flat_map(|(share, q)| {
                let lucky = (popular * share, q + self.shortcut / pool);
                [lucky, ((1.0 - popular) * share, q)]
            })
            .collect()
    }

    /// Σ|A| of a group with k successes: 2√(k (G − k)) where advantages are divided by their standard deviation,
    /// 2k (G − k) / G where not.
    fn mass(&self, normalised: bool) -> impl Fn(u64) -> f64 {
        let samples = self.samples as f64;
        move |k| {
            let product = k as f64 * (samples - k as f64);
            match normalised {
                true => 2.0 * product.sqrt(),
                false => 2.0 * product / samples,
            }
        }
    }

    /// The share of the mass in groups that truly succeed less often than one in eight.
    fn hard(&self, groups: &[(f64, f64)], mass: impl Fn(u64) -> f64) -> f64 {
        let expected = |q: f64| -> f64 {
            let group = |k: u64| mass(k) * binomial(self.samples, k, q);
            (0..=self.samples).map(group).sum()
        };
        let hard = mean(groups, |q| if q < HARD { expected(q) } else { 0.0 });
        hard / mean(groups, expected)
    }
}

fn name(answer: u64) -> String {
    format!("a{answer}")
}

fn mean(groups: &[(f64, f64)], of: impl Fn(f64) -> f64) -> f64 {
    groups.iter().map(|(share, q)| share * of(*q)).sum()
}

/// The chance of k successes in n.
fn binomial(n: u64, k: u64, p: f64) -> f64 {
    // The product keeps in range what the coefficient alone would not.
    let choose: f64 = (0..k.min(n - k))
        .map(|at| ((n - at) as f64 / (at + 1) as f64).ln())
        .sum();
    let log = |share: f64, times: u64| match times {
        0 => 0.0,
        _ => times as f64 * share.ln(),
    };
    (choose + log(p, k) + log(1.0 - p, n - k)).exp()
}

/// The share of the mass in groups with such a number of successes.
fn ratio(passes: &[f64], mass: impl Fn(u64) -> f64, of: impl Fn(u64) -> bool) -> f64 {
    let over = |of: &dyn Fn(u64) -> bool| -> f64 {
        let groups = passes.iter().zip(0u64..).filter(|(_, k)| of(*k));
        groups.map(|(share, k)| share * mass(k)).sum()
    };
    over(&|k| k >= 1 && of(k)) / over(&|_| true)
}
