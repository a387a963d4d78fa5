//! Several logs in order of one metric, and which of them are told from the best.

use super::words::{listed, title};
use super::{Correction, Ranked, Ranking};
use crate::metrics::{Better, Metric, find};
use crate::report::Group;

/// One log of a ranking: its label, its figures, and how it pairs with the best.
pub struct Contender<'a> {
    /// Its label.
    pub label: &'a str,
    /// Its figures over all rows.
    pub group: &'a Group,
}

/// Ranks logs by the first metric that all of them have: the Brier score where every prompt is answered, else scores
/// over all prompts, for what one log declined another may have answered.
#[must_use]
pub fn rank(
    contenders: &[Contender<'_>],
    judged: impl Fn(usize, usize, &'static dyn Metric) -> Option<f64>,
    correction: Correction,
    level: f64,
) -> Option<Ranking> {
    let metric = by(contenders)?;
    let better = metric.about().better;
    let value = |at: usize| figure(contenders.get(at)?.group, metric.id());
    let mut order: Vec<(usize, f64)> = (0..contenders.len())
        .filter_map(|at| Some((at, value(at)?)))
        .collect();
    let sign = if better == Better::Higher { -1.0 } else { 1.0 };
    order.sort_by(|a, b| (sign * a.1).total_cmp(&(sign * b.1)));
    let (best, rest) = order.split_first()?;
    let p_values: Vec<_> = rest
        .iter()
        .map(|(at, _)| judged(best.0, *at, metric))
        .collect();
    let adjusted = std::iter::once(None).chain(correction.adjust(&p_values));
    let ranked = order
        .iter()
        .zip(adjusted)
        .map(|(&(at, value), p_adjusted)| Ranked {
            label: contenders.get(at).map_or("", |one| one.label).to_owned(),
            value,
            p_adjusted,
            detected: p_adjusted.is_some_and(|p| p <= 1.0 - level),
        });
    let order: Vec<Ranked> = ranked.collect();
    Some(Ranking {
        metric: metric.id(),
        sentence: in_words(metric, &order),
        order,
    })
}

fn figure(group: &Group, id: &str) -> Option<f64> {
    group.metrics.get(id)?.value
}

fn by(contenders: &[Contender<'_>]) -> Option<&'static dyn Metric> {
    let all = |id: &str| contenders.iter().all(|one| figure(one.group, id).is_some());
    let complete = contenders
        .iter()
        .all(|one| figure(one.group, "coverage") == Some(1.0));
    let ids: &[&str] = if complete {
        &["brier", "accuracy"]
    } else {
        &["omniscience_index", "youden"]
    };
    find(ids.iter().find(|id| all(id))?)
}

/// `By Brier score a (0.2467) is best; b and c are told from it, d is not`.
fn in_words(metric: &dyn Metric, order: &[Ranked]) -> String {
    const NAMED: usize = 5;
    let names = |detected: bool| -> String {
        let those: Vec<&str> = order
            .iter()
            .skip(1)
            .filter(|one| one.detected == detected)
            .map(|one| one.label.as_str())
            .collect();
        match those.len() {
            0 => String::new(),
            n if n <= NAMED => listed(&those),
            n => format!("{} and {} more", those[..NAMED].join(", "), n - NAMED),
        }
    };
    let Some(best) = order.first() else {
        return String::new();
    };
    let (worse, tied) = (names(true), names(false));
    let title = title(metric.id());
    let mut sentence = format!("by {title}, {} is best", best.label);
    if !worse.is_empty() {
        sentence += &format!("; worse: {worse}");
    }
    if !tied.is_empty() {
        sentence += &format!("; not told from it: {tied}");
    }
    sentence
}
