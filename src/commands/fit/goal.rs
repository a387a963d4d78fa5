//! The threshold that was asked for: of all rows, or where a promise is made by group, of each group.

use std::collections::BTreeMap;

use super::FitArgs;
use super::build::Chose;
use super::entries::reported;
use crate::codes;
use crate::commands::reading::Reading;
use crate::error::Error;
use crate::evidence::{Conduct, Evidence, GroupKey};
use crate::recalibrate::grouped::GroupedFolds;
use crate::recalibrate::model::{Guarantee, Kind};
use crate::recalibrate::over_answer::Prompts;
use crate::recalibrate::sequence::least_rows;
use crate::recalibrate::threshold::{Answered, Answers, utility, worthwhile};
use crate::recalibrate::{Curve, Folds};
use crate::record::Kind as Prompt;
use crate::report::Estimate;
use crate::report::fit::{Answered as Reported, Threshold};
use crate::settings::Settings;

/// What a threshold is looked for in.
pub(super) struct Ground<'g> {
    pub(super) args: &'g FitArgs,
    pub(super) reading: &'g Reading,
    pub(super) folds: &'g Folds,
    pub(super) grouped: Option<&'g GroupedFolds>,
    pub(super) answers: &'g Answers,
    pub(super) chose: &'g Chose,
    pub(super) settings: &'g Settings,
}

/// A threshold, as the model and as the report have it.
pub(super) struct Goal {
    pub(super) guarantee: Guarantee,
    pub(super) threshold: Threshold,
    /// Those of groups, where each has its own.
    pub(super) groups: BTreeMap<GroupKey, (Guarantee, Reported)>,
}

/// What is answered in a group, with the weights that its shares are of.
struct Part {
    answered: Answered,
    /// Of what coverage is a share.
    covered: f64,
    /// Rows that could be tested.
    rows: u64,
}

impl Ground<'_> {
    /// The threshold that was asked for, if any was.
    pub(super) fn goal(&self) -> Result<Option<Goal>, Error> {
        let args = self.args;
        if let Some(risk) = args.target_risk {
            let asked = format!("at most {risk} of the answers wrong");
            self.promised(Kind::Risk, &asked, risk).map(Some)
        } else if let Some(rate) = args.target_over_answer {
            let asked = format!("at most {rate} of what should be declined answered");
            self.promised(Kind::OverAnswer, &asked, rate).map(Some)
        } else if let Some(share) = args.target_coverage {
            let asked = format!("at least {share} of the graded answers with a confidence");
            let answered = self
                .answers
                .observed(self.answers.cover(share), &self.chose.unseen);
            Ok(Some(self.of_all(Kind::Coverage, asked, answered, None)))
        } else {
            Ok(args.cost_wrong.map(|wrong| self.cost(wrong)))
        }
    }

    fn cost(&self, wrong: f64) -> Goal {
        let abstain = self.args.cost_abstain.unwrap_or(0.0);
        let threshold = worthwhile(wrong, abstain);
        let asked = format!(
            "the best of right = 1, wrong = {}, abstained = {}",
            0.0 - wrong,
            0.0 - abstain
        )
        .replace('-', "−");
        let level = self.settings.level;
        let sample = utility(self.folds, &self.chose.unseen, threshold, wrong, abstain);
        let gained = sample.mean().map(|mean| {
            let interval = sample.mean_interval(level);
            let method = format!("paired {}, out of fold", interval.method);
            Estimate::with_interval(mean, sample.rows(), level, interval).by(method)
        });
        let answered = self.answers.observed(threshold, &self.chose.unseen);
        self.of_all(Kind::Cost, asked, answered, gained)
    }

    fn of_all(
        &self,
        kind: Kind,
        asked: String,
        answered: Answered,
        utility: Option<Estimate>,
    ) -> Goal {
        let level = self.settings.level;
        Goal {
            guarantee: guarantee(self.args, kind, &answered, level),
            threshold: Threshold {
                kind: kind.id(),
                asked,
                of_all_rows: answered
                    .coverage
                    .and_then(|share| self.of_all_rows(kind, share)),
                answered: reported(answered, level),
                utility,
                note: self.note(kind),
            },
            groups: BTreeMap::new(),
        }
    }

    /// The share of all rows of the log that is answered where `share` is of those graded with a confidence; not known where
    /// others would be answered too.
    fn of_all_rows(&self, kind: Kind, share: f64) -> Option<f64> {
        let behaviour = self.reading.state.groups.all().behaviour();
        let confident = |graded| {
            let partial = self.settings.partial;
            behaviour.total(|conduct: &Conduct| {
                !partial.abstains(conduct.abstained)
                    && conduct.confident
                    && conduct.graded == graded
            })
        };
        let (graded, ungraded) = (confident(true), confident(false));
        let all = behaviour.total(|_| true);
        let known = kind != Kind::OverAnswer && ungraded.rows == 0 && all.w > 0.0;
        known.then(|| (share * graded.w / all.w).min(1.0))
    }

    /// That two kinds of prompts are bounded as one.
    fn note(&self, kind: Kind) -> Option<String> {
        let behaviour = self.reading.state.groups.all().behaviour();
        let of = |kind| {
            let declinable =
                |conduct: &Conduct| conduct.kind == kind && conduct.should_abstain == Some(true);
            behaviour.total(declinable).rows
        };
        let (unanswerable, harmful) = (of(Prompt::Epistemic), of(Prompt::Safety));
        let both = kind == Kind::OverAnswer
            && self.args.view.by.is_empty()
            && unanswerable > 0
            && harmful > 0;
        both.then(|| {
            format!(
                "the limit is of {unanswerable} unanswerable and {harmful} harmful prompts together, and one kind may exceed it: --by kind, or the field that says so, gives each a threshold of its own"
            )
        })
    }

    /// A threshold whose limit holds with the level asked for; of each group where there are several curves, and then of
    /// all of them at once, each having its part of the chance to fail.
    fn promised(&self, kind: Kind, asked: &str, limit: f64) -> Result<Goal, Error> {
        let Some(grouped) = self.grouped else {
            let level = self.settings.level;
            let answered = match kind {
                Kind::OverAnswer => self.prompts(self.reading.state.groups.all())?.promise(
                    &self.chose.curve,
                    self.chose.ordered(),
                    limit,
                    level,
                ),
                _ => self.answers.promise(limit, level),
            };
            return Ok(self.of_all(kind, asked.to_owned(), answered, None));
        };
        if kind == Kind::OverAnswer {
            // That no row is labelled is said before any group is looked at.
            self.prompts(self.reading.state.groups.all())?;
        }
        let parts = match kind {
            Kind::OverAnswer => self.declined_parts(limit),
            _ => self.answered_parts(grouped, limit),
        };
        Ok(self.joined(kind, asked, parts))
    }

    fn prompts(&self, evidence: &Evidence) -> Result<Prompts, Error> {
        let (partial, seed) = (self.settings.partial, self.settings.seed);
        let found =
            Prompts::of(evidence, partial, seed).and_then(|prompts| match prompts.declinable() {
                0 => Err("no row says that its prompt should be declined"),
                _ => Ok(prompts),
            });
        found.map_err(|reason| {
            let detail = format!("no threshold can keep to --target-over-answer: {reason}");
            Error::new(&codes::NO_USABLE_ROWS, detail).help(
                "it needs rows that say whether the prompt should be declined: --map should_abstain=PATH",
            )
        })
    }

    /// The level of each of so many groups, so that all hold at once.
    fn level_each(&self, rows: impl Iterator<Item = u64>, limit: f64) -> f64 {
        let level = self.settings.level;
        let enough = least_rows(limit, level);
        // How many rows a group has says nothing of how they come out.
        let tested = rows.filter(|rows| *rows as f64 >= enough).count().max(1);
        1.0 - (1.0 - level) / tested as f64
    }

    fn answered_parts(
        &self,
        grouped: &GroupedFolds,
        limit: f64,
    ) -> BTreeMap<GroupKey, (Part, f64)> {
        let (seed, clustered) = (self.settings.seed, self.folds.clustered());
        let parts: Vec<_> = grouped
            .parts(&self.chose.predicted)
            .into_iter()
            .filter(|(key, _)| self.chose.groups.contains_key(*key))
            .map(|(key, rows)| {
                let weight = rows.iter().map(|(row, _)| row.totals.w()).sum();
                (
                    key.clone(),
                    Answers::of(rows, clustered, self.chose.ordered_in(key), seed),
                    weight,
                )
            })
            .collect();
        let level = self.level_each(parts.iter().map(|(_, answers, _)| answers.rows()), limit);
        let part = |(key, answers, covered): (GroupKey, Answers, f64)| {
            let part = Part {
                answered: answers.promise(limit, level),
                covered,
                rows: answers.rows(),
            };
            (key, (part, level))
        };
        parts.into_iter().map(part).collect()
    }

    fn declined_parts(&self, limit: f64) -> BTreeMap<GroupKey, (Part, f64)> {
        let (partial, seed) = (self.settings.partial, self.settings.seed);
        let groups = self.reading.state.groups.iter();
        let parts: Vec<(&GroupKey, &Curve, Result<Prompts, &'static str>)> = groups
            .filter_map(|(key, evidence)| {
                let curve = &self.chose.groups.get(key)?.curve;
                Some((key, curve, Prompts::of(evidence, partial, seed)))
            })
            .collect();
        let known = parts
            .iter()
            .filter_map(|(_, _, prompts)| prompts.as_ref().ok());
        let level = self.level_each(known.map(Prompts::declinable), limit);
        let part = |(key, curve, prompts): (&GroupKey, &Curve, Result<Prompts, &'static str>)| {
            let part = match prompts {
                Ok(prompts) => Part {
                    answered: prompts.promise(curve, self.chose.ordered_in(key), limit, level),
                    covered: prompts.answerable(),
                    rows: prompts.declinable(),
                },
                Err(reason) => Part {
                    answered: Answered {
                        reason: Some(reason.to_owned()),
                        ..Answered::default()
                    },
                    covered: 0.0,
                    rows: 0,
                },
            };
            (key.clone(), (part, level))
        };
        parts.into_iter().map(part).collect()
    }

    /// The promises of groups as one: none of them is broken, with the level asked for.
    fn joined(&self, kind: Kind, asked: &str, parts: BTreeMap<GroupKey, (Part, f64)>) -> Goal {
        let answering = || {
            parts
                .values()
                .filter(|(part, _)| part.answered.threshold.is_some())
        };
        let covered = |part: &Part| part.answered.coverage.unwrap_or(0.0) * part.covered;
        let of = |part: &Part| match kind {
            Kind::OverAnswer => part.rows as f64,
            _ => covered(part),
        };
        let all = |weights: f64, sum: f64| (weights > 0.0).then(|| sum / weights);
        let bounds = answering().filter_map(|(part, _)| part.answered.bound);
        let bad = |part: &Part| of(part) * part.answered.observed.unwrap_or(0.0);
        let parts_of = |weight: &dyn Fn(&Part) -> f64| -> f64 {
            parts.values().map(|(part, _)| weight(part)).sum()
        };
        let answered = Answered {
            threshold: None,
            coverage: all(parts_of(&|part| part.covered), parts_of(&covered)),
            observed: all(parts_of(&of), parts_of(&bad)),
            bound: bounds.reduce(f64::max),
            rows: parts.values().map(|(part, _)| part.rows).sum(),
            reason: Some(
                "each group has a threshold of its own, and nothing vouches for rows of others"
                    .to_owned(),
            ),
        };
        let goal = self.of_all(kind, format!("{asked}, in each group"), answered, None);
        let part = |(key, (part, level)): (GroupKey, (Part, f64))| {
            let guarantee = guarantee(self.args, kind, &part.answered, level);
            (key, (guarantee, reported(part.answered, level)))
        };
        Goal {
            groups: parts.into_iter().map(part).collect(),
            ..goal
        }
    }
}

/// A threshold's purpose, and what is known about its being met.
fn guarantee(args: &FitArgs, kind: Kind, answered: &Answered, level: f64) -> Guarantee {
    Guarantee {
        kind,
        risk: args.target_risk,
        confidence: matches!(kind, Kind::Risk | Kind::OverAnswer).then_some(level),
        coverage: answered.coverage,
        bound: answered.bound,
        observed: answered.observed,
        rows: answered.rows,
        cost_wrong: args.cost_wrong,
        cost_abstain: args.cost_wrong.map(|_| args.cost_abstain.unwrap_or(0.0)),
        target_coverage: args.target_coverage,
        target_over_answer: args.target_over_answer,
        reason: answered.reason.clone(),
    }
}
