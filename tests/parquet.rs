//! Parquet: the same rows as in JSON Lines give the same report, and what is damaged gives none.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use calib::exit::Exit;
use parquet::basic::{Compression, ZstdLevel};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int64Type,
};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};
use parquet::file::writer::{SerializedColumnWriter, SerializedFileWriter};
use parquet::schema::parser::parse_message_type;
use serde_json::{Map, Value};

use crate::bad_rows::command::{Ended, audit, folder, gzip};

/// Values, definition levels and repetition levels of a leaf.
pub(crate) type Leaf = Box<dyn Fn(&mut SerializedColumnWriter<'_>)>;

pub(crate) fn leaf<T: DataType>(
    values: Vec<T::T>,
    definitions: &[i16],
    repetitions: &[i16],
) -> Leaf {
    let (definitions, repetitions) = (definitions.to_vec(), repetitions.to_vec());
    Box::new(move |column| {
        let column = column.typed::<T>();
        // A column that is required, or not repeated, has no such levels.
        let some = |levels: &Vec<i16>| (!levels.is_empty()).then(|| levels.clone());
        let levels = (some(&definitions), some(&repetitions));
        column
            .write_batch(&values, levels.0.as_deref(), levels.1.as_deref())
            .unwrap();
    })
}

/// A file of these row groups.
pub(crate) fn written(
    schema: &str,
    properties: WriterPropertiesBuilder,
    groups: &[Vec<Leaf>],
) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(schema).unwrap());
    let mut bytes = Vec::new();
    let properties = Arc::new(properties.build());
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, properties).unwrap();
    for leaves in groups {
        let mut group = writer.next_row_group().unwrap();
        for leaf in leaves {
            let mut column = group.next_column().unwrap().unwrap();
            leaf(&mut column);
            column.close().unwrap();
        }
        group.close().unwrap();
    }
    writer.close().unwrap();
    bytes
}

/// Rows of JSON without nested values as a table: numbers and truth values beside numbers are doubles.
pub(crate) fn table(
    rows: &[String],
    rows_in_group: usize,
    properties: WriterPropertiesBuilder,
) -> Vec<u8> {
    let rows: Vec<Map<String, Value>> = rows
        .iter()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect();
    let mut names: Vec<&String> = rows.iter().flat_map(Map::keys).collect();
    names.sort();
    names.dedup();
    let column = |name: &str| -> Vec<&Value> {
        rows.iter()
            .map(|row| row.get(name).unwrap_or(&Value::Null))
            .collect()
    };
    let kind = |values: &[&Value]| {
        let some = |is: fn(&Value) -> bool| values.iter().any(|value| is(value));
        match (some(Value::is_string), some(Value::is_number)) {
            (true, _) => "binary",
            (false, true) => "double",
            (false, false) => "boolean",
        }
    };
    let fields = names.iter().map(|name| {
        let kind = kind(&column(name));
        let note = if kind == "binary" { "(UTF8)" } else { "" };
        format!("optional {kind} {name} {note};")
    });
    let schema = format!("message rows {{ {} }}", fields.collect::<String>());
    let starts = (0..rows.len()).step_by(rows_in_group);
    let groups: Vec<Vec<Leaf>> = starts
        .map(|start| {
            let end = rows.len().min(start + rows_in_group);
            let leaf = |name: &&String| {
                let values = column(name);
                flat(kind(&values), &values[start..end])
            };
            names.iter().map(leaf).collect()
        })
        .collect();
    written(&schema, properties, &groups)
}

fn flat(kind: &str, values: &[&Value]) -> Leaf {
    let definitions: Vec<i16> = values
        .iter()
        .map(|value| i16::from(!value.is_null()))
        .collect();
    let present = values.iter().filter(|value| !value.is_null());
    let number = |value: &Value| match value {
        Value::Bool(truth) => f64::from(u8::from(*truth)),
        other => other.as_f64().unwrap(),
    };
    match kind {
        "binary" => {
            let texts = present.map(|value| ByteArray::from(value.as_str().unwrap()));
            leaf::<ByteArrayType>(texts.collect(), &definitions, &[])
        }
        "double" => leaf::<DoubleType>(
            present.map(|value| number(value)).collect(),
            &definitions,
            &[],
        ),
        _ => {
            let truths = present.map(|value| value.as_bool().unwrap());
            leaf::<BoolType>(truths.collect(), &definitions, &[])
        }
    }
}

/// Ways to write the same pages.
pub(crate) fn encodings() -> Vec<(&'static str, WriterPropertiesBuilder)> {
    let with = |compression| WriterProperties::builder().set_compression(compression);
    let mut ways = vec![
        (
            "plain",
            with(Compression::UNCOMPRESSED).set_dictionary_enabled(false),
        ),
        ("snappy", with(Compression::SNAPPY)),
        (
            "gzip",
            with(Compression::GZIP(Default::default()))
                .set_writer_version(WriterVersion::PARQUET_2_0),
        ),
    ];
    if cfg!(feature = "zstd") {
        let small_pages = with(Compression::ZSTD(ZstdLevel::default()))
            .set_data_page_row_count_limit(7)
            .set_write_batch_size(5);
        ways.push(("zstd", small_pages));
    }
    ways
}

/// A report without its inputs.
fn figures(ended: &Ended) -> Value {
    let mut report = ended.report();
    let inputs = report.as_object_mut().unwrap().remove("inputs");
    assert!(inputs.is_some());
    report
}

/// Ids, nested outcomes, lists of one and of two, values of every type.
const NESTED: &str = r#"{"id":9007199254740993,"judge":{"confidence":0.75,"verdict":"yes"},"evals":[true],"mean":0.85,"weight":1}
{"id":-2,"judge":{"confidence":null,"verdict":"no"},"evals":[false],"mean":0.25,"weight":2}
{"id":3,"judge":null,"evals":[true],"mean":NaN,"weight":1}
{"id":4,"judge":{"confidence":0.1,"verdict":null},"evals":[null],"mean":null,"weight":1}
"#;

fn nested() -> Vec<u8> {
    let schema = "message rows {
        required int64 id;
        optional group judge { optional double confidence; optional binary verdict (UTF8); }
        optional group evals (LIST) { repeated group list { optional boolean element; } }
        optional float mean;
        required int64 weight;
    }";
    let texts = ["yes", "no"].map(ByteArray::from).to_vec();
    let leaves = vec![
        leaf::<Int64Type>(vec![9_007_199_254_740_993, -2, 3, 4], &[], &[]),
        leaf::<DoubleType>(vec![0.75, 0.1], &[2, 1, 0, 2], &[]),
        leaf::<ByteArrayType>(texts, &[2, 2, 0, 1], &[]),
        leaf::<BoolType>(vec![true, false, true], &[3, 3, 3, 2], &[0; 4]),
        leaf::<FloatType>(vec![0.85, 0.25, f32::NAN], &[1, 1, 1, 0], &[]),
        leaf::<Int64Type>(vec![1, 2, 1, 1], &[], &[]),
    ];
    written(schema, WriterProperties::builder(), &[leaves])
}

#[test]
fn nested_rows_read_as_the_same_rows_in_json_do() {
    let bytes = nested();
    let folder = folder([
        ("log.parquet", &bytes[..]),
        ("log.jsonl", NESTED.as_bytes()),
        // What a file is, is in its bytes.
        ("renamed.csv", &bytes[..]),
        ("log.parquet.gz", &gzip(&bytes)),
    ]);
    let flags: &[&[&str]] = &[
        &[],
        &["--map", "correct=judge.verdict:yes=1,no=0"],
        &["--map", "confidence=mean", "--by", "judge.verdict"],
        &["--where", "id=9007199254740993"],
    ];
    for flags in flags {
        let run = |log: &str, stdin: &[u8]| {
            let log = format!("run={log}");
            let arguments = [&[&log, "-f", "json", "--max-bad-rows", "3"], *flags].concat();
            audit(folder.path(), &arguments, stdin)
        };
        let expected = figures(&run("log.jsonl", b""));
        for log in ["log.parquet", "renamed.csv", "log.parquet.gz"] {
            assert_eq!(figures(&run(log, b"")), expected, "{log} {flags:?}");
        }
        assert_eq!(figures(&run("-", &bytes)), expected, "{flags:?}");
    }
}

#[test]
fn a_bad_row_is_named_by_its_row_and_column() {
    let rows: Vec<String> = (1..=1200)
        .map(|row| {
            let confidence = if row == 1100 { "87" } else { "0.5" };
            format!(r#"{{"confidence":{confidence},"correct":true}}"#)
        })
        .collect();
    let bytes = table(&rows, 700, WriterProperties::builder());
    let folder = folder([("log.parquet", &bytes[..])]);
    for threads in ["1", "2"] {
        let ended = audit(folder.path(), &["log.parquet", "-j", threads], b"");
        assert_eq!(ended.exit, 3);
        let message: Vec<&str> = ended.err.lines().take(4).collect();
        assert_eq!(
            message,
            [
                "error[E103]: confidence out of range",
                "  --> log.parquet: row 1100, column `confidence`",
                r#"   | {"confidence":87.0,"correct":true}"#,
                "  confidence is 87.0, expected a number from 0 to 1",
            ]
        );
    }
}

/// More rows than one thread works on, in one row group, are those of two.
#[test]
fn a_row_group_of_many_rows_is_shared_out() {
    let rows: Vec<String> = (1..=140_000)
        .map(|row| {
            let confidence = if row == 135_000 { 87 } else { row % 2 };
            format!(
                r#"{{"confidence":{confidence},"correct":{}}}"#,
                row % 3 == 0
            )
        })
        .collect();
    let bytes = |group| table(&rows, group, WriterProperties::builder());
    let folder = folder([
        ("one.parquet", &bytes(140_000)[..]),
        ("two.parquet", &bytes(70_000)[..]),
    ]);
    let run = |log: &str, threads| {
        let log = format!("run={log}");
        let flags = ["-j", threads, "-f", "json", "--max-bad-rows", "1"];
        audit(folder.path(), &[&[&*log], &flags[..]].concat(), b"")
    };
    let expected = run("two.parquet", "1");
    for threads in ["1", "2"] {
        let shared = run("one.parquet", threads);
        assert_eq!(figures(&shared), figures(&expected));
        let rows = |ended: &Ended| ended.report()["inputs"][0]["rows"].clone();
        assert_eq!(rows(&shared), rows(&expected));
        assert!(
            shared.err.contains("one.parquet: row 135000"),
            "{}",
            shared.err
        );
    }
}

#[test]
fn text_that_is_no_text_is_a_bad_row() {
    let schema = "message rows { required binary id (UTF8); required boolean correct; }";
    let texts = vec![ByteArray::from("a"), ByteArray::from(vec![b'b', 0xFF])];
    let leaves = vec![
        leaf::<ByteArrayType>(texts, &[], &[]),
        leaf::<BoolType>(vec![true, false], &[], &[]),
    ];
    let bytes = written(schema, WriterProperties::builder(), &[leaves]);
    let folder = folder([("log.parquet", &bytes[..])]);
    let ended = audit(folder.path(), &["log.parquet"], b"");
    assert_eq!(ended.exit, 3);
    let place = "error[E111]: row is not valid UTF-8\n  --> log.parquet: row 2, column `id`\n";
    assert!(ended.err.starts_with(place), "{}", ended.err);
}

#[test]
fn columns_without_rows_are_seen() {
    let schema = "message rows { required double confidence; required boolean correct; }";
    let bytes = written(schema, WriterProperties::builder(), &[]);
    let folder = folder([("log.parquet", &bytes[..])]);
    let ended = audit(folder.path(), &["log.parquet"], b"");
    assert_eq!(ended.exit, 3);
    assert!(ended.err.contains("E409"), "{}", ended.err);
    let ended = audit(folder.path(), &["log.parquet", "--by", "task"], b"");
    assert!(
        ended.err.contains("the fields are confidence, correct"),
        "{}",
        ended.err
    );
}

/// A small file of two row groups.
fn small() -> Vec<u8> {
    let rows: Vec<String> = (0..61)
        .map(|row| {
            format!(
                r#"{{"confidence":0.{:02},"correct":{}}}"#,
                row + 10,
                row % 3 == 0
            )
        })
        .collect();
    table(
        &rows,
        61,
        WriterProperties::builder().set_compression(Compression::SNAPPY),
    )
}

/// Runs in this process, which must neither panic nor wait.
fn exit(path: &Path) -> (Exit, String) {
    let started = Instant::now();
    let (mut out, mut err) = (Vec::new(), Vec::new());
    let mut streams = calib::commands::Streams {
        out: &mut out,
        err: &mut err,
        terminal: calib::commands::Terminal::detect(),
    };
    let arguments = [
        "calib",
        "audit",
        "-j",
        "1",
        "--resamples",
        "1",
        "--no-progress",
    ];
    let arguments = arguments.into_iter().map(Into::into);
    let exit = calib::run(arguments.chain([path.into()]), &mut streams);
    assert!(started.elapsed() < Duration::from_secs(5));
    (exit, String::from_utf8(err).unwrap())
}

#[test]
fn a_table_cut_at_any_byte_is_refused() {
    let bytes = small();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.parquet");
    for length in 0..bytes.len() {
        fs::write(&path, &bytes[..length]).unwrap();
        let (exit, err) = exit(&path);
        assert_eq!(exit, Exit::Input, "{length}: {err}");
        assert_eq!(err.contains("E416"), length >= 4, "{length}: {err}");
    }
    fs::write(&path, &bytes).unwrap();
    assert_eq!(exit(&path).0, Exit::Done);
}

#[test]
fn a_table_with_any_byte_changed_is_read_or_refused() {
    let bytes = small();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log.parquet");
    let mut refused = 0;
    for at in 0..bytes.len() {
        for flip in [0x01, 0x80, 0xFF] {
            let mut bytes = bytes.clone();
            bytes[at] ^= flip;
            fs::write(&path, &bytes).unwrap();
            let (exit, err) = exit(&path);
            assert!(
                matches!(exit, Exit::Done | Exit::Usage | Exit::Input),
                "{at} {flip:x}: {err}"
            );
            refused += u32::from(exit != Exit::Done);
        }
    }
    assert!(refused > 100, "{refused}");
}

#[test]
fn a_footer_that_counts_other_rows_than_the_columns_hold_is_refused() {
    // A count of 61 in the footer: the field's header, then 122, which is 61 in zigzag.
    let (count, bytes) = ([0x16, 122], small());
    for other in [118, 120, 124] {
        let mut bytes = bytes.clone();
        for at in 0..bytes.len() - 1 {
            if bytes[at..at + 2] == count {
                bytes[at + 1] = other;
            }
        }
        let folder = folder([("log.parquet", &bytes[..])]);
        let ended = audit(folder.path(), &["log.parquet"], b"");
        assert_eq!(ended.exit, 3);
        let rows = format!("does not hold the {} rows", other / 2);
        let told = ended.err.contains("E416") && ended.err.contains(&rows);
        assert!(told, "{other}: {}", ended.err);
    }
}

#[test]
fn tables_in_a_directory_are_logs() {
    let directory = folder([("runs/a.parquet", &small()[..]), ("runs/b.txt", b"")]);
    let report = audit(directory.path(), &["runs", "-f", "json"], b"").report();
    let input = &report["inputs"][0];
    assert_eq!(
        (&input["format"], &input["rows"]["used"]),
        (&"parquet".into(), &61.into())
    );
}

/// Details of lighteval: options in lists inside structures, and the gold option as a list.
const DETAILS: &str = r#"{"doc":{"id":"1","gold_index":[1],"choices":["a","b"]},"model_response":{"logprobs":[-2.0,-0.5]},"metric":{"acc":1}}
{"doc":{"id":"2","gold_index":[1],"choices":["a","b","c"]},"model_response":{"logprobs":[-1.0,-1.5,-3.0]},"metric":{"acc":0}}
{"doc":{"id":"3","gold_index":[0],"choices":["a"]},"model_response":{"logprobs":[]},"metric":{"acc":1}}
"#;

fn details() -> Vec<u8> {
    let schema = "message rows {
        optional group doc {
            optional binary id (UTF8);
            optional group gold_index (LIST) { repeated group list { optional int64 element; } }
            optional group choices (LIST) { repeated group list { optional binary element (UTF8); } }
        }
        optional group model_response {
            optional group logprobs (LIST) { repeated group list { optional double element; } }
        }
        optional group metric { optional int64 acc; }
    }";
    let texts = |texts: &[&str]| texts.iter().map(|text| ByteArray::from(*text)).collect();
    let options = ["a", "b", "a", "b", "c", "a"];
    let leaves = vec![
        leaf::<ByteArrayType>(texts(&["1", "2", "3"]), &[2; 3], &[]),
        leaf::<Int64Type>(vec![1, 1, 0], &[4; 3], &[0; 3]),
        leaf::<ByteArrayType>(texts(&options), &[4; 6], &[0, 1, 0, 1, 1, 0]),
        leaf::<DoubleType>(
            vec![-2.0, -0.5, -1.0, -1.5, -3.0],
            &[4, 4, 4, 4, 4, 2],
            &[0, 1, 0, 1, 1, 0],
        ),
        leaf::<Int64Type>(vec![1, 0, 1], &[2; 3], &[]),
    ];
    written(schema, WriterProperties::builder(), &[leaves])
}

#[test]
fn details_of_lighteval_are_recognised_by_their_columns() {
    let bytes = details();
    let folder = folder([
        ("details_task.parquet", &bytes[..]),
        ("details_task.jsonl", DETAILS.as_bytes()),
    ]);
    let softmax = [
        "--softmax",
        "model_response.logprobs",
        "--max-bad-rows",
        "1",
    ];
    let by_target = ["--map", "correct=", "--max-bad-rows", "1"];
    for flags in [&[][..], &softmax, &by_target] {
        let run = |log: &str| {
            let log = format!("run={log}");
            audit(folder.path(), &[&[&log, "-f", "json"], flags].concat(), b"")
        };
        let (table, lines) = (run("details_task.parquet"), run("details_task.jsonl"));
        assert_eq!(table.report()["inputs"][0]["preset"], "lighteval");
        let brier = &table.report()["runs"][0]["groups"][0]["metrics"]["brier"]["n"];
        assert_eq!(brier, 2, "{flags:?}");
        assert_eq!(figures(&table), figures(&lines), "{flags:?}");
    }
}
