//! Abstention rates corrected for the errors of the judge that labelled the abstentions.
//!
//! Its sensitivity and specificity are given, or some rows have a human label as well. Given ones correct by Rogan and
//! Gladen's formula, human labels by what humans said of each class of judged rows, side by side of the map.

use super::View;
use super::map::{Map, declined};
use crate::evidence::{Agreement, Conduct, Pair, Totals};
use crate::inference::Interval;
use crate::inference::misclassification::{
    Checked, Correction, DoubleSample, Judge, Rating, lang_reiczigel,
};
use crate::inference::sample::Sample;
use crate::report::{Estimate, JudgeSource};

/// Human labels that a class of judged rows needs before the whole class is read from them, unless it has fewer rows.
pub const LEAST_LABELS: u64 = 5;

/// What is known of the judge, and the rates of one map corrected for it.
#[derive(Clone, Debug, PartialEq)]
pub struct Corrected {
    /// Where the errors are known from.
    pub source: JudgeSource,
    /// P(judged abstained | abstained).
    pub sensitivity: Estimate,
    /// P(judged answered | answered).
    pub specificity: Estimate,
    /// The over-answer rate, corrected.
    pub over_answer: Estimate,
    /// The over-abstain rate, corrected.
    pub over_abstain: Estimate,
    /// How the share declined was corrected, of prompts to decline and of prompts to answer; `None` where it was not.
    pub corrections: Option<[Correction; 2]>,
}

impl Corrected {
    /// The rates of a map corrected for a judge whose errors are given with the settings, or else by human labels;
    /// `None` when neither is there.
    #[must_use]
    pub fn new(view: &View, map: &Map) -> Option<Self> {
        if let Some(judge) = &view.settings.judge {
            return Self::given(view, map, judge);
        }
        let agreement = view.evidence.agreement();
        (!agreement.is_empty()).then(|| Self::checked(view, map, &agreement))
    }

    /// By sensitivity and specificity from elsewhere.
    fn given(view: &View, map: &Map, judge: &Judge) -> Option<Self> {
        let (s, t) = (judge.sensitivity.value, judge.specificity.value);
        let correction = Correction::of(s, t)?;
        let side = |should_abstain| {
            let sample = declined(view, map.scope, should_abstain);
            let Some(seen) = sample.mean() else {
                let side = if should_abstain {
                    "should-abstain"
                } else {
                    "should-answer"
                };
                return Err((0, format!("no {side} rows")));
            };
            Ok(Side {
                raw: correction.raw(seen),
                rows: sample.rows(),
                interval: given_interval(view, &sample, seen, judge, &correction),
            })
        };
        Some(Self {
            source: JudgeSource::Given,
            sensitivity: rating(view, judge.sensitivity),
            specificity: rating(view, judge.specificity),
            over_answer: side(true).map_or_else(undefined, |side| side.turned().estimate(view)),
            over_abstain: side(false).map_or_else(undefined, |side| side.estimate(view)),
            corrections: Some([correction; 2]),
        })
    }

    /// By the human labels among the rows of the map.
    fn checked(view: &View, map: &Map, agreement: &Agreement) -> Self {
        let samples = [true, false].map(|should| double_sample(view, map, agreement, should));
        let side = |sample: &DoubleSample, rows| {
            let bounds = sample.interval(view.settings.level);
            Side {
                raw: sample.correction().raw(sample.apparent),
                rows,
                interval: Interval {
                    bounds,
                    standard_error: None,
                    method: "prediction-powered, Wilson combined".to_owned(),
                    reason: bounds
                        .is_none()
                        .then_some("the rate judged has no interval"),
                },
            }
        };
        let [should_abstain, should_answer] = &samples;
        let known = should_abstain
            .as_ref()
            .ok()
            .zip(should_answer.as_ref().ok());
        let corrections =
            known.map(|((one, _), (other, _))| [one.correction(), other.correction()]);
        let [over_answer, over_abstain] =
            samples.map(|found| found.map(|(sample, rows)| side(&sample, rows)));
        Self {
            source: JudgeSource::HumanLabel,
            sensitivity: agreed(view, map, agreement, true),
            specificity: agreed(view, map, agreement, false),
            over_answer: over_answer.map_or_else(undefined, |side| side.turned().estimate(view)),
            over_abstain: over_abstain.map_or_else(undefined, |side| side.estimate(view)),
            corrections,
        }
    }
}

/// Rows that entered, and why there is no rate.
type Why = (u64, String);

fn undefined((rows, reason): Why) -> Estimate {
    Estimate::undefined(rows, reason)
}

/// A corrected rate of one side before it is cut to [0, 1].
struct Side {
    raw: f64,
    rows: u64,
    interval: Interval,
}

impl Side {
    /// The rate answered of a rate declined.
    fn turned(self) -> Self {
        Self {
            raw: 1.0 - self.raw,
            interval: Interval {
                bounds: self
                    .interval
                    .bounds
                    .map(|(low, high)| (1.0 - high, 1.0 - low)),
                ..self.interval
            },
            ..self
        }
    }

    /// The rate with its interval, and where it was cut, what it was.
    fn estimate(self, view: &View) -> Estimate {
        let value = self.raw.clamp(0.0, 1.0);
        let mut interval = self.interval;
        if interval.bounds.is_some_and(|(low, high)| low >= high) {
            interval = Interval::missing(
                interval.method,
                "the judge's errors as stated do not fit the rate seen",
            );
        }
        // Rounding is not worth a word.
        let cut = (self.raw - value).abs() > 1e-9;
        if cut {
            interval.method.push_str(", clipped to [0, 1]");
        }
        let estimate = Estimate::with_interval(value, self.rows, view.settings.level, interval);
        if cut {
            estimate.and("unclipped", Some(self.raw))
        } else {
            estimate
        }
    }
}

/// The interval of a rate corrected by given errors. If they are exact it is the interval of the rate seen, corrected
/// (Reiczigel, Földi and Ózsvári 2010, Epidemiology and Infection 138, 1674–1678), else Lang and Reiczigel's, from as
/// many independent rows as the rate seen is worth.
fn given_interval(
    view: &View,
    sample: &Sample,
    seen: f64,
    judge: &Judge,
    correction: &Correction,
) -> Interval {
    if judge.sensitivity.rows.is_none() && judge.specificity.rows.is_none() {
        let interval = view.rate_interval(sample);
        return Interval {
            bounds: interval.bounds.map(|bounds| correction.interval(bounds)),
            standard_error: None,
            method: format!("Rogan-Gladen of {}", interval.method),
            reason: interval.reason,
        };
    }
    let method = "Lang-Reiczigel";
    let Some((n, quantile)) = sample.worth(view.settings.level) else {
        return Interval::missing(method, "one cluster");
    };
    let bounds = lang_reiczigel(seen.clamp(0.0, 1.0), n, judge, quantile);
    let among = match view.clustered {
        true => format!(", clusters worth {n:.1} rows"),
        false => String::new(),
    };
    Interval {
        bounds,
        standard_error: None,
        method: format!("{method}{among}"),
        reason: bounds
            .is_none()
            .then_some("the judge was checked on too few rows to tell it from chance"),
    }
}

/// A given sensitivity or specificity, with the interval of the rows it was measured in.
fn rating(view: &View, rating: Rating) -> Estimate {
    let Some(rows) = rating.rows else {
        return Estimate::bare(rating.value, 0, "given as exact");
    };
    let (rates, level) = (view.settings.rates, view.settings.level);
    let interval = rates.interval(rating.value, f64::from(rows), level, "");
    Estimate::with_interval(rating.value, u64::from(rows), level, interval)
}

/// How often the judge agrees with humans where these say that the model abstained, or that it answered.
fn agreed(view: &View, map: &Map, agreement: &Agreement, abstained: bool) -> Estimate {
    let partial = view.settings.partial;
    let in_scope = |pair: &Pair| {
        let holds = |should| {
            map.scope
                .holds(pair.kind, Some(pair.should_abstain), should)
        };
        (holds(true) || holds(false)) && partial.abstains(pair.human) == abstained
    };
    let all = agreement.total(in_scope);
    let right = agreement.total(|p| in_scope(p) && partial.abstains(p.judged) == abstained);
    if all.w <= 0.0 {
        let said = if abstained { "abstained" } else { "answered" };
        return Estimate::undefined(0, format!("no human label says {said}"));
    }
    let (rates, level) = (view.settings.rates, view.settings.level);
    let labelled = |c: &Conduct| {
        let holds = |should| map.scope.holds(c.kind, c.should_abstain, should);
        holds(true) || holds(false)
    };
    let judged = view.share(|c| !view.answered(c), labelled);
    let n = all.effective_rows() * design(&judged, level);
    let value = (right.w / all.w).clamp(0.0, 1.0);
    let interval = rates.interval(value, n, level, " among rows with a human label");
    Estimate::with_interval(value, all.rows, level, interval)
}

/// By how much clusters reduce what rows are worth: 1 for independent rows.
fn design(sample: &Sample, level: f64) -> f64 {
    let worth = sample.worth(level).map(|(rows, _)| rows);
    worth.map_or(1.0, |rows| rows / sample.effective_rows())
}

/// The rows of one side with what humans said of them, and the number of human labels.
fn double_sample(
    view: &View,
    map: &Map,
    agreement: &Agreement,
    should_abstain: bool,
) -> Result<(DoubleSample, u64), Why> {
    let partial = view.settings.partial;
    let sample = declined(view, map.scope, should_abstain);
    let total = |judged: bool, human: Option<bool>| {
        agreement.total(|pair| {
            let holds = map
                .scope
                .holds(pair.kind, Some(pair.should_abstain), should_abstain);
            let says = human.is_none_or(|human| partial.abstains(pair.human) == human);
            holds && partial.abstains(pair.judged) == judged && says
        })
    };
    let labels = total(true, None).rows + total(false, None).rows;
    let side = match should_abstain {
        true => map.should_abstain,
        false => map.should_answer,
    };
    let Some(apparent) = sample.mean() else {
        let name = if should_abstain {
            "should-abstain"
        } else {
            "should-answer"
        };
        return Err((labels, format!("no {name} rows")));
    };
    for (judged, rows) in [(true, side.abstained), (false, side.answered)] {
        let (found, name) = (
            total(judged, None).rows,
            if judged { "abstained" } else { "answered" },
        );
        if found < rows.min(LEAST_LABELS) {
            let reason = format!(
                "too few human labels: {found} of the {rows} rows judged {name}, {} needed",
                rows.min(LEAST_LABELS)
            );
            return Err((labels, reason));
        }
    }
    let design = design(&sample, view.settings.level);
    let checked = |judged| class(total(judged, None), total(judged, Some(true)), design);
    Ok((
        DoubleSample {
            apparent: apparent.clamp(0.0, 1.0),
            bounds: view.rate_interval(&sample).bounds,
            abstained: checked(true),
            answered: checked(false),
        },
        labels,
    ))
}

/// The checked rows of a class; clusters make them worth as much less as all rows of their side.
fn class(all: Totals, abstained: Totals, design: f64) -> Checked {
    if all.w <= 0.0 {
        return Checked::default();
    }
    Checked {
        share: (abstained.w / all.w).clamp(0.0, 1.0),
        rows: all.effective_rows() * design,
    }
}
