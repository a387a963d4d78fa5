//! The pages of a leaf outside of any list, of the commonest types and encodings. Of dictionaries each row has the place
//! of its value, so that what a value says is found out once.
//!
//! Nothing here says what is wrong with a page: where it is any other, or damaged, the leaf is read
//! [another way](super::levelled), which does.

use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Encoding, Type};
use parquet::column::page::{Page, PageReader};
use parquet::file::serialized_reader::SerializedPageReader;
use parquet::schema::types::ColumnDescriptor;

use super::column::Chunk;
use super::hybrid::Hybrid;
use super::scalar::Meaning;
use super::stored::{Kind, Stored, spread};
use crate::input::plain::{Cells, Listed};
use crate::input::seekable::Handle;

/// Rows that are passed at a time.
const PASSED: usize = 512;

/// A leaf, with the rows of it that were read last: all of one page.
pub(super) struct Flat {
    pages: SerializedPageReader<Handle>,
    kind: Kind,
    optional: bool,
    /// The distinct values, and a null.
    dictionary: Option<Stored>,
    page: Open,
    /// Of the rows that were read last, values or their places in the dictionary, by what the page has.
    values: Stored,
    codes: Vec<u32>,
    levels: Vec<u32>,
    /// The next of these rows.
    at: usize,
}

/// What is left of a page.
struct Open {
    rows: usize,
    /// Values at most.
    values: usize,
    levels: Option<Hybrid>,
    encoded: Encoded,
}

/// Values as a page has them.
enum Encoded {
    /// From this byte on.
    Plain(usize),
    /// Places in the dictionary.
    Coded(Hybrid),
}

/// A page of data, whatever its version.
struct Data {
    rows: u32,
    values: u32,
    encoding: Encoding,
    levels: Option<Bytes>,
    body: Bytes,
}

impl Flat {
    /// The leaf from its first row, where it is of the commonest types.
    pub(super) fn open(chunk: &Chunk<'_>) -> Option<Self> {
        let descriptor = chunk.metadata.column_descr();
        let kind = kind(descriptor)?;
        let bytes = Arc::clone(chunk.bytes);
        let pages = SerializedPageReader::new(bytes, chunk.metadata, chunk.rows, None).ok()?;
        Some(Self {
            pages,
            kind,
            optional: descriptor.max_def_level() > 0,
            dictionary: (kind == Kind::Truth).then(Stored::truths),
            page: Open {
                rows: 0,
                values: 0,
                levels: None,
                encoded: Encoded::Plain(0),
            },
            values: Stored::new(kind, Bytes::new()),
            codes: Vec::new(),
            levels: Vec::new(),
            at: 0,
        })
    }

    /// How many rows can be read: those left of a page, of the next one where it has ended.
    pub(super) fn ready(&mut self) -> Option<usize> {
        while self.page.rows == 0 {
            self.turn()?;
        }
        Some(self.page.rows)
    }

    /// Whether no page is left.
    pub(super) fn has_ended(&mut self) -> bool {
        self.page.rows == 0 && matches!(self.pages.get_next_page(), Ok(None))
    }

    /// Passes so many rows, in whole pages where they can be.
    pub(super) fn skip(&mut self, rows: usize) -> Option<()> {
        let mut left = rows;
        while left > 0 {
            if self.page.rows > 0 {
                let passed = left.min(self.page.rows).min(PASSED);
                self.read(passed)?;
                left -= passed;
                continue;
            }
            let next = self.pages.peek_next_page().ok()??;
            match next.num_rows.or(next.num_levels) {
                Some(rows) if rows <= left => {
                    self.pages.skip_next_page().ok()?;
                    left -= rows;
                }
                _ => self.turn()?,
            }
        }
        Some(())
    }

    /// Reads so many rows, no more than are [ready](Self::ready).
    pub(super) fn read(&mut self, rows: usize) -> Option<()> {
        let page = &mut self.page;
        page.rows = page.rows.checked_sub(rows)?;
        let defined = page.levels(rows, &mut self.levels)?;
        page.count(defined, self.kind)?;
        self.at = 0;
        match &mut page.encoded {
            Encoded::Plain(at) => {
                self.values.clear();
                *at = self.values.find(*at, defined)?;
                if defined < rows {
                    self.values.spread(&self.levels);
                }
            }
            Encoded::Coded(codes) => {
                self.codes.clear();
                codes.read(defined, &mut self.codes)?;
                let null = u32::try_from(self.dictionary.as_ref()?.count())
                    .ok()?
                    .checked_sub(1)?;
                let most = self.codes.iter().max();
                most.is_none_or(|most| *most < null).then_some(())?;
                if defined < rows {
                    let defined = self.levels.iter().map(|level| *level > 0);
                    spread(&mut self.codes, rows, defined, null);
                }
            }
        }
        Some(())
    }

    /// Whether the next row has a value.
    pub(super) fn is_defined(&self) -> bool {
        let (values, at) = self.next();
        values.is_some_and(|values| values.is_defined(at))
    }

    /// Passes a row, writing its value when it is asked for.
    pub(super) fn take(&mut self, out: Option<&mut Vec<u8>>) {
        if let (Some(out), (Some(values), at)) = (out, self.next()) {
            values.write(at, out);
        }
        self.at += 1;
    }

    /// The values of the next so many rows.
    pub(super) fn cells(&self, rows: usize) -> Cells<'_> {
        let rows = self.at..self.at + rows;
        match (&self.page.encoded, &self.dictionary) {
            (Encoded::Coded(_), Some(listed)) => Cells::Coded {
                listed,
                codes: self.codes.get(rows).unwrap_or_default(),
            },
            _ => Cells::Each(rows.map(|at| self.values.scalar(at)).collect()),
        }
    }

    /// Passes so many rows.
    pub(super) fn pass(&mut self, rows: usize) {
        self.at += rows;
    }

    /// Where the value of the next row is.
    fn next(&self) -> (Option<&Stored>, usize) {
        match self.page.encoded {
            Encoded::Plain(_) => (Some(&self.values), self.at),
            Encoded::Coded(_) => {
                let code = self.codes.get(self.at).copied().unwrap_or(u32::MAX);
                (self.dictionary.as_ref(), code as usize)
            }
        }
    }

    /// Turns to the next page.
    fn turn(&mut self) -> Option<()> {
        match self.pages.get_next_page().ok()?? {
            Page::DictionaryPage {
                buf,
                num_values,
                encoding,
                ..
            } => self.learn(buf, num_values, encoding),
            Page::DataPage {
                buf,
                num_values,
                encoding,
                def_level_encoding,
                ..
            } => {
                let (levels, body) = match self.optional {
                    true if def_level_encoding == Encoding::RLE => {
                        let (levels, end) = sized(&buf)?;
                        (Some(levels), part(&buf, end, buf.len())?)
                    }
                    true => return None,
                    false => (None, buf),
                };
                self.begin(Data {
                    rows: num_values,
                    values: num_values,
                    encoding,
                    levels,
                    body,
                })
            }
            Page::DataPageV2 {
                buf,
                num_values,
                encoding,
                num_nulls,
                num_rows,
                def_levels_byte_len,
                rep_levels_byte_len,
                ..
            } => {
                (num_rows == num_values).then_some(())?;
                let start = rep_levels_byte_len as usize;
                let end = start.checked_add(def_levels_byte_len as usize)?;
                let levels = part(&buf, start, end)?;
                self.begin(Data {
                    rows: num_values,
                    values: num_values.checked_sub(num_nulls)?,
                    encoding,
                    levels: self.optional.then_some(levels),
                    body: part(&buf, end, buf.len())?,
                })
            }
        }
    }

    /// Learns the only dictionary.
    fn learn(&mut self, bytes: Bytes, count: u32, encoding: Encoding) -> Option<()> {
        let plain = matches!(encoding, Encoding::PLAIN | Encoding::PLAIN_DICTIONARY);
        (plain && self.dictionary.is_none()).then_some(())?;
        let mut dictionary = Stored::new(self.kind, bytes);
        dictionary.find(0, count as usize)?;
        dictionary.close();
        self.dictionary = Some(dictionary);
        Some(())
    }

    /// Begins a page that has rows.
    fn begin(&mut self, data: Data) -> Option<()> {
        let encoded = match (data.encoding, self.kind) {
            (Encoding::PLAIN, Kind::Truth) => Encoded::Coded(Hybrid::bits(data.body)),
            (Encoding::RLE, Kind::Truth) => Encoded::Coded(Hybrid::new(sized(&data.body)?.0, 1)?),
            (_, Kind::Truth) => return None,
            (Encoding::PLAIN, _) => {
                self.values = Stored::new(self.kind, data.body);
                Encoded::Plain(0)
            }
            (Encoding::PLAIN_DICTIONARY | Encoding::RLE_DICTIONARY, _) => {
                let width = *data.body.first()?;
                Encoded::Coded(Hybrid::new(data.body.slice(1..), width)?)
            }
            _ => return None,
        };
        let levels = data.levels.map(|levels| Hybrid::new(levels, 1));
        self.page = Open {
            rows: usize::try_from(data.rows).ok().filter(|rows| *rows > 0)?,
            values: usize::try_from(data.values).ok()?,
            levels: match levels {
                Some(levels) => Some(levels?),
                None => None,
            },
            encoded,
        };
        Some(())
    }
}

impl Open {
    /// Counts values, as strictly as the crate does: of dictionaries those that are read at once, of others all.
    fn count(&mut self, defined: usize, kind: Kind) -> Option<()> {
        let left = self.values.checked_sub(defined)?;
        if kind == Kind::Truth || matches!(self.encoded, Encoded::Plain(_)) {
            self.values = left;
        }
        Some(())
    }

    /// Reads the levels of so many rows, and tells how many of these have a value; the levels are those where some have
    /// none.
    fn levels(&mut self, rows: usize, out: &mut Vec<u32>) -> Option<usize> {
        let Some(levels) = &mut self.levels else {
            return Some(rows);
        };
        if levels.pass_all(1, rows) {
            return Some(rows);
        }
        out.clear();
        levels.read(rows, out)?;
        out.iter().all(|level| *level <= 1).then_some(())?;
        Some(out.iter().filter(|level| **level == 1).count())
    }
}

/// What the values of a leaf are, where they are read here.
fn kind(column: &ColumnDescriptor) -> Option<Kind> {
    let single = column.max_rep_level() == 0 && column.max_def_level() <= 1;
    let plain = Meaning::of(column).ok() == Some(Meaning::Plain);
    (single && plain).then_some(())?;
    match column.physical_type() {
        Type::BOOLEAN => Some(Kind::Truth),
        Type::INT32 => Some(Kind::Int32),
        Type::INT64 => Some(Kind::Int64),
        Type::DOUBLE => Some(Kind::Double),
        Type::BYTE_ARRAY => Some(Kind::Text),
        Type::INT96 | Type::FLOAT | Type::FIXED_LEN_BYTE_ARRAY => None,
    }
}

/// Bytes whose size stands before them, and where they end.
fn sized(bytes: &Bytes) -> Option<(Bytes, usize)> {
    let size = u32::from_le_bytes(*bytes.first_chunk()?) as usize;
    let end = size.checked_add(4)?;
    Some((part(bytes, 4, end)?, end))
}

/// These bytes of a page, if it has them.
fn part(bytes: &Bytes, start: usize, end: usize) -> Option<Bytes> {
    bytes.get(start..end).map(|part| bytes.slice_ref(part))
}
