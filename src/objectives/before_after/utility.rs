//! What a log lost or gained under costs against its base: by choosing, or by what it learned.

use std::collections::BTreeMap;

use super::changes;
use crate::evidence::{Conduct, Evidence};
use crate::inference::paired::{Difference, Law};
use crate::maths::sums::sum;
use crate::objectives::answers::calibrated;
use crate::objectives::section::{Costs, signed};
use crate::recalibrate::Folds;
use crate::report::objective::{Evidence as Shown, Level, Measure};
use crate::report::{Comparison, Estimate, Objective};
use crate::settings::Settings;

/// What a prompt earned in sum: now, by stated confidence, by recalibrated; and its weight.
#[derive(Clone, Copy, Default)]
struct Earned {
    policies: [f64; 3],
    weight: f64,
}

const NOW: usize = 0;
const STATED: usize = 1;
const BEST: usize = 2;

/// How the change of a log against its base parts into choosing and learning; none where rows have no ids, or are too many to
/// keep with them.
///
/// `comparisons` are those of this pair of logs: beside what was earned stands what became of miscalibration, which is a
/// matter of choosing, and of discrimination, which is one of learning.
#[must_use]
pub fn utility(
    comparisons: &[Comparison],
    logs: [&Evidence; 2],
    costs: Costs,
    settings: &Settings,
) -> Option<Objective> {
    let [base, new] = logs.map(|log| earned(log, costs, settings));
    let pairs = Pairs {
        base: base?,
        new: new?,
        level: settings.level,
    };
    let change = |one: usize, other: usize| pairs.change(one, other);
    let (now, stated, best) = (change(NOW, NOW), change(STATED, STATED), change(BEST, BEST));
    let lower = |estimate: &Estimate| estimate.high.is_some_and(|high| high < 0.0);
    let (verdict, level) = match (lower(&best), lower(&now)) {
        (true, _) => ("learning", Level::Note),
        (false, true) => ("choosing", Level::Note),
        (false, false) => ("none", Level::Ok),
    };
    let sentence = sentence(&now, &best, verdict)?;
    let shown = |name: &str, label: &str, estimate: Estimate| {
        Shown::estimate(name, label, Measure::Signed(3), estimate)
    };
    Some(Objective {
        verdict: Some(verdict),
        level,
        sentence,
        advice: advice(verdict),
        evidence: [
            Shown::number(
                "threshold",
                "answering pays from",
                Measure::Number(3),
                costs.threshold(),
            ),
            shown("u_now", "change of what is earned", now),
            shown("u_stated", "  by stated confidence", stated),
            shown("learning_deficit", "  by recalibrated (learning)", best),
            shown(
                "base_adjusted",
                "base adjusted − new as it is",
                negated(change(NOW, BEST)),
            ),
            shown(
                "new_adjusted",
                "new adjusted − base as it is",
                change(BEST, NOW),
            ),
        ]
        .into_iter()
        .chain(changes(comparisons, &["corp_mcb", "corp_dsc", "auroc"]))
        .collect(),
        tables: Vec::new(),
        missing: Vec::new(),
    })
}

fn negated(estimate: Estimate) -> Estimate {
    let turned = |value: Option<f64>| value.map(|value| -value + 0.0);
    Estimate {
        value: turned(estimate.value),
        low: turned(estimate.high),
        high: turned(estimate.low),
        ..estimate
    }
}

fn sentence(now: &Estimate, best: &Estimate, verdict: &str) -> Option<String> {
    let told = format!(
        "against the base it earns {} as it is, and {} with thresholds on recalibrated confidence in both",
        more(now)?,
        more(best)?
    );
    Some(match verdict {
        "learning" => format!("{told}: a deficit of learning, which no threshold mends"),
        "choosing" => format!("{told}: a loss by choosing, which a threshold mends"),
        _ => told,
    })
}

/// A difference of what a row earns in words, with its interval.
fn more(change: &Estimate) -> Option<String> {
    let value = change.value?;
    if value == 0.0 {
        return Some("the same".to_owned());
    }
    let way = if value < 0.0 { "less" } else { "more" };
    let chance = |low: f64, high: f64| {
        if low <= 0.0 && high >= 0.0 {
            ", maybe by chance"
        } else {
            ""
        }
    };
    let interval = change.interval().map(|(low, high)| {
        format!(
            " ({} to {}{})",
            signed(low),
            signed(high),
            chance(low, high)
        )
    });
    let size = signed(value.abs());
    let size = size.trim_start_matches('+');
    Some(format!(
        "{size} a row {way}{}",
        interval.unwrap_or_default()
    ))
}

fn advice(verdict: &str) -> Option<String> {
    let advice = match verdict {
        "learning" => {
            "train with symmetric losses and put a threshold on recalibrated confidence afterwards"
        }
        "choosing" => "put a threshold on recalibrated confidence: calib fit --cost-wrong",
        _ => return None,
    };
    Some(advice.to_owned())
}

/// What prompts of two logs earned.
struct Pairs {
    base: BTreeMap<u64, Earned>,
    new: BTreeMap<u64, Earned>,
    level: f64,
}

impl Pairs {
    /// What the new log earns a row under one policy more than the base under another, over the prompts of both, with the
    /// error of the sum over prompts of (new − mean) / weight less the same of the base.
    fn change(&self, new: usize, base: usize) -> Estimate {
        let both = || {
            let pairs = self.base.iter();
            pairs.filter_map(|(hash, base)| Some((base, self.new.get(hash)?)))
        };
        let n = both().count() as u64;
        let weights = [
            sum(both().map(|(one, _)| one.weight)),
            sum(both().map(|(_, one)| one.weight)),
        ];
        if n < 2 || weights.iter().any(|weight| *weight <= 0.0) {
            return Estimate::undefined(n, "fewer than two prompts in both logs");
        }
        let means = [
            sum(both().map(|(one, _)| one.policies[base])) / weights[0],
            sum(both().map(|(_, one)| one.policies[new])) / weights[1],
        ];
        let squares = sum(both().map(|(before, after)| {
            let own = (after.policies[new] - means[1] * after.weight) / weights[1];
            (own - (before.policies[base] - means[0] * before.weight) / weights[0]).powi(2)
        }));
        let error = (squares * n as f64 / (n as f64 - 1.0)).sqrt();
        let difference = Difference {
            value: means[1] - means[0],
            standard_error: if error > 1e-14 { error } else { 0.0 },
            law: Law::Clusters(n),
        };
        Estimate::with_interval(
            difference.value,
            n,
            self.level,
            difference.interval(self.level),
        )
    }
}

/// What each prompt earned; what was declined stays so under every policy.
fn earned(log: &Evidence, costs: Costs, settings: &Settings) -> Option<BTreeMap<u64, Earned>> {
    let declines = |conduct: &Conduct| settings.partial.abstains(conduct.abstained);
    let items = log.items();
    if items.is_folded() {
        return None;
    }
    let folds = Folds::of(log, settings.partial, settings.seed).ok()?;
    let calibrated = calibrated(&folds).ok()?;
    let from = costs.unclamped();
    let mut prompts: BTreeMap<u64, Earned> = BTreeMap::new();
    for (row, p) in folds.rows().iter().zip(calibrated) {
        let own = prompts.entry(row.cluster?).or_default();
        let totals = &row.totals;
        let given = totals.wy - costs.wrong * (totals.w - totals.wy);
        own.weight += totals.w;
        for (earned, answers) in
            own.policies
                .iter_mut()
                .zip([true, row.confidence > from, p > from])
        {
            *earned += if answers {
                given
            } else {
                -costs.abstain * totals.w
            };
        }
    }
    let [known] = crate::evidence::Items::matched([items]);
    for (hash, item) in known.iter() {
        let declined = item.weight(declines);
        if declined > 0.0 {
            let own = prompts.entry(*hash).or_default();
            own.weight += declined;
            own.policies = own.policies.map(|earned| earned - costs.abstain * declined);
        }
    }
    Some(prompts)
}
