//! What repeated prompts may not change. Coverage of intervals and size of tests are for `tests/validation.rs`.

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
fn repeating_every_row_does_not_narrow_what_is_known() {
    let (once, often) = (clustered(3, 300, 1, true), clustered(3, 300, 8, true));
    for id in ["brier", "signed_gap", "auroc", "accuracy", "ce2"] {
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
