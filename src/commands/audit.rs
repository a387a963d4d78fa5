//! `calib audit`: the report on one or more logs.

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use clap::Args;

use super::paths::{self, Files};
use super::reading::{self, Reading};
use super::recalibrated;
use super::run::run_of;
use super::told::{self, Told};
use super::writing::{self, Destination, Document};
use super::{Streams, rounded, rules, saved};
use crate::cli::reference::ReferenceArg;
use crate::cli::{
    BinningArg, CompatArg, CostArgs, EdgesArg, Format, InputArgs, OutputArgs, PartialArg, RatesArg,
    ViewArgs,
};
use crate::codes;
use crate::error::Error;
use crate::evidence::{LOG_CLIP, Partial};
use crate::inference::misclassification::{Correction, Judge};
use crate::ingest::Workers;
use crate::input::Log;
use crate::metrics::{COMPAT, answered_sets};
use crate::render;
use crate::report::{self, Report, SettingsUsed, Warning};
use crate::settings::{Binning, Edges, Rates, Settings, Tool};
use crate::state::joined_flags;

/// The arguments of `calib audit`.
#[derive(Args, Clone, Debug)]
pub struct AuditArgs {
    /// Logs to audit, each one run: a file, `-`, a quoted pattern or a directory
    #[arg(required = true, value_name = "[LABEL=]LOG")]
    pub logs: Vec<String>,
    /// How the logs are read.
    #[command(flatten)]
    pub input: InputArgs,
    /// How the figures are computed.
    #[command(flatten)]
    pub view: ViewArgs,
    /// What answers and silence cost, for the audits of incentives and utility.
    #[command(flatten)]
    pub costs: CostArgs,
    /// Where the report goes.
    #[command(flatten)]
    pub output: OutputArgs,
    /// Show this audit of a claim about training objectives alone, in full, and what it lacks; repeat for several
    #[arg(long = "section", value_name = "NAME", value_parser = told::section, help_heading = "Output")]
    pub sections: Vec<&'static str>,
    /// Draw published models on the failure map, and list those nearest; their prompts were others
    #[arg(long, value_name = "KIND", value_enum, help_heading = "Output")]
    pub reference: Option<ReferenceArg>,
    /// Show the figures before and after the recalibration of a model that calib fit wrote; one log at a time
    #[arg(long = "with", value_name = "MODEL.json", help_heading = "Figures", conflicts_with_all = ["sections", "reference"])]
    pub model: Option<String>,
    /// Keep the evidence as a state, which can be audited, compared and merged without the log
    #[arg(long, value_name = "FILE.calib", value_parser = saved::state_path, help_heading = "Output")]
    pub save: Option<PathBuf>,
}

/// Reads the logs, computes the figures and writes the report.
///
/// # Errors
/// When a flag has no meaning, a log cannot be used, or the report cannot be written.
pub fn run(args: &AuditArgs, streams: &mut Streams<'_>) -> anyhow::Result<()> {
    check_labels(&args.logs)?;
    check_save(args)?;
    check_judge(&args.view)?;
    files(args).check()?;
    streams.terminal.err_is_terminal &= !args.output.quiet;
    // What is wrong with the flags themselves is said before any log is opened.
    rules::rules(&args.input, &args.view.by, None)?;
    let workers = Workers::new(args.input.threads.map(usize::from))?;
    if let Some(model) = &args.model {
        recalibrated::run(args, model, &workers, streams)?;
        return Ok(());
    }
    let readings = reading::read_all(&args.logs, &args.input, &args.view.by, &workers, streams)?;
    if let (Some(path), [reading]) = (&args.save, readings.as_slice()) {
        saved::save(&reading.state, &reading.saved, path)?;
    }
    let told = Some(Told {
        sections: &args.sections,
        reference: args.reference,
        costs: told::costs(args.costs),
        made_up: false,
    });
    let report = workers.run(|| report(&args.view, &args.input, &readings, told));
    let destination = Destination::of(&args.output);
    writing::write(&report, &destination, streams)?;
    Ok(())
}

impl Document for Report {
    type Format = Format;

    fn inputs(&self) -> Vec<&str> {
        let inputs = self.inputs.iter();
        let files = inputs.flat_map(|input| std::iter::once(&input.path).chain(&input.saved));
        files.map(String::as_str).collect()
    }

    fn write(
        &self,
        format: Format,
        options: &render::terminal::Options,
        out: &mut Vec<u8>,
    ) -> io::Result<()> {
        match format {
            Format::Text => render::terminal::write(self, options, out),
            Format::Json => render::json::write(self, out),
        }
    }
}

/// Standard input can be read once, and a label names one log.
pub(super) fn check_labels(logs: &[String]) -> Result<(), Error> {
    let mut labels = BTreeSet::new();
    for log in logs {
        let label = Log::label(log);
        if !labels.insert(label) {
            let error = Error::new(&codes::BAD_FLAG, format!("two logs are labelled `{label}`"));
            return Err(error.help("give each its own label: LABEL=LOG"));
        }
    }
    let stdin = logs
        .iter()
        .filter(|log| *log == "-" || log.ends_with("=-"))
        .count();
    if stdin > 1 {
        return Err(
            Error::new(&codes::BAD_FLAG, "standard input is named twice").help("name `-` once"),
        );
    }
    Ok(())
}

/// What is read and what is written.
fn files(args: &AuditArgs) -> Files<'_> {
    let reports = paths::of_reports(&args.output.outputs);
    Files {
        logs: args.logs.iter().map(String::as_str).collect(),
        model: args.model.as_deref(),
        input: &args.input,
        outputs: reports.into_iter().chain(args.save.as_deref()).collect(),
    }
}

/// A state is of one log, and its file holds nothing else.
fn check_save(args: &AuditArgs) -> Result<(), Error> {
    if args.save.is_some() && args.logs.len() > 1 {
        let error = Error::new(
            &codes::BAD_FLAG,
            "--save keeps one log, and several are named",
        );
        return Err(error.help("save each by itself; calib merge brings parts of one log together"));
    }
    Ok(())
}

/// A judge no better than chance tells nothing that could be corrected.
pub(super) fn check_judge(view: &ViewArgs) -> Result<(), Error> {
    let Some(Judge {
        sensitivity,
        specificity,
    }) = judge(view)
    else {
        return Ok(());
    };
    if Correction::of(sensitivity.value, specificity.value).is_some() {
        return Ok(());
    }
    let detail = format!(
        "a judge of sensitivity {} and specificity {} is no better than chance: they must add up to more than 1",
        sensitivity.value, specificity.value
    );
    Err(Error::new(&codes::BAD_FLAG, detail)
        .help("sensitivity is the share of abstentions that it calls abstentions, specificity the share of answers that it calls answers"))
}

fn judge(view: &ViewArgs) -> Option<Judge> {
    let (sensitivity, specificity) = view.judge_sens.zip(view.judge_spec)?;
    Some(Judge {
        sensitivity,
        specificity,
    })
}

/// What the figures depend on.
pub(super) fn settings(view: &ViewArgs) -> Settings {
    Settings {
        bins: usize::from(view.bins),
        binning: match view.binning {
            BinningArg::EqualWidth => Binning::EqualWidth,
            BinningArg::EqualMass => Binning::EqualMass,
        },
        edges: match view.edges {
            EdgesArg::Right => Edges::Right,
            EdgesArg::Left => Edges::Left,
        },
        level: view.level,
        seed: view.seed,
        resamples: view.resamples,
        partial: partial(view.partial),
        rates: match view.rates {
            RatesArg::Wilson => Rates::Wilson,
            RatesArg::ClopperPearson => Rates::ClopperPearson,
        },
        compat: view.compat.iter().map(tool).collect(),
        judge: judge(view),
    }
}

/// How partial refusals count.
pub(super) fn partial(how: PartialArg) -> Partial {
    match how {
        PartialArg::Abstain => Partial::Abstain,
        PartialArg::Answer => Partial::Answer,
    }
}

fn tool(name: &CompatArg) -> Tool {
    match name {
        CompatArg::Hle => Tool::Hle,
        CompatArg::Netcal => Tool::Netcal,
        CompatArg::Torchmetrics => Tool::Torchmetrics,
        CompatArg::Sklearn => Tool::Sklearn,
        CompatArg::Helm => Tool::Helm,
        CompatArg::LmEval => Tool::LmEval,
        CompatArg::LmPolygraph => Tool::LmPolygraph,
        CompatArg::Rlcr => Tool::Rlcr,
    }
}

fn settings_used(
    view: &ViewArgs,
    input: &InputArgs,
    readings: &[Reading],
    settings: &Settings,
) -> SettingsUsed {
    let flags = joined_flags(readings.iter().map(|reading| &reading.state.flags));
    let scales = readings
        .iter()
        .map(|reading| reading.state.definition.scale.as_str());
    // Presets may read the logs of one report on different scales.
    let scales: BTreeSet<_> = scales.collect();
    let one = |flag| rules::one(&flags, flag).unwrap_or_default();
    SettingsUsed {
        config: input.config_file().map(|config| config.path.clone()),
        bins: settings.bins,
        binning: settings.binning.to_string(),
        edges: settings.edges.to_string(),
        level: settings.level,
        resamples: settings.resamples.to_string(),
        seed: settings.seed,
        partial: settings.partial.to_string(),
        rates: settings.rates.to_string(),
        judge_sens: settings.judge.map(|judge| judge.sensitivity.to_string()),
        judge_spec: settings.judge.map(|judge| judge.specificity.to_string()),
        log_clip: LOG_CLIP,
        confidence_scale: scales.into_iter().collect::<Vec<_>>().join("; "),
        missing_confidence: one("missing-confidence"),
        max_bad_rows: one("max-bad-rows"),
        by: view.by.clone(),
        filters: rules::all(&flags, "where"),
        cluster: rules::one(&flags, "cluster"),
        input: rules::used(&flags),
        compat: COMPAT
            .iter()
            .filter(|definition| settings.compat.contains(definition.tool))
            .map(|definition| definition.tool.to_string())
            .collect(),
        sections: Vec::new(),
        reference: None,
        cost_wrong: None,
        cost_abstain: None,
    }
}

/// The report on logs that were read: with the sections for which they have columns, and those named for certain; or
/// without any.
pub(super) fn report(
    view: &ViewArgs,
    input: &InputArgs,
    readings: &[Reading],
    told: Option<Told<'_>>,
) -> Report {
    let settings = settings(view);
    let (mut runs, mut warnings) = (Vec::new(), Vec::new());
    for reading in readings {
        let (run, found) = run_of(&view.by, reading, &settings, told);
        let noted = rounded::told(&reading.state, settings.partial);
        // With several logs, a warning says which of them it is about.
        let named = |warning: Warning| match readings.len() {
            1 => warning,
            _ => Warning {
                message: format!("{}: {}", run.label, warning.message),
                ..warning
            },
        };
        warnings.extend(noted.chain(found).map(named));
        runs.push(run);
    }
    let logs = readings.iter();
    let named: Vec<_> = logs
        .map(|reading| (reading.state.label.clone(), reading.state.groups.all()))
        .collect();
    warnings.extend(answered_sets(&named, settings.partial));
    Report {
        schema: report::SCHEMA,
        calib_version: env!("CARGO_PKG_VERSION"),
        inputs: readings
            .iter()
            .flat_map(|reading| reading.inputs(settings.partial))
            .collect(),
        settings: SettingsUsed {
            sections: told.map_or_else(Vec::new, |told| told.sections.to_vec()),
            reference: told.and_then(|told| told.reference_name()),
            cost_wrong: told.and_then(|told| Some(told.costs?.wrong)),
            cost_abstain: told.and_then(|told| Some(told.costs?.abstain)),
            ..settings_used(view, input, readings, &settings)
        },
        runs,
        comparisons: Vec::new(),
        pairs: Vec::new(),
        ranking: None,
        razor: None,
        gap: Vec::new(),
        gate: None,
        warnings,
    }
}
