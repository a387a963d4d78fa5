//! The size of every p-value of the report: whichever metrics have one, now or later, they are found in the registry.

use std::collections::BTreeMap;

use calib::evidence::Evidence;
use calib::maths::rng::Rng;
use calib::metrics::{METRICS, Metric, View};

use super::law::{Law, Repeated, Tie, Truth, independent, with_view};
use super::suite::{Cell, SEED, Scenario, Tier, replicate};

pub(crate) const INDEPENDENT: Scenario = Scenario {
    title: "p-values on independent rows",
    text: "Share of logs of a calibrated model in which each p-value of the report is at most .05 (B = 199 where outcomes are resampled). \
        Tests on paths of sums (ks, ecce_r) are known to be conservative, chi-square tests on bins approximate.",
    cells: independent_cells,
};

pub(crate) const CLUSTERED: Scenario = Scenario {
    title: "p-values on repeated prompts",
    text: "The same on 200 prompts asked 10 times each, of which the model states one confidence. In the hardest case all samples of a prompt are right \
        or wrong together; in the milder one they share a chance whose mean is the confidence. Sizes are claimed to lie within \
        .03 to .09. Without names of prompts the rows look independent, and the same logs must be rejected: that is why names matter.",
    cells: clustered_cells,
};

const RESAMPLES: u32 = 199;

/// A p-value of the report: the metric, and the key beside its value.
type Test = (&'static dyn Metric, &'static str);

/// What is claimed of the size on independent rows.
fn claim(id: &str) -> (f64, f64) {
    match id {
        "ks" => (0.025, 0.06),
        "ecce_r" => (0.02, 0.055),
        "hosmer_lemeshow" => (0.03, 0.09),
        _ => (0.05, 0.05),
    }
}

fn independent_cells(tier: Tier) -> Vec<Cell> {
    let mut cells = Vec::new();
    for law in [Law::Even, Law::Verbal] {
        for n in [100, 500, 2_000] {
            // Many confidences and rows make resampling dear.
            let runs = tier.runs(if n == 2_000 { 2_000 } else { 5_000 });
            let log = |rng: &mut Rng| independent(law, Truth::Calibrated, n, rng);
            let design = format!("{}, n = {n}", law.name());
            cells.extend(sizes(runs, &design, log, claim));
        }
    }
    cells
}

fn clustered_cells(tier: Tier) -> Vec<Cell> {
    let mut cells = Vec::new();
    for tie in [Tie::Same, Tie::Latent] {
        let prompts = Repeated {
            law: Law::Verbal,
            truth: Truth::Calibrated,
            tie,
            prompts: 200,
            times: 10,
        };
        let named = |rng: &mut Rng| prompts.log(true, rng);
        let design = prompts.name();
        cells.extend(sizes(tier.runs(2_000), &design, named, |_| (0.03, 0.09)));
        let unnamed = |rng: &mut Rng| prompts.log(false, rng);
        let found = sizes(
            tier.runs(500),
            &format!("{design}, without names"),
            unnamed,
            |_| (0.2, 1.0),
        );
        cells.extend(found.into_iter().filter(|cell| cell.what.contains(" ece ")));
    }
    cells
}

/// The size of every test on such logs.
fn sizes(
    runs: u64,
    design: &str,
    log: impl Fn(&mut Rng) -> Evidence + Sync,
    claim: impl Fn(&str) -> (f64, f64),
) -> Vec<Cell> {
    let pilot = &mut Rng::stream(SEED, 0);
    let tests = with_view(&log(pilot), 1, pilot, tests);
    let rejected = replicate(runs, |rng| {
        with_view(&log(rng), RESAMPLES, rng, |view| {
            let mut estimates = BTreeMap::new();
            let p_value = |(metric, key): &Test| {
                let estimate = estimates
                    .entry(metric.id())
                    .or_insert_with(|| metric.estimate(view));
                estimate.beside[key]
            };
            tests.iter().map(p_value).collect::<Vec<_>>()
        })
    });
    let cell = |(at, (metric, key)): (usize, &Test)| {
        let p_values = rejected.iter().filter_map(|run| run[at]);
        let hits: Vec<bool> = p_values.map(|p| p <= 0.05).collect();
        // A test that is often undefined would have its size on chosen logs only.
        assert!(
            hits.len() * 10 > rejected.len() * 9,
            "{} {key}, {design}",
            metric.id()
        );
        let what = format!("size, {} {key}", metric.id());
        Cell::share(&what, design.to_owned(), &hits, claim(metric.id()))
    };
    tests.iter().enumerate().map(cell).collect()
}

/// The p-values that are there for such a log.
fn tests(view: &View) -> Vec<Test> {
    let of = |metric: &&'static dyn Metric| {
        let beside = metric.estimate(view).beside;
        let there = beside.into_iter().filter(|(_, value)| value.is_some());
        let keys = there.filter(|(key, _)| key.ends_with("p_value") || key.ends_with("_p"));
        keys.map(|(key, _)| (*metric, key)).collect::<Vec<_>>()
    };
    let tests: Vec<Test> = METRICS.iter().flat_map(of).collect();
    assert!(tests.len() >= 2, "ece and corp_mcb at least");
    tests
}
