//! What a log cannot tell for want of columns, and what no log tells.

use crate::objectives::section::{Column, Subject};
use crate::record::{Field, Kind};

const SHOULD_ABSTAIN: Column = Column::rows("should_abstain", |c| c.should_abstain.is_some());
const KIND: Column = Column::rows("kind", |c| {
    c.should_abstain.is_some() && c.kind != Kind::Unknown
});
const CONFIDENCE: Column = Column::rows("confidence", |c| c.graded && c.confident);

/// A column that is not there, and the question it would answer.
type Missing = (&'static str, &'static str);

/// What cannot be told of a log.
pub(super) struct Unseen(Vec<Missing>);

impl Unseen {
    pub(super) fn of(subject: &Subject<'_>) -> Self {
        let is_in = |column: Column| column.is_in(subject.view);
        let training = [
            Column::panel("step", Field::Step),
            Column::panel("logp_policy", Field::LogpPolicy),
            Column::panel("logp_policy_tokens", Field::LogpTokens),
        ];
        let checks = [
            (
                is_in(SHOULD_ABSTAIN),
                (
                    "should_abstain",
                    "what it answers of what it should decline",
                ),
            ),
            (
                !is_in(SHOULD_ABSTAIN) || is_in(KIND),
                (
                    "kind",
                    "whether it should decline for want of knowledge or for fear of harm",
                ),
            ),
            (
                is_in(CONFIDENCE),
                ("confidence", "how sure it is of its mistakes"),
            ),
            (
                is_in(Column::REWARD),
                ("reward", "what a wrong answer cost in training"),
            ),
            (
                training.into_iter().any(is_in),
                ("step", "collapse and drift"),
            ),
        ];
        Self(
            checks
                .into_iter()
                .filter(|(is_in, _)| !is_in)
                .map(|(_, missing)| missing)
                .collect(),
        )
    }

    /// What the log cannot tell; where a signature was found, also whether it is one.
    pub(super) fn sentence(&self, found: bool) -> String {
        let mut parts: Vec<String> = self
            .0
            .iter()
            .map(|(role, question)| format!("{question} (no {role})"))
            .collect();
        let last = match found {
            true => "whether anything but its objective made it so",
            false => "what trained it",
        };
        parts.push(last.to_owned());
        format!("this log cannot tell {}", parts.join(", "))
    }

    pub(super) fn missing(&self) -> Vec<&'static str> {
        self.0.iter().map(|(role, _)| *role).collect()
    }
}
