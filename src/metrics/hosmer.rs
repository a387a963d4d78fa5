//! The Hosmer-Lemeshow test, for those who must report it.

use super::{ANSWERS, About, Better, BinSums, Bins, Metric, View};
use crate::maths::{sums::sum, tails};
use crate::report::Estimate;
use crate::settings::{Binning, Settings};

/// Bins of the test.
const BINS: usize = 10;

/// Hosmer-Lemeshow statistic over ten bins of equal mass that never part a tie.
///
/// `Σ_b n_b (ȳ_b − c̄_b)² / (c̄_b (1 − c̄_b))`, under calibration chi-square with as many degrees as non-empty bins,
/// because nothing was fitted to these rows; with weights Σ w² in place of n in the variance. Null where a bin holds
/// only confidences of 0 or only of 1. Hosmer and Lemeshow (1980), Communications in Statistics A 9, 1043–1069.
///
/// ```
/// use calib::metrics::{HosmerLemeshow, worked_example};
/// let term = |n: f64, gap: f64, c: f64| n * gap * gap / (c * (1.0 - c));
/// let expected = term(1.0, 0.3, 0.3) + term(2.0, 0.1, 0.6) + term(2.0, 0.4, 0.9) + term(1.0, 0.05, 0.95);
/// assert!((worked_example(&HosmerLemeshow).value.unwrap() - expected).abs() < 1e-12);
/// ```
pub struct HosmerLemeshow;

/// The bins with rows.
fn filled(view: &View) -> Vec<BinSums> {
    let settings = Settings {
        bins: BINS,
        binning: Binning::EqualMass,
        ..*view.settings
    };
    let bins = Bins::new(&view.cells, &settings).bins;
    let filled = bins.into_iter().filter(|bin| bin.totals.rows > 0);
    filled.collect()
}

/// (Σ w(c − y))² over its variance if every row of the bin had the mean confidence.
fn term(bin: &BinSums) -> f64 {
    let mean = bin.confidence / bin.totals.w;
    bin.residual.powi(2) / (bin.totals.w2y[0] * mean * (1.0 - mean))
}

impl Metric for HosmerLemeshow {
    fn id(&self) -> &'static str {
        "hosmer_lemeshow"
    }

    fn about(&self) -> About {
        About {
            title: "Hosmer-Lemeshow statistic",
            formula: "sum over 10 equal-mass bins of n_b (accuracy - mean confidence)^2 / (mean confidence (1 - mean confidence))",
            range: "0 to infinity; about the number of bins when calibrated",
            better: Better::Lower,
            undefined: "a bin holds only confidences of 0 or only of 1",
            interval: "none: a test statistic; p_value and degrees stand beside it",
            pitfalls: "Depends on the bins and grows with the rows; ks tests the same without bins. Software that takes two degrees less assumes confidences fitted to these rows, and rejects calibrated models twice as often as it says.",
            source: "Hosmer and Lemeshow (1980), Communications in Statistics A 9, 1043-1069",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        let n = view.total.rows;
        let undefined = |reason| {
            Estimate::undefined(n, reason)
                .and("p_value", None)
                .and("degrees", None)
        };
        if let Some(reason) = view.no_confidence() {
            return undefined(reason);
        }
        let bins = filled(view);
        if bins.iter().any(|bin| bin.upper == 0.0 || bin.lower == 1.0) {
            return undefined("a bin holds only confidences of 0 or only of 1");
        }
        let value = sum(bins.iter().map(term));
        let degrees = bins.len() as u32;
        let (p_value, reason) = if view.clustered {
            (
                None,
                "no interval, no p-value: rows of one prompt are not independent",
            )
        } else if view.total.is_fractional() {
            (
                None,
                "no interval, no p-value: credit between right and wrong",
            )
        } else {
            (
                tails::chi_square(value, degrees),
                "no interval: a test statistic",
            )
        };
        Estimate::bare(value, n, reason)
            .and("p_value", p_value)
            .and("degrees", Some(f64::from(degrees)))
            .by(format!("chi-square, {degrees} degrees"))
    }
}
