//! The reliability table, beside the pictures on wide terminals.

use super::line::Line;
use crate::chart::term::Ink;
use crate::render::number::{Unit, count};
use crate::report::Bin;

/// Bins listed; a finer table belongs in the JSON.
const LISTED: usize = 24;

/// Thirty-eight columns at most: edges, rows, mean confidence, share correct, gap.
pub(super) fn table(bins: &[Bin]) -> Vec<Line> {
    let mut lines = vec![Line::default().ink(Ink::Faint, "bin            rows conf.  acc.    gap")];
    lines.extend(bins.iter().take(LISTED).map(row));
    let hidden = bins.len().saturating_sub(LISTED);
    if hidden > 0 {
        lines.push(Line::default().ink(Ink::Faint, format!("and {} more", count(hidden as u64))));
    }
    lines
}

/// A count of nine columns at most, up to ten billion.
fn rows(n: u64) -> String {
    if n < 10_000_000 {
        count(n)
    } else {
        format!("{}k", count(n / 1000))
    }
}

fn row(bin: &Bin) -> Line {
    let show = |number: f64| Unit::Plain(3).show(number);
    let gap = Unit::Signed(3).show(bin.mean_confidence - bin.accuracy);
    let edges = format!("{:.2}–{:.2}", bin.lower, bin.upper);
    let figures = format!(
        " {:>9} {:>5} {:>5} ",
        rows(bin.n),
        show(bin.mean_confidence),
        show(bin.accuracy)
    );
    Line::default()
        .ink(Ink::Faint, edges)
        .plain(figures)
        .plain(gap)
}
