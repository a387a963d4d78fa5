//! Intervals of rates, by exact enumeration.

use calib::inference::{clopper_pearson, wilson};

use super::suite::{Cell, Scenario, Tier};

pub(crate) const RATES: Scenario = Scenario {
    title: "Rates",
    text: "Coverage of the 95 % intervals of a rate, summed exactly over all counts of successes, at the true rates .005, \
        .010, …, .995. Wilson's covers on average and may dip for rates near 0 and 1; Clopper and Pearson's covers everywhere. \
        With no success in n rows, n times the upper end of the one-sided 95 % interval tends to 3 from below.",
    cells,
};

/// Rows, and what Wilson's interval covers at least at any rate of the grid.
const ROWS: [(u64, f64); 7] = [
    (5, 0.836),
    (10, 0.859),
    (20, 0.904),
    (50, 0.910),
    (100, 0.910),
    (200, 0.920),
    (1_000, 0.944),
];

fn cells(_: Tier) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (n, least) in ROWS {
        let design = format!("n = {n}");
        let wilson = coverages(n, |k| wilson::interval(k as f64 / n as f64, n as f64, 0.95));
        let exact = coverages(n, |k| clopper_pearson::interval(k as f64, n as f64, 0.95));
        let mean = wilson.iter().sum::<f64>() / wilson.len() as f64;
        let of = |what, value, claim| Cell::exact(what, design.clone(), value, claim);
        cells.push(of("mean coverage, Wilson", mean, (0.948, 0.955)));
        cells.push(of(
            "least coverage, Wilson",
            smallest(&wilson),
            (least, 1.0),
        ));
        cells.push(of(
            "least coverage, Clopper-Pearson",
            smallest(&exact),
            (0.95, 1.0),
        ));
        if n >= 50 {
            let (_, high) = clopper_pearson::interval(0.0, n as f64, 0.90).unwrap();
            cells.push(of(
                "n × upper end at no success",
                high * n as f64,
                (2.9, 3.0),
            ));
        }
    }
    cells
}

fn smallest(values: &[f64]) -> f64 {
    values.iter().copied().fold(f64::INFINITY, f64::min)
}

/// Coverage at each rate of the grid.
fn coverages(n: u64, interval: impl Fn(u64) -> Option<(f64, f64)>) -> Vec<f64> {
    let intervals: Vec<_> = (0..=n).map(|k| interval(k).unwrap()).collect();
    let rates = (1..200).map(|step| f64::from(step) / 200.0);
    rates
        .map(|rate| {
            let terms = binomial(n, rate).into_iter().zip(&intervals);
            let covering = terms.filter(|(_, (low, high))| *low <= rate && rate <= *high);
            covering.map(|(term, _)| term).sum()
        })
        .collect()
}

/// The terms of the binomial law, by their ratios from the largest, which neither vanishes nor overflows.
fn binomial(n: u64, rate: f64) -> Vec<f64> {
    let odds = rate / (1.0 - rate);
    let mode = ((n + 1) as f64 * rate) as usize;
    let mut terms = vec![1.0; n as usize + 1];
    for k in mode + 1..terms.len() {
        terms[k] = terms[k - 1] * odds * (n + 1 - k as u64) as f64 / k as f64;
    }
    for k in (0..mode).rev() {
        terms[k] = terms[k + 1] / odds * (k + 1) as f64 / (n - k as u64) as f64;
    }
    let total: f64 = terms.iter().sum();
    terms.iter().map(|term| term / total).collect()
}
