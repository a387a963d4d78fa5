//! States of the parts of a log become the state of the whole.

use super::{Input, State, joined_flags};
use crate::codes;
use crate::error::Error;
use crate::evidence::{Conduct, Groups};
use crate::input::{Difference, Finding, without_confidence};
use crate::record::Abstained;

impl State {
    /// The state of all rows of these; their order does not matter.
    ///
    /// # Errors
    /// When there is none, when they were made differently, or hold the same rows.
    pub fn merged(mut states: Vec<Self>) -> Result<Self, Error> {
        let order = |state: &Self| {
            let paths = state.inputs.iter().map(|input| input.path.clone());
            (paths.collect::<Vec<_>>(), state.label.clone())
        };
        states.sort_by_cached_key(order);
        refuse_twice(&states)?;
        let flags = joined_flags(states.iter().map(|state| &state.flags));
        let mut states = states.into_iter();
        let Some(mut whole) = states.next() else {
            return Err(Error::new(&codes::BAD_FLAG, "no state is named"));
        };
        whole.flags = flags;
        for state in states {
            whole.add(state)?;
        }
        whole.settle();
        whole.check().map_err(super::format::damaged)?;
        Ok(whole)
    }

    fn add(&mut self, other: Self) -> Result<(), Error> {
        let mut differences = self.definition.differences(&other.definition);
        differences.extend(self.definition.difference_in_groups(&other.definition));
        if !differences.is_empty() {
            return Err(made_differently(self.name(), other.name(), &differences));
        }
        self.groups.merge(other.groups).map_err(|_| {
            let detail = format!("together they have more than {} groups", Groups::LIMIT);
            Error::new(&codes::TOO_MANY_GROUPS, detail).help(codes::TOO_MANY_GROUPS.remedy)
        })?;
        self.names.merge(other.names);
        self.inputs.extend(other.inputs);
        self.inputs.sort_by(|a, b| a.path.cmp(&b.path));
        for finding in other.findings {
            join(&mut self.findings, finding);
        }
        Ok(())
    }

    /// Says of the whole what was said of parts without a column that other parts have.
    fn settle(&mut self) {
        let lacks = |finding: &Finding| *finding.code == codes::NO_CONFIDENCE;
        let Some(first) = self.findings.iter().position(lacks) else {
            return;
        };
        let behaviour = self.groups.all().behaviour();
        if behaviour.total(|conduct| conduct.confident).rows == 0 {
            // Parts name the columns that each of them has: once is enough.
            let mut at = 0..;
            self.findings
                .retain(|finding| at.next() == Some(first) || !lacks(finding));
            return;
        }
        self.findings.retain(|finding| !lacks(finding));
        let known = |finding: &Finding| *finding.code == codes::CONFIDENCE_MISSING;
        let answered = |conduct: &Conduct| conduct.abstained == Abstained::No && !conduct.confident;
        let missing = behaviour.total(answered).rows;
        let told = self.findings.iter().filter(|finding| known(finding));
        let told: u64 = told.map(|finding| finding.count).sum();
        if missing > told {
            join(&mut self.findings, without_confidence(missing - told, ""));
        }
    }

    /// What messages call it.
    fn name(&self) -> &str {
        match self.inputs.as_slice() {
            [Input { path, .. }] if path != "-" => path,
            _ => &self.label,
        }
    }

    /// Logs that both states are of.
    #[must_use]
    pub fn shared_inputs(&self, other: &Self) -> Vec<&str> {
        let named = |path: &str| path != "-" && other.inputs.iter().any(|input| input.path == path);
        let paths = self.inputs.iter().map(|input| input.path.as_str());
        paths.filter(|path| named(path)).collect()
    }
}

/// Evidence that is the same, of logs of one name, is the same rows.
fn refuse_twice(states: &[State]) -> Result<(), Error> {
    for (at, state) in states.iter().enumerate() {
        for other in states.get(at + 1..).unwrap_or_default() {
            let shared = state.shared_inputs(other);
            if let Some(path) = shared.first().filter(|_| state.groups == other.groups) {
                let detail = format!("two states hold the same evidence of {path}");
                let error = Error::new(&codes::COUNTED_TWICE, detail);
                return Err(error.help(codes::COUNTED_TWICE.remedy));
            }
        }
    }
    Ok(())
}

/// The error of evidence that two states hold and that does not belong together.
#[must_use]
pub fn made_differently(ours: &str, theirs: &str, differences: &[Difference]) -> Error {
    let said: Vec<_> = differences
        .iter()
        .map(|difference| {
            format!(
                "{}: {} in {ours}, {} in {theirs}",
                difference.what, difference.ours, difference.theirs
            )
        })
        .collect();
    Error::new(&codes::MADE_DIFFERENTLY, said.join("; ")).help(codes::MADE_DIFFERENTLY.remedy)
}

fn join(findings: &mut Vec<Finding>, finding: Finding) {
    let mut left = Some(finding);
    for known in findings.iter_mut() {
        let Some(finding) = left.take() else { return };
        left = known.merge(finding);
    }
    findings.extend(left);
}
