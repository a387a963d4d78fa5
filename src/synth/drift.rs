//! Checkpoints that move away from their base by a known KL divergence, and forget as they go.
//!
//! Every token that a checkpoint samples has a log-ratio log π − log π₀ ~ N(σ²/2, σ²), for which E(π₀ / π) = 1, as it
//! must be, and KL(π ‖ π₀) = σ²/2 nats a token. σ² grows in equal parts from step to step.

use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::{Log, Row, finite, not_negative, positive, share, six};
use crate::maths::rng::Rng;

/// Streams of one step lie this far from those of the next.
const STEP: u64 = 1 << 32;

/// The parameters.
#[derive(Args, Clone, Debug, Serialize)]
pub struct Drift {
    /// Prompts, each asked at every step
    #[arg(short = 'n', long, default_value_t = 200, value_parser = clap::value_parser!(u64).range(1..=super::MOST_PROMPTS))]
    pub prompts: u64,
    /// Checkpoints after the base
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    pub steps: u64,
    /// KL divergence of the last checkpoint, in nats a token
    #[arg(long, default_value_t = 0.02, value_parser = not_negative)]
    pub kl: f64,
    /// Mean length of an answer, in tokens
    #[arg(long, default_value_t = 40.0, value_parser = positive)]
    pub length: f64,
    /// Earlier tasks, in equal parts
    #[arg(long, default_value_t = 2, value_parser = clap::value_parser!(u64).range(1..=1_000))]
    pub tasks: u64,
    /// Accuracy of the base
    #[arg(long, default_value_t = 0.7, value_parser = share)]
    pub accuracy: f64,
    /// Accuracy that the last checkpoint has lost on task1; the other tasks lose none
    #[arg(long, default_value_t = 0.0, value_parser = share)]
    pub forgetting: f64,
    /// Taken from every log-ratio, as when another policy sampled the tokens
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true, value_parser = finite)]
    pub mismatch: f64,
    /// Log sums over the answer only, no token
    #[arg(long)]
    pub sums: bool,
}

/// Log-probabilities of the tokens of an answer.
struct Tokens {
    policy: Vec<f64>,
    base: Vec<f64>,
}

impl Drift {
    pub(super) fn logs(&self, seed: u64) -> Vec<Log> {
        let name = |step| match step {
            0 => "base".to_owned(),
            _ => format!("step-{step}"),
        };
        let logs = (0..=self.steps).map(|step| Log {
            name: name(step),
            rows: (0..self.prompts)
                .map(|prompt| self.row(seed, step, prompt))
                .collect(),
        });
        logs.collect()
    }

    /// What part of the way a step has gone.
    fn way(&self, step: u64) -> f64 {
        step as f64 / self.steps as f64
    }

    fn accuracy(&self, step: u64, task: u64) -> f64 {
        let lost = match task {
            0 => self.forgetting * self.way(step),
            _ => 0.0,
        };
        (self.accuracy - lost).max(0.0)
    }

    fn row(&self, seed: u64, step: u64, prompt: u64) -> Row {
        let task = prompt % self.tasks;
        // How hard a prompt is stays with it.
        let hard = Rng::stream(seed, prompt).uniform();
        let mut rng = Rng::stream(seed, (step + 1) * STEP + prompt);
        let luck = rng.uniform();
        let own = (hard + 0.2 * luck).fract();
        let correct = own < self.accuracy(step, task);
        let row = Row {
            id: format!("p{prompt}"),
            task: Some(format!("task{}", task + 1)),
            step: Some(step),
            correct: Some(correct),
            reward: Some(f64::from(u8::from(correct))),
            ..Row::default()
        };
        if step == 0 {
            return row;
        }
        let Tokens { policy, base } = self.tokens(step, &mut rng);
        Row {
            tokens: Some(policy.len() as u64),
            logp_policy: Some(six(policy.iter().sum())),
            logp_base: Some(six(base.iter().sum())),
            logp_policy_tokens: (!self.sums).then_some(policy),
            logp_base_tokens: (!self.sums).then_some(base),
            ..row
        }
    }

    fn tokens(&self, step: u64, rng: &mut Rng) -> Tokens {
        let variance = 2.0 * self.kl * self.way(step);
        // Uniform from half the mean to one and a half of it.
        let length = (self.length * (0.5 + rng.uniform())).round().max(1.0) as u64;
        let mut tokens = Tokens {
            policy: Vec::new(),
            base: Vec::new(),
        };
        for _ in 0..length {
            let ratio = variance / 2.0 - self.mismatch + variance.sqrt() * rng.normal();
            // A surprise of its own, and as much as keeps both probabilities up to 1.
            let policy = six(-rng.gamma(1.0) - (-ratio).max(0.0));
            tokens.policy.push(policy);
            tokens.base.push(six((policy - ratio).min(0.0)));
        }
        tokens
    }

    pub(super) fn truth(&self) -> serde_json::Value {
        let steps = (0..=self.steps).map(|step| {
            let kl = self.kl * self.way(step);
            let accuracy = (0..self.tasks).map(|task| self.accuracy(step, task));
            json!({
                "step": step,
                "kl_per_token": kl,
                "kl_per_sequence": kl * self.length,
                "mean_log_ratio": if step == 0 { 0.0 } else { kl - self.mismatch },
                "accuracy": accuracy.collect::<Vec<_>>(),
            })
        });
        json!({ "steps": steps.collect::<Vec<_>>(), "on_policy": self.mismatch == 0.0 })
    }
}
