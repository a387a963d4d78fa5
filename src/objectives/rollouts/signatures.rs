//! Signs that rare successes are luck: they are shorter than their siblings, name the same few answers, or repeat
//! themselves. Each is held against groups of medium success, where luck decides nothing.

use std::collections::{BTreeMap, BTreeSet};

use super::groups::{Band, Group, Sample};
use crate::inference::Interval;
use crate::inference::permutation::{Labels, Permuted};
use crate::maths::quantile;
use crate::report::Estimate;

/// Fewest prompts of either band for a test.
const FEWEST: f64 = 2.0;
const FEW: &str = "fewer than two prompts of rare or of medium success";

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
/// medium: the difference of the means, tested over its standard error (Chung and Romano 2013).
pub(super) fn interaction(
    groups: &[Group],
    value: impl Fn(&Sample) -> Option<f64>,
    absent: &str,
    design: Design,
) -> Signature {
    contrast(&units(groups, value), absent, design)
}

/// How much lower the values of rare prompts are than those of medium ones.
fn contrast(units: &[Unit], absent: &str, design: Design) -> Signature {
    let n = units.len();
    if units.is_empty() {
        return Signature::untold(n, absent);
    }
    let bands = bands(units.iter().map(|unit| (unit.value, unit.rare)));
    if bands.iter().any(|band| band.n < FEWEST) {
        return Signature::untold(n, FEW);
    }
    let labels: Vec<_> = units.iter().map(|unit| (unit.task, unit.rare)).collect();
    let permuted = Labels::new(&labels).test(design.replicates, design.seed, |first| {
        studentised(
            units
                .iter()
                .map(|unit| unit.value)
                .zip(first.iter().copied()),
        )
    });
    let difference = bands[0].mean - bands[1].mean;
    let interval = welch(&bands, design.level);
    let estimate = Estimate::with_interval(difference, n as u64, design.level, interval);
    Signature::told(estimate, &permuted, bands.map(|band| band.mean))
}

/// Welch's t of values that are of the first kind or not. The bands differ in spread, as a rare group has one success
/// and a medium one several, so the bare difference of means would not keep the size of the test.
fn studentised(values: impl Iterator<Item = (f64, bool)>) -> f64 {
    let [rare, medium] = bands(values);
    let difference = rare.mean - medium.mean;
    let error = (rare.error() + medium.error()).sqrt();
    match error > 1e-12 * difference.abs() {
        true => difference / error,
        // Without spread, the sign alone tells.
        false => 1e12 * difference.signum() * f64::from(u8::from(difference != 0.0)),
    }
}

/// The moments of values that are of the first kind, and of those that are not.
fn bands(values: impl Iterator<Item = (f64, bool)>) -> [Moments; 2] {
    let mut bands = [Moments::default(); 2];
    for (value, first) in values {
        bands[usize::from(!first)].add(value);
    }
    bands
}

/// Welch's interval of the difference of the means, whose degrees of freedom are Satterthwaite's. Welch (1947),
/// Biometrika 34, 28-35.
fn welch([rare, medium]: &[Moments; 2], level: f64) -> Interval {
    let parts = [rare.error(), medium.error()];
    let variance = parts[0] + parts[1];
    let shares = parts[0].powi(2) / (rare.n - 1.0) + parts[1].powi(2) / (medium.n - 1.0);
    let degrees = variance.powi(2) / shares;
    if !degrees.is_finite() {
        return Interval::missing("Welch", "nothing spreads");
    }
    let reach = quantile::student(0.5 + level / 2.0, degrees);
    let method = format!("Welch, {degrees:.1} degrees");
    Interval::around(rare.mean - medium.mean, variance.sqrt(), reach, method)
}

/// Mean and sum of squares about it, by Welford's update.
#[derive(Clone, Copy, Default)]
struct Moments {
    n: f64,
    mean: f64,
    squares: f64,
}

impl Moments {
    fn add(&mut self, value: f64) {
        self.n += 1.0;
        let before = value - self.mean;
        self.mean += before / self.n;
        self.squares += before * (value - self.mean);
    }

    /// The squared standard error of the mean.
    fn error(self) -> f64 {
        match self.n > 1.0 {
            true => self.squares / (self.n - 1.0) / self.n,
            false => 0.0,
        }
    }
}

/// One unit for each prompt of a task and band.
fn units(groups: &[Group], value: impl Fn(&Sample) -> Option<f64>) -> Vec<Unit> {
    let mut sums: BTreeMap<(u64, u64, bool), (f64, f64)> = BTreeMap::new();
    for group in groups {
        if let Some((band, value)) = group.band().zip(group.difference(&value)) {
            let place = (group.cluster, group.task, band == Band::Rare);
            let (sum, count) = sums.entry(place).or_default();
            *sum += value;
            *count += 1.0;
        }
    }
    let units = sums.into_iter();
    units
        .map(|((_, task, rare), (sum, count))| Unit {
            task,
            rare,
            value: sum / count,
        })
        .collect()
}

/// How often each answer is given in each task.
#[derive(Default)]
struct Given {
    answers: BTreeMap<(u64, u64), f64>,
    all: BTreeMap<u64, f64>,
    /// Answers to each prompt of a task, at whatever step.
    own: BTreeMap<(u64, u64), Vec<u64>>,
}

impl Given {
    /// Of the samples that pass.
    fn of(groups: &[Group], passes: impl Fn(&Sample) -> bool) -> Self {
        let mut given = Self::default();
        for group in groups {
            let own = group.samples.iter().filter(|sample| passes(sample));
            for answer in own.filter_map(|sample| sample.answer) {
                *given.answers.entry((group.task, answer)).or_default() += 1.0;
                *given.all.entry(group.task).or_default() += 1.0;
                let own = given.own.entry((group.task, group.cluster));
                own.or_default().push(answer);
            }
        }
        given
    }

    /// The share of an answer among those to other prompts of its task; `None` where there are none.
    fn elsewhere(&self, group: &Group, answer: u64) -> Option<f64> {
        let own = self.own.get(&(group.task, group.cluster));
        let own = own.map_or(&[][..], Vec::as_slice);
        let same = own.iter().filter(|own| **own == answer).count() as f64;
        let all = self.all.get(&group.task).copied().unwrap_or(0.0) - own.len() as f64;
        let named = self
            .answers
            .get(&(group.task, answer))
            .copied()
            .unwrap_or(0.0);
        (all > 0.0).then(|| (named - same) / all)
    }
}

/// How much oftener the answers of rare successes are what wrong samples of other prompts name than the answers of
/// medium successes are: where success is a guess out of a few answers, these are the answers that succeed.
pub(super) fn repetition(groups: &[Group], design: Design) -> Signature {
    let wrong = |sample: &Sample| sample.success == Some(false);
    let given = Given::of(groups, wrong);
    let mut units = Vec::new();
    let mut known = BTreeSet::new();
    for group in groups {
        let solved = group
            .samples
            .iter()
            .find(|sample| sample.success == Some(true));
        let answer = solved.and_then(|sample| sample.answer);
        let share = answer.and_then(|answer| given.elsewhere(group, answer));
        if let Some((band, share)) = group.band().zip(share) {
            let rare = band == Band::Rare;
            // The first group of a prompt speaks for it. The test looks for what is low.
            if known.insert((group.cluster, group.task, rare)) {
                units.push(Unit {
                    task: group.task,
                    rare,
                    value: -share,
                });
            }
        }
    }
    let Signature {
        mut estimate,
        p,
        bands,
    } = contrast(&units, "no answer column", design);
    let turned = |value: Option<f64>| value.map(|value| 0.0 - value);
    estimate.value = turned(estimate.value);
    (estimate.low, estimate.high) = (turned(estimate.high), turned(estimate.low));
    Signature {
        estimate,
        p,
        bands: bands.map(|bands| bands.map(|band| 0.0 - band)),
    }
}

/// Of the successes in groups that succeed rarely or never, the share that would be there if every sample named an
/// answer drawn from what other prompts were answered.
pub(super) fn guessed(groups: &[Group]) -> Estimate {
    let given = Given::of(groups, |_| true);
    let (mut expected, mut seen, mut samples, mut n) = (0.0, 0.0, 0.0, 0_u64);
    for group in groups
        .iter()
        .filter(|g| g.is_rare() || g.successes() == Some(0))
    {
        let gold = group.samples.iter().find_map(|sample| sample.gold);
        let chance = gold.and_then(|gold| given.elsewhere(group, gold));
        if let Some((chance, k)) = chance.zip(group.successes()) {
            expected += chance * group.size() as f64;
            seen += k as f64;
            samples += group.size() as f64;
            n += 1;
        }
    }
    match seen > 0.0 {
        true => Estimate::bare(expected / seen, n, "a share of these very successes")
            .and("accidental_successes", Some(expected))
            .and("rare_successes", Some(seen))
            .and("p_value", luck(expected, seen, samples)),
        false => Estimate::undefined(n, "no rare success with an answer and a target"),
    }
}

/// The chance that guessing alone gives at least so many successes: the binomial tail, as a Beta law has it.
fn luck(expected: f64, seen: f64, samples: f64) -> Option<f64> {
    match seen < samples {
        true => quantile::beta_cdf(expected / samples, seen, samples - seen + 1.0),
        false => None,
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
    fn the_same_prompt_at_another_step_is_no_other_prompt() {
        let one = [group(1, 1, 1.0, 5), group(1, 1, 1.0, 5)];
        assert_eq!(guessed(&one).value, None);
        // A quarter of the answers to the other prompt are 5, and eight were given.
        let mut other = group(2, 2, 1.0, 5);
        other
            .samples
            .iter_mut()
            .for_each(|sample| sample.gold = None);
        let three = [one[0].clone(), one[1].clone(), other];
        assert_eq!(guessed(&three).value, Some(0.25 * 16.0 / 2.0));
    }

    #[test]
    fn rare_successes_by_popular_wrong_answers_are_seen() {
        // Wrong samples name 101 to 107. Rare successes are right by these, or by answers of their own.
        let of = |rare: fn(u64) -> u64| -> Vec<Group> {
            (0..40)
                .map(|at| match at % 2 {
                    0 => group(at, 1, 1.0, rare(at)),
                    _ => group(at, 4, 1.0, at),
                })
                .collect()
        };
        let lucky = repetition(&of(|at| 105 + at % 3), DESIGN);
        assert!(lucky.p.is_some_and(|p| p < 0.01), "{:?}", lucky.p);
        let honest = repetition(&of(|at| at), DESIGN);
        assert!(honest.p.is_some_and(|p| p > 0.1), "{:?}", honest.p);
    }
}
