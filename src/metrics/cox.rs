//! Cox's recalibration line: the intercept and slope that would repair confidences on the logit scale.

use super::bins::squares_around;
use super::{ANSWERS, About, Better, Metric, View};
use crate::evidence::{Cell, LOG_CLIP};
use crate::inference::logistic::{Covariance, Fit, Free, Point, fit, log_likelihood, logit};
use crate::inference::{Interval, cluster_quantile};
use crate::maths::{quantile, sums::sum, tails};
use crate::report::Estimate;

/// The intercept a of `logit P(y = 1) = a + b·logit c`: below 0, answers of confidence 0.5 are right less often.
///
/// By maximum likelihood over confidences clipped to `[1e-6, 1 − 1e-6]`. Rows right or wrong of weight 1: standard
/// error from the likelihood, `p_value` of (a, b) = (0, 1) by the likelihood ratio, chi-square with 2 degrees. Weighted
/// or graded rows: robust (sandwich) error, Wald test; repeated prompts: the same by prompt, in Hotelling's law of as
/// many prompts. `citl`, calibration in the large, is a with b held at 1. Cox (1958), Biometrika 45, 562–565.
///
/// ```
/// use calib::metrics::{CoxIntercept, CoxSlope, worked_example};
/// let line = [&CoxIntercept as _, &CoxSlope as _].map(|m| worked_example(m).value.unwrap());
/// // At the optimum the fitted probabilities sum to the three right answers.
/// let p = |c: f64| 1.0 / (1.0 + (-line[0] - line[1] * (c / (1.0 - c)).ln()).exp());
/// let right: f64 = [0.95, 0.9, 0.9, 0.6, 0.6, 0.3].map(p).iter().sum();
/// assert!((right - 3.0).abs() < 1e-9);
/// ```
pub struct CoxIntercept;

/// The slope b of `logit P(y = 1) = a + b·logit c`: below 1, confidences are too extreme, above 1 not extreme enough.
///
/// Error and `p_value` as for [`CoxIntercept`].
///
/// ```
/// use calib::metrics::{CoxSlope, worked_example};
/// let slope = worked_example(&CoxSlope);
/// assert!(slope.low < slope.value && slope.value < slope.high);
/// ```
pub struct CoxSlope;

/// The lines of a view, or why there are none.
#[derive(Clone, Debug)]
pub(super) struct Lines {
    line: Result<Line, &'static str>,
    /// That of slope 1.
    large: Result<Fit, &'static str>,
}

impl Lines {
    /// Those through the cells of a view.
    pub(super) fn new(view: &View) -> Self {
        let points = points(&view.cells, LOG_CLIP);
        let large = fit(&points, Free::Intercept);
        Self {
            line: Line::new(view, &points, &large),
            large,
        }
    }
}

/// The fitted line of a view with what is known of its errors.
#[derive(Clone, Debug)]
struct Line {
    fit: Fit,
    errors: Result<Errors, &'static str>,
    p_value: Option<f64>,
}

/// Standard errors of intercept and slope, the quantile they are multiplied by, and how they came about.
#[derive(Clone, Debug)]
struct Errors {
    errors: [f64; 2],
    quantile: f64,
    method: String,
}

impl Line {
    /// The line through the cells of a view, which are these points, or why there is none; `large` is that of slope 1.
    fn new(
        view: &View,
        points: &[Point],
        large: &Result<Fit, &'static str>,
    ) -> Result<Self, &'static str> {
        if let Some(reason) = view.no_confidence() {
            return Err(reason);
        }
        let fit = fit(points, Free::Both)?;
        if view.clustered {
            return Ok(Self::clustered(view, fit));
        }
        let normal = quantile::normal(0.5 + view.settings.level / 2.0);
        let (covariance, p_value, method) = if view.total.is_plain() {
            let p = tails::chi_square(likelihood_ratio(points, &fit, large), 2);
            (
                fit.covariance(),
                p,
                "Wald; p_value of (0, 1) jointly, by likelihood ratio",
            )
        } else {
            let n = view.total.rows as f64;
            let covariance = fit.sandwich(scores(&view.cells, &fit), n / (n - 1.0));
            (covariance, wald(&fit, &covariance, n), "robust Wald")
        };
        Ok(Self {
            fit,
            errors: Ok(Errors {
                errors: covariance.errors(),
                quantile: normal,
                method: method.to_owned(),
            }),
            p_value,
        })
    }

    fn clustered(view: &View, fit: Fit) -> Self {
        let mut line = Self {
            fit,
            errors: Err("too many rows to keep them by prompt"),
            p_value: None,
        };
        let of_clusters = view.by_cluster(|rows| {
            let score = |row: &super::kept::Kept| {
                let x = logit(row.confidence, LOG_CLIP);
                let score = row.weight * (row.credit - fit.probability(x));
                [score, score * (x - fit.centre)]
            };
            let scores = rows.iter().map(score);
            [0, 1].map(|at| sum(scores.clone().map(|score| score[at])))
        });
        let Some(of_clusters) = of_clusters else {
            return line;
        };
        let single: u64 = view.single().iter().map(|cell| cell.rows).sum();
        let count = of_clusters.len() as u64 + single;
        if count < 2 {
            line.errors = Err("one cluster");
            return line;
        }
        let alone = scores(view.single(), &fit);
        let product = |[a, b]: [usize; 2]| sum(of_clusters.iter().map(|s| s[a] * s[b]));
        let [value, mixed, slope] = [[0, 0], [0, 1], [1, 1]].map(product);
        let meat = [value + alone[0], mixed + alone[1], slope + alone[2]];
        let g = count as f64;
        let covariance = fit.sandwich(meat, g / (g - 1.0));
        let (quantile, method) = cluster_quantile(view.settings.level, count);
        line.p_value = wald(&fit, &covariance, g);
        line.errors = Ok(Errors {
            errors: covariance.errors(),
            quantile,
            method: format!("Wald, {method}"),
        });
        line
    }

    /// Intercept (0) or slope (1) as an estimate.
    fn estimate(&self, view: &View, part: usize) -> Estimate {
        let value = if part == 0 {
            self.fit.intercept
        } else {
            self.fit.slope
        };
        let interval = match &self.errors {
            Ok(Errors {
                errors,
                quantile,
                method,
            }) => {
                let error = errors.get(part).copied().unwrap_or(0.0);
                Interval::around(value, error, *quantile, method.clone())
            }
            Err(reason) => Interval::missing("Wald, cluster-robust", reason),
        };
        let error = interval.standard_error;
        Estimate::with_interval(value, view.total.rows, view.settings.level, interval)
            .and("standard_error", error)
            .and("p_value", self.p_value)
    }
}

/// Cells on the logit scale.
fn points(cells: &[Cell], clip: f64) -> Vec<Point> {
    let point = |cell: &Cell| Point {
        x: logit(cell.confidence, clip),
        weight: cell.w,
        moment: cell.wy,
    };
    cells.iter().map(point).collect()
}

/// Twice what the line is likelier than logit p = x, from which on that of slope 1 was sought.
fn likelihood_ratio(points: &[Point], fit: &Fit, large: &Result<Fit, &'static str>) -> f64 {
    let stated = large.as_ref().map(|large| large.likelihoods[0]);
    let stated = stated.unwrap_or_else(|_| log_likelihood(points, 0.0, 1.0));
    2.0 * (fit.likelihoods[1] - stated).max(0.0)
}

/// Σ s sᵀ over independent rows, s = w(y − p)·(1, x − centre).
fn scores(cells: &[Cell], fit: &Fit) -> [f64; 3] {
    [0, 1, 2].map(|power| {
        sum(cells.iter().map(|cell| {
            let x = logit(cell.confidence, LOG_CLIP);
            squares_around(cell, fit.probability(x)) * (x - fit.centre).powi(power)
        }))
    })
}

/// The p-value of Wald's distance in Hotelling's law of `count` independent scores, `(1 + W/(G − 1))^(−(G − 2)/2)`,
/// which tends to chi-square with 2 degrees.
fn wald(fit: &Fit, covariance: &Covariance, count: f64) -> Option<f64> {
    let distance = fit.wald(covariance)?;
    (count > 2.0).then(|| (-(count - 2.0) / 2.0 * (distance / (count - 1.0)).ln_1p()).exp())
}

const SOURCE: &str =
    "Cox (1958), Biometrika 45, 562-565; clusters: Liang and Zeger (1986), Biometrika 73, 13-22";
const UNDEFINED: &str = "all answers right or all wrong; one confidence only; a confidence that parts right from wrong answers";
const INTERVAL: &str =
    "Wald; robust where rows are weighted or graded, cluster-robust when prompts repeat";

fn estimate(view: &View, part: usize) -> Estimate {
    let estimate = match &view.lines().line {
        Ok(line) => line.estimate(view, part),
        Err(reason) => Estimate::undefined(view.total.rows, *reason)
            .and("standard_error", None)
            .and("p_value", None),
    };
    estimate.and("clip", Some(LOG_CLIP))
}

impl Metric for CoxIntercept {
    fn id(&self) -> &'static str {
        "cox_intercept"
    }

    fn about(&self) -> About {
        About {
            title: "Cox calibration intercept",
            formula: "a of logit P(y = 1) = a + b logit(c), c clipped to [1e-6, 1 - 1e-6]",
            range: "any number; 0 when calibrated",
            better: Better::NearerZero,
            undefined: UNDEFINED,
            interval: INTERVAL,
            pitfalls: "Says what happens at confidence 0.5, not on average: that is citl beside it (slope held at 1), or signed_gap. Confidences of 0 and 1 make it a function of the clip.",
            source: SOURCE,
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        let large = view.lines().large.as_ref().ok();
        estimate(view, 0).and("citl", large.map(|fit| fit.intercept))
    }
}

impl Metric for CoxSlope {
    fn id(&self) -> &'static str {
        "cox_slope"
    }

    fn about(&self) -> About {
        About {
            title: "Cox calibration slope",
            formula: "b of logit P(y = 1) = a + b logit(c), c clipped to [1e-6, 1 - 1e-6]",
            range: "any number; 1 when calibrated, below 1 too extreme, 0 uninformative",
            better: Better::Neither,
            undefined: UNDEFINED,
            interval: INTERVAL,
            pitfalls: "Confidences of 0 and 1 make it a function of the clip: the more of them, the nearer it lies to 0. One over it is the temperature that would repair the spread.",
            source: SOURCE,
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        estimate(view, 1)
    }
}
