//! Incentives: what policies earn, and what a logged reward pays.

use calib::evidence::Evidence;
use calib::maths::rng::Rng;
use calib::metrics::{Budget, View};
use calib::objectives::{Incentives, Subject, audit};
use calib::record::{Abstained, Confidence, Field, Names, Record, Trace};
use calib::report::Objective;
use calib::report::objective::Figure;
use calib::settings::Settings;

use super::suite::{Cell, Scenario, Tier, covers, replicate};

pub(crate) const INCENTIVES: Scenario = Scenario {
    title: "Incentives",
    text: "Confidences in steps of 0.05 that are right with a chance of 0.15 + 0.7 c, a tenth more or less by prompt, and so is the reward; half of those below 0.2 are \
        declined. Coverage of the 95 % intervals of what answering all and what a threshold on stated confidence earn, of the \
        share of saturated confidences, and of what a noisy reward pays for wrong answers against silence and for confidence in \
        wrong ones; one or four samples of a prompt.",
    cells,
};

/// Steps of confidence, of which the first few are declined half the time.
const STEPS: u64 = 21;
const DECLINED: u64 = 4;
/// What a wrong answer is paid, and what it loses for confidence.
const WRONG: f64 = -0.2;
const SLOPE: f64 = -0.3;

fn chance(confidence: f64) -> f64 {
    0.15 + 0.7 * confidence
}

/// The mean over rows of something about an answer of this confidence; nothing where it is declined.
fn mean(of: impl Fn(f64) -> f64) -> f64 {
    let rows = (0..STEPS).map(|step| {
        let answers = if step < DECLINED { 0.5 } else { 1.0 };
        answers * of(step as f64 / 20.0)
    });
    rows.sum::<f64>() / STEPS as f64
}

fn log(prompts: u64, samples: u64, rng: &mut Rng) -> Evidence {
    let mut evidence = Evidence::default();
    for _ in 0..prompts {
        let prompt = rng.bits();
        let sign = |rng: &mut Rng| if rng.uniform() < 0.5 { 0.1 } else { -0.1 };
        let (ease, bonus) = (sign(rng), sign(rng));
        for _ in 0..samples {
            let step = rng.below(STEPS as usize) as u64;
            let confidence = step as f64 / 20.0;
            let declines = step < DECLINED && rng.uniform() < 0.5;
            let right = rng.uniform() < chance(confidence) + ease;
            let paid = match (declines, right) {
                (true, _) => 0.0,
                (false, true) => 1.0,
                (false, false) => WRONG + SLOPE * confidence,
            };
            let noise = rng.uniform() - 0.5;
            evidence.add(&Record {
                item: Some(prompt),
                abstained: if declines {
                    Abstained::Full
                } else {
                    Abstained::No
                },
                confidence: Confidence::new(confidence).filter(|_| !declines),
                credit: (!declines).then_some(f64::from(u8::from(right))),
                trace: Trace::default()
                    .with_code(Field::Prompt, prompt)
                    .with(Field::Reward, paid + noise + bonus),
                ..Record::default()
            });
        }
    }
    evidence
}

fn found(evidence: &Evidence) -> Objective {
    let (settings, names) = (Settings::default(), Names::default());
    let view = View::new(evidence, &settings, Budget::default());
    audit(&Incentives, &Subject::new(&view, &names)).unwrap()
}

fn bounds(figure: Option<&Figure>) -> Option<(f64, f64)> {
    match figure? {
        Figure::Estimate(estimate) => estimate.interval(),
        Figure::Number(_) => None,
    }
}

/// The cell of a scheme, by its place among the columns.
fn cell<'o>(found: &'o Objective, scheme: &str, column: usize) -> Option<&'o Figure> {
    let row = found.tables[0]
        .rows
        .iter()
        .find(|row| row.label == scheme)?;
    row.cells[column].as_ref()
}

fn cells(tier: Tier) -> Vec<Cell> {
    let answered = mean(|_| 1.0);
    let wrong = |of: &dyn Fn(f64) -> f64| mean(|c| (1.0 - chance(c)) * of(c));
    let truths = [
        ("answering all, 1 or −1", mean(|c| 2.0 * chance(c) - 1.0)),
        ("answering all, F", 2.0 * mean(chance) / (1.0 + answered)),
        (
            "stated above 0.75, target 0.75",
            mean(|c| if c > 0.75 { 4.0 * chance(c) - 3.0 } else { 0.0 }),
        ),
        (
            "saturated",
            mean(|c| if c > 0.99 { 1.0 } else { 0.0 }) / answered,
        ),
        (
            "reward, wrong − silence",
            WRONG + SLOPE * wrong(&|c| c) / wrong(&|_| 1.0),
        ),
        ("reward by confidence, if wrong", SLOPE),
    ];
    let mut cells = Vec::new();
    for (prompts, samples) in [(200, 1), (1_000, 1), (200, 4)] {
        let seen = replicate(tier.runs(2_000), |rng| {
            let found = found(&log(prompts, samples, rng));
            let figures = [
                found.figure("answer_all.negative"),
                found.figure("answer_all.simpleqa_f"),
                cell(&found, "target t = 0.75", 2),
                found.figure("saturated"),
                found.figure("reward_gap"),
                found.figure("reward_slope"),
            ];
            figures.map(bounds)
        });
        for (at, (what, truth)) in truths.iter().enumerate() {
            let covered: Vec<bool> = seen.iter().map(|own| covers(own[at], *truth)).collect();
            let design = format!("{prompts} prompts of {samples}");
            cells.push(Cell::share(what, design, &covered, (0.93, 0.97)));
        }
    }
    cells
}
