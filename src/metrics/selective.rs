//! How few errors remain when the least confident answers are withheld: areas under risk-coverage curves.

use super::smooth::Smooth;
use super::{ANSWERS, About, Auroc, Better, Contrast, Metric, View};
use crate::inference::Interval;
use crate::report::Estimate;

/// Area under the risk-coverage curve: the error rate of the k most confident answers, averaged over k.
///
/// `mean over k = 1..n of err(k) / k`, where err(k) is expected over the orders of tied answers; beside it `oracle`, the
/// value with all errors ranked last. A weight counts as so many rows, a fractional one through `H(x) = ψ(x + 1) + γ` in
/// place of harmonic numbers. Geifman, Uziel and El-Yaniv (2019), ICLR.
///
/// ```
/// use calib::metrics::{Aurc, worked_example};
/// let expected = (0.0 + 0.25 + 1.0 / 3.0 + 1.5 / 4.0 + 2.0 / 5.0 + 3.0 / 6.0) / 6.0;
/// assert!((worked_example(&Aurc).value.unwrap() - expected).abs() < 1e-12);
/// ```
pub struct Aurc;

/// What the area under the risk-coverage curve has in excess of the best order of the same answers.
///
/// `aurc − oracle`. Geifman, Uziel and El-Yaniv (2019), ICLR, with the exact oracle for n rows in place of its limit.
///
/// ```
/// use calib::metrics::{Aurc, EAurc, worked_example};
/// let aurc = worked_example(&Aurc);
/// let excess = aurc.value.unwrap() - aurc.beside["oracle"].unwrap();
/// assert!((worked_example(&EAurc).value.unwrap() - excess).abs() < 1e-12);
/// ```
pub struct EAurc;

/// Area under the generalised risk-coverage curve: the share of all answers that are wrong and stated, averaged over
/// coverage.
///
/// `∫ err(k)/n d(k/n)` by trapezoids from 0, which is `(1 − auroc)·a·(1 − a) + (1 − a)²/2` with accuracy a; beside it
/// `optimum` = `(1 − a)²/2` and `step`, the mean of err(k)/n over k. Traub et al. (2024), NeurIPS.
///
/// ```
/// use calib::metrics::{Augrc, Auroc, worked_example};
/// let auroc = worked_example(&Auroc).value.unwrap();
/// let augrc = worked_example(&Augrc).value.unwrap();
/// assert!((augrc - ((1.0 - auroc) * 0.25 + 0.125)).abs() < 1e-12);
/// ```
pub struct Augrc;

/// Prediction rejection ratio: how much of what a perfect order would gain over a random one is gained.
///
/// `(random − model) / (random − oracle)` of the areas under the error rate against the share rejected, over the whole
/// curve; with answers right or wrong and ties expected over their orders this is `2·auroc − 1`. Malinin, Mlodozeniec
/// and Gales (2020), ICLR.
///
/// ```
/// use calib::metrics::{Auroc, Prr, worked_example};
/// let auroc = worked_example(&Auroc).value.unwrap();
/// assert!((worked_example(&Prr).value.unwrap() - (2.0 * auroc - 1.0)).abs() < 1e-12);
/// ```
pub struct Prr;

/// Which interval smooth statistics carry.
pub(super) const SMOOTH: &str = "BCa from resampled rows, or clusters when prompts repeat; with many distinct confidences, fewer than 30 rows or clusters, few resamples or weighted rows the infinitesimal jackknife";
const RANKED: &str = "A weight counts as so many rows, so that rescaling the weights moves it. Only graded answers with a confidence are ranked: what was declined lies beyond the curve, so never compare models that answer different prompts.";

/// A smooth statistic with its interval.
pub(super) fn smooth(view: &View, statistic: Smooth, low: f64, high: f64) -> Estimate {
    let curves = view.curves();
    let n = view.total.rows;
    match curves.value(statistic) {
        Some(value) => {
            let interval = curves.interval(view, statistic).within(low, high);
            Estimate::with_interval(value, n, view.settings.level, interval)
        }
        None => Estimate::undefined(n, "one class only"),
    }
}

/// Why there is no best order to compare with, if so.
fn no_oracle(view: &View) -> Option<&'static str> {
    let fractional = view.total.is_fractional();
    fractional.then_some("credit between right and wrong")
}

impl Metric for Aurc {
    fn id(&self) -> &'static str {
        "aurc"
    }

    fn about(&self) -> About {
        About {
            title: "Area under the risk-coverage curve",
            formula: "mean over k of err(k) / k, the k most confident answers, tied ones in every order",
            range: "0 to 1; the error rate for a random order",
            better: Better::Lower,
            undefined: "no graded answer has a confidence",
            interval: SMOOTH,
            pitfalls: "A weight counts as so many rows, so that rescaling the weights moves it. Mixes accuracy and ranking: read e_aurc, or augrc, which gives the first few answers no more say than the others. Only graded answers with a confidence are ranked: what was declined lies beyond the curve, so never compare models that answer different prompts.",
            source: "Geifman, Uziel and El-Yaniv (2019), ICLR; ties in expectation",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        if let Some(reason) = view.no_confidence() {
            return Estimate::undefined(view.total.rows, reason).and("oracle", None);
        }
        let oracle = view.curves().curve().oracle();
        let oracle = no_oracle(view).is_none().then_some(oracle);
        smooth(view, Smooth::Aurc, 0.0, 1.0).and("oracle", oracle)
    }

    fn contrast(&self) -> Contrast {
        Contrast::Drawn(|cells, _| Smooth::Aurc.of(cells))
    }
}

impl Metric for EAurc {
    fn id(&self) -> &'static str {
        "e_aurc"
    }

    fn about(&self) -> About {
        About {
            title: "Excess area under the risk-coverage curve",
            formula: "aurc - oracle, the oracle ranking the same errors last",
            range: "0 to 1",
            better: Better::Lower,
            undefined: "no graded answer has a confidence; credit between right and wrong",
            interval: SMOOTH,
            pitfalls: RANKED,
            source: "Geifman, Uziel and El-Yaniv (2019), ICLR; with the oracle of n rows, not its limit",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        match view.no_confidence().or_else(|| no_oracle(view)) {
            Some(reason) => Estimate::undefined(view.total.rows, reason),
            None => smooth(view, Smooth::ExcessAurc, 0.0, 1.0),
        }
    }

    fn contrast(&self) -> Contrast {
        Contrast::Drawn(|cells, _| Smooth::ExcessAurc.of(cells))
    }
}

impl Metric for Augrc {
    fn id(&self) -> &'static str {
        "augrc"
    }

    fn about(&self) -> About {
        About {
            title: "Area under the generalised risk-coverage curve",
            formula: "trapezoids of err(k) / n over k / n = (1 - auroc) a (1 - a) + (1 - a)^2 / 2",
            range: "0 to 0.5",
            better: Better::Lower,
            undefined: "no graded answer has a confidence",
            interval: SMOOTH,
            pitfalls: "With accuracy known it says what auroc says. Only graded answers with a confidence are ranked: what was declined lies beyond the curve, so never compare models that answer different prompts.",
            source: "Traub, Bungert, Lueth, Baumgartner, Maier-Hein, Maier-Hein and Jaeger (2024), NeurIPS",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        if let Some(reason) = view.no_confidence() {
            let undefined = Estimate::undefined(view.total.rows, reason);
            return undefined.and("optimum", None).and("step", None);
        }
        let curve = view.curves().curve();
        let error = curve.errors / curve.weight;
        let optimum = no_oracle(view).is_none().then_some(error * error / 2.0);
        let estimate = smooth(view, Smooth::Augrc, 0.0, 0.5);
        let step = estimate
            .value
            .map(|value| value + error / (2.0 * curve.weight));
        estimate.and("optimum", optimum).and("step", step)
    }

    fn contrast(&self) -> Contrast {
        Contrast::Drawn(|cells, _| Smooth::Augrc.of(cells))
    }
}

impl Metric for Prr {
    fn id(&self) -> &'static str {
        "prr"
    }

    fn about(&self) -> About {
        About {
            title: "Prediction rejection ratio",
            formula: "(random - model) / (random - oracle) of the rejection curve = 2 auroc - 1",
            range: "-1 to 1; 0 is chance",
            better: Better::Higher,
            undefined: "all answers right or all wrong; credit between right and wrong",
            interval: "that of auroc, mapped",
            pitfalls: "On answers right or wrong it is auroc on another scale. Other programs cut the curve at a share rejected or split ties by file order, and get another number.",
            source: "Malinin, Mlodozeniec and Gales (2020), ICLR",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        let auroc = Auroc.estimate(view);
        let scale = |area: f64| 2.0 * area - 1.0;
        let Some(area) = auroc.value else {
            return Estimate {
                beside: Default::default(),
                ..auroc
            };
        };
        let interval = Interval {
            bounds: auroc
                .interval()
                .map(|(low, high)| (scale(low), scale(high))),
            standard_error: None,
            method: auroc.method.unwrap_or_default(),
            reason: None,
        };
        let estimate = Estimate::with_interval(scale(area), auroc.n, view.settings.level, interval);
        Estimate {
            reason: auroc.reason,
            ..estimate
        }
    }

    fn contrast(&self) -> Contrast {
        Contrast::None("twice AUROC less 1, which is compared")
    }
}
