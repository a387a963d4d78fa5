//! `calib compare`: paired differences between checkpoints.

pub(super) mod alike;
mod apart;
mod drift;
mod logs;
mod toward;

use std::collections::BTreeMap;
use std::io;

use clap::Args;

use super::paths::Files;
use super::reading::{self, Reading};
use super::told::{self, Told};
use super::writing::{self, Destination, Document};
use super::{Streams, audit, plan, rules};
use crate::cli::{
    CompareOutputArgs, ComparisonFormat, CorrectionArg, CostArgs, InputArgs, ViewArgs,
};
use crate::codes;
use crate::comparison::{Overlap, Pairing, Target, judge};
use crate::error::Error;
use crate::evidence::Evidence;
use crate::inference::paired::Alternative;
use crate::ingest::Workers;
use crate::metrics::{Better, Contrast, Metric, find};
use crate::objectives::Costs;
use crate::render;
use crate::report::comparing::{self, Contender, Correction, Margins, Side};
use crate::report::{Group, Report, Run, Warning};
use crate::settings::Settings;
use crate::state::State;
use logs::Logs;

/// The arguments of `calib compare`.
#[derive(Args, Clone, Debug)]
pub struct CompareArgs {
    /// The base, then the logs to compare with it: files, states, quoted patterns, directories; or one directory that holds
    /// a log for each checkpoint
    #[arg(required = true, value_name = "[LABEL=]LOG")]
    pub logs: Vec<String>,
    /// The tuned log that the others stand in for: how much of the gap from the base to it each of them closes
    #[arg(long, value_name = "[LABEL=]LOG", help_heading = "Comparison")]
    pub toward: Option<String>,
    /// How much worse still counts as no loss, such as accuracy=0.01; repeat for several. The comparison then says whether
    /// a log is shown to be worse by less (non-inferior), by more (inferior), or neither
    #[arg(long, value_name = "METRIC=D", value_parser = super::plan::size, help_heading = "Comparison")]
    pub margin: Vec<(String, f64)>,
    /// Compare the ids in both logs although some stand in one only
    #[arg(long, help_heading = "Comparison")]
    pub allow_unshared: bool,
    /// How p-values are adjusted for being many
    #[arg(long, value_name = "HOW", value_enum, default_value_t = CorrectionArg::Holm, help_heading = "Comparison")]
    pub correction: CorrectionArg,
    /// How the logs are read.
    #[command(flatten)]
    pub input: InputArgs,
    /// How the figures are computed.
    #[command(flatten)]
    pub view: ViewArgs,
    /// What answers and silence cost, to part a loss by choosing from one by learning.
    #[command(flatten)]
    pub costs: CostArgs,
    /// Where the comparison goes.
    #[command(flatten)]
    pub output: CompareOutputArgs,
}

/// A comparison on its way out.
struct Compared(Report);

/// Reads the logs, compares each with the first and writes the result.
///
/// # Errors
/// When a flag has no meaning, a log cannot be used, logs cannot be paired, or the result cannot be written.
pub fn run(args: &CompareArgs, streams: &mut Streams<'_>) -> anyhow::Result<()> {
    let Logs { mut logs, left_out } = logs::logs(&args.logs, &args.input)?;
    if let Some(tuned) = &args.toward {
        // After the others, so that these are compared as without it.
        logs.extend(logs::labelled(std::slice::from_ref(tuned)));
    }
    audit::check_labels(&logs)?;
    audit::check_judge(&args.view)?;
    check_margins(args)?;
    Files::of(&logs, &args.input, &args.output.outputs).check()?;
    streams.terminal.err_is_terminal &= !args.output.quiet;
    rules::rules(&args.input, &args.view.by, None)?;
    let workers = Workers::new(args.input.threads.map(usize::from))?;
    let readings = reading::read_all(&logs, &args.input, &args.view.by, &workers, streams)?;
    let asked = Asked {
        view: &args.view,
        input: &args.input,
        all: args.output.all,
        allow_unshared: args.allow_unshared,
        correction: correction(args.correction),
        margins: args.margin.iter().cloned().collect(),
        toward: args.toward.is_some(),
        told: None,
        costs: told::costs(args.costs),
    };
    let mut report = workers.run(|| report(&asked, &readings))?;
    report.warnings.extend(logs::warning(&left_out));
    let destination = Destination {
        format: args.output.format,
        outputs: &args.output.outputs,
        look: &args.output.look,
        all: args.output.all,
        hints: !args.output.quiet,
    };
    writing::write(&Compared(report), &destination, streams)?;
    Ok(())
}

/// What a comparison depends on.
pub(super) struct Asked<'a> {
    pub(super) view: &'a ViewArgs,
    pub(super) input: &'a InputArgs,
    /// Every metric, not only the leading ones.
    pub(super) all: bool,
    pub(super) allow_unshared: bool,
    pub(super) correction: Correction,
    pub(super) margins: Margins,
    /// Whether the last log is the one that the others stand in for.
    pub(super) toward: bool,
    /// What is told of training objectives, if anything.
    pub(super) told: Option<Told<'a>>,
    /// What answers and silence cost, where flags say so.
    pub(super) costs: Option<Costs>,
}

/// The report on logs of which each is compared with the first.
pub(super) fn report(asked: &Asked<'_>, readings: &[Reading]) -> Result<Report, Error> {
    let mut report = audit::report(asked.view, asked.input, readings, asked.told);
    let settings = audit::settings(asked.view);
    let Some((base, others)) = readings.split_first() else {
        return Ok(report);
    };
    let Some((base_run, runs)) = report.runs.split_first() else {
        return Ok(report);
    };
    // The log that the others are held against with --toward is compared only in what they close.
    let others = &others[..others.len() - usize::from(asked.toward && !others.is_empty())];
    let metrics = metrics(asked, &report.runs);
    let (mut comparisons, mut pairs, mut warnings) = (Vec::new(), Vec::new(), Vec::new());
    for (new, run) in others.iter().zip(runs) {
        let two = Two {
            readings: [base, new],
            runs: [base_run, run],
            settings: &settings,
        };
        two.check(asked.allow_unshared)?;
        warnings.extend(alike::filtered_apart(two.states()));
        warnings.extend(two.unmet());
        for (evidence, sides) in two.groups() {
            let pairing = Pairing::new(evidence[0], evidence[1], &settings);
            let sides = sides.each_ref();
            comparisons.extend(comparing::compare(
                &pairing,
                sides,
                &metrics,
                &asked.margins,
                &settings,
            ));
            if sides[0].group.by.is_empty() {
                let pair = comparing::pair(&pairing, sides, &settings);
                // A log beside itself with other confidences has not been trained.
                pairs.push(match asked.told {
                    None => drift::told(pair, evidence, &settings),
                    Some(_) => pair,
                });
            }
        }
    }
    let gap = toward::closures(asked, readings, &report.runs, &metrics)?;
    let correction = asked.correction;
    comparing::adjust(&mut comparisons, correction);
    for pair in &mut pairs {
        let leanings = apart::leanings(pair, &report.runs);
        comparing::tell(pair, &comparisons, leanings);
        pair.toward = comparing::tell_closure(&gap, &pair.new);
        pair.objectives = apart::told(asked, readings, pair, &comparisons, &settings);
    }
    report.razor = drift::over(&report.runs, readings, settings.level);
    report.ranking = ranking(&report.runs, readings, correction, &settings);
    (report.comparisons, report.pairs, report.gap) = (comparisons, pairs, gap);
    report.warnings.extend(warnings);
    Ok(report)
}

/// What is compared: the metrics of every comparison, and those for which a margin is stated.
fn metrics(asked: &Asked<'_>, runs: &[Run]) -> Vec<&'static dyn Metric> {
    let mut metrics = comparing::metrics(asked.all, runs);
    for id in asked.margins.keys() {
        if !metrics.iter().any(|metric| metric.id() == id) {
            metrics.extend(find(id));
        }
    }
    metrics
}

/// Refuses margins of what cannot be shown to be no worse.
fn check_margins(args: &CompareArgs) -> Result<(), Error> {
    for (id, _) in &args.margin {
        let metric = plan::named(id)?;
        let why = match metric.contrast() {
            Contrast::None(reason) => reason,
            Contrast::Swapped(_) => {
                "it is biased upward in both logs, and its difference has no interval"
            }
            _ if metric.about().better == Better::Neither => "neither way is worse",
            Contrast::Means(_) | Contrast::Area | Contrast::Drawn(_) => continue,
        };
        let detail = format!("`{id}` cannot have a margin: {why}");
        return Err(Error::new(&codes::BAD_FLAG, detail).help("state one for accuracy or brier"));
    }
    Ok(())
}

pub(super) fn correction(correction: CorrectionArg) -> Correction {
    match correction {
        CorrectionArg::Holm => Correction::Holm,
        CorrectionArg::Bh => Correction::BenjaminiHochberg,
        CorrectionArg::None => Correction::None,
    }
}

fn ranking(
    runs: &[Run],
    readings: &[Reading],
    correction: Correction,
    settings: &Settings,
) -> Option<crate::report::Ranking> {
    let contenders: Option<Vec<Contender>> = runs
        .iter()
        .map(|run| {
            Some(Contender {
                label: &run.label,
                group: run.groups.first()?,
            })
        })
        .collect();
    let judged = |one: usize, other: usize, metric: &'static dyn Metric| {
        let evidence = [one, other].map(|at| readings.get(at).map(|r| r.state.groups.all()));
        let pairing = Pairing::new(evidence[0]?, evidence[1]?, settings);
        let target = Target { metric, kind: None };
        let judged = judge(&pairing, &[target], settings);
        judged.first()?.p_value(Alternative::TwoSided, 0.0)
    };
    comparing::rank(&contenders?, judged, correction, settings.level)
}

/// Two logs that were read, and their reports.
struct Two<'a> {
    readings: [&'a Reading; 2],
    runs: [&'a Run; 2],
    settings: &'a Settings,
}

/// The evidence of a group in both logs, and its figures.
type Met<'a> = ([&'a Evidence; 2], [Side<'a>; 2]);

impl<'a> Two<'a> {
    fn states(&self) -> [&'a State; 2] {
        self.readings.map(|reading| &reading.state)
    }

    /// Refuses logs whose rows do not pair.
    fn check(&self, allow_unshared: bool) -> Result<(), Error> {
        let [base, new] = self.states();
        alike::check([base, new])?;
        let evidence = [base, new].map(|state| state.groups.all());
        let overlap = Pairing::new(evidence[0], evidence[1], self.settings).overlap();
        pairable(&overlap, [&base.label, &new.label], allow_unshared)
            .map_err(|error| alike::weightless(error, [base, new]))
    }

    /// All rows, then the groups that both hold.
    fn groups(&self) -> Vec<Met<'a>> {
        let figures = self.runs.map(|run| comparing::by_key(&run.groups));
        let evidence = self.readings.map(by_key);
        let met = |(key, base): (&BTreeMap<String, String>, &&'a Group)| {
            let new = figures[1].get(key)?;
            let sides = [(0, *base), (1, *new)].map(|(at, group)| Side {
                label: &self.runs[at].label,
                group,
            });
            Some(([*evidence[0].get(key)?, *evidence[1].get(key)?], sides))
        };
        figures[0]
            .iter()
            .filter_map(|(key, group)| met((key, group)))
            .collect()
    }

    /// Groups that only one log holds.
    fn unmet(&self) -> Option<Warning> {
        let keys = self.runs.map(|run| comparing::by_key(&run.groups));
        let apart = |one: usize, other: usize| {
            keys[one]
                .keys()
                .filter(|key| !keys[other].contains_key(**key))
                .count()
        };
        let count = apart(0, 1) + apart(1, 0);
        let [base, new] = self.runs.map(|run| &run.label);
        (count > 0).then(|| Warning {
            code: codes::GROUPS_APART.id,
            message: format!("groups in one of {base} and {new} only, not compared: {count}"),
            count: count as u64,
        })
    }
}

/// The evidence of a log by the values of its groups.
pub(super) fn by_key(reading: &Reading) -> BTreeMap<BTreeMap<String, String>, &Evidence> {
    let fields = &reading.state.definition.by;
    let groups = reading.state.groups.iter();
    let keyed = groups.map(|(key, evidence)| {
        let by = fields.iter().cloned().zip(key.iter().cloned()).collect();
        (by, evidence)
    });
    keyed
        .chain([(BTreeMap::new(), reading.state.groups.all())])
        .collect()
}

/// Refuses logs of which some rows have no counterpart, unless that is allowed.
pub(super) fn pairable(
    overlap: &Overlap,
    [base, new]: [&str; 2],
    allowed: bool,
) -> Result<(), Error> {
    let Overlap {
        shared,
        base_only,
        new_only,
        unkeyed,
        folded,
        uneven,
    } = overlap;
    if *shared == 0 {
        let (code, detail) = if unkeyed.iter().any(|rows| *rows > 0) {
            let detail = format!(
                "{} rows of {base} and {} of {new} have no id to be paired by",
                unkeyed[0], unkeyed[1]
            );
            (&codes::NO_IDS, detail)
        } else {
            (&codes::NOT_SHARED, format!("{base} and {new} share no id"))
        };
        return Err(Error::new(code, detail).help(code.remedy));
    }
    if overlap.is_full() || allowed {
        return Ok(());
    }
    let mut counts = vec![
        format!("{shared} shared"),
        format!("{base_only} in {base} only"),
        format!("{new_only} in {new} only"),
    ];
    for (rows, label) in unkeyed.iter().zip([base, new]) {
        if *rows > 0 {
            counts.push(format!("{rows} rows of {label} without an id"));
        }
    }
    if *folded {
        counts.push(format!(
            "{uneven} groups of ids with more rows in one log; ids are too many to keep one by one"
        ));
    }
    let error = Error::new(&codes::NOT_SHARED, format!("ids: {}", counts.join(", ")));
    Err(error.help(codes::NOT_SHARED.remedy))
}

impl Document for Compared {
    type Format = ComparisonFormat;

    fn inputs(&self) -> Vec<&str> {
        self.0.inputs()
    }

    fn write(
        &self,
        format: ComparisonFormat,
        options: &render::terminal::Options,
        out: &mut Vec<u8>,
    ) -> io::Result<()> {
        match format {
            ComparisonFormat::Text => render::terminal::compare::write(&self.0, options, out),
            ComparisonFormat::Json => render::json::write(&self.0, out),
            ComparisonFormat::Csv => render::csv::write(&self.0, out),
            ComparisonFormat::Markdown => render::markdown::write(&self.0, options, out),
        }
    }
}
