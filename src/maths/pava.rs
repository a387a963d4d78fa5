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
        return parted(points.clone(), corners(points, &mut space));
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

/// Weight and moment of all points up to one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Reached {
    /// Their summed weight.
    pub weight: f64,
    /// Their summed weight times value.
    pub moment: f64,
}

impl Reached {
    /// Whether the mean value of some points is below that of others: without division, so that weightless points cannot
    /// make NaN.
    #[inline]
    fn rises_to(&self, next: &Self) -> bool {
        self.moment * next.weight < next.moment * self.weight
    }

    /// What came since.
    #[must_use]
    pub fn since(&self, before: Self) -> Self {
        Self {
            weight: self.weight - before.weight,
            moment: self.moment - before.moment,
        }
    }
}

/// What is reached at the end of each block of [`pool`], in space that is already there, for resampling: the corners of the
/// greatest convex minorant of the sums of points (Robertson, Wright and Dykstra 1988, Order Restricted Statistical
/// Inference, section 1.2). Sums that are not whole are rounded otherwise than those of [`pool`].
///
/// Where values fall from point to point there is no corner, whatever comes before and after. So all such sums are left out
/// first, as often as that leaves a third less: a processor need not guess which these are. Of what is left each that turns
/// out to be none is taken back.
///
/// ```
/// use calib::maths::pava::corners;
/// let points = [(1.0, 0.0), (1.0, 1.0), (1.0, 0.0), (1.0, 1.0)];
/// let mut space = Vec::new();
/// let corners = corners(points, &mut space);
/// assert_eq!(corners.iter().map(|c| (c.weight, c.moment)).collect::<Vec<_>>(), [(1.0, 0.0), (3.0, 1.0), (4.0, 2.0)]);
/// ```
pub fn corners<P>(points: P, space: &mut Vec<Reached>) -> &[Reached]
where
    P: IntoIterator<Item = (f64, f64), IntoIter: ExactSizeIterator>,
{
    let points = points.into_iter();
    let mut before = points.len();
    if space.len() < before {
        space.resize(before, Reached::default());
    }
    let (mut rises, mut sum) = (Rises::default(), Reached::default());
    for (weight, moment) in points {
        sum = Reached {
            weight: sum.weight + weight,
            moment: sum.moment + moment,
        };
        rises.add(sum, Reached { weight, moment }, space);
    }
    while 3 * rises.count() < 2 * before {
        before = rises.count();
        (rises, sum) = (Rises::default(), Reached::default());
        let space = space.get_mut(..before).unwrap_or_default();
        for at in 0..space.len() {
            let last = std::mem::replace(&mut sum, space[at]);
            rises.add(sum, sum.since(last), space);
        }
    }
    let count = take_back(space, rises.count());
    space.get(..count).unwrap_or_default()
}

/// The blocks of points between corners: of whole numbers, so that sums tell the end of a block.
fn parted(points: impl Iterator<Item = (f64, f64)>, corners: &[Reached]) -> Vec<Block> {
    let mut points = points.peekable();
    let (mut reached, mut before) = (0.0, Reached::default());
    let block = |corner: &Reached| {
        let mut count = 0;
        // Points that weigh nothing belong to the block before them.
        while points
            .next_if(|(weight, _)| reached < corner.weight || *weight == 0.0)
            .inspect(|(weight, _)| reached += weight)
            .is_some()
        {
            count += 1;
        }
        let Reached { weight, moment } = corner.since(std::mem::replace(&mut before, *corner));
        Block {
            points: count,
            weight,
            moment,
        }
    };
    corners.iter().map(block).collect()
}

/// Sums after which values rise, each put where the first of them may have stood before.
#[derive(Default)]
struct Rises {
    /// The place of the last sum.
    at: usize,
    /// The last point that weighs something.
    last: Reached,
    any: bool,
}

impl Rises {
    /// Adds what is reached at a point.
    #[inline]
    fn add(&mut self, reached: Reached, point: Reached, space: &mut [Reached]) {
        self.at += usize::from(self.last.rises_to(&point));
        self.any = true;
        if point.weight > 0.0 {
            self.last = point;
        }
        if let Some(place) = space.get_mut(self.at) {
            *place = reached;
        }
    }

    fn count(&self) -> usize {
        self.at + usize::from(self.any)
    }
}

/// Leaves those of the first sums of some space that are corners, in the first places.
fn take_back(space: &mut [Reached], count: usize) -> usize {
    let mut kept = 0_usize;
    for at in 0..count {
        let reached = space.get(at).copied().unwrap_or_default();
        while let Some(end) = kept.checked_sub(1) {
            let before = end
                .checked_sub(1)
                .map_or(Reached::default(), |at| space[at]);
            if space[end]
                .since(before)
                .rises_to(&reached.since(space[end]))
            {
                break;
            }
            kept = end;
        }
        if let Some(place) = space.get_mut(kept) {
            *place = reached;
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
    fn corners_are_where_blocks_end() {
        let mut space = Vec::new();
        for seed in 0..300 {
            for share in [|at| at, |at| 1.0 - at, |_| 0.5, |at| at * at] {
                let points = points(seed, share);
                let corners = corners(points.iter().copied(), &mut space);
                let blocks = parted(points.iter().copied(), corners);
                assert_eq!(blocks, pool_one_by_one(points.into_iter()), "{seed}");
            }
        }
    }
}
