//! What must hold of any bytes: the quick readers say what the slow one says, and rows of JSON are accepted where
//! `serde_json` accepts them. For the tests here, and for the fuzzer, which tries bytes that nobody thought of.

use std::ops::RangeInclusive;

use calib::codes;
use calib::error::Error;
use calib::ingest::{Gathered, gather_in_turn};
use calib::input::{Fields, Log, MissingConfidence, Opening, PresetChoice, RowRules, Survey};
use serde::de::IgnoredAny;
use serde_json::Value;

/// Headers of tables, so that any bytes are rows of one.
const HEADERS: [&str; 2] = [
    "id,confidence,correct,abstained,should_abstain,task,note\n",
    "id\tconfidence\tcorrect\tabstained\tshould_abstain\ttask\tnote\n",
];
/// Bytes of a block that holds all rows, and of one that holds few.
const BLOCKS: [usize; 2] = [1 << 18, 100];

/// Holds every way of reading these bytes against the others, as JSON Lines and as tables.
///
/// # Panics
/// Where two ways differ.
pub(crate) fn hold(bytes: &[u8]) {
    let [plain, strict] = rules();
    hold_json_lines(bytes, [&plain, &strict]);
    hold_alike("log.csv", bytes, &plain, BLOCKS);
    for header in HEADERS {
        hold_alike(
            "log.csv",
            &[header.as_bytes(), bytes].concat(),
            &strict,
            BLOCKS,
        );
    }
}

/// The log is read twice over, so that the shape of each row is known where it comes again.
fn hold_json_lines(bytes: &[u8], [plain, strict]: [&RowRules; 2]) {
    let twice = [bytes, b"\n", bytes].concat();
    hold_alike("log.jsonl", &twice, strict, BLOCKS);
    let [whole, _] = BLOCKS;
    let Some(gathered) = hold_alike("log.jsonl", &twice, plain, [whole, whole]) else {
        return;
    };
    if gathered.formats[&0] != "jsonl" {
        return;
    }
    let reasons = [
        codes::INVALID_JSON,
        codes::NOT_AN_OBJECT,
        codes::NOT_UTF8,
        codes::TRUNCATED_ROW,
    ];
    let skipped = gathered.accounts[&0].skipped();
    let counts = reasons.iter().filter_map(|code| skipped.get(code.reason));
    let refused: u64 = counts.sum();
    let expected = refused_by_serde(&twice);
    assert!(
        expected.contains(&refused),
        "{refused} rows, {expected:?} by serde_json"
    );
}

/// Reads a log slowly and quickly, in blocks of these sizes; what both found, unless they refuse it.
fn hold_alike(path: &str, bytes: &[u8], rules: &RowRules, blocks: [usize; 2]) -> Option<Gathered> {
    let slowly = RowRules {
        unhurried: true,
        ..rules.clone()
    };
    let slow = gathered(path, bytes, &slowly, blocks[0]);
    let quick = gathered(path, bytes, rules, blocks[1]);
    assert_same(&slow, &quick);
    slow.ok()
}

/// Rules by which most rows are of the plainest kind, and rules by which fewer are.
fn rules() -> [RowRules; 2] {
    let strict = RowRules {
        fields: Fields::by(&["task", "note"]),
        missing_confidence: MissingConfidence::Error,
        ..RowRules::default()
    };
    [RowRules::default(), strict]
}

fn gathered(path: &str, bytes: &[u8], rules: &RowRules, block: usize) -> Result<Gathered, Error> {
    let opening = Opening {
        preset: PresetChoice::None,
        ..Opening::default()
    };
    let survey = Survey::of_bytes(path, bytes.to_vec(), &opening)?;
    gather_in_turn(&Log::find(path)?, survey, rules, block)
}

fn assert_same(slow: &Result<Gathered, Error>, quick: &Result<Gathered, Error>) {
    match (slow, quick) {
        (Ok(slow), Ok(quick)) => {
            assert_eq!(slow.accounts, quick.accounts);
            assert_eq!(slow.notes, quick.notes);
            assert_eq!(slow.groups, quick.groups);
        }
        (Err(slow), Err(quick)) => assert_eq!(slow, quick),
        (slow, quick) => {
            let [slow, quick] = [slow, quick].map(|found| found.as_ref().err());
            panic!("slowly: {slow:?}, quickly: {quick:?}");
        }
    }
}

/// How many rows `serde_json` refuses: at least those that not even [`IgnoredAny`] takes. That resolves no escapes, though,
/// and [`Value`] resolves all, where the rows of a log resolve those of keys and of the values that are read.
fn refused_by_serde(bytes: &[u8]) -> RangeInclusive<u64> {
    let bytes = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes);
    let (mut least, mut most) = (0, 0);
    for line in bytes.split(|byte| *byte == b'\n') {
        let row = line.strip_suffix(b"\r").unwrap_or(line);
        if row.trim_ascii().is_empty() {
            continue;
        }
        let text = std::str::from_utf8(row).ok().map(without_python_words);
        let object = text.filter(|text| text.trim_ascii_start().starts_with('{'));
        let passes = object.as_deref().is_some_and(is_json::<IgnoredAny>);
        let halves = |text: &String| text.contains("\\ud") || text.contains("\\uD");
        let doubtful = object.as_ref().is_some_and(halves);
        let resolves = || object.as_deref().is_some_and(is_json::<Value>);
        least += u64::from(!passes);
        most += u64::from(!passes || doubtful && !resolves());
    }
    least..=most
}

fn is_json<'t, T: serde::Deserialize<'t>>(text: &'t str) -> bool {
    serde_json::from_str::<T>(text).is_ok()
}

/// The text with null for the words that Python writes for numbers that are none.
fn without_python_words(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let (mut rest, mut quoted) = (text, false);
    while let Some(first) = rest.chars().next() {
        let words = ["-Infinity", "Infinity", "NaN"];
        let word = words
            .iter()
            .find(|word| !quoted && rest.starts_with(**word));
        let escape = rest.chars().nth(1).filter(|_| quoted && first == '\\');
        let length = word.map_or(first.len_utf8(), |word| word.len());
        let length = length + escape.map_or(0, char::len_utf8);
        quoted ^= first == '"';
        match word {
            Some(_) => out.push_str("null"),
            None => out.push_str(&rest[..length]),
        }
        rest = &rest[length..];
    }
    out
}
