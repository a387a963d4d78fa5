//! The values of one of the plainest rows.

use crate::input::scalar::Scalar;
use crate::record::Confidence;
#[cfg(feature = "parquet")]
use crate::record::Names;

/// What a value is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    Id,
    Confidence,
    Correct,
    Abstained,
    ShouldAbstain,
    Task,
    Model,
    /// Of a role that says nothing beside these.
    Idle,
}

impl Part {
    /// Whether its values are texts.
    #[inline]
    pub(super) fn is_text(self) -> bool {
        matches!(self, Self::Id | Self::Task | Self::Model | Self::Idle)
    }
}

/// What the values of a row say, as far as they were met.
#[derive(Clone, Default)]
pub(in crate::input) struct Values<'a> {
    pub(super) item: Option<u64>,
    pub(super) stated: Option<Confidence>,
    /// The inner none is a null.
    pub(super) correct: Option<Option<bool>>,
    pub(super) abstained: Option<bool>,
    pub(super) should_abstain: Option<bool>,
    /// Only a row that says whether it should be declined asks for it.
    pub(super) task: Task<'a>,
    /// A model that is not that of the row before.
    pub(super) model: Option<&'a str>,
}

/// What is known of the task of a row.
#[derive(Clone, Copy, Default)]
pub(super) enum Task<'a> {
    #[default]
    None,
    /// The hash of a task whose name is known.
    Known(u64),
    Said(Scalar<'a>),
}

/// What a value says in every row that has it.
#[cfg(feature = "parquet")]
#[derive(Clone, Copy, Debug)]
pub(super) enum Said {
    Item(Option<u64>),
    Stated(Option<Confidence>),
    Correct(Option<bool>),
    Abstained(bool),
    ShouldAbstain(bool),
    /// The hash of the name of a task.
    Task(u64),
    /// What it is: it is taken anew in each row.
    Itself,
}

#[cfg(feature = "parquet")]
impl Said {
    /// What a value says that is this part; none of one that is not read here.
    pub(super) fn of(part: Part, value: Scalar<'_>) -> Option<Self> {
        let mut values = Values::default();
        values.take(part, value)?;
        Some(match part {
            Part::Id => Self::Item(values.item),
            Part::Confidence => Self::Stated(values.stated),
            Part::Correct => Self::Correct(values.correct?),
            Part::Abstained => Self::Abstained(values.abstained?),
            Part::ShouldAbstain => Self::ShouldAbstain(values.should_abstain?),
            Part::Task => match value {
                Scalar::Text(name) if Scalar::is_said(name) => Self::Task(Names::hash(name.trim())),
                _ => Self::Itself,
            },
            Part::Model | Part::Idle => Self::Itself,
        })
    }
}

impl<'a> Values<'a> {
    /// Takes a value; none of one that is not read here.
    #[inline]
    pub(super) fn take(&mut self, part: Part, value: Scalar<'a>) -> Option<()> {
        match part {
            Part::Id => self.item = value.identity()?,
            Part::Confidence => self.stated = value.stated()?,
            Part::Correct => {
                self.correct = Some(match value {
                    Scalar::Null => None,
                    value => Some(value.truth()?),
                });
            }
            Part::Abstained => self.abstained = Some(value.truth()?),
            Part::ShouldAbstain => self.should_abstain = Some(value.truth()?),
            Part::Task => self.task = Task::Said(value),
            Part::Model => {
                self.model = match value {
                    Scalar::Text(model) => Some(model),
                    Scalar::Null => None,
                    _ => return None,
                }
            }
            Part::Idle => {}
        }
        Some(())
    }
}
