//! Drift: intervals of the KL divergence cover, alarms are rare where they are false and there where they are due.

use calib::evidence::{Evidence, Panel};
use calib::maths::rng::Rng;
use calib::metrics::{Budget, View};
use calib::objectives::drift::{closer, plasticity};
use calib::objectives::{self, Drift, Section, Subject};
use calib::record::{Field, Names, Record, Trace};
use calib::report::Objective;
use calib::report::objective::Figure;
use calib::settings::Settings;

use super::suite::{Cell, Scenario, Tier, covers, replicate};

pub(crate) const DRIFT: Scenario = Scenario {
    title: "Drift",
    text: "Responses of 20 to 60 tokens whose log-ratios policy over base are normal with mean σ²/2 and variance σ², so that KL is σ²/2 nats \
        a token; σ² differs from prompt to prompt. Coverage of the 95 % intervals by tokens (k3) and by sums (k1), false alarms that another \
        policy drew the rows and false doubts that k1 and k3 disagree, alarms on rows of another policy, whose mean ratio is off by so many \
        nats a token; verdicts far from the line between close and drifted. Beside them the ratio of success at the last steps of two logs \
        (plasticity, Fieller), and how much closer one of two trainings stays at equal reward (bootstrap).",
    cells,
};

/// What is drawn: prompts, samples of each, nats a token, and what is taken from every ratio.
#[derive(Clone, Copy)]
struct Design {
    prompts: u64,
    samples: u64,
    kl: f64,
    mismatch: f64,
    tokens: bool,
}

const LENGTH: f64 = 40.0;

impl Design {
    fn row(&self, prompt: u64, variance: f64, rng: &mut Rng) -> Record {
        let length = 20 + rng.below(41);
        let (mut ratio, mut k3) = (0.0, 0.0);
        for _ in 0..length {
            let l = -(variance / 2.0 - self.mismatch + variance.sqrt() * rng.normal());
            ratio += l;
            k3 += l.exp_m1() - l;
        }
        let trace = Trace::default()
            .with_code(Field::Prompt, Rng::stream(prompt, 7).bits())
            .with(Field::LogpPolicy, -50.0)
            .with(Field::LogpBase, -50.0 + ratio);
        let trace = match self.tokens {
            true => trace
                .with(Field::LogpTokens, length as f64)
                .with(Field::K3, k3),
            false => trace.with(Field::Tokens, length as f64),
        };
        Record {
            trace,
            ..Record::default()
        }
    }

    fn audit(&self, rng: &mut Rng) -> Objective {
        let mut evidence = Evidence::default();
        for prompt in 0..self.prompts {
            // Gamma with shape 4: a prompt's own divergence varies by half.
            let variance = 2.0 * self.kl * rng.gamma(4.0) / 4.0;
            for _ in 0..self.samples {
                evidence.add(&self.row(prompt, variance, rng));
            }
        }
        let settings = Settings::default();
        let view = View::new(&evidence, &settings, Budget::default());
        let names = Names::default();
        let subject = Subject::new(&view, &names);
        objectives::audit(&Drift, &subject).unwrap()
    }

    fn alarmed(&self, rng: &mut Rng) -> bool {
        self.audit(rng).verdict == Some("off_policy")
    }

    fn name(&self) -> String {
        let Self {
            prompts,
            samples,
            kl,
            mismatch,
            tokens,
        } = self;
        let by = if *tokens { "tokens" } else { "sums" };
        let off = match *mismatch == 0.0 {
            true => String::new(),
            false => format!(", off by {mismatch}"),
        };
        format!("{by}, {kl} nats a token, {prompts} × {samples}{off}")
    }
}

fn bounds(objective: &Objective, name: &str) -> Option<(f64, f64)> {
    match objective.figure(name)? {
        Figure::Estimate(estimate) => estimate.interval(),
        Figure::Number(_) => None,
    }
}

fn cells(tier: Tier) -> Vec<Cell> {
    assert_eq!(Drift.name(), "drift");
    let mut cells = Vec::new();
    let design = |prompts, samples, kl, tokens| Design {
        prompts,
        samples,
        kl,
        mismatch: 0.0,
        tokens,
    };
    for tokens in [true, false] {
        for (prompts, samples) in [(200, 1), (100, 4), (1_000, 1)] {
            for (kl, verdict) in [(0.01, "close"), (0.2, "drifted")] {
                let design = design(prompts, samples, kl, tokens);
                cells.extend(covered(design, verdict, tier.runs(2_000)));
            }
        }
        // As near to the base as makes no difference, where k1 is as likely below 0 as above.
        let near = design(200, 1, 1e-6, tokens);
        let alarms = replicate(tier.runs(2_000), |rng| near.alarmed(rng));
        cells.push(Cell::share(
            "false alarm",
            near.name(),
            &alarms,
            (0.0, 0.05),
        ));
        for mismatch in [0.03, 0.06] {
            let other = Design {
                mismatch,
                ..design(200, 1, 0.02, tokens)
            };
            let alarms = replicate(tier.runs(1_000), |rng| other.alarmed(rng));
            cells.push(Cell::share(
                "alarm, off policy",
                other.name(),
                &alarms,
                (0.9, 1.0),
            ));
        }
    }
    cells.extend(compared(tier.runs(1_000)));
    cells
}

fn covered(design: Design, verdict: &str, runs: u64) -> Vec<Cell> {
    let found = replicate(runs, |rng| {
        let objective = design.audit(rng);
        [
            covers(bounds(&objective, "kl_per_token"), design.kl),
            covers(bounds(&objective, "kl_per_sequence"), design.kl * LENGTH),
            objective.verdict == Some("off_policy"),
            objective.sentence.contains("by k3 and"),
            objective.verdict == Some(verdict),
        ]
    });
    let share = |at: usize, what: &str, claim| {
        let hits: Vec<bool> = found.iter().map(|run| run[at]).collect();
        Cell::share(what, design.name(), &hits, claim)
    };
    let mut cells = vec![
        share(0, "coverage, KL a token", (0.93, 0.97)),
        share(1, "coverage, KL a sequence", (0.93, 0.97)),
        share(2, "false alarm", (0.0, 0.05)),
        share(4, &format!("verdict {verdict}"), (0.95, 1.0)),
    ];
    if design.tokens {
        cells.push(share(3, "false doubt", (0.0, 0.05)));
    }
    cells
}

/// A training on so many prompts: success and nats a sequence by step.
fn training(steps: &[(f64, f64)], prompts: u64, hard: &[f64], rng: &mut Rng) -> Panel {
    let mut evidence = Evidence::default();
    for (at, (success, nats)) in steps.iter().enumerate() {
        for prompt in 0..prompts {
            // How hard a prompt is stays with it.
            let own = (hard[prompt as usize] + 0.5 * rng.uniform()).fract();
            let right = f64::from(u8::from(own < *success));
            let trace = Trace::default()
                .with_code(Field::Prompt, Rng::stream(prompt, 7).bits())
                .with(Field::Step, at as f64)
                .with(Field::LogpPolicy, -50.0)
                .with(Field::LogpBase, -50.0 - nats - nats.sqrt() * rng.normal());
            evidence.add(&Record {
                credit: Some(right),
                trace,
                ..Record::default()
            });
        }
    }
    evidence.panel().clone()
}

fn compared(runs: u64) -> Vec<Cell> {
    const PROMPTS: u64 = 300;
    let found = replicate(runs, |rng| {
        let hard: Vec<f64> = (0..PROMPTS).map(|_| rng.uniform()).collect();
        let base = [(0.2, 0.2), (0.4, 1.0), (0.6, 2.0), (0.7, 3.0)];
        let new = [(0.2, 0.1), (0.4, 0.5), (0.6, 1.0), (0.7, 1.5)];
        let base = training(&base, PROMPTS, &hard, rng);
        let new = training(&new, PROMPTS, &hard, rng);
        let plastic = plasticity(&base, &new, 0.95).unwrap();
        let closer = closer(&base, &new, 199, rng.bits(), 0.95).unwrap();
        let still = training(&[(0.0, 0.1), (0.0, 0.1), (0.0, 0.1)], PROMPTS, &hard, rng);
        [
            covers(plastic.ratio.interval(), 1.0),
            plastic.verdict == Some("loss"),
            covers(closer.overall.interval(), 0.5),
            plasticity(&base, &still, 0.95).unwrap().verdict == Some("stalled"),
        ]
    });
    let name = format!("two trainings on {PROMPTS} prompts");
    let share = |at: usize, what: &str, claim| {
        let hits: Vec<bool> = found.iter().map(|run| run[at]).collect();
        Cell::share(what, name.clone(), &hits, claim)
    };
    vec![
        share(0, "coverage, plasticity ratio", (0.93, 0.97)),
        share(1, "false loss of plasticity", (0.0, 0.05)),
        share(2, "coverage, closer at equal reward", (0.92, 0.98)),
        share(3, "stalled, where nothing is learned", (0.95, 1.0)),
    ]
}
