//! The signature of a reward: whether confidence rose past accuracy while it told less, or fell below it.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use super::{changes, of};
use crate::evidence::{DetailKey, Evidence, Partial};
use crate::inference::paired::{Alternative, Difference, mcnemar};
use crate::metrics::{Budget, Metric, SignedGap, View};
use crate::objectives::incentives::{SATURATED, flips_at};
use crate::objectives::section::signed;
use crate::report::objective::{Evidence as Shown, Level, Measure};
use crate::report::{Comparison, Estimate, Objective};
use crate::settings::Settings;

/// Answers of 0.99 or more, before and after.
struct Saturation {
    shares: [f64; 2],
    change: Estimate,
    p: Option<f64>,
}

/// What the change of a log against its base says of the reward between them; none without confidences in both.
///
/// `comparisons` are those of this pair of logs.
#[must_use]
pub fn incentives(
    comparisons: &[Comparison],
    logs: [&Evidence; 2],
    settings: &Settings,
) -> Option<Objective> {
    let gap = of(comparisons, "signed_gap")?;
    gap.delta?;
    let saturation = Saturation::of(logs, settings);
    let view = View::new(logs[1], settings, Budget::default());
    let found = Found {
        gap,
        below: SignedGap
            .estimate(&view)
            .high
            .is_some_and(|high| high < 0.0),
        accuracy: of(comparisons, "accuracy"),
        discrimination: of(comparisons, "corp_dsc"),
        saturation,
        level: settings.level,
    };
    let (verdict, level) = found.verdict();
    let [base, new] = logs.map(|log| shares(log, settings.partial));
    let flip = base.zip(new).and_then(|(base, new)| flips_at(base, new));
    Some(Objective {
        verdict: Some(verdict),
        level,
        sentence: found.sentence(verdict),
        advice: advice(verdict),
        evidence: found.evidence(comparisons, flip),
        tables: Vec::new(),
        missing: Vec::new(),
    })
}

struct Found<'c> {
    gap: &'c Comparison,
    /// Whether confidence is shown to be below accuracy afterwards.
    below: bool,
    accuracy: Option<&'c Comparison>,
    discrimination: Option<&'c Comparison>,
    saturation: Option<Saturation>,
    level: f64,
}

impl Found<'_> {
    fn significant(&self, p: Option<f64>) -> bool {
        p.is_some_and(|p| p <= 1.0 - self.level)
    }

    fn verdict(&self) -> (&'static str, Level) {
        let falls = |one: &&Comparison| {
            one.delta.is_some_and(|delta| delta < 0.0) && self.significant(one.p)
        };
        let blunter = self.discrimination.as_ref().is_some_and(falls);
        let surer = self
            .saturation
            .as_ref()
            .is_some_and(|found| found.shares[1] > found.shares[0] && self.significant(found.p));
        let loses = self.accuracy.as_ref().is_some_and(falls);
        let moved = self.moved();
        if moved == Some(Ordering::Greater) && (blunter || surer) && !loses {
            ("binary_reward", Level::Fail)
        } else if moved == Some(Ordering::Less) && self.below {
            ("underconfident", Level::Note)
        } else {
            ("none", Level::Ok)
        }
    }

    /// Which way confidence less accuracy is shown to go: by its interval, or where all prompts moved by the same, by
    /// their signs.
    fn moved(&self) -> Option<Ordering> {
        match (self.gap.low, self.gap.high) {
            (Some(low), _) if low > 0.0 => Some(Ordering::Greater),
            (_, Some(high)) if high < 0.0 => Some(Ordering::Less),
            (None, None) if self.significant(self.gap.p) => self.gap.delta?.partial_cmp(&0.0),
            _ => None,
        }
    }

    fn sentence(&self, verdict: &str) -> String {
        let gap = |value: Option<f64>| signed(value.unwrap_or_default());
        let (base, new) = (gap(self.gap.base_value), gap(self.gap.new_value));
        let moved = format!("confidence − accuracy went from {base} to {new}");
        match (verdict, &self.saturation) {
            ("binary_reward", Some(found)) => format!(
                "{moved}, and answers of 0.99 or more from {:.1} % to {:.1} %, while accuracy did not fall: the signature of a binary reward",
                100.0 * found.shares[0],
                100.0 * found.shares[1]
            ),
            ("binary_reward", None) => format!(
                "{moved}, and confidence tells less, while accuracy did not fall: the signature of a binary reward"
            ),
            ("underconfident", _) => format!("{moved}: under-confident drift"),
            _ => match self.moved() == Some(Ordering::Less) && self.is_nearer() {
                true => format!("{moved}: nearer to honest, with no sign of a binary reward"),
                false => format!("{moved}: no signature of a reward"),
            },
        }
    }

    fn is_nearer(&self) -> bool {
        let gaps = self.gap.new_value.zip(self.gap.base_value);
        gaps.is_some_and(|(new, base)| new.abs() < base.abs())
    }

    fn evidence(&self, comparisons: &[Comparison], flip: Option<f64>) -> Vec<Shown> {
        let metrics = ["signed_gap", "brier", "corp_mcb", "corp_dsc", "accuracy"];
        let mut evidence = changes(comparisons, &metrics);
        if let Some(found) = &self.saturation {
            evidence.push(Shown::number(
                "saturated_base",
                "0.99 or more before",
                Measure::Share,
                found.shares[0],
            ));
            evidence.push(Shown::number(
                "saturated_new",
                "  after",
                Measure::Share,
                found.shares[1],
            ));
            evidence.push(Shown::estimate(
                "saturation",
                "  change",
                Measure::Signed(4),
                found.change.clone(),
            ));
        }
        evidence.extend(flip.map(|penalty| {
            let label = "ranks flip at a penalty of";
            Shown::number("ranking_flips_at", label, Measure::Number(3), penalty)
        }));
        evidence
    }
}

fn advice(verdict: &str) -> Option<String> {
    let advice = match verdict {
        "binary_reward" => {
            "add a Brier term for the stated confidence (a bounded proper score), or score with a confidence target"
        }
        "underconfident" => {
            "recalibrate before putting a threshold on it: calib fit; that takes no training"
        }
        _ => return None,
    };
    Some(advice.to_owned())
}

/// Shares of right and of wrong answers among all rows; none where some answer is not graded.
fn shares(log: &Evidence, partial: Partial) -> Option<[f64; 2]> {
    let behaviour = log.behaviour();
    let all = behaviour.total(|_| true);
    let answered = behaviour.total(|c| !partial.abstains(c.abstained));
    let graded = behaviour.total(|c| !partial.abstains(c.abstained) && c.graded);
    (all.w > 0.0 && graded.rows == answered.rows)
        .then(|| [graded.wy / all.w, (graded.w - graded.wy) / all.w])
}

impl Saturation {
    /// Over the prompts that both logs answer with a confidence; none where there is none, or too many to keep.
    fn of(logs: [&Evidence; 2], settings: &Settings) -> Option<Self> {
        let [base, new] = logs.map(|log| by_prompt(log, settings.partial));
        let (base, new) = (base?, new?);
        let pairs: Vec<[[f64; 2]; 2]> = base
            .iter()
            .filter_map(|(hash, sums)| Some([*sums, *new.get(hash)?]))
            .collect();
        let share = |side: usize| {
            let (sure, all) = pairs.iter().fold((0.0, 0.0), |(sure, all), pair| {
                (sure + pair[side][0], all + pair[side][1])
            });
            sure / all
        };
        let shares = [share(0), share(1)];
        let single = pairs.iter().flatten().all(|[_, all]| *all == 1.0);
        let rate = |[sure, all]: [f64; 2]| sure / all;
        let differences: Vec<f64> = pairs.iter().map(|[a, b]| rate(*b) - rate(*a)).collect();
        let difference = Difference::of_rows(&differences)?;
        let lost = differences.iter().filter(|d| **d < 0.0).count() as u64;
        let gained = differences.iter().filter(|d| **d > 0.0).count() as u64;
        let (p, test) = match single {
            true => (mcnemar(gained, lost, Alternative::TwoSided), "McNemar"),
            false => (
                difference.p_value(Alternative::TwoSided, 0.0),
                "paired by prompt",
            ),
        };
        let interval = difference.interval(settings.level);
        let n = pairs.len() as u64;
        let method = format!("{test}; {}", interval.method);
        let change = Estimate::with_interval(difference.value, n, settings.level, interval);
        Some(Self {
            shares,
            change: change.by(method).and("p_value", p),
            p,
        })
    }
}

/// Of each prompt, the weight of saturated answers and of all with a confidence.
fn by_prompt(log: &Evidence, partial: Partial) -> Option<BTreeMap<u64, [f64; 2]>> {
    let detail = log.items().detail()?;
    let counted = |key: &DetailKey| !key.partial || partial == Partial::Answer;
    let mut prompts: BTreeMap<u64, [f64; 2]> = BTreeMap::new();
    for (key, count) in detail.iter().filter(|(key, _)| counted(key)) {
        let weight = *count as f64 * key.weight();
        let [sure, all] = prompts.entry(key.item).or_default();
        *all += weight;
        if key.confidence.get() >= SATURATED {
            *sure += weight;
        }
    }
    (!prompts.is_empty()).then_some(prompts)
}
