//! States of version 2, which are still read: they hold no confidences of rows that nobody graded.

use serde::{Deserialize, Serialize};

use super::{Flags, Input, State};
use crate::evidence::Groups2;
use crate::input::{Definition, Finding};
use crate::record::Names;

/// [`State`] of version 2.
#[derive(Serialize, Deserialize)]
pub(super) struct State2 {
    label: String,
    inputs: Vec<Input>,
    definition: Definition,
    flags: Flags,
    findings: Vec<Finding>,
    groups: Groups2,
    names: Names,
}

impl From<State2> for State {
    /// What is missing is asked for by one flag of calib fit, which says so.
    fn from(old: State2) -> Self {
        let State2 {
            label,
            inputs,
            definition,
            flags,
            findings,
            groups,
            names,
        } = old;
        Self {
            label,
            inputs,
            definition,
            flags,
            findings,
            groups: groups.into(),
            names,
        }
    }
}
