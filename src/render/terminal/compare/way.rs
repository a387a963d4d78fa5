//! The way on the failure map, drawn from the base to the last log.

use crate::chart::map::Kind;
use crate::chart::term::{self, Ink};
use crate::chart::track;
use crate::render::terminal::Page;
use crate::render::terminal::line::{Line, beside};
use crate::report::Run;

/// Columns and rows of the plot.
const PLOT: (usize, usize) = (40, 12);

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
    let mut panel = vec![
        Line::default()
            .ink(Ink::Strong, "failure map")
            .ink(Ink::Faint, "  over-abstain ↑ over-answer →"),
    ];
    panel.extend(
        term::tracks(&tracks, PLOT.0, PLOT.1)
            .into_iter()
            .map(Line::from),
    );
    for track in &tracks {
        let (open, full) = term::marks(track.kind);
        let (kind, ink) = match track.kind {
            Kind::All => ("", Ink::Blue),
            Kind::Epistemic => (", unanswerable prompts", Ink::Blue),
            Kind::Safety => (", harmful prompts", Ink::Orange),
        };
        let room = page.width.saturating_sub(40) / 2;
        let named = [from, to].map(|label| page.untrusted(label, room));
        panel.push(
            Line::default()
                .ink(ink, open.to_string())
                .ink(Ink::Faint, format!(" {} to ", named[0]))
                .ink(ink, full.to_string())
                .ink(Ink::Faint, format!(" {}{kind}", named[1])),
        );
    }
    let mut lines = vec![Line::default()];
    lines.extend(beside(vec![(2, panel)]));
    lines
}
