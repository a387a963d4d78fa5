//! `calib plan`: how many prompts a difference takes to be detected, and what the prompts there are can show.

use std::io;

use clap::Args;

use super::paths::Files;
use super::reading::{self, Reading};
use super::writing::{self, Destination, Document};
use super::{Streams, audit, rules};
use crate::cli::{Format, InputArgs, OutputArgs, ViewArgs};
use crate::codes;
use crate::comparison::{Deviation, detectable, worst_deviation};
use crate::config::share_of_percent;
use crate::error::Error;
use crate::ingest::Workers;
use crate::input::nearest;
use crate::metrics::{Contrast, METRICS, Metric, find};
use crate::render;
use crate::report::plan::{Plan, Planned, SCHEMA, Spread};
use crate::settings::Settings;

/// How far the scores of two runs on one prompt may go together, where no second run says.
const CORRELATIONS: [f64; 3] = [0.0, 0.5, 0.8];

/// The arguments of `calib plan`.
#[derive(Args, Clone, Debug)]
pub struct PlanArgs {
    /// A difference to be detected between two runs on the same prompts, such as brier=0.01; repeat for several
    #[arg(long, required = true, value_name = "METRIC=D", value_parser = size)]
    pub detect: Vec<(String, f64)>,
    /// A log or state like those to come; two of the same prompts say how far runs go together
    #[arg(long, value_name = "[LABEL=]LOG")]
    pub like: Vec<String>,
    /// Chance with which the difference is to be detected
    #[arg(long, value_name = "POWER", default_value_t = 0.8, value_parser = crate::cli::level)]
    pub power: f64,
    /// How the logs are read.
    #[command(flatten)]
    pub input: InputArgs,
    /// How the figures are computed.
    #[command(flatten)]
    pub view: ViewArgs,
    /// Where the plan goes.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// `METRIC=D`.
pub(super) fn size(text: &str) -> Result<(String, f64), String> {
    let expected = || "expected METRIC=D with D above 0, for example brier=0.01".to_owned();
    let (metric, size) = text.split_once('=').ok_or_else(expected)?;
    let size: f64 = size.parse().map_err(|_| expected())?;
    let sound = size.is_finite() && size > 0.0;
    sound
        .then(|| (metric.to_owned(), size))
        .ok_or_else(expected)
}

/// Reads the logs that are given and writes the plan.
///
/// # Errors
/// When a metric cannot be planned for, a log cannot be used, or the plan cannot be written.
pub fn run(args: &PlanArgs, streams: &mut Streams<'_>) -> anyhow::Result<()> {
    let wanted: Vec<(&'static dyn Metric, f64)> = args
        .detect
        .iter()
        .map(|(id, size)| possible(metric(id)?, *size))
        .collect::<Result<_, Error>>()?;
    if args.like.len() > 2 {
        let error = Error::new(&codes::BAD_FLAG, "--like is given more than twice");
        return Err(error
            .help("one run says how much scores vary, two how far runs go together")
            .into());
    }
    audit::check_labels(&args.like)?;
    Files::of(&args.like, &args.input, &args.output.outputs).check()?;
    rules::rules(&args.input, &args.view.by, None)?;
    let workers = Workers::new(args.input.threads.map(usize::from))?;
    let readings = reading::read_all(&args.like, &args.input, &args.view.by, &workers, streams)?;
    let plan = workers.run(|| plan(args, &wanted, &readings))?;
    let destination = Destination::of(&args.output);
    writing::write(&plan, &destination, streams)?;
    Ok(())
}

/// The metric that a flag names.
pub(super) fn named(id: &str) -> Result<&'static dyn Metric, Error> {
    find(id).ok_or_else(|| {
        let error = Error::new(&codes::BAD_FLAG, format!("there is no metric `{id}`"));
        match nearest(id, METRICS.iter().map(|metric| metric.id())) {
            Some(near) => error.help(format!("did you mean `{near}`?")),
            None => error.help("calib explain lists them all"),
        }
    })
}

fn metric(id: &str) -> Result<&'static dyn Metric, Error> {
    let metric = named(id)?;
    let why = match metric.contrast() {
        Contrast::Means(_) | Contrast::Area | Contrast::Drawn(_) => return Ok(metric),
        Contrast::Swapped(_) => {
            "it is biased upward in both runs, and its difference has no standard error"
        }
        Contrast::None(reason) => reason,
    };
    let detail = format!("`{id}` cannot be planned for: {why}");
    Err(Error::new(&codes::BAD_FLAG, detail).help("plan for brier, which miscalibration raises"))
}

/// Refuses a difference that no two runs can have.
fn possible(metric: &'static dyn Metric, size: f64) -> Result<(&'static dyn Metric, f64), Error> {
    let Some((least, greatest)) = metric.about().ends().filter(|(a, b)| size > b - a) else {
        return Ok((metric, size));
    };
    let id = metric.id();
    let detail = format!("`{id}` runs from {least} to {greatest}: no two runs differ by {size}");
    let error = Error::new(&codes::BAD_FLAG, detail);
    Err(match share_of_percent(&size.to_string()) {
        Some(hint) if greatest <= 1.0 => error.help(hint.trim_start_matches("; ")),
        _ => error.help("plan for a smaller difference"),
    })
}

fn plan(
    args: &PlanArgs,
    wanted: &[(&'static dyn Metric, f64)],
    readings: &[Reading],
) -> Result<Plan, Error> {
    let settings = audit::settings(&args.view);
    let factor = detectable(settings.level, args.power);
    let mut planned = Vec::new();
    for &(metric, size) in wanted {
        for spread in spreads(metric, readings, &settings)? {
            planned.push(entry(metric, size, factor, spread));
        }
    }
    Ok(Plan {
        schema: SCHEMA,
        calib_version: env!("CARGO_PKG_VERSION"),
        like: readings
            .iter()
            .map(|reading| reading.state.label.clone())
            .collect(),
        level: settings.level,
        power: args.power,
        planned,
    })
}

fn entry(metric: &dyn Metric, size: f64, factor: f64, spread: Spread) -> Planned {
    let needed = (spread.deviation * factor / size).powi(2).ceil();
    Planned {
        metric: metric.id(),
        difference: size,
        correlation: spread.correlation,
        // Less than two prompts have no spread; so many as not to fit are none that anyone could ask.
        ids_needed: (needed < 1e15).then_some(needed.max(2.0) as u64),
        ids: spread.ids,
        smallest_detectable: spread
            .ids
            .map(|ids| factor * spread.deviation / (ids as f64).sqrt()),
        from: spread.from,
    }
}

/// How much the difference of two runs varies from prompt to prompt: as two runs have it, or as one has it at several
/// correlations, or at worst.
fn spreads(
    metric: &'static dyn Metric,
    readings: &[Reading],
    settings: &Settings,
) -> Result<Vec<Spread>, Error> {
    let evidence: Vec<_> = readings
        .iter()
        .map(|reading| reading.state.groups.all())
        .collect();
    let undefined = |reason: Option<String>| undefined(metric, reason);
    let (deviation, ids, from) = match evidence[..] {
        [base, new] => {
            let pair = Deviation::of_pair(metric, [base, new], settings).map_err(undefined)?;
            return Ok(vec![Spread {
                correlation: None,
                deviation: pair.value,
                ids: Some(pair.prompts),
                from: "the paired differences of both logs".to_owned(),
            }]);
        }
        [one] => {
            let one = Deviation::of_one(metric, one, settings).map_err(undefined)?;
            (one.value, Some(one.prompts), "the interval of one log")
        }
        _ => (
            worst(metric)?,
            None,
            "the worst case: scores of 0 and 1, half of each",
        ),
    };
    let at = |correlation: f64| Spread {
        correlation: Some(correlation),
        deviation: deviation * (2.0 * (1.0 - correlation)).sqrt(),
        ids,
        from: from.to_owned(),
    };
    Ok(CORRELATIONS.map(at).to_vec())
}

fn undefined(metric: &dyn Metric, reason: Option<String>) -> Error {
    let reason = reason.unwrap_or_else(|| "it has no standard error".to_owned());
    let detail = format!(
        "`{}` cannot be planned for on these rows: {reason}",
        metric.id()
    );
    Error::new(&codes::NO_USABLE_ROWS, detail)
        .help("give another --like, or none for the worst case")
}

fn worst(metric: &dyn Metric) -> Result<f64, Error> {
    worst_deviation(metric).ok_or_else(|| {
        let detail = format!(
            "without a log, nothing bounds how much `{}` varies",
            metric.id()
        );
        Error::new(&codes::BAD_FLAG, detail)
            .help("pass --like LOG, a log or state of a run like those to come")
    })
}

impl Document for Plan {
    type Format = Format;

    fn inputs(&self) -> Vec<&str> {
        self.like.iter().map(String::as_str).collect()
    }

    fn write(
        &self,
        format: Format,
        options: &render::terminal::Options,
        out: &mut Vec<u8>,
    ) -> io::Result<()> {
        match format {
            Format::Text => render::terminal::plan::write(self, options, out),
            Format::Json => render::json::write_plan(self, out),
        }
    }
}
