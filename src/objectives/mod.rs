//! What the figures say about the objective a model was trained on.

mod answers;
pub mod before_after;
pub mod direction;
pub mod drift;
pub mod flips;
pub mod formats;
pub mod incentives;
mod retention;
pub mod rollouts;
mod rows;
mod section;
pub mod synthesis;
pub mod together;
pub mod utility;

pub use direction::Direction;
pub use drift::Drift;
pub use formats::Formats;
pub use incentives::{Incentives, Scheme};
pub use rollouts::Rollouts;
pub use section::{
    About, Column, Costs, Need, Section, Subject, audit, audit_asked, unmet, usable,
};
pub use synthesis::Synthesis;
pub use utility::Utility;

use std::collections::BTreeMap;

use crate::report::Objective;

/// Every section, in the order of the report.
pub const SECTIONS: &[&dyn Section] = &[
    &Direction,
    &Incentives,
    &Rollouts,
    &Utility,
    &Formats,
    &Drift,
    // Looks at what the others found.
    &Synthesis,
];

/// The section of this name.
#[must_use]
pub fn find(name: &str) -> Option<&'static dyn Section> {
    SECTIONS
        .iter()
        .copied()
        .find(|section| section.name() == name)
}

/// What every section finds for which the columns are there; those `asked` for say what they lack. The later ones see
/// what the earlier ones found.
#[must_use]
pub fn objectives(
    mut subject: Subject<'_>,
    asked: &[&'static str],
) -> BTreeMap<&'static str, Objective> {
    for section in SECTIONS {
        let objective = match asked.contains(&section.name()) {
            true => Some(audit_asked(*section, &subject)),
            false => audit(*section, &subject),
        };
        if let Some(objective) = objective {
            subject.found.insert(section.name(), objective);
        }
    }
    subject.found
}
