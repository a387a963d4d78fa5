//! What a fit promises: the risk of what is answered, the interval of a gain, and no change where none is needed.

use calib::evidence::Partial;
use calib::maths::rng::Rng;
use calib::recalibrate::choice::{choose, trial, trials};
use calib::recalibrate::threshold::Answers;
use calib::recalibrate::{CALIBRATORS, Curve, Fitting, Folds, Method};
use calib::record::Confidence;

use super::law::{Law, Truth, independent};
use super::suite::{Cell, Scenario, Tier, covers, replicate};

pub(crate) const RISK: Scenario = Scenario {
    title: "The risk of what is answered",
    text: "Share of logs on which `calib fit --target-risk 0.1` answers rows of which truly more than a tenth are wrong, \
        with a confidence of 95 %: at most one in twenty, whatever the confidences are worth, and also where the curve is \
        isotonic regression fitted to the same rows.",
    cells: risk,
};

pub(crate) const GAIN: Scenario = Scenario {
    title: "The gain of a recalibration",
    text: "Coverage of the 95 % interval of the gain in Brier score out of fold, against the gain of the fitted curve on all \
        rows the model could produce: .93 to .97 where there is something to mend.",
    cells: gain,
};

pub(crate) const CHOICE: Scenario = Scenario {
    title: "The choice of a method",
    text: "Share of logs on which `calib fit --method auto` changes nothing. On a calibrated model it is at least 95 %; on a \
        model whose logits should be halved it is small.",
    cells: choice,
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

fn gain(tier: Tier) -> Vec<Cell> {
    let mut cells = Vec::new();
    let designs = [
        (Law::Even, Truth::Slope(0.5), "temperature"),
        (Law::Even, Truth::Slope(2.0), "temperature"),
        (Law::Sure, Truth::Over(0.15), "platt"),
        (Law::Verbal, Truth::Over(0.15), "isotonic"),
    ];
    for (law, truth, id) in designs {
        for n in [300, 1_000] {
            let covered = replicate(tier.runs(4_000), |rng| {
                let folds = folds(law, truth, n, rng);
                let trial = trial(method(id), &folds, &Fitting::default(), 0.95);
                let curve = trial.curve.unwrap();
                let gain = |c: f64| {
                    let chance = truth.chance(c);
                    (c - chance).powi(2) - (value(&curve, c) - chance).powi(2)
                };
                covers(trial.brier.interval(), law.mean_of(gain))
            });
            let design = format!("{}, {}, n = {n}, {id}", law.name(), truth.name());
            cells.push(Cell::share(
                "coverage, gain",
                design,
                &covered,
                (0.93, 0.97),
            ));
        }
    }
    cells
}

fn choice(tier: Tier) -> Vec<Cell> {
    let mut cells = Vec::new();
    let designs = [
        (Law::Even, Truth::Calibrated, (0.95, 1.0)),
        (Law::Verbal, Truth::Calibrated, (0.95, 1.0)),
        (Law::Even, Truth::Slope(0.5), (0.0, 0.05)),
    ];
    for (law, truth, claim) in designs {
        for n in [200, 1_000] {
            let unchanged = replicate(tier.runs(400), |rng| {
                let folds = folds(law, truth, n, rng);
                let tried = trials(&folds, &Fitting::default(), 0.95);
                let chosen = choose(&tried, &folds).unwrap();
                tried[chosen.at].method.id == "identity"
            });
            let design = format!("{}, {}, n = {n}", law.name(), truth.name());
            cells.push(Cell::share("no change", design, &unchanged, claim));
        }
    }
    cells
}
