//! Places of one report that did not say the same.

use serde_json::{Value, json};

use super::told::{group, holds, lacks};
use crate::common::{audit, calib};

/// As many prompts with these labels.
fn prompts(kind: &str, should_abstain: bool, abstained: bool, times: usize) -> String {
    let kind = match kind {
        "" => String::new(),
        kind => format!(",\"kind\":\"{kind}\""),
    };
    format!("{{\"should_abstain\":{should_abstain},\"abstained\":{abstained}{kind}}}\n")
        .repeat(times)
}

/// A log of `n` prompts to decline and as many to answer, of which so many are answered, and declined.
fn log(kind: &str, n: usize, over_answered: usize, over_abstained: usize) -> String {
    [
        prompts(kind, true, false, over_answered),
        prompts(kind, true, true, n - over_answered),
        prompts(kind, false, true, over_abstained),
        prompts(kind, false, false, n - over_abstained),
    ]
    .concat()
}

fn words(objectives: &Value, section: &str, of: &str) -> String {
    let words = objectives[section][of].as_str();
    words
        .unwrap_or_else(|| panic!("no {of} of {section}: {objectives}"))
        .to_owned()
}

#[test]
fn a_threshold_is_not_advised_where_another_section_says_that_none_helps() {
    let objectives = &group(&log("epistemic", 400, 20, 320), &[])["objectives"];
    let advice = |section| words(objectives, section, "advice");
    holds(&advice("direction"), "a threshold will not fix it");
    holds(&advice("synthesis"), &advice("direction"));
    lacks(&advice("synthesis"), "laxer threshold");
    // Where discrimination is there, both say that a threshold does.
    let objectives = &group(&log("epistemic", 400, 1, 120), &[])["objectives"];
    let advice = |section| words(objectives, section, "advice");
    holds(&advice("direction"), "a laxer threshold or prompt fixes it");
    holds(&advice("synthesis"), &advice("direction"));
}

#[test]
fn who_answers_nearly_everything_does_not_decline_the_wrong_ones() {
    for kind in ["epistemic", "safety"] {
        let found = group(&log(kind, 2000, 1980, 180), &[]);
        assert_eq!(found["verdict"]["skill"], "inverted", "{found}");
        let objectives = &found["objectives"];
        lacks(
            &words(objectives, "synthesis", "sentence"),
            "the wrong ones",
        );
        lacks(&words(objectives, "direction", "advice"), "which way round");
        holds(
            &words(objectives, "synthesis", "sentence"),
            "answers 99.0 %",
        );
    }
    let objectives = &group(&log("epistemic", 400, 320, 320), &[])["objectives"];
    holds(
        &words(objectives, "synthesis", "sentence"),
        "the wrong ones",
    );
    holds(&words(objectives, "synthesis", "advice"), "which way round");
    holds(&words(objectives, "direction", "advice"), "which way round");
}

#[test]
fn a_group_that_declines_at_random_is_not_said_to_over_answer_in_the_table_of_groups() {
    let of_task = |task: &str, rows: String| rows.replace('{', &format!("{{\"task\":\"{task}\","));
    let log = of_task("dice", log("", 500, 350, 150)) + &of_task("reasoner", log("", 500, 350, 10));
    let run = audit(["-", "--by", "task", "--width", "120"]);
    let told = run.stdin(log).run().report();
    let line = |task: &str| {
        let mut lines = told.lines();
        let line = lines.find(|line| line.trim_start().starts_with(task));
        line.unwrap_or_else(|| panic!("{told}")).to_owned()
    };
    holds(&line("dice"), "abstains at random");
    holds(&line("reasoner"), "over-answers");
}

/// A run of HELM with a model that gives no log-probabilities.
fn helm(rows: usize) -> String {
    let stat = |name: &str, mean: f64| json!({"name": {"name": name, "split": "test"}, "count": 1, "sum": mean, "mean": mean});
    let row = |at: usize| {
        let right = f64::from(u8::from(at.is_multiple_of(4)));
        json!({"instance_id": format!("id{at}"), "train_trial_index": 0, "stats": [
            stat("max_prob", 1.0), stat("logprob", 0.0), stat("exact_match", right)
        ]})
    };
    Value::Array((0..rows).map(row).collect()).to_string()
}

#[test]
fn no_verdict_on_a_confidence_that_is_not_the_models_own_is_spoken_anywhere() {
    let folder = tempfile::TempDir::new().unwrap();
    let at = |name: &str| folder.path().join(name);
    let own: String = (0..200)
        .map(|row| {
            format!(
                "{{\"id\":\"q{row}\",\"confidence\":0.9,\"correct\":{}}}\n",
                row % 2 == 0
            )
        })
        .collect();
    std::fs::write(at("helm.json"), helm(200)).unwrap();
    std::fs::write(at("own.jsonl"), own).unwrap();
    let run = |arguments: &[&str]| calib().args(arguments).within(folder.path()).run();
    let logs = ["audit", "made=helm.json", "own=own.jsonl"];
    let report = run(&[&logs[..], &["-f", "json"]].concat()).json();
    let group = |at: usize| report["runs"][at]["groups"][0].clone();
    let [made, own] = [group(0), group(1)];
    assert_eq!(made["verdict"]["confidence"], Value::Null, "{made}");
    let sentence = made["verdict"]["sentence"].as_str().unwrap();
    holds(sentence, "not the model's own");
    lacks(sentence, "confident");
    assert_eq!(made["objectives"]["synthesis"], Value::Null, "{made}");
    // That of the other log stands.
    assert_eq!(own["verdict"]["confidence"], "over");
    assert_eq!(own["objectives"]["synthesis"]["verdict"], "bluffing");
    let page = run(&logs).report();
    assert_eq!(page.matches("NO VERDICT ON THE MODEL").count(), 1, "{page}");
    assert_eq!(page.matches("OVERCONFIDENT").count(), 1, "{page}");
    assert_eq!(page.matches("overconfident").count(), 2, "{page}");
    // A state says the same.
    run(&["audit", "helm.json", "--save", "helm.calib"]).report();
    let report = run(&["audit", "helm.calib", "-f", "json"]).json();
    let verdict = &report["runs"][0]["groups"][0]["verdict"];
    assert_eq!(verdict["confidence"], Value::Null, "{verdict}");
}

/// The warnings with this code on these rows.
fn warnings(rows: &str, code: &str) -> Vec<Value> {
    let report = audit(["-", "-f", "json"]).stdin(rows).run().json();
    let all = report["warnings"].as_array().unwrap().iter();
    all.filter(|warning| warning["code"] == code)
        .cloned()
        .collect()
}

#[test]
fn two_values_of_a_row_that_do_not_agree_are_told() {
    let row = |id: usize, more: &str| {
        format!(
            "{{\"id\":\"q{id}\",\"correct\":{},{more}}}\n",
            id.is_multiple_of(2)
        )
    };
    let forced = |abstained: bool, forced: bool| {
        format!("\"abstained\":{abstained},\"forced_correct\":{forced}")
    };
    let tokens = |tokens: usize| {
        format!("\"tokens\":{tokens},\"logp_policy_tokens\":[-1,-2],\"logp_base_tokens\":[-1,-3]")
    };
    let rows = [
        row(0, &forced(false, false)),
        row(1, &forced(false, false)),
        row(2, &forced(false, true)),
        row(3, &forced(false, true)),
        row(4, &forced(true, false)),
        row(5, &tokens(2)),
        row(6, &tokens(3)),
    ];
    let told = warnings(&rows.concat(), "W135");
    let counts: Vec<_> = told.iter().map(|told| &told["count"]).collect();
    assert_eq!(counts, [2, 1], "{told:?}");
    holds(told[0]["message"].as_str().unwrap(), "2 answered rows");
    holds(
        told[1]["message"].as_str().unwrap(),
        "1 row has another number in tokens",
    );
    assert!(
        warnings(
            &[&rows[1], &rows[2], &rows[5]].map(String::as_str).concat(),
            "W135"
        )
        .is_empty()
    );
}

/// What `calib synth` prints with these words.
fn synth(line: &str) -> String {
    calib().args(["synth"]).args(line.split(' ')).run().report()
}

#[test]
fn a_table_says_which_columns_it_has_no_room_for() {
    let rows = synth("formats -n 100");
    let table = |width: &str| {
        let run = audit(["-", "--section", "formats", "--width", width]);
        run.stdin(rows.clone()).run().report()
    };
    // Where intervals have room they stand beside their values.
    for (width, intervals) in [("60", 0), ("80", 1), ("120", 4)] {
        let page = table(width);
        let row = page.lines().find(|line| line.starts_with("  8 ")).unwrap();
        assert_eq!(row.matches(" – ").count(), intervals, "{row}");
        holds(
            &page,
            "not shown for want of room (--width gives more): intervals\n",
        );
    }
    let narrow = table("40");
    let narrow = narrow.split_whitespace().collect::<Vec<_>>().join(" ");
    holds(&narrow, "not shown for want of room (--width gives more): ");
    holds(&narrow, "prose, intervals");
}

#[test]
fn what_a_log_becomes_is_headed_by_a_word_and_not_by_its_path() {
    let folder = tempfile::TempDir::new().unwrap();
    let run = |arguments: &[&str]| calib().args(arguments).within(folder.path()).run();
    let path = "a-folder-of-a-long-name/and-a-file-of-one.jsonl";
    std::fs::create_dir(folder.path().join("a-folder-of-a-long-name")).unwrap();
    std::fs::write(folder.path().join(path), synth("persona bluffing -n 300")).unwrap();
    run(&["fit", path, "-o", "m.json"]).report();
    let page = run(&["audit", path, "--with", "m.json"]).report();
    let heads = page.lines().find(|line| line.contains("adj. p")).unwrap();
    let words: Vec<&str> = heads.split_whitespace().collect();
    assert_eq!(
        words,
        ["before", "recalibrated", "change", "adj.", "p"],
        "{page}"
    );
    holds(&page, path);
    let page = run(&["audit", &format!("mine={path}"), "--with", "m.json"]).report();
    holds(&page, " mine  mine recalibrated ");
    let report = run(&["audit", path, "--with", "m.json", "-f", "json"]).json();
    assert_eq!(report["runs"][0]["label"], path);
}

#[test]
fn rows_that_weigh_nothing_are_told_of_wherever_no_id_is_shared() {
    let folder = tempfile::TempDir::new().unwrap();
    let rows = |weight: u8| -> String {
        let row = |id| {
            format!(
                "{{\"id\":\"q{id}\",\"correct\":true,\"confidence\":0.9,\"weight\":{weight}}}\n"
            )
        };
        let other = "{\"id\":\"other\",\"correct\":true,\"confidence\":0.8,\"weight\":1}\n";
        (0..20).map(row).collect::<String>() + if weight == 0 { other } else { "" }
    };
    std::fs::write(folder.path().join("base.jsonl"), rows(1)).unwrap();
    std::fs::write(folder.path().join("log.jsonl"), rows(0)).unwrap();
    let said = |arguments: &[&str]| calib().args(arguments).within(folder.path()).run().stderr;
    let hint = "rows of weight 0 (20)";
    holds(&said(&["compare", "base.jsonl", "log.jsonl"]), hint);
    holds(
        &said(&["gate", "log.jsonl", "--baseline", "base.jsonl"]),
        hint,
    );
}

#[test]
fn no_interval_of_the_drift_leaves_its_range() {
    let row = |step: u8, at: usize, correct: bool| {
        format!(
            "{{\"step\":{step},\"task\":\"t\",\"prompt_id\":\"p{at}\",\"correct\":{correct},\"logp_policy\":-5,\"logp_base\":-5.1}}\n"
        )
    };
    let rows: String = (0..6)
        .flat_map(|at| [row(0, at, true), row(1, at, at == 0)])
        .collect();
    let drift = group(&rows, &["--section", "drift"])["objectives"]["drift"].clone();
    let cell =
        |table: usize, row: usize, at: usize| &drift["tables"][table]["rows"][row]["cells"][at];
    let change = cell(1, 0, 2);
    assert_eq!(change["value"].as_f64(), Some(-5.0 / 6.0), "{drift}");
    assert_eq!(change["low"], -1.0, "{drift}");
    assert_eq!(drift["evidence"]["worst_task"]["low"], -1.0, "{drift}");
    assert_eq!(cell(0, 1, 2)["low"], 0.0, "{drift}");
}

#[test]
fn truths_are_printed_without_the_noise_of_their_sums() {
    for scenario in [
        "persona",
        "rollouts",
        "formats",
        "drift",
        "gap",
        "incentives",
    ] {
        let printed = synth(&format!("{scenario} --truth"));
        let digits = printed.split(|one: char| !one.is_ascii_digit() && one != '.');
        let fractions = digits.filter_map(|number| number.split_once('.'));
        for (whole, fraction) in fractions {
            assert!(fraction.len() <= 6, "{scenario}: {whole}.{fraction}");
        }
        assert!(!printed.contains("e-"), "{scenario}: {printed}");
    }
}

#[test]
fn a_fit_tells_what_its_answers_can_not_show() {
    let folder = tempfile::TempDir::new().unwrap();
    let rows: String = (0..40)
        .map(|row| {
            format!(
                "{{\"id\":\"q{}\",\"confidence\":1,\"correct\":{}}}\n",
                row / 2,
                row % 3 == 0
            )
        })
        .collect();
    std::fs::write(folder.path().join("log.jsonl"), rows).unwrap();
    let run = |format: &str| {
        let arguments = ["fit", "log.jsonl", "-o", "m.json", "-f", format];
        calib().args(arguments).within(folder.path()).run()
    };
    let report = run("json").json();
    let warnings = report["warnings"].as_array().unwrap().iter();
    let codes: Vec<&str> = warnings.map(|one| one["code"].as_str().unwrap()).collect();
    assert_eq!(codes, ["W101", "W102", "W103", "W104", "W122"], "{report}");
    let page = run("text").report();
    holds(&page, "W102");
    holds(&page, "confidence is constant (1)");
}

#[test]
fn a_comparison_in_ascii_has_a_sign_for_every_glyph() {
    for width in ["60", "80", "120"] {
        let run = calib().args(["compare", "fixtures/demo.jsonl", "fixtures/tuned.jsonl"]);
        let page = run.args(["--ascii", "--width", width]).run().report();
        assert!(page.is_ascii());
        lacks(&page, "?");
    }
}

#[test]
fn models_that_only_a_merge_mixes_are_counted() {
    let folder = tempfile::TempDir::new().unwrap();
    let run = |arguments: &[&str]| calib().args(arguments).within(folder.path()).run();
    let rows = |part: &str, model: &str| -> String {
        let row = |at: usize| {
            format!(
                "{{\"id\":\"{part}{at}\",\"model\":\"{model}\",\"confidence\":0.7,\"correct\":{}}}\n",
                !at.is_multiple_of(3)
            )
        };
        (0..60).map(row).collect()
    };
    let parts = [("a", "one"), ("b", "two"), ("c", "one")];
    let mut whole = String::new();
    for (part, model) in parts {
        whole += &rows(part, model);
        let log = format!("{part}.jsonl");
        std::fs::write(folder.path().join(&log), rows(part, model)).unwrap();
        run(&["audit", &log, "--save", &format!("{part}.calib")]).report();
    }
    std::fs::write(folder.path().join("whole.jsonl"), whole).unwrap();
    let told = |of: &str| -> Vec<Value> {
        let report = run(&["audit", of, "-f", "json"]).json();
        let all = report["warnings"].as_array().unwrap().iter();
        all.filter(|one| one["code"] == "W110").cloned().collect()
    };
    for alone in ["a.calib", "a.jsonl"] {
        assert_eq!(told(alone), Vec::<Value>::new());
    }
    run(&["merge", "a.calib", "b.calib", "-o", "ab.calib"]).report();
    run(&["merge", "c.calib", "ab.calib", "-o", "all.calib"]).report();
    assert_eq!(told("whole.jsonl").len(), 1);
    assert_eq!(told("all.calib"), told("whole.jsonl"));
    assert_eq!(told("ab.calib"), told("whole.jsonl"));
    run(&["merge", "a.calib", "c.calib", "-o", "ac.calib"]).report();
    assert_eq!(told("ac.calib"), Vec::<Value>::new());
}

#[test]
fn no_command_is_offered_that_would_read_the_log_otherwise() {
    let folder = tempfile::TempDir::new().unwrap();
    std::fs::write(folder.path().join("log.csv"), "p,ok\n90,1\n80,0\n70,1\n").unwrap();
    let plain = "confidence,correct\n0.9,1\n0.8,0\n0.7,1\n";
    std::fs::write(folder.path().join("plain.csv"), plain).unwrap();
    let page = |flags: &[&str]| calib().args(flags).within(folder.path()).run().report();
    let maps = [
        "--map",
        "confidence=p",
        "--map",
        "correct=ok",
        "--confidence-scale",
        "percent",
    ];
    let page_of = page(&[&["audit", "log.csv"][..], &maps].concat());
    holds(&page_of, "calib explain");
    lacks(&page_of, "calib audit log.csv");
    holds(
        &page(&["audit", "plain.csv"]),
        "calib audit plain.csv -f json",
    );
    // Without the flag there would be no report.
    std::fs::write(folder.path().join("bad.csv"), format!("{plain}x,1\n")).unwrap();
    let page_of = page(&["audit", "bad.csv", "--max-bad-rows", "1"]);
    lacks(&page_of, "calib audit bad.csv");
}
