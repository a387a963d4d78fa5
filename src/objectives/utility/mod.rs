//! What answers are worth under costs: what is lost by choosing badly what to answer, which a threshold mends, told from
//! what the model never learned.

mod curve;
mod policies;
mod weights;
mod words;

use std::borrow::Cow;

use self::curve::Curve;
use self::policies::{Policies, Prices};
use self::weights::Effective;
use super::answers::panel::{REASONS, why};
use super::answers::{Answers, account};
use super::rows::Rows;
use super::section::{About, Column, Need, Section, Subject};
use crate::record::Field;
use crate::report::objective::{Evidence, Level, Measure};
use crate::report::{Estimate, Objective};

/// The audit of utility.
pub struct Utility;

const TRAIN_WEIGHT: Column = Column::panel("train_weight", Field::TrainWeight);

impl Section for Utility {
    fn name(&self) -> &'static str {
        "utility"
    }

    fn about(&self) -> About {
        words::ABOUT
    }

    fn needs(&self) -> &'static [Need] {
        &[
            &[Column::CORRECT],
            &[Column::CONFIDENCE],
            &[Column::COST_WRONG],
        ]
    }

    fn helps(&self) -> &'static [Column] {
        &[Column::FORCED, TRAIN_WEIGHT]
    }

    fn audit(&self, subject: &Subject<'_>) -> Option<Objective> {
        let found = Found::of(subject).ok()?;
        let (verdict, level) = found.verdict();
        Some(Objective {
            verdict: Some(verdict),
            level,
            sentence: format!("{}{}", words::sentence(&found), found.sampled),
            advice: words::advice(&found),
            missing: subject.missing(self.helps()),
            evidence: found.evidence(),
            tables: vec![found.curve.table()],
        })
    }

    fn nothing(&self, subject: &Subject<'_>) -> &'static str {
        Found::of(subject).err().unwrap_or("no row is of use to it")
    }
}

/// All that is looked at for the verdict.
struct Found {
    rows: Rows,
    answers: u64,
    declined: u64,
    /// The lowest and the highest threshold.
    thresholds: (f64, f64),
    policies: Policies,
    curve: Curve,
    effective: Option<Effective>,
    sampled: String,
}

impl Found {
    fn of(subject: &Subject<'_>) -> Result<Self, &'static str> {
        let panel = subject.panel();
        // Rows with costs of their own, or with forced answers, are looked at one by one.
        let one_by_one = match subject.costs {
            None => true,
            Some(_) => {
                panel.seen_with(Field::ForcedCorrect) > 0
                    && panel.is_whole()
                    && panel.seen_with(Field::Conduct) == subject.view.rows(|_| true)
            }
        };
        let answers = match one_by_one {
            true => Cow::Owned(Answers::of_panel(subject)?),
            false => Cow::Borrowed(subject.answers()?),
        };
        let prices = Prices(subject.costs);
        Ok(Self {
            rows: match one_by_one {
                true => Rows::of(subject, &REASONS, |row| why(subject, row)),
                false => account(subject, answers.answered() + answers.declined()),
            },
            answers: answers.answered(),
            declined: answers.declined(),
            thresholds: answers.range(|row| prices.threshold(row)),
            policies: Policies::of(&answers, prices),
            curve: Curve::of(&answers),
            effective: Effective::of(subject),
            sampled: match one_by_one {
                true => subject.sampled(),
                false => answers.sampled(),
            },
        })
    }

    /// Choosing is at fault where the best threshold is shown to earn more than what was done.
    fn verdict(&self) -> (&'static str, Level) {
        match self.policies.regret.low {
            Some(low) if low > 0.0 => ("choosing", Level::Note),
            _ => ("none", Level::Ok),
        }
    }

    fn evidence(&self) -> Vec<Evidence> {
        use Measure::{Count, Number, Share, Signed};
        let number =
            |name: &str, label: &str, unit, value: f64| Evidence::number(name, label, unit, value);
        let mut evidence = self.rows.evidence();
        evidence.push(number(
            "answers",
            "  answers with a confidence",
            Count,
            self.answers as f64,
        ));
        evidence.push(number(
            "declined",
            "  declined",
            Count,
            self.declined as f64,
        ));
        let (low, high) = self.thresholds;
        if low == high {
            evidence.push(number("threshold", "answering pays from", Number(3), low));
        } else {
            evidence.push(number(
                "threshold_low",
                "answering pays from",
                Number(3),
                low,
            ));
            evidence.push(number("threshold_high", "  to", Number(3), high));
        }
        let policies = &self.policies;
        let figures: [(&str, &str, &Estimate); 8] = [
            ("u_now", "earned now", &policies.now),
            ("u_stated", "  by stated confidence", &policies.stated),
            ("u_opt", "  by recalibrated", &policies.best),
            ("u_always", "  answering all", &policies.always),
            ("u_never", "  answering none", &policies.never),
            ("u_oracle", "  answering what is right", &policies.oracle),
            ("regret_choose", "lost by choosing", &policies.regret),
            (
                "regret_stated",
                "  by going by stated",
                &policies.regret_stated,
            ),
        ];
        evidence.extend(figures.map(|(name, label, estimate)| {
            Evidence::estimate(name, label, Signed(3), estimate.clone())
        }));
        for (at, name, label) in [
            (0, "stated", "stated beats all and none"),
            (1, "calibrated", "recalibrated beats both"),
        ] {
            if let Some((low, high)) = self.curve.beats(at) {
                evidence.push(number(
                    &format!("{name}_beats_from"),
                    &format!("{label}, from"),
                    Number(2),
                    low,
                ));
                evidence.push(number(&format!("{name}_beats_to"), "  to", Number(2), high));
            }
        }
        if let Some(effective) = &self.effective {
            evidence.push(number(
                "weighted_rows",
                "rows with a training weight",
                Count,
                effective.rows as f64,
            ));
            evidence.push(number(
                "ess_plain",
                "  effective, unweighted",
                Number(1),
                effective.plain,
            ));
            evidence.push(number(
                "ess_weighted",
                "  effective, weighted",
                Number(1),
                effective.weighted,
            ));
            evidence.push(number(
                "ess_ratio",
                "  left by the weights",
                Share,
                effective.weighted / effective.plain,
            ));
        }
        evidence
    }
}
