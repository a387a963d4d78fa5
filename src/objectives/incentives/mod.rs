//! What answers earn under the rewards models are trained and scored with, and whether this model behaves, or its log is
//! rewarded, as if silence were never worth it.

mod policies;
mod reward;
mod schemes;
mod words;

pub use schemes::{Scheme, flips_at};

use self::policies::{Policies, Terms, table};
use self::reward::{Reward, Shape};
use super::answers::account;
use super::section::{About, Column, Need, Section, Subject};
use crate::report::objective::{Evidence, Level, Measure};
use crate::report::{Estimate, Objective};

/// Confidence target of the table, and of an honest model where no costs are given.
const TARGET: f64 = 0.75;
/// Penalty of the table where no costs are given.
const PENALTY: f64 = 9.0;
/// From here on confidence is saturated.
pub(in crate::objectives) const SATURATED: f64 = 0.99;
/// How far below accuracy confidence must lie for that to be worth a word.
const MATERIAL: f64 = 0.02;
/// Share of saturated answers from which on a model is said to bluff.
const MOST: f64 = 0.5;

/// The audit of incentives.
pub struct Incentives;

const ABSTAINED: Column =
    Column::rows("abstained", |c| c.abstained != crate::record::Abstained::No);

impl Section for Incentives {
    fn name(&self) -> &'static str {
        "incentives"
    }

    fn about(&self) -> About {
        words::ABOUT
    }

    fn needs(&self) -> &'static [Need] {
        &[&[Column::CORRECT], &[Column::CONFIDENCE, Column::REWARD]]
    }

    fn helps(&self) -> &'static [Column] {
        &[Column::CONFIDENCE, Column::REWARD, ABSTAINED]
    }

    fn claims(&self) -> &'static [&'static str] {
        &["binary_reward", "underconfident"]
    }

    fn audit(&self, subject: &Subject<'_>) -> Option<Objective> {
        let found = Found::of(subject)?;
        let (verdict, level) = found.verdict();
        Some(Objective {
            verdict,
            level,
            sentence: format!("{}{}", words::sentence(&found, verdict), found.sampled),
            advice: words::advice(&found, verdict),
            tables: found.schemes.iter().map(|found| table(found)).collect(),
            missing: subject.missing(self.helps()),
            evidence: found.evidence(subject),
        })
    }

    fn nothing(&self, subject: &Subject<'_>) -> &'static str {
        subject.answers().err().unwrap_or("no row is of use to it")
    }
}

/// All that is looked at for the verdict.
struct Found {
    /// Policies under every scheme; none without a curve.
    schemes: Option<Vec<Policies>>,
    /// What the curve rests on: answers, and rows declined.
    rows: [u64; 2],
    gap: Estimate,
    saturated: Estimate,
    reward: Option<Reward>,
    sampled: String,
}

impl Found {
    /// None where there is neither a curve nor a reward.
    fn of(subject: &Subject<'_>) -> Option<Self> {
        let answers = subject.answers().ok();
        let reward = Reward::of(subject);
        if answers.is_none() && reward.is_none() {
            return None;
        }
        let terms = Terms {
            silence: subject.costs.map_or(0.0, |costs| -costs.abstain),
            honest: subject.costs.map_or(TARGET, |costs| costs.threshold()),
        };
        let penalty = subject.costs.map_or(PENALTY, |costs| costs.wrong);
        let schemes = [
            Scheme::Binary,
            Scheme::Negative,
            Scheme::Target(TARGET),
            Scheme::Penalty(penalty),
            Scheme::SimpleQa,
            Scheme::Brier,
            Scheme::BrierForced,
            Scheme::Log,
        ];
        let missing = || Estimate::undefined(0, "no confidences");
        Some(Self {
            rows: answers.map_or([0; 2], |answers| [answers.answered(), answers.declined()]),
            gap: answers.map_or_else(missing, |answers| answers.gap()),
            saturated: answers.map_or_else(missing, |answers| {
                answers.share(|row| row.stated >= SATURATED)
            }),
            sampled: answers.map_or_else(|| subject.sampled(), |answers| answers.sampled()),
            schemes: answers.map(|answers| Policies::of(schemes, answers, terms)),
            reward,
        })
    }

    fn scheme(&self, id: &str) -> Option<&Policies> {
        self.schemes
            .iter()
            .flatten()
            .find(|one| one.scheme.id() == id)
    }

    fn shape(&self) -> Option<Shape> {
        self.reward.as_ref().map(Reward::shape)
    }

    /// Whether stated confidence is too high and hardly ever below certainty.
    fn bluffs(&self) -> bool {
        self.gap.low.is_some_and(|low| low > 0.0)
            && self.saturated.value.is_some_and(|share| share >= MOST)
    }

    fn underconfident(&self) -> bool {
        self.gap.high.is_some_and(|high| high < 0.0)
            && self.gap.value.is_some_and(|gap| gap <= -MATERIAL)
    }

    fn verdict(&self) -> (Option<&'static str>, Level) {
        let binary = self.shape() == Some(Shape::Binary);
        if self.bluffs() {
            (Some("binary_reward"), Level::Fail)
        } else if binary {
            (Some("binary_reward"), Level::Note)
        } else if self.underconfident() {
            (Some("underconfident"), Level::Note)
        } else if self.gap.value.is_some() || self.shape().is_some_and(|shape| shape != Shape::Open)
        {
            (Some("none"), Level::Ok)
        } else {
            (None, Level::Inconclusive)
        }
    }

    fn evidence(self, subject: &Subject<'_>) -> Vec<Evidence> {
        use Measure::{Count, Share, Signed};
        let count = |name: &str, label: &str, number: u64| {
            Evidence::number(name, label, Count, number as f64)
        };
        let mut evidence = Vec::new();
        if let Some(schemes) = &self.schemes {
            let [answers, declined] = self.rows;
            evidence.extend(account(subject, answers + declined).evidence());
            evidence.push(count("answers", "  answers with a confidence", answers));
            evidence.push(count("declined", "  declined", declined));
            let estimate = |name: &str, label: &str, unit, estimate: &Estimate| {
                Evidence::estimate(name, label, unit, estimate.clone())
            };
            evidence.push(estimate(
                "signed_gap",
                "confidence − accuracy",
                Signed(3),
                &self.gap,
            ));
            evidence.push(estimate(
                "saturated",
                "confidence of 0.99 or more",
                Share,
                &self.saturated,
            ));
            if let Some(binary) = self.scheme("binary") {
                evidence.push(estimate(
                    "bluff_share",
                    "likelier wrong than right",
                    Share,
                    &binary.bluff,
                ));
                evidence.push(estimate(
                    "price_of_honesty",
                    "honesty costs, if binary",
                    Signed(3),
                    &binary.honesty,
                ));
            }
            evidence.extend(schemes.iter().map(|one| {
                let name = format!("answer_all.{}", one.scheme.id());
                let label = format!("answer all, {}", one.scheme.title());
                Evidence::estimate(name, label, Signed(3), one.all.clone())
            }));
        }
        evidence.extend(self.reward.into_iter().flat_map(Reward::evidence));
        evidence
    }
}
