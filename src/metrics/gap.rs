//! How sure the model is on the whole, against how often it is right.

use super::{ANSWERS, About, Better, Contrast, Metric, View};
use crate::report::Estimate;

/// Mean confidence of graded answers.
///
/// `Σ w·c / Σ w`.
///
/// ```
/// use calib::metrics::{MeanConfidence, worked_example};
/// assert!((worked_example(&MeanConfidence).value.unwrap() - 4.25 / 6.0).abs() < 1e-12);
/// ```
pub struct MeanConfidence;

/// Mean confidence minus accuracy: above zero overconfident, below zero underconfident.
///
/// `Σ w·(c − y) / Σ w`, calibration in the large. Cox (1958), Biometrika 45, 562–565.
///
/// ```
/// use calib::metrics::{SignedGap, worked_example};
/// assert!((worked_example(&SignedGap).value.unwrap() - 1.25 / 6.0).abs() < 1e-12);
/// ```
pub struct SignedGap;

impl Metric for MeanConfidence {
    fn id(&self) -> &'static str {
        "mean_confidence"
    }

    fn about(&self) -> About {
        About {
            title: "Mean confidence",
            formula: "sum(w c) / sum(w)",
            range: "0 to 1",
            better: Better::Neither,
            undefined: "no graded answer has a confidence",
            interval: "t with n - 1 degrees; cluster-robust when prompts repeat",
            pitfalls: "Neither high nor low is good in itself; compare it with accuracy (signed_gap).",
            source: "descriptive",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        if let Some(reason) = view.no_confidence() {
            return Estimate::undefined(view.total.rows, reason);
        }
        let sample = view.score(|c| [c, 0.0, 0.0], |item| item.confidence);
        let value = sample.mean().unwrap_or(f64::NAN);
        let level = view.settings.level;
        let interval = sample.mean_interval(level).within(0.0, 1.0);
        Estimate::with_interval(value, sample.rows(), level, interval)
    }

    fn contrast(&self) -> Contrast {
        Contrast::mean(&[|item, lens| {
            let sums = lens.sums(item);
            (sums.confidence, sums.weight)
        }])
    }
}

impl Metric for SignedGap {
    fn id(&self) -> &'static str {
        "signed_gap"
    }

    fn about(&self) -> About {
        About {
            title: "Confidence minus accuracy",
            formula: "sum(w (c - y)) / sum(w)",
            range: "-1 to 1",
            better: Better::NearerZero,
            undefined: "no graded answer has a confidence",
            interval: "t with n - 1 degrees; cluster-robust when prompts repeat; p_value beside it is that of a gap of 0, two-sided",
            pitfalls: "Over- and underconfidence in different places cancel: zero does not mean calibrated, see ece and corp_mcb.",
            source: "Cox (1958), Biometrika 45, 562-565",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        if let Some(reason) = view.no_confidence() {
            return Estimate::undefined(view.total.rows, reason).and("p_value", None);
        }
        let sample = view.score(|c| [c, -1.0, 0.0], |item| item.gap);
        let estimate = view.mean_score(&sample, -1.0, 1.0);
        estimate.and("p_value", sample.p_value(0.0))
    }

    fn contrast(&self) -> Contrast {
        Contrast::mean(&[|item, lens| {
            let sums = lens.sums(item);
            (sums.gap, sums.weight)
        }])
    }
}
