//! Reading a log for any command: rules from flags, threads, progress, and the judgement on its rows.

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::Arc;

use super::Streams;
use super::{progress, rules};
use crate::cli::{BadRows, InputArgs};
use crate::codes;
use crate::error::{Error, Place};
use crate::evidence::Partial;
use crate::ingest::{self, Gathered, Progress, Workers};
use crate::input::{self, Account, Finding, Limits, Log, Opening, RowRules, Survey};
use crate::report;

/// A log that was read and may be reported on.
pub(super) struct Reading {
    pub(super) log: Log,
    /// The flags it was read by, with those of its preset in the configuration file.
    pub(super) input: InputArgs,
    /// The rules of these flags alone, without those of its preset.
    pub(super) own: RowRules,
    pub(super) rules: RowRules,
    pub(super) gathered: Gathered,
    pub(super) findings: Vec<Finding>,
}

/// Reads a log to its end and refuses it unless every row is accounted for within the limits.
pub(super) fn read(
    argument: &str,
    args: &InputArgs,
    by: &[String],
    workers: &Workers,
    streams: &mut Streams<'_>,
) -> Result<Reading, Error> {
    let reading = gather(argument, args, by, false, workers, streams)?;
    let place = place(argument, &reading.log);
    let gathered = &reading.gathered;
    input::check(place, &reading.rules, &gathered.accounts, &gathered.notes)?;
    // What cannot be said on standard error is still in the exit code.
    let _ = list(&gathered.accounts, streams.err);
    tolerate(place, reading.input.max_bad_rows, gathered)?;
    Ok(reading)
}

fn opening(args: &InputArgs) -> Opening {
    Opening {
        records: args.records.clone(),
        preset: args.preset.unwrap_or_default(),
        limits: Limits {
            row: args.max_line,
            bytes: args.max_bytes,
        },
    }
}

/// Reads a log to its end by the rules that the flags and its preset give; `sampled` also looks at the values themselves.
pub(super) fn gather(
    argument: &str,
    args: &InputArgs,
    by: &[String],
    sampled: bool,
    workers: &Workers,
    streams: &Streams<'_>,
) -> Result<Reading, Error> {
    let mut log = Log::find(argument)?;
    let opening = opening(args);
    let survey = Survey::of(&mut log, &opening)?;
    let own = args.of_preset(survey.preset());
    let rules = RowRules {
        sampled,
        ..rules::rules(own, by, survey.preset())?.joined(opening.limits)?
    };
    let shown = streams.terminal.err_is_terminal && !args.no_progress;
    let progress = Progress {
        bytes: Arc::clone(&survey.bytes),
        ..Progress::default()
    };
    let gathered = progress::watch(&log, shown, progress, |progress| {
        workers.run(|| ingest::gather(&log, survey, &rules, progress))
    })?;
    let findings = input::findings(&rules, &gathered.accounts, &gathered.notes, log.ignored);
    Ok(Reading {
        own: rules::rules(own, by, None)?,
        input: own.clone(),
        log,
        rules,
        gathered,
        findings,
    })
}

/// Whether a report can be made of what was read.
pub(super) fn judge(argument: &str, reading: &Reading) -> Result<(), Error> {
    let place = place(argument, &reading.log);
    let gathered = &reading.gathered;
    input::check(place, &reading.rules, &gathered.accounts, &gathered.notes)?;
    tolerate(place, reading.input.max_bad_rows, gathered)
}

/// What a message about the whole log names.
fn place<'l>(argument: &'l str, log: &'l Log) -> &'l str {
    match log.paths.as_slice() {
        [path] => path,
        _ => argument,
    }
}

/// Refuses the log when there are more bad rows than allowed, or nothing else.
fn tolerate(
    place: &str,
    limit: BadRows,
    Gathered {
        accounts, notes, ..
    }: &Gathered,
) -> Result<(), Error> {
    let total = |count: fn(&Account) -> u64| accounts.values().map(count).sum::<u64>();
    let (read, used, bad) = (
        total(Account::rows_read),
        total(Account::rows_used),
        total(Account::bad),
    );
    if limit.tolerates(bad, read) && used > 0 {
        return Ok(());
    }
    let reasons = skipped(accounts);
    let skipped: Vec<_> = reasons
        .iter()
        .map(|(reason, count)| format!("{reason} {count}"))
        .collect();
    let detail = format!(
        "rows read {read} = {used} used + {} skipped ({})",
        read - used,
        skipped.join(", ")
    );
    let mut error = Error::new(&codes::TOO_MANY_BAD_ROWS, detail).at(Place::file(place));
    let out_of_range = reasons.contains_key(codes::OUT_OF_RANGE.reason);
    if let Some(scales) = input::two_scales(notes).filter(|_| out_of_range) {
        error = error.help(scales);
    }
    Err(if used > 0 {
        error.help(format!(
            "to report on the other rows, pass --max-bad-rows {bad}"
        ))
    } else {
        error.help("no row is left to report on")
    })
}

fn list(accounts: &BTreeMap<usize, Account>, err: &mut dyn Write) -> std::io::Result<()> {
    for account in accounts.values() {
        for (_, count, examples) in account.reasons() {
            for example in examples {
                writeln!(err, "{example}")?;
            }
            let shown = u64::try_from(examples.len()).unwrap_or(count);
            if shown > 0 && count > shown {
                writeln!(err, "  and {} more of this kind", count - shown)?;
            }
        }
    }
    Ok(())
}

/// Rows left out of a log, by reason.
fn skipped(accounts: &BTreeMap<usize, Account>) -> BTreeMap<String, u64> {
    let mut sum: BTreeMap<String, u64> = BTreeMap::new();
    for (reason, count) in accounts.values().flat_map(Account::skipped) {
        *sum.entry(reason).or_default() += count;
    }
    sum
}

impl Reading {
    /// The files of the log as the report lists them.
    pub(super) fn inputs(&self, partial: Partial) -> Vec<report::Input> {
        let mapping = self.gathered.notes.columns.mapping();
        let input = |(index, path): (usize, &String)| {
            let account = self
                .gathered
                .accounts
                .get(&index)
                .cloned()
                .unwrap_or_default();
            let (answered, abstained) = account.behaved(partial);
            report::Input {
                label: self.log.label.clone(),
                path: path.clone(),
                format: self
                    .gathered
                    .formats
                    .get(&index)
                    .cloned()
                    .unwrap_or_default(),
                preset: self
                    .gathered
                    .presets
                    .get(&index)
                    .map(|name| (*name).to_owned()),
                rows: report::Rows {
                    read: account.rows_read(),
                    used: account.rows_used(),
                    answered,
                    abstained,
                    skipped: account.skipped(),
                },
                mapping: mapping.clone(),
            }
        };
        self.log.paths.iter().enumerate().map(input).collect()
    }
}
