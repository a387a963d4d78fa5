//! Three logs of the same prompts: a base, a proxy, and the tuned log that the proxy stands in for.
//!
//! Each log keeps its own figure, over all its rows; what is joint is how the three stray. A prompt influences each log
//! that holds it, and a log that lacks it, or does not answer it, not at all.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use super::grid::{Grid, Kept, TOO_MANY, by_prompt, scored};
use super::means::{self, Column};
use super::pairing::scope;
use super::{Target, cells};
use crate::evidence::{Evidence, Item, Items, Partial};
use crate::inference::delong::compare;
use crate::inference::paired::{Difference, Law};
use crate::inference::pairs::spread;
use crate::metrics::{Contrast, Lens, Means, OfCells};
use crate::settings::Settings;

/// The base, the proxy and the tuned log, prompt by prompt.
pub struct Trio<'a> {
    logs: [&'a Evidence; 3],
    partial: Partial,
    sides: [Cow<'a, BTreeMap<u64, Item>>; 3],
}

/// Where three logs stand by one metric, and how far their differences stray together.
#[derive(Clone, Debug, PartialEq)]
pub struct Stand {
    /// The metric of the base, the proxy and the tuned log.
    pub values: [f64; 3],
    /// proxy − base.
    pub closed: Option<Difference>,
    /// tuned − base.
    pub whole: Option<Difference>,
    /// proxy − tuned.
    pub past: Option<Difference>,
    /// Prompts, or groups of prompts, that enter in any log.
    pub prompts: u64,
    /// Whether some prompt enters in one log and not in another.
    pub apart: bool,
    /// How the spread was found.
    pub method: String,
}

impl Stand {
    /// The covariance of proxy − base and tuned − base, from the spread of their difference.
    #[must_use]
    pub fn covariance(&self) -> Option<f64> {
        let square = |one: Option<Difference>| Some(one?.standard_error.powi(2));
        Some((square(self.closed)? + square(self.whole)? - square(self.past)?) / 2.0)
    }
}

impl<'a> Trio<'a> {
    /// Brings the prompts of three logs together: the base, the proxy, the tuned log.
    #[must_use]
    pub fn new(logs: [&'a Evidence; 3], settings: &Settings) -> Self {
        Self {
            logs,
            partial: settings.partial,
            sides: Items::matched(logs.map(Evidence::items)),
        }
    }

    /// Whether this and the other hold a prompt in common, as far as prompts are told apart.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        let (ours, theirs) = (self.hashes(), other.hashes());
        let told = !self.is_folded() && !other.is_folded();
        told && !ours.is_disjoint(&theirs)
    }

    fn hashes(&self) -> BTreeSet<u64> {
        let keys = self.sides.iter().flat_map(|side| side.keys());
        keys.copied().collect()
    }

    fn is_folded(&self) -> bool {
        self.logs.iter().any(|log| log.items().is_folded())
    }

    /// The law of differences over so many prompts.
    fn law(&self, prompts: u64) -> Law {
        let items = || self.sides.iter().flat_map(|side| side.values());
        match !self.is_folded() && items().all(|item| item.rows() == 1) {
            true => Law::Rows(prompts),
            false => Law::Clusters(prompts),
        }
    }

    /// The graded answers with a confidence, by prompt.
    fn kept(&self) -> Option<Vec<[Vec<Kept<'a>>; 3]>> {
        let mut prompts: BTreeMap<u64, [Vec<Kept<'a>>; 3]> = BTreeMap::new();
        for (at, log) in self.logs.into_iter().enumerate() {
            for (hash, rows) in by_prompt(log, self.partial)? {
                if let Some(kept) = prompts.entry(hash).or_default().get_mut(at) {
                    *kept = rows;
                }
            }
        }
        Some(prompts.into_values().collect())
    }
}

/// Where the three logs stand by every target; a reason where nothing can be said.
#[must_use]
pub fn stand(
    trio: &Trio<'_>,
    targets: &[Target],
    settings: &Settings,
) -> Vec<Result<Stand, &'static str>> {
    let contrasts: Vec<Contrast> = targets.iter().map(|one| one.metric.contrast()).collect();
    let statistics: Vec<OfCells> = contrasts.iter().filter_map(of_cells).collect();
    let kept = trio.kept();
    let drawn = match (&kept, statistics.is_empty()) {
        (_, true) => Vec::new(),
        (None, false) => vec![Err(TOO_MANY); statistics.len()],
        (Some(kept), false) => drawn(trio, kept, &statistics, settings),
    };
    let mut drawn = drawn.into_iter();
    let stands = targets
        .iter()
        .zip(&contrasts)
        .map(|(target, contrast)| match contrast {
            Contrast::Means(means) => {
                let lens = Lens {
                    partial: trio.partial,
                    scope: scope(&trio.logs, target.kind),
                };
                of_means(trio, means, &lens)
            }
            Contrast::Area => kept
                .as_ref()
                .ok_or(TOO_MANY)
                .and_then(|kept| area(trio, kept)),
            Contrast::Drawn(_) | Contrast::Swapped(_) => drawn.next().unwrap_or(Err(UNDEFINED)),
            Contrast::None(reason) => Err(*reason),
        });
    stands.collect()
}

/// Why a metric has no place for some log.
const UNDEFINED: &str = "undefined in one of the three logs";

fn of_cells(contrast: &Contrast) -> Option<OfCells> {
    match contrast {
        Contrast::Drawn(of) | Contrast::Swapped(of) => Some(*of),
        Contrast::Means(_) | Contrast::Area | Contrast::None(_) => None,
    }
}

fn of_means(trio: &Trio<'_>, means: &Means, lens: &Lens) -> Result<Stand, &'static str> {
    let prompts = trio.hashes();
    let columns = trio.sides.each_ref().map(|side| -> Vec<Column> {
        let column = |part: &crate::metrics::Part| -> Column {
            let sums = |hash: &u64| Some(part(side.get(hash)?, lens)).filter(|(_, w)| *w > 0.0);
            prompts.iter().map(sums).collect()
        };
        means.parts.iter().map(column).collect()
    });
    let enters = |side: &Vec<Column>, at: usize| {
        let mut columns = side.iter();
        columns.any(|column| column.get(at).is_some_and(Option::is_some))
    };
    let (mut units, mut apart) = (0, false);
    for at in 0..prompts.len() {
        let sides = columns.iter().filter(|side| enters(side, at)).count();
        units += u64::from(sides > 0);
        apart |= sides == 1 || sides == 2;
    }
    let sides = columns.each_ref().map(|side| means::of_side(means, side));
    let [Some(base), Some(proxy), Some(tuned)] = sides else {
        return Err(UNDEFINED);
    };
    let law = trio.law(units);
    let difference = |one, other| means::combine(one, other, -1.0, units, law);
    Ok(Stand {
        values: [base.value, proxy.value, tuned.value],
        closed: difference(&proxy, &base),
        whole: difference(&tuned, &base),
        past: difference(&proxy, &tuned),
        prompts: units,
        apart,
        method: "joint influences".to_owned(),
    })
}

/// Whether some prompt has graded answers in one log and not in another.
fn apart(kept: &[[Vec<Kept<'_>>; 3]]) -> bool {
    let held = |unit: &[Vec<Kept<'_>>; 3]| unit.iter().filter(|rows| !rows.is_empty()).count();
    kept.iter().any(|unit| held(unit) < 3)
}

fn area(trio: &Trio<'_>, kept: &[[Vec<Kept<'_>>; 3]]) -> Result<Stand, &'static str> {
    let rows = [0, 1, 2].map(|side| scored(kept, side));
    let [Some(base), Some(proxy), Some(tuned)] = &rows else {
        return Err("credit between right and wrong");
    };
    let values = [base, proxy, tuned].map(|rows| cells::alone(rows));
    let [Some(b), Some(p), Some(t)] = values else {
        return Err(UNDEFINED);
    };
    let prompts = kept.len() as u64;
    let law = match trio.law(prompts) {
        Law::Rows(_) => Law::Normal,
        law => law,
    };
    let difference = |one, other| compare(one, other).map(|found| Difference { law, ..found });
    Ok(Stand {
        values: [b, p, t],
        closed: difference(proxy, base),
        whole: difference(tuned, base),
        past: difference(proxy, tuned),
        prompts,
        apart: apart(kept),
        method: "DeLong, joint".to_owned(),
    })
}

/// Statistics of cells: prompts drawn together for the three logs.
fn drawn(
    trio: &Trio<'_>,
    kept: &[[Vec<Kept<'_>>; 3]],
    statistics: &[OfCells],
    settings: &Settings,
) -> Vec<Result<Stand, &'static str>> {
    let grid = Grid::new(kept, settings);
    let seen = grid.statistics(statistics, &grid.rows.whole());
    let draws = grid.rows.drawn(grid.replicates, |sides| {
        let drawn = grid.statistics(statistics, sides);
        drawn.into_iter().flatten().collect()
    });
    let prompts = kept.len() as u64;
    let law = match trio.law(prompts) {
        Law::Rows(_) => Law::Normal,
        law => law,
    };
    let of = |(at, values): (usize, [Option<f64>; 3])| {
        let [Some(base), Some(proxy), Some(tuned)] = values else {
            return Err(UNDEFINED);
        };
        let difference = |one: usize, other: usize, value: f64| {
            let draw = |draw: &Vec<Option<f64>>| {
                let of = |side: usize| draw.get(3 * at + side).copied().flatten();
                Some(of(one)? - of(other)?)
            };
            let draws: Vec<Option<f64>> = draws.iter().map(draw).collect();
            Some(Difference {
                value,
                standard_error: spread(&draws)?,
                law,
            })
        };
        Ok(Stand {
            values: [base, proxy, tuned],
            closed: difference(1, 0, proxy - base),
            whole: difference(2, 0, tuned - base),
            past: difference(1, 2, proxy - tuned),
            prompts,
            apart: apart(kept),
            method: format!("joint bootstrap, B = {}", grid.replicates.count),
        })
    };
    seen.into_iter().enumerate().map(of).collect()
}
