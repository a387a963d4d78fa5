//! The root mean square calibration error less what noise adds to its square.

use super::{ANSWERS, About, Better, BinSums, Metric, View};
use crate::maths::sums::sum;
use crate::report::Estimate;

/// Debiased calibration error over the bins in force.
///
/// `√max(S², 0)` with `S² = Σ_b (n_b / n) [(c̄_b − ȳ_b)² − ȳ_b(1 − ȳ_b)/(n_b − 1)]`, where bins with one row add nothing;
/// beside it S² with its sign, which is unbiased where the root is not. Kumar, Liang and Ma (2019), NeurIPS.
///
/// Weighted rows count by weight, with Kish's effective number for n_b; partly graded ones with the variance of their
/// credit for `ȳ_b(1 − ȳ_b)`.
///
/// ```
/// use calib::metrics::{CeDebiased, worked_example};
/// let error = worked_example(&CeDebiased);
/// let square = (2.0 * (0.16 - 0.25) + 2.0 * (0.01 - 0.25)) / 6.0;
/// assert!((error.beside["signed_square"].unwrap() - square).abs() < 1e-12);
/// assert_eq!(error.value, Some(0.0));
/// ```
pub struct CeDebiased;

/// S², signed.
fn signed_square(view: &View) -> f64 {
    let term = |bin: &BinSums| {
        let noise = bin.totals.mean_variance()?;
        Some(bin.totals.w * (bin.gap().powi(2) - noise))
    };
    sum(view.bins().occupied().filter_map(term)) / view.total.w
}

/// Rows of bins in which noise cannot be told from error.
fn lone_rows(view: &View) -> u64 {
    let lone = view
        .bins()
        .occupied()
        .filter(|bin| bin.totals.mean_variance().is_none());
    lone.map(|bin| bin.totals.rows).sum()
}

impl Metric for CeDebiased {
    fn id(&self) -> &'static str {
        "ce_debiased"
    }

    fn about(&self) -> About {
        About {
            title: "Debiased calibration error",
            formula: "sqrt(max(S2, 0)), S2 = sum over bins of (n_b / n) ((mean confidence - accuracy)^2 - accuracy (1 - accuracy) / (n_b - 1)) with n_b > 1",
            range: "0 to 1",
            better: Better::Lower,
            undefined: "no graded answer has a confidence",
            interval: "none: ce2 carries one for its square; signed_square stands beside it",
            pitfalls: "The root of an unbiased square, so still slightly above 0 for a calibrated model; 0 when noise explains all, or when every row is alone in its bin. Biased upward when prompts repeat: then read ce2.",
            source: "Kumar, Liang and Ma (2019), NeurIPS",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        let n = view.total.rows;
        if let Some(reason) = view.no_confidence() {
            let undefined = Estimate::undefined(n, reason);
            return undefined.and("signed_square", None).and("lone_rows", None);
        }
        let square = signed_square(view);
        Estimate::bare(square.max(0.0).sqrt(), n, "no interval: ce2 carries one")
            .and("signed_square", Some(square))
            .and("lone_rows", Some(lone_rows(view) as f64))
    }
}
