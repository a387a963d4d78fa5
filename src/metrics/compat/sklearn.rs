//! scikit-learn's scores, ranking metrics and calibration curve.

use super::binned::{Binned, Closed, Sorted, inner, linspace};
use super::{Answer, Definition, Figure};
use crate::evidence::Cell;
use crate::maths::sums::{Sum, sum};
use crate::metrics::View;
use crate::settings::Tool;

const ONE_CLASS: &str = "one class only: that tool gives no usable number";
const UNIFORM: &str = "{bins} bins, closed on the right, the curve weighted by their rows: that tool has no ECE of its own";
const QUANTILE: &str =
    "{bins} bins between quantiles of the confidences, closed on the right, weighted likewise";

pub(super) const DEFINITION: Definition = Definition {
    tool: Tool::Sklearn,
    title: "scikit-learn",
    differs: "Mostly the same numbers. log_loss clips at 2^-52, so that one sure and wrong row costs 36 nats and may decide the mean. The d2 scores give minus infinity, or numbers near -1e15, when all answers are right or all wrong, and NaN for one row. calibration_curve draws the bins and leaves the error to the reader; it takes no weights.",
    source: "scikit-learn 1.9.1, sklearn.metrics and sklearn.calibration.calibration_curve",
    figures: &[
        Figure {
            metric: "brier_score_loss",
            corrected: "brier",
            note: "the same definition",
            weights: true,
            value: |view| Answer::of(mean(view, square)),
        },
        Figure {
            metric: "d2_brier_score",
            corrected: "brier_skill",
            note: "skill over always saying the accuracy",
            weights: true,
            value: |view| skill(view, square),
        },
        Figure {
            metric: "log_loss",
            corrected: "log_loss",
            note: "clipped at 2^-52",
            weights: true,
            value: |view| Answer::of(mean(view, log)),
        },
        Figure {
            metric: "d2_log_loss_score",
            corrected: "brier_skill",
            note: "skill over always saying the accuracy, clipped at 2^-52",
            weights: true,
            value: |view| skill(view, log),
        },
        Figure {
            metric: "roc_auc_score",
            corrected: "auroc",
            note: "the same definition",
            weights: true,
            value: auroc,
        },
        Figure {
            metric: "average_precision_score",
            corrected: "ap",
            note: "right answers as the positives, by falling confidence",
            weights: true,
            value: |view| average_precision(view.cells.iter().rev(), |cell| cell.wy),
        },
        Figure {
            metric: "average_precision_score, errors",
            corrected: "ap.error_ap",
            note: "wrong answers as the positives, by rising confidence",
            weights: true,
            value: |view| average_precision(view.cells.iter(), |cell| cell.w - cell.wy),
        },
        Figure {
            metric: "calibration_curve, uniform",
            corrected: "ece",
            note: UNIFORM,
            weights: false,
            value: uniform,
        },
        Figure {
            metric: "calibration_curve, quantile",
            corrected: "ece_mass",
            note: QUANTILE,
            weights: false,
            value: quantile,
        },
    ],
};

/// Loss of a right row at this confidence.
type Loss = fn(f64) -> f64;

fn square(confidence: f64) -> f64 {
    (1.0 - confidence).powi(2)
}

fn log(confidence: f64) -> f64 {
    -confidence.clamp(f64::EPSILON, 1.0 - f64::EPSILON).ln()
}

/// Σ w·loss / Σ w; a wrong row loses what a right one would at 1 − c.
fn mean(view: &View, loss: Loss) -> f64 {
    let term = |cell: &Cell| {
        cell.wy * loss(cell.confidence) + (cell.w - cell.wy) * loss(1.0 - cell.confidence)
    };
    sum(view.cells.iter().map(term)) / view.total.w
}

/// 1 − loss / loss of always saying the accuracy.
fn skill(view: &View, loss: Loss) -> Answer {
    let accuracy = view.total.wy / view.total.w;
    if view.total.rows < 2 {
        return Answer::none("one row: that tool gives NaN");
    }
    if view.total.right == 0 || view.total.wrong == 0 {
        return Answer::none(ONE_CLASS);
    }
    let reference = accuracy * loss(accuracy) + (1.0 - accuracy) * loss(1.0 - accuracy);
    Answer::of(1.0 - mean(view, loss) / reference)
}

fn auroc(view: &View) -> Answer {
    let (right, wrong) = (view.total.wy, view.total.w - view.total.wy);
    if view.total.right == 0 || view.total.wrong == 0 {
        return Answer::none(ONE_CLASS);
    }
    let (mut area, mut below) = (Sum::default(), 0.0);
    for cell in view.cells.iter() {
        let here = cell.w - cell.wy;
        area.add(cell.wy * (below + here / 2.0));
        below += here;
    }
    Answer::of(area.value() / right / wrong)
}

/// Σ (recall gained) · (precision so far) over the confidences in this order.
fn average_precision<'a>(
    cells: impl Iterator<Item = &'a Cell>,
    positive: fn(&Cell) -> f64,
) -> Answer {
    let (mut area, mut found, mut seen) = (Sum::default(), 0.0, 0.0);
    for cell in cells {
        found += positive(cell);
        seen += cell.w;
        area.add(positive(cell) * found / seen);
    }
    if found > 0.0 {
        Answer::of(area.value() / found)
    } else {
        Answer::none("no positive row")
    }
}

fn uniform(view: &View) -> Answer {
    let edges = linspace(view.settings.bins);
    Answer::of(Binned::between(&view.cells, inner(&edges), Closed::Right).ece())
}

fn quantile(view: &View) -> Answer {
    let sorted = Sorted::new(&view.cells);
    let levels = linspace(view.settings.bins);
    // Levels travel as percentages, which may move them by a rounding.
    let edges: Vec<f64> = levels
        .iter()
        .map(|&level| sorted.quantile(level * 100.0 / 100.0))
        .collect();
    Answer::of(Binned::between(&view.cells, inner(&edges), Closed::Right).ece())
}
