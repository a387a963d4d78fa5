//! What comparisons say of drift: whether a log can still learn, how close it stays, and how figures move with the KL.

use crate::chart::term::Ink;
use crate::render::terminal::Page;
use crate::render::terminal::line::{Line, paragraph};
use crate::report::Pair;

/// Sentences about one log, each a paragraph.
pub(super) fn sentences(page: &Page<'_>, sentences: impl Iterator<Item = String>) -> Vec<Line> {
    let mut lines = Vec::new();
    for sentence in sentences {
        lines.push(Line::default());
        let text = page.prose(&sentence);
        lines.extend(paragraph(Line::indented(2), Ink::Plain, &text, page.width));
    }
    lines
}

/// What is told of each of many logs.
pub(super) fn of_many(page: &Page<'_>) -> Vec<Line> {
    let all = page.report.pairs.iter().flat_map(Pair::drift);
    let mut lines = sentences(page, all);
    if !lines.is_empty() {
        lines.push(Line::default());
    }
    lines
}

/// How figures move with the divergence over three logs or more.
pub(super) fn razor(page: &Page<'_>) -> Vec<Line> {
    let Some(razor) = &page.report.razor else {
        return Vec::new();
    };
    let start = Line::indented(2).ink(Ink::Faint, "drift  ");
    let mut lines = paragraph(start, Ink::Plain, &page.prose(&razor.sentence), page.width);
    lines.push(Line::default());
    lines
}
