//! Progress on standard error, for reading that takes long enough to wonder.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::ingest::Progress;
use crate::input::Log;

/// Reading shorter than this shows nothing.
const PATIENCE: Duration = Duration::from_millis(500);
/// Time between two looks.
const INTERVAL: Duration = Duration::from_millis(200);

/// Runs `work`, showing how far it has come when it takes longer than half a second.
pub(super) fn watch<T>(
    log: &Log,
    shown: bool,
    progress: Progress,
    work: impl FnOnce(&Progress) -> T,
) -> T {
    if !shown {
        return work(&progress);
    }
    let (done, waiting) = mpsc::channel::<()>();
    thread::scope(|scope| {
        let progress = &progress;
        scope.spawn(move || show(progress, total(log), &waiting));
        let result = work(progress);
        drop(done);
        result
    })
}

/// Bytes to read, where every file says how large it is.
fn total(log: &Log) -> Option<u64> {
    log.paths
        .iter()
        .map(|path| {
            std::fs::metadata(path)
                .ok()
                .filter(std::fs::Metadata::is_file)
                .map(|file| file.len())
        })
        .sum()
}

fn show(progress: &Progress, total: Option<u64>, waiting: &mpsc::Receiver<()>) {
    let started = Instant::now();
    let mut bar = None;
    let mut patience = PATIENCE;
    while waiting.recv_timeout(patience) == Err(RecvTimeoutError::Timeout) {
        let bytes = progress.bytes.load(Ordering::Relaxed);
        let rows = progress.rows.load(Ordering::Relaxed);
        let bad = progress.bad.load(Ordering::Relaxed);
        let rate = rows as f64 / started.elapsed().as_secs_f64();
        let bar = bar.get_or_insert_with(|| new_bar(total, bytes));
        bar.set_message(format!("{rate:.0} rows/s, {bad} bad rows"));
        bar.set_position(bytes);
        patience = INTERVAL;
    }
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
}

/// A bar that starts where reading has come to.
fn new_bar(total: Option<u64>, bytes: u64) -> ProgressBar {
    let template = match total {
        Some(_) => "{bar:20} {bytes} of {total_bytes}, {msg}, {eta} left",
        None => "{bytes}, {msg}",
    };
    let bar = ProgressBar::with_draw_target(total, ProgressDrawTarget::hidden());
    bar.set_position(bytes);
    bar.reset_eta();
    bar.set_draw_target(ProgressDrawTarget::stderr());
    // The templates above are constants; should one be wrong, the default style serves.
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
