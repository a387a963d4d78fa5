//! Gap closure in words.

use super::super::words::listed;
use super::super::words::title;
use crate::report::Closure;

/// Domains that a sentence names.
const NAMED: usize = 3;

/// `proxy closes 88.1 % of the gap from base to tuned in accuracy on average (84 to 92), but 57 % (51 to 63) on gsm; past
/// tuned on truthfulqa: 121 % (109 to 137)`. Told of the first metric that has a ratio; `None` where none has.
#[must_use]
pub fn tell(closures: &[Closure], proxy: &str) -> Option<String> {
    let own: Vec<&Closure> = closures.iter().filter(|one| one.proxy == proxy).collect();
    let first = own
        .iter()
        .find(|one| one.domain.is_none() && one.value.is_some())?;
    let metric = &first.metric;
    let whole = own
        .iter()
        .find(|one| one.metric == format!("mean_of_ratios.{metric}"));
    let gap = format!(
        "of the gap from {} to {} in {}",
        first.base,
        first.tuned,
        title(metric)
    );
    let Some(mean) = whole else {
        return Some(format!("{proxy} closes {} {gap}", share(first, 1)));
    };
    let domains = own
        .iter()
        .filter(|one| one.domain.is_some() && one.metric == *metric);
    let mut domains: Vec<&Closure> = domains.copied().collect();
    domains.sort_by(|a, b| a.value.unwrap_or(1.0).total_cmp(&b.value.unwrap_or(1.0)));
    let mut sentence = format!("{proxy} closes {} {gap} on average", share(mean, 1));
    let average = mean.value.unwrap_or(1.0);
    let short = domains
        .iter()
        .filter(|one| one.high.is_some_and(|high| high < average));
    let past = domains
        .iter()
        .rev()
        .filter(|one| one.low.is_some_and(|low| low > 1.0));
    let undefined = domains.iter().filter(|one| one.value.is_none());
    if let Some(list) = named(short, |one| format!("{} on {}", share(one, 0), place(one))) {
        sentence += &format!(", but {list}");
    }
    if let Some(list) = named(past, |one| format!("{} ({})", place(one), share(one, 0))) {
        sentence += &format!("; past {} on {list}", first.tuned);
    }
    if let Some(list) = named(undefined, |one| place(one).to_owned()) {
        sentence += &format!("; undefined on {list}");
    }
    Some(sentence)
}

fn place(one: &Closure) -> &str {
    one.domain.as_deref().unwrap_or("all rows")
}

/// The first domains in words, and how many more there are.
fn named<'c>(
    closures: impl Iterator<Item = &'c &'c Closure>,
    word: impl Fn(&Closure) -> String,
) -> Option<String> {
    let mut words: Vec<String> = closures.map(|one| word(one)).collect();
    let more = words.len().saturating_sub(NAMED);
    words.truncate(NAMED);
    if more > 0 {
        words.push(format!("{more} more"));
    }
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    (!words.is_empty()).then(|| listed(&words))
}

/// `57 % (51 to 63)`.
fn share(one: &Closure, decimals: usize) -> String {
    let percent =
        |value: f64, decimals: usize| format!("{:.decimals$}", 100.0 * value).replace('-', "−");
    let Some(value) = one.value else {
        return "n/a".to_owned();
    };
    let ends = one.low.zip(one.high);
    let ends = ends.map(|(low, high)| format!(" ({} to {})", percent(low, 0), percent(high, 0)));
    format!("{} %{}", percent(value, decimals), ends.unwrap_or_default())
}
