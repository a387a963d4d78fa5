//! A log becomes a model and the report on it.

use std::collections::BTreeMap;

use super::{Chosen, FitArgs};
use crate::codes;
use crate::commands::audit;
use crate::commands::reading::Reading;
use crate::error::Error;
use crate::evidence::GroupKey;
use crate::recalibrate::choice::{Choice, Trial, choose, gain, trial, trials};
use crate::recalibrate::crossfit::FOLDS;
use crate::recalibrate::fault::fault;
use crate::recalibrate::grouped::GroupedFolds;
use crate::recalibrate::model::{Candidate, Figure, Fitted, GroupCurve, Guarantee, Kind, Model};
use crate::recalibrate::threshold::{Answered, Answers, utility, worthwhile};
use crate::recalibrate::{CALIBRATORS, Curve, Fitting, Folds, Method, Score};
use crate::report::Estimate;
use crate::report::fit::Answered as Reported;
use crate::report::fit::{Automation, Fit, FittedGroup, FoundFault, SCHEMA, Threshold, Tried};
use crate::settings::Settings;

/// Risks of the table of what may be answered.
const RISKS: [f64; 4] = [0.01, 0.02, 0.05, 0.10];

/// The only method that may turn the order of confidences around.
const UNORDERED: &str = "histogram";

/// What was fitted: the method, its curves, and what they give each row.
struct Chose {
    method: &'static Method,
    why: String,
    curve: Curve,
    groups: BTreeMap<GroupKey, GroupCurve>,
    /// Probabilities out of fold.
    unseen: Vec<f64>,
    /// Those of the curves on all rows.
    predicted: Vec<f64>,
    gain: Estimate,
}

/// The model of a log and the report on it.
pub(super) fn fit(
    args: &FitArgs,
    reading: &Reading,
    sha256: Option<String>,
) -> Result<(Model, Fit), Error> {
    let settings = audit::settings(&args.view);
    let (folds, grouped) = folds(args, reading, &settings)?;
    let tried = try_methods(args, &folds, &settings);
    let chose = chose(args, &folds, grouped.as_ref(), &tried, &settings)?;
    let ordered = chose.method.id != UNORDERED && args.view.by.is_empty();
    let answers = Answers::new(&folds, &chose.predicted, ordered, settings.seed);
    let (guarantee, threshold) = goal(args, &folds, &answers, &chose, settings.level);
    let finding = fault(&folds, &chose.unseen, &chose.gain, settings.level);
    let reported = |answered: Answered| reported(answered, settings.level);
    let automation = RISKS.map(|risk| Automation {
        risk,
        answered: reported(answers.promise(risk, settings.level)),
    });
    let report = Fit {
        schema: SCHEMA,
        calib_version: env!("CARGO_PKG_VERSION"),
        label: reading.state.label.clone(),
        inputs: files(reading),
        model: args.output.to_string_lossy().into_owned(),
        rows: folds.totals().rows,
        folds: FOLDS as u64,
        brier: finding.stated,
        methods: tried.iter().map(tried_method).collect(),
        method: chose.method.id.to_owned(),
        why: chose.why.clone(),
        gain: chose.gain.clone(),
        by: args.view.by.clone(),
        groups: fitted_groups(&args.view.by, &chose.groups),
        fault: FoundFault {
            verdict: finding.fault.id(),
            sentence: finding.sentence(chose.method.id),
            brier: finding.mended,
            skill: finding.skill,
        },
        automation: automation.into(),
        threshold,
    };
    let fitted = Fitted {
        label: report.label.clone(),
        rows: report.rows,
        clusters: folds.clusters(),
        sha256,
        folds: report.folds,
        brier: report.brier,
        gain: figure(&report.gain),
        candidates: tried.iter().map(candidate).collect(),
    };
    let model = model(chose, guarantee, &report, fitted, reading);
    Ok((model, report))
}

/// What `calib apply` needs to know of a fit.
fn model(
    chose: Chose,
    guarantee: Option<Guarantee>,
    report: &Fit,
    fitted: Fitted,
    reading: &Reading,
) -> Model {
    let goal = guarantee.as_ref().and(report.threshold.as_ref());
    Model {
        calib_version: report.calib_version.to_owned(),
        curve: chose.curve,
        by: report.by.clone(),
        groups: chose.groups,
        threshold: goal.and_then(|goal| goal.answered.threshold),
        guarantee,
        fitted,
        definition: reading.state.definition.clone(),
    }
}

fn files(reading: &Reading) -> Vec<String> {
    let read = reading.state.inputs.iter().map(|input| input.path.clone());
    read.chain(reading.saved.iter().cloned()).collect()
}

/// The rows in folds; with their groups, if there are any.
fn folds(
    args: &FitArgs,
    reading: &Reading,
    settings: &Settings,
) -> Result<(Folds, Option<GroupedFolds>), Error> {
    let groups = &reading.state.groups;
    let (partial, seed) = (settings.partial, settings.seed);
    let found = match args.view.by.is_empty() {
        true => Folds::of(groups.all(), partial, seed).map(|folds| (folds, None)),
        false => GroupedFolds::of(groups, partial, seed)
            .map(|grouped| (grouped.folds.clone(), Some(grouped))),
    };
    found.map_err(|reason| {
        let detail = format!("no curve can be fitted and judged: {reason}");
        Error::new(&codes::NO_USABLE_ROWS, detail)
            .help("a fit needs graded answers with a confidence, from at least two prompts")
    })
}

/// Every method, or no change and the one that was asked for.
fn try_methods(args: &FitArgs, folds: &Folds, settings: &Settings) -> Vec<Trial> {
    let fitting = Fitting {
        bins: settings.bins,
    };
    let mut tried = match args.method {
        Chosen::Auto => trials(folds, &fitting, settings.level),
        Chosen::Method(wanted) => {
            let those = CALIBRATORS
                .iter()
                .filter(|method| ["identity", wanted.id].contains(&method.id));
            those
                .map(|method| trial(method, folds, &fitting, settings.level))
                .collect()
        }
    };
    // A promise takes answers in order of confidence.
    let promised = args.target_risk.is_some() && matches!(args.method, Chosen::Auto);
    tried.retain(|trial| !promised || trial.method.id != UNORDERED);
    tried
}

fn chose(
    args: &FitArgs,
    folds: &Folds,
    grouped: Option<&GroupedFolds>,
    tried: &[Trial],
    settings: &Settings,
) -> Result<Chose, Error> {
    let choice = match args.method {
        Chosen::Auto => choose(tried, folds),
        Chosen::Method(wanted) => {
            let at = tried.iter().position(|trial| trial.method.id == wanted.id);
            at.map(|at| Choice {
                at,
                why: "as --method says".to_owned(),
            })
        }
    };
    let refused = |reason: &str| {
        let detail = format!("no curve: {reason}");
        Error::new(&codes::NO_USABLE_ROWS, detail)
            .help("--method auto takes one that these rows have")
    };
    let choice = choice.ok_or_else(|| refused("no method has one on these rows"))?;
    let trial = &tried[choice.at];
    let curve = trial.curve.clone().map_err(refused)?;
    let unseen = trial.out_of_fold.clone().map_err(refused)?;
    let mut chose = Chose {
        method: trial.method,
        why: choice.why,
        predicted: folds.predictions(&curve),
        curve,
        groups: BTreeMap::new(),
        unseen,
        gain: trial.brier.clone(),
    };
    if let Some(grouped) = grouped {
        let fitting = Fitting {
            bins: settings.bins,
        };
        chose.groups = grouped.curves(chose.method, &fitting).map_err(refused)?;
        chose.predicted = grouped.predictions(&chose.curve, &chose.groups);
        chose.unseen = grouped
            .out_of_fold(chose.method, &fitting)
            .map_err(refused)?;
        let stated = folds.stated();
        chose.gain = gain(folds, Score::Brier, &stated, &chose.unseen, settings.level);
    }
    Ok(chose)
}

/// The threshold that was asked for, as the model and as the report have it.
fn goal(
    args: &FitArgs,
    folds: &Folds,
    answers: &Answers<'_>,
    chose: &Chose,
    level: f64,
) -> (Option<Guarantee>, Option<Threshold>) {
    let (kind, name, asked, answered, gained) = if let Some(risk) = args.target_risk {
        let asked = format!("at most {risk} of the answers wrong");
        (
            Kind::Risk,
            "risk",
            asked,
            answers.promise(risk, level),
            None,
        )
    } else if let Some(share) = args.target_coverage {
        let asked = format!("at least {share} of the rows answered");
        (
            Kind::Coverage,
            "coverage",
            asked,
            answers.cover(share, level),
            None,
        )
    } else if let Some(wrong) = args.cost_wrong {
        let abstain = args.cost_abstain.unwrap_or(0.0);
        let threshold = worthwhile(wrong, abstain);
        let asked = format!(
            "the best of right = 1, wrong = -{wrong}, abstained = {}",
            0.0 - abstain
        );
        let sample = utility(folds, &chose.unseen, threshold, wrong, abstain);
        let gained = sample.mean().map(|mean| {
            Estimate::with_interval(mean, sample.rows(), level, sample.mean_interval(level))
        });
        (
            Kind::Cost,
            "cost",
            asked,
            answers.bounded(threshold, level),
            gained,
        )
    } else {
        return (None, None);
    };
    let guarantee = guarantee(args, kind, &answered, level);
    let threshold = Threshold {
        kind: name,
        asked,
        answered: reported(answered, level),
        utility: gained,
    };
    (Some(guarantee), Some(threshold))
}

/// A threshold's purpose, and what is known about its being met.
fn guarantee(args: &FitArgs, kind: Kind, answered: &Answered, level: f64) -> Guarantee {
    Guarantee {
        kind,
        risk: args.target_risk,
        confidence: answered.bound.map(|_| level),
        coverage: answered.coverage,
        bound: answered.bound,
        observed: answered.observed,
        rows: answered.rows,
        cost_wrong: args.cost_wrong,
        cost_abstain: args.cost_wrong.map(|_| args.cost_abstain.unwrap_or(0.0)),
        target_coverage: args.target_coverage,
        target_over_answer: None,
        reason: answered.reason.clone(),
    }
}

fn reported(answered: Answered, confidence: f64) -> Reported {
    let Answered {
        threshold,
        coverage,
        observed,
        bound,
        rows,
        reason,
    } = answered;
    Reported {
        threshold,
        coverage,
        observed,
        bound,
        confidence,
        rows,
        reason,
    }
}

fn tried_method(trial: &Trial) -> Tried {
    Tried {
        method: trial.method.id,
        brier: trial.brier.clone(),
        log: trial.log.clone(),
    }
}

fn candidate(trial: &Trial) -> Candidate {
    Candidate {
        method: trial.method.id.to_owned(),
        gain: figure(&trial.brier),
    }
}

fn fitted_groups(by: &[String], groups: &BTreeMap<GroupKey, GroupCurve>) -> Vec<FittedGroup> {
    let group = |(key, group): (&GroupKey, &GroupCurve)| FittedGroup {
        by: by.iter().cloned().zip(key.iter().cloned()).collect(),
        rows: group.rows,
        shrinkage: group.shrinkage,
    };
    groups.iter().map(group).collect()
}

fn figure(estimate: &Estimate) -> Figure {
    Figure {
        value: estimate.value,
        low: estimate.low,
        high: estimate.high,
        level: estimate.level,
        n: estimate.n,
        method: estimate.method.clone(),
        reason: estimate.reason.clone(),
    }
}
