//! How confidences were rounded where there are too many distinct ones to keep each.

use serde::Serialize;

/// The rounding of the confidences of a group, and what bounds the error of its figures (docs/rounding.md).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Rounding {
    /// Most distinct confidences that are kept.
    pub limit: u64,
    /// N: confidences count at multiples of 1/N and at the middles between them.
    pub steps: u32,
    /// How far any of them is from its own place at most: 1/(2N).
    pub error: f64,
    /// Answers whose confidence is no multiple of 1/N.
    pub rows: u64,
    /// The largest share of the answers, by weight, that rounding may have tied: those of one middle.
    pub tied: f64,
}
