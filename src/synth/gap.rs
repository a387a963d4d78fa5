//! A base, a tuned model, and a proxy that closes known shares of the gap between them.
//!
//! In every domain the proxy's accuracy, its surplus of confidence and its rate of over-answering lie the same share of
//! the way from the base's to the tuned model's. Systems are right on the same prompts more often than by chance.

use clap::Args;
use serde::Serialize;
use serde_json::json;

use super::{Log, Row, finite, share, six};
use crate::maths::quantile::normal;
use crate::maths::rng::Rng;

/// Streams of one system lie this far from those of the next.
const SYSTEM: u64 = 1 << 32;
/// The three systems.
const SYSTEMS: [&str; 3] = ["base", "proxy", "tuned"];
/// Surplus of confidence over accuracy, and over-answering: base and tuned.
const SURPLUS: [f64; 2] = [0.25, 0.05];
const OVER_ANSWER: [f64; 2] = [0.60, 0.10];
/// How far the two confidences of a domain lie from their middle.
const HALF: f64 = 0.04;

/// The parameters.
#[derive(Args, Clone, Debug, Serialize)]
pub struct Gap {
    /// Prompts of each domain
    #[arg(short = 'n', long, default_value_t = 500, value_parser = clap::value_parser!(u64).range(1..=100_000))]
    pub prompts: u64,
    /// Share of the gap that the proxy closes, for each domain, with commas between
    #[arg(long, value_name = "SHARE,…", value_delimiter = ',', default_value = "0.95,0.55,1.2", value_parser = finite)]
    pub closure: Vec<f64>,
    /// Accuracy of the base
    #[arg(long, default_value_t = 0.3, value_parser = share)]
    pub base: f64,
    /// Accuracy of the tuned model
    #[arg(long, default_value_t = 0.6, value_parser = share)]
    pub tuned: f64,
    /// Share of the prompts that should be declined
    #[arg(long, default_value_t = 0.2, value_parser = share)]
    pub should_abstain: f64,
    /// Correlation of being right, among the systems
    #[arg(long, default_value_t = 0.5, value_parser = share)]
    pub correlation: f64,
}

/// One system in one domain.
#[derive(Clone, Copy, Debug, Serialize)]
struct System {
    accuracy: f64,
    signed_gap: f64,
    brier: f64,
    over_answer: f64,
}

impl System {
    /// At this share of the way from base to tuned.
    fn at(gap: &Gap, way: f64) -> Self {
        let between = |[base, tuned]: [f64; 2]| (base + way * (tuned - base)).clamp(0.0, 1.0);
        let accuracy = between([gap.base, gap.tuned]);
        let confidences = confidences(accuracy, between(SURPLUS));
        let mean = |of: &dyn Fn(f64) -> f64| f64::midpoint(of(confidences[0]), of(confidences[1]));
        Self {
            accuracy,
            signed_gap: mean(&|c| c) - accuracy,
            brier: mean(&|c| accuracy * (1.0 - c).powi(2) + (1.0 - accuracy) * c * c),
            over_answer: between(OVER_ANSWER),
        }
    }
}

/// Half of a domain's answers state the one, half the other.
fn confidences(accuracy: f64, surplus: f64) -> [f64; 2] {
    [-HALF, HALF].map(|half| six((accuracy + surplus + half).clamp(0.0, 1.0)))
}

impl Gap {
    pub(super) fn logs(&self, seed: u64) -> Vec<Log> {
        let logs = SYSTEMS.iter().zip(1u64..).map(|(name, number)| {
            let domains = self.closure.iter().zip(0u64..);
            let rows = domains.flat_map(|(closure, domain)| {
                let way = [0.0, *closure, 1.0][number as usize - 1];
                let system = System::at(self, way);
                let prompts = (0..self.prompts).map(move |prompt| (domain, prompt));
                prompts.map(move |prompt| self.row(seed, number, system, prompt))
            });
            Log {
                name: (*name).to_owned(),
                rows: rows.collect(),
            }
        });
        logs.collect()
    }

    fn row(&self, seed: u64, number: u64, system: System, (domain, prompt): (u64, u64)) -> Row {
        let stream = domain * self.prompts + prompt;
        let before = |prompt: u64| (prompt as f64 * self.should_abstain).floor();
        let should_abstain = before(prompt + 1) > before(prompt);
        let shared = Rng::stream(seed, stream).normal();
        let mut rng = Rng::stream(seed, number * SYSTEM + stream);
        let own = (1.0 - self.correlation).sqrt() * rng.normal();
        let latent = self.correlation.sqrt() * shared + own;
        let limit = match should_abstain {
            true => system.over_answer,
            false => system.accuracy,
        };
        let below = latent <= normal(limit);
        let stated = confidences(system.accuracy, system.signed_gap);
        let row = Row {
            id: format!("d{}-p{prompt}", domain + 1),
            task: Some(format!("domain{}", domain + 1)),
            kind: Some("epistemic"),
            should_abstain: Some(should_abstain),
            ..Row::default()
        };
        match should_abstain {
            true => Row {
                abstained: Some(!below),
                ..row
            },
            false => Row {
                abstained: Some(false),
                confidence: Some(stated[rng.below(2)]),
                correct: Some(below),
                ..row
            },
        }
    }

    pub(super) fn truth(&self) -> serde_json::Value {
        let (base, tuned) = (System::at(self, 0.0), System::at(self, 1.0));
        let domains = self.closure.iter().map(|closure| {
            let proxy = System::at(self, *closure);
            let closed = |of: fn(&System) -> f64| {
                let whole = of(&tuned) - of(&base);
                (whole != 0.0).then(|| (of(&proxy) - of(&base)) / whole)
            };
            json!({
                "base": base, "proxy": proxy, "tuned": tuned,
                "closure": {
                    "accuracy": closed(|system| system.accuracy),
                    "signed_gap": closed(|system| system.signed_gap),
                    "brier": closed(|system| system.brier),
                    "over_answer": closed(|system| system.over_answer),
                },
            })
        });
        let mean = self.closure.iter().sum::<f64>() / self.closure.len() as f64;
        json!({ "domains": domains.collect::<Vec<_>>(), "mean_closure": mean })
    }
}
