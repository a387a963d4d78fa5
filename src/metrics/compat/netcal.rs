//! netcal's binned errors.

use super::binned::{Binned, Closed, Sorted, inner, linspace};
use super::{Answer, Definition, Figure};
use crate::evidence::Cell;
use crate::metrics::View;
use crate::settings::Tool;

const WIDTH: &str =
    "{bins} bins, closed on the left, at edges i*(1/B), some above the decimal they stand for";

pub(super) const DEFINITION: Definition = Definition {
    tool: Tool::Netcal,
    title: "netcal",
    differs: "Bins are closed on the left, and their edges come from numpy.linspace, which lie above some of the decimals they stand for: with 10 bins the confidences 0.30, 0.60 and 0.70 fall one bin too low. ACE is the plain mean over bins that are not empty, so that a bin of one row counts like one of a thousand. Bins of equal mass raise an error as soon as enough rows share a confidence.",
    source: "netcal 1.4.0, netcal.metrics ECE, MCE and ACE",
    figures: &[
        Figure {
            metric: "ECE",
            corrected: "ece",
            note: WIDTH,
            weights: false,
            value: |view| Answer::of(width(view).ece()),
        },
        Figure {
            metric: "MCE",
            corrected: "mce",
            note: WIDTH,
            weights: false,
            value: |view| Answer::of(width(view).max()),
        },
        Figure {
            metric: "ACE",
            corrected: "ace",
            note: WIDTH,
            weights: false,
            value: |view| Answer::of(width(view).ace()),
        },
        Figure {
            metric: "ECE(equal_intervals=False)",
            corrected: "ece_mass",
            note: "{bins} bins between quantiles of the confidences, closed on the left",
            weights: false,
            value: mass,
        },
    ],
};

/// It clips confidences to [ε, 1 − ε] first.
fn clipped(view: &View) -> Vec<Cell> {
    let clip = |cell: &Cell| Cell {
        confidence: cell.confidence.clamp(f64::EPSILON, 1.0 - f64::EPSILON),
        totals: cell.totals.clone(),
    };
    view.cells.iter().map(clip).collect()
}

fn width(view: &View) -> Binned {
    let edges = linspace(view.settings.bins);
    Binned::between(&clipped(view), inner(&edges), Closed::Left)
}

fn mass(view: &View) -> Answer {
    let cells = clipped(view);
    let sorted = Sorted::new(&cells);
    let levels = linspace(view.settings.bins);
    let mut edges: Vec<f64> = levels.iter().map(|&level| sorted.quantile(level)).collect();
    if let Some(first) = edges.first_mut() {
        *first = 0.0;
    }
    if let Some(last) = edges.last_mut() {
        *last = 1.0;
    }
    if edges
        .windows(2)
        .any(|pair| matches!(pair, [low, high] if low == high))
    {
        return Answer::none("tied confidences: that tool raises a ValueError");
    }
    Answer::of(Binned::between(&cells, inner(&edges), Closed::Left).ece())
}
