//! What a fit promises of the risk of what is answered.

use calib::evidence::Partial;
use calib::maths::rng::Rng;
use calib::recalibrate::threshold::Answers;
use calib::recalibrate::{CALIBRATORS, Curve, Fitting, Folds, Method};
use calib::record::Confidence;

use super::law::{Law, Truth, independent};
use super::suite::{Cell, Scenario, Tier, replicate};

pub(crate) const RISK: Scenario = Scenario {
    title: "The risk of what is answered",
    text: "Share of logs on which `calib fit --target-risk 0.1` answers rows of which truly more than a tenth are wrong, \
        with a confidence of 95 %: at most one in twenty, whatever the confidences are worth, and also where the curve is \
        isotonic regression fitted to the same rows.",
    cells: risk,
};

fn method(id: &str) -> &'static Method {
    CALIBRATORS.iter().find(|method| method.id == id).unwrap()
}

fn folds(law: Law, truth: Truth, n: u64, rng: &mut Rng) -> Folds {
    Folds::of(&independent(law, truth, n, rng), Partial::Abstain, 0).unwrap()
}

fn value(curve: &Curve, confidence: f64) -> f64 {
    curve.apply(Confidence::new(confidence).unwrap()).get()
}

fn risk(tier: Tier) -> Vec<Cell> {
    let mut cells = Vec::new();
    let designs = [
        (Law::Even, Truth::Calibrated),
        (Law::Verbal, Truth::Over(0.05)),
        (Law::Sure, Truth::Slope(0.6)),
    ];
    for (law, truth) in designs {
        for n in [100, 500, 2_000] {
            for id in ["identity", "isotonic"] {
                let broken = replicate(tier.runs(5_000), |rng| broken(law, truth, n, id, rng));
                let design = format!("{}, {}, n = {n}, {id}", law.name(), truth.name());
                cells.push(Cell::share("broken promises", design, &broken, (0.0, 0.05)));
            }
        }
    }
    cells
}

/// Whether the rows that are answered are truly wrong more often than promised.
fn broken(law: Law, truth: Truth, n: u64, id: &str, rng: &mut Rng) -> bool {
    const RISK: f64 = 0.1;
    let folds = folds(law, truth, n, rng);
    let curve = (method(id).fit)(&folds.training(None), &Fitting::default()).unwrap();
    let predicted = folds.predictions(&curve);
    let promised = Answers::new(&folds, &predicted, true, 0).promise(RISK, 0.95);
    let Some(threshold) = promised.threshold else {
        return false;
    };
    let answered = |c: f64| f64::from(u8::from(value(&curve, c) >= threshold));
    let wrong = law.mean_of(|c| answered(c) * (1.0 - truth.chance(c)));
    wrong > RISK * law.mean_of(answered)
}
