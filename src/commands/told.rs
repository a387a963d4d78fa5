//! What a report tells of training objectives, as flags ask for it.

use std::collections::BTreeMap;

use crate::cli::CostArgs;
use crate::cli::reference::ReferenceArg;
use crate::metrics::View;
use crate::objectives::{self, Costs, SECTIONS, Section, Subject, together};
use crate::record::{Kind, Names};
use crate::report::{Group, Objective};
use crate::settings::Settings;

/// What is asked for.
#[derive(Clone, Copy, Default)]
pub(super) struct Told<'a> {
    /// Sections that are told even where they lack columns.
    pub(super) sections: &'a [&'static str],
    /// The kind of prompts whose published models stand beside the log.
    pub(super) reference: Option<ReferenceArg>,
    /// What answers and silence cost.
    pub(super) costs: Option<Costs>,
    /// Whether what serves as confidence is not the model's own.
    pub(super) made_up: bool,
}

/// The costs that flags give.
pub(super) fn costs(args: CostArgs) -> Option<Costs> {
    args.cost_wrong.map(|wrong| Costs {
        wrong,
        abstain: args.cost_abstain.unwrap_or(0.0),
    })
}

impl Told<'_> {
    /// What the sections find in some rows, which may be one of several groups.
    pub(super) fn of(
        self,
        view: &View<'_>,
        names: &Names,
        is_part: bool,
    ) -> BTreeMap<&'static str, Objective> {
        objectives::objectives(self.subject(view, names, is_part), self.sections)
    }

    fn subject<'v>(self, view: &'v View<'v>, names: &'v Names, is_part: bool) -> Subject<'v> {
        let mut subject = Subject::new(view, names);
        subject.costs = self.costs;
        subject.made_up = self.made_up;
        subject.is_part = is_part;
        subject.reference = self.reference.map(|reference| match reference {
            ReferenceArg::Epistemic => Kind::Epistemic,
            ReferenceArg::Safety => Kind::Safety,
        });
        subject
    }

    /// Brings the words of sections about several groups to those that hold for all of them together.
    pub(super) fn settle(self, groups: &mut [Group], views: &[View<'_>], names: &Names) {
        let (true, Some(first)) = (groups.len() > 1, views.first()) else {
            return;
        };
        let level = first.settings().level;
        for section in SECTIONS {
            let audit = |at: usize, level: f64| {
                let view = views.get(at)?;
                let settings = Settings {
                    level,
                    ..*view.settings()
                };
                let view = view.under(&settings);
                objectives::audit(*section, &self.subject(&view, names, true))
            };
            let found = groups.iter_mut().map(|group| &mut group.objectives);
            let mut found: Vec<_> = found.collect();
            together::settle(*section, &mut found, level, audit);
        }
    }

    /// The kind of the published models, as the flag names it.
    pub(super) fn reference_name(self) -> Option<&'static str> {
        self.reference.map(|reference| match reference {
            ReferenceArg::Epistemic => "epistemic",
            ReferenceArg::Safety => "safety",
        })
    }
}

/// A section by its name.
pub(super) fn section(name: &str) -> Result<&'static str, String> {
    objectives::find(name).map(Section::name).ok_or_else(|| {
        let names: Vec<_> = SECTIONS.iter().map(|section| section.name()).collect();
        format!("no such section; there are {}", names.join(", "))
    })
}
