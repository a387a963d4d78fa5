//! What is said of two logs apart from their figures: what the audits of training objectives say of before and after, and
//! which way confidence leans.

use std::collections::BTreeMap;

use super::{Asked, Reading};
use crate::objectives::before_after;
use crate::report::{Comparison, Objective, Pair, Run};
use crate::settings::Settings;

/// What the audits of training objectives say of the change between two logs.
pub(super) fn told(
    asked: &Asked<'_>,
    readings: &[Reading],
    pair: &Pair,
    comparisons: &[Comparison],
    settings: &Settings,
) -> BTreeMap<&'static str, Objective> {
    let log = |label: &str| {
        let reading = readings.iter().find(|one| one.state.label == label)?;
        Some(reading.state.groups.all())
    };
    let Some((base, new)) = log(&pair.base).zip(log(&pair.new)) else {
        return BTreeMap::new();
    };
    let own: Vec<Comparison> = comparisons
        .iter()
        .filter(|one| (&one.base, &one.new) == (&pair.base, &pair.new))
        .cloned()
        .collect();
    let logs = [base, new];
    // A log beside itself with other confidences has not been trained.
    let trained = asked.told.is_none();
    let incentives = trained
        .then(|| before_after::incentives(&own, logs, settings))
        .flatten();
    let utility = asked
        .costs
        .and_then(|costs| before_after::utility(&own, logs, costs, settings));
    let named = [("incentives", incentives), ("utility", utility)];
    let told = named
        .into_iter()
        .filter_map(|(name, told)| Some((name, told?)));
    told.collect()
}

/// Which way confidence leans in either log.
pub(super) fn leanings<'r>(pair: &Pair, runs: &'r [Run]) -> [Option<&'r str>; 2] {
    [&pair.base, &pair.new].map(|label| {
        let run = runs.iter().find(|run| run.label == *label)?;
        run.groups.first()?.verdict.confidence
    })
}
