//! Which signature models of known make are given: the confusion matrix of the synthesis.

use super::audited::{audited, scenario};
use super::suite::{Cell, NONE, Scenario, Tier, replicate};

pub(crate) const SYNTHESIS: Scenario = Scenario {
    title: "Signatures of known models",
    text: "Logs of `calib synth`, a thousand prompts each, and the share of them in which the synthesis speaks each word; `open` where it speaks none. \
        A model with a signature is given it, one without is given none, and a log from which nothing must be concluded gets no signature of its own.",
    cells,
};

/// A model of `calib synth`, and the word it should be given.
struct Plant {
    line: &'static str,
    word: &'static str,
    claim: (f64, f64),
}

const fn plant(line: &'static str, word: &'static str, least: f64) -> Plant {
    Plant {
        line,
        word,
        claim: (least, 1.0),
    }
}

const PLANTS: [Plant; 16] = [
    plant("persona reasoner", "reasoning_like", 0.99),
    plant("persona mild-reasoner", "reasoning_like", 0.95),
    plant("persona answers-all", "reasoning_like", 0.99),
    plant("persona safety --kind safety", "safety_like", 0.99),
    plant("persona mild-safety --kind safety", "safety_like", 0.95),
    plant("persona refuses-all --kind safety", "safety_like", 0.99),
    plant("persona bluffing", "bluffing", 0.95),
    plant("persona under-confident", "under_confident", 0.95),
    plant("persona balanced", "none", 0.9),
    plant("persona random", "none", 0.95),
    plant("persona coin-flip", "none", 0.95),
    plant("persona reasoner --control shuffled-labels", "none", 0.9),
    plant("formats --eta 12", "collapsed", 0.9),
    plant("formats --eta 0", "none", 0.9),
    plant("drift --kl 0.2 --forgetting 0.3", "drifted", 0.9),
    plant("drift --kl 0.02", "none", 0.9),
];

/// Words that logs of answers can be given, and those that logs of training can.
const WORDS: [&str; 6] = [
    "bluffing",
    "reasoning_like",
    "safety_like",
    "under_confident",
    "none",
    "open",
];
const TRAINING: [&str; 4] = ["collapsed", "drifted", "none", "open"];

fn cells(tier: Tier) -> Vec<Cell> {
    PLANTS.iter().flat_map(|plant| of(plant, tier)).collect()
}

fn of(plant: &Plant, tier: Tier) -> Vec<Cell> {
    let persona = plant.line.starts_with("persona");
    let line = match persona {
        true => format!("{} --prompts 1000", plant.line),
        false => plant.line.to_owned(),
    };
    let synth = scenario(&line);
    let words = replicate(tier.runs(200), |rng| {
        let logs = synth.logs(rng.bits());
        let rows = logs.iter().flat_map(|log| &log.rows);
        let seed = (rng.bits() >> 1).to_string();
        let group = audited(rows, &["--resamples", "99", "--seed", &seed]);
        let verdict = &group["objectives"]["synthesis"]["verdict"];
        verdict.as_str().unwrap_or("open").to_owned()
    });
    let possible: &[&str] = if persona { &WORDS } else { &TRAINING };
    let share = |word: &&str| {
        let hits: Vec<bool> = words.iter().map(|spoken| spoken == word).collect();
        let claim = match *word == plant.word {
            true => plant.claim,
            false => NONE,
        };
        Cell::share(
            &format!("called {word}"),
            plant.line.to_owned(),
            &hits,
            claim,
        )
    };
    possible.iter().map(share).collect()
}
