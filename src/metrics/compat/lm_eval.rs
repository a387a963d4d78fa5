//! The Brier score of lm-evaluation-harness.

use super::{Answer, Definition, Figure};
use crate::evidence::Cell;
use crate::maths::sums::sum;
use crate::metrics::View;
use crate::settings::Tool;

pub(super) const DEFINITION: Definition = Definition {
    tool: Tool::LmEval,
    title: "lm-evaluation-harness",
    differs: "Its Brier score sums the squared error over every choice of a question, from 0 to 2. A log that holds the confidence of the chosen answer only cannot give that sum: what stands here is the sum over two classes, answer right and answer wrong, which is twice the Brier score. It equals the harness's number where a question has two choices.",
    source: "EleutherAI/lm-evaluation-harness lm_eval/api/metrics.py brier_score; Brier (1950), Monthly Weather Review 78, 1-3",
    figures: &[Figure {
        metric: "brier_score",
        corrected: "brier",
        note: "from the top-label confidence only: the sum over two classes, 2 x Brier; the harness sums over every choice",
        weights: false,
        value: brier_score,
    }],
};

/// Σ over the two classes of (probability − outcome)²: both are off by the same.
fn brier_score(view: &View) -> Answer {
    let square = |off: f64| 2.0 * off.powi(2);
    let term = |cell: &Cell| {
        cell.wy * square(1.0 - cell.confidence) + (cell.w - cell.wy) * square(cell.confidence)
    };
    Answer::of(sum(view.cells.iter().map(term)) / view.total.w)
}
