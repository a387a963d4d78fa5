//! What the columns that play a role hold: the first values, how often each occurs, and how the numbers lie.
//!
//! Collected only where [`RowRules::sampled`](super::RowRules) asks for it, in bounded memory, and merged exactly.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::roles::{ROLES, Role};
use super::scale::ConfidenceScale;
use super::value::{Number, Raw};

/// Number of bins of a histogram.
pub(crate) const BINS: usize = 10;
/// Distinct values shown of a column.
const FIRST: usize = 3;
/// Distinct values counted of a column; one with more holds no labels.
const COUNTED: usize = 64;
/// Columns looked at: the first in the order of roles and hashes.
const COLUMNS: usize = 256;

/// Where a row stands among all rows: its file, the first line of its block, and its number in the block.
type Place = (usize, u64, u64);

/// A column in the role it plays.
type Key = (Role, u64);

/// What was seen in the columns that play a role. Merges exactly.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Samples {
    columns: BTreeMap<Key, Sample>,
    at: Place,
}

/// What was seen in one column.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Sample {
    /// Values that say that there is none.
    pub(crate) missing: u64,
    /// All other values.
    pub(crate) present: u64,
    /// The first values by place.
    first: Vec<(Place, String)>,
    /// How often each value occurs; nothing once they are too many to be labels.
    counts: BTreeMap<String, u64>,
    /// Whether they are.
    crowded: bool,
    /// The values that are numbers.
    pub(crate) numbers: Numbers,
}

/// How the numbers of a column lie.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Numbers {
    /// How many there are.
    pub(crate) count: u64,
    /// The smallest.
    pub(crate) least: f64,
    /// The largest.
    pub(crate) most: f64,
    /// Histograms over ranges that are known beforehand, so that they merge exactly.
    grids: [[u64; BINS]; 2],
}

/// The second range looked at: a confidence that is outside of its own may be a percentage.
const PERCENT: (f64, f64) = (0.0, 100.0);

impl Default for Numbers {
    fn default() -> Self {
        Self {
            count: 0,
            least: f64::INFINITY,
            most: f64::NEG_INFINITY,
            grids: [[0; BINS]; 2],
        }
    }
}

/// A histogram of equal bins from the first number to the second.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Histogram {
    pub(crate) range: (f64, f64),
    pub(crate) bins: [u64; BINS],
    /// Numbers beyond the range.
    pub(crate) outside: u64,
}

impl Samples {
    /// Begins a block of a file.
    pub(super) fn start(&mut self, file: usize, line: u64) {
        self.at = (file, line, 0);
    }

    /// Looks at the values of the next row.
    pub(super) fn add(&mut self, values: &[(usize, u64, Raw<'_>)], scale: ConfidenceScale) {
        self.at.2 += 1;
        for (slot, column, raw) in values {
            let Some(names) = ROLES.get(*slot) else {
                continue;
            };
            let at = self.at;
            self.sample((names.role, *column)).add(at, raw, scale);
            self.bound();
        }
    }

    fn sample(&mut self, key: Key) -> &mut Sample {
        self.columns.entry(key).or_default()
    }

    fn bound(&mut self) {
        if self.columns.len() > COLUMNS {
            self.columns.pop_last();
        }
    }

    /// What was seen in this column, by the hash of its path.
    pub(crate) fn get(&self, role: Role, column: u64) -> Option<&Sample> {
        self.columns.get(&(role, column))
    }

    /// Adds what was seen in other rows.
    pub(crate) fn merge(&mut self, other: Self) {
        let Self { columns, at: _ } = other;
        for (key, sample) in columns {
            self.sample(key).merge(sample);
            self.bound();
        }
    }
}

impl Sample {
    fn add(&mut self, at: Place, raw: &Raw<'_>, scale: ConfidenceScale) {
        if raw.is_missing() {
            self.missing += 1;
            return;
        }
        self.present += 1;
        if self.first.len() < FIRST || !self.crowded {
            let shown = raw.shown();
            if self.first.len() < FIRST && !self.first.iter().any(|(_, known)| *known == shown) {
                self.first.push((at, shown.clone().into_owned()));
            }
            self.count(shown, 1);
        }
        self.numbers.add(raw.number(), scale);
    }

    fn count(&mut self, value: Cow<'_, str>, times: u64) {
        if self.crowded {
            return;
        }
        match self.counts.get_mut(&*value) {
            Some(count) => *count += times,
            None => drop(self.counts.insert(value.into_owned(), times)),
        }
        if self.counts.len() > COUNTED {
            self.crowd();
        }
    }

    fn crowd(&mut self) {
        self.crowded = true;
        self.counts.clear();
    }

    /// A first value of the whole is one of the part that holds its first place. Where the values of a part are too many,
    /// those of the whole are.
    fn merge(&mut self, other: Self) {
        let Self {
            missing,
            present,
            first,
            counts,
            crowded,
            numbers,
        } = other;
        self.missing += missing;
        self.present += present;
        self.first.extend(first);
        self.first.sort();
        let mut known: Vec<String> = Vec::new();
        self.first.retain(|(_, value)| {
            let new = !known.contains(value) && known.len() < FIRST;
            known.extend(new.then(|| value.clone()));
            new
        });
        if crowded {
            self.crowd();
        }
        for (value, times) in counts {
            self.count(value.into(), times);
        }
        self.numbers.merge(numbers);
    }

    /// The first distinct values in the order of the files.
    pub(crate) fn first(&self) -> Vec<String> {
        self.first.iter().map(|(_, value)| value.clone()).collect()
    }

    /// Every value with its count, the most frequent first; `None` where there are too many to be labels.
    pub(crate) fn counts(&self) -> Option<Vec<(String, u64)>> {
        let mut counts: Vec<_> = self.counts.clone().into_iter().collect();
        counts.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
        (!self.crowded).then_some(counts)
    }
}

impl Numbers {
    fn add(&mut self, number: Number, scale: ConfidenceScale) {
        let (low, high) = range(scale);
        let written = match number {
            // Zero without its sign: which of the two is the least would depend on which came first.
            Number::Plain(number) | Number::Infinite(number) => number + 0.0,
            Number::Percent(share) => low + share * (high - low),
            _ => return,
        };
        self.count += 1;
        self.least = self.least.min(written);
        self.most = self.most.max(written);
        let placed = match scale {
            ConfidenceScale::LogProb | ConfidenceScale::Logit => scale.probability(written),
            _ => Some(written),
        };
        let ranges = [(low, high), PERCENT];
        for (grid, range) in self.grids.iter_mut().zip(ranges) {
            if let Some(bin) = placed.and_then(|number| bin(number, range)) {
                grid[bin] += 1;
            }
        }
    }

    fn merge(&mut self, other: Self) {
        let Self {
            count,
            least,
            most,
            grids,
        } = other;
        self.count += count;
        self.least = self.least.min(least);
        self.most = self.most.max(most);
        for (ours, theirs) in self.grids.iter_mut().flatten().zip(grids.iter().flatten()) {
            *ours += theirs;
        }
    }

    /// The histogram over the range of the scale, or from 0 to 100 where only that holds all numbers.
    pub(crate) fn histogram(&self, scale: ConfidenceScale) -> Histogram {
        let histogram = |range, bins: [u64; BINS]| Histogram {
            range,
            bins,
            outside: self.count - bins.iter().sum::<u64>(),
        };
        let [own, percent] = self.grids;
        let own = histogram(range(scale), own);
        let percent = histogram(PERCENT, percent);
        if own.outside > 0 && percent.outside == 0 {
            percent
        } else {
            own
        }
    }
}

/// Where the numbers of a scale lie; of logarithms, where their probabilities do.
fn range(scale: ConfidenceScale) -> (f64, f64) {
    match scale {
        ConfidenceScale::Unit | ConfidenceScale::LogProb | ConfidenceScale::Logit => (0.0, 1.0),
        ConfidenceScale::Percent => PERCENT,
        ConfidenceScale::Range(low, high) => (low, high),
    }
}

/// The bin `[edge, next edge)` of a number; the upper end belongs to the last.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "the number lies within the range, so the bin is one of a few"
)]
fn bin(number: f64, (low, high): (f64, f64)) -> Option<usize> {
    (low..=high)
        .contains(&number)
        .then(|| ((number - low) / (high - low) * BINS as f64) as usize)
        .map(|bin| bin.min(BINS - 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Rows of one file: a column, and a value of it.
    fn rows() -> impl Strategy<Value = Vec<(u64, String)>> {
        let value = prop_oneof![
            "[a-c]",
            "0\\.[0-9]",
            "[0-9]{1,3}",
            "-[0-9]",
            Just("n/a".to_owned())
        ];
        prop::collection::vec((0u64..3, value), 0..60)
    }

    fn samples(rows: &[(u64, String)], block: u64) -> Samples {
        let mut samples = Samples::default();
        samples.start(0, block);
        for (column, value) in rows {
            let raw = Raw::Text(value.as_str().into());
            samples.add(
                &[(Role::Confidence as usize, *column, raw)],
                ConfidenceScale::Unit,
            );
        }
        samples
    }

    fn merged(mut a: Samples, b: Samples) -> Samples {
        a.merge(b);
        a.at = Place::default();
        a
    }

    proptest! {
        #[test]
        fn samples_merge_in_any_order(a in rows(), b in rows(), c in rows()) {
            let [x, y, z] = [(&a, 1), (&b, 2), (&c, 3)].map(|(rows, block)| merged(samples(rows, block), Samples::default()));
            prop_assert_eq!(&merged(x.clone(), y.clone()), &merged(y.clone(), x.clone()));
            let left = merged(merged(x.clone(), y.clone()), z.clone());
            prop_assert_eq!(&left, &merged(x, merged(y, z)));
        }

        #[test]
        fn a_split_changes_nothing_that_is_shown(rows in rows(), at in 0usize..60) {
            let at = at.min(rows.len());
            let whole = samples(&rows, 1);
            let parts = merged(samples(&rows[at..], 2), samples(&rows[..at], 1));
            for column in 0..3 {
                let shown = |samples: &Samples| samples.get(Role::Confidence, column).map(|sample| {
                    (sample.first(), sample.counts(), sample.missing, sample.numbers.clone())
                });
                prop_assert_eq!(shown(&whole), shown(&parts));
            }
        }
    }

    #[test]
    fn a_column_of_many_values_stays_small_and_says_so() {
        let rows: Vec<_> = (0..500).map(|row| (0, format!("{row:03}x"))).collect();
        let parts = merged(samples(&rows[250..], 2), samples(&rows[..250], 1));
        let sample = parts.get(Role::Confidence, 0).unwrap();
        assert_eq!(sample.counts(), None);
        assert!(sample.counts.is_empty());
        assert_eq!(sample.first(), ["\"000x\"", "\"001x\"", "\"002x\""]);
        assert_eq!(sample.present, 500);
    }

    #[test]
    fn decimals_fall_where_a_reader_puts_them() {
        for tenth in 0..10_u8 {
            let number = f64::from(tenth) / 10.0;
            assert_eq!(bin(number, (0.0, 1.0)), Some(usize::from(tenth)));
            assert_eq!(
                bin(f64::from(tenth) * 10.0, PERCENT),
                Some(usize::from(tenth))
            );
        }
        assert_eq!(bin(1.0, (0.0, 1.0)), Some(9));
        assert_eq!(bin(1.01, (0.0, 1.0)), None);
    }

    #[test]
    fn zero_has_no_sign_whatever_came_first() {
        for rows in [["0", "-0.0"], ["-0.0", "0"]] {
            let rows = rows.map(|value| (0, value.to_owned()));
            let samples = samples(&rows, 1);
            let numbers = &samples.get(Role::Confidence, 0).unwrap().numbers;
            assert!(numbers.least.is_sign_positive() && numbers.most.is_sign_positive());
        }
    }

    #[test]
    fn percentages_are_drawn_as_such() {
        let rows = ["87", "0.5", "100"].map(|value| (0, value.to_owned()));
        let samples = samples(&rows, 1);
        let numbers = &samples.get(Role::Confidence, 0).unwrap().numbers;
        let histogram = numbers.histogram(ConfidenceScale::Unit);
        assert_eq!((histogram.range, histogram.outside), (PERCENT, 0));
        assert_eq!(histogram.bins, [1, 0, 0, 0, 0, 0, 0, 0, 1, 1]);
    }
}
