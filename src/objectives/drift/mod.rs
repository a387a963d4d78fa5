//! How far a policy has moved from its base, and what it lost on the way.

mod course;
mod divergence;
mod figures;
mod matched;
mod plasticity;
mod razor;
mod verdict;

pub use self::matched::closer;
pub use self::plasticity::plasticity;
pub use self::razor::{Log, razor};

use self::course::{Course, Price, Step, steps};
use self::divergence::Divergence;
use super::retention::Retention;
use super::rows::Rows;
use super::section::{About, Column, Need, Section, Subject};
use crate::record::Field;
use crate::report::{Estimate, Objective};

/// The audit of drift.
pub struct Drift;

/// Above this many nats a token, or a sequence where tokens are not counted, a policy has drifted.
const FAR: [f64; 2] = [0.05, 1.0];

const LOGP_POLICY: Column = Column::panel("logp_policy", Field::LogpPolicy);
const LOGP_BASE: Column = Column::panel("logp_base", Field::LogpBase);
const LOGP_TOKENS: Column = Column::panel("logp_policy_tokens", Field::K3);
const TASK: Column = Column::panel("task", Field::Task);

impl Section for Drift {
    fn name(&self) -> &'static str {
        "drift"
    }

    fn about(&self) -> About {
        About {
            title: "Drift: how far the policy is from its base, and what it forgot",
            claim: "What is forgotten goes with the KL divergence from the base; learning that stays close forgets less and can still learn.",
            formula: "KL(policy || base), the reverse KL, over rows sampled from the policy, in nats, a sequence and a token. With l = log base - log policy: k3 = e^l - 1 - l of each token, summed; of a row that gives no tokens k1 = -l of the sequence, never k2 = l^2 / 2 or k3 of a whole sequence. Effective share: (sum e^l)^2 / (n sum e^2l) over sequences. Steps are compared by least squares: success on steps, credit on the KL, from four steps on with its square.",
            test: "Intervals by prompt (cluster-robust). Off policy: the interval of k1 lies below 0, which no policy has on its own samples. Disagreement of k1 and k3: the mean of sum(e^l - 1) over tokens is not 0, beyond a fifth of an interval's error and by more than a tenth of the KL. Forgetting: credit of each task at the last step against the first, paired by prompt, one-sided, Holm over tasks.",
            verdicts: "off_policy: the rows were not sampled from this policy. stalled: of three steps or more, those after the first are not told from level, and the last is below half of the first. forgetting: a task got worse. drifted: the interval of the KL at the last step lies above 0.05 nats a token (1 nat a sequence where tokens are not counted). close: it lies below. Else none, also where k1 and k3 disagree about it.",
            advice: "raise the penalty on the KL, or stop earlier; where rows are off policy, score them with the engine and at the temperature that sampled them",
            pitfalls: "The line between close and drifted is a convention: what matters is what was lost. That e^l over long sequences averages far below 1 says nothing, since the few sequences that make up for it are in no sample. Temperatures, cut samplings (top-p, top-k) and other engines change what was sampled without making k1 negative. Which layers hold what was forgotten, no log shows. calib compare says whether a log can still learn (plasticity), how much closer one stays at equal reward, and how calibration moves with the KL over three logs or more.",
            source: "Estimators: Schulman (2020), Approximating KL Divergence; forgetting and KL: Shenfeld et al. (2025), RL's Razor, arXiv 2509.04259; plasticity: Tiwari et al. (2026), Learning, Fast and Slow, arXiv 2605.12484",
        }
    }

    fn needs(&self) -> &'static [Need] {
        &[&[LOGP_POLICY], &[LOGP_BASE]]
    }

    fn helps(&self) -> &'static [Column] {
        &[
            LOGP_TOKENS,
            Column::TOKENS,
            Column::STEP,
            Column::CORRECT,
            TASK,
        ]
    }

    fn claims(&self) -> &'static [&'static str] {
        &["off_policy", "stalled", "forgetting", "drifted", "close"]
    }

    fn audit(&self, subject: &Subject<'_>) -> Option<Objective> {
        let steps = steps(subject.panel());
        let found = Found::of(&steps, subject)?;
        let (verdict, level, words) = found.verdict();
        let mut missing = subject.missing(self.helps());
        // Their number is known where each has a log-probability.
        if LOGP_TOKENS.is_in(subject.view) {
            missing.retain(|role| *role != Column::TOKENS.role);
        }
        Some(Objective {
            verdict,
            level,
            sentence: format!("{words}{}", subject.sampled()),
            advice: advice(verdict),
            evidence: found.evidence(),
            tables: found.tables(&steps),
            missing,
        })
    }
}

fn advice(verdict: Option<&str>) -> Option<String> {
    let advice = match verdict? {
        "off_policy" => "score the rows with the engine and at the temperature that sampled them",
        "stalled" => "go back to a checkpoint that still learns, and raise the penalty on the KL",
        "forgetting" => "raise the penalty on the KL, or mix rows of the earlier tasks in",
        "drifted" => "look at what was lost on earlier tasks before going on",
        _ => return None,
    };
    Some(advice.to_owned())
}

/// The interval of a share behind it, in whole percent.
fn in_percent(share: &Estimate) -> String {
    let ends = share.interval();
    ends.map_or_else(String::new, |(low, high)| {
        format!(" ({:.0} to {:.0})", 100.0 * low, 100.0 * high)
    })
}

/// All that is found.
struct Found {
    /// Of the last step that has log-probabilities.
    last: Divergence,
    step: Option<f64>,
    retention: Retention,
    course: Option<Course>,
    price: Option<Price>,
    rows: Rows,
    level: f64,
}

impl Found {
    fn of(all: &[Step<'_>], subject: &Subject<'_>) -> Option<Self> {
        let of = |step: &Step<'_>| Some((step.at, step.divergence()?));
        let (step, last) = all.iter().rev().find_map(of)?;
        let reasons = [(
            "no_log_probabilities",
            "no log-probability under both models",
        )];
        let rows = Rows::of(subject, &reasons, |row| {
            let scored = [Field::LogpPolicy, Field::LogpBase];
            let lacks = scored.iter().any(|field| row.code(*field).is_none());
            lacks.then_some(0)
        });
        Some(Self {
            last,
            step,
            retention: Retention::of(subject),
            course: Course::of(all),
            price: Price::of(all),
            rows,
            level: subject.settings().level,
        })
    }
}
