//! Columns become rows: the record assembly of Dremel (Melnik et al. 2010), with JSON text as its result.

use std::ops::Range;
use std::sync::Arc;

use parquet::errors::Result as Decoded;
use parquet::file::metadata::RowGroupMetaData;

use super::column::Column;
use super::schema::{Field, Node, Projection, Shape};
use crate::input::plain::Cells;
use crate::input::seekable::Handle;

/// Some rows of a row group, not all at once.
pub(super) struct Rows<'p> {
    projection: &'p Projection,
    columns: Vec<Column<'p>>,
    /// Rows that are not read yet.
    left: u64,
    /// Whether they are the last of their row group.
    last: bool,
    /// Rows that are read and not taken yet.
    ready: usize,
}

/// Some rows as text.
#[derive(Default)]
pub(super) struct Batch {
    text: Vec<u8>,
    /// Where rows end in the text, and in the list of columns.
    ends: Vec<(usize, usize)>,
    /// Where in its row which column begins.
    columns: Vec<(usize, usize)>,
}

/// One row.
pub(super) struct Row<'b> {
    pub(super) text: &'b [u8],
    /// Where in the text which column begins.
    pub(super) columns: &'b [(usize, usize)],
}

impl Batch {
    pub(super) fn rows(&self) -> impl Iterator<Item = Row<'_>> {
        let starts = std::iter::once((0, 0)).chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| Row {
            text: self.text.get(start.0..end.0).unwrap_or_default(),
            columns: self.columns.get(start.1..end.1).unwrap_or_default(),
        })
    }
}

impl<'p> Rows<'p> {
    pub(super) fn open(
        bytes: &'p Arc<Handle>,
        group: &'p RowGroupMetaData,
        projection: &'p Projection,
        rows: Range<u64>,
    ) -> Decoded<Self> {
        let leaves = projection.leaves.iter();
        let columns = leaves.map(|leaf| Column::open(bytes, group, *leaf, &rows));
        Ok(Self {
            projection,
            columns: columns.collect::<Decoded<_>>()?,
            left: rows.end - rows.start,
            last: rows.end == u64::try_from(group.num_rows())?,
            ready: 0,
        })
    }

    /// Reads the next rows, at most so many; how many, and none when all columns have ended together where the footer
    /// says.
    pub(super) fn read(&mut self, most: usize) -> Decoded<usize> {
        let mut count = usize::try_from(self.left).unwrap_or(most).min(most);
        if count == 0 {
            if self.last {
                self.columns.iter_mut().try_for_each(Column::finish)?;
            }
            return Ok(0);
        }
        for column in &mut self.columns {
            count = count.min(column.ready()?);
        }
        for column in &mut self.columns {
            column.read(count)?;
        }
        self.left -= u64::try_from(count).unwrap_or(self.left);
        self.ready = count;
        Ok(count)
    }

    /// Makes ready to tell the values that were read as [cells](Self::cells).
    pub(super) fn tell(&mut self) -> Decoded<()> {
        self.columns.iter_mut().try_for_each(Column::tell)
    }

    /// Rows that were read and not taken.
    pub(super) fn ready(&self) -> usize {
        self.ready
    }

    /// The values of the next rows, at most as many as are [ready](Self::ready), when their fields are those of a
    /// [flat](Projection::flat) projection.
    pub(super) fn cells(&self, column: usize, rows: usize) -> Cells<'_> {
        let column = self.columns.get(column);
        column.map_or_else(Cells::default, |column| column.cells(rows))
    }

    /// Takes rows whose values were told.
    pub(super) fn pass(&mut self, rows: usize) {
        self.columns.iter_mut().for_each(|column| column.pass(rows));
        self.ready = self.ready.saturating_sub(rows);
    }

    /// Takes the next of the rows that were read, at most so many, as text.
    pub(super) fn take(&mut self, most: usize) -> Decoded<Batch> {
        let mut batch = Batch::default();
        let count = self.ready.min(most);
        for _ in 0..count {
            self.row(&mut batch)?;
        }
        self.ready -= count;
        Ok(batch)
    }

    fn row(&mut self, batch: &mut Batch) -> Decoded<()> {
        let start = batch.text.len();
        let mut writer = Writer {
            columns: &mut self.columns,
            batch,
            start,
        };
        writer.group(&self.projection.fields)?;
        for column in &self.columns {
            // What is left over belongs to the next row.
            if column.peek().is_some_and(|(_, repetition)| repetition != 0) {
                return Err(column.uneven());
            }
        }
        batch.ends.push((batch.text.len(), batch.columns.len()));
        Ok(())
    }
}

struct Writer<'w, 'p> {
    columns: &'w mut [Column<'p>],
    batch: &'w mut Batch,
    /// Where the row begins.
    start: usize,
}

impl Writer<'_, '_> {
    fn group(&mut self, fields: &[Field]) -> Decoded<()> {
        let mut opening = b'{';
        for Field { key, name, node } in fields {
            self.batch.text.push(std::mem::replace(&mut opening, b','));
            let at = self.batch.text.len() - self.start;
            self.batch.columns.push((at, *name));
            self.batch.text.extend_from_slice(key);
            self.node(node)?;
        }
        if fields.is_empty() {
            self.batch.text.push(b'{');
        }
        self.batch.text.push(b'}');
        Ok(())
    }

    fn node(&mut self, node: &Node) -> Decoded<()> {
        let Some(first) = self.columns.get_mut(node.leaves.start) else {
            // A row always has the columns of its projection.
            return Ok(());
        };
        if let Shape::Scalar = node.shape {
            return first.take(Some(&mut self.batch.text));
        }
        let Some((definition, _)) = first.peek() else {
            return Err(first.uneven());
        };
        if definition < node.defined {
            self.batch.text.extend_from_slice(b"null");
            return self.pass(node);
        }
        match &node.shape {
            Shape::List(_, listed, _) if definition < *listed => {
                self.batch.text.extend_from_slice(b"[]");
                self.pass(node)
            }
            Shape::List(element, _, repetition) => self.list(element, *repetition),
            Shape::Group(fields) => self.group(fields),
            Shape::Scalar => Ok(()),
        }
    }

    /// Passes what has no value: one entry in each leaf.
    fn pass(&mut self, node: &Node) -> Decoded<()> {
        let columns = self.columns.get_mut(node.leaves.clone());
        columns
            .unwrap_or_default()
            .iter_mut()
            .try_for_each(|column| column.take(None))
    }

    fn list(&mut self, element: &Node, repetition: i16) -> Decoded<()> {
        let mut opening = b'[';
        loop {
            self.batch.text.push(std::mem::replace(&mut opening, b','));
            self.node(element)?;
            let first = self.columns.get(element.leaves.start);
            let next = first.and_then(Column::peek);
            if next.is_none_or(|(_, level)| level < repetition) {
                self.batch.text.push(b']');
                return Ok(());
            }
        }
    }
}
