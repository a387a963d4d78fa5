//! `calib apply`: a recalibration applied to every row of a log.
//!
//! A log is read twice. The first time it is judged as every command judges it, so that nothing is written of a log that
//! cannot be used; the second time its rows are written again, in their order. What comes from a pipe is copied to a
//! temporary file first.

mod columns;
mod copies;
mod output;
#[cfg(feature = "parquet")]
mod parquet;
mod told;

use std::path::{Path, PathBuf};

use clap::Args;

use self::columns::Columns;
use self::copies::Copies;
use self::output::{Output, Target};
use super::paths::Files;
use super::reading::{self, Found, Manner, Rows};
use super::{Streams, audit, model, rules, writing};
use crate::cli::{InputArgs, PartialArg};
use crate::codes;
use crate::error::{Error, Place};
use crate::ingest::{self, Workers};
use crate::input::{Log, Own, RowRules, Whole};
use crate::recalibrate::Model;
use crate::recalibrate::rewrite::{Applied, Rewriter};

/// The arguments of `calib apply`.
#[derive(Args, Clone, Debug)]
pub struct ApplyArgs {
    /// The model that calib fit wrote
    #[arg(value_name = "MODEL.json")]
    pub model: String,
    /// The log: a file, `-`, a quoted pattern or a directory
    #[arg(value_name = "LOG")]
    pub log: String,
    /// Write the rows to a file; its name ends in .jsonl, .csv, .tsv or .parquet, the first three also in .gz or .zst
    #[arg(short, long, value_name = "PATH")]
    pub output: Option<PathBuf>,
    /// How the log is read.
    #[command(flatten)]
    pub input: InputArgs,
    /// Whether a partial refusal counts as an abstention or as an answer
    #[arg(long, value_name = "HOW", value_enum, default_value_t = PartialArg::Abstain)]
    pub partial: PartialArg,
    /// No account of the rows and no progress on standard error
    #[arg(short, long)]
    pub quiet: bool,
}

/// Writes the rows of the log with recalibrated confidences.
///
/// # Errors
/// When the model or the log cannot be used, they do not fit, or the rows cannot be written.
pub fn run(args: &ApplyArgs, streams: &mut Streams<'_>) -> anyhow::Result<()> {
    let target = Target::of(args.output.as_deref())?;
    refuse_pairs(&args.input)?;
    if let Some(path) = args
        .output
        .as_deref()
        .filter(|path| *path != Path::new("-"))
    {
        let named = Files {
            logs: vec![&args.log],
            model: Some(&args.model),
            input: &args.input,
            outputs: vec![path],
        };
        named.check_apart()?;
    }
    rules::rules(&args.input, &[], None)?;
    let model = model::open(&args.model)?;
    streams.terminal.err_is_terminal &= !args.quiet;
    let workers = Workers::new(args.input.threads.map(usize::from))?;
    let copies = Copies::of(&Log::find(&args.log)?)?;
    let partial = audit::partial(args.partial);
    let fits = |rules: &RowRules| model::refuse_unfit_flags(&model, &args.model, rules, partial);
    let manner = Manner {
        ungraded: true,
        textless: true,
        copies: copies.paths(),
        fit: Some(&fits),
        ..Manner::default()
    };
    let rows = match reading::find(
        &args.log,
        &args.input,
        &model.by,
        &manner,
        &workers,
        streams,
    )? {
        Found::Rows(rows) => rows,
        Found::State(_) => return Err(no_rows(args).into()),
    };
    reading::judge(&args.log, &rows).inspect_err(|_| said(&rows, streams))?;
    said(&rows, streams);
    let rewriter = Rewriter::new(&model, partial);
    refuse(args, &model, &rewriter, &rows)?;
    let pass = Pass {
        rows: &rows,
        manner: &manner,
        workers: &workers,
        rewriter,
    };
    let applied = pass.write(&target, streams)?;
    if let Some(applied) = applied.filter(|_| !args.quiet) {
        // What cannot be said on standard error is still in the exit code.
        let _ = told::warn(&rows, &model, &applied, streams.err);
        let _ = told::account(&rows, &model, &applied, streams.err);
    }
    Ok(())
}

fn said(rows: &Rows, streams: &mut Streams<'_>) {
    let _ = reading::list(&rows.gathered.accounts, streams.err);
}

/// A second reading of a log whose rows are good.
struct Pass<'p> {
    rows: &'p Rows,
    manner: &'p Manner<'p>,
    workers: &'p Workers,
    rewriter: Rewriter<'p>,
}

/// Whether the reader of a pipe has gone.
fn is_closed(error: &std::io::Error) -> bool {
    error.kind() == std::io::ErrorKind::BrokenPipe
}

/// The rows of a block as they are written.
#[derive(Default)]
struct Chunk {
    rows: Vec<String>,
    applied: Applied,
}

impl Pass<'_> {
    /// Writes all rows; none are counted where a reader closed the pipe and had enough.
    fn write(&self, target: &Target, streams: &mut Streams<'_>) -> Result<Option<Applied>, Error> {
        let mut columns = Columns::of_table(target.is_flat());
        if target.is_table() {
            self.each(|row| {
                columns.add(row);
                Ok(())
            })?;
            if columns.are_too_many() {
                return Err(too_many(target));
            }
            if let Some((row, column)) = columns.lost() {
                return Err(twice(target, *row, column));
            }
        }
        let failed = |error: std::io::Error| writing::cannot_write(target.name(), &error);
        let mut output = Output::begin(target, columns, streams.out).map_err(failed)?;
        let mut closed = false;
        let written = self.each(|row| {
            output.row(row).map_err(|error| {
                closed = target.is_stream() && is_closed(&error);
                failed(error)
            })
        });
        match written {
            Ok(applied) => match output.finish() {
                Err(error) if target.is_stream() && is_closed(&error) => Ok(None),
                finished => finished.map(|()| Some(applied)).map_err(failed),
            },
            Err(_) if closed => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Hands over every row as it is to be written, in order.
    fn each(&self, mut take: impl FnMut(&str) -> Result<(), Error>) -> Result<Applied, Error> {
        let mut applied = Applied::default();
        let render = |whole: &Whole<'_>, group: &[String], chunk: &mut Chunk| {
            let (row, one) = self.rewriter.row(whole, group);
            chunk.rows.push(row);
            chunk.applied.merge(&one);
        };
        let survey = self.rows.survey(self.manner)?;
        let read = ingest::transcribe(
            &self.rows.log,
            survey,
            &self.rows.rules,
            self.workers,
            render,
            |chunk: Chunk| {
                applied.merge(&chunk.applied);
                chunk.rows.iter().try_for_each(|row| take(row))
            },
        )?;
        let accounts = self.rows.gathered.accounts.values();
        let before: u64 = accounts.map(crate::input::Account::rows_read).sum();
        match read == before {
            true => Ok(applied),
            false => Err(changed(&self.rows.log, before, read)),
        }
    }
}

fn too_many(target: &Target) -> Error {
    let detail = format!("the rows have more than {} columns", Columns::MOST);
    Error::new(&codes::BAD_FLAG, detail)
        .at(Place::file(target.name()))
        .help("write .jsonl, which has no columns")
}

/// Of two values in one cell, one would be lost.
fn twice(target: &Target, row: u64, column: &str) -> Error {
    let detail = format!("row {row} has two values for the column `{column}`");
    Error::new(&codes::COLUMN_TAKEN, detail)
        .at(Place::file(target.name()))
        .help("write .jsonl, whose rows keep both, or rename one of them")
}

fn changed(log: &Log, before: u64, read: u64) -> Error {
    let detail = format!("it had {before} rows when it was first read and has {read} now");
    Error::new(&codes::FILE_CHANGED, detail)
        .at(Place::file(&log.label))
        .help("wait until the writer has finished")
}

/// One line that makes several rows has several confidences to keep.
fn refuse_pairs(input: &InputArgs) -> Result<(), Error> {
    match input.pairs {
        None => Ok(()),
        Some(_) => {
            let detail = "a line of --pairs is several rows, and is not written as one";
            Err(Error::new(&codes::BAD_FLAG, detail)
                .help("write the table with one row for each confidence first"))
        }
    }
}

fn no_rows(args: &ApplyArgs) -> Error {
    Error::new(
        &codes::STATE_WITHOUT_ROWS,
        "a state holds counts, and no rows",
    )
    .at(Place::file(&args.log))
    .help("name the log that it was made of")
    .help("calib audit STATE --with MODEL.json shows what the model does to its figures")
}

/// Refuses a log without confidences, one that has columns of the names that are written, and a model of others.
fn refuse(
    args: &ApplyArgs,
    model: &Model,
    rewriter: &Rewriter<'_>,
    rows: &Rows,
) -> Result<(), Error> {
    let place = || Place::file(&rows.log.label);
    model::refuse_without_confidence(rows)?;
    for own in rewriter.members() {
        if rows.has_other(own) {
            let detail = format!(
                "`{}` would be written over a column of this name",
                own.name()
            );
            let error = Error::new(&codes::COLUMN_TAKEN, detail).at(place());
            return Err(match own {
                Own::ConfidenceRaw
                | Own::AbstainedRaw
                | Own::ConfidenceLow
                | Own::ConfidenceHigh => error.help(
                    "apply the model to the log as it was before it was recalibrated, or rename the column",
                ),
                Own::Confidence | Own::Abstained => {
                    error.help("rename the column, or map it: it serves another purpose here")
                }
            });
        }
    }
    let partial = audit::partial(args.partial);
    model::refuse_unfit(model, &args.model, &rows.definition(), partial)
}
