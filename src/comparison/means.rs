//! Differences of functions of means: each prompt's influence on either side, and how far the two go together.
//!
//! A weighted mean m = Σ s / Σ w moves by (s_g − m w_g) / Σ w when prompt g is weighed a little more, and a function of
//! means by its gradient times that. The difference of two logs moves by the difference of a prompt's two influences, and
//! their spread is its standard error: the paired t of single rows, the cluster-robust error of repeated prompts, the
//! delta method of functions, in one formula. Liang and Zeger (1986), Biometrika 73, 13–22; Hampel (1974), Journal of the
//! American Statistical Association 69, 383–393.

use super::{Judgement, Pairing};
use crate::evidence::Item;
use crate::inference::paired::{Alternative, Difference, Law, Magnitude};
use crate::maths::sums::sum;
use crate::metrics::{Better, Lens, Means, Part};

/// One side of a comparison: the function of its means, and every prompt's influence on it.
pub(super) struct Side {
    pub(super) value: f64,
    influences: Vec<f64>,
}

/// The sums of one prompt for one mean, on both sides; `None` where a side has no such rows.
type Sums = Option<[(f64, f64); 2]>;

pub(super) fn judge(pairing: &Pairing, means: &Means, lens: &Lens, better: Better) -> Judgement {
    let sums: Vec<Vec<Sums>> = means
        .parts
        .iter()
        .map(|part| {
            pairing
                .units()
                .map(|pair| both(*part, pair, lens))
                .collect()
        })
        .collect();
    let units = entering(&sums);
    if units == 0 {
        return Judgement::missing("no prompt enters it on both sides");
    }
    let [base, new] = [0, 1].map(|side| of_side(means, &columns(&sums, side)));
    let (Some(base), Some(new)) = (base, new) else {
        return Judgement {
            units,
            ..Judgement::missing("undefined on the shared prompts of one side")
        };
    };
    let single = pairing.is_single();
    let law = if single {
        Law::Rows(units)
    } else {
        Law::Clusters(units)
    };
    let difference = combine(&new, &base, -1.0, units, law);
    let both_ways = || {
        Some(Magnitude {
            difference: difference?,
            sum: combine(&new, &base, 1.0, units, law)?,
        })
    };
    let magnitude = (better == Better::NearerZero).then(both_ways).flatten();
    let discordant = (means.share && single).then(|| discordant(&sums)).flatten();
    let unchanged = difference.is_none_or(|difference| difference.standard_error == 0.0);
    // What changes by one amount in every pair has no interval, and is judged by signs.
    let signs = difference.and_then(|one| one.sign_test(Alternative::TwoSided, 0.0));
    let is_judged = !unchanged || signs.is_some();
    Judgement {
        delta: Some(new.value - base.value),
        shared: [Some(base.value), Some(new.value)],
        units,
        difference: difference.filter(|_| is_judged),
        magnitude: magnitude.filter(|_| is_judged),
        discordant: discordant.filter(|pairs| *pairs != [0, 0]),
        method: Some(match (is_judged && unchanged, discordant) {
            (true, None) => "sign test, exact".to_owned(),
            (_, discordant) => name(discordant.is_some(), &difference),
        }),
        reason: reason(units, unchanged),
        unchanged,
        is_share: means.share && single,
        ..Judgement::default()
    }
}

fn name(exact: bool, difference: &Option<Difference>) -> String {
    let interval = difference.map(|difference| difference.interval(0.5).method);
    let interval = interval.unwrap_or_else(|| "paired".to_owned());
    if exact {
        format!("{interval}; p by McNemar, exact")
    } else {
        interval
    }
}

fn reason(units: u64, unchanged: bool) -> Option<String> {
    match (units, unchanged) {
        (1, _) => Some("one prompt".to_owned()),
        (_, true) => Some("every paired difference is the same".to_owned()),
        _ => None,
    }
}

fn both(part: Part, [base, new]: [&Item; 2], lens: &Lens) -> Sums {
    let sums = [part(base, lens), part(new, lens)];
    sums.iter().all(|(_, weight)| *weight > 0.0).then_some(sums)
}

/// The sums of one side.
fn columns(sums: &[Vec<Sums>], side: usize) -> Vec<Column> {
    let of = |sums: &Sums| sums.and_then(|both| both.get(side).copied());
    sums.iter()
        .map(|part| part.iter().map(of).collect())
        .collect()
}

/// Prompts that enter some mean.
fn entering(sums: &[Vec<Sums>]) -> u64 {
    let prompts = sums.first().map_or(0, Vec::len);
    let enters = |at: &usize| {
        sums.iter()
            .any(|part| part.get(*at).is_some_and(Option::is_some))
    };
    (0..prompts).filter(enters).count() as u64
}

/// The sums of each prompt of one log for one mean; `None` where it has no such rows.
pub(super) type Column = Vec<Option<(f64, f64)>>;

/// The function of means of one log, and every prompt's influence on it; `None` where it is undefined.
pub(super) fn of_side(means: &Means, columns: &[Column]) -> Option<Side> {
    let total = |column: &Column| {
        let there = || column.iter().flatten();
        (sum(there().map(|one| one.0)), sum(there().map(|one| one.1)))
    };
    let totals: Vec<(f64, f64)> = columns.iter().map(total).collect();
    if totals.iter().any(|(_, weight)| *weight <= 0.0) {
        return None;
    }
    let at: Vec<f64> = totals
        .iter()
        .map(|(score, weight)| score / weight)
        .collect();
    let value = (means.of)(&at)?;
    let prompts = columns.first().map_or(0, Vec::len);
    let mut influences = vec![0.0; prompts];
    for (index, (column, (_, weight))) in columns.iter().zip(&totals).enumerate() {
        let slope = slope(means, &at, index)?;
        let mean = at.get(index).copied()?;
        for (influence, sums) in influences.iter_mut().zip(column) {
            if let Some((score, share)) = sums {
                *influence += slope * (score - mean * share) / weight;
            }
        }
    }
    Some(Side { value, influences })
}

/// How fast the function changes with one of its means.
fn slope(means: &Means, at: &[f64], index: usize) -> Option<f64> {
    const STEP: f64 = 1e-6;
    let moved = |by: f64| {
        let mut at = at.to_vec();
        *at.get_mut(index)? += by;
        (means.of)(&at)
    };
    let [up, here, down] = [moved(STEP), moved(0.0), moved(-STEP)];
    match (up, down) {
        (Some(up), Some(down)) => Some((up - down) / (2.0 * STEP)),
        // At the end of its range, from the side that is there.
        (Some(up), None) => Some((up - here?) / STEP),
        (None, Some(down)) => Some((here? - down) / STEP),
        (None, None) => None,
    }
}

/// new ± base with its standard error, √(G/(G − 1) Σ (ψ_new ± ψ_base)²) over G prompts; `None` for fewer than two.
pub(super) fn combine(
    new: &Side,
    base: &Side,
    sign: f64,
    units: u64,
    law: Law,
) -> Option<Difference> {
    if units < 2 {
        return None;
    }
    let pairs = new.influences.iter().zip(&base.influences);
    let squares = sum(pairs.map(|(new, base)| (new + sign * base).powi(2)));
    let value = new.value + sign * base.value;
    let error = (squares * units as f64 / (units - 1) as f64).sqrt();
    // Equal differences leave rounding errors, which are no spread.
    let scale = new.value.abs().max(base.value.abs()).max(1.0);
    Some(Difference {
        value,
        standard_error: if error > 1e-12 * scale { error } else { 0.0 },
        law,
    })
}

/// Pairs that only the new log counts and that only the base does; `None` unless all rows are counted whole or not.
fn discordant(sums: &[Vec<Sums>]) -> Option<[u64; 2]> {
    let mut counts = [0, 0];
    for [base, new] in sums.first()?.iter().flatten() {
        let whole =
            |(score, weight): &(f64, f64)| *weight == 1.0 && (*score == 0.0 || *score == 1.0);
        if !(whole(base) && whole(new)) {
            return None;
        }
        counts[0] += u64::from(new.0 > base.0);
        counts[1] += u64::from(new.0 < base.0);
    }
    Some(counts)
}
