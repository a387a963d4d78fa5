//! Models between the command that writes them and those that read them: each is whole, and fits what it is used on.

use std::fs;
use std::path::PathBuf;

use calib::recalibrate::Model;
use serde_json::{Value, json};

use crate::common::{Calib, Output, calib, root};

/// A directory of its own.
struct Place(tempfile::TempDir);

impl Place {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        fs::write(self.path(name), bytes).unwrap();
        self
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn calib(&self, args: &[&str]) -> Calib {
        calib().within(self.0.path()).args(args.iter().copied())
    }

    fn run(&self, args: &[&str]) -> Output {
        self.calib(args).run()
    }

    /// What is said on standard error when the command ends like this.
    fn refused(&self, args: &[&str], status: i32) -> String {
        let output = self.run(args);
        assert_eq!(output.status, Some(status), "{args:?}: {output:?}");
        output.stderr
    }
}

fn demo() -> Place {
    let place = Place::new();
    place.write(
        "demo.jsonl",
        fs::read(root().join("fixtures/demo.jsonl")).unwrap(),
    );
    place
}

#[test]
fn what_fit_writes_of_two_rows_is_read_again() {
    let place = Place::new();
    place.write(
        "r1.jsonl",
        "{\"id\":1,\"confidence\":0,\"correct\":false}\n{\"id\":2,\"confidence\":0.5,\"correct\":true}\n",
    );
    let output = place.run(&["fit", "r1.jsonl", "-o", "r1.json", "-q"]);
    assert_eq!(output.status, Some(0), "{output:?}");
    let output = place.run(&["apply", "r1.json", "r1.jsonl"]);
    assert_eq!(output.status, Some(0), "{output:?}");
}

#[test]
fn rows_chosen_otherwise_than_for_the_fit_are_told() {
    let place = demo();
    let fit = [
        "fit",
        "demo.jsonl",
        "-o",
        "m.json",
        "-q",
        "--where",
        "task=law",
    ];
    assert_eq!(place.run(&fit).status, Some(0));
    let said = place.run(&["apply", "m.json", "demo.jsonl"]).stderr;
    assert!(said.contains("W153"), "{said}");
    let same = ["apply", "m.json", "demo.jsonl", "--where", "task=law"];
    let said = place.run(&same).stderr;
    assert!(!said.contains("W153"), "{said}");
    let audit = ["audit", "demo.jsonl", "--with", "m.json", "-f", "json"];
    let report = place.run(&audit).json();
    let warnings = report["warnings"].as_array().unwrap();
    assert!(warnings.iter().any(|one| one["code"] == "W153"));
}

#[test]
fn partial_refusals_are_read_as_for_the_fit() {
    let place = demo();
    let fit = [
        "fit",
        "demo.jsonl",
        "-o",
        "m.json",
        "-q",
        "--partial",
        "answer",
    ];
    assert_eq!(place.run(&fit).status, Some(0));
    let said = place.refused(&["apply", "m.json", "demo.jsonl"], 3);
    assert!(said.contains("E334"), "{said}");
    assert!(said.contains("pass --partial answer"), "{said}");
    let said = place.refused(&["audit", "demo.jsonl", "--with", "m.json"], 3);
    assert!(said.contains("E334"), "{said}");
    let same = ["apply", "m.json", "demo.jsonl", "--partial", "answer", "-q"];
    assert_eq!(place.run(&same).status, Some(0));
    let explained = |model: &str| place.run(&["explain", model]).report();
    let page = explained("m.json");
    assert!(
        page.contains("partial refusals counted as answers"),
        "{page}"
    );
    // A model of before it was recorded.
    let mut model: Value = serde_json::from_str(&place.read("m.json")).unwrap();
    let definition = model["definition"].as_object_mut().unwrap();
    assert_eq!(definition.remove("partial"), Some(json!("answer")));
    place.write("old.json", model.to_string());
    let old = ["apply", "old.json", "demo.jsonl", "-q"];
    assert_eq!(place.run(&old).status, Some(0));
    assert!(!explained("old.json").contains("partial refusals"));
}

/// Changes to a sound model.
type Edits = Vec<(&'static str, Value)>;

/// What is said of a model in which these places, as JSON pointers, hold other values.
fn contradicted(edits: &Edits) -> String {
    let text = include_str!("../fixtures/model.json");
    let mut model: Value = serde_json::from_str(text).unwrap();
    assert!(Model::parse(&model.to_string(), "m.json").is_ok());
    for (place, value) in edits {
        *model.pointer_mut(place).unwrap() = value.clone();
    }
    let error = Model::parse(&model.to_string(), "m.json").unwrap_err();
    assert_eq!(error.code.id, "E333");
    error.detail.clone()
}

#[test]
fn parts_that_contradict_each_other_are_refused() {
    let group = |guarantee: Value| {
        let text = include_str!("../fixtures/model.json");
        let mut groups = serde_json::from_str::<Value>(text).unwrap()["groups"].clone();
        groups[0]["threshold"] = json!(0.7);
        groups[0]["guarantee"] = guarantee;
        groups
    };
    let own = |risk: f64| json!({"kind": "risk", "rows": 9, "risk": risk, "confidence": 0.95, "bound": 0.04});
    let cases: Vec<Edits> = vec![
        vec![("/guarantee/bound", json!(0.06))],
        vec![("/guarantee/reason", json!("too few answers"))],
        vec![("/guarantee/risk", Value::Null)],
        vec![("/guarantee/kind", json!("cost"))],
        vec![("/guarantee/kind", json!("over_answer"))],
        vec![("/guarantee/bound", Value::Null)],
        vec![("/guarantee", Value::Null)],
        vec![
            ("/method", json!("platt")),
            ("/params", json!({"a": 1.0, "b": 0.0})),
            ("/clip", json!(1e-12)),
        ],
        vec![("/groups", json!([]))],
        vec![("/by", json!([])), ("/definition/by", json!([]))],
        vec![("/definition/by", json!(["model"]))],
        vec![("/groups", group(own(0.05)))],
        vec![("/threshold", Value::Null), ("/groups", group(own(0.1)))],
        vec![
            ("/threshold", Value::Null),
            ("/guarantee", Value::Null),
            ("/groups", group(own(0.05))),
        ],
    ];
    let said: Vec<_> = cases.iter().map(contradicted).collect();
    insta::assert_snapshot!(said.join("\n"));
}

#[test]
fn two_values_for_one_cell_are_refused() {
    let place = demo();
    let fit = [
        "fit",
        "demo.jsonl",
        "-o",
        "m.json",
        "-q",
        "--method",
        "identity",
    ];
    assert_eq!(place.run(&fit).status, Some(0));
    let log = "{\"confidence\":0.5,\"correct\":true,\"a.b\":1}\n{\"confidence\":0.5,\"correct\":true,\"a.b\":1,\"a\":{\"b\":2}}\n";
    place.write("log.jsonl", log);
    let said = place.refused(&["apply", "m.json", "log.jsonl", "-o", "out.csv"], 3);
    assert!(said.contains("E335"), "{said}");
    let detail = "row 2 has two values for the column `a.b`";
    assert!(said.contains(detail), "{said}");
    assert!(!place.path("out.csv").exists());
    let lines = ["apply", "m.json", "log.jsonl", "-o", "out.jsonl", "-q"];
    assert_eq!(place.run(&lines).status, Some(0));
    assert!(
        place
            .read("out.jsonl")
            .contains("\"a.b\":1,\"a\":{\"b\":2}")
    );
}

#[test]
fn names_of_groups_stay_on_their_line() {
    let place = Place::new();
    let names = ["\u{1b}[31mred", "x\nFAKE LINE"];
    let rows = (0..400).map(|row| {
        let g = names[row % 2];
        let answer = json!({"id": row, "g": g, "confidence": 0.9, "correct": row % 10 != 0});
        format!("{answer}\n")
    });
    place.write("log.jsonl", rows.collect::<String>());
    let fit = [
        "fit",
        "log.jsonl",
        "-o",
        "m.json",
        "--by",
        "g",
        "--target-risk",
        "0.3",
    ];
    let page = place.run(&fit).report();
    assert!(page.contains("[31mred"), "{page}");
    assert!(!page.contains('\u{1b}'), "{page}");
    assert!(
        !page
            .lines()
            .any(|line| line.trim_start().starts_with("FAKE")),
        "{page}"
    );
}

#[test]
fn groups_of_what_is_not_known_yet_are_refused() {
    let place = demo();
    for field in ["correct", "confidence", "abstained", "should_abstain"] {
        let said = place.refused(&["fit", "demo.jsonl", "-o", "m.json", "--by", field], 2);
        let detail = format!("--by {field} parts the rows by {field}, which is not known");
        assert!(said.contains(&detail), "{said}");
    }
    assert!(!place.path("m.json").exists());
}

#[test]
fn flags_without_a_meaning_for_a_fit_are_refused() {
    let place = demo();
    let idle: [&[&str]; 6] = [
        &["--cost-abstain", "1", "--target-risk", "0.1"],
        &["--compat", "hle"],
        &["--judge-sens", "0.9", "--judge-spec", "0.9"],
        &["--rates", "wilson"],
        &["--resamples", "100"],
        &["--binning", "equal-mass"],
    ];
    for flags in idle {
        let fit = ["fit", "demo.jsonl", "-o", "m.json"];
        let said = place.refused(&[&fit, flags].concat(), 2);
        assert!(said.contains(flags[0]), "{said}");
    }
    // The flags of a file are for all commands.
    place.write(
        "calib.toml",
        "version = 1\n[metrics]\nrates = \"clopper-pearson\"\n",
    );
    let fit = ["fit", "demo.jsonl", "-o", "m.json"];
    assert_eq!(place.run(&fit).status, Some(0));
}

#[test]
fn a_model_replaces_no_flags_and_joins_no_log() {
    let place = demo();
    place.write("c.toml", "version = 1\n[metrics]\nlevel = 0.9\n");
    let fit = ["fit", "demo.jsonl", "--config", "c.toml", "-o", "c.toml"];
    let said = place.refused(&fit, 2);
    assert!(
        said.contains("would overwrite the configuration file"),
        "{said}"
    );
    assert_eq!(
        place.read("c.toml"),
        "version = 1\n[metrics]\nlevel = 0.9\n"
    );
    fs::create_dir_all(place.path("logs/deep")).unwrap();
    fs::copy(place.path("demo.jsonl"), place.path("logs/a.jsonl")).unwrap();
    for inside in ["logs/m.json", "logs/deep/m.json"] {
        let said = place.refused(&["fit", "x=logs", "-o", inside], 2);
        assert!(said.contains("would become a part of the log"), "{said}");
    }
    assert_eq!(place.run(&["fit", "logs", "-o", "m.json"]).status, Some(0));
    let said = place.refused(&["apply", "m.json", "logs", "-o", "logs/b.jsonl"], 2);
    assert!(said.contains("would become a part of the log"), "{said}");
}

/// A process that reads standard input, and what it leaves in its folder for temporary files when it is killed.
#[cfg(target_os = "linux")]
#[test]
fn a_killed_process_leaves_no_copy_of_the_log() {
    use std::io::Write as _;
    use std::process::{Command, Stdio};
    let place = demo();
    assert_eq!(
        place.run(&["fit", "demo.jsonl", "-o", "m.json"]).status,
        Some(0)
    );
    fs::create_dir(place.path("tmp")).unwrap();
    let mut process = Command::new(env!("CARGO_BIN_EXE_calib"))
        .current_dir(place.path("."))
        .env("TMPDIR", place.path("tmp"))
        .args(["apply", "m.json", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut stdin = process.stdin.take().unwrap();
    // More than a pipe holds: when it is written, the process has begun its copy.
    let row = "{\"confidence\":0.5,\"correct\":true}\n";
    stdin.write_all(row.repeat(10_000).as_bytes()).unwrap();
    process.kill().unwrap();
    process.wait().unwrap();
    assert_eq!(fs::read_dir(place.path("tmp")).unwrap().count(), 0);
}

#[test]
fn a_log_in_the_place_of_a_model_is_told_so() {
    let place = demo();
    let fit = ["fit", "demo.jsonl", "-o", "m.json", "-q"];
    assert_eq!(place.run(&fit).status, Some(0));
    for args in [
        &["apply", "demo.jsonl", "m.json"][..],
        &["audit", "demo.jsonl", "--with", "demo.jsonl"],
        &["explain", "demo.jsonl"],
    ] {
        let said = place.refused(args, 3);
        assert!(said.contains("E331"), "{said}");
        assert!(said.contains("calib apply MODEL.json LOG"), "{said}");
    }
}

#[test]
fn a_fit_says_what_its_answers_lack() {
    let place = demo();
    let way = |name: &str, rows: &str, way: &str| {
        place.write(name, rows.repeat(4));
        let said = place.refused(&["fit", name, "-o", "m.json"], 3);
        assert!(said.contains("E409"), "{said}");
        assert!(said.contains(way), "{said}");
        assert!(!said.contains("repeated prompts"), "{said}");
    };
    way("a.jsonl", "{\"correct\": 1}\n", "--extract confidence=");
    let weightless = "{\"correct\": 1, \"confidence\": 0.5, \"weight\": 0}\n";
    way("b.jsonl", weightless, "--map weight=");
    let ungraded = "{\"should_abstain\": false, \"abstained\": false, \"confidence\": 0.5}\n";
    way("c.jsonl", ungraded, "--map correct=");
}
