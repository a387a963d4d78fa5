//! Each statistics warning is given where it should be, with its count, and not where it should not.

use serde_json::Value;

use crate::common::calib;

/// The count of each warning of an audit, by code.
fn warnings(logs: &[(&str, &str)], flags: &[&str]) -> Vec<(String, u64)> {
    let folder = tempfile::tempdir().unwrap();
    let mut command = calib().args(["audit", "-f", "json"]).args(flags);
    for (name, text) in logs {
        let path = folder.path().join(format!("{name}.jsonl"));
        std::fs::write(&path, text).unwrap();
        command = command.args([format!("{name}={}", path.display())]);
    }
    let report: Value = serde_json::from_str(&command.run().stdout).unwrap();
    let warning = |w: &Value| {
        (
            w["code"].as_str().unwrap().to_owned(),
            w["count"].as_u64().unwrap(),
        )
    };
    report["warnings"]
        .as_array()
        .unwrap()
        .iter()
        .map(warning)
        .collect()
}

/// `rows` answers of confidences k / steps, alternately right and wrong.
fn answers(rows: usize, steps: usize, field: &str) -> String {
    let row = |at: usize| {
        let confidence = (at % steps) as f64 / steps as f64 + 0.5 / steps as f64;
        format!(
            "{{\"id\":\"q{at}\",\"{field}\":{confidence},\"correct\":{}}}\n",
            at.is_multiple_of(2)
        )
    };
    (0..rows).map(row).collect()
}

fn count(found: &[(String, u64)], code: &str) -> Option<u64> {
    found
        .iter()
        .find(|(id, _)| id == code)
        .map(|(_, count)| *count)
}

#[test]
fn a_log_that_fills_its_bins_has_nothing_to_be_warned_of() {
    assert_eq!(
        warnings(&[("log", &answers(300, 15, "confidence"))], &[]),
        []
    );
}

#[test]
fn empty_bins_are_counted_from_a_third_of_them() {
    let log = answers(300, 3, "confidence");
    assert_eq!(count(&warnings(&[("log", &log)], &[]), "W119"), Some(12));
    assert_eq!(
        count(&warnings(&[("log", &log)], &["--bins", "4"]), "W119"),
        None
    );
    assert_eq!(
        count(
            &warnings(&[("log", &log)], &["--binning", "equal-mass"]),
            "W119"
        ),
        None
    );
}

#[test]
fn columns_named_like_logarithms_are_doubted_unless_the_scale_is_said() {
    let log = answers(300, 15, "token_logprob");
    let map = ["--map", "confidence=token_logprob"];
    assert_eq!(count(&warnings(&[("log", &log)], &map), "W120"), Some(1));
    let scaled = [map[0], map[1], "--confidence-scale", "0,1"];
    assert_eq!(count(&warnings(&[("log", &log)], &scaled), "W120"), None);
}

#[test]
fn certain_confidences_are_counted() {
    let log = answers(300, 15, "confidence")
        + "{\"id\":\"x\",\"confidence\":1,\"correct\":true}\n{\"id\":\"y\",\"confidence\":0,\"correct\":true}\n";
    assert_eq!(count(&warnings(&[("log", &log)], &[]), "W122"), Some(2));
}

#[test]
fn logs_and_groups_that_answer_different_prompts_are_told_apart() {
    let all = answers(300, 15, "confidence");
    let some = all.lines().enumerate().map(|(at, line)| match at % 100 {
        0 => format!("{{\"id\":\"q{at}\",\"abstained\":true}}\n"),
        _ => format!("{line}\n"),
    });
    let some: String = some.collect();
    assert_eq!(
        count(&warnings(&[("a", &all), ("b", &some)], &[]), "W121"),
        Some(3)
    );
    assert_eq!(
        count(&warnings(&[("a", &all), ("b", &all)], &[]), "W121"),
        None
    );
    let of =
        |model: &str, log: &str| log.replace("{\"id\"", &format!("{{\"model\":\"{model}\",\"id\""));
    let both = of("a", &all) + &of("b", &some);
    assert_eq!(
        count(&warnings(&[("both", &both)], &["--by", "model"]), "W121"),
        Some(3)
    );
    assert_eq!(
        count(
            &warnings(
                &[("other", &answers(301, 15, "confidence")), ("b", &some)],
                &[]
            ),
            "W121"
        ),
        None
    );
}
