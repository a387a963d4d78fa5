//! Words and numbers for gap closure that every format of text shares.

use super::number::Unit;
use super::units::{signed, unit};
use crate::report::comparing::title;
use crate::report::{Change, Closure};

/// What is taken over domains, in words.
const OVER: [(&str, &str); 5] = [
    ("mean_of_ratios", "mean of ratios"),
    ("ratio_of_sums", "ratio of sums"),
    ("median", "median"),
    ("mean_of_capped_ratios", "mean, each at most 100\u{a0}%"),
    ("contrast", "widest contrast"),
];

/// The metric of an entry, and what is taken of it over domains.
pub(super) fn parts(one: &Closure) -> (&str, Option<&'static str>) {
    let over = OVER.iter().find_map(|(id, words)| {
        let metric = one.metric.strip_prefix(id)?.strip_prefix('.')?;
        Some((metric, Some(*words)))
    });
    over.unwrap_or((&one.metric, None))
}

/// What an entry is about: its metric, its domain, or what is taken over domains.
pub(super) fn subject(one: &Closure) -> String {
    let flagged = |which: &str| one.flags.iter().find_map(|flag| flag.strip_prefix(which));
    match (parts(one), &one.domain) {
        ((_, Some(_)), _) if one.metric.starts_with("contrast.") => {
            let [most, least] =
                ["most: ", "least: "].map(|which| flagged(which).unwrap_or_default());
            format!("{most} − {least}")
        }
        ((_, Some(words)), _) => words.to_owned(),
        ((_, None), Some(domain)) => domain.clone(),
        ((metric, None), None) => title(metric).to_owned(),
    }
}

/// A ratio in percent; the difference of two in points.
pub(super) fn closed(one: &Closure, value: Option<f64>) -> String {
    let contrast = one.metric.starts_with("contrast.");
    match value {
        None => "n/a".to_owned(),
        Some(value) if contrast => format!("{} points", Unit::Signed(1).digits(100.0 * value, 1)),
        Some(value) => Unit::Percent.show(value),
    }
}

/// The interval of a ratio, `88 – 104`, with as many decimals as keep its ends apart; empty where there is none.
pub(super) fn ends(one: &Closure) -> String {
    let Some((low, high)) = one.low.zip(one.high) else {
        return String::new();
    };
    let both = |decimals| [low, high].map(|end| Unit::Plain(0).digits(100.0 * end, decimals));
    let apart = (0..3).map(both).find(|[low, high]| low != high);
    apart.map_or_else(String::new, |[low, high]| format!("{low} – {high}"))
}

/// A figure of a log in the unit of its metric.
pub(super) fn figure(one: &Closure, value: Option<f64>) -> String {
    value.map_or_else(String::new, |value| unit(parts(one).0).show(value))
}

/// A difference with its interval, `+3.1 (+1.0 to +5.2)`.
pub(super) fn change(one: &Closure, change: Option<&Change>) -> String {
    let Some((change, delta)) = change.and_then(|change| Some((change, change.delta?))) else {
        return String::new();
    };
    let show = |value: f64| signed(&one.metric, value);
    let both = change.low.zip(change.high);
    let ends = both.map_or_else(String::new, |(low, high)| {
        format!(" ({} to {})", show(low), show(high))
    });
    show(delta) + &ends
}

/// Whether there is a gap at all.
pub(super) fn differs(one: &Closure) -> bool {
    let whole = one.tuned_less_base.as_ref();
    whole.is_none_or(|change| change.delta != Some(0.0))
}

/// What to know of an entry, in words.
pub(super) fn notes(one: &Closure) -> String {
    let word = |flag: &String| match flag.as_str() {
        "surpasses" => Some("surpasses"),
        "recedes" => Some("moves away"),
        "undefined" => Some("undefined"),
        "small_denominator" => Some("small gap"),
        "tuned_worse" => Some("tuned is worse"),
        "domains_left_out" => Some("without undefined"),
        _ => None,
    };
    let words: Vec<&str> = one.flags.iter().filter_map(word).collect();
    words.join(", ")
}
