//! `calib check`: how a log would be read, without a report on it.

mod ability;
mod found;
mod pinned;
mod state;

use std::io;

use clap::Args;

use super::paths::{self, Files};
use super::reading::{self, Found, Manner};
use super::writing::{self, Destination, Document};
use super::{Streams, check::found::Checked, configuration, saved};
use crate::cli::{CheckFormat, CheckOutputArgs, InputArgs};
use crate::error::Error;
use crate::exit::Exit;
use crate::ingest::Workers;
use crate::render;
use crate::report::check::Check;

/// The arguments of `calib check`.
#[derive(Args, Clone, Debug)]
pub struct CheckArgs {
    /// The log: a file, `-`, a quoted pattern or a directory
    #[arg(value_name = "[LABEL=]LOG")]
    pub log: String,
    /// How the log is read.
    #[command(flatten)]
    pub input: InputArgs,
    /// Where the result goes.
    #[command(flatten)]
    pub output: CheckOutputArgs,
}

/// Reads the log and says how; ends as an audit with the same flags would.
///
/// # Errors
/// When a flag has no meaning, the log cannot be read to its end, or the result cannot be written.
pub fn run(args: &CheckArgs, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    streams.terminal.err_is_terminal &= !args.output.quiet;
    let named = Files {
        logs: vec![&args.log],
        model: None,
        input: &args.input,
        outputs: paths::of_reports(&args.output.outputs),
    };
    named.check()?;
    let workers = Workers::new(args.input.threads.map(usize::from))?;
    let by = configuration::by(args.input.config_file());
    let destination = Destination {
        format: args.output.format,
        outputs: &args.output.outputs,
        look: &args.output.look,
        all: false,
        hints: !args.output.quiet,
    };
    let manner = Manner {
        sampled: true,
        ..Manner::default()
    };
    let rows = match reading::find(&args.log, &args.input, &by, &manner, &workers, streams)? {
        Found::Rows(rows) => rows,
        Found::State(reading) => {
            saved::refuse_idle_flags(&args.input, std::slice::from_ref(&reading))?;
            state::refuse_formats(&args.output)?;
            writing::write(&state::describe(&reading), &destination, streams)?;
            return Ok(Exit::Done);
        }
    };
    let refusal = reading::judge(&args.log, &rows).err();
    let exit = refusal.as_ref().map_or(Exit::Done, Error::exit);
    let check = Checked {
        args,
        rows: &rows,
        findings: rows.findings(),
        refusal: refusal.as_ref(),
    }
    .check();
    writing::write(&check, &destination, streams)?;
    Ok(exit)
}

impl Document for Check {
    type Format = CheckFormat;

    fn inputs(&self) -> Vec<&str> {
        self.files.iter().map(|file| file.path.as_str()).collect()
    }

    fn write(
        &self,
        format: CheckFormat,
        options: &render::terminal::Options,
        out: &mut Vec<u8>,
    ) -> io::Result<()> {
        match format {
            CheckFormat::Text => render::terminal::check::write(self, options, out),
            CheckFormat::Json => render::json::write_check(self, out),
            CheckFormat::Github => render::github::write(self, out),
            CheckFormat::Sarif => render::sarif::write(self, out),
        }
    }
}
