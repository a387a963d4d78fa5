//! The findings in words.

use super::reward::{Reward, Shape};
use super::{Found, TARGET};
use crate::objectives::section::{About, signed};

pub(super) const ABOUT: About = About {
    title: "Incentives: what answers earn, and whether silence pays",
    claim: "A reward of 1 for a right answer and 0 for any other never pays for silence, so that models trained on it guess and say that they are sure (Kalai et al. 2025; Damani et al. 2025). Adding a Brier term teaches honest confidence, but out of its domain it may teach too little of it, and it does not pay for silence either.",
    formula: "With p the chance to be right, q the confidence stated and a what silence earns (minus --cost-abstain; 0 without), answering pays from: binary a; 1 or -1 (1 + a) / 2; confidence target t, -t / (1 - t) if wrong, t + a (1 - t); penalty l (--cost-wrong; 9 without) (l + a) / (1 + l); SimpleQA's F = 2C / (1 + A) from F / 2, with C right and A attempted of all; RLCR, y - (q - y)^2, expects p^2 at q = p and so pays from sqrt(a), at a = 0 always; with q forced to 1 from (1 + a) / 2, a bluff that costs (1 - p)^2; the log score expects p + p ln p + (1 - p) ln(1 - p), at a = 0 from 0.648, and prefers a surely wrong answer below 1 / (1 + e). p is isotonic regression of y on q, cross-fitted by cluster; each policy is paid by what became of its answers. In the table, now is what the log itself earned; by stated and by recalibrated answer what pays by q and by p, and state that q or p; bluffs, likelier wrong than right under the binary reward, is the share of the answers with p below 1/2 that pay all the same. Honesty costs what answering all earns more than answering where p > t, t that of the costs, else 0.75.",
    test: "intervals of means and ratios, by cluster where prompts repeat, with the curve as given. Of a logged reward: means of right, wrong and declined rows, and its line on (q - y)^2 beside them and on q among wrong answers, with cluster-robust errors.",
    verdicts: "binary_reward: confidence is too high and at least half of it 0.99 or more (fail); or the logged reward pays wrong answers no less than silence, their gap not shown to be below 0 and within a quarter of what right answers earn more than wrong ones (note). underconfident: confidence is shown to be below accuracy, by 0.02 or more (note). none: neither. Before and after, in calib compare: binary_reward (fail) where confidence less accuracy rises, discrimination falls or answers of 0.99 or more grow, and accuracy is not shown to fall; underconfident (note) where it is shown to fall, and to be below 0 afterwards: either by its interval, or, where every prompt moved by the same, by signs. Growth is judged by McNemar.",
    advice: "add a bounded proper score such as the Brier score of the stated confidence, or score with a confidence target; RLCR-type reward alone does not buy silence: put a threshold on recalibrated confidence (calib fit --cost-wrong)",
    pitfalls: "What a model declined stays declined under every policy, since nobody knows what it would have said: answering all means all that it answered. Brier and log rewards depend on what is stated: now and by stated that is what the model said, by recalibrated it is p, so that the gain there is one of restating as well as of declining. SimpleQA's F is a ratio: silence earns no a there. Where nothing is declined, silence is taken to earn 0. A binary reward is no fault of a model: only its answers show what it made of it. Two models may change places as the penalty grows: right answers C and wrong ones W of two models flip at (C2 - C1) / (W2 - W1).",
    source: "Kalai, Nachum, Vempala and Zhang (2025), arXiv:2509.04664; RLCR: Damani et al. (2025), arXiv:2507.16806; TruthRL: Wei et al. (2025), arXiv:2509.25760; AA-Omniscience: Jackson et al. (2025), arXiv:2511.13029; RiskEval: Wang et al. (2026), arXiv:2601.07767; SimpleQA: Wei et al. (2024), arXiv:2411.04368",
};

/// What was found.
pub(super) fn sentence(found: &Found, verdict: Option<&'static str>) -> String {
    let mut parts = Vec::new();
    parts.extend(confidence(found, verdict));
    parts.extend(found.reward.as_ref().and_then(rewards));
    parts.extend(earned(found));
    match parts.is_empty() {
        true => "not told: too few rows, or too few prompts, have a reward".to_owned(),
        false => parts.join("; "),
    }
}

/// What stated confidence is like.
fn confidence(found: &Found, verdict: Option<&'static str>) -> Option<String> {
    let (gap, share) = (found.gap.value?, found.saturated.value?);
    if found.bluffs() {
        return Some(format!(
            "states 0.99 or more in {:.1} % of answers, and its confidence is {gap:.3} above its accuracy: as it pays where silence never does",
            100.0 * share
        ));
    }
    (verdict == Some("underconfident")).then(|| {
        format!(
            "confidence is {:.3} below accuracy: as if a Brier reward had taught too little of it",
            -gap
        )
    })
}

/// What the logged reward is like.
fn rewards(reward: &Reward) -> Option<String> {
    let (wrong, silent) = (reward.wrong.value?, reward.silent.value);
    Some(match (reward.shape(), silent) {
        (Shape::Binary, Some(silent)) => format!(
            "the reward is binary-like: wrong answers cost the same as silence ({} and {})",
            signed(wrong),
            signed(silent)
        ),
        (Shape::Binary, None) => format!(
            "the reward is binary-like: wrong answers earn {}, and nothing is declined",
            signed(wrong)
        ),
        (Shape::Penalised(penalty), _) => format!(
            "the reward takes {penalty:.2} for a wrong answer where a right one gains 1: answering pays from {:.2} on",
            penalty / (1.0 + penalty)
        ),
        (Shape::Scored, _) => format!(
            "the reward changes by {} a unit of squared error: it pays for honest confidence, not for silence",
            signed(reward.square.value.unwrap_or_default())
        ),
        (Shape::Open, _) if reward.is_upside_down() => format!(
            "the reward pays wrong answers no less than right ones ({} and {})",
            signed(wrong),
            signed(reward.right.value?)
        ),
        (Shape::Open, _) => {
            "what the reward pays for wrong answers and silence is not told".to_owned()
        }
    })
}

/// What policies earn under the confidence target.
fn earned(found: &Found) -> Option<String> {
    let target = found.scheme("target")?;
    let [all, stated, calibrated] =
        [&target.all, &target.stated, &target.calibrated].map(|one| one.value);
    Some(format!(
        "at a confidence target of {TARGET}, answering all earns {}, by stated confidence {}, by recalibrated {}",
        signed(all?),
        signed(stated?),
        signed(calibrated?)
    ))
}

/// What to do.
pub(super) fn advice(found: &Found, verdict: Option<&'static str>) -> Option<String> {
    let unsaid = found.gap.value.is_none();
    let advice = match (verdict?, found.shape()) {
        ("binary_reward", _) if unsaid => {
            "pay silence more than a wrong answer, or score with a confidence target; a log with confidences would show what a threshold gains"
        }
        (_, Some(Shape::Scored)) if unsaid => {
            "such a reward never pays for silence: pay it more than a wrong answer"
        }
        ("binary_reward", _) => {
            "add a Brier term for the stated confidence, or score with a confidence target; RLCR-type reward alone does not buy silence, a threshold does: calib fit --cost-wrong"
        }
        ("underconfident", _) => {
            "recalibrate before putting a threshold on it: calib fit; that takes no training"
        }
        (_, Some(Shape::Scored)) => {
            "such a reward never pays for silence: put a threshold on recalibrated confidence, calib fit --cost-wrong"
        }
        _ => return None,
    };
    Some(advice.to_owned())
}
