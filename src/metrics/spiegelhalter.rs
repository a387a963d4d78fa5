//! Spiegelhalter's test of calibration, from the Brier score itself.

use super::bins::{residual, squared_residual};
use super::proper::infinite_rows;
use super::{ANSWERS, About, Better, Metric, View};
use crate::evidence::Cell;
use crate::maths::{sums::sum, tails};
use crate::report::Estimate;

/// How many standard errors the Brier score lies from what calibrated confidences would score.
///
/// `z = Σ w (y − c)(1 − 2c) / √(Σ w² (1 − 2c)² c(1 − c))`, standard normal under calibration. Repeated prompts:
/// `Σ_g t_g / √(Σ_g t_g²)` with `t_g = Σ w (y − c)(1 − 2c)` over a prompt, and so with one row as its own prompt where
/// credit is graded. Wrong answers at 1 and right ones at 0 can't occur under calibration and add no variance;
/// `impossible_rows` counts them. Spiegelhalter (1986), Statistics in Medicine 5, 421–433.
///
/// ```
/// use calib::metrics::{SpiegelhalterZ, worked_example};
/// let t: f64 = 0.05 * -0.9 + (0.1 - 0.9) * -0.8 + (0.4 - 0.6) * -0.2 - 0.3 * 0.4;
/// let variance: f64 = 0.81 * 0.0475 + 2.0 * 0.64 * 0.09 + 2.0 * 0.04 * 0.24 + 0.16 * 0.21;
/// assert!((worked_example(&SpiegelhalterZ).value.unwrap() - t / variance.sqrt()).abs() < 1e-12);
/// ```
pub struct SpiegelhalterZ;

/// 1 − 2c, the slope of the expected score.
fn slope(cell: &Cell) -> f64 {
    1.0 - 2.0 * cell.confidence
}

/// The variance of Σ t under calibration with its method, or why there is none.
fn variance(view: &View) -> Result<(f64, String), &'static str> {
    let of_rows = |cells: &[Cell]| {
        sum(cells
            .iter()
            .map(|cell| squared_residual(cell) * slope(cell).powi(2)))
    };
    if view.clustered {
        let clusters = view
            .by_cluster(|rows| {
                sum(rows.iter().map(|row| {
                    row.weight * (row.credit - row.confidence) * (1.0 - 2.0 * row.confidence)
                }))
            })
            .ok_or("too many rows to keep them by prompt")?;
        let single: u64 = view.single().iter().map(|cell| cell.rows).sum();
        let count = clusters.len() as u64 + single;
        if count < 2 {
            return Err("one cluster");
        }
        let squares = sum(clusters.iter().map(|t| t * t)) + of_rows(view.single());
        let method = format!("cluster sums around 0, {count} clusters");
        return varied(squares, "no prompt lies off its confidence").map(|v| (v, method));
    }
    if view.total.is_fractional() {
        let squares = of_rows(&view.cells);
        return varied(squares, "no row lies off its confidence")
            .map(|v| (v, "row sums around 0".to_owned()));
    }
    let binomial = |cell: &Cell| {
        let c = cell.confidence;
        cell.w2y[0] * slope(cell).powi(2) * c * (1.0 - c)
    };
    let variance = sum(view.cells.iter().map(binomial));
    varied(variance, "every confidence is 0, 0.5 or 1").map(|v| (v, "normal".to_owned()))
}

fn varied(variance: f64, reason: &'static str) -> Result<f64, &'static str> {
    if variance > 0.0 {
        Ok(variance)
    } else {
        Err(reason)
    }
}

impl Metric for SpiegelhalterZ {
    fn id(&self) -> &'static str {
        "spiegelhalter_z"
    }

    fn about(&self) -> About {
        About {
            title: "Spiegelhalter's z",
            formula: "sum(w (y - c)(1 - 2c)) / sqrt(sum(w^2 (1 - 2c)^2 c (1 - c)))",
            range: "any number; beyond 1.96 either way at the 5 % level",
            better: Better::NearerZero,
            undefined: "every confidence is 0, 0.5 or 1",
            interval: "none: a test statistic; its p-value stands beside it",
            pitfalls: "Blind to errors near 0.5 and to errors that cancel; grows with the number of rows, so it ranks no models.",
            source: "Spiegelhalter (1986), Statistics in Medicine 5, 421-433",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        let n = view.total.rows;
        let found = match view.no_confidence() {
            Some(reason) => Err(reason),
            None => variance(view),
        };
        let estimate = match found {
            Ok((variance, method)) => {
                let total = -sum(view.cells.iter().map(|cell| residual(cell) * slope(cell)));
                let z = total / variance.sqrt();
                Estimate::bare(z, n, "no interval: a test statistic")
                    .and("p_value", Some(tails::two_sided(z)))
                    .by(method)
            }
            Err(reason) => Estimate::undefined(n, reason).and("p_value", None),
        };
        estimate.and("impossible_rows", Some(infinite_rows(view) as f64))
    }
}
