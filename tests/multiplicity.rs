//! Many groups, of which none is special: hardly a word may be spoken about any.

use std::collections::BTreeMap;

use calib::evidence::Evidence;
use calib::maths::rng::Rng;
use calib::metrics::{Budget, View};
use calib::record::{Abstained, Confidence, Record};
use calib::report::{Group, adjust, from_view};
use calib::settings::{Resamples, Settings};
use serde_json::Value;

use crate::common::audit;

const GROUPS: u64 = 60;

/// Groups of one log before and after adjustment.
fn judged(rows: impl Fn(&mut Rng) -> Record) -> [Vec<Group>; 2] {
    let settings = Settings::default();
    let budget = Budget::resolve(Resamples::Fixed(199), 1, 1);
    let logs: Vec<Evidence> = (0..GROUPS)
        .map(|log| {
            let mut rng = Rng::stream(5, log);
            let mut evidence = Evidence::default();
            (0..300).for_each(|_| evidence.add(&rows(&mut rng)));
            evidence
        })
        .collect();
    let view = |evidence| View::new(evidence, &settings, budget);
    let views: Vec<View> = logs.iter().map(view).collect();
    let group = |view| from_view(BTreeMap::new(), view);
    let apart: Vec<Group> = views.iter().map(group).collect();
    let mut together = apart.clone();
    adjust(&mut together, &views);
    [apart, together]
}

fn count(groups: &[Group], is_so: impl Fn(&Group) -> bool) -> usize {
    groups.iter().filter(|group| is_so(group)).count()
}

#[test]
fn calibrated_groups_are_not_called_over_or_underconfident() {
    let [apart, together] = judged(|rng| {
        let confidence = rng.uniform();
        Record {
            confidence: Confidence::new(confidence),
            credit: Some(f64::from(u8::from(rng.uniform() < confidence))),
            ..Record::default()
        }
    });
    let leaning = |group: &Group| matches!(group.verdict.confidence, Some("over" | "under"));
    assert!(
        count(&apart, leaning) >= 1,
        "chance alone leans some groups"
    );
    assert_eq!(count(&together, leaning), 0);
    let q = |group: &Group, id: &str| group.metrics[id].beside.get("q_value").copied().flatten();
    for group in &together {
        for id in ["signed_gap", "ece", "corp_mcb"] {
            let p = group.metrics[id].beside["p_value"].unwrap();
            assert!(q(group, id).unwrap() >= p);
        }
    }
    assert!(apart.iter().all(|group| q(group, "ece").is_none()));
}

#[test]
fn groups_at_the_edge_of_the_tolerance_are_not_called_out_by_chance() {
    let [apart, together] = judged(|rng| {
        let should_abstain = rng.uniform() < 0.5;
        let errs = rng.uniform() < 0.1;
        Record {
            should_abstain: Some(should_abstain),
            abstained: if should_abstain == errs {
                Abstained::No
            } else {
                Abstained::Full
            },
            ..Record::default()
        }
    });
    let definite = |group: &Group| group.verdict.direction != Some("inconclusive");
    assert!(
        count(&apart, definite) >= 1,
        "chance alone settles some groups"
    );
    assert_eq!(count(&together, definite), 0);
}

#[test]
fn what_is_plain_in_every_group_is_still_said() {
    let [_, together] = judged(|rng| Record {
        should_abstain: Some(rng.uniform() < 0.5),
        confidence: Confidence::new(0.9),
        credit: Some(f64::from(u8::from(rng.uniform() < 0.6))),
        ..Record::default()
    });
    let plain = |group: &Group| {
        group.verdict.confidence == Some("over") && group.verdict.direction == Some("over_answer")
    };
    assert_eq!(count(&together, plain), GROUPS as usize);
}

/// What the audit of incentives finds in groups whose answers are right with a chance of their confidence and so much
/// more, which is none for honest ones.
fn incentives(more: f64) -> Vec<Value> {
    let mut rows = String::new();
    for group in 0..GROUPS {
        let mut rng = Rng::stream(11, group);
        for at in 0..80 {
            let confidence = (rng.uniform() * 60.0).round() / 100.0;
            let correct = rng.uniform() < confidence + more;
            rows += &format!(
                "{{\"id\": \"{group}-{at}\", \"task\": \"{group}\", \"confidence\": {confidence}, \"correct\": {correct}}}\n"
            );
        }
    }
    let flags = ["-", "-f", "json", "--by", "task", "--resamples", "199"];
    let report = audit(flags).stdin(rows).run().json();
    let groups = report["runs"][0]["groups"].as_array().unwrap();
    let found = groups.iter().skip(1);
    found
        .map(|group| group["objectives"]["incentives"].clone())
        .collect()
}

#[test]
fn sections_too_speak_of_no_group_what_chance_makes_of_some() {
    let by_itself = |found: &&Value| {
        let gap = &found["evidence"]["signed_gap"];
        gap["high"].as_f64().unwrap() < 0.0 && gap["value"].as_f64().unwrap() <= -0.02
    };
    let found = incentives(0.0);
    let apart: Vec<&Value> = found.iter().filter(by_itself).collect();
    assert!(!apart.is_empty(), "chance alone leans some groups");
    for one in &apart {
        assert_eq!(one["verdict"], "none", "{one}");
        assert_eq!(one["level"], "ok");
        assert_eq!(one["advice"], Value::Null);
        let said = one["sentence"].as_str().unwrap();
        assert!(
            said.ends_with("judged together with all groups, this is not definite"),
            "{said}"
        );
    }
    let found = incentives(0.35);
    assert!(found.iter().all(|one| one["verdict"] == "underconfident"));
}

#[test]
fn advice_goes_with_the_word_that_is_spoken_of_a_group() {
    let mut rows = String::new();
    for group in 0..GROUPS {
        let mut rng = Rng::stream(12, group);
        for at in 0..150 {
            let should = at % 2 == 0;
            let errs = rng.uniform() < if should { 0.17 } else { 0.02 };
            let abstained = should != errs;
            rows += &format!(
                "{{\"id\": \"{group}-{at}\", \"task\": \"{group}\", \"should_abstain\": {should}, \"abstained\": {abstained}}}\n"
            );
        }
    }
    let flags = ["-", "-f", "json", "--by", "task"];
    let report = audit(flags).stdin(rows).run().json();
    let groups = report["runs"][0]["groups"].as_array().unwrap();
    let found: Vec<&Value> = groups
        .iter()
        .skip(1)
        .map(|group| &group["objectives"]["direction"])
        .collect();
    let settled = |one: &&&Value| {
        let said = one["sentence"].as_str().unwrap();
        said.contains("over-answers") && said.contains("judged together")
    };
    assert!(found.iter().filter(settled).count() > 0, "{found:?}");
    for one in found {
        let spoken = one["verdict"] == "over_answer";
        assert_eq!(one["advice"].is_string(), spoken, "{one}");
    }
}
