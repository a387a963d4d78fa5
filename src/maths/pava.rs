//! Isotonic regression by pooling adjacent violators.

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
pub fn pool(points: impl IntoIterator<Item = (f64, f64)>) -> Vec<Block> {
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
    P: IntoIterator<Item = (f64, f64), IntoIter: ExactSizeIterator>,
{
    let points = points.into_iter();
    if space.len() < points.len() {
        space.resize(points.len(), Block::default());
    }
    let (mut before, mut runs) = (points.len(), Runs::default());
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
        for at in 0..before {
            let block = space.get(at).copied().unwrap_or_default();
            runs.add(block, space);
        }
    }
    let count = pool_in_place(space, runs.count());
    space.get(..count).unwrap_or_default()
}

/// Falling runs, each put where the first of them may have stood before.
#[derive(Default)]
struct Runs {
    /// The run that grows, and its place; none yet where it holds no point.
    growing: Block,
    at: usize,
    /// The last block that weighs something.
    last: Block,
}

impl Runs {
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
        if block.weight > 0.0 {
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
                assert_eq!(blocks, pool(points), "{seed}");
            }
        }
    }
}
