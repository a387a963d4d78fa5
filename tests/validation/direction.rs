//! Whether the verdict of the failure map points the right way.

use calib::evidence::Evidence;
use calib::maths::rng::Rng;
use calib::metrics::{Map, Scope};
use calib::objectives::direction::verdict;
use calib::record::{Abstained, Record};

use super::law::with_view;
use super::suite::{Cell, Scenario, Tier, replicate};

pub(crate) const DIRECTION: Scenario = Scenario {
    title: "Direction of the map verdict",
    text: "Logs with as many prompts to decline as to answer, from models with planted rates of over-answering and over-abstaining. A model is called \
        to a side on which it does not err in at most 2.5 % of logs per side; gross failures are found with 50 prompts a side, mild ones \
        with 200. A rate exactly at the tolerance of .10 stays undecided, or errs to either side no more often than that. A model that declines at random has no skill.",
    cells,
};

/// A planted model: rates of over-answering and over-abstaining, prompts a side, and the word it should get in at
/// least this share of logs.
struct Plant {
    over_answer: f64,
    over_abstain: f64,
    prompts: u64,
    word: &'static str,
    least: f64,
}

const fn plant(rates: (f64, f64), prompts: u64, word: &'static str, least: f64) -> Plant {
    Plant {
        over_answer: rates.0,
        over_abstain: rates.1,
        prompts,
        word,
        least,
    }
}

const PLANTS: [Plant; 9] = [
    plant((0.60, 0.02), 50, "over_answer", 0.99),
    plant((0.02, 0.60), 50, "over_abstain", 0.99),
    plant((0.25, 0.08), 50, "over_answer", 0.5),
    plant((0.25, 0.08), 200, "over_answer", 0.95),
    plant((0.06, 0.20), 200, "over_abstain", 0.9),
    plant((0.05, 0.05), 50, "inconclusive", 0.8),
    plant((0.05, 0.05), 500, "balanced", 0.95),
    plant((0.10, 0.10), 200, "inconclusive", 0.9),
    plant((0.70, 0.30), 200, "none", 0.9),
];

fn cells(tier: Tier) -> Vec<Cell> {
    PLANTS.iter().flat_map(|plant| of(plant, tier)).collect()
}

fn of(plant: &Plant, tier: Tier) -> Vec<Cell> {
    let words = replicate(tier.runs(2_000), |rng| {
        let (evidence, seed) = (log(plant, rng), rng.bits());
        with_view(&evidence, 1, rng, |view| {
            let verdict = verdict(&Map::new(view, Scope::default()), 0.95, seed);
            [verdict.direction.unwrap(), verdict.skill.unwrap()]
        })
    });
    let design = format!(
        "over-answer {:.2}, over-abstain {:.2}, {} a side",
        plant.over_answer, plant.over_abstain, plant.prompts
    );
    let share = |word: &str, claim: (f64, f64)| {
        let hits: Vec<bool> = words.iter().map(|words| words.contains(&word)).collect();
        Cell::share(&format!("called {word}"), design.clone(), &hits, claim)
    };
    let mut cells = vec![share(plant.word, (plant.least, 1.0))];
    // A rate of .10 itself is within the tolerance. Declining at random errs to both sides, and has its own word.
    for (word, rate) in [
        ("over_answer", plant.over_answer),
        ("over_abstain", plant.over_abstain),
    ] {
        if rate <= 0.10 {
            cells.push(share(word, (0.0, 0.025)));
        }
    }
    cells
}

fn log(plant: &Plant, rng: &mut Rng) -> Evidence {
    let mut evidence = Evidence::default();
    for (should, answered) in [(true, plant.over_answer), (false, 1.0 - plant.over_abstain)] {
        for _ in 0..plant.prompts {
            let answers = rng.uniform() < answered;
            evidence.add(&Record {
                should_abstain: Some(should),
                abstained: if answers {
                    Abstained::No
                } else {
                    Abstained::Full
                },
                ..Record::default()
            });
        }
    }
    evidence
}
