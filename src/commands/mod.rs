//! The commands: one file each, with its arguments and its `run`. Shared steps: reading a log, writing a report.

pub mod apply;
pub mod audit;
pub mod check;
pub mod compare;
pub mod configuration;
mod draft;
pub mod explain;
pub mod fit;
pub mod gate;
pub mod init;
pub mod merge;
mod model;
mod paths;
pub mod plan;
mod presets;
mod progress;
mod reading;
mod recalibrated;
mod repeated;
mod replacing;
mod rounded;
mod rules;
mod run;
mod saved;
pub mod schema;
mod signals;
pub mod synth;
mod told;
mod writing;

use std::io::{IsTerminal, Write};

use clap::error::ErrorKind;

use crate::exit::Exit;
use crate::render::escape::{Charset, Untrusted, is_runner_command};

/// Where a command writes.
pub struct Streams<'s> {
    /// For the report.
    pub out: &'s mut dyn Write,
    /// For everything else.
    pub err: &'s mut dyn Write,
    /// What is known of the place.
    pub terminal: Terminal,
}

/// What the environment says of standard output and error.
pub struct Terminal {
    /// Whether the report goes to a terminal that shows colour.
    pub out_colour: bool,
    /// Whether a person watches standard error.
    pub err_is_terminal: bool,
    /// Columns of the terminal, where known.
    pub columns: Option<u16>,
    /// Whether the locale is one without Unicode.
    pub ascii: bool,
}

impl Terminal {
    /// Looks at `NO_COLOR`, `CLICOLOR_FORCE`, `TERM`, `COLUMNS`, the locale and the streams themselves.
    #[must_use]
    pub fn detect() -> Self {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
            .into_iter()
            .find_map(variable);
        let columns = variable("COLUMNS").and_then(|columns| columns.parse().ok());
        Self {
            out_colour: anstream::AutoStream::choice(&std::io::stdout())
                != anstream::ColorChoice::Never,
            err_is_terminal: std::io::stderr().is_terminal(),
            columns: columns.or_else(|| terminal_size::terminal_size().map(|(width, _)| width.0)),
            ascii: locale.is_some_and(|locale| matches!(locale.as_str(), "C" | "POSIX")),
        }
    }
}

/// Answers a command line that is a request for help, or has no meaning.
///
/// # Errors
/// When help was asked for and standard output cannot be written.
pub fn usage(usage: &clap::Error, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let asked = matches!(
        usage.kind(),
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion
    );
    if asked {
        let text = usage.render();
        let text = if streams.terminal.out_colour {
            text.ansi().to_string()
        } else {
            text.to_string()
        };
        writing::to_stdout(text.as_bytes(), streams)?;
        return Ok(Exit::Done);
    }
    // What was typed may hold anything, also a line break before words that a CI runner would obey.
    for line in usage.render().to_string().lines() {
        let guard = if is_runner_command(line) { "\\" } else { "" };
        let line = Untrusted(line).escaped(Charset::Unicode);
        let _ = writeln!(streams.err, "{guard}{line}");
    }
    Ok(Exit::Usage)
}
