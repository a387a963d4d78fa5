//! How hard prompts are, and how a model states its confidence: the part that scenarios share.
//!
//! A prompt is answered correctly with probability p ~ Beta(a, b); the model states c = σ(bias + slope · logit p),
//! rounded to a grid if it has one.

use clap::Args;
use serde::Serialize;

use super::{finite, positive, share, six};
use crate::maths::quantile;
use crate::maths::rng::Rng;

/// Nodes of the integrals over p.
const NODES: u32 = 4_000;

/// The parameters.
#[derive(Args, Clone, Debug, Serialize)]
pub struct Ability {
    /// First parameter of the Beta distribution of the probability to be right
    #[arg(long, default_value_t = 2.0, value_parser = positive)]
    pub alpha: f64,
    /// Second parameter
    #[arg(long, default_value_t = 1.5, value_parser = positive)]
    pub beta: f64,
    /// Added to the log-odds of being right when confidence is stated; above 0 is overconfident
    #[arg(long, allow_negative_numbers = true, value_parser = finite)]
    pub bias: Option<f64>,
    /// Times the log-odds of being right when confidence is stated
    #[arg(long, default_value_t = 1.0, allow_negative_numbers = true, value_parser = finite)]
    pub slope: f64,
    /// Confidences come in steps of this; 0 for any number
    #[arg(long, default_value_t = 0.0, value_parser = share)]
    pub granularity: f64,
}

/// A part of all prompts: its share, how likely it is answered correctly, and the confidence stated.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) weight: f64,
    pub(super) p: f64,
    pub(super) confidence: f64,
}

impl Ability {
    /// The probability that a prompt is answered correctly.
    pub(super) fn draw(&self, rng: &mut Rng) -> f64 {
        rng.beta(self.alpha, self.beta)
    }

    /// The confidence stated at that probability.
    pub(super) fn confidence(&self, p: f64, bias: f64) -> f64 {
        let odds = (p.max(1e-300) / (1.0 - p).max(1e-16)).ln();
        let stated = 1.0 / (1.0 + (-(bias + self.slope * odds)).exp());
        if self.granularity > 0.0 {
            let steps = (stated / self.granularity).round();
            six((steps * self.granularity).min(1.0))
        } else {
            six(stated)
        }
    }

    /// Nodes of equal weight at the quantiles of p.
    pub(super) fn nodes(&self, bias: f64) -> Vec<Node> {
        let weight = 1.0 / f64::from(NODES);
        let node = |index: u32| {
            let rank = (f64::from(index) + 0.5) * weight;
            let p = quantile::beta(rank, self.alpha, self.beta).unwrap_or(0.5);
            Node {
                weight,
                p,
                confidence: self.confidence(p, bias),
            }
        };
        (0..NODES).map(node).collect()
    }
}

/// The mean of a function over all prompts.
pub(super) fn mean(nodes: &[Node], of: impl Fn(&Node) -> f64) -> f64 {
    nodes.iter().map(|node| node.weight * of(node)).sum()
}

/// Calibration of a model whose nodes say how likely each confidence is right, on rows without end.
#[derive(Clone, Copy, Debug, Serialize)]
pub(super) struct Calibration {
    accuracy: f64,
    mean_confidence: f64,
    signed_gap: f64,
    brier: f64,
    corp_mcb: f64,
    corp_dsc: f64,
    corp_unc: f64,
}

impl Calibration {
    /// Miscalibration is E (c − E(y | c))², which asks that more confidence never means less accuracy.
    pub(super) fn of(nodes: &[Node]) -> Self {
        let accuracy = mean(nodes, |node| node.p);
        let mean_confidence = mean(nodes, |node| node.confidence);
        let mut levels: std::collections::BTreeMap<u64, (f64, f64)> = Default::default();
        for node in nodes {
            let level = levels.entry(node.confidence.to_bits()).or_default();
            level.0 += node.weight;
            level.1 += node.weight * node.p;
        }
        let over = |of: &dyn Fn(f64, f64) -> f64| -> f64 {
            let level = |(bits, (weight, right)): (&u64, &(f64, f64))| {
                weight * of(f64::from_bits(*bits), right / weight)
            };
            levels.iter().map(level).sum()
        };
        Self {
            accuracy,
            mean_confidence,
            signed_gap: mean_confidence - accuracy,
            brier: over(&|c, q| q * (1.0 - c).powi(2) + (1.0 - q) * c * c),
            corp_mcb: over(&|c, q| (c - q).powi(2)),
            corp_dsc: over(&|_, q| (q - accuracy).powi(2)),
            corp_unc: accuracy * (1.0 - accuracy),
        }
    }
}
