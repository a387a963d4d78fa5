//! JSON Lines: one object a line.

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;
use std::str::Utf8Error;

use super::account::{Account, Notes};
use super::bad::RowError;
use super::blocks::{Block, FileInfo};
use super::json::{self, SyntaxError, Visitor};
use super::reader::{Emit, Located, Reader, RowPlace};
use super::resolver::{Column, Resolver};
use super::slots::Slots;
use super::template::Met;
use super::value::Value;
use crate::codes;
use crate::error::Error;

/// Reads the rows of a block.
pub(super) fn read(
    block: &Block,
    reader: &mut Reader<'_>,
    emit: &mut Emit<'_>,
) -> Result<(), Error> {
    let mut slots = reader.slots();
    // Most blocks are text as a whole, so that no row has to be looked at again.
    let whole = simdutf8::basic::from_utf8(&block.bytes).ok();
    let (reads_plain, mut plain) = (reader.reads_plain(), Account::default());
    let mut number = block.first_line;
    let mut at = 0;
    for end in memchr::memchr_iter(b'\n', &block.bytes).chain([block.bytes.len()]) {
        let ends_file = end == block.bytes.len();
        let line = block.bytes.get(at..end).unwrap_or_default();
        let row = line.strip_suffix(b"\r").unwrap_or(line);
        let place = LinePlace {
            file: &block.file,
            line: number,
            row,
        };
        let text = whole.and_then(|whole| whole.get(at..at + row.len()));
        (at, number) = (end + 1, number + 1);
        if reads_plain
            && let Some(text) = text
            && reader.read_plain(text, &mut plain, emit)?
        {
            continue;
        }
        if row.trim_ascii().is_empty() {
            // What follows the last newline is no line.
            reader.account(&block.file).blank += u64::from(!ends_file);
            continue;
        }
        slots.clear();
        let cut = ends_file && block.last;
        let filled = match text {
            Some(text) => fill_text(text, cut, reader, &mut slots),
            None => fill(row, cut, reader, &mut slots),
        };
        match filled {
            Ok(()) => reader.accept(&place, &mut slots, emit)?,
            Err(bad) => reader.reject(&place, bad),
        }
    }
    reader.account(&block.file).merge(plain);
    Ok(())
}

/// Puts the wanted values of a row into their slots.
pub(super) fn fill<'a>(
    row: &'a [u8],
    ends_file: bool,
    reader: &mut Reader<'_>,
    slots: &mut Slots<'a>,
) -> Result<(), RowError> {
    let text = std::str::from_utf8(row).map_err(|error| not_utf8(error, ends_file))?;
    fill_text(text, ends_file, reader, slots)
}

fn fill_text<'a>(
    text: &'a str,
    ends_file: bool,
    reader: &mut Reader<'_>,
    slots: &mut Slots<'a>,
) -> Result<(), RowError> {
    if !text.trim_start().starts_with('{') {
        return Err(not_an_object(text));
    }
    let explain = reader.preset().and_then(|preset| preset.explain);
    if explain.is_none() && reader.templates.fill(text, slots) {
        return Ok(());
    }
    reader.resolver.start_row();
    let mut filler = Filler {
        resolver: &mut reader.resolver,
        notes: &mut reader.notes,
        column: Rc::default(),
        slots,
        duplicate: None,
        // What a preset explains stands in no place.
        met: (explain.is_none() && reader.templates.learns()).then(Vec::new),
    };
    let scanned = json::read_object(text, &mut filler);
    let Filler {
        mut duplicate, met, ..
    } = filler;
    scanned.map_err(|error| syntax(text, &error, ends_file))?;
    for (path, value) in explain.map(|explain| explain(text)).unwrap_or_default() {
        let column = reader.resolver.column(&path, &mut reader.notes);
        // A row that has such a column itself says the same twice.
        let at = value.at;
        if column.is_read() && !column.fill(slots, value) {
            duplicate.get_or_insert(at);
        }
    }
    if let Some(at) = duplicate {
        let detail = "the row gives this key twice";
        let error = RowError::new(&codes::DUPLICATE_KEY, at, detail);
        return Err(error.help(codes::DUPLICATE_KEY.remedy));
    }
    if let Some(met) = met {
        reader.templates.learn(text, met, reader.rules);
    }
    Ok(())
}

struct Filler<'s, 'r, 'a> {
    resolver: &'s mut Resolver<'r>,
    notes: &'s mut Notes,
    column: Rc<Column>,
    slots: &'s mut Slots<'a>,
    duplicate: Option<usize>,
    /// What stands where, for whoever learns from it.
    met: Option<Vec<Met>>,
}

impl<'a> Visitor<'a> for Filler<'_, '_, 'a> {
    fn wants(&mut self, path: &str) -> bool {
        self.column = self.resolver.column(path, self.notes);
        self.column.is_read()
    }

    fn take(&mut self, value: Value<'a>, key_at: usize) {
        if !self.column.fill(self.slots, value) {
            self.duplicate.get_or_insert(key_at);
        }
    }

    fn passed(&mut self, path: &str, depth: usize, place: Range<usize>) {
        // One more than most says that there are too many.
        if let Some(met) = self.met.as_mut().filter(|met| met.len() <= Met::MOST) {
            met.push(Met {
                key: (depth == 0).then(|| path.to_owned()),
                column: Rc::clone(&self.column),
                place,
            });
        }
    }
}

fn not_utf8(error: Utf8Error, ends_file: bool) -> RowError {
    let (code, detail) = match error.error_len() {
        None if ends_file => (&codes::TRUNCATED_ROW, "the file ends inside this character"),
        _ => (&codes::NOT_UTF8, "these bytes are not valid UTF-8"),
    };
    RowError::new(code, error.valid_up_to(), detail).help(code.remedy)
}

fn not_an_object(text: &str) -> RowError {
    let found = match text.trim_start().as_bytes() {
        [b'[', ..] => "is a list",
        [b'"', ..] => "is a string",
        [b'0'..=b'9' | b'-', ..] => "is a number",
        b"true" | b"false" | b"null" | b"NaN" => "is a bare value",
        [0xEF, 0xBB, 0xBF, ..] => "begins with a byte order mark, as where files were joined",
        _ => "does not begin with a brace",
    };
    let at = text.len() - text.trim_start().len();
    RowError::new(
        &codes::NOT_AN_OBJECT,
        at,
        format!("the row {found}, expected an object"),
    )
    .help(codes::NOT_AN_OBJECT.remedy)
}

fn syntax(text: &str, error: &SyntaxError, ends_file: bool) -> RowError {
    let code = if error.ended && ends_file {
        &codes::TRUNCATED_ROW
    } else {
        &codes::INVALID_JSON
    };
    let found = match text.get(error.at..).and_then(|rest| rest.chars().next()) {
        None => "the row ends here".to_owned(),
        Some(c) if c.is_alphanumeric() || c.is_ascii_graphic() => format!("found `{c}`"),
        // White space and what is not printable can't be told apart on a screen.
        Some(c) => format!("found U+{:04X}", u32::from(c)),
    };
    let detail = format!("{found}, expected {}", error.expected);
    RowError::new(code, error.at, detail).help(code.remedy)
}

/// A line; offsets in row errors are bytes.
struct LinePlace<'a> {
    file: &'a FileInfo,
    line: u64,
    row: &'a [u8],
}

impl RowPlace for LinePlace<'_> {
    fn file(&self) -> &FileInfo {
        self.file
    }

    fn json(&self, _named: bool) -> Cow<'_, str> {
        String::from_utf8_lossy(self.row.trim_ascii())
    }

    fn locate(&self, at: usize) -> Located<'_> {
        Located {
            line: self.line,
            row: self.row,
            at,
        }
    }
}
