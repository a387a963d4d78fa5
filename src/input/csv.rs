//! Delimited text: where records end, what the header names, and the rows by the grammar of the `csv` crate.
//!
//! Fields are read where they stand in the block, which the crate cannot. Three things it does not tell are told here:
//! where a block may be cut, that the file ends inside quotes, and the physical line and column of a field.

mod quick;
mod quotes;
mod split;

use std::borrow::Cow;
use std::rc::Rc;

use self::quotes::{State, check_quotes};
use self::split::Split;
use super::bad::RowError;
use super::blocks::{Block, FileInfo, newlines};
use super::plain::{Asked, Plan};
use super::reader::{Emit, Located, Reader, RowPlace};
use super::resolver::Column;
use super::slots::Slots;
use super::value::{Raw, Value};
use crate::codes::{self, Code};
use crate::error::{Error, Place};

pub(crate) use self::quotes::{header_end, last_record_end};

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
    let bytes = &*block.bytes;
    // Most blocks are text as a whole.
    let text = simdutf8::basic::from_utf8(bytes).ok();
    let columns = reader.header(&block.file);
    let wanted: Vec<bool> = columns.iter().map(|column| column.is_read()).collect();
    let read: Vec<usize> = (0..columns.len()).filter(|at| wanted[*at]).collect();
    let mut plain = reader.plain(&block.file, &columns);
    let (mut split, mut slots) = (Split::new(delimiter), reader.slots());
    let mut end = 0;
    loop {
        let start = record_start(bytes, end);
        plain.account.blank += blank_lines(bytes, end, start);
        if start == bytes.len() {
            break;
        }
        let quick = |plan: &mut Plan, asked: &mut Asked<'_>| {
            text?;
            quick::read(bytes.get(start..)?, &wanted, delimiter, plan, asked)
        };
        if let Some(length) = reader.read_as(&mut plain, quick, emit)? {
            end = start + length;
            continue;
        }
        end = split.read(bytes, start);
        let cut = block.last && end == bytes.len() && !bytes.ends_with(b"\n");
        reader.notes.no_final_newline += u64::from(cut);
        let shape = check(&split, bytes, &columns, cut);
        let named = |plan: &mut Plan, asked: &mut Asked<'_>| {
            let text = text.filter(|_| shape.is_ok())?;
            plan.record_of(read.iter().map(|at| split.scalar(*at, text)), asked)
        };
        if reader.read_as(&mut plain, named, emit)?.is_some() {
            continue;
        }
        let place = RecordPlace {
            block,
            start,
            delimiter,
        };
        let checked = check_quotes(&bytes[start..end], delimiter)
            .map_err(|(field, detail)| bad_quotes(&bytes[start..end], field, detail));
        slots.clear();
        match checked
            .and(shape)
            .and_then(|()| fill(&split, bytes, &columns, &mut slots))
        {
            Ok(()) => reader.accept(&place, &mut slots, emit)?,
            Err(bad) => reader.reject(&place, bad),
        }
    }
    reader.leave(&block.file, plain);
    Ok(())
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

/// Where a record starts, past blank lines.
fn record_start(bytes: &[u8], from: usize) -> usize {
    let rest = bytes.get(from..).unwrap_or_default();
    let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
    from + blank.count()
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
fn check(split: &Split, bytes: &[u8], columns: &[Rc<Column>], cut: bool) -> Result<(), RowError> {
    let (found, expected) = (split.len(), columns.len());
    if found == expected && !cut {
        return Ok(());
    }
    let last = columns.last().filter(|column| column.is_read());
    let unfinished = last.is_some_and(|_| {
        let field = split.field(found.saturating_sub(1), bytes);
        matches!(field.last(), Some(b'.' | b'-' | b'+' | b'e' | b'E')) && looks_numeric(&field)
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

/// Puts the wanted fields of a record into their slots; an empty field is null.
fn fill<'a>(
    split: &Split,
    bytes: &'a [u8],
    columns: &[Rc<Column>],
    slots: &mut Slots<'a>,
) -> Result<(), RowError> {
    for (index, column) in columns.iter().enumerate() {
        if !column.is_read() {
            continue;
        }
        let Some(text) = text(split.field(index, bytes)) else {
            let error = RowError::new(&codes::NOT_UTF8, index, "the field is not valid UTF-8");
            return Err(error.help(codes::NOT_UTF8.remedy));
        };
        let raw = if text.is_empty() {
            Raw::Null
        } else {
            Raw::Text(text)
        };
        if !column.fill(slots, Value { raw, at: index }) {
            let detail = "two columns of the header have this name";
            let error = RowError::new(&codes::DUPLICATE_KEY, index, detail);
            return Err(error.help(codes::DUPLICATE_KEY.remedy));
        }
    }
    Ok(())
}

fn text(field: Cow<'_, [u8]>) -> Option<Cow<'_, str>> {
    Some(match field {
        Cow::Borrowed(bytes) => Cow::Borrowed(std::str::from_utf8(bytes).ok()?),
        Cow::Owned(bytes) => Cow::Owned(String::from_utf8(bytes).ok()?),
    })
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
        let mut split = Split::new(self.delimiter);
        let bytes = &self.block.bytes;
        split.read(bytes, self.start);
        let cells = self.block.file.header.iter().zip(split.all(bytes));
        let members: Vec<_> = cells
            .map(|(name, cell)| {
                let name = serde_json::Value::from(name.as_str());
                format!("{name}: {}", literal(&String::from_utf8_lossy(&cell)))
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
