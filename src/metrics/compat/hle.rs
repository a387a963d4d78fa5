//! The calibration error of Humanity's Last Exam, which BrowseComp and others copied.

use super::{Answer, Definition, Figure};
use crate::evidence::Cell;
use crate::maths::sums::{Sum, sum};
use crate::metrics::View;
use crate::settings::Tool;

pub(super) const DEFINITION: Definition = Definition {
    tool: Tool::Hle,
    title: "Humanity's Last Exam, BrowseComp",
    differs: "Sorts by confidence, cuts chunks of 100 rows, the last of them taking what is left over, and then sums over all chunks but the last: the most confident 100 to 199 rows never count, although every row counts in the denominator. Under 100 rows it stops with an error; from 100 to 199 it says 0 whatever the rows are. A chunk may part rows of equal confidence, so that their order in the file shows.",
    source: "calib_err(p='2', beta=100) in the judge scripts of centerforaisafety/hle and texttron/BrowseComp-Plus, from hendrycks/outlier-exposure utils/calibration_tools.py",
    figures: &[Figure {
        metric: "calib_err",
        corrected: "rmsce",
        note: "root mean square over chunks of 100 rows by confidence; the most confident chunk is left out",
        weights: false,
        value: calib_err,
    }],
};

/// Rows of a chunk.
const BETA: u64 = 100;

fn calib_err(view: &View) -> Answer {
    let n = view.total.rows;
    match n / BETA {
        0 => Answer::none("under 100 rows: that code stops with an IndexError"),
        1 => Answer {
            reason: Some("one chunk only, which is the one that is left out"),
            ..Answer::of(0.0)
        },
        chunks => {
            let (residuals, tied) = residuals(&view.cells, (chunks - 1) as usize);
            let square = |residual: &Sum| (residual.value() / BETA as f64).powi(2);
            let squares = sum(residuals.iter().map(square));
            let value = (squares * BETA as f64 / n as f64).sqrt();
            Answer::unless_tied((value, tied))
        }
    }
}

/// Σ (c − y) of each of so many chunks of the least confident rows, and whether a cut parts right from wrong rows of
/// one confidence.
fn residuals(cells: &[Cell], chunks: usize) -> (Vec<Sum>, bool) {
    let mut residuals = vec![Sum::default(); chunks];
    let (mut before, mut tied) = (0, false);
    for cell in cells {
        let mixed = cell.right > 0 && cell.wrong > 0;
        let residual = cell.confidence - cell.right as f64 / cell.rows as f64;
        let mut left = cell.rows;
        while let Some(chunk) = residuals.get_mut((before / BETA) as usize)
            && left > 0
        {
            let taken = left.min(BETA - before % BETA);
            chunk.add(taken as f64 * residual);
            tied |= mixed && taken < cell.rows;
            before += taken;
            left -= taken;
        }
    }
    (residuals, tied)
}
