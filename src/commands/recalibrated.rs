//! `calib audit --with`: a log before and after its recalibration, row by row.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use super::audit::{self, AuditArgs};
use super::compare::{self, Asked};
use super::fit::hash;
use super::reading::{self, Fit, Found, Manner, Reading};
use super::told::{self, Told};
use super::writing::{self, Destination, Document};
use super::{Streams, model, saved};
use crate::cli::Format;
use crate::codes;
use crate::error::{Error, Place};
use crate::evidence::{Groups, Partial};
use crate::ingest::{Revision, Workers};
use crate::input::{Log, RowRules};
use crate::recalibrate::Model;
use crate::recalibrate::rewrite::Rewriter;
use crate::render;
use crate::report::comparing::{Correction, Margins};
use crate::report::{Report, Warning};
use crate::state::State;

/// A log before and after, on its way out.
struct BeforeAndAfter {
    report: Report,
    /// Whether a label names the log; a path would fill the column of its figures.
    labelled: bool,
}

/// Audits a log as it is and as the model would make it.
pub(super) fn run(
    args: &AuditArgs,
    path: &str,
    workers: &Workers,
    streams: &mut Streams<'_>,
) -> Result<(), Error> {
    let [log] = args.logs.as_slice() else {
        let error = Error::new(
            &codes::BAD_FLAG,
            "--with is about one log, and several are named",
        );
        return Err(error.help("audit each by itself"));
    };
    let model = model::open(path)?;
    let partial = audit::settings(&args.view).partial;
    let fits = |rules: &RowRules| model::refuse_unfit_flags(&model, path, rules, partial);
    let Read {
        readings,
        ungrouped,
        cut,
    } = read(args, log, &model, &fits, workers, streams)?;
    let definition = &readings[0].state.definition;
    model::refuse_unfit(&model, path, definition, partial)?;
    refuse_unchanged(&model, &readings[0])?;
    let apart = model::filtered_apart(&model, definition);
    let outside = outside(&model, &readings[0], partial);
    saved::refuse_idle_flags(&args.input, &readings)?;
    if let Some(save) = &args.save {
        saved::save(&readings[0].state, &readings[0].saved, save)?;
    }
    let asked = asked(args);
    let mut report = workers.run(|| compare::report(&asked, &readings))?;
    // Which of the two is best is no question of chance: they are the same answers.
    report.ranking = None;
    // What the figures after recalibration must be read with goes before them.
    let first = fitted_here(&model, &readings[0]).into_iter();
    let first = first
        .chain(cut)
        .chain(apart)
        .chain(ungrouped)
        .chain(outside);
    report.warnings = first.chain(report.warnings).collect();
    writing::write(
        &BeforeAndAfter {
            report,
            labelled: Log::label(log) != log,
        },
        &Destination::of(&args.output),
        streams,
    )
}

/// What is compared of before and after.
fn asked(args: &AuditArgs) -> Asked<'_> {
    Asked {
        view: &args.view,
        input: &args.input,
        all: args.output.all,
        allow_unshared: true,
        correction: Correction::Holm,
        margins: Margins::new(),
        toward: false,
        told: Some(Told {
            costs: told::costs(args.costs),
            ..Told::default()
        }),
        costs: told::costs(args.costs),
    }
}

/// A log that was read.
struct Read {
    /// As it is, and as the model would make it.
    readings: [Reading; 2],
    /// That some rows are of groups that the model does not know.
    ungrouped: Option<Warning>,
    /// What a state cannot show.
    cut: Option<Warning>,
}

/// Refuses a log that the model leaves as it is, because no row has a confidence.
fn refuse_unchanged(model: &Model, before: &Reading) -> Result<(), Error> {
    let behaviour = before.state.groups.all().behaviour();
    if model.abstains() || behaviour.total(|conduct| conduct.confident).rows > 0 {
        return Ok(());
    }
    let detail = "no row has a confidence, so there is nothing to recalibrate";
    Err(Error::new(&codes::NO_USABLE_ROWS, detail)
        .at(Place::file(&before.state.label))
        .help("name the column that holds it: --map confidence=PATH"))
}

/// That graded answers have confidences outside of those that the curve was fitted to.
fn outside(model: &Model, before: &Reading, partial: Partial) -> Option<Warning> {
    let tally = before.state.groups.all().tally(partial);
    let outside = tally
        .cells()
        .filter(|cell| model.is_outside(cell.confidence));
    let outside = outside.map(|cell| cell.rows).sum();
    model::outside(model, outside, tally.cells().map(|cell| cell.rows).sum())
}

/// The log as it is, and as the model would make it.
fn read(
    args: &AuditArgs,
    log: &str,
    model: &Model,
    fits: &Fit<'_>,
    workers: &Workers,
    streams: &mut Streams<'_>,
) -> Result<Read, Error> {
    let own = &args.view.by;
    let by = [own.as_slice(), &model.by].concat();
    let rewriter = Rewriter::new(model, audit::partial(args.view.partial));
    let unknown = AtomicU64::new(0);
    let revision = Revision {
        groups: own.len(),
        row: &|record, values| {
            let group = values.get(own.len()..).unwrap_or(values);
            if !model.curve_of(group).1 {
                unknown.fetch_add(1, Ordering::Relaxed);
            }
            rewriter.record(record, group)
        },
    };
    let manner = Manner {
        revision: Some(&revision),
        fit: Some(fits),
        ..Manner::default()
    };
    match reading::find(log, &args.input, &by, &manner, workers, streams)? {
        Found::Rows(mut rows) => {
            model::refuse_recalibrated(&rows)?;
            let has_confidence = model::refuse_without_confidence(&rows);
            let after = rows.take_revised();
            let mut before = reading::accepted(log, *rows, streams)?;
            has_confidence?;
            before.state.definition.by.clone_from(own);
            Ok(Read {
                readings: both(before, after, label(log)),
                ungrouped: ungrouped(model, unknown.into_inner()),
                cut: None,
            })
        }
        Found::State(reading) => {
            let before = saved::by(*reading, own)?;
            let (after, cut) = of_state(&before.state, model)?;
            Ok(Read {
                readings: both(before, after, label(log)),
                ungrouped: None,
                cut,
            })
        }
    }
}

fn ungrouped(model: &Model, rows: u64) -> Option<Warning> {
    (rows > 0).then(|| Warning {
        code: codes::UNKNOWN_GROUPS.id,
        message: model::of_unknown_groups(model, rows),
        count: rows,
    })
}

/// That the rows are those the curve was fitted on, which flatters it; or that this cannot be told.
fn fitted_here(model: &Model, reading: &Reading) -> Option<Warning> {
    let warning = |code: &codes::Code, message: String| {
        Some(Warning {
            code: code.id,
            message: format!("{message}, and its gain out of fold is in calib explain MODEL.json"),
            count: 1,
        })
    };
    // A log that cannot be read once more was read all the same.
    let sum = || hash::of(reading).ok().flatten();
    let fitted = model.fitted.sha256.as_ref();
    let why = match fitted.map(|fitted| (fitted, sum())) {
        Some((fitted, Some(sum))) if *fitted == sum => {
            let message = "the model was fitted on this log: the change is flattered".to_owned();
            return warning(&codes::FITTED_HERE, message);
        }
        None => "the model has no hash of the log it was fitted on",
        Some(_) if !reading.saved.is_empty() => "a state has no hash of the log it was saved from",
        Some((_, None)) => "what was read has no hash",
        Some((_, Some(_))) => return None,
    };
    let message = format!("{why}: if the model was fitted on it, the change is flattered");
    warning(&codes::PERHAPS_FITTED_HERE, message)
}

/// What the log is called afterwards; a path would fill the column of a table before it came to the difference.
fn label(log: &str) -> String {
    match Log::label(log) {
        path if path == log => "recalibrated".to_owned(),
        label => format!("{label} recalibrated"),
    }
}

fn both(before: Reading, after: Groups, label: String) -> [Reading; 2] {
    let after = Reading {
        state: State {
            label,
            groups: after,
            ..before.state.clone()
        },
        saved: before.saved.clone(),
    };
    [before, after]
}

/// A state whose confidences are moved by the curve. It does not hold which prompts have which confidence, so that a
/// threshold cannot be shown.
fn of_state(state: &State, model: &Model) -> Result<(Groups, Option<Warning>), Error> {
    let refuse = |detail: &str| {
        Error::new(&codes::STATE_WITHOUT_ROWS, detail)
            .at(Place::file(&state.label))
            .help("audit the log that the state was made of")
    };
    if !model.by.is_empty() {
        return Err(refuse(
            "the model has a curve for each group, and a state does not hold which row is of which",
        ));
    }
    let curve = |confidence| model.curve.apply(confidence);
    let groups = state.groups.recalibrated(&curve).ok_or_else(|| {
        refuse("the state has too many rows to hold which confidence is of which prompt")
    })?;
    let warning = model.abstains().then(|| Warning {
        code: codes::THRESHOLD_NOT_SHOWN.id,
        message: "a state does not hold what the threshold would decline: the figures are of the curve alone".to_owned(),
        count: 1,
    });
    Ok((groups, warning))
}

impl Document for BeforeAndAfter {
    type Format = Format;

    fn inputs(&self) -> Vec<&str> {
        self.report.inputs()
    }

    fn write(
        &self,
        format: Format,
        options: &render::terminal::Options,
        out: &mut Vec<u8>,
    ) -> io::Result<()> {
        match format {
            Format::Text => render::terminal::compare::write_before_and_after(
                &self.report,
                self.labelled,
                options,
                out,
            ),
            Format::Json => render::json::write(&self.report, out),
        }
    }
}
