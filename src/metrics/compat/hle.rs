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
    figures: &[
        Figure {
            metric: "calib_err",
            corrected: "rmsce",
            note: "root mean square over chunks of 100 rows by confidence; the most confident chunk is left out",
            weights: false,
            value: calib_err,
        },
        Figure {
            metric: "calib_err_all_chunks",
            corrected: "rmsce",
            note: "the same over all chunks, the most confident one too",
            weights: false,
            value: all_chunks,
        },
    ],
};

/// Rows of a chunk.
const BETA: u64 = 100;

/// Rows of a chunk, and their Σ (c − y).
#[derive(Clone, Copy, Default)]
struct Chunk {
    rows: u64,
    residual: Sum,
}

impl Chunk {
    /// The square of the mean residual, weighed by the rows.
    fn square(&self) -> f64 {
        self.residual.value().powi(2) / self.rows as f64
    }
}

fn calib_err(view: &View) -> Answer {
    match view.total.rows / BETA {
        0 => Answer::none("under 100 rows: that code stops with an IndexError"),
        1 => Answer {
            reason: Some("one chunk only, which is the one that is left out"),
            ..Answer::of(0.0)
        },
        chunks => error(view, chunks - 1, false),
    }
}

fn all_chunks(view: &View) -> Answer {
    match view.total.rows / BETA {
        0 => Answer::none("under 100 rows: no chunk"),
        chunks => error(view, chunks, true),
    }
}

/// The error over so many chunks of the least confident rows, the last of which takes what is left over where it is `whole`.
fn error(view: &View, chunks: u64, whole: bool) -> Answer {
    let (chunks, tied) = chunks_of(&view.cells, chunks as usize, whole);
    let squares = sum(chunks.iter().map(Chunk::square));
    Answer::unless_tied(((squares / view.total.rows as f64).sqrt(), tied))
}

/// The chunks, and whether a cut parts right from wrong rows of one confidence.
fn chunks_of(cells: &[Cell], count: usize, whole: bool) -> (Vec<Chunk>, bool) {
    let mut chunks = vec![Chunk::default(); count];
    let (mut at, mut tied) = (0, false);
    for cell in cells {
        let mixed = cell.right > 0 && cell.wrong > 0;
        let residual = cell.confidence - cell.right as f64 / cell.rows as f64;
        let mut left = cell.rows;
        while left > 0
            && let Some(chunk) = chunks.get_mut(at)
        {
            let last = whole && at + 1 == count;
            let taken = if last {
                left
            } else {
                left.min(BETA - chunk.rows)
            };
            chunk.residual.add(taken as f64 * residual);
            chunk.rows += taken;
            tied |= mixed && taken < cell.rows;
            left -= taken;
            at += usize::from(chunk.rows >= BETA && !last);
        }
    }
    (chunks, tied)
}
