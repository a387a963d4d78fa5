//! The promise that a report depends on the rows alone: not on threads, order, shards, codecs or formats.
//!
//! What is compared is text, byte for byte, of everything outside `inputs`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Map, Value, json};
use tempfile::TempDir;

use crate::common::{audit, labelled, root};

/// A reproducible source of choices.
pub(crate) struct Choices(u64);

impl Choices {
    /// A number below `limit` (`SplitMix64`).
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(limit).unwrap()).unwrap()
    }

    pub(crate) fn shuffled(seed: u64, rows: &[String]) -> Vec<String> {
        let mut choices = Self(seed);
        let mut rows = rows.to_vec();
        for last in (1..rows.len()).rev() {
            rows.swap(last, choices.below(last + 1));
        }
        rows
    }
}

/// A log with everything that could make a sum depend on its order: repeated ids, weights, fractional credit,
/// confidences of full precision, partial refusals, missing values, groups.
pub(crate) fn rich(rows: usize, ids: usize) -> Vec<String> {
    let mut choices = Choices(7);
    let row = |_| {
        let mut pick = |limit| choices.below(limit);
        let (id, task) = (pick(ids), ["law", "trivia", "code"][pick(3)]);
        let should = pick(4) == 0;
        let labels = format!(
            r#""id":"q{id}","task":"{task}","should_abstain":{should},"weight":{}"#,
            ["1", "0.5", "2.25", "0.333333"][pick(4)]
        );
        // Some rows are samples of a prompt.
        let labels = match pick(3) {
            0 => labels,
            _ => format!(
                r#"{labels},"prompt_id":"p{}","reward":{},"step":{},"tokens":{},"answer":"{}""#,
                pick(ids / 4 + 1),
                pick(2),
                pick(2) * 100,
                pick(900),
                pick(5)
            ),
        };
        match pick(6) {
            0 => format!(r#"{{{labels},"abstained":"full","confidence":null,"correct":null}}"#),
            1 => format!(r#"{{{labels},"abstained":"none","confidence":null,"correct":true}}"#),
            kind => format!(
                r#"{{{labels},"abstained":"{}","confidence":0.{:09}{},"correct":{}}}"#,
                if kind == 2 { "partial" } else { "none" },
                pick(1_000_000_000),
                1 + pick(9),
                ["0", "1", "0.25", "0.7"][pick(4)]
            ),
        }
    };
    (0..rows).map(row).collect()
}

/// A log of so many rows that share no id, small enough to write and read in a moment.
fn distinct(rows: usize) -> Vec<String> {
    let mut choices = Choices(3);
    let row = |id| {
        let (confidence, correct) = (choices.below(1000), choices.below(2) == 0);
        format!(r#"{{"id":"r{id}","confidence":0.{confidence:03},"correct":{correct}}}"#)
    };
    (0..rows).map(row).collect()
}

fn demo() -> Vec<String> {
    let text = fs::read_to_string(root().join("fixtures/demo.jsonl")).unwrap();
    text.lines().map(str::to_owned).collect()
}

fn text(rows: &[String]) -> Vec<u8> {
    rows.iter()
        .flat_map(|row| [row.as_bytes(), b"\n"].concat())
        .collect()
}

fn gz(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A JSON report without its `inputs`: the rest of the text as it is.
#[track_caller]
pub(crate) fn outside_inputs(report: &str) -> String {
    let (before, rest) = report.split_once("  \"inputs\": [").unwrap();
    let (inputs, after) = rest.split_once("  \"settings\": {").unwrap();
    assert!(inputs.contains("\"rows\""), "{inputs}");
    format!("{before}{after}")
}

/// One report on a log, under one label.
#[track_caller]
fn report(log: &Path, flags: &[&str]) -> String {
    let run = audit([labelled("run", log)])
        .args(["-f", "json"])
        .args(flags)
        .run();
    outside_inputs(&run.report())
}

/// A folder for the ways to write one log.
struct Ways {
    folder: TempDir,
    expected: String,
    flags: Vec<&'static str>,
}

impl Ways {
    /// The report on the plain log read by one thread is what all others are held against.
    fn of(rows: &[String], flags: &[&'static str]) -> Self {
        let mut ways = Self {
            folder: TempDir::new().unwrap(),
            expected: String::new(),
            flags: flags.to_vec(),
        };
        let plain = ways.write("plain.jsonl", &text(rows));
        ways.expected = report(&plain, &[&ways.flags[..], &["-j", "1"]].concat());
        ways
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    #[track_caller]
    fn same(&self, log: &Path, flags: &[&str]) {
        let found = report(log, &[&self.flags[..], flags].concat());
        self.compare(&found, &format!("{} {flags:?}", log.display()));
    }

    #[track_caller]
    fn same_bytes(&self, name: &str, bytes: &[u8]) {
        self.same(&self.write(name, bytes), &[]);
    }

    #[track_caller]
    fn compare(&self, found: &str, how: &str) {
        let differs = self
            .expected
            .lines()
            .zip(found.lines())
            .find(|(a, b)| a != b);
        assert!(
            self.expected == found,
            "{how}: first different line {differs:?}"
        );
    }

    fn threads(&self) {
        for threads in ["1", "2", "5"] {
            self.same(&self.folder.path().join("plain.jsonl"), &["-j", threads]);
        }
    }

    fn order(&self, rows: &[String], seeds: u64) {
        for seed in 0..seeds {
            let name = format!("shuffled-{seed}.jsonl");
            self.same_bytes(&name, &text(&Choices::shuffled(seed, rows)));
        }
    }

    /// Every n-th row in every n-th file, as a directory and as a quoted pattern.
    fn shards(&self, rows: &[String], shards: usize) {
        for shard in 0..shards {
            let part: Vec<_> = rows.iter().skip(shard).step_by(shards).cloned().collect();
            self.write(&format!("shards-{shards}/{shard:02}.jsonl"), &text(&part));
        }
        let folder = self.folder.path().join(format!("shards-{shards}"));
        self.same(&folder, &["-j", "2"]);
        self.same(&folder.join("*.jsonl"), &["-j", "5"]);
    }

    fn codecs(&self, rows: &[String]) {
        let (plain, half) = (text(rows), rows.len() / 2);
        let members = [gz(&text(&rows[..half])), gz(&text(&rows[half..]))].concat();
        self.same_bytes("log.jsonl.gz", &gz(&plain));
        self.same_bytes("members.jsonl.gz", &members);
        self.same_bytes(
            "windows.jsonl",
            &text(
                &rows
                    .iter()
                    .map(|row| format!("{row}\r"))
                    .collect::<Vec<_>>(),
            ),
        );
        #[cfg(feature = "zstd")]
        self.same_bytes("log.jsonl.zst", &zstd::encode_all(&plain[..], 1).unwrap());
        let flags = ["run=-", "-f", "json"];
        let piped = audit(flags).args(&self.flags).stdin(plain).run();
        self.compare(&outside_inputs(&piped.report()), "standard input");
    }

    /// The same rows in columns: every byte outside `inputs` is the same.
    #[cfg(feature = "parquet")]
    fn columns(&self, rows: &[String]) {
        for (name, encoding) in crate::parquet::encodings() {
            let bytes = crate::parquet::table(rows, rows.len() / 3, encoding);
            let table = self.write(&format!("{name}.parquet"), &bytes);
            for threads in ["1", "5"] {
                self.same(&table, &["-j", threads]);
            }
        }
    }

    /// The same rows as a table: settings and figures are the same, what is said of the columns may differ.
    fn tables(&self, rows: &[String]) {
        let figures = |report: &str| {
            let (figures, _) = report.split_once("  \"warnings\": [").unwrap();
            figures.to_owned()
        };
        for (name, delimiter) in [("log.csv", ','), ("log.tsv", '\t')] {
            let table = self.write(name, table(rows, delimiter).as_bytes());
            let found = report(&table, &self.flags);
            let (found, expected) = (figures(&found), figures(&self.expected));
            let differs = expected.lines().zip(found.lines()).find(|(a, b)| a != b);
            assert!(
                found == expected,
                "{name}: first different line {differs:?}"
            );
        }
    }
}

/// Rows without nested values as a table; `null` and what a row does not have are empty fields.
fn table(rows: &[String], delimiter: char) -> String {
    let rows: Vec<Map<String, Value>> = rows
        .iter()
        .map(|row| serde_json::from_str(row).unwrap())
        .collect();
    let mut names: Vec<&String> = rows.iter().flat_map(Map::keys).collect();
    names.sort();
    names.dedup();
    let delimiter = delimiter.to_string();
    let line = |fields: Vec<String>| fields.join(&delimiter) + "\n";
    let field = |value: Option<&Value>| match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    };
    let record =
        |row: &Map<String, Value>| line(names.iter().map(|name| field(row.get(*name))).collect());
    let header = line(names.iter().map(|name| (*name).clone()).collect());
    rows.iter().fold(header, |table, row| table + &record(row))
}

fn every_way(rows: &[String], flags: &[&'static str]) {
    let ways = Ways::of(rows, flags);
    ways.threads();
    ways.order(rows, 4);
    ways.shards(rows, 1);
    ways.shards(rows, 37);
    ways.codecs(rows);
    ways.tables(rows);
    #[cfg(feature = "parquet")]
    ways.columns(rows);
}

#[test]
fn the_demo_reads_the_same_in_every_way() {
    every_way(&demo(), &[]);
    every_way(&demo(), &["--by", "task,kind"]);
}

#[test]
fn weights_credit_and_repeated_ids_read_the_same_in_every_way() {
    every_way(&rich(3000, 700), &[]);
    every_way(
        &rich(3000, 700),
        &[
            "--by",
            "task",
            "--partial",
            "answer",
            "--binning",
            "equal-mass",
        ],
    );
}

/// Rows of which each has a few of many columns.
fn sparse(rows: usize) -> Vec<Map<String, Value>> {
    let mut choices = Choices(5);
    let row = |at| {
        let mut row = Map::new();
        row.insert("id".to_owned(), format!("q{at}").into());
        let mut pick = |limit| choices.below(limit);
        let confidence = pick(20) as f64 / 20.0;
        let values = [
            ("confidence", json!(confidence)),
            ("correct", json!(confidence > pick(20) as f64 / 20.0)),
        ];
        let declined = pick(4) == 0;
        match declined {
            true => drop(row.insert("abstained".to_owned(), true.into())),
            false => row.extend(values.map(|(name, value)| (name.to_owned(), value))),
        }
        let others = [
            ("should_abstain", json!(pick(2) == 0), 2),
            ("task", json!(["law", "code"][pick(2)]), 2),
            (
                "forced_correct",
                json!(pick(2) == 0),
                if declined { 1 } else { 9 },
            ),
            ("step", json!(pick(2)), 9),
            ("reward", json!(pick(2)), 9),
            ("prompt_id", json!(format!("p{}", pick(40))), 9),
            ("cost_wrong", json!(1 + pick(3)), 3),
            ("tokens", json!(pick(90)), 9),
        ];
        for (name, value, one_in) in others {
            if pick(one_in) == 0 {
                row.insert(name.to_owned(), value);
            }
        }
        row
    };
    (0..rows).map(row).collect()
}

#[test]
fn what_is_absent_null_or_an_empty_field_reads_the_same() {
    let rows = sparse(600);
    let line = |row: &Map<String, Value>| Value::from(row.clone()).to_string();
    let absent: Vec<String> = rows.iter().map(line).collect();
    let names: Vec<String> = rows.iter().flat_map(Map::keys).cloned().collect();
    let null = rows.iter().map(|row| {
        let empty = names.iter().map(|name| (name.clone(), Value::Null));
        let mut all: Map<String, Value> = empty.collect();
        all.extend(row.clone());
        line(&all)
    });
    let null: Vec<String> = null.collect();
    for flags in [
        &[][..],
        &["--cost-wrong", "3"],
        &["--by", "task", "--cost-wrong", "3"],
    ] {
        let ways = Ways::of(&absent, flags);
        ways.tables(&absent);
        let filled = ways.write("null.jsonl", &text(&null));
        ways.same(&filled, &[]);
    }
}

#[test]
fn mapped_rows_read_the_same_in_every_way() {
    // A number from 0 to 1 in steps of a hundredth, spread over the rows.
    let share = |row: usize, by: usize| (row * by % 101) as f64 / 100.0;
    let wide: Vec<_> = (0..3000)
        .map(|row| {
            let cell = match row % 7 {
                0 => Value::Null,
                _ => json!(share(row, 37)),
            };
            let won = match row % 7 {
                0 => Value::Null,
                _ => json!(row % 3 == 0),
            };
            json!({"id": format!("q{}", row % 900), "p_a": share(row, 17), "p_a_won": row % 2, "p_b": cell, "p_b_won": won}).to_string()
        })
        .collect();
    every_way(
        &wide,
        &["--pairs", "p_*=p_*_won", "--as", "model", "--by", "model"],
    );
    let nested: Vec<_> = (0..3000)
        .map(|row| {
            let options = [share(row, 17) - 3.0, share(row, 37) - 3.0];
            let text = format!("sure: {}", row % 101);
            json!({"options": options, "gold": row % 2, "text": text, "split": [row % 4, row % 3]})
                .to_string()
        })
        .collect();
    let by = [
        "--map",
        "task=split[1]",
        "--by",
        "task",
        "--const",
        "model=m",
    ];
    for flags in [
        &["--softmax", "options"][..],
        &[
            "--extract",
            "confidence=[0-9]+@text",
            "--confidence-scale",
            "0,100",
            "--map",
            "correct=gold",
            "--not",
            "correct",
        ],
    ] {
        let ways = Ways::of(&nested, &[flags, &by].concat());
        ways.threads();
        ways.order(&nested, 2);
        ways.shards(&nested, 37);
        ways.codecs(&nested);
    }
}

#[test]
fn folded_items_read_the_same_in_every_order() {
    // More ids than are kept apart, so that they fold into random groups.
    let rows = distinct(70_500);
    let ways = Ways::of(&rows, &[]);
    ways.same(&ways.folder.path().join("plain.jsonl"), &["-j", "5"]);
    ways.order(&rows, 2);
    ways.shards(&rows, 37);
}

#[test]
fn groups_too_fold_the_same_in_every_order() {
    // Each group has more ids than are kept apart in one.
    let rows = rich(9000, 8000);
    let ways = Ways::of(&rows, &["--by", "task"]);
    ways.threads();
    ways.order(&rows, 2);
    ways.shards(&rows, 37);
}

#[test]
fn rows_too_many_to_keep_are_let_go_the_same_in_every_order() {
    // Few ids, but more rows than are kept one by one: in some shards they still fit.
    let rows = rich(36_000, 900);
    let ways = Ways::of(&rows, &["--by", "task"]);
    ways.same(&ways.folder.path().join("plain.jsonl"), &["-j", "5"]);
    ways.order(&rows, 1);
    ways.shards(&rows, 37);
}

#[test]
fn other_rows_give_another_report() {
    // Without this the tests above could compare what never changes.
    let rows = rich(300, 70);
    let ways = Ways::of(&rows, &[]);
    let fewer = ways.write("fewer.jsonl", &text(&rows[1..]));
    assert_ne!(report(&fewer, &[]), ways.expected);
}
