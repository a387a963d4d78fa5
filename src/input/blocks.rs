//! Files as a stream of blocks of whole rows: what the workers share out. Memory holds a block, never a file.

use std::collections::VecDeque;
use std::sync::Arc;

use super::csv;
use super::limits::Limits;
use super::opening::{Opened, Source, longer};
#[cfg(feature = "parquet")]
use super::parquet;
use super::presets::Preset;
use super::room::{Room, Rooms};
use super::rows::{self, Rows, Span};
use super::sniff::Layout;
use super::source::Stream;
use super::survey::Survey;
use crate::error::{Error, Place};

/// Bytes a block aims for.
pub(crate) const BLOCK: usize = 512 << 10;

/// What is known of a file before its rows.
#[derive(Debug)]
pub(crate) struct FileInfo {
    /// Its place among the files of the run.
    pub(crate) index: usize,
    /// Path as given.
    pub(crate) path: String,
    /// Format and codec, as `csv.gz`.
    pub(crate) format: String,
    /// The preset that reads it.
    pub(crate) preset: Option<&'static Preset>,
    /// How rows are written.
    pub(crate) layout: Layout,
    /// Column names of a delimited file.
    pub(crate) header: Vec<String>,
}

/// Whole rows of one file.
pub(crate) struct Block {
    pub(crate) file: Arc<FileInfo>,
    pub(crate) bytes: Room,
    /// Where the rows are in the bytes, when they are elements.
    pub(crate) spans: Vec<Span>,
    /// Physical line of the first byte; the first row of a row group.
    pub(crate) first_line: u64,
    /// Whether the file ends here.
    pub(crate) last: bool,
    /// Rows that are not in `bytes` but still to be decoded.
    #[cfg(feature = "parquet")]
    pub(crate) group: Option<parquet::Group>,
}

impl Block {
    /// A block of a file, without rows.
    fn of(file: &Arc<FileInfo>, last: bool) -> Self {
        Self {
            file: Arc::clone(file),
            bytes: Room::from(Vec::new()),
            spans: Vec::new(),
            first_line: 1,
            last,
            #[cfg(feature = "parquet")]
            group: None,
        }
    }
}

/// The blocks of all files of a run, in order. After an error there is nothing more.
pub(crate) struct Blocks {
    pending: VecDeque<(usize, String)>,
    current: Option<Reading>,
    survey: Survey,
    target: usize,
    rooms: Rooms,
}

/// A file being read.
struct Reading {
    file: Arc<FileInfo>,
    limits: Limits,
    form: Form,
    /// Whether a block was handed out: a file without rows still makes one, so that its header is seen.
    started: bool,
}

/// How its rows come.
enum Form {
    Text(Text),
    Rows(Box<dyn Rows>),
    #[cfg(feature = "parquet")]
    Table(parquet::Groups),
    Over,
}

struct Text {
    stream: Stream,
    carry: Vec<u8>,
    line: u64,
    ended: bool,
}

impl Blocks {
    /// The blocks of these files, opened as the survey says.
    pub(crate) fn new(paths: &[String], survey: Survey, target: usize) -> Self {
        let pending = paths.iter().cloned().enumerate().collect();
        Self {
            pending,
            current: None,
            survey,
            target,
            rooms: Rooms::default(),
        }
    }

    fn advance(&mut self) -> Result<Option<Block>, Error> {
        loop {
            if let Some(reading) = &mut self.current {
                if let Some(block) = reading.next(self.target, &mut self.rooms)? {
                    return Ok(Some(block));
                }
                self.current = None;
            }
            let Some((index, path)) = self.pending.pop_front() else {
                return Ok(None);
            };
            let Survey {
                opening,
                held,
                bytes,
                states: _,
            } = &mut self.survey;
            let opened = match held.remove(&path) {
                Some(opened) => opened,
                None => Opened::open(&path, opening, bytes)?,
            };
            self.current = Some(Reading::start(index, opened, opening.limits));
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
    fn start(index: usize, opened: Opened, limits: Limits) -> Self {
        let line = opened.line;
        let form = match opened.source {
            Source::Text {
                stream,
                carry,
                ended,
            } => Form::Text(Text {
                stream,
                carry,
                line,
                ended,
            }),
            Source::Rows(rows) => Form::Rows(rows),
            #[cfg(feature = "parquet")]
            Source::Table(groups) => Form::Table(groups),
        };
        let file = Arc::new(FileInfo {
            index,
            path: opened.path,
            format: opened.format,
            preset: opened.preset,
            layout: opened.layout,
            header: opened.header,
        });
        Self {
            file,
            limits,
            form,
            started: false,
        }
    }

    fn next(&mut self, target: usize, rooms: &mut Rooms) -> Result<Option<Block>, Error> {
        let block = match &mut self.form {
            Form::Over => None,
            #[cfg(feature = "parquet")]
            Form::Table(groups) => groups.next().map(|(group, last)| Block {
                first_line: group.first_row(),
                group: Some(group),
                ..Block::of(&self.file, last)
            }),
            Form::Text(text) => text.next(&self.file, self.limits, target, self.started, rooms)?,
            Form::Rows(rows) => {
                let (bytes, spans, more) = rows::pack(rows.as_mut(), target)
                    .map_err(|error| placed(error, &self.file.path))?;
                if !more {
                    self.form = Form::Over;
                }
                let filled = !spans.is_empty() || !self.started;
                filled.then(|| Block {
                    bytes: bytes.into(),
                    spans,
                    ..Block::of(&self.file, !more)
                })
            }
        };
        self.started |= block.is_some();
        Ok(block)
    }
}

impl Text {
    fn next(
        &mut self,
        file: &Arc<FileInfo>,
        limits: Limits,
        target: usize,
        started: bool,
        rooms: &mut Rooms,
    ) -> Result<Option<Block>, Error> {
        let mut bytes = rooms.of(&self.carry);
        self.carry.clear();
        loop {
            if !self.ended && bytes.len() < target {
                self.ended = self.stream.fill_room(&mut bytes, target)?;
            }
            if let Some(end) = last_row_end(file.layout, &bytes, target, self.ended) {
                bytes.split_off(end, &mut self.carry);
                return Ok(Some(self.block(file, bytes)));
            }
            if self.ended {
                let more = !bytes.is_empty() || !started;
                return Ok(more.then(|| self.block(file, bytes)));
            }
            let target = longer(bytes.len(), &file.path, self.line, limits)?;
            self.ended = self.stream.fill_room(&mut bytes, target)?;
        }
    }

    fn block(&mut self, file: &Arc<FileInfo>, bytes: Room) -> Block {
        let first_line = self.line;
        self.line += newlines(&bytes);
        Block {
            bytes,
            first_line,
            ..Block::of(file, self.ended && self.carry.is_empty())
        }
    }
}

/// An error that names at least the file.
fn placed(error: Error, path: &str) -> Error {
    match error.place {
        Some(_) => error,
        None => error.at(Place::file(path)),
    }
}

/// Where the last row of a block ends; none when all that is there is one block.
fn last_row_end(layout: Layout, bytes: &[u8], target: usize, ended: bool) -> Option<usize> {
    // The head of a file may be more than a block: to cut it as the rest is cut, only so much of it is looked at.
    let looked = bytes.get(..target).unwrap_or(bytes);
    if ended && looked.len() == bytes.len() {
        return None;
    }
    let end = |bytes: &[u8]| match layout {
        Layout::JsonLines | Layout::Document => memchr::memrchr(b'\n', bytes).map(|at| at + 1),
        Layout::Delimited(delimiter) => csv::last_record_end(bytes, delimiter),
        #[cfg(feature = "parquet")]
        Layout::Parquet => None,
    };
    let found = end(looked).or_else(|| end(bytes).filter(|_| looked.len() < bytes.len()));
    found.filter(|end| !ended || *end < bytes.len())
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
        let mut log = super::super::Log::find(file.path().to_str().unwrap()).unwrap();
        match Survey::of(&mut log, &super::super::Opening::default()) {
            Ok(survey) => Blocks::new(&log.paths, survey, target).collect(),
            Err(error) => vec![Err(error)],
        }
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
            whole.extend_from_slice(&block.bytes);
        }
        assert_eq!(whole, rows.as_bytes());
    }

    #[test]
    fn a_row_without_end_is_refused_in_bounded_memory() {
        let mut bytes = b"{}\n{\"a\":\"".to_vec();
        bytes.resize((64 << 20) + BLOCK, b'x');
        let mut blocks = blocks(&bytes, BLOCK);
        let error = blocks.pop().unwrap().map(|_| ()).unwrap_err();
        assert_eq!(error.code.id, "E114");
        assert!(error.to_string().contains(":2\n"), "{error}");
    }
}
