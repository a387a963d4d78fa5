//! What a command writes replaces nothing that it reads, and no two outputs go to one file.
//!
//! Paths are compared resolved, so that a link, `./` or another folder on the way hides nothing. What a log was made from
//! (the files of a saved state) is known only once it is read; [`refuse_input`] looks at that.

use std::fs;
use std::path::{Path, PathBuf};

use crate::cli::{Export, InputArgs};
use crate::codes;
use crate::error::{Error, Place};
use crate::input::Log;

/// The files that the flags of a command name.
pub(super) struct Files<'f> {
    /// The arguments that name logs.
    pub(super) logs: Vec<&'f str>,
    /// The model that is applied.
    pub(super) model: Option<&'f str>,
    /// How the logs are read, which may take a second file and a configuration.
    pub(super) input: &'f InputArgs,
    /// What is written.
    pub(super) outputs: Vec<&'f Path>,
}

/// The paths of reports.
pub(super) fn of_reports<F>(reports: &[Export<F>]) -> Vec<&Path> {
    reports.iter().map(|report| report.path.as_path()).collect()
}

impl<'f> Files<'f> {
    /// Logs, and reports on them.
    pub(super) fn of<F>(
        logs: &'f [String],
        input: &'f InputArgs,
        reports: &'f [Export<F>],
    ) -> Self {
        Self {
            logs: logs.iter().map(String::as_str).collect(),
            model: None,
            input,
            outputs: of_reports(reports),
        }
    }

    /// Refuses an output that would replace an input or another output.
    ///
    /// # Errors
    /// When one would.
    pub(super) fn check(&self) -> Result<(), Error> {
        // What is not there yet replaces nothing, and finding a log may be a walk through a folder.
        let replaces = self.outputs.iter().any(|output| output.exists());
        let inputs = if replaces { self.inputs() } else { Vec::new() };
        let mut known: Vec<PathBuf> = Vec::new();
        for output in &self.outputs {
            let path = resolved(output);
            if let Some((what, _)) = inputs.iter().find(|(_, input)| *input == path) {
                return Err(overwrites(output, what));
            }
            if known.contains(&path) {
                return Err(refused(output, "two outputs would go to one file"));
            }
            known.push(path);
        }
        Ok(())
    }

    /// [`Self::check`], where what is written must not be read as a part of the log the next time either.
    ///
    /// # Errors
    /// When it would.
    pub(super) fn check_apart(&self) -> Result<(), Error> {
        let folders = self.logs.iter().filter_map(|log| Log::folder(log));
        let folders: Vec<_> = folders.map(|folder| resolved(folder.as_ref())).collect();
        let within = |output: &&&Path| {
            let beside = resolved(folder_of(output));
            folders.iter().any(|folder| beside.starts_with(folder))
        };
        if let Some(output) = self.outputs.iter().find(within) {
            let detail = "the output would become a part of the log, which is this directory";
            return Err(refused(output, detail));
        }
        self.check()
    }

    /// What is read, and what it is.
    fn inputs(&self) -> Vec<(&'static str, PathBuf)> {
        // A log that is not there is told of when it is to be read.
        let found = self.logs.iter().filter_map(|log| Log::find(log).ok());
        let logs = found.flat_map(|log| log.paths);
        let logs = logs.flat_map(|path| read_at(&path));
        let mut inputs: Vec<_> = logs.map(|path| (LOG, path)).collect();
        let presets = self.input.config.used.iter();
        let presets = presets.flat_map(|used| used.presets.values());
        let joins = std::iter::once(self.input).chain(presets);
        let joins = joins.filter_map(|input| input.join.as_ref());
        inputs.extend(joins.map(|join| ("file of --join", resolved(join.path().as_ref()))));
        let config = self.input.config_file().map(|config| config.path.as_str());
        let others = [("model", self.model), ("configuration file", config)];
        let named =
            |(what, path): (&'static str, Option<&str>)| Some((what, resolved(path?.as_ref())));
        inputs.extend(others.into_iter().filter_map(named));
        inputs
    }
}

/// What a log is called in an error.
const LOG: &str = "log";

/// Refuses to write over what a document is made of.
///
/// # Errors
/// When the path leads to an input.
pub(super) fn refuse_input(inputs: &[&str], path: &Path) -> Result<(), Error> {
    // What is not there yet replaces nothing.
    if !path.exists() {
        return Ok(());
    }
    let output = resolved(path);
    match inputs.iter().any(|input| read_at(input).contains(&output)) {
        true => Err(overwrites(path, LOG)),
        false => Ok(()),
    }
}

/// The files that are read at a path of a log; none of standard input.
fn read_at(path: &str) -> Vec<PathBuf> {
    match path {
        "-" => Vec::new(),
        path => {
            let files = Log::files(path).into_iter();
            files.map(|file| resolved(&file)).collect()
        }
    }
}

fn overwrites(output: &Path, what: &str) -> Error {
    refused(output, format!("the output would overwrite the {what}"))
}

fn refused(output: &Path, detail: impl Into<String>) -> Error {
    Error::new(&codes::BAD_FLAG, detail)
        .at(Place::file(&output.to_string_lossy()))
        .help("name another file")
}

/// Where a path leads; that of a file yet to be written through the folder it will stand in.
fn resolved(path: &Path) -> PathBuf {
    if let Ok(path) = fs::canonicalize(path) {
        return path;
    }
    match (fs::canonicalize(folder_of(path)), path.file_name()) {
        (Ok(folder), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}

/// The folder that a path names a file of.
fn folder_of(path: &Path) -> &Path {
    let parent = path.parent();
    let named = parent.filter(|parent| !parent.as_os_str().is_empty());
    named.unwrap_or(Path::new("."))
}
