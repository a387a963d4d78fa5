//! One leaf of a row group: its values, some rows at a time.

use parquet::basic::Compression;
use parquet::errors::{ParquetError, Result as Decoded};
use parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use std::ops::Range;
use std::sync::Arc;

use super::flat::Flat;
use super::levelled::Levelled;
use crate::input::plain::Cells;
use crate::input::seekable::Handle;

/// Where the pages of a leaf are.
pub(super) struct Chunk<'p> {
    pub(super) bytes: &'p Arc<Handle>,
    pub(super) metadata: &'p ColumnChunkMetaData,
    /// Rows of the row group.
    pub(super) rows: usize,
}

/// A leaf, with the rows of it that were read last.
pub(super) struct Column<'p> {
    chunk: Chunk<'p>,
    /// Rows that were read or passed.
    before: usize,
    way: Way,
}

/// Who reads a leaf.
enum Way {
    Flat(Box<Flat>),
    Levelled(Levelled),
}

impl<'p> Column<'p> {
    /// The leaf with this number among all leaves of a row group, from the first of these rows.
    pub(super) fn open(
        bytes: &'p Arc<Handle>,
        group: &'p RowGroupMetaData,
        leaf: usize,
        rows: &Range<u64>,
    ) -> Decoded<Self> {
        let chunk = Chunk {
            bytes,
            metadata: group.column(leaf),
            rows: usize::try_from(group.num_rows())?,
        };
        refuse_codec(&chunk.name(), chunk.metadata.compression())?;
        let before = usize::try_from(rows.start)?;
        let flat = Flat::open(&chunk).and_then(|mut flat| flat.skip(before).map(|()| flat));
        let way = match flat {
            Some(flat) => Way::Flat(Box::new(flat)),
            None => chunk.levelled(before)?,
        };
        Ok(Self { chunk, before, way })
    }

    /// Rows that can be read at once, where that is more than none and less than any.
    pub(super) fn ready(&mut self) -> Decoded<usize> {
        if let Way::Flat(flat) = &mut self.way {
            match flat.ready() {
                Some(rows) => return Ok(rows),
                None => self.way = self.chunk.levelled(self.before)?,
            }
        }
        Ok(usize::MAX)
    }

    /// Reads exactly so many more rows, no more than are [ready](Self::ready).
    pub(super) fn read(&mut self, rows: usize) -> Decoded<()> {
        let read = match &mut self.way {
            Way::Flat(flat) => flat.read(rows).is_some(),
            Way::Levelled(_) => false,
        };
        if !read {
            self.reread(rows)?;
        }
        self.before += rows;
        Ok(())
    }

    /// Reads what is not flat, or no page that is read as such.
    fn reread(&mut self, rows: usize) -> Decoded<()> {
        if self.leaf(|leaf| leaf.read(rows))? {
            Ok(())
        } else {
            Err(self.chunk.miscounted())
        }
    }

    /// Checks that no row is left.
    pub(super) fn finish(&mut self) -> Decoded<()> {
        let ended = match &mut self.way {
            Way::Flat(flat) => flat.has_ended(),
            Way::Levelled(_) => false,
        };
        if ended || self.leaf(Levelled::has_ended)? {
            Ok(())
        } else {
            Err(self.chunk.miscounted())
        }
    }

    /// Asks the leaf that the crate reads, from here on.
    fn leaf<T>(&mut self, ask: impl FnOnce(&mut Levelled) -> Decoded<T>) -> Decoded<T> {
        if let Way::Flat(_) = self.way {
            self.way = self.chunk.levelled(self.before)?;
        }
        match &mut self.way {
            Way::Levelled(leaf) => ask(leaf),
            Way::Flat(_) => Err(self.chunk.miscounted()),
        }
    }

    /// Definition and repetition level of the next entry; none at the end.
    pub(super) fn peek(&self) -> Option<(i16, i16)> {
        match &self.way {
            Way::Flat(flat) => Some((i16::from(flat.is_defined()), 0)),
            Way::Levelled(leaf) => leaf.peek(),
        }
    }

    /// Passes an entry, writing its value when there is one and it is asked for.
    pub(super) fn take(&mut self, out: Option<&mut Vec<u8>>) -> Decoded<()> {
        let taken = match &mut self.way {
            Way::Flat(flat) => {
                flat.take(out);
                true
            }
            Way::Levelled(leaf) => leaf.take(out)?,
        };
        if taken { Ok(()) } else { Err(self.uneven()) }
    }

    /// Makes ready to tell the values that were read as [cells](Self::cells).
    pub(super) fn tell(&mut self) -> Decoded<()> {
        match &mut self.way {
            Way::Flat(_) => Ok(()),
            Way::Levelled(leaf) => leaf.tell(),
        }
    }

    /// The next values of so many rows, once they are [told](Self::tell).
    pub(super) fn cells(&self, rows: usize) -> Cells<'_> {
        match &self.way {
            Way::Flat(flat) => flat.cells(rows),
            Way::Levelled(leaf) => Cells::Each(leaf.scalars(rows)),
        }
    }

    /// Passes so many entries.
    pub(super) fn pass(&mut self, rows: usize) {
        match &mut self.way {
            Way::Flat(flat) => flat.pass(rows),
            Way::Levelled(leaf) => leaf.pass(rows),
        }
    }

    /// The error of levels that no row can have.
    pub(super) fn uneven(&self) -> ParquetError {
        let name = self.chunk.name();
        ParquetError::General(format!(
            "the levels of column `{name}` do not fit its schema"
        ))
    }
}

impl Chunk<'_> {
    fn name(&self) -> String {
        self.metadata.column_path().string()
    }

    /// The leaf after so many of its rows, as the crate reads it.
    fn levelled(&self, before: usize) -> Decoded<Way> {
        let leaf = Levelled::open(self, before)?;
        leaf.map(Way::Levelled).ok_or_else(|| self.miscounted())
    }

    fn miscounted(&self) -> ParquetError {
        let (name, rows) = (self.name(), self.rows);
        ParquetError::General(format!(
            "column `{name}` does not hold the {rows} rows that the footer says"
        ))
    }
}

pub(super) fn refuse_codec(name: &str, codec: Compression) -> Decoded<()> {
    let zstd = cfg!(feature = "zstd") && matches!(codec, Compression::ZSTD(_));
    let plain = matches!(
        codec,
        Compression::UNCOMPRESSED | Compression::SNAPPY | Compression::GZIP(_)
    );
    if plain || zstd {
        return Ok(());
    }
    let what =
        format!("column `{name}` is compressed with {codec}, which this calib does not read");
    Err(ParquetError::NYI(what))
}

#[cfg(test)]
mod tests;
