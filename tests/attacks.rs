//! Inputs that were made to lead the program astray: what must not be written over, and figures that cannot be.

use std::fs;
use std::path::Path;

use serde_json::Value;
use tempfile::TempDir;

use crate::common::{Output, calib};

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn run(at: &Path, arguments: &str) -> Output {
    calib().args(arguments.split_whitespace()).within(at).run()
}

/// The report of a run that must end well.
#[track_caller]
fn report(at: &Path, arguments: &str) -> Value {
    let run = run(at, arguments);
    assert_eq!(run.status, Some(0), "{arguments}: {run:?}");
    serde_json::from_str(&run.stdout).unwrap()
}

/// Rows, one a line.
fn lines(rows: impl IntoIterator<Item = Value>) -> String {
    rows.into_iter().map(|row| format!("{row}\n")).collect()
}

#[test]
fn nothing_that_is_read_is_written_over() {
    let labels = "id,correct\na,true\nb,false\nc,true\n";
    let log = "{\"id\":\"a\",\"confidence\":0.9}\n{\"id\":\"b\",\"confidence\":0.2}\n\
               {\"id\":\"c\",\"confidence\":0.7}\n";
    let graded = lines((0..60).map(|i| {
        serde_json::json!({"id": i, "correct": i % 3 > 0, "confidence": 0.3 + 0.01 * f64::from(i)})
    }));
    let files = folder(&[
        ("lab.csv", labels),
        ("log.jsonl", log),
        ("graded.jsonl", &graded),
        ("c.toml", "version = 1\n"),
    ]);
    let at = files.path();
    assert_eq!(run(at, "fit graded.jsonl -o m.json").status, Some(0));
    fs::create_dir(at.join("deep")).unwrap();
    let model = fs::read_to_string(at.join("m.json")).unwrap();
    let commands = [
        "audit log.jsonl --join lab.csv -o json=lab.csv",
        "audit log.jsonl --join lab.csv -o text=first.txt -o json=deep/../lab.csv",
        "audit log.jsonl --join lab.csv --save ./lab.csv",
        "audit log.jsonl --join lab.csv --config c.toml -o json=c.toml",
        "audit graded.jsonl --with m.json -o json=m.json",
        "audit graded.jsonl --with m.json --save m.json",
        "audit graded.jsonl --save x.calib -o json=./graded.jsonl",
        "audit graded.jsonl -o json=twice -o text=./twice",
        "audit graded.jsonl --save twice -o text=deep/../twice",
        "check log.jsonl --join lab.csv -o json=lab.csv",
        "apply m.json log.jsonl --join lab.csv -o lab.csv",
        "apply m.json graded.jsonl --config c.toml -o graded.jsonl",
        "fit log.jsonl --join lab.csv -o lab.csv",
        "compare graded.jsonl b=log.jsonl --join lab.csv -o json=lab.csv",
        "compare graded.jsonl b=graded.jsonl --toward t=log.jsonl -o json=log.jsonl",
        "gate graded.jsonl --baseline b=log.jsonl --join lab.csv -o json=lab.csv",
        "plan --detect brier=0.1 --like a=graded.jsonl -o json=graded.jsonl",
        "merge graded.jsonl --join lab.csv -o lab.csv",
    ];
    for command in commands {
        let run = run(at, command);
        assert_eq!(run.status, Some(2), "{command}: {run:?}");
        assert!(run.stderr.contains("E203"), "{command}: {run:?}");
    }
    let read = |name: &str| fs::read_to_string(at.join(name)).unwrap();
    assert_eq!(read("lab.csv"), labels);
    assert_eq!(read("log.jsonl"), log);
    assert_eq!(read("graded.jsonl"), graded);
    assert_eq!(read("c.toml"), "version = 1\n");
    assert_eq!(read("m.json"), model);
    for name in ["first.txt", "twice", "x.calib"] {
        assert!(!at.join(name).exists(), "{name}");
    }
    // What is only beside an input is written.
    let beside = "audit log.jsonl --join lab.csv -o json=deep/lab.csv -o text=lab.txt";
    assert_eq!(run(at, beside).status, Some(0));
}

#[test]
fn what_gets_worse_alike_in_every_pair_fails_the_gate() {
    let log =
        |right: bool, rows: u32| {
            lines((0..rows).map(
                |i| serde_json::json!({"id": i.to_string(), "correct": right, "confidence": 0.9}),
            ))
        };
    let files = folder(&[
        ("right.jsonl", &log(true, 100)),
        ("wrong.jsonl", &log(false, 100)),
        ("right3.jsonl", &log(true, 3)),
        ("wrong3.jsonl", &log(false, 3)),
    ]);
    let at = files.path();
    let judged = |arguments: &str| {
        let run = run(at, arguments);
        let report: Value = serde_json::from_str(&run.stdout).unwrap();
        (run.status, report["gate"].clone())
    };
    let gate = "gate wrong.jsonl --baseline right.jsonl -f json";
    for rules in [
        "",
        " --rule accuracy.max_increase=0.01",
        " --rule brier.max_increase=0.01",
        " --rule signed_gap.max_increase=0.5",
    ] {
        let (status, found) = judged(&format!("{gate}{rules}"));
        assert_eq!(
            (status, &found["verdict"]),
            (Some(1), &"fail".into()),
            "{rules}: {found}"
        );
    }
    // Better alike in every pair is no failure, and three pairs show nothing.
    let (status, found) = judged("gate right.jsonl --baseline wrong.jsonl -f json");
    assert_eq!(status, Some(0), "{found}");
    assert_ne!(found["verdict"], "fail", "{found}");
    let few = "gate wrong3.jsonl --baseline right3.jsonl --min-rows 1 -f json";
    let (_, found) = judged(few);
    assert_eq!(found["verdict"], "inconclusive", "{found}");
    // Nothing changed at all is still told apart from that.
    let (status, found) = judged("gate right.jsonl --baseline b=right.jsonl -f json");
    assert_eq!(
        (status, &found["verdict"]),
        (Some(0), &"pass".into()),
        "{found}"
    );

    let compared = report(at, "compare A=right.jsonl B=wrong.jsonl -f json");
    let of = |metric: &str| {
        let all = compared["comparisons"].as_array().unwrap();
        all.iter()
            .find(|one| one["metric"] == metric)
            .unwrap()
            .clone()
    };
    for metric in ["accuracy", "brier", "signed_gap"] {
        let one = of(metric);
        assert_eq!(one["change"], "worse", "{one}");
        assert_eq!(one["low"], Value::Null, "{one}");
        // 2 of 2¹⁰⁰ ways to go: exact.
        let p = one["p"].as_f64().unwrap();
        assert!(p > 0.0 && p < 1e-29, "{one}");
    }
    let ranked = compared["ranking"].to_string();
    assert!(!ranked.contains("\"told\":false"), "{ranked}");
    let text = run(at, "compare A=right.jsonl B=wrong.jsonl").stdout;
    assert!(!text.contains("not told from it: B"), "{text}");
}

/// A figure of a section of the first log.
#[track_caller]
fn figure<'r>(report: &'r Value, section: &str, name: &str) -> &'r Value {
    let found = &report["runs"][0]["groups"][0]["objectives"][section]["evidence"][name];
    assert!(!found.is_null(), "{section}.{name}: {report}");
    found
}

fn sentence<'r>(report: &'r Value, section: &str) -> &'r str {
    let found = &report["runs"][0]["groups"][0]["objectives"][section];
    found["sentence"].as_str().unwrap()
}

fn codes(report: &Value) -> Vec<&str> {
    let all = report["warnings"].as_array().unwrap().iter();
    all.map(|one| one["code"].as_str().unwrap()).collect()
}

#[test]
fn one_row_that_holds_the_weight_proves_nothing() {
    let log = lines((0..60).map(|i| {
        let heavy = i == 5;
        serde_json::json!({"id": i, "correct": !heavy,
            "confidence": if heavy { 0.95 } else { 0.3 + 0.01 * f64::from(i % 50) },
            "weight": if heavy { 1e5 } else { 1e-6 }})
    }));
    let files = folder(&[("m2.jsonl", &log)]);
    let found = report(files.path(), "audit m2.jsonl -f json");
    assert!(codes(&found).contains(&"W139"), "{:?}", codes(&found));
    let group = &found["runs"][0]["groups"][0];
    for metric in ["brier", "signed_gap", "auroc"] {
        assert_eq!(
            group["metrics"][metric]["low"],
            Value::Null,
            "{}",
            group["metrics"][metric]
        );
    }
    assert_eq!(group["metrics"]["signed_gap"]["p_value"], Value::Null);
    for (section, name) in [
        ("incentives", "signed_gap"),
        ("incentives", "answer_all.simpleqa_f"),
        ("synthesis", "confidence_when_wrong"),
    ] {
        assert_eq!(
            figure(&found, section, name)["low"],
            Value::Null,
            "{section} {name}"
        );
    }
    assert_ne!(group["objectives"]["synthesis"]["verdict"], "bluffing");
    let saturated = figure(&found, "incentives", "saturated");
    assert_eq!(saturated["high"], Value::Null, "{saturated}");
}

#[test]
fn no_key_null_and_an_empty_field_say_the_same() {
    let forms = [
        r#"{"id":"b","correct":false,"confidence":0.5}"#,
        r#"{"id":"b","correct":false,"confidence":0.5,"weight":null}"#,
        r#"{"id":"b","correct":false,"confidence":0.5,"weight":""}"#,
    ];
    let first = r#"{"id":"a","correct":true,"confidence":0.5,"weight":2}"#;
    for form in forms {
        let files = folder(&[("w.jsonl", &format!("{first}\n{form}\n"))]);
        let found = report(files.path(), "audit w.jsonl -f json");
        assert!(
            codes(&found).contains(&"W138"),
            "{form}: {:?}",
            codes(&found)
        );
        let accuracy = &found["runs"][0]["groups"][0]["metrics"]["accuracy"]["value"];
        assert!(
            (accuracy.as_f64().unwrap() - 2.0 / 3.0).abs() < 1e-12,
            "{form}: {accuracy}"
        );
    }
    let csv = "id,correct,confidence,weight\na,true,0.5,2\nb,false,0.5,\n";
    let files = folder(&[
        ("w.csv", csv),
        ("none.csv", "id,correct,confidence\na,true,0.5\n"),
    ]);
    assert!(codes(&report(files.path(), "audit w.csv -f json")).contains(&"W138"));
    assert!(!codes(&report(files.path(), "audit none.csv -f json")).contains(&"W138"));

    let first = r#"{"id":"a","correct":true,"answer":"1","target":"2"}"#;
    for form in [
        "",
        r#","correct":null"#,
        r#","correct":"""#,
        r#","correct":NaN"#,
    ] {
        let second = format!("{{\"id\":\"b\",\"answer\":\"1\",\"target\":\"2\"{form}}}");
        let files = folder(&[("c.jsonl", &format!("{first}\n{second}\n"))]);
        let found = report(files.path(), "audit c.jsonl -f json");
        assert!(
            codes(&found).contains(&"W108"),
            "{form}: {:?}",
            codes(&found)
        );
        let accuracy = &found["runs"][0]["groups"][0]["metrics"]["accuracy"]["value"];
        assert_eq!(*accuracy, 0.5, "{form}");
    }
    let csv = "id,correct,answer,target\na,true,1,2\nb,,1,2\n";
    let files = folder(&[("c.csv", csv)]);
    assert!(codes(&report(files.path(), "audit c.csv -f json")).contains(&"W108"));

    let tasks = ["", r#","task":"""#, r#","task":null"#, r#","task":NaN"#];
    let rows: String = tasks
        .iter()
        .enumerate()
        .map(|(i, task)| format!("{{\"id\":{i},\"correct\":true{task}}}\n"))
        .collect();
    let files = folder(&[("t.jsonl", &rows)]);
    let found = report(files.path(), "audit t.jsonl --by task -f json");
    assert_eq!(found["runs"][0]["groups"].as_array().unwrap().len(), 2);
}

#[test]
fn csv_writes_true_and_false_where_a_number_is_asked_for() {
    let csv = "id,correct,confidence,reward\na,true,0.9,true\nb,false,0.8,false\n";
    let json = "{\"id\":\"a\",\"correct\":true,\"confidence\":0.9,\"reward\":true}\n{\"id\":\"b\",\"correct\":false,\"confidence\":0.8,\"reward\":false}\n";
    let files = folder(&[("r.csv", csv), ("r.jsonl", json)]);
    let of = |name: &str| report(files.path(), &format!("audit r={name} -f json"));
    let [csv, json] = ["r.csv", "r.jsonl"].map(of);
    assert_eq!(csv["runs"], json["runs"]);
}

#[test]
fn what_parts_of_a_log_lack_is_said_of_the_whole() {
    let (a, b) = (
        "{\"id\":\"a\",\"correct\":true,\"confidence\":0.9}\n",
        "{\"id\":\"b\",\"correct\":true}\n",
    );
    let c = "{\"id\":\"c\",\"correct\":true,\"other\":1}\n";
    let files = folder(&[
        ("a.jsonl", a),
        ("b.jsonl", b),
        ("c.jsonl", c),
        ("all.jsonl", &[a, b, c].concat()),
    ]);
    let at = files.path();
    for part in ["a", "b", "c"] {
        let save = format!("audit {part}.jsonl --save {part}.calib");
        assert_eq!(run(at, &save).status, Some(0));
    }
    assert_eq!(
        run(at, "merge a.calib b.calib c.calib -o all.calib").status,
        Some(0)
    );
    let [log, state] = ["all.jsonl", "all.calib"].map(|name| {
        let found = report(at, &format!("audit x={name} -f json"));
        found["warnings"].clone()
    });
    assert_eq!(log, state);
    assert!(
        log.to_string().contains("W109") && !log.to_string().contains("W115"),
        "{log}"
    );
    assert_eq!(
        run(at, "merge b.calib c.calib -o none.calib").status,
        Some(0)
    );
    let none = report(at, "audit none.calib -f json");
    let lacking = codes(&none).into_iter().filter(|code| *code == "W115");
    assert_eq!(lacking.count(), 1);
}
