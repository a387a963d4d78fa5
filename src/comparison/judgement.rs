//! What a comparison of two logs comes to, for one metric.

use crate::inference::paired::{Alternative, Difference, Magnitude, mcnemar};
use crate::inference::{Interval, clopper_pearson};
use crate::maths::quantile;
use crate::metrics::Better;

/// Chance with which a difference of the smallest detectable size is detected.
const POWER: f64 = 0.8;

/// The difference of a metric between two logs, new less base, over the prompts that enter it on both sides.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Judgement {
    /// The difference; `None` when undefined.
    pub delta: Option<f64>,
    /// The metric over those prompts, in the base and in the new log.
    pub shared: [Option<f64>; 2],
    /// Prompts, or groups of prompts, that enter.
    pub units: u64,
    /// The difference with its standard error, where there is one.
    pub difference: Option<Difference>,
    /// The change of its distance from zero, for metrics that are best at zero.
    pub magnitude: Option<Magnitude>,
    /// For shares of independent rows: pairs that only the new log counts, and pairs that only the base does.
    pub discordant: Option<[u64; 2]>,
    /// The two-sided p-value of swapping, where that is the test.
    pub swaps: Option<f64>,
    /// How it was judged.
    pub method: Option<String>,
    /// Why the difference, or its interval, is missing.
    pub reason: Option<String>,
    /// Whether every pair differs by the same amount, or not at all.
    pub unchanged: bool,
    /// Whether it is a share of independent rows.
    pub is_share: bool,
}

impl Judgement {
    /// No difference, for this reason.
    pub(super) fn missing(reason: impl Into<String>) -> Self {
        Self {
            reason: Some(reason.into()),
            ..Self::default()
        }
    }

    /// The chance of a difference at least as far on the side of the alternative if the true one were `limit`.
    ///
    /// Pairs that differ are counted exactly (McNemar) where the metric is a share of independent rows and the limit is
    /// 0, and by the sign test where all differ by the same amount. `None` where nothing can be said.
    #[must_use]
    pub fn p_value(&self, alternative: Alternative, limit: f64) -> Option<f64> {
        if let (Some([gained, lost]), true) = (self.discordant, limit == 0.0) {
            return mcnemar(gained, lost, alternative);
        }
        if let (Some(p), Alternative::TwoSided, true) = (self.swaps, alternative, limit == 0.0) {
            return Some(p);
        }
        self.difference?.tested(alternative, limit)
    }

    /// The chance of so much of a change for the worse if the true one were `limit`: of a rise where less is better, of a
    /// fall where more is, of a move away from zero where that is best. `None` where neither way is worse.
    #[must_use]
    pub fn p_worse(&self, better: Better, limit: f64) -> Option<f64> {
        match better {
            Better::Lower => self.p_value(Alternative::Greater, limit),
            Better::Higher => self.p_value(Alternative::Less, -limit),
            Better::NearerZero => self.magnitude?.p_value(limit),
            Better::Neither => None,
        }
    }

    /// The change for the worse, negative where it is for the better, and its interval.
    #[must_use]
    pub fn worsening(&self, better: Better, level: f64) -> Option<(f64, Interval)> {
        let turned = |(low, high): (f64, f64)| (-high, -low);
        match better {
            Better::Lower => Some((self.delta?, self.interval(level))),
            Better::Higher => {
                let interval = self.interval(level);
                let bounds = interval.bounds.map(turned);
                Some((-self.delta?, Interval { bounds, ..interval }))
            }
            Better::NearerZero => match self.magnitude {
                Some(magnitude) => Some((magnitude.value(), magnitude.interval(level))),
                // Nothing spreads, so that there is no interval.
                None => {
                    let [base, new] = self.shared;
                    Some((new?.abs() - base?.abs(), self.interval(level)))
                }
            },
            Better::Neither => None,
        }
    }

    /// For a share of independent rows of which no pair differs: how large a difference may be that so many pairs do not
    /// show, by Clopper and Pearson's limit of none in n.
    #[must_use]
    pub fn bounds_unseen(&self, level: f64) -> Option<(f64, f64)> {
        let unseen = self.unchanged && self.is_share && self.delta == Some(0.0);
        let (_, high) = clopper_pearson::interval(0.0, self.units as f64, level)?;
        unseen.then_some((-high, high))
    }

    /// The interval of the difference; never one of zero width.
    #[must_use]
    pub fn interval(&self, level: f64) -> Interval {
        match &self.difference {
            Some(difference) => difference.interval(level),
            None => Interval {
                method: self.method.clone().unwrap_or_default(),
                ..Interval::default()
            },
        }
    }

    /// The smallest true difference that these prompts would show with a chance of 80 %, tested at this level.
    ///
    /// `(z₁₋α⁄₂ + z.₈) · SE`. Cohen (1988), Statistical Power Analysis for the Behavioral Sciences.
    #[must_use]
    pub fn smallest_detectable(&self, level: f64) -> Option<f64> {
        let error = self.difference?.standard_error;
        (error > 0.0).then(|| error * detectable(level, POWER))
    }

    /// How many prompts would show a difference of the size seen with a chance of 80 %.
    #[must_use]
    pub fn rows_needed(&self, level: f64) -> Option<u64> {
        let ratio = self.smallest_detectable(level)? / self.delta?.abs();
        let rows = (self.units as f64 * ratio * ratio).ceil();
        // Beyond this no log goes, and the difference seen is a rounding error.
        (rows < 1e12).then_some(rows as u64)
    }
}

/// Standard errors between zero and what a two-sided test at this level detects with this chance.
///
/// ```
/// use calib::comparison::detectable;
/// assert!((detectable(0.95, 0.8) - (1.959_964 + 0.841_621)).abs() < 1e-6);
/// ```
#[must_use]
pub fn detectable(level: f64, power: f64) -> f64 {
    quantile::normal(0.5 + level / 2.0) + quantile::normal(power)
}
