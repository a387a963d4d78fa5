//! How a model without discrimination declines, in words.

use super::{AbstentionFigures, Estimate, Side};

/// How a model declines whose declining does not tell its prompts apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Manner {
    /// It answers everything.
    Never,
    /// It answers nothing.
    Always,
    /// As often what should be answered as what should be declined.
    Random,
    /// Nearly so: d′ is shown to differ from 0, but the two shares it declines hardly differ.
    Slight,
}

impl Manner {
    /// That of a model of which `skill` is none, from its rows on both sides and its d′.
    ///
    /// ```
    /// use calib::report::{Estimate, Manner, Side};
    /// let side = |abstained, answered| Side { abstained, answered };
    /// let manner = Manner::of(side(0, 200), side(0, 200), &Estimate::default());
    /// assert_eq!(manner.words(), "no discrimination: never declines");
    /// ```
    #[must_use]
    pub fn of(should_abstain: Side, should_answer: Side, dprime: &Estimate) -> Self {
        if should_abstain.abstained + should_answer.abstained == 0 {
            Self::Never
        } else if should_abstain.answered + should_answer.answered == 0 {
            Self::Always
        } else if dprime
            .interval()
            .is_some_and(|(low, high)| low > 0.0 || high < 0.0)
        {
            Self::Slight
        } else {
            Self::Random
        }
    }

    /// What stands for the direction of a model of this skill: nobody who declines at random errs to one side.
    ///
    /// ```
    /// use calib::report::Manner;
    /// assert_eq!(Manner::Random.instead(Some("none")), Some("abstains at random"));
    /// assert_eq!(Manner::Random.instead(Some("weak")), None);
    /// ```
    #[must_use]
    pub fn instead(self, skill: Option<&str>) -> Option<&'static str> {
        (self == Self::Random && skill == Some("none")).then_some("abstains at random")
    }

    /// Behind the direction.
    #[must_use]
    pub fn words(self) -> &'static str {
        match self {
            Self::Never => "no discrimination: never declines",
            Self::Always => "no discrimination: declines everything",
            Self::Random => "no discrimination",
            Self::Slight => "next to no discrimination",
        }
    }
}

impl AbstentionFigures {
    /// How it declines, in case that tells nothing apart.
    #[must_use]
    pub fn manner(&self) -> Manner {
        Manner::of(self.should_abstain, self.should_answer, &self.dprime)
    }

    /// The direction that may be laid to an objective: who declines at random leans nowhere.
    pub(super) fn leaning(&self) -> Option<&'static str> {
        let verdict = self.verdict.as_ref()?;
        let random = self.manner().instead(verdict.skill).is_some();
        let leans = matches!(
            verdict.direction,
            Some("over_answer" | "over_abstain" | "both")
        );
        verdict.direction.filter(|_| !(random && leans))
    }
}
