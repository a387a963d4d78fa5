//! One rule on one group: the figure that is held against the limit, its interval at any level, and its p-value.

use super::rule::{Check, kind_name};
use crate::comparison::Judgement;
use crate::config::Bound;
use crate::evidence::Evidence;
use crate::maths::{quantile, root, tails};
use crate::metrics::{self, Better, Budget, Ce2, Ece, Metric, SignedGap, View};
use crate::record::Kind;
use crate::report::{Estimate, GateRule};
use crate::settings::Settings;

/// Standard errors beyond which no p-value is told apart from 0.
const FURTHEST: f64 = 6.0;
/// To how many standard errors a p-value is found.
const TOLERANCE: f64 = 1e-9;
/// Chance with which a figure of the smallest detectable size fails.
const POWER: f64 = 0.8;

/// What a limit is held against.
pub(super) enum Figure<'a> {
    /// How much worse the log is than its baseline.
    Worsening(Box<Judgement>, Better),
    /// A metric of the log.
    Level(Level<'a>),
    /// The calibration error, which has no interval of its own, and its estimate.
    Error(Level<'a>, Box<Estimate>),
    /// Nothing, for this reason.
    None(String),
}

/// A metric of some rows, at any level of its interval.
pub(super) struct Level<'a> {
    pub(super) metric: &'static dyn Metric,
    pub(super) kind: Option<Kind>,
    pub(super) evidence: &'a Evidence,
    pub(super) settings: &'a Settings,
}

/// A rule on a group.
pub(super) struct Trial<'a> {
    figure: Figure<'a>,
    /// Whether beyond the limit is below it.
    below: bool,
    limit: f64,
    /// The figure, its ends left open.
    pub(super) entry: GateRule,
    /// Whether nothing differs between the logs.
    pub(super) unchanged: bool,
    /// Chance of so bad a figure where the true one is at the limit.
    pub(super) p: Option<f64>,
}

impl Level<'_> {
    fn estimate(&self, level: f64) -> Estimate {
        self.of(self.metric, level)
    }

    fn of(&self, metric: &dyn Metric, level: f64) -> Estimate {
        let settings = Settings {
            level,
            ..*self.settings
        };
        let view = View::new(self.evidence, &settings, Budget::default());
        match self.kind {
            None => metric.estimate(&view),
            Some(kind) => metrics::of_kind(metric.id(), kind, &view),
        }
    }

    /// Ends of an interval of the calibration error, each one-sided at `alpha`.
    ///
    /// ECE is at least |gap|, and at most the root of the squared calibration error. A lower end of either speaks against
    /// a limit, so each gets half of `alpha`; the second never speaks beyond ECE itself.
    fn error(&self, alpha: f64, ece: f64) -> Option<(f64, f64)> {
        let (low, high) = self.of(&SignedGap, 1.0 - alpha).interval()?;
        let gap = low.max(-high).max(0.0);
        let root = |level: f64, end: &str| {
            let squared = self.of(&Ce2, level);
            squared.beside.get(end).copied().flatten()
        };
        let floor = root(1.0 - alpha, "root_low").unwrap_or(0.0).min(ece);
        let ceiling = root(1.0 - 2.0 * alpha, "root_high").unwrap_or(1.0);
        Some((gap.max(floor), ceiling.max(gap)))
    }
}

impl Figure<'_> {
    /// The interval whose ends are each one-sided at `alpha`.
    fn ends(&self, alpha: f64) -> Option<(f64, f64)> {
        let level = 1.0 - 2.0 * alpha;
        let ends = match self {
            Self::Worsening(judgement, better) => judgement.worsening(*better, level)?.1.bounds,
            Self::Level(of) => of.estimate(level).interval(),
            Self::Error(of, ece) => of.error(alpha, ece.value?),
            Self::None(_) => None,
        };
        ends.filter(|(low, high)| low.is_finite() && high.is_finite() && low < high)
    }
}

impl<'a> Trial<'a> {
    pub(super) fn new(check: &Check, figure: Figure<'a>, settings: &Settings) -> Self {
        let rule = &check.rule;
        let mut trial = Self {
            below: rule.limit.bound == Bound::Min,
            limit: rule.limit.value,
            entry: described(check),
            unchanged: false,
            p: None,
            figure,
        };
        trial.describe(settings);
        trial.p = trial.p_value();
        trial
    }

    fn describe(&mut self, settings: &Settings) {
        let entry = &mut self.entry;
        match &self.figure {
            Figure::Worsening(judgement, better) => {
                [entry.base, entry.value] = judgement.shared;
                let worse = judgement.worsening(*better, settings.level);
                entry.delta = worse.map_or(judgement.delta, |(delta, _)| Some(delta));
                entry.n = judgement.units;
                entry.method.clone_from(&judgement.method);
                entry.reason.clone_from(&judgement.reason);
                self.unchanged = judgement.unchanged && judgement.delta == Some(0.0);
            }
            Figure::Level(of) => {
                let Estimate {
                    value,
                    n,
                    method,
                    reason,
                    ..
                } = of.estimate(settings.level);
                (entry.value, entry.n, entry.method, entry.reason) = (value, n, method, reason);
            }
            Figure::Error(_, ece) => {
                entry.noise_floor = ece.beside.get("noise_floor").copied().flatten();
                (entry.value, entry.n) = (ece.value, ece.n);
                entry.method = Some("from signed_gap and ce2".to_owned());
                entry.reason = ece.reason.clone().filter(|_| ece.value.is_none());
            }
            Figure::None(reason) => entry.reason = Some(reason.clone()),
        }
    }

    /// How far a figure is beyond the limit; negative within it.
    fn beyond(&self, figure: f64) -> f64 {
        if self.below {
            self.limit - figure
        } else {
            figure - self.limit
        }
    }

    /// How far the figure itself is beyond the limit.
    pub(super) fn excess(&self) -> Option<f64> {
        let figure = self.entry.figure().filter(|figure| figure.is_finite())?;
        Some(self.beyond(figure))
    }

    /// The end of the interval that decides on failure, one-sided at `alpha`, and how far it is beyond the limit.
    fn near(&self, alpha: f64) -> Option<(f64, f64)> {
        let (low, high) = self.figure.ends(alpha)?;
        let end = if self.below { high } else { low };
        Some((end, self.beyond(end)))
    }

    /// The other end, which decides on passing.
    fn far(&self, alpha: f64) -> Option<(f64, f64)> {
        let (low, high) = self.figure.ends(alpha)?;
        let end = if self.below { low } else { high };
        Some((end, self.beyond(end)))
    }

    fn p_value(&self) -> Option<f64> {
        let excess = self.excess()?;
        if let Figure::Worsening(judgement, better) = &self.figure {
            return judgement.p_worse(*better, self.limit);
        }
        // Without an interval at some level there is none at any.
        self.near(0.05)?;
        // Where the end of the metric's own interval meets the limit is the level at which it is just refuted.
        let z = |start: f64, end: &dyn Fn(f64) -> f64| {
            let at = |z: f64| end(tails::normal(z));
            root::falling_within(TOLERANCE, (0.0, FURTHEST), start, at)
        };
        if excess > 0.0 {
            let end = |alpha| self.near(alpha).map_or(0.0, |(_, beyond)| beyond);
            Some(tails::normal(z(excess, &end)))
        } else {
            let end = |alpha| self.far(alpha).map_or(0.0, |(_, beyond)| -beyond);
            Some(1.0 - tails::normal(z(-excess, &end)))
        }
    }

    /// Whether the figure is shown to be within the limit, at `alpha`.
    pub(super) fn holds(&self, alpha: f64) -> bool {
        self.far(alpha).is_some_and(|(_, beyond)| beyond <= 0.0)
    }

    /// Fills in the ends: that which decides on failure at its share of `alpha`, the other at `alpha` itself.
    pub(super) fn close(&mut self, share: f64, alpha: f64) {
        let near = self.near(share).map(|(end, _)| end);
        let far = self.far(alpha).map(|(end, _)| end);
        let (low, high) = if self.below { (far, near) } else { (near, far) };
        self.entry.alpha = near.map(|_| share);
        (self.entry.low, self.entry.high) = (low, high);
        self.detect(share);
    }

    /// What these rows can show, by the standard error that the interval has at this level.
    ///
    /// `(z₁₋α + z.₈) · SE`, and the rows with which the figure seen would be as far. Cohen (1988), Statistical Power
    /// Analysis for the Behavioral Sciences.
    fn detect(&mut self, share: f64) {
        let (Some((_, near)), Some(excess)) = (self.near(share), self.excess()) else {
            return;
        };
        let z = quantile::normal(1.0 - share);
        let error = (excess - near) / z;
        let shown = error * (z + quantile::normal(POWER));
        if !(shown > 0.0 && shown.is_finite()) {
            return;
        }
        self.entry.smallest_detectable = Some(shown);
        let rows = (self.entry.n as f64 * (shown / excess).powi(2)).ceil();
        // Beyond this no log goes, and the figure seen is at its limit but for rounding.
        self.entry.rows_needed = (excess > 0.0 && rows < 1e12).then_some(rows as u64);
    }
}

/// What is known of a rule before any figure.
pub(super) fn described(check: &Check) -> GateRule {
    let rule = &check.rule;
    GateRule {
        rule: rule.to_string(),
        metric: check.metric.id(),
        kind: kind_name(rule.kind),
        level: if check.counts() { "error" } else { "warn" },
        prove: rule.prove,
        built_in: check.built_in,
        bound: match rule.limit.bound {
            Bound::Max => "max",
            Bound::Min => "min",
            Bound::MaxIncrease => "max_increase",
        },
        limit: rule.limit.value,
        place: rule.place.as_ref().map(|place| crate::report::RulePlace {
            path: place.path.clone(),
            line: place.line,
            column: place.column,
        }),
        ..GateRule::default()
    }
}

/// What a limit on the metric of these rows is held against.
pub(super) fn level<'a>(
    check: &Check,
    evidence: &'a Evidence,
    settings: &'a Settings,
) -> Figure<'a> {
    let level = Level {
        metric: check.metric,
        kind: check.rule.kind,
        evidence,
        settings,
    };
    if check.metric.id() == Ece.id() {
        let ece = level.estimate(settings.level);
        Figure::Error(level, Box::new(ece))
    } else {
        Figure::Level(level)
    }
}
