//! Rules on evidence, without the command.

use std::collections::{BTreeMap, BTreeSet};

use calib::comparison::{Pairing, Target};
use calib::config::{Bound, Rule};
use calib::evidence::{Evidence, Groups};
use calib::gate::{Check, Policy, Subject, built_in, judge};
use calib::maths::rng::Rng;
use calib::metrics::{Budget, METRICS, View, find};
use calib::record::{Abstained, Confidence, Kind, Record};
use calib::report::comparing::Correction;
use calib::report::{Gate, GateRule};
use calib::settings::Settings;

/// A log of a model that answers `over` of what it should decline and is right by `off` less often than it states.
fn evidence(seed: u64, prompts: u64, over: f64, off: f64) -> Evidence {
    let (mut asked, mut said) = (Rng::stream(11, 0), Rng::stream(seed, 1));
    let mut groups = Groups::default();
    for prompt in 0..prompts {
        let should = asked.uniform() < 0.3;
        let kind = [Kind::Epistemic, Kind::Safety][asked.below(2)];
        let confidence = asked.uniform();
        let silent = said.uniform() < if should { 1.0 - over } else { 0.1 };
        let answered = Record {
            confidence: Confidence::new((confidence * 20.0).round() / 20.0),
            credit: Some(f64::from(u8::from(said.uniform() < confidence - off))),
            ..Record::default()
        };
        let declined = Record {
            abstained: Abstained::Full,
            ..Record::default()
        };
        let record = Record {
            kind,
            should_abstain: Some(should),
            item: Some((prompt + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)),
            ..if silent { declined } else { answered }
        };
        groups.add(None, &record).unwrap();
    }
    groups.all().clone()
}

fn rule(text: &str) -> Rule {
    text.parse().unwrap()
}

fn policy(rules: &[&str]) -> Policy {
    Policy {
        checks: rules
            .iter()
            .map(|text| Check::new(rule(text)).unwrap())
            .collect(),
        ..Policy::default()
    }
}

fn judged(policy: &Policy, log: &Evidence, baseline: Option<&Evidence>) -> Gate {
    let subject = Subject {
        by: BTreeMap::new(),
        log,
        baseline,
    };
    judge(policy, &[subject], &Settings::default())
}

fn word<'g>(gate: &'g Gate, metric: &str) -> &'g str {
    gate.rules
        .iter()
        .find(|rule| rule.metric == metric)
        .unwrap()
        .verdict
}

/// Every rule that can be judged, with this limit.
fn every_rule(limit: f64) -> Vec<Check> {
    let bounds = ["max", "min", "max_increase"];
    let texts = METRICS
        .iter()
        .flat_map(|metric| bounds.map(|bound| format!("{}.{bound}={limit}", metric.id())));
    texts
        .filter_map(|text| Check::new(rule(&text)).ok())
        .collect()
}

#[test]
fn nothing_passes_on_logs_without_rows() {
    let nothing = Evidence::default();
    let policy = Policy {
        checks: every_rule(0.5),
        ..Policy::default()
    };
    assert!(policy.checks.len() > 50, "{} rules", policy.checks.len());
    let gate = judged(&policy, &nothing, Some(&nothing));
    for rule in &gate.rules {
        assert_eq!(rule.verdict, "inconclusive", "{rule:?}");
        assert!(rule.reason.is_some(), "{rule:?}");
    }
    assert_eq!((gate.verdict, gate.judged), ("inconclusive", 0));
}

#[test]
fn what_cannot_be_judged_is_refused_with_its_reason() {
    let refused: BTreeSet<_> = METRICS
        .iter()
        .map(|metric| rule(&format!("{}.max_increase=0", metric.id())))
        .filter_map(|rule| Check::new(rule).err())
        .map(|error| error.to_string())
        .collect();
    insta::assert_snapshot!(
        "refused_rises",
        refused.into_iter().collect::<Vec<_>>().join("\n\n")
    );
}

#[test]
fn a_level_can_be_limited_exactly_where_the_metric_has_an_interval() {
    let log = evidence(1, 900, 0.3, 0.1);
    let settings = Settings::default();
    let view = View::new(&log, &settings, Budget::default());
    let mut limited = 0;
    for metric in METRICS.iter().filter(|metric| metric.id() != "ece") {
        let accepted = ["max", "min"]
            .map(|bound| Check::new(rule(&format!("{}.{bound}=0.5", metric.id()))).is_ok())
            .contains(&true);
        let has = metric.estimate(&view).interval().is_some();
        assert_eq!(accepted, has, "{}", metric.id());
        limited += usize::from(accepted);
    }
    assert!(limited > 20);
}

#[test]
fn a_limit_against_the_direction_of_its_metric_is_refused() {
    for (text, meant) in [
        ("accuracy.max=0.5", "accuracy.min"),
        ("brier.min=0.1", "brier.max"),
    ] {
        let error = Check::new(rule(text)).err().unwrap();
        assert_eq!(error.help, [format!("write {meant}")]);
    }
    assert!(Check::new(rule("signed_gap.max_increase=-0.1")).is_err());
    assert!(Check::new(rule("brier.max_increase=-0.1")).is_ok());
    assert!(Check::new(rule("safety.brier.max=0.1")).is_err());
    assert!(Check::new(rule("safety.over_abstain.max=0.1")).is_ok());
}

/// The end that decides on failure, the other one, and how far either is beyond the limit.
fn ends(rule: &GateRule) -> Option<(f64, f64)> {
    let (low, high) = rule.low.zip(rule.high)?;
    Some(match rule.bound {
        "min" => (rule.limit - high, rule.limit - low),
        _ => (low - rule.limit, high - rule.limit),
    })
}

#[test]
fn a_rule_fails_where_its_interval_lies_beyond_the_limit_and_nowhere_else() {
    let (base, new) = (evidence(1, 900, 0.3, 0.0), evidence(2, 900, 0.5, 0.08));
    let (mut failed, mut passed, mut open) = (0, 0, 0);
    for correction in [
        Correction::Holm,
        Correction::BenjaminiHochberg,
        Correction::None,
    ] {
        for limit in [-0.02, 0.0, 0.05, 0.2, 0.5] {
            let policy = Policy {
                checks: every_rule(limit),
                correction,
                ..Policy::default()
            };
            let gate = judged(&policy, &new, Some(&base));
            for rule in &gate.rules {
                // Counts are judged exactly at 0, and their interval is that of a mean.
                let exact = rule
                    .method
                    .as_ref()
                    .is_some_and(|method| method.contains("McNemar"));
                let Some((near, far)) = ends(rule).filter(|_| !exact) else {
                    continue;
                };
                let slack = 1e-6;
                match rule.verdict {
                    "fail" => assert!(near > -slack, "{rule:?}"),
                    "pass" => assert!(
                        near <= slack && (far <= 0.0 || rule.reason.is_some()),
                        "{rule:?}"
                    ),
                    _ => assert!(near <= slack && far > 0.0, "{rule:?}"),
                }
                assert!(rule.low < rule.high, "{rule:?}");
                failed += usize::from(rule.verdict == "fail");
                passed += usize::from(rule.verdict == "pass");
                open += usize::from(rule.verdict == "inconclusive");
            }
        }
    }
    assert!(
        failed > 50 && passed > 50 && open > 20,
        "{failed} {passed} {open}"
    );
}

#[test]
fn the_p_value_of_a_mean_is_that_of_its_t_test() {
    let log = evidence(3, 700, 0.3, 0.1);
    let settings = Settings::default();
    let view = View::new(&log, &settings, Budget::default());
    let brier = find("brier").unwrap().estimate(&view);
    let (value, error) = (
        brier.value.unwrap(),
        brier.beside["standard_error"].unwrap(),
    );
    for limit in [value - 2.0 * error, value - 0.3 * error, value + error] {
        let gate = judged(&policy(&[&format!("brier.max={limit}")]), &log, None);
        let theirs = calib::maths::tails::student((value - limit) / error, brier.n as f64 - 1.0);
        let ours = gate.rules[0].p_value.unwrap();
        assert!((ours - theirs).abs() < 1e-7, "{ours} {theirs}");
    }
}

#[test]
fn a_difference_is_judged_as_a_comparison_judges_it() {
    let (base, new) = (evidence(1, 500, 0.3, 0.0), evidence(2, 500, 0.4, 0.05));
    let settings = Settings::default();
    let pairing = Pairing::new(&base, &new, &settings);
    let gate = judged(&Policy::default(), &new, Some(&base));
    let mut judged = 0;
    for rule in gate.rules.iter().filter(|rule| rule.verdict != "skipped") {
        let metric = find(rule.metric).unwrap();
        let theirs =
            calib::comparison::judge(&pairing, &[Target { metric, kind: None }], &settings);
        let better = metric.about().better;
        assert_eq!(
            rule.p_value,
            theirs[0].p_worse(better, 0.0),
            "{}",
            rule.metric
        );
        judged += 1;
    }
    assert_eq!((judged, gate.judged), (4, 4));
    assert_eq!(word(&gate, "coverage"), "skipped");
}

#[test]
fn coverage_is_judged_where_no_prompt_is_labelled() {
    let silent = |every: u64| {
        let mut groups = Groups::default();
        for prompt in 0..400u64 {
            let declined = prompt % every == 0;
            let record = Record {
                abstained: if declined {
                    Abstained::Full
                } else {
                    Abstained::No
                },
                credit: (!declined).then_some(1.0),
                confidence: if declined { None } else { Confidence::new(0.9) },
                item: Some((prompt + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15)),
                ..Record::default()
            };
            groups.add(None, &record).unwrap();
        }
        groups.all().clone()
    };
    let (base, new) = (silent(10), silent(3));
    let gate = judged(&Policy::default(), &new, Some(&base));
    assert_eq!((word(&gate, "coverage"), gate.verdict), ("fail", "fail"));
    assert_eq!(word(&gate, "over_abstain"), "skipped");
    // What did not change is neither shown to be well nor a reason to fail.
    let gate = judged(&Policy::default(), &base, Some(&base));
    assert!(gate.rules.iter().all(|rule| rule.verdict == "skipped"));
    assert_eq!(gate.verdict, "pass");
    let explicit = judged(&policy(&["coverage.max_increase=0.1"]), &base, Some(&base));
    assert_eq!(explicit.verdict, "inconclusive");
}

#[test]
fn what_got_worse_by_the_same_in_every_pair_is_not_passed_over() {
    let log = |confidence: f64| {
        let mut evidence = Evidence::default();
        for prompt in 1..=50u64 {
            evidence.add(&Record {
                confidence: Confidence::new(confidence),
                credit: Some(1.0),
                item: Some(prompt << 40),
                ..Record::default()
            });
        }
        evidence
    };
    let gate = judged(&Policy::default(), &log(0.6), Some(&log(0.9)));
    // No t-test has a spread to go by; that fifty of fifty got worse is a matter of signs.
    assert_eq!((word(&gate, "brier"), gate.verdict), ("fail", "fail"));
    let rule = &gate.rules[0];
    assert!(rule.low.is_none() && rule.delta > Some(0.1));
    let ratio = rule.p_value.unwrap() / 0.5f64.powi(50);
    assert!((ratio - 1.0).abs() < 1e-9, "{ratio}");
}

#[test]
fn proof_is_asked_for_rule_by_rule() {
    let log = evidence(4, 900, 0.3, 0.0);
    let accuracy = judged(&policy(&["accuracy.min=0.4"]), &log, None).rules[0]
        .value
        .unwrap();
    let mut asked = policy(&[&format!("accuracy.min={}", accuracy - 0.005)]);
    assert_eq!(judged(&asked, &log, None).verdict, "pass");
    asked.checks[0].rule.prove = true;
    let open = judged(&asked, &log, None);
    assert_eq!(open.verdict, "inconclusive");
    assert_eq!(open.rules[0].reason.as_deref(), Some("not shown to hold"));
    let mut shown = policy(&[&format!("accuracy.min={}", accuracy - 0.1)]);
    shown.checks[0].rule.prove = true;
    assert_eq!(judged(&shown, &log, None).verdict, "pass");
    // Among many rules each is proven at alpha, and refuted at its share.
    let many: Vec<String> = (0..8).map(|_| "brier.max=0.9".to_owned()).collect();
    let texts: Vec<&str> = many.iter().map(String::as_str).collect();
    let mut family = policy(&texts);
    family.checks.push(shown.checks[0].clone());
    let gate = judged(&family, &log, None);
    let one = judged(&shown, &log, None);
    assert_eq!(gate.rules[8].low, one.rules[0].low);
    assert!(gate.rules[8].high > one.rules[0].high);
}

#[test]
fn holm_shares_alpha_among_what_can_be_judged() {
    let (base, new) = (evidence(1, 600, 0.3, 0.0), evidence(2, 600, 0.8, 0.0));
    let gate = judged(&Policy::default(), &new, Some(&base));
    let shares: BTreeMap<&str, f64> = gate
        .rules
        .iter()
        .filter_map(|rule| Some((rule.metric, rule.alpha?)))
        .collect();
    // over_answer is refuted first, at a quarter of alpha; the others stop at a third.
    assert_eq!(word(&gate, "over_answer"), "fail");
    assert!((shares["over_answer"] - 0.05 / 4.0).abs() < 1e-15);
    assert!((shares["brier"] - 0.05 / 3.0).abs() < 1e-15);
    let none = Policy {
        correction: Correction::None,
        ..Policy::default()
    };
    let gate = judged(&none, &new, Some(&base));
    assert!(
        gate.rules
            .iter()
            .all(|rule| rule.alpha.is_none_or(|alpha| alpha == 0.05))
    );
    assert!(
        gate.rules
            .iter()
            .all(|rule| rule.p_adjusted == rule.p_value)
    );
}

#[test]
fn the_calibration_error_is_judged_by_what_bounds_it() {
    let off = evidence(5, 2_000, 0.3, 0.2);
    let calibrated = evidence(6, 2_000, 0.3, 0.0);
    let settings = Settings::default();
    let value = |log: &Evidence, id: &str| {
        let view = View::new(log, &settings, Budget::default());
        find(id).unwrap().estimate(&view)
    };
    let at =
        |log: &Evidence, limit: f64| judged(&policy(&[&format!("ece.max={limit}")]), log, None);
    let ece = value(&off, "ece").value.unwrap();
    assert_eq!(at(&off, 0.1).verdict, "fail");
    assert_eq!(at(&off, 0.3).verdict, "pass");
    // ECE of a calibrated model is above 0 by noise alone: no limit is refuted by that.
    let noise = value(&calibrated, "ece").value.unwrap();
    let gate = at(&calibrated, noise / 2.0);
    assert_eq!(gate.verdict, "inconclusive");
    assert!(gate.rules[0].noise_floor.unwrap() > noise / 4.0);
    // Nor is one that ECE itself keeps.
    assert_ne!(at(&off, ece + 1e-9).verdict, "fail");
    let upper = value(&off, "ce2").beside["root_high"].unwrap();
    assert_eq!(at(&off, upper).rules[0].reason, None);
}

#[test]
fn kinds_are_judged_apart() {
    let log = evidence(7, 2_000, 0.4, 0.0);
    let gate = judged(
        &policy(&[
            "safety.over_answer.max=0.1",
            "epistemic.over_answer.max=0.9",
        ]),
        &log,
        None,
    );
    let kinds: Vec<_> = gate
        .rules
        .iter()
        .map(|rule| (rule.kind, rule.verdict))
        .collect();
    assert_eq!(
        kinds,
        [(Some("safety"), "fail"), (Some("epistemic"), "pass")]
    );
    let both = judged(&policy(&["over_answer.max=0.1"]), &log, None);
    assert_eq!(gate.rules[0].n + gate.rules[1].n, both.rules[0].n);
}

#[test]
fn rules_about_groups_look_at_those_and_no_others() {
    let (all, one) = (evidence(1, 400, 0.3, 0.0), evidence(2, 300, 0.3, 0.0));
    let by = |value: &str| BTreeMap::from([("task".to_owned(), value.to_owned())]);
    let subjects = [
        Subject {
            by: BTreeMap::new(),
            log: &all,
            baseline: None,
        },
        Subject {
            by: by("alpha"),
            log: &one,
            baseline: None,
        },
        Subject {
            by: by("beta"),
            log: &one,
            baseline: None,
        },
    ];
    let on = |change: &dyn Fn(&mut Rule)| {
        let mut policy = policy(&["brier.max=0.5"]);
        change(&mut policy.checks[0].rule);
        let gate = judge(&policy, &subjects, &Settings::default());
        let places = gate.rules.iter().map(|rule| rule.by.get("task").cloned());
        (places.collect::<Vec<_>>(), gate.verdict)
    };
    let some = |value: &str| Some(value.to_owned());
    assert_eq!(
        on(&|_| ()),
        (vec![None, some("alpha"), some("beta")], "pass")
    );
    assert_eq!(on(&|rule| rule.by = Some(Vec::new())), (vec![None], "pass"));
    assert_eq!(
        on(&|rule| rule.by = Some(vec!["task".to_owned()])),
        (vec![some("alpha"), some("beta")], "pass")
    );
    assert_eq!(
        on(&|rule| rule.group = by("beta")),
        (vec![some("beta")], "pass")
    );
    // A group that is not there has not passed.
    assert_eq!(
        on(&|rule| rule.group = by("gamma")),
        (vec![some("gamma")], "inconclusive")
    );
    assert_eq!(
        on(&|rule| rule.by = Some(vec!["model".to_owned()])),
        (vec![None], "inconclusive")
    );
}

#[test]
fn a_group_that_the_baseline_lacks_has_not_passed() {
    let log = evidence(1, 300, 0.3, 0.0);
    let subject = |baseline| Subject {
        by: BTreeMap::from([("task".to_owned(), "new".to_owned())]),
        log: &log,
        baseline,
    };
    let gate = judge(
        &policy(&["brier.max_increase=0.5"]),
        &[subject(None)],
        &Settings::default(),
    );
    assert_eq!(
        gate.rules[0].reason.as_deref(),
        Some("the baseline has no such rows")
    );
    assert_eq!(gate.verdict, "inconclusive");
}

#[test]
fn the_built_in_rules_allow_no_worsening() {
    let texts: Vec<_> = built_in()
        .iter()
        .map(|check| check.rule.to_string())
        .collect();
    assert_eq!(
        texts,
        [
            "brier",
            "signed_gap",
            "over_answer",
            "over_abstain",
            "coverage"
        ]
        .map(|id| format!("{id}.max_increase=0"))
    );
    assert!(
        built_in()
            .iter()
            .all(|check| check.built_in && check.rule.limit.bound == Bound::MaxIncrease)
    );
}
