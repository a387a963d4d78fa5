//! Confidences that are rounded because there are too many of them: the same in any order and in any parts, said where it
//! happens, and no figure off by more than docs/rounding.md says.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use calib::codes;
use calib::evidence::{Evidence, Grid, Partial};
use calib::metrics::Budget;
use calib::record::Record;
use calib::report::{Group, group};
use calib::settings::{Binning, Edges, Resamples, Settings};
use calib::state::State;
use proptest::prelude::*;

use crate::common::{Output, calib};
use crate::invariance::Choices;
use crate::laws::{plain, settings};

fn of_grid(records: &[Record], grid: Grid) -> Evidence {
    let mut evidence = Evidence::with_grid(grid);
    records.iter().for_each(|record| evidence.add(record));
    evidence
}

fn audit_of(evidence: &Evidence, settings: &Settings) -> Group {
    let budget = Budget::resolve(Resamples::Fixed(19), 1, 1);
    group(BTreeMap::new(), evidence, settings, budget)
}

/// Answers at confidences of any number of digits, near the ends as well, with stated ones among them.
fn answers() -> impl Strategy<Value = Vec<(f64, bool)>> {
    let confidence = prop_oneof![
        4 => 0.0..=1.0,
        1 => (0.0..=1.0).prop_map(|c: f64| c.powi(9)),
        1 => (0u32..=10).prop_map(|step| f64::from(step) / 10.0),
    ];
    prop::collection::vec((confidence, any::<bool>()), 120..400)
}

/// By how much a figure may be off, as a multiple of the error of a confidence and of the largest tie.
const BOUNDS: [(&str, f64, f64); 17] = [
    ("accuracy", 0.0, 0.0),
    ("coverage", 0.0, 0.0),
    ("corp_unc", 0.0, 0.0),
    ("mean_confidence", 1.0, 0.0),
    ("signed_gap", 1.0, 0.0),
    ("brier", 2.0, 0.0),
    ("ece", 1.0, 0.0),
    ("over", 1.0, 0.0),
    ("under", 1.0, 0.0),
    ("mce", 1.0, 0.0),
    ("ace", 1.0, 0.0),
    ("rmsce", 1.0, 0.0),
    ("murphy_rel", 2.0, 0.0),
    ("murphy_res", 0.0, 0.0),
    ("auroc", 0.0, 1.0),
    ("augrc", 0.0, 1.0),
    ("ks", 1.0, 1.0),
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn no_figure_is_off_by_more_than_is_said(pairs in answers(), digits in 0u32..=1, left: bool) {
        let rows = plain(&pairs);
        let grid = Grid::of_digits(digits);
        let edges = if left { Edges::Left } else { Edges::Right };
        let settings = settings(15.min(grid.steps() as usize), Binning::EqualWidth, edges);
        // Nine steps have the edges of nine bins, and not those of fifteen.
        let settings = Settings { bins: if digits == 0 { 9 } else { settings.bins }, ..settings };
        let exact = audit_of(&of_grid(&rows, Grid::ALL), &settings);
        let rounded = audit_of(&of_grid(&rows, grid), &settings);
        prop_assert!(exact.rounding.is_none());
        let told = rounded.rounding.expect("more confidences than fit");
        prop_assert_eq!(told.error, 0.5 / f64::from(told.steps));
        for (id, errors, ties) in BOUNDS {
            let [a, b] = [&exact, &rounded].map(|group| group.metrics[id].value.unwrap_or(f64::NAN));
            let bound = errors * told.error + ties * told.tied + 1e-12;
            prop_assert!((a - b).abs() <= bound || a.is_nan() && b.is_nan(), "{}: {} and {}, {}", id, a, b, bound);
        }
        for id in ["corp_mcb", "corp_dsc"] {
            let [a, b] = [&exact, &rounded].map(|group| group.metrics[id].value.unwrap_or(f64::NAN));
            prop_assert!((a - b).abs() <= 2.0 * (told.error + told.tied) + 1e-12, "{}", id);
        }
        for (a, b) in exact.reliability.iter().zip(&rounded.reliability) {
            prop_assert_eq!((a.lower, a.n, a.accuracy), (b.lower, b.n, b.accuracy));
        }
    }
}

/// A log of so many distinct confidences that a group rounds, and another group of few.
fn log(rows: u64) -> Vec<String> {
    let row = |at: u64| {
        let digits = xxhash_rust::xxh3::xxh3_64(&at.to_le_bytes()) % 1_000_000_000_000;
        let task = ["law", "code"][usize::from(at.is_multiple_of(500))];
        let correct = !at.is_multiple_of(3);
        format!(r#"{{"task":"{task}","confidence":0.{digits:012},"correct":{correct}}}"#)
    };
    (0..rows).map(row).collect()
}

fn write(folder: &Path, name: &str, rows: &[String]) {
    let mut text = String::new();
    rows.iter().for_each(|row| writeln!(text, "{row}").unwrap());
    fs::write(folder.join(name), text).unwrap();
}

#[track_caller]
fn done(within: &Path, arguments: &[&str]) -> Output {
    let output = calib().args(arguments).within(within).run();
    assert_eq!(output.status, Some(0), "{arguments:?}: {output:?}");
    output
}

#[test]
fn shards_threads_and_order_end_at_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    let rows = log(102_000);
    write(at, "log.jsonl", &rows);
    write(at, "shuffled.jsonl", &Choices::shuffled(5, &rows));
    // Neither part has more confidences than are kept, or one has and the other has not.
    for (cut, name) in [(51_000, "halves"), (101_900, "most")] {
        let kept = |file: &str, log: &str, threads: &str| {
            done(
                at,
                &["merge", log, "--by", "task", "-j", threads, "-o", file],
            );
        };
        write(at, "a.jsonl", &rows[..cut]);
        write(at, "b.jsonl", &rows[cut..]);
        kept("a.calib", "a.jsonl", "1");
        kept("b.calib", "b.jsonl", "2");
        let merged = |file: &str, parts: [&str; 2]| {
            done(at, &["merge", parts[0], parts[1], "-o", file]);
            let state = State::from_bytes(&fs::read(at.join(file)).unwrap()).unwrap();
            assert!(state.groups.iter().any(|(_, group)| {
                group.tally(Partial::default()).rounding() == Some(Grid::GROUP)
            }));
            state.groups
        };
        let parts = merged("ab.calib", ["a.calib", "b.calib"]);
        assert_eq!(parts, merged("ba.calib", ["b.calib", "a.calib"]), "{name}");
        for (log, threads) in [
            ("log.jsonl", "1"),
            ("log.jsonl", "4"),
            ("shuffled.jsonl", "2"),
        ] {
            kept("whole.calib", log, threads);
            let whole = State::from_bytes(&fs::read(at.join("whole.calib")).unwrap()).unwrap();
            assert_eq!(whole.groups, parts, "{name} {log}");
        }
    }
}

#[test]
fn rounding_is_said_wherever_figures_are() {
    let folder = tempfile::tempdir().unwrap();
    let at = folder.path();
    write(at, "log.jsonl", &log(102_000));
    let audited = |input: &[&str]| -> serde_json::Value {
        let view = ["-f", "json", "--by", "task", "--resamples", "19"];
        let output = done(at, &[&["audit"][..], input, &view].concat());
        serde_json::from_str(&output.stdout).unwrap()
    };
    let report = audited(&["log.jsonl", "--save", "x.calib"]);
    let [all, code, law] = [0, 1, 2].map(|at| &report["runs"][0]["groups"][at]);
    assert_eq!([all, code].map(|group| group.get("rounding")), [None, None]);
    let rounding = &law["rounding"];
    assert_eq!(rounding["limit"], Grid::GROUP.limit());
    assert_eq!(rounding["steps"], Grid::GROUP.steps());
    assert_eq!(rounding["error"], Grid::GROUP.error());
    let (rows, graded) = (
        rounding["rows"].as_u64().unwrap(),
        law["metrics"]["brier"]["n"].as_u64().unwrap(),
    );
    assert!(rows > 100_000 && rows <= graded, "{rows} of {graded}");
    let warned = |report: &serde_json::Value| {
        report["warnings"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|warning| warning["code"] == codes::ROUNDED_CONFIDENCES.id)
            .cloned()
            .collect::<Vec<_>>()
    };
    let told = warned(&report);
    assert_eq!((told.len(), told[0]["count"].as_u64()), (1, Some(rows)));
    insta::assert_snapshot!(told[0]["message"].as_str().unwrap(), @"group law: more than 100000 distinct confidences: 101796 answers count at the middle between two multiples of 1/90000, at most 5.6e-6 from their own confidence");
    // The state knows as well, without its log.
    let again = audited(&["x.calib"]);
    assert_eq!(again["runs"], report["runs"]);
    assert_eq!(warned(&again), told);
    let text = done(at, &["check", "x.calib"]).stdout;
    assert!(
        text.contains("W125  group law: more than 100000 distinct"),
        "{text}"
    );
}

#[test]
fn what_the_code_says_in_numbers_is_what_is_done() {
    let about = codes::ROUNDED_CONFIDENCES.about;
    for (grid, digits) in [(Grid::ALL, 8), (Grid::GROUP, 7)] {
        assert!(about.contains(&format!("1/{}", grid.steps())));
        let error = format!("{:.digits$}", grid.error());
        assert!(about.contains(&format!(" {error} ")) || about.contains(&format!("({error})")));
    }
    assert_eq!(
        (Grid::ALL.limit(), Grid::GROUP.limit()),
        (1_000_000, 100_000)
    );
}

#[test]
fn kept_rows_stand_where_their_cells_do() {
    // Few rows have an id, all others make the confidences too many.
    let mut rows: Vec<Record> = plain(
        &(0..150_u32)
            .map(|at| (f64::from(at) * 0.006_61, at % 3 == 0))
            .collect::<Vec<_>>(),
    );
    for (at, row) in rows.iter_mut().enumerate().take(60) {
        row.item = Some((at as u64 / 2) << 58);
    }
    let [exact, coarse] = [Grid::ALL, Grid::of_digits(1)].map(|grid| {
        let evidence = of_grid(&rows, grid);
        assert!(evidence.items().detail().is_some() && evidence.items().repeats());
        audit_of(&evidence, &Settings::default())
    });
    assert!(exact.rounding.is_none() && coarse.rounding.is_some());
    for id in ["auroc", "aurc", "brier", "ece"] {
        let [a, b] = [&exact, &coarse].map(|group| &group.metrics[id]);
        assert_eq!(
            (a.method.as_deref(), a.reason.as_deref()),
            (b.method.as_deref(), b.reason.as_deref()),
            "{id}"
        );
        let width = |estimate: &calib::report::Estimate| Some(estimate.high? - estimate.low?);
        if let Some((a, b)) = width(a).zip(width(b)) {
            assert!((a - b).abs() < 0.1 * a, "{id}: {a} and {b}");
        }
    }
}
