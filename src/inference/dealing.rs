//! What chance alone makes of two sides: their rows dealt anew within each cluster, and clusters that stand on one side only
//! dealt as a whole.
//!
//! A replicate is a function of (seed, its number), so threads cannot change it.

use std::collections::BTreeMap;

use rayon::prelude::*;

use crate::maths::binomial::Binomial;
use crate::maths::rng::Rng;

/// Rows of a cluster up to which they are dealt one by one; of more, as many as chance gives of each kind.
const ONE_BY_ONE: u64 = 64;
/// Steps that the replicates of one pair of sides may take, from counts only.
const STEPS: u64 = 2_000_000;
/// Fewest replicates.
const FEWEST: u64 = 99;

/// Rows of one kind, in one cluster, on one of two sides.
#[derive(Clone, Copy, Debug)]
pub struct Dealt {
    /// The cluster.
    pub cluster: u64,
    /// Whether each row is a cluster of its own.
    pub apart: bool,
    /// 0 or 1.
    pub side: usize,
    /// The kind, by number.
    pub kind: usize,
    /// How many rows.
    pub times: u64,
    /// What each of them weighs.
    pub weight: f64,
}

/// Two sides, ready to be dealt anew.
#[derive(Clone, Debug, Default)]
pub struct Deal {
    kinds: usize,
    /// Weight of each kind that falls to each side however it is dealt.
    fixed: [Vec<f64>; 2],
    /// Clusters with one row on either side, by their kinds.
    pairs: BTreeMap<[usize; 2], u64>,
    /// Clusters of one row, by kind and the bits of its weight.
    loose: BTreeMap<(usize, u64), u64>,
    /// Rows of clusters on both sides, and how many go to the first.
    pools: Vec<(Vec<Dealt>, u64)>,
    /// Clusters on one side with several rows.
    blocks: Vec<Vec<Dealt>>,
    /// Clusters on one side only, of each side.
    alone: [u64; 2],
}

impl Deal {
    /// Of these rows of so many kinds.
    #[must_use]
    pub fn new(mut rows: Vec<Dealt>, kinds: usize) -> Self {
        rows.retain(|row| row.side < 2 && row.kind < kinds && row.times > 0);
        rows.sort_by_key(|row| (row.cluster, row.side));
        let mut deal = Self {
            kinds,
            fixed: [vec![0.0; kinds], vec![0.0; kinds]],
            ..Self::default()
        };
        for cluster in rows.chunk_by(|a, b| a.cluster == b.cluster) {
            deal.add(cluster);
        }
        deal
    }

    fn add(&mut self, cluster: &[Dealt]) {
        let Some(first) = cluster.first() else { return };
        let alike = |row: &Dealt| row.kind == first.kind && row.weight == first.weight;
        let [ours, theirs] = [0, 1].map(|side| -> u64 {
            let rows = cluster.iter().filter(|row| row.side == side);
            rows.map(|row| row.times).sum()
        });
        let loose = (first.kind, first.weight.to_bits());
        match cluster {
            _ if first.apart => {
                *self.loose.entry(loose).or_default() += first.times;
                self.alone[first.side] += first.times;
            }
            _ if ours == 0 || theirs == 0 => {
                self.alone[first.side] += 1;
                match ours + theirs {
                    1 => *self.loose.entry(loose).or_default() += 1,
                    _ => self.blocks.push(cluster.to_vec()),
                }
            }
            _ if cluster.iter().all(alike) => {
                for row in cluster {
                    self.fixed[row.side][row.kind] += row.weight * row.times as f64;
                }
            }
            [one, other] if (ours, theirs, one.weight, other.weight) == (1, 1, 1.0, 1.0) => {
                let kinds = [one.kind.min(other.kind), one.kind.max(other.kind)];
                *self.pairs.entry(kinds).or_default() += 1;
            }
            _ => self.pools.push((cluster.to_vec(), ours)),
        }
    }

    /// The statistic of each replicate, given the weight of each kind on either side; at most so many replicates, and no
    /// more than the work allows, but 99.
    pub fn draws(
        &self,
        replicates: u32,
        seed: u64,
        statistic: impl Fn(&[Vec<f64>; 2]) -> f64 + Sync,
    ) -> Vec<f64> {
        let rows = |rows: &Vec<Dealt>| {
            rows.iter()
                .map(|row| row.times.min(ONE_BY_ONE))
                .sum::<u64>()
        };
        let pools = self.pools.iter().map(|(pool, _)| rows(pool));
        let blocks = self.blocks.iter().map(rows);
        let kinds = self.kinds + self.pairs.len() + self.loose.len();
        let work = pools.chain(blocks).sum::<u64>() + kinds as u64;
        let affordable = (STEPS / work.max(1)).max(FEWEST);
        let chances = self.chances();
        (0..u64::from(replicates).min(affordable))
            .into_par_iter()
            .map(|replicate| statistic(&self.deal(&chances, &mut Rng::stream(seed, replicate))))
            .collect()
    }

    fn chances(&self) -> Chances {
        let [ours, theirs] = self.alone.map(|clusters| clusters as f64);
        let first = match ours + theirs > 0.0 {
            true => ours / (ours + theirs),
            false => 0.0,
        };
        let flips = self.pairs.iter();
        let loose = self.loose.iter();
        Chances {
            first,
            flips: flips
                .map(|(kinds, n)| (*kinds, *n, Binomial::new(*n, 0.5)))
                .collect(),
            loose: loose
                .map(|((kind, weight), n)| {
                    let weight = f64::from_bits(*weight);
                    (*kind, weight, *n, Binomial::new(*n, first))
                })
                .collect(),
        }
    }

    fn deal(&self, chances: &Chances, rng: &mut Rng) -> [Vec<f64>; 2] {
        let mut sides = self.fixed.clone();
        for ([one, other], n, law) in &chances.flips {
            // As often as the first kind falls to the first side, the other falls to the second.
            let (straight, n) = (law.draw(rng) as f64, *n as f64);
            sides[0][*one] += straight;
            sides[1][*one] += n - straight;
            sides[0][*other] += n - straight;
            sides[1][*other] += straight;
        }
        for (kind, weight, n, law) in &chances.loose {
            let ours = law.draw(rng) as f64;
            sides[0][*kind] += weight * ours;
            sides[1][*kind] += weight * (*n as f64 - ours);
        }
        for block in &self.blocks {
            let side = usize::from(rng.uniform() >= chances.first);
            for row in block {
                sides[side][row.kind] += row.weight * row.times as f64;
            }
        }
        for (pool, ours) in &self.pools {
            split(pool, *ours, rng, &mut sides);
        }
        sides
    }
}

/// How clusters fall, as far as they are counted.
struct Chances {
    /// Chance of a cluster on one side only to stand on the first.
    first: f64,
    flips: Vec<([usize; 2], u64, Binomial)>,
    loose: Vec<(usize, f64, u64, Binomial)>,
}

/// Deals the rows of a cluster, so many of them to the first side.
fn split(pool: &[Dealt], ours: u64, rng: &mut Rng, sides: &mut [Vec<f64>; 2]) {
    let size: u64 = pool.iter().map(|row| row.times).sum();
    if size > ONE_BY_ONE {
        for row in pool {
            let first = Binomial::new(row.times, ours as f64 / size as f64).draw(rng);
            sides[0][row.kind] += row.weight * first as f64;
            sides[1][row.kind] += row.weight * (row.times - first) as f64;
        }
        return;
    }
    // Row by row, each with the chance that leaves the right number for the first side.
    let (mut left, mut places) = (size, ours);
    for row in pool {
        for _ in 0..row.times {
            let first = rng.below(left as usize) < places as usize;
            left -= 1;
            places -= u64::from(first);
            sides[usize::from(!first)][row.kind] += row.weight;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(cluster: u64, side: usize, kind: usize) -> Dealt {
        Dealt {
            cluster,
            apart: false,
            side,
            kind,
            times: 1,
            weight: 1.0,
        }
    }

    /// Mean and variance of the weight of kind 0 on the first side.
    fn spread(rows: Vec<Dealt>) -> (f64, f64) {
        let draws = Deal::new(rows, 2).draws(20_000, 1, |sides| {
            let whole: f64 = sides.iter().flatten().sum();
            assert!((whole - (sides[0][0] + sides[0][1] + sides[1][0] + sides[1][1])).abs() < 1e-9);
            sides[0][0]
        });
        let n = draws.len() as f64;
        let mean = draws.iter().sum::<f64>() / n;
        let squares = draws.iter().map(|draw| (draw - mean).powi(2));
        (mean, squares.sum::<f64>() / n)
    }

    #[track_caller]
    fn near((mean, variance): (f64, f64), expected: (f64, f64)) {
        assert!((mean - expected.0).abs() < 0.1, "{mean} {expected:?}");
        assert!(
            (variance / expected.1 - 1.0).abs() < 0.1,
            "{variance} {expected:?}"
        );
    }

    #[test]
    fn pairs_flip_coins() {
        let rows = (0..40).flat_map(|at| [row(at, 0, 0), row(at, 1, (at % 2) as usize)]);
        // Twenty equal pairs stay, of twenty unequal ones each has an even chance.
        near(spread(rows.collect()), (20.0 + 10.0, 20.0 / 4.0));
    }

    #[test]
    fn rows_of_a_cluster_are_dealt_without_return() {
        // Six rows of each of 30 clusters, two on the first side, three of kind 0: hypergeometric.
        let rows =
            (0..180).map(|at: u64| row(at / 6, usize::from(at % 6 >= 2), usize::from(at % 6 >= 3)));
        let variance = 2.0 * 0.5 * 0.5 * (6.0 - 2.0) / 5.0;
        near(spread(rows.collect()), (30.0, 30.0 * variance));
    }

    #[test]
    fn clusters_on_one_side_go_as_a_whole() {
        let two = |cluster, side| [row(cluster, side, 0), row(cluster, side, 0)];
        let rows = (0..50).flat_map(|at| two(at, usize::from(at >= 25)));
        near(spread(rows.collect()), (50.0, 4.0 * 50.0 / 4.0));
        let single = (0..100).map(|at| row(at, usize::from(at >= 50), 0));
        near(spread(single.collect()), (50.0, 25.0));
        let apart = [0, 1].map(|side| Dealt {
            apart: true,
            times: 50,
            ..row(side as u64, side, 0)
        });
        near(spread(apart.to_vec()), (50.0, 25.0));
    }
}
