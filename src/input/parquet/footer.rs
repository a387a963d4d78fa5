//! The end of a Parquet file, which says where its columns are and how many rows they hold.

use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use bytes::Bytes;
use parquet::errors::{ParquetError, Result as Decoded};
use parquet::file::metadata::{ParquetMetaData, ParquetMetaDataReader};
use parquet::file::reader::{ChunkReader, Length};

use super::damage::guarded;
use super::thrift::check_schema;
use super::{Groups, Table, hold};
use crate::error::Error;
use crate::input::seekable::{Handle, Seekable};
use crate::input::source::Stream;

/// Reads the footer of a Parquet file whose first bytes were read from a stream; `progress` counts what is read further.
///
/// # Errors
/// When the file is damaged, or cannot be read.
pub(crate) fn open(
    stream: &mut Stream,
    head: Vec<u8>,
    path: &str,
    progress: &Arc<AtomicU64>,
) -> Result<Groups, Error> {
    let bytes = match stream.seekable() {
        Some(seekable) => seekable,
        None => Seekable::Held(hold(stream, head, path)?.into()),
    };
    let handle = bytes.open()?;
    let metadata = guarded(path, || {
        measure(&handle)?;
        let metadata = ParquetMetaDataReader::new().parse_and_finish(&handle)?;
        check(&metadata)?;
        Ok(metadata)
    })?;
    handle.check_unchanged()?;
    Ok(Groups {
        table: Arc::new(Table { bytes, metadata }),
        next: 0,
        given: 0,
        before: 0,
        progress: Arc::clone(progress),
    })
}

/// Checks the size of the metadata and its schema; whatever else is wrong is left to the decoder to say.
fn measure(handle: &Handle) -> Decoded<()> {
    const END: usize = 8;
    let tail = handle.length().saturating_sub(END as u64);
    let end = handle.get_bytes(tail, END)?;
    let Some((length, b"PAR1")) = end.split_first_chunk::<4>() else {
        return Ok(());
    };
    let length = u32::from_le_bytes(*length);
    let Some(start) = tail.checked_sub(u64::from(length)) else {
        return Ok(());
    };
    check_schema(&handle.get_bytes(start, usize::try_from(length)?)?)
}

/// Checks that the counts of the footer agree with each other.
fn check(metadata: &ParquetMetaData) -> Decoded<()> {
    let file = metadata.file_metadata();
    let leaves = file.schema_descr().num_columns();
    let mut rows: i64 = 0;
    for group in metadata.row_groups() {
        let sizes = group.columns().iter();
        let negative = sizes.clone().any(|column| column.compressed_size() < 0);
        if group.num_rows() < 0 || negative || group.num_columns() != leaves {
            let what = "a row group has counts that cannot be".to_owned();
            return Err(ParquetError::General(what));
        }
        rows = rows.saturating_add(group.num_rows());
    }
    if rows != file.num_rows() {
        let what = format!(
            "the footer says {} rows, and its row groups {rows}",
            file.num_rows()
        );
        return Err(ParquetError::General(what));
    }
    if rows > 0 && leaves == 0 {
        let what = format!("the footer says {rows} rows of no columns");
        return Err(ParquetError::General(what));
    }
    Ok(())
}

impl Length for Handle {
    fn len(&self) -> u64 {
        self.length()
    }
}

impl ChunkReader for Handle {
    type T = Box<dyn std::io::Read>;

    fn get_read(&self, start: u64) -> Decoded<Self::T> {
        Ok(self.rest(start)?)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Decoded<Bytes> {
        let read = self.range(start, length)?;
        Ok(read.into())
    }
}
