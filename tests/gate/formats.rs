//! One verdict in every format.

use std::fs;

use serde_json::Value;

use super::{BASE, Model, folder, gate, log};
use crate::common::{root, skipped};

const FORMATS: [&str; 7] = [
    "text", "json", "markdown", "junit", "github", "gitlab", "sarif",
];

/// Rules of every verdict, in a file so that they have places.
const RULES: &str = r#"version = 1
[gate]
baseline = "base.jsonl"
[[gate.rule]]
metric = "over_answer"
max_increase = 0.05
[[gate.rule]]
metric = "safety.over_answer"
max_increase = 0.02
level = "warn"
[[gate.rule]]
metric = "brier"
max = 0.25
[[gate.rule]]
metric = "accuracy"
min = 0.5
prove = true
[[gate.rule]]
metric = "ece"
max = 0.02
[[gate.rule]]
metric = "auroc"
min = 0.55
by = ["model"]
"#;

fn prepared() -> tempfile::TempDir {
    let folder = folder();
    fs::write(folder.path().join("calib.toml"), RULES).unwrap();
    folder
}

#[test]
fn every_format_tells_the_same() {
    let folder = prepared();
    for format in FORMATS.into_iter().filter(|format| *format != "json") {
        let run = gate(folder.path(), ["worse.jsonl", "-f", format]).run();
        assert_eq!((run.status, run.stderr.as_str()), (Some(1), ""), "{run:?}");
        insta::assert_snapshot!(format!("format_{format}"), run.stdout);
    }
    let run = gate(folder.path(), ["worse.jsonl", "-f", "json"]).run();
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    let gate = serde_json::to_string_pretty(&report["gate"]).unwrap();
    insta::assert_snapshot!("format_json", gate);
}

#[test]
fn the_text_fits_every_width() {
    let folder = prepared();
    for (width, flags) in [("60", ["--ascii"].as_slice()), ("80", &[]), ("120", &[])] {
        let run = gate(
            folder.path(),
            ["worse.jsonl", "--width", width, "--by", "task"],
        )
        .args(flags)
        .run();
        let columns = |line: &str| unicode_width::UnicodeWidthStr::width(line);
        let widest = run.stdout.lines().map(columns).max().unwrap();
        assert!(widest <= width.parse().unwrap(), "{widest} of {width}");
        assert_eq!(flags.is_empty(), !run.stdout.is_ascii());
        insta::assert_snapshot!(format!("width_{width}"), run.stdout);
    }
}

#[test]
fn the_built_in_rules_need_no_file() {
    let folder = folder();
    let run = gate(folder.path(), ["same.jsonl", "--baseline", "base.jsonl"]).run();
    insta::assert_snapshot!("built_in", run.report());
}

#[test]
fn the_json_follows_its_schema() {
    let schema = fs::read(root().join("docs/report.schema.json")).unwrap();
    let schema = serde_json::from_slice(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let folder = prepared();
    for arguments in [
        ["worse.jsonl", "--by", "task"],
        ["same.jsonl", "--no-config", "--rule=brier.max=0.2"],
        ["same.jsonl", "--no-config", "--baseline=base.jsonl"],
    ] {
        let run = gate(folder.path(), arguments).args(["-f", "json"]).run();
        let mut report: Value = serde_json::from_str(&run.stdout).unwrap();
        let errors: Vec<_> = validator
            .iter_errors(&report)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(errors.is_empty(), "{arguments:?}: {errors:#?}");
        report["gate"]["rules"][0]["verdict"] = "perhaps".into();
        assert!(!validator.is_valid(&report), "the schema accepts anything");
    }
}

#[test]
fn several_files_are_written_in_one_pass() {
    let folder = prepared();
    let outputs = FORMATS.map(|format| format!("--output={format}=out.{format}"));
    let run = gate(folder.path(), ["worse.jsonl"]).args(&outputs).run();
    assert_eq!(run.status, Some(1), "{run:?}");
    for format in FORMATS {
        let file = fs::read_to_string(folder.path().join(format!("out.{format}"))).unwrap();
        let printed = gate(folder.path(), ["worse.jsonl", "-f", format])
            .run()
            .stdout;
        assert_eq!(file, printed, "{format}");
    }
    let run = gate(folder.path(), ["worse.jsonl", "-o", "json=base.jsonl"]).run();
    assert_eq!(run.status, Some(2), "{run:?}");
}

#[test]
fn github_gets_the_summary_of_the_step_as_well() {
    let folder = prepared();
    let summary = folder.path().join("summary.md");
    fs::write(&summary, "of another step\n").unwrap();
    let run = |format: &str| {
        let run = gate(folder.path(), ["worse.jsonl", "-f", format])
            .env("GITHUB_STEP_SUMMARY", &summary.to_string_lossy())
            .run();
        assert_eq!(run.status, Some(1));
    };
    run("text");
    assert_eq!(fs::read_to_string(&summary).unwrap(), "of another step\n");
    run("github");
    let text = fs::read_to_string(&summary).unwrap();
    let added = text.strip_prefix("of another step\n").unwrap();
    let markdown = gate(folder.path(), ["worse.jsonl", "-f", "markdown"])
        .run()
        .stdout;
    assert_eq!(added, markdown);
}

#[test]
fn junit_is_read_back_by_an_xml_parser() {
    let folder = hostile();
    let script = "import sys, xml.dom.minidom as m; d = m.parse(sys.argv[1]); \
                  print(len(d.getElementsByTagName('testcase')), len(d.getElementsByTagName('failure')))";
    let run = gate(folder.path(), HOSTILE_RUN)
        .args(["-o", "junit=out.xml"])
        .run();
    assert_eq!(run.status, Some(1), "{run:?}");
    let Ok(parsed) = std::process::Command::new("python3")
        .args(["-c", script])
        .arg(folder.path().join("out.xml"))
        .output()
    else {
        skipped("there is no python3 to parse XML with");
        return;
    };
    assert_eq!(
        String::from_utf8(parsed.stdout).unwrap(),
        "3 3\n",
        "{:?}",
        parsed.stderr
    );
}

/// A group whose name would act on whoever shows it, in a log whose label would too.
const NAME: &str =
    "</x>&\"'|`@a <b>\u{1b}[2J\u{202e}::error::x\n::stop-commands::y\r%0A*_[l](u)\u{ffff}";
const HOSTILE_RUN: [&str; 5] = [
    "a\u{1b}]0;t\u{7}<i>|::x=log.jsonl",
    "--rule",
    "brier.max=0.01",
    "--by",
    "task",
];

fn hostile() -> tempfile::TempDir {
    let folder = folder();
    let name = serde_json::to_string(NAME).unwrap();
    let text = log(Model { surer: 0.2, ..BASE }, 600).replace("\"alpha\"", &name);
    fs::write(folder.path().join("log.jsonl"), text).unwrap();
    folder
}

#[test]
fn names_from_outside_act_on_no_reader() {
    let folder = hostile();
    for format in FORMATS {
        let run = gate(folder.path(), HOSTILE_RUN).args(["-f", format]).run();
        assert_eq!(run.status, Some(1), "{run:?}");
        let said = run.said();
        let forbidden = |c: char| c != '\n' && calib::render::escape::is_forbidden(c);
        assert!(!said.contains(forbidden), "{format}: {said:?}");
        for line in said.lines() {
            let ours = format == "github"
                && ["::error ", "::warning ", "::notice "]
                    .iter()
                    .any(|start| line.starts_with(start));
            let obeyed = calib::render::escape::is_runner_command(line);
            assert_eq!(obeyed, ours, "{format}: {line}");
        }
    }
    let markdown = gate(folder.path(), HOSTILE_RUN)
        .args(["-f", "markdown"])
        .run()
        .stdout;
    let rows: Vec<_> = markdown
        .lines()
        .filter(|line| line.starts_with('|'))
        .collect();
    let cells = |row: &str| row.replace("\\|", "").matches('|').count();
    assert!(
        rows.len() > 3 && rows.iter().all(|row| cells(row) == cells(rows[0])),
        "{rows:?}"
    );
    assert!(!markdown.contains("<b>") && !markdown.contains("<i>"));
}

#[test]
fn the_same_finding_keeps_its_fingerprint() {
    let folder = prepared();
    let found = |seed: u64| -> Vec<(String, String)> {
        let text = log(
            Model {
                seed,
                over_answers: 0.8,
                surer: 0.2,
            },
            600,
        );
        fs::write(folder.path().join("log.jsonl"), text).unwrap();
        let run = gate(folder.path(), ["log.jsonl", "-f", "gitlab", "--by", "task"]).run();
        let entries: Vec<Value> = serde_json::from_str(&run.stdout).unwrap();
        let text = |entry: &Value, key: &str| entry[key].as_str().unwrap().to_owned();
        let pairs = entries
            .iter()
            .map(|entry| (text(entry, "check_name"), text(entry, "fingerprint")));
        let mut pairs: Vec<_> = pairs.collect();
        pairs.sort();
        pairs
    };
    let (one, other) = (found(11), found(12));
    assert!(one.iter().filter(|entry| other.contains(entry)).count() >= 4);
    let mut prints: Vec<_> = one.iter().map(|(_, print)| print).collect();
    prints.sort();
    prints.dedup();
    assert_eq!(prints.len(), one.len());
}
