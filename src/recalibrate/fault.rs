//! Whether what is wrong with a model's confidence is how it chose to state it, or what it learned.
//!
//! A curve of the confidence can be put on after training; what the confidence does not know stays unknown. So a fault that
//! a curve removes out of fold was one of choosing, and one that is left was one of learning, as far as a log can tell.

use super::choice::{LEAST_CLUSTERS, gain};
use super::crossfit::{Folds, Score};
use crate::report::Estimate;

/// What the fault was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// A curve mends it, and what it gives tells right from wrong.
    Choosing,
    /// No curve helps, and confidence does not tell right from wrong.
    Learning,
    /// A curve mends the level, and the rest does not tell right from wrong.
    Both,
    /// No curve is shown to help, and confidence tells right from wrong.
    None,
    /// Too few answers to tell.
    Inconclusive,
    /// All answers are right, or all are wrong, and a curve mends the level.
    OneSided,
    /// No curve was tried.
    Untried,
}

/// A fault with what it rests on.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What it was.
    pub fault: Fault,
    /// Brier score of the confidences as stated.
    pub stated: Option<f64>,
    /// Brier score out of fold of the recalibrated ones.
    pub mended: Option<f64>,
    /// How much lower the latter is than that of the accuracy alone, which is told without looking at confidence.
    pub skill: Estimate,
}

/// The fault that a curve finds which gave these probabilities out of fold; `gain` is its gain in Brier score.
///
/// Where no curve is shown to gain and nothing to be known beyond the accuracy, that alone is no fault: confidences whose
/// gap may be nil and which rank right above wrong, as `ranks` says, are not at fault. `tried` says whether there was any
/// curve but that which changes nothing.
#[must_use]
pub fn fault(
    folds: &Folds,
    mended: &[f64],
    gained: &Estimate,
    tried: bool,
    ranks: impl Fn() -> bool,
    level: f64,
) -> Finding {
    let brier = |of: &[f64]| folds.mean(Score::Brier, of).mean();
    let skill = gain(folds, &folds.base_rate(), mended, level);
    let shown = |estimate: &Estimate| estimate.low.is_some_and(|low| low > 0.0);
    Finding {
        fault: match (shown(gained), shown(&skill)) {
            _ if folds.clusters() < LEAST_CLUSTERS => Fault::Inconclusive,
            _ if !tried => Fault::Untried,
            (true, _) if is_one_sided(folds) => Fault::OneSided,
            (true, true) => Fault::Choosing,
            (true, false) => Fault::Both,
            (false, true) => Fault::None,
            (false, false) if is_level(folds, level) && ranks() => Fault::None,
            (false, false) => Fault::Learning,
        },
        stated: brier(&folds.stated()),
        mended: brier(mended),
        skill,
    }
}

/// Whether all answers are right, or all are wrong, so that nothing can tell them apart.
fn is_one_sided(folds: &Folds) -> bool {
    let all = folds.totals();
    all.wy <= 0.0 || all.wy >= all.w
}

/// Whether the interval of the mean of confidence − correctness holds 0.
fn is_level(folds: &Folds, level: f64) -> bool {
    let gap = folds.gap(&folds.stated()).mean_interval(level).bounds;
    gap.is_some_and(|(low, high)| low <= 0.0 && 0.0 <= high)
}

impl Fault {
    /// Its name in JSON.
    #[must_use]
    pub fn id(self) -> &'static str {
        match self {
            Self::Choosing => "choosing",
            Self::Learning => "learning",
            Self::Both => "both",
            Self::None => "none",
            Self::Inconclusive | Self::OneSided | Self::Untried => "inconclusive",
        }
    }
}

/// Decimals that tell two numbers apart: three, or up to five where three do not.
fn apart(one: Option<f64>, other: Option<f64>) -> usize {
    let alike = |digits: usize| match (one, other) {
        (Some(one), Some(other)) => format!("{one:.digits$}") == format!("{other:.digits$}"),
        _ => false,
    };
    (3..=5).find(|digits| !alike(*digits)).unwrap_or(3)
}

impl Finding {
    /// The finding in a sentence. `curve` says what was fitted (`platt alone`, `platt by task`), `none` what is not shown to
    /// help where nothing is (`no curve is`, `platt is not`).
    #[must_use]
    pub fn sentence(&self, curve: &str, none: &str) -> String {
        let digits = apart(self.stated, self.mended);
        let number = |value: Option<f64>| {
            value.map_or_else(|| "n/a".to_owned(), |x| format!("{x:.digits$}"))
        };
        let (stated, mended) = (number(self.stated), number(self.mended));
        match self.fault {
            Fault::Choosing => format!(
                "The fault was one of choosing, not of learning, as far as this log can tell: out of fold, {curve} takes the Brier score from {stated} to {mended}, and what it gives tells right from wrong."
            ),
            Fault::Both => format!(
                "The fault was one of choosing and of learning, as far as this log can tell: out of fold, {curve} takes the Brier score from {stated} to {mended}, and what is left is not shown to tell right from wrong better than the accuracy alone."
            ),
            Fault::Learning => format!(
                "The fault was one of learning, as far as this log can tell: {none} shown to lower the Brier score of {stated}, and confidence is not shown to tell right from wrong better than the accuracy alone."
            ),
            Fault::Inconclusive => format!(
                "Whether the fault was one of choosing or of learning cannot be told from fewer than {LEAST_CLUSTERS} answers, or prompts that were answered."
            ),
            Fault::OneSided => format!(
                "Out of fold, {curve} takes the Brier score from {stated} to {mended}; whether there was a fault of learning as well cannot be told, for these answers are all right or all wrong."
            ),
            Fault::Untried => "Whether the fault was one of choosing or of learning is not told: identity changes nothing, and no curve was tried.".to_owned(),
            Fault::None => format!(
                "No fault was found that a curve could mend: {none} shown to lower the Brier score of {stated}, and confidence tells right from wrong."
            ),
        }
    }
}
