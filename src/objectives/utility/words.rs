//! The findings in words.

use super::Found;
use crate::objectives::section::{About, signed};

pub(super) const ABOUT: About = About {
    title: "Utility: what is lost by choosing, and what was never learned",
    claim: "Training on costs directly, by weights, mutes the gradient where wrong answers are dear and learns less than training without them and putting a threshold on calibrated confidence afterwards (Autor et al. 2025). What a threshold mends is an error of choosing, what it does not is a deficit of learning.",
    formula: "A right answer earns 1, a wrong one costs l (--cost-wrong, or the column cost_wrong), silence k (--cost-abstain, cost_abstain). Answering pays from t = (l - k) / (1 + l). Earned a row: now; by stated confidence, answering where c > t; by recalibrated, where p > t with p isotonic regression of correctness on c, cross-fitted by cluster; answering all and none; answering what is right. Lost by choosing: by recalibrated less now. Net benefit at t: C / n - (W / n) t / (1 - t) with C right and W wrong answers above t. With train_weight w: (sum |w (p - y)|)^2 / sum (w (p - y))^2, and the same without w.",
    test: "intervals of means and of paired differences, by cluster where prompts repeat, with the curve as given",
    verdicts: "choosing (note): a threshold on recalibrated confidence is shown to earn more than what was done. none: it is not. Where that threshold answers less than a hundredth of what was answered, the loss is one by answering at all, and the sentence says so. In calib compare with costs: learning (note) where the new log earns less than the base with thresholds on recalibrated confidence in both; choosing (note) where it earns less as it is, and not so. One log does not show what a model could have learned. The base adjusted against the new log as it is says whether training without weights and adjusting beats training with them, and the other way round.",
    advice: "choosing: put a threshold on recalibrated confidence, calib fit --cost-wrong; no training is needed. learning: train with symmetric losses and adjust afterwards, or on more of the dear prompts.",
    pitfalls: "Flags go before columns. What a model declined stays declined under every policy, but where forced_correct says what it would have been, answering all and answering what is right count it. The best threshold in sample flatters: the one here is cross-fitted, and can lose. On few answers the loss by a noisy curve looks like regret below 0.",
    source: "Autor, Caplin, Martin and Marx (2025), arXiv:2511.07699; Chow (1970), IEEE Transactions on Information Theory 16, 41-46; net benefit: Vickers and Elkin (2006), Medical Decision Making 26, 565-574",
};

/// Share of the answers below which a policy answers next to nothing.
const HARDLY: f64 = 0.01;

fn told(value: Option<f64>) -> String {
    value.map_or_else(|| "n/a".to_owned(), signed)
}

/// What was found.
pub(super) fn sentence(found: &Found) -> String {
    let (low, high) = found.thresholds;
    let from = match low == high {
        true => format!("{low:.2}"),
        false => format!("{low:.2} to {high:.2}"),
    }
    .replace('-', "−");
    let policies = &found.policies;
    let earned = format!(
        "answering pays from {from}: earned {} a row, {} by stated confidence, {} by recalibrated",
        told(policies.now.value),
        told(policies.stated.value),
        told(policies.best.value),
    );
    let lost = told(policies.regret.value);
    let lost = lost.trim_start_matches('+');
    match found.verdict().0 {
        "choosing" if hardly(found) => format!(
            "{earned}; {lost} is lost by answering: recalibrated, its confidence speaks for {:.1} % of these answers, and whether it could have learned more one log does not tell",
            100.0 * policies.given
        ),
        "choosing" => format!("{earned}; {lost} is lost by choosing, not by what it learned"),
        _ => format!("{earned}; no loss by choosing is shown"),
    }
}

/// What to do.
pub(super) fn advice(found: &Found) -> Option<String> {
    (found.verdict().0 == "choosing").then(|| match hardly(found) {
        true => "at these costs declining nearly everything is the best that its confidence allows: calib fit --cost-wrong saves what is lost, and only a confidence that tells right from wrong better would earn",
        false => "put a threshold on recalibrated confidence: calib fit --cost-wrong; no training is needed",
    }
    .to_owned())
}

/// Whether what mends the loss is to answer next to nothing.
fn hardly(found: &Found) -> bool {
    found.policies.given < HARDLY
}
