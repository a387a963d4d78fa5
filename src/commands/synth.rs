//! `calib synth`: seeded logs with known truth.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::{Streams, writing};
use crate::codes;
use crate::error::Error;
use crate::synth::{Log, Row, Scenario};

/// The schema of the truth.
const SCHEMA: &str = "calib.truth/1";
/// The file of the truth.
const TRUTH: &str = "truth.json";

/// The arguments of `calib synth`.
#[derive(Args, Clone, Debug)]
pub struct SynthArgs {
    /// What the log is of.
    #[command(subcommand)]
    pub scenario: Scenario,
    /// Seed of all draws: the same rows for the same seed
    #[arg(long, value_name = "N", global = true, default_value_t = 0)]
    pub seed: u64,
    /// Folder to write the logs and truth.json into [default: rows to standard output]
    #[arg(short, long, value_name = "DIR", global = true)]
    pub output: Option<PathBuf>,
    /// Print the truth instead of rows
    #[arg(long, global = true, conflicts_with = "output")]
    pub truth: bool,
    /// Replace files that are there
    #[arg(long, global = true, requires = "output")]
    pub force: bool,
}

/// Makes the logs and writes them with their truth.
///
/// # Errors
/// When several logs have no folder to go to, a file is there and may not be replaced, or one cannot be written.
pub fn run(args: &SynthArgs, streams: &mut Streams<'_>) -> anyhow::Result<()> {
    let logs = args.scenario.logs(args.seed);
    match (&args.output, &logs[..]) {
        (Some(folder), _) => to_folder(args, &logs, folder, streams)?,
        (None, _) if args.truth => writing::to_stdout(&truth(args, &logs)?, streams)?,
        (None, [log]) => writing::to_stdout(&lines(&log.rows)?, streams)?,
        (None, logs) => {
            let detail = format!(
                "{} makes {} logs, and standard output takes one",
                args.scenario.name(),
                logs.len()
            );
            let error = Error::new(&codes::BAD_FLAG, detail);
            return Err(error.help("name a folder for them: -o DIR").into());
        }
    }
    Ok(())
}

fn to_folder(
    args: &SynthArgs,
    logs: &[Log],
    folder: &Path,
    streams: &mut Streams<'_>,
) -> anyhow::Result<()> {
    let mut files = Vec::new();
    for log in logs {
        files.push((
            folder.join(format!("{}.jsonl", log.name)),
            lines(&log.rows)?,
        ));
    }
    files.push((folder.join(TRUTH), truth(args, logs)?));
    if !args.force {
        writing::refuse_present(files.iter().map(|(path, _)| path.as_path()))?;
    }
    fs::create_dir_all(folder)
        .map_err(|error| writing::cannot_write(&folder.to_string_lossy(), &error))?;
    let mut said = String::new();
    for (path, bytes) in &files {
        writing::to_file(bytes, &[], path)?;
        said += &format!("wrote {}\n", path.display());
    }
    writing::to_stdout(said.as_bytes(), streams)?;
    Ok(())
}

/// JSON Lines.
fn lines(rows: &[Row]) -> Result<Vec<u8>, io::Error> {
    let mut bytes = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut bytes, row)?;
        bytes.push(b'\n');
    }
    Ok(bytes)
}

/// What made the rows, and what is true of them.
fn truth(args: &SynthArgs, logs: &[Log]) -> Result<Vec<u8>, serde_json::Error> {
    let names = logs.iter().map(|log| format!("{}.jsonl", log.name));
    let document = json!({
        "schema": SCHEMA,
        "calib_version": env!("CARGO_PKG_VERSION"),
        "seed": args.seed,
        "scenario": args.scenario,
        "logs": names.collect::<Vec<_>>(),
        "truth": args.scenario.truth(args.seed),
    });
    let mut bytes = serde_json::to_vec_pretty(&document)?;
    bytes.push(b'\n');
    Ok(bytes)
}
