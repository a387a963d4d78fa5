//! What is said of the values of a column: how often each occurs, and how numbers lie.

use crate::chart::term::LEVELS;
use crate::render::number::count;
use crate::report::check::{Histogram, RoleColumn};

/// Values listed of a column of labels.
const LABELS: usize = 8;

/// What is known of a column beside its first values.
pub(super) fn asides(found: &RoleColumn) -> Vec<String> {
    let mut asides = Vec::new();
    if let Some(histogram) = &found.histogram {
        asides.push(extent(histogram));
    } else if let Some(values) = &found.values {
        let (listed, others) = values.split_at(values.len().min(LABELS));
        let mut counts: Vec<_> = listed
            .iter()
            .map(|value| format!("{} ×{}", value.value, count(value.count)))
            .collect();
        let rest: u64 = others.iter().map(|value| value.count).sum();
        if rest > 0 {
            counts.push(format!("others ×{}", count(rest)));
        }
        asides.extend((!counts.is_empty()).then(|| counts.join(", ")));
    } else {
        asides.push(format!(
            "{} values, more than 64 different",
            count(found.present)
        ));
    }
    if found.empty > 0 {
        let rows = if found.empty == 1 { "row" } else { "rows" };
        asides.push(format!("empty in {} {rows}", count(found.empty)));
    }
    if found.inverted {
        asides.push("says the opposite: read as not".to_owned());
    }
    if found.contested {
        asides.push("another column could play this role".to_owned());
    }
    asides
}

/// A histogram in one row of bars between the ends of its range.
pub(super) fn drawn(histogram: &Histogram) -> String {
    let most = histogram.bins.iter().copied().max().unwrap_or(0);
    let bars: String = histogram.bins.iter().map(|&n| bar(n, most)).collect();
    format!("{} │{bars}│ {}", histogram.lower, histogram.upper)
}

/// Where the numbers of a histogram lie.
fn extent(histogram: &Histogram) -> String {
    let end = |number: Option<f64>, infinite: &str| {
        number.map_or_else(|| infinite.to_owned(), |number| format!("{number}"))
    };
    let outside = match histogram.outside {
        0 => String::new(),
        outside => format!(", {} outside", count(outside)),
    };
    format!(
        "from {} to {}{outside}",
        end(histogram.least, "minus infinity"),
        end(histogram.most, "infinity")
    )
}

/// A bar of eight heights; an empty bin has none, and a bin with one row has one.
fn bar(n: u64, most: u64) -> char {
    let levels = LEVELS.len() as u64;
    let height = (n * levels).div_ceil(most.max(1));
    let level = usize::try_from(height).unwrap_or(0).checked_sub(1);
    level
        .and_then(|level| LEVELS.get(level).copied())
        .unwrap_or(' ')
}
