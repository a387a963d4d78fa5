//! Isotonic regression by pooling adjacent violators.

/// Neighbouring points that share one fitted value.
#[derive(Clone, Copy, Debug, PartialEq)]
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
    pool_into(points, &mut blocks);
    blocks
}

/// [`pool`] into blocks that are already there, so that resampling need not allocate.
pub fn pool_into(points: impl IntoIterator<Item = (f64, f64)>, blocks: &mut Vec<Block>) {
    blocks.clear();
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
}
