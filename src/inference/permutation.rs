//! Tests by permutation: how small a statistic of two kinds of units is, among all ways of labelling them.
//!
//! A replicate is a function of (seed, its number), so threads cannot change it.

use rayon::prelude::*;

use crate::maths::rng::Rng;

/// Most ways of labelling that are all gone through.
const EXACT: u64 = 20_000;

/// Units of two kinds. Labels are exchanged within strata only.
#[derive(Clone, Debug, Default)]
pub struct Labels {
    /// Whether each unit is of the first kind.
    first: Vec<bool>,
    /// The units of each stratum.
    strata: Vec<Vec<usize>>,
}

/// A p-value by permutation, and how it was found.
#[derive(Clone, Debug, PartialEq)]
pub struct Permuted {
    /// Chance, under exchangeable labels, of a statistic at most as large as the one seen.
    pub p: f64,
    /// The method in short words.
    pub method: String,
}

impl Labels {
    /// Units given as (stratum, whether of the first kind).
    #[must_use]
    pub fn new(units: &[(u64, bool)]) -> Self {
        let mut strata: std::collections::BTreeMap<u64, Vec<usize>> =
            std::collections::BTreeMap::new();
        for (at, (stratum, _)) in units.iter().enumerate() {
            strata.entry(*stratum).or_default().push(at);
        }
        Self {
            first: units.iter().map(|(_, first)| *first).collect(),
            strata: strata.into_values().collect(),
        }
    }

    /// One-sided test whether `statistic` of the labels is smaller than exchangeable labels explain. Every labelling is
    /// gone through when there are at most 20,000, else `replicates` are drawn and `p = (1 + #{≤}) / (1 + B)`.
    ///
    /// ```
    /// use calib::inference::permutation::Labels;
    /// let values = [1.0, 2.0, 3.0, 4.0];
    /// let labels = Labels::new(&[(0, true), (0, true), (0, false), (0, false)]);
    /// let sum = |first: &[bool]| values.iter().zip(first).map(|(v, f)| if *f { *v } else { 0.0 }).sum();
    /// assert_eq!(labels.test(999, 0, sum).p, 1.0 / 6.0);
    /// ```
    pub fn test(
        &self,
        replicates: u32,
        seed: u64,
        statistic: impl Fn(&[bool]) -> f64 + Sync,
    ) -> Permuted {
        let seen = statistic(&self.first);
        // Equal statistics may differ in the last bits, and must count as equal.
        let limit = seen + 1e-12 * seen.abs().max(1e-300);
        if let Some(ways) = self.ways() {
            return Permuted {
                p: self.exhaust(|labels| statistic(labels) <= limit) as f64 / ways as f64,
                method: format!("exact permutation, {ways} labellings"),
            };
        }
        let hits = (0..u64::from(replicates))
            .into_par_iter()
            .filter(|index| statistic(&self.shuffled(&mut Rng::stream(seed, *index))) <= limit);
        Permuted {
            p: (1 + hits.count()) as f64 / (1.0 + f64::from(replicates)),
            method: format!("permutation, B = {replicates}"),
        }
    }

    fn shuffled(&self, rng: &mut Rng) -> Vec<bool> {
        let mut labels = self.first.clone();
        for units in &self.strata {
            for (place, unit) in units.iter().enumerate() {
                let other = place + rng.below(units.len() - place);
                labels.swap(*unit, units[other]);
            }
        }
        labels
    }

    /// Ways of labelling, if few enough to go through.
    fn ways(&self) -> Option<u64> {
        let of = |units: &Vec<usize>| {
            let first = units.iter().filter(|unit| self.first[**unit]).count();
            choose(units.len(), first)
        };
        let product =
            |all: u64, ways: Option<u64>| all.checked_mul(ways?).filter(|all| *all <= EXACT);
        self.strata.iter().map(of).try_fold(1, product)
    }

    /// Labellings that pass.
    fn exhaust(&self, passes: impl Fn(&[bool]) -> bool) -> u64 {
        let mut labels = self.first.clone();
        for units in &self.strata {
            sort(&mut labels, units);
        }
        let mut hits = 0;
        loop {
            hits += u64::from(passes(&labels));
            // Like the wheels of a counter: the first stratum that has a next labelling takes it.
            let moved = self.strata.iter().any(|units| {
                let moved = advance(&mut labels, units);
                if !moved {
                    sort(&mut labels, units);
                }
                moved
            });
            if !moved {
                return hits;
            }
        }
    }
}

/// n choose k, if not too many.
fn choose(n: usize, k: usize) -> Option<u64> {
    let mut ways: u64 = 1;
    for at in 0..k.min(n - k) {
        ways = ways.checked_mul((n - at) as u64)? / (at as u64 + 1);
        if ways > EXACT {
            return None;
        }
    }
    Some(ways)
}

/// Brings the labels of some units into their first order: false before true.
fn sort(labels: &mut [bool], units: &[usize]) {
    let mut own: Vec<bool> = units.iter().map(|unit| labels[*unit]).collect();
    own.sort_unstable();
    for (unit, label) in units.iter().zip(own) {
        labels[*unit] = label;
    }
}

/// The next order of the labels of some units, in lexical order; false after the last.
fn advance(labels: &mut [bool], units: &[usize]) -> bool {
    let rises = |at: &usize| !labels[units[*at]] && labels[units[at + 1]];
    let Some(at) = (0..units.len().saturating_sub(1)).rev().find(rises) else {
        return false;
    };
    labels.swap(units[at], units[at + 1]);
    // What follows falls, and begins anew when it rises.
    sort(labels, &units[at + 2..]);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(values: &[f64], first: &[bool]) -> f64 {
        let kept = values.iter().zip(first).filter(|(_, first)| **first);
        kept.map(|(value, _)| value).sum()
    }

    #[test]
    fn every_labelling_is_gone_through_once() {
        let units = [
            (0, true),
            (0, false),
            (0, false),
            (1, true),
            (1, true),
            (1, false),
            (1, false),
        ];
        let labels = Labels::new(&units);
        assert_eq!(labels.ways(), Some(3 * 6));
        let seen = std::sync::Mutex::new(std::collections::BTreeSet::new());
        let hits = labels.exhaust(|labels| seen.lock().unwrap().insert(labels.to_vec()));
        assert_eq!(hits, 18);
    }

    #[test]
    fn drawn_and_exact_p_values_agree() {
        let values: Vec<f64> = (0..16).map(|at| f64::from(at * at % 7)).collect();
        let units: Vec<_> = (0..16).map(|at| (at % 2, at < 8)).collect();
        let labels = Labels::new(&units);
        let exact = labels.test(0, 0, |first| sum(&values, first));
        assert!(exact.method.starts_with("exact"), "{exact:?}");
        let draws = 20_000;
        let hits = (0..draws).filter(|index| {
            let drawn = labels.shuffled(&mut Rng::stream(3, *index));
            sum(&values, &drawn) <= sum(&values, &labels.first)
        });
        let drawn = hits.count() as f64 / draws as f64;
        assert!((drawn - exact.p).abs() < 0.015, "{drawn} {exact:?}");
    }
}
