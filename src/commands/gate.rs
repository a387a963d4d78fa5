//! `calib gate`: a log held to limits, or to its baseline.

use std::collections::BTreeMap;
use std::io;

use clap::Args;

use super::paths::Files;
use super::reading::{self, Reading};
use super::writing::{self, Destination, Document};
use super::{Streams, audit, compare, rules};
use crate::cli::{
    CorrectionArg, GateFormat, GateOutputArgs, InputArgs, OnInconclusiveArg, ViewArgs,
};
use crate::codes;
use crate::comparison::Pairing;
use crate::config::{ALPHAS, Bound, Gate, OnInconclusive, Rule, share_of_percent};
use crate::error::Error;
use crate::exit::Exit;
use crate::gate::{Check, Policy, Subject, built_in, judge};
use crate::ingest::Workers;
use crate::render;
use crate::report::{Report, Warning};
use crate::settings::Settings;

/// Where GitHub wants the summary of a step.
const SUMMARY: &str = "GITHUB_STEP_SUMMARY";

/// The arguments of `calib gate`.
#[derive(Args, Clone, Debug)]
pub struct GateArgs {
    /// The log to judge: a file, a state, `-`, a quoted pattern or a directory
    #[arg(value_name = "[LABEL=]LOG")]
    pub log: String,
    /// What it must not be worse than: a log, or a state that was saved
    #[arg(long, value_name = "[LABEL=]LOG|STATE", help_heading = "Gate")]
    pub baseline: Option<String>,
    /// A limit, as in brier.max_increase=0.01; repeat for several. Without any, nothing may get worse than the baseline
    #[arg(
        long = "rule",
        value_name = "[KIND.]METRIC.max|min|max_increase=NUMBER",
        help_heading = "Gate"
    )]
    pub rules: Vec<Rule>,
    /// Chance of a false failure [default: 0.05]
    #[arg(long, value_name = "LEVEL", value_parser = alpha, help_heading = "Gate")]
    pub alpha: Option<f64>,
    /// How that chance is shared among rules and groups [default: holm]
    #[arg(long, value_name = "HOW", value_enum, help_heading = "Gate")]
    pub correction: Option<CorrectionArg>,
    /// Least rows behind a figure for it to be judged [default: 0]
    #[arg(long, value_name = "N", help_heading = "Gate")]
    pub min_rows: Option<u64>,
    /// What a rule that cannot be decided does [default: warn]
    #[arg(long, value_name = "WHAT", value_enum, help_heading = "Gate")]
    pub on_inconclusive: Option<OnInconclusiveArg>,
    /// Compare the ids in both logs although some stand in one only
    #[arg(long, help_heading = "Gate")]
    pub allow_unshared: bool,
    /// End in 0 where the gate fails or cannot be decided
    #[arg(long, help_heading = "Gate")]
    pub exit_zero: bool,
    /// How the logs are read.
    #[command(flatten)]
    pub input: InputArgs,
    /// How the figures are computed.
    #[command(flatten)]
    pub view: ViewArgs,
    /// Where the verdict goes.
    #[command(flatten)]
    pub output: GateOutputArgs,
}

fn alpha(text: &str) -> Result<f64, String> {
    let alpha = text.parse().ok().filter(|alpha| ALPHAS.contains(alpha));
    alpha.ok_or_else(|| {
        let (least, most) = (ALPHAS.start(), ALPHAS.end());
        let hint = share_of_percent(text).unwrap_or_default();
        format!("expected a number from {least} to {most}{hint}")
    })
}

/// A verdict on its way out, with the report it belongs to.
struct Judged(Report);

/// Reads the logs, judges the rules and writes the verdict. What the verdict is does not depend on whether it can be
/// written.
///
/// # Errors
/// When a flag or a rule has no meaning, a log cannot be used, the logs cannot be paired, or a verdict that is no
/// failure cannot be written.
pub fn run(args: &GateArgs, streams: &mut Streams<'_>) -> anyhow::Result<Exit> {
    let file = args.input.config_file().and_then(|file| file.gate.as_ref());
    let policy = policy(args, file)?;
    let baseline = baseline(args, file);
    refuse_nothing(&policy, baseline)?;
    audit::check_judge(&args.view)?;
    streams.terminal.err_is_terminal &= !args.output.quiet;
    rules::rules(&args.input, &args.view.by, None)?;
    let workers = Workers::new(args.input.threads.map(usize::from))?;
    let logs: Vec<String> = baseline
        .into_iter()
        .chain([args.log.as_str()])
        .map(str::to_owned)
        .collect();
    audit::check_labels(&logs)?;
    Files::of(&logs, &args.input, &args.output.outputs).check()?;
    let readings = reading::read_all(&logs, &args.input, &args.view.by, &workers, streams)?;
    let report = workers.run(|| report(args, &policy, &readings))?;
    let exit = exit(args, &policy, &report);
    let written = write(args, Judged(report), streams);
    match written {
        // A failure is not to be hidden by a full disk.
        Err(error) if exit == Exit::Failed && error.exit() == Exit::Output => {
            let _ = writeln!(streams.err, "{error}");
            Ok(Exit::Failed)
        }
        written => written.map(|()| exit).map_err(Into::into),
    }
}

/// The rules and how they are judged: the file's, and what flags say instead.
fn policy(args: &GateArgs, file: Option<&Gate>) -> Result<Policy, Error> {
    let default = Policy::default();
    let same = |one: &Rule, other: &Rule| {
        (one.kind, &one.metric, one.limit.bound) == (other.kind, &other.metric, other.limit.bound)
    };
    refuse_twice(&args.rules)?;
    refuse_twice(file.map_or(&[], |file| &file.rules))?;
    // A flag takes the place of what the file says of the same figure.
    let kept = file.iter().flat_map(|file| &file.rules);
    let kept = kept.filter(|rule| !args.rules.iter().any(|given| same(given, rule)));
    let rules = kept.chain(&args.rules).cloned().map(Check::new);
    let checks: Vec<Check> = rules.collect::<Result<_, _>>()?;
    let of_file = file.and_then(|file| file.correction).map(named);
    let on_inconclusive = args.on_inconclusive.map(OnInconclusive::from);
    Ok(Policy {
        checks: if checks.is_empty() {
            built_in()
        } else {
            checks
        },
        alpha: args
            .alpha
            .or(file.and_then(|file| file.alpha))
            .unwrap_or(default.alpha),
        correction: args
            .correction
            .or(of_file)
            .map_or(default.correction, compare::correction),
        on_inconclusive: on_inconclusive
            .or(file.and_then(|file| file.on_inconclusive))
            .unwrap_or(default.on_inconclusive),
        min_rows: args
            .min_rows
            .or(file.and_then(|file| file.min_rows))
            .unwrap_or(default.min_rows),
    })
}

/// A rule that stands twice would take two shares of alpha, and so weaken itself and all others.
fn refuse_twice(rules: &[Rule]) -> Result<(), Error> {
    let about = |rule: &Rule| {
        (
            rule.kind,
            rule.metric.clone(),
            rule.limit.bound,
            rule.by.clone(),
            rule.group.clone(),
        )
    };
    for (at, rule) in rules.iter().enumerate() {
        if let Some(first) = rules
            .iter()
            .take(at)
            .find(|first| about(first) == about(rule))
        {
            let detail = format!("`{rule}` and `{first}` are limits of one figure");
            return Err(rule.error(detail).help("keep the one that is meant"));
        }
    }
    Ok(())
}

fn named(correction: crate::config::Correction) -> CorrectionArg {
    match correction {
        crate::config::Correction::Holm => CorrectionArg::Holm,
        crate::config::Correction::BenjaminiHochberg => CorrectionArg::Bh,
        crate::config::Correction::None => CorrectionArg::None,
    }
}

fn baseline<'a>(args: &'a GateArgs, file: Option<&'a Gate>) -> Option<&'a str> {
    let of_file = || file.and_then(|file| file.baseline.as_deref());
    args.baseline.as_deref().or_else(of_file)
}

/// Without a baseline, a rise has nothing to rise from.
fn refuse_nothing(policy: &Policy, baseline: Option<&str>) -> Result<(), Error> {
    let rises = |check: &&Check| check.rule.limit.bound == Bound::MaxIncrease;
    match (baseline, policy.checks.iter().find(rises)) {
        (None, Some(check)) if check.built_in => {
            let detail = "there is nothing to judge by: no rule, and no baseline";
            Err(Error::new(&codes::BAD_FLAG, detail)
                .help("pass --baseline LOG, so that nothing may get worse than there")
                .help("or a limit, as in --rule brier.max=0.2; calib explain gate says more"))
        }
        (None, Some(check)) => {
            let detail = format!("`{}` needs a baseline", check.rule);
            Err(check.rule.error(detail).help("pass --baseline LOG"))
        }
        _ => Ok(()),
    }
}

fn report(args: &GateArgs, policy: &Policy, readings: &[Reading]) -> Result<Report, Error> {
    let settings = audit::settings(&args.view);
    let (base, log) = match readings {
        [base, log] => (Some(base), log),
        [log] => (None, log),
        _ => return Ok(audit::report(&args.view, &args.input, readings, None)),
    };
    if let Some(base) = base {
        comparable(args, [base, log], &settings)?;
    }
    let gate = judge(policy, &subjects(base, log), &settings);
    let mut report = audit::report(&args.view, &args.input, readings, None);
    if let Some(base) = base {
        let apart = compare::alike::filtered_apart([&base.state, &log.state]);
        report.warnings.extend(apart);
        report.warnings.extend(gone(base, log));
    }
    report.gate = Some(crate::report::Gate {
        log: log.state.label.clone(),
        baseline: base.map(|base| base.state.label.clone()),
        ..gate
    });
    Ok(report)
}

/// All rows, then the groups.
fn subjects<'a>(base: Option<&'a Reading>, log: &'a Reading) -> Vec<Subject<'a>> {
    let known = base.map(compare::by_key);
    let subject = |(by, log)| {
        let baseline = known.as_ref().and_then(|known| known.get(&by)).copied();
        Subject { by, log, baseline }
    };
    compare::by_key(log).into_iter().map(subject).collect()
}

/// Groups that only the baseline holds, about which no rule can be judged.
fn gone(base: &Reading, log: &Reading) -> Option<Warning> {
    let there = compare::by_key(log);
    let known = compare::by_key(base);
    let gone: Vec<String> = known
        .keys()
        .filter(|by| !there.contains_key(*by))
        .map(values)
        .collect();
    (!gone.is_empty()).then(|| Warning {
        code: codes::GROUPS_APART.id,
        message: format!(
            "groups in the baseline only, not judged: {}",
            several(&gone)
        ),
        count: gone.len() as u64,
    })
}

/// The values of a group in words.
fn values(by: &BTreeMap<String, String>) -> String {
    let values: Vec<_> = by
        .iter()
        .map(|(field, value)| format!("{field}={value}"))
        .collect();
    values.join(", ")
}

/// The first few, and how many more.
fn several(names: &[String]) -> String {
    const NAMED: usize = 5;
    match names.len().checked_sub(NAMED) {
        Some(more) if more > 0 => format!("{} and {more} more", names[..NAMED].join("; ")),
        _ => names.join("; "),
    }
}

/// Refuses logs that were read in different ways, or whose rows do not pair.
fn comparable(args: &GateArgs, readings: [&Reading; 2], settings: &Settings) -> Result<(), Error> {
    let [base, log] = readings.map(|reading| &reading.state);
    let overlap = Pairing::new(base.groups.all(), log.groups.all(), settings).overlap();
    let labels = [base.label.as_str(), log.label.as_str()];
    // Rows without ids are also told apart in another way, which says less of the way out.
    if overlap.shared > 0 {
        compare::alike::check([base, log])?;
    }
    compare::pairable(&overlap, labels, args.allow_unshared)
        .map_err(|error| compare::alike::weightless(error, [base, log]))
}

fn exit(args: &GateArgs, policy: &Policy, report: &Report) -> Exit {
    let verdict = report
        .gate
        .as_ref()
        .map_or("inconclusive", |gate| gate.verdict);
    let undecided = policy.on_inconclusive == OnInconclusive::Fail;
    match verdict {
        _ if args.exit_zero => Exit::Done,
        "fail" => Exit::Failed,
        "inconclusive" if undecided => Exit::Undecided,
        _ => Exit::Done,
    }
}

fn write(args: &GateArgs, judged: Judged, streams: &mut Streams<'_>) -> Result<(), Error> {
    let output = &args.output;
    let destination = Destination {
        format: output.format,
        outputs: &output.outputs,
        look: &output.look,
        all: false,
        hints: !output.quiet,
    };
    let github = [output.format]
        .into_iter()
        .chain(output.outputs.iter().map(|output| output.format))
        .any(|format| format == GateFormat::Github);
    let summary = std::env::var(SUMMARY)
        .ok()
        .filter(|path| github && !path.is_empty());
    let written = writing::write(&judged, &destination, streams);
    if let Some(path) = summary {
        let mut text = Vec::new();
        judged
            .write(
                GateFormat::Markdown,
                &render::terminal::Options::default(),
                &mut text,
            )
            .map_err(|error| writing::cannot_write(&path, &error))?;
        writing::append(&text, &judged.inputs(), path.as_ref())?;
    }
    written
}

impl Document for Judged {
    type Format = GateFormat;

    fn inputs(&self) -> Vec<&str> {
        self.0.inputs()
    }

    fn write(
        &self,
        format: GateFormat,
        options: &render::terminal::Options,
        out: &mut Vec<u8>,
    ) -> io::Result<()> {
        match format {
            GateFormat::Text => render::terminal::gate::write(&self.0, options, out),
            GateFormat::Json => render::json::write(&self.0, out),
            GateFormat::Markdown => render::gate::markdown::write(&self.0, out),
            GateFormat::Junit => render::gate::junit::write(&self.0, out),
            GateFormat::Github => render::gate::github::write(&self.0, out),
            GateFormat::Gitlab => render::gate::gitlab::write(&self.0, out),
            GateFormat::Sarif => render::gate::sarif::write(&self.0, out),
        }
    }
}
