//! The warning of confidences that were rounded because there are too many distinct ones.

use crate::codes;
use crate::evidence::{Evidence, Grid, Groups, Partial};
use crate::report::Warning;
use crate::state::State;

/// What a reader of the figures should know of the log and of its evidence.
pub(super) fn told(state: &State, partial: Partial) -> impl Iterator<Item = Warning> {
    let told = state.findings.iter().filter(|found| found.is_told());
    let found = told.map(Warning::from);
    found.chain(warnings(&state.groups, partial))
}

/// One warning for all rows and one for groups, where confidences of theirs were rounded.
fn warnings(groups: &Groups, partial: Partial) -> Vec<Warning> {
    let all = rounded(groups.all(), partial).map(|(grid, moved)| warning("", grid, moved));
    let parts = groups
        .iter()
        .filter_map(|(key, group)| Some((key.join(", "), rounded(group, partial)?)));
    let parts: Vec<_> = parts.collect();
    let moved = parts.iter().map(|(_, (_, moved))| moved).sum();
    let among = parts.first().map(|(first, (grid, _))| {
        let more = match parts.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        warning(&format!("group {first}{more}: "), *grid, moved)
    });
    all.into_iter().chain(among).collect()
}

/// The grid of rounded confidences, and the answers that they moved.
fn rounded(evidence: &Evidence, partial: Partial) -> Option<(Grid, u64)> {
    let tally = evidence.tally(partial);
    Some((tally.rounding()?, tally.moved()))
}

fn warning(of: &str, grid: Grid, moved: u64) -> Warning {
    Warning {
        code: codes::ROUNDED_CONFIDENCES.id,
        message: format!(
            "{of}more than {} distinct confidences: {moved} answers count at the middle between two multiples of 1/{}, at most {:.1e} from their own confidence",
            grid.limit(),
            grid.steps(),
            grid.error()
        ),
        count: moved,
    }
}
