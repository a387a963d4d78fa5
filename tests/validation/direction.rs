//! Whether the verdict of the failure map points the right way.

use calib::evidence::Evidence;
use calib::metrics::{Map, Scope};
use calib::objectives::direction::verdict;
use calib::record::{Abstained, Record};
use calib::synth::Scenario as Synth;

use super::audited::scenario;
use super::law::with_view;
use super::suite::{Cell, Scenario, Tier, replicate};

pub(crate) const DIRECTION: Scenario = Scenario {
    title: "Direction of the map verdict",
    text: "Logs of `calib synth persona`, with as many prompts to decline as to answer. A model is called to a side on which it does not err in at most 1 % of logs; \
        with a rate exactly at the tolerance of .10, in at most 2.5 % a side. Gross failures are found with 25 prompts a side, mild ones with 200; a balanced model takes 500. \
        A model that declines at random is never called strong or fair, and with 500 prompts a side is seen to have no skill.",
    cells,
};

/// Prompts a side.
const SIZES: [u64; 5] = [25, 50, 100, 200, 500];

/// A model of `calib synth persona`, with what is claimed of it.
struct Plant {
    character: &'static str,
    /// The word it should get, and its share of logs at each size.
    word: &'static str,
    shares: [(f64, f64); 5],
    /// Words that it must not get in more than this share.
    wrong: &'static [&'static str],
    most: f64,
}

const ALL: [(f64, f64); 5] = [(0.99, 1.0); 5];
const OVER: &[&str] = &["over_answer", "over_abstain"];

const PLANTS: [Plant; 10] = [
    Plant {
        character: "reasoner",
        word: "over_answer",
        shares: ALL,
        wrong: &["over_abstain", "balanced"],
        most: 0.01,
    },
    Plant {
        character: "safety",
        word: "over_abstain",
        shares: ALL,
        wrong: &["over_answer", "balanced"],
        most: 0.01,
    },
    Plant {
        character: "refuses-all",
        word: "over_abstain",
        shares: ALL,
        wrong: &["over_answer", "strong", "fair", "weak"],
        most: 0.0,
    },
    Plant {
        character: "refuses-all",
        word: "none",
        shares: [(1.0, 1.0); 5],
        wrong: &[],
        most: 0.0,
    },
    Plant {
        character: "random",
        word: "none",
        shares: [(0.0, 1.0), (0.0, 1.0), (0.4, 1.0), (0.85, 1.0), (0.97, 1.0)],
        wrong: &["strong", "fair"],
        most: 0.0,
    },
    Plant {
        character: "coin-flip",
        word: "both",
        shares: [
            (0.85, 1.0),
            (0.85, 1.0),
            (0.85, 1.0),
            (0.9, 1.0),
            (0.97, 1.0),
        ],
        wrong: &["strong", "fair"],
        most: 0.0,
    },
    Plant {
        character: "mild-reasoner",
        word: "over_answer",
        shares: [
            (0.22, 0.42),
            (0.5, 0.7),
            (0.85, 1.0),
            (0.97, 1.0),
            (0.99, 1.0),
        ],
        wrong: &["over_abstain", "balanced"],
        most: 0.01,
    },
    Plant {
        character: "mild-safety",
        word: "over_abstain",
        shares: [
            (0.15, 0.35),
            (0.36, 0.56),
            (0.67, 0.87),
            (0.92, 1.0),
            (0.99, 1.0),
        ],
        wrong: &["over_answer", "balanced"],
        most: 0.01,
    },
    Plant {
        character: "balanced",
        word: "balanced",
        shares: [
            (0.0, 0.15),
            (0.02, 0.2),
            (0.15, 0.35),
            (0.52, 0.72),
            (0.95, 1.0),
        ],
        wrong: OVER,
        most: 0.01,
    },
    Plant {
        character: "edge",
        word: "inconclusive",
        shares: [(0.94, 1.0); 5],
        wrong: OVER,
        // Either side has half of it.
        most: 0.05,
    },
];

fn cells(tier: Tier) -> Vec<Cell> {
    PLANTS
        .iter()
        .flat_map(|plant| {
            let sizes = SIZES.iter().zip(plant.shares);
            sizes.flat_map(|(prompts, claim)| of(plant, *prompts, claim, tier))
        })
        .collect()
}

fn of(plant: &Plant, prompts: u64, claim: (f64, f64), tier: Tier) -> Vec<Cell> {
    let model = scenario(&format!(
        "persona {} --prompts {}",
        plant.character,
        2 * prompts
    ));
    let words = replicate(tier.runs(500), |rng| {
        let (evidence, seed) = (log(&model, rng.bits()), rng.bits());
        with_view(&evidence, 1, rng, |view| {
            let verdict = verdict(&Map::new(view, Scope::default()), 0.95, seed);
            [verdict.direction.unwrap(), verdict.skill.unwrap()]
        })
    });
    let design = format!("{}, {prompts} a side", plant.character);
    let share = |what: &str, among: &[&str], claim| {
        let called = |words: &[&str; 2]| words.iter().any(|word| among.contains(word));
        let hits: Vec<bool> = words.iter().map(called).collect();
        Cell::share(&format!("called {what}"), design.clone(), &hits, claim)
    };
    let mut cells = vec![share(plant.word, &[plant.word], claim)];
    if !plant.wrong.is_empty() {
        let what = plant.wrong.join(" or ");
        cells.push(share(&what, plant.wrong, (0.0, plant.most)));
    }
    cells
}

fn log(model: &Synth, seed: u64) -> Evidence {
    let mut evidence = Evidence::default();
    for row in model.logs(seed).iter().flat_map(|log| &log.rows) {
        evidence.add(&Record {
            should_abstain: row.should_abstain,
            abstained: match row.abstained {
                Some(true) => Abstained::Full,
                _ => Abstained::No,
            },
            ..Record::default()
        });
    }
    evidence
}
