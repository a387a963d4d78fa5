//! What a simulation is made of: scenarios of cells, each one number measured on many logs and held to a claim.

use std::fmt;

use calib::maths::rng::Rng;
use rayon::prelude::*;

use super::page;

/// Seed of every simulation; replicate r of any cell is drawn from stream r.
pub(crate) const SEED: u64 = 1;
/// Standard errors that chance exceeds once in a thousand cells.
pub(crate) const CHANCE: f64 = 3.29;
/// The claim of a cell that only shows what is so.
pub(crate) const NONE: (f64, f64) = (f64::NEG_INFINITY, f64::INFINITY);

/// How many logs are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tier {
    /// A tenth, in every `cargo test`.
    Quick,
    /// All, for the page.
    Long,
}

impl Tier {
    pub(crate) fn now() -> Self {
        match std::env::var("CALIB_TIER").as_deref() {
            Ok("long") => Self::Long,
            Ok(other) => panic!("CALIB_TIER is {other}, expected long"),
            Err(_) => Self::Quick,
        }
    }

    /// So many logs, or a tenth of them.
    pub(crate) fn runs(self, long: u64) -> u64 {
        self.of(long.div_ceil(10), long)
    }

    /// So many logs in each tier.
    pub(crate) fn of(self, quick: u64, long: u64) -> u64 {
        match self {
            Self::Quick => quick,
            Self::Long => long,
        }
    }
}

/// Simulations that answer one question.
pub(crate) struct Scenario {
    /// Heading of its section.
    pub(crate) title: &'static str,
    /// The design, and what is claimed.
    pub(crate) text: &'static str,
    /// The simulations.
    pub(crate) cells: fn(Tier) -> Vec<Cell>,
}

impl Scenario {
    /// Measures every cell, and holds the cells to their claims and the page to the cells.
    pub(crate) fn check(&self) {
        let tier = Tier::now();
        let cells = (self.cells)(tier);
        let off: Vec<_> = cells.iter().filter(|cell| !cell.holds()).collect();
        page::check(self, &cells, tier);
        let lines: Vec<_> = off.iter().map(ToString::to_string).collect();
        assert!(off.is_empty(), "{}:\n{}", self.title, lines.join("\n"));
        assert!(!cells.is_empty(), "{} measures nothing", self.title);
    }
}

/// One number, measured.
#[derive(Clone, Debug)]
pub(crate) struct Cell {
    /// What is measured.
    pub(crate) what: String,
    /// On which logs.
    pub(crate) design: String,
    /// Logs drawn; none where the number is computed exactly.
    pub(crate) runs: Option<u64>,
    /// The number.
    pub(crate) value: f64,
    /// What is claimed of its true value.
    pub(crate) claim: (f64, f64),
    /// How far chance alone may carry it below and above.
    pub(crate) margin: (f64, f64),
}

impl Cell {
    /// A number without chance.
    pub(crate) fn exact(what: &str, design: String, value: f64, claim: (f64, f64)) -> Self {
        Self {
            what: what.to_owned(),
            design,
            runs: None,
            value,
            claim,
            margin: (0.0, 0.0),
        }
    }

    /// The share of logs of which something is true. Chance is binomial at the ends of the claim.
    pub(crate) fn share(what: &str, design: String, are_so: &[bool], claim: (f64, f64)) -> Self {
        let n = are_so.len() as f64;
        let value = are_so.iter().filter(|is_so| **is_so).count() as f64 / n;
        let margin = |p: f64| match p.is_finite() {
            true => CHANCE * (p * (1.0 - p) / n).sqrt(),
            false => 0.0,
        };
        Self {
            runs: Some(are_so.len() as u64),
            margin: (margin(claim.0), margin(claim.1)),
            ..Self::exact(what, design, value, claim)
        }
    }

    /// The mean of a number over logs.
    pub(crate) fn mean(what: &str, design: String, values: &[f64], claim: (f64, f64)) -> Self {
        let n = values.len() as f64;
        let mean = values.iter().sum::<f64>() / n;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let margin = CHANCE * (squares / (n - 1.0) / n).sqrt();
        Self {
            runs: Some(values.len() as u64),
            margin: (margin, margin),
            ..Self::exact(what, design, mean, claim)
        }
    }

    /// What the measured number must lie within.
    pub(crate) fn accepted(&self) -> (f64, f64) {
        (self.claim.0 - self.margin.0, self.claim.1 + self.margin.1)
    }

    pub(crate) fn holds(&self) -> bool {
        let (low, high) = self.accepted();
        low <= self.value && self.value <= high
    }
}

impl fmt::Display for Cell {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (low, high) = self.accepted();
        let Self {
            what,
            design,
            value,
            claim,
            ..
        } = self;
        write!(
            f,
            "{what}, {design}: {value:.5}, accepted {low:.5} to {high:.5}, claimed {claim:?}"
        )
    }
}

/// Looks at so many logs on all cores.
pub(crate) fn replicate<T: Send>(runs: u64, look: impl Fn(&mut Rng) -> T + Sync) -> Vec<T> {
    (0..runs)
        .into_par_iter()
        .map(|run| look(&mut Rng::stream(SEED, run)))
        .collect()
}

/// Whether an interval holds a number; one that is not there does not.
pub(crate) fn covers(interval: Option<(f64, f64)>, truth: f64) -> bool {
    interval.is_some_and(|(low, high)| low <= truth && truth <= high)
}
