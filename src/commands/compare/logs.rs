//! Which logs are compared, and what they are called.

use std::collections::BTreeSet;
use std::path::Path;

use crate::cli::InputArgs;
use crate::codes;
use crate::commands::reading;
use crate::error::Error;
use crate::input::{Log, named};
use crate::report::Warning;

/// The logs to compare, with their labels.
pub(super) struct Logs {
    pub(super) logs: Vec<String>,
    /// Files of a directory that hold no rows.
    pub(super) left_out: Vec<String>,
}

/// The logs with their labels; a single directory stands for the logs in it, in order of their names as people count.
pub(super) fn logs(given: &[String], input: &InputArgs) -> Result<Logs, Error> {
    let [only] = given else {
        return Ok(Logs {
            logs: labelled(given),
            left_out: Vec::new(),
        });
    };
    let few = |detail: String| {
        Error::new(&codes::BAD_FLAG, detail)
            .help("name the base first, then the logs to compare with it")
            .help("models of one log: save each with calib audit LOG --where model=NAME --save NAME.calib, then compare the states")
    };
    if !Path::new(only).is_dir() {
        return Err(few("a comparison needs a base and another log".to_owned()));
    }
    let mut found = checkpoints(only, input)?;
    if found.logs.len() < 2 {
        return Err(few(format!("`{only}` holds one log")));
    }
    found.logs.sort_by_cached_key(|path| natural(path));
    found.logs = labelled(&found.logs);
    Ok(found)
}

/// What is said of files that were left out.
pub(super) fn warning(left_out: &[String]) -> Option<Warning> {
    let count = left_out.len();
    let named = named(left_out.iter().map(String::as_str), count);
    (count > 0).then(|| Warning {
        code: codes::IGNORED_FILES.id,
        message: format!("files of the directory hold no rows and were not read: {named}"),
        count: count as u64,
    })
}

/// The states in a directory, or else its logs; files that hold no rows, such as results beside samples, are none.
fn checkpoints(directory: &str, input: &InputArgs) -> Result<Logs, Error> {
    let states = format!("{}/*.calib", glob::Pattern::escape(directory));
    let states = Log::find(&states).map_or_else(|_| Vec::new(), |log| log.paths);
    let found = Log::find(directory);
    let logs = match (found, states.is_empty()) {
        (Err(_), false) => Vec::new(),
        (found, _) => found?.paths,
    };
    let (mut rows, mut left_out) = (Vec::new(), Vec::new());
    for path in logs {
        match reading::holds_rows(&path, input)? {
            true => rows.push(path),
            false => left_out.push(path),
        }
    }
    match (states.first(), rows.first()) {
        (Some(state), Some(log)) => {
            let detail = format!("{log} holds rows, and {state} is a saved state");
            let error = Error::new(&codes::ROWS_AND_STATES, detail);
            Err(error.help("compare a directory of either"))
        }
        (Some(_), None) => Ok(Logs {
            logs: states,
            left_out,
        }),
        (None, _) => Ok(Logs {
            logs: rows,
            left_out,
        }),
    }
}

/// Logs without a label are called by their file names without ending, where that tells all of them apart.
fn labelled(logs: &[String]) -> Vec<String> {
    let name = |log: &String| {
        let own = Log::label(log);
        let stem = Path::new(own)
            .file_stem()
            .filter(|_| own == log && own != "-");
        stem.map_or_else(
            || own.to_owned(),
            |stem| stem.to_string_lossy().into_owned(),
        )
    };
    let names: BTreeSet<String> = logs.iter().map(name).collect();
    if names.len() < logs.len() {
        return logs.to_vec();
    }
    let label = |log: &String| match Log::label(log) == log {
        true => format!("{}={log}", name(log)),
        false => log.clone(),
    };
    logs.iter().map(label).collect()
}

/// Text in which numbers compare as numbers: step-9 before step-10.
fn natural(text: &str) -> Vec<(u128, String)> {
    let mut parts: Vec<(u128, String)> = Vec::new();
    for piece in text
        .chars()
        .collect::<Vec<_>>()
        .chunk_by(|a, b| a.is_ascii_digit() == b.is_ascii_digit())
    {
        let piece: String = piece.iter().collect();
        match piece.parse() {
            Ok(number) => parts.push((number, String::new())),
            Err(_) => parts.push((0, piece)),
        }
    }
    parts
}
