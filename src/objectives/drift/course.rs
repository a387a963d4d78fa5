//! How success moves from step to step, and along with the divergence.

use std::collections::BTreeMap;

use super::divergence::Divergence;
use crate::evidence::{Panel, PanelRow};
use crate::inference::clustered::{Clustered, Unit};
use crate::inference::trend::clustered_leading;
use crate::record::Field;

/// Steps from which on it can be said that nothing moves.
const FEWEST: usize = 3;

/// The rows of one step, of those without any where that is not given.
pub(super) struct Step<'r> {
    pub(super) at: Option<f64>,
    pub(super) rows: Vec<(&'r PanelRow, u64)>,
}

impl Step<'_> {
    /// The mean of a field over the rows that have it.
    pub(super) fn mean(&self, field: Field) -> Option<Clustered> {
        Clustered::mean(
            self.rows
                .iter()
                .filter_map(|(row, times)| Some((Unit::of(row, *times), row.number(field)?))),
        )
    }

    pub(super) fn divergence(&self) -> Option<Divergence> {
        Divergence::of(self.rows.iter().copied())
    }
}

/// The rows of a panel by step, in order; those of none go first.
pub(super) fn steps(panel: &Panel) -> Vec<Step<'_>> {
    let mut steps: BTreeMap<Option<u64>, Step<'_>> = BTreeMap::new();
    for (row, times) in panel.iter() {
        let at = row.number(Field::Step);
        let step = steps.entry(row.code(Field::Step)).or_insert_with(|| Step {
            at,
            rows: Vec::new(),
        });
        step.rows.push((row, times));
    }
    let mut steps: Vec<Step<'_>> = steps.into_values().collect();
    let place = |step: &Step<'_>| step.at.unwrap_or(f64::NEG_INFINITY);
    steps.sort_by(|a, b| place(a).total_cmp(&place(b)));
    steps
}

/// Success by step: the share correct, else the mean reward.
#[derive(Clone, Debug)]
pub(super) struct Course {
    points: Vec<(f64, Clustered)>,
}

impl Course {
    /// Of the steps that say how well they did; `None` for fewer than two.
    pub(super) fn of(steps: &[Step<'_>]) -> Option<Self> {
        let points = |field| -> Vec<(f64, Clustered)> {
            let point = |step: &Step<'_>| Some((step.at?, step.mean(field)?));
            steps.iter().filter_map(point).collect()
        };
        let mut known = points(Field::Credit);
        if known.len() < 2 {
            known = points(Field::Reward);
        }
        (known.len() > 1).then_some(Self { points: known })
    }

    pub(super) fn first(&self) -> &Clustered {
        &self.points[0].1
    }

    pub(super) fn last(&self) -> &Clustered {
        &self.points[self.points.len() - 1].1
    }

    /// Change of success a step, by least squares over the steps from this one on.
    pub(super) fn slope(&self, from: usize) -> Option<Clustered> {
        let points = self.points.get(from..)?.iter();
        let points: Vec<_> = points
            .map(|(step, success)| (Clustered::fixed(*step), success.clone()))
            .collect();
        clustered_leading(1, &points)
    }

    /// Whether over these steps, of a course of three or more, success is not told from level.
    fn is_level(&self, from: usize, level: f64) -> bool {
        let slope = self.slope(from).and_then(|slope| slope.ends(level));
        self.points.len() >= FEWEST && slope.is_some_and(|(low, high)| low <= 0.0 && high >= 0.0)
    }

    /// Whether learning has come to a halt: after the first step success is not told from level, and it ends below half of
    /// what it was there.
    pub(super) fn is_stalled(&self, level: f64) -> bool {
        self.is_level(1, level) && self.last().value < self.first().value / 2.0
    }

    /// The same against what another course ends at, over all steps.
    pub(super) fn is_stalled_against(&self, end: f64, level: f64) -> bool {
        self.is_level(0, level) && self.last().value < end / 2.0
    }

    /// Mean success over the steps, by trapezia.
    pub(super) fn area(&self) -> Clustered {
        let weights = trapezia(&self.points);
        let parts = || weights.iter().zip(&self.points);
        let value = parts()
            .map(|(weight, (_, success))| weight * success.value)
            .sum();
        Clustered::of(
            value,
            parts().map(|(weight, (_, success))| (*weight, success)),
        )
    }
}

/// What each point weighs in the mean of the line through all of them.
fn trapezia(points: &[(f64, Clustered)]) -> Vec<f64> {
    let mut weights = vec![0.0; points.len()];
    let whole = points[points.len() - 1].0 - points[0].0;
    for (at, two) in points.windows(2).enumerate() {
        let half = (two[1].0 - two[0].0) / whole / 2.0;
        weights[at] += half;
        weights[at + 1] += half;
    }
    weights
}

/// How the share correct goes with the divergence over the steps that tell both.
pub(super) struct Price {
    /// Change of credit with each nat a sequence.
    pub(super) linear: Clustered,
    /// The coefficient of its square; `None` for fewer than four steps.
    pub(super) quadratic: Option<Clustered>,
}

impl Price {
    /// `None` for fewer than three such steps.
    pub(super) fn of(steps: &[Step<'_>]) -> Option<Self> {
        let point = |step: &Step<'_>| {
            let kl = step.divergence()?.kl.sequence;
            Some((kl, step.mean(Field::Credit)?))
        };
        let points: Vec<_> = steps.iter().filter_map(point).collect();
        let quadratic = (points.len() > FEWEST).then(|| clustered_leading(2, &points));
        (points.len() >= FEWEST).then_some(())?;
        Some(Self {
            linear: clustered_leading(1, &points)?,
            quadratic: quadratic.flatten(),
        })
    }
}
