//! Calibration error without bins or tuning: the path of cumulative confidence minus correctness.

use super::bins::residual;
use super::{ANSWERS, About, Better, Contrast, Metric, View};
use crate::evidence::Cell;
use crate::inference::cumulative::Path;
use crate::inference::null::Null;
use crate::maths::{brownian, sums::sum};
use crate::report::Estimate;

/// The furthest that cumulative confidence minus correctness strays from zero, in order of confidence.
///
/// `max_k |Σ_{j≤k} w_j (c_j − y_j)| / W` over the ends k of tie blocks, the Kolmogorov–Smirnov calibration error or
/// ECCE-MAD. Beside it the probability of at least as much under calibration: for independent right-or-wrong rows
/// that of Brownian motion with standard deviation `σ = √(Σ w²c(1−c)) / W`, else by sign flips of clusters. Where all
/// confidences are 0 or 1, σ is 0 and a path off zero impossible: its p-value is null, that of a zero path 1.
/// Gupta et al. (2021), ICLR; Arrieta-Ibarra et al. (2022), Journal of Machine Learning Research 23(351).
///
/// ```
/// use calib::metrics::{Ks, worked_example};
/// let expected = (0.3 + (0.6 + 0.6 - 1.0) + (0.9 + 0.9 - 1.0)) / 6.0;
/// assert!((worked_example(&Ks).value.unwrap() - expected).abs() < 1e-12);
/// ```
pub struct Ks;

/// The range of cumulative confidence minus correctness, its highest less its lowest point.
///
/// `max_k S_k − min_k S_k`, S the path of [`Ks`] and 0 among its points. It adds up errors in both directions, where
/// the furthest point sees the larger one. Beside it the p-value as for [`Ks`], and σ.
/// Arrieta-Ibarra et al. (2022), Journal of Machine Learning Research 23(351).
///
/// ```
/// use calib::metrics::{EcceR, Ks, worked_example};
/// assert!(worked_example(&EcceR).value.unwrap() >= worked_example(&Ks).value.unwrap());
/// ```
pub struct EcceR;

/// A statistic of the path, its draws and its law under calibration.
struct Statistic {
    of: fn(&Path) -> f64,
    draws: fn(&Null) -> Option<&Vec<f64>>,
    law: fn(f64) -> f64,
    name: &'static str,
}

const FURTHEST: Statistic = Statistic {
    of: Path::furthest,
    draws: |null| null.ks.as_ref(),
    law: brownian::supremum,
    name: "supremum of Brownian motion",
};
const RANGE: Statistic = Statistic {
    of: Path::range,
    draws: |null| null.ecce_r.as_ref(),
    law: brownian::range,
    name: "range of Brownian motion",
};

const INTERVAL: &str = "none: biased upward, so a bootstrap would miss the truth; its p-value under calibration stands beside it";
const NO_INTERVAL: &str = "no interval: biased upward, so a bootstrap would miss the truth";

/// √(Σ w²c(1−c)) / W, the standard deviation of the path's end when independent rows are calibrated.
fn sigma(view: &View) -> Option<f64> {
    if view.clustered || view.total.is_fractional() {
        return None;
    }
    let variance = |cell: &Cell| cell.w2y[0] * cell.confidence * (1.0 - cell.confidence);
    Some(sum(view.cells.iter().map(variance)).sqrt() / view.total.w)
}

/// The path over the cells, with Σ w of all.
fn path(cells: &[Cell], weight: f64) -> Path {
    Path::new(cells.iter().map(residual), weight)
}

/// A statistic of the path.
fn of_path(cells: &[Cell], of: fn(&Path) -> f64) -> Option<f64> {
    let weight = sum(cells.iter().map(|cell| cell.w));
    (weight > 0.0).then(|| of(&path(cells, weight)))
}

fn estimate(view: &View, statistic: &Statistic) -> Estimate {
    let n = view.total.rows;
    if let Some(reason) = view.no_confidence() {
        return Estimate::undefined(n, reason).and("p_value", None);
    }
    let value = (statistic.of)(&path(&view.cells, view.total.w));
    match p_value(view, statistic, value) {
        Ok((p, method)) => Estimate::bare(value, n, NO_INTERVAL)
            .and("p_value", Some(p))
            .by(method),
        Err(reason) => {
            let reason = format!("no interval, no p-value: {reason}");
            Estimate::bare(value, n, reason).and("p_value", None)
        }
    }
}

fn p_value(view: &View, statistic: &Statistic, value: f64) -> Result<(f64, String), &'static str> {
    if view.clustered || !view.total.is_plain() {
        let null = view.null()?;
        let draws = (statistic.draws)(null).ok_or("too_many_cells")?;
        return Ok((
            Null::p_value(draws, value, Null::ROUNDING),
            null.method.clone(),
        ));
    }
    let method = statistic.name.to_owned();
    match sigma(view) {
        Some(sigma) if sigma > 0.0 => Ok(((statistic.law)(value / sigma), method)),
        // At least nothing is certain; more than nothing can't be.
        _ if value == 0.0 => Ok((1.0, method)),
        _ => Err("every confidence is 0 or 1, so chance has no part"),
    }
}

impl Metric for Ks {
    fn id(&self) -> &'static str {
        "ks"
    }

    fn about(&self) -> About {
        About {
            title: "Kolmogorov-Smirnov calibration error",
            formula: "max over k of |sum(w (c - y), confidences up to the k-th) / sum(w)|",
            range: "0 to 1",
            better: Better::Lower,
            undefined: "no graded answer has a confidence",
            interval: INTERVAL,
            pitfalls: "At most ece_values, since errors of both signs cancel along the path; never exactly 0 by chance alone. Its p-value needs no bins.",
            source: "Gupta et al. (2021), ICLR; Arrieta-Ibarra et al. (2022), JMLR 23(351); p-value: Feller (1971), section X.5, or sign flips by cluster",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        estimate(view, &FURTHEST)
    }

    fn contrast(&self) -> Contrast {
        Contrast::Swapped(|cells, _| of_path(cells, FURTHEST.of))
    }
}

impl Metric for EcceR {
    fn id(&self) -> &'static str {
        "ecce_r"
    }

    fn about(&self) -> About {
        About {
            title: "Range of the cumulative calibration error",
            formula: "max - min over k of sum(w (c - y), confidences up to the k-th) / sum(w), 0 included",
            range: "0 to 1; between ks and twice ks",
            better: Better::Lower,
            undefined: "no graded answer has a confidence",
            interval: INTERVAL,
            pitfalls: "sigma, the scale that it is judged by, is that of independent rows: null when prompts repeat or credit is graded.",
            source: "Arrieta-Ibarra et al. (2022), JMLR 23(351); p-value: Feller (1951), Annals of Mathematical Statistics 22, 427-432, or sign flips by cluster",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        let sigma = view.no_confidence().is_none().then(|| sigma(view));
        estimate(view, &RANGE).and("sigma", sigma.flatten())
    }

    fn contrast(&self) -> Contrast {
        Contrast::Swapped(|cells, _| of_path(cells, RANGE.of))
    }
}
