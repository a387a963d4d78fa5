//! Which fold a row falls into.

use super::{FOLDS, Folds, Held};
use crate::evidence::{DetailKey, Tally, Totals};
use crate::maths::binomial::{Binomial, Tabled};
use crate::maths::rng::Rng;

/// Most distinct confidences of which the rows of each are put into folds one by one.
const MOST_SPLIT: usize = 100_000;

fn of_cluster(cluster: u64, seed: u64) -> usize {
    Rng::stream(seed, cluster).below(FOLDS)
}

/// Equal rows of a cluster.
pub(super) fn held(key: &DetailKey, count: u64, seed: u64) -> Held {
    Held {
        cluster: Some(key.item),
        fold: of_cluster(key.item, seed),
        confidence: key.confidence.get(),
        totals: Totals::of(count, key.credit(), key.weight()).into(),
    }
}

/// Puts the rows without identity into folds: rows right or wrong one by one, others by confidence, and so all of them where
/// there are so many confidences that those of one fold are missed nowhere.
pub(super) fn single(tally: &Tally, seed: u64, rows: &mut Vec<Held>) {
    let whole_cells = tally.len() > MOST_SPLIT;
    rows.reserve(match whole_cells {
        true => tally.len(),
        false => (FOLDS * tally.len()).min(MOST_SPLIT),
    });
    let mut laws = Laws::default();
    for cell in tally.cells() {
        let mut rng = Rng::stream(seed, cell.confidence.to_bits());
        let mut add = |fold, totals: Totals| {
            if totals.rows > 0 {
                rows.push(Held {
                    cluster: None,
                    fold,
                    confidence: cell.confidence,
                    totals: totals.into(),
                });
            }
        };
        if whole_cells || !cell.is_plain() {
            // Their sums cannot be taken apart, or need not: a fold that follows from the confidence is as good.
            add(rng.below(FOLDS), *cell.totals);
            continue;
        }
        let [right, wrong] = [cell.right, cell.wrong].map(|rows| laws.spread(rows, &mut rng));
        for (fold, (right, wrong)) in right.into_iter().zip(wrong).enumerate() {
            add(fold, Totals::plain(right + wrong, right));
        }
    }
}

/// How many of so many fall into each fold by chance: the laws of small numbers, which come again and again, are kept.
#[derive(Default)]
struct Laws(Vec<Option<Tabled>>);

/// Numbers of rows below this are small.
const SMALL: u64 = 128;

impl Laws {
    fn spread(&mut self, mut left: u64, rng: &mut Rng) -> [u64; FOLDS] {
        std::array::from_fn(|fold| {
            let count = self.draw(left, fold, rng);
            left -= count;
            count
        })
    }

    /// How many of those left fall into a fold, when all folds before it have theirs.
    fn draw(&mut self, left: u64, fold: usize, rng: &mut Rng) -> u64 {
        if left == 0 {
            return 0;
        }
        let law = || Binomial::new(left, 1.0 / (FOLDS - fold) as f64);
        if left >= SMALL {
            return law().draw(rng);
        }
        let place = left as usize * FOLDS + fold;
        if self.0.len() <= place {
            self.0.resize_with(place + 1, || None);
        }
        match self.0.get_mut(place) {
            Some(known) => known.get_or_insert_with(|| Tabled::new(law())).draw(rng) as u64,
            None => law().draw(rng),
        }
    }
}

/// Gives rows that are looked at one by one the folds that their answers have among [`Folds`]: those of a cluster the
/// cluster's, others as many of each fold as it holds of their confidence and credit.
pub struct Dealer {
    seed: u64,
    clustered: bool,
    /// Rows without a cluster that are left to deal, in order of confidence. Rows that were not told apart are of the fold
    /// that follows from their confidence.
    left: Vec<Left>,
}

/// Rows of one confidence and fold, all right or all wrong.
struct Left {
    confidence: f64,
    right: bool,
    fold: usize,
    rows: u64,
}

impl Dealer {
    /// Of these folds, made with this seed.
    #[must_use]
    pub fn new(folds: &Folds, seed: u64) -> Self {
        let single = folds.rows().iter().filter(|row| row.cluster.is_none());
        let left = single.filter(|row| row.totals.is_plain()).flat_map(|row| {
            let totals = row.totals.totals();
            [(true, totals.right), (false, totals.wrong)].map(|(right, rows)| Left {
                confidence: row.confidence,
                right,
                fold: row.fold,
                rows,
            })
        });
        Self {
            seed,
            clustered: folds.clustered(),
            left: left.filter(|left| left.rows > 0).collect(),
        }
    }

    /// The folds of answers that are equal in all, each with how many of them it takes.
    pub fn deal(
        &mut self,
        cluster: Option<u64>,
        confidence: f64,
        answers: Totals,
    ) -> Vec<(usize, u64)> {
        if let Some(cluster) = cluster.filter(|_| self.clustered) {
            return vec![(of_cluster(cluster, self.seed), answers.rows)];
        }
        let mut dealt = Vec::new();
        let mut wanted = answers.rows;
        let start = self
            .left
            .partition_point(|left| left.confidence < confidence);
        let tie = self.left.get_mut(start..).unwrap_or_default();
        let end = tie.partition_point(|left| left.confidence == confidence);
        let own = tie.iter_mut().take(end).rev();
        for left in own.filter(|left| left.right == (answers.right > 0) && left.rows > 0) {
            let taken = wanted.min(left.rows);
            if taken == 0 {
                break;
            }
            dealt.push((left.fold, taken));
            wanted -= taken;
            left.rows -= taken;
        }
        if wanted > 0 {
            dealt.push((of_cluster(confidence.to_bits(), self.seed), wanted));
        }
        dealt
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_confidence_part_only_where_confidences_are_few() {
        let most = MOST_SPLIT as u32;
        for (confidences, whole) in [(most / 100, false), (most + 1, true)] {
            let pairs = (0..8 * confidences).map(|at| {
                let place = f64::from(at % confidences) / f64::from(confidences);
                (place, at.is_multiple_of(3))
            });
            let tally = Tally::from_pairs(pairs);
            assert_eq!(tally.len(), confidences as usize);
            let mut rows = Vec::new();
            single(&tally, 5, &mut rows);
            assert_eq!(rows.len() == tally.len(), whole);
            assert_eq!(
                rows.iter().map(|row| row.totals.rows()).sum::<u64>(),
                u64::from(8 * confidences)
            );
            // Each fold has its share, give or take what chance allows.
            for fold in 0..FOLDS {
                let held = rows.iter().filter(|row| row.fold == fold);
                let share = held.map(|row| row.totals.rows()).sum::<u64>() as f64
                    / f64::from(8 * confidences);
                assert!((share - 0.1).abs() < 0.02, "{fold}: {share}");
            }
        }
    }
}
