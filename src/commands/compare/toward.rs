//! How far a log goes from the base toward a tuned one.

use std::collections::BTreeMap;

use super::{Asked, Two, by_key};
use crate::commands::audit;
use crate::commands::reading::Reading;
use crate::comparison::Trio;
use crate::error::Error;
use crate::metrics::Metric;
use crate::report::comparing::{self, Domain};
use crate::report::{Closure, Run};
use crate::settings::Settings;

/// How much of the gap to the last log every log between it and the base closes, with `--toward`.
pub(super) fn closures(
    asked: &Asked<'_>,
    readings: &[Reading],
    runs: &[Run],
    metrics: &[&'static dyn Metric],
) -> Result<Vec<Closure>, Error> {
    let ([base, proxies @ .., tuned], [base_run, proxy_runs @ .., tuned_run], true) =
        (readings, runs, asked.toward)
    else {
        return Ok(Vec::new());
    };
    let settings = audit::settings(asked.view);
    let mut gap = Vec::new();
    for (proxy, run) in proxies.iter().zip(proxy_runs) {
        let closing = Closing {
            readings: [base, proxy, tuned],
            runs: [base_run, run, tuned_run],
            settings: &settings,
        };
        gap.extend(closing.closures(metrics, asked.allow_unshared)?);
    }
    Ok(gap)
}

/// The base, the proxy and the tuned log, and their reports.
pub(super) struct Closing<'a> {
    pub(super) readings: [&'a Reading; 3],
    pub(super) runs: [&'a Run; 3],
    pub(super) settings: &'a Settings,
}

impl Closing<'_> {
    /// The closures of all rows and of the groups that all three hold.
    pub(super) fn closures(
        &self,
        metrics: &[&'static dyn Metric],
        allow_unshared: bool,
    ) -> Result<Vec<Closure>, Error> {
        for other in [0, 1] {
            let two = Two {
                readings: [self.readings[other], self.readings[2]],
                runs: [self.runs[other], self.runs[2]],
                settings: self.settings,
            };
            two.check(allow_unshared)?;
        }
        let labels = self.runs.map(|run| run.label.as_str());
        Ok(comparing::close(
            &self.domains(),
            labels,
            metrics,
            self.settings,
        ))
    }

    /// All rows, then the groups.
    fn domains(&self) -> Vec<Domain<'_>> {
        let figures = self.runs.map(|run| comparing::by_key(&run.groups));
        let evidence = self.readings.map(by_key);
        let met = |key: &BTreeMap<String, String>| {
            let [Some(a), Some(b), Some(c)] = evidence.each_ref().map(|side| side.get(key)) else {
                return None;
            };
            let [Some(x), Some(y), Some(z)] = figures.each_ref().map(|side| side.get(key)) else {
                return None;
            };
            let values: Vec<&str> = key.values().map(String::as_str).collect();
            Some(Domain {
                name: (!key.is_empty()).then(|| values.join(", ")),
                trio: Trio::new([a, b, c], self.settings),
                groups: [x, y, z],
            })
        };
        figures[0].keys().filter_map(|key| met(key)).collect()
    }
}
