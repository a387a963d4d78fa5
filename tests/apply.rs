//! `calib apply`, and what reads its models: the same rows in the same order, with recalibrated confidences.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use calib::recalibrate::{CALIBRATORS, Curve, Fitting, Graded, Model};
use calib::record::Confidence;
use parquet::file::reader::{FileReader as _, SerializedFileReader};
use serde_json::{Value, json};

use crate::common::{Calib, Output, calib, root, skipped};

/// A model of this curve on unit confidences, changed by `edit`.
fn model(method: &str, params: &Value, edit: impl Fn(&mut Value)) -> Value {
    let text = include_str!("../fixtures/model.json");
    let mut model: Value = serde_json::from_str(text).unwrap();
    let curve = Curve::parse(method, params.clone()).unwrap();
    model["method"] = json!(method);
    model["params"] = params.clone();
    model["clip"] = json!(curve.clip());
    model["by"] = json!([]);
    model["groups"] = json!([]);
    model["threshold"] = Value::Null;
    model["guarantee"] = Value::Null;
    model["definition"]["by"] = json!([]);
    edit(&mut model);
    model["definition"]["by"] = model["by"].clone();
    model
}

fn temperature(edit: impl Fn(&mut Value)) -> Value {
    model("temperature", &json!({"T": 2.0}), edit)
}

/// A directory with a model and a log.
struct Place {
    folder: tempfile::TempDir,
}

impl Place {
    fn with(model: &Value) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("model.json"), model.to_string()).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> &Self {
        fs::write(self.path(name), bytes).unwrap();
        self
    }

    fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap()
    }

    fn calib<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Calib {
        calib().within(self.folder.path()).args(args)
    }

    fn apply<'a>(&self, args: impl IntoIterator<Item = &'a str>) -> Output {
        self.calib(["apply", "model.json"]).args(args).run()
    }

    /// The rows of a table as another reader has them.
    fn table(&self, name: &str) -> String {
        let file = fs::File::open(self.path(name)).unwrap();
        let reader = SerializedFileReader::new(file).unwrap();
        let rows = reader.get_row_iter(None).unwrap();
        rows.map(|row| format!("{}\n", row.unwrap())).collect()
    }

    /// Names in the directory.
    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.folder.path()).unwrap();
        let mut names: Vec<_> = entries
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        names
    }
}

fn rows(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// `logistic(logit(p) / 2)`.
fn halved(p: f64) -> f64 {
    let curve = Curve::parse("temperature", json!({"T": 2.0})).unwrap();
    curve.apply(Confidence::new(p).unwrap()).get()
}

#[test]
fn rows_keep_every_byte_but_the_confidence() {
    let place = Place::with(&temperature(|_| ()));
    let log = "{\"id\":  \"a\", \"confidence\": 0.90,\"correct\": true, \"x\": 1.0e+2, \"u\": \"\\u00e9\"}\r\n\n{\"correct\": 0, \"id\": 12345678901234567890}\n{\"confidence\": null, \"correct\": 1}\n";
    place.write("log.jsonl", log);
    let output = place.apply(["log.jsonl"]);
    assert_eq!(output.status, Some(0), "{output:?}");
    let expected = format!(
        "{{\"id\":  \"a\", \"confidence\": {},\"correct\": true, \"x\": 1.0e+2, \"u\": \"\\u00e9\", \"confidence_raw\": 0.90}}\n{{\"correct\": 0, \"id\": 12345678901234567890, \"confidence\": null, \"confidence_raw\": null}}\n{{\"confidence\": null, \"correct\": 1, \"confidence_raw\": null}}\n",
        halved(0.9)
    );
    assert_eq!(output.stdout, expected);
    insta::assert_snapshot!(output.stderr, @r"
    warning[W111]: 1 blank line holds no row
    rows read 3 = 3 written + 0 skipped
    1 confidences recalibrated (temperature), 2 rows without one
    ");
}

#[test]
fn an_identity_changes_no_bit_and_an_audit_no_figure() {
    let place = Place::with(&model("identity", &json!({}), |_| ()));
    let demo = fs::read_to_string(root().join("fixtures/demo.jsonl")).unwrap();
    place.write("demo.jsonl", &demo);
    let output = place.apply(["demo.jsonl", "-o", "out.jsonl"]);
    assert_eq!(output.status, Some(0), "{output:?}");
    let (before, after) = (rows(&demo), rows(&place.read("out.jsonl")));
    assert_eq!(before.len(), after.len());
    for (one, two) in before.iter().zip(&after) {
        let bits = |row: &Value| row["confidence"].as_f64().map(f64::to_bits);
        assert_eq!(bits(one), bits(two));
        assert_eq!(one["id"], two["id"]);
    }
    let report = |log: &str| {
        let label = format!("log={log}");
        let mut report = place.calib(["audit", &label, "-f", "json"]).run().json();
        report.as_object_mut().unwrap().remove("inputs");
        report
    };
    assert_eq!(report("demo.jsonl"), report("out.jsonl"));
}

/// The same rows in every format: what is written of them says the same.
#[test]
fn every_format_goes_in_and_out() {
    let place = Place::with(&temperature(|model| {
        model["threshold"] = json!(0.6);
        model["guarantee"] =
            json!({"kind": "cost", "rows": 9, "cost_wrong": 1.5, "cost_abstain": 0.0});
    }));
    let lines: Vec<String> = (0..300)
        .map(|row| {
            format!(
                "{{\"id\": \"q{row}\", \"confidence\": {}, \"correct\": {}, \"note\": \"a,\\\"b\\\"\\n{row}\", \"judge\": {{\"n\": {row}, \"tags\": [\"x\", \"y\"]}}}}",
                f64::from(row) / 300.0,
                row % 3 > 0
            )
        })
        .collect();
    place.write("log.jsonl", lines.join("\n") + "\n");
    place.write("log.json", format!("[\n  {}\n]\n", lines.join(",\n  ")));
    let first = place.apply(["log.jsonl", "-o", "out.jsonl"]);
    assert_eq!(first.status, Some(0), "{first:?}");
    let mut written = vec!["log.json".to_owned(), "log.jsonl".to_owned()];
    for name in [
        "out.csv",
        "out.tsv",
        "out.csv.gz",
        "out.jsonl.gz",
        "out.jsonl.zst",
        "out.parquet",
    ] {
        let output = place.apply(["log.jsonl", "-o", name]);
        assert_eq!(
            (output.status, &output.stderr),
            (Some(0), &first.stderr),
            "{name}"
        );
        written.push(name.to_owned());
    }
    let figures = |log: &str| {
        let mut report = place
            .calib(["audit", &format!("log={log}"), "-f", "json"])
            .run()
            .json();
        report["runs"].take()
    };
    let expected = figures("out.jsonl");
    assert_ne!(expected, figures("log.jsonl"));
    for name in &written[2..] {
        assert_eq!(figures(name), expected, "{name}");
    }
    // From JSON Lines and from a document the same bytes.
    let document = place.apply(["log.json"]);
    assert_eq!(document.stdout, place.read("out.jsonl"));
    // A model of the raw confidences applied to the raw columns of every format: each gives the same rows back.
    for name in ["raw.csv", "raw.parquet", "raw.jsonl.gz"] {
        let identity = Place::with(&model("identity", &json!({}), |_| ()));
        identity.write("log.jsonl", lines.join("\n") + "\n");
        assert_eq!(identity.apply(["log.jsonl", "-o", name]).status, Some(0));
        fs::copy(identity.path(name), place.path(name)).unwrap();
        let refused = place.apply([name]);
        assert_eq!(refused.status, Some(3), "{refused:?}");
        assert!(refused.stderr.contains("E335"), "{refused:?}");
    }
}

#[test]
fn csv_keeps_its_columns_and_their_spelling() {
    let place = Place::with(&temperature(|_| ()));
    place.write(
        "log.csv",
        "id,conf_note,confidence,correct\n007,\"a, b\",85%,True\n8,,0.50,false\n",
    );
    let csv = place.apply(["log.csv", "-o", "out.csv"]);
    assert_eq!(csv.status, Some(0), "{csv:?}");
    assert_eq!(
        place.read("out.csv"),
        format!(
            "id,conf_note,confidence,correct,confidence_raw\n007,\"a, b\",{},True,85%\n8,,0.5,false,0.50\n",
            halved(0.85)
        )
    );
    let lines = place.apply(["log.csv"]);
    assert_eq!(
        lines.stdout,
        format!(
            "{{\"id\": \"007\", \"conf_note\": \"a, b\", \"confidence\": {}, \"correct\": \"True\", \"confidence_raw\": \"85%\"}}\n{{\"id\": 8, \"conf_note\": null, \"confidence\": 0.5, \"correct\": false, \"confidence_raw\": 0.50}}\n",
            halved(0.85)
        )
    );
}

#[test]
fn confidence_from_elsewhere_is_written_as_confidence() {
    let place = Place::with(&temperature(|model| {
        model["definition"]["scale"] = json!("percent");
    }));
    place.write(
        "log.jsonl",
        "{\"judge\": {\"score\": 90}, \"correct\": 1}\n",
    );
    let output = place.apply([
        "log.jsonl",
        "--map",
        "confidence=judge.score",
        "--confidence-scale",
        "percent",
    ]);
    assert_eq!(
        output.stdout,
        format!(
            "{{\"judge\": {{\"score\": 90}}, \"correct\": 1, \"confidence\": {}, \"confidence_raw\": 90}}\n",
            halved(0.9)
        )
    );
    let said = place.apply(["log.jsonl", "--map", "confidence=judge.score"]);
    assert_eq!(said.status, Some(3));
    place.write(
        "text.jsonl",
        "{\"response\": \"Paris. Confidence: 90%\", \"correct\": 1}\n",
    );
    let place2 = Place::with(&temperature(|model| {
        model["definition"]["extracts"] = json!({"confidence": "Confidence: (\\d+%)"});
    }));
    fs::copy(place.path("text.jsonl"), place2.path("text.jsonl")).unwrap();
    let output = place2.apply([
        "text.jsonl",
        "--extract",
        "confidence=Confidence: (\\d+%)@response",
    ]);
    assert_eq!(rows(&output.stdout)[0]["confidence"], json!(halved(0.9)));
    assert_eq!(rows(&output.stdout)[0]["confidence_raw"], json!("90%"));
}

#[test]
fn rows_need_no_grade() {
    let place = Place::with(&temperature(|_| ()));
    place.write("log.jsonl", "{\"confidence\": 0.9}\n{\"id\": 1}\n");
    let output = place.apply(["log.jsonl"]);
    assert_eq!(output.status, Some(0), "{output:?}");
    assert_eq!(rows(&output.stdout)[0]["confidence"], json!(halved(0.9)));
    assert_eq!(rows(&output.stdout)[1]["confidence"], Value::Null);
}

#[test]
fn a_threshold_says_on_every_row_whether_it_abstains() {
    let log = "{\"confidence\": 0.9, \"correct\": 1, \"abstained\": false}\n{\"confidence\": 0.6, \"correct\": 1}\n{\"abstained\": true, \"should_abstain\": true}\n{\"correct\": 1}\n{\"confidence\": 0.99, \"abstained\": \"partial\", \"correct\": 1}\n";
    let abstained = |threshold: Value, args: &[&str]| -> Vec<Value> {
        let place = Place::with(&temperature(|model| {
            let (bound, reason) = match threshold {
                Value::Null => (Value::Null, json!("too few rows")),
                _ => (json!(0.04), Value::Null),
            };
            model["threshold"] = threshold.clone();
            model["guarantee"] =
                json!({"kind": "risk", "rows": 9, "risk": 0.05, "bound": bound, "reason": reason});
        }));
        place.write("log.jsonl", log);
        let output = place.apply(["log.jsonl"].into_iter().chain(args.iter().copied()));
        assert_eq!(output.status, Some(0), "{output:?}");
        let rows = rows(&output.stdout);
        assert_eq!(rows[0]["abstained_raw"], json!(false));
        assert_eq!(rows[4]["abstained_raw"], json!("partial"));
        assert_eq!(rows[1]["abstained_raw"], Value::Null);
        rows.iter().map(|row| row["abstained"].clone()).collect()
    };
    let yes_no = |flags: [bool; 5]| flags.map(Value::from).to_vec();
    assert_eq!(
        abstained(json!(0.6), &[]),
        yes_no([false, true, true, true, true])
    );
    assert_eq!(
        abstained(json!(0.6), &["--partial", "answer"]),
        yes_no([false, true, true, true, false])
    );
    assert_eq!(abstained(Value::Null, &[]), yes_no([true; 5]));
}

#[test]
fn groups_take_their_curves_and_others_that_of_all() {
    let group = |value: &str, t: f64| json!({"by": {"task": value}, "method": "temperature", "params": {"T": t}, "clip": 1e-12, "rows": 9, "shrinkage": 0.0});
    let place = Place::with(&temperature(|model| {
        model["by"] = json!(["task"]);
        model["groups"] = json!([group("a", 1.0), group("b", 4.0)]);
    }));
    place.write(
        "log.jsonl",
        "{\"task\": \"a\", \"confidence\": 0.9}\n{\"task\": \"b\", \"confidence\": 0.9}\n{\"task\": \"c\", \"confidence\": 0.9}\n{\"confidence\": 0.9}\n",
    );
    let output = place.apply(["log.jsonl"]);
    assert_eq!(output.status, Some(0), "{output:?}");
    let got: Vec<f64> = rows(&output.stdout)
        .iter()
        .map(|row| row["confidence"].as_f64().unwrap())
        .collect();
    assert!((got[0] - 0.9).abs() < 1e-12 && (got[1] - halved(halved(0.9))).abs() < 1e-12);
    assert_eq!((got[2], got[3]), (halved(0.9), halved(0.9)));
    assert!(
        output
            .stderr
            .contains("2 rows of groups that the model does not know"),
        "{output:?}"
    );
}

#[test]
fn bad_rows_leave_nothing_written() {
    let place = Place::with(&temperature(|_| ()));
    place.write(
        "log.jsonl",
        "{\"confidence\": 0.9, \"correct\": 1}\n{\"confidence\": 9, \"correct\": 1}\n",
    );
    place.write("out.jsonl", "before\n");
    let output = place.apply(["log.jsonl", "-o", "out.jsonl"]);
    assert_eq!((output.status, output.stdout.as_str()), (Some(3), ""));
    assert!(
        output.stderr.contains("E103") && output.stderr.contains("E411"),
        "{output:?}"
    );
    assert_eq!(place.read("out.jsonl"), "before\n");
    assert_eq!(place.apply(["log.jsonl"]).stdout, "");
    let allowed = place.apply(["log.jsonl", "--max-bad-rows", "1"]);
    assert_eq!(allowed.stdout.lines().count(), 1);
    assert!(
        allowed
            .stderr
            .contains("rows read 2 = 1 written + 1 skipped (out_of_range 1)"),
        "{allowed:?}"
    );
    assert_eq!(place.names(), ["log.jsonl", "model.json", "out.jsonl"]);
}

#[test]
fn what_comes_through_a_pipe_is_read_twice_all_the_same() {
    let place = Place::with(&temperature(|_| ()));
    let log = "{\"confidence\": 0.9, \"correct\": 1}\n{\"confidence\": 0.5, \"correct\": 0}\n";
    place.write("log.jsonl", log);
    let scratch = tempfile::tempdir().unwrap();
    let piped = place
        .calib(["apply", "model.json", "-"])
        .env("TMPDIR", scratch.path().to_str().unwrap())
        .stdin(log)
        .run();
    let named = place.apply(["log.jsonl"]);
    assert_eq!(
        (piped.status, &piped.stdout),
        (Some(0), &named.stdout),
        "{piped:?}"
    );
    assert_eq!(
        fs::read_dir(scratch.path()).unwrap().count(),
        0,
        "the copy stays"
    );
    let bad = place
        .calib(["apply", "model.json", "-"])
        .stdin("{\"confidence\": 7}\n")
        .run();
    assert_eq!((bad.status, bad.stdout.as_str()), (Some(3), ""));
    assert!(bad.stderr.contains("--> -:1:"), "{bad:?}");
}

#[test]
fn order_and_bytes_are_those_of_the_log_for_any_number_of_threads() {
    let place = Place::with(&temperature(|_| ()));
    fs::create_dir(place.path("shards")).unwrap();
    for shard in 0..3 {
        let lines: String = (0..9_000)
            .map(|row| format!("{{\"id\": \"{shard}-{row}\", \"confidence\": 0.{row:05}, \"correct\": {}, \"pad\": \"{}\"}}\n", row % 2, "x".repeat(60)))
            .collect();
        place.write(&format!("shards/{shard}.jsonl"), lines);
    }
    let with = |threads: &str| place.apply(["shards", "-j", threads]);
    let one = with("1");
    assert_eq!(one.status, Some(0), "{}", one.stderr);
    let ids: Vec<_> = rows(&one.stdout)
        .iter()
        .map(|row| row["id"].clone())
        .collect();
    assert_eq!(ids.len(), 27_000);
    assert!((0..3).all(|shard| {
        (0..9_000).all(|row| ids[shard * 9_000 + row] == json!(format!("{shard}-{row}")))
    }));
    for threads in ["2", "5"] {
        let other = with(threads);
        assert!(
            other.stdout == one.stdout && other.stderr == one.stderr,
            "{threads} threads"
        );
    }
}

#[test]
fn a_reader_that_has_enough_is_no_error_and_a_full_disk_is_one() {
    let place = Place::with(&temperature(|_| ()));
    let lines = "{\"confidence\": 0.9, \"correct\": 1}\n".repeat(50_000);
    place.write("log.jsonl", lines);
    let (mut child, _, _) = place
        .calib(["apply", "model.json", "log.jsonl", "-q"])
        .start(Stdio::piped());
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let full = Path::new("/dev/full");
    if !full.exists() {
        return skipped("there is no /dev/full");
    }
    let to_full = fs::OpenOptions::new().write(true).open(full).unwrap();
    let output = place
        .calib(["apply", "model.json", "log.jsonl"])
        .stdout_to(to_full);
    assert_eq!(output.status, Some(5), "{output:?}");
}

#[test]
fn what_does_not_fit_is_refused_with_the_way_out() {
    let place = Place::with(&temperature(|_| ()));
    place
        .write("log.jsonl", "{\"confidence\": 90, \"correct\": 1}\n")
        .write("none.jsonl", "{\"score\": 0.5, \"correct\": 1}\n")
        .write(
            "twice.jsonl",
            "{\"confidence\": 0.5, \"confidence_raw\": 0.9, \"correct\": 1}\n",
        )
        .write(
            "other.jsonl",
            "{\"confidence\": 0.5, \"conf2\": 0.9, \"correct\": 1}\n",
        )
        .write("good.jsonl", "{\"confidence\": 0.5, \"correct\": 1}\n")
        .write("new.json", "{\"schema\": \"calib.model/2\"}")
        .write("wide.csv", "p1,p1_ok\n0.5,1\n");
    let saved = place
        .calib(["audit", "good.jsonl", "--save", "good.calib"])
        .run();
    assert_eq!(saved.status, Some(0));
    let mut said = String::new();
    for args in [
        &["model.json", "log.jsonl", "--confidence-scale", "percent"][..],
        &["model.json", "none.jsonl"],
        &["model.json", "twice.jsonl"],
        &["model.json", "other.jsonl", "--map", "confidence=conf2"],
        &["model.json", "good.calib"],
        &["model.json", "good.jsonl", "-o", "good.jsonl"],
        &["model.json", "good.jsonl", "-o", "model.json"],
        &["model.json", "good.jsonl", "-o", "out.xlsx"],
        &["model.json", "wide.csv", "--pairs", "*=*_ok"],
        &["new.json", "good.jsonl"],
        &["good.jsonl", "good.jsonl"],
        &["absent.json", "good.jsonl"],
    ] {
        let output = place.calib(["apply"]).args(args).run();
        assert_eq!(output.stdout, "", "{args:?}");
        said.push_str(&format!(
            "? {}  {}\n{}\n",
            output.status.unwrap(),
            args.join(" "),
            output.stderr
        ));
    }
    assert_eq!(
        place.read("good.jsonl"),
        "{\"confidence\": 0.5, \"correct\": 1}\n"
    );
    insta::assert_snapshot!("refused", said);
}

/// Curves of every method, fitted to the same answers.
fn curves() -> Vec<Curve> {
    let answers: Vec<Graded> = (0..400)
        .map(|row| {
            let confidence = f64::from(row) / 399.0;
            let correct = f64::from(u8::from((row * 7919) % 400 < 40 + row * 7 / 10));
            Graded {
                confidence,
                weight: 1.0,
                credit: correct,
            }
        })
        .collect();
    CALIBRATORS
        .iter()
        .map(|method| (method.fit)(&answers, &Fitting::default()).unwrap())
        .collect()
}

#[test]
fn the_python_of_every_method_agrees() {
    if Command::new("python3").arg("--version").output().is_err() {
        return skipped("there is no python3");
    }
    let stated: Vec<f64> = (0..=1000)
        .map(|k| f64::from(k) / 1000.0)
        .chain([1e-300, 1e-13, 1.0 - 1e-16])
        .collect();
    for curve in curves() {
        let params = curve.params().unwrap();
        let place = Place::with(&model(curve.method(), &params, |_| ()));
        let program = place
            .calib(["explain", "model.json", "--python"])
            .run()
            .report();
        place.write("apply.py", &program);
        let mut python = Command::new("python3")
            .arg(place.path("apply.py"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input: String = stated.iter().map(|p| format!("{p:?}\n")).collect();
        python
            .stdin
            .take()
            .unwrap()
            .write_all(input.as_bytes())
            .unwrap();
        let output = python.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", curve.method());
        let text = String::from_utf8(output.stdout).unwrap();
        let python: Vec<f64> = text.lines().map(|line| line.parse().unwrap()).collect();
        assert_eq!(python.len(), stated.len());
        let log: String = stated
            .iter()
            .map(|p| format!("{{\"confidence\": {p:?}}}\n"))
            .collect();
        place.write("log.jsonl", log);
        let applied = rows(&place.apply(["log.jsonl"]).stdout);
        for ((p, theirs), row) in stated.iter().zip(python).zip(applied) {
            let ours = row["confidence"].as_f64().unwrap();
            assert!(
                (ours - theirs).abs() <= 1e-12,
                "{} at {p}: {ours} {theirs}",
                curve.method()
            );
        }
    }
}

/// Runs Python in the directory of a program made from its model.
fn python(place: &Place, args: &[&str], input: &str) -> std::process::Output {
    let program = place.calib(["explain", "model.json", "--python"]);
    place.write("recalibrate.py", program.run().report());
    let mut python = Command::new("python3")
        .args(args)
        .current_dir(place.folder.path())
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut stdin = python.stdin.take().unwrap();
    // Python may have refused and gone before it read everything.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    python.wait_with_output().unwrap()
}

/// A model with a curve for each of these values of a field.
fn grouped(field: &str, values: &[&str]) -> Value {
    let groups = values.iter().enumerate().map(|(at, value)| {
        json!({"by": {field: value}, "method": "temperature", "params": {"T": 3.0 + at as f64}, "clip": 1e-12, "rows": 9, "shrinkage": 0.25})
    });
    temperature(|model| {
        model["by"] = json!([field]);
        model["groups"] = json!(groups.clone().collect::<Vec<_>>());
    })
}

#[test]
fn the_python_tells_groups_apart_as_apply_does() {
    if Command::new("python3").arg("--version").output().is_err() {
        return skipped("there is no python3");
    }
    let values = ["true", "false", "(missing)", "1e3", "7", "0.5", ""];
    let written = [
        "true",
        "false",
        "null",
        "1e3",
        "7",
        "0.5",
        "0.50",
        "1000.0",
        "8",
        "\"true\"",
        "\"True\"",
        "\"7\"",
        "\"\"",
        "\"(missing)\"",
    ];
    for field in ["g", "meta.g"] {
        let place = Place::with(&grouped(field, &values));
        let row = |value: &&str| match field {
            "g" => format!("{{\"confidence\": 0.9, \"g\": {value}}}\n"),
            _ => format!("{{\"confidence\": 0.9, \"meta\": {{\"g\": {value}}}}}\n"),
        };
        let log: String = written.iter().map(row).collect::<String>() + "{\"confidence\": 0.9}\n";
        place.write("log.jsonl", &log);
        let program = "import json, sys\nfrom recalibrate import recalibrate\nfor line in sys.stdin:\n    row = json.loads(line, parse_float=str, parse_int=str)\n    print(recalibrate(row['confidence'], **row))";
        let output = python(&place, &["-c", program], &log);
        assert!(output.status.success(), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        let applied = rows(&place.apply(["log.jsonl"]).stdout);
        assert_eq!(text.lines().count(), applied.len());
        for (theirs, row) in text.lines().zip(applied) {
            let ours = row["confidence"].as_f64().unwrap();
            assert!(
                (ours - theirs.parse::<f64>().unwrap()).abs() <= 1e-12,
                "{theirs} {row}"
            );
        }
    }
}

#[test]
fn the_python_refuses_numbers_that_name_no_one_group() {
    if Command::new("python3").arg("--version").output().is_err() {
        return skipped("there is no python3");
    }
    let place = Place::with(&grouped("g", &["1e3", "7", "0.5", "2.0", "2"]));
    let program = "from recalibrate import recalibrate
def said(g):
    try:
        return recalibrate(0.9, confidence=0.9, g=g)
    except (TypeError, ValueError) as error:
        return f'{type(error).__name__}: {error}'
print(said(7) == said('7'), said(0.5) == said('0.5'), said('8') == said('x'))
for g in (1000.0, 8, 2, 2.0, float('nan'), [1]):
    print(said(g))
";
    let output = python(&place, &["-c", program], "");
    assert!(output.status.success(), "{output:?}");
    let said = String::from_utf8(output.stdout).unwrap();
    let mut said = said.lines();
    assert_eq!(said.next(), Some("True True True"));
    for number in ["1000.0", "8", "2", "2.0", "NaN"] {
        let expected = format!(
            "ValueError: g is the number {number}, which names no one group: pass it as text, as the log writes it"
        );
        assert_eq!(said.next(), Some(expected.as_str()));
    }
    assert_eq!(
        said.next(),
        Some("TypeError: g is [1]: expected text, true, false, None or a number")
    );
}

#[test]
fn the_python_refuses_what_is_no_confidence() {
    if Command::new("python3").arg("--version").output().is_err() {
        return skipped("there is no python3");
    }
    let place = Place::with(&temperature(|_| ()));
    for line in ["1.5", "-0.1", "nan", "inf", "", "high"] {
        let output = python(&place, &["recalibrate.py"], &format!("0.5\n{line}\n"));
        assert_eq!(output.status.code(), Some(1), "{line}: {output:?}");
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(
            said.trim_end(),
            format!("line 2: '{line}', expected a number from 0 to 1")
        );
        assert_eq!(output.stdout, b"0.5\n");
    }
    let groups = Place::with(&grouped("g", &["a"]));
    let output = python(&groups, &["recalibrate.py"], "0.5\n");
    let said = String::from_utf8(output.stderr).unwrap();
    assert!(
        !output.status.success() && said.starts_with("the model has groups"),
        "{said}"
    );
}

#[test]
fn a_model_of_groups_is_explained_whole() {
    let group = |value: &str, t: f64| json!({"by": {"task": value}, "method": "temperature", "params": {"T": t}, "clip": 1e-12, "rows": 9, "shrinkage": 0.25});
    let place = Place::with(&temperature(|model| {
        model["by"] = json!(["task"]);
        model["groups"] = json!([group("a\u{1b}[31m", 1.0), group("b", 4.0)]);
        model["threshold"] = json!(0.7);
        model["guarantee"] = json!({"kind": "risk", "rows": 400, "risk": 0.05, "confidence": 0.95, "coverage": 0.41, "bound": 0.049, "observed": 0.03});
    }));
    let page = place.calib(["explain", "model.json"]).run().report();
    insta::assert_snapshot!("explained", page);
    let python = place
        .calib(["explain", "model.json", "--python"])
        .run()
        .report();
    assert!(python.is_ascii(), "{python}");
    insta::assert_snapshot!("python", python);
}

#[test]
fn models_follow_their_schema() {
    let schema = calib().args(["schema", "model"]).run().json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let fixture: Value = serde_json::from_str(include_str!("../fixtures/model.json")).unwrap();
    assert!(
        validator.is_valid(&fixture),
        "{:?}",
        validator.iter_errors(&fixture).collect::<Vec<_>>()
    );
    for curve in curves() {
        let model = model(curve.method(), &curve.params().unwrap(), |_| ());
        assert!(validator.is_valid(&model), "{}", curve.method());
        assert!(Model::parse(&model.to_string(), "m.json").is_ok());
        let mut broken = model.clone();
        broken["params"]["more"] = json!(1);
        assert!(!validator.is_valid(&broken), "the schema accepts anything");
        assert!(Model::parse(&broken.to_string(), "m.json").is_err());
    }
}

/// The groups of a run without what depends on its name, and without the synthesis: its folds follow the ids, which
/// `audit --with` gives to rows that have none.
fn groups(report: &Value, run: usize) -> Value {
    let mut groups = report["runs"][run]["groups"].clone();
    for group in groups.as_array_mut().into_iter().flatten() {
        let objectives = group["objectives"].as_object_mut();
        objectives.map(|objectives| objectives.remove("synthesis"));
    }
    groups
}

/// An audit before and after, and one of what is applied.
fn audited(place: &Place, args: &[&str]) -> (Value, Value) {
    let with = [
        "audit",
        "log=log.jsonl",
        "--with",
        "model.json",
        "-f",
        "json",
    ];
    let both = place.calib(with).args(args).run().json();
    assert_eq!(
        place.apply(["log.jsonl", "-o", "out.jsonl"]).status,
        Some(0)
    );
    let after = place
        .calib(["audit", "log=out.jsonl", "-f", "json"])
        .args(args)
        .run()
        .json();
    assert_eq!(groups(&both, 1), groups(&after, 0));
    let before = place
        .calib(["audit", "log=log.jsonl", "-f", "json"])
        .args(args)
        .run()
        .json();
    assert_eq!(groups(&both, 0), groups(&before, 0));
    (both, after)
}

#[test]
fn before_and_after_is_what_an_audit_says_of_the_applied_log() {
    let demo = fs::read_to_string(root().join("fixtures/demo.jsonl")).unwrap();
    let place = Place::with(&temperature(|_| ()));
    place.write("log.jsonl", &demo);
    let (both, _) = audited(&place, &["--by", "task"]);
    assert_eq!(both["runs"][1]["label"], json!("log recalibrated"));
    let brier = |by: &Value| {
        let all = both["comparisons"].as_array().unwrap();
        let found = all
            .iter()
            .find(|one| one["metric"] == "brier" && one["by"] == *by);
        found.unwrap().clone()
    };
    let whole = brier(&json!({}));
    assert!(
        whole["low"].is_number() && whole["p"].is_number(),
        "{whole}"
    );
    assert!(brier(&json!({"task": "law"}))["delta"].is_number());
    let schema = calib().args(["schema", "report"]).run().json();
    let validator = jsonschema::validator_for(&schema).unwrap();
    assert!(validator.is_valid(&both));
    // With a threshold, what it declines has left the answers.
    let place = Place::with(&temperature(|model| {
        model["threshold"] = json!(0.6);
        model["guarantee"] = json!({"kind": "cost", "rows": 9});
    }));
    place.write("log.jsonl", &demo);
    let (both, _) = audited(&place, &[]);
    let coverage =
        |run: usize| both["runs"][run]["groups"][0]["metrics"]["coverage"]["value"].as_f64();
    assert!(coverage(1) < coverage(0));
}

#[test]
fn rows_without_a_name_are_paired_with_themselves() {
    let place = Place::with(&temperature(|_| ()));
    let log: String = (0..300)
        .map(|row| {
            format!(
                "{{\"confidence\": 0.{:03}, \"correct\": {}}}\n",
                500 + row,
                row % 2
            )
        })
        .collect();
    place.write("log.jsonl", log);
    let (both, _) = audited(&place, &[]);
    assert_eq!(both["comparisons"][0]["shared_ids"], json!(300));
}

#[test]
fn a_state_is_recalibrated_like_its_log() {
    let demo = fs::read_to_string(root().join("fixtures/demo.jsonl")).unwrap();
    let place = Place::with(&temperature(|_| ()));
    place.write("log.jsonl", &demo);
    let save = [
        "audit",
        "log=log.jsonl",
        "--by",
        "task",
        "--save",
        "log.calib",
    ];
    assert_eq!(place.calib(save).run().status, Some(0));
    let with = |log: &str, model: &str| {
        place
            .calib([
                "audit",
                &format!("log={log}"),
                "--by",
                "task",
                "--with",
                model,
                "-f",
                "json",
            ])
            .run()
    };
    let (rows, mut state) = (
        with("log.jsonl", "model.json").json(),
        with("log.calib", "model.json").json(),
    );
    // Of which log it is, a state does not say.
    let untold = state["warnings"].as_array_mut().unwrap().remove(0);
    assert_eq!(untold["code"], "W154");
    for part in ["runs", "comparisons", "warnings"] {
        assert_eq!(rows[part], state[part], "{part}");
    }
    place.write(
        "threshold.json",
        temperature(|model| {
            model["threshold"] = json!(0.6);
            model["guarantee"] = json!({"kind": "cost", "rows": 9});
        })
        .to_string(),
    );
    let warned = with("log.calib", "threshold.json").json();
    assert!(warned["warnings"].to_string().contains("W151"));
    place.write(
        "groups.json",
        temperature(|model| {
            model["by"] = json!(["task"]);
            model["groups"] = json!([{"by": {"task": "law"}, "method": "identity", "params": {}, "clip": null, "rows": 9, "shrinkage": 0.0}]);
        })
        .to_string(),
    );
    let refused = with("log.calib", "groups.json");
    assert_eq!(refused.status, Some(3));
    assert!(refused.stderr.contains("E336"), "{refused:?}");
}

#[test]
fn before_and_after_stand_side_by_side() {
    let place = Place::with(&temperature(|_| ()));
    fs::copy(root().join("fixtures/demo.jsonl"), place.path("demo.jsonl")).unwrap();
    let page = place
        .calib(["audit", "demo.jsonl", "--with", "model.json"])
        .run()
        .report();
    insta::assert_snapshot!("with", page);
}

#[test]
fn a_recalibrated_log_read_as_it_was_before_is_warned_of() {
    let place = Place::with(&temperature(|model| {
        model["definition"]["scale"] = json!("percent");
    }));
    place.write(
        "log.jsonl",
        "{\"conf\": 90, \"correct\": 1}\n{\"conf\": 40, \"correct\": 0}\n",
    );
    let output = place.apply([
        "log.jsonl",
        "-o",
        "out.jsonl",
        "--confidence-scale",
        "percent",
    ]);
    assert_eq!(output.status, Some(0), "{output:?}");
    let audit = |args: &[&str]| place.calib(["audit", "out.jsonl"]).args(args).run();
    let ambiguous = audit(&["--confidence-scale", "percent"]);
    assert!(ambiguous.stderr.contains("E201"), "{ambiguous:?}");
    let raw = audit(&["--map", "confidence=conf", "--confidence-scale", "percent"]);
    assert!(raw.stdout.contains("W150"), "{raw:?}");
    let right = audit(&["--map", "confidence=confidence"]);
    assert!(!right.stdout.contains("W150"), "{right:?}");
}

#[test]
fn abstentions_read_as_they_were_before_a_threshold_are_warned_of() {
    let place = Place::with(&temperature(|_| ()));
    place.write(
        "out.jsonl",
        "{\"confidence\": 0.4, \"correct\": 1, \"refusal\": false, \"confidence_raw\": 0.3, \"abstained\": true, \"abstained_raw\": false}\n",
    );
    let audit = |column: &str| {
        let map = format!("abstained={column}");
        place.calib(["audit", "out.jsonl", "--map", &map]).run()
    };
    let before = audit("refusal");
    assert!(
        before.stdout.contains("abstained_raw stands beside"),
        "{before:?}"
    );
    assert!(!audit("abstained").stdout.contains("W150"));
}

#[test]
fn a_recalibrated_log_whose_options_are_read_again_is_warned_of() {
    let place = Place::with(&temperature(|model| {
        model["definition"]["softmax"] = json!(true);
    }));
    let preset = root().join("fixtures/presets/lm_eval.jsonl");
    fs::copy(preset, place.path("preset.jsonl")).unwrap();
    let own = "{\"lp\": [0.5, 1], \"correct\": 1}\n{\"lp\": [-1, 1], \"correct\": 0}\n";
    place.write("own.jsonl", own);
    let way = "pass --map confidence=confidence --confidence-scale unit";
    let options = "the softmax of calib.choice_logprobs";
    for (log, out, flags, read, more) in [
        ("preset.jsonl", "a.jsonl", &[][..], options, ""),
        // A table has no options that could be read again.
        ("preset.jsonl", "b.parquet", &[], "nothing", ""),
        (
            "own.jsonl",
            "c.jsonl",
            &["--softmax", "lp"],
            "the softmax of lp",
            " in place of --softmax",
        ),
        (
            "own.jsonl",
            "d.csv",
            &["--softmax", "lp"],
            "the softmax of lp",
            " in place of --softmax",
        ),
    ] {
        let output = place
            .calib(["apply", "model.json", log, "-o", out])
            .args(flags)
            .run();
        assert_eq!(output.status, Some(0), "{output:?}");
        for command in ["audit", "check"] {
            let again = place
                .calib([command, out, "--width", "400"])
                .args(flags)
                .run();
            let told =
                format!("what is read is {read}: for the recalibrated confidences, {way}{more}");
            assert!(again.stdout.contains("W150"), "{command} {out}: {again:?}");
            let said: Vec<_> = again.stdout.split_whitespace().collect();
            assert!(said.join(" ").contains(&told), "{command} {out}: {again:?}");
        }
        let right = place
            .calib(["audit", out, "--map", "confidence=confidence"])
            .run();
        assert_eq!(right.status, Some(0), "{right:?}");
        assert!(!right.stdout.contains("W150"), "{out}: {right:?}");
    }
}

#[test]
fn a_recalibrated_log_read_without_confidence_on_purpose_is_not_warned_of() {
    let place = Place::with(&temperature(|_| ()));
    place.write("log.jsonl", "{\"confidence\": 0.9, \"correct\": 1}\n");
    let output = place.apply(["log.jsonl", "-o", "out.jsonl"]);
    assert_eq!(output.status, Some(0), "{output:?}");
    let without = place
        .calib(["audit", "out.jsonl", "--map", "confidence="])
        .run();
    assert!(!without.stdout.contains("W150"), "{without:?}");
}

#[test]
fn nested_and_mixed_values_survive_parquet() {
    let place = Place::with(&model("identity", &json!({}), |_| ()));
    let log = concat!(
        "{\"confidence\": 0.5, \"correct\": 1, \"a\": {\"b\": [1, 2], \"c\": null}, \"l\": [[\"x\"], []], \"m\": 1, \"big\": 9007199254740993}\n",
        "{\"confidence\": 0.25, \"correct\": 0, \"a\": {\"b\": [], \"d\": 1.5}, \"l\": null, \"m\": \"one\", \"big\": 1}\n",
        "{\"confidence\": null, \"correct\": 1, \"a\": null, \"l\": [], \"e\": {}, \"n\": NaN, \"h\": 1e999, \"o\": [{\"k\": 1}, null, {\"k\": null}]}\n",
    );
    place.write("log.jsonl", log);
    let output = place.apply(["log.jsonl", "-o", "out.parquet"]);
    assert_eq!(output.status, Some(0), "{output:?}");
    insta::assert_snapshot!(place.table("out.parquet"), @r#"
    {confidence: 0.5, correct: 1, a: {b: [1, 2], c: null, d: null}, l: [["x"], []], m: "1", big: 9007199254740993, confidence_raw: 0.5, e: null, n: null, h: null, o: null}
    {confidence: 0.25, correct: 0, a: {b: [], c: null, d: 1.5}, l: null, m: "one", big: 1, confidence_raw: 0.25, e: null, n: null, h: null, o: null}
    {confidence: null, correct: 1, a: null, l: [], m: null, big: null, confidence_raw: null, e: "{}", n: NaN, h: "1e999", o: [{k: 1}, null, {k: null}]}
    "#);
}

#[test]
fn a_table_of_columns_without_end_is_refused() {
    let place = Place::with(&model("identity", &json!({}), |_| ()));
    let log: String = (0..10_050)
        .map(|row| format!("{{\"confidence\": 0.5, \"correct\": 1, \"k{row}\": 1}}\n"))
        .collect();
    place.write("log.jsonl", log);
    for name in ["out.csv", "out.parquet"] {
        let output = place.apply(["log.jsonl", "-o", name]);
        assert_eq!(output.status, Some(2), "{output:?}");
        assert!(
            output.stderr.contains("more than 10000 columns"),
            "{output:?}"
        );
    }
    assert_eq!(place.names(), ["log.jsonl", "model.json"]);
}

#[test]
fn a_model_is_flattered_by_the_log_it_was_fitted_on() {
    let place = Place::with(&temperature(|_| ()));
    fs::copy(root().join("fixtures/demo.jsonl"), place.path("demo.jsonl")).unwrap();
    fs::copy(
        root().join("fixtures/tuned.jsonl"),
        place.path("tuned.jsonl"),
    )
    .unwrap();
    let fit = [
        "fit",
        "demo.jsonl",
        "-o",
        "fitted.json",
        "--method",
        "platt",
    ];
    assert_eq!(place.calib(fit).run().status, Some(0));
    let audit = |log: &str| {
        place
            .calib(["audit", log, "--with", "fitted.json"])
            .run()
            .report()
    };
    let page = audit("demo.jsonl");
    // What flatters the figures goes before them.
    let (caveat, table) = (page.find("W152"), page.find("Brier score"));
    assert!(caveat.is_some() && caveat < table, "{page}");
    assert_eq!(page.matches("W152").count(), 1);
    let other = audit("tuned.jsonl");
    assert!(
        !other.contains("W152") && !other.contains("W154"),
        "{other}"
    );
    let save = ["audit", "demo.jsonl", "-q", "--save", "demo.calib"];
    assert_eq!(place.calib(save).run().status, Some(0));
    let page = audit("demo.calib");
    let (caveat, table) = (page.find("W154"), page.find("Brier score"));
    assert!(caveat.is_some() && caveat < table, "{page}");
    assert!(page.contains("a state has no hash"), "{page}");
    // The state itself has one: a model may be fitted on it.
    let fit = [
        "fit",
        "demo.calib",
        "-o",
        "fitted.json",
        "--method",
        "platt",
    ];
    assert_eq!(place.calib(fit).run().status, Some(0));
    let page = audit("demo.calib");
    assert!(page.contains("W152") && !page.contains("W154"), "{page}");
    let page = place.calib(["explain", "fitted.json"]).run().report();
    assert!(
        page.contains("Platt scaling") && page.contains("95 % interval"),
        "{page}"
    );
}

#[test]
fn an_empty_key_is_a_key() {
    let place = Place::with(&model("identity", &json!({}), |_| ()));
    place.write(
        "log.jsonl",
        "{\"confidence\": 0.5, \"correct\": 1, \"\": {\"a\": 1}, \"a\": 2}\n",
    );
    assert_eq!(place.apply(["log.jsonl", "-o", "out.csv"]).status, Some(0));
    assert_eq!(
        place.read("out.csv"),
        "confidence,correct,.a,a,confidence_raw\n0.5,1,1,2,0.5\n"
    );
}
