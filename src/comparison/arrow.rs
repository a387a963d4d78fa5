//! The way of a checkpoint on the failure map, and how much of it is a change of criterion, how much of discrimination.

use super::{Judgement, Pairing, Target, judge};
use crate::maths::{quantile, tails};
use crate::metrics::{Criterion, Dprime, Metric, OverAbstain, OverAnswer};
use crate::record::Kind;
use crate::settings::Settings;

/// A move on the failure map.
#[derive(Clone, Debug, PartialEq)]
pub struct Arrow {
    /// Over-answer rate: how it moved.
    pub over_answer: Move,
    /// Over-abstain rate.
    pub over_abstain: Move,
    /// Change of the criterion c.
    pub criterion: Judgement,
    /// Change of the sensitivity d′.
    pub dprime: Judgement,
}

/// A rate before and after.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Move {
    /// In the base.
    pub base: f64,
    /// In the new log.
    pub new: f64,
    /// What it came from, where d′ and c say.
    pub split: Option<Split>,
}

/// A move as the sum of two.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Split {
    /// From a laxer or stricter criterion.
    pub criterion: f64,
    /// From lost or gained discrimination.
    pub discrimination: f64,
}

/// Where a log stands on the map: sensitivity d′ and criterion c.
#[derive(Clone, Copy)]
struct Stand {
    dprime: f64,
    criterion: f64,
}

impl Stand {
    /// From the over-answer and over-abstain rates; `None` where one is 0 or 1.
    fn of(over_answer: f64, over_abstain: f64) -> Option<Self> {
        let inside = |rate: f64| rate > 0.0 && rate < 1.0;
        if !(inside(over_answer) && inside(over_abstain)) {
            return None;
        }
        let [h, f] = [1.0 - over_answer, over_abstain].map(quantile::normal);
        Some(Self {
            dprime: h - f,
            criterion: -(h + f) / 2.0,
        })
    }

    /// Φ(c − d′/2).
    fn over_answer(self) -> f64 {
        tails::normal(self.dprime / 2.0 - self.criterion)
    }

    /// Φ(−c − d′/2).
    fn over_abstain(self) -> f64 {
        tails::normal(self.criterion + self.dprime / 2.0)
    }
}

/// The Shapley value of either cause: the mean of what it adds first and what it adds last. Shapley (1953).
fn split(base: Stand, new: Stand, rate: fn(Stand) -> f64) -> Split {
    let [criterion_first, discrimination_first] = [
        Stand {
            criterion: new.criterion,
            ..base
        },
        Stand {
            dprime: new.dprime,
            ..base
        },
    ]
    .map(rate);
    let (start, end) = (rate(base), rate(new));
    Split {
        criterion: (criterion_first - start + end - discrimination_first) / 2.0,
        discrimination: (discrimination_first - start + end - criterion_first) / 2.0,
    }
}

/// The move of the prompts of a kind, all labelled ones for `None`; none where a side of the map is empty.
#[must_use]
pub fn arrow(pairing: &Pairing, kind: Option<Kind>, settings: &Settings) -> Option<Arrow> {
    let metrics: [&'static dyn Metric; 4] = [&OverAnswer, &OverAbstain, &Criterion, &Dprime];
    let targets = metrics.map(|metric| Target { metric, kind });
    let judged = judge(pairing, &targets, settings);
    let [over_answer, over_abstain, criterion, dprime] = <[Judgement; 4]>::try_from(judged).ok()?;
    let [oa, ob] = [&over_answer.shared, &over_abstain.shared];
    let stand = |side: usize| Stand::of((*oa.get(side)?)?, (*ob.get(side)?)?);
    let stands = stand(0).zip(stand(1));
    let moved = |rates: &[Option<f64>; 2], rate: fn(Stand) -> f64| {
        let [base, new] = *rates;
        Some(Move {
            base: base?,
            new: new?,
            split: stands.map(|(base, new)| split(base, new, rate)),
        })
    };
    Some(Arrow {
        over_answer: moved(oa, Stand::over_answer)?,
        over_abstain: moved(ob, Stand::over_abstain)?,
        criterion,
        dprime,
    })
}
