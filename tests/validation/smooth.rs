//! Intervals of statistics that are no means: resampled (BCa) or by their influence functions.

use calib::evidence::Evidence;
use calib::maths::rng::Rng;
use calib::metrics::{Budget, View, find};
use calib::record::{Abstained, Confidence, Record};
use calib::settings::{Resamples, Settings};

use super::suite::{Cell, Scenario, Tier, covers, replicate};

pub(crate) const SMOOTH: Scenario = Scenario {
    title: "Smooth statistics",
    text: "Confidences between .5 and 1, right with their square as chance, a tenth of the prompts declined. Coverage of the 95 % intervals \
        against the value over all rows the model could produce: BCa from 999 resamples where they are cheap, else the infinitesimal jackknife. \
        With 200 prompts they cover within .91 to .98, with 1,000 within .93 to .975.",
    cells,
};

/// Metrics with such an interval.
const FIGURES: [&str; 9] = [
    "brier_skill",
    "ap",
    "aurc",
    "e_aurc",
    "augrc",
    "accuracy_at_coverage_80",
    "simpleqa_f1",
    "omniscience_index",
    "hallucination_rate",
];

/// A model that declines some prompts.
#[derive(Clone, Copy)]
struct Model {
    /// Distinct confidences.
    grid: u32,
    /// Prompts in a log.
    prompts: u64,
    /// Samples of each prompt, all alike.
    times: u64,
    /// Replicates asked for: too few for BCa mean the jackknife.
    replicates: u32,
}

fn cells(tier: Tier) -> Vec<Cell> {
    let mut cells = Vec::new();
    for (replicates, method, runs) in [(999, "BCa", 1_000), (199, "infinitesimal jackknife", 3_000)]
    {
        for (grid, prompts, times) in [(10, 200, 1), (10, 1_000, 1), (1_000, 200, 1), (10, 200, 3)]
        {
            let model = Model {
                grid,
                prompts,
                times,
                replicates,
            };
            cells.extend(model.cells(method, tier.runs(runs)));
        }
    }
    cells
}

impl Model {
    fn cells(self, method: &str, runs: u64) -> Vec<Cell> {
        let settings = Settings::default();
        let budget = Budget::resolve(Resamples::Fixed(self.replicates), 1, 1);
        let estimates = |evidence: &Evidence| {
            let view = View::new(evidence, &settings, budget);
            FIGURES.map(|id| find(id).unwrap().estimate(&view))
        };
        let truths = estimates(&self.population()).map(|estimate| estimate.value.unwrap());
        let covered = replicate(runs, |rng| {
            let estimates = estimates(&self.log(rng));
            let by = estimates[0].method.as_deref().unwrap();
            assert!(by.starts_with(method), "{by}");
            let held = estimates.iter().zip(truths);
            held.map(|(estimate, truth)| covers(estimate.interval(), truth))
                .collect::<Vec<_>>()
        });
        let claim = if self.prompts < 1_000 {
            (0.91, 0.98)
        } else {
            (0.93, 0.975)
        };
        let cell = |(at, id): (usize, &&str)| {
            let hits: Vec<bool> = covered.iter().map(|run| run[at]).collect();
            let design = format!("{}, {method}", self.name());
            Cell::share(&format!("coverage, {id}"), design, &hits, claim)
        };
        FIGURES.iter().enumerate().map(cell).collect()
    }

    fn name(self) -> String {
        let Self {
            grid,
            prompts,
            times,
            ..
        } = self;
        let asked = if times == 1 {
            String::new()
        } else {
            format!(" × {times}")
        };
        format!("{prompts} prompts{asked}, {grid} confidences")
    }

    fn log(self, rng: &mut Rng) -> Evidence {
        let mut evidence = Evidence::default();
        for prompt in 0..self.prompts {
            let confidence = self.confidence(rng.below(self.grid as usize) as u32);
            let right = rng.uniform() < confidence * confidence;
            let mut row = answer(confidence, f64::from(u8::from(right)));
            if rng.uniform() < 0.1 {
                row = declined();
            }
            row.item = Some(prompt.wrapping_mul(0x9E37_79B9_7F4A_7C15));
            (0..self.times).for_each(|_| evidence.add(&row));
        }
        evidence
    }

    fn confidence(self, step: u32) -> f64 {
        0.5 + (f64::from(step) + 0.5) / (2.0 * f64::from(self.grid))
    }

    /// All rows there could be, as weights.
    fn population(self) -> Evidence {
        const ROWS: f64 = 1e8;
        let mut evidence = Evidence::default();
        let mut add = |row: Record, weight: f64| evidence.add(&Record { weight, ..row });
        let share = 0.9 * ROWS / f64::from(self.grid);
        for step in 0..self.grid {
            let confidence = self.confidence(step);
            let right = confidence * confidence;
            add(answer(confidence, 1.0), share * right);
            add(answer(confidence, 0.0), share * (1.0 - right));
        }
        add(declined(), 0.1 * ROWS);
        evidence
    }
}

fn answer(confidence: f64, credit: f64) -> Record {
    Record {
        confidence: Confidence::new(confidence),
        credit: Some(credit),
        ..Record::default()
    }
}

fn declined() -> Record {
    Record {
        abstained: Abstained::Full,
        ..Record::default()
    }
}
