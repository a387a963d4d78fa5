//! Proper scores: rules no forecaster can beat by saying anything but what it believes.

use super::selective::{SMOOTH, smooth};
use super::smooth::Smooth;
use super::{ANSWERS, About, Better, Contrast, Metric, View, contrast};
use crate::evidence::{ItemSums, LOG_CLIP, log_score};
use crate::inference::sample::Sample;
use crate::report::Estimate;

/// Brier score, the mean squared distance of confidence from correctness.
///
/// `Σ w·(c − y)² / Σ w`, from 0 (perfect) to 1; always saying 0.5 scores 0.25.
/// Brier (1950), Monthly Weather Review 78, 1–3.
///
/// ```
/// use calib::metrics::{Brier, worked_example};
/// let expected = (0.05f64.powi(2) + 0.1f64.powi(2) + 0.9f64.powi(2) + 0.4f64.powi(2) + 0.6f64.powi(2) + 0.3f64.powi(2)) / 6.0;
/// assert!((worked_example(&Brier).value.unwrap() - expected).abs() < 1e-12);
/// ```
pub struct Brier;

/// How much of the Brier score of always stating the base rate is saved.
///
/// `1 − Brier / mean((y − ȳ)²)`. Murphy (1973), Journal of Applied Meteorology 12, 595–600.
///
/// ```
/// use calib::metrics::{Brier, BrierSkill, worked_example};
/// let brier = worked_example(&Brier).value.unwrap();
/// assert!((worked_example(&BrierSkill).value.unwrap() - (1.0 - brier / 0.25)).abs() < 1e-12);
/// ```
pub struct BrierSkill;

/// Logarithmic score in nats, with confidences clipped to `[1e-6, 1 − 1e-6]`.
///
/// `−Σ w·[y ln c + (1 − y) ln(1 − c)] / Σ w`. Good (1952), Journal of the Royal Statistical Society B 14, 107–114.
///
/// ```
/// use calib::metrics::{LogLoss, worked_example};
/// let expected = -(0.95f64.ln() + 0.9f64.ln() + 0.1f64.ln() + 0.6f64.ln() + 0.4f64.ln() + 0.7f64.ln()) / 6.0;
/// assert!((worked_example(&LogLoss).value.unwrap() - expected).abs() < 1e-12);
/// ```
pub struct LogLoss;

fn squares(view: &View) -> Sample {
    view.score(|c| [c * c, -2.0 * c, 1.0], |item| item.square)
}

/// Mean squared deviation of the credit from its mean: the Brier score of always stating the base rate.
pub(super) fn uncertainty(view: &View) -> f64 {
    view.total.credit_variance()
}

/// Whether all graded answers earned the same credit.
pub(super) fn one_class(view: &View) -> bool {
    // Sums of weighted credit are kept to 2⁻⁶⁴ a row, which small weights magnify.
    let rounding = 1e-18 * view.total.rows as f64 / view.total.w;
    uncertainty(view) <= rounding.max(1e-15)
}

impl Metric for Brier {
    fn id(&self) -> &'static str {
        "brier"
    }

    fn about(&self) -> About {
        About {
            title: "Brier score",
            formula: "sum(w (c - y)^2) / sum(w)",
            range: "0 to 1; always saying 0.5 scores 0.25",
            better: Better::Lower,
            undefined: "no graded answer has a confidence",
            interval: "t with n - 1 degrees; cluster-robust when prompts repeat",
            pitfalls: "Mixes calibration, discrimination and the base rate: compare only on the same prompts, and read the CORP parts.",
            source: "Brier (1950), Monthly Weather Review 78, 1-3",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        match view.no_confidence() {
            Some(reason) => Estimate::undefined(view.total.rows, reason),
            None => view.mean_score(&squares(view), 0.0, 1.0),
        }
    }

    fn contrast(&self) -> Contrast {
        Contrast::mean(&[contrast::square])
    }
}

impl Metric for BrierSkill {
    fn id(&self) -> &'static str {
        "brier_skill"
    }

    fn about(&self) -> About {
        About {
            title: "Brier skill score",
            formula: "1 - brier / (ybar (1 - ybar))",
            range: "below 0 (worse than stating the base rate) to 1",
            better: Better::Higher,
            undefined: "all answers right, or all wrong",
            interval: SMOOTH,
            pitfalls: "The reference is the base rate of these very rows, which no forecaster knew.",
            source: "Murphy (1973), Journal of Applied Meteorology 12, 595-600",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        let n = view.total.rows;
        if let Some(reason) = view.no_confidence() {
            return Estimate::undefined(n, reason);
        }
        if one_class(view) {
            return Estimate::undefined(n, "one class only");
        }
        let estimate = smooth(view, Smooth::BrierSkill, f64::NEG_INFINITY, 1.0);
        let method = estimate.method.clone().unwrap_or_default();
        estimate.by(format!("{method}; against the base rate of these rows"))
    }

    fn contrast(&self) -> Contrast {
        Contrast::Drawn(|cells, _| Smooth::BrierSkill.of(cells))
    }
}

impl Metric for LogLoss {
    fn id(&self) -> &'static str {
        "log_loss"
    }

    fn about(&self) -> About {
        About {
            title: "Logarithmic score",
            formula: "-sum(w (y ln c + (1 - y) ln(1 - c))) / sum(w), c clipped to [1e-6, 1 - 1e-6]",
            range: "0 to 13.8 nats; always saying 0.5 scores 0.693",
            better: Better::Lower,
            undefined: "no graded answer has a confidence",
            interval: "t with n - 1 degrees; cluster-robust when prompts repeat",
            pitfalls: "A single wrong answer at confidence 1 makes it infinite, so its size depends on the clip; infinite_rows counts such answers.",
            source: "Good (1952), Journal of the Royal Statistical Society B 14, 107-114",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        if let Some(reason) = view.no_confidence() {
            return Estimate::undefined(view.total.rows, reason)
                .and("clip", Some(LOG_CLIP))
                .and("infinite_rows", Some(0.0));
        }
        let sample = view.score(
            |c| {
                [
                    log_score(c, 0.0),
                    log_score(c, 1.0) - log_score(c, 0.0),
                    0.0,
                ]
            },
            |item: &ItemSums| item.log,
        );
        view.mean_score(&sample, 0.0, -LOG_CLIP.ln())
            .and("clip", Some(LOG_CLIP))
            .and("infinite_rows", Some(infinite_rows(view) as f64))
    }

    fn contrast(&self) -> Contrast {
        Contrast::mean(&[|item, lens| {
            let sums = lens.sums(item);
            (sums.log, sums.weight)
        }])
    }
}

/// Answers given no chance that earned credit, and answers called certain that lacked some.
pub(super) fn infinite_rows(view: &View) -> u64 {
    let impossible = |cell: &crate::evidence::Cell| match cell.confidence {
        0.0 => cell.rows - cell.wrong,
        1.0 => cell.rows - cell.right,
        _ => 0,
    };
    view.cells.iter().map(impossible).sum()
}
