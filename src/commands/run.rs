//! One log of a report: its figures over all rows and in every group, and what sections find there.

use std::collections::BTreeMap;

use super::reading::Reading;
use super::told::Told;
use crate::codes;
use crate::ingest;
use crate::metrics::{Budget, View, answered_sets, warnings};
use crate::report::{self, Group, Objective, Run, Warning};
use crate::settings::Settings;

/// One log as a run: all rows, then the groups of `--by`; with the warnings that the figures of all rows give.
pub(super) fn run_of(
    by: &[String],
    reading: &Reading,
    settings: &Settings,
    told: Option<Told<'_>>,
) -> (Run, Vec<Warning>) {
    let groups = &reading.state.groups;
    let budget = Budget::of(groups, settings);
    let mut all = View::new(groups.all(), settings, budget);
    let names = &reading.state.names;
    let mut noted = reading.state.findings.iter();
    let made_up = noted.any(|finding| finding.code == &codes::MADE_UP_CONFIDENCE);
    let told = told.map(|told| Told { made_up, ..told });
    let tell = |view: &View<'_>, is_part: bool| {
        told.map_or_else(BTreeMap::new, |told| told.of(view, names, is_part))
    };
    let whole = group(BTreeMap::new(), &mut all, |view| tell(view, false));
    let mut warnings = warnings(&whole, &all);
    let named: Vec<_> = groups
        .iter()
        .map(|(key, evidence)| (key.join(", "), evidence))
        .collect();
    warnings.extend(answered_sets(&named, settings.partial));
    let groups: Vec<_> = groups.iter().collect();
    let found = ingest::each(&groups, |&(key, evidence)| {
        let by = by.iter().cloned().zip(key.iter().cloned()).collect();
        let mut view = View::new(evidence, settings, budget);
        let group = group(by, &mut view, |view| tell(view, true));
        (view, group)
    });
    let (views, mut figures): (Vec<View<'_>>, Vec<Group>) = found.into_iter().unzip();
    report::adjust(&mut figures, &views);
    if let Some(told) = told {
        told.settle(&mut figures, &views, names);
    }
    figures.insert(0, whole);
    if made_up {
        figures.iter_mut().for_each(report::disown_confidence);
    }
    (
        Run {
            label: reading.state.label.clone(),
            groups: figures,
        },
        warnings,
    )
}

/// A group with its figures, and with what sections find in it: meanwhile, unless both at once would take much memory.
fn group(
    by: BTreeMap<String, String>,
    view: &mut View<'_>,
    tell: impl FnOnce(&View<'_>) -> BTreeMap<&'static str, Objective> + Send,
) -> Group {
    let (objectives, figures) = if view.is_small() {
        let twin = view.twin();
        ingest::both(move || tell(&twin), move || report::from_view(by, view))
    } else {
        (tell(view), report::from_view(by, view))
    };
    Group {
        objectives,
        ..figures
    }
}
