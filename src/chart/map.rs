//! The failure map: over-answering against over-abstaining, with the line on which abstaining is random.
//!
//! (0, 0) is ideal, (1, 0) the reasoning corner, (0, 1) the safety corner. A model that abstains without looking at
//! the prompt sits on x + y = 1, so a point is judged by its distance from that line as much as by its side.

use crate::report::objective::Row;
use crate::report::{Abstention, AbstentionFigures, Estimate, Group};

/// What kind of prompt a mark stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// All labelled rows, the kind unknown.
    All,
    /// Unanswerable prompts.
    Epistemic,
    /// Harmful prompts.
    Safety,
}

/// A point with its interval box. Coordinates run from 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// The prompts it stands for.
    pub kind: Kind,
    /// Over-answer rate.
    pub x: f64,
    /// Over-abstain rate.
    pub y: f64,
    /// Interval of the over-answer rate; the point itself where there is none.
    pub across: (f64, f64),
    /// Interval of the over-abstain rate.
    pub up: (f64, f64),
}

/// Why there is nothing to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unplaced {
    /// No row says whether it should have been declined.
    NoLabels,
    /// Labels, but no prompt that should be declined: over-answering has no denominator.
    NoShouldAbstain,
    /// Labels, but no prompt that should be answered: over-abstaining has no denominator.
    NoShouldAnswer,
}

/// A failure map with at least one mark.
#[derive(Clone, Debug, PartialEq)]
pub struct FailureMap {
    /// Its marks; kinds apart where they are known.
    pub marks: Vec<Mark>,
    /// Published models.
    pub references: Vec<(f64, f64)>,
}

impl FailureMap {
    /// The map of one group.
    ///
    /// # Errors
    /// [`Unplaced`] when no kind of prompt has both rates.
    pub fn new(abstention: &Abstention) -> Result<Self, Unplaced> {
        let marks: Vec<_> = kinds(abstention)
            .into_iter()
            .filter_map(|(kind, figures)| Mark::new(kind, figures))
            .collect();
        if marks.is_empty() {
            Err(unplaced(&abstention.all))
        } else {
            Ok(Self {
                marks,
                references: Vec::new(),
            })
        }
    }
}

/// The published models that stand beside a group.
#[must_use]
pub fn references(group: &Group) -> Vec<(f64, f64)> {
    let direction = group.objectives.get("direction");
    let tables = direction.iter().flat_map(|found| &found.tables);
    let rows = tables
        .filter(|table| table.name == "reference")
        .flat_map(|table| &table.rows);
    let place = |row: &Row| {
        let value = |at: usize| row.cells.get(at)?.as_ref()?.value();
        value(0).zip(value(1))
    };
    rows.filter_map(place).collect()
}

/// The figures that carry a verdict: each kind where kinds are known, else all labelled rows.
#[must_use]
pub fn kinds(abstention: &Abstention) -> Vec<(Kind, &AbstentionFigures)> {
    let epistemic = abstention
        .epistemic
        .as_ref()
        .map(|figures| (Kind::Epistemic, figures));
    let safety = abstention
        .safety
        .as_ref()
        .map(|figures| (Kind::Safety, figures));
    match (epistemic, safety) {
        (None, None) => vec![(Kind::All, &abstention.all)],
        (one, other) => one.into_iter().chain(other).collect(),
    }
}

fn unplaced(all: &AbstentionFigures) -> Unplaced {
    let declined = all.should_abstain.answered + all.should_abstain.abstained;
    let answered = all.should_answer.answered + all.should_answer.abstained;
    match (declined, answered) {
        (0, 0) => Unplaced::NoLabels,
        (0, _) => Unplaced::NoShouldAbstain,
        _ => Unplaced::NoShouldAnswer,
    }
}

impl Mark {
    fn new(kind: Kind, figures: &AbstentionFigures) -> Option<Self> {
        let (x, across) = placed(&figures.over_answer)?;
        let (y, up) = placed(&figures.over_abstain)?;
        Some(Self {
            kind,
            x,
            y,
            across,
            up,
        })
    }
}

fn placed(estimate: &Estimate) -> Option<(f64, (f64, f64))> {
    let value = estimate.value?;
    Some((
        value,
        (
            estimate.low.unwrap_or(value),
            estimate.high.unwrap_or(value),
        ),
    ))
}
