//! What the report on a fit and the model file hold of it.

use std::collections::BTreeMap;

use super::goal::Goal;
use super::{Chosen, FitArgs};
use crate::evidence::GroupKey;
use crate::recalibrate::Folds;
use crate::recalibrate::choice::Trial;
use crate::recalibrate::fault::Finding;
use crate::recalibrate::model::{Candidate, Figure, Fitted, GroupCurve};
use crate::recalibrate::threshold::Answered;
use crate::report::Estimate;
use crate::report::fit::Answered as Reported;
use crate::report::fit::{Fit, FittedGroup, FoundFault, Tried};

/// What is said of it.
pub(super) fn found(finding: Finding, method: &str, args: &FitArgs) -> FoundFault {
    let curve = match args.view.by.is_empty() {
        true => format!("{method} alone"),
        false => format!("{method} by {}", args.view.by.join(", ")),
    };
    let none = match args.method {
        Chosen::Auto => "no curve is".to_owned(),
        Chosen::Method(_) => format!("{method} is not"),
    };
    FoundFault {
        verdict: finding.fault.id(),
        sentence: finding.sentence(&curve, &none),
        brier: finding.mended,
        skill: finding.skill,
    }
}

pub(super) fn fitted(
    report: &Fit,
    folds: &Folds,
    tried: &[Trial],
    sha256: Option<String>,
) -> Fitted {
    Fitted {
        label: report.label.clone(),
        rows: report.rows,
        clusters: folds.clusters(),
        sha256,
        folds: report.folds,
        brier: report.brier,
        stated: Some(report.stated),
        gain: figure(&report.gain),
        candidates: tried.iter().map(candidate).collect(),
    }
}

pub(super) fn reported(answered: Answered, confidence: f64) -> Reported {
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

pub(super) fn tried_method(trial: &Trial) -> Tried {
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

pub(super) fn fitted_groups(
    by: &[String],
    groups: &BTreeMap<GroupKey, GroupCurve>,
    goal: Option<&Goal>,
) -> Vec<FittedGroup> {
    let threshold = |key: &GroupKey| {
        let (_, answered) = goal?.groups.get(key)?;
        Some(answered.clone())
    };
    let group = |(key, group): (&GroupKey, &GroupCurve)| FittedGroup {
        by: by.iter().cloned().zip(key.iter().cloned()).collect(),
        rows: group.rows,
        shrinkage: group.shrinkage,
        threshold: threshold(key),
    };
    groups.iter().map(group).collect()
}

/// A difference of two Brier scores lies between -1 and 1; an interval around it need not.
fn figure(estimate: &Estimate) -> Figure {
    let Estimate {
        value,
        low,
        high,
        level,
        n,
        method,
        reason,
        ..
    } = estimate.clone().within(-1.0, 1.0);
    Figure {
        value,
        low,
        high,
        level,
        n,
        method,
        reason,
    }
}
