//! One row of a made log, under the names that logs use.

use serde::Serialize;

/// A row; what a scenario does not set is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(default)]
#[expect(
    missing_docs,
    reason = "each field is the role of its name; docs/formats.md has them"
)]
pub struct Row {
    pub id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub task: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub prompt_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sample: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub should_abstain: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abstained: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub correct: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub forced_correct: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub format: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tokens: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reward: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_wrong: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost_abstain: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logp_policy: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logp_base: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logp_policy_tokens: Option<Vec<f64>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logp_base_tokens: Option<Vec<f64>>,
}

impl Row {
    /// A row of this sample of a prompt; its prompt is named where there are several samples.
    pub(super) fn of(prompt: u64, sample: u64, samples: u64) -> Self {
        match samples {
            1 => Self {
                id: format!("p{prompt}"),
                ..Self::default()
            },
            _ => Self {
                id: format!("p{prompt}-{sample}"),
                prompt_id: Some(format!("p{prompt}")),
                sample: Some(sample),
                ..Self::default()
            },
        }
    }
}
