//! Intervals when prompts repeat.

use calib::maths::rng::Rng;
use calib::metrics::{View, warnings};
use calib::report::from_view;

use super::law::{Law, Repeated, Tie, Truth, estimate, with_view};
use super::means::brier;
use super::suite::{CHANCE, Cell, Scenario, Tier, covers, replicate};

pub(crate) const CLUSTERS: Scenario = Scenario {
    title: "Intervals on repeated prompts",
    text: "Prompts asked 10 times each, with one confidence U(0, 1) per prompt, right with that chance on the logit scale plus a normal effect \
        of the prompt. Coverage of the cluster-robust 95 % intervals, against the value over all prompts: .935 to .960 from 30 prompts on, \
        approximate below. Without names of prompts the same rows look independent and the interval misses far too often; \
        with names, warning W104 says that rows are repeated. The standard error of AUROC is held to the spread of AUROC over logs.",
    cells,
};

fn cells(tier: Tier) -> Vec<Cell> {
    let mut cells = Vec::new();
    for prompts in [10, 30, 200] {
        for sd in [0.0, 1.0] {
            let log = Repeated {
                law: Law::Even,
                truth: Truth::Calibrated,
                tie: Tie::Effect(sd),
                prompts,
                times: 10,
            };
            let claim = if prompts < 30 {
                (0.90, 0.975)
            } else {
                (0.935, 0.960)
            };
            cells.extend(coverage(&log, true, tier.runs(5_000), claim));
            if prompts == 200 {
                let unnamed = coverage(&log, false, tier.runs(2_000), (0.5, 0.92));
                cells.extend(
                    unnamed
                        .into_iter()
                        .filter(|cell| cell.what.ends_with("brier")),
                );
                cells.push(warned(&log, tier.runs(500)));
                cells.push(spread_of_auroc(&log, tier.runs(2_000)));
            }
        }
    }
    cells
}

fn coverage(log: &Repeated, named: bool, runs: u64, claim: (f64, f64)) -> Vec<Cell> {
    let chance = |c: f64| log.tie.mean_chance(log.truth.chance(c));
    let figures = [
        ("brier", log.law.mean_of(|c| brier(c, chance(c)))),
        ("signed_gap", log.law.mean_of(|c| c - chance(c))),
        ("accuracy", log.law.mean_of(chance)),
    ];
    let covered = replicate(runs, |rng| {
        with_view(&log.log(named, rng), 1, rng, |view| {
            figures.map(|(id, truth)| covers(estimate(view, id).interval(), truth))
        })
    });
    let names = if named { "" } else { ", without names" };
    let cell = |(at, (id, _)): (usize, &(&str, f64))| {
        let hits: Vec<bool> = covered.iter().map(|run| run[at]).collect();
        let design = format!("{}{names}", log.name());
        Cell::share(&format!("coverage, {id}"), design, &hits, claim)
    };
    figures.iter().enumerate().map(cell).collect()
}

fn warned(log: &Repeated, runs: u64) -> Cell {
    let hits = replicate(runs, |rng| {
        with_view(&log.log(true, rng), 1, rng, |view| {
            let warnings = warnings(&from_view(Default::default(), view), view);
            warnings.iter().any(|warning| warning.code == "W104")
        })
    });
    Cell::share("share warned, W104", log.name(), &hits, (1.0, 1.0))
}

/// The mean stated standard error over the standard deviation, whose own error is about 1 / √(2 R).
fn spread_of_auroc(log: &Repeated, runs: u64) -> Cell {
    let auroc = |view: &View| {
        let auroc = estimate(view, "auroc");
        (
            auroc.value.unwrap(),
            auroc.beside["standard_error"].unwrap(),
        )
    };
    let drawn = replicate(runs, |rng: &mut Rng| {
        with_view(&log.log(true, rng), 1, rng, auroc)
    });
    let n = drawn.len() as f64;
    let mean = drawn.iter().map(|(area, _)| area).sum::<f64>() / n;
    let squares: f64 = drawn.iter().map(|(area, _)| (area - mean).powi(2)).sum();
    let spread = (squares / (n - 1.0)).sqrt();
    let ratios: Vec<f64> = drawn.iter().map(|(_, error)| error / spread).collect();
    let mut cell = Cell::mean(
        "standard error / spread, auroc",
        log.name(),
        &ratios,
        (0.97, 1.03),
    );
    let of_spread = CHANCE / (2.0 * n).sqrt();
    cell.margin = (cell.margin.0 + of_spread, cell.margin.1 + of_spread);
    cell
}
