//! The reliability diagram in cells, with a histogram of rows under it.

use super::{Canvas, GUTTER, Ink, centre};
use crate::chart::reliability::{Mark, Reliability, Size};

/// Bars of the histogram, from one eighth to full.
pub const LEVELS: [char; 8] = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/// Draws the diagram in a plot of `width` × `height` cells; the result is [`GUTTER`] columns wider.
#[must_use]
pub fn reliability(diagram: &Reliability, width: usize, height: usize) -> Vec<Vec<(Ink, String)>> {
    let mut canvas = Canvas::new(width, height);
    shade(&mut canvas, diagram);
    canvas.diagonal(true, '·');
    for mark in &diagram.marks {
        gap(&mut canvas, mark);
    }
    let mut marks: Vec<_> = diagram.marks.iter().collect();
    marks.sort_by_key(|mark| mark.size);
    for mark in marks {
        canvas.set(
            canvas.column(mark.x),
            canvas.row(mark.y),
            glyph(mark.size),
            Ink::Blue,
        );
    }
    let mut rows = canvas.framed(["0.0", "0.5", "1.0"]);
    let axis = rows.len() - 1;
    rows.insert(axis, histogram(diagram, width));
    rows
}

/// The band a calibrated model would stay in.
fn shade(canvas: &mut Canvas, diagram: &Reliability) {
    for column in 0..canvas.width {
        let band = diagram
            .at(centre(column, canvas.width))
            .and_then(|mark| mark.band);
        if let Some((low, high)) = band {
            for row in canvas.row(low)..=canvas.row(high) {
                canvas.set(column, row, '░', Ink::Faint);
            }
        }
    }
}

/// The distance between what a bin claimed and what it got right.
fn gap(canvas: &mut Canvas, mark: &Mark) {
    let column = canvas.column(mark.x);
    let (claimed, got) = (canvas.row(mark.x), canvas.row(mark.y));
    let ink = if mark.x > mark.y {
        Ink::Orange
    } else {
        Ink::Blue
    };
    for row in claimed.min(got)..=claimed.max(got) {
        if row != claimed {
            canvas.set(column, row, '│', ink);
        }
    }
}

fn glyph(size: Size) -> char {
    match size {
        Size::Small => '▫',
        Size::Medium => '▪',
        Size::Large => '■',
    }
}

fn histogram(diagram: &Reliability, width: usize) -> Vec<(Ink, String)> {
    let bar = |column| {
        diagram
            .at(centre(column, width))
            .map_or(' ', |mark| level(mark.fill))
    };
    let bars: String = (0..width).map(bar).collect();
    let label = GUTTER - 2;
    vec![
        (Ink::Faint, format!("{:>label$}  ", "rows")),
        (Ink::Blue, bars),
    ]
}

/// A bin with any row at all shows.
fn level(fill: f64) -> char {
    let steps = LEVELS.into_iter().zip(1_u8..);
    let reached = steps
        .filter(|&(_, step)| fill * 8.0 + 0.5 >= f64::from(step))
        .map(|(bar, _)| bar);
    reached.last().unwrap_or(LEVELS[0])
}
