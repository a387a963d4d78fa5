//! Input × evidence: the workers of a thread pool share out the blocks of a log, and what they count is merged.
//!
//! This is the only room that knows threads. Evidence merges exactly, so that neither their number nor the order in
//! which blocks are finished can change a bit of the report.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread;

use rayon::iter::{
    IntoParallelIterator, IntoParallelRefIterator, ParallelBridge, ParallelIterator,
};
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::codes;
use crate::error::Error;
use crate::evidence::{Batch, Gathering, Groups, TooManyGroups};
use crate::input::{
    Account, BLOCK, Block, Blocks, Log, Notes, Reader, RowRules, Samples, Survey, Whole,
};
use crate::record::Record;

/// The threads that work.
pub struct Workers(rayon::ThreadPool);

impl Workers {
    /// As many threads as asked for, else one a processor.
    ///
    /// # Errors
    /// When the system does not give so many.
    pub fn new(threads: Option<usize>) -> Result<Self, Error> {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(threads.unwrap_or(0))
            .build();
        pool.map(Self)
            .map_err(|error| Error::new(&codes::BAD_FLAG, format!("--threads: {error}")))
    }

    /// Runs work that may spread over the threads.
    pub fn run<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        self.0.install(work)
    }
}

/// Things of which threads may have begun any: a thread that waits for another begins the next one meanwhile, on top of
/// its own.
const TOGETHER: usize = 8;

/// Work on each of some things, several at the same time where threads are free; in their order.
pub fn each<T: Sync, R: Send>(things: &[T], work: impl Fn(&T) -> R + Sync) -> Vec<R> {
    let few = things.chunks(TOGETHER);
    let done = few.flat_map(|few| few.par_iter().map(&work).collect::<Vec<_>>());
    done.collect()
}

/// Two works, at the same time where a thread is free.
pub fn both<A: Send, B: Send>(
    one: impl FnOnce() -> A + Send,
    other: impl FnOnce() -> B + Send,
) -> (A, B) {
    rayon::join(one, other)
}

/// What was read of one log.
#[derive(Default)]
pub struct Gathered {
    /// The evidence of its rows.
    pub groups: Groups,
    /// The evidence of the rows as a [`Revision`] has them.
    pub revised: Groups,
    /// The row account of each file, by its place among the files.
    pub accounts: BTreeMap<usize, Account>,
    /// What was seen on the way.
    pub notes: Notes,
    /// What the columns hold, where the rules ask for it.
    pub samples: Samples,
    /// Format of each file.
    pub formats: BTreeMap<usize, String>,
    /// Preset of each file that has one.
    pub presets: BTreeMap<usize, &'static str>,
}

/// A second look at every row: what would be counted if it were another.
pub struct Revision<'r> {
    /// How many of the fields of `--by`, the first, part the rows into groups; the others are for the rows themselves.
    pub groups: usize,
    /// The row that is counted in its place, by the values of all these fields.
    pub row: &'r (dyn Fn(&Record, &[String]) -> Record + Sync),
}

/// How far reading has come, for whoever shows it.
#[derive(Default)]
pub struct Progress {
    /// Bytes read, before decompression.
    pub bytes: Arc<AtomicU64>,
    /// Rows read.
    pub rows: AtomicU64,
    /// Bad rows among them.
    pub bad: AtomicU64,
}

/// Reads a whole log.
///
/// # Errors
/// When it cannot be read to its end, or has more groups than a report can hold. Bad rows are counted, not errors.
pub fn gather(
    log: &Log,
    survey: Survey,
    rules: &RowRules,
    revision: Option<&Revision<'_>>,
    progress: &Progress,
) -> Result<Gathered, Error> {
    let how = How {
        rules,
        revision,
        progress,
        spare: &Spare::default(),
    };
    gather_in_blocks(log, survey, &how, BLOCK)
}

/// Reads a whole log as [`gather`] does, but in this thread, and in blocks of about so many bytes: whatever they are, what
/// is found is the same. For those who hold one way of reading against another, and have no threads to spare.
///
/// # Errors
/// As [`gather`].
pub fn gather_in_turn(
    log: &Log,
    survey: Survey,
    rules: &RowRules,
    block: usize,
) -> Result<Gathered, Error> {
    let how = How {
        rules,
        revision: None,
        progress: &Progress::default(),
        spare: &Spare::default(),
    };
    let mut reader = Reader::new(rules);
    let blocks = Blocks::new(&log.paths, survey, block);
    let parts = blocks.map(|block| Part::of(&block?, &mut reader, &how));
    let mut whole = count_all(parts, how.spare)?;
    rules.complete_notes(&mut whole.notes);
    Ok(whole)
}

/// How the rows of a block become evidence.
struct How<'h> {
    rules: &'h RowRules,
    revision: Option<&'h Revision<'h>>,
    progress: &'h Progress,
    spare: &'h Spare,
}

/// Batches that were counted, whose room is used again.
#[derive(Default)]
struct Spare(Mutex<Vec<Batch>>);

impl Spare {
    fn take(&self) -> Batch {
        let mut batches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        batches.pop().unwrap_or_default()
    }

    fn give(&self, mut batch: Batch) {
        batch.clear();
        let mut batches = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        batches.push(batch);
    }
}

/// Workers turn blocks into records, and one more thread counts these as they come: however many threads read, only one
/// copy of the evidence grows.
fn gather_in_blocks(
    log: &Log,
    survey: Survey,
    how: &How<'_>,
    block: usize,
) -> Result<Gathered, Error> {
    let blocks = Blocks::new(&log.paths, survey, block);
    let (parts, waiting) = mpsc::sync_channel(rayon::current_num_threads());
    thread::scope(|scope| {
        let whole = scope.spawn(move || count_all(waiting.into_iter().map(Ok), how.spare));
        let worker = move || (Reader::new(how.rules), parts.clone());
        let read = blocks
            .par_bridge()
            .try_for_each_init(worker, |(reader, parts), block| {
                let part = Part::of(&block?, reader, how)?;
                // The counting thread ends early for one reason only.
                parts.send(part).map_err(|_| too_many_groups(TooManyGroups))
            });
        let mut whole = whole.join().unwrap_or_else(|panic| resume_unwind(panic))?;
        how.rules.complete_notes(&mut whole.notes);
        read.map(|()| whole)
    })
}

/// Hands every row that is used to `render` and what it makes of a block to `write`, in the order of the log. Memory
/// holds as many blocks as threads work on.
///
/// # Errors
/// When the log cannot be read to its end, or `write` fails.
pub fn transcribe<T: Default + Send>(
    log: &Log,
    survey: Survey,
    rules: &RowRules,
    workers: &Workers,
    render: impl Fn(&Whole<'_>, &[String], &mut T) + Sync,
    mut write: impl FnMut(T) -> Result<(), Error>,
) -> Result<u64, Error> {
    let mut blocks = Blocks::new(&log.paths, survey, BLOCK);
    let mut rows = 0;
    loop {
        let most = workers.0.current_num_threads();
        let batch: Vec<Block> = blocks.by_ref().take(most).collect::<Result<_, _>>()?;
        if batch.is_empty() {
            return Ok(rows);
        }
        let parts: Vec<Result<(T, u64), Error>> = workers.run(|| {
            let blocks = batch.into_par_iter();
            blocks
                .map(|block| rendered(&block, rules, &render))
                .collect()
        });
        for part in parts {
            let (part, read) = part?;
            rows += read;
            write(part)?;
        }
    }
}

/// What is made of the rows of a block, and how many were read.
fn rendered<T: Default>(
    block: &Block,
    rules: &RowRules,
    render: &(impl Fn(&Whole<'_>, &[String], &mut T) + Sync),
) -> Result<(T, u64), Error> {
    let mut made = T::default();
    let mut reader = Reader::tapped(
        rules,
        Box::new(|whole, group| render(&whole, group, &mut made)),
    );
    reader.read(block, &mut |_, _| Ok(()))?;
    let read = reader.accounts.values().map(Account::rows_read).sum();
    drop(reader);
    Ok((made, read))
}

fn count_all(
    parts: impl Iterator<Item = Result<Part, Error>>,
    spare: &Spare,
) -> Result<Gathered, Error> {
    let mut whole = Gathered::default();
    let (mut groups, mut revised) = (Gathering::default(), Gathering::default());
    for part in parts {
        let Part {
            rows,
            revisions,
            seen,
        } = part?;
        groups.add(&rows).map_err(too_many_groups)?;
        revised.add(&revisions).map_err(too_many_groups)?;
        spare.give(revisions);
        spare.give(rows);
        whole.merge(seen);
    }
    Ok(Gathered {
        groups: groups.groups(),
        revised: revised.groups(),
        ..whole
    })
}

fn too_many_groups(TooManyGroups: TooManyGroups) -> Error {
    let detail = format!(
        "the fields of --by have more than {} combinations of values",
        Groups::LIMIT
    );
    Error::new(&codes::TOO_MANY_GROUPS, detail).help(codes::TOO_MANY_GROUPS.remedy)
}

/// What was read of a block.
struct Part {
    rows: Batch,
    /// The rows as a [`Revision`] has them.
    revisions: Batch,
    /// All but evidence.
    seen: Gathered,
}

impl Part {
    fn of(block: &Block, reader: &mut Reader<'_>, how: &How<'_>) -> Result<Self, Error> {
        let (mut rows, mut revisions) = (how.spare.take(), how.spare.take());
        let mut place = block.first_line;
        reader.read(block, &mut |record, key| {
            let Some(Revision { groups: own, row }) = how.revision else {
                rows.add(key, record);
                return Ok(());
            };
            // Each row is its own counterpart, also one that has no name.
            let nameless = || xxh3_64_with_seed(&place.to_le_bytes(), block.file.index as u64);
            let record = Record {
                item: record.item.or_else(|| Some(nameless())),
                ..*record
            };
            place += 1;
            let own = key.get(..*own).unwrap_or(key);
            rows.add(own, &record);
            revisions.add(own, &row(&record, key));
            Ok(())
        })?;
        let seen = Gathered::of(block, reader);
        how.progress.count(&seen);
        Ok(Self {
            rows,
            revisions,
            seen,
        })
    }
}

impl Progress {
    fn count(&self, seen: &Gathered) {
        for account in seen.accounts.values() {
            self.rows.fetch_add(account.rows_read(), Ordering::Relaxed);
            self.bad.fetch_add(account.bad(), Ordering::Relaxed);
        }
    }
}

impl Gathered {
    /// What a reader saw in a block.
    fn of(block: &Block, reader: &mut Reader<'_>) -> Self {
        let file = &block.file;
        let preset = file.preset.map(|preset| (file.index, preset.name));
        Self {
            accounts: std::mem::take(&mut reader.accounts),
            notes: std::mem::take(&mut reader.notes),
            samples: std::mem::take(&mut reader.samples),
            formats: [(file.index, file.format.clone())].into(),
            presets: preset.into_iter().collect(),
            ..Self::default()
        }
    }

    /// Adds what was seen in another block.
    fn merge(&mut self, other: Self) {
        let Self {
            groups: _,
            revised: _,
            accounts,
            notes,
            samples,
            formats,
            presets,
        } = other;
        self.formats.extend(formats);
        self.presets.extend(presets);
        for (file, account) in accounts {
            self.accounts.entry(file).or_default().merge(account);
        }
        self.notes.merge(notes);
        self.samples.merge(samples);
    }
}
