//! Which files a log is: paths, patterns and directories.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::{cannot_open, not_opened};
use crate::codes;
use crate::error::Error;
use crate::input::presets;

/// One log: all the files of one run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Log {
    /// Its label: given as `LABEL=`, else the argument.
    pub label: String,
    /// Its files in order; `-` is standard input.
    pub paths: Vec<String>,
    /// Files in a directory that do not look like logs, in order.
    pub ignored: Vec<String>,
    /// Whether its files were found in a directory.
    pub folder: bool,
}

/// Endings of log files in a directory, before `.gz` or `.zst`.
const ENDINGS: [&str; 7] = [
    ".jsonl", ".ndjson", ".csv", ".tsv", ".parquet", ".json", ".eval",
];

impl Log {
    /// The label of a `[LABEL=]LOG` argument.
    #[must_use]
    pub fn label(argument: &str) -> &str {
        split_label(argument).0
    }

    /// The directory that a `[LABEL=]LOG` argument names, where it names one.
    #[must_use]
    pub fn folder(argument: &str) -> Option<&str> {
        Some(split_label(argument).1).filter(|path| Path::new(path).is_dir())
    }

    /// The files that are read at one of the paths of a log: the path, or the files of a folder that is one log.
    #[must_use]
    pub fn files(path: &str) -> Vec<PathBuf> {
        match presets::files_of(Path::new(path)) {
            files if files.is_empty() => vec![PathBuf::from(path)],
            files => files,
        }
    }

    /// A log of one file, labelled by its path.
    pub(crate) fn of_file(path: &str) -> Self {
        Self {
            label: path.to_owned(),
            paths: vec![path.to_owned()],
            ignored: Vec::new(),
            folder: false,
        }
    }

    /// Finds the files of a `[LABEL=]LOG` argument: a file, `-`, a quoted pattern or a directory.
    ///
    /// # Errors
    /// When nothing is there.
    pub fn find(argument: &str) -> Result<Self, Error> {
        let (label, path) = split_label(argument);
        if path.is_empty() {
            let error = Error::new(&codes::BAD_FLAG, format!("`{argument}` names no log"));
            return Err(error.help("give a path: [LABEL=]LOG"));
        }
        let folder = Path::new(path).is_dir();
        let (paths, ignored) = if folder {
            directory(path)?
        } else if path != "-" && !Path::new(path).exists() && path.contains(['*', '?', '[']) {
            (pattern(path)?, Vec::new())
        } else {
            (vec![path.to_owned()], Vec::new())
        };
        Ok(Self {
            label: label.to_owned(),
            paths,
            ignored,
            folder,
        })
    }
}

/// The label and the path of an argument; a path that exists may hold `=` itself.
fn split_label(argument: &str) -> (&str, &str) {
    match argument.split_once('=') {
        Some((label, path)) if !label.is_empty() && !Path::new(argument).exists() => (label, path),
        _ => (argument, argument),
    }
}

fn pattern(pattern: &str) -> Result<Vec<String>, Error> {
    let matches = glob::glob(pattern).map_err(|error| cannot_open(pattern, error.to_string()))?;
    let mut paths = Vec::new();
    for path in matches {
        let path = path.map_err(|error| not_opened(pattern, error.error()))?;
        if !path.is_dir() {
            paths.push(utf8(&path)?);
        }
    }
    if paths.is_empty() {
        Err(cannot_open(pattern, "no file matches this pattern"))
    } else {
        Ok(paths)
    }
}

/// The logs below a directory, and the other files, in order of path.
fn directory(root: &str) -> Result<(Vec<String>, Vec<String>), Error> {
    let (mut paths, mut ignored) = (Vec::new(), Vec::new());
    let mut pending = BTreeSet::from([Path::new(root).to_owned()]);
    let mut visited = BTreeSet::new();
    while let Some(folder) = pending.pop_first() {
        // A link may lead back to a folder whose files are read already.
        if !visited.insert(fs::canonicalize(&folder).map_err(|error| not_opened(root, &error))?) {
            continue;
        }
        if presets::of_folder(&folder).is_some() {
            paths.push(utf8(&folder)?);
            continue;
        }
        for entry in fs::read_dir(&folder).map_err(|error| not_opened(root, &error))? {
            let path = entry.map_err(|error| not_opened(root, &error))?.path();
            if path
                .file_name()
                .is_some_and(|name| name.as_encoded_bytes().starts_with(b"."))
            {
                continue;
            } else if path.is_dir() {
                pending.insert(path);
            } else if is_log(&path) && !is_special(&path) {
                paths.push(utf8(&path)?);
            } else {
                ignored.push(path.to_string_lossy().into_owned());
            }
        }
    }
    paths.sort();
    if paths.is_empty() {
        let why = format!(
            "the directory holds no file ending in {}",
            ENDINGS.join(", ")
        );
        return Err(cannot_open(root, why));
    }
    // A file and a link to it, such as `latest.jsonl`, are the same rows.
    let (paths, repeated): (Vec<_>, Vec<_>) = paths.into_iter().partition(|path| {
        // A folder that is one log was visited as a folder.
        Path::new(path).is_dir()
            || visited.insert(fs::canonicalize(path).unwrap_or_else(|_| path.into()))
    });
    ignored.extend(repeated);
    ignored.sort();
    Ok((paths, ignored))
}

/// Whether a path is there and is neither a file nor a folder: reading a pipe may wait for ever.
pub fn is_special(path: impl AsRef<Path>) -> bool {
    fs::metadata(path).is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

fn is_log(path: &Path) -> bool {
    let ends = |ending: &&str| ends_with(&path.to_string_lossy(), ending);
    ENDINGS.iter().any(ends)
}

/// Whether a file is named as JSON is: it may hold rows, or a summary, or settings.
pub(crate) fn is_json(path: &str) -> bool {
    ends_with(path, ".json")
}

/// Whether a name has this ending, compression apart.
fn ends_with(path: &str, ending: &str) -> bool {
    let name = path.to_lowercase();
    let name = name
        .strip_suffix(".gz")
        .or(name.strip_suffix(".zst"))
        .unwrap_or(&name);
    name.ends_with(ending)
}

fn utf8(path: &Path) -> Result<String, Error> {
    path.to_str()
        .map(str::to_owned)
        .ok_or_else(|| cannot_open(&path.to_string_lossy(), "the file name is not valid UTF-8"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_label_is_split_off() {
        let log = Log::find("base=runs/a.jsonl").unwrap();
        assert_eq!(
            (log.label.as_str(), log.paths[0].as_str()),
            ("base", "runs/a.jsonl")
        );
        assert_eq!(Log::find("-").unwrap().paths, ["-"]);
    }

    #[test]
    fn a_pattern_without_files_is_an_error() {
        assert_eq!(Log::find("no/such/*.jsonl").unwrap_err().code.id, "E401");
    }
}
