//! Logs of `calib synth`, and what `calib audit` says of them: the whole road from rows to the report.

use std::ffi::OsString;
use std::io::Write as _;
use std::thread;

use calib::cli::{Cli, Command};
use calib::commands::{Streams, Terminal};
use calib::exit::Exit;
use calib::synth::{Row, Scenario};
use clap::Parser;
use serde_json::Value;

/// The scenario of a line of `calib synth`.
pub(crate) fn scenario(line: &str) -> Scenario {
    let words = ["calib", "synth"].into_iter().chain(line.split(' '));
    match Cli::try_parse_from(words).unwrap().command {
        Command::Synth(args) => args.scenario,
        _ => panic!("another command"),
    }
}

/// What `calib audit` with these flags finds in a log, of all its rows.
pub(crate) fn audited<'r>(rows: impl IntoIterator<Item = &'r Row>, flags: &[&str]) -> Value {
    let mut log = tempfile::Builder::new()
        .suffix(".jsonl")
        .tempfile()
        .unwrap();
    let mut text = Vec::new();
    for row in rows {
        serde_json::to_writer(&mut text, row).unwrap();
        text.push(b'\n');
    }
    log.write_all(&text).unwrap();
    let path = log.path().to_str().unwrap();
    let line = ["calib", "audit", path, "-f", "json", "-j", "1", "-q"];
    let arguments = line.iter().chain(flags).map(Into::into).collect();
    // On a thread of its own: one of a pool would begin the next log while it waits for this one, and so on.
    let out = thread::scope(|scope| scope.spawn(|| ran(arguments)).join()).unwrap();
    let mut report: Value = serde_json::from_slice(&out).unwrap();
    report["runs"][0]["groups"][0].take()
}

/// What a command line prints.
fn ran(arguments: Vec<OsString>) -> Vec<u8> {
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut streams = Streams {
        out: &mut out,
        err: &mut err,
        terminal: Terminal {
            out_colour: false,
            err_is_terminal: false,
            columns: None,
            ascii: false,
        },
    };
    let exit = calib::run(arguments, &mut streams);
    assert_eq!(exit, Exit::Done, "{}", String::from_utf8_lossy(&err));
    out
}
