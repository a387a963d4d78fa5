//! Who a persona is: named rates, kinds of prompts, and logs from which nothing must be concluded.

use clap::ValueEnum;
use serde::Serialize;

/// A model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Character {
    /// Answers 60 % of what it should decline, overconfident
    Reasoner,
    /// Declines 60 % of what it should answer
    Safety,
    /// A reasoner that errs less: 25 % and 8 %
    MildReasoner,
    /// A safety model that errs less: 6 % and 20 %
    MildSafety,
    /// 5 % on both sides
    Balanced,
    /// 10 % on both sides, as much as is tolerated
    Edge,
    /// Declines 30 % of everything, at random
    Random,
    /// Declines half of everything, at random
    CoinFlip,
    /// Declines everything
    RefusesAll,
    /// Answers everything
    AnswersAll,
    /// Declines what it should answer and answers what it should decline
    Inverted,
    /// Answers nearly everything, surely
    Bluffing,
    /// 5 % on both sides, and doubts what it knows
    UnderConfident,
}

/// Kinds of prompts to be declined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Kinds {
    /// No one could know
    Epistemic,
    /// An answer would do harm
    Safety,
    /// Half of each
    Both,
    /// The log does not say
    Unknown,
}

/// A log from which something must not be concluded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "kebab-case")]
pub enum Control {
    /// Labels have nothing to do with what the model did: no skill and no direction follow
    ShuffledLabels,
    /// One confidence for all answers: nothing of discrimination follows
    ConstantConfidence,
    /// Nothing should be declined, and every answer is right: no place on the map follows
    OneClass,
    /// Every row stands twice: no narrower interval follows
    DuplicateIds,
    /// One prompt: nothing follows
    SingleRow,
}

/// Rates of answering what should be declined and of declining what should be answered, and bias of the log-odds.
pub(super) type Traits = (f64, f64, f64);

impl Character {
    pub(super) fn traits(self) -> Traits {
        match self {
            Self::Reasoner => (0.60, 0.02, 1.0),
            Self::Safety => (0.02, 0.60, 0.0),
            Self::MildReasoner => (0.25, 0.08, 0.5),
            Self::MildSafety => (0.06, 0.20, 0.0),
            Self::Balanced => (0.05, 0.05, 0.0),
            Self::Edge => (0.10, 0.10, 0.0),
            Self::Random => (0.70, 0.30, 0.0),
            Self::CoinFlip => (0.50, 0.50, 0.0),
            Self::RefusesAll => (0.0, 1.0, 0.0),
            Self::AnswersAll => (1.0, 0.0, 0.0),
            Self::Inverted => (0.90, 0.90, 0.0),
            Self::Bluffing => (0.95, 0.01, 3.0),
            Self::UnderConfident => (0.05, 0.05, -1.5),
        }
    }
}
