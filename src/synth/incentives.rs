//! A model rewarded under a stated scheme: what its answers earn, and what other policies would have earned.
//!
//! A prompt is answered correctly with probability p ~ Beta(a, b), and the model states c = σ(bias + slope · logit p).
//! It declines where c is below a limit, or never.

use clap::{Args, ValueEnum};
use serde::Serialize;
use serde_json::{Value, json};

use super::ability::{Ability, Calibration, Node, mean};
use super::{Log, Row, finite, not_negative, share, six};
use crate::maths::rng::Rng;

/// The parameters.
#[derive(Args, Clone, Debug, Serialize)]
pub struct Incentives {
    /// Prompts
    #[arg(short = 'n', long, default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=super::MOST_PROMPTS))]
    pub prompts: u64,
    /// How answers are rewarded
    #[arg(long, value_enum, default_value_t = Scheme::Binary)]
    pub scheme: Scheme,
    /// Confidence target t of the scheme target
    #[arg(long, default_value_t = 0.75, value_parser = target)]
    pub target: f64,
    /// What a wrong answer costs under the scheme penalty
    #[arg(long, default_value_t = 1.0, value_parser = not_negative)]
    pub penalty: f64,
    /// Reward for declining
    #[arg(long, default_value_t = 0.0, allow_negative_numbers = true, value_parser = finite)]
    pub abstain_reward: f64,
    /// Declines where the stated confidence is below
    #[arg(long, default_value_t = 0.0, value_parser = share)]
    pub decline_below: f64,
    /// Cost of a wrong answer, as a column, where a right one gains 1
    #[arg(long, value_parser = not_negative)]
    pub cost_wrong: Option<f64>,
    /// Cost of declining, as a column
    #[arg(long, value_parser = not_negative, requires = "cost_wrong")]
    pub cost_abstain: Option<f64>,
    /// How hard prompts are and how confidence is stated.
    #[command(flatten)]
    pub ability: Ability,
}

/// How answers are rewarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Scheme {
    /// 1 and 0
    Binary,
    /// 1 and −1
    Negative,
    /// 1 and −t / (1 − t)
    Target,
    /// 1 and −λ
    Penalty,
    /// Right or wrong, less the squared error of the confidence
    Brier,
}

fn target(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(value) if (0.0..1.0).contains(&value) => Ok(value),
        _ => Err("expected a number from 0 up to, but not, 1".to_owned()),
    }
}

impl Incentives {
    pub(super) fn logs(&self, seed: u64) -> Vec<Log> {
        let rows = (0..self.prompts)
            .map(|prompt| self.row(seed, prompt))
            .collect();
        Log::alone(rows)
    }

    fn bias(&self) -> f64 {
        self.ability.bias.unwrap_or(0.0)
    }

    fn row(&self, seed: u64, prompt: u64) -> Row {
        let mut rng = Rng::stream(seed, prompt);
        let p = self.ability.draw(&mut rng);
        let stated = self.ability.confidence(p, self.bias());
        let correct = rng.uniform() < p;
        let answers = self.answers(stated);
        let reward = match answers {
            true => self.reward(f64::from(u8::from(correct)), stated),
            false => self.abstain_reward,
        };
        Row {
            abstained: Some(!answers),
            confidence: answers.then_some(stated),
            correct: answers.then_some(correct),
            reward: Some(six(reward)),
            cost_wrong: self.cost_wrong,
            cost_abstain: self.cost_wrong.map(|_| self.cost_abstain.unwrap_or(0.0)),
            ..Row::of(prompt, 0, 1)
        }
    }

    fn answers(&self, stated: f64) -> bool {
        stated >= self.decline_below
    }

    /// The expected reward of an answer that is right with this probability.
    fn reward(&self, p: f64, stated: f64) -> f64 {
        let wrong = match self.scheme {
            Scheme::Binary => 0.0,
            Scheme::Negative => 1.0,
            Scheme::Target => self.target / (1.0 - self.target),
            Scheme::Penalty => self.penalty,
            Scheme::Brier => {
                let square = p * (1.0 - stated).powi(2) + (1.0 - p) * stated * stated;
                return p - square;
            }
        };
        p - (1.0 - p) * wrong
    }

    pub(super) fn truth(&self) -> Value {
        let nodes = self.ability.nodes(self.bias());
        let answered: Vec<Node> = nodes
            .iter()
            .filter(|node| self.answers(node.confidence))
            .copied()
            .collect();
        let coverage: f64 = answered.iter().map(|node| node.weight).sum();
        let parts = answered.iter().map(|node| Node {
            weight: node.weight / coverage,
            ..*node
        });
        let parts: Vec<Node> = parts.collect();
        let policy = |answers: &dyn Fn(&Node) -> bool| {
            mean(&nodes, |node| match answers(node) {
                true => self.reward(node.p, node.confidence),
                false => self.abstain_reward,
            })
        };
        json!({
            "coverage": coverage,
            "calibration": (coverage > 0.0).then(|| Calibration::of(&parts)),
            "reward": {
                "now": policy(&|node| self.answers(node.confidence)),
                "answer_all": policy(&|_| true),
                "best": policy(&|node| self.reward(node.p, node.confidence) > self.abstain_reward),
            },
            "utility": self.cost_wrong.map(|wrong| self.utility(&nodes, wrong)),
        })
    }

    /// Gain 1 for a right answer, the costs for others: declining pays below t* = (λ − k) / (1 + λ).
    fn utility(&self, nodes: &[Node], wrong: f64) -> Value {
        let abstain = self.cost_abstain.unwrap_or(0.0);
        let threshold = (wrong - abstain) / (1.0 + wrong);
        let policy = |answers: &dyn Fn(&Node) -> bool| {
            mean(nodes, |node| match answers(node) {
                true => node.p - (1.0 - node.p) * wrong,
                false => -abstain,
            })
        };
        let now = policy(&|node| self.answers(node.confidence));
        let best = policy(&|node| node.p > threshold);
        json!({
            "threshold": threshold,
            "now": now,
            "stated": policy(&|node| node.confidence > threshold),
            "best": best,
            "answer_all": policy(&|_| true),
            "answer_none": -abstain,
            "oracle": mean(nodes, |node| node.p - (1.0 - node.p) * abstain),
            "regret_choose": best - now,
        })
    }
}
