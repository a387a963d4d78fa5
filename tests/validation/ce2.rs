//! The interval of the squared calibration error over bins.

use calib::evidence::Evidence;
use calib::maths::rng::Rng;

use super::law::{Law, Repeated, Tie, Truth, estimate, independent, with_view};
use super::suite::{Cell, Scenario, Tier, covers, replicate};

pub(crate) const CE2: Scenario = Scenario {
    title: "Squared calibration error over bins",
    text: "Coverage of the 95 % interval of ce2, which estimates θ = Σ_b π_b E[c − y | b]² over 15 bins, where √θ is 0, .03, .06 or .14: \
        .93 to .985 on independent rows, .92 to .985 on 200 prompts asked 10 times, where rows taken for independent would miss. The estimate, which may be negative, is unbiased.",
    cells,
};

const ROOTS: [f64; 4] = [0.0, 0.03, 0.06, 0.14];

/// Models whose θ is known whatever the rows: in every bin c − y has the same size on the mean.
const LAWS: [Law; 3] = [Law::Even, Law::Verbal, Law::Sure];

fn cells(tier: Tier) -> Vec<Cell> {
    let mut cells = Vec::new();
    for law in LAWS {
        for root in ROOTS {
            for n in [300, 1_000, 5_000] {
                let design = format!("{}, √θ = {root:.2}, n = {n}", law.name());
                let log = |rng: &mut Rng| independent(law, truth(law, root), n, rng);
                cells.extend(of(root, design, tier.runs(2_000), (0.93, 0.985), log));
            }
        }
    }
    for tie in [Tie::Same, Tie::Latent] {
        for root in ROOTS {
            let prompts = Repeated {
                law: Law::Even,
                truth: truth(Law::Even, root),
                tie,
                prompts: 200,
                times: 10,
            };
            let design = format!("{}, √θ = {root:.2}", prompts.name());
            let log = |rng: &mut Rng| prompts.log(true, rng);
            cells.extend(of(root, design, tier.runs(2_000), (0.92, 0.985), log));
            if root == 0.0 {
                let design = format!("{}, √θ = 0, without names", prompts.name());
                let unnamed = |rng: &mut Rng| prompts.log(false, rng);
                let [coverage, _] = of(root, design, tier.runs(500), (0.0, 0.8), unnamed);
                cells.push(coverage);
            }
        }
    }
    cells
}

/// The model of this law with this root of θ.
fn truth(law: Law, root: f64) -> Truth {
    match law {
        // Of 15 bins the middle one holds errors of either sign, which cancel.
        Law::Even => Truth::Extreme(root * (15f64 / 14.0).sqrt()),
        _ => Truth::Over(root),
    }
}

fn of(
    root: f64,
    design: String,
    runs: u64,
    claim: (f64, f64),
    log: impl Fn(&mut Rng) -> Evidence + Sync,
) -> [Cell; 2] {
    let theta = root * root;
    let found = replicate(runs, |rng| {
        with_view(&log(rng), 1, rng, |view| {
            let ce2 = estimate(view, "ce2");
            (covers(ce2.interval(), theta), ce2.value.unwrap() - theta)
        })
    });
    let (hits, errors): (Vec<bool>, Vec<f64>) = found.into_iter().unzip();
    [
        Cell::share("coverage, ce2", design.clone(), &hits, claim),
        Cell::mean("bias, ce2", design, &errors, (-0.0002, 0.0002)),
    ]
}
