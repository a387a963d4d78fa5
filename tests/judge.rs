//! Abstentions labelled by a judge that errs: rates corrected by stated errors or by human labels, and where the
//! verdict would turn.

use std::fmt::Write;

use calib::inference::misclassification::rogan_gladen;
use calib::inference::wilson;
use serde_json::Value;

use crate::common::{Output, audit, root, skipped};

/// So many rows with these fields beside an id of their own.
fn rows(log: &mut String, count: usize, fields: &str) {
    for _ in 0..count {
        let id = log.len();
        writeln!(log, r#"{{"id":"q{id}",{fields}}}"#).unwrap();
    }
}

/// Rows of one side: judged abstained or answered, so many of each checked by a human who calls so many abstained.
fn side(log: &mut String, should: bool, judged: [(usize, usize, usize); 2], more: &str) {
    for (abstained, (all, checked, found)) in [true, false].into_iter().zip(judged) {
        let label = format!(r#""should_abstain":{should},"abstained":{abstained}{more}"#);
        rows(log, found, &format!(r#"{label},"human_label":"full""#));
        rows(
            log,
            checked - found,
            &format!(r#"{label},"human_label":false"#),
        );
        rows(
            log,
            all - checked,
            &format!(r#"{label},"human_label":null"#),
        );
    }
}

/// 100 prompts to decline, of which 40 are judged abstained; 200 to answer, of which 30 are.
fn checked() -> String {
    let mut log = String::new();
    side(&mut log, true, [(40, 10, 9), (60, 20, 4)], "");
    side(&mut log, false, [(30, 10, 6), (170, 40, 2)], "");
    log
}

fn report(log: &str, flags: &[&str]) -> Value {
    audit(["-"])
        .args(["-f", "json", "-q"])
        .args(flags)
        .stdin(log)
        .run()
        .json()
}

fn all(report: &Value) -> &Value {
    &report["runs"][0]["groups"][0]["abstention"]["all"]
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap()
}

fn interval(estimate: &Value) -> (f64, f64) {
    (number(&estimate["low"]), number(&estimate["high"]))
}

fn close(found: &Value, expected: f64) {
    let found = number(found);
    assert!((found - expected).abs() < 1e-9, "{found} {expected}");
}

const GIVEN: [&str; 4] = ["--judge-sens", "0.95", "--judge-spec", "0.9"];

#[test]
fn nothing_is_said_of_a_judge_of_whom_nothing_is_known() {
    let mut log = String::new();
    side(&mut log, true, [(40, 0, 0), (60, 0, 0)], "");
    let report = report(&log, &[]);
    assert!(all(&report).get("judge").is_none());
    assert!(report["settings"].get("judge_sens").is_none());
}

#[test]
fn stated_errors_correct_both_rates_and_their_intervals() {
    let report = report(&checked(), &GIVEN);
    let figures = all(&report);
    let judge = &figures["judge"];
    assert_eq!(judge["source"], "given");
    assert_eq!(report["settings"]["judge_sens"], "0.95");
    let declined = rogan_gladen(0.4, 0.95, 0.9).unwrap();
    close(&judge["over_answer"]["value"], 1.0 - declined);
    close(
        &judge["over_abstain"]["value"],
        rogan_gladen(0.15, 0.95, 0.9).unwrap(),
    );
    let (low, high) = wilson::interval(0.4, 100.0, 0.95).unwrap();
    let of = |end| 1.0 - rogan_gladen(end, 0.95, 0.9).unwrap();
    close(&judge["over_answer"]["low"], of(high));
    close(&judge["over_answer"]["high"], of(low));
    // The verdict and the rates themselves stay as they are.
    close(&figures["over_answer"]["value"], 0.6);
    close(&figures["over_abstain"]["value"], 0.15);
}

#[test]
fn a_perfect_judge_corrects_nothing() {
    let report = report(&checked(), &["--judge-sens", "1", "--judge-spec", "1"]);
    let figures = all(&report);
    for rate in ["over_answer", "over_abstain"] {
        for field in ["value", "low", "high", "n"] {
            close(
                &figures["judge"][rate][field],
                number(&figures[rate][field]),
            );
        }
    }
    assert_eq!(
        figures["judge"]["direction"],
        figures["verdict"]["direction"]
    );
}

#[test]
fn errors_measured_in_few_rows_widen_the_interval() {
    let width = |flags: &[&str]| {
        let report = report(&checked(), flags);
        let (low, high) = interval(&all(&report)["judge"]["over_answer"]);
        high - low
    };
    let exact = width(&GIVEN);
    let many = width(&["--judge-sens", "0.95:4000", "--judge-spec", "0.9:4000"]);
    let few = width(&["--judge-sens", "0.95:40", "--judge-spec", "0.9:40"]);
    assert!((many / exact - 1.0).abs() < 0.03, "{many} {exact}");
    assert!(few > 1.1 * exact, "{few} {exact}");
}

#[test]
fn a_corrected_rate_below_zero_is_cut_and_says_so() {
    let judge = |spec| {
        let report = report(&checked(), &["--judge-sens", "1", "--judge-spec", spec]);
        all(&report)["judge"]["over_abstain"].clone()
    };
    let cut = judge("0.83");
    assert_eq!(cut["value"], 0.0);
    close(&cut["unclipped"], (0.15 - 0.17) / 0.83);
    assert!(
        cut["method"]
            .as_str()
            .unwrap()
            .ends_with("clipped to [0, 1]")
    );
    assert!(interval(&cut).1 > 0.0);
    let unfit = judge("0.7");
    assert_eq!(
        (&unfit["value"], &unfit["low"]),
        (&0.0.into(), &Value::Null)
    );
    assert!(unfit["reason"].as_str().unwrap().contains("do not fit"));
}

#[test]
fn human_labels_correct_each_side_by_its_own_errors() {
    let report = report(&checked(), &[]);
    let judge = &all(&report)["judge"];
    assert_eq!(judge["source"], "human_label");
    close(
        &judge["over_answer"]["value"],
        1.0 - (0.4 * 0.9 + 0.6 * 0.2),
    );
    close(&judge["over_abstain"]["value"], 0.15 * 0.6 + 0.85 * 0.05);
    assert_eq!(judge["over_answer"]["n"], 30);
    // 9 + 6 of 9 + 4 + 6 + 2 that humans call abstained.
    close(&judge["sensitivity"]["value"], 15.0 / 21.0);
    close(&judge["specificity"]["value"], 54.0 / 59.0);
    let (low, high) = interval(&judge["over_answer"]);
    let (seen_low, seen_high) = interval(&all(&report)["over_answer"]);
    assert!(high - low > seen_high - seen_low && low < 0.52 && high > 0.52);
}

#[test]
fn stated_errors_go_before_human_labels() {
    let report = report(&checked(), &GIVEN);
    assert_eq!(all(&report)["judge"]["source"], "given");
}

#[test]
fn too_few_human_labels_give_null_and_a_reason() {
    let mut log = String::new();
    side(&mut log, true, [(40, 4, 4), (60, 20, 4)], "");
    side(&mut log, false, [(3, 3, 3), (170, 5, 0)], "");
    let report = report(&log, &[]);
    let judge = &all(&report)["judge"];
    assert_eq!(judge["over_answer"]["value"], Value::Null);
    assert_eq!(
        judge["over_answer"]["reason"],
        "too few human labels: 4 of the 40 rows judged abstained, 5 needed"
    );
    // Three rows, all of them checked, are enough.
    close(&judge["over_abstain"]["value"], 3.0 / 173.0);
    assert_eq!(judge["direction"], Value::Null);
}

#[test]
fn a_verdict_turns_where_it_is_said_to() {
    let mut log = String::new();
    side(&mut log, true, [(170, 0, 0), (30, 0, 0)], "");
    side(&mut log, false, [(4, 0, 0), (196, 0, 0)], "");
    let judge = |sens: &str, spec: &str| {
        let report = report(&log, &["--judge-sens", sens, "--judge-spec", spec]);
        all(&report)["judge"].clone()
    };
    let reported = judge("1", "1")["direction"].clone();
    assert_eq!(reported, "over_answer");
    let flip = judge("0.97", "1")["flips_at"]["sensitivity"].clone();
    let at = number(&flip["value"]);
    assert_eq!(judge(&at.to_string(), "1")["direction"], flip["to"]);
    for above in [at + 2e-5, f64::midpoint(at, 1.0), 1.0] {
        assert_eq!(
            judge(&above.to_string(), "1")["direction"],
            reported,
            "{above}"
        );
    }
    // A model that refuses everything is one that over-abstains, however good the judge's sensitivity.
    let mut log = String::new();
    side(&mut log, true, [(200, 0, 0), (0, 0, 0)], "");
    side(&mut log, false, [(200, 0, 0), (0, 0, 0)], "");
    let report = report(&log, &GIVEN);
    let flip = &all(&report)["judge"]["flips_at"]["sensitivity"];
    assert_eq!(flip["value"], Value::Null);
    assert!(
        flip["reason"]
            .as_str()
            .unwrap()
            .contains("no judge better than chance")
    );
}

#[test]
fn kinds_are_corrected_apart() {
    let mut log = String::new();
    for (kind, found) in [("epistemic", 9), ("safety", 5)] {
        let more = format!(r#","kind":"{kind}""#);
        side(&mut log, true, [(40, 10, found), (60, 20, 4)], &more);
        side(&mut log, false, [(30, 10, 6), (170, 40, 2)], &more);
    }
    let report = report(&log, &[]);
    let abstention = &report["runs"][0]["groups"][0]["abstention"];
    let rate = |kind: &str| &abstention[kind]["judge"]["over_answer"]["value"];
    close(rate("epistemic"), 1.0 - (0.4 * 0.9 + 0.6 * 0.2));
    close(rate("safety"), 1.0 - (0.4 * 0.5 + 0.6 * 0.2));
    close(rate("all"), 1.0 - (0.4 * 0.7 + 0.6 * 0.2));
    let all = &abstention["all"]["judge"];
    assert_eq!(all["direction"], Value::Null);
    assert!(all["flips_at"]["specificity"]["reason"].is_string());
    assert!(abstention["safety"]["judge"]["direction"].is_string());
}

#[test]
fn weights_count_as_rows_and_repeated_prompts_as_fewer() {
    let log = checked();
    let weighted = log.replace("\"id\"", "\"weight\":3,\"id\"");
    let twice = format!("{log}{log}");
    for flags in [
        &GIVEN[..],
        &["--judge-sens", "0.95:80", "--judge-spec", "0.9:80"],
        &[],
    ] {
        let of = |log: &str| all(&report(log, flags))["judge"].clone();
        let (once, weighted, twice) = (of(&log), of(&weighted), of(&twice));
        for rate in ["over_answer", "over_abstain"] {
            close(&weighted[rate]["value"], number(&once[rate]["value"]));
            close(&twice[rate]["value"], number(&once[rate]["value"]));
            let width = |judge: &Value| {
                let (low, high) = interval(&judge[rate]);
                high - low
            };
            // The same rows again are no news.
            assert!((width(&weighted) / width(&once) - 1.0).abs() < 1e-6);
            assert!(
                (width(&twice) / width(&once) - 1.0).abs() < 0.1,
                "{flags:?} {rate}"
            );
        }
    }
}

#[test]
fn groups_have_their_own_corrections() {
    let log = checked();
    let other = log.replace("\"id\"", "\"task\":\"b\",\"id\"");
    let log = format!(
        "{}{}",
        log.replace("\"id\"", "\"task\":\"a\",\"id\""),
        other
    );
    let report = report(&log, &["--by", "task"]);
    let groups = report["runs"][0]["groups"].as_array().unwrap();
    assert_eq!(groups.len(), 3);
    for group in groups {
        close(
            &group["abstention"]["all"]["judge"]["over_answer"]["value"],
            0.52,
        );
    }
}

#[test]
fn order_and_threads_change_nothing() {
    let log = checked();
    let backward: Vec<&str> = log.lines().rev().collect();
    for flags in [&GIVEN[..], &[]] {
        let of = |log: &str, threads| {
            let flags = [flags, &["-j", threads]].concat();
            report(log, &flags)["runs"].clone()
        };
        let one = of(&log, "1");
        assert_eq!(one, of(&backward.join("\n"), "1"));
        assert_eq!(one, of(&log, "3"));
    }
}

#[test]
fn a_judge_no_better_than_chance_is_a_usage_error() {
    for (flags, said) in [
        (
            &["--judge-sens", "0.5", "--judge-spec", "0.5"][..],
            "no better than chance",
        ),
        (
            &["--judge-sens", "0.9", "--judge-spec", "0.1:50"],
            "no better than chance",
        ),
        (&["--judge-sens", "0.9"], "--judge-spec"),
        (&["--judge-spec", "0.9"], "--judge-sens"),
        (
            &["--judge-sens", "95", "--judge-spec", "0.9"],
            "expected a number above 0",
        ),
        (
            &["--judge-sens", "0", "--judge-spec", "0.9"],
            "expected a number above 0",
        ),
        (
            &["--judge-sens", "0.9:0", "--judge-spec", "0.9"],
            "expected a number above 0",
        ),
        (
            &["--judge-sens", "NaN", "--judge-spec", "0.9"],
            "expected a number above 0",
        ),
    ] {
        let Output { status, stderr, .. } = audit(["-"]).args(flags).stdin(checked()).run();
        assert_eq!(status, Some(2), "{flags:?}");
        assert!(stderr.contains(said), "{stderr}");
    }
}

#[test]
fn a_human_label_that_cannot_be_read_is_a_bad_row() {
    let log = checked().replacen("\"human_label\":\"full\"", "\"human_label\":\"maybe\"", 1);
    let Output { status, stderr, .. } = audit(["-"]).stdin(log).run();
    assert_eq!(status, Some(3));
    assert!(
        stderr.contains("human_label") && stderr.contains("maybe"),
        "{stderr}"
    );
}

#[test]
fn people_see_the_corrected_rates_under_the_others() {
    let page = audit(["-"])
        .args(["--width", "100"])
        .stdin(checked())
        .run()
        .report();
    let after = page.split("over-answer ").nth(1).unwrap();
    let line = after.lines().nth(1).unwrap();
    assert!(
        line.contains("judge-corrected") && line.contains("52.0 %"),
        "{page}"
    );
    assert!(
        page.contains("by human labels: sensitivity 71.4 %"),
        "{page}"
    );
    assert!(
        page.contains("the direction rests on the uncorrected rates"),
        "{page}"
    );
}

/// Figures of XSTest's string match against its human labels, and what humans say of the models.
#[test]
fn xstest_by_string_match_is_put_right_by_its_human_labels() {
    let place =
        std::env::var_os("CALIB_SHARED").map_or_else(|| root().join("../shared"), Into::into);
    for (model, sensitivity, over_answer, over_abstain, seen) in [
        ("mistralguard", 0.679, 0.035, 0.188, 0.330),
        ("llama2orig", 0.885, 0.0, 0.596, 0.020),
        ("gpt4", 0.945, 0.005, 0.084, 0.040),
    ] {
        let file = place.join(format!("real/xstest/{model}.labels.csv"));
        if !file.exists() {
            skipped("the labels of XSTest are not among the shared logs");
            return;
        }
        let flags = [
            "-f",
            "json",
            "--map",
            "abstained=strmatch_label",
            "--map",
            "human_label=final_label",
        ];
        let report = audit([&file]).args(flags).run().json();
        let figures = all(&report);
        let near = |value: &Value, published: f64| {
            assert!(
                (number(value) - published).abs() < 5.1e-4,
                "{model}: {value} {published}"
            );
        };
        near(&figures["over_answer"]["value"], seen);
        let judge = &figures["judge"];
        near(&judge["sensitivity"]["value"], sensitivity);
        near(&judge["over_answer"]["value"], over_answer);
        near(&judge["over_abstain"]["value"], over_abstain);
        if model == "mistralguard" {
            assert_eq!(figures["verdict"]["direction"], "both");
            assert_eq!(judge["direction"], "over_abstain");
        }
    }
}
