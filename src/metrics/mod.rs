//! Every figure of the report: its formula, its interval and its documentation, in one registry.
//!
//! A metric is pure: it looks at a [`View`] of the evidence and returns an estimate. What a reader should know about
//! it is written next to its formula and nowhere else; `calib explain` and the reference pages are made from it.

mod abstention;
mod accuracy;
mod attempts;
mod beside;
mod binned;
mod bins;
mod budget;
mod by_task;
mod ce2;
mod compat;
mod contrast;
mod corp;
mod corp_log;
mod correction;
mod cox;
mod cumulative;
mod curve;
mod debiased;
mod gap;
mod hosmer;
mod ici;
mod influence;
mod kept;
mod kernel;
mod map;
mod murphy;
mod norm;
mod operating;
mod proper;
mod ranking;
mod rebinned;
mod resampling;
mod rounding;
mod selective;
mod shared;
mod smece;
mod smooth;
mod spiegelhalter;
mod sweep;
mod view;
mod warnings;

pub use abstention::{
    AbstentionF1, AbstentionPrecision, AbstentionRecall, Criterion, Dprime, OverAbstain,
    OverAnswer, Youden,
};
pub use accuracy::{Accuracy, Coverage};
pub use attempts::{AccuracyGivenAttempted, HallucinationRate, OmniscienceIndex, SimpleqaF1};
pub use beside::beside;
pub use binned::{Ece, Over, Under, reliability};
pub use bins::{BinSums, Bins, Cut};
pub use budget::Budget;
pub use ce2::Ce2;
pub use compat::{Answer, COMPAT, Definition, Figure, compat};
pub use contrast::{Contrast, Lens, Means, OfCells, Part};
pub use corp::{CorpDsc, CorpMcb, CorpUnc};
pub use corp_log::{CorpLogDsc, CorpLogMcb, CorpLogUnc, LogParts};
pub use correction::{Corrected, LEAST_LABELS};
pub use cox::{CoxIntercept, CoxSlope};
pub use cumulative::{EcceR, Ks};
pub use debiased::CeDebiased;
pub use gap::{MeanConfidence, SignedGap};
pub use hosmer::HosmerLemeshow;
pub use ici::{E50, E90, Emax, Ici};
pub use kernel::Skce;
pub(crate) use map::{MAP_FIGURES, leaning, of_kind, sensitivity};
pub use map::{Map, Scope, criterion, dprime};
pub use murphy::{Murphy, MurphyRel, MurphyRes, MurphyUnc};
pub use norm::{Ace, BinnedError, Mce, Norm, Rmsce};
pub use operating::{AccuracyAtCoverage, CoverageAtRisk};
pub use proper::{Brier, BrierSkill, LogLoss};
pub use ranking::{Ap, Auroc};
pub use rebinned::{EceMass, EceValues};
pub use rounding::rounding;
pub use selective::{Augrc, Aurc, EAurc, Prr};
pub use smece::Smece;
pub use spiegelhalter::SpiegelhalterZ;
pub use sweep::{EceSweep, sweep};
pub use view::View;
pub use warnings::{answered_sets, warnings, warnings_of_answers};

use crate::evidence::Evidence;
use crate::record::{Abstained, Confidence, Record};
use crate::report::Estimate;
use crate::settings::Settings;

/// A figure of the report.
pub trait Metric: Sync {
    /// Its name in every output, flag and rule.
    fn id(&self) -> &'static str;
    /// What a reader should know about it.
    fn about(&self) -> About;
    /// The figure for these rows.
    fn estimate(&self, view: &View) -> Estimate;
    /// How its difference between two logs is judged.
    fn contrast(&self) -> Contrast {
        Contrast::None("no paired test holds its size for it")
    }
}

/// Which way is better.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Better {
    /// More is better.
    Higher,
    /// Less is better.
    Lower,
    /// Zero is best, either sign is worse.
    NearerZero,
    /// Neither way is better in itself.
    Neither,
}

/// The documentation of a metric.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Its name in words.
    pub title: &'static str,
    /// Its formula in plain text.
    pub formula: &'static str,
    /// The values it can take.
    pub range: &'static str,
    /// Which way is better.
    pub better: Better,
    /// When it is null.
    pub undefined: &'static str,
    /// Which interval it carries, or why none.
    pub interval: &'static str,
    /// How it misleads.
    pub pitfalls: &'static str,
    /// Where it comes from.
    pub source: &'static str,
    /// A small log to compute it on.
    pub example: Example,
}

impl About {
    /// The least and the greatest value, where the range names two numbers.
    ///
    /// ```
    /// use calib::metrics;
    /// assert_eq!(metrics::find("brier").unwrap().about().ends(), Some((0.0, 1.0)));
    /// assert_eq!(metrics::find("cox_slope").unwrap().about().ends(), None);
    /// ```
    #[must_use]
    pub fn ends(&self) -> Option<(f64, f64)> {
        let numbers = self.range.split([';', ':', ',']).next()?;
        let (least, greatest) = numbers.split_once(" to ")?;
        let greatest = greatest.trim_end_matches(" nats");
        Some((least.parse().ok()?, greatest.parse().ok()?))
    }
}

/// A small log for a worked example; its value is computed, never typed.
#[derive(Clone, Copy, Debug)]
pub enum Example {
    /// Answers as (confidence, correct).
    Answers(&'static [(f64, bool)]),
    /// Prompts as (should be declined, was declined).
    Prompts(&'static [(bool, bool)]),
    /// Questions that should be answered, by what became of them.
    Questions {
        /// Answered correctly.
        correct: usize,
        /// Answered wrongly.
        incorrect: usize,
        /// Not answered.
        declined: usize,
    },
}

/// Six answers: sure and right, sure and wrong, unsure and either.
pub(crate) const ANSWERS: Example = Example::Answers(&[
    (0.95, true),
    (0.9, true),
    (0.9, false),
    (0.6, true),
    (0.6, false),
    (0.3, false),
]);

/// Four prompts to decline, of which one is answered; six to answer, of which two are declined.
pub(crate) const PROMPTS: Example = Example::Prompts(&[
    (true, true),
    (true, true),
    (true, true),
    (true, false),
    (false, false),
    (false, false),
    (false, false),
    (false, false),
    (false, true),
    (false, true),
]);

impl Example {
    /// The example as evidence.
    #[must_use]
    pub fn evidence(&self) -> Evidence {
        let mut evidence = Evidence::default();
        for record in self.records() {
            evidence.add(&record);
        }
        evidence
    }

    fn records(&self) -> Vec<Record> {
        let answer = |&(confidence, correct): &(f64, bool)| Record {
            confidence: Confidence::new(confidence),
            credit: Some(f64::from(u8::from(correct))),
            ..Record::default()
        };
        let prompt = |&(should, did): &(bool, bool)| Record {
            should_abstain: Some(should),
            abstained: if did { Abstained::Full } else { Abstained::No },
            ..Record::default()
        };
        let graded = |credit| Record {
            credit: Some(credit),
            ..Record::default()
        };
        match *self {
            Self::Answers(rows) => rows.iter().map(answer).collect(),
            Self::Prompts(rows) => rows.iter().map(prompt).collect(),
            Self::Questions {
                correct,
                incorrect,
                declined,
            } => {
                let mut rows = vec![graded(1.0); correct];
                rows.resize(correct + incorrect, graded(0.0));
                rows.resize(correct + incorrect + declined, prompt(&(false, true)));
                rows
            }
        }
    }
}

impl std::fmt::Display for Example {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let write =
            |f: &mut std::fmt::Formatter<'_>, rows: Vec<String>| f.write_str(&rows.join(", "));
        match self {
            Self::Answers(rows) => {
                f.write_str("answers as (confidence, correct): ")?;
                write(f, rows.iter().map(|(c, y)| format!("({c}, {y})")).collect())
            }
            Self::Prompts(rows) => {
                f.write_str("prompts as (should be declined, was declined): ")?;
                write(f, rows.iter().map(|(s, d)| format!("({s}, {d})")).collect())
            }
            Self::Questions {
                correct,
                incorrect,
                declined,
            } => write!(
                f,
                "questions: {correct} answered correctly, {incorrect} wrongly, {declined} declined"
            ),
        }
    }
}

/// Every metric, in the order of reports.
pub const METRICS: &[&dyn Metric] = &[
    &Accuracy,
    &Coverage,
    &MeanConfidence,
    &SignedGap,
    &Brier,
    &BrierSkill,
    &LogLoss,
    &CorpMcb,
    &CorpDsc,
    &CorpUnc,
    &CorpLogMcb,
    &CorpLogDsc,
    &CorpLogUnc,
    &Ece,
    &Over,
    &Under,
    &EceMass,
    &EceValues,
    &EceSweep,
    &Mce,
    &Rmsce,
    &Ace,
    &CeDebiased,
    &Ce2,
    &MurphyRel,
    &MurphyRes,
    &MurphyUnc,
    &Ks,
    &EcceR,
    &Smece,
    &Skce,
    &CoxIntercept,
    &CoxSlope,
    &Ici,
    &E50,
    &E90,
    &Emax,
    &SpiegelhalterZ,
    &HosmerLemeshow,
    &Auroc,
    &Ap,
    &Aurc,
    &EAurc,
    &Augrc,
    &Prr,
    &CoverageAtRisk { percent: 5 },
    &AccuracyAtCoverage { percent: 80 },
    &OverAnswer,
    &OverAbstain,
    &AbstentionRecall,
    &AbstentionPrecision,
    &AbstentionF1,
    &AccuracyGivenAttempted,
    &SimpleqaF1,
    &OmniscienceIndex,
    &HallucinationRate,
    &Dprime,
    &Criterion,
    &Youden,
];

/// The metric with this id.
///
/// ```
/// assert_eq!(calib::metrics::find("brier").map(|metric| metric.about().title), Some("Brier score"));
/// ```
#[must_use]
pub fn find(id: &str) -> Option<&'static dyn Metric> {
    METRICS.iter().copied().find(|metric| metric.id() == id)
}

/// The metric's value on its own worked example.
#[must_use]
pub fn worked_example(metric: &dyn Metric) -> Estimate {
    let evidence = metric.about().example.evidence();
    let settings = Settings::default();
    metric.estimate(&View::new(&evidence, &settings, Budget::default()))
}
