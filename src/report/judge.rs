//! Abstention rates corrected for the errors of the judge that labelled the abstentions.

use serde::Serialize;

use super::Estimate;

/// The corrected rates of one kind of prompt, and how much judge error its verdict bears.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct JudgeError {
    /// Where the judge's errors are known from.
    pub source: JudgeSource,
    /// P(judged abstained | abstained).
    pub sensitivity: Estimate,
    /// P(judged answered | answered).
    pub specificity: Estimate,
    /// The over-answer rate, corrected.
    pub over_answer: Estimate,
    /// The over-abstain rate, corrected.
    pub over_abstain: Estimate,
    /// The direction that the corrected rates would get, with the correction taken as exact. The verdict rests on the
    /// uncorrected ones.
    pub direction: Option<&'static str>,
    /// The errors from which on the verdict would be another.
    pub flips_at: FlipsAt,
}

/// Where a judge's errors are known from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum JudgeSource {
    /// From `--judge-sens` and `--judge-spec`.
    Given,
    /// From a human label on some rows.
    HumanLabel,
}

/// The errors from which on the direction of the verdict would be another.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct FlipsAt {
    /// By sensitivity, with the specificity as it is.
    pub sensitivity: Flip,
    /// By specificity, with the sensitivity as it is.
    pub specificity: Flip,
}

/// A sensitivity or specificity at which the direction turns.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Flip {
    /// The highest such value; 1 when the other error alone turns the direction.
    pub value: Option<f64>,
    /// What the direction turns to there.
    pub to: Option<&'static str>,
    /// Why there is none.
    pub reason: Option<String>,
}

impl Flip {
    /// None, for this reason.
    #[must_use]
    pub fn none(reason: impl Into<String>) -> Self {
        Self {
            value: None,
            to: None,
            reason: Some(reason.into()),
        }
    }
}
