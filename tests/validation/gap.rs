//! Gap closure: intervals of ratios of three logs of the same prompts, and of what several domains come to.

use std::collections::BTreeMap;

use calib::comparison::Trio;
use calib::evidence::Evidence;
use calib::maths::rng::Rng;
use calib::metrics::{self, Metric};
use calib::record::{Abstained, Confidence, Record};
use calib::report::comparing::{Domain, close};
use calib::report::{Abstention, AbstentionFigures, Closure, Estimate, Group, Side, Verdict};
use calib::settings::Settings;

use super::suite::{Cell, Scenario, Tier, covers, replicate};

pub(crate) const GAP: Scenario = Scenario {
    title: "Gap closure",
    text: "A base, a proxy and a tuned model on the same prompts, whose chances go together: coverage of the 95 % intervals of \
        (proxy − base) / (tuned − base) for accuracy, Brier score, ECE and over-answer rate in one domain, and of the aggregates over five domains \
        that close between 55 and 120 %. The contrast is that of the extreme domains, at a level for all pairs. A gap of tuned over base that is not \
        there is called undefined.",
    cells,
};

/// One system in one domain: how often it is right, and how much too sure it is.
#[derive(Clone, Copy)]
struct System {
    right: f64,
    bias: f64,
    over_answers: f64,
}

const fn system(right: f64, bias: f64, over_answers: f64) -> System {
    System {
        right,
        bias,
        over_answers,
    }
}

/// Half the width of the chances of prompts about their mean.
const WIDTH: f64 = 0.2;

impl System {
    fn brier(&self) -> f64 {
        // E p(1 − p) + bias², p even about its mean.
        self.right - self.right * self.right - WIDTH * WIDTH / 3.0 + self.bias * self.bias
    }

    fn truth(&self, metric: &str) -> f64 {
        match metric {
            "accuracy" => self.right,
            "brier" => self.brier(),
            "ece" => self.bias,
            _ => self.over_answers,
        }
    }
}

type Three = [System; 3];

const ONE: Three = [
    system(0.35, 0.20, 0.60),
    system(0.60, 0.12, 0.35),
    system(0.70, 0.10, 0.20),
];

/// Right answers of base, proxy and tuned in five domains: 90, 55, 100, 80 and 120 %.
const FIVE: [[f64; 3]; 5] = [
    [0.25, 0.61, 0.65],
    [0.25, 0.47, 0.65],
    [0.30, 0.70, 0.70],
    [0.40, 0.64, 0.70],
    [0.50, 0.74, 0.70],
];

const METRICS: [&str; 4] = ["accuracy", "brier", "ece", "over_answer"];

/// Three logs of `n` answered prompts and as many to decline; of each prompt one draw serves the three.
fn logs(systems: &Three, n: u64, domain: u64, rng: &mut Rng) -> [Evidence; 3] {
    let mut logs = [0; 3].map(|_| Evidence::default());
    for prompt in 0..n {
        let hash = Rng::stream(domain, prompt).bits();
        let (spread, luck, other) = (rng.uniform(), rng.uniform(), rng.uniform());
        for (log, system) in logs.iter_mut().zip(systems) {
            let chance = system.right + WIDTH * (2.0 * spread - 1.0);
            // Half of the luck is the prompt's, half the model's.
            let own = if rng.uniform() < 0.5 {
                luck
            } else {
                rng.uniform()
            };
            log.add(&Record {
                confidence: Confidence::new(chance + system.bias),
                credit: Some(f64::from(u8::from(own < chance))),
                item: Some(hash),
                ..Record::default()
            });
            let own = if rng.uniform() < 0.5 {
                other
            } else {
                rng.uniform()
            };
            let answers = own < system.over_answers;
            log.add(&Record {
                should_abstain: Some(true),
                abstained: if answers {
                    Abstained::No
                } else {
                    Abstained::Full
                },
                item: Some(!hash),
                ..Record::default()
            });
        }
    }
    logs
}

/// The figures that closing a gap looks at: that there is a value, and the noise floor of ECE.
fn group(evidence: &Evidence) -> Group {
    let there = Estimate {
        value: Some(0.0),
        ..Estimate::default()
    };
    let tally = evidence.counts().tally(Settings::default().partial);
    let cells: Vec<_> = tally.cells().collect();
    let w: f64 = cells.iter().map(|cell| cell.w).sum();
    let mut bins: BTreeMap<u64, f64> = BTreeMap::new();
    for cell in &cells {
        let bin = (cell.confidence * 15.0).ceil().max(1.0) as u64;
        *bins.entry(bin).or_default() += cell.w * cell.confidence * (1.0 - cell.confidence);
    }
    let deviations: f64 = bins.values().map(|variance| variance.sqrt()).sum();
    let floor = std::f64::consts::FRAC_2_PI.sqrt() * deviations / w;
    let ece = there.clone().and("noise_floor", Some(floor));
    let metrics = METRICS
        .iter()
        .map(|id| (*id, there.clone()))
        .chain([("ece", ece)]);
    let blank = || Estimate::undefined(0, "not needed");
    Group {
        by: BTreeMap::new(),
        metrics: metrics.collect(),
        rounding: None,
        reliability: Vec::new(),
        abstention: Abstention {
            all: AbstentionFigures {
                should_abstain: Side::default(),
                should_answer: Side::default(),
                over_answer: blank(),
                over_abstain: blank(),
                dprime: blank(),
                criterion: blank(),
                youden: blank(),
                recall: blank(),
                precision: blank(),
                f1: blank(),
                verdict: None,
                judge: None,
            },
            epistemic: None,
            safety: None,
        },
        verdict: Verdict::default(),
        objectives: BTreeMap::new(),
        compat: Vec::new(),
    }
}

fn closures(systems: &[Three], n: u64, metrics: &[&str], rng: &mut Rng) -> Vec<Closure> {
    let settings = Settings {
        resamples: calib::settings::Resamples::Fixed(199),
        ..Settings::default()
    };
    let parts: Vec<_> = systems
        .iter()
        .zip(0..)
        .map(|(three, at)| logs(three, n, at, rng))
        .collect();
    let mut whole = [0; 3].map(|_| Evidence::default());
    for part in &parts {
        for (whole, log) in whole.iter_mut().zip(part) {
            whole.merge(log.clone());
        }
    }
    // One domain alone is all rows.
    let parts: &[[Evidence; 3]] = if systems.len() > 1 { &parts } else { &[] };
    let all: Vec<&[Evidence; 3]> = std::iter::once(&whole).chain(parts).collect();
    let figures: Vec<[Group; 3]> = all.iter().map(|logs| logs.each_ref().map(group)).collect();
    let mut domains = Vec::new();
    for (at, (logs, groups)) in all.iter().zip(&figures).enumerate() {
        domains.push(Domain {
            name: (at > 0).then(|| at.to_string()),
            trio: Trio::new(logs.each_ref(), &settings),
            groups: groups.each_ref(),
        });
    }
    let metrics: Vec<&'static dyn Metric> =
        metrics.iter().filter_map(|id| metrics::find(id)).collect();
    close(&domains, ["base", "proxy", "tuned"], &metrics, &settings)
}

fn find<'c>(closures: &'c [Closure], metric: &str) -> &'c Closure {
    closures
        .iter()
        .find(|one| one.domain.is_none() && one.metric == metric)
        .unwrap()
}

fn interval(one: &Closure) -> Option<(f64, f64)> {
    one.low.zip(one.high)
}

fn cells(tier: Tier) -> Vec<Cell> {
    let mut cells = Vec::new();
    for n in [300, 600] {
        cells.extend(one_domain(n, tier.runs(2_000)));
    }
    cells.extend(five_domains(400, tier.runs(3_000)));
    cells.extend(no_gap(300, tier.runs(4_000)));
    cells
}

fn one_domain(n: u64, runs: u64) -> Vec<Cell> {
    let closed = replicate(runs, |rng| {
        let closures = closures(&[ONE], n, &METRICS, rng);
        METRICS.map(|id| interval(find(&closures, id)))
    });
    let truth = |id: &str| {
        let [base, proxy, tuned] = ONE.map(|system| system.truth(id));
        (proxy - base) / (tuned - base)
    };
    let cell = |(at, id): (usize, &&str)| {
        // Where there is an interval: with few rows ECE is too near its noise floor in some logs.
        let there: Vec<bool> = closed
            .iter()
            .filter_map(|run| run[at])
            .map(|ends| covers(Some(ends), truth(id)))
            .collect();
        let design = format!("{id}, n = {n}");
        (there.len() > 20)
            .then(|| Cell::share("coverage, gap closed", design, &there, (0.93, 0.97)))
    };
    METRICS.iter().enumerate().filter_map(cell).collect()
}

fn five_domains(n: u64, runs: u64) -> Vec<Cell> {
    let systems = FIVE.map(|right| right.map(|right| system(right, 0.1, 0.5)));
    let ratios = FIVE.map(|[base, proxy, tuned]| (proxy - base) / (tuned - base));
    let sum = |of: fn(&[f64; 3]) -> f64| FIVE.iter().map(of).sum::<f64>();
    let mean = |most: f64| ratios.iter().map(|ratio| ratio.min(most)).sum::<f64>() / 5.0;
    let sums = sum(|s| s[1] - s[0]) / sum(|s| s[2] - s[0]);
    let truths = [
        ("mean_of_ratios", mean(f64::INFINITY), (0.93, 0.97)),
        ("ratio_of_sums", sums, (0.93, 0.97)),
        ("median", 0.9, (0.93, 0.99)),
        ("mean_of_capped_ratios", mean(1.0), (0.93, 0.99)),
        ("contrast", 1.2 - 0.55, (0.95, 1.0)),
    ];
    let covered = replicate(runs, |rng| {
        let closures = closures(&systems, n, &["accuracy"], rng);
        truths.map(|(which, truth, _)| {
            covers(
                interval(find(&closures, &format!("{which}.accuracy"))),
                truth,
            )
        })
    });
    let cell = |(at, (which, _, claim)): (usize, &(&str, f64, (f64, f64)))| {
        let hits: Vec<bool> = covered.iter().map(|run| run[at]).collect();
        let what = format!("coverage, {which}");
        Cell::share(
            &what,
            format!("accuracy, five domains, n = {n} each"),
            &hits,
            *claim,
        )
    };
    truths.iter().enumerate().map(cell).collect()
}

/// Base and tuned alike: a ratio would be noise.
fn no_gap(n: u64, runs: u64) -> Vec<Cell> {
    let alike = [ONE[0], ONE[1], ONE[0]];
    let undefined = replicate(runs, |rng| {
        let closures = closures(&[alike], n, &["accuracy"], rng);
        find(&closures, "accuracy").value.is_none()
    });
    let design = format!("accuracy, tuned like base, n = {n}");
    vec![Cell::share("undefined", design, &undefined, (0.93, 0.97))]
}
