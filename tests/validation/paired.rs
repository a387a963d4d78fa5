//! Paired tests between two logs: false alarms where nothing changed, and what they find where something did.

use calib::inference::delong::{Scored, compare};
use calib::inference::multiple::holm;
use calib::inference::paired::{Alternative, Difference, Magnitude, mcnemar};
use calib::maths::rng::Rng;

use super::law::{Law, Tie, Truth};
use super::suite::{Cell, NONE, Scenario, Tier, replicate};

pub(crate) const FALSE_ALARMS: Scenario = Scenario {
    title: "False alarms of paired tests",
    text: "The same model sampled twice on the same questions, with confidences that differ a little: how often a test at .05 calls the second \
        worse. The family is the paired Brier difference and the change of the absolute gap, the size of confidence minus accuracy, one-sided, after Holm; \
        a rule of the kind *ECE rose by more than .01* stands beside it for comparison. AUROC is compared by DeLong's covariance, accuracy by \
        McNemar's exact test, which stays below its level. On repeated prompts, 200 × 10, all are judged by prompts.",
    cells: false_alarms,
};

pub(crate) const POWER: Scenario = Scenario {
    title: "Power of paired tests",
    text: "How often the family calls the second model worse, where ECE went from 0 to .03 or .06 with confidences U(½, 1): because the same questions, answered \
        anew, come out right less often, or because the same answers come with other confidences. The latter is harder to tell, for neither the old \
        model's gap nor its best confidences are known: a gap that went from 0 to .06 has grown in absolute value only if it was above −.03.",
    cells: power,
};

/// One question: the old and the new answer, each a confidence and whether it was right.
type Pair = [(f64, bool); 2];

/// Pairs by cluster.
type Pairs = Vec<(u64, Pair)>;

/// What a gate looks at, as p-values for "the second is worse".
struct Family {
    brier: Option<f64>,
    gap: Option<f64>,
}

impl Family {
    fn of(pairs: &Pairs, clustered: bool) -> Self {
        let square = |(c, right): (f64, bool)| (c - f64::from(u8::from(right))).powi(2);
        let residual = |(c, right): (f64, bool)| c - f64::from(u8::from(right));
        if clustered {
            let mut sums = vec![(0.0, 0.0, 0.0, 0.0); pairs.last().map_or(0, |p| p.0 as usize + 1)];
            for (cluster, [old, new]) in pairs {
                let sum = &mut sums[*cluster as usize];
                sum.0 += square(*new) - square(*old);
                sum.1 += residual(*new);
                sum.2 += residual(*old);
                sum.3 += 1.0;
            }
            let squares: Vec<_> = sums.iter().map(|sum| (sum.0, sum.3)).collect();
            let gaps: Vec<_> = sums.iter().map(|sum| (sum.1, sum.2, sum.3)).collect();
            return Self::judge(
                Difference::of_clusters(&squares),
                Magnitude::of_clusters(&gaps),
            );
        }
        let each = |of: &dyn Fn(&Pair) -> f64| pairs.iter().map(|(_, p)| of(p)).collect::<Vec<_>>();
        Self::judge(
            Difference::of_rows(&each(&|[old, new]| square(*new) - square(*old))),
            Magnitude::of_rows(
                &each(&|[_, new]| residual(*new)),
                &each(&|[old, _]| residual(*old)),
            ),
        )
    }

    fn judge(brier: Option<Difference>, gap: Option<Magnitude>) -> Self {
        Self {
            brier: brier.and_then(|brier| brier.p_value(Alternative::Greater, 0.0)),
            gap: gap.and_then(|gap| gap.p_value(0.0)),
        }
    }

    fn alarms(&self) -> bool {
        let adjusted = holm(&[self.brier, self.gap]);
        adjusted.into_iter().flatten().any(|p| p <= 0.05)
    }
}

/// The same model twice. `times` samples of each question come in order, so that old and new never share one.
fn null(truth: Truth, tie: Tie, questions: u64, times: u64, rng: &mut Rng) -> Pairs {
    let mut pairs = Vec::with_capacity((questions * times) as usize);
    for question in 0..questions {
        let confidence = Law::Even.draw(rng);
        let chance = tie.chance(truth.chance(confidence), rng);
        for _ in 0..times {
            let pair = [0, 1].map(|_| {
                let stated = (confidence + 0.1 * (rng.uniform() - 0.5)).clamp(0.0, 1.0);
                (stated, rng.uniform() < chance)
            });
            pairs.push((question, pair));
        }
    }
    pairs
}

/// Both models calibrated, the old one sure, the new one not: |gap| is 0 for both but strays more for the new.
fn unequal(questions: u64, rng: &mut Rng) -> Pairs {
    let row = |question| {
        let pair = [0.95, 0.5].map(|c| (c, rng.uniform() < c));
        (question, pair)
    };
    (0..questions).map(row).collect()
}

fn false_alarms(tier: Tier) -> Vec<Cell> {
    let runs = tier.runs(10_000);
    let mut cells = Vec::new();
    for truth in [Truth::Calibrated, Truth::Over(0.06)] {
        for n in [200, 1_000, 5_000] {
            let design = format!("{}, n = {n}", truth.name());
            let draw = |rng: &mut Rng| null(truth, Tie::Effect(0.0), n, 1, rng);
            cells.extend(alarms(&design, false, runs, draw));
        }
        for tie in [Tie::Effect(1.0), Tie::Latent] {
            let design = format!("{}, 200 × 10, {}", truth.name(), tie.name());
            let draw = |rng: &mut Rng| null(truth, tie, 200, 10, rng);
            cells.extend(alarms(&design, true, runs, draw));
        }
    }
    let draw = |rng: &mut Rng| unequal(1_000, rng);
    let straying = replicate(runs, |rng| {
        Family::of(&draw(rng), false).gap.unwrap() <= 0.05
    });
    let design = "both calibrated, sure against unsure, n = 1000".to_owned();
    cells.push(Cell::share(
        "alarms, absolute gap alone",
        design,
        &straying,
        (0.0, 0.05),
    ));
    cells
}

/// Alarms of the family, of each of its tests, and of the tests that stand beside it.
fn alarms(
    design: &str,
    clustered: bool,
    runs: u64,
    draw: impl Fn(&mut Rng) -> Pairs + Sync,
) -> Vec<Cell> {
    let below = |p: Option<f64>| p.is_some_and(|p| p <= 0.05);
    let runs = replicate(runs, |rng| {
        let pairs = draw(rng);
        let family = Family::of(&pairs, clustered);
        [
            family.alarms(),
            below(family.brier),
            below(family.gap),
            below(auroc(&pairs)),
            !clustered && below(accuracy(&pairs)),
            !clustered && ece(&pairs, 1) - ece(&pairs, 0) > 0.01,
        ]
    });
    let share = |at: usize, what: &str, claim| {
        let hits: Vec<bool> = runs.iter().map(|run| run[at]).collect();
        Cell::share(what, design.to_owned(), &hits, claim)
    };
    let mut cells = vec![
        share(0, "alarms, family", (0.0, 0.05)),
        share(1, "alarms, Brier alone", (0.04, 0.06)),
        share(2, "alarms, absolute gap alone", (0.0, 0.05)),
        share(3, "size, AUROC two-sided", (0.04, 0.06)),
    ];
    if !clustered {
        cells.push(share(4, "alarms, accuracy exact", (0.0, 0.05)));
        cells.push(share(5, "rise of ECE over .01", NONE));
    }
    cells
}

fn auroc(pairs: &Pairs) -> Option<f64> {
    let side = |side: usize| -> Vec<Scored> {
        let scored = |(cluster, pair): &(u64, Pair)| Scored {
            score: pair[side].0,
            right: pair[side].1,
            weight: 1.0,
            cluster: *cluster,
        };
        pairs.iter().map(scored).collect()
    };
    compare(&side(1), &side(0))?.p_value(Alternative::TwoSided, 0.0)
}

fn accuracy(pairs: &Pairs) -> Option<f64> {
    let only = |side: usize| {
        let differs = |(_, pair): &&(u64, Pair)| pair[side].1 && !pair[1 - side].1;
        pairs.iter().filter(differs).count() as u64
    };
    // Worse: more answers lost than gained.
    mcnemar(only(0), only(1), Alternative::Greater)
}

/// ECE of one side in 15 bins of equal width.
fn ece(pairs: &Pairs, side: usize) -> f64 {
    let mut bins = [0.0; 15];
    for (_, pair) in pairs {
        let (c, right) = pair[side];
        let bin = ((c * 15.0).ceil() as usize).clamp(1, 15) - 1;
        bins[bin] += c - f64::from(u8::from(right));
    }
    bins.iter().map(|sum| sum.abs()).sum::<f64>() / pairs.len() as f64
}

/// One question to an old model and to a worse one, whose ECE is `by`.
type Worse = fn(by: f64, rng: &mut Rng) -> Pair;

/// What is worse, and the least power of the family in the designs of [`power`].
const WORSE: [(&str, Worse, [f64; 4]); 3] = [
    (
        "answers sampled anew, right less often",
        anew,
        [0.22, 0.70, 0.63, 0.99],
    ),
    (
        "same answers, confidences raised",
        raised,
        [0.09, 0.30, 0.33, 0.85],
    ),
    (
        "same answers, confidences stretched away from .75",
        stretched,
        [0.12, 0.31, 0.36, 0.83],
    ),
];

fn anew(by: f64, rng: &mut Rng) -> Pair {
    let confidence = Law::Upper.draw(rng);
    [Truth::Calibrated, Truth::Over(by)]
        .map(|truth| (confidence, rng.uniform() < truth.chance(confidence)))
}

fn raised(by: f64, rng: &mut Rng) -> Pair {
    let confidence = Law::Upper.draw(rng);
    let right = rng.uniform() < confidence;
    [(confidence, right), ((confidence + by).min(1.0), right)]
}

fn stretched(by: f64, rng: &mut Rng) -> Pair {
    let confidence = Law::Upper.draw(rng);
    let right = rng.uniform() < confidence;
    // The mean distance from .75 is 1/8.
    let stretched = confidence + (confidence - 0.75) * 8.0 * by;
    [(confidence, right), (stretched.clamp(0.0, 1.0), right)]
}

fn power(tier: Tier) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (how, worse, least) in WORSE {
        let designs = [(500, 0.03), (500, 0.06), (2_000, 0.03), (2_000, 0.06)];
        for ((n, by), least) in designs.into_iter().zip(least) {
            let found = replicate(tier.runs(2_000), |rng| {
                let pairs = (0..n).map(|question| (question, worse(by, rng))).collect();
                let family = Family::of(&pairs, false);
                let below = |p: Option<f64>| p.is_some_and(|p| p <= 0.05);
                [family.alarms(), below(family.brier), below(family.gap)]
            });
            let design = format!("{how}, ECE 0 to {by:.2}, n = {n}");
            let share = |at: usize, what: &str, claim| {
                let hits: Vec<bool> = found.iter().map(|run| run[at]).collect();
                Cell::share(what, design.clone(), &hits, claim)
            };
            cells.push(share(0, "power, family", (least, 1.0)));
            cells.push(share(1, "power, Brier alone", NONE));
            cells.push(share(2, "power, absolute gap alone", NONE));
        }
    }
    cells
}
