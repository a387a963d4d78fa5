//! `--compat`: what another tool would print, in the text, in the JSON and in the reference.

use std::fs;

use serde_json::{Value, json};

use crate::common::{audit, calib, root};

/// Every name of `--compat`.
const EVERY: &str = "hle,netcal,torchmetrics,sklearn,helm,lm-eval,lm-polygraph,rlcr";

/// Ten answers, most of them at tenths and so on an edge; two that share a bin of ten and none of fifteen.
const TENTHS: &str = r#"{"confidence":0.3,"correct":false}
{"confidence":0.35,"correct":true}
{"confidence":0.6,"correct":false}
{"confidence":0.6,"correct":true}
{"confidence":0.7,"correct":true}
{"confidence":0.8,"correct":true}
{"confidence":0.8,"correct":false}
{"confidence":0.9,"correct":true}
{"confidence":1,"correct":true}
{"confidence":1,"correct":true}
"#;

fn report(log: &str, arguments: &[&str]) -> Value {
    let run = audit(["-", "-f", "json"]).args(arguments).stdin(log);
    run.run().json()
}

fn figures(log: &str, arguments: &[&str]) -> Value {
    report(log, arguments)["runs"][0]["groups"][0]["compat"].clone()
}

/// The block of the text report, up to the empty line that ends it.
fn block(arguments: &[&str]) -> String {
    let text = audit(["-", "-q"])
        .args(arguments)
        .stdin(TENTHS)
        .run()
        .report();
    let lines = text
        .lines()
        .skip_while(|line| !line.contains("as other tools count"));
    let block: Vec<_> = lines
        .take_while(|line| !line.is_empty())
        .map(|line| line.strip_prefix("  ").unwrap())
        .collect();
    block.join("\n")
}

#[test]
fn the_text_report_sets_their_numbers_beside_ours() {
    insta::assert_snapshot!(block(&["--compat", "rlcr,lm-eval", "--width", "80"]), @r#"
    as other tools count       read instead
    lm-eval
      brier_score       n/a    brier 0.1813
        no row has the log-likelihoods of its options and the one that is right
        summed over every option of a question, from 0 to 2
    rlcr
      ece            0.1550    ece 0.2150
        10 bins, closed on the left
    "#);
    insta::assert_snapshot!(block(&["--compat", "rlcr,lm-eval", "--width", "60"]), @r#"
    as other tools count   read instead
    lm-eval
      brier_score     n/a  brier 0.1813
        no row has the log-likelihoods of its options and the
        one that is right
        summed over every option of a question, from 0 to 2
    rlcr
      ece          0.1550  ece 0.2150
        10 bins, closed on the left
    "#);
    insta::assert_snapshot!(block(&["--compat", "rlcr,lm-eval", "--width", "120"]), @r#"
    as other tools count       read instead
    lm-eval
      brier_score       n/a    brier 0.1813
        no row has the log-likelihoods of its options and the one that is right
        summed over every option of a question, from 0 to 2
    rlcr
      ece            0.1550    ece 0.2150
        10 bins, closed on the left
    "#);
    let unable = block(&["--compat", "hle"]);
    let row = unable
        .lines()
        .find(|line| line.contains("calib_err"))
        .unwrap();
    let words: Vec<_> = row.split_whitespace().take(3).collect();
    assert_eq!(words, ["calib_err", "n/a", "rmsce"]);
    assert!(unable.contains("under 100 rows"), "{unable}");
}

#[test]
fn the_json_report_says_how_they_count_and_what_corrects_it() {
    let expected = json!([{
        "tool": "lm-eval",
        "metric": "brier_score",
        "value": null,
        "n": 10,
        "reason": "no row has the log-likelihoods of its options and the one that is right",
        "corrected": { "metric": "brier", "value": 0.18125000000000002 },
        "note": "summed over every option of a question, from 0 to 2",
    }]);
    let found = figures(TENTHS, &["--compat", "lm-eval"]);
    assert_eq!(found.to_string(), expected.to_string());
}

#[test]
fn the_json_report_follows_its_schema() {
    let schema = fs::read(root().join("docs/report.schema.json")).unwrap();
    let schema = serde_json::from_slice(&schema).unwrap();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for log in [TENTHS, "{\"confidence\":0.9,\"correct\":0.5}\n"] {
        let mut report = report(log, &["--compat", EVERY]);
        let errors: Vec<_> = validator
            .iter_errors(&report)
            .map(|e| e.to_string())
            .collect();
        assert!(errors.is_empty(), "{errors:#?}");
        let figure = &mut report["runs"][0]["groups"][0]["compat"][0];
        (figure["value"], figure["reason"]) = (Value::Null, Value::Null);
        assert!(
            !validator.is_valid(&report),
            "a null without a reason passes"
        );
    }
}

#[test]
fn tools_come_once_each_and_in_one_order() {
    let one = report(TENTHS, &["--compat", "rlcr,hle", "--compat", "hle"]);
    let other = report(TENTHS, &["--compat", "hle,rlcr"]);
    assert_eq!(one["settings"]["compat"], json!(["hle", "rlcr"]));
    assert_eq!(one, other);
}

#[test]
fn nothing_is_said_of_other_tools_unasked() {
    let report = report(TENTHS, &[]);
    assert_eq!(report["settings"]["compat"], json!([]));
    assert_eq!(report["runs"][0]["groups"][0].get("compat"), None);
    assert!(!block(&[]).contains("other tools"));
}

#[test]
fn every_group_has_its_own() {
    let log = TENTHS
        .replace("true}", "true,\"task\":\"a\"}")
        .replace("false}", "false,\"task\":\"b\"}");
    let report = report(&log, &["--by", "task", "--compat", "lm-eval"]);
    let groups = report["runs"][0]["groups"].as_array().unwrap();
    let rows: Vec<_> = groups
        .iter()
        .map(|group| &group["compat"][0]["n"])
        .collect();
    assert_eq!(rows, [10, 7, 3]);
}

#[test]
fn what_a_tool_cannot_count_is_null_with_the_reason() {
    for (log, reason) in [
        (
            "{\"confidence\":0.9,\"correct\":0.5}\n",
            "credit between right and wrong, which that tool does not take",
        ),
        ("{\"correct\":true}\n", "no graded answer with a confidence"),
    ] {
        let found = figures(log, &["--compat", EVERY]);
        for figure in found.as_array().unwrap() {
            assert_eq!(figure["value"], Value::Null, "{figure}");
            assert_eq!(figure["reason"], reason, "{figure}");
        }
    }
}

/// `n` rows of confidence 0, of which one in four is right, and then `sure` rows of confidence 1, all wrong.
fn unsure(n: usize, sure: usize) -> String {
    let row = |at: usize| {
        format!(
            "{{\"confidence\":0,\"correct\":{}}}\n",
            at.is_multiple_of(4)
        )
    };
    let wrong = "{\"confidence\":1,\"correct\":false}\n".repeat(sure);
    (0..n).map(row).collect::<String>() + &wrong
}

#[test]
fn hle_leaves_out_the_most_confident_chunk() {
    let hle = |log: &str| figures(log, &["--compat", "hle"])[0].clone();
    let few = hle(&unsure(80, 19));
    assert_eq!(
        few["reason"],
        "under 100 rows: that code stops with an IndexError"
    );
    let one = hle(&unsure(100, 99));
    assert_eq!(
        (one["value"].as_f64(), one["reason"].is_string()),
        (Some(0.0), true)
    );
    // The hundred rows that are sure and wrong do not show; those that are unsure are off by a quarter.
    let two = hle(&unsure(100, 100));
    assert_eq!(two["value"], (0.0625_f64 / 2.0).sqrt());
    let whole = &figures(&unsure(100, 100), &["--compat", "hle"])[1];
    assert_eq!(whole["metric"], "calib_err_all_chunks");
    assert_eq!(whole["value"], (1.0625_f64 / 2.0).sqrt());
    assert_eq!(two["reason"], Value::Null);
    // Here a cut parts rows of one confidence.
    let reason = hle(&unsure(200, 100))["reason"].clone();
    assert!(
        reason.as_str().unwrap().starts_with("tied confidences"),
        "{reason}"
    );
}

#[test]
fn the_order_of_rows_moves_none_of_them() {
    let mut rows: Vec<_> = TENTHS.lines().collect();
    rows.reverse();
    let all = ["--compat", EVERY];
    let reversed = rows.join("\n") + "\n";
    assert_eq!(figures(TENTHS, &all), figures(&reversed, &all));
}

#[test]
fn every_tool_is_explained() {
    let index = calib().args(["explain"]).run().report();
    let page = calib().args(["explain", "compat"]).run().report();
    for tool in EVERY.split(',') {
        assert!(index.contains(&format!("compat.{tool} ")), "{index}");
        assert!(page.contains(tool), "{page}");
        let name = format!("compat.{tool}");
        let page = calib().args(["explain", &name]).run().report();
        for figure in figures(TENTHS, &["--compat", tool]).as_array().unwrap() {
            let metric = figure["metric"].as_str().unwrap();
            assert!(page.replace('\n', " ").contains(metric), "{metric}: {page}");
        }
    }
    insta::assert_snapshot!(calib().args(["explain", "compat.hle"]).run().report(), @r#"
    compat.hle  Humanity's Last Exam, BrowseComp

      differs     Sorts by confidence, cuts chunks of 100 rows, the last of them
                  taking what is left over, and then sums over all chunks but the
                  last: the most confident 100 to 199 rows never count, although
                  every row counts in the denominator. Under 100 rows it stops with
                  an error; from 100 to 199 it says 0 whatever the rows are. A chunk
                  may part rows of equal confidence, so that their order in the file
                  shows.
      figures     calib_err: root mean square over chunks of 100 rows by confidence;
                  the most confident chunk is left out (read rmsce instead)
                  calib_err_all_chunks: the same over all chunks, the most confident
                  one too (read rmsce instead)
      source      calib_err(p='2', beta=100) in the judge scripts of
                  centerforaisafety/hle and texttron/BrowseComp-Plus, from
                  hendrycks/outlier-exposure utils/calibration_tools.py
    "#);
}

#[test]
fn an_unknown_tool_is_a_usage_error_that_names_the_known() {
    let output = audit(["-", "--compat", "netcall"]).stdin(TENTHS).run();
    assert_eq!(output.status, Some(2));
    insta::assert_snapshot!(output.stderr, @r#"
    error: invalid value 'netcall' for '--compat <NAME>'
      [possible values: hle, netcal, torchmetrics, sklearn, helm, lm-eval, lm-polygraph, rlcr]

      tip: a similar value exists: 'netcal'

    For more information, try '--help'.
    "#);
}
