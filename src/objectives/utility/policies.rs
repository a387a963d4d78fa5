//! What policies earn under costs: of a right answer 1, of a wrong one −λ, of silence −k.

use crate::objectives::answers::{Answer, Answers, Earned};
use crate::objectives::section::Costs;
use crate::report::Estimate;

/// Costs that hold for every row, where rows do not say their own.
#[derive(Clone, Copy)]
pub(super) struct Prices(pub(super) Option<Costs>);

impl Prices {
    fn of(self, row: &Answer) -> Costs {
        let costs = row.costs.or(self.0);
        costs.unwrap_or(Costs {
            wrong: 0.0,
            abstain: 0.0,
        })
    }

    /// What silence earns on declined rows that are not looked at one by one.
    fn silence(self) -> f64 {
        self.0.map_or(0.0, |costs| -costs.abstain)
    }

    /// From which probability to be right on an answer is worth more than silence.
    pub(super) fn threshold(self, row: &Answer) -> f64 {
        self.of(row).unclamped()
    }

    /// What a row earns that is answered where `answers` says so; what was declined stays so.
    fn earns(self, row: &Answer, answers: bool) -> [f64; 2] {
        let Costs { wrong, abstain } = self.of(row);
        match answers && (!row.silent || row.forced) {
            true => [-wrong, 1.0],
            false => [-abstain; 2],
        }
    }
}

/// Policies, each by whether it answers a row.
pub(super) struct Policies {
    /// As the model did.
    pub(super) now: Estimate,
    /// Answering where the stated confidence exceeds the threshold.
    pub(super) stated: Estimate,
    /// Answering where the cross-fitted one does.
    pub(super) best: Estimate,
    /// Answering everything whose answer is known.
    pub(super) always: Estimate,
    pub(super) never: Estimate,
    /// Answering what is right.
    pub(super) oracle: Estimate,
    /// The share of the answers given that `best` gives, too.
    pub(super) given: f64,
    /// best − now.
    pub(super) regret: Estimate,
    /// best − stated.
    pub(super) regret_stated: Estimate,
}

impl Policies {
    pub(super) fn of(answers: &Answers, prices: Prices) -> Self {
        let stated = |row: &Answer| !row.silent && row.stated > prices.threshold(row);
        let best = |row: &Answer| !row.silent && row.calibrated > prices.threshold(row);
        let mean = |answered: &dyn Fn(&Answer) -> bool| {
            let earned = |row: &Answer| -> Earned { Some(prices.earns(row, answered(row))) };
            answers.mean(earned, prices.silence())
        };
        let less = |other: &dyn Fn(&Answer) -> bool| {
            let difference = |row: &Answer| {
                let (best, other) = (prices.earns(row, best(row)), prices.earns(row, other(row)));
                Some([best[0] - other[0], best[1] - other[1]])
            };
            answers.mean(difference, 0.0)
        };
        let now = |row: &Answer| !row.silent;
        let oracle = |row: &Answer| {
            let [wrong, right] = prices.earns(row, true);
            let silence = prices.earns(row, false)[0];
            Some([wrong.max(silence), right.max(silence)])
        };
        Self {
            given: answers.weight(|row| now(row) && best(row)) / answers.weight(now),
            now: mean(&now),
            stated: mean(&stated),
            best: mean(&best),
            always: mean(&|_| true),
            never: mean(&|_| false),
            oracle: answers.mean(oracle, prices.silence()),
            regret: less(&now),
            regret_stated: less(&stated),
        }
    }

    /// Each by its name in JSON and in words.
    pub(super) fn named(&self) -> [(&'static str, &'static str, &Estimate); 8] {
        [
            ("u_now", "earned now", &self.now),
            ("u_stated", "  by stated confidence", &self.stated),
            ("u_opt", "  by recalibrated", &self.best),
            ("u_always", "  answering all", &self.always),
            ("u_never", "  answering none", &self.never),
            ("u_oracle", "  answering what is right", &self.oracle),
            ("regret_choose", "lost by choosing", &self.regret),
            ("regret_stated", "  by going by stated", &self.regret_stated),
        ]
    }
}
