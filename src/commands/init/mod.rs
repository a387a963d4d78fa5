//! `calib init`: a configuration file and a CI workflow to begin with.

use std::fs;
use std::path::Path;

use clap::Args;

use super::{Streams, writing};
use crate::config;

/// Where GitHub looks for workflows.
const WORKFLOW: &str = ".github/workflows/calib.yml";
/// The log that `--demo` writes.
const DEMO: &str = "demo.jsonl";
/// The log of a workflow that does not know its own yet.
const UNKNOWN: &str = "predictions.jsonl";

/// The arguments of `calib init`.
#[derive(Args, Clone, Debug)]
pub struct InitArgs {
    /// Write a log of an invented model as well, and say what to try with it
    #[arg(long)]
    pub demo: bool,
    /// Replace files that are there
    #[arg(long)]
    pub force: bool,
}

/// A file to be written.
struct File {
    path: &'static str,
    bytes: Vec<u8>,
}

/// Writes the files into the current directory, all of them or, where one is there already, none.
///
/// # Errors
/// When a file is there and may not be replaced, or one cannot be written.
pub fn run(args: &InitArgs, streams: &mut Streams<'_>) -> anyhow::Result<()> {
    let files = files(args.demo);
    if !args.force {
        writing::refuse_present(files.iter().map(|file| Path::new(file.path)))?;
    }
    for file in &files {
        let path = Path::new(file.path);
        let folder = path.parent().unwrap_or(path);
        if !folder.as_os_str().is_empty() {
            fs::create_dir_all(folder).map_err(|error| writing::cannot_write(file.path, &error))?;
        }
        writing::to_file(&file.bytes, &[], path)?;
    }
    let wrote: String = files
        .iter()
        .map(|file| format!("wrote {}\n", file.path))
        .collect();
    let next = if args.demo { demo() } else { next() };
    writing::to_stdout(format!("{wrote}\n{next}").as_bytes(), streams)?;
    Ok(())
}

fn files(demo: bool) -> Vec<File> {
    let log = if demo { DEMO } else { UNKNOWN };
    let workflow = include_str!("calib.yml")
        .replace("{log}", log)
        .replace("{version}", env!("CARGO_PKG_VERSION"));
    let file = |path, bytes: &[u8]| File {
        path,
        bytes: bytes.to_vec(),
    };
    let mut files = vec![
        file(config::FILE, include_bytes!("calib.toml")),
        file(WORKFLOW, workflow.as_bytes()),
    ];
    if demo {
        files.push(file(DEMO, include_bytes!("demo.jsonl")));
    }
    files
}

fn next() -> String {
    format!(
        "next\n  set LOG in {WORKFLOW} to the log that your evaluation writes\n  try `calib check LOG`, then `calib gate LOG`\n"
    )
}

fn demo() -> String {
    let state = "baseline.calib";
    let commands = [
        format!("calib check {DEMO}"),
        format!("calib audit {DEMO} --save {state}"),
        format!("calib gate {DEMO}"),
        format!("calib gate {DEMO} --rule ece.max=0.1 --exit-zero"),
        format!("calib gate {DEMO} --baseline {state} --rule brier.max_increase=0.01"),
    ];
    let lines: String = commands
        .iter()
        .map(|command| format!("  {command}\n"))
        .collect();
    format!("to try\n{lines}")
}
