//! Faults that were found once, each named after what went wrong.

mod agree;
mod objectives;
mod told;

use serde_json::Value;

use crate::common::audit;

/// The metric of all rows in the report on these rows.
fn metric(rows: &str, flags: &[&str], id: &str) -> Value {
    let report = audit(["-"])
        .args(flags)
        .args(["-f", "json"])
        .stdin(rows)
        .run()
        .json();
    report["runs"][0]["groups"][0]["metrics"][id].clone()
}

/// What is said of rows that are refused, after checking the exit code.
fn refusal(rows: &str, flags: &[&str], status: i32) -> String {
    let run = audit(["-"]).args(flags).stdin(rows).run();
    assert_eq!(run.status, Some(status), "{run:?}");
    run.stderr
}

#[test]
fn unmapping_a_role_does_not_map_it_to_the_index_column_of_pandas() {
    let rows = ",confidence,correct\n1,0.9,1\n2,0.8,0\n3,0.7,1\n50,0.2,0\n";
    assert_eq!(
        metric(rows, &["--map", "weight="], "accuracy")["value"],
        0.5
    );
}

#[test]
fn a_value_map_is_not_half_applied() {
    let rows = "confidence,wrong\n0.9,True\n0.8,True\n0.4,False\n";
    let map = ["--map", "correct=wrong:true=false,false=true"];
    assert_eq!(metric(rows, &map, "accuracy")["value"], 1.0 / 3.0);
    let rows = "{\"confidence\":0.9,\"wrong\":1.0}\n";
    assert_eq!(
        metric(rows, &["--map", "correct=wrong:1=0,0=1"], "accuracy")["value"],
        0.0
    );
    let said = refusal("confidence,wrong\n0.9,maybe\n", &map, 3);
    assert!(
        said.contains("one of the values that --map names"),
        "{said}"
    );
}

#[test]
fn grouping_by_a_role_that_two_columns_name_is_refused() {
    let rows = "{\"model\":\"m1\",\"checkpoint\":\"c1\",\"confidence\":0.9,\"correct\":true}\n";
    let said = refusal(rows, &["--by", "model"], 2);
    assert!(said.contains("--map model=checkpoint"), "{said}");
    // Where no flag names the role, nothing rests on it.
    assert_eq!(metric(rows, &[], "accuracy")["value"], 1.0);
}

#[test]
fn a_misspelt_column_is_seen_wherever_it_stands_among_thousands() {
    let row = |key: &str| format!("{{\"{key}\":1,\"confidence\":0.5,\"correct\":true}}\n");
    let others: String = (0..6_000).map(|key| row(&format!("k{key}"))).collect();
    let codes = |rows: String| {
        let report = audit(["-", "-f", "json"]).stdin(rows).run().json();
        report["warnings"].to_string()
    };
    let first = codes(row("wieght") + &others);
    assert_eq!(first, codes(others + &row("wieght")));
}

#[test]
fn rows_of_weight_zero_do_not_count_as_rows() {
    let rows = "{\"confidence\":0.9,\"correct\":true,\"weight\":1}\n{\"confidence\":0.2,\"correct\":true,\"weight\":1}\n{\"confidence\":0.3,\"correct\":false,\"weight\":1}\n";
    let nothing = "{\"confidence\":0.5,\"correct\":true,\"weight\":0}\n".repeat(200);
    let brier = |rows: &str| metric(rows, &[], "brier");
    assert_eq!(brier(rows), brier(&format!("{rows}{nothing}")));
    let report = audit(["-", "-f", "json"])
        .stdin(nothing + rows)
        .run()
        .json();
    assert!(
        report["warnings"]
            .to_string()
            .contains("200 rows have weight 0")
    );
}

#[test]
fn no_value_is_no_cluster() {
    let rows = "{\"prompt_id\":\"\",\"id\":1,\"confidence\":0.9,\"correct\":true}\n{\"prompt_id\":\"\",\"id\":2,\"confidence\":0.2,\"correct\":true}\n{\"id\":NaN,\"confidence\":0.2,\"correct\":true}\n{\"id\":NaN,\"confidence\":0.3,\"correct\":false}\n";
    let method = metric(rows, &[], "brier")["method"].to_string();
    assert_eq!(method, "\"t, 3 degrees\"");
    let said = refusal(
        "{\"id\":[1,2],\"confidence\":0.9,\"correct\":true}\n",
        &[],
        3,
    );
    assert!(
        said.contains("error[E107]") && said.contains("id is a list"),
        "{said}"
    );
}

#[test]
fn a_carriage_return_within_a_file_ends_no_row() {
    let said = refusal("confidence,correct\n0.9,1\r0.4,0\n0.5,1\n", &[], 3);
    assert!(
        said.contains("error[E412]") && said.contains("-:2"),
        "{said}"
    );
}

#[test]
fn a_hint_can_be_pasted() {
    let said = refusal(
        "{\"is correct\":1,\"$(x).correct\":1,\"confidence\":0.5}\n",
        &[],
        2,
    );
    assert!(said.contains("--map 'correct=is correct'"), "{said}");
    assert!(said.contains("--map 'correct=$(x).correct'"), "{said}");
}

#[test]
fn many_blank_lines_before_the_first_row_are_blank_lines() {
    let rows = format!(
        "{}{{\"confidence\":0.5,\"correct\":true}}\n",
        "\n".repeat(300_000)
    );
    assert_eq!(metric(&rows, &[], "accuracy")["n"], 1);
}

#[test]
fn percentages_of_one_and_less_are_not_read_in_silence() {
    let said = refusal(
        "confidence,correct\n0.9,1\n0.4,0\n",
        &["--confidence-scale", "percent"],
        3,
    );
    assert!(
        said.contains("error[E104]") && said.contains("--confidence-scale unit"),
        "{said}"
    );
}

#[test]
fn two_logs_do_not_share_a_label_nor_two_reports_a_file() {
    let demo = "fixtures/demo.jsonl";
    let twice = audit([demo, demo]).run();
    assert_eq!(twice.status, Some(2), "{twice:?}");
    let one_file = audit([demo, "-o", "json=x", "-o", "text=x"]).run();
    assert_eq!(one_file.status, Some(2), "{one_file:?}");
}

#[test]
fn a_lone_letter_is_a_grade_only_where_it_can_mean_nothing_else() {
    let letters = |letters: &str| {
        letters
            .chars()
            .map(|c| format!("{{\"grade\":\"{c}\"}}\n"))
            .collect::<String>()
    };
    assert_eq!(
        metric(&letters("CICN"), &[], "accuracy")["value"],
        2.0 / 3.0
    );
    assert!(refusal(&letters("CC"), &[], 3).contains("not attempted to another"));
    let map = ["--map", "grade=grade:A=correct,B=incorrect,C=not_attempted"];
    assert_eq!(
        metric(&letters("AABC"), &map, "accuracy")["value"],
        2.0 / 3.0
    );
    // Beside an answer it may be the gold choice.
    refusal(
        "{\"answer\":\"A\",\"label\":\"C\",\"confidence\":0.5}\n",
        &[],
        3,
    );
}

#[test]
fn mixed_scales_are_called_mixed() {
    let said = refusal("confidence,correct\n0.9,1\n87,0\n0.5,1\n", &[], 3);
    assert!(
        said.contains("2 confidences are at most 1 and 1 above"),
        "{said}"
    );
    assert!(said.contains("--confidence-scale"), "{said}");
}

#[test]
fn a_label_without_a_log_is_a_slip() {
    let run = audit(["a="]).run();
    assert!(
        run.status == Some(2) && run.stderr.contains("names no log"),
        "{run:?}"
    );
}

#[test]
fn a_graded_row_that_is_silent_on_abstention_is_counted() {
    let rows = "{\"correct\":true,\"abstained\":false}\n{\"correct\":true,\"abstained\":null}\n{\"correct\":false}\n";
    let warnings = |rows: &str| {
        let report = audit(["-", "-f", "json"]).stdin(rows).run().json();
        report["warnings"].to_string()
    };
    assert!(warnings(rows).contains("2 graded rows do not say whether the model abstained"));
    assert!(!warnings("{\"correct\":true}\n").contains("W118"));
}

/// Figures of a log given as rows, checked to be numbers with their reasons.
fn figures(log: &str, flags: &[&str]) -> serde_json::Value {
    let report = audit(["-", "-f", "json"]).args(flags).stdin(log).run();
    assert_eq!(report.status, Some(0), "{}", report.said());
    let negative_zero = report
        .stdout
        .lines()
        .any(|line| line.trim_end_matches(',').ends_with(" -0.0"));
    assert!(!negative_zero, "{}", report.stdout);
    let json: serde_json::Value = serde_json::from_str(&report.stdout).unwrap();
    json["runs"][0]["groups"][0]["metrics"].clone()
}

#[test]
fn a_wrong_answer_of_tiny_confidence_has_a_smooth_error() {
    for confidence in ["1e-18", "5e-324"] {
        let row = format!("{{\"id\":\"a\",\"confidence\":{confidence},\"correct\":false}}\n");
        assert!(figures(&row, &[])["smece"]["value"].is_number());
    }
}

#[test]
fn one_row_of_small_weight_has_no_pairs_and_one_class() {
    let row = "{\"id\":1,\"confidence\":0.9,\"correct\":0.45,\"weight\":0.000001}\n";
    let found = figures(row, &[]);
    assert_eq!(found["skce"]["reason"], "n = 1");
    assert!(found["brier_skill"]["value"].is_null());
    assert!(found["murphy_unc"]["value"].as_f64().unwrap() >= 0.0);
}

#[test]
fn uneven_weights_carry_no_figure_past_its_range() {
    let log = "{\"id\":1,\"confidence\":0.9,\"correct\":true,\"weight\":100000}\n\
               {\"id\":2,\"confidence\":0.5,\"correct\":false,\"weight\":0.000001}\n";
    let found = figures(log, &[]);
    let at_most_one = |value: &serde_json::Value| value.as_f64().is_none_or(|value| value <= 1.0);
    for id in ["ap", "auroc", "prr", "emax", "coverage_at_risk_5"] {
        assert!(at_most_one(&found[id]["value"]), "{id}");
    }
    assert!(at_most_one(&found["ap"]["error_ap"]));
}

#[test]
fn intervals_of_perfect_models_hold_their_value() {
    let log = "{\"id\":1,\"should_abstain\":true,\"abstained\":true}\n\
               {\"id\":2,\"should_abstain\":false,\"abstained\":false,\"correct\":true}\n";
    let youden = &figures(log, &[])["youden"];
    assert_eq!(
        (&youden["value"], &youden["high"]),
        (&1.0.into(), &1.0.into())
    );
    // One prompt asked twice has no interval at all.
    let once = log.replace("\"id\":2", "\"id\":1");
    assert_eq!(figures(&once, &[])["youden"]["reason"], "one cluster");
}

#[test]
fn answers_that_nobody_graded_leave_no_share_of_hallucinations() {
    let log = "{\"id\":1,\"should_abstain\":false,\"abstained\":true}\n\
               {\"id\":2,\"should_abstain\":false,\"abstained\":false}\n\
               {\"id\":3,\"should_abstain\":false,\"abstained\":false,\"correct\":true}\n";
    let found = figures(log, &[]);
    for id in ["hallucination_rate", "simpleqa_f1", "omniscience_index"] {
        assert_eq!(found[id]["reason"], "some answers have no grade", "{id}");
    }
}

#[test]
fn neither_a_higher_level_nor_fewer_resamples_call_a_model_calibrated() {
    // Off by a little in every bin, with a mean gap of nothing.
    let row = |at: u32| {
        let confidence = f64::from(at % 10) / 10.0 + 0.05;
        let off = if at % 10 < 5 { 0.04 } else { -0.04 };
        let right = f64::from(at / 10 % 400) / 400.0 < confidence + off;
        format!("{{\"id\":{at},\"confidence\":{confidence:.2},\"correct\":{right}}}\n")
    };
    let log: String = (0..4000).map(row).collect();
    let word = |flags: &[&str]| {
        let report = audit(["-", "-f", "json"])
            .args(flags)
            .stdin(&*log)
            .run()
            .json();
        report["runs"][0]["groups"][0]["verdict"]["confidence"].clone()
    };
    for flags in [&[][..], &["--level", "0.999"], &["--resamples", "1"]] {
        assert_eq!(word(flags), "inconclusive", "{flags:?}");
    }
}

/// A folder with these files.
fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::TempDir::new().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    folder
}

/// What a command says in a folder, after checking the exit code.
fn said(folder: &tempfile::TempDir, arguments: &[&str], status: i32) -> crate::common::Output {
    let run = crate::common::calib()
        .within(folder.path())
        .args(arguments)
        .run();
    assert_eq!(run.status, Some(status), "{arguments:?}: {run:?}");
    run
}

/// Twenty rows, of which those with an odd id are right.
fn twenty(task: &str, confidence: f64) -> String {
    let row = |id: u32| {
        let row = serde_json::json!({"id": id, "task": task, "confidence": confidence, "correct": id % 2 == 1});
        format!("{row}\n")
    };
    (0..20).map(row).collect()
}

#[test]
fn a_group_named_like_a_command_of_a_runner_is_no_line_of_a_csv() {
    let task = "\n::error::x\u{1b}[31m\r\n::stop-commands::y\u{85}\u{202e}";
    let folder = folder(&[
        ("a.jsonl", &twenty(task, 0.9)),
        ("b.jsonl", &twenty(task, 0.6)),
    ]);
    let labelled = [
        "compare",
        "::error::=a.jsonl",
        "b.jsonl",
        "--by",
        "task",
        "-f",
        "csv",
    ];
    let csv = said(&folder, &labelled, 0).stdout;
    assert!(csv.lines().count() > 10);
    assert!(
        !csv.lines().any(|line| line.trim_start().starts_with("::")),
        "{csv}"
    );
    assert!(!csv.chars().any(|c| c.is_control() && c != '\n'), "{csv}");
    assert!(!csv.contains('\u{202e}'));
}

#[test]
fn a_rule_that_stands_twice_does_not_weaken_the_gate() {
    let folder = folder(&[
        ("a.jsonl", &twenty("t", 0.9)),
        (
            "calib.toml",
            "version = 1\n[[gate.rule]]\nmetric = 'brier'\nmax = 0.1\n\n[[gate.rule]]\nmetric = 'brier'\nmax = 0.1\n",
        ),
    ]);
    let rule = ["--rule", "brier.max=0.1"];
    let once = [&["gate", "a.jsonl", "--no-config"][..], &rule].concat();
    said(&folder, &once, 1);
    let twice = said(&folder, &[&once[..], &rule].concat(), 2).stderr;
    assert!(twice.contains("limits of one figure"), "{twice}");
    let file = said(&folder, &["gate", "a.jsonl"], 2).stderr;
    assert!(file.contains("calib.toml:7"), "{file}");
    for alpha in ["0", "1e-9", "0.9", "NaN"] {
        said(&folder, &[&once[..], &["--alpha", alpha]].concat(), 2);
    }
}

#[test]
#[cfg(unix)]
fn settings_that_cannot_be_read_are_never_passed_over() {
    let folder = folder(&[("a.jsonl", &twenty("t", 0.9))]);
    let file = folder.path().join("calib.toml");
    for target in ["nowhere", "/dev/zero"] {
        std::os::unix::fs::symlink(target, &file).unwrap();
        let run = said(&folder, &["audit", "a.jsonl"], 2);
        assert!(run.stderr.contains("E210"), "{target}: {run:?}");
        std::fs::remove_file(&file).unwrap();
    }
    std::fs::write(&file, "# \n".repeat(1 << 20)).unwrap();
    assert!(
        said(&folder, &["audit", "a.jsonl"], 2)
            .stderr
            .contains("E210")
    );
}

#[test]
fn the_step_summary_is_never_the_log() {
    let folder = folder(&[("a.jsonl", &twenty("t", 0.9))]);
    let run = crate::common::calib()
        .within(folder.path())
        .env("GITHUB_STEP_SUMMARY", "a.jsonl")
        .args(["gate", "a.jsonl", "--rule", "brier.max=0.9", "-f", "github"])
        .run();
    assert_eq!(run.status, Some(2), "{run:?}");
    let log = std::fs::read_to_string(folder.path().join("a.jsonl")).unwrap();
    assert_eq!(log, twenty("t", 0.9));
}

#[test]
fn parts_of_a_merge_have_no_labels() {
    let folder = folder(&[
        ("a.jsonl", &twenty("t", 0.9)),
        ("b.jsonl", &twenty("t", 0.6)),
    ]);
    let run = said(
        &folder,
        &["merge", "x=a.jsonl", "y=b.jsonl", "-o", "c.calib"],
        2,
    );
    assert!(run.stderr.contains("labelled"), "{run:?}");
}

#[test]
fn the_pinned_line_of_a_preset_names_no_column_that_is_not_there() {
    let log = "fixtures/presets/inspect.json";
    let run = crate::common::calib()
        .args(["check", log, "-f", "json"])
        .run()
        .json();
    let words = run["command"]["arguments"].as_array().unwrap();
    let words: Vec<&str> = words.iter().skip(1).filter_map(Value::as_str).collect();
    let pinned = crate::common::calib().args(&words).run();
    assert_eq!(pinned.status, Some(0), "{words:?}: {pinned:?}");
}

#[test]
fn what_stands_beside_the_logs_of_a_directory_is_not_compared() {
    let folder = folder(&[
        ("a.jsonl", &twenty("t", 0.9)),
        ("b.jsonl", &twenty("t", 0.6)),
        ("results.json", "{\"results\": {\"accuracy\": 0.5}}\n"),
    ]);
    let page = said(&folder, &["compare", "."], 0).stdout;
    assert!(
        page.contains("b against a") && page.contains("results.json"),
        "{page}"
    );
    for name in ["a", "b"] {
        let (log, state) = (format!("{name}.jsonl"), format!("states/{name}.calib"));
        std::fs::create_dir_all(folder.path().join("states")).unwrap();
        said(&folder, &["audit", &log, "-q", "--save", &state], 0);
    }
    let page = said(&folder, &["compare", "states"], 0).stdout;
    assert!(page.contains("b against a"), "{page}");
}

#[test]
fn headings_of_an_entry_stand_apart_from_their_text() {
    let page = crate::common::calib()
        .args(["explain", "gate"])
        .run()
        .report();
    assert!(page.contains("built-in rules  brier"), "{page}");
}

#[test]
fn files_of_a_directory_that_are_no_logs_are_named() {
    let folder = folder(&[
        ("a.jsonl", &twenty("t", 0.9)),
        ("results.json", "{\"results\": {\"accuracy\": 0.5}}\n"),
        ("notes.txt", "a note\n"),
    ]);
    let warned = |report: &Value| -> (Value, String) {
        let warnings = report["warnings"].as_array().unwrap();
        let ignored = warnings.iter().find(|warning| warning["code"] == "W113");
        let ignored = ignored.unwrap();
        (
            ignored["count"].clone(),
            ignored["message"].as_str().unwrap().to_owned(),
        )
    };
    let audited = said(&folder, &["audit", ".", "-f", "json"], 0).json();
    let (count, message) = warned(&audited);
    assert_eq!(count, 2);
    assert!(
        message.ends_with(": ./notes.txt, ./results.json"),
        "{message}"
    );
    for number in 0..4 {
        std::fs::write(folder.path().join(format!("z{number}")), "").unwrap();
    }
    let audited = said(&folder, &["audit", ".", "-f", "json"], 0).json();
    let (count, message) = warned(&audited);
    assert_eq!(count, 6);
    assert!(message.ends_with("./z1 and 2 more"), "{message}");
}

#[test]
fn models_that_are_mixed_are_counted_and_the_first_are_named() {
    let rows = |models: u32| -> String {
        let row = |model: u32| format!("{{\"model\": \"m{model:02}\", \"correct\": true}}\n");
        (0..models).map(row).collect()
    };
    for (models, message) in [
        (2, "the run mixes 2 models (m00, m01): "),
        (4, "the run mixes 4 models (m00, m01, m02, m03): "),
        (
            9,
            "the run mixes 9 models (m00, m01, m02, m03 and 5 more): ",
        ),
        (
            70,
            "the run mixes at least 64 models (m00, m01, m02, m03 and 60 more): ",
        ),
    ] {
        let report = audit(["-", "-f", "json"]).stdin(rows(models)).run().json();
        let warnings = report["warnings"].to_string();
        assert!(warnings.contains(message), "{warnings}");
    }
}

#[test]
fn a_wide_table_is_refused_with_the_pairs_that_read_it() {
    for (table, pairs) in [
        (
            "id,a_conf,a_correct,b_conf,b_correct\nq,.5,1,.4,0\n",
            "*_conf=*_correct",
        ),
        (
            "team,win,win_outcome,draw,draw_outcome\nt,.5,1,.4,0\n",
            "*=*_outcome",
        ),
        (
            "team,prob1,prob1_outcome,prob2,prob2_outcome\nt,.5,1,.4,0\n",
            "prob*=prob*_outcome",
        ),
    ] {
        let refused = refusal(table, &[], 3);
        let flag = format!("pass --pairs '{pairs}'");
        assert!(refused.contains(&flag), "{refused}");
        assert!(!refused.contains("--map correct=a_correct"), "{refused}");
        let accuracy = metric(table, &["--pairs", pairs], "accuracy");
        assert_eq!(accuracy["value"], 0.5, "{pairs}");
    }
}

#[test]
fn confidences_from_log_probabilities_of_nought_are_no_confidences() {
    let stat = |name: &str, mean: f64| {
        format!(
            "{{\"name\": {{\"name\": \"{name}\", \"split\": \"test\"}}, \"count\": 1, \"mean\": {mean:?}}}"
        )
    };
    let instance = |id: u32, logprob: f64| {
        let stats = [
            stat("exact_match", f64::from(id % 2)),
            stat("max_prob", logprob.exp()),
            stat("logprob", logprob),
        ];
        format!(
            "{{\"instance_id\": \"id{id}\", \"train_trial_index\": 0, \"stats\": [{}]}}",
            stats.join(", ")
        )
    };
    let run = |logprobs: [f64; 3]| {
        let rows = (0..)
            .zip(logprobs)
            .map(|(id, logprob)| instance(id, logprob));
        let rows: Vec<_> = rows.collect();
        let report = audit(["-", "-f", "json"])
            .stdin(format!("[{}]", rows.join(", ")))
            .run()
            .json();
        report["warnings"].to_string()
    };
    let made_up = run([0.0, 0.0, 0.0]);
    assert!(
        made_up.contains("W134") && made_up.contains("constant"),
        "{made_up}"
    );
    assert!(!run([0.0, -0.5, 0.0]).contains("W134"));
}

#[test]
fn a_limit_in_percent_does_not_put_the_gate_to_sleep() {
    let folder = folder(&[("a.jsonl", &twenty("t", 0.9))]);
    let refused = |rule: &str| said(&folder, &["gate", "a.jsonl", "--rule", rule], 2).stderr;
    let text = refused("accuracy.min=60");
    assert!(text.contains("`accuracy` runs from 0 to 1"), "{text}");
    assert!(text.contains("for 60 %, write 0.6"), "{text}");
    for rule in [
        "brier.max=25",
        "over_answer.max=10",
        "brier.max=-0.5",
        "auroc.min=-0.1",
        "safety.over_answer.max=10",
    ] {
        let text = refused(rule);
        assert!(text.contains("would decide nothing"), "{rule}: {text}");
    }
    let plan = said(&folder, &["plan", "--detect", "accuracy=5"], 2).stderr;
    assert!(plan.contains("for 5 %, write 0.05"), "{plan}");
    // A rule that needs a baseline is judged by its limit first.
    let text = refused("coverage.max_increase=5");
    assert!(text.contains("for 5 %, write 0.05"), "{text}");
    for rule in [
        "brier.max=1",
        "accuracy.min=0",
        "cox_slope.max=3",
        "dprime.min=1.5",
    ] {
        said(&folder, &["gate", "a.jsonl", "--rule", rule], 0);
    }
}

/// The presets of judged logs take a row without a judgement as an answer that nobody graded.
#[test]
fn a_log_that_no_judge_has_seen_is_no_audit_without_figures() {
    let unjudged = "{\"id\": \"a\", \"response\": \"7\"}\n{\"id\": \"b\", \"response\": \"8\"}\n";
    let folder = folder(&[("unjudged.jsonl", unjudged)]);
    let audit = ["audit", "unjudged.jsonl", "--preset", "hle"];
    let text = said(&folder, &audit, 3).stderr;
    assert!(text.contains("E409"), "{text}");
    assert!(text.contains("none of 2 rows says whether"), "{text}");
}
