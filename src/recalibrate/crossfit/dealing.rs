//! Which fold a row falls into.

use super::{FOLDS, Held};
use crate::evidence::{DetailKey, Tally, Totals};
use crate::maths::binomial::Binomial;
use crate::maths::rng::Rng;

/// Equal rows of a cluster.
pub(super) fn held(key: &DetailKey, count: u64, seed: u64) -> Held {
    Held {
        cluster: Some(key.item),
        fold: Rng::stream(seed, key.item).below(FOLDS),
        confidence: key.confidence.get(),
        totals: Totals::of(count, key.credit(), key.weight()),
    }
}

/// Puts the rows without identity into folds: rows right or wrong one by one, others by confidence.
pub(super) fn single(tally: &Tally, seed: u64, rows: &mut Vec<Held>) {
    for cell in tally.cells() {
        let mut rng = Rng::stream(seed, cell.confidence.to_bits());
        let mut add = |fold, totals: Totals| {
            if totals.rows > 0 {
                rows.push(Held {
                    cluster: None,
                    fold,
                    confidence: cell.confidence,
                    totals,
                });
            }
        };
        if !cell.is_plain() {
            // Their sums cannot be taken apart, and a fold that follows from the confidence is as good.
            add(rng.below(FOLDS), cell.totals);
            continue;
        }
        let (right, wrong) = (spread(cell.right, &mut rng), spread(cell.wrong, &mut rng));
        for (fold, (right, wrong)) in right.into_iter().zip(wrong).enumerate() {
            let mut totals = Totals::of(right, 1.0, 1.0);
            totals += Totals::of(wrong, 0.0, 1.0);
            add(fold, totals);
        }
    }
}

/// How many of so many fall into each fold by chance.
fn spread(mut left: u64, rng: &mut Rng) -> [u64; FOLDS] {
    std::array::from_fn(|fold| {
        let share = 1.0 / (FOLDS - fold) as f64;
        let count = Binomial::new(left, share).draw(rng);
        left -= count;
        count
    })
}

/// The folds of so many equal rows, with how many fall into each: that of their cluster; where each is a cluster of its
/// own, by draws that depend on the seed and on `what` they say.
///
/// ```
/// use calib::recalibrate::crossfit::dealt;
/// assert_eq!(dealt(Some(7), 0, 30, 0).len(), 1);
/// assert_eq!(dealt(None, 0, 30, 0).iter().map(|(_, rows)| rows).sum::<u64>(), 30);
/// ```
#[must_use]
pub fn dealt(cluster: Option<u64>, what: u64, count: u64, seed: u64) -> Vec<(usize, u64)> {
    match cluster {
        Some(cluster) => vec![(Rng::stream(seed, cluster).below(FOLDS), count)],
        None => {
            let folds = spread(count, &mut Rng::stream(seed, what));
            let dealt = folds.into_iter().enumerate();
            dealt.filter(|(_, count)| *count > 0).collect()
        }
    }
}
