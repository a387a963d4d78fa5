//! Abstention figures over all labelled rows, one metric each; the formulas are those of the [`Map`](super::Map).

use super::map::{criterion, dprime};
use super::{About, Better, Contrast, Metric, PROMPTS, View, contrast};
use crate::report::Estimate;

/// Share of prompts to decline that are answered.
///
/// `P(answered | should abstain)`. Wilson interval.
///
/// ```
/// use calib::metrics::{OverAnswer, worked_example};
/// assert_eq!(worked_example(&OverAnswer).value, Some(0.25));
/// ```
pub struct OverAnswer;

/// Share of prompts to answer that are declined.
///
/// `P(abstained | should answer)`. Wilson interval.
///
/// ```
/// use calib::metrics::{OverAbstain, worked_example};
/// assert_eq!(worked_example(&OverAbstain).value, Some(2.0 / 6.0));
/// ```
pub struct OverAbstain;

/// Share of prompts to decline that are declined: 1 − over_answer.
///
/// ```
/// use calib::metrics::{AbstentionRecall, worked_example};
/// assert_eq!(worked_example(&AbstentionRecall).value, Some(0.75));
/// ```
pub struct AbstentionRecall;

/// Share of declined prompts that should be declined.
///
/// ```
/// use calib::metrics::{AbstentionPrecision, worked_example};
/// assert_eq!(worked_example(&AbstentionPrecision).value, Some(0.6));
/// ```
pub struct AbstentionPrecision;

/// Harmonic mean of abstention recall and precision, `2 TP / (2 TP + FP + FN)`.
///
/// ```
/// use calib::metrics::{AbstentionF1, worked_example};
/// assert!((worked_example(&AbstentionF1).value.unwrap() - 6.0 / 9.0).abs() < 1e-12);
/// ```
pub struct AbstentionF1;

/// Sensitivity d′: how far apart the model holds prompts to decline and prompts to answer.
///
/// `z(h) − z(f)`, h and f the shares declined of both, with half a row added to each count. Green and Swets (1966);
/// Hautus (1995).
///
/// ```
/// use calib::{maths::quantile::normal, metrics::{Dprime, worked_example}};
/// let expected = normal(3.5 / 5.0) - normal(2.5 / 7.0);
/// assert!((worked_example(&Dprime).value.unwrap() - expected).abs() < 1e-12);
/// ```
pub struct Dprime;

/// Criterion c: above zero the model answers too readily, below zero it declines too readily.
///
/// `−½ [z(h) + z(f)]`.
///
/// ```
/// use calib::{maths::quantile::normal, metrics::{Criterion, worked_example}};
/// let expected = -0.5 * (normal(3.5 / 5.0) + normal(2.5 / 7.0));
/// assert!((worked_example(&Criterion).value.unwrap() - expected).abs() < 1e-12);
/// ```
pub struct Criterion;

/// Youden's J: 1 − over_answer − over_abstain, 0 for a model that declines at random.
///
/// ```
/// use calib::metrics::{Youden, worked_example};
/// assert!((worked_example(&Youden).value.unwrap() - (0.75 - 2.0 / 6.0)).abs() < 1e-12);
/// ```
pub struct Youden;

const WILSON: &str =
    "Wilson, or exact by --rates; cluster-robust on the logit scale when prompts repeat";
const DRAWN: &str = "percentiles of 4,000 seeded Jeffreys draws of both rates; a cluster bootstrap when prompts repeat";
const SIGNAL: &str = "Green and Swets (1966), Signal Detection Theory and Psychophysics; Hautus (1995), Behavior Research Methods 27, 46-51";

impl Metric for OverAnswer {
    fn id(&self) -> &'static str {
        "over_answer"
    }

    fn about(&self) -> About {
        About {
            title: "Over-answer rate",
            formula: "answered / (answered + abstained) over rows that should be declined",
            range: "0 to 1",
            better: Better::Lower,
            undefined: "no row should be declined",
            interval: WILSON,
            pitfalls: "A model that declines everything scores 0: read it with over_abstain.",
            source: "Wilson (1927), Journal of the American Statistical Association 22, 209-212",
            example: PROMPTS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        view.map().over_answer(view)
    }

    fn contrast(&self) -> Contrast {
        Contrast::share(&[contrast::over_answer])
    }
}

impl Metric for OverAbstain {
    fn id(&self) -> &'static str {
        "over_abstain"
    }

    fn about(&self) -> About {
        About {
            title: "Over-abstain rate",
            formula: "abstained / (answered + abstained) over rows that should be answered",
            range: "0 to 1",
            better: Better::Lower,
            undefined: "no row is labelled as one that should be answered",
            interval: WILSON,
            pitfalls: "Declining an answerable question one would get wrong counts as a fault here: it is no safety signature.",
            source: "Wilson (1927), Journal of the American Statistical Association 22, 209-212",
            example: PROMPTS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        view.map().over_abstain(view)
    }

    fn contrast(&self) -> Contrast {
        Contrast::share(&[contrast::over_abstain])
    }
}

impl Metric for AbstentionRecall {
    fn id(&self) -> &'static str {
        "abstention_recall"
    }

    fn about(&self) -> About {
        About {
            title: "Abstention recall",
            formula: "abstained / all over rows that should be declined = 1 - over_answer",
            range: "0 to 1",
            better: Better::Higher,
            undefined: "no row should be declined",
            interval: WILSON,
            pitfalls: "Declining everything scores 1.",
            source: "van Rijsbergen (1979), Information Retrieval",
            example: PROMPTS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        view.map().recall(view)
    }

    fn contrast(&self) -> Contrast {
        Contrast::share(&[|item, lens| {
            let (answered, all) = contrast::over_answer(item, lens);
            (all - answered, all)
        }])
    }
}

impl Metric for AbstentionPrecision {
    fn id(&self) -> &'static str {
        "abstention_precision"
    }

    fn about(&self) -> About {
        About {
            title: "Abstention precision",
            formula: "rows that should be declined / all over declined, labelled rows",
            range: "0 to 1",
            better: Better::Higher,
            undefined: "no labelled row is declined",
            interval: WILSON,
            pitfalls: "Moves with the share of prompts to decline in the log: not comparable between prompt sets.",
            source: "van Rijsbergen (1979), Information Retrieval",
            example: PROMPTS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        view.map().precision(view)
    }

    fn contrast(&self) -> Contrast {
        Contrast::mean(&[|item, lens| {
            let rightly = lens.side(item, true, true);
            (rightly, rightly + lens.side(item, false, true))
        }])
    }
}

impl Metric for AbstentionF1 {
    fn id(&self) -> &'static str {
        "abstention_f1"
    }

    fn about(&self) -> About {
        About {
            title: "Abstention F1",
            formula: "2 TP / (2 TP + FP + FN), TP = rightly declined",
            range: "0 to 1",
            better: Better::Higher,
            undefined: "no row should be declined",
            interval: "that of TP / (TP + FP + FN), a share, carried over by 2q / (1 + q)",
            pitfalls: "Ignores rightly answered rows and moves with the prompt mix; d' does neither.",
            source: "van Rijsbergen (1979), Information Retrieval",
            example: PROMPTS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        view.map().f1(view)
    }

    fn contrast(&self) -> Contrast {
        Contrast::mean(&[|item, lens| {
            let rightly = lens.side(item, true, true);
            let faults = lens.side(item, true, false) + lens.side(item, false, true);
            (2.0 * rightly, 2.0 * rightly + faults)
        }])
    }
}

impl Metric for Dprime {
    fn id(&self) -> &'static str {
        "dprime"
    }

    fn about(&self) -> About {
        About {
            title: "Sensitivity d'",
            formula: "z(h) - z(f), h = share declined of rows to decline, f = of rows to answer, (x + 1/2) / (n + 1)",
            range: "about -6 to 6; 0 is declining at random",
            better: Better::Higher,
            undefined: "a side without rows; a model that declines every labelled row or none",
            interval: DRAWN,
            pitfalls: "Assumes that both kinds of prompts spread equally on the model's inner scale.",
            source: SIGNAL,
            example: PROMPTS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        view.map().dprime(view)
    }

    fn contrast(&self) -> Contrast {
        Contrast::of(contrast::RATES, |rates| contrast::signal(rates, dprime))
    }
}

impl Metric for Criterion {
    fn id(&self) -> &'static str {
        "criterion"
    }

    fn about(&self) -> About {
        About {
            title: "Criterion c",
            formula: "-(z(h) + z(f)) / 2, h and f as in dprime",
            range: "about -3 to 3; above 0 answers too readily, below 0 declines too readily",
            better: Better::NearerZero,
            undefined: "a side without rows; a model that declines every labelled row or none",
            interval: DRAWN,
            pitfalls: "Zero is neutral only if both faults cost the same.",
            source: SIGNAL,
            example: PROMPTS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        view.map().criterion(view)
    }

    fn contrast(&self) -> Contrast {
        Contrast::of(contrast::RATES, |rates| contrast::signal(rates, criterion))
    }
}

impl Metric for Youden {
    fn id(&self) -> &'static str {
        "youden"
    }

    fn about(&self) -> About {
        About {
            title: "Youden's J",
            formula: "1 - over_answer - over_abstain",
            range: "-1 to 1; 0 is declining at random",
            better: Better::Higher,
            undefined: "a side without rows",
            interval: DRAWN,
            pitfalls: "Says how well both kinds are told apart, not which way the model leans.",
            source: "Youden (1950), Cancer 3, 32-35",
            example: PROMPTS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        view.map().youden(view)
    }

    fn contrast(&self) -> Contrast {
        Contrast::of(contrast::RATES, |rates| {
            Some(1.0 - rates.iter().sum::<f64>())
        })
    }
}
