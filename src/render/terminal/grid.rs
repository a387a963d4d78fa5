//! Text in columns that are as wide as they need, of which the least needed go where there is no room.

use unicode_width::UnicodeWidthStr;

use super::Page;
use super::line::Line;
use crate::chart::term::Ink;

/// A column of a grid: its heading, and a cell for each row.
pub(super) struct Column {
    pub(super) title: String,
    /// Whether cells stand left; numbers stand right.
    pub(super) left: bool,
    /// Columns of the highest rank are given up first; those of rank 0 never are.
    pub(super) rank: u8,
    pub(super) cells: Vec<(Ink, String)>,
}

impl Column {
    fn width(&self) -> usize {
        let cells = self.cells.iter().map(|(_, text)| text.width());
        cells.chain([self.title.width()]).max().unwrap_or(0)
    }

    /// Row 0 is the heading.
    fn cell(&self, row: usize) -> (Ink, String) {
        let (ink, text) = match row.checked_sub(1) {
            None => (Ink::Faint, self.title.clone()),
            Some(row) => self.cells.get(row).cloned().unwrap_or_default(),
        };
        let space = " ".repeat(self.width().saturating_sub(text.width()));
        if self.left {
            (ink, text + &space)
        } else {
            (ink, space + &text)
        }
    }
}

/// The grid as lines, heading first, indented by two; columns whose cells are all empty are left out.
pub(super) fn lines(page: &Page<'_>, columns: Vec<Column>) -> Vec<Line> {
    within(page.width, columns)
}

/// [`lines`] of at most so many columns of text.
pub(super) fn within(room: usize, columns: Vec<Column>) -> Vec<Line> {
    let mut columns: Vec<Column> = columns
        .into_iter()
        .filter(|column| column.cells.iter().any(|(_, text)| !text.is_empty()))
        .collect();
    while width(&columns) > room {
        let Some(least) = columns
            .iter()
            .map(|column| column.rank)
            .max()
            .filter(|rank| *rank > 0)
        else {
            break;
        };
        columns.retain(|column| column.rank < least);
    }
    let rows = columns.first().map_or(0, |column| column.cells.len());
    let row = |at: usize| {
        let mut line = Line::default();
        for column in &columns {
            let (ink, text) = column.cell(at);
            line = line.plain("  ").ink(ink, text);
        }
        line
    };
    (0..=rows).map(row).collect()
}

fn width(columns: &[Column]) -> usize {
    columns.iter().map(|column| 2 + column.width()).sum()
}
