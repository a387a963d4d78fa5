//! How much closer to its base one training stays than another where both have earned the same reward.

use std::collections::BTreeMap;

use super::divergence::nats_of;
use super::in_percent;
use crate::evidence::{Panel, PanelRow};
use crate::inference::Interval;
use crate::inference::resample::ClusterBootstrap;
use crate::maths::pava;
use crate::record::Field;
use crate::report::{Closer, Estimate};

/// Steps that all replicates may take, and the fewest and most of them.
const STEPS: u64 = 20_000_000;
const REPLICATES: (u64, u64) = (199, 999);

/// 1 − KL of the second log / KL of the first at equal reward; `None` unless both have two steps or more with reward and
/// log-probabilities, and rewards that overlap.
///
/// In each log the divergence is made a non-decreasing function of the reward (isotonic regression over its steps, straight
/// between them). `overall` compares its means over the rewards that both reach, `at_most` its values at the largest of
/// them. Intervals: bootstrap of clusters, drawn together for both logs.
#[must_use]
pub fn closer(base: &Panel, new: &Panel, replicates: u32, seed: u64, level: f64) -> Option<Closer> {
    let tokens = [base, new].iter().all(|panel| counts_tokens(panel));
    let mut clusters = Numbers::default();
    let runs = [base, new].map(|panel| Run::of(panel, tokens, &mut clusters));
    let matched = |times: Option<&[u32]>| {
        let [base, new] = runs.each_ref().map(|run| Curve::of(run, times));
        Matched::of(&base?, &new?)
    };
    let seen = matched(None)?;
    let rows = runs.iter().map(|run| run.rows.len() as u64).sum::<u64>() + clusters.count as u64;
    let affordable = (STEPS / rows.max(1)).clamp(REPLICATES.0, REPLICATES.1);
    let design = ClusterBootstrap {
        clusters: clusters.count,
        replicates: replicates.min(affordable as u32),
        seed,
    };
    let draws = design.run(|times| matched(Some(times)));
    let estimate = |of: fn(&Matched) -> Option<f64>| {
        let own: Vec<Option<f64>> = draws.iter().map(|draw| of(draw.as_ref()?)).collect();
        let interval = match clusters.count {
            0 | 1 => Interval::missing("bootstrap", "one cluster"),
            _ => design.percentiles(&own, level),
        };
        let n = clusters.count as u64;
        match of(&seen) {
            Some(value) => Estimate::with_interval(value, n, level, interval.with(value)),
            None => Estimate::undefined(n, "the base has not moved"),
        }
    };
    let overall = estimate(|one| one.overall);
    let at_most = estimate(|one| one.at_most);
    let verdict = match overall.interval() {
        Some((low, _)) if low > 0.0 => Some("closer"),
        Some((_, high)) if high < 0.0 => Some("further"),
        _ => None,
    };
    let per = if tokens { "token" } else { "sequence" };
    Some(Closer {
        sentence: sentence(&overall, seen.rewards, verdict),
        overall,
        at_most,
        rewards: seen.rewards,
        per,
        verdict,
    })
}

fn sentence(overall: &Estimate, [low, high]: [f64; 2], verdict: Option<&str>) -> String {
    let Some(value) = overall.value else {
        return "how close it stays at equal reward is not told: the base has not moved".to_owned();
    };
    let ends = in_percent(overall);
    let (share, word) = match value < 0.0 {
        true => (-value, "further from"),
        false => (value, "closer to"),
    };
    let doubt = if verdict.is_some() {
        ""
    } else {
        ", which is not told from none"
    };
    format!(
        "stays {:.0} %{} {word} its base at equal reward ({low:.3} to {high:.3}){doubt}",
        100.0 * share,
        if value < 0.0 { String::new() } else { ends },
    )
}

/// Whether every row with log-probabilities says how many tokens it has.
fn counts_tokens(panel: &Panel) -> bool {
    let mut scored = panel.iter().filter_map(|(row, _)| nats_of(row));
    scored.all(|(_, tokens)| tokens.is_some())
}

/// The rows of a log with reward and divergence.
struct Run {
    /// Number of the step, number of the cluster, weight, reward, nats and what they are counted by.
    rows: Vec<(usize, usize, f64, [f64; 3])>,
    steps: usize,
}

impl Run {
    fn of(panel: &Panel, tokens: bool, clusters: &mut Numbers) -> Self {
        let mut steps = Numbers::default();
        let mut rows = Vec::new();
        for (row, times) in panel.iter() {
            let Some((step, values)) = told(row, tokens) else {
                continue;
            };
            let step = steps.of(step);
            match row.cluster() {
                Some(cluster) => {
                    let weight = row.weight() * times as f64;
                    rows.push((step, clusters.of(cluster), weight, values));
                }
                None => {
                    rows.extend(
                        (0..times).map(|_| (step, clusters.one_more(), row.weight(), values)),
                    );
                }
            }
        }
        Self {
            rows,
            steps: steps.count,
        }
    }
}

/// Numbers of keys, in order of coming.
#[derive(Default)]
struct Numbers {
    known: BTreeMap<u64, usize>,
    count: usize,
}

impl Numbers {
    /// The number of a key.
    fn of(&mut self, key: u64) -> usize {
        match self.known.get(&key) {
            Some(number) => *number,
            None => {
                let number = self.one_more();
                self.known.insert(key, number);
                number
            }
        }
    }

    /// A number that no key has.
    fn one_more(&mut self) -> usize {
        self.count += 1;
        self.count - 1
    }
}

/// The step of a row, and its reward, nats and size.
fn told(row: &PanelRow, tokens: bool) -> Option<(u64, [f64; 3])> {
    let (nats, size) = nats_of(row)?;
    let size = if tokens { size? } else { 1.0 };
    Some((row.code(Field::Step)?, [row.reward()?, nats, size]))
}

/// Divergence as a non-decreasing function of the reward, straight between its points.
struct Curve(Vec<(f64, f64)>);

impl Curve {
    /// With clusters as often as they were drawn; `None` for fewer than two rewards.
    fn of(run: &Run, times: Option<&[u32]>) -> Option<Self> {
        let mut sums = vec![[0.0; 4]; run.steps];
        for (step, cluster, weight, [reward, nats, size]) in &run.rows {
            let times = times.map_or(1.0, |times| {
                f64::from(times.get(*cluster).copied().unwrap_or(0))
            });
            let weight = weight * times;
            let own = [1.0, *reward, *nats, *size].map(|value| weight * value);
            for (sum, own) in sums[*step].iter_mut().zip(own) {
                *sum += own;
            }
        }
        let means = sums
            .iter()
            .filter(|[weight, _, _, size]| *weight > 0.0 && *size > 0.0);
        let mut points: Vec<(f64, f64, f64)> = means
            .map(|[weight, reward, nats, size]| (reward / weight, nats / size, *weight))
            .collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        // Equal rewards are one point.
        let equal = points.chunk_by(|a, b| a.0 == b.0).map(|points| {
            let weight: f64 = points.iter().map(|point| point.2).sum();
            let moment: f64 = points.iter().map(|point| point.1 * point.2).sum();
            (points[0].0, weight, moment)
        });
        let points: Vec<(f64, f64, f64)> = equal.collect();
        let blocks = pava::pool(points.iter().map(|(_, weight, moment)| (*weight, *moment)));
        let fitted = blocks
            .iter()
            .flat_map(|block| std::iter::repeat_n(block.value(), block.points));
        let curve: Vec<(f64, f64)> = points.iter().map(|point| point.0).zip(fitted).collect();
        (curve.len() > 1).then_some(Self(curve))
    }

    fn ends(&self) -> [f64; 2] {
        [self.0[0].0, self.0[self.0.len() - 1].0]
    }

    /// The divergence at a reward within the ends.
    fn at(&self, reward: f64) -> f64 {
        let after = self.0.partition_point(|point| point.0 < reward);
        let (before, after) = (after.saturating_sub(1), after.min(self.0.len() - 1));
        let ((x0, y0), (x1, y1)) = (self.0[before], self.0[after]);
        match x1 > x0 {
            true => y0 + (y1 - y0) * ((reward - x0) / (x1 - x0)).clamp(0.0, 1.0),
            false => y1,
        }
    }

    /// Its integral between two rewards.
    fn area(&self, [low, high]: [f64; 2]) -> f64 {
        let inner = self.0.iter().map(|point| point.0);
        let inner = inner.filter(|reward| low < *reward && *reward < high);
        let places: Vec<f64> = std::iter::once(low).chain(inner).chain([high]).collect();
        let parts = places
            .windows(2)
            .map(|two| (two[1] - two[0]) * f64::midpoint(self.at(two[0]), self.at(two[1])));
        parts.sum()
    }
}

/// Two curves where both have the same reward.
struct Matched {
    overall: Option<f64>,
    at_most: Option<f64>,
    rewards: [f64; 2],
}

impl Matched {
    /// `None` where no reward is reached by both.
    fn of(base: &Curve, new: &Curve) -> Option<Self> {
        let (ours, theirs) = (base.ends(), new.ends());
        let rewards = [ours[0].max(theirs[0]), ours[1].min(theirs[1])];
        let saved = |new: f64, base: f64| (base > 0.0).then(|| 1.0 - new / base);
        (rewards[0] < rewards[1]).then(|| Self {
            overall: saved(new.area(rewards), base.area(rewards)),
            at_most: saved(new.at(rewards[1]), base.at(rewards[1])),
            rewards,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evidence::Evidence;
    use crate::record::{Record, Trace};

    /// A log with these (reward, nats a sequence) by step, of so many prompts that stray a little.
    fn log(steps: &[(f64, f64)], prompts: u64) -> Panel {
        let mut evidence = Evidence::default();
        for (at, (reward, nats)) in steps.iter().enumerate() {
            for prompt in 0..prompts {
                let luck = (prompt as f64 * 0.7 + at as f64).sin();
                let trace = Trace::default()
                    .with_code(Field::Prompt, prompt + 1)
                    .with(Field::Step, at as f64)
                    .with(Field::Reward, reward + 0.001 * luck)
                    .with(Field::LogpPolicy, -50.0)
                    .with(Field::LogpBase, -50.0 - nats * (1.0 + 0.1 * luck));
                evidence.add(&Record {
                    trace,
                    silent: true,
                    ..Record::default()
                });
            }
        }
        evidence.panel().clone()
    }

    #[test]
    fn a_published_distance_at_equal_reward_is_found() {
        // At a reward of 0.78 one training is at 0.029 and another at 0.079. Tiwari et al. (2026), arXiv 2605.12484.
        let (far, near) = (
            log(&[(0.6, 0.02), (0.7, 0.05), (0.78, 0.079)], 200),
            log(&[(0.5, 0.004), (0.7, 0.02), (0.78, 0.029)], 200),
        );
        let found = closer(&far, &near, 199, 1, 0.95).unwrap();
        assert!(
            (found.at_most.value.unwrap() - 0.63).abs() < 0.01,
            "{found:?}"
        );
        // Between 0.6 and 0.78: means by trapezia.
        let ours = 0.1 * (0.012 + 0.02) / 2.0 + 0.08 * (0.02 + 0.029) / 2.0;
        let theirs = 0.1 * (0.02 + 0.05) / 2.0 + 0.08 * (0.05 + 0.079) / 2.0;
        let expected = 1.0 - ours / theirs;
        assert!(
            (found.overall.value.unwrap() - expected).abs() < 0.01,
            "{found:?}"
        );
        assert_eq!((found.verdict, found.per), (Some("closer"), "sequence"));
        let other = closer(&near, &far, 199, 1, 0.95).unwrap();
        assert_eq!(other.verdict, Some("further"), "{other:?}");
        assert!(closer(&far, &log(&[(0.1, 0.0), (0.2, 0.1)], 20), 199, 1, 0.95).is_none());
        let same = closer(&far, &far, 199, 1, 0.95).unwrap();
        assert_eq!((same.overall.value, same.verdict), (Some(0.0), None));
    }

    #[test]
    fn rows_without_prompts_are_clusters_of_their_own() {
        let log = |nats: [f64; 2]| {
            let mut evidence = Evidence::default();
            for at in 0..80_u32 {
                let step = (at % 2) as usize;
                let trace = Trace::default()
                    .with(Field::Step, step as f64)
                    .with(Field::Reward, f64::from(u8::from(at % 5 < 2 + step as u32)))
                    .with(Field::LogpPolicy, -50.0)
                    .with(Field::LogpBase, -50.0 - nats[step]);
                evidence.add(&Record {
                    trace,
                    silent: true,
                    ..Record::default()
                });
            }
            evidence.panel().clone()
        };
        let found = closer(&log([0.1, 0.4]), &log([0.1, 0.2]), 199, 1, 0.95).unwrap();
        assert_eq!((found.overall.n, found.at_most.n), (160, 160));
    }

    #[test]
    fn a_curve_never_falls_and_is_straight_between_its_points() {
        let curve = Curve::of(
            &Run::of(
                &log(&[(0.1, 0.3), (0.2, 0.1), (0.4, 0.6)], 1),
                false,
                &mut Numbers::default(),
            ),
            None,
        );
        let curve = curve.unwrap();
        let [low, high] = curve.ends();
        assert!(curve.at(low) <= curve.at(0.2) && curve.at(0.2) < curve.at(high));
        let middle = f64::midpoint(curve.0[1].0, curve.0[2].0);
        assert!((curve.at(middle) - f64::midpoint(curve.0[1].1, curve.0[2].1)).abs() < 1e-12);
        assert!(
            (curve.area([low, high]) - curve.area([low, middle]) - curve.area([middle, high]))
                .abs()
                < 1e-12
        );
    }
}
