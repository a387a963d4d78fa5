//! How much calibration error a calibrated model shows.

use super::law::{Law, Truth, estimate, independent, with_view};
use super::suite::{Cell, NONE, Scenario, Tier, replicate};

pub(crate) const BIAS: Scenario = Scenario {
    title: "Bias of ECE",
    text: "ECE in 15 bins on logs of a calibrated model, whose true calibration error is 0: the mean of what is shown, and its ratio to the \
        mean of the noise floor stated beside it, √(2/π) Σ_b √(Σ c(1 − c)) / n. The closed form is claimed to hold within 6 % at 100 rows \
        and within 3 % from 1,000 on.",
    cells,
};

fn cells(tier: Tier) -> Vec<Cell> {
    let mut cells = Vec::new();
    for law in [Law::Upper, Law::Sure] {
        for (n, runs, slack) in [
            (100, 20_000, 0.06),
            (1_000, 5_000, 0.03),
            (10_000, 500, 0.03),
        ] {
            let shown = replicate(tier.runs(runs), |rng| {
                with_view(
                    &independent(law, Truth::Calibrated, n, rng),
                    1,
                    rng,
                    |view| {
                        let ece = estimate(view, "ece");
                        (ece.value.unwrap(), ece.beside["noise_floor"].unwrap())
                    },
                )
            });
            let floor = shown.iter().map(|(_, floor)| floor).sum::<f64>() / shown.len() as f64;
            let eces: Vec<f64> = shown.iter().map(|(ece, _)| *ece).collect();
            let ratios: Vec<f64> = eces.iter().map(|ece| ece / floor).collect();
            let design = format!("{}, calibrated, n = {n}", law.name());
            cells.push(Cell::mean("mean ECE", design.clone(), &eces, NONE));
            let ratio = (1.0 - slack, 1.0 + slack);
            cells.push(Cell::mean("mean ECE / noise floor", design, &ratios, ratio));
        }
    }
    cells
}
