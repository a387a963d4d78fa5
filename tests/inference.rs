//! What repeated prompts may not change, and whether intervals of smooth statistics cover. Other intervals, and tests, are
//! for `tests/validation.rs`.

use std::collections::BTreeMap;

use calib::evidence::Evidence;
use calib::maths::rng::Rng;
use calib::metrics::{Budget, View, find};
use calib::record::{Abstained, Confidence, Record};
use calib::report::{Group, group};
use calib::settings::{Resamples, Settings};

/// A log of `prompts` prompts asked `times` times. The model is calibrated over prompts, but all samples of a prompt
/// are right together or wrong together.
fn clustered(seed: u64, prompts: u64, times: u64) -> Group {
    let mut rng = Rng::stream(seed, 0);
    let mut evidence = Evidence::default();
    for prompt in 0..prompts {
        let confidence = 0.5 + (rng.uniform() * 10.0).floor() / 20.0;
        let right = rng.uniform() < confidence;
        for _ in 0..times {
            evidence.add(&Record {
                confidence: Confidence::new(confidence),
                credit: Some(f64::from(u8::from(right))),
                item: Some(prompt.wrapping_mul(0x9E37_79B9_7F4A_7C15)),
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
fn repeating_every_row_does_not_narrow_what_is_known() {
    let (once, often) = (clustered(3, 300, 1), clustered(3, 300, 8));
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

/// Logs of one law: confidences from .5 to 1, right with their probability squared, a tenth of the rows declined.
#[derive(Clone, Copy)]
struct Law {
    /// Distinct confidences.
    grid: f64,
    /// Prompts in a log.
    prompts: u64,
    /// Samples of each prompt, all alike.
    times: u64,
    /// Replicates asked for.
    replicates: u32,
}

const SMOOTH: [&str; 9] = [
    "brier_skill",
    "ap",
    "aurc",
    "e_aurc",
    "augrc",
    "accuracy_at_coverage_80",
    "simpleqa_f1",
    "omniscience_index",
    "hallucination_rate",
];

impl Law {
    fn log(self, seed: u64) -> Evidence {
        let mut rng = Rng::stream(seed, 1);
        let mut evidence = Evidence::default();
        for prompt in 0..self.prompts {
            let confidence = self.confidence((rng.uniform() * self.grid).floor());
            let right = rng.uniform() < confidence * confidence;
            let mut row = answer(confidence, f64::from(u8::from(right)));
            if rng.uniform() < 0.1 {
                row = declined();
            }
            row.item = Some(prompt.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            (0..self.times).for_each(|_| evidence.add(&row));
        }
        evidence
    }

    fn confidence(self, step: f64) -> f64 {
        0.5 + (step + 0.5) / (2.0 * self.grid)
    }

    /// All rows there could be, as weights.
    fn population(self) -> Evidence {
        const ROWS: f64 = 1e8;
        let mut evidence = Evidence::default();
        let mut add = |row: Record, weight: f64| evidence.add(&Record { weight, ..row });
        let share = 0.9 * ROWS / self.grid;
        for step in 0..self.grid as u32 {
            let confidence = self.confidence(f64::from(step));
            let right = confidence * confidence;
            add(answer(confidence, 1.0), share * right);
            add(answer(confidence, 0.0), share * (1.0 - right));
        }
        add(declined(), 0.1 * ROWS);
        evidence
    }

    /// The shares of logs whose intervals hold the truth, and a method of the first figure.
    fn coverage(self, logs: u64) -> (Vec<(&'static str, f64)>, String) {
        let settings = Settings::default();
        let budget = Budget::resolve(Resamples::Fixed(self.replicates), 1, 1);
        let of = |evidence: &Evidence| {
            let view = View::new(evidence, &settings, budget);
            SMOOTH.map(|id| find(id).unwrap().estimate(&view))
        };
        let truth = of(&self.population()).map(|estimate| estimate.value.unwrap());
        let (mut held, mut method) = ([0u64; SMOOTH.len()], String::new());
        for log in 0..logs {
            let estimates = of(&self.log(log));
            method = estimates[0].method.clone().unwrap();
            for ((held, truth), estimate) in held.iter_mut().zip(truth).zip(&estimates) {
                let (low, high) = estimate.interval().unwrap();
                *held += u64::from(low <= truth && truth <= high);
            }
        }
        let shares = held.map(|held| held as f64 / logs as f64);
        (SMOOTH.into_iter().zip(shares).collect(), method)
    }
}

fn answer(confidence: f64, credit: f64) -> Record {
    Record {
        confidence: Confidence::new(confidence),
        credit: Some(credit),
        ..Record::default()
    }
}

fn declined() -> Record {
    Record {
        abstained: Abstained::Full,
        ..Record::default()
    }
}

#[test]
fn intervals_of_smooth_statistics_cover() {
    let usual = Law {
        grid: 10.0,
        prompts: 200,
        times: 1,
        replicates: 999,
    };
    let few = |law: Law| Law {
        replicates: 199,
        ..law
    };
    let fine = Law {
        grid: 1_000.0,
        ..usual
    };
    let repeated = Law { times: 3, ..usual };
    let many = Law {
        prompts: 1_000,
        ..usual
    };
    for (law, logs, method) in [
        (usual, 200, "BCa, B = 999"),
        (many, 200, "BCa, B = 999"),
        (fine, 120, "BCa, B = 999"),
        (repeated, 200, "BCa, B = 999, "),
        (few(usual), 300, "infinitesimal jackknife, t"),
        (few(fine), 300, "infinitesimal jackknife, t"),
        (
            few(repeated),
            300,
            "infinitesimal jackknife, cluster-robust normal",
        ),
        (
            few(Law {
                grid: 1_000.0,
                ..many
            }),
            300,
            "infinitesimal jackknife, t",
        ),
    ] {
        let (shares, by) = law.coverage(logs);
        assert!(by.starts_with(method), "{by}");
        for (id, share) in shares {
            assert!((0.90..=0.99).contains(&share), "{by}: {id} {share}");
        }
    }
}
