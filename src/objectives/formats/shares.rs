//! How often each format is used at a step, how varied that is, and how far from the base.

use std::collections::BTreeMap;

use crate::evidence::PanelRow;
use crate::inference::clustered::{Clustered, Unit};
use crate::inference::dealing::{Deal, Dealt};
use crate::inference::{Interval, wilson};
use crate::maths::kish;
use crate::maths::sums::sum;
use crate::report::Estimate;

/// Number of a format among those of a log.
pub(super) type Format = usize;

/// An answer, or several that say the same.
#[derive(Clone, Copy, Debug)]
pub(super) struct Answer {
    pub(super) unit: Unit,
    pub(super) times: u64,
    /// Whether each is a cluster of its own.
    pub(super) apart: bool,
    pub(super) format: Format,
}

impl Answer {
    pub(super) fn of((row, times): (&PanelRow, u64), format: Format) -> Self {
        Self {
            unit: Unit::of(row, times),
            times,
            apart: row.cluster().is_none(),
            format,
        }
    }
}

/// The formats of one step.
#[derive(Clone, Debug)]
pub(super) struct Shares {
    /// The share of each format that is there.
    shares: BTreeMap<Format, f64>,
    answers: Vec<Answer>,
    pub(super) rows: u64,
    /// As many rows that weigh the same, by Kish.
    worth: f64,
}

impl Shares {
    /// Of these answers; `None` without any.
    pub(super) fn of(answers: Vec<Answer>) -> Option<Self> {
        let mut weights: BTreeMap<Format, f64> = BTreeMap::new();
        for answer in &answers {
            *weights.entry(answer.format).or_default() += answer.unit.mass();
        }
        let whole = sum(weights.values().copied());
        let squares = answers
            .iter()
            .map(|answer| answer.unit.mass().powi(2) / answer.times as f64);
        let worth = kish::effective_number(whole, sum(squares));
        weights.values_mut().for_each(|weight| *weight /= whole);
        (whole > 0.0).then(|| Self {
            shares: weights,
            rows: answers.iter().map(|answer| answer.times).sum(),
            answers,
            worth,
        })
    }

    /// The share of a format.
    pub(super) fn value(&self, format: Format) -> f64 {
        self.shares.get(&format).copied().unwrap_or(0.0)
    }

    /// The format used most; the first of equals.
    pub(super) fn winner(&self) -> Format {
        let most = self.shares.values().copied().fold(0.0, f64::max);
        let first = self.shares.iter().find(|(_, share)| **share == most);
        first.map_or(0, |(format, _)| *format)
    }

    /// The mean of a score of each answer's format.
    fn mean(&self, score: impl Fn(Format) -> f64) -> Clustered {
        let rows = self.answers.iter();
        Clustered::mean(rows.map(|answer| (answer.unit, score(answer.format)))).unwrap_or_default()
    }

    /// The share of the formats that are `wanted`, with Wilson's interval at the number of rows that its clusters are
    /// worth.
    pub(super) fn share(&self, wanted: impl Fn(Format) -> bool, level: f64) -> Estimate {
        let share = self.mean(|format| f64::from(u8::from(wanted(format))));
        let p = share.value.clamp(0.0, 1.0);
        let clusters = share.clusters();
        let worth = match share.standard_error() {
            Some(error) if error > 0.0 => p * (1.0 - p) / (error * error),
            _ => clusters as f64,
        };
        let worth = worth.min(self.worth);
        let interval = Interval {
            bounds: wilson::interval(p, worth, level).filter(|_| clusters > 1),
            method: format!("Wilson, {clusters} clusters"),
            reason: (clusters < 2).then_some("one cluster"),
            ..Interval::default()
        };
        Estimate::with_interval(p, self.rows, level, interval)
    }

    /// Entropy in nats by Miller and Madow (1955): −Σ p ln p + (formats seen − 1) / 2n, at most the logarithm of the formats
    /// seen. It moves with the mean of −ln p over answers.
    pub(super) fn entropy(&self) -> Clustered {
        let plain = sum(self.shares.values().map(|p| -p * p.ln()));
        let value = plain + (self.shares.len() as f64 - 1.0) / (2.0 * self.worth);
        let surprise = self.mean(|format| -self.value(format).ln());
        let most = (self.shares.len() as f64).ln();
        Clustered::of(value.clamp(0.0, most), [(1.0, &surprise)])
    }

    /// The formats of either.
    fn with(&self, other: &Self) -> Vec<Format> {
        let mut formats: Vec<Format> = self
            .shares
            .keys()
            .chain(other.shares.keys())
            .copied()
            .collect();
        formats.sort_unstable();
        formats.dedup();
        formats
    }
}

/// The mean of Σ p log₂(p / m) and Σ q log₂(q / m) with m = (p + q) / 2, in bits. Lin (1991), IEEE Transactions on
/// Information Theory 37, 145–151.
fn jensen_shannon(pairs: impl Iterator<Item = (f64, f64)>) -> f64 {
    let term = |p: f64, middle: f64| match p > 0.0 {
        true => p * (p / middle).log2(),
        false => 0.0,
    };
    let terms = pairs.map(|(p, q)| {
        let middle = f64::midpoint(p, q);
        f64::midpoint(term(p, middle), term(q, middle))
    });
    sum(terms).max(0.0)
}

/// How far the formats of a step are from those of the base.
#[derive(Clone, Debug)]
pub(super) struct Distance {
    /// Jensen-Shannon divergence in bits, less what chance alone would show.
    pub(super) value: Clustered,
    /// What chance alone would show.
    bias: f64,
    /// Chance of so much if it made no difference which step a row is of.
    p: f64,
    draws: usize,
}

impl Distance {
    /// From the base. Chance deals the rows anew to the two steps within each prompt; prompts of one step go whole.
    pub(super) fn of(base: &Shares, step: &Shares, replicates: u32, seed: u64) -> Self {
        let seen = jensen_shannon(
            base.with(step)
                .into_iter()
                .map(|format| (base.value(format), step.value(format))),
        );
        let draws = dealt(base, step, replicates, seed);
        let n = draws.len() as f64;
        let extreme = draws.iter().filter(|draw| **draw >= seen - 1e-12).count();
        let bias = sum(draws.iter().copied()) / n.max(1.0);
        // It moves by ½ log₂(p / m) with a share p.
        let slope = |p: f64, q: f64| 0.5 * (p / f64::midpoint(p, q)).log2();
        let parts = [
            base.mean(|format| slope(base.value(format), step.value(format))),
            step.mean(|format| slope(step.value(format), base.value(format))),
        ];
        Self {
            value: Clustered::of(seen - bias, parts.iter().map(|part| (1.0, part))),
            bias,
            p: (1 + extreme) as f64 / (n + 1.0),
            draws: draws.len(),
        }
    }

    /// The distance as a figure: with an interval where it is told from none.
    pub(super) fn estimate(&self, rows: u64, level: f64) -> Estimate {
        let interval = match self.p <= 1.0 - level {
            true => self
                .value
                .interval(level)
                .within(0.0, 1.0)
                .with(self.value.value),
            false => Interval::missing("", "not told from none"),
        };
        Estimate::with_interval(self.value.value, rows, level, interval)
            .by(format!("permutation within prompts, B = {}", self.draws))
            .and("null_mean", Some(self.bias))
            .and("p_value", Some(self.p))
    }
}

/// Distances when chance deals the rows.
fn dealt(base: &Shares, step: &Shares, replicates: u32, seed: u64) -> Vec<f64> {
    let formats = base.with(step);
    let row = |side: usize, answer: &Answer| {
        Some(Dealt {
            cluster: answer.unit.cluster,
            apart: answer.apart,
            side,
            kind: formats.binary_search(&answer.format).ok()?,
            times: answer.times,
            weight: answer.unit.mass() / answer.times as f64,
        })
    };
    let rows = [base, step]
        .into_iter()
        .enumerate()
        .flat_map(|(side, shares)| {
            shares
                .answers
                .iter()
                .filter_map(move |answer| row(side, answer))
        });
    let deal = Deal::new(rows.collect(), formats.len());
    deal.draws(replicates, seed, |sides| {
        let wholes = sides.each_ref().map(|side| side.iter().sum::<f64>());
        // Where chance leaves a side empty, nothing is apart.
        if wholes.iter().any(|whole| *whole <= 0.0) {
            return 0.0;
        }
        let pairs = sides[0].iter().zip(&sides[1]);
        jensen_shannon(pairs.map(|(p, q)| (p / wholes[0], q / wholes[1])))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maths::rng::Rng;

    fn shares(formats: &[Format]) -> Shares {
        let answer = |(at, format): (usize, &Format)| Answer {
            unit: Unit::single(at as u64),
            times: 1,
            apart: false,
            format: *format,
        };
        Shares::of(formats.iter().enumerate().map(answer).collect()).unwrap()
    }

    #[test]
    fn what_chance_shows_is_what_is_taken_off() {
        // Four formats, n prompts: (K − 1) / (4 n ln 2) bits.
        for n in [200, 1_000] {
            let expected = 3.0 / (4.0 * f64::from(n) * std::f64::consts::LN_2);
            let mut rng = Rng::stream(1, 0);
            let mut draw = || shares(&(0..n).map(|_| rng.below(4)).collect::<Vec<_>>());
            let distances: Vec<Distance> = (0..400)
                .map(|seed| Distance::of(&draw(), &draw(), 99, seed))
                .collect();
            let mean = |of: fn(&Distance) -> f64| distances.iter().map(of).sum::<f64>() / 400.0;
            assert!((mean(|one| one.bias) / expected - 1.0).abs() < 0.1);
            assert!(mean(|one| one.value.value).abs() < 0.2 * expected);
        }
    }

    #[test]
    fn one_format_has_no_entropy_and_two_equal_ones_are_two() {
        let one = shares(&[1; 50]);
        assert_eq!((one.entropy().value, one.winner()), (0.0, 1));
        let two = shares(&[0, 3].repeat(500));
        assert!((two.entropy().value.exp() - 2.0).abs() < 0.005);
        let apart = jensen_shannon([(1.0, 0.0), (0.0, 1.0)].into_iter());
        assert!((apart - 1.0).abs() < 1e-12);
        let all = one.share(|format| format == 1, 0.95);
        assert!(all.high == Some(1.0) && all.low.unwrap() > 0.9);
    }

    #[test]
    fn entropy_strays_as_its_jackknife() {
        let formats: Vec<Format> = (0..60).map(|at| [0, 0, 0, 1, 1, 2][at % 6]).collect();
        let ours = shares(&formats).entropy().standard_error().unwrap();
        let left_out: Vec<f64> = (0..60)
            .map(|at| {
                let rest = formats.iter().enumerate().filter(|(other, _)| *other != at);
                shares(&rest.map(|(_, format)| *format).collect::<Vec<_>>())
                    .entropy()
                    .value
            })
            .collect();
        let mean = left_out.iter().sum::<f64>() / 60.0;
        let squares: f64 = left_out.iter().map(|value| (value - mean).powi(2)).sum();
        let jackknife = (squares * 59.0 / 60.0).sqrt();
        assert!((ours / jackknife - 1.0).abs() < 0.05, "{ours} {jackknife}");
    }
}
