//! The graded answers of matched logs on one grid of confidences, for statistics that are drawn anew.

use std::collections::BTreeMap;

use crate::evidence::{Cell, DetailKey, Evidence, Partial, Totals};
use crate::inference::bootstrap::Tied;
use crate::inference::delong::Scored;
use crate::inference::pairs::{Measured, Replicates, Rows};
use crate::metrics::OfCells;
use crate::settings::{Resamples, Settings};

/// Steps that the replicates of one comparison may take.
const STEPS: u64 = 20_000_000;
/// Fewest and most replicates.
const RANGE: (u64, u64) = (199, 999);
/// Why nothing can be said of logs whose rows are not kept.
pub(super) const TOO_MANY: &str = "too many rows to keep them by prompt";

/// A kept row and how often it occurs.
pub(super) type Kept<'e> = (&'e DetailKey, u64);

/// The graded answers with a confidence by prompt, where they are few enough to be kept.
pub(super) fn by_prompt(side: &Evidence, partial: Partial) -> Option<BTreeMap<u64, Vec<Kept<'_>>>> {
    let mut prompts: BTreeMap<u64, Vec<Kept>> = BTreeMap::new();
    for (row, &count) in side.items().detail()? {
        if !row.partial || partial == Partial::Answer {
            prompts.entry(row.item).or_default().push((row, count));
        }
    }
    Some(prompts)
}

/// The rows of one side with their prompts numbered; `None` where some credit is neither 0 nor 1.
pub(super) fn scored<const N: usize>(units: &[[Vec<Kept>; N]], side: usize) -> Option<Vec<Scored>> {
    let mut rows = Vec::new();
    for (cluster, unit) in (0..).zip(units) {
        for (row, count) in unit.get(side)? {
            let credit = row.credit();
            if credit != 0.0 && credit != 1.0 {
                return None;
            }
            let one = Scored {
                score: row.confidence.get(),
                right: credit == 1.0,
                weight: row.weight(),
                cluster,
            };
            rows.extend((0..*count).map(|_| one));
        }
    }
    Some(rows)
}

/// Prompts of several logs on one grid of confidences.
pub(super) struct Grid<'s, const N: usize> {
    confidences: Vec<f64>,
    pub(super) rows: Measured<N>,
    pub(super) replicates: Replicates,
    settings: &'s Settings,
}

impl<'s, const N: usize> Grid<'s, N> {
    pub(super) fn new(units: &[[Vec<Kept>; N]], settings: &'s Settings) -> Self {
        let rows = units.iter().flatten().flatten();
        let mut confidences: Vec<f64> = rows.map(|(row, _)| row.confidence.get()).collect();
        confidences.sort_by(f64::total_cmp);
        confidences.dedup();
        let place = |rows: &Vec<Kept>| -> Rows {
            let one = |(row, count): &Kept| {
                let at = confidences.binary_search_by(|c| c.total_cmp(&row.confidence.get()));
                Some((at.ok()?, tied(row, *count)))
            };
            rows.iter().filter_map(one).collect()
        };
        let units = units.iter().map(|unit| unit.each_ref().map(place));
        let rows = Measured {
            cells: confidences.len(),
            units: units.collect(),
        };
        let count = match settings.resamples {
            Resamples::Auto => (STEPS / rows.steps()).clamp(RANGE.0, RANGE.1) as u32,
            Resamples::Fixed(count) => count,
        };
        Self {
            confidences,
            rows,
            replicates: Replicates {
                count,
                seed: settings.seed,
            },
            settings,
        }
    }

    /// The statistics of every log.
    pub(super) fn statistics(
        &self,
        statistics: &[OfCells],
        sides: &[Vec<Tied>; N],
    ) -> Vec<[Option<f64>; N]> {
        let sides = sides.each_ref().map(|side| self.cells(side));
        // A log without such rows has no figure.
        let finite = |value: &f64| value.is_finite();
        let each = |of: &OfCells| {
            let figure = |cells: &Vec<Cell>| of(cells, self.settings).filter(finite);
            sides.each_ref().map(figure)
        };
        statistics.iter().map(each).collect()
    }

    /// The cells that hold weight.
    fn cells(&self, side: &[Tied]) -> Vec<Cell> {
        let there = self
            .confidences
            .iter()
            .zip(side)
            .filter(|(_, tied)| tied.weight > 0.0);
        let cell = |(&confidence, tied): (&f64, &Tied)| Cell {
            confidence,
            totals: Totals {
                rows: 1,
                w: tied.weight,
                wy: tied.credit,
                wy2: tied.square,
                ..Totals::default()
            }
            .into(),
        };
        there.map(cell).collect()
    }
}

fn tied(row: &DetailKey, count: u64) -> Tied {
    let weight = row.weight() * count as f64;
    Tied {
        weight,
        credit: weight * row.credit(),
        square: weight * row.credit() * row.credit(),
    }
}
