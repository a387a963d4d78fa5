//! LM-Polygraph's metrics of uncertainty estimates.

use super::binned::{Binned, Closed, inner, linspace};
use super::ranked::Ranked;
use super::{Answer, Definition, Figure};
use crate::maths::sums::sum;
use crate::metrics::View;
use crate::settings::Tool;

pub(super) const DEFINITION: Definition = Definition {
    tool: Tool::LmPolygraph,
    title: "LM-Polygraph",
    differs: "Stretches the grades of a log to reach from 0 to 1 before it ranks, so that a log with nothing but right answers, or with nothing but wrong ones, gets 0.5. Ties are ranked in file order or in no order at all. prr and prr_0.5 are raw areas as the tool computes them; it reports them as (raw - random) / (oracle - random), with random from 1,000 shuffles. Its own number of bins is 20.",
    source: "IINemo/lm-polygraph at efea882d, src/lm_polygraph/ue_metrics; Vashurin et al. (2025), TACL",
    figures: &[
        Figure {
            metric: "ece",
            corrected: "ece",
            note: "{bins} bins, closed on the right",
            weights: false,
            value: ece,
        },
        Figure {
            metric: "rcc-auc",
            corrected: "aurc",
            note: "mean share wrong among the k most confident rows; 0.5 if all are right or all wrong",
            weights: false,
            value: risk_coverage,
        },
        Figure {
            metric: "prr",
            corrected: "prr",
            note: RAW,
            weights: false,
            value: |view| rejection(view, 1.0),
        },
        Figure {
            metric: "prr_0.5",
            corrected: "prr",
            note: RAW,
            weights: false,
            value: |view| rejection(view, 0.5),
        },
        Figure {
            metric: "prr oracle",
            corrected: "prr",
            note: ORACLE,
            weights: false,
            value: |view| oracle(view, 1.0),
        },
        Figure {
            metric: "prr_0.5 oracle",
            corrected: "prr",
            note: ORACLE,
            weights: false,
            value: |view| oracle(view, 0.5),
        },
    ],
};

const RAW: &str =
    "raw area under the prediction-rejection curve, up to all or half of the rows rejected";
const ORACLE: &str = "the same with wrong rows rejected first";

/// What every row of one class becomes when grades are stretched around their only value.
const ONE_CLASS: f64 = 0.5;

fn ece(view: &View) -> Answer {
    let edges = linspace(view.settings.bins);
    Answer::of(Binned::between(&view.cells, inner(&edges), Closed::Right).ece())
}

fn one_class(view: &View) -> bool {
    view.total.right == 0 || view.total.wrong == 0
}

fn risk_coverage(view: &View) -> Answer {
    if one_class(view) {
        return Answer::of(ONE_CLASS);
    }
    let (accuracy, tied) = Ranked::new(&view.cells).mean_accuracy(1);
    Answer::unless_tied((1.0 - accuracy, tied))
}

/// The fewest rows that are kept when at most this share is rejected.
fn fewest(view: &View, rejected: f64) -> Result<u64, Answer> {
    let n = view.total.rows;
    match (rejected * n as f64) as u64 {
        0 => Err(Answer::none(
            "too few rows to reject any: that tool gives NaN",
        )),
        rejected => Ok(n - rejected + 1),
    }
}

fn rejection(view: &View, rejected: f64) -> Answer {
    match fewest(view, rejected) {
        Err(none) => none,
        Ok(_) if one_class(view) => Answer::of(ONE_CLASS),
        Ok(first) => Answer::unless_tied(Ranked::new(&view.cells).mean_accuracy(first)),
    }
}

fn oracle(view: &View, rejected: f64) -> Answer {
    match fewest(view, rejected) {
        Err(none) => none,
        Ok(_) if one_class(view) => Answer::of(ONE_CLASS),
        Ok(first) => {
            let (n, right) = (view.total.rows, view.total.right);
            let accuracy = |k: u64| right.min(k) as f64 / k as f64;
            Answer::of(sum((first..=n).map(accuracy)) / (n - first + 1) as f64)
        }
    }
}
