//! Intervals of means over independent rows.

use super::law::{LAWS, Law, Truth, estimate, independent, with_view};
use super::suite::{Cell, Scenario, Tier, covers, replicate};

pub(crate) const MEANS: Scenario = Scenario {
    title: "Means of independent rows",
    text: "Coverage of the 95 % intervals of the Brier score and of confidence minus accuracy (t with n − 1 degrees), and of AUROC \
        (DeLong), and of Cox's line (Wald), against the value over all rows the model could produce. From 100 rows on they cover within .935 to .957, \
        AUROC's from .93, those of Cox's line up to .97; with 30 rows they are approximate.",
    cells,
};

fn cells(tier: Tier) -> Vec<Cell> {
    let calibrated = LAWS.map(|law| (law, Truth::Calibrated));
    let mut cells = Vec::new();
    for (law, truth) in calibrated
        .into_iter()
        .chain([(Law::Even, Truth::Extreme(0.06))])
    {
        for n in [30, 100, 300, 1_000] {
            cells.extend(of(law, truth, n, tier.runs(20_000)));
        }
    }
    cells
}

fn of(law: Law, truth: Truth, n: u64, runs: u64) -> Vec<Cell> {
    let mut figures = vec![
        ("brier", law.mean_of(|c| brier(c, truth.chance(c)))),
        ("signed_gap", law.mean_of(|c| c - truth.chance(c))),
    ];
    if (law, truth) == (Law::Even, Truth::Calibrated) {
        // P(right above wrong) with densities 2c and 2(1 − c).
        figures.push(("auroc", 5.0 / 6.0));
        figures.extend([("cox_intercept", 0.0), ("cox_slope", 1.0)]);
    }
    let covered = replicate(runs, |rng| {
        with_view(&independent(law, truth, n, rng), 1, rng, |view| {
            let covered = |(id, truth): &(&str, f64)| covers(estimate(view, id).interval(), *truth);
            figures.iter().map(covered).collect::<Vec<_>>()
        })
    });
    let claim = |id: &str| match (n < 100, id) {
        (true, "auroc") => (0.88, 0.965),
        (true, "cox_intercept" | "cox_slope") => (0.93, 0.99),
        (false, "cox_intercept" | "cox_slope") => (0.935, 0.97),
        (true, _) => (0.90, 0.965),
        (false, "auroc") => (0.93, 0.957),
        (false, _) => (0.935, 0.957),
    };
    let cell = |(at, (id, _)): (usize, &(&str, f64))| {
        let hits: Vec<bool> = covered.iter().map(|run| run[at]).collect();
        let design = format!("{}, {}, n = {n}", law.name(), truth.name());
        Cell::share(&format!("coverage, {id}"), design, &hits, claim(id))
    };
    figures.iter().enumerate().map(cell).collect()
}

/// Mean squared distance of a confidence from outcomes that come true with this chance.
pub(crate) fn brier(confidence: f64, chance: f64) -> f64 {
    (confidence - chance).powi(2) + chance * (1.0 - chance)
}
