//! Text in columns that are as wide as they need. Where there is no room, the least needed columns go, then names wrap,
//! then every row takes two lines.

use unicode_width::UnicodeWidthStr;

use super::Page;
use super::line::{Line, paragraph, wrap};
use crate::chart::term::Ink;

/// Columns between two columns, and before the first.
const GAP: usize = 2;
/// Names are wrapped to no less than this.
const NAME: usize = 16;

/// A column of a grid: its heading, and a cell for each row.
#[derive(Default)]
pub(super) struct Column {
    pub(super) title: String,
    /// What it is called where it is left out, if not by its heading.
    pub(super) name: String,
    /// Whether cells stand left; numbers stand right.
    pub(super) left: bool,
    /// Columns of the highest rank are given up first; those of rank 0 never are.
    pub(super) rank: u8,
    pub(super) cells: Vec<(Ink, String)>,
}

impl Column {
    /// A column of numbers that is never given up.
    pub(super) fn of(
        title: impl Into<String>,
        cells: impl IntoIterator<Item = (Ink, String)>,
    ) -> Self {
        Self {
            title: title.into(),
            cells: cells.into_iter().collect(),
            ..Self::default()
        }
    }

    /// The column, its cells standing left.
    pub(super) fn left(self) -> Self {
        Self { left: true, ..self }
    }

    /// The column, given up before those of lower ranks.
    pub(super) fn rank(self, rank: u8) -> Self {
        Self { rank, ..self }
    }

    /// The column, called like this where it is left out.
    pub(super) fn named(self, name: impl Into<String>) -> Self {
        let name = name.into();
        Self { name, ..self }
    }

    fn called(&self) -> &str {
        match self.name.as_str() {
            "" => &self.title,
            name => name,
        }
    }

    fn width(&self) -> usize {
        let cells = self.cells.iter().map(|(_, text)| text.width());
        cells.chain([self.title.width()]).max().unwrap_or(0)
    }

    /// Row 0 is the heading.
    fn cell(&self, row: usize) -> (Ink, String) {
        match row.checked_sub(1) {
            None => (Ink::Faint, self.title.clone()),
            Some(row) => self.cells.get(row).cloned().unwrap_or_default(),
        }
    }

    /// The cell filled up to the width of the column.
    fn filled(&self, row: usize, width: usize) -> (Ink, String) {
        let (ink, text) = self.cell(row);
        let space = " ".repeat(width.saturating_sub(text.width()));
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

/// [`lines`] of at most so many columns of text; below them, what there was no room for.
pub(super) fn within(room: usize, columns: Vec<Column>) -> Vec<Line> {
    let mut columns: Vec<Column> = columns
        .into_iter()
        .filter(|column| column.cells.iter().any(|(_, text)| !text.is_empty()))
        .collect();
    let mut left_out = Vec::new();
    while let Some(least) = columns.iter().map(|column| column.rank).max() {
        // The last to go are worth a name in two lines.
        let least_width = if least > 1 { width } else { narrowest };
        if least == 0 || least_width(&columns) <= room {
            break;
        }
        let gone = columns.extract_if(.., |column| column.rank == least);
        left_out.splice(0..0, gone.map(|column| column.called().to_owned()));
    }
    let mut lines = laid(room, &columns);
    lines.extend(said(room, left_out));
    lines
}

/// What was left out for want of room, each name once.
pub(super) fn said(room: usize, mut left_out: Vec<String>) -> Vec<Line> {
    left_out.dedup();
    let text = format!(
        "not shown for want of room (--width gives more): {}",
        left_out.join(", ")
    );
    match left_out.is_empty() {
        true => Vec::new(),
        false => paragraph(Line::indented(GAP), Ink::Faint, &text, room),
    }
}

/// The columns as lines, those of names broken where there is no room.
fn laid(room: usize, columns: &[Column]) -> Vec<Line> {
    let rows = columns.first().map_or(0, |column| column.cells.len());
    let excess = width(columns).saturating_sub(room);
    let Some(names) = names(columns).filter(|_| excess > 0) else {
        return (0..=rows).map(|row| line(columns, row)).collect();
    };
    let narrow = columns[names].width().saturating_sub(excess);
    let fits = narrowest(columns) <= room;
    let row = |row| match fits {
        true => wrapped(columns, row, names, narrow),
        false => stacked(columns, row, names, room),
    };
    (0..=rows).flat_map(row).collect()
}

fn width(columns: &[Column]) -> usize {
    columns.iter().map(|column| GAP + column.width()).sum()
}

/// The width of the columns with their names wrapped as far as they may be.
fn narrowest(columns: &[Column]) -> usize {
    let spared = names(columns).map_or(0, |names| {
        let names = &columns[names];
        names.width().saturating_sub(NAME.max(longest_word(names)))
    });
    width(columns) - spared
}

/// The column of names: it stands first, or after a mark, and left.
fn names(columns: &[Column]) -> Option<usize> {
    let first = columns.iter().enumerate().take(2);
    first
        .filter(|(_, column)| column.left)
        .max_by_key(|(_, column)| column.width())
        .map(|(at, _)| at)
}

fn longest_word(column: &Column) -> usize {
    let words = column.cells.iter().flat_map(|(_, text)| text.split(' '));
    words.map(UnicodeWidthStr::width).max().unwrap_or(0)
}

fn line(columns: &[Column], row: usize) -> Line {
    columns.iter().fold(Line::default(), |line, column| {
        let (ink, text) = column.filled(row, column.width());
        line.plain(" ".repeat(GAP)).ink(ink, text)
    })
}

/// A row whose name is broken into lines of `narrow` columns; the other cells stand beside the first.
fn wrapped(columns: &[Column], row: usize, names: usize, narrow: usize) -> Vec<Line> {
    let (before, rest) = columns.split_at(names);
    let (ink, name) = rest
        .first()
        .map(|column| column.cell(row))
        .unwrap_or_default();
    let mut pieces = wrap(&name, narrow).into_iter();
    let start = width(before) + GAP;
    let first = line(before, row)
        .to(start)
        .ink(ink, pieces.next().unwrap_or_default())
        .to(start + narrow)
        .then(line(rest.get(1..).unwrap_or_default(), row));
    let more = pieces.map(|piece| Line::indented(start).ink(ink, piece));
    std::iter::once(first).chain(more).collect()
}

/// A row whose name has a line of its own, with the cells that follow below it, a little to the right where they can.
fn stacked(columns: &[Column], row: usize, names: usize, room: usize) -> Vec<Line> {
    let (head, rest) = columns.split_at(names + 1);
    let start = width(&head[..names]);
    let spare = room.saturating_sub(start + width(rest)).min(GAP);
    let below = Line::indented(start + spare).then(line(rest, row));
    [line(head, row), below]
        .into_iter()
        .filter(|line| !line.is_empty())
        .collect()
}
