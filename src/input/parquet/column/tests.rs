//! Leaves that are read page by page against the same as the crate reads them, sound and damaged.

use bytes::Bytes;
use parquet::basic::{Encoding, ZstdLevel};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, Int32Type, Int64Type,
};
use parquet::file::metadata::ParquetMetaDataReader;
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use proptest::prelude::*;

use super::*;
use crate::input::parquet::damage::guarded;
use crate::input::seekable::Seekable;

/// Types of a leaf.
#[derive(Clone, Copy, Debug)]
enum Type {
    Text,
    Double,
    Int32,
    Int64,
    Truth,
}

const TYPES: [Type; 5] = [
    Type::Text,
    Type::Double,
    Type::Int32,
    Type::Int64,
    Type::Truth,
];

const TEXTS: [&[u8]; 9] = [
    b"gsm8k",
    b"",
    b"a\"b\\c\n",
    "\u{e9}\u{1f600}".as_bytes(),
    b"\xFF",
    b"cut \xE2\x82",
    b"12",
    b"n/a",
    b"a text that is longer than most that stand beside it in its column",
];

const REALS: [f64; 6] = [0.5, 1.0, -0.0, f64::NAN, f64::INFINITY, 1e-320];

/// A leaf as it is written: picks of its values, and how.
#[derive(Clone, Debug)]
struct Written {
    kind: Type,
    required: bool,
    picks: Vec<Option<u16>>,
    version: bool,
    dictionary: bool,
    /// Where no dictionary is, or no more of it.
    plain: bool,
    codec: Compression,
    /// Rows and bytes of a page, at most, and bytes of the dictionary.
    page: (usize, usize, usize),
}

fn leaves() -> impl Strategy<Value = Written> {
    let codecs = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(Default::default()),
        #[cfg(feature = "zstd")]
        Compression::ZSTD(ZstdLevel::default()),
    ];
    let distinct = prop_oneof![Just(1_u16), Just(2), Just(9), Just(300), Just(60_000)];
    let nulls = prop_oneof![Just(0_u32), Just(1), Just(5), Just(10)];
    let picks = (distinct, nulls, 1..700_usize).prop_flat_map(|(distinct, nulls, rows)| {
        let pick = (0..10_u32, 0..distinct);
        let pick = pick.prop_map(move |(null, pick)| (null >= nulls).then_some(pick));
        // Some follow each other, as runs.
        let run = prop_oneof![3 => Just(1_usize), 1 => 1..90_usize];
        let runs = prop::collection::vec((pick, run), rows / 8 + 1);
        runs.prop_map(move |runs| {
            let picks = runs.iter().cycle();
            let picks = picks.flat_map(|(pick, run)| std::iter::repeat_n(*pick, *run));
            picks.take(rows).collect::<Vec<_>>()
        })
    });
    let sizes = (1..200_usize, 1..2000_usize, 1..400_usize);
    (
        prop::sample::select(TYPES.to_vec()),
        picks,
        any::<[bool; 4]>(),
        prop::sample::select(codecs.to_vec()),
        sizes,
    )
        .prop_map(|(kind, picks, flags, codec, page)| {
            let [required, version, dictionary, plain] = flags;
            Written {
                kind,
                required,
                picks,
                version,
                dictionary,
                plain,
                codec,
                page,
            }
        })
}

impl Written {
    fn properties(&self) -> WriterPropertiesBuilder {
        let version = match self.version {
            true => WriterVersion::PARQUET_2_0,
            false => WriterVersion::PARQUET_1_0,
        };
        let (rows, bytes, dictionary) = self.page;
        let properties = WriterProperties::builder()
            .set_writer_version(version)
            .set_dictionary_enabled(self.dictionary)
            .set_compression(self.codec)
            .set_data_page_row_count_limit(rows)
            .set_data_page_size_limit(bytes)
            .set_dictionary_page_size_limit(dictionary)
            .set_write_batch_size(7);
        match self.plain {
            true => properties.set_encoding(Encoding::PLAIN),
            false => properties,
        }
    }

    /// A file with this leaf and no other.
    fn bytes(&self) -> Vec<u8> {
        let (kind, note) = match self.kind {
            Type::Text => ("binary", "(UTF8)"),
            Type::Double => ("double", ""),
            Type::Int32 => ("int32", ""),
            Type::Int64 => ("int64", ""),
            Type::Truth => ("boolean", ""),
        };
        let repetition = if self.required {
            "required"
        } else {
            "optional"
        };
        let schema = format!("message rows {{ {repetition} {kind} leaf {note}; }}");
        let schema = Arc::new(parse_message_type(&schema).unwrap());
        let mut bytes = Vec::new();
        let properties = Arc::new(self.properties().build());
        let mut writer = SerializedFileWriter::new(&mut bytes, schema, properties).unwrap();
        let mut group = writer.next_row_group().unwrap();
        let mut column = group.next_column().unwrap().unwrap();
        let text = |pick: u16| match TEXTS.get(usize::from(pick)) {
            Some(text) => ByteArray::from(text.to_vec()),
            None => ByteArray::from(format!("text {pick}").into_bytes()),
        };
        let real = |pick: u16| {
            REALS
                .get(usize::from(pick))
                .copied()
                .unwrap_or(f64::from(pick))
        };
        match self.kind {
            Type::Text => self.write::<ByteArrayType>(column.typed(), text),
            Type::Double => self.write::<DoubleType>(column.typed(), real),
            Type::Int32 => self.write::<Int32Type>(column.typed(), |pick| 1 - i32::from(pick)),
            Type::Int64 => self.write::<Int64Type>(column.typed(), |pick| i64::from(pick) - 1),
            Type::Truth => self.write::<BoolType>(column.typed(), |pick| pick % 2 > 0),
        }
        column.close().unwrap();
        group.close().unwrap();
        writer.close().unwrap();
        bytes
    }

    fn write<T: DataType>(
        &self,
        column: &mut parquet::column::writer::ColumnWriterImpl<'_, T>,
        value: impl Fn(u16) -> T::T,
    ) {
        let required = self.picks.iter().map(|pick| Some(pick.unwrap_or(0)));
        let picks: Vec<Option<u16>> = match self.required {
            true => required.collect(),
            false => self.picks.clone(),
        };
        let values: Vec<T::T> = picks.iter().flatten().map(|pick| value(*pick)).collect();
        let levels: Vec<i16> = picks.iter().map(|pick| i16::from(pick.is_some())).collect();
        let levels = (!self.required).then_some(levels.as_slice());
        column.write_batch(&values, levels, None).unwrap();
    }
}

/// Each row as text, and as it is told.
type Read = Vec<(String, String)>;

/// The rows of the leaf from this one on, so many at a time, or what is wrong with them.
fn read(
    bytes: &[u8],
    group: &RowGroupMetaData,
    start: u64,
    most: usize,
    flat: bool,
) -> Result<Read, &'static str> {
    let handle = Seekable::Held(Arc::from(bytes)).open().unwrap();
    let handle = Arc::new(handle);
    let all = u64::try_from(group.num_rows()).unwrap();
    let decode = || {
        let mut column = Column::open(&handle, group, 0, &(start..all))?;
        if !flat {
            column.way = column.chunk.levelled(column.before)?;
        }
        let mut rows = Vec::new();
        let mut left = usize::try_from(all - start)?;
        while left > 0 {
            let count = left.min(most).min(column.ready()?);
            column.read(count)?;
            column.tell()?;
            left -= count;
            let cells = column.cells(count);
            let told = (0..count).map(|row| format!("{:?}", cells.scalar(row)));
            for told in told.collect::<Vec<_>>() {
                // Most rows are written, and some are only told.
                let mut text = Vec::new();
                if rows.len() % 5 == most % 7 {
                    column.pass(1);
                } else {
                    column.take(Some(&mut text))?;
                }
                let text = String::from_utf8_lossy(&text).into_owned();
                rows.push((text, told));
            }
        }
        column.finish()?;
        Ok(rows)
    };
    guarded("log", decode).map_err(|error| error.code.id)
}

fn group(bytes: &[u8]) -> RowGroupMetaData {
    let bytes = Bytes::copy_from_slice(bytes);
    let metadata = ParquetMetaDataReader::new()
        .parse_and_finish(&bytes)
        .unwrap();
    metadata.row_group(0).clone()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn leaves_are_read_as_the_crate_reads_them(
        leaf in leaves(),
        start in 0.0..1.0_f64,
        most in 1..600_usize,
    ) {
        let bytes = leaf.bytes();
        let group = group(&bytes);
        for start in [0, (start * leaf.picks.len() as f64) as u64] {
            let flat = read(&bytes, &group, start, most, true);
            let crates = read(&bytes, &group, start, most, false);
            prop_assert!(flat.is_ok(), "{:?}", flat);
            prop_assert_eq!(flat, crates);
        }
    }

    /// What the crate finds wrong is found wrong, and what is read is what it reads. Where it begins in the middle of a
    /// page, it finds more wrong.
    #[test]
    fn damaged_leaves_are_read_as_the_crate_reads_them(
        leaf in leaves(),
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
        start in 0.0..1.0_f64,
    ) {
        let mut bytes = leaf.bytes();
        let group = group(&bytes);
        let (from, length) = group.column(0).byte_range();
        for (at, byte) in flips {
            bytes[from as usize + at.index(length as usize)] = byte;
        }
        for start in [0, (start * leaf.picks.len() as f64) as u64] {
            let flat = read(&bytes, &group, start, 64, true);
            let crates = read(&bytes, &group, start, 64, false);
            prop_assert!(flat.is_err() || flat == crates, "{:?} {:?}", flat, crates);
        }
    }
}
