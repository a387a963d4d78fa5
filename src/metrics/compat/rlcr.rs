//! The ECE of RLCR's evaluation code.

use super::binned::{Binned, Closed};
use super::{Answer, Definition, Figure};
use crate::metrics::View;
use crate::settings::Tool;

pub(super) const DEFINITION: Definition = Definition {
    tool: Tool::Rlcr,
    title: "RLCR",
    differs: "Ten bins closed on the left, whatever --bins says. Stated confidences are mostly tenths, all on an edge, so that the closed end moves the number: CommonsenseQA answers of the base model show 0.004 with bins closed on the left and 0.025 on the right. An answer whose confidence cannot be read counts as confidence 0 there, and leaves the confidence figures here.",
    source: "damanimehul/RLCR, ECE of the evaluation code; Damani et al. (2025), Beyond Binary Rewards",
    figures: &[Figure {
        metric: "ece",
        corrected: "ece",
        note: "10 bins, closed on the left",
        weights: false,
        value: ece,
    }],
};

const EDGES: [f64; 9] = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

fn ece(view: &View) -> Answer {
    Answer::of(Binned::between(&view.cells, &EDGES, Closed::Left).ece())
}
