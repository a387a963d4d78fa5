//! Whether a model can still learn: what it ends at on a new task, against a fresh start on the same task.

use super::course::{Course, steps};
use super::in_percent;
use crate::evidence::Panel;
use crate::inference::clustered::Clustered;
use crate::inference::ratio::Fraction;
use crate::inference::{Interval, cluster_quantile};
use crate::report::{Estimate, Plasticity};

/// Share of the base's end below which a log that does not learn has stalled.
const HALF: f64 = 0.5;

/// What the second log ends at as a share of what the first ends at; `None` unless both tell success at two steps or more.
///
/// The ratio of success at the last steps, and that of mean success over the steps (by trapezia), with Fieller's interval
/// over shared clusters. `stalled`: over three steps or more the success of the second is not told from level, and it ends
/// below half of the first. `loss`: the interval of the ratio lies below 1. `no_loss`: the ratio is 1 or more. Else none.
#[must_use]
pub fn plasticity(base: &Panel, new: &Panel, level: f64) -> Option<Plasticity> {
    let course = |panel: &Panel| Course::of(&steps(panel));
    let (base, new) = (course(base)?, course(new)?);
    let ratio = ratio(new.last(), base.last(), level);
    let low = ratio.value.is_some_and(|ratio| ratio < HALF);
    let verdict = match ratio.value {
        Some(_) if low && new.is_stalled_against(base.last().value, level) => Some("stalled"),
        _ if ratio.high.is_some_and(|high| high < 1.0) => Some("loss"),
        Some(value) if value >= 1.0 => Some("no_loss"),
        _ => None,
    };
    let ends = [&base, &new].map(|course| course.last().value);
    Some(Plasticity {
        base: ends[0],
        new: ends[1],
        sentence: sentence(ends, &ratio, verdict),
        area_ratio: self::ratio(&new.area(), &base.area(), level),
        ratio,
        verdict,
    })
}

/// new / base by Fieller, from how both move with their clusters.
fn ratio(new: &Clustered, base: &Clustered, level: f64) -> Estimate {
    let variance = |one: &Clustered| one.standard_error().map(|error| error * error);
    let apart = variance(&new.less(base));
    let (Some(above), Some(below), Some(apart)) = (variance(new), variance(base), apart) else {
        return Estimate::undefined(0, "one cluster");
    };
    let fraction = Fraction {
        numerator: new.value,
        denominator: base.value,
        above,
        below,
        covariance: (above + below - apart) / 2.0,
    };
    let clusters = new.clusters().max(base.clusters());
    let (quantile, method) = cluster_quantile(level, clusters);
    let limits = fraction.limits(quantile);
    let interval = Interval {
        bounds: limits.map(|limits| (limits.low, limits.high)),
        method: format!("Fieller, {method}"),
        reason: limits.is_none().then_some("the base is not told from 0"),
        ..Interval::default()
    };
    match fraction.value() {
        Some(value) => Estimate::with_interval(value, clusters, level, interval),
        None => Estimate::undefined(clusters, "the base is at 0"),
    }
}

fn sentence([base, new]: [f64; 2], ratio: &Estimate, verdict: Option<&str>) -> String {
    let word = match verdict {
        Some("stalled") => "stalled",
        Some("loss") => "loss of plasticity",
        Some("no_loss") => "no loss",
        _ => "a loss is not told",
    };
    let percent = |share: f64| format!("{:.0} %", 100.0 * share);
    let share = ratio.value.map_or_else(|| "n/a".to_owned(), percent);
    let ends = in_percent(ratio);
    format!(
        "ends at {:.1} %, {share}{ends} of the base's {:.1} %: {word}",
        100.0 * new,
        100.0 * base
    )
}
