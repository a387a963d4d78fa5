//! What a fit promises: the risk of what is answered, the interval of a gain, and no change where none is needed.

use calib::evidence::Partial;
use calib::maths::rng::Rng;
use calib::recalibrate::choice::{LEAST_CLUSTERS, choose, trial};
use calib::recalibrate::crossfit::FOLDS;
use calib::recalibrate::over_answer::Prompts;
use calib::recalibrate::threshold::Answers;
use calib::recalibrate::{CALIBRATORS, Curve, Fitting, Folds, Method};
use calib::record::{Abstained, Confidence, Record};

use super::law::{Law, Repeated, Tie, Truth, independent};
use super::suite::{Cell, NONE, Scenario, Tier, covers, replicate};

pub(crate) const RISK: Scenario = Scenario {
    title: "The risk of what is answered",
    text: "Share of logs on which `calib fit --target-risk 0.1` answers rows of which truly more than a tenth are wrong, \
        with a confidence of 95 %: at most one in twenty, whatever the confidences are worth, and also where the curve is \
        isotonic regression fitted to the same rows.",
    cells: risk,
};

pub(crate) const OVER_ANSWER: Scenario = Scenario {
    title: "Over-answering from a threshold",
    text: "Share of logs on which `calib fit --target-over-answer 0.1` would truly answer more than a tenth of the prompts that \
        should be declined, with a confidence of 95 %: at most one in twenty. Three in ten of those are declined already.",
    cells: over_answer,
};

pub(crate) const GAIN: Scenario = Scenario {
    title: "The gain of a recalibration",
    text: "Coverage of the 95 % interval of the gain in Brier score out of fold, for rows that stand alone and for samples of \
        prompts: .93 to .97 where a method mends a fault, and at least .93 where there is little to mend or the method, for \
        all its freedom, would do harm; there the upper end is higher than it need be. The truth is the expected gain, on all \
        rows the model could produce, of curves fitted to nine tenths of as many rows, each log's own; the curve of all rows is \
        a little better, the more so the more a method bends. Without the raised upper end the coverage is what the second \
        figure says.",
    cells: gain,
};

pub(crate) const CHOICE: Scenario = Scenario {
    title: "The choice of a method",
    text: "Share of logs on which `calib fit --method auto` changes nothing. On a calibrated model it is at least 95 %; on a \
        model whose logits should be halved it is a quarter with 200 rows, and hardly any with 500.",
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

/// Whether more of the prompts that should be declined are truly answered than promised.
fn over_answered(law: Law, n: u64, id: &str, rng: &mut Rng) -> bool {
    const RATE: f64 = 0.1;
    const DECLINED: f64 = 0.3;
    let mut evidence = independent(Law::Even, Truth::Slope(0.6), 300, rng);
    for _ in 0..n {
        let declined = rng.uniform() < DECLINED;
        evidence.add(&Record {
            should_abstain: Some(true),
            abstained: if declined {
                Abstained::Full
            } else {
                Abstained::No
            },
            confidence: Confidence::new(law.draw(rng)),
            ..Record::default()
        });
    }
    let folds = Folds::of(&evidence, Partial::Abstain, 0).unwrap();
    let curve = (method(id).fit)(&folds.training(None), &Fitting::default()).unwrap();
    let prompts = Prompts::of(&evidence, Partial::Abstain, 0).unwrap();
    let promised = prompts.promise(&curve, true, RATE, 0.95);
    let Some(threshold) = promised.threshold else {
        return false;
    };
    let answered = |c: f64| f64::from(u8::from(value(&curve, c) >= threshold));
    (1.0 - DECLINED) * law.mean_of(answered) > RATE
}

fn over_answer(tier: Tier) -> Vec<Cell> {
    let mut cells = Vec::new();
    for law in [Law::Even, Law::Verbal] {
        for n in [100, 500] {
            for id in ["platt", "isotonic"] {
                let broken = replicate(tier.runs(5_000), |rng| over_answered(law, n, id, rng));
                let design = format!("{}, {n} to decline, {id}", law.name());
                cells.push(Cell::share("broken promises", design, &broken, (0.0, 0.05)));
            }
        }
    }
    cells
}

/// What there is to mend, where something is.
const FAULTS: [(Law, Truth); 3] = [
    (Law::Even, Truth::Slope(0.5)),
    (Law::Sure, Truth::Over(0.15)),
    (Law::Verbal, Truth::Over(0.15)),
];

/// Methods of each kind: few parameters, several, many.
const KINDS: [&str; 5] = ["temperature", "platt", "beta", "isotonic", "histogram"];

fn gain(tier: Tier) -> Vec<Cell> {
    let alone = |(law, truth), rows| Design {
        law,
        truth,
        rows,
        asked: None,
    };
    let mut cells = Vec::new();
    for fault in FAULTS {
        for n in [300, 1_000] {
            for id in KINDS {
                cells.extend(covered(tier, &alone(fault, n), id, true));
            }
        }
    }
    let even = FAULTS[0];
    for id in KINDS {
        cells.extend(covered(tier, &alone(even, LEAST_CLUSTERS), id, false));
        cells.extend(covered(tier, &alone(even, 3_000), id, true));
    }
    for id in ["spline", "scaling_binning", "venn_abers"] {
        cells.extend(covered(tier, &alone(even, 300), id, true));
    }
    for truth in [Truth::Calibrated, Truth::Slope(0.8)] {
        for id in KINDS {
            cells.extend(covered(tier, &alone((Law::Even, truth), 300), id, false));
        }
    }
    for (law, truth) in [FAULTS[0], FAULTS[2]] {
        for id in KINDS {
            let asked = Some((5, Tie::Effect(1.0)));
            let design = Design {
                law,
                truth,
                rows: 1_500,
                asked,
            };
            cells.extend(covered(tier, &design, id, true));
        }
    }
    cells
}

/// Logs of one kind: rows that stand alone, or prompts that are asked several times.
struct Design {
    law: Law,
    truth: Truth,
    rows: u64,
    asked: Option<(u64, Tie)>,
}

impl Design {
    fn name(&self, id: &str) -> String {
        let of = format!("{}, {}", self.law.name(), self.truth.name());
        match self.repeated() {
            Some(repeated) => format!("{of}, {}, {id}", repeated.name()),
            None => format!("{of}, n = {}, {id}", self.rows),
        }
    }

    fn repeated(&self) -> Option<Repeated> {
        let (law, truth) = (self.law, self.truth);
        self.asked.map(|(times, tie)| Repeated {
            law,
            truth,
            tie,
            prompts: self.rows / times,
            times,
        })
    }

    fn folds(&self, rng: &mut Rng) -> Folds {
        let log = match self.repeated() {
            Some(repeated) => repeated.log(true, rng),
            None => independent(self.law, self.truth, self.rows, rng),
        };
        Folds::of(&log, Partial::Abstain, 0).unwrap()
    }

    /// Confidences, evenly spread over their law, with how often their answers are right.
    fn chances(&self) -> Vec<(f64, f64)> {
        let mean = |c| match self.asked {
            Some((_, tie)) => tie.mean_chance(self.truth.chance(c)),
            None => self.truth.chance(c),
        };
        let points = self.law.quantiles(400);
        points.into_iter().map(|c| (c, mean(c))).collect()
    }
}

/// A log of one gain: its interval, the gain with the half width of the interval as it was, and what its curves truly gain.
struct Gained {
    interval: Option<(f64, f64)>,
    plain: (f64, f64),
    truly: f64,
}

/// `mends` where the method is held to mend a fault, if it truly gains anything.
fn covered(tier: Tier, design: &Design, id: &str, mends: bool) -> [Cell; 2] {
    let chances = design.chances();
    let logs = replicate(tier.of(40, 2_000), |rng| gained(design, &chances, id, rng));
    // A method may have no curve on some log.
    let logs: Vec<_> = logs
        .into_iter()
        .filter(|log| log.truly.is_finite())
        .collect();
    let truth = logs.iter().map(|log| log.truly).sum::<f64>() / logs.len() as f64;
    let share = |of: &dyn Fn(&Gained) -> Option<(f64, f64)>| -> Vec<bool> {
        logs.iter().map(|log| covers(of(log), truth)).collect()
    };
    let (raised, plain) = (share(&|log| log.interval), share(&|log| Some(log.plain)));
    let claim = (0.93, if mends && truth > 0.0 { 0.97 } else { 1.0 });
    [
        Cell::share("coverage, gain", design.name(id), &raised, claim),
        Cell::share("without the raise", design.name(id), &plain, NONE),
    ]
}

fn gained(design: &Design, chances: &[(f64, f64)], id: &str, rng: &mut Rng) -> Gained {
    let folds = design.folds(rng);
    let gain = trial(method(id), &folds, &Fitting::default(), 0.95).brier;
    let error = gain.beside.get("standard_error").copied().flatten();
    let half = 1.96 * error.unwrap_or(0.0);
    let value = gain.value.unwrap_or(f64::NAN);
    Gained {
        interval: gain.interval(),
        plain: (value - half, value + half),
        truly: true_gain(&folds, chances, id),
    }
}

/// The gain of the curves of the folds over all rows of the law, each with the weight of the rows it judges.
fn true_gain(folds: &Folds, chances: &[(f64, f64)], id: &str) -> f64 {
    let all = folds.totals().w;
    let of_fold = |fold: usize| {
        let held = folds.rows().iter().filter(|row| row.fold == fold);
        let share: f64 = held.map(|row| row.totals.w() / all).sum();
        if share == 0.0 {
            return 0.0;
        }
        let training = folds.training(Some(fold));
        let Ok(curve) = (method(id).fit)(&training, &Fitting::default()) else {
            return f64::NAN;
        };
        let gain =
            |(c, chance): &(f64, f64)| (c - chance).powi(2) - (value(&curve, *c) - chance).powi(2);
        share * chances.iter().map(gain).sum::<f64>() / chances.len() as f64
    };
    (0..FOLDS).map(of_fold).sum()
}

fn choice(tier: Tier) -> Vec<Cell> {
    let mut cells = Vec::new();
    let designs = [
        (Law::Even, Truth::Calibrated, (0.95, 1.0)),
        (Law::Verbal, Truth::Calibrated, (0.95, 1.0)),
        (Law::Even, Truth::Slope(0.5), NONE),
    ];
    for (law, truth, claim) in designs {
        for n in [200, 500] {
            let unchanged = replicate(tier.of(20, 1_000), |rng| {
                let folds = folds(law, truth, n, rng);
                let one = |method| trial(method, &folds, &Fitting::default(), 0.95);
                let tried: Vec<_> = CALIBRATORS.iter().map(one).collect();
                let chosen = choose(&tried, &folds).unwrap();
                tried[chosen.at].method.id == "identity"
            });
            let design = format!("{}, {}, n = {n}", law.name(), truth.name());
            cells.push(Cell::share("no change", design, &unchanged, claim));
        }
    }
    cells
}
