//! The words of one section about many groups, judged together: some groups earn one by chance.
//!
//! A word is spoken about a group only if it holds at the level that the step-up procedure of Benjamini and Yekutieli
//! (2005) leaves, as for the verdicts of the map: 1 − k (1 − level) / m for the largest k such that at least k of m
//! groups have a word there.

use std::collections::BTreeMap;

use super::section::Section;
use crate::inference::multiple::level_left;
use crate::report::Objective;

/// What is added to a sentence whose word does not hold then.
pub(super) const NOT_TOGETHER: &str = "; judged together with all groups, this is not definite";

/// Brings the words of a section about groups to those that hold for all groups together. `audit` is the audit of a
/// group, by its place, at another level.
pub fn settle(
    section: &dyn Section,
    groups: &mut [&mut BTreeMap<&'static str, Objective>],
    level: f64,
    audit: impl Fn(usize, f64) -> Option<Objective>,
) {
    let claims = |found: &Objective| {
        let word = found.verdict;
        word.is_some_and(|word| section.claims().contains(&word))
    };
    let judged = groups.iter().enumerate().filter_map(|(at, group)| {
        let found = group.get(section.name())?;
        // One that lacks what the audit needs is none of them.
        (!found.evidence.is_empty()).then_some((at, claims(found)))
    });
    let judged: Vec<(usize, bool)> = judged.collect();
    let claimed = judged.iter().filter(|(_, claims)| *claims);
    let claimed: Vec<usize> = claimed.map(|(at, _)| *at).collect();
    let (mut allowed, mut left) = (judged.len(), claimed.clone());
    let mut strict: BTreeMap<usize, Objective> = BTreeMap::new();
    // Fewer words allow fewer errors among them, which may leave fewer still.
    while left.len() < allowed && allowed > 1 {
        allowed = left.len().max(1);
        let stricter = level_left(level, allowed, judged.len());
        left.retain(|at| {
            let found = audit(*at, stricter);
            let holds = found.as_ref().is_some_and(claims);
            found.and_then(|found| strict.insert(*at, found));
            holds
        });
    }
    for at in claimed {
        let found = groups
            .get_mut(at)
            .and_then(|group| group.get_mut(section.name()));
        if let (Some(found), Some(strict)) = (found, strict.remove(&at)) {
            replace(found, strict);
        }
    }
}

/// Takes over a word, and what follows from it, from an audit at another level.
fn replace(found: &mut Objective, strict: Objective) {
    if (found.verdict, found.level) == (strict.verdict, strict.level) {
        return;
    }
    found.verdict = strict.verdict;
    found.level = strict.level;
    found.advice = strict.advice;
    found.sentence += NOT_TOGETHER;
}
