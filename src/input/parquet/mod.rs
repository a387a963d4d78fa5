//! Parquet: the columns that matter are decoded. Rows of the plainest kind are read from their values; others are
//! assembled as JSON text, and read like JSON Lines.
//!
//! The `parquet` crate finds pages and decodes them, but for those of the commonest kinds, which are decoded here. What it
//! does not promise is added: every column holds exactly the rows the footer names, what is damaged is an error, and a
//! panic on bad bytes is one too.

mod assembly;
mod column;
mod damage;
mod flat;
mod footer;
mod hybrid;
mod levelled;
mod scalar;
mod schema;
mod stored;
mod thrift;

use std::borrow::Cow;
use std::ops::Range;
use std::rc::Rc;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use parquet::file::metadata::{ParquetMetaData, RowGroupMetaData};

use self::assembly::{Batch, Rows};
use self::damage::guarded;
use self::schema::Projection;
use super::blocks::{Block, FileInfo};
use super::jsonl;
use super::reader::{Emit, Located, Reader, RowPlace};
use super::resolver::Column;
use super::seekable::Seekable;
use super::source::Stream;
use crate::codes;
use crate::error::{Error, Place};

pub(crate) use self::footer::open;

/// Rows decoded at a time.
const BATCH: usize = 512;
/// Rows whose values are looked at together.
const AHEAD: usize = 128;

/// A Parquet file whose footer was read.
pub(crate) struct Table {
    bytes: Seekable,
    metadata: ParquetMetaData,
}

/// Most rows of a row group that one thread works on: few enough to hold, and more than most writers put into a page.
const SHARE: u64 = 1 << 17;

/// Some rows of a Parquet file: a share of one of its row groups.
pub(crate) struct Group {
    table: Arc<Table>,
    /// The place of its row group; none for a file without any.
    index: Option<usize>,
    /// Rows before it.
    before: u64,
    /// Which of the rows of its row group.
    rows: Range<u64>,
}

impl Group {
    /// The number of its first row, from 1.
    pub(super) fn first_row(&self) -> u64 {
        self.before.saturating_add(1)
    }
}

/// The row groups of a file, in order and in shares; a file without any gives one without rows, so that its columns are
/// seen.
pub(crate) struct Groups {
    table: Arc<Table>,
    next: usize,
    /// Rows of the next row group that were given out.
    given: u64,
    /// Rows of the file that were given out.
    before: u64,
    /// Counts compressed bytes of the groups.
    progress: Arc<AtomicU64>,
}

impl Groups {
    /// The paths of all columns.
    pub(crate) fn columns(&self) -> Vec<String> {
        let schema = self.table.metadata.file_metadata().schema_descr();
        let mut columns = Vec::new();
        Projection::new(schema, &mut |path| {
            columns.push(path.to_owned());
            false
        });
        columns
    }

    /// The next share of a row group, and whether it is the last.
    pub(crate) fn next(&mut self) -> Option<(Group, bool)> {
        let groups = self.table.metadata.row_groups();
        let found = groups.get(self.next);
        if found.is_none() && self.next > 0 {
            return None;
        }
        // The footer was checked: no size is negative.
        let number = |count: i64| u64::try_from(count).unwrap_or(0);
        let count = found.map_or(0, |group| number(group.num_rows()));
        let end = count.min(self.given.saturating_add(SHARE));
        let group = Group {
            table: Arc::clone(&self.table),
            index: found.map(|_| self.next),
            before: self.before,
            rows: self.given..end,
        };
        self.before += end - self.given;
        self.given = end;
        if end == count {
            let size = found.map_or(0, |group| number(group.compressed_size()));
            self.progress.fetch_add(size, Ordering::Relaxed);
            (self.next, self.given) = (self.next + 1, 0);
        }
        Some((group, self.next >= groups.len()))
    }
}

/// Reads a share of the rows of a row group.
pub(super) fn read(
    block: &Block,
    group: &Group,
    reader: &mut Reader<'_>,
    emit: &mut Emit<'_>,
) -> Result<(), Error> {
    let (table, path) = (&group.table, block.file.path.as_str());
    let schema = table.metadata.file_metadata().schema_descr();
    let projection = Projection::new(schema, &mut |path| reader.wants(path));
    let Some(metadata) = group
        .index
        .and_then(|at| table.metadata.row_groups().get(at))
    else {
        return Ok(());
    };
    let Some(share) = share(group, metadata, &projection) else {
        return Ok(());
    };
    let bytes = Arc::new(table.bytes.open()?);
    let mut rows = guarded(path, || Rows::open(&bytes, metadata, &projection, share))?;
    let columns = columns(&projection, reader);
    let mut plain = reader.plain(&block.file, &columns);
    let tells = plain.reads();
    let next = |rows: &mut Rows<'_>| {
        let count = rows.read(BATCH)?;
        if tells {
            rows.tell()?;
        }
        Ok(count)
    };
    let (mut number, mut ahead, mut run) = (group.before, AHEAD, 1);
    while guarded(path, || next(&mut rows))? > 0 {
        while rows.ready() > 0 {
            let asked = rows.ready().min(ahead);
            let told = |column| rows.cells(column, asked);
            let read = reader.read_columns(&mut plain, asked, told, emit)?;
            rows.pass(read);
            number += read as u64;
            // Where some rows are not of the plainest kind, so are mostly those after them.
            run = if read > 0 { 1 } else { run };
            if read == asked {
                ahead = AHEAD.min(2 * ahead);
                continue;
            }
            ahead = 1;
            let batch = guarded(path, || rows.take(run))?;
            run = BATCH.min(2 * run);
            number = read_text(&batch, number, (&block.file, &projection), reader, emit)?;
        }
    }
    reader.leave(&block.file, plain);
    bytes.check_unchanged()
}

/// Which rows of its row group a share is. Where a column has lists, pages do not say how many rows they hold: the first
/// share is all rows then, and the others are none.
fn share(
    group: &Group,
    metadata: &RowGroupMetaData,
    projection: &Projection,
) -> Option<Range<u64>> {
    let mut columns = projection.leaves.iter();
    if !columns.any(|leaf| metadata.column(*leaf).column_descr().max_rep_level() > 0) {
        return Some(group.rows.clone());
    }
    let all = u64::try_from(metadata.num_rows()).unwrap_or(0);
    (group.rows.start == 0).then_some(0..all)
}

/// The columns of rows that are single values all of which are read; else none.
fn columns(projection: &Projection, reader: &mut Reader<'_>) -> Vec<Rc<Column>> {
    let paths = projection.flat().unwrap_or_default().into_iter();
    let columns = paths.map(|path| reader.resolver.look_up(path, &mut reader.notes));
    let columns: Vec<_> = columns.collect();
    let read = columns.iter().all(|column| column.is_read());
    if read { columns } else { Vec::new() }
}

/// Reads rows as JSON; the number of rows up to the last of them.
fn read_text(
    batch: &Batch,
    before: u64,
    (file, projection): (&FileInfo, &Projection),
    reader: &mut Reader<'_>,
    emit: &mut Emit<'_>,
) -> Result<u64, Error> {
    let mut slots = reader.slots();
    let mut number = before;
    for row in batch.rows() {
        number += 1;
        let place = TableRow {
            file,
            number,
            text: row.text,
            columns: row.columns,
            projection,
        };
        slots.clear();
        match jsonl::fill(row.text, false, reader, &mut slots) {
            Ok(()) => reader.accept(&place, &mut slots, emit)?,
            Err(bad) => reader.reject(&place, bad),
        }
    }
    Ok(number)
}

/// A row of a table; offsets in row errors are bytes of its text.
struct TableRow<'a> {
    file: &'a FileInfo,
    number: u64,
    text: &'a [u8],
    /// Where in the text which column begins.
    columns: &'a [(usize, usize)],
    projection: &'a Projection,
}

impl RowPlace for TableRow<'_> {
    fn file(&self) -> &FileInfo {
        self.file
    }

    fn json(&self, _named: bool) -> Cow<'_, str> {
        String::from_utf8_lossy(self.text)
    }

    fn locate(&self, at: usize) -> Located<'_> {
        Located {
            line: self.number,
            row: self.text,
            at,
        }
    }

    fn place(&self, at: usize) -> Place {
        let after = self.columns.partition_point(|(offset, _)| *offset <= at);
        let column = after.checked_sub(1).and_then(|at| self.columns.get(at));
        Place {
            row: Some(self.number),
            field: column.map(|(_, name)| self.projection.name(*name).to_owned()),
            ..Place::file(&self.file.path)
        }
    }
}

/// The most bytes of a Parquet file that comes as a stream and must be held whole.
const HELD: usize = 1 << 30;

/// All bytes of a stream, when they cannot be read at any place where they are.
fn hold(stream: &mut Stream, mut bytes: Vec<u8>, path: &str) -> Result<Vec<u8>, Error> {
    if stream.fill(&mut bytes, HELD)? {
        return Ok(bytes);
    }
    let detail = "a Parquet file from standard input or a compressed file is held in memory, and this one is larger than 1 GiB";
    Err(Error::new(&codes::UNKNOWN_FORMAT, detail)
        .at(Place::file(path))
        .help("name the uncompressed file instead"))
}

#[cfg(test)]
mod tests;
