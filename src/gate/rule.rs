//! A rule whose metric is known and can be judged.

use crate::config::{Bound, Limit, Rule, Severity, share_of_percent};
use crate::error::Error;
use crate::input::nearest;
use crate::metrics::{self, Better, Contrast, MAP_FIGURES, METRICS, Metric};
use crate::record::Kind;

/// Metrics that the built-in rules allow no worsening of.
pub(super) const BUILT_IN: [&str; 5] = [
    "brier",
    "signed_gap",
    "over_answer",
    "over_abstain",
    "coverage",
];

/// A rule with its metric.
#[derive(Clone)]
pub struct Check {
    /// The rule as it was given.
    pub rule: Rule,
    /// Its metric.
    pub metric: &'static dyn Metric,
    /// Whether nobody gave it.
    pub built_in: bool,
}

/// The rules that hold where none is given: nothing gets worse than in the baseline.
#[must_use]
pub fn built_in() -> Vec<Check> {
    let limit = Limit {
        bound: Bound::MaxIncrease,
        value: 0.0,
    };
    let known = BUILT_IN
        .iter()
        .filter_map(|id| Some((id, metrics::find(id)?)));
    let check = |(id, metric): (&&str, _)| Check {
        rule: Rule::new(None, id, limit),
        metric,
        built_in: true,
    };
    known.map(check).collect()
}

impl Check {
    /// The rule with its metric.
    ///
    /// # Errors
    /// When there is no such metric, or nothing sound can be said of it and such a limit.
    ///
    /// ```
    /// use calib::{config::Rule, gate::Check};
    /// let rule = |text: &str| text.parse::<Rule>().unwrap();
    /// assert!(Check::new(rule("brier.max_increase=0.01")).is_ok());
    /// assert!(Check::new(rule("ece.max_increase=0.01")).is_err());
    /// ```
    pub fn new(rule: Rule) -> Result<Self, Error> {
        let Some(metric) = metrics::find(&rule.metric) else {
            return Err(unknown(&rule));
        };
        let refusal = of_kind(&rule).or_else(|| match rule.limit.bound {
            Bound::MaxIncrease => increase(&rule, metric),
            Bound::Max | Bound::Min => level(&rule, metric),
        });
        let refusal = refusal.or_else(|| idle(&rule, metric));
        match refusal {
            Some(error) => Err(error),
            None => Ok(Self {
                rule,
                metric,
                built_in: false,
            }),
        }
    }

    /// Whether its failure fails the gate.
    pub(super) fn counts(&self) -> bool {
        self.rule.severity == Severity::Error
    }
}

fn unknown(rule: &Rule) -> Error {
    let error = rule.error(format!("there is no metric `{}`", rule.metric));
    match nearest(&rule.metric, METRICS.iter().map(|metric| metric.id())) {
        Some(near) => error.help(format!("did you mean `{near}`?")),
        None => error.help("calib explain lists them all"),
    }
}

fn of_kind(rule: &Rule) -> Option<Error> {
    let known: Vec<_> = MAP_FIGURES.iter().map(|(id, _)| *id).collect();
    if rule.kind.is_none() || known.contains(&rule.metric.as_str()) {
        return None;
    }
    let detail = format!("`{}` does not tell kinds of prompt apart", rule.metric);
    let help = format!("those that do are {}", known.join(", "));
    Some(rule.error(detail).help(help))
}

/// Why no worsening of it can be judged.
fn increase(rule: &Rule, metric: &dyn Metric) -> Option<Error> {
    let id = metric.id();
    if metric.about().better == Better::Neither {
        let detail = format!("neither more nor less of `{id}` is worse, so it has no max_increase");
        return Some(rule.error(detail).help("give it a max or a min"));
    }
    let why = match metric.contrast() {
        Contrast::Means(_) | Contrast::Area | Contrast::Drawn(_) => {
            return below_zero(rule, metric);
        }
        Contrast::Swapped(_) => {
            "it is biased upward in both logs, by noise that changes with the rows, so a rise beyond a limit is no sign of getting worse"
        }
        Contrast::None(reason) => reason,
    };
    let detail = match id {
        "ece" => "`ece.max_increase` cannot be judged: the same model, sampled twice, raises its ECE by 0.01 in 18 to 35 % of comparisons of 200 to 1,000 rows".to_owned(),
        _ => format!("`{id}.max_increase` cannot be judged: {why}"),
    };
    Some(
        rule.error(detail)
            .help("limit brier.max_increase and signed_gap.max_increase instead"),
    )
}

/// The change of a distance from zero can be tested against no shrinking, but not against a shrinking of some size.
fn below_zero(rule: &Rule, metric: &dyn Metric) -> Option<Error> {
    let distance = metric.about().better == Better::NearerZero;
    (distance && rule.limit.value < 0.0).then(|| {
        let detail = format!("`{}.max_increase` must be at least 0", metric.id());
        rule.error(detail)
            .help("a limit on its size is set by max and min")
    })
}

/// Why the limit would decide nothing: no figure is on its other side.
fn idle(rule: &Rule, metric: &dyn Metric) -> Option<Error> {
    let (least, greatest) = metric.about().ends()?;
    let Limit { bound, value } = rule.limit;
    let span = greatest - least;
    let reachable = match bound {
        Bound::Max | Bound::Min => (least..=greatest).contains(&value),
        Bound::MaxIncrease => (-span..=span).contains(&value),
    };
    if reachable {
        return None;
    }
    let id = metric.id();
    let detail = format!(
        "`{id}` runs from {least} to {greatest}, so a {bound} of {value} would decide nothing"
    );
    let hint = share_of_percent(&value.to_string()).filter(|_| greatest <= 1.0);
    let hint = hint.map(|hint| hint.trim_start_matches("; ").to_owned());
    let help = hint.unwrap_or_else(|| "give it a limit within its range".to_owned());
    Some(rule.error(detail).help(help))
}

/// Why no limit on its value can be judged.
fn level(rule: &Rule, metric: &dyn Metric) -> Option<Error> {
    let about = metric.about();
    let id = metric.id();
    let wrong = match (about.better, rule.limit.bound) {
        (Better::Higher, Bound::Max) => Some(("more", "min")),
        (Better::Lower, Bound::Min) => Some(("less", "max")),
        _ => None,
    };
    if let Some((better, meant)) = wrong {
        let bound = rule.limit.bound;
        let detail = format!("{better} of `{id}` is better, so a {bound} would fail what is good");
        return Some(rule.error(detail).help(format!("write {id}.{meant}")));
    }
    let none = about.interval.starts_with("none") && id != "ece";
    none.then(|| {
        let why = about
            .interval
            .split_once(": ")
            .map_or("no interval", |(_, why)| why);
        rule.error(format!("`{id}` has no valid interval to judge by: {why}"))
            .help(format!(
                "calib explain {id} says more; ece.max, brier.max and signed_gap.max can be judged"
            ))
    })
}

/// The name of a kind in outputs.
pub(super) fn kind_name(kind: Option<Kind>) -> Option<&'static str> {
    match kind? {
        Kind::Epistemic => Some("epistemic"),
        Kind::Safety => Some("safety"),
        Kind::Unknown => None,
    }
}
