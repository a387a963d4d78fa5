//! What a fit found, as plain, versioned data.

use std::collections::BTreeMap;

use serde::Serialize;

use super::{Estimate, Rows, Warning};

/// Name and version of the JSON format.
pub const SCHEMA: &str = "calib.fit/1";

/// A recalibration that was fitted: what was tried, what was chosen, and what it is worth.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fit {
    /// Always [`SCHEMA`].
    pub schema: &'static str,
    /// Version of the program that made it.
    pub calib_version: &'static str,
    /// Label of the log.
    pub label: String,
    /// The files it was read from.
    pub inputs: Vec<String>,
    /// Where the rows of these files went.
    pub account: Rows,
    /// The model file that was written.
    pub model: String,
    /// The command that applies the model to a log read as this one was, word by word, or what to do where none reads it so.
    /// For a person, and not in the JSON.
    #[serde(skip)]
    pub next: Result<Vec<String>, &'static str>,
    /// Graded answers with a confidence that it was fitted on.
    pub rows: u64,
    /// Those of the log; more where it has too many to keep, and those of a sample of prompts are used.
    pub graded: u64,
    /// Folds of the cross-fitting.
    pub folds: u64,
    /// Brier score of the confidences as stated.
    pub brier: Option<f64>,
    /// The methods that were tried, simpler ones first.
    pub methods: Vec<Tried>,
    /// The method of the model.
    pub method: String,
    /// Why it was chosen.
    pub why: String,
    /// Gain in Brier score of the model, out of fold; that of its groups' curves where there are any.
    pub gain: Estimate,
    /// Fields that part the rows into groups with curves of their own.
    pub by: Vec<String>,
    /// The groups.
    pub groups: Vec<FittedGroup>,
    /// Whether what was wrong can be mended after training.
    pub fault: FoundFault,
    /// The lowest and the highest confidence of these answers: outside of them the curve was shown nothing.
    pub stated: [f64; 2],
    /// How much may be answered at small risks.
    pub automation: Vec<Automation>,
    /// The threshold of the model, if one was asked for.
    pub threshold: Option<Threshold>,
    /// What a reader should know of how the rows were read.
    pub warnings: Vec<Warning>,
}

/// A method that was tried.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Tried {
    /// Its name.
    pub method: &'static str,
    /// Its gain in Brier score, out of fold; above 0 is better.
    pub brier: Estimate,
    /// Its gain in log score, out of fold.
    pub log: Estimate,
}

/// A group with a curve of its own.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FittedGroup {
    /// Field → value.
    pub by: BTreeMap<String, String>,
    /// Graded answers with a confidence.
    pub rows: u64,
    /// How far its curve was drawn towards that of all rows, from 0 to 1.
    pub shrinkage: f64,
    /// What is answered in it, where it has a threshold of its own.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub threshold: Option<Answered>,
}

/// What the fault was.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct FoundFault {
    /// `choosing`, `learning`, `both` or `none`.
    pub verdict: &'static str,
    /// In a sentence.
    pub sentence: String,
    /// Brier score out of fold of the recalibrated confidences.
    pub brier: Option<f64>,
    /// How much lower that is than the Brier score of the accuracy alone.
    pub skill: Estimate,
}

/// How much may be answered at a risk.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Automation {
    /// The most wrong answers allowed, as a share of the answers given.
    pub risk: f64,
    /// What is answered then.
    #[serde(flatten)]
    pub answered: Answered,
}

/// A threshold that was asked for.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Threshold {
    /// `cost`, `risk`, `coverage` or `over_answer`.
    pub kind: &'static str,
    /// What was asked for, in words.
    pub asked: String,
    /// What is answered then.
    #[serde(flatten)]
    pub answered: Answered,
    /// The share of all rows of the log that is answered; absent where it is not known, because others than graded answers
    /// have a confidence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub of_all_rows: Option<f64>,
    /// Gain in utility over answering all, out of fold, where costs were given.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub utility: Option<Estimate>,
    /// What to know of what was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl Threshold {
    /// Whether it bounds the share that is answered of what should be declined, and not that of wrong answers.
    #[must_use]
    pub fn is_of_over_answering(&self) -> bool {
        self.kind == "over_answer"
    }
}

/// What is answered from a threshold on. With `over_answer`, coverage is of the rows that should be answered, and what is
/// observed and bounded is the share that is answered of the rows that should be declined.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Answered {
    /// Recalibrated confidence from which an answer is given.
    pub threshold: Option<f64>,
    /// The share that is answered of the graded answers with a confidence.
    pub coverage: Option<f64>,
    /// The share of wrong answers among them; out of fold where there is no bound.
    pub observed: Option<f64>,
    /// Upper bound on that share, where the threshold was sought for one.
    pub bound: Option<f64>,
    /// The confidence of the bound.
    pub confidence: f64,
    /// Answers behind it, one a cluster; without one, all that could be answered.
    pub rows: u64,
    /// Why there is no threshold, or no bound.
    pub reason: Option<String>,
}
