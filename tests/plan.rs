//! `calib plan`: as many prompts as it says detect the difference as often as it says.

use calib::comparison::{Pairing, Target, detectable, judge};
use calib::evidence::Evidence;
use calib::inference::paired::Alternative;
use calib::maths::rng::Rng;
use calib::metrics;
use calib::record::{Confidence, Record};
use calib::settings::Settings;

use crate::common::calib;

const LOGS: [&str; 2] = ["fixtures/demo.jsonl", "fixtures/tuned.jsonl"];

/// Two runs on the same questions: the second is surer than it should be, and a little less often right.
fn runs(questions: u64, rng: &mut Rng) -> [Evidence; 2] {
    let (mut base, mut new) = (Evidence::default(), Evidence::default());
    for _ in 0..questions {
        let p = rng.uniform();
        let item = Some(rng.bits());
        let mut row = |evidence: &mut Evidence, confidence: f64, right: f64| {
            evidence.add(&Record {
                confidence: Confidence::new(confidence),
                credit: Some(f64::from(u8::from(rng.uniform() < right))),
                item,
                ..Record::default()
            });
        };
        row(&mut base, p, p);
        row(&mut new, (p + 0.12).min(1.0), 0.94 * p);
    }
    [base, new]
}

#[test]
fn the_planned_number_of_prompts_has_the_planned_power() {
    const REPETITIONS: u32 = 500;
    let settings = Settings::default();
    let judged = |questions, rng: &mut Rng, id| {
        let [base, new] = runs(questions, rng);
        let metric = metrics::find(id).unwrap();
        let pairing = Pairing::new(&base, &new, &settings);
        judge(&pairing, &[Target { metric, kind: None }], &settings).remove(0)
    };
    for id in ["brier", "accuracy"] {
        // So many that what is seen is the truth, to a few percent of itself.
        let pilot = judged(60_000, &mut Rng::stream(1, 0), id);
        let deviation = pilot.difference.unwrap().standard_error * (pilot.units as f64).sqrt();
        let needed = (deviation * detectable(0.95, 0.8) / pilot.delta.unwrap())
            .powi(2)
            .ceil() as u64;
        let detected = (0..REPETITIONS)
            .filter(|index| {
                let found = judged(needed, &mut Rng::stream(2, u64::from(*index)), id);
                found
                    .p_value(Alternative::TwoSided, 0.0)
                    .is_some_and(|p| p < 0.05)
            })
            .count();
        let power = detected as f64 / f64::from(REPETITIONS);
        // Three Monte Carlo errors, and what the pilot leaves open; McNemar's exact test is a little cautious.
        assert!((0.72..0.87).contains(&power), "{id}: {power} at {needed}");
    }
}

#[test]
fn two_logs_are_planned_from_as_they_are_compared() {
    let plan = calib()
        .args(["plan", "--detect", "brier=0.01", "-f", "json"])
        .args(LOGS.map(|log| format!("--like={log}")))
        .run()
        .json();
    let compared = calib()
        .args(["compare", "-f", "json"])
        .args(LOGS)
        .run()
        .json();
    let all = compared["comparisons"].as_array().unwrap();
    let brier = all.iter().find(|one| one["metric"] == "brier").unwrap();
    let planned = &plan["planned"][0];
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    let (ours, theirs) = (
        number(&planned["smallest_detectable"]),
        number(&brier["smallest_detectable"]),
    );
    assert!((ours - theirs).abs() < 1e-12, "{ours} {theirs}");
    assert_eq!(planned["ids"], brier["n"]);
    let needed = (number(&brier["n"]) * (theirs / 0.01).powi(2)).ceil();
    assert!((number(&planned["ids_needed"]) - needed).abs() <= 1.0);
}

#[test]
fn pages_and_refusals() {
    let plan = |arguments: &[&str]| {
        let run = calib().args(["plan"]).args(arguments).run();
        format!(
            "$ calib plan {}\n? {:?}\n{}{}",
            arguments.join(" "),
            run.status,
            run.stdout,
            run.stderr
        )
    };
    let pages = [
        plan(&["--detect", "brier=0.01", "--detect", "accuracy=0.02"]),
        plan(&[
            "--detect",
            "auroc=0.02",
            "--like",
            LOGS[0],
            "--width",
            "60",
            "--ascii",
        ]),
        plan(&[
            "--detect",
            "dprime=0.2",
            "--like",
            LOGS[0],
            "--like",
            LOGS[1],
        ]),
        plan(&["--detect", "ece=0.01"]),
        plan(&["--detect", "auroc=0.01"]),
        plan(&["--detect", "briar=0.01"]),
        plan(&["--detect", "brier=-1"]),
        plan(&[
            "--detect",
            "over_answer=0.1",
            "--like",
            "fixtures/reference/d05_zero_one.jsonl",
        ]),
    ];
    insta::assert_snapshot!(pages.join("\n"));
}
