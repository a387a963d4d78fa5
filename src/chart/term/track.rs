//! The way of checkpoints on the failure map, in cells: from an open mark to a full one.

use super::map::{ink, words};
use super::{Canvas, Ink};
use crate::chart::map::Kind;
use crate::chart::track::Track;

/// Draws the ways in a plot of `width` × `height` cells; the result is [`super::GUTTER`] columns wider.
#[must_use]
pub fn tracks(tracks: &[Track], width: usize, height: usize) -> Vec<Vec<(Ink, String)>> {
    let mut canvas = Canvas::new(width, height);
    canvas.diagonal(false, '·');
    for track in tracks {
        for (from, to) in track.places.iter().zip(track.places.iter().skip(1)) {
            line(&mut canvas, *from, *to, ink(track.kind));
        }
    }
    for track in tracks {
        let (open, full) = marks(track.kind);
        for (place, glyph) in [(track.places.first(), open), (track.places.last(), full)] {
            if let Some(&(x, y)) = place {
                canvas.set(canvas.column(x), canvas.row(y), glyph, ink(track.kind));
            }
        }
    }
    words(&mut canvas);
    canvas.framed(["0%", "50%", "100%"])
}

/// The marks at the beginning and at the end of a way.
#[must_use]
pub fn marks(kind: Kind) -> (char, char) {
    match kind {
        Kind::All | Kind::Epistemic => ('○', '●'),
        Kind::Safety => ('◇', '◆'),
    }
}

fn line(canvas: &mut Canvas, (x0, y0): (f64, f64), (x1, y1): (f64, f64), ink: Ink) {
    let steps = 2 * (canvas.width + canvas.height);
    for step in 0..=steps {
        let t = step as f64 / steps as f64;
        let (x, y) = (x0 + t * (x1 - x0), y0 + t * (y1 - y0));
        canvas.set(canvas.column(x), canvas.row(y), '∙', ink);
    }
}
