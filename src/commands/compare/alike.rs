//! Whether the rows of two logs mean the same, so that they can be compared.

use crate::codes;
use crate::error::Error;
use crate::input::Finding;
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

/// Says of ids that have no partner which logs have rows that pair with none, though they are there.
pub(in crate::commands) fn weightless(error: Error, logs: [&State; 2]) -> Error {
    let of = |log: &State| {
        let is = |finding: &&Finding| *finding.code == codes::WEIGHTLESS_ROWS;
        log.findings.iter().find(is).map(|finding| finding.count)
    };
    logs.into_iter().fold(error, |error, log| match of(log) {
        None => error,
        Some(rows) => error.help(format!(
            "{}: rows of weight 0 ({rows}) enter no figure and pair with none; --map weight= lets them count",
            log.label
        )),
    })
}
