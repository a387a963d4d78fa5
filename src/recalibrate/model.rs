//! The model file, `calib.model/1`: a recalibration with all that a reviewer and `calib apply` need to know of it.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::curve::Curve;
use crate::input::Definition;
use crate::record::Confidence;

mod file;
mod made;
mod sound;
#[cfg(test)]
mod tests;

pub use file::{MOST_BYTES, SCHEMA, too_large};

/// A recalibration.
#[derive(Clone, Debug, PartialEq)]
pub struct Model {
    /// Version of calib that fitted it.
    pub calib_version: String,
    /// The curve of all rows.
    pub curve: Curve,
    /// Fields that part the rows into groups with curves of their own.
    pub by: Vec<String>,
    /// The curves of the groups, by the values of these fields.
    pub groups: BTreeMap<Vec<String>, GroupCurve>,
    /// Recalibrated confidence from which an answer is given. None without a guarantee: every row keeps its answer; none
    /// with one: it cannot be given, and every row abstains.
    pub threshold: Option<f64>,
    /// What the threshold was chosen for.
    pub guarantee: Option<Guarantee>,
    /// What it was fitted on, and how well it does on rows it has not seen.
    pub fitted: Fitted,
    /// What made the confidences it was fitted on.
    pub definition: Definition,
}

/// The curve of a group.
#[derive(Clone, Debug, PartialEq)]
pub struct GroupCurve {
    /// The curve.
    pub curve: Curve,
    /// Graded rows with a confidence in the group.
    pub rows: u64,
    /// How far it was drawn towards the curve of all rows, from 0 (not at all) to 1.
    pub shrinkage: f64,
    /// Recalibrated confidence from which an answer is given, where the group has a guarantee of its own.
    pub threshold: Option<f64>,
    /// What that was chosen for; none where the threshold of the model holds for the group too.
    pub guarantee: Option<Guarantee>,
}

/// What a threshold was chosen for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The least expected cost, from the cost of a wrong answer and that of an abstention.
    Cost,
    /// At most this risk among the answered, with this confidence, whatever the distribution.
    Risk,
    /// This share answered.
    Coverage,
    /// At most this rate of answers among prompts that should be declined.
    OverAnswer,
}

impl Kind {
    /// Its name in reports and files.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Cost => "cost",
            Self::Risk => "risk",
            Self::Coverage => "coverage",
            Self::OverAnswer => "over_answer",
        }
    }
}

/// A threshold's purpose, and what is known about its being met.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Guarantee {
    /// What it was chosen for.
    pub kind: Kind,
    /// The share of wrong answers that was asked for (`--target-risk`).
    pub risk: Option<f64>,
    /// The chance with which the bound holds, or would have to: the level that was asked for. None where no bound was sought.
    pub confidence: Option<f64>,
    /// The share of the fitting rows, graded answers with a confidence, that are answered; to bound over-answering, of those
    /// that should be.
    pub coverage: Option<f64>,
    /// Upper bound on the risk, or on the rate that was asked for; none where the threshold was not sought for one.
    pub bound: Option<f64>,
    /// The share of wrong answers among those, as observed, out of fold where there is no bound; to bound over-answering, the share answered of the rows that
    /// should be declined.
    pub observed: Option<f64>,
    /// Answers behind the bound, one a cluster; without one, all that could be answered.
    pub rows: u64,
    /// `--cost-wrong`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_wrong: Option<f64>,
    /// `--cost-abstain`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cost_abstain: Option<f64>,
    /// `--target-coverage`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_coverage: Option<f64>,
    /// `--target-over-answer`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub target_over_answer: Option<f64>,
    /// Why there is no threshold, or no bound.
    pub reason: Option<String>,
}

/// What a model was fitted on, and its gain out of fold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fitted {
    /// Label of the log.
    pub label: String,
    /// Graded rows with a confidence.
    pub rows: u64,
    /// Clusters they fall into; as many as rows where nothing tells them apart.
    pub clusters: u64,
    /// SHA-256 of the bytes of the log, in hexadecimal.
    pub sha256: Option<String>,
    /// Folds of the cross-fitting.
    pub folds: u64,
    /// Brier score of the confidences as stated.
    pub brier: Option<f64>,
    /// The lowest and the highest confidence among them: outside of these the curve was shown nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stated: Option<[f64; 2]>,
    /// Brier score, out of fold, of the confidences as stated less that of the recalibrated ones: above 0 is better.
    pub gain: Figure,
    /// What `--method auto` chose among.
    pub candidates: Vec<Candidate>,
}

/// A method that was tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Candidate {
    /// Its name.
    pub method: String,
    /// Its gain in Brier score, out of fold.
    pub gain: Figure,
}

/// A figure with its interval, or the reason why it has none.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Figure {
    /// The figure.
    pub value: Option<f64>,
    /// Lower end.
    pub low: Option<f64>,
    /// Upper end.
    pub high: Option<f64>,
    /// Level of the interval.
    pub level: Option<f64>,
    /// What it rests on.
    pub n: u64,
    /// How the interval was computed.
    pub method: Option<String>,
    /// Why there is no figure, or no interval.
    pub reason: Option<String>,
}

/// What a threshold says about a row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Policy {
    /// There is none: the row stays as it is.
    AsStated,
    /// Answer from this recalibrated confidence on.
    From(f64),
    /// The guarantee cannot be given: nothing is answered.
    Never,
}

impl Policy {
    /// What a threshold with its purpose asks for.
    #[must_use]
    pub fn of(threshold: Option<f64>, guarantee: Option<&Guarantee>) -> Self {
        match (threshold, guarantee) {
            (Some(threshold), _) => Self::From(threshold),
            (None, Some(_)) => Self::Never,
            (None, None) => Self::AsStated,
        }
    }

    /// Whether a row of this recalibrated confidence abstains; none where no threshold speaks. A row without a
    /// confidence abstains: nothing vouches for it.
    ///
    /// ```
    /// use calib::{recalibrate::model::Policy, record::Confidence};
    /// let half = Confidence::new(0.5);
    /// assert_eq!(Policy::From(0.5).abstains(half), Some(false));
    /// assert_eq!(Policy::From(0.6).abstains(half), Some(true));
    /// assert_eq!(Policy::Never.abstains(half), Some(true));
    /// assert_eq!(Policy::AsStated.abstains(None), None);
    /// ```
    #[must_use]
    pub fn abstains(self, confidence: Option<Confidence>) -> Option<bool> {
        match self {
            Self::AsStated => None,
            Self::From(threshold) => {
                Some(confidence.is_none_or(|confidence| confidence.get() < threshold))
            }
            Self::Never => Some(true),
        }
    }
}

impl Model {
    /// Whether a stated confidence is lower or higher than any that the curve was fitted to; false where those are not
    /// known.
    #[must_use]
    pub fn is_outside(&self, confidence: f64) -> bool {
        let stated = self.fitted.stated;
        stated.is_some_and(|[low, high]| !(low..=high).contains(&confidence))
    }

    /// The curve for rows with these values of the fields of `--by`, and whether it is that of their group.
    #[must_use]
    pub fn curve_of(&self, values: &[String]) -> (&Curve, bool) {
        match self.groups.get(values) {
            Some(group) => (&group.curve, true),
            None => (&self.curve, self.by.is_empty()),
        }
    }

    /// What a threshold asks of the rows with these values of the fields of `--by`: that of their group where it has one.
    #[must_use]
    pub fn policy(&self, values: &[String]) -> Policy {
        match self.groups.get(values) {
            Some(GroupCurve {
                threshold,
                guarantee: Some(guarantee),
                ..
            }) => Policy::of(*threshold, Some(guarantee)),
            _ => Policy::of(self.threshold, self.guarantee.as_ref()),
        }
    }

    /// Whether some threshold says which rows abstain.
    #[must_use]
    pub fn abstains(&self) -> bool {
        self.threshold.is_some() || self.guarantee.is_some()
    }

    /// Whether its method tells how far the fitting rows leave a confidence open.
    #[must_use]
    pub fn has_intervals(&self) -> bool {
        Confidence::new(0.5).is_some_and(|half| self.curve.interval(half).is_some())
    }

    /// Whether groups have thresholds of their own.
    #[must_use]
    pub fn has_group_thresholds(&self) -> bool {
        self.groups.values().any(|group| group.guarantee.is_some())
    }
}
