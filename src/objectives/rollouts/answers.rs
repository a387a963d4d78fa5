//! What is answered, over all samples: whether a few answers take the place of those that are wanted.

use std::collections::BTreeMap;

use super::groups::{Band, Group};
use crate::maths::sums::sum;
use crate::report::objective::{Evidence, Measure};

/// How often each answer is given and wanted, counted over samples with both.
#[derive(Default)]
struct Marginals {
    given: BTreeMap<u64, f64>,
    wanted: BTreeMap<u64, f64>,
    samples: f64,
}

impl Marginals {
    fn of(groups: &[Group]) -> Self {
        let mut found = Self::default();
        let samples = groups.iter().flat_map(|group| &group.samples);
        for (answer, gold) in samples.filter_map(|sample| sample.answer.zip(sample.gold)) {
            *found.given.entry(answer).or_default() += 1.0;
            *found.wanted.entry(gold).or_default() += 1.0;
            found.samples += 1.0;
        }
        found
    }

    /// The shares of the commonest answer among those given and among those wanted.
    fn top(&self) -> Option<[f64; 2]> {
        let commoner =
            |one: (u64, f64), other: (u64, f64)| if other.1 > one.1 { other } else { one };
        let given = self.given.iter().map(|(answer, count)| (*answer, *count));
        let (answer, count) = given.reduce(commoner)?;
        let wanted = self.wanted.get(&answer).copied().unwrap_or(0.0);
        Some([count / self.samples, wanted / self.samples])
    }

    /// Total variation: half the sum of how far the share of each answer given is from its share among those wanted.
    fn distance(&self) -> Option<f64> {
        let wanted = |answer: &u64| self.wanted.get(answer).copied().unwrap_or(0.0);
        let given = self
            .given
            .iter()
            .map(|(answer, count)| (count - wanted(answer)).abs());
        let never = self
            .wanted
            .iter()
            .filter(|(answer, _)| !self.given.contains_key(answer));
        let apart = sum(given) + sum(never.map(|(_, count)| *count));
        (self.samples > 0.0).then(|| apart / (2.0 * self.samples))
    }
}

/// The mean share of the commonest answer of a group among its answers, over the groups of a band.
fn modal_share(groups: &[Group], band: Band) -> Option<f64> {
    let of = |group: &Group| {
        let mut counts: BTreeMap<u64, f64> = BTreeMap::new();
        for answer in group.samples.iter().filter_map(|sample| sample.answer) {
            *counts.entry(answer).or_default() += 1.0;
        }
        let most = counts.values().copied().reduce(f64::max)?;
        Some(most / sum(counts.values().copied()))
    };
    let own = groups.iter().filter(|group| group.band() == Some(band));
    let shares: Vec<f64> = own.filter_map(of).collect();
    (!shares.is_empty()).then(|| sum(shares.iter().copied()) / shares.len() as f64)
}

/// The share of samples that break off, of those whose text is known.
fn cut(groups: &[Group]) -> Option<f64> {
    let samples = groups.iter().flat_map(|group| &group.samples);
    let cut: Vec<f64> = samples.filter_map(|sample| sample.cut).collect();
    (!cut.is_empty()).then(|| sum(cut.iter().copied()) / cut.len() as f64)
}

/// What the samples show, as far as their columns are there.
pub(super) fn evidence(groups: &[Group]) -> Vec<Evidence> {
    use Measure::{Number, Share};
    let marginals = Marginals::of(groups);
    let top = marginals.top();
    let share = |name, label, value: Option<f64>| {
        value.map(|value| Evidence::number(name, label, Share, value))
    };
    let found = [
        share(
            "top_answer",
            "commonest answer, of all given",
            top.map(|top| top[0]),
        ),
        share(
            "top_answer_wanted",
            "  of all wanted",
            top.map(|top| top[1]),
        ),
        marginals.distance().map(|distance| {
            let label = "answers given from wanted, distance";
            Evidence::number("answer_distance", label, Number(3), distance)
        }),
        share(
            "modal_share_rare",
            "one answer in a group, where rare",
            modal_share(groups, Band::Rare),
        ),
        share(
            "modal_share_medium",
            "  where medium",
            modal_share(groups, Band::Medium),
        ),
        share("cut_off", "texts left open at the end", cut(groups)),
    ];
    found.into_iter().flatten().collect()
}

#[cfg(test)]
mod tests {
    use super::super::groups::Sample;
    use super::*;

    fn group(answers: &[(u64, u64)], successes: usize) -> Group {
        let sample = |(at, (answer, gold)): (usize, &(u64, u64))| Sample {
            success: Some(at < successes),
            answer: Some(*answer),
            gold: Some(*gold),
            cut: Some(f64::from(u8::from(at == 0))),
            ..Sample::default()
        };
        Group {
            samples: answers.iter().enumerate().map(sample).collect(),
            ..Group::default()
        }
    }

    #[test]
    fn a_popular_answer_is_held_against_how_often_it_is_wanted() {
        let groups = [
            group(&[(1, 1), (7, 1), (7, 1), (7, 1)], 1),
            group(&[(2, 2), (2, 2), (7, 2), (3, 2)], 2),
        ];
        let marginals = Marginals::of(&groups);
        assert_eq!(marginals.top(), Some([0.5, 0.0]));
        // |1 − 4| + |2 − 4| + 1 of answer 3 + 4 of answer 7, over 16.
        assert_eq!(marginals.distance(), Some(10.0 / 16.0));
        assert_eq!(modal_share(&groups, Band::Rare), Some(0.75));
        assert_eq!(modal_share(&groups, Band::Medium), Some(0.5));
        assert_eq!(cut(&groups), Some(0.25));
        let bare = [Group {
            samples: vec![Sample::default(); 3],
            ..Group::default()
        }];
        assert!(evidence(&bare).is_empty());
    }
}
