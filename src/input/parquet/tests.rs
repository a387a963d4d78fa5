//! Rows as text, from columns that were written level by level.

use std::io::Write;
use std::sync::Arc;

use parquet::basic::Compression;
use parquet::column::writer::ColumnWriterImpl;
use parquet::data_type::{
    ByteArray, ByteArrayType, DataType, FixedLenByteArray, FixedLenByteArrayType, Int32Type,
    Int64Type,
};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};
use parquet::file::reader::ChunkReader;
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;

use super::*;
use crate::input::Limits;

/// Values, definition levels and repetition levels of a leaf.
type Leaf = Box<dyn Fn(&mut SerializedColumnWriter<'_>)>;

fn leaf<T: DataType>(values: Vec<T::T>, definitions: &[i16], repetitions: &[i16]) -> Leaf {
    let (definitions, repetitions) = (definitions.to_vec(), repetitions.to_vec());
    Box::new(move |column| {
        let column: &mut ColumnWriterImpl<'_, T> = column.typed::<T>();
        column
            .write_batch(&values, Some(&definitions), Some(&repetitions))
            .unwrap();
    })
}

fn texts(values: &[&str]) -> Vec<ByteArray> {
    values.iter().map(|text| ByteArray::from(*text)).collect()
}

fn written(schema: &str, leaves: &[Leaf]) -> Vec<u8> {
    written_as(schema, WriterProperties::builder(), leaves)
}

fn written_as(schema: &str, properties: WriterPropertiesBuilder, leaves: &[Leaf]) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let properties = Arc::new(properties.build());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, properties).unwrap();
    let mut group = writer.next_row_group().unwrap();
    for leaf in leaves {
        let mut column = group.next_column().unwrap().unwrap();
        leaf(&mut column);
        column.close().unwrap();
    }
    group.close().unwrap();
    writer.close().unwrap();
    bytes
}

/// The rows as text, read so many at a time, of the columns whose path is wanted.
fn rows(bytes: &[u8], wants: impl Fn(&str) -> bool, most: usize) -> Vec<String> {
    shared(bytes, wants, most, std::slice::from_ref(&(0..u64::MAX)))
}

/// The same of each of these shares, one after the other.
fn shared(
    bytes: &[u8],
    wants: impl Fn(&str) -> bool,
    most: usize,
    shares: &[Range<u64>],
) -> Vec<String> {
    let mut file = tempfile::NamedTempFile::new().unwrap();
    file.write_all(bytes).unwrap();
    let path = file.path().to_str().unwrap();
    let mut stream = Stream::open(path, &Arc::default(), Limits::default()).unwrap();
    let mut groups = open(&mut stream, Vec::new(), path, &Arc::default()).unwrap();
    let (group, last) = groups.next().unwrap();
    assert!(last && groups.next().is_none());
    let metadata = &group.table.metadata;
    let schema = metadata.file_metadata().schema_descr();
    let projection = Projection::new(schema, &mut |path| wants(path));
    let handle = Arc::new(group.table.bytes.open().unwrap());
    let (mut found, first) = (Vec::new(), &metadata.row_groups()[0]);
    for share in shares {
        let share = share.start..share.end.min(u64::try_from(first.num_rows()).unwrap());
        let mut rows = Rows::open(&handle, first, &projection, share).unwrap();
        while rows.read(most).unwrap() > 0 {
            let batch = rows.take(most).unwrap();
            let text = |row: assembly::Row<'_>| String::from_utf8(row.text.to_vec()).unwrap();
            found.extend(batch.rows().map(text));
        }
    }
    found
}

/// The document and its columns in Melnik et al., "Dremel" (2010), figures 2 and 3.
fn dremel() -> Vec<u8> {
    let schema = "message Document {
        required int64 DocId;
        optional group Links { repeated int64 Backward; repeated int64 Forward; }
        repeated group Name {
            repeated group Language {
                required binary Code (UTF8);
                optional binary Country (UTF8);
            }
            optional binary Url (UTF8);
        }
    }";
    let leaves = [
        leaf::<Int64Type>(vec![10, 20], &[0; 2], &[0; 2]),
        leaf::<Int64Type>(vec![10, 30], &[1, 2, 2], &[0, 0, 1]),
        leaf::<Int64Type>(vec![20, 40, 60, 80], &[2; 4], &[0, 1, 1, 0]),
        leaf::<ByteArrayType>(
            texts(&["en-us", "en", "en-gb"]),
            &[2, 2, 1, 2, 1],
            &[0, 2, 1, 1, 0],
        ),
        leaf::<ByteArrayType>(texts(&["us", "gb"]), &[3, 2, 1, 3, 1], &[0, 2, 1, 1, 0]),
        leaf::<ByteArrayType>(
            texts(&["http://A", "http://B", "http://C"]),
            &[2, 2, 1, 2],
            &[0, 1, 1, 0],
        ),
    ];
    written(schema, &leaves)
}

#[test]
fn records_are_assembled_as_in_the_dremel_paper() {
    let expected = [
        r#"{"DocId":10,"Links":{"Backward":[],"Forward":[20,40,60]},"Name":[{"Language":[{"Code":"en-us","Country":"us"},{"Code":"en","Country":null}],"Url":"http://A"},{"Language":[],"Url":"http://B"},{"Language":[{"Code":"en-gb","Country":"gb"}],"Url":null}]}"#,
        r#"{"DocId":20,"Links":{"Backward":[10,30],"Forward":[80]},"Name":[{"Language":[],"Url":"http://C"}]}"#,
    ];
    for most in [1, 2, 512] {
        assert_eq!(rows(&dremel(), |_| true, most), expected, "{most}");
    }
}

#[test]
fn only_wanted_columns_are_read_and_what_is_in_a_list_has_no_path() {
    let forward = rows(&dremel(), |path| path == "Links.Forward", 512);
    assert_eq!(
        forward,
        [
            r#"{"Links":{"Forward":[20,40,60]}}"#,
            r#"{"Links":{"Forward":[80]}}"#
        ]
    );
    // Nothing is wanted: the rows are counted by the first column.
    for nothing in ["Name.Url", ""] {
        let counted = rows(&dremel(), |path| path == nothing, 512);
        assert_eq!(counted, [r#"{"DocId":10}"#, r#"{"DocId":20}"#]);
    }
}

#[test]
fn lists_and_maps_may_be_null_empty_or_hold_nulls() {
    let schema = "message rows {
        optional group list (LIST) { repeated group list { optional int32 element; } }
        optional group old (LIST) { repeated int32 item; }
        optional group map (MAP) {
            repeated group key_value { required binary key (UTF8); optional int32 value; }
        }
    }";
    // Null, empty, a list of null, a list of 1 and 2.
    let leaves = [
        leaf::<Int32Type>(vec![1, 2], &[0, 1, 2, 3, 3], &[0, 0, 0, 0, 1]),
        leaf::<Int32Type>(vec![7, 8], &[0, 1, 2, 2], &[0, 0, 0, 0]),
        leaf::<ByteArrayType>(texts(&["a", "b"]), &[0, 1, 2, 2], &[0, 0, 0, 0]),
        leaf::<Int32Type>(vec![5], &[0, 1, 2, 3], &[0, 0, 0, 0]),
    ];
    assert_eq!(
        rows(&written(schema, &leaves), |_| true, 3),
        [
            r#"{"list":null,"old":null,"map":null}"#,
            r#"{"list":[],"old":[],"map":[]}"#,
            r#"{"list":[null],"old":[7],"map":[{"key":"a","value":null}]}"#,
            r#"{"list":[1,2],"old":[8],"map":[{"key":"b","value":5}]}"#,
        ]
    );
}

#[test]
fn a_row_group_reads_the_same_in_shares_cut_anywhere() {
    let schema = "message rows {
        optional binary text (UTF8);
        required int64 number;
        optional fixed_len_byte_array(4) fixed;
    }";
    const ROWS: i64 = 60;
    let levels: Vec<i16> = (0..ROWS).map(|row| i16::from(row % 3 > 0)).collect();
    let some: Vec<i64> = (0..ROWS).filter(|row| row % 3 > 0).collect();
    let fixed = |row: &i64| FixedLenByteArray::from(format!("{row:04}").into_bytes());
    for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
        for dictionary in [true, false] {
            let properties = WriterProperties::builder()
                .set_writer_version(version)
                .set_dictionary_enabled(dictionary)
                .set_data_page_row_count_limit(7)
                .set_write_batch_size(5);
            let names = some.iter().map(|row| format!("t{}", row % 5));
            let names = names.map(|name| ByteArray::from(name.as_str()));
            let leaves = [
                leaf::<ByteArrayType>(names.collect(), &levels, &[0; ROWS as usize]),
                leaf::<Int64Type>(
                    (0..ROWS).collect(),
                    &[0; ROWS as usize],
                    &[0; ROWS as usize],
                ),
                leaf::<FixedLenByteArrayType>(
                    some.iter().map(fixed).collect(),
                    &levels,
                    &[0; ROWS as usize],
                ),
            ];
            let bytes = written_as(schema, properties, &leaves);
            let whole = rows(&bytes, |_| true, 512);
            assert_eq!(whole.len(), ROWS as usize);
            for cut in 0..=ROWS.unsigned_abs() {
                let shares = [0..cut, cut..ROWS.unsigned_abs()];
                assert_eq!(shared(&bytes, |_| true, 8, &shares), whole, "{cut}");
            }
        }
    }
}

#[test]
fn annotations_say_what_integers_and_bytes_mean() {
    let schema = "message rows {
        required int32 small (DECIMAL(9, 2));
        required binary large (DECIMAL(20, 3));
        required int32 unsigned (INTEGER(32, false));
        required fixed_len_byte_array(2) half (FLOAT16);
        required fixed_len_byte_array(4) fixed;
    }";
    let fixed = |bytes: &[u8]| vec![FixedLenByteArray::from(bytes.to_vec())];
    let leaves = [
        leaf::<Int32Type>(vec![-1205], &[0], &[0]),
        leaf::<ByteArrayType>(vec![ByteArray::from(vec![1, 0, 0])], &[0], &[0]),
        leaf::<Int32Type>(vec![-1], &[0], &[0]),
        leaf::<FixedLenByteArrayType>(fixed(&[0, 0x3A]), &[0], &[0]),
        leaf::<FixedLenByteArrayType>(fixed(b"text"), &[0], &[0]),
    ];
    assert_eq!(
        rows(&written(schema, &leaves), |_| true, 512),
        [r#"{"small":-12.05,"large":65.536,"unsigned":4294967295,"half":0.75,"fixed":"text"}"#]
    );
}

#[test]
fn a_panic_and_an_error_of_the_decoder_are_errors_of_ours() {
    let panicked = guarded("log", || -> parquet::errors::Result<()> {
        let nothing: Option<()> = None;
        assert!(nothing.is_some(), "no page");
        Ok(())
    })
    .unwrap_err();
    assert_eq!(
        (panicked.code.id, panicked.detail.as_str()),
        ("E416", "no page")
    );
    let codec = column::refuse_codec("a", Compression::LZ4_RAW).unwrap_err();
    let refused = guarded("log", || -> parquet::errors::Result<()> { Err(codec) }).unwrap_err();
    assert_eq!(refused.code.id, "E408");
    assert!(refused.detail.contains("column `a`"), "{refused}");
}

#[test]
fn nothing_is_read_from_beyond_the_end() {
    let handle = Seekable::Held(Arc::from(&b"PAR1"[..])).open().unwrap();
    assert!(handle.get_bytes(2, usize::MAX).is_err());
    assert!(handle.get_bytes(2, 3).is_err());
    assert_eq!(handle.get_bytes(2, 2).unwrap(), "R1");
}
