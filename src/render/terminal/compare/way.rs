//! The way on the failure map, drawn from the base to the last log.

use crate::chart::map::Kind;
use crate::chart::term::{self, Ink};
use crate::chart::track;
use crate::render::terminal::Page;
use crate::render::terminal::line::{Line, beside, paragraph};
use crate::report::Run;

/// Columns of the plot where there is room for them, and its rows.
const PLOT: (usize, usize) = (40, 12);
/// Columns before the picture.
const INDENT: usize = 2;

/// The picture with its legend; nothing where no log has a place.
pub(super) fn map<'r>(
    page: &Page<'_>,
    runs: impl IntoIterator<Item = &'r Run>,
    [from, to]: [&str; 2],
) -> Vec<Line> {
    let groups = runs.into_iter().filter_map(|run| run.groups.first());
    let tracks = track::tracks(groups.map(|group| &group.abstention));
    if tracks.is_empty() {
        return Vec::new();
    }
    let mut lines = vec![Line::default()];
    let heading = Line::indented(INDENT).ink(Ink::Strong, "failure map  ");
    let axes = "over-abstain ↑ over-answer →";
    lines.extend(paragraph(heading, Ink::Faint, axes, page.width));
    let columns = page.width.saturating_sub(INDENT + term::GUTTER).min(PLOT.0);
    let picture = term::tracks(&tracks, columns, PLOT.1);
    let picture: Vec<Line> = picture.into_iter().map(Line::from).collect();
    lines.extend(beside(vec![(INDENT, picture)]));
    for track in &tracks {
        lines.extend(legend(page, track.kind, [from, to]));
    }
    lines
}

/// What the marks of a way mean, on one line, or with the kind of prompts on a line of its own.
fn legend(page: &Page<'_>, kind: Kind, labels: [&str; 2]) -> Vec<Line> {
    let (open, full) = term::marks(kind);
    let (prompts, ink) = match kind {
        Kind::All => ("", Ink::Blue),
        Kind::Epistemic => ("unanswerable prompts", Ink::Blue),
        Kind::Safety => ("harmful prompts", Ink::Orange),
    };
    let room = page.width.saturating_sub(INDENT + 10) / 2;
    let [from, to] = labels.map(|label| page.untrusted(label, room));
    let marks = Line::indented(INDENT)
        .ink(ink, open.to_string())
        .ink(Ink::Faint, format!(" {from} to "))
        .ink(ink, full.to_string())
        .ink(Ink::Faint, format!(" {to}"));
    if prompts.is_empty() {
        return vec![marks];
    }
    if marks.width() + 2 + prompts.len() <= page.width {
        return vec![marks.ink(Ink::Faint, format!(", {prompts}"))];
    }
    let below = Line::indented(INDENT + 2).ink(Ink::Faint, prompts);
    vec![marks.ink(Ink::Faint, ","), below]
}
