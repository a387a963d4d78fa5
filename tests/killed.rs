//! Processes that are ended while they replace a file: what is at its path is always whole.

use std::collections::BTreeSet;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::common::{calib, root};

/// Processes that are ended in each way.
const ENDED: usize = 50;

/// A folder with two small logs, states of each of them, and the log that begins as the baseline.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let demo = fs::read_to_string(root().join("fixtures/demo.jsonl")).unwrap();
    let lines: Vec<_> = demo.lines().take(400).collect();
    for (name, lines) in [("a", &lines[..200]), ("b", &lines[200..])] {
        fs::write(at.join(format!("{name}.jsonl")), lines.join("\n") + "\n").unwrap();
        let (log, state) = (format!("run={name}.jsonl"), format!("{name}.calib"));
        let saved = calib().args(["audit", &log, "--save", &state]).within(at);
        assert_eq!(saved.run().status, Some(0));
    }
    folder
}

/// How long a process takes, as far as is known, and the moments at which the next ones are ended: from their start to
/// a little past that time. How fast the machine is may change on the way.
struct Moments {
    whole: Duration,
    next: u32,
}

impl Moments {
    const ROUND: u32 = 25;

    fn of(at: &Path, arguments: &[&str]) -> Self {
        let start = Instant::now();
        assert_eq!(calib().args(arguments).within(at).run().status, Some(0));
        let (whole, next) = (start.elapsed(), 0);
        Self { whole, next }
    }

    fn next(&mut self) -> Duration {
        self.next += 1;
        self.whole * 11 * (self.next % Self::ROUND) / (10 * Self::ROUND)
    }

    fn learn(&mut self, in_time: bool) {
        self.whole = if in_time {
            self.whole * 26 / 25
        } else {
            self.whole * 17 / 20
        };
    }
}

/// Starts the command, ends it after a while, and says which signal it ended by.
fn ended_after(wait: Duration, signal: &str, at: &Path, arguments: &[&str]) -> Option<i32> {
    let command = calib().args(arguments).within(at);
    let (mut child, _, _) = command.start(Stdio::null());
    std::thread::sleep(wait);
    // A process that is not waited for keeps its number, so that no other can be met.
    let kill = Command::new("kill")
        .args([signal, &child.id().to_string()])
        .status();
    assert!(kill.unwrap().success());
    child.wait().unwrap().signal()
}

fn hidden(at: &Path) -> Vec<String> {
    let names = fs::read_dir(at)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.starts_with('.')).collect()
}

/// Ends the command at every moment; whatever is at `main.calib` is one of the whole states.
fn never_torn(signal: &str, arguments: [&[&str]; 2]) {
    let folder = folder();
    let at = folder.path();
    let baseline = at.join("main.calib");
    let whole: BTreeSet<Vec<u8>> = arguments
        .iter()
        .map(|arguments| {
            assert_eq!(calib().args(*arguments).within(at).run().status, Some(0));
            fs::read(&baseline).unwrap()
        })
        .collect();
    assert_eq!(whole.len(), 2);
    let mut moments = Moments::of(at, arguments[0]);
    let mut by_signal = 0;
    for moment in 0..ENDED {
        let wait = moments.next();
        let ended = ended_after(wait, signal, at, arguments[moment % 2]);
        moments.learn(ended.is_some());
        by_signal += usize::from(ended.is_some());
        let found = fs::read(&baseline).unwrap();
        assert!(whole.contains(&found), "{signal} after {wait:?}");
        if signal != "-KILL" {
            assert_eq!(hidden(at), [""; 0], "{signal} after {wait:?}");
        }
    }
    // Enough of them, or the loop has shown nothing.
    assert!(by_signal > ENDED / 4, "{signal}: {by_signal} of {ENDED}");
    // What is left in the folder bars no one, and goes with the next save.
    assert_eq!(calib().args(arguments[0]).within(at).run().status, Some(0));
    assert_eq!(hidden(at), [""; 0]);
}

const SAVES: [&[&str]; 2] = [
    &[
        "audit",
        "a.jsonl",
        "--resamples",
        "1",
        "--save",
        "main.calib",
    ],
    &[
        "audit",
        "b.jsonl",
        "--resamples",
        "1",
        "--save",
        "main.calib",
    ],
];

const MERGES: [&[&str]; 2] = [
    &["merge", "a.calib", "b.calib", "-o", "main.calib"],
    &["merge", "a.calib", "-o", "main.calib"],
];

#[test]
fn a_baseline_is_whole_when_its_save_is_killed() {
    never_torn("-KILL", SAVES);
}

#[test]
fn a_merged_state_is_whole_when_the_merge_is_killed() {
    never_torn("-KILL", MERGES);
}

#[test]
fn an_interrupted_save_leaves_nothing_behind() {
    never_torn("-INT", SAVES);
}

#[test]
fn a_merge_that_is_asked_to_end_leaves_nothing_behind() {
    never_torn("-TERM", MERGES);
}

/// A log that takes a while to be written again, and a model of it.
fn large() -> TempDir {
    let folder = TempDir::new().unwrap();
    let at = folder.path();
    let rows = "{\"confidence\": 0.25, \"correct\": 0}\n{\"confidence\": 0.75, \"correct\": 1}\n";
    fs::write(at.join("log.jsonl"), rows.repeat(400_000)).unwrap();
    fs::write(at.join("few.jsonl"), rows.repeat(50)).unwrap();
    let fit = [
        "fit",
        "few.jsonl",
        "-o",
        "m.json",
        "--method",
        "platt",
        "-q",
    ];
    assert_eq!(calib().args(fit).within(at).run().status, Some(0));
    folder
}

#[test]
fn rows_whose_writing_is_interrupted_leave_nothing_behind() {
    let folder = large();
    let at = folder.path();
    let mut outs = vec!["out.jsonl.gz", "out.csv"];
    if cfg!(feature = "parquet") {
        outs.push("out.parquet");
    }
    for out in outs {
        for (name, signal) in [("-INT", 2), ("-TERM", 15)] {
            let apply = ["apply", "m.json", "log.jsonl", "-o", out];
            let (mut child, _, _) = calib().args(apply).within(at).start(Stdio::null());
            while hidden(at).is_empty() {
                assert!(
                    child.try_wait().unwrap().is_none(),
                    "{out}: ended too early"
                );
                std::thread::sleep(Duration::from_millis(1));
            }
            let kill = Command::new("kill")
                .args([name, &child.id().to_string()])
                .status();
            assert!(kill.unwrap().success());
            assert_eq!(child.wait().unwrap().signal(), Some(signal), "{out} {name}");
            assert_eq!(hidden(at), [""; 0], "{out} {name}");
            assert!(!at.join(out).exists(), "{out} {name}");
        }
    }
}
