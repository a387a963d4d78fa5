//! Shapes as terminal cells. Every glyph is one column wide; colour only repeats what glyphs say.

mod map;
mod reliability;
mod track;

pub use map::map;
pub use reliability::{LEVELS, reliability};
pub use track::{marks, tracks};

/// What a cell or a piece of text means, for renderers that have colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Ink {
    /// Ordinary text.
    #[default]
    Plain,
    /// The verdict, headings.
    Strong,
    /// Axes, legends, asides.
    Faint,
    /// First accent (blue): the data, and what is too cautious.
    Blue,
    /// Second accent (orange): what is too bold, and warnings.
    Orange,
}

/// Columns left of the plot: a label of four and the axis.
pub const GUTTER: usize = 6;

/// The unit square as a grid of cells, origin at the bottom left, in a frame with axes.
#[derive(Clone, Debug)]
pub struct Canvas {
    width: usize,
    height: usize,
    cells: Vec<(char, Ink)>,
}

impl Canvas {
    /// An empty plot of this many columns and rows.
    #[must_use]
    pub fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            cells: vec![(' ', Ink::Plain); width * height],
        }
    }

    /// The column of a coordinate.
    fn column(&self, x: f64) -> usize {
        cell(x, self.width)
    }

    /// The row of a coordinate, 0 at the bottom.
    fn row(&self, y: f64) -> usize {
        cell(y, self.height)
    }

    fn get(&self, column: usize, row: usize) -> Option<char> {
        let cell = (column < self.width).then(|| self.cells.get(row * self.width + column))?;
        cell.map(|&(glyph, _)| glyph)
    }

    /// Draws one cell; outside the plot nothing happens.
    fn set(&mut self, column: usize, row: usize, glyph: char, ink: Ink) {
        if column < self.width
            && let Some(cell) = self.cells.get_mut(row * self.width + column)
        {
            *cell = (glyph, ink);
        }
    }

    /// Writes text from a cell to the right.
    fn text(&mut self, column: usize, row: usize, text: &str, ink: Ink) {
        for (at, glyph) in text.chars().enumerate() {
            self.set(column + at, row, glyph, ink);
        }
    }

    /// A straight line from corner to corner, rising or falling, two columns of `glyph` to a row at most.
    fn diagonal(&mut self, rising: bool, glyph: char) {
        for column in 0..self.width {
            let x = centre(column, self.width);
            let row = self.row(if rising { x } else { 1.0 - x });
            self.set(column, row, glyph, Ink::Faint);
        }
    }

    /// The plot with its axes, top row first. `labels` stand at 0, ½ and 1 of both axes, five columns wide at most.
    fn framed(&self, labels: [&str; 3]) -> Vec<Vec<(Ink, String)>> {
        let mut rows: Vec<_> = (0..self.height)
            .rev()
            .map(|row| self.framed_row(row, labels))
            .collect();
        rows.push(vec![(
            Ink::Faint,
            format!("{:>5}└{}", "", "─".repeat(self.width)),
        )]);
        rows.push(vec![(Ink::Faint, self.x_labels(labels))]);
        rows
    }

    fn framed_row(&self, row: usize, [zero, half, one]: [&str; 3]) -> Vec<(Ink, String)> {
        let label = match row {
            0 => zero,
            _ if row + 1 == self.height => one,
            _ if row == self.height / 2 => half,
            _ => "",
        };
        let axis = if label.is_empty() { '│' } else { '┤' };
        let mut line = vec![(Ink::Faint, format!("{label:>4} {axis}"))];
        for &(glyph, ink) in &self.cells[row * self.width..(row + 1) * self.width] {
            match line.last_mut() {
                Some((last, text)) if *last == ink => text.push(glyph),
                _ => line.push((ink, glyph.to_string())),
            }
        }
        line
    }

    fn x_labels(&self, [zero, half, one]: [&str; 3]) -> String {
        let rest = (self.width + GUTTER).saturating_sub(GUTTER + zero.len());
        let middle = self.width / 2;
        let to_half = middle.saturating_sub(zero.len() + half.len() / 2);
        let to_one = rest.saturating_sub(to_half + half.len() + one.len());
        format!(
            "{:GUTTER$}{zero}{:to_half$}{half}{:to_one$}{one}",
            "", "", ""
        )
    }
}

/// The cell, of `count`, that holds a coordinate.
#[expect(
    clippy::cast_sign_loss,
    clippy::cast_possible_truncation,
    reason = "clamped to the grid first"
)]
fn cell(x: f64, count: usize) -> usize {
    let last = count.saturating_sub(1);
    (x * count as f64).floor().clamp(0.0, last as f64) as usize
}

/// The coordinate at the middle of a cell.
fn centre(cell: usize, count: usize) -> f64 {
    (cell as f64 + 0.5) / count as f64
}
