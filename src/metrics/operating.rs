//! What a threshold on confidence would give: the coverage at a risk, and the accuracy at a coverage.

use super::curve::Block;
use super::selective::{SMOOTH, smooth};
use super::smooth::Smooth;
use super::{ANSWERS, About, Better, Metric, View};
use crate::evidence::Conduct;
use crate::report::Estimate;

/// The largest share of prompts that can be answered, from the highest confidence down, with at most so many wrong.
///
/// `max over thresholds t of n(c ≥ t) / N` with `errors(c ≥ t) / n(c ≥ t)` at most the risk. N counts the graded answers
/// with a confidence and the abstentions on prompts not labelled as ones to decline. Beside it `threshold`: answer if c is
/// at least that. El-Yaniv and Wiener (2010), Journal of Machine Learning Research 11, 1605–1641.
///
/// ```
/// use calib::metrics::{CoverageAtRisk, worked_example};
/// let estimate = worked_example(&CoverageAtRisk { percent: 40 });
/// assert_eq!((estimate.value, estimate.beside["threshold"]), (Some(5.0 / 6.0), Some(0.6)));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CoverageAtRisk {
    /// The risk in percent.
    pub percent: u8,
}

/// The accuracy of the most confident answers to so many of the prompts.
///
/// `1 − err(k) / k` with `k = ⌈share·N⌉`, tied answers expected over their orders, N as for [`CoverageAtRisk`].
/// El-Yaniv and Wiener (2010), Journal of Machine Learning Research 11, 1605–1641.
///
/// ```
/// use calib::metrics::{AccuracyAtCoverage, worked_example};
/// let half = worked_example(&AccuracyAtCoverage { percent: 50 });
/// assert!((half.value.unwrap() - 2.0 / 3.0).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccuracyAtCoverage {
    /// The coverage in percent.
    pub percent: u8,
}

/// What every report asks for.
const REPORTED: AccuracyAtCoverage = AccuracyAtCoverage { percent: 80 };

/// Whether the prompt was declined although nothing says that it should be.
fn declined(view: &View, conduct: &Conduct) -> bool {
    !view.answered(conduct) && conduct.should_abstain != Some(true)
}

/// Σ w of all that could be covered: ranked answers and abstentions.
fn coverable(view: &View) -> f64 {
    view.total.w + view.behaviour.total(|conduct| declined(view, conduct)).w
}

/// Where abstentions went, in words.
fn denominator(view: &View) -> String {
    let declined = view.behaviour.total(|conduct| declined(view, conduct)).rows;
    let ranked = view.total.rows;
    if declined == 0 {
        format!("of {ranked} ranked answers")
    } else {
        format!("of {ranked} ranked answers and {declined} abstentions")
    }
}

/// The statistic of the figure in every report, to be resampled with the others.
pub(super) fn shared(view: &View) -> Option<Smooth> {
    view.no_confidence()
        .is_none()
        .then(|| REPORTED.statistic(view))
}

impl AccuracyAtCoverage {
    /// The rows of highest confidence, as a share of those ranked.
    fn share(self, view: &View) -> f64 {
        f64::from(self.percent) * coverable(view) / 100.0 / view.total.w
    }

    fn statistic(self, view: &View) -> Smooth {
        Smooth::AccuracyOfTop(self.share(view))
    }
}

impl Metric for CoverageAtRisk {
    fn id(&self) -> &'static str {
        match self.percent {
            5 => "coverage_at_risk_5",
            _ => "coverage_at_risk",
        }
    }

    fn about(&self) -> About {
        About {
            title: "Coverage at a risk of 5 %",
            formula: "max over t of n(c >= t) / N with errors(c >= t) / n(c >= t) <= 0.05; N = graded answers with a confidence + abstentions not labelled as right",
            range: "0 to 1; 0, without a threshold, where no threshold keeps the risk",
            better: Better::Higher,
            undefined: "no graded answer has a confidence",
            interval: "none: it jumps from one threshold to another, so neither resampling nor a formula gives a valid one",
            pitfalls: "The threshold was chosen on the rows it is judged on: on new rows its risk is higher.",
            source: "El-Yaniv and Wiener (2010), Journal of Machine Learning Research 11, 1605-1641",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        let n = view.total.rows;
        if let Some(reason) = view.no_confidence() {
            return Estimate::undefined(n, reason).and("threshold", None);
        }
        let risk = f64::from(self.percent) / 100.0;
        let keeps = |block: &&Block| {
            // Sums of weights may be off in the last bits, which must not decide.
            block.errors_so_far() <= risk * block.rows_so_far() * (1.0 + 1e-12)
        };
        let last = view.curves().curve().blocks.iter().rfind(keeps);
        let covered = last.map_or(0.0, Block::rows_so_far);
        let threshold = last.and_then(|block| Some(view.cells.get(block.at)?.confidence));
        Estimate::bare(
            (covered / coverable(view)).min(1.0),
            n,
            "no interval: not smooth",
        )
        .by(denominator(view))
        .and("threshold", threshold)
    }
}

impl Metric for AccuracyAtCoverage {
    fn id(&self) -> &'static str {
        match self.percent {
            80 => "accuracy_at_coverage_80",
            _ => "accuracy_at_coverage",
        }
    }

    fn about(&self) -> About {
        About {
            title: "Accuracy at a coverage of 80 %",
            formula: "1 - err(k) / k, k = ceil(0.8 N), tied answers in every order; N = graded answers with a confidence + abstentions not labelled as right",
            range: "0 to 1",
            better: Better::Higher,
            undefined: "no graded answer has a confidence; fewer than 80 % of N answered",
            interval: SMOOTH,
            pitfalls: "A weight counts as so many rows, so that rescaling the weights moves it. The interval takes the number of abstentions as given. Prompts labelled as ones to decline count only where they were answered and graded.",
            source: "El-Yaniv and Wiener (2010), Journal of Machine Learning Research 11, 1605-1641",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        let n = view.total.rows;
        if let Some(reason) = view.no_confidence() {
            return Estimate::undefined(n, reason);
        }
        if self.share(view) > 1.0 + 1e-12 {
            let reason = format!("answers fewer than {} % of the prompts", self.percent);
            return Estimate::undefined(n, reason).by(denominator(view));
        }
        let estimate = smooth(view, self.statistic(view), 0.0, 1.0);
        let method = estimate.method.clone().unwrap_or_default();
        estimate.by(format!("{method}; {}", denominator(view)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Evidence;
    use crate::metrics::Budget;
    use crate::record::{Abstained, Confidence, Record};
    use crate::settings::Settings;

    /// Eight ranked answers of which the least confident is wrong, two abstentions, and five that are right.
    fn evidence(abstentions: usize) -> Evidence {
        let mut evidence = Evidence::default();
        for at in 1..=8u8 {
            evidence.add(&Record {
                confidence: Confidence::new(f64::from(at) / 10.0),
                credit: Some(f64::from(at.min(2) - 1)),
                ..Record::default()
            });
        }
        for at in 0..abstentions {
            evidence.add(&Record {
                abstained: Abstained::Full,
                should_abstain: (at >= 2).then_some(true),
                ..Record::default()
            });
        }
        evidence
    }

    fn estimate(metric: &dyn Metric, abstentions: usize) -> Estimate {
        let (evidence, settings) = (evidence(abstentions), Settings::default());
        metric.estimate(&View::new(&evidence, &settings, Budget::default()))
    }

    #[test]
    fn abstentions_are_prompts_not_covered_unless_they_are_right() {
        let covered = |abstentions| estimate(&CoverageAtRisk { percent: 5 }, abstentions);
        assert_eq!(covered(0).value, Some(7.0 / 8.0));
        assert_eq!(covered(2).value, Some(7.0 / 10.0));
        assert_eq!(covered(7), covered(2));
        assert_eq!(covered(2).beside["threshold"], Some(0.2));
        let method = covered(2).method.unwrap();
        assert_eq!(method, "of 8 ranked answers and 2 abstentions");
    }

    #[test]
    fn accuracy_is_null_where_the_coverage_is_not_reached() {
        let accuracy = |percent| estimate(&AccuracyAtCoverage { percent }, 2);
        assert_eq!(accuracy(70).value, Some(1.0));
        assert_eq!(accuracy(80).value, Some(7.0 / 8.0));
        assert_eq!(accuracy(81).value, None);
        let reason = accuracy(81).reason.unwrap();
        assert_eq!(reason, "answers fewer than 81 % of the prompts");
    }
}
