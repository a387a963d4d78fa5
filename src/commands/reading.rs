//! Reading a log for any command: rules from flags, threads, progress, and the judgement on its rows.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

use super::Streams;
use super::{progress, rules, saved};
use crate::cli::{BadRows, InputArgs};
use crate::codes;
use crate::error::{Error, Place};
use crate::evidence::{Groups, Partial};
use crate::ingest::{self, Gathered, Progress, Revision, Workers};
use crate::input::{
    self, Account, Definition, Finding, Limits, Log, Opening, Own, RowRules, Survey,
};
use crate::report;
use crate::state::{self, Flags, State};

/// A log that may be reported on, whether its rows were read or a state of it was opened.
pub(super) struct Reading {
    /// Its label, files, evidence, and what made that.
    pub(super) state: State,
    /// The files of the state; none when rows were read.
    pub(super) saved: Vec<String>,
}

/// What a LOG turns out to be.
pub(super) enum Found {
    /// Rows, all of them read, and not judged yet.
    Rows(Box<Rows>),
    /// A saved state.
    State(Box<Reading>),
}

/// A log whose rows were read.
pub(super) struct Rows {
    pub(super) log: Log,
    /// The flags it was read by, with those of its preset in the configuration file.
    pub(super) input: InputArgs,
    /// The rules of these flags alone, without those of its preset.
    pub(super) own: RowRules,
    pub(super) rules: RowRules,
    pub(super) gathered: Gathered,
}

/// Reads the logs of one report in turn; what flags say must be about some of them, and their labels tell them apart.
pub(super) fn read_all(
    logs: &[String],
    args: &InputArgs,
    by: &[String],
    workers: &Workers,
    streams: &mut Streams<'_>,
) -> Result<Vec<Reading>, Error> {
    let mut readings = Vec::new();
    for log in logs {
        readings.push(read(log, args, by, workers, streams)?);
    }
    if !readings.is_empty() {
        saved::refuse_idle_flags(args, &readings)?;
    }
    saved::part_labels(logs, &mut readings)?;
    Ok(readings)
}

/// Reads a log to its end and refuses it unless every row is accounted for within the limits; or opens its state.
pub(super) fn read(
    argument: &str,
    args: &InputArgs,
    by: &[String],
    workers: &Workers,
    streams: &mut Streams<'_>,
) -> Result<Reading, Error> {
    let reading = read_as_held(argument, args, by, workers, streams)?;
    match reading.saved.is_empty() {
        true => Ok(reading),
        false => saved::by(reading, by),
    }
}

/// The same, but a state keeps the groups it was saved with.
pub(super) fn read_as_held(
    argument: &str,
    args: &InputArgs,
    by: &[String],
    workers: &Workers,
    streams: &mut Streams<'_>,
) -> Result<Reading, Error> {
    match find(argument, args, by, &Manner::default(), workers, streams)? {
        Found::State(reading) => Ok(*reading),
        Found::Rows(rows) => accepted(argument, *rows, streams),
    }
}

/// A log whose rows were read, refused unless every row is accounted for within the limits.
pub(super) fn accepted(
    argument: &str,
    rows: Rows,
    streams: &mut Streams<'_>,
) -> Result<Reading, Error> {
    let place = place(argument, &rows.log);
    input::check(
        place,
        &rows.rules,
        &rows.gathered.accounts,
        &rows.gathered.notes,
    )?;
    // What cannot be said on standard error is still in the exit code.
    let _ = list(&rows.gathered.accounts, streams.err);
    tolerate(place, rows.input.max_bad_rows, &rows.gathered)?;
    let flags = rules::flags(&rows.input, &rows.own);
    Ok(Reading {
        state: rows.into_state(flags),
        saved: Vec::new(),
    })
}

/// Whether a file of a directory holds rows, rather than what stands beside them.
pub(super) fn holds_rows(path: &str, args: &InputArgs) -> Result<bool, Error> {
    let mut log = Log {
        label: path.to_owned(),
        paths: vec![path.to_owned()],
        ignored: Vec::new(),
        folder: true,
    };
    match Survey::of(&mut log, &opening(args)) {
        Err(error) if *error.code == codes::CANNOT_OPEN => Ok(false),
        Err(error) => Err(error),
        Ok(_) => Ok(true),
    }
}

fn opening(args: &InputArgs) -> Opening {
    Opening {
        records: args.records.clone(),
        preset: args.preset.unwrap_or_default(),
        limits: Limits {
            row: args.max_line,
            bytes: args.max_bytes,
        },
        copies: BTreeMap::new(),
    }
}

/// Whether rules serve a command.
pub(super) type Fit<'m> = dyn Fn(&RowRules) -> Result<(), Error> + Sync + 'm;

/// What a command wants of a log beyond what flags say.
#[derive(Default)]
pub(super) struct Manner<'m> {
    /// To look at the values themselves.
    pub(super) sampled: bool,
    /// To take rows without an outcome as rows.
    pub(super) ungraded: bool,
    /// To leave the texts of responses aside.
    pub(super) textless: bool,
    /// Files that hold what came from paths which cannot be read twice.
    pub(super) copies: BTreeMap<String, PathBuf>,
    /// To refuse rules before any row is read by them.
    pub(super) fit: Option<&'m Fit<'m>>,
    /// To count every row as another as well.
    pub(super) revision: Option<&'m Revision<'m>>,
}

/// Reads a log to its end by the rules that the flags and its preset give, or opens the states it is.
pub(super) fn find(
    argument: &str,
    args: &InputArgs,
    by: &[String],
    manner: &Manner<'_>,
    workers: &Workers,
    streams: &Streams<'_>,
) -> Result<Found, Error> {
    let mut log = Log::find(argument)?;
    let opening = Opening {
        copies: manner.copies.clone(),
        ..opening(args)
    };
    let survey = Survey::of(&mut log, &opening)?;
    if !survey.states.is_empty() {
        let reading = saved::open(&log, Log::label(argument) != argument, &survey.states)?;
        return Ok(Found::State(Box::new(reading)));
    }
    let own = args.of_preset(survey.preset());
    let rules = RowRules {
        sampled: manner.sampled,
        ungraded: manner.ungraded,
        textless: manner.textless,
        ..rules::rules(own, by, survey.preset())?.joined(opening.limits)?
    };
    manner.fit.map_or(Ok(()), |fits| fits(&rules))?;
    let shown = streams.terminal.err_is_terminal && !args.no_progress;
    let progress = Progress {
        bytes: Arc::clone(&survey.bytes),
        ..Progress::default()
    };
    let gathered = progress::watch(&log, shown, progress, |progress| {
        workers.run(|| ingest::gather(&log, survey, &rules, manner.revision, progress))
    })?;
    Ok(Found::Rows(Box::new(Rows {
        own: rules::rules(own, by, None)?,
        input: own.clone(),
        log,
        rules,
        gathered,
    })))
}

/// Whether a report can be made of what was read.
pub(super) fn judge(argument: &str, rows: &Rows) -> Result<(), Error> {
    let place = place(argument, &rows.log);
    let gathered = &rows.gathered;
    input::check(place, &rows.rules, &gathered.accounts, &gathered.notes)?;
    tolerate(place, rows.input.max_bad_rows, gathered)
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

pub(super) fn list(
    accounts: &BTreeMap<usize, Account>,
    err: &mut dyn Write,
) -> std::io::Result<()> {
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
pub(super) fn skipped(accounts: &BTreeMap<usize, Account>) -> BTreeMap<String, u64> {
    let mut sum: BTreeMap<String, u64> = BTreeMap::new();
    for (reason, count) in accounts.values().flat_map(Account::skipped) {
        *sum.entry(reason).or_default() += count;
    }
    sum
}

impl Rows {
    /// A second look at the files, before their rows are read again.
    pub(super) fn survey(&self, manner: &Manner<'_>) -> Result<Survey, Error> {
        let opening = Opening {
            copies: manner.copies.clone(),
            ..opening(&self.input)
        };
        Survey::of(&mut self.log.clone(), &opening)
    }

    /// Whether its rows have confidences.
    pub(super) fn has_confidence(&self) -> bool {
        input::has_confidence(&self.rules, &self.gathered.notes)
    }

    /// Whether a column of this name serves another purpose.
    pub(super) fn has_other(&self, own: Own) -> bool {
        input::has_other(own, &self.gathered.notes)
    }

    /// The first columns, for messages.
    pub(super) fn columns(&self) -> String {
        self.gathered.notes.columns.list()
    }

    /// The evidence of the rows as they were counted a second time.
    pub(super) fn take_revised(&mut self) -> Groups {
        std::mem::take(&mut self.gathered.revised)
    }

    /// What made its confidences.
    pub(super) fn definition(&self) -> Definition {
        self.rules.definition(&self.gathered.notes)
    }

    /// What a reader should know of how they were read.
    pub(super) fn findings(&self) -> Vec<Finding> {
        let Gathered {
            accounts, notes, ..
        } = &self.gathered;
        input::findings(&self.rules, accounts, notes, &self.log.ignored)
    }

    /// The log as it can be kept.
    fn into_state(self, flags: Flags) -> State {
        let findings = self.findings();
        let Self {
            log,
            input: _,
            own: _,
            rules,
            gathered,
        } = self;
        let mapping = gathered.notes.columns.mapping();
        let input = |(index, path): (usize, String)| {
            let account = gathered.accounts.get(&index);
            let format = gathered.formats.get(&index).cloned();
            let preset = gathered.presets.get(&index);
            state::Input {
                path,
                format: format.unwrap_or_default(),
                preset: preset.map(|name| (*name).to_owned()),
                used: account.map(Account::used_by_conduct).unwrap_or_default(),
                skipped: account.map(Account::skipped).unwrap_or_default(),
                mapping: mapping.clone(),
            }
        };
        State {
            label: log.label,
            inputs: log.paths.into_iter().enumerate().map(input).collect(),
            definition: rules.definition(&gathered.notes),
            flags,
            findings,
            groups: gathered.groups,
            names: gathered.notes.beyond.names,
        }
    }
}

impl Reading {
    /// The files of the log as the report lists them.
    pub(super) fn inputs(&self, partial: Partial) -> Vec<report::Input> {
        let input = |input: &state::Input| {
            let (answered, abstained) = input.behaved(partial);
            let used = answered + abstained;
            report::Input {
                label: self.state.label.clone(),
                path: input.path.clone(),
                format: input.format.clone(),
                preset: input.preset.clone(),
                rows: report::Rows {
                    read: used + input.left_out(),
                    used,
                    answered,
                    abstained,
                    skipped: input.skipped.clone(),
                },
                mapping: input.mapping.clone(),
                saved: self.saved.clone(),
            }
        };
        self.state.inputs.iter().map(input).collect()
    }
}
