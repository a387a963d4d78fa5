//! Signs that rare successes are luck: they are shorter than their siblings, name the same few answers, or repeat
//! themselves. Each is held against groups of medium success, where luck decides nothing.

use std::collections::BTreeMap;

use super::groups::{Band, Group, Sample};
use crate::inference::Interval;
use crate::inference::permutation::{Labels, Permuted};
use crate::inference::resample::ClusterBootstrap;
use crate::report::Estimate;

/// Fewest groups of either band for a test.
const FEWEST: usize = 2;

/// How a test is made.
#[derive(Clone, Copy)]
pub(super) struct Design {
    pub(super) replicates: u32,
    pub(super) seed: u64,
    pub(super) level: f64,
}

/// A signature: its figure, and the p-value beside it.
pub(super) struct Signature {
    pub(super) estimate: Estimate,
    pub(super) p: Option<f64>,
    /// What the rare groups and the medium ones show by themselves.
    pub(super) bands: Option<[f64; 2]>,
}

/// The value of a prompt in one band, averaged over its groups there.
struct Unit {
    task: u64,
    rare: bool,
    value: f64,
}

impl Signature {
    fn untold(n: usize, reason: &str) -> Self {
        Self {
            estimate: Estimate::undefined(n as u64, reason),
            p: None,
            bands: None,
        }
    }

    fn told(estimate: Estimate, permuted: &Permuted, bands: [f64; 2]) -> Self {
        let method = match &estimate.method {
            Some(method) => format!("{}; {method}", permuted.method),
            None => permuted.method.clone(),
        };
        Self {
            estimate: estimate.by(method).and("p_value", Some(permuted.p)),
            p: Some(permuted.p),
            bands: Some(bands),
        }
    }
}

/// How much lower a value is in successes than in their siblings, where success is rare, than the same where it is
/// medium: the difference of the medians, tested by that of the means.
pub(super) fn interaction(
    groups: &[Group],
    value: impl Fn(&Sample) -> Option<f64>,
    absent: &str,
    design: Design,
) -> Signature {
    let units = units(groups, value);
    let n = units.len();
    if units.is_empty() {
        return Signature::untold(n, absent);
    }
    let of_band = |rare: bool| -> Vec<f64> {
        let own = units.iter().filter(|unit| unit.rare == rare);
        own.map(|unit| unit.value).collect()
    };
    let (rare, medium) = (of_band(true), of_band(false));
    if rare.len() < FEWEST || medium.len() < FEWEST {
        return Signature::untold(n, "fewer than two prompts of rare or of medium success");
    }
    let labels: Vec<_> = units.iter().map(|unit| (unit.task, unit.rare)).collect();
    let permuted = Labels::new(&labels).test(design.replicates, design.seed, |first| {
        let mut sums = [(0.0, 0.0); 2];
        for (unit, first) in units.iter().zip(first) {
            let (sum, count) = &mut sums[usize::from(!first)];
            *sum += unit.value;
            *count += 1.0;
        }
        let [rare, medium] = sums.map(|(sum, count)| sum / count);
        rare - medium
    });
    let (Some(of_rare), Some(of_medium)) = (median(rare), median(medium)) else {
        return Signature::untold(n, absent);
    };
    let interval = median_interval(&units, design);
    let estimate = Estimate::with_interval(of_rare - of_medium, n as u64, design.level, interval);
    Signature::told(estimate, &permuted, [of_rare, of_medium])
}

/// One unit for each prompt and band.
fn units(groups: &[Group], value: impl Fn(&Sample) -> Option<f64>) -> Vec<Unit> {
    let mut sums: BTreeMap<(u64, bool), (u64, f64, f64)> = BTreeMap::new();
    for group in groups {
        if let Some((band, value)) = group.band().zip(group.difference(&value)) {
            let place = (group.cluster, band == Band::Rare);
            let (_, sum, count) = sums.entry(place).or_insert((group.task, 0.0, 0.0));
            *sum += value;
            *count += 1.0;
        }
    }
    let units = sums.into_iter();
    units
        .map(|((_, rare), (task, sum, count))| Unit {
            task,
            rare,
            value: sum / count,
        })
        .collect()
}

fn median(mut values: Vec<f64>) -> Option<f64> {
    values.sort_by(f64::total_cmp);
    let upper = values.get(values.len() / 2)?;
    match values.len() % 2 {
        0 => Some(f64::midpoint(*values.get(values.len() / 2 - 1)?, *upper)),
        _ => Some(*upper),
    }
}

/// The bootstrap interval of the difference of medians.
fn median_interval(units: &[Unit], design: Design) -> Interval {
    let bootstrap = ClusterBootstrap {
        clusters: units.len(),
        replicates: design.replicates,
        seed: design.seed,
    };
    let draws = bootstrap.run(|times| {
        let drawn = |rare: bool| -> Vec<f64> {
            let own = units
                .iter()
                .zip(times)
                .filter(|(unit, _)| unit.rare == rare);
            own.flat_map(|(unit, times)| (0..*times).map(|_| unit.value))
                .collect()
        };
        Some(median(drawn(true))? - median(drawn(false))?)
    });
    bootstrap.percentiles(&draws, design.level)
}

/// How much likelier two prompts of rare success are to have been solved by the same answer than two of medium success:
/// where success is a lucky guess out of a few answers, the prompts solved are those whose answer is among them.
pub(super) fn repetition(groups: &[Group], design: Design) -> Signature {
    let units = answers(groups);
    let n = units.len();
    if n == 0 {
        return Signature::untold(n, "no answer column");
    }
    let rare: Vec<bool> = units.iter().map(|(_, rare, _)| *rare).collect();
    let bands = [true, false].map(|band| collisions(&units, &rare, band));
    let [Some(of_rare), Some(of_medium)] = bands else {
        return Signature::untold(n, "fewer than two prompts of rare or of medium success");
    };
    let labels: Vec<_> = units.iter().map(|(task, rare, _)| (*task, *rare)).collect();
    let permuted = Labels::new(&labels).test(design.replicates, design.seed, |first| {
        let [rare, medium] = [true, false].map(|band| collisions(&units, first, band));
        medium.unwrap_or(0.0) - rare.unwrap_or(0.0)
    });
    let estimate = Estimate::bare(of_rare - of_medium, n as u64, "tested by permutation");
    Signature::told(estimate, &permuted, [of_rare, of_medium])
}

/// The answer of the first success of each prompt in each band, sorted by task and answer: task, whether rare, answer.
fn answers(groups: &[Group]) -> Vec<(u64, bool, u64)> {
    let mut first: BTreeMap<(u64, bool), (u64, bool, u64)> = BTreeMap::new();
    for group in groups {
        let solved = group
            .samples
            .iter()
            .find(|sample| sample.success == Some(true));
        let answer = solved.and_then(|sample| sample.answer);
        if let Some((band, answer)) = group.band().zip(answer) {
            let rare = band == Band::Rare;
            first
                .entry((group.cluster, rare))
                .or_insert((group.task, rare, answer));
        }
    }
    let mut units: Vec<_> = first.into_values().collect();
    units.sort_unstable_by_key(|(task, rare, answer)| (*task, *answer, *rare));
    units
}

/// Chance that two prompts of one task, of those labelled so, have one answer; `None` without two of one task.
fn collisions(units: &[(u64, bool, u64)], labels: &[bool], wanted: bool) -> Option<f64> {
    let (mut alike, mut pairs) = (0.0, 0.0);
    let rows = units.chunk_by(|a, b| a.0 == b.0);
    let mut labels = labels.iter();
    for task in rows {
        let mut of_task = 0.0;
        for answer in task.chunk_by(|a, b| a.2 == b.2) {
            let own = labels.by_ref().take(answer.len());
            let count = own.filter(|label| **label == wanted).count() as f64;
            alike += count * (count - 1.0);
            of_task += count;
        }
        pairs += of_task * (of_task - 1.0);
    }
    (pairs > 0.0).then(|| alike / pairs)
}

/// Of the successes in groups that succeed rarely or never, the share that would be there if every sample named an
/// answer drawn from what other prompts were answered.
pub(super) fn guessed(groups: &[Group]) -> Estimate {
    let mut given: BTreeMap<(u64, u64), f64> = BTreeMap::new();
    let mut all: BTreeMap<u64, f64> = BTreeMap::new();
    for group in groups {
        for answer in group.samples.iter().filter_map(|sample| sample.answer) {
            *given.entry((group.task, answer)).or_default() += 1.0;
            *all.entry(group.task).or_default() += 1.0;
        }
    }
    let (mut expected, mut seen, mut n) = (0.0, 0.0, 0_u64);
    for group in groups
        .iter()
        .filter(|g| g.is_rare() || g.successes() == Some(0))
    {
        let gold = group.samples.iter().find_map(|sample| sample.gold);
        let (Some(gold), Some(k)) = (gold, group.successes()) else {
            continue;
        };
        let own = group.samples.iter().filter_map(|sample| sample.answer);
        let (own, right) = own.fold((0.0, 0.0), |(own, right), answer| {
            (own + 1.0, right + f64::from(u8::from(answer == gold)))
        });
        let others = all.get(&group.task).copied().unwrap_or(0.0) - own;
        let named = given.get(&(group.task, gold)).copied().unwrap_or(0.0) - right;
        if own > 0.0 && others > 0.0 {
            expected += own * named / others;
            seen += k as f64;
            n += 1;
        }
    }
    match seen > 0.0 {
        true => Estimate::bare(expected / seen, n, "a share of these very successes"),
        false => Estimate::undefined(n, "no rare success with an answer and a target"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DESIGN: Design = Design {
        replicates: 999,
        seed: 0,
        level: 0.95,
    };

    /// A group of eight with `k` successes, whose lengths are `right` and those of the others 1.
    fn group(cluster: u64, k: usize, right: f64, answer: u64) -> Group {
        let sample = |at: usize| Sample {
            success: Some(at < k),
            length: Some(if at < k { right } else { 1.0 }),
            answer: Some(if at < k { answer } else { 100 + at as u64 }),
            gold: Some(answer),
            ..Sample::default()
        };
        Group {
            cluster,
            task: 0,
            samples: (0..8).map(sample).collect(),
        }
    }

    #[test]
    fn shorter_everywhere_is_no_sign_and_shorter_where_rare_is() {
        let of = |rare: f64, medium: f64| -> Vec<Group> {
            let noise = |at: u64| (at * 7919 % 13) as f64 / 100.0;
            (0..40)
                .map(|at| match at % 2 {
                    0 => group(at, 1, rare + noise(at), at),
                    _ => group(at, 4, medium + noise(at), at),
                })
                .collect()
        };
        let length = |groups: &[Group]| interaction(groups, |s| s.length, "no length", DESIGN);
        let planted = length(&of(0.2, 0.9));
        assert!(planted.p.is_some_and(|p| p < 0.005), "{:?}", planted.p);
        assert!(
            planted
                .estimate
                .value
                .is_some_and(|v| (v + 0.7).abs() < 0.05)
        );
        let everywhere = length(&of(0.5, 0.5));
        assert!(everywhere.p.is_some_and(|p| p > 0.05), "{:?}", everywhere.p);
        // Four prompts: the exact p-value is one labelling in six at best.
        let few = length(&of(0.2, 0.9)[..4]);
        assert_eq!(few.p, Some(1.0 / 6.0));
        let none = interaction(&of(0.2, 0.9), |s| s.cut, "no response column", DESIGN);
        assert_eq!(none.estimate.reason.as_deref(), Some("no response column"));
    }

    #[test]
    fn rare_successes_by_one_answer_are_seen() {
        let lucky: Vec<Group> = (0..40)
            .map(|at| match at % 2 {
                0 => group(at, 1, 1.0, at % 4),
                _ => group(at, 4, 1.0, at % 16),
            })
            .collect();
        let found = repetition(&lucky, DESIGN);
        assert!(found.p.is_some_and(|p| p < 0.01), "{:?}", found.p);
        let honest: Vec<Group> = (0..40)
            .map(|at| group(at, [1, 4][at as usize % 2], 1.0, at / 8))
            .collect();
        let found = repetition(&honest, DESIGN);
        assert!(found.p.is_some_and(|p| p > 0.1), "{:?}", found.p);
    }
}
