//! Graded answers, each with the probability that it is right by a curve fitted without it, and what policies earn that
//! give some of them and decline the others.
//!
//! The curve is isotonic regression, cross-fitted by cluster ([`Folds`]): a policy that goes by it is judged on answers
//! that it was not made from. What the model declined stays declined under every policy, for nobody knows what it would
//! have said.

mod alike;
mod concerned;
mod earned;
pub(super) mod panel;
mod scored;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use self::concerned::Concerned;
pub(super) use self::scored::Scores;
use super::rows::Rows;
use super::section::{Costs, Subject};
use crate::evidence::{Compact, Conduct, Items, Totals};
use crate::maths::sums::sum;
use crate::recalibrate::crossfit::{FOLDS, Held};
use crate::recalibrate::isotonic::Isotonic;
use crate::recalibrate::{CALIBRATORS, Calibrator, Fitting, Folds};

/// Fewest answers to which a curve is fitted.
const FEWEST: u64 = 20;
const FEW: &str = "fewer than 20 graded answers with a confidence";

/// The graded answers of a log in folds, with the curve of each fold that was fitted without it.
pub(super) struct Crossfit {
    folds: Folds,
    curves: Vec<Isotonic>,
}

impl Crossfit {
    /// Those of all answers of a subject.
    ///
    /// # Errors
    /// Why there are no folds or no curve.
    pub(super) fn of(subject: &Subject<'_>) -> Result<Self, &'static str> {
        let settings = subject.settings();
        let folds = Folds::of_any(subject.view.evidence, settings.partial, settings.seed)?;
        let trainings = folds.trainings();
        let curve = |fold| Isotonic::fit(&trainings.without(fold), &Fitting::default());
        let curves = (0..FOLDS).map(curve).collect::<Result<_, _>>()?;
        Ok(Self { folds, curves })
    }

    /// What the curve of a fold says of a confidence.
    fn value(&self, fold: usize, confidence: f64) -> f64 {
        self.curves[fold].apply(confidence).clamp(0.0, 1.0)
    }
}

/// Answers alike in all that policies look at.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Answer {
    /// The confidence that was stated.
    pub(super) stated: f64,
    /// The probability to be right, by the curve fitted without their fold.
    pub(super) calibrated: f64,
    /// Whether the model declined instead; what it would have said is known where `forced`.
    pub(super) silent: bool,
    /// Whether it was made to answer where it declined.
    pub(super) forced: bool,
    /// What answers and silence cost, where rows say so each by itself.
    pub(super) costs: Option<Costs>,
    /// Their sums.
    totals: Compact,
    /// The place of their cluster among the weights.
    cluster: Option<usize>,
}

impl Answer {
    /// An answer that was given, as curves see it.
    fn given(row: &Held, calibrated: f64, cluster: Option<usize>) -> Self {
        Self {
            stated: row.confidence,
            calibrated,
            silent: false,
            forced: false,
            costs: None,
            totals: row.totals.clone(),
            cluster,
        }
    }
}

/// What becomes of an answer: none where it is not given, else what it earns if wrong and if right.
pub(super) type Earned = Option<[f64; 2]>;

/// The answers of some rows, and how much they decline.
#[derive(Clone, Debug)]
pub(super) struct Answers {
    rows: Vec<Answer>,
    declined: Totals,
    /// Weights by cluster, where clusters repeat.
    clusters: Option<Weights>,
    level: f64,
    /// Answers of which these are all, or a sample.
    seen: u64,
    /// Their number, and Σ w.
    sums: (u64, f64),
    /// All rows, and the answers alone, as figures about them rest on them.
    all: Concerned,
    given: Concerned,
}

/// The weight of each cluster, in all and declined; and declined rows that are clusters of their own.
#[derive(Clone, Debug)]
struct Weights {
    all: Vec<f64>,
    declined: Vec<f64>,
    single: Totals,
}

impl Answers {
    /// The answers of a subject.
    ///
    /// # Errors
    /// Why there is no curve.
    pub(in crate::objectives) fn of(subject: &Subject<'_>) -> Result<Self, &'static str> {
        let (view, settings) = (subject.view, subject.settings());
        if view.total.rows < FEWEST {
            return Err(FEW);
        }
        let crossfit = subject.crossfit()?;
        let folds = &crossfit.folds;
        // Rows come in order of confidence.
        let mut curves: Vec<_> = crossfit.curves.iter().map(Isotonic::rising).collect();
        let mut calibrated = |row: &Held| curves[row.fold](row.confidence).clamp(0.0, 1.0);
        let calibrated: Vec<f64> = folds.rows().iter().map(&mut calibrated).collect();
        let share = folds.totals().w / view.total.w;
        let declined = declined(subject, share);
        let (rows, clusters) = if folds.clustered() {
            let whole = folds.totals().rows == view.total.rows;
            let (weights, places) = Weights::of(subject, folds, &declined, whole);
            let rows = answers(folds, &calibrated, |at| places[at]);
            (rows, Some(weights))
        } else {
            (answers(folds, &calibrated, |_| None), None)
        };
        let seen = view.total.rows;
        Ok(Self::new(rows, declined, clusters, settings.level, seen))
    }

    fn new(
        rows: Vec<Answer>,
        declined: Totals,
        clusters: Option<Weights>,
        level: f64,
        seen: u64,
    ) -> Self {
        let mut answers = Self {
            sums: (
                rows.iter().map(|row| row.totals.rows()).sum(),
                sum(rows.iter().map(|row| row.totals.w())),
            ),
            rows,
            declined,
            clusters,
            level,
            seen,
            all: Concerned::default(),
            given: Concerned::default(),
        };
        answers.count();
        answers
    }

    /// Number of answers.
    pub(in crate::objectives) fn answered(&self) -> u64 {
        let given = self.rows.iter().filter(|row| !row.silent);
        given.map(|row| row.totals.rows()).sum()
    }

    /// Number of rows that were declined.
    pub(in crate::objectives) fn declined(&self) -> u64 {
        self.rows() - self.answered()
    }

    /// Number of rows.
    fn rows(&self) -> u64 {
        self.sums.0 + self.declined.rows
    }

    /// The lowest and the highest of something over rows.
    pub(in crate::objectives) fn range(&self, of: impl Fn(&Answer) -> f64) -> (f64, f64) {
        let ends = (f64::INFINITY, f64::NEG_INFINITY);
        self.rows
            .iter()
            .map(of)
            .fold(ends, |(low, high), value| (low.min(value), high.max(value)))
    }

    /// Whether every answer with a confidence is among them.
    pub(in crate::objectives) fn is_whole(&self) -> bool {
        self.answered() == self.seen
    }

    /// Of how many answers these are a sample, where they are one; to go behind a sentence.
    pub(in crate::objectives) fn sampled(&self) -> String {
        match self.is_whole() {
            true => String::new(),
            false => format!(
                " (on {} of {} answers: whole clusters, chosen by hash)",
                self.answered(),
                self.seen
            ),
        }
    }

    /// Σ w of the answers of which something holds.
    pub(in crate::objectives) fn weight(&self, holds: impl Fn(&Answer) -> bool) -> f64 {
        let rows = self.rows.iter().filter(|row| holds(row));
        sum(rows.map(|row| row.totals.w()))
    }
}

/// What isotonic regression gives each row, fitted without its fold.
///
/// # Errors
/// Why a fold has no curve.
pub(super) fn calibrated(folds: &Folds) -> Result<Vec<f64>, &'static str> {
    let isotonic = CALIBRATORS
        .iter()
        .find(|method| method.id == Isotonic::METHOD)
        .ok_or("no isotonic regression")?;
    folds.out_of_fold(isotonic, &Fitting::default())
}

/// Where the rows of a log went that go by confidence.
pub(super) fn account(subject: &Subject<'_>, used: u64) -> Rows {
    let view = subject.view;
    let ungraded = view.rows(|c| view.answered(c) && !c.graded);
    let unsure = view.rows(|c| view.answered(c) && c.graded && !c.confident);
    let beyond = view.rows(|_| true).saturating_sub(ungraded + unsure + used);
    Rows::counted(
        used,
        vec![
            ("no_confidence", "no confidence", unsure),
            ("ungraded", "not graded", ungraded),
            ("not_kept", "not kept", beyond),
        ],
    )
}

/// What was declined; of a sample of the answers, as large a share of it.
fn declined(subject: &Subject<'_>, share: f64) -> Totals {
    let declines = |conduct: &Conduct| !subject.view.answered(conduct);
    let all = subject.view.behaviour.total(declines);
    if share >= 1.0 - 1e-9 {
        return all;
    }
    let rows = (all.rows as f64 * share).round() as u64;
    Totals::of(
        rows,
        0.0,
        if rows > 0 {
            all.w * share / rows as f64
        } else {
            1.0
        },
    )
}

/// The answers of rows in folds: where clusters do not repeat, all of one fold and confidence are one row.
fn answers(
    folds: &Folds,
    calibrated: &[f64],
    place: impl Fn(usize) -> Option<usize>,
) -> Vec<Answer> {
    let rows = folds.rows().iter().zip(calibrated).enumerate();
    rows.map(|(at, (row, calibrated))| Answer::given(row, *calibrated, place(at)))
        .collect()
}

impl Weights {
    /// The weights of the clusters of all rows, or where these are a sample, of the clusters in it, with declined rows in
    /// proportion; and the place of each row's cluster.
    fn of(
        subject: &Subject<'_>,
        folds: &Folds,
        declined: &Totals,
        whole: bool,
    ) -> (Self, Vec<Option<usize>>) {
        let declines = |conduct: &Conduct| !subject.view.answered(conduct);
        let evidence = subject.view.evidence;
        let rows = folds.rows().iter();
        let prefixes: Vec<Option<u64>> = rows
            .map(|row| row.cluster.map(|hash| evidence.items().prefix(hash)))
            .collect();
        let [items] = Items::matched([evidence.items()]);
        let sampled: BTreeSet<u64> = prefixes.iter().flatten().copied().collect();
        let keys: Vec<u64> = match whole {
            true => items.keys().copied().collect(),
            false => sampled.into_iter().collect(),
        };
        let place = |prefix: &Option<u64>| keys.binary_search(&(*prefix)?).ok();
        let places: Vec<Option<usize>> = prefixes.iter().map(place).collect();
        let mut all = vec![0.0; keys.len()];
        for (row, place) in folds.rows().iter().zip(&places) {
            if let Some(weight) = place.and_then(|at| all.get_mut(at)) {
                *weight += row.totals.w();
            }
        }
        let ratio = declined.w / folds.totals().w;
        let declined: Vec<f64> = match whole {
            true => items.values().map(|item| item.weight(declines)).collect(),
            false => all.iter().map(|weight| weight * ratio).collect(),
        };
        for (all, declined) in all.iter_mut().zip(&declined) {
            *all += declined;
        }
        let single = match whole {
            true => evidence.unkeyed().behaviour().total(declines),
            false => Totals::default(),
        };
        let weights = Self {
            all,
            declined,
            single,
        };
        (weights, places)
    }
}
