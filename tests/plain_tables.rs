//! Rows of Parquet that are read from the values of their columns, against the same rows as text: they say the same.

use std::fs;

use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int32Type, Int64Type,
    Int96, Int96Type,
};
use proptest::prelude::*;
use tempfile::TempDir;

use crate::common::{Output, calib};
use crate::parquet::{Leaf, encodings, leaf, written};
use crate::plain_rows::{counted, places};

/// A type of column, with its annotation, and values of it: the first two are as they should be.
#[derive(Clone, Copy, Debug)]
enum Cells {
    Text(&'static [&'static str]),
    Double(&'static [f64]),
    Float(&'static [f32]),
    Int32(&'static str, &'static [i32]),
    Int64(&'static str, &'static [i64]),
    /// Times of the oldest writers, in seconds.
    Int96(&'static [i64]),
    Bool(&'static [bool]),
}

const TRUTHS: &[Cells] = &[
    Cells::Bool(&[true, false]),
    Cells::Bool(&[false, true]),
    Cells::Int32("", &[1, 0, 2]),
    Cells::Int64("", &[0, 1, -1]),
    Cells::Double(&[1.0, 0.0, -0.0, 0.5, f64::NAN, 3.0]),
    Cells::Text(&[
        "true", "False", "1", "0.0", "yes", "", "n/a", "maybe", "none", "full",
    ]),
];

const NAMES: &[Cells] = &[
    Cells::Text(&[
        "gsm8k",
        "xstest",
        "",
        " gsm8k ",
        "n/a",
        "é",
        "a\"b\\c\n",
        "nine",
        "-",
        "true",
    ]),
    Cells::Int64("", &[7, 12, i64::MIN, i64::MAX]),
    Cells::Int64("(TIMESTAMP_MILLIS)", &[1_700_000_000_000, 0]),
    Cells::Int96(&[1_700_000_000, 0]),
    Cells::Int32("(INTEGER(32, false))", &[7, 12, -1]),
    Cells::Int32("(DECIMAL(9, 2))", &[-1205, 12, 0]),
    Cells::Double(&[7.0, 0.25, f64::INFINITY, f64::NAN, -0.0]),
    Cells::Float(&[7.0, 0.85, f32::NAN]),
    Cells::Bool(&[true, false]),
];

const CONFIDENCES: &[Cells] = &[
    Cells::Double(&[
        0.9,
        0.1 + 0.2,
        1.0,
        0.0,
        -0.0,
        1e-320,
        1.5,
        -1.0,
        f64::NAN,
        f64::NEG_INFINITY,
    ]),
    Cells::Float(&[0.85, 0.1, 1.0, f32::MIN_POSITIVE, f32::NAN, 2.0]),
    Cells::Int32("", &[1, 0, 2, -1]),
    Cells::Int32("(DECIMAL(9, 2))", &[85, 5, 100, 101]),
    Cells::Text(&[
        "0.9", "0.25", "1", "5%", "0.5 ", "high", "", "NaN", "1e-3", "inf",
    ]),
    Cells::Bool(&[true, false]),
];

const COLUMNS: &[(&str, &[Cells])] = &[
    ("id", NAMES),
    ("model", NAMES),
    ("task", NAMES),
    ("note", NAMES),
    ("confidence", CONFIDENCES),
    ("correct", TRUTHS),
    ("abstained", TRUTHS),
    ("answerable", TRUTHS),
    ("answer", NAMES),
    ("target", NAMES),
];

impl Cells {
    fn count(self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::Double(values) => values.len(),
            Self::Float(values) => values.len(),
            Self::Int32(_, values) => values.len(),
            Self::Int64(_, values) | Self::Int96(values) => values.len(),
            Self::Bool(values) => values.len(),
        }
    }

    fn field(self, name: &str) -> String {
        let (kind, note) = match self {
            Self::Text(_) => ("binary", "(UTF8)"),
            Self::Double(_) => ("double", ""),
            Self::Float(_) => ("float", ""),
            Self::Int32(note, _) => ("int32", note),
            Self::Int64(note, _) => ("int64", note),
            Self::Int96(_) => ("int96", ""),
            Self::Bool(_) => ("boolean", ""),
        };
        format!("optional {kind} {name} {note};")
    }

    fn leaf(self, picks: &[Option<usize>]) -> Leaf {
        fn picked<T: DataType>(picks: &[Option<usize>], value: impl Fn(usize) -> T::T) -> Leaf {
            let levels: Vec<i16> = picks.iter().map(|pick| i16::from(pick.is_some())).collect();
            let values = picks.iter().flatten().map(|pick| value(*pick));
            leaf::<T>(values.collect(), &levels, &[])
        }
        match self {
            Self::Text(values) => picked::<ByteArrayType>(picks, |at| ByteArray::from(values[at])),
            Self::Double(values) => picked::<DoubleType>(picks, |at| values[at]),
            Self::Float(values) => picked::<FloatType>(picks, |at| values[at]),
            Self::Int32(_, values) => picked::<Int32Type>(picks, |at| values[at]),
            Self::Int64(_, values) => picked::<Int64Type>(picks, |at| values[at]),
            Self::Int96(values) => picked::<Int96Type>(picks, |at| time(values[at])),
            Self::Bool(values) => picked::<BoolType>(picks, |at| values[at]),
        }
    }
}

/// So many seconds after 1970: nanoseconds of the day, and the Julian day.
fn time(seconds: i64) -> Int96 {
    let (day, nanos) = (
        seconds / 86_400 + 2_440_588,
        (seconds % 86_400) * 1_000_000_000,
    );
    let mut time = Int96::new();
    time.set_data(nanos as u32, (nanos >> 32) as u32, day as u32);
    time
}

/// A column of a table: which of its values stands in each row, if any.
#[derive(Clone, Debug)]
struct Column {
    name: &'static str,
    cells: Cells,
    picks: Vec<Option<usize>>,
}

fn column(at: usize, rows: usize) -> impl Strategy<Value = Column> {
    let (name, kinds) = COLUMNS[at];
    // The first kind is the commonest.
    let kind = prop_oneof![2 => Just(0), 1 => 0..kinds.len()];
    kind.prop_flat_map(move |kind| {
        let cells = kinds[kind];
        let any = prop::option::of(0..cells.count());
        let pick = prop_oneof![12 => (0..2_usize).prop_map(Some), 1 => any];
        let picks = prop::collection::vec(pick, rows);
        picks.prop_map(move |picks| Column { name, cells, picks })
    })
}

/// The columns of a table, in any order; it may lack some.
fn columns() -> impl Strategy<Value = Vec<Column>> {
    let all: Vec<usize> = (0..COLUMNS.len()).collect();
    let kept = prop::sample::subsequence(all, 4..=COLUMNS.len()).prop_shuffle();
    (kept, 1..60_usize).prop_flat_map(|(kept, rows)| {
        let columns = kept.into_iter().map(|at| column(at, rows));
        columns.collect::<Vec<_>>()
    })
}

fn table(columns: &[Column], encoding: usize, group: usize) -> Vec<u8> {
    let fields: String = columns.iter().map(|c| c.cells.field(c.name)).collect();
    let rows = columns.first().map_or(0, |column| column.picks.len());
    let groups: Vec<Vec<Leaf>> = (0..rows)
        .step_by(group)
        .map(|start| {
            let end = rows.min(start + group);
            let leaves = columns.iter();
            leaves.map(|c| c.cells.leaf(&c.picks[start..end])).collect()
        })
        .collect();
    let (_, properties) = encodings().swap_remove(encoding % encodings().len());
    written(&format!("message rows {{ {fields} }}"), properties, &groups)
}

fn said(bytes: &[u8], flags: &[&str]) -> Output {
    let dir = TempDir::new().unwrap();
    fs::write(dir.path().join("log.parquet"), bytes).unwrap();
    let common = ["audit", "log.parquet", "-f", "json", "-q"];
    let common = [&common[..], &["--resamples", "19"]].concat();
    calib().within(dir.path()).args(common).args(flags).run()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// A column of weights takes every row out of the plainest kind, and weights of 1 say nothing.
    #[test]
    fn rows_of_a_table_are_read_alike_with_weights_and_without(
        columns in columns(),
        encoding in 0..4_usize,
        group in 1..60_usize,
        by: bool,
        strict: bool,
    ) {
        let mut flags = vec!["--max-bad-rows", "100%"];
        if by && columns.iter().any(|column| column.name == "note") {
            flags.extend(["--by", "note"]);
        }
        if strict {
            flags.extend(["--missing-confidence", "error"]);
        }
        let rows = columns[0].picks.len();
        let weights = Column {
            name: "weight",
            cells: Cells::Double(&[1.0]),
            picks: vec![Some(0); rows],
        };
        let weighted = [&columns[..], &[weights]].concat();
        let plain = said(&table(&columns, encoding, group), &flags);
        let weighted = said(&table(&weighted, encoding, group), &flags);
        prop_assert_eq!(plain.status, weighted.status);
        prop_assert_eq!(counted(&plain), counted(&weighted));
        prop_assert_eq!(places(&plain), places(&weighted));
    }
}
