//! What is said of confidences that were rounded.

use super::View;
use crate::evidence::Cell;
use crate::report::Rounding;

/// The rounding of a view; none where each distinct confidence is kept.
#[must_use]
pub fn rounding(view: &View) -> Option<Rounding> {
    let grid = view.rounding?;
    let moved = |cell: &&Cell| !grid.keeps(cell.confidence);
    let middles = || view.cells.iter().filter(moved);
    let heaviest = middles().map(|cell| cell.w).fold(0.0, f64::max);
    Some(Rounding {
        limit: grid.limit() as u64,
        steps: grid.steps(),
        error: grid.error(),
        rows: middles().map(|cell| cell.rows).sum(),
        tied: heaviest / view.total.w,
    })
}
