//! Groups judged together: with many groups, some look special by chance.
//!
//! The p-values of the groups carry Benjamini and Hochberg's q-values. A word about a group is spoken only if it holds
//! at the level that their step-up procedure leaves: 1 − k (1 − level) / m for the largest k such that at least k of
//! the m verdicts are definite there. Benjamini and Yekutieli (2005), Journal of the American Statistical Association
//! 100, 71–81.

use super::build::{claims, conclude};
use super::{Abstention, AbstentionFigures, Group, MapVerdict};
use crate::inference::multiple;
use crate::metrics::{Corrected, METRICS, Map, View};
use crate::objectives::{direction, flips};
use crate::record::Kind;

/// Adjusts groups, given in the order of their views, for being many. One group needs no adjustment.
pub fn adjust(groups: &mut [Group], views: &[View]) {
    let (true, Some(view)) = (groups.len() > 1, views.first()) else {
        return;
    };
    let level = view.settings().level;
    q_values(groups);
    let maps: Vec<_> = views.iter().map(claims).collect();
    let (verdicts, left) = spoken(views, &maps, level);
    for (((group, verdicts), maps), view) in groups.iter_mut().zip(verdicts).zip(&maps).zip(views) {
        let abstention = &mut group.abstention;
        let figures = [
            Some(&mut abstention.all),
            abstention.epistemic.as_mut(),
            abstention.safety.as_mut(),
        ];
        for ((figures, verdict), map) in figures.into_iter().zip(verdicts).zip(maps) {
            let Some(figures) = figures else { continue };
            figures.verdict = verdict;
            if let Some(map) = map {
                // Where a verdict turns depends on the level at which it is spoken.
                figures.judge =
                    Corrected::new(view, map).map(|found| flips::judge_error(map, found, left));
            }
        }
        conclude(group, view);
        if let Some(found) = group.objectives.get_mut("direction") {
            direction::settle(found, &by_kind(&group.abstention));
        }
    }
}

/// The verdicts of a group that the audit of direction rests on.
fn by_kind(abstention: &Abstention) -> Vec<direction::Cell<'_>> {
    let kinds = [
        (Kind::Epistemic, abstention.epistemic.as_ref()),
        (Kind::Safety, abstention.safety.as_ref()),
    ];
    let kinds = kinds.map(|(kind, figures)| cell(kind, figures?));
    let found: Vec<_> = kinds.into_iter().flatten().collect();
    match (found.is_empty(), cell(Kind::Unknown, &abstention.all)) {
        (true, Some(all)) => vec![all],
        _ => found,
    }
}

fn cell(kind: Kind, figures: &AbstentionFigures) -> Option<direction::Cell<'_>> {
    let rates = [&figures.over_answer, &figures.over_abstain];
    let verdict = figures.verdict.as_ref()?;
    Some(direction::Cell::new(kind, figures.manner(), verdict, rates))
}

/// Puts a q-value beside every p-value.
fn q_values(groups: &mut [Group]) {
    for metric in METRICS {
        let p_value = |group: &Group| {
            let estimate = group.metrics.get(metric.id())?;
            Some(estimate.beside.get("p_value")?.to_owned())
        };
        let p_values: Vec<Option<Option<f64>>> = groups.iter().map(p_value).collect();
        let known: Vec<Option<f64>> = p_values.iter().map(|p| p.flatten()).collect();
        let adjusted = multiple::benjamini_hochberg(&known);
        for ((group, p), q) in groups.iter_mut().zip(p_values).zip(adjusted) {
            if let (Some(_), Some(estimate)) = (p, group.metrics.get_mut(metric.id())) {
                estimate.beside.insert("q_value", q);
            }
        }
    }
}

/// The verdicts over all labelled rows, unanswerable and harmful prompts of a group.
type Verdicts = [Option<MapVerdict>; 3];

/// The verdicts at the level that the step-up procedure leaves, and that level.
fn spoken(views: &[View], maps: &[[Option<&Map>; 3]], level: f64) -> (Vec<Verdicts>, f64) {
    let at = |level: f64| -> Vec<Verdicts> {
        let of_group = |(view, maps): (&View, &[Option<&Map>; 3])| {
            let seed = view.settings().seed;
            maps.map(|map| Some(direction::verdict(map?, level, seed)))
        };
        views.iter().zip(maps).map(of_group).collect()
    };
    let judged = maps.iter().flatten().flatten().count().max(1);
    let mut allowed = judged;
    loop {
        let left = multiple::level_left(level, allowed, judged);
        let verdicts = at(left);
        let definite = verdicts
            .iter()
            .flatten()
            .flatten()
            .filter(|v| is_definite(v))
            .count();
        // Fewer definite words allow fewer errors among them, which may leave fewer still.
        if definite >= allowed || allowed == 1 {
            return (verdicts, left);
        }
        allowed = definite.max(1);
    }
}

fn is_definite(verdict: &MapVerdict) -> bool {
    verdict.direction.is_some_and(|word| word != "inconclusive")
}
