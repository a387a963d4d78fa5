//! The test of calibration by resampling outcomes: its size, its power, and what it subtracts.

use super::law::{Law, Truth, estimate, independent, with_view};
use super::suite::{Cell, Scenario, Tier, replicate};

pub(crate) const CALIBRATION: Scenario = Scenario {
    title: "Consistency resampling",
    text: "Share of logs with a p-value of at most .05 beside ECE and CORP miscalibration (B = 199): the size where the model is calibrated, \
        the power where ECE is truly .064, by errors that grow towards the middle of (½, 1) or by the same error everywhere, which is harder to see. Then ECE minus its mean over the resampled outcomes, on logs of a calibrated model: it should be 0.",
    cells,
};

const RESAMPLES: u32 = 199;

fn cells(tier: Tier) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (law, n) in [
        (Law::Even, 100),
        (Law::Even, 300),
        (Law::Even, 1_000),
        (Law::Verbal, 300),
    ] {
        // The band that chance allows is the claim: an exact test has size .05.
        let found = rejections(law, Truth::Calibrated, n, tier.runs(10_000));
        cells.extend(pair(
            "size",
            law,
            Truth::Calibrated,
            n,
            &found,
            [(0.05, 0.05); 2],
        ));
    }
    // Both have a true ECE of .064. The least power of either test with 100, 300 and 1,000 rows.
    for (worse, least) in [
        (
            Truth::Slope(0.643),
            [[0.26, 0.19], [0.59, 0.49], [0.985, 0.95]],
        ),
        (
            Truth::Over(0.064),
            [[0.20, 0.20], [0.47, 0.46], [0.96, 0.93]],
        ),
    ] {
        for (n, least) in [100, 300, 1_000].into_iter().zip(least) {
            let found = rejections(Law::Upper, worse, n, tier.runs(2_000));
            cells.extend(pair(
                "power",
                Law::Upper,
                worse,
                n,
                &found,
                least.map(|least| (least, 1.0)),
            ));
        }
    }
    cells.extend([100, 1_000].map(|n| excess(Law::Upper, n, tier.runs(10_000))));
    cells
}

/// ECE minus its mean under resampled outcomes.
fn excess(law: Law, n: u64, runs: u64) -> Cell {
    let found = replicate(runs, |rng| {
        let log = independent(law, Truth::Calibrated, n, rng);
        with_view(&log, RESAMPLES, rng, |view| {
            let draws = &view.null().unwrap().ece;
            let mean = draws.iter().sum::<f64>() / draws.len() as f64;
            estimate(view, "ece").value.unwrap() - mean
        })
    });
    let design = format!("{}, calibrated, n = {n}", law.name());
    Cell::mean("ECE minus its null mean", design, &found, (-0.0005, 0.0005))
}

/// Whether ECE and CORP miscalibration reject calibration in each log.
fn rejections(law: Law, truth: Truth, n: u64, runs: u64) -> Vec<[bool; 2]> {
    replicate(runs, |rng| {
        with_view(&independent(law, truth, n, rng), RESAMPLES, rng, |view| {
            ["ece", "corp_mcb"].map(|id| estimate(view, id).beside["p_value"].unwrap() <= 0.05)
        })
    })
}

fn pair(
    what: &str,
    law: Law,
    truth: Truth,
    n: u64,
    found: &[[bool; 2]],
    claims: [(f64, f64); 2],
) -> Vec<Cell> {
    let design = format!("{}, {}, n = {n}", law.name(), truth.name());
    let cell = |(at, id): (usize, &str)| {
        let hits: Vec<bool> = found.iter().map(|run| run[at]).collect();
        Cell::share(&format!("{what}, {id}"), design.clone(), &hits, claims[at])
    };
    ["ece", "corp_mcb"]
        .into_iter()
        .enumerate()
        .map(cell)
        .collect()
}
