//! Isotonic regression by pooling adjacent violators.

use super::sums::is_whole;

/// Neighbouring points that share one fitted value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Block {
    /// Points in the block.
    pub points: usize,
    /// Their summed weight.
    pub weight: f64,
    /// Their summed weight times value.
    pub moment: f64,
}

impl Block {
    /// The fitted value.
    #[must_use]
    pub fn value(&self) -> f64 {
        self.moment / self.weight
    }
}

/// The non-decreasing fit of least squares to (weight, weight × value) points, as blocks in order.
///
/// Blocks of equal value are pooled too. Points without weight join the block before them. Ayer et al. (1955),
/// Annals of Mathematical Statistics 26, 641–647; linear time by the stack of Best and Chakravarti (1990).
///
/// ```
/// use calib::maths::pava::pool;
/// let blocks = pool([(1.0, 0.0), (1.0, 1.0), (1.0, 0.0), (1.0, 1.0)]);
/// assert_eq!(blocks.iter().map(|b| b.value()).collect::<Vec<_>>(), [0.0, 0.5, 1.0]);
/// ```
pub fn pool<P>(points: P) -> Vec<Block>
where
    P: IntoIterator<Item = (f64, f64), IntoIter: ExactSizeIterator + Clone>,
{
    let points = points.into_iter();
    if are_whole(points.clone()) {
        let mut space = Vec::new();
        let count = pool_runs(points, &mut space).len();
        space.truncate(count);
        return space;
    }
    pool_one_by_one(points)
}

/// Whether all weights and moments are whole numbers, and so few that no order of adding them rounds, nor a product of two
/// of their sums.
fn are_whole(points: impl Iterator<Item = (f64, f64)>) -> bool {
    const MOST: f64 = (1_u32 << 26) as f64;
    let (mut whole, mut all) = (true, 0.0);
    for (weight, moment) in points {
        whole &= is_whole(weight) && is_whole(moment);
        all += weight + moment;
    }
    whole && all <= MOST
}

/// [`pool`] of points in their order, each added to the blocks before it.
fn pool_one_by_one(points: impl Iterator<Item = (f64, f64)>) -> Vec<Block> {
    let mut blocks = Vec::new();
    // The block that grows is at hand; those before it, which no longer change unless it reaches them, are put away.
    let mut growing: Option<Block> = None;
    for (weight, moment) in points {
        let mut block = Block {
            points: 1,
            weight,
            moment,
        };
        while let Some(last) = growing {
            // last.value() < block.value(), without division so that weightless points cannot make NaN.
            if last.moment * block.weight < block.moment * last.weight {
                blocks.push(last);
                break;
            }
            block.points += last.points;
            block.weight += last.weight;
            block.moment += last.moment;
            growing = blocks.pop();
        }
        growing = Some(block);
    }
    blocks.extend(growing);
    blocks
}

/// [`pool`] into space that is already there, for resampling: the sums of blocks are added up in another order, which
/// rounds them otherwise.
///
/// Values that fall from point to point end up in one block, whatever comes before and after, and so do blocks. So all
/// falling runs are pooled first, as often as that leaves a third less: a processor need not guess where they end. What
/// is left is pooled one by one.
///
/// ```
/// use calib::maths::pava::{pool, pool_runs};
/// let points = [(1.0, 0.0), (1.0, 1.0), (1.0, 0.0), (1.0, 1.0)];
/// assert_eq!(pool_runs(points, &mut Vec::new()), pool(points));
/// ```
pub fn pool_runs<P>(points: P, space: &mut Vec<Block>) -> &[Block]
where
    P: IntoIterator<Item = (f64, f64), IntoIter: ExactSizeIterator + Clone>,
{
    let points = points.into_iter();
    match points.clone().all(|(weight, _)| weight > 0.0) {
        true => pool_known::<true>(points, space),
        false => pool_known::<false>(points, space),
    }
}

/// [`pool_runs`] of points of which it is known whether all weigh something.
fn pool_known<const WEIGHTY: bool>(
    points: impl ExactSizeIterator<Item = (f64, f64)>,
    space: &mut Vec<Block>,
) -> &[Block] {
    if space.len() < points.len() {
        space.resize(points.len(), Block::default());
    }
    let (mut before, mut runs) = (points.len(), Runs::<WEIGHTY>::default());
    for (weight, moment) in points {
        let point = Block {
            points: 1,
            weight,
            moment,
        };
        runs.add(point, space);
    }
    while 3 * runs.count() < 2 * before {
        before = runs.count();
        runs = Runs::default();
        let space = space.get_mut(..before).unwrap_or_default();
        for at in 0..space.len() {
            runs.add(space[at], space);
        }
    }
    let count = pool_in_place(space, runs.count());
    space.get(..count).unwrap_or_default()
}

/// Falling runs, each put where the first of them may have stood before; `WEIGHTY` where every block weighs something.
#[derive(Default)]
struct Runs<const WEIGHTY: bool> {
    /// The run that grows, and its place; none yet where it holds no point.
    growing: Block,
    at: usize,
    /// The last block that weighs something.
    last: Block,
}

impl<const WEIGHTY: bool> Runs<WEIGHTY> {
    #[inline]
    fn add(&mut self, block: Block, space: &mut [Block]) {
        let rises = self.last.moment * block.weight < block.moment * self.last.weight;
        let (joins, factor) = (usize::from(!rises), f64::from(u8::from(!rises)));
        self.growing = Block {
            points: joins * self.growing.points + block.points,
            weight: factor * self.growing.weight + block.weight,
            moment: factor * self.growing.moment + block.moment,
        };
        self.at += usize::from(rises);
        if WEIGHTY || block.weight > 0.0 {
            self.last = block;
        }
        if let Some(place) = space.get_mut(self.at) {
            *place = self.growing;
        }
    }

    fn count(&self) -> usize {
        self.at + usize::from(self.growing.points > 0)
    }
}

/// Pools the first blocks of some space; what is left of them, in their place.
fn pool_in_place(space: &mut [Block], count: usize) -> usize {
    let mut kept = 0_usize;
    for at in 0..count {
        let mut block = space.get(at).copied().unwrap_or_default();
        while let Some(last) = kept.checked_sub(1).and_then(|at| space.get(at)) {
            if last.moment * block.weight < block.moment * last.weight {
                break;
            }
            block.points += last.points;
            block.weight += last.weight;
            block.moment += last.moment;
            kept -= 1;
        }
        if let Some(place) = space.get_mut(kept) {
            *place = block;
        }
        kept += 1;
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::maths::rng::Rng;

    #[test]
    fn whole_numbers_are_known_from_others() {
        for (points, whole) in [
            (vec![(3.0, 0.0), (0.0, 0.0), (1.0, 1.0)], true),
            (vec![(3.0, 0.5)], false),
            (vec![(1.5, 1.0)], false),
            (vec![(67_000_000.0, 0.0), (1.0, 1.0)], true),
            (vec![(67_000_000.0, 67_000_000.0)], false),
        ] {
            assert_eq!(are_whole(points.iter().copied()), whole, "{points:?}");
            assert_eq!(pool(points.clone()), pool_one_by_one(points.into_iter()));
        }
    }

    /// Points in order, of whole weights and moments, so that no sum is rounded; some weigh nothing.
    fn points(seed: u64, share: impl Fn(f64) -> f64) -> Vec<(f64, f64)> {
        let mut rng = Rng::stream(seed, 0);
        let count = rng.below(200);
        let point = |at: usize| {
            let rows = rng.below(4);
            let right = (0..rows).filter(|_| rng.uniform() < share(at as f64 / count as f64));
            (rows as f64, right.count() as f64)
        };
        (0..count).map(point).collect()
    }

    #[test]
    fn pooling_runs_first_leaves_the_same_blocks() {
        let mut space = Vec::new();
        for seed in 0..300 {
            for share in [|at| at, |at| 1.0 - at, |_| 0.5, |at| at * at] {
                let points = points(seed, share);
                let blocks = pool_runs(points.iter().copied(), &mut space);
                assert_eq!(blocks, pool_one_by_one(points.into_iter()), "{seed}");
            }
        }
    }
}
