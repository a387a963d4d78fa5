//! What a row says beyond its answer: rewards, lengths, log-probabilities, steps, and features of its text.
//!
//! Few rows say any of it and none says all, so the values stand in one small set, each in the place of its [`Field`].

use std::fmt;

use serde::{Deserialize, Serialize};

/// What a value of a [`Trace`] is. New fields go to the end: saved states hold their numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Field {
    /// Hash of the prompt.
    Prompt,
    /// Hash of the cluster.
    Item,
    /// Hash of the task's name.
    Task,
    /// Training step.
    Step,
    /// Hash of the number of the sample.
    Sample,
    /// Hash of the name in the column `format`.
    Format,
    /// Number of the class of the response's format, by the classifier of the program.
    Class,
    /// Code of what was done with the prompt.
    Conduct,
    /// Credit of the answer.
    Credit,
    /// Stated confidence.
    Confidence,
    /// Weight of the row.
    Weight,
    /// Reward.
    Reward,
    /// Number of tokens.
    Tokens,
    /// Characters of the response.
    Length,
    /// Hash of the answer.
    Answer,
    /// Hash of the answer wanted.
    Gold,
    /// Share of the response's runs of four words that are distinct.
    Distinct,
    /// Whether the response breaks off, as 0 or 1.
    Cut,
    /// Log-probability of the response under the policy, in nats.
    LogpPolicy,
    /// The same under the base model.
    LogpBase,
    /// Tokens whose log-probabilities are given one by one.
    LogpTokens,
    /// Σ over these tokens of `e^ℓ − 1 − ℓ`, with `ℓ = log base − log policy`.
    K3,
    /// Credit of the answer that was forced where the model declined.
    ForcedCorrect,
    /// Cost of a wrong answer.
    CostWrong,
    /// Cost of declining.
    CostAbstain,
    /// Weight of the row in training.
    TrainWeight,
    /// Parameters of the model.
    ModelSize,
}

impl Field {
    /// Number of fields.
    pub const COUNT: usize = Self::ModelSize as usize + 1;

    /// Every field, in order.
    pub const ALL: [Self; Self::COUNT] = [
        Self::Prompt,
        Self::Item,
        Self::Task,
        Self::Step,
        Self::Sample,
        Self::Format,
        Self::Class,
        Self::Conduct,
        Self::Credit,
        Self::Confidence,
        Self::Weight,
        Self::Reward,
        Self::Tokens,
        Self::Length,
        Self::Answer,
        Self::Gold,
        Self::Distinct,
        Self::Cut,
        Self::LogpPolicy,
        Self::LogpBase,
        Self::LogpTokens,
        Self::K3,
        Self::ForcedCorrect,
        Self::CostWrong,
        Self::CostAbstain,
        Self::TrainWeight,
        Self::ModelSize,
    ];

    /// Whether its values are hashes or codes, not numbers.
    #[must_use]
    pub fn is_code(self) -> bool {
        matches!(
            self,
            Self::Prompt
                | Self::Item
                | Self::Task
                | Self::Sample
                | Self::Format
                | Self::Class
                | Self::Conduct
                | Self::Answer
                | Self::Gold
        )
    }

    /// Its bit in a set of fields.
    #[must_use]
    pub const fn bit(self) -> u32 {
        1 << self as u32
    }
}

/// The class of a response's format, by the classifier of the program. New classes go to the end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Class {
    /// A thought in tags.
    Thought,
    /// Code between fences.
    Fenced,
    /// Code without fences.
    Code,
    /// A boxed answer.
    Boxed,
    /// An answer behind `####`.
    Hashes,
    /// JSON.
    Json,
    /// Tags of XML.
    Xml,
    /// Formulas of LaTeX.
    Latex,
    /// Bullets.
    Bullets,
    /// Numbered lines.
    Numbered,
    /// Another script than the Latin one.
    Script,
    /// None of these.
    Prose,
}

impl Class {
    /// Every class, in order.
    pub const ALL: [Self; 12] = [
        Self::Thought,
        Self::Fenced,
        Self::Code,
        Self::Boxed,
        Self::Hashes,
        Self::Json,
        Self::Xml,
        Self::Latex,
        Self::Bullets,
        Self::Numbered,
        Self::Script,
        Self::Prose,
    ];

    /// The class with this number.
    #[must_use]
    pub fn of_code(code: u64) -> Option<Self> {
        let at = usize::try_from(code).ok()?;
        Self::ALL.get(at).copied()
    }

    /// Its name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Thought => "think tags",
            Self::Fenced => "fenced code",
            Self::Code => "bare code",
            Self::Boxed => "\\boxed",
            Self::Hashes => "####",
            Self::Json => "JSON",
            Self::Xml => "XML",
            Self::Latex => "LaTeX",
            Self::Bullets => "bullets",
            Self::Numbered => "numbered",
            Self::Script => "other script",
            Self::Prose => "prose",
        }
    }
}

/// The values of a row, by field.
///
/// ```
/// use calib::record::{Field, Trace};
/// let trace = Trace::default().with(Field::Reward, 0.5).with_code(Field::Prompt, 7);
/// assert_eq!(trace.number(Field::Reward), Some(0.5));
/// assert_eq!(trace.code(Field::Prompt), Some(7));
/// assert_eq!(trace.number(Field::Step), None);
/// ```
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Trace {
    mask: u32,
    values: [u64; Field::COUNT],
}

impl Default for Trace {
    fn default() -> Self {
        Self {
            mask: 0,
            values: [0; Field::COUNT],
        }
    }
}

impl Trace {
    /// The same with this number; −0 is 0.
    #[must_use]
    pub fn with(self, field: Field, number: f64) -> Self {
        self.with_code(field, (number + 0.0).to_bits())
    }

    /// The same with this hash or code.
    #[must_use]
    pub fn with_code(mut self, field: Field, code: u64) -> Self {
        self.mask |= field.bit();
        self.values[field as usize] = code;
        self
    }

    /// The same with this number, if there is one.
    #[must_use]
    pub fn with_some(self, field: Field, number: Option<f64>) -> Self {
        number.map_or(self, |number| self.with(field, number))
    }

    /// The same with this hash or code, if there is one.
    #[must_use]
    pub fn with_some_code(self, field: Field, code: Option<u64>) -> Self {
        code.map_or(self, |code| self.with_code(field, code))
    }

    /// The number of a field.
    #[must_use]
    pub fn number(&self, field: Field) -> Option<f64> {
        self.code(field).map(f64::from_bits)
    }

    /// The hash or code of a field.
    #[must_use]
    pub fn code(&self, field: Field) -> Option<u64> {
        self.has(field).then(|| self.values[field as usize])
    }

    /// Whether it has a value for the field.
    #[must_use]
    pub fn has(&self, field: Field) -> bool {
        self.mask & field.bit() != 0
    }

    /// Whether it has no value at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.mask == 0
    }

    /// The fields that have a value, as bits.
    #[must_use]
    pub fn fields(&self) -> u32 {
        self.mask
    }

    /// The values in the order of their fields.
    pub fn values(&self) -> impl Iterator<Item = (Field, u64)> {
        Field::ALL
            .into_iter()
            .filter_map(|field| Some((field, self.code(field)?)))
    }
}

impl fmt::Debug for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut map = f.debug_map();
        for (field, value) in self.values() {
            match field.is_code() {
                true => map.entry(&field, &format_args!("{value:#x}")),
                false => map.entry(&field, &f64::from_bits(value)),
            };
        }
        map.finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_at_their_own_number() {
        for (at, field) in Field::ALL.into_iter().enumerate() {
            assert_eq!(field as usize, at);
        }
        const { assert!(Field::COUNT <= 32) };
        for (at, class) in Class::ALL.into_iter().enumerate() {
            assert_eq!(class as usize, at);
        }
    }
}
