//! One leaf of a row group as the decoder of the `parquet` crate reads it: levels and values of any type and encoding.

use parquet::column::reader::{ColumnReader, ColumnReaderImpl, get_column_reader};
use parquet::data_type::{ByteArray, DataType};
use parquet::errors::{ParquetError, Result as Decoded};
use parquet::file::serialized_reader::SerializedPageReader;
use std::ops::Range;
use std::sync::Arc;

use super::column::Chunk;
use super::scalar::{self, Meaning};
use super::stored::spread;
use crate::input::json::Scanner;
use crate::input::scalar::Scalar;

/// A leaf, with the rows of it that were read last.
pub(super) struct Levelled {
    values: Box<dyn Values>,
    defined: i16,
    repeated: bool,
    definitions: Vec<i16>,
    repetitions: Vec<i16>,
    /// Levels that were read last.
    levels: usize,
    /// The next level, and the next value.
    at: usize,
    value: usize,
    /// The values as JSON, and where each ends, where they have no quicker reading.
    texts: Vec<u8>,
    ends: Vec<usize>,
}

impl Levelled {
    /// The leaf after so many of its rows; none where it has fewer.
    pub(super) fn open(chunk: &Chunk<'_>, before: usize) -> Decoded<Option<Self>> {
        let descriptor = chunk.metadata.column_descr_ptr();
        let bytes = Arc::clone(chunk.bytes);
        let pages = SerializedPageReader::new(bytes, chunk.metadata, chunk.rows, None)?;
        let (defined, repeated) = (descriptor.max_def_level(), descriptor.max_rep_level() > 0);
        let meaning = Meaning::of(&descriptor)?;
        let reader = get_column_reader(descriptor, Box::new(pages));
        let mut leaf = Self {
            values: values(reader, meaning),
            defined,
            repeated,
            definitions: Vec::new(),
            repetitions: Vec::new(),
            levels: 0,
            at: 0,
            value: 0,
            texts: Vec::new(),
            ends: Vec::new(),
        };
        let passed = leaf.values.skip(before)? == before;
        Ok(passed.then_some(leaf))
    }

    /// Reads so many more rows; whether there were as many.
    pub(super) fn read(&mut self, rows: usize) -> Decoded<bool> {
        let found = self.fill(rows)?;
        let first = self.repetitions.first().is_none_or(|level| *level == 0);
        let begun = self.repetitions.iter().filter(|level| **level == 0).count();
        Ok(found == rows && first && (!self.repeated || begun == rows))
    }

    /// Whether no row is left.
    pub(super) fn has_ended(&mut self) -> Decoded<bool> {
        Ok(self.fill(1)? == 0 && self.levels == 0)
    }

    fn fill(&mut self, rows: usize) -> Decoded<usize> {
        self.definitions.clear();
        self.repetitions.clear();
        let (definitions, repetitions) = (&mut self.definitions, &mut self.repetitions);
        let (records, levels) = self.values.read(rows, definitions, repetitions)?;
        (self.levels, self.at, self.value) = (levels, 0, 0);
        Ok(records)
    }

    /// Definition and repetition level of the next entry; none at the end.
    pub(super) fn peek(&self) -> Option<(i16, i16)> {
        if self.at >= self.levels {
            return None;
        }
        let level = |levels: &[i16], default| levels.get(self.at).copied().unwrap_or(default);
        Some((
            level(&self.definitions, self.defined),
            level(&self.repetitions, 0),
        ))
    }

    /// Passes an entry, writing its value when there is one and it is asked for; false where there is no entry.
    pub(super) fn take(&mut self, out: Option<&mut Vec<u8>>) -> Decoded<bool> {
        let Some((definition, _)) = self.peek() else {
            return Ok(false);
        };
        self.at += 1;
        let defined = definition == self.defined;
        match out {
            Some(out) if defined => self.values.write(self.value, out)?,
            Some(out) => out.extend_from_slice(b"null"),
            None => {}
        }
        self.value += usize::from(defined);
        Ok(true)
    }

    /// Makes ready to tell the values that were read as [scalars](Self::scalars).
    pub(super) fn tell(&mut self) -> Decoded<()> {
        self.texts.clear();
        self.ends.clear();
        self.values.tell(&mut self.texts, &mut self.ends)
    }

    /// The next values of so many rows as they stand, once they are [told](Self::tell); none for each that is read another
    /// way.
    pub(super) fn scalars(&self, rows: usize) -> Vec<Option<Scalar<'_>>> {
        let mut out = Vec::with_capacity(rows);
        let values = self.value..self.value + self.defined_in(rows);
        match self.ends.is_empty() {
            true => self.values.scalars(values, &mut out),
            false => out.extend(values.map(|value| self.written(value))),
        }
        let levels = self.levels_of(rows).iter();
        let defined = levels.map(|level| *level == self.defined);
        spread(&mut out, rows, defined, Some(Scalar::Null));
        out
    }

    /// A value that was told in writing.
    fn written(&self, value: usize) -> Option<Scalar<'_>> {
        let before = value.checked_sub(1);
        let start = before
            .and_then(|before| self.ends.get(before))
            .unwrap_or(&0);
        let text = self.texts.get(*start..*self.ends.get(value)?)?;
        Scanner::new(std::str::from_utf8(text).ok()?).plain_scalar()
    }

    /// The definition levels of so many entries; none where all are defined.
    fn levels_of(&self, rows: usize) -> &[i16] {
        let levels = self.definitions.get(self.at..self.at + rows);
        levels.unwrap_or_default()
    }

    /// Values of so many entries.
    fn defined_in(&self, rows: usize) -> usize {
        match self.definitions.is_empty() {
            true => rows,
            false => {
                let levels = self.levels_of(rows).iter();
                levels.filter(|level| **level == self.defined).count()
            }
        }
    }

    /// Passes so many entries.
    pub(super) fn pass(&mut self, rows: usize) {
        self.value += self.defined_in(rows);
        self.at += rows;
    }
}

/// The values of a leaf, whatever their type.
trait Values {
    /// Reads up to so many rows; how many there were, and how many entries they have.
    fn read(
        &mut self,
        rows: usize,
        definitions: &mut Vec<i16>,
        repetitions: &mut Vec<i16>,
    ) -> Decoded<(usize, usize)>;

    /// Passes so many rows, in whole pages where they can be; how many there were.
    fn skip(&mut self, rows: usize) -> Decoded<usize>;

    /// Writes a value of those that were read last.
    fn write(&self, value: usize, out: &mut Vec<u8>) -> Decoded<()>;

    /// Values of those that were read last as they stand; none for each that has to be written.
    fn scalars<'v>(&'v self, values: Range<usize>, out: &mut Vec<Option<Scalar<'v>>>);

    /// Writes all values that were read last, and where each ends, where none is told as it stands.
    fn tell(&self, texts: &mut Vec<u8>, ends: &mut Vec<usize>) -> Decoded<()>;
}

/// Tells a value as it stands; none where it has to be written.
trait Tell<T>: Fn(&T) -> Option<Scalar<'_>> {}

impl<T, F: Fn(&T) -> Option<Scalar<'_>>> Tell<T> for F {}

struct Typed<T: DataType, W, S> {
    reader: ColumnReaderImpl<T>,
    values: Vec<T::T>,
    write: W,
    /// None where all have to be written.
    tell: Option<S>,
}

impl<T: DataType, W, S> Values for Typed<T, W, S>
where
    W: Fn(&T::T, &mut Vec<u8>) -> Decoded<()>,
    S: Tell<T::T>,
{
    fn read(
        &mut self,
        rows: usize,
        definitions: &mut Vec<i16>,
        repetitions: &mut Vec<i16>,
    ) -> Decoded<(usize, usize)> {
        self.values.clear();
        let (definitions, repetitions) = (Some(definitions), Some(repetitions));
        let values = &mut self.values;
        let read = self
            .reader
            .read_records(rows, definitions, repetitions, values)?;
        Ok((read.0, read.2))
    }

    fn skip(&mut self, rows: usize) -> Decoded<usize> {
        self.reader.skip_records(rows)
    }

    fn write(&self, value: usize, out: &mut Vec<u8>) -> Decoded<()> {
        let missing = || ParquetError::General("a column has fewer values than levels".to_owned());
        (self.write)(self.values.get(value).ok_or_else(missing)?, out)
    }

    fn scalars<'v>(&'v self, values: Range<usize>, out: &mut Vec<Option<Scalar<'v>>>) {
        match (&self.tell, self.values.get(values.clone())) {
            (Some(tell), Some(values)) => out.extend(values.iter().map(tell)),
            // Of values that are missing, the levels say more than there are: nothing is told of them.
            _ => out.extend(values.map(|_| None)),
        }
    }

    fn tell(&self, texts: &mut Vec<u8>, ends: &mut Vec<usize>) -> Decoded<()> {
        if self.tell.is_some() {
            return Ok(());
        }
        for value in &self.values {
            (self.write)(value, texts)?;
            ends.push(texts.len());
        }
        Ok(())
    }
}

fn typed<T: DataType + 'static>(
    reader: ColumnReaderImpl<T>,
    tell: Option<impl Tell<T::T> + 'static>,
    write: impl Fn(&T::T, &mut Vec<u8>) -> Decoded<()> + 'static,
) -> Box<dyn Values> {
    Box::new(Typed {
        reader,
        values: Vec::new(),
        write,
        tell,
    })
}

/// Values that can always be written.
fn sure<T: DataType + 'static>(
    reader: ColumnReaderImpl<T>,
    tell: Option<impl Tell<T::T> + 'static>,
    write: impl Fn(&T::T, &mut Vec<u8>) + 'static,
) -> Box<dyn Values> {
    typed(reader, tell, move |value, out| {
        write(value, out);
        Ok(())
    })
}

/// Nothing is told.
fn never<T>() -> Option<impl Tell<T>> {
    None::<fn(&T) -> Option<Scalar<'_>>>
}

fn values(reader: ColumnReader, meaning: Meaning) -> Box<dyn Values> {
    use ColumnReader as Reader;
    let plain = meaning == Meaning::Plain;
    match reader {
        Reader::BoolColumnReader(reader) => sure(reader, Some(truth), |value, out| {
            scalar::write_bool(*value, out);
        }),
        Reader::Int32ColumnReader(reader) => {
            sure(reader, plain.then_some(short), move |value, out| {
                scalar::write_int32(*value, meaning, out);
            })
        }
        Reader::Int64ColumnReader(reader) => {
            sure(reader, plain.then_some(long), move |value, out| {
                scalar::write_int64(*value, meaning, out);
            })
        }
        Reader::Int96ColumnReader(reader) => sure(reader, never(), scalar::write_int96),
        Reader::FloatColumnReader(reader) => sure(reader, never(), |value, out| {
            scalar::write_float(*value, out);
        }),
        Reader::DoubleColumnReader(reader) => sure(reader, Some(real), |value, out| {
            scalar::write_double(*value, out);
        }),
        Reader::ByteArrayColumnReader(reader) => {
            typed(reader, plain.then_some(text), move |value, out| {
                scalar::write_bytes(value.data(), meaning, out)
            })
        }
        Reader::FixedLenByteArrayColumnReader(reader) => {
            typed(reader, never(), move |value, out| {
                scalar::write_bytes(value.data(), meaning, out)
            })
        }
    }
}

fn truth(value: &bool) -> Option<Scalar<'_>> {
    Some(Scalar::Bool(*value))
}

fn short(value: &i32) -> Option<Scalar<'_>> {
    Some(Scalar::Integer(i64::from(*value)))
}

fn long(value: &i64) -> Option<Scalar<'_>> {
    Some(Scalar::Integer(*value))
}

fn real(value: &f64) -> Option<Scalar<'_>> {
    value.is_finite().then_some(Scalar::Real(*value))
}

fn text(value: &ByteArray) -> Option<Scalar<'_>> {
    std::str::from_utf8(value.data()).ok().map(Scalar::Text)
}
