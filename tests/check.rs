//! `calib check`: whole pages, its formats, and the promise that the command it prints makes the same report.

use std::fs;
use std::process::Command;

use serde_json::{Value, json};
use tempfile::TempDir;
use unicode_width::UnicodeWidthStr;

use crate::common::{Calib, audit, calib, root};

const DEMO: &str = "fixtures/demo.jsonl";
const BAD: &str = "fixtures/bad.jsonl";

/// A table whose names are nearly those of roles, with labels, weights, percentages and gaps.
const TABLE: &str = "qid,conf,verdict,run1-is_correct,abstaind,weight,answerable\n\
    1,85%,yes,1,no,1,true\n2,,no,0,no,2.5,true\n3,0.5,no,0,yes,1,false\n";

fn check(arguments: &[&str]) -> Calib {
    calib().args(["check"]).args(arguments)
}

fn table(flags: &[&str]) -> Calib {
    check(&["-"]).args(flags).stdin(TABLE)
}

#[test]
fn whole_pages_look_like_this() {
    let pages: &[(&str, &[&str], i32)] = &[
        ("demo", &[DEMO], 0),
        ("demo_60", &[DEMO, "--width", "60"], 0),
        ("demo_120_ascii", &[DEMO, "--width", "120", "--ascii"], 0),
        ("bad", &[BAD], 3),
        ("bad_allowed", &[BAD, "--max-bad-rows", "80%"], 0),
        ("bad_github", &[BAD, "-f", "github"], 3),
        ("bad_sarif", &[BAD, "-f", "sarif"], 3),
        ("bad_json", &[BAD, "-f", "json"], 3),
        ("table", &["-"], 3),
        ("table_mapped", &["-", "--map", "correct=verdict"], 0),
    ];
    for (name, arguments, status) in pages {
        let run = check(arguments).stdin(TABLE).run();
        assert_eq!(
            (run.status, run.stderr.as_str()),
            (Some(*status), ""),
            "{run:?}"
        );
        let page = run.stdout.replace(env!("CARGO_PKG_VERSION"), "[VERSION]");
        insta::assert_snapshot!(format!("check_{name}"), page);
    }
}

#[test]
fn it_ends_as_the_audit_would() {
    let endings: &[(&[&str], &str)] = &[
        (&["-"], TABLE),
        (&["-", "--map", "correct=verdict"], TABLE),
        (&["-", "--map", "correct=nowhere"], TABLE),
        (&["-", "--where", "qid=9"], TABLE),
        (
            &["-", "--confidence-scale", "percent"],
            "{\"confidence\":0.5,\"correct\":1}\n",
        ),
        (&["-"], "{\"confidence\":0.5,\"prob\":0.5,\"correct\":1}\n"),
        (&["-"], "{\"confidence\":5,\"correct\":1}\n"),
        (&["-"], ""),
        (&["-"], "id;correct\n"),
        (&["nothing.jsonl"], ""),
        (&["-", "--max-bad-rows", "x"], TABLE),
    ];
    let mut statuses = Vec::new();
    for (arguments, log) in endings {
        let ours = check(arguments).stdin(*log).run();
        let theirs = audit(*arguments).stdin(*log).run();
        assert_eq!(
            ours.status, theirs.status,
            "{arguments:?} {ours:?} {theirs:?}"
        );
        statuses.extend(ours.status);
    }
    assert!([0, 2, 3].iter().all(|status| statuses.contains(status)));
}

#[test]
fn a_section_is_told_how_many_rows_have_what_it_needs() {
    let row = |at: u32| match at % 4 {
        0 => json!({"confidence": 0.5, "correct": true, "tokens": 3}),
        1 => json!({"confidence": 0.5, "correct": true, "reward": 1}),
        2 => json!({"should_abstain": true, "abstained": true}),
        _ => {
            json!({"prompt_id": at / 8, "reward": 0, "logp_policy": -3, "logp_base": -4})
        }
    };
    let log: String = (0..80).map(|at| format!("{}\n", row(at))).collect();
    let found = check(&["-", "-f", "json"]).stdin(log).run().json();
    let figures = found["figures"].as_array().unwrap();
    let rows = |name: &str| {
        let own = figures.iter().find(|figure| figure["figures"] == name);
        own.map(|own| own["rows"].as_u64().unwrap())
    };
    assert_eq!(rows("direction"), Some(20));
    assert_eq!(rows("incentives"), Some(40));
    assert_eq!(rows("rollouts"), Some(20));
    assert_eq!(rows("drift"), Some(20));
    assert_eq!(rows("synthesis"), Some(80));
    // Each column is there, and no row has both.
    let apart = "{\"logp_policy\": -3, \"correct\": 1}\n{\"logp_base\": -3, \"correct\": 1}\n";
    let found = check(&["-", "-f", "json"]).stdin(apart).run().json();
    let figures = found["figures"].as_array().unwrap();
    let drift = figures.iter().find(|figure| figure["figures"] == "drift");
    assert_eq!(drift.unwrap()["told"], false);
}

#[test]
fn two_columns_for_one_role_are_shown_side_by_side() {
    let log = "{\"confidence\":0.5,\"prob\":0.25,\"correct\":1}\n";
    let run = check(&["-", "-f", "json"]).stdin(log).run();
    assert_eq!(run.status, Some(2), "{run:?}");
    let found: Value = serde_json::from_str(&run.stdout).unwrap();
    let roles = found["roles"].as_array().unwrap();
    let shown: Vec<_> = roles
        .iter()
        .map(|role| (&role["column"], &role["samples"][0], &role["contested"]))
        .collect();
    assert_eq!(
        json!(shown),
        json!([
            ["confidence", "0.5", true],
            ["prob", "0.25", true],
            ["correct", "1", false]
        ])
    );
    assert_eq!(found["refusal"]["code"], "E201");
    assert_eq!(found["command"], Value::Null);
}

/// A log of so many rows that it is read in several blocks, with values that come late, and bad rows in all of them.
fn long() -> String {
    let row = |row: u32| match row % 97 {
        13 => format!("{{\"confidence\": {}, \"correct\": true}}\n", row + 2),
        14 => "{\"confidence\": \n".to_owned(),
        _ => format!(
            "{{\"id\": \"q{}\", \"task\": \"t{}\", \"confidence\": {}, \"correct\": {}, \"note\": \"{}\"}}\n",
            row % 5000,
            row / 2500,
            f64::from(row % 101) / 100.0,
            row.is_multiple_of(3),
            "x".repeat(60),
        ),
    };
    (0..12_000).map(row).collect()
}

#[test]
fn threads_change_no_byte() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("a.jsonl"), long()).unwrap();
    fs::write(folder.path().join("b.jsonl"), long().replace("t1", "late")).unwrap();
    for format in ["text", "json", "github", "sarif"] {
        let run = |threads| {
            check(&[".", "-f", format, "-j", threads])
                .within(folder.path())
                .run()
        };
        let one = run("1");
        assert_eq!(one.status, Some(3), "{one:?}");
        for threads in ["2", "5"] {
            assert_eq!(run(threads).stdout, one.stdout, "{format} {threads}");
        }
    }
    let found = check(&[".", "-f", "json", "--max-bad-rows", "10%"])
        .within(folder.path())
        .run();
    let found: Value = serde_json::from_str(&found.stdout).unwrap();
    let id = &found["roles"][0];
    assert_eq!(id["samples"], json!(["\"q0\"", "\"q1\"", "\"q2\""]));
    assert_eq!(
        (&id["values"], &id["present"]),
        (&Value::Null, &json!(24_000 - 4 * 124))
    );
}

/// Logs, as rows and flags, whose reports must not change when roles are pinned.
const PINNED: &[(&str, &[&str])] = &[
    (
        TABLE,
        &["--map", "correct=verdict:yes=1,no=0", "--map", "weight="],
    ),
    (
        TABLE,
        &[
            "--map",
            "correct=verdict",
            "--where",
            "answerable=true",
            "--cluster",
            "abstaind",
        ],
    ),
    (
        "{\"conf\":85,\"judge.is_correct\":1,\"it's\":1}\n{\"conf\":15,\"judge.is_correct\":0}\n",
        &["--confidence-scale", "percent", "--id", "it's"],
    ),
    (
        "{\"prob\":-0.5,\"a\":{\"correct\":true},\"answerable\":false}\n",
        &["--confidence-scale", "logprob"],
    ),
    (
        "{\"label\":\"C\",\"answerable\":true}\n{\"label\":\"N\",\"answerable\":false}\n",
        &[],
    ),
    // Beside an outcome of its own, a row's label is not heard: no flag may name it.
    (
        "{\"label\":\"I\",\"correct\":true}\n{\"label\":\"refusal\"}\n",
        &[],
    ),
    (
        "{\"answer\":\"A\",\"target\":\"A\",\"model\":\"x\",\"model_name\":\"y\"}\n",
        &[],
    ),
    (
        "{\"two words\":0.5,\"x=y:z=1\":true,\"correct\":true,\"-w\":\"v\"}\n{\"two words\":9,\"correct\":1,\"-w\":\"v\"}\n",
        &[
            "--max-bad-rows",
            "50%",
            "--map",
            "confidence=two words",
            "--where=-w=v",
        ],
    ),
    (
        "correct,a:b=c\n1,x\n",
        &["--id", "a:b=c", "--missing-confidence", "drop"],
    ),
    (
        "{\"text\":\"I am 85% sure\",\"wrong\":0,\"id\":\"a\"}\n{\"text\":\"Yes\",\"wrong\":1,\"id\":\"b\"}\n",
        &[
            "--extract",
            "confidence=([0-9]+%)@text",
            "--map",
            "correct=wrong",
            "--not",
            "correct",
            "--const",
            "kind=safety",
            "--join",
            "labels.csv",
        ],
    ),
    (
        "{\"options\":[{\"p\":-1},{\"p\":-2}],\"target_index\":0}\n{\"options\":[{\"p\":-1},{\"p\":-0.5}],\"target_index\":0}\n",
        &["--softmax", "options[*].p"],
    ),
    (
        "{\"choice_logprobs\":[-1,-2],\"target_index\":0}\n{\"choice_logprobs\":[-1,-0.5],\"target_index\":0}\n",
        &[],
    ),
    (
        "game,p_a,p_a_won,p_b,p_b_won\n1,0.5,1,0.25,0\n2,0.75,1,,\n",
        &["--pairs", "p_*=p_*_won", "--as", "model", "--id", "game"],
    ),
];

/// What `--join` adds to one of them.
const LABELS: &str = "id,answerable\na,true\nb,false\n";

/// A report without the list of its mappings, which pinning makes longer.
fn unlisted(report: &str) -> Value {
    let mut report: Value = serde_json::from_str(report).unwrap();
    let listed = report["settings"]["map"].take();
    assert!(listed.is_array(), "{report}");
    report
}

#[test]
fn the_command_it_prints_makes_the_same_report() {
    let folder = TempDir::new().unwrap();
    let name = "it's a log";
    let demo = fs::read_to_string(root().join(DEMO)).unwrap();
    fs::write(folder.path().join("labels.csv"), LABELS).unwrap();
    let demo: &[(&str, &[&str])] = &[(&demo, &[])];
    for (log, flags) in PINNED.iter().chain(demo) {
        fs::write(folder.path().join(name), log).unwrap();
        let found = check(&[name, "-f", "json"])
            .args(*flags)
            .within(folder.path())
            .run()
            .json();
        let line = found["command"]["line"].as_str().unwrap();
        let run = Command::new("sh")
            .args([
                "-c",
                &format!("set -f; calib() {{ \"$CALIB\" \"$@\"; }}; {line} -f json"),
            ])
            .env("CALIB", env!("CARGO_BIN_EXE_calib"))
            .current_dir(folder.path())
            .output()
            .unwrap();
        let pinned = String::from_utf8(run.stdout).unwrap();
        let plain = audit([name, "-f", "json"])
            .args(*flags)
            .within(folder.path())
            .run();
        assert_eq!(plain.status, Some(0), "{flags:?} {plain:?}");
        assert_eq!(unlisted(&pinned), unlisted(&plain.stdout), "{line}");
    }
}

/// The columns that play roles, with their roles and first values.
fn shown(log: &str, flags: &[&str]) -> Value {
    let found = check(&["-", "-f", "json"])
        .args(flags)
        .stdin(log)
        .run()
        .json();
    let roles = found["roles"].as_array().unwrap();
    let shown = roles.iter().map(|role| {
        json!([
            role["role"],
            role["column"],
            role["samples"],
            role["present"]
        ])
    });
    shown.collect()
}

#[test]
fn values_are_shown_as_the_audit_reads_them() {
    let extracted = shown(
        "{\"text\":\"85% sure\",\"grades\":[{\"ok\":1}]}\n{\"text\":\"Yes\",\"grades\":[{\"ok\":0}]}\n",
        &[
            "--extract",
            "confidence=([0-9]+%)@text",
            "--map",
            "correct=grades[0].ok",
        ],
    );
    assert_eq!(
        extracted,
        json!([
            ["confidence", "text", ["\"85%\""], 1],
            ["correct", "grades[0].ok", ["1", "0"], 2],
        ])
    );
    let paired = shown(
        "p_a,p_a_won,p_b,p_b_won\n0.5,1,0.25,0\n0.75,1,,\n",
        &["--pairs", "p_*=p_*_won"],
    );
    assert_eq!(
        paired,
        json!([
            ["confidence", "p_*", ["0.5", "0.25", "0.75"], 3],
            ["correct", "p_*_won", ["1", "0"], 3],
        ])
    );
}

#[test]
fn what_a_flag_says_is_not_missing() {
    let log = "correct,answerable\n1,true\n";
    let figure = |flags: &[&str], name: &str| {
        let found = check(&["-", "-f", "json"])
            .args(flags)
            .stdin(log)
            .run()
            .json();
        let figures = found["figures"].as_array().unwrap().clone();
        let named = figures.into_iter().find(|figure| figure["figures"] == name);
        named.unwrap()["told"].clone()
    };
    assert_eq!(figure(&[], "coverage"), json!(false));
    let flags = ["--const", "abstained=false"];
    assert_eq!(figure(&flags, "coverage"), json!(true));
}

#[cfg(feature = "parquet")]
#[test]
fn a_bad_row_of_a_table_is_named_by_its_number() {
    let rows: Vec<_> = [0.5, 0.25, 7.0]
        .iter()
        .map(|p| json!({"confidence": p, "correct": 1.0}).to_string())
        .collect();
    let folder = TempDir::new().unwrap();
    let properties = ::parquet::file::properties::WriterProperties::builder();
    let bytes = crate::parquet::table(&rows, 1, properties);
    fs::write(folder.path().join("log.parquet"), bytes).unwrap();
    let run = |format| {
        check(&["log.parquet", "-f", format])
            .within(folder.path())
            .run()
            .stdout
    };
    assert!(run("text").contains("log.parquet: row 3, column `confidence`"));
    assert!(run("github").contains("::error file=log.parquet,title="));
    assert!(run("github").contains("::row 3, column `confidence`: "));
    let log: Value = serde_json::from_str(&run("sarif")).unwrap();
    let result = &log["runs"][0]["results"][0];
    let text = result["message"]["text"].as_str().unwrap();
    assert!(text.starts_with("row 3, column `confidence`: "), "{text}");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(place["region"], Value::Null);
    let found: Value = serde_json::from_str(&run("json")).unwrap();
    let samples = &found["roles"][0]["samples"];
    assert_eq!(samples, &json!(["0.5", "0.25", "7.0"]), "{found}");
    let row = &found["bad_rows"][0]["examples"][0];
    assert_eq!((&row["row"], &row["line"]), (&json!(3), &Value::Null));
}

#[test]
fn every_detected_role_is_pinned_or_named() {
    let found = check(&[DEMO, "-f", "json"]).run().json();
    let line = found["command"]["line"].as_str().unwrap();
    for role in found["roles"].as_array().unwrap() {
        let flag = format!(
            "--map {}={}",
            role["role"].as_str().unwrap(),
            role["column"].as_str().unwrap()
        );
        assert!(line.contains(&flag), "{flag}: {line}");
    }
    let grades = "{\"label\":\"I\",\"correct\":true}\n{\"label\":\"refusal\"}\n";
    let found = check(&["-", "-f", "json"]).stdin(grades).run().json();
    assert_eq!(found["command"]["unpinned"], json!(["grade"]));
}

#[test]
fn the_json_follows_its_schema() {
    let schema = fs::read(root().join("docs/check.schema.json")).unwrap();
    let schema = serde_json::from_slice(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let checks: &[(&[&str], &str)] = &[
        (&[DEMO], ""),
        (&[BAD], ""),
        (&["-"], TABLE),
        (
            &["-", "--map", "correct=verdict", "--where", "qid=1"],
            TABLE,
        ),
        (
            &["-", "--confidence-scale", "logit"],
            "{\"conf\":-Infinity,\"correct\":0.25}\n",
        ),
        (&["-"], &long()),
        (&["-", "--map", "id=nowhere"], TABLE),
    ];
    for (arguments, log) in checks {
        let run = check(arguments).args(["-f", "json"]).stdin(*log).run();
        let found = serde_json::from_str(&run.stdout).unwrap();
        let faults: Vec<_> = validator
            .iter_errors(&found)
            .map(|fault| format!("{}: {fault}", fault.instance_path()))
            .collect();
        assert!(faults.is_empty(), "{arguments:?}: {faults:#?}");
    }
    let mut broken = check(&[DEMO, "-f", "json"]).run().json();
    broken["roles"][0]["role"] = "tusk".into();
    assert!(!validator.is_valid(&broken), "the schema accepts anything");
}

#[test]
fn the_rows_add_up() {
    for (arguments, log) in [(vec![BAD], String::new()), (vec!["-"], long())] {
        let run = check(&arguments).args(["-f", "json"]).stdin(log).run();
        let found: Value = serde_json::from_str(&run.stdout).unwrap();
        let rows = &found["rows"];
        let skipped = rows["skipped"].as_object().unwrap().values();
        let skipped: u64 = skipped.map(|n| n.as_u64().unwrap()).sum();
        assert_eq!(
            rows["read"].as_u64().unwrap(),
            rows["used"].as_u64().unwrap() + skipped
        );
        let bad = found["bad_rows"].as_array().unwrap().iter();
        assert_eq!(
            bad.map(|bad| bad["count"].as_u64().unwrap()).sum::<u64>(),
            skipped
        );
        assert!(skipped > 0);
    }
}

/// Names and values that try to end a property, a message or a line, or to start a command.
const HOSTILE: &[&str] = &[
    "::error file=a.py,line=1::fake",
    "x\n::error::second line",
    "x\r\n::set-output name=a::b",
    "%0A::stop-commands::x",
    "a,line=9:b",
    "##[error]fake",
    "\u{1b}[2J\u{202e}",
    "'\"\\ `$(x)",
];

#[test]
fn an_annotation_obeys_no_one_else() {
    for hostile in HOSTILE.iter().copied() {
        let log = json!({hostile: 1, "confidence": hostile, "correct": hostile}).to_string() + "\n";
        let folder = TempDir::new().unwrap();
        let name = hostile.replace('/', "_") + ".jsonl";
        if fs::write(folder.path().join(&name), &log).is_err() {
            continue;
        }
        let label = format!("x={name}");
        let run = check(&[&label, "-f", "github", "--map", &format!("id={hostile}")])
            .within(folder.path())
            .run();
        // The field is named with a map of values, or not.
        assert!(matches!(run.status, Some(2 | 3)), "{run:?}");
        let lines: Vec<_> = run.stdout.lines().collect();
        assert_eq!(lines.len(), 2, "{hostile:?}: {run:?}");
        for line in lines {
            let (properties, message) = line
                .strip_prefix("::error ")
                .unwrap()
                .split_once("::")
                .unwrap();
            let names: Vec<_> = properties
                .split(',')
                .map(|one| one.split_once('=').unwrap().0)
                .collect();
            assert!(
                names == ["file", "line", "col", "title"] || names == ["file", "title"],
                "{line}"
            );
            assert!(!message.contains(['\r', '\u{1b}', '\u{202e}']), "{line}");
        }
        for format in ["text", "json", "sarif"] {
            let page = check(&[&label, "-f", format, "--map", &format!("id={hostile}")])
                .within(folder.path())
                .run()
                .stdout;
            let command = page
                .lines()
                .map(str::trim_start)
                .find(|line| line.starts_with("::") || line.starts_with("##["));
            assert_eq!(command, None, "{format}");
            assert!(
                !page.contains(['\u{1b}', '\u{202e}', '\r']),
                "{format}: {page:?}"
            );
        }
    }
}

#[test]
fn sarif_names_rule_and_place_of_every_row() {
    let run = check(&[BAD, "-f", "sarif"]).run();
    let log: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(log["version"], "2.1.0");
    let run = &log["runs"][0];
    let rules: Vec<_> = run["tool"]["driver"]["rules"]
        .as_array()
        .unwrap()
        .iter()
        .map(|rule| &rule["id"])
        .collect();
    let results = run["results"].as_array().unwrap();
    assert_eq!(results.len(), 5);
    for result in results {
        assert!(rules.contains(&&result["ruleId"]), "{result}");
        assert!(!result["message"]["text"].as_str().unwrap().is_empty());
        let place = &result["locations"][0]["physicalLocation"];
        assert_eq!(place["artifactLocation"]["uri"], BAD);
        assert_eq!(place["region"].is_object(), result["ruleId"] != "E411");
    }
    let region = &results[1]["locations"][0]["physicalLocation"]["region"];
    assert_eq!(region, &json!({"startLine": 2, "startColumn": 28}));
}

#[test]
fn pages_keep_to_their_width_colour_and_characters() {
    for width in [40, 60, 80, 120] {
        let page = check(&[BAD, "--width", &width.to_string()]).run().stdout;
        assert!(
            page.lines().all(|line| line.width() <= width),
            "{width}: {page}"
        );
    }
    let ascii = table(&["--ascii", "--map", "correct=verdict"])
        .run()
        .report();
    assert!(ascii.is_ascii(), "{ascii}");
    let coloured = check(&[DEMO, "--color", "always"]).run().report();
    assert!(coloured.contains('\u{1b}'));
    for variables in [("NO_COLOR", "1"), ("TERM", "dumb")] {
        let plain = check(&[DEMO]).env(variables.0, variables.1).run().report();
        assert!(!plain.contains('\u{1b}'), "{variables:?}");
    }
}

#[test]
fn results_go_to_files_and_never_over_the_log() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("log.csv"), TABLE).unwrap();
    let flags = [
        "log.csv",
        "-f",
        "github",
        "-o",
        "sarif=a.sarif",
        "-o",
        "json=a.json",
    ];
    let run = check(&flags).within(folder.path()).run();
    assert_eq!(run.status, Some(3), "{run:?}");
    for (name, says) in [("a.sarif", "2.1.0"), ("a.json", "calib.check/1")] {
        assert!(
            fs::read_to_string(folder.path().join(name))
                .unwrap()
                .contains(says)
        );
    }
    let run = check(&["log.csv", "-o", "json=log.csv"])
        .within(folder.path())
        .run();
    assert_eq!(run.status, Some(2), "{run:?}");
    assert_eq!(
        fs::read_to_string(folder.path().join("log.csv")).unwrap(),
        TABLE
    );
}
