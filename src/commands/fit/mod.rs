//! `calib fit`: a curve that mends confidences after training, chosen and judged out of fold, and a threshold with what it
//! promises.

pub mod about;
mod build;
mod entries;
mod goal;
pub(super) mod hash;

use std::io;
use std::path::PathBuf;

use clap::Args;

use super::paths::Files;
use super::reading::{Found, Manner, Reading};
use super::writing::{self, Destination, Document};
use super::{Streams, reading, rules, saved};
use crate::cli::{FittingArgs, Format, InputArgs, LookArgs};
use crate::codes;
use crate::error::Error;
use crate::ingest::Workers;
use crate::input::{Role, nearest};
use crate::recalibrate::{CALIBRATORS, METHODS, Method, Model};
use crate::render;
use crate::report::fit::Fit;

/// The arguments of `calib fit`.
#[derive(Args, Clone, Debug)]
pub struct FitArgs {
    /// Log or state to fit on: a file, `-`, a quoted pattern or a directory
    #[arg(value_name = "[LABEL=]LOG")]
    pub log: String,
    /// The model file
    #[arg(short, long, value_name = "MODEL.json", value_parser = saved::state_path, help_heading = "Output")]
    pub output: PathBuf,
    /// Method: auto is the simplest within one standard error of the best out of fold. See calib explain recalibration
    #[arg(long, value_name = "auto|NAME", default_value = "auto", value_parser = method, help_heading = "Fit")]
    pub method: Chosen,
    /// Answer where it pays: what a wrong answer costs, where a right one earns 1
    #[arg(long, allow_hyphen_values = true, value_name = "COST", value_parser = crate::cli::cost, help_heading = "Fit", group = "goal")]
    pub cost_wrong: Option<f64>,
    /// What an abstention costs [default: 0]
    #[arg(long, value_name = "COST", value_parser = crate::cli::abstention_cost, requires = "cost_wrong", allow_hyphen_values = true, help_heading = "Fit")]
    pub cost_abstain: Option<f64>,
    /// Answer as much as keeps the share of wrong answers at R or below, with the confidence of --level
    #[arg(long, allow_hyphen_values = true, value_name = "R", value_parser = limit, help_heading = "Fit", group = "goal")]
    pub target_risk: Option<f64>,
    /// Answer this share of the graded answers with a confidence; of all rows it is less where others are declined
    #[arg(long, allow_hyphen_values = true, value_name = "C", value_parser = coverage, help_heading = "Fit", group = "goal")]
    pub target_coverage: Option<f64>,
    /// Answer at most this share of the prompts that should be declined, with the confidence of --level
    #[arg(long, allow_hyphen_values = true, value_name = "R", value_parser = limit, help_heading = "Fit", group = "goal")]
    pub target_over_answer: Option<f64>,
    /// How the log is read.
    #[command(flatten)]
    pub input: InputArgs,
    /// How the figures are computed.
    #[command(flatten)]
    pub view: FittingArgs,
    /// Format of the report on standard output
    #[arg(short, long, value_enum, default_value_t = Format::Text, help_heading = "Output")]
    pub format: Format,
    /// What it looks like.
    #[command(flatten)]
    pub look: LookArgs,
    /// No progress on standard error and no hints in the text
    #[arg(short, long, help_heading = "Output")]
    pub quiet: bool,
}

/// `--method`.
#[derive(Clone, Copy, Debug)]
pub enum Chosen {
    /// What the log asks for.
    Auto,
    /// This one.
    Method(&'static Method),
}

/// A share that a bound can be looked for at.
fn limit(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(0.0) => Err("no number of answers shows that none is amiss: expected a share above 0 and below 1, for example 0.05".to_owned()),
        _ => crate::cli::level(text),
    }
}

/// A share of answers that leaves some out.
fn coverage(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(1.0) => Err("without a threshold everything is answered: leave the flag out, or give a share above 0 and below 1, for example 0.8".to_owned()),
        _ => crate::cli::level(text),
    }
}

fn method(name: &str) -> Result<Chosen, String> {
    if name == "auto" {
        return Ok(Chosen::Auto);
    }
    let known = CALIBRATORS.iter().find(|method| method.id == name);
    known.map(Chosen::Method).ok_or_else(|| {
        let near = nearest(name, METHODS.iter().copied());
        let near = near.map_or_else(String::new, |near| format!("; did you mean {near}?"));
        format!("expected auto, {}{near}", METHODS.join(", "))
    })
}

/// Reads the log, fits, writes the model file, then the report.
///
/// # Errors
/// When a flag has no meaning, the log cannot be used or has no method, or a file cannot be written.
pub fn run(args: &FitArgs, streams: &mut Streams<'_>) -> anyhow::Result<()> {
    refuse_idle(args)?;
    let named = Files {
        logs: vec![&args.log],
        model: None,
        input: &args.input,
        outputs: vec![&args.output],
    };
    named.check_apart()?;
    streams.terminal.err_is_terminal &= !args.quiet;
    rules::rules(&args.input, &args.view.by, None)?;
    let workers = Workers::new(args.input.threads.map(usize::from))?;
    let reading = read(args, &workers, streams)?;
    refuse_outcomes(&reading, &args.view.by)?;
    let sha256 = hash::of(&reading)?;
    let (model, report) = workers.run(|| build::fit(args, &reading, sha256))?;
    let mut bytes = Vec::new();
    let path = args.output.to_string_lossy();
    let unwritable = |error: &io::Error| writing::cannot_write(&path, error);
    render::model::write(&model, &mut bytes).map_err(|error| unwritable(&error))?;
    // What calib apply would refuse is not written.
    Model::parse(&String::from_utf8_lossy(&bytes), &path)?;
    writing::to_file(&bytes, &report.inputs(), &args.output)?;
    let destination = Destination {
        format: args.format,
        outputs: &[],
        look: &args.look,
        all: false,
        hints: !args.quiet,
    };
    writing::write(&report, &destination, streams)?;
    Ok(())
}

/// The log, of which a curve needs no texts.
fn read(args: &FitArgs, workers: &Workers, streams: &mut Streams<'_>) -> Result<Reading, Error> {
    let (log, by) = (&args.log, &args.view.by);
    let manner = Manner {
        textless: true,
        ..Manner::default()
    };
    match reading::find(log, &args.input, by, &manner, workers, streams)? {
        Found::Rows(rows) => reading::accepted(log, *rows, streams),
        Found::State(reading) => {
            let reading = saved::by(*reading, by)?;
            saved::refuse_idle_flags(&args.input, std::slice::from_ref(&reading))?;
            Ok(reading)
        }
    }
}

/// What an abstention costs says nothing where no answer costs anything.
fn refuse_idle(args: &FitArgs) -> Result<(), Error> {
    match (args.cost_abstain, args.cost_wrong) {
        (Some(_), None) => {
            let detail = "--cost-abstain has a meaning beside --cost-wrong alone";
            Err(Error::new(&codes::BAD_FLAG, detail)
                .help("pass --cost-wrong as well, or leave --cost-abstain out"))
        }
        _ => Ok(()),
    }
}

/// Roles of what is known only once an answer was given and judged.
const OUTCOMES: [Role; 7] = [
    Role::Confidence,
    Role::Correct,
    Role::Abstained,
    Role::ShouldAbstain,
    Role::Grade,
    Role::HumanLabel,
    Role::ForcedCorrect,
];

/// A curve is chosen by the group of a row, which must be known before its outcome is.
fn refuse_outcomes(reading: &Reading, by: &[String]) -> Result<(), Error> {
    for input in &reading.state.inputs {
        let serves = |role: &Role, field: &String| input.mapping.get(role.name()) == Some(field);
        for field in by {
            if let Some(role) = OUTCOMES.iter().find(|role| serves(role, field)) {
                let detail = format!(
                    "--by {field} parts the rows by {}, which is not known where a curve is applied",
                    role.name()
                );
                return Err(Error::new(&codes::BAD_FLAG, detail).help(
                    "part them by what is known before an answer is judged, such as its task",
                ));
            }
        }
    }
    Ok(())
}

impl Document for Fit {
    type Format = Format;

    fn inputs(&self) -> Vec<&str> {
        self.inputs.iter().map(String::as_str).collect()
    }

    fn write(
        &self,
        format: Format,
        options: &render::terminal::Options,
        out: &mut Vec<u8>,
    ) -> io::Result<()> {
        match format {
            Format::Text => render::terminal::fit::write(self, options, out),
            Format::Json => render::json::write_fit(self, out),
        }
    }
}
