//! Saved states: opened where a LOG is asked for, and written.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::reading::Reading;
use super::writing;
use crate::cli::{BadRows, InputArgs, Missing};
use crate::codes;
use crate::error::{Error, Place};
use crate::input::{Finding, Log};
use crate::report::Warning;
use crate::state::State;

/// The states of a log as one; `labelled` says whether the user named it.
pub(super) fn open(
    log: &Log,
    labelled: bool,
    files: &[(String, Vec<u8>)],
) -> Result<Reading, Error> {
    let opened = files
        .iter()
        .map(|(path, bytes)| State::from_bytes(bytes).map_err(|error| error.at(Place::file(path))));
    let states: Vec<State> = opened.collect::<Result<_, _>>()?;
    let mut state = State::merged(states)?;
    if labelled {
        state.label.clone_from(&log.label);
    }
    Ok(Reading {
        state,
        saved: files.iter().map(|(path, _)| path.clone()).collect(),
    })
}

/// The state in the groups of these fields: some of those that it was saved with.
pub(super) fn by(reading: Reading, fields: &[String]) -> Result<Reading, Error> {
    let Reading { mut state, saved } = reading;
    let held = std::mem::replace(&mut state.definition.by, fields.to_vec());
    if fields == held {
        return Ok(Reading { state, saved });
    }
    let place = |field: &String| held.iter().position(|known| known == field);
    let places: Option<Vec<usize>> = fields.iter().map(place).collect();
    let Some(places) = places else {
        let unknown: Vec<_> = fields
            .iter()
            .filter(|field| place(field).is_none())
            .collect();
        return Err(not_held(&unknown, &held, &saved));
    };
    state.groups = state.groups.regrouped(|key| {
        let values = places.iter().map(|place| key.get(*place).cloned());
        values
            .collect::<Option<Vec<_>>>()
            .filter(|key| !key.is_empty())
    });
    Ok(Reading { state, saved })
}

fn not_held(unknown: &[&String], held: &[String], saved: &[String]) -> Error {
    let listed: Vec<_> = unknown.iter().map(|field| field.as_str()).collect();
    let holds = match held {
        [] => "was saved without groups".to_owned(),
        held => format!("was saved with --by {}", held.join(",")),
    };
    let detail = format!("--by names {}, and the state {holds}", listed.join(", "));
    let error = Error::new(&codes::GROUPS_NOT_HELD, detail).help(codes::GROUPS_NOT_HELD.remedy);
    match saved {
        [path] => error.at(Place::file(path)),
        _ => error,
    }
}

/// Parses the path of a state to be written.
pub(super) fn state_path(path: &str) -> Result<PathBuf, String> {
    match path {
        "" | "-" => Err("expected the path of a file".to_owned()),
        _ => Ok(path.into()),
    }
}

/// Writes a state whole or not at all; never over a file it was made from.
pub(super) fn save(state: &State, saved: &[String], path: &Path) -> Result<(), Error> {
    let bytes = state.to_bytes()?;
    let read = state.inputs.iter().map(|input| &input.path).chain(saved);
    let read: Vec<_> = read.map(String::as_str).collect();
    writing::to_file(&bytes, &read, path)
}

/// Flags that say how rows are read have no meaning where none are.
pub(super) fn refuse_idle_flags(args: &InputArgs, readings: &[Reading]) -> Result<(), Error> {
    if readings.iter().any(|reading| reading.saved.is_empty()) {
        return Ok(());
    }
    let given = [
        ("--map", !args.mappings.is_empty()),
        ("--preset", args.preset.is_some()),
        ("--records", args.records.is_some()),
        ("--not", !args.opposites.is_empty()),
        ("--const", !args.constants.is_empty()),
        ("--softmax", args.softmax.is_some()),
        ("--extract", !args.extracts.is_empty()),
        ("--pairs", args.pairs.is_some()),
        ("--join", args.join.is_some()),
        ("--confidence-scale", args.confidence_scale.is_some()),
        (
            "--missing-confidence",
            args.missing_confidence != Missing::Drop,
        ),
        ("--where", !args.filters.is_empty()),
        ("--id", args.id.is_some()),
        ("--cluster", args.cluster.is_some()),
        ("--max-bad-rows", args.max_bad_rows != BadRows::Count(0)),
    ];
    // A file is there for all logs, also for those that are read.
    let files = args.config_file().into_iter();
    let settings = files.flat_map(|file| file.input.iter().chain(file.presets.values().flatten()));
    let of_file: Vec<_> = settings.map(|setting| setting.flag.as_str()).collect();
    let own = |flag: &str| !of_file.contains(&flag.trim_start_matches('-'));
    match given.into_iter().find(|(flag, given)| *given && own(flag)) {
        None => Ok(()),
        Some((flag, _)) => {
            let detail = format!("{flag} says how rows are read, and a saved state has none");
            let error = Error::new(&codes::BAD_FLAG, detail);
            Err(error.help("pass it when the state is saved"))
        }
    }
}

/// States may have been saved under one label: those are told apart by their files.
pub(super) fn part_labels(arguments: &[String], readings: &mut [Reading]) -> Result<(), Error> {
    let labels: Vec<_> = readings
        .iter()
        .map(|reading| reading.state.label.clone())
        .collect();
    let repeated = |label: &String| labels.iter().filter(|other| *other == label).count() > 1;
    for (reading, argument) in readings.iter_mut().zip(arguments) {
        if repeated(&reading.state.label) && !reading.saved.is_empty() {
            Log::label(argument).clone_into(&mut reading.state.label);
        }
    }
    let mut known = BTreeSet::new();
    match readings
        .iter()
        .find(|reading| !known.insert(&reading.state.label))
    {
        None => Ok(()),
        Some(reading) => {
            let detail = format!("two logs are labelled `{}`", reading.state.label);
            let error = Error::new(&codes::BAD_FLAG, detail);
            Err(error.help("give each its own label: LABEL=LOG"))
        }
    }
}

/// The same file twice would count its rows twice.
pub(super) fn refuse_repeated(arguments: &[String]) -> Result<(), Error> {
    let mut known = BTreeSet::new();
    for argument in arguments {
        for path in Log::find(argument)?.paths {
            let file = std::fs::canonicalize(&path).unwrap_or_else(|_| path.clone().into());
            if !known.insert(file) {
                let error = Error::new(&codes::BAD_FLAG, "the same file is named twice");
                return Err(error.at(Place::file(&path)).help("name it once"));
            }
        }
    }
    Ok(())
}

impl From<&Finding> for Warning {
    fn from(finding: &Finding) -> Self {
        Self {
            code: finding.code.id,
            message: finding.message.clone(),
            count: finding.count,
        }
    }
}
