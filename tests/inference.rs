//! Whether intervals cover and tests keep their size on logs whose truth is known, above all with repeated prompts.

use std::collections::BTreeMap;

use calib::evidence::Evidence;
use calib::maths::rng::Rng;
use calib::metrics::Budget;
use calib::record::{Abstained, Confidence, Record};
use calib::report::{Group, group};
use calib::settings::{Resamples, Settings};

/// A log of `prompts` prompts asked `times` times. The model is calibrated over prompts, but all samples of a prompt
/// are right together or wrong together.
fn clustered(seed: u64, prompts: u64, times: u64, named: bool) -> Group {
    let mut rng = Rng::stream(seed, 0);
    let mut evidence = Evidence::default();
    for prompt in 0..prompts {
        let confidence = 0.5 + (rng.uniform() * 10.0).floor() / 20.0;
        let right = rng.uniform() < confidence;
        for _ in 0..times {
            evidence.add(&Record {
                confidence: Confidence::new(confidence),
                credit: Some(f64::from(u8::from(right))),
                item: named.then_some(prompt.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
                ..Record::default()
            });
        }
    }
    audit(&evidence)
}

fn audit(evidence: &Evidence) -> Group {
    let budget = Budget::resolve(Resamples::Fixed(199), 1, 1);
    group(BTreeMap::new(), evidence, &Settings::default(), budget)
}

fn share(logs: u64, is_so: impl Fn(u64) -> bool) -> f64 {
    (0..logs).filter(|log| is_so(*log)).count() as f64 / logs as f64
}

fn rejects(group: &Group, id: &str) -> bool {
    group.metrics[id].beside["p_value"].is_some_and(|p| p < 0.05)
}

/// Figures with a p-value of calibration that knows about clusters.
const TESTS: [&str; 6] = [
    "ece",
    "corp_mcb",
    "ks",
    "ecce_r",
    "spiegelhalter_z",
    "cox_slope",
];

#[test]
fn tests_keep_their_size_when_prompts_repeat() {
    for id in TESTS {
        let named = share(100, |log| rejects(&clustered(log, 200, 10, true), id));
        assert!(named < 0.13, "{id} {named}");
    }
    // Without names the rows look independent, and the test must fail: this is why names matter.
    assert!(share(20, |log| rejects(&clustered(log, 200, 10, false), "ece")) > 0.5);
}

#[test]
fn tests_keep_their_size_on_independent_rows_and_find_what_is_there() {
    for id in TESTS {
        let size = share(100, |log| rejects(&clustered(log, 400, 1, true), id));
        assert!(size < 0.12, "{id} {size}");
    }
}

#[test]
fn the_kernel_error_is_unbiased_only_over_pairs_of_different_prompts() {
    let figures = |named| {
        let of = |log| clustered(log, 60, 5, named).metrics["skce"].value.unwrap();
        (0..200).map(of).collect::<Vec<f64>>()
    };
    let standard_scores = |figures: Vec<f64>| {
        let n = figures.len() as f64;
        let mean = figures.iter().sum::<f64>() / n;
        let square = |x: &f64| (x - mean).powi(2);
        mean / (figures.iter().map(square).sum::<f64>() / (n - 1.0) / n).sqrt()
    };
    assert!(standard_scores(figures(true)).abs() < 3.0);
    assert!(standard_scores(figures(false)) > 10.0);
}

#[test]
fn intervals_cover_when_prompts_repeat() {
    let covers = |id: &'static str, truth: f64| {
        share(150, |log| {
            let group = clustered(log, 100, 5, true);
            let (low, high) = group.metrics[id].interval().unwrap();
            low <= truth && truth <= high
        })
    };
    // Confidences are .5, .55, … .95 with equal chance.
    let steps = || (0..10).map(|step| 0.5 + f64::from(step) / 20.0);
    let brier = steps().map(|c| c * (1.0 - c)).sum::<f64>() / 10.0;
    let accuracy = steps().sum::<f64>() / 10.0;
    for (id, truth) in [
        ("signed_gap", 0.0),
        ("cox_intercept", 0.0),
        ("cox_slope", 1.0),
        ("brier", brier),
        ("accuracy", accuracy),
    ] {
        let coverage = covers(id, truth);
        assert!(coverage > 0.89, "{id} {coverage}");
    }
}

#[test]
fn the_clustered_standard_error_of_auroc_is_its_standard_deviation() {
    let mut areas = Vec::new();
    let mut errors = Vec::new();
    for log in 0..200 {
        let auroc = &clustered(log, 100, 5, true).metrics["auroc"];
        areas.push(auroc.value.unwrap());
        errors.push(auroc.beside["standard_error"].unwrap());
    }
    let n = areas.len() as f64;
    let mean = areas.iter().sum::<f64>() / n;
    let spread = (areas.iter().map(|a| (a - mean).powi(2)).sum::<f64>() / (n - 1.0)).sqrt();
    let stated = errors.iter().sum::<f64>() / n;
    assert!((stated / spread - 1.0).abs() < 0.15, "{stated} {spread}");
}

#[test]
fn repeating_every_row_does_not_narrow_what_is_known() {
    let (once, often) = (clustered(3, 300, 1, true), clustered(3, 300, 8, true));
    for id in ["brier", "signed_gap", "auroc", "accuracy"] {
        let width = |group: &Group| {
            let (low, high) = group.metrics[id].interval().unwrap();
            high - low
        };
        let ratio = width(&often) / width(&once);
        assert!((ratio - 1.0).abs() < 0.05, "{id} {ratio}");
    }
}

#[test]
fn the_verdict_on_repeated_prompts_is_as_careful_as_on_single_ones() {
    let judged = |times: u64| {
        let mut evidence = Evidence::default();
        for prompt in 0..100u64 {
            let should_abstain = prompt < 50;
            let wrong = prompt % 8 == 0;
            for _ in 0..times {
                evidence.add(&Record {
                    should_abstain: Some(should_abstain),
                    abstained: if should_abstain == wrong {
                        Abstained::No
                    } else {
                        Abstained::Full
                    },
                    item: Some(prompt.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
                    ..Record::default()
                });
            }
        }
        audit(&evidence).abstention.all
    };
    let (once, often) = (judged(1), judged(20));
    assert_eq!(
        once.verdict.as_ref().unwrap().direction,
        Some("inconclusive")
    );
    // Twenty samples of each prompt are no more prompts.
    assert_eq!(
        often.verdict.as_ref().unwrap().direction,
        Some("inconclusive")
    );
    let width = |e: &calib::report::Estimate| e.high.unwrap() - e.low.unwrap();
    assert!((width(&often.youden) / width(&once.youden) - 1.0).abs() < 0.15);
}
