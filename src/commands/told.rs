//! What a report tells of training objectives, as flags ask for it.

use std::collections::BTreeMap;

use crate::cli::reference::ReferenceArg;
use crate::metrics::View;
use crate::objectives::{self, SECTIONS, Section, Subject};
use crate::record::{Kind, Names};
use crate::report::Objective;

/// What is asked for.
#[derive(Clone, Copy, Default)]
pub(super) struct Told<'a> {
    /// Sections that are told even where they lack columns.
    pub(super) sections: &'a [&'static str],
    /// The kind of prompts whose published models stand beside the log.
    pub(super) reference: Option<ReferenceArg>,
}

impl Told<'_> {
    /// What the sections find in some rows.
    pub(super) fn of(self, view: &View<'_>, names: &Names) -> BTreeMap<&'static str, Objective> {
        let subject = Subject {
            view,
            names,
            reference: self.reference.map(|reference| match reference {
                ReferenceArg::Epistemic => Kind::Epistemic,
                ReferenceArg::Safety => Kind::Safety,
            }),
        };
        objectives::objectives(&subject, self.sections)
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
