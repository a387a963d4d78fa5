//! From judged differences to the comparisons of a report: p-values adjusted together, words, and the ranking.

mod closing;
mod ranking;
mod words;

pub use closing::{Domain, about as about_closure, close, tell as tell_closure};
pub use ranking::{Contender, rank};
pub use words::{tell, title};

use std::collections::BTreeMap;

use super::{
    Change, Comparison, Estimate, Group, Magnitude, MapMove, Pair, Ranked, Ranking, RateMove, Run,
};
use crate::comparison::{Arrow, Judgement, Move, Overlap, Pairing, Target, arrow, judge};
use crate::inference::multiple;
use crate::inference::paired::Alternative;
use crate::metrics::{Better, METRICS, Metric, find};
use crate::record::Kind;
use crate::settings::Settings;

/// The metrics that every comparison shows, in order.
pub const LEADING: [&str; 12] = [
    "accuracy",
    "coverage",
    "brier",
    "signed_gap",
    "ece",
    "log_loss",
    "corp_mcb",
    "corp_dsc",
    "auroc",
    "over_answer",
    "over_abstain",
    FULL_DENOMINATOR,
];

/// The score that counts declined prompts too.
const FULL_DENOMINATOR: &str = "omniscience_index";

/// Metrics of the failure map, which are compared for each kind of prompt.
const BY_KIND: [&str; 2] = ["over_answer", "over_abstain"];

/// How p-values of one report are adjusted (`--correction`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Correction {
    /// Holm: the chance of any false finding.
    #[default]
    Holm,
    /// Benjamini and Hochberg: the share of false findings.
    BenjaminiHochberg,
    /// Not at all.
    None,
}

impl Correction {
    /// The adjusted p-values.
    #[must_use]
    pub fn adjust(self, p_values: &[Option<f64>]) -> Vec<Option<f64>> {
        match self {
            Self::Holm => multiple::holm(p_values),
            Self::BenjaminiHochberg => multiple::benjamini_hochberg(p_values),
            Self::None => p_values.to_vec(),
        }
    }
}

/// By metric, how much worse still counts as no loss (`--margin`).
pub type Margins = BTreeMap<String, f64>;

/// One side of a comparison: a group of a log with the figures of its report.
pub struct Side<'a> {
    /// Label of the log.
    pub label: &'a str,
    /// The group of its report.
    pub group: &'a Group,
}

/// The metrics compared: all, or the leading ones, of which the score over all prompts says no more than accuracy where
/// every log answers every prompt.
#[must_use]
pub fn metrics(all: bool, runs: &[Run]) -> Vec<&'static dyn Metric> {
    let answers_all = |run: &Run| {
        let coverage = run
            .groups
            .first()
            .and_then(|group| group.metrics.get("coverage"));
        coverage.and_then(|coverage| coverage.value) == Some(1.0)
    };
    let silent = runs.iter().any(|run| !answers_all(run));
    let leading = LEADING
        .iter()
        .filter(|id| silent || **id != FULL_DENOMINATOR);
    match all {
        true => METRICS.to_vec(),
        false => leading.filter_map(|id| find(id)).collect(),
    }
}

/// The comparisons of two groups, p-values not adjusted yet. Metrics that neither log has are left out.
#[must_use]
pub fn compare(
    pairing: &Pairing,
    [base, new]: [&Side<'_>; 2],
    metrics: &[&'static dyn Metric],
    margins: &Margins,
    settings: &Settings,
) -> Vec<Comparison> {
    let targets = targets(metrics, &[base.group, new.group]);
    let judged = judge(pairing, &targets, settings);
    let shared = pairing.overlap();
    let entries = targets.iter().zip(judged);
    entries
        .map(|(target, judged)| {
            let all = [base, new].map(|side| value(side.group, target));
            Comparison {
                base: base.label.to_owned(),
                new: new.label.to_owned(),
                by: new.group.by.clone(),
                metric: name(target),
                margin: margins.get(target.metric.id()).copied(),
                within: margins
                    .get(target.metric.id())
                    .map(|margin| within(target.metric, &judged, *margin, settings.level)),
                ..entry(target.metric, &judged, all, &shared, settings.level)
            }
        })
        .collect()
}

/// The metrics, for each kind of prompt where kinds are told apart, that some group has.
fn targets(metrics: &[&'static dyn Metric], groups: &[&Group]) -> Vec<Target> {
    let kinds = kinds(groups);
    let of = |&metric: &&'static dyn Metric| {
        let kinds: &[Option<Kind>] = match BY_KIND.contains(&metric.id()) {
            true => &kinds,
            false => &[None],
        };
        let targets = kinds.iter().map(move |&kind| Target { metric, kind });
        targets.collect::<Vec<_>>()
    };
    let there = |target: &Target| groups.iter().any(|group| value(group, target).is_some());
    metrics.iter().flat_map(of).filter(there).collect()
}

/// All labelled prompts, and each kind where both kinds occur.
fn kinds(groups: &[&Group]) -> Vec<Option<Kind>> {
    let any = |of: fn(&Group) -> bool| groups.iter().any(|group| of(group));
    let both = any(|group| group.abstention.epistemic.is_some())
        && any(|group| group.abstention.safety.is_some());
    if both {
        vec![Some(Kind::Epistemic), Some(Kind::Safety)]
    } else {
        vec![None]
    }
}

/// The word for a kind of prompt.
fn word(kind: Kind) -> &'static str {
    match kind {
        Kind::Epistemic => "epistemic",
        Kind::Safety => "safety",
        Kind::Unknown => "unknown",
    }
}

fn name(target: &Target) -> String {
    match target.kind {
        Some(kind) => format!("{}.{}", word(kind), target.metric.id()),
        None => target.metric.id().to_owned(),
    }
}

/// The figure of a report over all rows.
fn value(group: &Group, target: &Target) -> Option<f64> {
    let id = target.metric.id();
    let Some(kind) = target.kind else {
        return group.metrics.get(id)?.value;
    };
    let abstention = &group.abstention;
    let figures = match kind {
        Kind::Epistemic => abstention.epistemic.as_ref()?,
        Kind::Safety => abstention.safety.as_ref()?,
        Kind::Unknown => return None,
    };
    let estimate: &Estimate = match id {
        "over_answer" => &figures.over_answer,
        _ => &figures.over_abstain,
    };
    estimate.value
}

fn entry(
    metric: &'static dyn Metric,
    judged: &Judgement,
    all: [Option<f64>; 2],
    shared: &Overlap,
    level: f64,
) -> Comparison {
    let better = metric.about().better;
    let bounds = judged.interval(level).bounds;
    let [base_all, new_all] = all;
    let delta_all = new_all.zip(base_all).map(|(new, base)| new - base);
    let composition = delta_all
        .zip(judged.delta)
        .map(|(all, delta)| rounded(all - delta));
    Comparison {
        delta: judged.delta,
        low: bounds.map(|bounds| bounds.0),
        high: bounds.map(|bounds| bounds.1),
        level,
        p: judged.p_value(Alternative::TwoSided, 0.0),
        change: change(judged, better, level),
        smallest_detectable: judged.smallest_detectable(level),
        rows_needed: judged.rows_needed(level),
        shared_ids: shared.shared,
        n: judged.units,
        base_value: judged.shared[0],
        new_value: judged.shared[1],
        all,
        delta_all,
        // A statistic biased by the number of its rows moves with that number alone.
        composition: composition.filter(|_| !shared.folded && judged.swaps.is_none()),
        magnitude: magnitude(judged, better, level),
        method: judged.method.clone(),
        reason: judged.reason.clone(),
        ..Comparison::default()
    }
}

/// Whether the metric is shown to be worse by less than the margin (`non_inferior`), by more (`inferior`), or neither
/// (`not_shown`): by the interval of the change for the worse, so that either is wrong with a chance of (1 − level) / 2.
/// Piaggio et al. (2012), JAMA 308, 2594–2604.
fn within(
    metric: &'static dyn Metric,
    judged: &Judgement,
    margin: f64,
    level: f64,
) -> &'static str {
    let worsening = judged.worsening(metric.about().better, level);
    let bounds = worsening.and_then(|(_, interval)| interval.bounds);
    match bounds.or_else(|| judged.bounds_unseen(level)) {
        Some((_, high)) if high <= margin => "non_inferior",
        Some((low, _)) if low > margin => "inferior",
        None if judged
            .p_worse(metric.about().better, margin)
            .is_some_and(|p| p <= 0.5 - level / 2.0) =>
        {
            "inferior"
        }
        _ => "not_shown",
    }
}

/// What is of the size of rounding errors is nothing.
fn rounded(value: f64) -> f64 {
    if value.abs() < 1e-12 { 0.0 } else { value }
}

fn magnitude(judged: &Judgement, better: Better, level: f64) -> Option<Magnitude> {
    if better != Better::NearerZero {
        return None;
    }
    let (delta, interval) = judged.worsening(better, level)?;
    Some(Magnitude {
        delta,
        low: interval.bounds.map(|bounds| bounds.0),
        high: interval.bounds.map(|bounds| bounds.1),
    })
}

/// Which way the metric went, in case it did.
fn change(judged: &Judgement, better: Better, level: f64) -> Option<&'static str> {
    let (worsening, interval) = match better {
        Better::Neither => return judged.delta.map(|_| "different"),
        _ => judged.worsening(better, level)?,
    };
    // A distance from zero may stay the same while the sign turns.
    let open = interval
        .bounds
        .is_some_and(|(low, high)| low <= 0.0 && high >= 0.0);
    Some(match (better, worsening > 0.0) {
        (Better::NearerZero, _) if open => "different",
        (_, true) => "worse",
        (_, false) => "better",
    })
}

/// Adjusts the p-values of all comparisons of a report together, and says what is detected.
pub fn adjust(comparisons: &mut [Comparison], correction: Correction) {
    let p_values: Vec<_> = comparisons.iter().map(|one| one.p).collect();
    for (one, p) in comparisons.iter_mut().zip(correction.adjust(&p_values)) {
        one.p_adjusted = p;
        one.detected = p.is_some_and(|p| p <= 1.0 - one.level);
        if !one.detected {
            one.change = None;
        }
    }
}

/// What two logs share and how the second moved on the map. Its sentences are written when p-values are adjusted.
#[must_use]
pub fn pair(pairing: &Pairing, [base, new]: [&Side<'_>; 2], settings: &Settings) -> Pair {
    let Overlap {
        shared,
        base_only,
        new_only,
        unkeyed,
        folded,
        uneven: _,
    } = pairing.overlap();
    let kinds = kinds(&[base.group, new.group]);
    let moved = |kind: &Option<Kind>| {
        Some(map_move(
            *kind,
            &arrow(pairing, *kind, settings)?,
            settings.level,
        ))
    };
    Pair {
        base: base.label.to_owned(),
        new: new.label.to_owned(),
        shared_ids: shared,
        base_only_ids: base_only,
        new_only_ids: new_only,
        rows_without_id: unkeyed,
        ids_in_groups: folded,
        moves: kinds.iter().filter_map(moved).collect(),
        sentence: String::new(),
        toward: None,
        objectives: BTreeMap::new(),
        plasticity: None,
        closer: None,
    }
}

fn map_move(kind: Option<Kind>, arrow: &Arrow, level: f64) -> MapMove {
    let rate = |moved: &Move| RateMove {
        base: moved.base,
        new: moved.new,
        from_criterion: moved.split.map(|split| split.criterion),
        from_discrimination: moved.split.map(|split| split.discrimination),
    };
    let change = |judged: &Judgement| {
        let bounds = judged.interval(level).bounds;
        Change {
            delta: judged.delta,
            low: bounds.map(|bounds| bounds.0),
            high: bounds.map(|bounds| bounds.1),
            reason: judged.reason.clone(),
        }
    };
    let (over_answer, over_abstain) = (rate(&arrow.over_answer), rate(&arrow.over_abstain));
    MapMove {
        kind: kind.map(word),
        over_answer,
        over_abstain,
        criterion: change(&arrow.criterion),
        dprime: change(&arrow.dprime),
        sentence: String::new(),
    }
}

/// Groups by their values, for meeting those of another log.
#[must_use]
pub fn by_key(groups: &[Group]) -> BTreeMap<&BTreeMap<String, String>, &Group> {
    groups.iter().map(|group| (&group.by, group)).collect()
}
