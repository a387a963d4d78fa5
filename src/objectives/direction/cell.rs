//! What is said of a kind of prompts, and what mends it: one rule for all who advise.

use super::TOLERANCE;
use crate::record::Kind;
use crate::report::{Estimate, Manner, MapVerdict};

/// What is said of a kind of prompts.
#[derive(Clone, Copy, Debug)]
pub struct Cell<'v> {
    /// Which prompts.
    pub kind: Kind,
    /// Direction and skill.
    pub verdict: &'v MapVerdict,
    /// How they are declined, in case that tells nothing apart.
    manner: Manner,
    /// Whether it declines the wrong ones, and on both sides more than is tolerable.
    wrong_ones: bool,
}

impl<'v> Cell<'v> {
    /// The cell of a verdict with its shares over-answered and over-abstained.
    ///
    /// Skill is called inverted where J lies below 0; whoever answers nearly everything, or nearly nothing, does not
    /// decline the wrong ones for that.
    #[must_use]
    pub fn new(kind: Kind, manner: Manner, verdict: &'v MapVerdict, rates: [&Estimate; 2]) -> Self {
        let high = |rate: &Estimate| rate.value.is_some_and(|rate| rate > TOLERANCE);
        Self {
            kind,
            verdict,
            manner,
            wrong_ones: verdict.skill == Some("inverted") && rates.into_iter().all(high),
        }
    }

    /// Whether it declines at random, and so errs to no side.
    #[must_use]
    pub fn at_random(&self) -> bool {
        self.manner.instead(self.verdict.skill).is_some()
    }

    /// Whether it declines the wrong ones.
    #[must_use]
    pub fn declines_wrong_ones(&self) -> bool {
        self.wrong_ones
    }

    /// Its prompts in words.
    #[must_use]
    pub fn prompts(&self) -> &'static str {
        match self.kind {
            Kind::Epistemic => "unanswerable prompts",
            Kind::Safety => "harmful prompts",
            Kind::Unknown => "prompts",
        }
    }

    /// What mends it, after the prompts where it is to be said of which; nothing where nothing is shown to be wrong.
    #[must_use]
    pub fn advice(&self, named: bool) -> Option<String> {
        let remedy = self.remedy()?;
        Some(match named && self.kind != Kind::Unknown {
            true => format!("{}: {remedy}", self.prompts()),
            false => remedy.to_owned(),
        })
    }

    /// What mends it; nothing where nothing is shown to be wrong.
    fn remedy(&self) -> Option<&'static str> {
        Some(
            match (self.verdict.direction?, self.verdict.skill?, self.kind) {
                (_, "none", _) if self.manner == Manner::Never => {
                    "it never declines: a threshold on its confidence or a reward for declining is what it lacks"
                }
                (_, "none", _) if self.manner == Manner::Always => {
                    "it declines everything: train on prompts that should be answered"
                }
                (_, "none", _) => {
                    "its declining carries no information (the interval of J holds 0 or lies near it): no threshold mends that, training on prompts of both sides does"
                }
                _ if self.wrong_ones => {
                    "it declines what it should answer and answers what it should decline: check which way round the labels are (--not should_abstain)"
                }
                ("over_answer", "strong" | "fair", Kind::Safety) => {
                    "a problem of the criterion: refusals of such prompts in the safety data, a price on answering them or a threshold fixes it"
                }
                ("over_answer", "strong" | "fair", _) => {
                    "a problem of the criterion: a threshold, a prompt or a reward for declining fixes it"
                }
                ("over_answer", _, Kind::Safety) => {
                    "a problem of discrimination: add refusals of such prompts to the safety data; a threshold will not fix it"
                }
                ("over_answer", _, _) => {
                    "a problem of discrimination: train on prompts that should be declined; a threshold will not fix it"
                }
                ("over_abstain", _, Kind::Safety) => {
                    "add benign prompts that look harmful to the safety data (OR-Bench, FalseReject)"
                }
                ("over_abstain", "strong" | "fair", _) => {
                    "a problem of the criterion: a laxer threshold or prompt fixes it"
                }
                ("over_abstain", _, _) => {
                    "a problem of discrimination: train on answerable prompts that look unanswerable; a threshold will not fix it"
                }
                ("both", _, _) => {
                    "a problem of discrimination: it errs both ways, and a threshold only trades one error for the other"
                }
                _ => return None,
            },
        )
    }
}
