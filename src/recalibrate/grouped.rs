//! A curve for each group of `--by`, drawn towards that of all rows where a group is small.
//!
//! To the n rows of a group come k rows, spread over its confidences like its own, that are right as often as the curve of
//! all rows says: an accuracy ȳ at a confidence p becomes `(n·ȳ + k·f(p)) / (n + k)`, and the method is fitted to that. It
//! is an empirical-Bayes prior worth k rows, and works alike for methods with few parameters and with many.
//!
//! `k = σ²/τ²`: σ² is the mean of f(1 − f), the chance in one row, and τ² the variance between groups of how far their
//! accuracy is from what f says of them, by the moments of DerSimonian and Laird (1986), Controlled Clinical Trials 7.
//! Groups that differ by no more than chance have τ² = 0, and all of them take the curve of all rows.

use std::collections::BTreeMap;

use super::crossfit::{Folds, Held, by_confidence};
use super::curve::{Curve, Fitting, Method};
use super::graded::{Graded, totals};
use super::model::GroupCurve;
use crate::evidence::{GroupKey, Groups, Partial};
use crate::maths::sums::sum;

/// The rows of every group in one set of folds.
#[derive(Clone, Debug)]
pub struct GroupedFolds {
    /// All rows.
    pub folds: Folds,
    /// The group of each row, by its place in `keys`.
    group: Vec<usize>,
    /// The values of the groups.
    keys: Vec<GroupKey>,
}

/// The curve of all rows, and those of groups by their values.
#[derive(Clone, Debug)]
pub struct Curves {
    /// That of all rows.
    pub pooled: Curve,
    /// Those of groups, if there are any.
    pub groups: BTreeMap<GroupKey, GroupCurve>,
}

impl From<Curve> for Curves {
    fn from(pooled: Curve) -> Self {
        Self {
            pooled,
            groups: BTreeMap::new(),
        }
    }
}

impl Curves {
    /// Whether one of them gives some confidence less than a lower one.
    #[must_use]
    pub fn falls(&self) -> bool {
        let mut groups = self.groups.values();
        self.pooled.falls() || groups.any(|group| group.curve.falls())
    }
}

/// The curve of all rows and those of groups.
struct Fits {
    pooled: Curve,
    /// None where a group has no rows in the fold, or no curve.
    groups: Vec<Option<GroupCurve>>,
}

impl GroupedFolds {
    /// The folds of all groups together; rows of one cluster share a fold across groups too.
    ///
    /// # Errors
    /// Why there are none.
    pub fn of(groups: &Groups, partial: Partial, seed: u64) -> Result<Self, &'static str> {
        let mut keys = Vec::new();
        let mut rows: Vec<(Held, usize)> = Vec::new();
        for (key, evidence) in groups.iter() {
            let held = Folds::rows_of(evidence, partial, seed, false)?;
            rows.extend(held.into_iter().map(|row| (row, keys.len())));
            keys.push(key.clone());
        }
        rows.sort_by(|one, other| one.0.confidence.total_cmp(&other.0.confidence));
        let (rows, group): (Vec<Held>, Vec<usize>) = rows.into_iter().unzip();
        let folds = Folds::new(rows, groups.all().items().repeats())?;
        Ok(Self { folds, group, keys })
    }

    /// The curve of all rows, and that of each group.
    ///
    /// # Errors
    /// Why all rows have no curve.
    pub fn curves(&self, method: &Method, fitting: &Fitting) -> Result<Curves, &'static str> {
        let fits = self.fit(method, fitting, None)?;
        let named = self.keys.iter().cloned().zip(fits.groups);
        let groups = named.filter_map(|(key, curve)| Some((key, curve?)));
        Ok(Curves {
            pooled: fits.pooled,
            groups: groups.collect(),
        })
    }

    /// For each row, what the curve of its group gives that was fitted without its fold.
    ///
    /// # Errors
    /// Why a fold has no curve.
    pub fn out_of_fold(
        &self,
        method: &Method,
        fitting: &Fitting,
    ) -> Result<Vec<f64>, &'static str> {
        self.folds.predicted(|fold| {
            let fits = self.fit(method, fitting, Some(fold))?;
            Ok(move |at: usize, confidence: f64| {
                let group = self
                    .group
                    .get(at)
                    .and_then(|group| fits.groups[*group].as_ref());
                let curve = group.map_or(&fits.pooled, |group| &group.curve);
                curve.value(confidence).clamp(0.0, 1.0)
            })
        })
    }

    /// What the curve of its group gives each row.
    #[must_use]
    pub fn predictions(&self, pooled: &Curve, groups: &BTreeMap<GroupKey, GroupCurve>) -> Vec<f64> {
        let curves = self
            .keys
            .iter()
            .map(|key| groups.get(key).map_or(pooled, |group| &group.curve));
        let curves: Vec<&Curve> = curves.collect();
        let rows = self.folds.rows().iter().zip(&self.group);
        rows.map(|(row, group)| curves[*group].value(row.confidence).clamp(0.0, 1.0))
            .collect()
    }

    /// The rows of each group, each with the prediction for it, in order of stated confidence.
    #[must_use]
    pub fn parts(&self, predicted: &[f64]) -> BTreeMap<&GroupKey, Vec<(Held, f64)>> {
        let mut parts: BTreeMap<&GroupKey, Vec<(Held, f64)>> = BTreeMap::new();
        let rows = self.folds.rows().iter().zip(predicted);
        for ((row, p), group) in rows.zip(&self.group) {
            if let Some(key) = self.keys.get(*group) {
                parts.entry(key).or_default().push((row.clone(), *p));
            }
        }
        parts
    }

    fn fit(
        &self,
        method: &Method,
        fitting: &Fitting,
        without: Option<usize>,
    ) -> Result<Fits, &'static str> {
        let pooled = (method.fit)(&self.folds.training(without), fitting)?;
        let groups: Vec<Vec<Graded>> = (0..self.keys.len())
            .map(|group| self.training(group, without))
            .collect();
        let prior = worth(&groups, &pooled);
        let curve = |rows: &Vec<Graded>| {
            let (weight, _) = totals(rows);
            (weight > 0.0).then(|| shrunk(rows, weight, &pooled, prior, method, fitting))
        };
        Ok(Fits {
            groups: groups.iter().map(curve).collect(),
            pooled,
        })
    }

    /// The answers of a group outside a fold.
    fn training(&self, group: usize, without: Option<usize>) -> Vec<Graded> {
        let rows = self.folds.rows().iter().zip(&self.group);
        let own = rows.filter(|(row, of)| **of == group && Some(row.fold) != without);
        by_confidence(own.map(|(row, _)| row))
    }
}

/// How many rows of the curve of all rows come to those of a group: σ²/τ², infinite where groups do not differ.
fn worth(groups: &[Vec<Graded>], pooled: &Curve) -> f64 {
    let said = |row: &Graded| pooled.value(row.confidence).clamp(0.0, 1.0);
    // Of each group: its weight, Σ w(y − f) and Σ w f(1 − f).
    let moments: Vec<(f64, f64, f64)> = groups
        .iter()
        .map(|rows| {
            let (weight, _) = totals(rows);
            let gap = sum(rows.iter().map(|row| row.credit - row.weight * said(row)));
            let chance = |row: &Graded| row.weight * said(row) * (1.0 - said(row));
            (weight, gap, sum(rows.iter().map(chance)))
        })
        .filter(|(weight, _, chance)| *weight > 0.0 && *chance > 0.0)
        .collect();
    let precision = |(weight, _, chance): &(f64, f64, f64)| weight * weight / chance;
    let all = sum(moments.iter().map(precision));
    let mean = |group: &(f64, f64, f64)| group.1 / group.0;
    let centre = sum(moments.iter().map(|group| precision(group) * mean(group))) / all;
    let spread = sum(moments
        .iter()
        .map(|group| precision(group) * (mean(group) - centre).powi(2)));
    let squares = sum(moments.iter().map(|group| precision(group).powi(2)));
    let between = (spread - (moments.len() as f64 - 1.0)) / (all - squares / all);
    let chance =
        sum(moments.iter().map(|group| group.2)) / sum(moments.iter().map(|group| group.0));
    if between > 0.0 && between.is_finite() {
        chance / between
    } else {
        f64::INFINITY
    }
}

/// The curve of a group with `prior` rows of the curve of all rows.
fn shrunk(
    rows: &[Graded],
    weight: f64,
    pooled: &Curve,
    prior: f64,
    method: &Method,
    fitting: &Fitting,
) -> GroupCurve {
    let part = prior / weight;
    let with_prior = rows.iter().map(|row| {
        let said = pooled.value(row.confidence).clamp(0.0, 1.0);
        Graded {
            confidence: row.confidence,
            weight: row.weight * (1.0 + part),
            credit: row.credit + row.weight * part * said,
        }
    });
    let own = match part.is_finite() {
        true => (method.fit)(&with_prior.collect::<Vec<_>>(), fitting).ok(),
        false => None,
    };
    GroupCurve {
        shrinkage: match own {
            Some(_) => prior / (weight + prior),
            None => 1.0,
        },
        curve: own.unwrap_or_else(|| pooled.clone()),
        rows: weight.round() as u64,
        threshold: None,
        guarantee: None,
    }
}
