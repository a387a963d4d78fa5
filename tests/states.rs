//! Saved states: the same report without the log, shards that add up to the whole, and files that are not to be trusted.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Read, Write};
use std::path::Path;

use calib::evidence::Groups;
use calib::input::{Definition, STATE_MAGIC};
use calib::metrics::Budget;
use calib::record::{Field, Names, Record, Trace};
use calib::report::group;
use calib::settings::{Resamples, Settings};
use calib::state::{Input, State, VERSION};
use flate2::Compression;
use flate2::read::DeflateDecoder;
use flate2::write::DeflateEncoder;
use proptest::prelude::*;
use tempfile::TempDir;
use xxhash_rust::xxh3::xxh3_64;

use crate::common::{Output, audit, calib, root};
use crate::invariance::{Choices, outside_inputs, rich};
use crate::laws::records;

/// Bytes before what is packed: magic, checksum, version, two sizes.
const HEAD: usize = 34;

/// A folder with these files.
fn folder(files: &[(&str, String)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn lines(rows: &[String]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

/// The groups of a report's one run.
fn groups_of(report: &serde_json::Value) -> impl Iterator<Item = &serde_json::Value> {
    report["runs"][0]["groups"].as_array().unwrap().iter()
}

/// The bytes of a report without what must differ.
#[track_caller]
fn figures(report: Output) -> String {
    outside_inputs(&report.report())
}

/// The same without what was not yet told of when the older states were saved.
#[track_caller]
fn older(report: Output) -> serde_json::Value {
    let mut report: serde_json::Value = serde_json::from_str(&report.report()).unwrap();
    report["inputs"].take();
    let warnings = report["warnings"].as_array_mut().unwrap();
    warnings.retain(|warning| warning["code"] != "W135");
    report
}

fn run(within: &Path, arguments: &[&str]) -> Output {
    calib().args(arguments).within(within).run()
}

#[track_caller]
fn done(within: &Path, arguments: &[&str]) -> Output {
    let output = run(within, arguments);
    assert_eq!(output.status, Some(0), "{arguments:?}: {output:?}");
    output
}

#[test]
fn a_state_gives_the_report_that_its_log_gave() {
    let own = folder(&[("rich.jsonl", lines(&rich(900, 300)))]);
    let path = |name: &str| root().join(name).to_string_lossy().into_owned();
    let demo = path("fixtures/demo.jsonl");
    let percent = folder(&[(
        "percent.csv",
        "conf_pct,ok,abstained,label,should_abstain,task\n".to_owned()
            + &"90,y,no,no,false,a\n40,n,no,yes,true,b\n,y,partial,no,true,a\n80,y,yes,yes,true,b\n".repeat(12),
    )]);
    let cases: [(&Path, Vec<&str>, Vec<&str>); 4] = [
        (own.path(), vec!["rich.jsonl"], vec!["--by", "task"]),
        (root(), vec![demo.as_str()], vec!["--by", "task,kind"]),
        (
            percent.path(),
            vec![
                "percent.csv",
                "--map",
                "confidence=conf_pct",
                "--map",
                "correct=ok:y=1,n=0",
                "--map",
                "human_label=label",
                "--confidence-scale",
                "percent",
                "--where",
                "task=a",
            ],
            vec![],
        ),
        (
            root(),
            vec!["fixtures/presets/inspect.simpleqa.json"],
            vec![],
        ),
    ];
    for (within, input, by) in &cases {
        let kept = tempfile::tempdir().unwrap();
        let state = kept.path().join("x.calib").to_string_lossy().into_owned();
        for view in [
            &["-f", "json"][..],
            &[
                "-f",
                "json",
                "--partial",
                "answer",
                "--bins",
                "7",
                "--level",
                "0.9",
                "--seed",
                "3",
            ],
        ] {
            let save = [&["audit", "--save", &state][..], input, by, view].concat();
            let log = done(within, &save);
            let opened = done(within, &[&["audit", &state][..], by, view].concat());
            assert_eq!(figures(log), figures(opened), "{input:?}");
        }
        let text = done(within, &["audit", &state]).stdout;
        assert!(text.contains("a state of"), "{text}");
    }
}

#[test]
fn groups_of_some_of_the_fields_are_those_of_the_log() {
    let log = folder(&[("log.jsonl", lines(&rich(900, 300)))]);
    let at = log.path();
    done(
        at,
        &[
            "audit",
            "log.jsonl",
            "--by",
            "task,should_abstain",
            "--save",
            "x.calib",
        ],
    );
    for by in [&[][..], &["--by", "task"], &["--by", "should_abstain,task"]] {
        let read = |log| done(at, &[&["audit", "-f", "json", log][..], by].concat());
        assert_eq!(
            figures(read("log.jsonl")),
            figures(read("x.calib")),
            "{by:?}"
        );
    }
    let refused = run(at, &["audit", "x.calib", "--by", "model"]);
    assert_eq!(refused.status, Some(3));
    assert!(refused.stderr.contains("E306"), "{refused:?}");
    assert!(
        refused.stderr.contains("--by task,should_abstain"),
        "{refused:?}"
    );
}

#[test]
fn a_state_may_come_through_a_pipe_and_under_a_label() {
    let log = folder(&[("log.jsonl", lines(&rich(200, 50)))]);
    let at = log.path();
    let read = figures(done(
        at,
        &["audit", "run=log.jsonl", "-f", "json", "--save", "x.calib"],
    ));
    let bytes = fs::read(at.join("x.calib")).unwrap();
    for argument in ["-", "run=-"] {
        let piped = audit([argument, "-f", "json"]).stdin(bytes.clone()).run();
        assert_eq!(read, figures(piped));
    }
    let named = figures(done(at, &["audit", "other=x.calib", "-f", "json"]));
    assert!(named.contains(r#""label": "other""#), "{named}");
    let packed = {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), Compression::fast());
        packer.write_all(&bytes).unwrap();
        packer.finish().unwrap()
    };
    assert_eq!(
        read,
        figures(audit(["-", "-f", "json"]).stdin(packed).run())
    );
}

#[test]
fn the_same_rows_make_the_same_bytes() {
    let rows = rich(700, 200);
    let kept = |rows: &[String], threads: &str| {
        let log = folder(&[("log.jsonl", lines(rows))]);
        done(
            log.path(),
            &[
                "audit",
                "log.jsonl",
                "-j",
                threads,
                "--by",
                "task",
                "--save",
                "x.calib",
            ],
        );
        fs::read(log.path().join("x.calib")).unwrap()
    };
    let whole = kept(&rows, "1");
    assert_eq!(whole, kept(&rows, "4"));
    assert_eq!(whole, kept(&Choices::shuffled(3, &rows), "2"));
    assert_ne!(whole, kept(&rows[1..], "1"));
}

#[test]
fn shards_add_up_to_the_whole_byte_for_byte() {
    let rows = rich(900, 250);
    let parts = [&rows[..100], &rows[100..150], &rows[150..]];
    let files: Vec<_> = parts
        .iter()
        .enumerate()
        .map(|(at, rows)| (["p0.jsonl", "p1.jsonl", "p2.jsonl"][at], lines(rows)))
        .collect();
    let shards = folder(&files);
    let at = shards.path();
    let flags = ["--by", "task"];
    done(
        at,
        &[
            &["audit", "run=p*.jsonl", "--save", "whole.calib"][..],
            &flags,
        ]
        .concat(),
    );
    for part in ["p0", "p1", "p2"] {
        let (log, state) = (format!("run={part}.jsonl"), format!("{part}.calib"));
        done(
            at,
            &[&["audit", &log, "--save", &state][..], &flags].concat(),
        );
    }
    let whole = fs::read(at.join("whole.calib")).unwrap();
    for order in [
        ["p0.calib", "p1.calib", "p2.calib"],
        ["p2.calib", "p0.calib", "p1.calib"],
    ] {
        let said = done(at, &[&["merge", "-o", "sum.calib"][..], &order].concat());
        assert_eq!(said.said(), "");
        assert_eq!(fs::read(at.join("sum.calib")).unwrap(), whole);
    }
    done(at, &["merge", "p2.calib", "p1.calib", "-o", "two.calib"]);
    done(
        at,
        &[
            "merge",
            "two.calib",
            "run=p0.jsonl",
            "--by",
            "task",
            "-o",
            "sum.calib",
        ],
    );
    assert_eq!(fs::read(at.join("sum.calib")).unwrap(), whole);
    let by_pattern = done(at, &["audit", "run=p?.calib", "-f", "json"]);
    assert_eq!(
        figures(by_pattern),
        figures(done(at, &["audit", "whole.calib", "-f", "json"]))
    );
}

#[test]
fn what_does_not_belong_together_is_not_merged() {
    let rows = rich(60, 20);
    let log = folder(&[
        ("a.jsonl", lines(&rows[..30])),
        ("b.jsonl", lines(&rows[30..])),
    ]);
    let at = log.path();
    done(at, &["audit", "a.jsonl", "--save", "a.calib"]);
    done(
        at,
        &[
            "audit",
            "b.jsonl",
            "--save",
            "b.calib",
            "--confidence-scale",
            "0,2",
            "--where",
            "task=law",
        ],
    );
    let refused = run(at, &["merge", "a.calib", "b.calib", "-o", "sum.calib"]);
    assert_eq!(refused.status, Some(3), "{refused:?}");
    for word in [
        "E305",
        "--confidence-scale: unit in a.jsonl, 0,2 in b.jsonl",
        "--where: none in a.jsonl, task=law",
    ] {
        assert!(refused.stderr.contains(word), "{word}: {refused:?}");
    }
    assert!(!at.join("sum.calib").exists());
    let twice = run(at, &["merge", "a.calib", "a.calib", "-o", "sum.calib"]);
    assert_eq!(twice.status, Some(2), "{twice:?}");
    fs::copy(at.join("a.calib"), at.join("copy.calib")).unwrap();
    let copy = run(at, &["merge", "a.calib", "copy.calib", "-o", "sum.calib"]);
    assert_eq!(copy.status, Some(3), "{copy:?}");
    assert!(copy.stderr.contains("E308"), "{copy:?}");
    // The log of the next day may have the same name.
    fs::write(at.join("a.jsonl"), lines(&rows[30..])).unwrap();
    let warned = run(at, &["merge", "a.calib", "a.jsonl", "-o", "sum.calib"]);
    assert_eq!(warned.status, Some(0), "{warned:?}");
    assert!(warned.stderr.contains("made from a.jsonl"), "{warned:?}");
    let rows = &done(at, &["audit", "sum.calib", "-f", "json"]).json()["inputs"];
    assert_eq!(rows[0]["rows"]["read"].as_u64(), Some(30));
    assert_eq!(rows.as_array().unwrap().len(), 2);
}

#[test]
fn flags_that_mean_nothing_to_a_state_are_refused() {
    let log = folder(&[
        ("log.jsonl", lines(&rich(40, 20))),
        ("other.jsonl", lines(&rich(30, 9))),
    ]);
    let at = log.path();
    done(at, &["audit", "log.jsonl", "--save", "x.calib"]);
    let refused = [
        (&["x.calib", "--where", "task=law"][..], "--where"),
        (&["x.calib", "--map", "weight="], "--map"),
        (&["x.calib", "--cluster", "id"], "--cluster"),
        (&["x.calib", "--save", "x.calib"], "overwrite"),
        (&["log.jsonl", "--save", "log.jsonl"], "overwrite"),
        (
            &["log.jsonl", "other.jsonl", "--save", "y.calib"],
            "several",
        ),
        (&["log.jsonl", "--save", "-"], "path of a file"),
        (
            &["log.jsonl", "--save", "y.calib", "-o", "json=y.calib"],
            "one file",
        ),
    ];
    for (flags, word) in refused {
        let output = run(at, &[&["audit"], flags].concat());
        assert_eq!(output.status, Some(2), "{flags:?}: {output:?}");
        assert!(output.stderr.contains(word), "{flags:?}: {output:?}");
    }
    assert!(!at.join("y.calib").exists());
    // With a log beside it, the flags are about that.
    done(
        at,
        &["audit", "x.calib", "other.jsonl", "--where", "task=law"],
    );
    let mixed = run(at, &["audit", "*"]);
    assert_eq!(mixed.status, Some(3), "{mixed:?}");
    assert!(mixed.stderr.contains("E309"), "{mixed:?}");
    // A second state of the same log has the same label, and is told apart by its path.
    fs::copy(at.join("x.calib"), at.join("z.calib")).unwrap();
    let both = figures(done(at, &["audit", "x.calib", "z.calib", "-f", "json"]));
    assert!(both.contains(r#""label": "z.calib""#), "{both}");
}

#[test]
fn a_check_says_what_a_state_is_and_what_made_it() {
    let log = folder(&[("log.jsonl", lines(&rich(200, 50)))]);
    let at = log.path();
    done(
        at,
        &[
            "audit",
            "log.jsonl",
            "--by",
            "task",
            "--where",
            "should_abstain=false",
            "--save",
            "x.calib",
        ],
    );
    let text = done(at, &["check", "x.calib"]).stdout;
    for word in [
        "saved state, format 3",
        "log.jsonl",
        "--where",
        "should_abstain=false",
        "unit",
        "3 of task",
    ] {
        assert!(text.contains(word), "{word}: {text}");
    }
    let json = done(at, &["check", "x.calib", "-f", "json"]).json();
    assert_eq!(json["schema"], "calib.state/1");
    assert_eq!(json["by"][0], "task");
    let refused = run(at, &["check", "x.calib", "-f", "sarif"]);
    assert_eq!(refused.status, Some(2), "{refused:?}");
}

// Files that are not to be trusted.

/// Evidence of records, in groups by the place of the row.
fn evidence(records: &[Record]) -> Groups {
    let mut groups = Groups::default();
    for (at, record) in records.iter().enumerate() {
        let key = [["even", "odd"][at % 2].to_owned()];
        groups.add(Some(&key), record).unwrap();
    }
    groups
}

fn state(path: &str, groups: Groups) -> State {
    let mut names = Names::default();
    for name in TASKS {
        names.learn(name);
    }
    let used = groups.all().rows();
    State {
        label: "run".to_owned(),
        inputs: vec![Input {
            path: path.to_owned(),
            format: "jsonl".to_owned(),
            used: [used, 0, 0],
            ..Input::default()
        }],
        definition: Definition {
            by: vec!["parity".to_owned()],
            ..Definition::default()
        },
        flags: [("where".to_owned(), vec!["a=b".to_owned()])].into(),
        findings: Vec::new(),
        groups,
        names,
    }
}

/// What is packed in a state.
fn plain(bytes: &[u8]) -> Vec<u8> {
    let mut plain = Vec::new();
    DeflateDecoder::new(&bytes[HEAD..])
        .read_to_end(&mut plain)
        .unwrap();
    plain
}

/// The file of a content: its sizes and checksum are right, whatever it is.
fn packed(plain: &[u8], version: u16, inside: u64) -> Vec<u8> {
    let mut packer = DeflateEncoder::new(Vec::new(), Compression::fast());
    packer.write_all(plain).unwrap();
    let packed = packer.finish().unwrap();
    let mut checked = version.to_le_bytes().to_vec();
    checked.extend((packed.len() as u64).to_le_bytes());
    checked.extend(inside.to_le_bytes());
    checked.extend(packed);
    let sum = xxh3_64(&checked).to_le_bytes();
    [&STATE_MAGIC[..], &sum, &checked].concat()
}

/// The tasks of the rows.
const TASKS: [&str; 2] = ["law", "trivia"];

/// What every third row says beyond its answer.
fn beyond(row: u32) -> Trace {
    let sample = Trace::default()
        .with_code(Field::Prompt, u64::from(row / 6) << 58)
        .with_code(Field::Task, Names::hash(TASKS[0]))
        .with(Field::Reward, f64::from(row % 2) - 0.5)
        .with(Field::Step, 100.0)
        .with(Field::Distinct, 0.75)
        .with_some(Field::K3, row.is_multiple_of(2).then_some(0.25));
    match row % 3 {
        0 => sample,
        _ => Trace::default(),
    }
}

/// Rows of every sort that the figures tell apart.
fn sample() -> Vec<Record> {
    use calib::record::{Abstained, Confidence, Kind, Multiclass};
    let mut records = Vec::new();
    for row in 0_u32..24 {
        records.push(Record {
            kind: [Kind::Epistemic, Kind::Safety, Kind::Unknown][row as usize % 3],
            should_abstain: [None, Some(true), Some(false)][row as usize / 2 % 3],
            abstained: [
                Abstained::No,
                Abstained::No,
                Abstained::Partial,
                Abstained::Full,
            ][row as usize % 4],
            human: (row % 5 == 0).then_some(Abstained::Full),
            confidence: Confidence::new(f64::from(row % 7) / 7.0),
            credit: [Some(1.0), Some(0.0), Some(0.25)][row as usize % 3].filter(|_| row % 4 != 3),
            multiclass: (row % 4 < 2).then_some(Multiclass {
                classes: 3,
                square: 0.375,
            }),
            weight: if row % 6 == 5 { 2.5 } else { 1.0 },
            item: (row % 8 != 0).then(|| u64::from(row / 2) << 58),
            task: (row % 7 != 0).then(|| Names::hash(TASKS[row as usize % 2])),
            silent: row == 9,
            trace: beyond(row),
        });
    }
    records
}

#[test]
fn a_state_cut_at_any_byte_is_refused() {
    let bytes = state("log", evidence(&sample())).to_bytes().unwrap();
    for length in 0..bytes.len() {
        let error = State::from_bytes(&bytes[..length]).unwrap_err();
        assert_eq!(error.code.id, "E302", "{length}");
    }
    let longer = [&bytes[..], b"x"].concat();
    assert_eq!(State::from_bytes(&longer).unwrap_err().code.id, "E304");
    for length in [1, 5, 6, 8, 20, bytes.len() / 2] {
        let cut = audit(["-"]).stdin(&bytes[..length]).run();
        assert_eq!(cut.status, Some(3), "{cut:?}");
        assert!(cut.stderr.contains("E302"), "{cut:?}");
    }
}

#[test]
fn a_bit_flipped_anywhere_is_seen() {
    let bytes = state("log", evidence(&sample())).to_bytes().unwrap();
    for at in 0..bytes.len() {
        for bit in [0, 3, 7] {
            let mut damaged = bytes.clone();
            damaged[at] ^= 1 << bit;
            let error = State::from_bytes(&damaged).unwrap_err();
            let expected = ["E301", "E302", "E304"].contains(&error.code.id);
            assert!(expected, "byte {at}: {error}");
        }
    }
}

/// Makes every report that a state can give.
fn report_on(state: &State) {
    let settings = Settings {
        resamples: Resamples::Fixed(20),
        ..Settings::default()
    };
    let budget = Budget::of(&state.groups, &settings);
    let groups = state.groups.iter().map(|(_, evidence)| evidence);
    for evidence in [state.groups.all()].into_iter().chain(groups) {
        let group = group(Default::default(), evidence, &settings, budget);
        for (id, metric) in &group.metrics {
            assert!(metric.value.is_none_or(f64::is_finite), "{id}");
        }
    }
}

#[test]
fn a_content_changed_under_a_right_checksum_is_refused_or_harmless() {
    let whole = state("log", evidence(&sample()));
    let content = plain(&whole.to_bytes().unwrap());
    let (mut refused, mut harmless) = (0, 0);
    for at in 0..content.len() {
        for change in [1, 0x80, 0xff, 0x10] {
            let mut changed = content.clone();
            changed[at] ^= change;
            match State::from_bytes(&packed(&changed, VERSION, changed.len() as u64)) {
                Err(error) => {
                    assert_eq!(error.code.id, "E304", "byte {at}");
                    refused += 1;
                }
                Ok(state) => {
                    assert_ne!(state, whole, "byte {at}");
                    // Where only words were changed, the figures are those of before.
                    if state.groups != whole.groups && harmless % 9 == 0 {
                        report_on(&state);
                    }
                    harmless += 1;
                }
            }
        }
    }
    assert!(
        refused > harmless && harmless > 0,
        "{refused} refused, {harmless} harmless"
    );
}

#[test]
fn newer_mangled_and_swollen_states_are_named_as_such() {
    let bytes = state("log", evidence(&sample())).to_bytes().unwrap();
    let content = plain(&bytes);
    let code = |bytes: &[u8]| State::from_bytes(bytes).unwrap_err().code.id;
    let size = content.len() as u64;
    assert_eq!(code(&packed(&content, VERSION + 1, size)), "E303");
    assert_eq!(code(&packed(&content, 0, size)), "E303");
    assert_eq!(code(&packed(&content, 1, size)), "E304");
    assert_eq!(code(&packed(&content, VERSION, size + 1)), "E304");
    assert_eq!(code(&packed(&content, VERSION, size - 1)), "E304");
    assert_eq!(code(&packed(&content, VERSION, u64::MAX)), "E307");
    let zeros = vec![0; 100 << 20];
    assert_eq!(code(&packed(&zeros, VERSION, zeros.len() as u64)), "E307");
    assert_eq!(code(&packed(&zeros, VERSION, 1000)), "E304");
    let trailing = [&content[..], &[0]].concat();
    assert_eq!(code(&packed(&trailing, VERSION, size + 1)), "E304");
    let unix: Vec<u8> = [b"\x89calib\n", &bytes[STATE_MAGIC.len()..]].concat();
    let output = audit(["-"]).stdin(unix).run();
    assert_eq!(output.status, Some(3), "{output:?}");
    assert!(output.stderr.contains("E301"), "{output:?}");
}

#[test]
fn many_clusters_survive_folded() {
    let hash = |row: u64| xxh3_64(&row.to_le_bytes());
    let rows: Vec<_> = (0..70_000)
        .map(|row| Record {
            item: Some(hash(row)),
            ..sample()[(row % 24) as usize]
        })
        .collect();
    let whole = state("log", evidence(&rows));
    assert!(whole.groups.all().items().is_folded());
    let bytes = whole.to_bytes().unwrap();
    assert_eq!(State::from_bytes(&bytes).unwrap(), whole);
    let (front, back) = rows.split_at(30_000);
    let parts = [front, back].map(|rows| state("log", evidence(rows)));
    let mut sum = State::merged(parts.to_vec()).unwrap();
    sum.inputs = whole.inputs.clone();
    assert_eq!(sum.to_bytes().unwrap(), bytes);
}

proptest! {
    #[test]
    fn states_survive_their_file_and_add_up_like_their_rows(a in records(60), b in records(60)) {
        let [x, y] = [("a", &a), ("b", &b)].map(|(path, rows)| {
            let mut groups = Groups::default();
            for record in rows {
                let key = [format!("{:?}", record.kind)];
                groups.add(Some(&key), record).unwrap();
            }
            state(path, groups)
        });
        for part in [&x, &y] {
            prop_assert_eq!(&State::from_bytes(&part.to_bytes().unwrap()).unwrap(), part);
        }
        let mut groups = x.groups.clone();
        groups.merge(y.groups.clone()).unwrap();
        let sum = State::merged(vec![y.clone(), x.clone()]).unwrap();
        prop_assert_eq!(&sum.groups, &groups);
        prop_assert_eq!(sum.to_bytes().unwrap(), State::merged(vec![x, y]).unwrap().to_bytes().unwrap());
    }
}

// The first version of the format stays readable.

#[test]
fn the_first_version_gives_the_figures_of_its_log() {
    let folder = root().join("fixtures/states");
    let flags = ["-f", "json", "--by", "task"];
    let log = done(&folder, &[&["audit", "v1=v1.jsonl"][..], &flags].concat());
    let kept = done(&folder, &[&["audit", "v1.calib"][..], &flags].concat());
    let (log, kept) = (log.json(), kept.json());
    // What it did not keep is said, and nothing else differs.
    let warnings = kept["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|one| one["code"] == "W124"), "{kept}");
    for (ours, theirs) in groups_of(&log).zip(groups_of(&kept)) {
        for part in ["by", "metrics", "reliability", "abstention", "verdict"] {
            assert_eq!(ours[part], theirs[part]);
        }
    }
    assert_eq!(groups_of(&log).count(), groups_of(&kept).count());
    let bytes = fs::read(folder.join("v1.calib")).unwrap();
    let state = State::from_bytes(&bytes).unwrap();
    assert_eq!(state.inputs[0].path, "v1.jsonl");
    assert_eq!(state.groups.all().rows(), 40);
}

#[test]
fn the_second_version_gives_the_report_of_its_log_and_says_what_it_lacks() {
    let folder = root().join("fixtures/states");
    let flags = ["-f", "json", "--by", "task"];
    let log = done(&folder, &[&["audit", "v2=v2.jsonl"][..], &flags].concat());
    let kept = done(&folder, &[&["audit", "v2.calib"][..], &flags].concat());
    assert_eq!(older(log), older(kept));
    let bytes = fs::read(folder.join("v2.calib")).unwrap();
    let state = State::from_bytes(&bytes).unwrap();
    assert_eq!(state.groups.all().panel().seen(), 27);
    assert!(state.groups.all().labelled().single().is_none());
    let model = tempfile::tempdir().unwrap();
    let model = model.path().join("model.json");
    let fit = [
        "fit",
        "v2.calib",
        "-o",
        model.to_str().unwrap(),
        "--target-over-answer",
        "0.2",
    ];
    let refused = run(&folder, &fit);
    assert_eq!(refused.status, Some(3), "{refused:?}");
    assert!(refused.stderr.contains("older calib"), "{refused:?}");
}

#[test]
fn the_third_version_gives_the_report_of_its_log_and_is_written_as_it_was() {
    let folder = root().join("fixtures/states");
    let flags = ["-f", "json", "--by", "task"];
    let log = done(&folder, &[&["audit", "v3=v3.jsonl"][..], &flags].concat());
    let kept = done(&folder, &[&["audit", "v3.calib"][..], &flags].concat());
    assert_eq!(older(log), older(kept));
    let bytes = fs::read(folder.join("v3.calib")).unwrap();
    let state = State::from_bytes(&bytes).unwrap();
    let labelled = state.groups.all().labelled();
    assert_eq!(
        (labelled.kept().rows(), labelled.single()),
        (40, Some(&BTreeMap::new()))
    );
    assert_eq!(state.to_bytes().unwrap(), bytes);
}
