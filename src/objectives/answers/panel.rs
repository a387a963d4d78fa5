//! Answers whose rows say each by itself what they cost, and what was declined with what it would have been.

use std::collections::BTreeMap;

use super::{Answer, Answers, FEW, FEWEST, Weights};
use crate::evidence::{PanelRow, Totals};
use crate::objectives::section::{Costs, Subject};
use crate::recalibrate::crossfit::{Dealer, FOLDS};
use crate::recalibrate::isotonic::Isotonic;
use crate::recalibrate::{Calibrator, Fitting, Folds};
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
        let mut found = calibrate(subject, found)?;
        let seen = found.iter().map(|row| row.answer.totals.rows).sum();
        let clusters = clustered.then(|| places(&mut found));
        let rows = found.into_iter().map(|row| row.answer).collect();
        let level = subject.settings().level;
        Ok(Self::new(rows, Totals::default(), clusters, level, seen))
    }
}

/// Equal rows with what says where they belong.
#[derive(Clone, Copy)]
struct Priced {
    answer: Answer,
    credit: f64,
    weight: f64,
    item: Option<u64>,
    cluster: Option<u64>,
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
        let (credit, weight) = (credit.unwrap_or(0.0), row.weight());
        let item = row.code(Field::Item);
        Self {
            answer: Answer {
                stated,
                calibrated: stated,
                silent,
                forced: forced.is_some(),
                costs,
                totals: Totals::of(count, credit, weight),
                cluster: None,
            },
            credit,
            weight,
            item,
            cluster: item.or_else(|| row.prompt()),
        }
    }
}

/// Gives each answer what a curve says that was fitted without its fold. Curves and folds are those of all graded answers
/// of the log, as where flags say what every row costs: what an answer costs says nothing of whether it is right.
fn calibrate(subject: &Subject<'_>, rows: Vec<Priced>) -> Result<Vec<Priced>, &'static str> {
    let settings = subject.settings();
    let folds = Folds::of_any(subject.view.evidence, settings.partial, settings.seed)?;
    let curve = |fold| Isotonic::fit(&folds.training(Some(fold)), &Fitting::default());
    let curves: Vec<Isotonic> = (0..FOLDS).map(curve).collect::<Result<_, _>>()?;
    let mut dealer = Dealer::new(&folds, settings.seed);
    let mut calibrated = Vec::with_capacity(rows.len());
    for row in rows {
        if row.answer.silent {
            calibrated.push(row);
            continue;
        }
        let Answer { stated, totals, .. } = row.answer;
        for (fold, count) in dealer.deal(row.item, stated, totals) {
            calibrated.push(Priced {
                answer: Answer {
                    calibrated: curves[fold].apply(stated).clamp(0.0, 1.0),
                    totals: Totals::of(count, row.credit, row.weight),
                    ..row.answer
                },
                ..row
            });
        }
    }
    Ok(calibrated)
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
