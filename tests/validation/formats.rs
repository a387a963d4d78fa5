//! Formats: a collapse is seen when it comes and not without it, distances have no bias, and the winner's rank is told.

use calib::evidence::Evidence;
use calib::maths::rng::Rng;
use calib::metrics::{Budget, View};
use calib::objectives::{self, Formats, Section, Subject};
use calib::record::{Field, Names, Record, Trace};
use calib::report::Objective;
use calib::report::objective::{Figure, Level};
use calib::settings::Settings;

use super::suite::{Cell, Scenario, Tier, covers, replicate};

pub(crate) const FORMATS: Scenario = Scenario {
    title: "Formats",
    text: "Three formats under replicator dynamics, π(s + 1) ∝ π(s) e^(η · fitness), over eight steps of the same prompts: how often a collapse is \
        called where there is one and where shares never move, whether its step is that at which the share passes .9 or at most two later, \
        whether a winner that is the least accurate is found to be so, coverage of the effective number of formats, and the mean distance \
        from the base where nothing moved, also where seven in ten prompts are answered in their own format at every step.",
    cells,
};

const NAMES: [&str; 3] = ["code", "latex", "prose"];
const FITNESS: [f64; 3] = [0.6, 0.52, 0.44];
const STEPS: u64 = 8;

#[derive(Clone, Copy)]
struct Design {
    prompts: u64,
    eta: f64,
    /// Whether the winner is right one time in ten.
    poor: bool,
    /// How often a prompt is answered in the format it was given to begin with.
    habit: f64,
}

impl Design {
    /// Shares at each step.
    fn shares(&self) -> Vec<[f64; 3]> {
        let mut shares = vec![[1.0 / 6.0, 2.0 / 6.0, 3.0 / 6.0]];
        for _ in 0..STEPS {
            let last = shares[shares.len() - 1];
            let next: Vec<f64> = last
                .iter()
                .zip(FITNESS)
                .map(|(p, f)| p * (self.eta * f).exp())
                .collect();
            let whole: f64 = next.iter().sum();
            shares.push([0, 1, 2].map(|at| next[at] / whole));
        }
        shares
    }

    fn audit(&self, rng: &mut Rng) -> Objective {
        let (mut evidence, mut names) = (Evidence::default(), Names::default());
        let codes = NAMES.map(|name| names.learn(name));
        for prompt in 0..self.prompts {
            let hash = Rng::stream(prompt, 7).bits();
            let usual = rng.uniform();
            for (step, shares) in self.shares().iter().enumerate() {
                let place = if rng.uniform() < self.habit {
                    usual
                } else {
                    rng.uniform()
                };
                let format =
                    usize::from(place >= shares[0]) + usize::from(place >= shares[0] + shares[1]);
                let accuracy = if self.poor && format == 0 {
                    0.1
                } else {
                    FITNESS[format]
                };
                let trace = Trace::default()
                    .with_code(Field::Prompt, hash)
                    .with_code(Field::Format, codes[format])
                    .with(Field::Step, step as f64);
                evidence.add(&Record {
                    item: Some(hash),
                    credit: Some(f64::from(u8::from(rng.uniform() < accuracy))),
                    trace,
                    ..Record::default()
                });
            }
        }
        // Streams of their own, or chance in the permutations would be the same in every log.
        let settings = Settings {
            seed: rng.bits(),
            ..Settings::default()
        };
        let view = View::new(
            &evidence,
            &settings,
            Budget {
                replicates: 99,
                ..Budget::default()
            },
        );
        let subject = Subject::new(&view, &names);
        objectives::audit(&Formats, &subject).unwrap()
    }
}

fn effective(shares: &[f64; 3]) -> f64 {
    shares.iter().map(|p| -p * p.ln()).sum::<f64>().exp()
}

fn bounds(objective: &Objective, name: &str) -> Option<(f64, f64)> {
    match objective.figure(name)? {
        Figure::Estimate(estimate) => estimate.interval(),
        Figure::Number(_) => None,
    }
}

fn cells(tier: Tier) -> Vec<Cell> {
    assert_eq!(Formats.name(), "formats");
    let runs = tier.runs(1_000);
    let mut cells = Vec::new();
    for prompts in [100, 300] {
        let design = Design {
            prompts,
            eta: 8.0,
            poor: false,
            habit: 0.0,
        };
        cells.extend(collapsing(design, runs));
        cells.extend(collapsing(
            Design {
                poor: true,
                ..design
            },
            runs,
        ));
        for habit in [0.0, 0.7] {
            let design = Design {
                eta: 0.0,
                habit,
                ..design
            };
            cells.extend(still(design, runs));
        }
    }
    cells
}

fn collapsing(design: Design, runs: u64) -> Vec<Cell> {
    let shares = design.shares();
    let due = shares.iter().position(|shares| shares[0] >= 0.9).unwrap() as f64;
    let found = replicate(runs, |rng| {
        let objective = design.audit(rng);
        let collapse = objective.value("collapse_step");
        [
            objective.verdict == Some("collapse"),
            collapse.is_some_and(|step| (due..=due + 2.0).contains(&step)),
            collapse.is_some_and(|step| step < due),
            objective.level == Level::Fail,
            covers(
                bounds(&objective, "effective_formats_first"),
                effective(&shares[0]),
            ),
        ]
    });
    let name = format!(
        "{} prompts, winner {}",
        design.prompts,
        if design.poor { "worst" } else { "best" }
    );
    let share = |at: usize, what: &str, claim| {
        let hits: Vec<bool> = found.iter().map(|run| run[at]).collect();
        Cell::share(what, name.clone(), &hits, claim)
    };
    // Few answers are left in other formats just before the collapse.
    let called = if design.prompts < 300 { 0.9 } else { 0.95 };
    let told = match (design.poor, design.prompts) {
        (false, _) => (0.0, 0.025),
        (true, 100) => (0.5, 1.0),
        (true, _) => (0.8, 1.0),
    };
    vec![
        share(0, "verdict collapse", (called, 1.0)),
        share(1, "collapse step, at most two late", (0.9, 1.0)),
        share(2, "collapse step, early", (0.0, 0.025)),
        share(3, "winner found worse", told),
        share(4, "coverage, effective number at first", (0.91, 0.97)),
    ]
}

fn still(design: Design, runs: u64) -> Vec<Cell> {
    let found = replicate(runs, |rng| {
        let objective = design.audit(rng);
        let last = format!("distance.{STEPS}");
        let Some(Figure::Estimate(distance)) = objective.figure(&last) else {
            panic!("no distance at the last step");
        };
        let told = distance.beside["p_value"].unwrap() <= 0.05;
        (objective.verdict, told, distance.value.unwrap())
    });
    let name = match design.habit > 0.0 {
        true => format!("{} prompts with habits, nothing moves", design.prompts),
        false => format!("{} prompts, nothing moves", design.prompts),
    };
    let share = |what: &str, hits: Vec<bool>, claim| Cell::share(what, name.clone(), &hits, claim);
    let distances: Vec<f64> = found.iter().map(|run| run.2).collect();
    vec![
        share(
            "verdict collapse",
            found.iter().map(|run| run.0 == Some("collapse")).collect(),
            (0.0, 0.01),
        ),
        share(
            "verdict stable",
            found.iter().map(|run| run.0 == Some("stable")).collect(),
            (0.95, 1.0),
        ),
        share(
            "size, distance from the base",
            found.iter().map(|run| run.1).collect(),
            (0.03, 0.06),
        ),
        Cell::mean(
            "mean distance, bits",
            name.clone(),
            &distances,
            (-0.0005, 0.0005),
        ),
    ]
}
