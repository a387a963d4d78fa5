//! The calibration error of TorchMetrics, with its hidden bin.

use super::binned::{Binned, Closed, linspace};
use super::{Answer, Definition, Figure};
use crate::metrics::View;
use crate::settings::Tool;

const NOTE: &str = "{bins} bins, closed on the left, at edges i*(1/B), and one more bin that holds confidence 1 alone";

pub(super) const DEFINITION: Definition = Definition {
    tool: Tool::Torchmetrics,
    title: "TorchMetrics",
    differs: "Asked for B bins it counts in B + 1: confidence 1 has a bin of its own beside [1 - 1/B, 1), which moves every figure of a model that likes to say 100 %. Bins are closed on the left at edges that lie above some of the decimals they stand for. It computes in single precision, which is not imitated; and one value outside 0 to 1 makes it take all confidences for logits.",
    source: "TorchMetrics 1.9.0, BinaryCalibrationError with norm l1, l2 and max; issue #3510 of Lightning-AI/torchmetrics",
    figures: &[
        Figure {
            metric: "l1",
            corrected: "ece",
            note: NOTE,
            weights: false,
            value: |view| Answer::of(bins(view).ece()),
        },
        Figure {
            metric: "l2",
            corrected: "rmsce",
            note: NOTE,
            weights: false,
            value: |view| Answer::of(bins(view).rms()),
        },
        Figure {
            metric: "max",
            corrected: "mce",
            note: NOTE,
            weights: false,
            value: |view| Answer::of(bins(view).max()),
        },
    ],
};

fn bins(view: &View) -> Binned {
    let edges = linspace(view.settings.bins);
    // The upper edge of the last bin is an edge like the others: what stands on it falls out of that bin.
    Binned::between(
        &view.cells,
        edges.get(1..).unwrap_or_default(),
        Closed::Left,
    )
}
