//! What a comparison says of drift: of two logs, and over three or more.

use crate::commands::reading::Reading;
use crate::evidence::Evidence;
use crate::metrics::Budget;
use crate::objectives::drift::{Log, closer, plasticity, razor};
use crate::report::{Pair, Razor, Run};
use crate::settings::Settings;

/// The pair with what its rows tell of drift.
pub(super) fn told(pair: Pair, evidence: [&Evidence; 2], settings: &Settings) -> Pair {
    let [base, new] = evidence.map(Evidence::panel);
    let replicates = Budget::resolve(settings.resamples, 1, 1).replicates;
    Pair {
        plasticity: plasticity(base, new, settings.level),
        closer: closer(base, new, replicates, settings.seed, settings.level),
        ..pair
    }
}

/// How figures move with the divergence over these logs.
pub(super) fn over(runs: &[Run], readings: &[Reading], level: f64) -> Option<Razor> {
    let logs = runs.iter().zip(readings).filter_map(|(run, reading)| {
        let panel = reading.state.groups.all().panel();
        Some((run.label.as_str(), panel, run.groups.first()?))
    });
    razor(&logs.collect::<Vec<Log<'_>>>(), level)
}
