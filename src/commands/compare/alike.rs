//! Whether the rows of two logs mean the same, so that they can be compared.

use crate::codes;
use crate::error::Error;
use crate::report::Warning;
use crate::state::{self, State};

/// Refuses evidence whose answers or confidences mean other things.
pub(in crate::commands) fn check([base, new]: [&State; 2]) -> Result<(), Error> {
    let differences = base.definition.differences_in_meaning(&new.definition);
    match differences.as_slice() {
        [] => Ok(()),
        _ => Err(state::made_differently(
            &base.label,
            &new.label,
            &differences,
        )),
    }
}

/// What is said of logs that were filtered differently: two models of one log, or two sets of prompts.
pub(in crate::commands) fn filtered_apart([base, new]: [&State; 2]) -> Option<Warning> {
    let difference = base.definition.difference_in_filters(&new.definition)?;
    let (ours, theirs) = (difference.ours, difference.theirs);
    Some(Warning {
        code: codes::FILTERED_APART.id,
        message: format!(
            "--where was {ours} for {} and {theirs} for {}: the ids in both are compared",
            base.label, new.label
        ),
        count: 1,
    })
}
