//! Files as a stream of blocks of whole rows: what the workers share out. Memory holds a block, never a file.

use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;
#[cfg(feature = "parquet")]
use std::sync::atomic::Ordering;

use super::csv;
#[cfg(feature = "parquet")]
use super::parquet;
use super::sniff::{BOM, Layout, sniff};
use super::source::Stream;
use crate::codes;
use crate::error::{Error, Place};

/// Bytes a block aims for.
pub(crate) const BLOCK: usize = 256 << 10;
/// Bytes after which a row is called too long.
const LONGEST_ROW: usize = 64 << 20;

/// What is known of a file before its rows.
#[derive(Debug)]
pub(crate) struct FileInfo {
    /// Its place among the files of the run.
    pub(crate) index: usize,
    /// Path as given.
    pub(crate) path: String,
    /// Format and codec, as `csv.gz`.
    pub(crate) format: String,
    /// How rows are written.
    pub(crate) layout: Layout,
    /// Column names of a delimited file.
    pub(crate) header: Vec<String>,
}

/// Whole rows of one file.
pub(crate) struct Block {
    pub(crate) file: Arc<FileInfo>,
    pub(crate) bytes: Vec<u8>,
    /// Physical line of the first byte; the first row of a row group.
    pub(crate) first_line: u64,
    /// Whether the file ends here.
    pub(crate) last: bool,
    /// Rows that are not in `bytes` but still to be decoded.
    #[cfg(feature = "parquet")]
    pub(crate) group: Option<parquet::Group>,
}

/// The blocks of all files of a run, in order. After an error there is nothing more.
pub(crate) struct Blocks {
    pending: VecDeque<(usize, String)>,
    current: Option<Reading>,
    progress: Arc<AtomicU64>,
    target: usize,
}

struct Reading {
    stream: Stream,
    file: Arc<FileInfo>,
    carry: Vec<u8>,
    line: u64,
    ended: bool,
    /// Row groups still to be handed out, of a file that has them.
    #[cfg(feature = "parquet")]
    groups: Option<parquet::Groups>,
    /// Whether a block was handed out: a file without rows still makes one, so that its header is seen.
    started: bool,
}

impl Blocks {
    /// The blocks of these files; `progress` counts compressed bytes read.
    pub(crate) fn new(paths: &[String], progress: Arc<AtomicU64>, target: usize) -> Self {
        let pending = paths.iter().cloned().enumerate().collect();
        Self {
            pending,
            current: None,
            progress,
            target,
        }
    }

    fn advance(&mut self) -> Result<Option<Block>, Error> {
        loop {
            if let Some(reading) = &mut self.current {
                #[cfg(feature = "parquet")]
                if let Some(block) = reading.next_group(&self.progress) {
                    return Ok(Some(block));
                }
                if let Some(block) = reading.next(self.target)? {
                    return Ok(Some(block));
                }
                self.current = None;
            }
            let Some((index, path)) = self.pending.pop_front() else {
                return Ok(None);
            };
            self.current = Some(Reading::open(index, path, &self.progress, self.target)?);
        }
    }
}

impl Iterator for Blocks {
    type Item = Result<Block, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let result = self.advance();
        if result.is_err() {
            (self.current, self.pending) = (None, VecDeque::new());
        }
        result.transpose()
    }
}

impl Reading {
    fn open(
        index: usize,
        path: String,
        progress: &Arc<AtomicU64>,
        target: usize,
    ) -> Result<Self, Error> {
        let mut stream = Stream::open(&path, progress)?;
        let mut carry = Vec::with_capacity(target);
        let mut ended = stream.fill(&mut carry, target.max(4096))?;
        while !ended && carry.trim_ascii().is_empty() {
            grow(&mut stream, &mut carry, &mut ended, &path, 1)?;
        }
        let layout = sniff(&path, &carry)?;
        if carry.starts_with(BOM) {
            carry.drain(..BOM.len());
        }
        let (mut header, mut line) = (Vec::new(), 1);
        if let Layout::Delimited(delimiter) = layout {
            let mut end = csv::header_end(&carry, delimiter, ended);
            while end.is_none() && !ended {
                grow(&mut stream, &mut carry, &mut ended, &path, line)?;
                end = csv::header_end(&carry, delimiter, ended);
            }
            let end = end.unwrap_or(carry.len());
            header = csv::header(&carry[..end], delimiter, &path)?;
            line += newlines(&carry[..end]);
            carry.drain(..end);
        }
        let format = format!("{}{}", layout.name(), stream.codec.ending());
        #[cfg(feature = "parquet")]
        let mut groups = None;
        #[cfg(feature = "parquet")]
        if layout == Layout::Parquet {
            groups = Some(parquet::open(
                &mut stream,
                std::mem::take(&mut carry),
                &path,
            )?);
            ended = true;
        }
        let file = Arc::new(FileInfo {
            index,
            path,
            format,
            layout,
            header,
        });
        Ok(Self {
            stream,
            file,
            carry,
            line,
            ended,
            #[cfg(feature = "parquet")]
            groups,
            started: false,
        })
    }

    /// The next row group of a file that has them.
    #[cfg(feature = "parquet")]
    fn next_group(&mut self, progress: &AtomicU64) -> Option<Block> {
        let (group, size, last) = self.groups.as_mut()?.next()?;
        progress.fetch_add(size, Ordering::Relaxed);
        self.started = true;
        Some(Block {
            file: Arc::clone(&self.file),
            bytes: Vec::new(),
            first_line: group.first_row(),
            last,
            group: Some(group),
        })
    }

    fn next(&mut self, target: usize) -> Result<Option<Block>, Error> {
        let mut bytes = std::mem::take(&mut self.carry);
        loop {
            if !self.ended && bytes.len() < target {
                self.ended = self.stream.fill(&mut bytes, target)?;
            }
            if self.ended {
                let more = !bytes.is_empty() || !self.started;
                return Ok(more.then(|| self.block(bytes)));
            }
            if let Some(end) = self.last_row_end(&bytes) {
                self.carry = bytes.split_off(end);
                return Ok(Some(self.block(bytes)));
            }
            grow(
                &mut self.stream,
                &mut bytes,
                &mut self.ended,
                &self.file.path,
                self.line,
            )?;
        }
    }

    fn last_row_end(&self, bytes: &[u8]) -> Option<usize> {
        match self.file.layout {
            Layout::JsonLines => memchr::memrchr(b'\n', bytes).map(|at| at + 1),
            Layout::Delimited(delimiter) => csv::last_record_end(bytes, delimiter),
            #[cfg(feature = "parquet")]
            Layout::Parquet => None,
        }
    }

    fn block(&mut self, bytes: Vec<u8>) -> Block {
        let first_line = self.line;
        self.line += newlines(&bytes);
        self.started = true;
        Block {
            file: Arc::clone(&self.file),
            bytes,
            first_line,
            last: self.ended && self.carry.is_empty(),
            #[cfg(feature = "parquet")]
            group: None,
        }
    }
}

/// Reads on within a row that is longer than a block.
fn grow(
    stream: &mut Stream,
    bytes: &mut Vec<u8>,
    ended: &mut bool,
    path: &str,
    line: u64,
) -> Result<(), Error> {
    if bytes.len() >= LONGEST_ROW {
        let place = Place {
            line: Some(line),
            ..Place::file(path)
        };
        let detail = "no row ends within 64 MiB from here";
        return Err(Error::new(&codes::LINE_TOO_LONG, detail)
            .at(place)
            .help(codes::LINE_TOO_LONG.remedy));
    }
    let target = (bytes.len() * 2).min(LONGEST_ROW);
    *ended = stream.fill(bytes, target)?;
    Ok(())
}

/// Number of line feeds.
pub(crate) fn newlines(bytes: &[u8]) -> u64 {
    u64::try_from(memchr::memchr_iter(b'\n', bytes).count()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn blocks(bytes: &[u8], target: usize) -> Vec<Result<Block, Error>> {
        let file = tempfile::NamedTempFile::with_suffix(".jsonl").unwrap();
        std::fs::write(file.path(), bytes).unwrap();
        let paths = [file.path().to_str().unwrap().to_owned()];
        Blocks::new(&paths, Arc::default(), target).collect()
    }

    #[test]
    fn blocks_hold_whole_rows_and_know_their_lines() {
        let rows: String = (0..3000)
            .map(|row| format!("{{\"row\": {row}}}\n"))
            .collect();
        let (mut whole, mut line) = (Vec::new(), 1);
        for block in blocks(rows.as_bytes(), 4096)
            .into_iter()
            .map(Result::unwrap)
        {
            assert_eq!(block.first_line, line);
            assert!(block.bytes.ends_with(b"\n"));
            line += newlines(&block.bytes);
            whole.extend(block.bytes);
        }
        assert_eq!(whole, rows.as_bytes());
    }

    #[test]
    fn a_row_without_end_is_refused_in_bounded_memory() {
        let mut bytes = b"{}\n{\"a\":\"".to_vec();
        bytes.resize(LONGEST_ROW + BLOCK, b'x');
        let mut blocks = blocks(&bytes, BLOCK);
        let error = blocks.pop().unwrap().map(|_| ()).unwrap_err();
        assert_eq!(error.code.id, "E114");
        assert!(error.to_string().contains(":2\n"), "{error}");
    }
}
