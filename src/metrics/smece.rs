//! Calibration error smoothed by a kernel instead of bins, with a bandwidth that chooses itself.

use super::bins::residual;
use super::{ANSWERS, About, Better, Metric, View};
use crate::inference::smooth;
use crate::report::Estimate;

/// Smooth calibration error: confidence minus correctness averaged over neighbours, at the only bandwidth equal to it.
///
/// `∫₀¹ |Σ_i w_i (c_i − y_i) K_σ(t, c_i) / W| dt = σ`, K a Gaussian reflected at 0 and 1 with standard deviation σ.
/// Confidences of exactly 0 and 1 count whole. Błasiok and Nakkiran (2024), ICLR.
///
/// ```
/// use calib::metrics::{Ece, SignedGap, Smece, worked_example};
/// let smece = worked_example(&Smece).value.unwrap();
/// assert!(smece < worked_example(&Ece).value.unwrap());
/// // Smoothed this far, the errors of both signs leave but their mean.
/// assert!((smece - worked_example(&SignedGap).value.unwrap()).abs() < 1e-9);
/// ```
pub struct Smece;

impl Metric for Smece {
    fn id(&self) -> &'static str {
        "smece"
    }

    fn about(&self) -> About {
        About {
            title: "Smooth calibration error",
            formula: "the s with integral of |sum(w (c - y) K_s(t, c)) / sum(w)| over t = s, K_s a Gaussian reflected at 0 and 1",
            range: "|signed_gap| to 1",
            better: Better::Lower,
            undefined: "no graded answer has a confidence",
            interval: "none: biased upward, so a bootstrap would miss the truth; ks has a p-value without bins",
            pitfalls: "Needs no bins, but is biased upward like ece. relplot counts confidences of exactly 0 and 1 by half, so it shows less where models say 100 %.",
            source: "Blasiok and Nakkiran (2024), ICLR",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        let n = view.total.rows;
        if let Some(reason) = view.no_confidence() {
            return Estimate::undefined(n, reason);
        }
        let cells = view.cells.iter();
        let residuals: Vec<_> = cells
            .map(|cell| (cell.confidence, residual(cell)))
            .collect();
        let value = smooth::error(&residuals, view.total.w);
        let reason = "no interval: biased upward, so a bootstrap would miss the truth";
        Estimate::bare(value, n, reason).by("reflected Gaussian, bandwidth = value")
    }
}
