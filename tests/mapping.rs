//! The mapping language as a person meets it: what each flag reads, and what it says when it can't.

use std::fs;

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::common::{Output, audit};

/// Answers with a confidence inside a list, inside a text and as options.
const NESTED: &str = r#"{"id":"a","text":"Confidence: 20%, no: Confidence: 85%","ok":1,"cs":[{"p":0.25,"m":"x"},{"p":0.75}],"ll":[["-1.5","False"],["-0.5","True"]],"gold":1}
{"id":"b","text":"no idea","ok":0,"cs":[{"p":0.5,"m":"y"}],"ll":[[-2,true],[-2,true]],"gold":"0"}
{"id":"c","text":"Confidence: 55%","ok":1,"cs":[{"p":0.125,"m":"x"},{"p":1}],"ll":[-3,-1],"gold":[0]}
"#;
/// The same rows as a table, whose fields hold JSON.
const NESTED_CSV: &str = r#"id,text,ok,cs,ll,gold
a,"Confidence: 20%, no: Confidence: 85%",1,"[{""p"":0.25,""m"":""x""},{""p"":0.75}]","[[""-1.5"",""False""],[""-0.5"",""True""]]",1
b,no idea,0,"[{""p"":0.5,""m"":""y""}]","[[-2,true],[-2,true]]",0
c,Confidence: 55%,1,"[{""p"":0.125,""m"":""x""},{""p"":1}]","[-3,-1]",[0]
"#;

/// A folder with files of these names.
fn folder(files: &[(&str, &str)]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, text) in files {
        fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

fn run(log: &str, flags: &[&str]) -> Output {
    audit(["-"]).args(flags).stdin(log).run()
}

fn report(log: &str, flags: &[&str]) -> Value {
    audit(["-", "-f", "json"])
        .args(flags)
        .stdin(log)
        .run()
        .json()
}

/// A figure of all rows.
fn figure<'r>(report: &'r Value, id: &str) -> &'r Value {
    &report["runs"][0]["groups"][0]["metrics"][id]["value"]
}

fn number(report: &Value, id: &str) -> f64 {
    figure(report, id).as_f64().unwrap()
}

#[track_caller]
fn near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-12, "{found}, not {expected}");
}

#[track_caller]
fn refused(run: &Output, status: i32, says: &[&str]) {
    assert_eq!(
        (run.status, run.stdout.as_str()),
        (Some(status), ""),
        "{run:?}"
    );
    for words in says {
        assert!(
            run.stderr.contains(words),
            "{words:?} is not in {}",
            run.stderr
        );
    }
}

/// The codes of the warnings, with what they say.
fn warning(report: &Value, code: &str) -> Option<String> {
    let warnings = report["warnings"].as_array().unwrap();
    let found = warnings.iter().find(|warning| warning["code"] == code);
    found.map(|warning| warning["message"].as_str().unwrap().to_owned())
}

#[test]
fn a_path_reaches_into_lists_of_json_and_of_csv() {
    for log in [NESTED, NESTED_CSV] {
        let flags = ["--map", "correct=ok", "--map", "confidence=cs[0].p"];
        let first = report(log, &flags);
        near(
            number(&first, "mean_confidence"),
            (0.25 + 0.5 + 0.125) / 3.0,
        );
        assert_eq!(first["inputs"][0]["mapping"]["confidence"], "cs[0].p");
        assert_eq!(
            first["settings"]["map"],
            json!(["confidence=cs[0].p", "correct=ok"])
        );
        let by = report(
            log,
            &[&flags[..], &["--map", "model=cs[0].m", "--by", "model"]].concat(),
        );
        let groups = by["runs"][0]["groups"].as_array().unwrap();
        let names: Vec<_> = groups.iter().map(|group| &group["by"]).collect();
        assert_eq!(
            names,
            [&json!({}), &json!({"model": "x"}), &json!({"model": "y"})]
        );
    }
}

#[test]
fn several_values_are_none() {
    let flags = ["--map", "correct=ok", "--map", "confidence=cs[*].p"];
    refused(
        &run(NESTED, &flags),
        3,
        &["-:1:", "cs[*].p has 2 values", "wrong_type 2"],
    );
    let one = report(
        "{\"c\":[{\"p\":0.5},{}],\"correct\":1}\n",
        &["--map", "confidence=c[*].p"],
    );
    near(number(&one, "mean_confidence"), 0.5);
    let flags = ["--map", "correct=ok", "--map", "confidence=cs[9].p"];
    refused(&run(NESTED, &flags), 2, &["error[E202]", "cs[9].p"]);
    let flags = ["--map", "correct=ok", "--map", "confidence=cs[0]"];
    refused(
        &run(NESTED, &flags),
        3,
        &["error[E107]", "confidence is an object"],
    );
}

#[test]
fn a_column_may_have_brackets_in_its_name() {
    let log = "conf[0],correct\n0.5,1\n";
    near(
        number(
            &report(log, &["--map", "confidence=conf[0]"]),
            "mean_confidence",
        ),
        0.5,
    );
}

#[test]
fn a_pattern_finds_the_last_confidence() {
    let flags = [
        "--map",
        "correct=ok",
        "--extract",
        r"confidence=Confidence: (\d+%)@text",
    ];
    for log in [NESTED, NESTED_CSV] {
        let found = report(log, &flags);
        near(number(&found, "mean_confidence"), (0.85 + 0.55) / 2.0);
        // What is not found is missing: the row stays in accuracy.
        near(number(&found, "accuracy"), 2.0 / 3.0);
        assert!(warning(&found, "W109").is_some(), "{found}");
        assert_eq!(found["settings"]["extract"], json!([flags[3]]));
    }
    let from_list = [
        "--map",
        "correct=ok",
        "--extract",
        "model=^(.)@cs[0].m",
        "--by",
        "model",
    ];
    assert_eq!(
        report(NESTED, &from_list)["runs"][0]["groups"]
            .as_array()
            .unwrap()
            .len(),
        3
    );
    refused(
        &run(NESTED, &["--extract", "confidence=a(b@text"]),
        2,
        &["at character 2: unclosed group"],
    );
    refused(
        &run(
            NESTED,
            &["--extract", "confidence=a@text", "--map", "confidence=ok"],
        ),
        2,
        &["mapped twice"],
    );
    refused(
        &run(NESTED, &["--extract", "confidence=a@txt"]),
        2,
        &["--extract names `txt`", "did you mean `text`"],
    );
    let list = ["--map", "correct=ok", "--extract", "confidence=a@cs"];
    refused(
        &run(NESTED, &list),
        3,
        &["-:1:", "cs is a list, expected a text"],
    );
}

/// Softmax of two log-likelihoods that differ by this, at the larger.
fn softmax(difference: f64) -> f64 {
    1.0 / (1.0 + (-difference).exp())
}

#[test]
fn options_give_confidence_and_correctness() {
    let mean = (softmax(1.0) + softmax(0.0) + softmax(2.0)) / 3.0;
    for log in [NESTED, NESTED_CSV] {
        for flags in [&["--softmax", "ll"][..], &["--map", "choice_logprobs=ll"]] {
            let found = report(log, flags);
            near(number(&found, "mean_confidence"), mean);
            // Of equal options the first is the answer.
            near(number(&found, "accuracy"), 2.0 / 3.0);
            let said = warning(&found, "W130").unwrap();
            assert!(
                said.contains("the likeliest option of ll is the target"),
                "{said}"
            );
        }
    }
    let renamed = NESTED.replace("\"ll\"", "\"filtered_resps\"");
    let found = report(&renamed, &["--map", "correct=ok"]);
    near(number(&found, "mean_confidence"), mean);
    assert!(
        warning(&found, "W130")
            .unwrap()
            .contains("softmax of filtered_resps")
    );
    let left_out = report(
        &renamed,
        &["--map", "correct=ok", "--map", "choice_logprobs="],
    );
    assert_eq!(figure(&left_out, "mean_confidence"), &Value::Null);
}

#[test]
fn options_are_read_only_where_they_are_numbers() {
    // A log of texts has the column too, and there it says nothing.
    for content in [
        r#"["a","b"]"#,
        r#"["text"]"#,
        r#""text""#,
        "null",
        r#"[["-1","True"]]"#,
    ] {
        let log = format!("{{\"correct\":1,\"filtered_resps\":{content}}}\n");
        let found = report(&log, &[]);
        assert_eq!(figure(&found, "mean_confidence"), &Value::Null, "{content}");
        assert_eq!(warning(&found, "W130"), None, "{content}");
    }
    for (content, says) in [
        ("[]", "is an empty list"),
        ("[NaN, -1]", "has NaN"),
        (r#"["-inf", "-1"]"#, "has NaN, infinity"),
        ("[-1e999, -1]", "too large"),
    ] {
        let log = format!("{{\"correct\":1,\"filtered_resps\":{content}}}\n");
        refused(&run(&log, &[]), 3, &["error[E119]", "-:1:", says]);
    }
    for (content, says) in [
        (r#"["a","b"]"#, "is a list"),
        ("[[-1]]", "one option"),
        ("5", "is 5"),
    ] {
        let log = format!("{{\"correct\":1,\"x\":{content}}}\n");
        refused(&run(&log, &["--softmax", "x"]), 3, &["error[E119]", says]);
    }
    for (gold, says) in [
        ("2", "option 2, and the options are 0 to 1"),
        ("-100", "option -100"),
        ("\"B\"", "target_index is"),
    ] {
        let log = format!("{{\"target_index\":{gold},\"logprobs\":[-1,-2]}}\n");
        refused(&run(&log, &[]), 3, &["-:1:", says]);
    }
}

#[test]
fn a_confidence_has_one_source() {
    let log = "{\"correct\":1,\"confidence\":0.5,\"logprobs\":[-1,-2]}\n";
    near(number(&report(log, &[]), "mean_confidence"), 0.5);
    near(
        number(&report(log, &["--softmax", "logprobs"]), "mean_confidence"),
        softmax(1.0),
    );
    let mixed = format!("{log}{{\"correct\":1,\"logprobs\":[-1,-2]}}\n");
    refused(
        &run(&mixed, &[]),
        2,
        &["error[E201]", "--map choice_logprobs=", "--map confidence="],
    );
    refused(
        &run(
            log,
            &["--softmax", "logprobs", "--map", "confidence=confidence"],
        ),
        2,
        &["by --map and by --softmax"],
    );
}

const LABELS: &str =
    "id,confidence,correct,abstained,answerable\na,0.75,1,0,1\nb,0.5,0,0,0\nc,,,1,0\n";

#[test]
fn not_turns_a_column_round() {
    let plain = report(LABELS, &[]);
    let turned = report(LABELS, &["--not", "correct", "--not", "confidence"]);
    let two_of_three = report("correct\n1\n1\n0\n", &["--not", "correct"]);
    near(number(&two_of_three, "accuracy"), 1.0 / 3.0);
    near(
        number(&plain, "mean_confidence") + number(&turned, "mean_confidence"),
        1.0,
    );
    assert_eq!(turned["settings"]["not"], json!(["confidence", "correct"]));
    // A column whose name says the opposite is turned round once, however often that is said.
    let should = |report: &Value| report["runs"][0]["groups"][0]["abstention"]["all"].clone();
    assert_eq!(
        should(&report(LABELS, &["--not", "should_abstain"])),
        should(&plain)
    );
    let renamed = LABELS.replace("answerable", "should_abstain");
    assert_eq!(
        should(&report(&renamed, &["--not", "should_abstain"])),
        should(&plain)
    );
    refused(&run(LABELS, &["--not", "id"]), 2, &["id has no opposite"]);
    refused(
        &run("correct\n1\n", &["--not", "abstained"]),
        2,
        &["no column serves it"],
    );
    let both = ["--not", "correct", "--map", "correct=correct:1=1,0=0"];
    refused(
        &run(LABELS, &both),
        2,
        &["say in --map what each value means"],
    );
}

#[test]
fn a_constant_is_said_by_every_row() {
    let flags = [
        "--const",
        "kind=safety",
        "--const",
        "task=t",
        "--by",
        "task",
    ];
    let found = report(LABELS, &flags);
    let group = &found["runs"][0]["groups"][0];
    assert_eq!(group["abstention"]["safety"], group["abstention"]["all"]);
    assert_eq!(found["runs"][0]["groups"][1]["by"], json!({"task": "t"}));
    assert_eq!(found["settings"]["const"], json!(["task=t", "kind=safety"]));
    refused(
        &run(LABELS, &["--const", "id=x"]),
        2,
        &["error[E201]", "--map id="],
    );
    assert_eq!(
        run(LABELS, &["--const", "id=x", "--map", "id="]).status,
        Some(0)
    );
    refused(
        &run(LABELS, &["--const", "kind=bad"]),
        2,
        &["kind is epistemic or safety"],
    );
    refused(
        &run(
            LABELS,
            &["--const", "kind=safety", "--const", "kind=safety"],
        ),
        2,
        &["gives kind twice"],
    );
    let opposite = LABELS.replace(",answerable", ",x");
    let all = |name: &str| {
        let found = report(&opposite, &["--const", name]);
        found["runs"][0]["groups"][0]["abstention"]["all"].clone()
    };
    assert_eq!(all("answerable=true"), all("should_abstain=false"));
}

const WIDE: &str = "id,p1,p1_won,p2,p2_won\nx,0.5,1,,\ny,0.75,0,0.25,1\n";

#[test]
fn each_pair_of_columns_is_a_row() {
    let found = report(
        WIDE,
        &["--pairs", "p*=p*_won", "--as", "model", "--by", "model"],
    );
    let rows = &found["inputs"][0]["rows"];
    assert_eq!(
        rows,
        &json!({"read": 4, "used": 3, "answered": 3, "abstained": 0, "skipped": {"empty_pair": 1}})
    );
    let brier = (0.25 + 0.5625 + 0.5625) / 3.0;
    near(number(&found, "brier"), brier);
    let groups = found["runs"][0]["groups"].as_array().unwrap();
    let sizes: Vec<_> = groups
        .iter()
        .map(|group| (&group["by"], &group["metrics"]["brier"]["n"]))
        .collect();
    assert_eq!(
        sizes,
        [
            (&json!({}), &json!(3)),
            (&json!({"model": "1"}), &json!(2)),
            (&json!({"model": "2"}), &json!(1))
        ]
    );
    assert_eq!(found["settings"]["pairs"], "p*=p*_won");
    assert_eq!(found["settings"]["as"], "model");
    assert_eq!(
        found["inputs"][0]["mapping"],
        json!({"confidence": "p*", "correct": "p*_won", "id": "id"})
    );
    // The pairs of a line share its id, and so are one cluster.
    assert!(warning(&found, "W104").is_some());
    let anonymous = report(&WIDE.replace("id,", "key,"), &["--pairs", "*=*_won"]);
    near(number(&anonymous, "brier"), brier);
    assert!(warning(&anonymous, "W131").is_some());
    let one = report(
        WIDE,
        &["--pairs", "p*=p*_won", "--as", "task", "--where", "task=2"],
    );
    assert_eq!(
        one["inputs"][0]["rows"]["skipped"],
        json!({"empty_pair": 1, "where": 2})
    );
}

#[test]
fn pairs_that_are_none_are_refused() {
    refused(
        &run("p1,p1_won,p2\n1,1,1\n", &["--pairs", "p*=p*_won"]),
        2,
        &["error[E205]", "`p2` matches", "`p2_won`"],
    );
    refused(
        &run("p1,p1_won,p2_won\n1,1,1\n", &["--pairs", "*=*_won"]),
        2,
        &["error[E205]", "no row has `p2`"],
    );
    refused(
        &run(WIDE, &["--pairs", "q*=q*_won"]),
        2,
        &["error[E202]", "no columns match"],
    );
    refused(&run(WIDE, &["--pairs", "p*"]), 2, &["expected 'P=Q'"]);
    refused(&run(WIDE, &["--as", "model"]), 2, &["--pairs <P=Q>"]);
    refused(
        &run(WIDE, &["--pairs", "p*=p*_won", "--as", "kind"]),
        2,
        &["use model or task"],
    );
    refused(
        &run(WIDE, &["--pairs", "p*=p*_won", "--map", "correct=p1_won"]),
        2,
        &["by --map and by --pairs"],
    );
    refused(
        &run("p1,p1_won\n,\n", &["--pairs", "p*=p*_won"]),
        3,
        &["every pair of --pairs is empty"],
    );
    refused(
        &run("p1,p1_won\n9,1\n", &["--pairs", "p*=p*_won"]),
        3,
        &["-:2:1", "confidence is 9"],
    );
    refused(
        &run(
            "{\"x\":1}\n{\"p1\":1,\"p1_won\":1}\n",
            &["--pairs", "p*=p*_won"],
        ),
        3,
        &["no pair of the columns"],
    );
}

#[test]
fn a_second_file_adds_its_columns() {
    let labels = "id,correct,split\na,1,dev\nb,0,test\nz,1,dev\n";
    let json = "{\"id\":\"a\",\"correct\":1,\"split\":\"dev\"}\n{\"id\":\"b\",\"correct\":0,\"split\":\"test\"}\n{\"id\":\"z\",\"correct\":1,\"split\":\"dev\"}\n";
    let folder = folder(&[("labels.csv", labels), ("labels.jsonl", json)]);
    let log = "{\"id\":\"a\",\"confidence\":0.5}\n{\"id\":\"b\",\"confidence\":0.75}\n{\"id\":\"c\",\"confidence\":0.75,\"abstained\":true}\n";
    let runs = ["labels.csv", "labels.jsonl", "labels.csv on id"].map(|join| {
        let flags = ["-", "-f", "json", "--join", join, "--by", "split"];
        audit(flags).stdin(log).within(folder.path()).run().json()
    });
    let found = &runs[0];
    assert_eq!(found["runs"], runs[1]["runs"]);
    assert_eq!(found["runs"], runs[2]["runs"]);
    near(number(found, "brier"), (0.25 + 0.5625) / 2.0);
    assert_eq!(found["inputs"][0]["mapping"]["correct"], "correct");
    assert_eq!(found["settings"]["join"], "labels.csv");
    let said = warning(found, "W132").unwrap();
    assert!(
        said.contains("1 row of the log found no partner") && said.contains("1 row of that file"),
        "{said}"
    );
    let groups = found["runs"][0]["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 4, "all, two splits and (missing)");
    // Any field may be the key, as long as both files have it.
    let keyed = labels.replace("id,", "key,");
    fs::write(folder.path().join("keyed.csv"), keyed).unwrap();
    let flags = [
        "-",
        "-f",
        "json",
        "--join",
        "keyed.csv on key",
        "--by",
        "split",
    ];
    let renamed = audit(flags)
        .stdin(log.replace("\"id\"", "\"key\""))
        .within(folder.path())
        .run()
        .json();
    assert_eq!(number(&renamed, "brier"), number(found, "brier"));
    let lacking = audit(flags).stdin(log).within(folder.path()).run();
    refused(&lacking, 2, &["error[E202]", "--join names `key`"]);
    let flags = ["-", "--join", "labels.csv"];
    let lacking = audit(flags)
        .stdin(log.replace("\"id\"", "\"key\""))
        .within(folder.path())
        .run();
    refused(&lacking, 2, &["error[E202]", "'FILE on FIELD'"]);
}

#[test]
fn a_second_file_that_does_not_fit_is_refused() {
    let folder = folder(&[
        ("twice.csv", "id,correct\na,1\na,1\n"),
        ("keyless.csv", "id,correct\na,1\n,0\n"),
        ("broken.jsonl", "{\"id\":\"a\",\"correct\":1\n"),
        ("both.csv", "id,confidence,correct\na,1,1\n"),
        ("unread.csv", "id,colour\na,red\n"),
    ]);
    let log = "{\"id\":\"a\",\"confidence\":0.5}\n";
    for (join, status, says) in [
        (
            "twice.csv",
            3,
            &["error[E420]", "twice.csv:3", "two rows"][..],
        ),
        (
            "keyless.csv",
            3,
            &["error[E420]", "keyless.csv:3", "no key"],
        ),
        ("broken.jsonl", 3, &["broken.jsonl:1", "no bad rows"]),
        (
            "both.csv",
            2,
            &[
                "error[E201]",
                "the column confidence stands in the log and in both.csv",
            ],
        ),
        ("unread.csv", 2, &["error[E202]", "no column", "colour"]),
        (
            "both.csv on name",
            2,
            &["error[E202]", "`name`", "its fields are"],
        ),
        ("nothing.csv", 3, &["error[E401]"]),
        ("-", 2, &["standard input"]),
    ] {
        let run = audit(["-", "--join", join])
            .stdin(log)
            .within(folder.path())
            .run();
        refused(&run, status, says);
    }
}
