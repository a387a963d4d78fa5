//! Samples of one prompt at one step, as the trainer saw them: rewards, successes, lengths, answers.

use std::collections::BTreeMap;

use crate::evidence::{Panel, PanelRow};
use crate::record::Field;

/// One sample of a group.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Sample {
    pub(super) reward: f64,
    /// Whether it counts as a success; `None` where rewards are graded and no column says.
    pub(super) success: Option<bool>,
    /// Logarithm of its number of tokens, or of characters.
    pub(super) length: Option<f64>,
    /// Hash of its answer.
    pub(super) answer: Option<u64>,
    /// Hash of the answer wanted.
    pub(super) gold: Option<u64>,
    /// Share of its runs of four words that are new.
    pub(super) distinct: Option<f64>,
    /// 1 if it breaks off, else 0.
    pub(super) cut: Option<f64>,
}

/// The samples of one prompt at one step.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Group {
    /// What resampling draws together.
    pub(super) cluster: u64,
    /// Hash of the name of its task, or 0.
    pub(super) task: u64,
    pub(super) samples: Vec<Sample>,
}

/// Every group of two samples or more.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Groups {
    pub(super) groups: Vec<Group>,
    /// Prompts, or prompts at a step, with a single sample.
    pub(super) single: u64,
    /// Rows whose prompt, step and sample stand in an earlier row as well.
    pub(super) repeated: u64,
}

/// Prompt, task and step: prompts of two tasks may share a name.
type Key = (u64, Option<u64>, Option<u64>);

/// Where a group's number of successes stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Band {
    /// 1 ≤ k ≤ max(1, G / 8), and fewer than half.
    Rare,
    /// From a quarter to three quarters of G: the control.
    Medium,
}

impl Group {
    /// Number of samples.
    pub(super) fn size(&self) -> usize {
        self.samples.len()
    }

    /// Number of successes.
    pub(super) fn successes(&self) -> Option<usize> {
        let success = |sample: &Sample| sample.success.map(usize::from);
        self.samples.iter().map(success).sum()
    }

    /// Where its number of successes stands, if in one of the two bands.
    pub(super) fn band(&self) -> Option<Band> {
        let (k, size) = (self.successes()?, self.size());
        if (1..=(size / 8).max(1)).contains(&k) && 2 * k < size {
            Some(Band::Rare)
        } else if 4 * k >= size && 4 * k <= 3 * size {
            Some(Band::Medium)
        } else {
            None
        }
    }

    /// Whether it succeeds rarely.
    pub(super) fn is_rare(&self) -> bool {
        self.band() == Some(Band::Rare)
    }

    /// Mean of a value over the successes less that over their siblings; `None` where either has none. Where success has
    /// nothing to do with the value the difference is 0 on average, however skewed the value and few the siblings: with
    /// medians it is not, and differs with the number of siblings.
    pub(super) fn difference(&self, value: impl Fn(&Sample) -> Option<f64>) -> Option<f64> {
        let values = |wanted: bool| -> Vec<f64> {
            let own = self.samples.iter().filter(|s| s.success == Some(wanted));
            own.filter_map(&value).collect()
        };
        Some(mean(&values(true))? - mean(&values(false))?)
    }
}

impl Groups {
    /// The groups of a panel. Rewards are those of `reward` where any row has one, else the credit of answers.
    pub(super) fn of(panel: &Panel) -> Self {
        let rewarded = panel.seen_with(Field::Reward) > 0;
        let reward = |row: &PanelRow| {
            row.number(match rewarded {
                true => Field::Reward,
                false => Field::Credit,
            })
        };
        let rows = || panel.iter().filter(|(row, _)| row.prompt().is_some());
        let key = |row: &PanelRow| {
            let prompt = row.prompt()?;
            Some((prompt, row.code(Field::Task), row.code(Field::Step)))
        };
        // Where no prompt stands twice at a step, there is no group to build.
        let mut keys: Vec<Key> = rows()
            .flat_map(|(row, count)| std::iter::repeat_n(key(row), count.min(2) as usize))
            .flatten()
            .collect();
        keys.sort_unstable();
        if keys.windows(2).all(|pair| pair[0] != pair[1]) {
            let rewarded = rows().filter(|(row, _)| reward(row).is_some());
            return Self {
                single: rewarded.count() as u64,
                ..Self::default()
            };
        }
        let highest = two_values(rows().filter_map(|(row, _)| reward(row)));
        let mut found: BTreeMap<Key, Group> = BTreeMap::new();
        let mut numbered: BTreeMap<(Key, u64), u64> = BTreeMap::new();
        for (row, count) in rows() {
            let (Some(reward), Some(key)) = (reward(row), key(row)) else {
                continue;
            };
            let by_reward = highest.map(|highest| reward == highest);
            if let Some(sample) = row.code(Field::Sample) {
                *numbered.entry((key, sample)).or_default() += count;
            }
            let group = found.entry(key).or_insert_with(|| Group {
                cluster: row.place(),
                task: row.code(Field::Task).unwrap_or_default(),
                samples: Vec::new(),
            });
            let sample = sample(row, reward, by_reward);
            group.samples.extend((0..count).map(|_| sample));
        }
        let all = found.len();
        let groups: Vec<_> = found
            .into_values()
            .filter(|group| group.size() > 1)
            .collect();
        Self {
            single: (all - groups.len()) as u64,
            repeated: numbered.values().map(|rows| rows - 1).sum(),
            groups,
        }
    }
}

/// The mean; `None` of nothing.
fn mean(values: &[f64]) -> Option<f64> {
    let n = values.len() as f64;
    (n > 0.0).then(|| values.iter().sum::<f64>() / n)
}

fn sample(row: &PanelRow, reward: f64, by_reward: Option<bool>) -> Sample {
    let credit = row.number(Field::Credit);
    let tokens = row
        .number(Field::Tokens)
        .or_else(|| row.number(Field::LogpTokens));
    let length = tokens.or_else(|| row.number(Field::Length));
    Sample {
        reward,
        success: credit.map(|credit| credit >= 0.5).or(by_reward),
        // An empty response has a length too.
        length: length.map(|length| length.max(1.0).ln()),
        answer: row.code(Field::Answer),
        gold: row.code(Field::Gold),
        distinct: row.number(Field::Distinct),
        cut: row.number(Field::Cut),
    }
}

/// The higher of two values, where there are no others.
fn two_values(values: impl Iterator<Item = f64>) -> Option<f64> {
    let mut known: Vec<f64> = Vec::new();
    for value in values {
        if !known.contains(&value) {
            known.push(value);
        }
        if known.len() > 2 {
            return None;
        }
    }
    // Of one value alone it is not known whether it is success or failure, unless it is 0 or 1.
    match known[..] {
        [a, b] => Some(a.max(b)),
        [0.0 | 1.0] => Some(1.0),
        _ => None,
    }
}
