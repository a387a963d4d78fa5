//! `calib audit`: the report on one or more logs.

use std::collections::{BTreeMap, BTreeSet};
use std::io;

use clap::Args;

use super::reading::{self, Reading};
use super::writing::{self, Destination, Document};
use super::{Streams, rules};
use crate::cli::{
    BinningArg, CompatArg, EdgesArg, Format, InputArgs, OutputArgs, PartialArg, RatesArg, ViewArgs,
};
use crate::codes;
use crate::error::Error;
use crate::evidence::{LOG_CLIP, Partial};
use crate::inference::misclassification::{Correction, Judge};
use crate::ingest::Workers;
use crate::input::{Log, RowRules};
use crate::metrics::{Budget, COMPAT, View, answered_sets, warnings};
use crate::render;
use crate::report::{self, Group, Report, Run, SettingsUsed, Warning};
use crate::settings::{Binning, Edges, Rates, Settings, Tool};

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
    /// Where the report goes.
    #[command(flatten)]
    pub output: OutputArgs,
}

/// Reads the logs, computes the figures and writes the report.
///
/// # Errors
/// When a flag has no meaning, a log cannot be used, or the report cannot be written.
pub fn run(args: &AuditArgs, streams: &mut Streams<'_>) -> anyhow::Result<()> {
    check_labels(&args.logs)?;
    check_judge(&args.view)?;
    streams.terminal.err_is_terminal &= !args.output.quiet;
    // What is wrong with the flags themselves is said before any log is opened.
    let own = rules::rules(&args.input, &args.view.by, None)?;
    let workers = Workers::new(args.input.threads.map(usize::from))?;
    let mut readings = Vec::new();
    for log in &args.logs {
        readings.push(reading::read(
            log,
            &args.input,
            &args.view.by,
            &workers,
            streams,
        )?);
    }
    let report = workers.run(|| report(args, &own, &readings));
    let destination = Destination {
        format: args.output.format,
        outputs: &args.output.outputs,
        look: &args.output.look,
        all: args.output.all,
        hints: !args.output.quiet,
    };
    writing::write(&report, &destination, streams)?;
    Ok(())
}

impl Document for Report {
    type Format = Format;

    fn inputs(&self) -> Vec<&str> {
        let inputs = self.inputs.iter();
        inputs.map(|input| input.path.as_str()).collect()
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
fn check_labels(logs: &[String]) -> Result<(), Error> {
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

/// A judge no better than chance tells nothing that could be corrected.
fn check_judge(view: &ViewArgs) -> Result<(), Error> {
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

fn settings(view: &ViewArgs) -> Settings {
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
        partial: match view.partial {
            PartialArg::Abstain => Partial::Abstain,
            PartialArg::Answer => Partial::Answer,
        },
        rates: match view.rates {
            RatesArg::Wilson => Rates::Wilson,
            RatesArg::ClopperPearson => Rates::ClopperPearson,
        },
        compat: view.compat.iter().map(tool).collect(),
        judge: judge(view),
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
    args: &AuditArgs,
    own: &RowRules,
    readings: &[Reading],
    settings: &Settings,
) -> SettingsUsed {
    let each = |setting: fn(&RowRules) -> String| {
        let values = readings.iter().map(|reading| setting(&reading.rules));
        // Presets may read the logs of one report on different scales.
        let values: BTreeSet<_> = values.collect();
        values.into_iter().collect::<Vec<_>>().join("; ")
    };
    // The configuration file may say of presets how their logs are read.
    let input = |setting: fn(&InputArgs) -> Vec<String>| {
        let values = readings.iter().flat_map(|reading| setting(&reading.input));
        values.collect::<BTreeSet<_>>()
    };
    let joined = |values: BTreeSet<String>| values.into_iter().collect::<Vec<_>>().join("; ");
    let clusters = input(|input| input.cluster.iter().cloned().collect());
    SettingsUsed {
        config: args.input.config_file().map(|config| config.path.clone()),
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
        confidence_scale: each(|rules| rules.scale.to_string()),
        missing_confidence: each(|rules| rules.missing_confidence.to_string()),
        max_bad_rows: joined(input(|input| vec![input.max_bad_rows.to_string()])),
        by: args.view.by.clone(),
        filters: filters(readings),
        cluster: Some(joined(clusters)).filter(|clusters| !clusters.is_empty()),
        input: match readings {
            [one] => rules::used(&one.input, &one.own),
            _ => rules::used(&args.input, own),
        },
        compat: COMPAT
            .iter()
            .filter(|definition| settings.compat.contains(definition.tool))
            .map(|definition| definition.tool.to_string())
            .collect(),
    }
}

/// The filters of all logs, each once, in the order given.
fn filters(readings: &[Reading]) -> Vec<String> {
    let mut filters = Vec::new();
    let given = readings.iter().flat_map(|reading| &reading.input.filters);
    for (field, value) in given {
        let filter = format!("{field}={value}");
        if !filters.contains(&filter) {
            filters.push(filter);
        }
    }
    filters
}

fn report(args: &AuditArgs, own: &RowRules, readings: &[Reading]) -> Report {
    let settings = settings(&args.view);
    let (mut runs, mut warnings) = (Vec::new(), Vec::new());
    for reading in readings {
        let (run, found) = run_of(&args.view, reading, &settings);
        let noted = reading.findings.iter().map(|finding| Warning {
            code: finding.code.id,
            message: finding.message.clone(),
            count: finding.count,
        });
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
        .map(|reading| (reading.log.label.clone(), reading.gathered.groups.all()))
        .collect();
    warnings.extend(answered_sets(&named, settings.partial));
    Report {
        schema: report::SCHEMA,
        calib_version: env!("CARGO_PKG_VERSION"),
        inputs: readings
            .iter()
            .flat_map(|reading| reading.inputs(settings.partial))
            .collect(),
        settings: settings_used(args, own, readings, &settings),
        runs,
        comparisons: Vec::new(),
        gap: Vec::new(),
        gate: None,
        warnings,
    }
}

/// One log as a run: all rows, then the groups of `--by`; with the warnings that the figures of all rows give.
fn run_of(view: &ViewArgs, reading: &Reading, settings: &Settings) -> (Run, Vec<Warning>) {
    let groups = &reading.gathered.groups;
    let budget = Budget::of(groups, settings);
    let all = View::new(groups.all(), settings, budget);
    let whole = report::from_view(BTreeMap::new(), &all);
    let mut warnings = warnings(&whole, &all);
    let named: Vec<_> = groups
        .iter()
        .map(|(key, evidence)| (key.join(", "), evidence))
        .collect();
    warnings.extend(answered_sets(&named, settings.partial));
    let views: Vec<View> = groups
        .iter()
        .map(|(_, evidence)| View::new(evidence, settings, budget))
        .collect();
    let named = groups.iter().zip(&views).map(|((key, _), group)| {
        let by = view.by.iter().cloned().zip(key.iter().cloned()).collect();
        report::from_view(by, group)
    });
    let mut figures: Vec<Group> = named.collect();
    report::adjust(&mut figures, &views);
    figures.insert(0, whole);
    (
        Run {
            label: reading.log.label.clone(),
            groups: figures,
        },
        warnings,
    )
}
