//! The synthesis of all sections: which signature a log is said to bear, and what it is told to lack.

use serde_json::Value;

use crate::common::{audit, calib};
use crate::real::shared;

fn synth(line: &str) -> String {
    calib().args(["synth"]).args(line.split(' ')).run().report()
}

/// The synthesis of a log.
fn synthesis(rows: &str, flags: &[&str]) -> Value {
    let report = audit(["-", "-f", "json"])
        .args(flags)
        .stdin(rows)
        .run()
        .report();
    let report: Value = serde_json::from_str(&report).unwrap();
    report["runs"][0]["groups"][0]["objectives"]["synthesis"].clone()
}

#[test]
fn the_synthesis_in_full() {
    let rows = synth("persona bluffing -n 400 --seed 3");
    let page = |width: &str| {
        audit(["-", "--section", "synthesis", "--width", width])
            .stdin(rows.clone())
            .run()
            .report()
    };
    insta::assert_snapshot!(page("80"));
    assert!(page("60").lines().all(|line| line.chars().count() <= 60));
}

#[test]
fn a_log_says_what_it_cannot_tell() {
    let told = synthesis(&synth("persona safety -n 200 --kind safety"), &[]);
    assert_eq!(told["verdict"], "safety_like", "{told}");
    let missing = |told: &Value| told["missing"].to_string();
    assert_eq!(missing(&told), r#"["reward","step"]"#, "{told}");
    let unlabelled = synth("persona safety -n 200 --kind unknown");
    let told = synthesis(&unlabelled, &[]);
    assert_eq!(missing(&told), r#"["kind","reward","step"]"#, "{told}");
    let told = synthesis("{\"correct\": true}\n{\"correct\": false}\n", &[]);
    assert!(told.is_null(), "{told}");
}

#[test]
fn a_signature_is_told_of_all_rows_and_not_of_groups() {
    let rows = synth("persona reasoner -n 200 --tasks 2");
    let flags = ["-", "--by", "task", "--section", "synthesis", "-f", "json"];
    let report = audit(flags).stdin(rows).run().report();
    let report: Value = serde_json::from_str(&report).unwrap();
    let groups = report["runs"][0]["groups"].as_array().unwrap();
    let verdict = |group: &Value| group["objectives"]["synthesis"]["verdict"].clone();
    assert_eq!(verdict(&groups[0]), "reasoning_like");
    assert_eq!(groups.len(), 3);
    assert!(groups[1..].iter().all(|group| verdict(group).is_null()));
    let sentence = groups[1]["objectives"]["synthesis"]["sentence"].as_str();
    assert!(
        sentence.is_some_and(|words| words.contains("told of all rows")),
        "{sentence:?}"
    );
}

#[test]
fn nothing_is_read_off_a_name() {
    let rows = synth("persona balanced -n 600");
    let named = |name: &str| {
        let rows = rows
            .lines()
            .map(|row| row.replacen('{', &format!("{{\"model\":\"{name}\","), 1));
        synthesis(&rows.map(|row| row + "\n").collect::<String>(), &[])
    };
    assert_eq!(named("reasoner-rlvr-o1"), named("safety-refuser"));
}

/// The same training on two sets of questions: on one the answers become honest enough, on the other too modest.
#[test]
fn two_sets_of_questions_tell_two_stories_of_one_training() {
    let stories = [
        ("gpqa", "Base", "bluffing"),
        ("gpqa", "RLVR", "bluffing"),
        ("gpqa", "RLCR", "none"),
        ("commonsenseqa", "Base", "none"),
        ("commonsenseqa", "RLVR", "bluffing"),
        ("commonsenseqa", "RLCR", "under_confident"),
    ];
    for (set, model, word) in stories {
        let Some(log) = shared(&format!("rlcr/{set}.{model}.jsonl")) else {
            return;
        };
        let rows = std::fs::read_to_string(log).unwrap();
        let told = synthesis(&rows, &[]);
        assert_eq!(told["verdict"], word, "{set} {model}: {told}");
    }
}
