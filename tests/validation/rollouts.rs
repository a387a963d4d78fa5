//! Whether shortcuts are found in groups of samples, and only where they are.

use calib::synth::Row;

use super::audited::{audited, scenario};
use super::suite::{Cell, NONE, Scenario, Tier, replicate};

pub(crate) const ROLLOUTS: Scenario = Scenario {
    title: "Shortcuts in rollouts",
    text: "Logs of `calib synth rollouts`, eight samples a prompt. The verdict is `lucky_shortcut` in at most 5 % of logs of 200 prompts and more without a shortcut, and 7 % of logs of 100, be right answers \
        as long as wrong ones or shorter wherever they are, or many samples cut off at one length. A shortcut taken by a tenth of the samples is found in 90 % of logs of 200 prompts and more \
        where half of the prompts can't be solved otherwise, so that nearly all their successes are shortcuts. Where it is one of six rare successes, \
        as with the program's own choices, 200 prompts hold half a dozen of them and are too few: the table says how many find it. The mass on hard prompts rests on a Beta law of pass \
        rates: its mean error is claimed to be within .01 where that holds, and it has no interval: where samples take shortcuts no such law \
        holds, and the mean error is of the size of the spread.",
    cells,
};

/// A plant, and the share of logs in which it must be found, by prompts.
struct Plant {
    name: &'static str,
    flags: &'static str,
    /// Where samples are cut off, in tokens.
    cap: Option<u64>,
    claims: &'static [(u64, (f64, f64))],
}

const RARE: (f64, f64) = (0.0, 0.05);
const FOUND: (f64, f64) = (0.9, 1.0);

/// Of lengths around 400 with a spread of 0.3 in the logarithm, four in ten are shorter.
const CAP: u64 = 371;

const PLANTS: [Plant; 5] = [
    Plant {
        name: "no shortcut",
        flags: "--shortcut 0",
        cap: None,
        claims: &[(100, (0.0, 0.07)), (200, RARE), (400, RARE)],
    },
    Plant {
        name: "no shortcut, right answers shorter",
        flags: "--shortcut 0 --right-length 0.7",
        cap: None,
        claims: &[(200, RARE)],
    },
    Plant {
        name: "no shortcut, six in ten samples cut off",
        flags: "--shortcut 0",
        cap: Some(CAP),
        claims: &[(200, RARE), (400, RARE)],
    },
    Plant {
        name: "half of the prompts by shortcut only",
        flags: "--hopeless 0.5 --alpha 2 --beta 2 --answers 4",
        cap: None,
        claims: &[(100, (0.5, 1.0)), (200, FOUND), (300, FOUND), (400, FOUND)],
    },
    Plant {
        name: "one of six rare successes by shortcut",
        flags: "--shortcut 0.1",
        cap: None,
        claims: &[
            (100, (0.2, 0.6)),
            (200, (0.4, 0.8)),
            (400, (0.7, 1.0)),
            (800, (0.9, 1.0)),
        ],
    },
];

fn cells(tier: Tier) -> Vec<Cell> {
    let of = |plant: &Plant| -> Vec<Cell> {
        let sizes = plant.claims.iter();
        sizes
            .map(|(prompts, claim)| cell(plant, *prompts, *claim, tier))
            .collect()
    };
    let found: Vec<Cell> = PLANTS.iter().flat_map(of).collect();
    found.into_iter().chain(hard(tier)).collect()
}

fn cell(plant: &Plant, prompts: u64, claim: (f64, f64), tier: Tier) -> Cell {
    let synth = scenario(&format!("rollouts -n {prompts} {}", plant.flags));
    let runs = if claim.1 < 0.5 { 1_500 } else { 300 };
    let found = replicate(tier.runs(runs), |rng| {
        let logs = synth.logs(rng.bits());
        let mut rows: Vec<Row> = logs.into_iter().flat_map(|log| log.rows).collect();
        for row in &mut rows {
            row.tokens = row
                .tokens
                .map(|tokens| tokens.min(plant.cap.unwrap_or(u64::MAX)));
        }
        let seed = (rng.bits() >> 1).to_string();
        let group = audited(&rows, &["--resamples", "199", "--seed", &seed]);
        let verdict = &group["objectives"]["rollouts"]["verdict"];
        verdict.as_str() == Some("lucky_shortcut")
    });
    let design = format!("{}, {prompts} prompts", plant.name);
    Cell::share("called lucky_shortcut", design, &found, claim)
}

/// How far the mass on hard prompts is off on average, where a Beta law of pass rates holds and where it does not.
fn hard(tier: Tier) -> Vec<Cell> {
    let designs = [
        ("no shortcut", "--shortcut 0", (-0.01, 0.01)),
        (
            "a tenth of the samples take a shortcut",
            "--shortcut 0.1",
            (-0.05, 0.05),
        ),
        (
            "16 samples, one in twenty",
            "--samples 16 --shortcut 0.05",
            (-0.03, 0.03),
        ),
    ];
    let cell = |(name, flags, claim): (&str, &str, (f64, f64))| {
        let synth = scenario(&format!("rollouts {flags}"));
        let truth = synth.truth(0)["hard_mass"].as_f64().unwrap();
        let off = replicate(tier.runs(300), |rng| {
            let logs = synth.logs(rng.bits());
            let rows = logs.iter().flat_map(|log| &log.rows);
            let group = audited(rows, &["--resamples", "199"]);
            let mass = &group["objectives"]["rollouts"]["evidence"]["hard_mass"];
            assert!(mass["low"].is_null(), "{mass}");
            mass["value"].as_f64().unwrap() - truth
        });
        let spread = (off.iter().map(|off| off * off).sum::<f64>() / off.len() as f64).sqrt();
        let design = format!("{name}, 300 prompts, true mass {truth:.3}");
        [
            Cell::mean("hard mass, mean error", design.clone(), &off, claim),
            Cell {
                runs: Some(off.len() as u64),
                ..Cell::exact("hard mass, root mean square error", design, spread, NONE)
            },
        ]
    };
    designs.into_iter().flat_map(cell).collect()
}
