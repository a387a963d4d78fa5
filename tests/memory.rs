//! Memory does not grow with the log.

use std::io::{BufWriter, Write};
use std::process::Stdio;
use std::thread;
use std::time::Duration;

use crate::common::{audit, skipped};

/// Rows of the log, each with an id of its own.
const ROWS: u64 = 300_000;
/// Most memory the program may ever hold, in KiB.
const LIMIT: u64 = 64 * 1024;

/// The most memory a process ever held, in KiB, where the system tells.
fn peak(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().strip_suffix(" kB")?.parse().ok()
}

#[test]
fn a_long_log_with_distinct_ids_fits_in_64_mib() {
    if peak(std::process::id()).is_none() {
        skipped("this system does not tell how much memory a process held");
        return;
    }
    let (mut child, ..) = audit(["-", "-f", "json", "-j", "2"]).start(Stdio::null());
    let stdin = child.stdin.take().unwrap();
    let feeder = thread::spawn(move || -> std::io::Result<()> {
        let mut pipe = BufWriter::new(stdin);
        for row in 0..ROWS {
            // A thousand confidences, and outcomes that follow them.
            let confidence = row.wrapping_mul(7919) % 1000;
            let correct = row.wrapping_mul(104_729) % 1000 < confidence;
            writeln!(
                pipe,
                r#"{{"id":"row-{row}","confidence":0.{confidence:03},"correct":{correct}}}"#
            )?;
        }
        pipe.flush()
    });
    let mut held = 0;
    let status = loop {
        held = peak(child.id()).map_or(held, |peak| peak.max(held));
        if let Some(status) = child.try_wait().unwrap() {
            break status;
        }
        thread::sleep(Duration::from_millis(2));
    };
    feeder.join().unwrap().unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(
        (1..LIMIT).contains(&held),
        "held {held} KiB, at most {LIMIT}"
    );
}
