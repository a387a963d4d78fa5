//! Differences of statistics that are not means: the area under the curve, and statistics of tied cells, which are
//! resampled pair by pair.

use super::grid::{Grid, Kept, TOO_MANY, by_prompt, scored};
use super::{Judgement, Pairing};
use crate::inference::bootstrap::Tied;
use crate::inference::delong::{Scored, compare};
use crate::inference::paired::{Difference, Law};
use crate::inference::pairs::{Statistics, spread, swap_p_value};
use crate::metrics::{Contrast, OfCells};
use crate::settings::Settings;

const NO_PAIR: &str = "no prompt has a graded answer with a confidence on both sides";

/// The graded answers with a confidence of the prompts that have some on both sides.
fn kept<'e>(pairing: &Pairing<'e>) -> Result<Vec<[Vec<Kept<'e>>; 2]>, &'static str> {
    let [base, new] = [pairing.base, pairing.new].map(|side| by_prompt(side, pairing.partial));
    let (base, mut new) = (base.ok_or(TOO_MANY)?, new.ok_or(TOO_MANY)?);
    let pair = |(hash, rows)| Some([rows, new.remove(&hash)?]);
    let units: Vec<_> = base.into_iter().filter_map(pair).collect();
    if units.is_empty() {
        Err(NO_PAIR)
    } else {
        Ok(units)
    }
}

/// The difference of two areas under the ROC curve.
pub(super) fn area(pairing: &Pairing, settings: &Settings) -> Judgement {
    let units = match kept(pairing) {
        Ok(units) => units,
        Err(reason) => return Judgement::missing(reason),
    };
    let [base, new] = [0, 1].map(|side| scored(&units, side));
    let (Some(base), Some(new)) = (base, new) else {
        return Judgement::missing("credit between right and wrong");
    };
    let count = units.len() as u64;
    let Some(difference) = compare(&new, &base) else {
        return Judgement {
            units: count,
            ..Judgement::missing("one class only, or one prompt of it, on one side")
        };
    };
    let unchanged = difference.standard_error == 0.0;
    let method = match difference.law {
        Law::Normal => "DeLong, paired".to_owned(),
        _ => format!("Obuchowski, {}", difference.interval(settings.level).method),
    };
    Judgement {
        delta: Some(difference.value),
        shared: [&base, &new].map(|rows| alone(rows)),
        units: count,
        difference: (!unchanged).then_some(difference),
        method: Some(method),
        reason: unchanged.then(|| "both rank every pair alike".to_owned()),
        unchanged,
        ..Judgement::default()
    }
}

/// The area of one side.
pub(super) fn alone(rows: &[Scored]) -> Option<f64> {
    // Against one score for all rows, whose area is a half.
    let level: Vec<Scored> = rows
        .iter()
        .map(|row| Scored { score: 0.0, ..*row })
        .collect();
    compare(rows, &level).map(|difference| difference.value + 0.5)
}

/// The differences of the statistics of cells among the contrasts, in their order.
pub(super) fn judge(
    pairing: &Pairing,
    contrasts: &[Contrast],
    settings: &Settings,
) -> Vec<Judgement> {
    let (mut drawn, mut swapped) = (Vec::new(), Vec::new());
    for contrast in contrasts {
        match contrast {
            Contrast::Drawn(of) => drawn.push(*of),
            Contrast::Swapped(of) => swapped.push(*of),
            Contrast::Means(_) | Contrast::Area | Contrast::None(_) => {}
        }
    }
    if drawn.is_empty() && swapped.is_empty() {
        return Vec::new();
    }
    let units = match kept(pairing) {
        Ok(units) => units,
        Err(reason) => return vec![Judgement::missing(reason); drawn.len() + swapped.len()],
    };
    let resampling = Resampling {
        grid: Grid::new(&units, settings),
        single: pairing.is_single(),
    };
    let mut drawn = resampling.drawn(&drawn).into_iter();
    let mut swapped = resampling.swapped(&swapped).into_iter();
    let next = |contrast: &Contrast| match contrast {
        Contrast::Drawn(_) => drawn.next(),
        Contrast::Swapped(_) => swapped.next(),
        Contrast::Means(_) | Contrast::Area | Contrast::None(_) => None,
    };
    contrasts.iter().filter_map(next).collect()
}

/// Pairs on one grid of confidences.
struct Resampling<'s> {
    grid: Grid<'s, 2>,
    single: bool,
}

impl Resampling<'_> {
    fn differences(&self, statistics: &[OfCells], sides: &[Vec<Tied>; 2]) -> Statistics {
        let sides = self.grid.statistics(statistics, sides);
        sides
            .into_iter()
            .map(|[base, new]| Some(new? - base?))
            .collect()
    }

    fn drawn(&self, statistics: &[OfCells]) -> Vec<Judgement> {
        let judged = |seen: &Seen, draws: &[Option<f64>]| {
            let law = if self.single {
                Law::Normal
            } else {
                Law::Clusters(self.units())
            };
            let error = spread(draws).filter(|error| *error > 1e-12);
            Judgement {
                difference: seen
                    .delta()
                    .zip(error)
                    .map(|(value, standard_error)| Difference {
                        value,
                        standard_error,
                        law,
                    }),
                reason: error
                    .is_none()
                    .then(|| "no spread between resamples".to_owned()),
                method: Some(format!(
                    "paired bootstrap error, B = {}",
                    self.grid.replicates.count
                )),
                unchanged: error.is_none() && seen.delta() == Some(0.0),
                ..self.plain(seen)
            }
        };
        self.judge(
            statistics,
            |of| self.grid.rows.drawn(self.grid.replicates, of),
            judged,
        )
    }

    fn swapped(&self, statistics: &[OfCells]) -> Vec<Judgement> {
        let judged = |seen: &Seen, draws: &[Option<f64>]| {
            let swaps = seen.delta().and_then(|delta| swap_p_value(draws, delta));
            Judgement {
                swaps,
                reason: Some("no interval: biased upward on both sides".to_owned()),
                method: Some(format!("pairs swapped, B = {}", self.grid.replicates.count)),
                ..self.plain(seen)
            }
        };
        self.judge(
            statistics,
            |of| self.grid.rows.swapped(self.grid.replicates, of),
            judged,
        )
    }

    fn judge(
        &self,
        statistics: &[OfCells],
        run: impl Fn(&(dyn Fn(&[Vec<Tied>; 2]) -> Statistics + Sync)) -> Vec<Statistics>,
        judged: impl Fn(&Seen, &[Option<f64>]) -> Judgement,
    ) -> Vec<Judgement> {
        if statistics.is_empty() {
            return Vec::new();
        }
        let seen = self.grid.statistics(statistics, &self.grid.rows.whole());
        let replicates = run(&|sides| self.differences(statistics, sides));
        let of = |(at, sides): (usize, [Option<f64>; 2])| {
            let seen = Seen(sides);
            let draw = |replicate: &Statistics| replicate.get(at).copied().flatten();
            let draws: Vec<Option<f64>> = replicates.iter().map(draw).collect();
            match seen.delta() {
                Some(_) => judged(&seen, &draws),
                None => Judgement {
                    reason: Some("undefined on the shared prompts of one side".to_owned()),
                    ..self.plain(&seen)
                },
            }
        };
        seen.into_iter().enumerate().map(of).collect()
    }

    fn plain(&self, seen: &Seen) -> Judgement {
        Judgement {
            delta: seen.delta(),
            shared: seen.0,
            units: self.units(),
            ..Judgement::default()
        }
    }

    fn units(&self) -> u64 {
        self.grid.rows.units.len() as u64
    }
}

/// A statistic of both sides.
struct Seen([Option<f64>; 2]);

impl Seen {
    fn delta(&self) -> Option<f64> {
        let [base, new] = self.0;
        Some(new? - base?)
    }
}
