//! `calib merge`: states of the parts of a log become the state of the whole.

use std::collections::BTreeSet;
use std::path::PathBuf;

use clap::Args;

use super::paths::Files;
use super::reading::{self, Reading};
use super::{Streams, saved};
use crate::cli::InputArgs;
use crate::codes;
use crate::error::Error;
use crate::ingest::Workers;
use crate::input::Log;
use crate::render::escape::{Charset, Untrusted};
use crate::state::State;

/// The arguments of `calib merge`.
#[derive(Args, Clone, Debug)]
pub struct MergeArgs {
    /// Parts of one log: states, or logs that are read first
    #[arg(required = true, value_name = "STATE")]
    pub states: Vec<String>,
    /// The state of all of them
    #[arg(short, long, value_name = "FILE.calib", value_parser = saved::state_path)]
    pub output: PathBuf,
    /// Fields whose values are kept apart
    #[arg(long, value_name = "FIELD", value_delimiter = ',')]
    pub by: Vec<String>,
    /// How logs are read.
    #[command(flatten)]
    pub input: InputArgs,
    /// No progress on standard error
    #[arg(short, long)]
    pub quiet: bool,
}

/// Opens the states, adds them up and writes their sum.
///
/// # Errors
/// When one cannot be read, they do not belong together, or the sum cannot be written.
pub fn run(args: &MergeArgs, streams: &mut Streams<'_>) -> anyhow::Result<()> {
    streams.terminal.err_is_terminal &= !args.quiet;
    saved::refuse_repeated(&args.states)?;
    refuse_labels(&args.states)?;
    let named = Files {
        logs: args.states.iter().map(String::as_str).collect(),
        model: None,
        input: &args.input,
        outputs: vec![&args.output],
    };
    named.check()?;
    let workers = Workers::new(args.input.threads.map(usize::from))?;
    let mut readings = Vec::new();
    for part in &args.states {
        // Without --by, states keep the groups that they hold.
        let read = match args.by.is_empty() {
            true => reading::read_as_held,
            false => reading::read,
        };
        readings.push(read(part, &args.input, &args.by, &workers, streams)?);
    }
    saved::refuse_idle_flags(&args.input, &readings)?;
    let overlap = overlap(&readings);
    let (states, files): (Vec<_>, Vec<_>) = readings
        .into_iter()
        .map(|reading| (reading.state, reading.saved))
        .unzip();
    let labels: BTreeSet<_> = states.iter().map(|state: &State| &state.label).collect();
    let one_label = labels.len() == 1;
    let mut whole = State::merged(states)?;
    if !one_label {
        whole.label = args.output.to_string_lossy().into_owned();
    }
    saved::save(&whole, &files.concat(), &args.output)?;
    for path in overlap {
        let path = Untrusted(&path).escaped(Charset::Unicode);
        // What cannot be said on standard error changes nothing of the sum.
        let _ = writeln!(
            streams.err,
            "warning: several of the states were made from {path}: where it had the same rows, they count twice"
        );
    }
    Ok(())
}

/// What is added up is one log, whose parts have no labels of their own; one label for all is that of the log.
fn refuse_labels(states: &[String]) -> Result<(), Error> {
    let labels = states.iter().filter(|state| Log::label(state) != *state);
    let labels: BTreeSet<&str> = labels.map(|state| Log::label(state)).collect();
    if labels.len() < 2 {
        return Ok(());
    }
    let labels: Vec<&str> = labels.into_iter().collect();
    let detail = format!(
        "the parts of a merge become one log, and these are labelled {}",
        labels.join(" and ")
    );
    Err(Error::new(&codes::BAD_FLAG, detail).help(
        "name the parts without labels; to tell models apart, leave them in states of their own",
    ))
}

/// The logs that several parts were made from: they may be the same rows, which would count twice, or those of
/// another day.
fn overlap(readings: &[Reading]) -> BTreeSet<String> {
    let pairs = readings.iter().enumerate().flat_map(|(at, reading)| {
        let others = readings.get(at + 1..).unwrap_or_default().iter();
        others.map(move |other| (reading, other))
    });
    let shared = pairs.flat_map(|(one, other)| one.state.shared_inputs(&other.state));
    shared.map(str::to_owned).collect()
}
