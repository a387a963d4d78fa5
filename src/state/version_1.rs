//! States of version 1, which are still read: they hold no rows for the objectives and nothing by task.

use serde::{Deserialize, Serialize};

use super::{Flags, Input, State};
use crate::codes;
use crate::evidence::Groups1;
use crate::input::{Definition, Finding};
use crate::record::Names;

/// [`State`] of version 1.
#[derive(Serialize, Deserialize)]
pub(super) struct State1 {
    label: String,
    inputs: Vec<Input>,
    definition: Definition,
    flags: Flags,
    findings: Vec<Finding>,
    groups: Groups1,
}

impl From<State1> for State {
    /// What is missing is said.
    fn from(old: State1) -> Self {
        let State1 {
            label,
            inputs,
            definition,
            flags,
            mut findings,
            groups,
        } = old;
        findings.push(Finding::once(
            &codes::OLDER_STATE,
            "a state of version 1 holds no rows for the objectives, and no counts by task",
        ));
        Self {
            label,
            inputs,
            definition,
            flags,
            findings,
            groups: groups.into(),
            names: Names::default(),
        }
    }
}
