//! Does this model know what it knows?
//!
//! `calib` reads prediction logs (answers, confidences, abstentions, ground truth) and says how well a model's
//! confidence matches its correctness, and whether it answers what it should decline or declines what it should
//! answer. Data takes one road, in one direction:
//!
//! ```text
//! bytes ──input──▶ records ──evidence──▶ counts ──metrics──▶ numbers ──report──▶ plain data ──render──▶ text, JSON
//! ```
//!
//! A step knows the ones before it and nothing after: a metric never prints, a renderer never opens a file.
//!
//! | room | what it is for |
//! |---|---|
//! | [`input`] | bytes become validated [`record`]s |
//! | [`evidence`] | mergeable counts of records |
//! | [`ingest`] | input × evidence, in parallel |
//! | [`state`] | evidence that is kept, with what made it |
//! | [`metrics`] | every figure, with its documentation, in one registry |
//! | [`inference`] | intervals, null distributions and posterior draws |
//! | [`objectives`] | what the figures say about how a model was trained |
//! | [`maths`] | numbers without domain words |
//! | [`comparison`] | two logs of the same prompts, pair by pair |
//! | [`gate`] | limits on figures: held, broken, or not to be decided |
//! | [`recalibrate`] | curves that calibrate a confidence, and the file that carries them |
//! | [`synth`] | logs with known truth, from a seed |
//! | [`report`] | the result as plain, versioned data |
//! | [`chart`] | the report as shapes |
//! | [`render`] | the report as bytes |
//! | [`settings`] | the choices numbers depend on, with their defaults |
//! | [`cli`], [`commands`] | arguments, and one file a command |
//! | [`config`] | `calib.toml` |
//! | [`codes`], [`error`], [`exit`] | what can go wrong, how it is said, and how the program ends |

pub mod chart;
pub mod cli;
pub mod codes;
pub mod commands;
pub mod comparison;
pub mod config;
pub mod error;
pub mod evidence;
pub mod exit;
pub mod gate;
pub mod inference;
pub mod ingest;
pub mod input;
pub mod maths;
pub mod metrics;
pub mod objectives;
pub mod recalibrate;
pub mod record;
pub mod render;
pub mod report;
pub mod settings;
pub mod state;
pub mod synth;

use std::ffi::OsString;
use std::panic::{AssertUnwindSafe, catch_unwind};

use commands::{Streams, Terminal};
use exit::Exit;

/// Runs the command line on the streams of the process; a panic becomes [`Exit::Bug`].
#[must_use]
pub fn main(arguments: impl IntoIterator<Item = OsString>) -> Exit {
    let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
    let arguments: Vec<_> = arguments.into_iter().collect();
    catch_unwind(AssertUnwindSafe(|| {
        let mut streams = Streams {
            out: &mut out,
            err: &mut err,
            terminal: Terminal::detect(),
        };
        run(arguments, &mut streams)
    }))
    .unwrap_or_else(|_| {
        use std::io::Write;
        let mut err = std::io::stderr();
        // Where not even this can be said, the exit code says it.
        let _ = writeln!(
            err,
            "this is a bug in calib {}: please report it with the message above",
            env!("CARGO_PKG_VERSION")
        );
        Exit::Bug
    })
}

/// Runs one command line and says how it ended. Reports go to `streams.out`, everything else to `streams.err`.
pub fn run(arguments: impl IntoIterator<Item = OsString>, streams: &mut Streams<'_>) -> Exit {
    use commands::configuration::Refused;
    let result = match commands::configuration::parse(arguments.into_iter().collect()) {
        Ok(cli) => match cli.command {
            cli::Command::Audit(args) => commands::audit::run(&args, streams).map(|()| Exit::Done),
            cli::Command::Apply(args) => commands::apply::run(&args, streams).map(|()| Exit::Done),
            cli::Command::Compare(args) => {
                commands::compare::run(&args, streams).map(|()| Exit::Done)
            }
            cli::Command::Gate(args) => commands::gate::run(&args, streams),
            cli::Command::Fit(args) => commands::fit::run(&args, streams).map(|()| Exit::Done),
            cli::Command::Check(args) => commands::check::run(&args, streams),
            cli::Command::Merge(args) => commands::merge::run(&args, streams).map(|()| Exit::Done),
            cli::Command::Plan(args) => commands::plan::run(&args, streams).map(|()| Exit::Done),
            cli::Command::Init(args) => commands::init::run(&args, streams).map(|()| Exit::Done),
            cli::Command::Synth(args) => commands::synth::run(&args, streams).map(|()| Exit::Done),
            cli::Command::Explain(args) => {
                commands::explain::run(&args, streams).map(|()| Exit::Done)
            }
            cli::Command::Schema(args) => {
                commands::schema::run(&args, streams).map(|()| Exit::Done)
            }
        },
        Err(Refused::Usage(usage)) => commands::usage(&usage, streams),
        Err(Refused::Config(error)) => Err(error.into()),
    };
    let error = match result {
        Ok(exit) => return exit,
        Err(error) => error,
    };
    // Where not even the error can be said, the exit code says it.
    let _ = writeln!(streams.err, "{error}");
    // Every foreseen error is one of ours; another that came this far is a bug.
    error
        .downcast_ref::<error::Error>()
        .map_or(Exit::Bug, |error| error.exit())
}
