//! Formats: a collapse and its winner, narrowing, and logs with next to nothing in them.

use serde_json::{Value, json};

use crate::common::{audit, calib, follows_schema};

/// What the section says of some rows.
fn told(rows: &str) -> Value {
    let arguments = ["-", "-f", "json", "--section", "formats"];
    let report = audit(arguments).stdin(rows).run().json();
    follows_schema(&report);
    let read = report["inputs"][0]["rows"]["read"].as_f64().unwrap();
    let formats = report["runs"][0]["groups"][0]["objectives"]["formats"].clone();
    if let Some(evidence) = formats["evidence"]
        .as_object()
        .filter(|all| !all.is_empty())
    {
        let skipped = evidence
            .iter()
            .filter(|(name, _)| name.starts_with("skipped."));
        let skipped: f64 = skipped.map(|(_, rows)| rows.as_f64().unwrap()).sum();
        assert_eq!(number(&formats, "rows") + skipped, read, "{formats}");
    }
    formats
}

fn synth(line: &str) -> String {
    let made = calib()
        .args(["synth", "formats"])
        .args(line.split_whitespace());
    made.run().report()
}

fn number(formats: &Value, name: &str) -> f64 {
    let figure = &formats["evidence"][name];
    let value = figure.as_f64().or(figure["value"].as_f64());
    value.unwrap_or_else(|| panic!("no {name} in {formats}"))
}

fn lines(rows: impl IntoIterator<Item = Value>) -> String {
    rows.into_iter().map(|row| format!("{row}\n")).collect()
}

#[test]
fn a_collapse_is_found_and_its_winner_ranked() {
    let best = told(&synth("-n 2000 --seed 3"));
    assert_eq!(
        (&best["verdict"], &best["level"]),
        (&json!("collapse"), &json!("note")),
        "{best}"
    );
    let worst = told(&synth("-n 2000 --seed 3 --suboptimal"));
    assert_eq!(
        (&worst["verdict"], &worst["level"]),
        (&json!("collapse"), &json!("fail")),
        "{worst}"
    );
    assert!(
        worst["evidence"]["winner_advantage"]["high"]
            .as_f64()
            .unwrap()
            < 0.0
    );
    let still = told(&synth("-n 2000 --seed 3 --eta 0"));
    assert_eq!(still["verdict"], "stable", "{still}");
    assert!(still["evidence"].get("collapse_step").is_none());

    let truth = calib().args(["synth", "formats", "--truth"]).run().json();
    let steps = truth["truth"]["steps"].as_array().unwrap();
    for (at, step) in steps.iter().enumerate() {
        for (name, key, tolerance) in [
            ("entropy", "entropy", 0.08),
            ("distance", "jensen_shannon", 0.04),
        ] {
            let found = number(&best, &format!("{name}.{at}"));
            assert!(
                (found - step[key].as_f64().unwrap()).abs() < tolerance,
                "{name} {at}: {found}"
            );
        }
        let share = number(&best, &format!("share.{at}.code"));
        assert!((share - step["shares"]["code"].as_f64().unwrap()).abs() < 0.06);
    }
    let due = truth["truth"]["collapse_step"].as_f64().unwrap();
    let found = number(&best, "collapse_step");
    assert!(found == due || found == due + 1.0, "{found} {due}");
}

#[test]
fn the_formats_section_in_full() {
    let rows = synth("-n 200 --seed 3 --suboptimal --steps 6");
    for width in ["60", "80", "120"] {
        let page = audit(["-", "--section", "formats", "--width", width]);
        let page = page.stdin(rows.clone()).run().report();
        let most = width.parse().unwrap();
        assert!(
            page.lines().all(|line| line.chars().count() <= most),
            "{page}"
        );
        insta::assert_snapshot!(format!("formats_{width}"), page);
    }
}

#[test]
fn responses_are_classified_where_no_column_names_their_format() {
    let rows = (0..120).flat_map(|at| {
        let first = [
            "It is four.",
            "- two\n- two\n",
            "```python\nprint(4)\n```",
            "\\boxed{4}",
        ];
        [
            json!({"prompt_id": at, "step": 0, "response": first[at % 4]}),
            json!({"prompt_id": at, "step": 1, "response": "```python\nprint(4)\n```"}),
        ]
    });
    let found = told(&lines(rows));
    assert_eq!(found["verdict"], "collapse", "{found}");
    assert_eq!(number(&found, "share.1.fenced code"), 1.0);
    assert!((number(&found, "effective_formats_first") - 4.0).abs() < 0.1);
    assert!(
        found["sentence"]
            .as_str()
            .unwrap()
            .contains("cannot be seen without model_size")
    );
}

#[test]
fn the_first_sample_may_get_better_while_the_best_of_many_gets_worse() {
    // At first any of four samples may be right; later all of a prompt's samples are, or none.
    let rows = (0..80).flat_map(|prompt: u32| {
        (0..8).map(move |at| {
            let (step, sample) = (at / 4, at % 4);
            let right = if step == 0 { sample == prompt % 4 } else { prompt % 5 < 3 };
            json!({"prompt_id": prompt, "sample": sample, "step": step, "format": (["a", "b"][(at % 2) as usize]), "correct": right})
        })
    });
    let found = told(&lines(rows));
    assert_eq!(found["verdict"], "narrowing", "{found}");
    assert!((number(&found, "pass_at_1_change") - (0.6 - 0.25)).abs() < 1e-9);
    assert!((number(&found, "pass_at_4_change") - (0.6 - 1.0)).abs() < 1e-9);
}

#[test]
fn the_winner_may_depend_on_the_size_of_the_model() {
    let rows = |winners: [&'static str; 2]| {
        lines((0..400).map(move |at| {
            let (size, step) = (at % 2, at / 200);
            let format = if step == 0 { ["a", "b", "c", "d"][at / 2 % 4] } else { winners[size] };
            json!({"prompt_id": at / 2 % 100, "id": at, "step": step, "format": format, "model_size": (["150M", "1B"][size])})
        }))
    };
    let both = told(&rows(["a", "a"]));
    assert!(
        both["sentence"]
            .as_str()
            .unwrap()
            .ends_with("it wins at every size of model"),
        "{both}"
    );
    assert_eq!(both["missing"], json!(["correct"]));
    // Half of the answers each: no format has 90 %.
    let apart = told(&rows(["a", "b"]));
    assert_ne!(apart["verdict"], "collapse", "{apart}");
}

#[test]
fn a_winner_is_judged_within_prompts_where_they_have_samples_in_several_formats() {
    // The winner is used where prompts are easy; on one prompt it is no better.
    let rows = (0..60).flat_map(|prompt: u32| {
        (0..32).map(move |at| {
            let (step, sample) = (at / 16, at % 16);
            let easy = prompt.is_multiple_of(2);
            let wins = if step == 0 { sample < if easy { 12 } else { 4 } } else { true };
            let right = if easy { sample % 4 != 0 } else { sample % 4 == 0 };
            let format = if wins { "code" } else { ["prose", "json", "xml"][(sample % 3) as usize] };
            json!({"prompt_id": prompt, "sample": sample, "step": step, "format": format, "correct": right})
        })
    });
    let found = told(&lines(rows));
    assert_eq!(found["verdict"], "collapse", "{found}");
    let lead = &found["evidence"]["winner_advantage"];
    assert_eq!(lead["method"], "Mantel-Haenszel by prompt");
    assert!(lead["value"].as_f64().unwrap().abs() < 1e-9, "{lead}");
}

#[test]
fn rows_without_identity_are_answers_of_their_own() {
    let rows = (0..900).map(|at| {
        let format = if at < 300 {
            ["a", "b", "c"][at % 3]
        } else {
            ["a", "b"][usize::from(at % 50 == 0)]
        };
        json!({"step": usize::from(at >= 300), "format": format})
    });
    let found = told(&lines(rows));
    assert_eq!(found["verdict"], "collapse", "{found}");
    let share = &found["evidence"]["winner_share"];
    assert_eq!(share["method"], "Wilson, 600 clusters");
    assert!(
        (share["low"].as_f64().unwrap() - 0.965).abs() < 0.005,
        "{share}"
    );
    let distance = &found["evidence"]["distance.1"];
    assert!(distance["p_value"].as_f64().unwrap() < 0.05, "{distance}");
}

#[test]
fn next_to_nothing_is_told_of_next_to_nothing() {
    let one = told(&lines([json!({"step": 1, "format": "a"})]));
    assert_eq!(
        (&one["verdict"], &one["level"]),
        (&Value::Null, &json!("inconclusive")),
        "{one}"
    );
    assert!(
        one["sentence"]
            .as_str()
            .unwrap()
            .contains("one step does not tell a change")
    );
    let one_format = told(&lines(
        (0..60).map(|at| json!({"id": at, "step": at % 2, "format": "a"})),
    ));
    assert_eq!(one_format["verdict"], "stable", "{one_format}");
    let distinct = (0..400).map(|at| json!({"id": at, "step": at % 2, "format": at.to_string()}));
    let distinct = told(&lines(distinct));
    assert_eq!(distinct["verdict"], "stable", "{distinct}");
    assert!(distinct["evidence"].get("share.0.all others").is_some());
    let single = told(&lines(
        (0..40).map(|at| json!({"id": at, "step": at, "format": "a"})),
    ));
    assert_eq!(single["verdict"], Value::Null, "{single}");
    let vast =
        (0..40).map(|at| json!({"id": at, "step": 1e300 * f64::from(at % 2), "format": "a"}));
    let vast = told(&lines(vast));
    assert!(vast["evidence"].get("share.1e300.a").is_some(), "{vast}");
    // What the section cannot use is said.
    let rows = [
        json!({"correct": 1}),
        json!({"correct": 1, "step": 3}),
        json!({"correct": 1, "format": "a"}),
        json!({"step": 3, "format": "a"}),
    ];
    let some = told(&lines(rows));
    assert_eq!(number(&some, "skipped.no_step"), 2.0);
    assert_eq!(number(&some, "skipped.no_format"), 1.0);
    let lacking = told(&lines([json!({"correct": 1})]));
    assert_eq!(lacking["missing"], json!(["step", "format", "response"]));
}
