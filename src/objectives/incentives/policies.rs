//! What policies earn under a scheme: as the model did, everything answered, declined by stated and by recalibrated
//! confidence.

use super::schemes::Scheme;
use crate::objectives::answers::{Answer, Answers};
use crate::report::Estimate;
use crate::report::objective::{Column, Figure, Measure, Row, Table};

/// Most looks for the F that the best policy reaches; each raises it, and few do.
const LOOKS: usize = 50;

/// What stands beside all schemes.
#[derive(Clone, Copy, Debug)]
pub(super) struct Terms {
    /// What silence earns.
    pub(super) silence: f64,
    /// The confidence from which on an honest model answers.
    pub(super) honest: f64,
}

/// What policies earn under a scheme.
#[derive(Clone, Debug)]
pub(super) struct Policies {
    pub(super) scheme: Scheme,
    /// The probability from which on an answer pays.
    pub(super) breaks_even: f64,
    /// As the model did.
    pub(super) now: Estimate,
    /// Answering everything that it answered.
    pub(super) all: Estimate,
    /// Answering where the stated confidence pays.
    pub(super) stated: Estimate,
    /// Answering where the recalibrated one does, and stating it.
    pub(super) calibrated: Estimate,
    /// Share of answers that are likelier wrong than right and pay.
    pub(super) bluff: Estimate,
    /// What declining below the honest confidence loses against answering everything.
    pub(super) honesty: Estimate,
}

impl Policies {
    pub(super) fn of(scheme: Scheme, answers: &Answers, terms: Terms) -> Self {
        let judge = Judge {
            scheme,
            answers,
            silence: terms.silence,
        };
        let reached = |p: fn(&Answer) -> f64| match scheme {
            Scheme::SimpleQa => best_f(answers, p),
            _ => 0.0,
        };
        let (by_stated, by_calibrated) = (reached(|row| row.stated), reached(|row| row.calibrated));
        let pays = |p: f64, f: f64| scheme.pays(p, terms.silence, f);
        let all = judge.earns(|row| Some(row.stated));
        Self {
            scheme,
            breaks_even: scheme.breaks_even(terms.silence, by_calibrated),
            now: all.clone(),
            all,
            stated: judge.earns(|row| pays(row.stated, by_stated).then_some(row.stated)),
            calibrated: judge
                .earns(|row| pays(row.calibrated, by_calibrated).then_some(row.calibrated)),
            bluff: answers.share(|row| row.calibrated < 0.5 && pays(row.calibrated, by_calibrated)),
            honesty: judge.price(|row| row.calibrated > terms.honest),
        }
    }

    fn row(&self) -> Row {
        let figure = |estimate: &Estimate| Some(Figure::Estimate(estimate.clone()));
        Row {
            label: self.scheme.title(),
            cells: vec![
                Some(Figure::number(self.breaks_even)),
                figure(&self.now),
                figure(&self.stated),
                figure(&self.calibrated),
                figure(&self.bluff),
                figure(&self.honesty),
            ],
        }
    }
}

/// The table of schemes.
pub(super) fn table(policies: &[Policies]) -> Table {
    Table {
        name: "schemes",
        of: "scheme",
        columns: vec![
            Column::new("pays from", Measure::Number(3)),
            Column::new("now", Measure::Signed(3)),
            Column::new("by stated", Measure::Signed(3)),
            Column::new("by recalibrated", Measure::Signed(3)),
            Column::new("bluffs", Measure::Share),
            Column::new("honesty costs", Measure::Signed(3)),
        ],
        rows: policies.iter().map(Policies::row).collect(),
    }
}

/// A scheme on some answers.
struct Judge<'a> {
    scheme: Scheme,
    answers: &'a Answers,
    silence: f64,
}

impl Judge<'_> {
    /// What a policy earns: it gives the confidence that an answer states, or none where it declines.
    fn earns(&self, states: impl Fn(&Answer) -> Option<f64>) -> Estimate {
        let earned = |row: &Answer| states(row).map(|q| self.scheme.earns(q));
        let (low, high) = self.scheme.range(self.silence);
        let estimate = match self.scheme {
            // 2C / (1 + A): every row is one, and one more if it is answered.
            Scheme::SimpleQa => self.answers.ratio(
                |row| match earned(row) {
                    Some(earned) => (earned, [2.0; 2]),
                    None => ([0.0; 2], [1.0; 2]),
                },
                [0.0, 1.0],
            ),
            _ => self.answers.mean(earned, self.silence),
        };
        estimate.within(low, high)
    }

    /// What answering everything earns more than answering what is `honest`.
    fn price(&self, honest: impl Fn(&Answer) -> bool) -> Estimate {
        if self.scheme == Scheme::SimpleQa {
            let all = self.earns(|row| Some(row.stated));
            let kept = self.earns(|row| honest(row).then_some(row.stated));
            let price = all
                .value
                .zip(kept.value)
                .map_or(f64::NAN, |(all, kept)| all - kept);
            return Estimate::bare(price, all.n, "a difference of two ratios");
        }
        let lost = |row: &Answer| match honest(row) {
            true => [0.0; 2],
            false => self
                .scheme
                .earns(row.stated)
                .map(|earned| earned - self.silence),
        };
        let (low, high) = self.scheme.range(self.silence);
        let price = self.answers.mean(|row| Some(lost(row)), 0.0);
        price.within(low - high, high - low)
    }
}

/// The F that is reached by answering where p exceeds half of it: answering adds 2p above and 1 below.
fn best_f(answers: &Answers, p: fn(&Answer) -> f64) -> f64 {
    let mut f = 0.0;
    for _ in 0..LOOKS {
        let from = f / 2.0;
        let next = answers.expected_f(|row| (p(row) > from).then_some(p(row)));
        if next <= f {
            break;
        }
        f = next;
    }
    f
}
