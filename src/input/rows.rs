//! Rows that do not stand one a line: the elements of a JSON document, or what an unpacker makes of a container.

use std::borrow::Cow;
use std::sync::Arc;

use super::bad::RowError;
use super::blocks::{Block, FileInfo};
use super::jsonl;
use super::reader::{Emit, Located, Reader, RowPlace};
use super::roles::{KEY, Role};
use super::slots::Slots;
use super::value::{Raw, Value};
use super::whole::with_member;
use crate::error::{Error, Place};

/// One row as JSON, and where it begins.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    /// The JSON value.
    pub(crate) text: Vec<u8>,
    /// Where it begins.
    pub(crate) start: Start,
    /// Its key, in an object of rows.
    pub(crate) key: Option<String>,
}

/// Where a row begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Start {
    /// The file inside a container or folder; none for a plain file.
    pub(crate) member: Option<Arc<str>>,
    /// Physical line, from 1.
    pub(crate) line: u64,
    /// Characters before it on that line.
    pub(crate) before: u64,
}

impl Default for Start {
    fn default() -> Self {
        Self {
            member: None,
            line: 1,
            before: 0,
        }
    }
}

/// A stream of rows, in the order of the file. What it holds in memory is bounded by the longest row.
pub(crate) trait Rows: Send {
    /// The next row, or none after the last.
    ///
    /// # Errors
    /// When the file cannot be read to its end, or leaves its grammar outside the rows. Nothing follows an error.
    fn next(&mut self) -> Result<Option<Element>, Error>;
}

/// Where an element stands in the bytes of its block.
#[derive(Clone, Debug)]
pub(crate) struct Span {
    range: std::ops::Range<usize>,
    start: Start,
    key: Option<String>,
}

/// Elements until they make a block of `target` bytes, and whether there may be more.
pub(super) fn pack(
    rows: &mut dyn Rows,
    target: usize,
) -> Result<(Vec<u8>, Vec<Span>, bool), Error> {
    let (mut bytes, mut spans) = (Vec::new(), Vec::new());
    while bytes.len() < target {
        let Some(Element { text, start, key }) = rows.next()? else {
            return Ok((bytes, spans, false));
        };
        let range = bytes.len()..bytes.len() + text.len();
        bytes.extend(text);
        spans.push(Span { range, start, key });
    }
    Ok((bytes, spans, true))
}

/// Reads the rows of a block.
pub(super) fn read(
    block: &Block,
    reader: &mut Reader<'_>,
    emit: &mut Emit<'_>,
) -> Result<(), Error> {
    let mut slots = reader.slots();
    for span in &block.spans {
        let place = ElementPlace {
            file: &block.file,
            row: block.bytes.get(span.range.clone()).unwrap_or_default(),
            start: &span.start,
            key: span.key.as_deref(),
        };
        slots.clear();
        match fill(place.row, span.key.as_deref(), reader, &mut slots) {
            Ok(()) => reader.accept(&place, &mut slots, emit)?,
            Err(bad) => reader.reject(&place, bad),
        }
    }
    Ok(())
}

fn fill<'a>(
    row: &'a [u8],
    key: Option<&'a str>,
    reader: &mut Reader<'_>,
    slots: &mut Slots<'a>,
) -> Result<(), RowError> {
    jsonl::fill(row, false, reader, slots)?;
    // The key is the row's name unless the row gives one itself.
    if let Some(key) = key.filter(|_| slots.role(Role::Id).is_none()) {
        let column = reader.resolver.column(KEY, &mut reader.notes);
        let raw = Raw::Text(key.into());
        column.fill(slots, Value { raw, at: 0 });
    }
    Ok(())
}

/// An element; offsets in row errors are bytes.
struct ElementPlace<'a> {
    file: &'a FileInfo,
    row: &'a [u8],
    start: &'a Start,
    key: Option<&'a str>,
}

impl ElementPlace<'_> {
    /// Where the line begins on which this byte stands.
    fn line_start(&self, at: usize) -> usize {
        let before = self.row.get(..at).unwrap_or(self.row);
        memchr::memrchr(b'\n', before).map_or(0, |newline| newline + 1)
    }
}

impl RowPlace for ElementPlace<'_> {
    fn file(&self) -> &FileInfo {
        self.file
    }

    fn json(&self, named: bool) -> Cow<'_, str> {
        let row = String::from_utf8_lossy(self.row.trim_ascii());
        let row = match row.contains(['\n', '\r']) {
            // Strings hold no line break: every one stands between values.
            true => Cow::Owned(row.lines().map(str::trim).collect::<Vec<_>>().join(" ")),
            false => row,
        };
        match self.key.filter(|_| named) {
            Some(key) => Cow::Owned(with_member(
                &row,
                "id",
                &serde_json::Value::from(key).to_string(),
            )),
            None => row,
        }
    }

    fn locate(&self, at: usize) -> Located<'_> {
        let from = self.line_start(at);
        let (above, below) = self.row.split_at_checked(from).unwrap_or((&[], self.row));
        let end = memchr::memchr(b'\n', below).unwrap_or(below.len());
        let line = below.get(..end).unwrap_or(below);
        Located {
            line: self.start.line + super::blocks::newlines(above),
            row: line.strip_suffix(b"\r").unwrap_or(line),
            at: at.saturating_sub(from),
        }
    }

    fn place(&self, at: usize) -> Place {
        let located = self.locate(at);
        // The line on which an element begins may hold others before it.
        let before = match self.line_start(at) {
            0 => self.start.before,
            _ => 0,
        };
        let path = match &self.start.member {
            Some(member) => format!("{}#{member}", self.file.path),
            None => self.file.path.clone(),
        };
        Place {
            line: Some(located.line),
            column: Some(located.column().saturating_add(before)),
            ..Place::file(&path)
        }
    }
}
