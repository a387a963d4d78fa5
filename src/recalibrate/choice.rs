//! Which method a log asks for: gains out of fold, and a preference for the simpler one.

use super::crossfit::{Folds, Score};
use super::curve::{Calibrator, Fitting, Method};
use super::grouped::{Curves, GroupedFolds};
use super::identity::Identity;
use crate::report::Estimate;

/// A method on trial.
#[derive(Clone, Debug)]
pub struct Trial {
    /// The method.
    pub method: &'static Method,
    /// Its curve on all rows and those of groups, if there are any; or why it has none.
    pub curves: Result<Curves, &'static str>,
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
    let unseen = || folds.out_of_fold(method, fitting);
    judged(method, folds, curve.map(Curves::from), unseen, level)
}

/// The same of its curves by group.
#[must_use]
pub fn trial_by(
    method: &'static Method,
    grouped: &GroupedFolds,
    fitting: &Fitting,
    level: f64,
) -> Trial {
    let unseen = || grouped.out_of_fold(method, fitting);
    let curves = grouped.curves(method, fitting);
    judged(method, &grouped.folds, curves, unseen, level)
}

fn judged(
    method: &'static Method,
    folds: &Folds,
    curves: Result<Curves, &'static str>,
    unseen: impl Fn() -> Result<Vec<f64>, &'static str>,
    level: f64,
) -> Trial {
    let out_of_fold = curves
        .as_ref()
        .map_err(|reason| *reason)
        .and_then(|_| unseen());
    let of = |of: &dyn Fn(&[f64]) -> Estimate| match &out_of_fold {
        Ok(better) => of(better),
        Err(reason) => Estimate::undefined(folds.totals().rows, *reason),
    };
    let stated = folds.stated();
    Trial {
        method,
        brier: of(&|better| gain(folds, &stated, better, level)),
        log: of(&|better| log_gain(folds, &stated, better)),
        curves,
        out_of_fold,
    }
}

/// Fewest clusters, or rows that are one each, whose gain has an interval: no fewer were simulated.
pub const LEAST_CLUSTERS: u64 = 100;

/// The mean Brier score of `worse` less that of `better`, with an interval for the gain to expect of curves that are fitted
/// to as many new rows.
///
/// The gain grows with the square of the correction, so both its chance and the width of ± q standard errors shrink where
/// a sample happens to show little of it, and the upper end falls short. For a correction δ̂ ± σ the upper end is
/// `(δ̂ + qσ)²`: beyond `δ̂² + 2qσδ̂`, which is what q standard errors reach, it lies `q²σ² = h²/4δ̂²` higher, with h the half
/// width and δ̂² the mean of (worse − better)². The lower end stays: there q standard errors reach too far, if anything.
#[must_use]
pub fn gain(folds: &Folds, worse: &[f64], better: &[f64], level: f64) -> Estimate {
    let sample = folds.contrast(Score::Brier, worse, better);
    let mut interval = sample.mean_interval(level);
    let error = interval.standard_error;
    interval.method = format!("paired {}, out of fold, upper end raised", interval.method);
    if folds.clusters() < LEAST_CLUSTERS {
        interval.bounds = None;
        interval.reason = Some("fewer than 100 rows, or clusters of them");
    }
    interval.bounds = interval.bounds.map(|(low, high)| {
        let moved = folds.moved(worse, better).filter(|moved| *moved > 0.0);
        let raised = moved.map_or(0.0, |moved| ((high - low) / 2.0).powi(2) / (4.0 * moved));
        (low, (high + raised).min(1.0))
    });
    let value = sample.mean().unwrap_or(f64::NAN);
    let estimate = Estimate::with_interval(value, sample.rows(), level, interval);
    estimate.and("standard_error", error)
}

/// The mean log score of `worse` less that of `better`; a few sure and wrong answers decide it, and no interval was found
/// to cover it.
#[must_use]
pub fn log_gain(folds: &Folds, worse: &[f64], better: &[f64]) -> Estimate {
    let sample = folds.contrast(Score::Log, worse, better);
    let value = sample.mean().unwrap_or(f64::NAN);
    Estimate::bare(value, sample.rows(), "no interval of it was simulated")
}

/// The simplest method whose Brier score out of fold is within one standard error of the best one's, the error being that
/// of their difference row by row. Hastie, Tibshirani and Friedman (2009), The Elements of Statistical Learning, 7.10.
/// The same is asked of that method in turn, until none simpler is as good: so none is chosen that is not a standard error
/// better than no change, and a calibrated log is left as it is more often (docs/validation.md).
///
/// `None` where no method has a gain.
#[must_use]
pub fn choose(trials: &[Trial], folds: &Folds) -> Option<Choice> {
    let gains = trials.iter().enumerate();
    let gains = gains.filter_map(|(at, trial)| Some((at, trial.brier.value?)));
    let (best, _) = gains.reduce(|best, next| if next.1 > best.1 { next } else { best })?;
    let mut steps = vec![best];
    let mut at = best;
    while let Some(simpler) = simplest_near(&trials[..at], &trials[at], folds) {
        at = simpler;
        steps.push(at);
    }
    let steps: Vec<_> = steps.iter().map(|at| trials[*at].method.id).collect();
    Some(Choice {
        at,
        why: why(&steps),
    })
}

/// Why the last of these was chosen, the first being the best out of fold.
fn why(steps: &[&str]) -> String {
    match steps {
        [] | [_] => {
            "the best out of fold, and no simpler one is within one standard error of it".to_owned()
        }
        [leader, chosen] if *chosen == Identity::METHOD => {
            format!("the best curve, {leader}, is not one standard error better than no change")
        }
        [leader, _] => format!(
            "simpler than {leader}, the best out of fold, and within one standard error of it"
        ),
        [leader, then @ ..] => {
            let to = then.join(", then ");
            format!(
                "{leader} is the best out of fold; {to} are simpler, each within one standard error of the one before"
            )
        }
    }
}

/// The first of the simpler methods within one standard error of another.
fn simplest_near(simpler: &[Trial], other: &Trial, folds: &Folds) -> Option<usize> {
    let other = other.out_of_fold.as_ref().ok()?;
    let near = |trial: &Trial| {
        let Ok(own) = &trial.out_of_fold else {
            return false;
        };
        let shortfall = folds.contrast(Score::Brier, own, other);
        let error = shortfall.mean_interval(0.95).standard_error.unwrap_or(0.0);
        shortfall.mean().is_some_and(|mean| mean <= error)
    };
    simpler.iter().position(near)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recalibrate::CALIBRATORS;
    use crate::recalibrate::crossfit::Held;

    /// A method whose probabilities lie so much nearer to the truth than 1/2 on average, and now nearer and now farther by
    /// a tenth, where `sign` says so.
    fn trial_of(method: &'static Method, folds: &Folds, by: f64, sign: fn(usize) -> bool) -> Trial {
        let nearer = |at: usize| by + if sign(at) { 0.1 } else { -0.1 };
        let toward =
            |(at, row): (usize, &Held)| 0.5 + (row.totals.wy() - 0.5).signum() * nearer(at);
        let better: Vec<f64> = folds.rows().iter().enumerate().map(toward).collect();
        Trial {
            method,
            curves: Err("not asked for"),
            brier: gain(folds, &folds.stated(), &better, 0.95),
            log: log_gain(folds, &folds.stated(), &better),
            out_of_fold: Ok(better),
        }
    }

    #[test]
    fn a_simpler_method_is_itself_held_against_simpler_ones() {
        let row = |at: usize| Held {
            cluster: None,
            fold: at % 10,
            confidence: 0.5,
            totals: crate::evidence::Totals::plain(1, u64::from(at.is_multiple_of(8))).into(),
        };
        let folds = Folds::new((0..400).map(row).collect(), false).unwrap();
        let unchanged = Trial {
            out_of_fold: Ok(folds.stated()),
            ..trial(&CALIBRATORS[0], &folds, &Fitting::default(), 0.95)
        };
        let near = trial_of(&CALIBRATORS[1], &folds, 0.013, |at| at.is_multiple_of(2));
        let best = trial_of(&CALIBRATORS[2], &folds, 0.0165, |at| at % 4 < 2);
        let chosen = |trials: &[Trial]| choose(trials, &folds).unwrap();
        // The best one alone is better than no change, and the one between them no worse than it and no better than that.
        let without = chosen(&[unchanged.clone(), best.clone()]);
        assert_eq!(without.at, 1, "{}", without.why);
        let with = chosen(&[unchanged, near, best]);
        assert_eq!(
            (with.at, with.why.as_str()),
            (
                0,
                "platt is the best out of fold; temperature, then identity are simpler, each within one standard error of the one before"
            )
        );
    }
}
