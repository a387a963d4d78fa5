//! HELM's calibration metrics, which are those of the library uncertainty-calibration.

use super::binned::{Binned, Closed, Sorted};
use super::ranked::Ranked;
use super::{Answer, Definition, Figure};
use crate::evidence::Cell;
use crate::metrics::View;
use crate::settings::Tool;

pub(super) const DEFINITION: Definition = Definition {
    tool: Tool::Helm,
    title: "HELM, uncertainty-calibration",
    differs: "ece_10_bin sorts the rows, splits them in ten and sets edges half-way between neighbours: ties stay together, but bins may merge and grow unequal. ece_1_bin is the size of the signed gap, without its sign. The selective figures sort without keeping ties in order, so that they depend on the file. platt_ece_10_bin and platt_ece_1_bin are left out: they judge a recalibration on the very rows it was fitted to.",
    source: "stanford-crfm/helm compute_calibration_metrics; uncertainty-calibration 0.1.4 get_ece_em, get_ece, get_selective_stats, get_calibration_error; Kumar, Liang and Ma (2019), NeurIPS",
    figures: &[
        Figure {
            metric: "ece_10_bin",
            corrected: "ece_mass",
            note: "ten bins of about equal mass, edges half-way between neighbours",
            weights: false,
            value: |view| Answer::of(mass(&view.cells, 10).ece()),
        },
        Figure {
            metric: "ece_1_bin",
            corrected: "signed_gap",
            note: "one bin: the size of mean confidence minus accuracy",
            weights: false,
            value: |view| Answer::of(Binned::between(&view.cells, &[], Closed::Right).ece()),
        },
        Figure {
            metric: "selective_cov_acc_area",
            corrected: "aurc",
            note: "mean accuracy of the k most confident rows over all k: 1 - aurc",
            weights: false,
            value: |view| Answer::unless_tied(Ranked::new(&view.cells).mean_accuracy(1)),
        },
        Figure {
            metric: "selective_acc@10",
            corrected: "aurc",
            note: "accuracy of the floor(n / 10) + 1 most confident rows",
            weights: false,
            value: top_tenth,
        },
        Figure {
            metric: "get_calibration_error",
            corrected: "ce_debiased",
            note: "one bin a value if values are under a quarter of the rows, else 15 of equal mass; debiased, root of what is not negative",
            weights: false,
            value: |view| Answer::of(calibration_error(view)),
        },
    ],
};

/// Edges half-way between the last row of one share and the first of the next, each once.
fn mass(cells: &[Cell], bins: u64) -> Binned {
    let sorted = Sorted::new(cells);
    let bins = bins.min(sorted.rows());
    let (size, larger) = (sorted.rows() / bins, sorted.rows() % bins);
    // As numpy.array_split: the first shares take the rows left over.
    let start = |share: u64| share * size + share.min(larger);
    let middle = |share| {
        let start = start(share);
        f64::midpoint(sorted.at(start - 1), sorted.at(start))
    };
    let mut edges: Vec<f64> = (1..bins).map(middle).collect();
    edges.dedup();
    Binned::between(cells, &edges, Closed::Right)
}

fn top_tenth(view: &View) -> Answer {
    let index = (0.1 * view.total.rows as f64) as u64;
    Answer::unless_tied(Ranked::new(&view.cells).accuracy(index + 1))
}

fn calibration_error(view: &View) -> f64 {
    let cells = &view.cells;
    if (cells.len() as f64) < view.total.rows as f64 / 4.0 {
        let middles = cells.windows(2).filter_map(|pair| match pair {
            [low, high] => Some(f64::midpoint(low.confidence, high.confidence)),
            _ => None,
        });
        Binned::between(cells, &middles.collect::<Vec<_>>(), Closed::Right).debiased()
    } else {
        mass(cells, 15).debiased()
    }
}
