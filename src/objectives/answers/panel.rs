//! Answers whose rows say each by itself what they cost, and what was declined with what it would have been.

use std::collections::BTreeMap;

use super::{Answer, Answers, FEW, FEWEST, Weights};
use crate::evidence::{PanelRow, Totals};
use crate::maths::rng::Rng;
use crate::objectives::section::{Costs, Subject};
use crate::recalibrate::crossfit::FOLDS;
use crate::recalibrate::isotonic::Isotonic;
use crate::recalibrate::{Calibrator, Fitting, Graded};
use crate::record::Field;

/// Why a row of the panel is none of these, by its place among [`REASONS`].
pub(in crate::objectives) fn why(subject: &Subject<'_>, row: &PanelRow) -> Option<usize> {
    let Some(conduct) = row.conduct() else {
        return Some(3);
    };
    let silent = !subject.view.answered(&conduct);
    let priced = subject.costs.is_some() || row.number(Field::CostWrong).is_some();
    match (priced, silent) {
        (false, _) => Some(0),
        (true, true) => None,
        (true, false) if row.number(Field::Credit).is_none() => Some(2),
        (true, false) => row.number(Field::Confidence).is_none().then_some(1),
    }
}

/// The reasons, by name and in words.
pub(in crate::objectives) const REASONS: [(&str, &str); 4] = [
    ("no_cost", "no cost of a wrong answer"),
    ("no_confidence", "no confidence"),
    ("ungraded", "not graded"),
    ("no_outcome", "no outcome"),
];

impl Answers {
    /// The answers and declined rows of a panel, with what they cost.
    ///
    /// # Errors
    /// Why there is no curve.
    pub(in crate::objectives) fn of_panel(subject: &Subject<'_>) -> Result<Self, &'static str> {
        let clustered = subject.view.evidence.items().repeats();
        let mut found = Vec::new();
        for (row, count) in subject.panel().iter() {
            if why(subject, row).is_none() {
                found.push(Priced::of(subject, row, count));
            }
        }
        let answers = found.iter().filter(|row| !row.answer.silent);
        if answers.map(|row| row.answer.totals.rows).sum::<u64>() < FEWEST {
            return Err(FEW);
        }
        calibrate(&mut found)?;
        let seen = found.iter().map(|row| row.answer.totals.rows).sum();
        let clusters = clustered.then(|| places(&mut found));
        let rows = found.into_iter().map(|row| row.answer).collect();
        let level = subject.settings().level;
        Ok(Self::new(rows, Totals::default(), clusters, level, seen))
    }
}

/// A row with its cluster and fold.
struct Priced {
    answer: Answer,
    cluster: Option<u64>,
    fold: usize,
}

impl Priced {
    fn of(subject: &Subject<'_>, row: &PanelRow, count: u64) -> Self {
        let silent = row
            .conduct()
            .is_some_and(|conduct| !subject.view.answered(&conduct));
        let forced = row.number(Field::ForcedCorrect).filter(|_| silent);
        let credit = match silent {
            true => forced,
            false => row.number(Field::Credit),
        };
        let cost = |field| row.number(field);
        let costs = subject.costs.or_else(|| {
            Some(Costs {
                wrong: cost(Field::CostWrong)?,
                abstain: cost(Field::CostAbstain).unwrap_or(0.0),
            })
        });
        let stated = row.number(Field::Confidence).unwrap_or(0.0);
        Self {
            answer: Answer {
                stated,
                calibrated: stated,
                silent,
                forced: forced.is_some(),
                costs,
                totals: Totals::of(count, credit.unwrap_or(0.0), row.weight()),
                cluster: None,
            },
            cluster: row.code(Field::Item).or_else(|| row.prompt()),
            // Rows of a cluster fall into one fold.
            fold: Rng::stream(subject.settings().seed, row.cluster()).below(FOLDS),
        }
    }
}

/// Gives each answer what a curve says that was fitted without its fold.
fn calibrate(rows: &mut [Priced]) -> Result<(), &'static str> {
    rows.sort_by(|one, other| one.answer.stated.total_cmp(&other.answer.stated));
    for fold in 0..FOLDS {
        let mut training: Vec<Graded> = Vec::new();
        let outside = rows.iter().filter(|row| row.fold != fold);
        for row in outside.map(|row| row.answer).filter(|row| !row.silent) {
            match training.last_mut() {
                Some(last) if last.confidence == row.stated => {
                    last.weight += row.totals.w;
                    last.credit += row.totals.wy;
                }
                _ => training.push(Graded {
                    confidence: row.stated,
                    weight: row.totals.w,
                    credit: row.totals.wy,
                }),
            }
        }
        if rows.iter().all(|row| row.fold != fold) {
            continue;
        }
        let curve = Isotonic::fit(&training, &Fitting::default())?;
        for row in rows.iter_mut().filter(|row| row.fold == fold) {
            row.answer.calibrated = curve.apply(row.answer.stated).clamp(0.0, 1.0);
        }
    }
    Ok(())
}

/// Numbers the clusters; their weights.
fn places(rows: &mut [Priced]) -> Weights {
    let mut known: BTreeMap<u64, f64> = BTreeMap::new();
    for row in rows.iter() {
        if let Some(cluster) = row.cluster {
            *known.entry(cluster).or_default() += row.answer.totals.w;
        }
    }
    let keys: Vec<u64> = known.keys().copied().collect();
    for row in rows {
        row.answer.cluster = row.cluster.and_then(|hash| keys.binary_search(&hash).ok());
    }
    Weights {
        declined: vec![0.0; keys.len()],
        all: known.into_values().collect(),
        single: Totals::default(),
    }
}
