//! `calib check` on a saved state: there are no rows to look at, only what was made of them.

use std::io;

use super::super::reading::Reading;
use super::super::rounded;
use super::super::writing::Document;
use crate::cli::{CheckFormat, CheckOutputArgs};
use crate::codes;
use crate::error::Error;
use crate::evidence::Partial;
use crate::input::Definition;
use crate::render;
use crate::report::state::{Choice, SCHEMA, SavedState};
use crate::state::VERSION;

/// What is known of a state.
pub(super) fn describe(reading: &Reading) -> SavedState {
    let state = &reading.state;
    let (groups, items) = (&state.groups, state.groups.all().items());
    // Against a definition that says nothing, all that this one says is a difference.
    let choices = state.definition.differences(&Definition::default());
    let made_with = choices.into_iter().map(|choice| Choice {
        what: choice.what,
        value: choice.ours,
    });
    SavedState {
        schema: SCHEMA,
        calib_version: env!("CARGO_PKG_VERSION"),
        files: reading.saved.clone(),
        format: VERSION,
        label: state.label.clone(),
        inputs: reading.inputs(Partial::default()),
        made_with: made_with.collect(),
        by: state.definition.by.clone(),
        groups: groups.iter().count() as u64,
        items: items.len() as u64,
        folded: items.is_folded(),
        warnings: rounded::told(state, Partial::default()).collect(),
    }
}

/// Formats that annotate bad rows have nothing to say of a state.
pub(super) fn refuse_formats(output: &CheckOutputArgs) -> Result<(), Error> {
    let exports = output.outputs.iter().map(|output| output.format);
    let formats = exports.chain([output.format]);
    for format in formats {
        let name = match format {
            CheckFormat::Text | CheckFormat::Json => continue,
            CheckFormat::Github => "github",
            CheckFormat::Sarif => "sarif",
        };
        let detail = format!("{name} annotates the rows of a log, and a saved state has none");
        return Err(Error::new(&codes::BAD_FLAG, detail).help("use text or json"));
    }
    Ok(())
}

impl Document for SavedState {
    type Format = CheckFormat;

    fn inputs(&self) -> Vec<&str> {
        let logs = self.inputs.iter().map(|input| &input.path);
        logs.chain(&self.files).map(String::as_str).collect()
    }

    fn write(
        &self,
        format: CheckFormat,
        options: &render::terminal::Options,
        out: &mut Vec<u8>,
    ) -> io::Result<()> {
        match format {
            CheckFormat::Text => render::terminal::state::write(self, options, out),
            CheckFormat::Json | CheckFormat::Github | CheckFormat::Sarif => {
                render::json::write_state(self, out)
            }
        }
    }
}
