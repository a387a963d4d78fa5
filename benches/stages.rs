//! Each stage of the road by itself: reading rows, counting them, metrics, null distributions, the text of a report.
//!
//! `cargo bench` runs them all, `cargo bench -- read` some. They compare a stage with itself before and after a change;
//! `benches/compare.sh` compares the whole program with others.

#![expect(
    clippy::unwrap_used,
    reason = "a benchmark that cannot begin has nothing to say"
)]

use std::collections::BTreeMap;
use std::hint::black_box;
use std::io::Write;
use std::path::{Path, PathBuf};

use calib::evidence::{Batch, Evidence, Gathering};
use calib::inference::null::{Design, Draw, Point, Rows};
use calib::ingest::{self, Progress};
use calib::input::{Log, Opening, RowRules, Survey};
use calib::metrics::Budget;
use calib::record::{Confidence, Record};
use calib::settings::{Resamples, Settings};
use criterion::{Criterion, Throughput, criterion_group, criterion_main};

/// Rows of every log.
const ROWS: u64 = 20_000;

/// Numbers that look like chance (`SplitMix64`).
fn mixed(at: u64) -> u64 {
    let mut z = at.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

/// A row: its id, confidence in ten-thousandths, whether it is right, declined, and to be declined.
fn row(at: u64) -> (u64, u64, bool, bool, bool) {
    let (confidence, luck) = (mixed(at) % 10_001, mixed(at ^ 1 << 50) % 10_000);
    let bits = mixed(at ^ 1 << 51);
    (
        at,
        confidence,
        luck < confidence,
        bits.is_multiple_of(8),
        bits.is_multiple_of(5),
    )
}

/// The rows as JSON Lines; of some, each row has its keys in another order.
fn json_lines(shuffled: bool) -> String {
    let line = |at| {
        let (id, confidence, correct, abstained, label) = row(at);
        let mut members = [
            format!(r#""id":"task/{id:06}""#),
            format!(r#""task":"t{}""#, id % 12),
            format!(r#""confidence":{:.4}"#, confidence as f64 / 1e4),
            format!(r#""abstained":{abstained}"#),
            format!(r#""correct":{correct}"#),
            format!(r#""should_abstain":{label}"#),
            r#""note":"what nobody reads, and is some words long""#.to_owned(),
        ];
        if shuffled {
            for last in (1..members.len()).rev() {
                members.swap(last, mixed(at + last as u64) as usize % (last + 1));
            }
        }
        format!("{{{}}}\n", members.join(","))
    };
    (0..ROWS).map(line).collect()
}

fn delimited() -> String {
    let line = |at| {
        let (id, confidence, correct, abstained, label) = row(at);
        let confidence = confidence as f64 / 1e4;
        format!(
            "task/{id:06},t{},{confidence:.4},{abstained},{correct},{label}\n",
            id % 12
        )
    };
    let header = "id,task,confidence,abstained,correct,should_abstain\n".to_owned();
    header + &(0..ROWS).map(line).collect::<String>()
}

fn gzipped(text: &str) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

fn records() -> Vec<Record> {
    let record = |at| {
        let (id, confidence, correct, _, label) = row(at);
        Record {
            item: Some(mixed(id)),
            task: Some(id % 12),
            confidence: Confidence::new(confidence as f64 / 1e4),
            credit: Some(f64::from(u8::from(correct))),
            should_abstain: Some(label),
            ..Record::default()
        }
    };
    (0..ROWS).map(record).collect()
}

fn gather(path: &Path) -> u64 {
    let mut log = Log::find(path.to_str().unwrap()).unwrap();
    let survey = Survey::of(&mut log, &Opening::default()).unwrap();
    let rules = RowRules::default();
    let gathered = ingest::gather(&log, survey, &rules, None, &Progress::default()).unwrap();
    gathered.groups.all().rows()
}

fn reading(criterion: &mut Criterion) {
    let dir = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| -> PathBuf {
        let path = dir.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        path
    };
    let alike = json_lines(false);
    let mut group = criterion.benchmark_group("read");
    group.throughput(Throughput::Elements(ROWS));
    for (name, path) in [
        ("json lines", file("alike.jsonl", alike.as_bytes())),
        (
            "json lines of shuffled keys",
            file("shuffled.jsonl", json_lines(true).as_bytes()),
        ),
        ("csv", file("rows.csv", delimited().as_bytes())),
        ("json lines, gzip", file("alike.jsonl.gz", &gzipped(&alike))),
    ] {
        group.bench_function(name, |bencher| bencher.iter(|| gather(black_box(&path))));
    }
}

fn counting(criterion: &mut Criterion) {
    let records = records();
    let mut group = criterion.benchmark_group("count");
    group.throughput(Throughput::Elements(ROWS));
    group.bench_function("rows", |bencher| {
        bencher.iter(|| {
            let mut gathering = Gathering::default();
            for block in records.chunks(1_600) {
                let mut batch = Batch::default();
                block.iter().for_each(|record| batch.add(&[], record));
                gathering.add(&batch).unwrap();
            }
            gathering.groups().all().rows()
        });
    });
}

fn metrics(criterion: &mut Criterion) {
    let mut evidence = Evidence::default();
    records().iter().for_each(|record| evidence.add(record));
    let settings = Settings::default();
    criterion.bench_function("metrics of 20,000 rows", |bencher| {
        bencher.iter(|| {
            let budget = Budget::resolve(Resamples::Fixed(19), 1, 1);
            calib::report::group(BTreeMap::new(), black_box(&evidence), &settings, budget)
        });
    });
}

fn nulls(criterion: &mut Criterion) {
    let confidence = |at: u32| f64::from(at) / 10_000.0;
    let point = |at| Point {
        confidence: confidence(at),
        weight: 100.0,
        residual: 0.0,
        bin: (at / 700) as usize,
    };
    let design = Design {
        points: (0..10_000).map(point).collect(),
        bins: 15,
        draw: Draw::Consistency(
            (0..10_000)
                .map(|at| Rows::new(100, confidence(at)))
                .collect(),
        ),
        replicates: 64,
        seed: 0,
    };
    criterion.bench_function("64 null draws at 10,000 confidences", |bencher| {
        bencher.iter(|| black_box(&design).run());
    });
}

criterion_group!(stages, reading, counting, metrics, nulls);
criterion_main!(stages);
