//! How often the model is right, and how often it answers at all.

use super::{ANSWERS, About, Better, Contrast, Metric, PROMPTS, View, contrast};
use crate::report::Estimate;

/// Share of graded answers that are correct.
///
/// `Σ w·y / Σ w` over graded answers, with or without a confidence. Interval: Wilson (1927).
///
/// ```
/// use calib::metrics::{Accuracy, worked_example};
/// assert_eq!(worked_example(&Accuracy).value, Some(0.5));
/// ```
pub struct Accuracy;

/// Share of used rows that are answered.
///
/// `Σ w·[answered] / Σ w`. El-Yaniv and Wiener (2010).
///
/// ```
/// use calib::metrics::{Coverage, worked_example};
/// assert_eq!(worked_example(&Coverage).value, Some(0.5));
/// ```
pub struct Coverage;

impl Metric for Accuracy {
    fn id(&self) -> &'static str {
        "accuracy"
    }

    fn about(&self) -> About {
        About {
            title: "Accuracy",
            formula: "sum(w y) / sum(w) over graded answers",
            range: "0 to 1",
            better: Better::Higher,
            undefined: "no answer was graded",
            interval: "Wilson, or exact by --rates; with Kish's effective n for weighted rows; t for fractional credit; cluster-robust on the logit scale when prompts repeat",
            pitfalls: "A model that declines what it would get wrong gains accuracy: read it with coverage.",
            source: "Wilson (1927), Journal of the American Statistical Association 22, 209-212",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        let sample = view.credit();
        let Some(value) = sample.mean() else {
            return Estimate::undefined(sample.rows(), "no graded answer");
        };
        let level = view.settings.level;
        Estimate::with_interval(value, sample.rows(), level, view.rate_interval(&sample))
    }

    fn contrast(&self) -> Contrast {
        Contrast::share(&[contrast::credit])
    }
}

impl Metric for Coverage {
    fn id(&self) -> &'static str {
        "coverage"
    }

    fn about(&self) -> About {
        About {
            title: "Coverage",
            formula: "sum(w answered) / sum(w) over all used rows",
            range: "0 to 1",
            better: Better::Higher,
            undefined: "no row was used",
            interval: "Wilson, or exact by --rates; cluster-robust on the logit scale when prompts repeat",
            pitfalls: "Higher is only better where the prompts should be answered; see over_answer.",
            source: "El-Yaniv and Wiener (2010), Journal of Machine Learning Research 11, 1605-1641",
            example: PROMPTS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        let sample = view.share(|conduct| view.answered(conduct), |_| true);
        let Some(value) = sample.mean() else {
            return Estimate::undefined(sample.rows(), "no row was used");
        };
        let level = view.settings.level;
        Estimate::with_interval(value, sample.rows(), level, view.rate_interval(&sample))
    }

    fn contrast(&self) -> Contrast {
        Contrast::share(&[|item, lens| (item.weight(|c| lens.answered(c)), item.weight(|_| true))])
    }
}
