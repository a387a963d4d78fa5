//! From rules and rows to verdicts.

use std::collections::BTreeMap;

use super::Policy;
use super::rule::Check;
use super::trial::{Figure, Trial, described, level};
use crate::comparison::{Judgement, Pairing, Target};
use crate::config::{Bound, OnInconclusive, Rule};
use crate::evidence::Evidence;
use crate::report::comparing::Correction;
use crate::report::{self, GateRule};
use crate::settings::Settings;

/// All rows, or one group.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// Field → value; empty for all rows.
    pub by: BTreeMap<String, String>,
    /// The rows that are judged.
    pub log: &'a Evidence,
    /// The rows they are compared with, where there are any.
    pub baseline: Option<&'a Evidence>,
}

/// Judges every rule on every subject it is about.
///
/// ```
/// use calib::{evidence::Evidence, gate::{Policy, Subject, judge}, settings::Settings};
/// let nothing = Evidence::default();
/// let subject = Subject { by: Default::default(), log: &nothing, baseline: Some(&nothing) };
/// let gate = judge(&Policy::default(), &[subject], &Settings::default());
/// assert_eq!(gate.verdict, "inconclusive");
/// ```
#[must_use]
pub fn judge(policy: &Policy, subjects: &[Subject<'_>], settings: &Settings) -> report::Gate {
    let mut trials: Vec<(&Check, Trial)> = Vec::new();
    for subject in subjects {
        trials.extend(on(policy, subject, settings));
    }
    let family: Vec<Option<f64>> = trials
        .iter()
        .map(|(check, trial)| trial.p.filter(|_| enough(policy, check, trial)))
        .collect();
    let shared = Shared::new(&family, policy);
    let mut rules: Vec<GateRule> = Vec::new();
    for (at, (check, mut trial)) in trials.into_iter().enumerate() {
        trial.entry.p_value = trial.p;
        trial.entry.p_adjusted = shared.adjusted.get(at).copied().flatten();
        trial.close(shared.share(at, policy.alpha), policy.alpha);
        rules.push(verdict(policy, check, trial));
    }
    rules.extend(without_rows(policy, subjects));
    let baseline = subjects.first().and_then(|all| Some((all, all.baseline?)));
    report::Gate {
        verdict: overall(policy, &rules),
        alpha: policy.alpha,
        correction: correction_name(policy.correction),
        judged: family.iter().flatten().count(),
        on_inconclusive: match policy.on_inconclusive {
            OnInconclusive::Warn => "warn",
            OnInconclusive::Fail => "fail",
            OnInconclusive::Pass => "pass",
        },
        overlap: baseline.map(|(all, baseline)| overlap(baseline, all.log, settings)),
        rules,
        ..report::Gate::default()
    }
}

/// The rules that are about a subject, tried.
fn on<'a>(
    policy: &'a Policy,
    subject: &Subject<'a>,
    settings: &'a Settings,
) -> Vec<(&'a Check, Trial<'a>)> {
    let checks = || {
        policy
            .checks
            .iter()
            .filter(|check| is_about(&check.rule, &subject.by))
    };
    let rises = |check: &Check| check.rule.limit.bound == Bound::MaxIncrease;
    let targets: Vec<Target> = checks()
        .filter(|check| rises(check))
        .map(|check| Target {
            metric: check.metric,
            kind: check.rule.kind,
        })
        .collect();
    let judged = subject
        .baseline
        .map(|base| differences(base, subject.log, &targets, settings));
    let mut judged = judged.map(Vec::into_iter);
    let try_one = |check: &'a Check| {
        let figure = if rises(check) {
            match judged
                .as_mut()
                .map(|judged| judged.next().unwrap_or_default())
            {
                Some(judgement) => {
                    Figure::Worsening(Box::new(judgement), check.metric.about().better)
                }
                None => Figure::None("the baseline has no such rows".to_owned()),
            }
        } else {
            level(check, subject.log, settings)
        };
        let mut trial = Trial::new(check, figure, settings);
        trial.entry.by.clone_from(&subject.by);
        (check, trial)
    };
    let mut trials: Vec<_> = checks().map(try_one).collect();
    leave_out_coverage(&mut trials, settings);
    trials
}

fn differences(
    base: &Evidence,
    new: &Evidence,
    targets: &[Target],
    settings: &Settings,
) -> Vec<Judgement> {
    let pairing = Pairing::new(base, new, settings);
    crate::comparison::judge(&pairing, targets, settings)
}

/// Where prompts to answer are labelled, coverage of them is what over_abstain judges already.
fn leave_out_coverage(trials: &mut [(&Check, Trial<'_>)], settings: &Settings) {
    let labelled = trials.iter().any(|(check, trial)| {
        check.built_in && check.metric.id() == OVER_ABSTAIN && trial.entry.delta.is_some()
    });
    let coverage = |check: &Check| check.built_in && check.metric.id() == "coverage";
    let left_out = trials
        .iter_mut()
        .filter(|(check, _)| labelled && coverage(check));
    for (check, trial) in left_out {
        let why = "prompts to answer are labelled: see over_abstain".to_owned();
        let by = std::mem::take(&mut trial.entry.by);
        *trial = Trial::new(check, Figure::None(why), settings);
        trial.entry.by = by;
    }
}

/// The metric that coverage gives way to.
const OVER_ABSTAIN: &str = "over_abstain";

/// Whether a rule is about these rows.
fn is_about(rule: &Rule, by: &BTreeMap<String, String>) -> bool {
    let fields = rule.by.as_ref().is_none_or(|fields| {
        fields.len() == by.len() && fields.iter().all(|field| by.contains_key(field))
    });
    let values = rule
        .group
        .iter()
        .all(|(field, value)| by.get(field) == Some(value));
    fields && values
}

/// Rules about groups that are not there.
fn without_rows(policy: &Policy, subjects: &[Subject<'_>]) -> Vec<GateRule> {
    let idle = policy
        .checks
        .iter()
        .filter(|check| !subjects.iter().any(|one| is_about(&check.rule, &one.by)));
    idle.map(|check| GateRule {
        by: check.rule.group.clone(),
        verdict: "inconclusive",
        reason: Some("no such group: name its fields with --by".to_owned()),
        ..described(check)
    })
    .collect()
}

/// Rows that a rule asks for.
fn least(policy: &Policy, check: &Check) -> u64 {
    check.rule.min_rows.unwrap_or(policy.min_rows)
}

fn enough(policy: &Policy, check: &Check, trial: &Trial<'_>) -> bool {
    trial.entry.n >= least(policy, check)
}

/// How alpha is shared among the rules that can be judged.
struct Shared {
    adjusted: Vec<Option<f64>>,
    /// One-sided level at which each is judged, so that its interval tells what its corrected p-value tells.
    shares: Vec<Option<f64>>,
}

impl Shared {
    fn new(family: &[Option<f64>], policy: &Policy) -> Self {
        let adjusted = policy.correction.adjust(family);
        let mut order: Vec<(usize, f64)> = (0..)
            .zip(family)
            .filter_map(|(at, p)| Some((at, (*p)?)))
            .collect();
        order.sort_by(|a, b| a.1.total_cmp(&b.1));
        let count = order.len() as f64;
        let adjusted_of = |at: &usize| adjusted.get(*at).copied().flatten();
        let refuted = |at: &usize| adjusted_of(at).is_some_and(|p| p <= policy.alpha);
        let rejected = order.iter().filter(|(at, _)| refuted(at)).count() as f64;
        let mut shares = vec![None; family.len()];
        for (rank, (at, _)) in order.iter().enumerate() {
            let rank = (rank as f64).min(rejected);
            let part = match policy.correction {
                // Step by step, what is not refuted is judged at the step where refuting ended.
                Correction::Holm => 1.0 / (count - rank).max(1.0),
                // Benjamini and Yekutieli (2005), Journal of the American Statistical Association 100, 71–81.
                Correction::BenjaminiHochberg if refuted(at) => rejected / count,
                Correction::BenjaminiHochberg => (rejected + 1.0).min(count) / count,
                Correction::None => 1.0,
            };
            if let Some(share) = shares.get_mut(*at) {
                *share = Some(policy.alpha * part);
            }
        }
        Self { adjusted, shares }
    }

    /// The level of one of the rules; that of all where it is not judged.
    fn share(&self, at: usize, alpha: f64) -> f64 {
        self.shares.get(at).copied().flatten().unwrap_or(alpha)
    }
}

fn verdict(policy: &Policy, check: &Check, mut trial: Trial<'_>) -> GateRule {
    let (verdict, reason) = decide(policy, check, &trial);
    let mut entry = std::mem::take(&mut trial.entry);
    entry.verdict = verdict;
    // How many rows would fail it is of use where the figure decides, and not where their number does.
    entry.rows_needed = entry.rows_needed.filter(|_| entry.p_adjusted.is_some());
    if let Some(reason) = reason {
        entry.reason = Some(reason);
    }
    entry
}

fn decide(policy: &Policy, check: &Check, trial: &Trial<'_>) -> (&'static str, Option<String>) {
    let entry = &trial.entry;
    let least = least(policy, check);
    if check.built_in && (trial.excess().is_none() || trial.unchanged) {
        let unchanged = "nothing changed in any pair".to_owned();
        return ("skipped", trial.unchanged.then_some(unchanged));
    }
    let Some(excess) = trial.excess() else {
        return ("inconclusive", None);
    };
    if entry.n < least {
        let reason = format!("{} rows, and min_rows asks for {least}", entry.n);
        return ("inconclusive", Some(reason));
    }
    let Some(p) = entry.p_adjusted else {
        return ("inconclusive", None);
    };
    if p <= policy.alpha && excess > 0.0 {
        let lenient = "its level is warn: it does not fail the gate".to_owned();
        return ("fail", (!check.counts()).then_some(lenient));
    }
    if trial.holds(policy.alpha) {
        return ("pass", None);
    }
    // Written so that whatever is no number is inconclusive.
    let within = excess <= 0.0;
    match (check.rule.prove, within) {
        (true, _) => ("inconclusive", Some("not shown to hold".to_owned())),
        (false, true) => (
            "pass",
            Some("not refuted, and not shown to hold".to_owned()),
        ),
        (false, false) => (
            "inconclusive",
            Some("beyond the limit by no more than chance explains".to_owned()),
        ),
    }
}

/// The word for all rules.
fn overall(policy: &Policy, rules: &[GateRule]) -> &'static str {
    let count = |verdict: &str| {
        let counts = rules.iter().filter(|rule| rule.level == "error");
        counts.filter(|rule| rule.verdict == verdict).count()
    };
    let unchanged = rules
        .iter()
        .any(|rule| rule.verdict == "skipped" && rule.delta == Some(0.0));
    let judged = rules.iter().any(|rule| rule.verdict != "skipped");
    if count("fail") > 0 {
        "fail"
    } else if !judged && !unchanged {
        // Nothing could be looked at, so nothing is known to be well.
        "inconclusive"
    } else if count("inconclusive") > 0 && policy.on_inconclusive != OnInconclusive::Pass {
        "inconclusive"
    } else {
        "pass"
    }
}

fn correction_name(correction: Correction) -> &'static str {
    match correction {
        Correction::Holm => "holm",
        Correction::BenjaminiHochberg => "bh",
        Correction::None => "none",
    }
}

fn overlap(base: &Evidence, log: &Evidence, settings: &Settings) -> report::Overlap {
    let found = Pairing::new(base, log, settings).overlap();
    report::Overlap {
        shared: found.shared,
        baseline_only: found.base_only,
        log_only: found.new_only,
        by_groups: found.folded,
    }
}
