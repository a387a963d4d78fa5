//! The gate as it comes: how often it fails a model that did not change, and finds one that did.

use std::collections::BTreeMap;

use calib::evidence::Groups;
use calib::gate::{Policy, Subject, judge};
use calib::input::Definition;
use calib::maths::rng::Rng;
use calib::record::{Abstained, Confidence, Names, Record};
use calib::report::Gate;
use calib::settings::Settings;
use calib::state::{Input, State};

use super::law::{Law, Tie, Truth};
use super::suite::{Cell, NONE, Scenario, Tier, replicate};

pub(crate) const FALSE_FAILURES: Scenario = Scenario {
    title: "False failures of the gate",
    text: "`calib gate` without any rule, at its defaults, on the same model sampled twice on the same questions: how often it fails. Answers alone \
        bring Brier score and absolute gap into the family; with prompts to decline, 30 in 100, of which the model answers some and \
        declines some of the others, over-answering and over-abstaining join them. Repeated prompts are judged by prompts. The verdict from saved states is that from the logs, on every one of them.",
    cells: false_failures,
};

pub(crate) const POWER: Scenario = Scenario {
    title: "Power of the gate",
    text: "How often `calib gate` without any rule fails a model that got worse: the questions, with confidences U(½, 1), are answered anew and come out \
        right less often, so that ECE goes from 0 to .03 or .06; or a model answers more of the prompts that it should decline.",
    cells: power,
};

/// A row as drawn: its question, and what each model did.
type Pair = (u64, [Record; 2]);

/// A way to ask a model twice.
#[derive(Clone, Copy)]
struct Design {
    truth: Truth,
    tie: Tie,
    questions: u64,
    times: u64,
    /// Share of questions that should be declined.
    to_decline: f64,
}

impl Design {
    fn name(&self) -> String {
        let rows = match (self.times, self.tie) {
            (1, _) => format!("n = {}", self.questions),
            (times, tie) => format!("{} × {times}, {}", self.questions, tie.name()),
        };
        let labels = if self.to_decline > 0.0 {
            ", with prompts to decline"
        } else {
            ""
        };
        format!("{}, {rows}{labels}", self.truth.name())
    }

    /// Both samples of every question.
    fn draw(&self, rng: &mut Rng) -> Vec<Pair> {
        let mut pairs = Vec::with_capacity((self.questions * self.times) as usize);
        for question in 0..self.questions {
            let declines = rng.uniform() < self.to_decline;
            let confidence = Law::Even.draw(rng);
            let chance = self.tie.chance(self.truth.chance(confidence), rng);
            // How readily the question is declined, where it is one to decline and where it is not.
            let ready = 0.6 * rng.uniform() + if declines { 0.35 } else { 0.0 };
            for _ in 0..self.times {
                let pair = [0, 1].map(|_| {
                    if self.to_decline > 0.0 {
                        labelled(declines, rng.uniform() < ready, confidence, chance, rng)
                    } else {
                        answer(confidence, chance, rng)
                    }
                });
                pairs.push((question, pair));
            }
        }
        pairs
    }
}

/// An answer whose confidence strays a little between samples.
fn answer(confidence: f64, chance: f64, rng: &mut Rng) -> Record {
    let stated = (confidence + 0.1 * (rng.uniform() - 0.5)).clamp(0.0, 1.0);
    graded(stated, rng.uniform() < chance)
}

fn graded(confidence: f64, right: bool) -> Record {
    Record {
        // As models state it: in hundredths.
        confidence: Confidence::new((confidence * 100.0).round() / 100.0),
        credit: Some(f64::from(u8::from(right))),
        ..Record::default()
    }
}

fn labelled(should: bool, declined: bool, confidence: f64, chance: f64, rng: &mut Rng) -> Record {
    let answered = match should {
        // What should be declined has no right answer to grade.
        true => Record::default(),
        false => answer(confidence, chance, rng),
    };
    let silent = Record {
        abstained: Abstained::Full,
        ..Record::default()
    };
    Record {
        should_abstain: Some(should),
        ..if declined { silent } else { answered }
    }
}

/// Both logs.
fn logs(pairs: &[Pair]) -> [Groups; 2] {
    [0, 1].map(|side| {
        let mut groups = Groups::default();
        for (question, pair) in pairs {
            let item = Some((question + 1).wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let record = Record { item, ..pair[side] };
            groups.add(None, &record).unwrap();
        }
        groups
    })
}

fn gate([base, new]: &[Groups; 2]) -> Gate {
    let subject = Subject {
        by: BTreeMap::new(),
        log: new.all(),
        baseline: Some(base.all()),
    };
    judge(&Policy::default(), &[subject], &Settings::default())
}

/// What is left of a log when it was saved and opened again.
fn saved(groups: &Groups) -> Groups {
    let behaviour = groups.all().behaviour();
    let rows = |abstained| {
        behaviour
            .total(|conduct| conduct.abstained == abstained)
            .rows
    };
    let file = Input {
        path: "log.jsonl".to_owned(),
        used: [Abstained::No, Abstained::Partial, Abstained::Full].map(rows),
        ..Input::default()
    };
    let state = State {
        label: "log".to_owned(),
        inputs: vec![file],
        definition: Definition::default(),
        flags: BTreeMap::new(),
        findings: Vec::new(),
        groups: groups.clone(),
        names: Names::default(),
    };
    State::from_bytes(&state.to_bytes().unwrap())
        .unwrap()
        .groups
}

fn fails(gate: &Gate) -> bool {
    gate.verdict == "fail"
}

fn false_failures(tier: Tier) -> Vec<Cell> {
    let mut cells = Vec::new();
    for truth in [Truth::Calibrated, Truth::Over(0.06)] {
        let design = |to_decline, questions, times, tie| Design {
            truth,
            tie,
            questions,
            times,
            to_decline,
        };
        for n in [200, 1_000, 5_000] {
            cells.extend(of(design(0.0, n, 1, Tie::Effect(0.0)), tier));
        }
        cells.extend(of(design(0.0, 200, 10, Tie::Effect(1.0)), tier));
        for n in [200, 1_000, 5_000] {
            cells.extend(of(design(0.3, n, 1, Tie::Effect(0.0)), tier));
        }
        cells.extend(of(design(0.3, 200, 10, Tie::Effect(1.0)), tier));
    }
    cells
}

fn of(design: Design, tier: Tier) -> Vec<Cell> {
    let runs = match tier {
        Tier::Quick if design.questions * design.times > 1_000 => tier.runs(2_000),
        tier => tier.runs(10_000),
    };
    let verdicts = replicate(runs, |rng| gate(&logs(&design.draw(rng))));
    let failed: Vec<bool> = verdicts.iter().map(fails).collect();
    let undecided: Vec<bool> = verdicts
        .iter()
        .map(|gate| gate.verdict == "inconclusive")
        .collect();
    let mut cells = vec![
        Cell::share("fails", design.name(), &failed, (0.0, 0.05)),
        Cell::share("inconclusive", design.name(), &undecided, NONE),
    ];
    let saves = if design.questions == 200 { 1_000 } else { 200 };
    let differs = replicate(tier.runs(saves), |rng| {
        let logs = logs(&design.draw(rng));
        gate(&logs) != gate(&logs.each_ref().map(saved))
    });
    let what = "verdict from states differs";
    cells.push(Cell::share(what, design.name(), &differs, (0.0, 0.0)));
    cells
}

fn power(tier: Tier) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (by, n, least) in [
        (0.03, 500, 0.22),
        (0.06, 500, 0.70),
        (0.03, 2_000, 0.63),
        (0.06, 2_000, 0.99),
    ] {
        let found = replicate(tier.runs(2_000), |rng| {
            let pairs: Vec<Pair> = (0..n).map(|question| (question, anew(by, rng))).collect();
            fails(&gate(&logs(&pairs)))
        });
        let design = format!("answers anew, ECE 0 to {by:.2}, n = {n}");
        cells.push(Cell::share("fails", design, &found, (least, 1.0)));
    }
    for (n, least) in [(500, 0.3), (2_000, 0.9)] {
        let found = replicate(tier.runs(2_000), |rng| {
            let pairs: Vec<Pair> = (0..n).map(|question| (question, laxer(rng))).collect();
            fails(&gate(&logs(&pairs)))
        });
        let design = format!("over-answers .40 instead of .30, n = {n}, a third to decline");
        cells.push(Cell::share("fails", design, &found, (least, 1.0)));
    }
    cells
}

fn anew(by: f64, rng: &mut Rng) -> [Record; 2] {
    let confidence = (Law::Upper.draw(rng) * 100.0).round() / 100.0;
    [Truth::Calibrated, Truth::Over(by)]
        .map(|truth| graded(confidence, rng.uniform() < truth.chance(confidence)))
}

/// A model that answers more of what it should decline, and nothing else.
fn laxer(rng: &mut Rng) -> [Record; 2] {
    let should = rng.uniform() < 1.0 / 3.0;
    let confidence = Law::Upper.draw(rng);
    [0.70, 0.60].map(|declined| {
        let declined = if should { declined } else { 0.1 };
        let declines = rng.uniform() < declined;
        labelled(should, declines, confidence, confidence, rng)
    })
}
