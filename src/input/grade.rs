//! Labels that say at once whether an answer was given and whether it was right.

use super::value::{Raw, fold_word};
use crate::record::Abstained;

/// What a grade says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Grade {
    /// Answered, with this credit.
    Answered(f64),
    /// Answered, or declined in part or whole; nothing is said about correctness.
    Declined(Abstained),
}

impl Grade {
    /// What is expected, for messages.
    pub(crate) const EXPECTED: &'static str = "a grade such as correct, incorrect, not_attempted, C, I, P, N, 1_full_compliance, 2_full_refusal or 3_partial_refusal";

    /// The grades of public evaluation tools, without regard to case.
    ///
    /// A bare `C` means "correct" to one tool (with I, P, N) and "not attempted" to another (with A, B). It is read
    /// as the first, A and B are not read at all, and a log whose only letter is C is refused: a map must say which
    /// is meant.
    pub(crate) fn read(raw: &Raw<'_>) -> Option<Self> {
        let Raw::Text(text) = raw else { return None };
        Some(match fold_word(text).as_str() {
            "c" | "correct" | "yes" | "true" => Self::Answered(1.0),
            "i" | "incorrect" | "wrong" | "no" | "false" => Self::Answered(0.0),
            "p" | "partially_correct" => Self::Answered(0.5),
            "n" | "not_attempted" | "not attempted" | "abstained" | "refusal" | "refused" => {
                Self::Declined(Abstained::Full)
            }
            "2_full_refusal" | "full_refusal" | "direct_refusal" | "indirect_refusal" => {
                Self::Declined(Abstained::Full)
            }
            "3_partial_refusal" | "partial_refusal" => Self::Declined(Abstained::Partial),
            "1_full_compliance" | "full_compliance" | "direct_answer" | "answered" => {
                Self::Declined(Abstained::No)
            }
            _ => return None,
        })
    }

    /// Whether it is a single letter or a word for yes or no, which mean other things elsewhere.
    pub(crate) fn is_bare(raw: &Raw<'_>) -> bool {
        raw.truth().is_some()
            || raw
                .text()
                .is_some_and(|text| text.trim().chars().count() == 1)
    }

    /// The credit it says, if any.
    pub(crate) fn credit(self) -> Option<f64> {
        match self {
            Self::Answered(credit) => Some(credit),
            Self::Declined(_) => None,
        }
    }

    /// How far it says the model declined, if that is what it speaks of.
    pub(crate) fn abstained(self) -> Option<Abstained> {
        match self {
            Self::Answered(_) => None,
            Self::Declined(abstained) => Some(abstained),
        }
    }

    /// Fills what the row's own columns leave open.
    ///
    /// # Errors
    /// When it contradicts them.
    pub(crate) fn fill(
        self,
        credit: &mut Option<f64>,
        abstained: &mut Option<Abstained>,
    ) -> Result<(), ()> {
        let said = match self {
            Self::Answered(_) => Abstained::No,
            Self::Declined(said) => said,
        };
        if abstained.is_some_and(|known| known != said) {
            return Err(());
        }
        let contradicted = match self {
            Self::Answered(graded) => credit.is_some_and(|known| known != graded),
            // Who did not answer cannot have been right.
            Self::Declined(_) => said == Abstained::Full && credit.is_some_and(|known| known > 0.0),
        };
        if contradicted {
            return Err(());
        }
        *abstained = Some(said);
        *credit = credit.or(self.credit());
        Ok(())
    }
}
