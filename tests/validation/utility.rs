//! Utility: what policies earn under costs where the truth has a closed form.

use calib::evidence::Evidence;
use calib::maths::rng::Rng;
use calib::metrics::{Budget, View};
use calib::objectives::{Costs, Subject, Utility, audit};
use calib::record::{Confidence, Names, Record};
use calib::report::objective::Figure;
use calib::settings::Settings;

use super::suite::{Cell, Scenario, Tier, covers, replicate};

pub(crate) const UTILITY: Scenario = Scenario {
    title: "Utility",
    text: "Chances to be right spread evenly from 0 to 1, and stated with log-odds that are 1 too high. Answering above a threshold t earns (1 − t) / 2 \
        at best: the mean of what the cross-fitted curve earns, less that, is what a curve of so many answers loses. Coverage of the 95 % \
        intervals of what is earned by answering all, by stated confidence, and by answering what is right. What going by \
        stated confidence loses is told with the curve's own loss taken off: its lower end lies above the truth in at most one log of twenty.",
    cells,
};

const BIAS: f64 = 1.0;
const NAMES: [&str; 5] = ["u_always", "u_stated", "u_oracle", "regret_stated", "u_opt"];

fn log(n: u64, rng: &mut Rng) -> Evidence {
    let mut evidence = Evidence::default();
    for _ in 0..n {
        let p = rng.uniform();
        let odds = (p.max(1e-12) / (1.0 - p).max(1e-12)).ln() + BIAS;
        evidence.add(&Record {
            item: Some(rng.bits()),
            confidence: Confidence::new(1.0 / (1.0 + (-odds).exp())),
            credit: Some(f64::from(u8::from(rng.uniform() < p))),
            ..Record::default()
        });
    }
    evidence
}

/// Value and interval of each figure.
fn figures(evidence: &Evidence, wrong: f64) -> [(f64, Option<(f64, f64)>); 5] {
    let (settings, names) = (Settings::default(), Names::default());
    let view = View::new(evidence, &settings, Budget::default());
    let mut subject = Subject::new(&view, &names);
    subject.costs = Some(Costs {
        wrong,
        abstain: 0.0,
    });
    let found = audit(&Utility, &subject).unwrap();
    NAMES.map(|name| match found.figure(name) {
        Some(Figure::Estimate(estimate)) => (estimate.value.unwrap(), estimate.interval()),
        _ => panic!("no {name}"),
    })
}

fn cells(tier: Tier) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (wrong, n) in [(1.0, 300), (1.0, 2_000), (9.0, 300), (9.0, 2_000)] {
        let t: f64 = wrong / (1.0 + wrong);
        let above = |from: f64| {
            let earned = |p: f64| (1.0 + wrong) * p * p / 2.0 - wrong * p;
            earned(1.0) - earned(from)
        };
        // Stated confidence exceeds t from here on.
        let from = 1.0 / (1.0 + (BIAS - (t / (1.0 - t)).ln()).exp());
        let best = (1.0 - t) / 2.0;
        let truths = [above(0.0), above(from), 0.5, best - above(from)];
        let seen = replicate(tier.runs(1_000), |rng| figures(&log(n, rng), wrong));
        let design = format!("t = {t}, n = {n}");
        for (at, truth) in truths.into_iter().enumerate() {
            let covered: Vec<bool> = seen.iter().map(|own| covers(own[at].1, truth)).collect();
            if at < 3 {
                cells.push(Cell::share(
                    NAMES[at],
                    design.clone(),
                    &covered,
                    (0.93, 0.97),
                ));
                continue;
            }
            let over = |own: &[(f64, Option<(f64, f64)>); 5]| {
                own[at].1.is_some_and(|(low, _)| low > truth)
            };
            let over: Vec<bool> = seen.iter().map(over).collect();
            let what = "regret_stated, too high";
            cells.push(Cell::share(what, design.clone(), &over, (0.0, 0.05)));
        }
        let lost: Vec<f64> = seen.iter().map(|own| own[4].0 - best).collect();
        let most = if n < 1_000 { -0.03 } else { -0.01 };
        cells.push(Cell::mean(
            "u_opt − (1 − t) / 2",
            design,
            &lost,
            (most, 0.0),
        ));
    }
    cells
}
