//! Which method a log asks for: gains out of fold, and a preference for the simpler one.

use super::crossfit::{Folds, Score};
use super::curve::{CALIBRATORS, Curve, Fitting, Method};
use crate::report::Estimate;

/// A method on trial.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The method.
    pub method: &'static Method,
    /// Its curve on all rows, or why it has none.
    pub curve: Result<Curve, &'static str>,
    /// For each row, the probability out of fold, or why there is none.
    pub out_of_fold: Result<Vec<f64>, &'static str>,
    /// How much less the Brier score is out of fold than as stated, above 0 for the better.
    pub brier: Estimate,
    /// The same of the log score.
    pub log: Estimate,
}

/// The method that was chosen, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// Its place among the trials.
    pub at: usize,
    /// Why it was.
    pub why: String,
}

/// The curve of a method on all rows, and its gains out of fold.
#[must_use]
pub fn trial(method: &'static Method, folds: &Folds, fitting: &Fitting, level: f64) -> Trial {
    let curve = (method.fit)(&folds.training(None), fitting);
    let out_of_fold = match &curve {
        Ok(_) => folds.out_of_fold(method, fitting),
        Err(reason) => Err(*reason),
    };
    let of = |score| match &out_of_fold {
        Ok(better) => gain(folds, score, &folds.stated(), better, level),
        Err(reason) => Estimate::undefined(folds.totals().rows, *reason),
    };
    Trial {
        method,
        brier: of(Score::Brier),
        log: of(Score::Log),
        curve,
        out_of_fold,
    }
}

/// Every method on trial, simpler ones first.
#[must_use]
pub fn trials(folds: &Folds, fitting: &Fitting, level: f64) -> Vec<Trial> {
    let one = |method| trial(method, folds, fitting, level);
    CALIBRATORS.iter().map(one).collect()
}

/// The mean of score(worse) − score(better) with its paired interval.
#[must_use]
pub fn gain(folds: &Folds, score: Score, worse: &[f64], better: &[f64], level: f64) -> Estimate {
    let sample = folds.contrast(score, worse, better);
    let interval = sample.mean_interval(level);
    let error = interval.standard_error;
    let value = sample.mean().unwrap_or(f64::NAN);
    let estimate = Estimate::with_interval(value, sample.rows(), level, interval);
    let method = estimate.method.as_deref().unwrap_or_default();
    let method = format!("paired {method}, out of fold");
    estimate.by(method).and("standard_error", error)
}

/// The simplest method whose Brier score out of fold is within one standard error of the best one's, the error being that
/// of their difference row by row. Hastie, Tibshirani and Friedman (2009), The Elements of Statistical Learning, 7.10.
///
/// `None` where no method has a gain.
#[must_use]
pub fn choose(trials: &[Trial], folds: &Folds) -> Option<Choice> {
    let gains = trials.iter().enumerate();
    let gains = gains.filter_map(|(at, trial)| Some((at, trial.brier.value?)));
    let (best, _) = gains.reduce(|best, next| if next.1 > best.1 { next } else { best })?;
    let leader = trials[best].out_of_fold.as_ref().ok()?;
    let near = |trial: &Trial| {
        let Ok(own) = &trial.out_of_fold else {
            return false;
        };
        let shortfall = folds.contrast(Score::Brier, own, leader);
        let error = shortfall.mean_interval(0.95).standard_error.unwrap_or(0.0);
        shortfall.mean().is_some_and(|mean| mean <= error)
    };
    let at = trials.iter().position(near)?;
    let (chosen, leader) = (trials[at].method.id, trials[best].method.id);
    let why = if at == best {
        "the best out of fold, and no simpler one is within one standard error of it".to_owned()
    } else if chosen == "identity" {
        format!("the best curve, {leader}, is not one standard error better than no change")
    } else {
        format!("simpler than {leader}, the best out of fold, and within one standard error of it")
    };
    Some(Choice { at, why })
}
