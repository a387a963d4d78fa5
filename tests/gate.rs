//! The gate: what its verdicts rest on, in every format, with every ending.

#[path = "gate/command.rs"]
mod command;
#[path = "gate/formats.rs"]
mod formats;
#[path = "gate/judging.rs"]
mod judging;

use std::ffi::OsStr;
use std::fmt::Write;
use std::fs;
use std::path::Path;

use calib::maths::rng::Rng;
use tempfile::TempDir;

use crate::common::{Calib, calib};

/// How a model behaves: what it answers of the prompts that it should decline, and how much surer it is than right.
#[derive(Clone, Copy)]
struct Model {
    seed: u64,
    over_answers: f64,
    surer: f64,
}

const BASE: Model = Model {
    seed: 1,
    over_answers: 0.3,
    surer: 0.0,
};
const SAME: Model = Model { seed: 2, ..BASE };
const WORSE: Model = Model {
    seed: 3,
    over_answers: 0.7,
    surer: 0.12,
};

/// A log of so many prompts, the same for every model: three in ten should be declined, half of each kind and task.
fn log(model: Model, prompts: u64) -> String {
    let (mut asked, mut said) = (Rng::stream(7, 0), Rng::stream(model.seed, 1));
    let mut rows = String::new();
    for prompt in 0..prompts {
        let should = asked.uniform() < 0.3;
        let kind = ["epistemic", "safety"][asked.below(2)];
        let task = ["alpha", "beta"][asked.below(2)];
        let confidence = 0.5 + asked.uniform() / 2.0;
        let declined = if should {
            1.0 - model.over_answers
        } else {
            0.1
        };
        let silent = said.uniform() < declined;
        let right = said.uniform() < confidence && !should;
        write!(
            rows,
            "{{\"id\": \"q{prompt}\", \"task\": \"{task}\", \"kind\": \"{kind}\", \"should_abstain\": {should}, \"abstained\": {silent}"
        )
        .unwrap();
        if !silent {
            let stated = (confidence + model.surer).min(1.0);
            write!(rows, ", \"confidence\": {stated:.2}, \"correct\": {right}").unwrap();
        }
        rows.push_str("}\n");
    }
    rows
}

/// A folder with the logs of the three models.
fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    for (name, model) in [("base", BASE), ("same", SAME), ("worse", WORSE)] {
        fs::write(folder.path().join(format!("{name}.jsonl")), log(model, 600)).unwrap();
    }
    folder
}

fn gate<S: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = S>) -> Calib {
    calib().args(["gate"]).args(arguments).within(folder)
}
