//! Places of one report that did not say the same.

use serde_json::Value;

use super::told::{group, holds, lacks};
use crate::common::audit;

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
