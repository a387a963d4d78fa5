//! Delimited text: where records end, what the header names, and the rows as the `csv` crate reads them.
//!
//! The crate parses every record. Three things it does not tell are added here: where a block may be cut, that the
//! file ends inside quotes, and the physical line and column of a field.

use std::borrow::Cow;
use std::rc::Rc;

use super::bad::RowError;
use super::blocks::{Block, FileInfo, newlines};
use super::reader::{Emit, Located, Reader, RowPlace};
use super::resolver::Column;
use super::slots::Slots;
use super::value::{Raw, Value};
use crate::codes::{self, Code};
use crate::error::{Error, Place};

/// The state between two bytes of a record, by the rules of the `csv` crate: a quote opens a field only at its start.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    RecordStart,
    FieldStart,
    Bare,
    Quoted,
    QuoteInQuoted,
}

impl State {
    fn step(self, byte: u8, delimiter: u8) -> Self {
        match (self, byte) {
            (Self::Quoted, b'"') => Self::QuoteInQuoted,
            (Self::Quoted, _) => Self::Quoted,
            (Self::RecordStart | Self::FieldStart | Self::QuoteInQuoted, b'"') => Self::Quoted,
            (_, b'\n' | b'\r') => Self::RecordStart,
            (_, other) if other == delimiter => Self::FieldStart,
            _ => Self::Bare,
        }
    }
}

/// Byte after the last complete record.
pub(crate) fn last_record_end(bytes: &[u8], delimiter: u8) -> Option<usize> {
    if memchr::memchr(b'"', bytes).is_none() {
        return memchr::memrchr(b'\n', bytes).map(|at| at + 1);
    }
    let (mut state, mut end) = (State::RecordStart, None);
    for (at, byte) in bytes.iter().enumerate() {
        state = state.step(*byte, delimiter);
        if *byte == b'\n' && state == State::RecordStart {
            end = Some(at + 1);
        }
    }
    end
}

/// Byte after the first record that is not blank; `None` while it is incomplete.
pub(crate) fn header_end(bytes: &[u8], delimiter: u8, ended: bool) -> Option<usize> {
    let start = bytes
        .iter()
        .position(|byte| !matches!(byte, b'\r' | b'\n'))?;
    let mut state = State::RecordStart;
    for (at, byte) in bytes.iter().enumerate().skip(start) {
        state = state.step(*byte, delimiter);
        if *byte == b'\n' && state == State::RecordStart {
            return Some(at + 1);
        }
    }
    ended.then_some(bytes.len())
}

/// The column names of a header record.
pub(crate) fn header(bytes: &[u8], delimiter: u8, path: &str) -> Result<Vec<String>, Error> {
    if let Err(detail) = check_quotes(bytes, delimiter).map_err(|(_, detail)| detail) {
        let line = 1 + newlines(bytes) - newlines(bytes.trim_ascii_start());
        return Err(bad_header(&codes::OPEN_QUOTE, detail, path, line, None));
    }
    let mut record = csv::ByteRecord::new();
    // Reading from memory cannot fail.
    let _ = records(bytes, delimiter).read_byte_record(&mut record);
    let names = record
        .iter()
        .map(|name| std::str::from_utf8(name).map(|name| name.trim().to_owned()));
    names
        .collect::<Result<_, _>>()
        .map_err(|_| header_not_utf8(bytes, path))
}

fn header_not_utf8(bytes: &[u8], path: &str) -> Error {
    let valid = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let before = valid.rsplit('\n').next().unwrap_or_default();
    let column = u64::try_from(before.chars().count() + 1).ok();
    let line = 1 + newlines(valid.as_bytes());
    let detail = "the header is not valid UTF-8";
    bad_header(&codes::NOT_UTF8, detail, path, line, column)
}

fn bad_header(
    code: &'static Code,
    detail: &str,
    path: &str,
    line: u64,
    column: Option<u64>,
) -> Error {
    let place = Place {
        line: Some(line),
        column,
        ..Place::file(path)
    };
    Error::new(code, detail).at(place).help(code.remedy)
}

fn records(bytes: &[u8], delimiter: u8) -> csv::Reader<&[u8]> {
    csv::ReaderBuilder::new()
        .delimiter(delimiter)
        .has_headers(false)
        .flexible(true)
        .from_reader(bytes)
}

/// Reads the rows of a block.
pub(super) fn read(
    block: &Block,
    delimiter: u8,
    reader: &mut Reader<'_>,
    emit: &mut Emit<'_>,
) -> Result<(), Error> {
    refuse_bare_cr(block, delimiter)?;
    let columns = reader.header(&block.file);
    let mut records = records(&block.bytes, delimiter);
    let (mut record, mut end) = (csv::ByteRecord::new(), 0);
    // Reading from memory cannot fail, and any number of fields is allowed here and judged below.
    while records.read_byte_record(&mut record).unwrap_or(false) {
        let start = record_start(&record, &block.bytes);
        reader.account(&block.file).blank += blank_lines(&block.bytes, end, start);
        end = offset(records.position());
        let place = RecordPlace {
            block,
            start,
            delimiter,
        };
        let ends_file = block.last && end >= block.bytes.len();
        let cut = ends_file && !block.bytes.ends_with(b"\n");
        let checked = check_quotes(&block.bytes[start..end], delimiter)
            .map_err(|(field, detail)| bad_quotes(&block.bytes[start..end], field, detail))
            .and_then(|()| check(&record, &columns, cut));
        let read = match checked {
            Ok(()) if reader.read_plain_fields(&columns, record.iter(), &block.file, emit)? => None,
            checked => Some(checked.and_then(|()| slots(&record, &columns, reader))),
        };
        match read.transpose() {
            Ok(None) => {}
            Ok(Some(mut slots)) => reader.accept(&place, &mut slots, emit)?,
            Err(bad) => reader.reject(&place, bad),
        }
        reader.notes.no_final_newline += u64::from(cut);
    }
    reader.account(&block.file).blank += blank_lines(&block.bytes, end, block.bytes.len());
    Ok(())
}

fn offset(position: &csv::Position) -> usize {
    usize::try_from(position.byte()).unwrap_or(usize::MAX)
}

/// Lines between two records.
fn blank_lines(bytes: &[u8], from: usize, to: usize) -> u64 {
    let (before, between) = (&bytes[..from], &bytes[from..to]);
    // The crate ends a record after the first byte of CRLF.
    let rest = before.ends_with(b"\r") && between.starts_with(b"\n");
    newlines(between) - u64::from(rest)
}

/// A carriage return alone would end a record for some readers and not for others.
fn refuse_bare_cr(block: &Block, delimiter: u8) -> Result<(), Error> {
    let bytes = &block.bytes;
    let follows = |at: usize| bytes.get(at + 1).is_some_and(|next| *next != b'\n');
    if !memchr::memchr_iter(b'\r', bytes).any(follows) {
        return Ok(());
    }
    let mut state = State::RecordStart;
    for (at, byte) in bytes.iter().enumerate() {
        state = state.step(*byte, delimiter);
        if *byte == b'\r' && state == State::RecordStart && follows(at) {
            let place = Place {
                line: Some(block.first_line + newlines(&bytes[..at])),
                ..Place::file(&block.file.path)
            };
            let error = Error::new(
                &codes::BARE_CR,
                "a carriage return alone ends a record here",
            );
            return Err(error.at(place).help(codes::BARE_CR.remedy));
        }
    }
    Ok(())
}

/// Where a record starts: the crate gives the place before the blank lines it passed.
fn record_start(record: &csv::ByteRecord, bytes: &[u8]) -> usize {
    let offset = record.position().map_or(0, offset);
    let rest = bytes.get(offset..).unwrap_or_default();
    offset
        + rest
            .iter()
            .take_while(|byte| matches!(byte, b'\r' | b'\n'))
            .count()
}

/// Checks that the quotes of a record close where its fields end.
///
/// The crate reads on in both cases, and one stray quote could swallow any number of rows.
///
/// # Errors
/// The first field whose quotes do not, and how.
fn check_quotes(record: &[u8], delimiter: u8) -> Result<(), (usize, &'static str)> {
    if memchr::memchr(b'"', record).is_none() {
        return Ok(());
    }
    let (mut state, mut field) = (State::RecordStart, 0);
    for byte in record {
        let next = state.step(*byte, delimiter);
        if (state, next) == (State::QuoteInQuoted, State::Bare) {
            let detail = "the double quote that closes this field stands before its end";
            return Err((field, detail));
        }
        field += usize::from(next == State::FieldStart);
        state = next;
    }
    match state {
        State::Quoted => Err((
            field,
            "the double quote that opens this field is never closed",
        )),
        _ => Ok(()),
    }
}

fn bad_quotes(record: &[u8], field: usize, detail: &str) -> RowError {
    let lines = 1 + newlines(record.trim_ascii_end());
    let detail = match lines {
        1 => detail.to_owned(),
        _ => format!("{detail}, and the record takes up {lines} lines"),
    };
    RowError::new(&codes::OPEN_QUOTE, field, detail).help(codes::OPEN_QUOTE.remedy)
}

/// Checks the shape of a record; `cut` says that the file ends here without a newline.
fn check(record: &csv::ByteRecord, columns: &[Rc<Column>], cut: bool) -> Result<(), RowError> {
    let (found, expected) = (record.len(), columns.len());
    let last = columns
        .last()
        .filter(|column| column.is_read())
        .and(record.iter().next_back());
    let unfinished = last.is_some_and(|field| {
        matches!(field.last(), Some(b'.' | b'-' | b'+' | b'e' | b'E')) && looks_numeric(field)
    });
    if cut && (found < expected || (found == expected && unfinished)) {
        return Err(RowError::new(
            &codes::TRUNCATED_ROW,
            found.saturating_sub(1),
            "the file ends inside this record",
        )
        .help(codes::TRUNCATED_ROW.remedy));
    }
    if found != expected {
        let plural = if found == 1 { "" } else { "s" };
        let detail = format!("the record has {found} field{plural}, and the header has {expected}");
        return Err(RowError::new(&codes::WRONG_FIELD_COUNT, 0, detail)
            .help(codes::WRONG_FIELD_COUNT.remedy));
    }
    Ok(())
}

fn looks_numeric(field: &[u8]) -> bool {
    field
        .first()
        .is_some_and(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+'))
}

/// The wanted fields of a record by slot; an empty field is null.
fn slots<'a>(
    record: &'a csv::ByteRecord,
    columns: &[Rc<Column>],
    reader: &Reader<'_>,
) -> Result<Slots<'a>, RowError> {
    let mut slots = reader.slots();
    for (index, (field, column)) in record.iter().zip(columns).enumerate() {
        if !column.is_read() {
            continue;
        }
        let text = std::str::from_utf8(field).map_err(|_| {
            RowError::new(&codes::NOT_UTF8, index, "the field is not valid UTF-8")
                .help(codes::NOT_UTF8.remedy)
        })?;
        let raw = if text.is_empty() {
            Raw::Null
        } else {
            Raw::Text(text.into())
        };
        if !column.fill(&mut slots, Value { raw, at: index }) {
            return Err(RowError::new(
                &codes::DUPLICATE_KEY,
                index,
                "two columns of the header have this name",
            )
            .help(codes::DUPLICATE_KEY.remedy));
        }
    }
    Ok(slots)
}

/// A cell as JSON: a number or truth value where it is spelled as JSON spells it, null where it is empty, else a text.
fn literal(cell: &str) -> String {
    /// Digits that every reader of JSON keeps.
    const DIGITS: usize = 15;
    let plain = matches!(cell, "true" | "false") || {
        let digits = cell.bytes().filter(u8::is_ascii_digit).count();
        digits <= DIGITS && serde_json::from_str::<serde_json::Number>(cell).is_ok()
    };
    match cell {
        "" => "null".to_owned(),
        _ if plain && cell.trim() == cell => cell.to_owned(),
        _ => serde_json::Value::from(cell).to_string(),
    }
}

/// A record and how its fields are found again; offsets in row errors are field indices.
struct RecordPlace<'a> {
    block: &'a Block,
    start: usize,
    delimiter: u8,
}

impl RowPlace for RecordPlace<'_> {
    fn file(&self) -> &FileInfo {
        &self.block.file
    }

    fn json(&self, _named: bool) -> Cow<'_, str> {
        let mut record = csv::ByteRecord::new();
        let bytes = self.block.bytes.get(self.start..).unwrap_or_default();
        // Reading from memory cannot fail, and the record was read before.
        let _ = records(bytes, self.delimiter).read_byte_record(&mut record);
        let cells = self.block.file.header.iter().zip(&record);
        let members: Vec<_> = cells
            .map(|(name, cell)| {
                let name = serde_json::Value::from(name.as_str());
                format!("{name}: {}", literal(&String::from_utf8_lossy(cell)))
            })
            .collect();
        Cow::Owned(format!("{{{}}}", members.join(", ")))
    }

    fn locate(&self, field: usize) -> Located<'_> {
        let bytes = &self.block.bytes;
        let record = &bytes[self.start..];
        let (mut state, mut left, mut at) = (State::RecordStart, field, 0);
        while left > 0 && at < record.len() {
            state = state.step(record[at], self.delimiter);
            left -= usize::from(state == State::FieldStart);
            at += 1;
        }
        let field_at = self.start + at;
        let line_start =
            memchr::memrchr(b'\n', &bytes[..field_at]).map_or(0, |newline| newline + 1);
        let line_end = memchr::memchr(b'\n', &bytes[field_at..])
            .map_or(bytes.len(), |length| field_at + length);
        let line = &bytes[line_start..line_end];
        Located {
            line: self.block.first_line + newlines(&bytes[..field_at]),
            row: line.strip_suffix(b"\r").unwrap_or(line),
            at: field_at - line_start,
        }
    }
}
