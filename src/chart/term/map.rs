//! The failure map in cells.

use super::{Canvas, Ink};
use crate::chart::map::{FailureMap, Kind, Mark};

/// Draws the map in a plot of `width` × `height` cells; the result is [`super::GUTTER`] columns wider.
#[must_use]
pub fn map(map: &FailureMap, width: usize, height: usize) -> Vec<Vec<(Ink, String)>> {
    let mut canvas = Canvas::new(width, height);
    canvas.diagonal(false, '·');
    for (x, y) in &map.references {
        let (column, row) = (canvas.column(*x), canvas.row(*y));
        canvas.set(column, row, '+', Ink::Faint);
    }
    for mark in &map.marks {
        interval(&mut canvas, mark);
    }
    for mark in &map.marks {
        point(&mut canvas, mark);
    }
    words(&mut canvas);
    canvas.framed(["0%", "50%", "100%"])
}

/// Names the corners and the line of chance, where the words hide no mark.
pub(super) fn words(canvas: &mut Canvas) {
    let (width, height, high) = (canvas.width, canvas.height, canvas.row(0.8));
    label(canvas, 1, (0..height).rev(), "safety");
    let right = width.saturating_sub("reasoning ".len());
    label(canvas, right, 0..height, "reasoning");
    label(canvas, width / 3 + 2, (0..high).rev(), "at random");
}

/// Writes in the first row where the words hide no mark.
fn label(canvas: &mut Canvas, column: usize, mut rows: impl Iterator<Item = usize>, words: &str) {
    let cells = column..column + words.len();
    let free = |&row: &usize| {
        cells
            .clone()
            .all(|at| matches!(canvas.get(at, row), Some(' ' | '·')))
    };
    if let Some(row) = rows.find(free) {
        canvas.text(column, row, words, Ink::Faint);
    }
}

/// The joint box of both intervals; less than two cells either way, it is a bar or nothing.
fn interval(canvas: &mut Canvas, mark: &Mark) {
    let (mut left, mut right) = (canvas.column(mark.across.0), canvas.column(mark.across.1));
    if right.saturating_sub(left) < 2 {
        // No wider than the mark: a stroke beside it would say more than is known.
        (left, right) = (canvas.column(mark.x), canvas.column(mark.x));
    }
    let (bottom, top) = (canvas.row(mark.up.0), canvas.row(mark.up.1));
    let ink = ink(mark.kind);
    for column in left..=right {
        canvas.set(column, bottom, '─', ink);
        canvas.set(column, top, '─', ink);
    }
    for row in bottom..=top {
        canvas.set(left, row, '│', ink);
        canvas.set(right, row, '│', ink);
    }
    if bottom < top && left < right {
        for (column, row, corner) in [
            (left, bottom, '└'),
            (right, bottom, '┘'),
            (left, top, '┌'),
            (right, top, '┐'),
        ] {
            canvas.set(column, row, corner, ink);
        }
    }
}

fn point(canvas: &mut Canvas, mark: &Mark) {
    let (column, row) = (canvas.column(mark.x), canvas.row(mark.y));
    let (glyph, letter) = match mark.kind {
        Kind::All => ('●', None),
        Kind::Epistemic => ('●', Some('E')),
        Kind::Safety => ('◆', Some('S')),
    };
    canvas.set(column, row, glyph, ink(mark.kind));
    let Some(letter) = letter else { return };
    // On a side where the letter hides neither the other mark nor the edge of the box.
    let sides = [Some(column + 1), column.checked_sub(1)];
    let free =
        |&at: &usize| at < canvas.width && matches!(canvas.get(at, row), Some(' ' | '·' | '─'));
    if let Some(at) = sides.into_iter().flatten().find(free) {
        canvas.set(at, row, letter, ink(mark.kind));
    }
}

pub(super) fn ink(kind: Kind) -> Ink {
    match kind {
        Kind::All | Kind::Epistemic => Ink::Blue,
        Kind::Safety => Ink::Orange,
    }
}
