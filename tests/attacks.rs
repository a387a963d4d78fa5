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
        (
            "hle.toml",
            "version = 1\n\n[input.hle]\njoin = \"lab.csv\"\n",
        ),
    ]);
    let at = files.path();
    assert_eq!(run(at, "fit graded.jsonl -o m.json").status, Some(0));
    fs::create_dir(at.join("deep")).unwrap();
    let model = fs::read_to_string(at.join("m.json")).unwrap();
    let commands = [
        "audit log.jsonl --join lab.csv -o json=lab.csv",
        "audit log.jsonl --join lab.csv -o text=first.txt -o json=deep/../lab.csv",
        "audit log.jsonl --join lab.csv --save ./lab.csv",
        "audit graded.jsonl --config hle.toml -o json=lab.csv",
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
        let said = ["would overwrite", "go to one file"];
        assert!(
            said.iter().any(|said| run.stderr.contains(said)),
            "{command}: {run:?}"
        );
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

/// A run that is a folder is read by its files.
#[test]
fn no_output_replaces_a_file_of_a_run_that_is_a_folder() {
    let stats = fs::read_to_string("fixtures/presets/helm.json").unwrap();
    let files = folder(&[("unused", "")]);
    let at = files.path();
    fs::create_dir(at.join("run")).unwrap();
    let inside = [
        ("run/per_instance_stats.json", stats.as_str()),
        ("run/run_spec.json", "{}"),
    ];
    for (name, text) in inside {
        fs::write(at.join(name), text).unwrap();
    }
    assert_eq!(run(at, "audit run --save run.calib").status, Some(0));
    for (name, _) in inside {
        for command in [
            "audit run -o json=",
            "audit run --save ",
            "audit x=run/per_instance_stats.json run -o text=",
            "audit run.calib -o json=",
            "check run -o json=",
            "merge run.calib -o ",
        ] {
            let command = format!("{command}{name}");
            let run = run(at, &command);
            assert_eq!(run.status, Some(2), "{command}: {run:?}");
            let said = "would overwrite the log";
            assert!(run.stderr.contains(said), "{command}: {run:?}");
        }
    }
    for (name, text) in inside {
        assert_eq!(fs::read_to_string(at.join(name)).unwrap(), text, "{name}");
    }
    // What is no file of the run may be written again.
    for _ in 0..2 {
        assert_eq!(run(at, "audit run -o json=run/report").status, Some(0));
    }
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
    let second = &compared["ranking"]["order"][1];
    assert_eq!(
        (&second["label"], &second["detected"]),
        (&"B".into(), &true.into())
    );
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
fn no_weight_or_cost_is_so_large_that_no_report_comes() {
    let row = |i: u32| serde_json::json!({"id": i, "correct": i.is_multiple_of(2), "confidence": 0.5 + 0.01 * f64::from(i), "cost_wrong": 1, "train_weight": 1e160});
    let heavy = lines((0..40).map(row));
    let dear = |cost: f64| {
        lines((0..40).map(|i| {
            serde_json::json!({"id": i, "correct": i % 2 == 0, "confidence": 0.5, "cost_wrong": cost})
        }))
    };
    let files = folder(&[
        ("heavy.jsonl", &heavy),
        ("dear.jsonl", &dear(1e308)),
        ("most.jsonl", &dear(1e6)),
    ]);
    let at = files.path();
    let found = report(at, "audit heavy.jsonl -f json");
    let [plain, weighted] =
        ["ess_plain", "ess_weighted"].map(|name| figure(&found, "utility", name));
    let ratio = weighted.as_f64().unwrap() / plain.as_f64().unwrap();
    assert!((ratio - 1.0).abs() < 1e-12, "{ratio}");
    assert!(
        plain
            .as_f64()
            .is_some_and(|rows| rows > 10.0 && rows <= 40.0)
    );
    // As the flag, so the column.
    let run = run(at, "audit dear.jsonl");
    assert_eq!(run.status, Some(3), "{run:?}");
    assert!(
        run.stderr.contains("E120") && run.stderr.contains("0 to 1000000"),
        "{run:?}"
    );
    let found = report(at, "audit most.jsonl -f json --section utility");
    assert!(
        sentence(&found, "utility").len() < 300,
        "{}",
        sentence(&found, "utility")
    );
}

#[test]
fn rewards_are_read_in_any_unit() {
    let log = |right: f64, wrong: f64| {
        lines((0..90).map(|i| {
            let (abstained, correct) = (i % 3 == 2, i % 3 == 0);
            let reward = if correct { right } else { wrong };
            serde_json::json!({"id": i, "abstained": abstained, "correct": correct && !abstained,
                "confidence": 0.3 + 0.005 * f64::from(i), "reward": reward})
        }))
    };
    let files = folder(&[
        ("one.jsonl", &log(1.0, 0.0)),
        ("huge.jsonl", &log(1e200, 0.0)),
        ("same.jsonl", &log(1.0, 1.0)),
    ]);
    let of = |name: &str| {
        report(
            files.path(),
            &format!("audit {name} -f json --section incentives"),
        )
    };
    let [one, huge, same] = ["one.jsonl", "huge.jsonl", "same.jsonl"].map(of);
    for found in [&one, &huge, &same] {
        assert_eq!(figure(found, "incentives", "reward_square")["value"], 0.0);
        assert!(!sentence(found, "incentives").contains("squared error"));
    }
    assert_eq!(figure(&huge, "incentives", "reward_right")["value"], 1e200);
}

#[test]
fn no_text_holds_a_number_that_is_none() {
    let kl = lines(["p", "q", "r"].map(|prompt| {
        serde_json::json!({"prompt_id": prompt, "step": 1, "correct": true,
            "logp_policy_tokens": [-709], "logp_base_tokens": [0]})
    }));
    let row = |id: &str, task: &str, confidence: Option<f64>| {
        let mut row = serde_json::json!({"id": id, "task": task, "correct": true});
        if let Some(confidence) = confidence {
            row["confidence"] = confidence.into();
        }
        row
    };
    let log = |a: Option<f64>, b: Option<f64>| lines([row("1", "a", a), row("2", "b", b)]);
    let files = folder(&[
        ("kl.jsonl", &kl),
        ("ka.jsonl", &log(Some(0.9), Some(0.9))),
        ("kb.jsonl", &log(Some(0.8), None)),
        ("kc.jsonl", &log(Some(0.7), Some(0.7))),
    ]);
    let at = files.path();
    for arguments in [
        "audit kl.jsonl --section drift",
        "audit kl.jsonl --section drift -f json",
    ] {
        let run = run(at, arguments);
        assert_eq!(run.status, Some(0), "{run:?}");
        assert!(!run.stdout.contains("NaN"), "{run:?}");
    }
    let compare = "compare A=ka.jsonl B=kb.jsonl --toward T=kc.jsonl --by task --allow-unshared -f";
    for format in ["text", "markdown", "csv", "json"] {
        let run = run(at, &format!("{compare} {format}"));
        assert_eq!(run.status, Some(0), "{run:?}");
        assert!(!run.stdout.contains("NaN"), "{format}: {}", run.stdout);
        let nulls = format == "csv" && run.stdout.contains("null");
        assert!(!nulls, "{}", run.stdout);
    }
}

#[test]
fn two_prompts_bear_no_verdict() {
    let log = |prompts: u32, kept: fn(u32) -> u32| {
        lines((0..prompts).flat_map(|prompt| {
            (0..10).map(move |i| {
                serde_json::json!({"prompt_id": prompt, "should_abstain": i % 2 == 0, "abstained": i < kept(prompt)})
            })
        }))
    };
    let files = folder(&[
        ("two.jsonl", &log(2, |prompt| 2 + 2 * prompt)),
        ("alike.jsonl", &log(12, |_| 2)),
    ]);
    let of = |name: &str| report(files.path(), &format!("audit {name} -f json"));
    for name in ["two.jsonl", "alike.jsonl"] {
        let found = of(name);
        let group = &found["runs"][0]["groups"][0];
        let verdict = &group["abstention"]["all"]["verdict"];
        assert_eq!(verdict["direction"], "inconclusive", "{name}");
        assert_eq!(verdict["skill"], "unproven", "{name}");
        for metric in ["criterion", "dprime", "youden"] {
            assert_eq!(
                group["metrics"][metric]["low"],
                Value::Null,
                "{name} {metric}"
            );
        }
    }
}

#[test]
fn tasks_define_nothing_that_all_rows_leave_undefined() {
    let sizes = [("a", 20), ("b", 21), ("c", 22), ("d", 20)];
    let rows = |declines: fn(u32) -> bool| {
        lines(sizes.iter().flat_map(|(task, n)| {
            (0..*n).map(move |i| {
                serde_json::json!({"task": task, "should_abstain": i % 2 == 0, "abstained": declines(i)})
            })
        }))
    };
    let files = folder(&[
        ("never.jsonl", &rows(|_| false)),
        ("some.jsonl", &rows(|i| i % 7 == 0)),
    ]);
    let of = |name: &str| {
        report(
            files.path(),
            &format!("audit {name} -f json --section direction"),
        )
    };
    let never = of("never.jsonl");
    for name in ["dprime_pooled", "criterion_pooled"] {
        let found = figure(&never, "direction", name);
        assert_eq!(
            (&found["value"], &found["low"]),
            (&Value::Null, &Value::Null)
        );
        assert_eq!(found["reason"], "abstains on no row");
    }
    // Four tasks that happen to agree are no surer than 83 rows are.
    let some = of("some.jsonl");
    let width = |name: &str| {
        let found = figure(&some, "direction", name);
        found["high"].as_f64().unwrap() - found["low"].as_f64().unwrap()
    };
    assert!(
        width("dprime_pooled") > width("dprime"),
        "{} {}",
        width("dprime_pooled"),
        width("dprime")
    );
}

#[test]
fn a_criterion_is_divided_by_no_dprime_that_may_be_zero() {
    let rows = |other: i32| {
        lines((0..200).map(|i| {
            let should = i % 2 == 0;
            let declines = i / 2 < if should { 41 } else { other };
            serde_json::json!({"id": i.to_string(), "should_abstain": should, "abstained": declines, "cost_wrong": 20})
        }))
    };
    let files = folder(&[("near.jsonl", &rows(40)), ("far.jsonl", &rows(10))]);
    let of = |name: &str| {
        report(
            files.path(),
            &format!("audit {name} -f json --section direction"),
        )
    };
    let near = of("near.jsonl");
    for name in ["neutral_criterion", "criterion_from_neutral"] {
        let found = figure(&near, "direction", name);
        assert_eq!(found["value"], Value::Null);
        assert!(
            found["reason"]
                .as_str()
                .unwrap()
                .contains("not told from 0")
        );
    }
    let far = of("far.jsonl");
    let beyond = figure(&far, "direction", "criterion_from_neutral");
    let c = figure(&far, "direction", "criterion");
    let width = |one: &Value| one["high"].as_f64().unwrap() - one["low"].as_f64().unwrap();
    // d' strays too.
    assert!(width(beyond) > 1.5 * width(c), "{beyond} {c}");
}

#[test]
fn what_wrong_answers_say_is_known_from_them_alone() {
    let log = lines((0..60).map(|i| {
        let confidence = match i {
            5 => 1.0,
            6 => 0.9,
            _ => 0.999,
        };
        serde_json::json!({"id": i, "correct": i != 5 && i != 6, "confidence": confidence})
    }));
    let files = folder(&[("m3.jsonl", &log)]);
    let found = report(files.path(), "audit m3.jsonl -f json");
    let wrong = figure(&found, "synthesis", "confidence_when_wrong");
    assert_eq!(
        (&wrong["n"], &wrong["method"]),
        (&2.into(), &"t, 1 degrees".into())
    );
    let [low, high] = ["low", "high"].map(|end| wrong[end].as_f64().unwrap());
    // t with 1 degree on 0.05, cut to what a confidence can be.
    assert!(
        (low - (0.95 - 12.706_204_736 * 0.05)).abs() < 1e-6 && high == 1.0,
        "{wrong}"
    );
    for name in ["answer_all.binary", "answer_all.simpleqa_f"] {
        let one = figure(&found, "incentives", name);
        assert!(one["high"].as_f64().unwrap() <= 1.0, "{one}");
    }
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
fn prompts_of_two_tasks_are_two_prompts() {
    let log = |twice: bool| {
        let tasks = [("a", true), ("b", false)];
        lines(tasks.iter().flat_map(|(task, right)| {
            (0..30).flat_map(move |prompt| {
                (0..if twice { 8 } else { 4 }).map(move |sample| {
                    serde_json::json!({"task": task, "prompt_id": prompt.to_string(), "sample": sample % 4,
                        "reward": u8::from(*right), "correct": right, "step": 1, "tokens": 10})
                })
            })
        }))
    };
    let files = folder(&[("once.jsonl", &log(false)), ("twice.jsonl", &log(true))]);
    let of = |name: &str| {
        report(
            files.path(),
            &format!("audit {name} -f json --section rollouts"),
        )
    };
    let once = of("once.jsonl");
    let number = |found: &Value, name: &str| figure(found, "rollouts", name).as_f64().unwrap();
    assert_eq!(number(&once, "groups"), 60.0);
    assert_eq!(number(&once, "dead_without_success"), 0.5);
    assert_eq!(number(&once, "repeated_samples"), 0.0);
    let twice = of("twice.jsonl");
    assert_eq!(number(&twice, "repeated_samples"), 240.0);
    assert!(sentence(&twice, "rollouts").contains("240 rows have the prompt, step and sample"));
}

#[test]
fn there_are_no_more_effective_formats_than_formats() {
    let many = lines((0..2).flat_map(|step| {
        (0..52).map(move |i| {
            serde_json::json!({"prompt_id": i.to_string(), "step": step, "format": format!("F{:02}", i % 26), "correct": true})
        })
    }));
    let few = lines((0..6).map(|i| {
        let format = ["A", "B", "C", "D", "A", "A"][i];
        serde_json::json!({"prompt_id": i, "step": u8::from(i == 5), "format": format, "correct": true})
    }));
    let dots = lines((0..40).map(|i| {
        let half = i % 2 == 1;
        serde_json::json!({"prompt_id": i, "step": if half { 0.5 } else { 0.0 },
            "format": if half || i % 4 == 0 { "A" } else { "5.A" }, "correct": true})
    }));
    let others = lines((0..62).map(|i| {
        let format = if i % 2 == 0 {
            "all others".to_owned()
        } else {
            format!("F{i}")
        };
        serde_json::json!({"prompt_id": i, "step": 0, "format": format, "correct": true})
    }));
    let files = folder(&[
        ("many.jsonl", &many),
        ("few.jsonl", &few),
        ("dots.jsonl", &dots),
        ("others.jsonl", &others),
    ]);
    let of = |name: &str| {
        report(
            files.path(),
            &format!("audit {name} -f json --section formats"),
        )
    };
    let found = of("many.jsonl");
    for name in ["effective_formats", "effective_formats_first"] {
        let one = figure(&found, "formats", name);
        assert!(
            (one["value"].as_f64().unwrap() - 26.0).abs() < 1e-9,
            "{one}"
        );
        assert!(
            one["high"].as_f64().is_none_or(|high| high < 26.0 + 1e-9),
            "{one}"
        );
    }
    let few = of("few.jsonl");
    let verdict = &few["runs"][0]["groups"][0]["objectives"]["formats"]["verdict"];
    assert_eq!(*verdict, Value::Null);
    let dots = of("dots.jsonl");
    let value =
        |found: &Value, name: &str| figure(found, "formats", name)["value"].as_f64().unwrap();
    assert_eq!(value(&dots, "share.0.\"5.A\""), 0.5);
    assert_eq!(value(&dots, "share.0.5.A"), 1.0);
    let others = of("others.jsonl");
    assert_eq!(value(&others, "share.0.all others"), 0.5);
    assert!(value(&others, "share.0.all others (rest)") > 0.3);
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

#[cfg(feature = "parquet")]
#[test]
fn no_value_under_a_repeated_key_is_lost() {
    let graded = lines((0..60).map(|i| {
        serde_json::json!({"id": i, "correct": i % 3 > 0, "confidence": 0.3 + 0.01 * f64::from(i)})
    }));
    let files = folder(&[
        ("graded.jsonl", &graded),
        ("plain.jsonl", "{\"confidence\":0.9,\"z\":3,\"z\":4}\n"),
        (
            "deep.jsonl",
            "{\"confidence\":0.9,\"z\":[{\"a\":1,\"a\":2}]}\n",
        ),
    ]);
    let at = files.path();
    assert_eq!(run(at, "fit graded.jsonl -o m.json").status, Some(0));
    for log in ["plain.jsonl", "deep.jsonl"] {
        let run = run(at, &format!("apply m.json {log} -o out.parquet"));
        assert_eq!(run.status, Some(3), "{run:?}");
        assert!(run.stderr.contains("E335"), "{run:?}");
        assert!(!at.join("out.parquet").exists());
    }
}

#[test]
fn too_few_prompts_are_no_missing_answers() {
    let row = |prompt: &str, right: bool, reward: i32| serde_json::json!({"prompt_id": prompt, "step": 1, "correct": right, "reward": reward});
    let few = lines([
        row("a", true, 1),
        row("a", false, 0),
        row("b", true, 1),
        row("b", false, 1),
        row("b", false, 1),
    ]);
    let perverse = lines((0..90).map(|i| {
        let (right, silent) = (i % 3 == 0, i % 3 == 2);
        let reward = if silent {
            0.5
        } else {
            f64::from(u8::from(!right))
        };
        serde_json::json!({"id": i, "correct": right, "abstained": silent, "reward": reward})
    }));
    let files = folder(&[("few.jsonl", &few), ("perverse.jsonl", &perverse)]);
    let of = |name: &str| {
        report(
            files.path(),
            &format!("audit {name} -f json --section incentives"),
        )
    };
    let few = of("few.jsonl");
    for name in ["reward_right", "reward_wrong"] {
        let reason = figure(&few, "incentives", name)["reason"].as_str().unwrap();
        assert!(reason.contains("too few"), "{reason}");
    }
    let said = of("perverse.jsonl");
    assert!(
        sentence(&said, "incentives").contains("no less than right ones"),
        "{said}"
    );
}

#[test]
fn ids_of_weight_zero_are_not_called_missing() {
    let files = folder(&[
        (
            "a.jsonl",
            "{\"id\":1,\"correct\":true}\n{\"id\":2,\"correct\":true}\n",
        ),
        (
            "b.jsonl",
            "{\"id\":1,\"correct\":true,\"weight\":1}\n{\"id\":2,\"correct\":true,\"weight\":0}\n",
        ),
    ]);
    let run = run(files.path(), "compare a.jsonl b.jsonl");
    assert_eq!(run.status, Some(3), "{run:?}");
    assert!(run.stderr.contains("b: rows of weight 0 (1)"), "{run:?}");
}
