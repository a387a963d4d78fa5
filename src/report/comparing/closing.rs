//! From three logs to the gap closures of a report: by domain, over all rows, and over domains.

mod about;
mod domains;
mod words;

pub use about::about;
pub use words::tell;

use super::{Target, name, targets};
use crate::comparison::{Stand, Trio, stand};
use crate::inference::paired::{Difference, Law};
use crate::inference::ratio::{Fraction, Limits};
use crate::metrics::{Better, Contrast, Metric};
use crate::report::{Change, Closure, Group};
use crate::settings::Settings;
use domains::over;

/// A biased statistic has an interval only where each log stands so many noise floors up: nearer, the bias is of the size
/// of the statistic.
const FLOORS: f64 = 3.0;
/// A denominator within so many quantiles of zero is small: the interval is far from symmetric.
const SMALL: f64 = 2.0;

/// One domain, or all rows, in the three logs.
pub struct Domain<'a> {
    /// The values that make it; `None` for all rows.
    pub name: Option<String>,
    /// The evidence of the base, the proxy and the tuned log.
    pub trio: Trio<'a>,
    /// Their figures.
    pub groups: [&'a Group; 3],
}

/// One ratio on its way into a report: the entry, and what is needed to bring it together with those of other domains.
struct Ratio {
    entry: Closure,
    /// Numerator and denominator, where they are known.
    fraction: Option<Fraction>,
    limits: Option<Limits>,
    law: Option<Law>,
}

impl Ratio {
    fn unknown(entry: Closure) -> Self {
        Self {
            entry,
            fraction: None,
            limits: None,
            law: None,
        }
    }
}

/// The closures of the metrics: for each, all rows first, then the domains, then what is taken over them. The first domain
/// must be all rows.
#[must_use]
pub fn close(
    domains: &[Domain<'_>],
    [base, proxy, tuned]: [&str; 3],
    metrics: &[&'static dyn Metric],
    settings: &Settings,
) -> Vec<Closure> {
    let Some((all, parts)) = domains.split_first() else {
        return Vec::new();
    };
    let targets = targets(metrics, &all.groups);
    let stands: Vec<_> = domains
        .iter()
        .map(|domain| stand(&domain.trio, &targets, settings))
        .collect();
    let together = domains::apart(parts);
    let mut closures = Vec::new();
    for (at, target) in targets.iter().enumerate() {
        let ratios = domains
            .iter()
            .zip(&stands)
            .filter_map(|(domain, stands)| Some(ratio(domain, target, stands.get(at)?, settings)));
        let ratios: Vec<Ratio> = ratios.collect();
        let summary = over(&ratios[1..], target, together, settings);
        closures.extend(ratios.into_iter().map(|ratio| ratio.entry));
        closures.extend(summary);
    }
    for closure in &mut closures {
        closure.base = base.to_owned();
        closure.proxy = proxy.to_owned();
        closure.tuned = tuned.to_owned();
        closure.level = settings.level;
    }
    closures
}

fn ratio(
    domain: &Domain<'_>,
    target: &Target,
    stand: &Result<Stand, &'static str>,
    settings: &Settings,
) -> Ratio {
    let entry = Closure {
        domain: domain.name.clone(),
        metric: name(target),
        ..Closure::default()
    };
    let stand = match stand {
        Ok(stand) => stand,
        Err(reason) => {
            let reason = Some((*reason).to_owned());
            return Ratio::unknown(Closure { reason, ..entry });
        }
    };
    let fraction = fraction(stand);
    let judged = judge(domain, target, stand, &fraction, settings);
    let finite = |value: f64| Some(value).filter(|value| value.is_finite());
    let [base_value, proxy_value, tuned_value] = stand.values.map(finite);
    let change = |difference: Option<Difference>, value: f64| {
        let bounds = difference.and_then(|one| one.interval(settings.level).bounds);
        let bounds = bounds.filter(|_| !is_near_floor(domain, target, stand));
        let why = match value.is_finite() {
            true => "no interval",
            false => "undefined in one of the logs",
        };
        Some(Change {
            delta: finite(value),
            low: bounds.map(|bounds| bounds.0),
            high: bounds.map(|bounds| bounds.1),
            reason: bounds.is_none().then(|| why.to_owned()),
        })
    };
    let [base, proxy, tuned] = stand.values;
    let ends = judged.limits.filter(|limits| limits.low < limits.high);
    Ratio {
        limits: judged.limits,
        fraction: Some(fraction),
        law: stand.whole.map(|whole| whole.law),
        entry: Closure {
            value: judged.value,
            low: ends.map(|limits| limits.low),
            high: ends.map(|limits| limits.high),
            flags: flags(target, stand, &judged, settings),
            base_value,
            proxy_value,
            tuned_value,
            tuned_less_base: change(stand.whole, tuned - base),
            proxy_less_tuned: change(stand.past, proxy - tuned),
            n: stand.prompts,
            method: judged.method,
            reason: judged.reason.map(str::to_owned),
            ..entry
        },
    }
}

fn fraction(stand: &Stand) -> Fraction {
    let variance = |one: Option<Difference>| one.map_or(0.0, |one| one.standard_error.powi(2));
    let [base, proxy, tuned] = stand.values;
    Fraction {
        numerator: proxy - base,
        denominator: tuned - base,
        above: variance(stand.closed),
        below: variance(stand.whole),
        covariance: stand.covariance().unwrap_or(0.0),
    }
}

/// What a ratio comes to.
struct Judged {
    value: Option<f64>,
    limits: Option<Limits>,
    method: Option<String>,
    reason: Option<&'static str>,
}

fn judge(
    domain: &Domain<'_>,
    target: &Target,
    stand: &Stand,
    fraction: &Fraction,
    settings: &Settings,
) -> Judged {
    let plain = |reason| Judged {
        value: fraction.value(),
        limits: None,
        method: None,
        reason: Some(reason),
    };
    if fraction.denominator == 0.0 {
        return plain("base and tuned do not differ");
    }
    let Some(whole) = stand.whole else {
        return plain("no standard error");
    };
    let near_floor = is_near_floor(domain, target, stand);
    let (quantile, law) = whole.law.quantile(settings.level);
    if near_floor && fraction.distance() < SMALL * quantile {
        return Judged {
            value: None,
            ..plain("tuned − base is no more than noise and bias make of it")
        };
    }
    if near_floor {
        return plain("no interval: biased upward, and not far above its noise floor in every log");
    }
    let method = Some(format!("Fieller, {}, {law}", stand.method));
    match fraction.limits(quantile) {
        None => Judged {
            value: None,
            limits: None,
            method,
            reason: Some("the interval of tuned − base includes 0"),
        },
        Some(limits) if limits.low < limits.high => Judged {
            value: fraction.value(),
            limits: Some(limits),
            method,
            reason: None,
        },
        // It still counts as sure where domains come together.
        Some(limits) => Judged {
            method,
            limits: Some(limits),
            ..plain("no spread between prompts")
        },
    }
}

/// Whether the metric is biased upward and some log stands too near to what chance alone would show.
fn is_near_floor(domain: &Domain<'_>, target: &Target, stand: &Stand) -> bool {
    let near = |(group, value): (&&Group, f64)| {
        let figure = group.metrics.get(target.metric.id());
        let floor = figure.and_then(|figure| figure.beside.get("noise_floor").copied().flatten());
        floor.is_none_or(|floor| value < FLOORS * floor)
    };
    let biased = matches!(target.metric.contrast(), Contrast::Swapped(_));
    biased && domain.groups.iter().zip(stand.values).any(near)
}

fn flags(target: &Target, stand: &Stand, judged: &Judged, settings: &Settings) -> Vec<String> {
    let [base, _, tuned] = stand.values;
    let distance = fraction(stand).distance();
    let quantile = stand
        .whole
        .map_or(0.0, |one| one.law.quantile(settings.level).0);
    let worse = match target.metric.about().better {
        Better::Higher => tuned < base,
        Better::Lower => tuned > base,
        Better::NearerZero => tuned.abs() > base.abs(),
        Better::Neither => false,
    };
    let flags = [
        ("surpasses", judged.value.is_some_and(|value| value > 1.0)),
        ("recedes", judged.value.is_some_and(|value| value < 0.0)),
        ("undefined", judged.value.is_none()),
        (
            "small_denominator",
            judged.value.is_some() && distance < SMALL * quantile,
        ),
        ("tuned_worse", worse),
        ("other_prompts", stand.apart),
    ];
    let raised = flags.into_iter().filter(|(_, is_so)| *is_so);
    raised.map(|(flag, _)| flag.to_owned()).collect()
}
