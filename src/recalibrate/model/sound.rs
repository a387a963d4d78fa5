//! Whether the parts of a model agree: what it promises, what it answers, and the groups it knows.

use super::{GroupCurve, Guarantee, Kind, Model};
use crate::recalibrate::curve::Curve;

/// How far a bound may lie above its limit by rounding alone.
const ROUNDING: f64 = 1e-9;

/// What two parts say against each other.
type Checked = Result<(), String>;

impl Model {
    /// Whether a fit could have made it as a whole.
    ///
    /// # Errors
    /// The parts that contradict each other.
    pub(super) fn sound(&self) -> Checked {
        self.check_groups()?;
        match &self.guarantee {
            None if self.threshold.is_some() => {
                return Err("threshold has no guarantee beside it".to_owned());
            }
            None => {}
            Some(guarantee) => guarantee.sound(self.threshold, &self.curve)?,
        }
        self.groups
            .values()
            .zip(0_u64..)
            .try_for_each(|(group, at)| {
                self.check_group(group)
                    .map_err(|detail| format!("groups[{at}].{detail}"))
            })
    }

    fn check_groups(&self) -> Checked {
        let listed = |fields: &[String]| match fields {
            [] => "none".to_owned(),
            fields => fields.join(", "),
        };
        if self.by != self.definition.by {
            let (ours, theirs) = (listed(&self.by), listed(&self.definition.by));
            return Err(format!("by is {ours}, and definition.by is {theirs}"));
        }
        match !self.by.is_empty() && self.groups.is_empty() {
            true => Err(format!(
                "by is {}, and groups has no curve",
                listed(&self.by)
            )),
            false => Ok(()),
        }
    }

    fn check_group(&self, group: &GroupCurve) -> Checked {
        let Some(own) = &group.guarantee else {
            return Ok(());
        };
        let Some(all) = &self.guarantee else {
            return Err("guarantee stands in a model without one".to_owned());
        };
        if own.kind != all.kind || own.limit() != all.limit() {
            return Err("guarantee is another than that of the model".to_owned());
        }
        if self.threshold.is_some() {
            return Err("guarantee stands beside a threshold of all rows".to_owned());
        }
        own.sound(group.threshold, &group.curve)
    }
}

impl Guarantee {
    /// What the share it bounds may be at most.
    fn limit(&self) -> Option<f64> {
        match self.kind {
            Kind::Risk => self.risk,
            Kind::OverAnswer => self.target_over_answer,
            Kind::Cost | Kind::Coverage => None,
        }
    }

    /// Whether it agrees with its threshold and with the curve that this is on.
    fn sound(&self, threshold: Option<f64>, curve: &Curve) -> Checked {
        self.check_kind()?;
        let promises = matches!(self.kind, Kind::Risk | Kind::OverAnswer);
        if let Some((bound, limit)) = self.bound.zip(self.limit())
            && bound > limit + ROUNDING
        {
            return Err(format!(
                "guarantee.bound is {bound}, above the {limit} that is promised"
            ));
        }
        if threshold.is_none() {
            return Ok(());
        }
        if promises && self.bound.is_none() {
            return Err("threshold stands beside a guarantee without a bound".to_owned());
        }
        if self.bound.is_some() && self.reason.is_some() {
            return Err("threshold stands beside a reason for none".to_owned());
        }
        match promises && curve.falls() {
            true => Err("threshold of a guarantee is on a curve that falls".to_owned()),
            false => Ok(()),
        }
    }

    /// Whether what was asked for is what its kind asks for.
    fn check_kind(&self) -> Checked {
        let given = [
            (Kind::Risk, "risk", self.risk),
            (
                Kind::OverAnswer,
                "target_over_answer",
                self.target_over_answer,
            ),
            (Kind::Coverage, "target_coverage", self.target_coverage),
            (Kind::Cost, "cost_wrong", self.cost_wrong),
            (Kind::Cost, "cost_abstain", self.cost_abstain),
        ];
        let promised = [Kind::Risk, Kind::OverAnswer].contains(&self.kind);
        for (kind, name, value) in given {
            let own = kind == self.kind;
            if own && promised && value.is_none() {
                return Err(format!(
                    "guarantee.kind is {}, and guarantee.{name} is missing",
                    self.kind.id()
                ));
            }
            if !own && value.is_some() {
                return Err(format!(
                    "guarantee.kind is {}, and guarantee.{name} is that of {}",
                    self.kind.id(),
                    kind.id()
                ));
            }
        }
        Ok(())
    }
}
