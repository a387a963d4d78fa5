//! Binned calibration error: its size, its two directions, and the reliability table behind it.

use std::collections::BTreeMap;
use std::f64::consts::FRAC_2_PI;

use super::{ANSWERS, About, Better, BinSums, Bins, Contrast, Metric, Norm, View};
use crate::evidence::{Cell, Totals};
use crate::inference::null::{self, Null};
use crate::inference::sample::{Clusters, Sample, Term};
use crate::maths::sums::sum;
use crate::report::{Bin, Estimate};
use crate::settings::Settings;

/// Expected calibration error over the bins in force.
///
/// `Σ_b (W_b / W) |c̄_b − ȳ_b|`. Naeini, Cooper and Hauskrecht (2015), AAAI. Beside it the noise floor, what a
/// calibrated model would be expected to show on as many rows, `√(2/π) Σ_b √(Σ_{i∈b} w²c(1−c)) / W`; the 95 %
/// quantile of the same; and the probability of at least this much under calibration.
///
/// ```
/// use calib::metrics::{Ece, worked_example};
/// let expected = (0.05 + 0.8 + 0.2 + 0.3) / 6.0;
/// assert!((worked_example(&Ece).value.unwrap() - expected).abs() < 1e-12);
/// ```
pub struct Ece;

/// The part of the calibration error from bins that are too sure.
///
/// `Σ_b (W_b / W) max(c̄_b − ȳ_b, 0)`; over + under = ece, over − under = signed_gap.
///
/// ```
/// use calib::metrics::{Over, worked_example};
/// assert!((worked_example(&Over).value.unwrap() - 1.3 / 6.0).abs() < 1e-12);
/// ```
pub struct Over;

/// The part of the calibration error from bins that are not sure enough.
///
/// `Σ_b (W_b / W) max(ȳ_b − c̄_b, 0)`.
///
/// ```
/// use calib::metrics::{Under, worked_example};
/// assert!((worked_example(&Under).value.unwrap() - 0.05 / 6.0).abs() < 1e-12);
/// ```
pub struct Under;

pub(super) const NO_INTERVAL: &str =
    "no interval: biased upward, so a bootstrap would miss the truth";

/// Too sure, and not sure enough.
const TOO_SURE: f64 = 1.0;
const TOO_UNSURE: f64 = -1.0;

/// Σ over bins of max(± Σ w(c − y), 0).
fn directed(bins: &Bins, direction: f64) -> f64 {
    let part = |bin: &BinSums| (direction * bin.residual).max(0.0);
    sum(bins.bins.iter().map(part))
}

/// [`directed`] as a share of the weight of cells put into bins; `None` without weight.
fn directed_share(cells: &[Cell], settings: &Settings, direction: f64) -> Option<f64> {
    let weight = sum(cells.iter().map(|cell| cell.w));
    (weight > 0.0).then(|| directed(&Bins::new(cells, settings), direction) / weight)
}

/// What a calibrated model is expected to show in bins of independent rows: E|N(0, s²)| = s√(2/π) in each.
///
/// Rows of one prompt err together and graded credit varies less than a coin: for those there is no such formula.
pub(super) fn noise_floor(view: &View, bins: &Bins) -> Option<f64> {
    if view.clustered || view.total.is_fractional() {
        return None;
    }
    let deviations = sum(bins.bins.iter().map(|bin| bin.variance.sqrt()));
    Some(FRAC_2_PI.sqrt() * deviations / view.total.w)
}

/// The mean ECE of the draws under calibration, where there are any.
fn mean_draw(view: &View) -> Option<f64> {
    let draws = &view.null().ok()?.ece;
    Some(sum(draws.iter().copied()) / draws.len() as f64)
}

impl Metric for Ece {
    fn id(&self) -> &'static str {
        "ece"
    }

    fn about(&self) -> About {
        About {
            title: "Expected calibration error",
            formula: "sum over bins of (W_b / W) |mean confidence - accuracy|",
            range: "0 to 1",
            better: Better::Lower,
            undefined: "no graded answer has a confidence",
            interval: "none is valid; noise_floor, null_q95 and p_value stand beside it",
            pitfalls: "Biased upward: on few rows a calibrated model shows the noise floor, not 0. Depends on the bins; blind to errors that cancel within one.",
            source: "Naeini, Cooper and Hauskrecht (2015), AAAI; noise floor and p-value by consistency resampling, Broecker and Smith (2007)",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        const BESIDE: [&str; 3] = ["noise_floor", "null_q95", "p_value"];
        let n = view.total.rows;
        if let Some(reason) = view.no_confidence() {
            let undefined = Estimate::undefined(n, reason);
            return BESIDE.iter().fold(undefined, |e, name| e.and(name, None));
        }
        let residuals: Vec<f64> = view.bins().bins.iter().map(|bin| bin.residual).collect();
        let value = null::ece(&residuals, view.total.w);
        let (null, reason) = match view.null() {
            Ok(null) => (Some(null), NO_INTERVAL.to_owned()),
            Err(reason) => (None, format!("no interval, no p-value: {reason}")),
        };
        let estimate = Estimate::bare(value, n, reason)
            .and(
                "noise_floor",
                noise_floor(view, view.bins()).or_else(|| mean_draw(view)),
            )
            .and("null_q95", null.and_then(|null| null.ece_quantile(0.95)))
            .and(
                "p_value",
                null.map(|null| Null::p_value(&null.ece, value, Null::ROUNDING)),
            );
        match null {
            Some(null) => estimate.by(&*null.method),
            None => estimate,
        }
    }

    fn contrast(&self) -> Contrast {
        Contrast::Swapped(|cells, settings| Norm::L1.over(cells, settings))
    }
}

impl Metric for Over {
    fn id(&self) -> &'static str {
        "over"
    }

    fn about(&self) -> About {
        About {
            title: "Overconfident part of the calibration error",
            formula: "sum over bins of (W_b / W) max(mean confidence - accuracy, 0)",
            range: "0 to 1",
            better: Better::Lower,
            undefined: "no graded answer has a confidence",
            interval: "none is valid: biased upward like ece",
            pitfalls: "Noise alone fills both parts about equally; their difference is signed_gap.",
            source: "split of Naeini, Cooper and Hauskrecht (2015), AAAI",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        part(view, TOO_SURE)
    }

    fn contrast(&self) -> Contrast {
        Contrast::Swapped(|cells, settings| directed_share(cells, settings, TOO_SURE))
    }
}

impl Metric for Under {
    fn id(&self) -> &'static str {
        "under"
    }

    fn about(&self) -> About {
        About {
            title: "Underconfident part of the calibration error",
            formula: "sum over bins of (W_b / W) max(accuracy - mean confidence, 0)",
            range: "0 to 1",
            better: Better::Lower,
            undefined: "no graded answer has a confidence",
            interval: "none is valid: biased upward like ece",
            pitfalls: "Noise alone fills both parts about equally; their difference is signed_gap.",
            source: "split of Naeini, Cooper and Hauskrecht (2015), AAAI",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        part(view, TOO_UNSURE)
    }

    fn contrast(&self) -> Contrast {
        Contrast::Swapped(|cells, settings| directed_share(cells, settings, TOO_UNSURE))
    }
}

fn part(view: &View, direction: f64) -> Estimate {
    match view.no_confidence() {
        Some(reason) => Estimate::undefined(view.total.rows, reason),
        None => {
            let value = directed(view.bins(), direction) / view.total.w;
            Estimate::bare(value, view.total.rows, NO_INTERVAL)
        }
    }
}

/// The reliability table, empty bins left out.
#[must_use]
pub fn reliability(view: &View) -> Vec<Bin> {
    let samples = samples(view);
    let null = view.null().ok();
    let row = |(at, (sums, sample)): (usize, (&BinSums, Sample))| {
        let weight = sums.totals.w;
        let accuracy = sample.mean()?;
        let mean_confidence = sums.confidence / weight;
        let level = view.settings.level;
        let bounds = view.rate_interval(&sample).bounds.filter(|_| judged(view));
        // A band of residuals c − y*, turned into one of accuracies y*.
        let band = null
            .and_then(|null| null.band(at, level))
            .map(|(low, high)| (mean_confidence - high, mean_confidence - low));
        Some(Bin {
            lower: sums.lower,
            upper: sums.upper,
            n: sums.totals.rows,
            mean_confidence,
            accuracy,
            low: bounds.map(|bounds| bounds.0),
            high: bounds.map(|bounds| bounds.1),
            band_low: band.map(|band| band.0.clamp(0.0, 1.0)),
            band_high: band.map(|band| band.1.clamp(0.0, 1.0)),
        })
    };
    let bins = view.bins().bins.iter().zip(samples);
    bins.enumerate().filter_map(row).collect()
}

/// Whether the clusters within bins are known, where they matter.
fn judged(view: &View) -> bool {
    !view.clustered || view.evidence.items().detail().is_some()
}

/// The graded answers of each bin.
fn samples(view: &View) -> Vec<Sample> {
    let term = |totals: Totals| Term {
        score: [0.0, 1.0, 0.0],
        totals: totals.into(),
    };
    let bins = &view.bins().bins;
    let mut samples: Vec<Sample> = bins
        .iter()
        .map(|bin| Sample {
            terms: vec![term(bin.totals)],
            clusters: view.clustered.then(Clusters::default),
        })
        .collect();
    let bin_of = |confidence: f64| view.bins().of_cell.get(view.place(confidence)?).copied();
    for (at, sums) in item_sums(view) {
        if let Some(clusters) = samples.get_mut(at).and_then(|s| s.clusters.as_mut()) {
            clusters.sums.push(sums);
        }
    }
    for cell in view.single().iter().filter(|_| view.clustered) {
        let sample = bin_of(cell.confidence).and_then(|at| samples.get_mut(at));
        if let Some(clusters) = sample.and_then(|s| s.clusters.as_mut()) {
            clusters.single.push(term(*cell.totals));
        }
    }
    samples
}

/// (bin, Σ w·y, Σ w) of every cluster in every bin.
fn item_sums(view: &View) -> impl Iterator<Item = (usize, (f64, f64))> {
    let mut sums: BTreeMap<(u64, usize), (f64, f64)> = BTreeMap::new();
    let of_cell = &view.bins().of_cell;
    for row in view.kept().filter(|_| view.clustered).into_iter().flatten() {
        if let Some(&at) = of_cell.get(row.cell) {
            let (moment, total) = sums.entry((row.cluster, at)).or_default();
            *moment += row.weight * row.credit;
            *total += row.weight;
        }
    }
    sums.into_iter().map(|((_, at), sums)| (at, sums))
}
