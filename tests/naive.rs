//! A second implementation of the figures: row by row, from the definitions, in quadratic time and without any care
//! for speed. Every label pattern of up to ten rows must come out the same in both.

use std::collections::BTreeMap;

use calib::metrics::Budget;
use calib::report::{Group, group};
use calib::settings::{Resamples, Settings};

use crate::reference::plain_evidence;

/// An answer: confidence and correctness (0 or 1).
type Row = (f64, f64);

fn mean(values: impl Iterator<Item = f64>) -> f64 {
    let values: Vec<f64> = values.collect();
    values.iter().sum::<f64>() / values.len() as f64
}

fn mean_of(rows: &[Row], score: impl Fn(f64, f64) -> f64) -> f64 {
    mean(rows.iter().map(|&(c, y)| score(c, y)))
}

fn rate(rows: &[Row]) -> f64 {
    mean_of(rows, |_, y| y)
}

/// Rows grouped by a key, in order of the key.
fn grouped<K: Ord>(rows: &[Row], key: impl Fn(&Row) -> K) -> Vec<Vec<Row>> {
    let mut groups: BTreeMap<K, Vec<Row>> = BTreeMap::new();
    for row in rows {
        groups.entry(key(row)).or_default().push(*row);
    }
    groups.into_values().collect()
}

/// Confidences as keys: no two differ by less than a billionth unless they are meant to.
fn by_value(rows: &[Row]) -> Vec<Vec<Row>> {
    grouped(rows, |(c, _)| c.to_bits())
}

/// Bins (i/15, (i + 1)/15], the first closed.
fn width_bins(rows: &[Row]) -> Vec<Vec<Row>> {
    grouped(rows, |(c, _)| {
        (1..15).filter(|edge| *c > f64::from(*edge) / 15.0).count()
    })
}

/// Bins ⌊B (r − ½) / n⌋, r the mean rank of the tied rows.
fn mass_bins(rows: &[Row], bins: usize) -> Vec<Vec<Row>> {
    grouped(rows, |(c, _)| {
        let below = rows.iter().filter(|row| row.0 < *c).count();
        let tied = rows.iter().filter(|row| row.0 == *c).count();
        // B (2·below + tied) / 2n in whole numbers.
        (bins * (2 * below + tied) / (2 * rows.len())).min(bins - 1)
    })
}

fn gap(rows: &[Row]) -> f64 {
    mean_of(rows, |c, y| c - y)
}

/// (Σ n_k/n |gap_k|^p)^(1/p)
fn binned(bins: &[Vec<Row>], n: usize, p: f64) -> f64 {
    let share = |bin: &Vec<Row>| bin.len() as f64 / n as f64;
    bins.iter()
        .map(|bin| share(bin) * gap(bin).abs().powf(p))
        .sum::<f64>()
        .powf(1.0 / p)
}

fn debiased_square(bins: &[Vec<Row>], n: usize) -> f64 {
    let term = |bin: &Vec<Row>| {
        let (k, y) = (bin.len() as f64, rate(bin));
        k / n as f64 * (gap(bin).powi(2) - y * (1.0 - y) / (k - 1.0))
    };
    bins.iter().filter(|bin| bin.len() > 1).map(term).sum()
}

/// Isotonic regression by its max-min formula, for each distinct confidence.
fn isotonic(rows: &[Row]) -> Vec<(Vec<Row>, f64)> {
    let values = by_value(rows);
    let pooled = |from: usize, to: usize| rate(&values[from..=to].concat());
    let fit = |at: usize| {
        let least = |from: usize| {
            (at..values.len())
                .map(|to| pooled(from, to))
                .fold(f64::MAX, f64::min)
        };
        (0..=at).map(least).fold(f64::MIN, f64::max)
    };
    (0..values.len())
        .map(|at| (values[at].clone(), fit(at)))
        .collect()
}

fn brier_of_fit(rows: &[Row]) -> f64 {
    let fitted = isotonic(rows);
    let squares = fitted
        .iter()
        .flat_map(|(rows, fit)| rows.iter().map(move |(_, y)| (fit - y).powi(2)));
    mean(squares)
}

/// Mean residuals summed up to each distinct confidence, after nothing.
fn path(rows: &[Row]) -> Vec<f64> {
    let ends = by_value(rows).into_iter().scan(0.0, |sum, rows_here| {
        *sum += rows_here.iter().map(|(c, y)| c - y).sum::<f64>() / rows.len() as f64;
        Some(*sum)
    });
    std::iter::once(0.0).chain(ends).collect()
}

fn auroc(rows: &[Row]) -> Option<f64> {
    let of = |class: f64| rows.iter().filter(move |row| row.1 == class);
    let pairs = of(1.0).flat_map(|right| {
        of(0.0).map(move |wrong| match right.0.total_cmp(&wrong.0) {
            std::cmp::Ordering::Greater => 1.0,
            std::cmp::Ordering::Equal => 0.5,
            std::cmp::Ordering::Less => 0.0,
        })
    });
    let pairs: Vec<f64> = pairs.collect();
    (!pairs.is_empty()).then(|| mean(pairs.into_iter()))
}

/// Expected errors among the k surest rows, k = 0 … n, ties in random order.
fn errors(rows: &[Row]) -> Vec<f64> {
    let mut errors = vec![0.0];
    for tied in by_value(rows).into_iter().rev() {
        for _ in 0..tied.len() {
            errors.push(errors[errors.len() - 1] + 1.0 - rate(&tied));
        }
    }
    errors
}

fn mean_risk(errors: &[f64]) -> f64 {
    mean(
        errors
            .iter()
            .enumerate()
            .skip(1)
            .map(|(k, errors)| errors / k as f64),
    )
}

fn oracle(rows: &[Row]) -> f64 {
    let wrong = rows.iter().filter(|row| row.1 == 0.0).count();
    let errors: Vec<f64> = (0..=rows.len())
        .map(|k| k.saturating_sub(rows.len() - wrong) as f64)
        .collect();
    mean_risk(&errors)
}

/// Σ over tie blocks, surest first, of recall gained times precision there.
fn average_precision(rows: &[Row]) -> Option<f64> {
    let right = rows.iter().map(|row| row.1).sum::<f64>();
    let (mut above, mut hits, mut area) = (0.0, 0.0, 0.0);
    for tied in by_value(rows).iter().rev() {
        let here = tied.iter().map(|row| row.1).sum::<f64>();
        above += tied.len() as f64;
        hits += here;
        area += here / right * hits / above;
    }
    (right > 0.0).then_some(area)
}

fn kernel(rows: &[Row]) -> Option<f64> {
    let n = rows.len();
    let mut total = 0.0;
    for (i, (c, y)) in rows.iter().enumerate() {
        for (j, (d, z)) in rows.iter().enumerate() {
            if i != j {
                total += (y - c) * (z - d) * (-2.5 * (c - d).abs()).exp();
            }
        }
    }
    (n > 1).then(|| total / (n * (n - 1)) as f64)
}

fn spiegelhalter(rows: &[Row]) -> Option<f64> {
    let variance: f64 = rows
        .iter()
        .map(|(c, _)| (1.0 - 2.0 * c).powi(2) * c * (1.0 - c))
        .sum();
    let total: f64 = rows.iter().map(|(c, y)| (y - c) * (1.0 - 2.0 * c)).sum();
    (variance > 1e-18).then(|| total / variance.sqrt())
}

/// Every figure that has a definition short enough to write twice.
fn figures(rows: &[Row]) -> Vec<(&'static str, Option<f64>)> {
    let n = rows.len();
    let (width, values) = (width_bins(rows), by_value(rows));
    let brier = mean_of(rows, |c, y| (c - y).powi(2));
    let unc = rate(rows) * (1.0 - rate(rows));
    let path = path(rows);
    let (top, bottom) = (
        path.iter().copied().fold(0.0, f64::max),
        path.iter().copied().fold(0.0, f64::min),
    );
    let one_class = unc == 0.0;
    let errors = errors(rows);
    let aurc = mean_risk(&errors);
    let augrc = errors
        .windows(2)
        .map(|pair| (pair[0] + pair[1]) / 2.0)
        .sum::<f64>()
        / (n * n) as f64;
    let part = |sign: f64| {
        width
            .iter()
            .map(|bin| bin.len() as f64 / n as f64 * (sign * gap(bin)).max(0.0))
            .sum()
    };
    let resolution = |bins: &[Vec<Row>]| {
        bins.iter()
            .map(|bin| bin.len() as f64 / n as f64 * (rate(bin) - rate(rows)).powi(2))
            .sum::<f64>()
    };
    let gaps = || width.iter().map(|bin| gap(bin).abs());
    vec![
        ("accuracy", Some(rate(rows))),
        ("mean_confidence", Some(mean_of(rows, |c, _| c))),
        ("signed_gap", Some(gap(rows))),
        ("brier", Some(brier)),
        ("brier_skill", (!one_class).then(|| 1.0 - brier / unc)),
        (
            "log_loss",
            Some(mean_of(rows, |c, y| {
                let c = c.clamp(1e-6, 1.0 - 1e-6);
                -(y * c.ln() + (1.0 - y) * (1.0 - c).ln())
            })),
        ),
        ("corp_mcb", Some(brier - brier_of_fit(rows))),
        ("corp_dsc", Some(unc - brier_of_fit(rows))),
        ("corp_unc", Some(unc)),
        ("ece", Some(binned(&width, n, 1.0))),
        ("over", Some(part(1.0))),
        ("under", Some(part(-1.0))),
        ("rmsce", Some(binned(&width, n, 2.0))),
        ("mce", Some(gaps().fold(0.0, f64::max))),
        ("ace", Some(mean(gaps()))),
        ("ece_mass", Some(binned(&mass_bins(rows, 15), n, 1.0))),
        ("ece_values", Some(binned(&values, n, 1.0))),
        (
            "ce_debiased",
            Some(debiased_square(&width, n).max(0.0).sqrt()),
        ),
        ("murphy_rel", Some(binned(&width, n, 2.0).powi(2))),
        ("murphy_res", Some(resolution(&width))),
        ("murphy_unc", Some(unc)),
        ("ks", Some(top.max(-bottom))),
        ("ecce_r", Some(top - bottom)),
        ("skce", kernel(rows)),
        ("spiegelhalter_z", spiegelhalter(rows)),
        ("auroc", auroc(rows)),
        ("prr", auroc(rows).map(|auroc| 2.0 * auroc - 1.0)),
        ("ap", average_precision(rows)),
        ("aurc", Some(aurc)),
        ("e_aurc", Some(aurc - oracle(rows))),
        ("augrc", Some(augrc)),
    ]
}

/// Confidences where conventions differ: edges of 15 bins and their neighbours, both ends, decimals, ties.
fn edge_cases() -> Vec<Vec<f64>> {
    let edge = |k: u32| f64::from(k) / 15.0;
    let beside = |k: u32| [edge(k).next_down(), edge(k), edge(k).next_up()];
    vec![
        vec![0.0, 1.0, 0.0, 1.0, 0.5, 0.5, 1.0, 0.0, 0.5, 1.0],
        vec![0.9; 10],
        vec![0.1 + 0.2, 0.3, 0.7, 0.6, 0.2, 0.8, 0.3, 0.3, 0.6, 0.4],
        (1..=10).map(edge).collect(),
        [beside(3), beside(7), beside(14)]
            .concat()
            .into_iter()
            .chain([1.0])
            .collect(),
        (0..10).map(|k| f64::from(k) / 9.0).collect(),
        vec![0.05, 0.95, 0.95, 0.8, 0.8, 0.8, 0.65, 0.65, 1.0, 0.05],
    ]
}

fn audit(rows: &[Row]) -> Group {
    let evidence = plain_evidence(rows.iter().map(|&(c, y)| (c, y)));
    let budget = Budget::resolve(Resamples::Fixed(1), 1, 1);
    group(BTreeMap::new(), &evidence, &Settings::default(), budget)
}

#[test]
fn every_label_pattern_of_few_rows_comes_out_the_same() {
    let mut compared = 0;
    for confidences in edge_cases() {
        for n in 1..=confidences.len() {
            for pattern in 0..1u32 << n {
                let label = |at: usize| f64::from(pattern >> at & 1);
                let rows: Vec<Row> = (0..n).map(|at| (confidences[at], label(at))).collect();
                let group = audit(&rows);
                for (id, expected) in figures(&rows) {
                    let ours = group.metrics[id].value;
                    let same = match (ours, expected) {
                        (Some(ours), Some(expected)) => (ours - expected).abs() <= 1e-11,
                        (ours, expected) => ours == expected,
                    };
                    assert!(same, "{id} of {rows:?}: {ours:?}, naive {expected:?}");
                    compared += 1;
                }
            }
        }
    }
    assert_eq!(compared, 7 * 2046 * figures(&[(0.5, 1.0)]).len());
}
