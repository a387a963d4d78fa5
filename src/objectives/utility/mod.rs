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
use crate::report::Objective;
use crate::report::objective::{Evidence, Level, Measure};

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

    fn claims(&self) -> &'static [&'static str] {
        &["choosing"]
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
        // Rows with costs of their own are looked at one by one.
        let one_by_one = subject.costs.is_none();
        let forced = panel.seen_with(Field::ForcedCorrect) > 0 && panel.is_whole();
        let answers = match one_by_one {
            true => Cow::Owned(Answers::of_panel(subject)?),
            false => match subject.answers()? {
                answers if forced && answers.is_whole() => Cow::Owned(answers.with_forced(subject)),
                answers => Cow::Borrowed(answers),
            },
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
        use Measure::{Count, Number, Signed};
        let count =
            |name: &str, label: &str, rows: u64| Evidence::number(name, label, Count, rows as f64);
        let mut evidence = self.rows.evidence();
        evidence.push(count(
            "answers",
            "  answers with a confidence",
            self.answers,
        ));
        evidence.push(count("declined", "  declined", self.declined));
        let (low, high) = self.thresholds;
        let from = |name: &str| Evidence::number(name, "answering pays from", Number(3), low);
        if low == high {
            evidence.push(from("threshold"));
        } else {
            evidence.push(from("threshold_low"));
            evidence.push(Evidence::number("threshold_high", "  to", Number(3), high));
        }
        evidence.extend(self.policies.named().map(|(name, label, estimate)| {
            Evidence::estimate(name, label, Signed(3), estimate.clone())
        }));
        evidence.extend(self.beats());
        evidence.extend(self.effective.iter().flat_map(Effective::evidence));
        evidence
    }

    /// From where to where going by confidence is shown to beat answering all and none.
    fn beats(&self) -> Vec<Evidence> {
        let figure = |name: String, label: String, value: f64| {
            Evidence::number(name, label, Measure::Number(2), value)
        };
        let ranges = [
            (0, "stated", "stated beats all and none"),
            (1, "calibrated", "recalibrated beats both"),
        ];
        let found = ranges.into_iter().filter_map(|(at, name, label)| {
            let (low, high) = self.curve.beats(at)?;
            Some([
                figure(format!("{name}_beats_from"), format!("{label}, from"), low),
                figure(format!("{name}_beats_to"), "  to".to_owned(), high),
            ])
        });
        found.flatten().collect()
    }
}
