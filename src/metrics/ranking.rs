//! Whether right answers come with more confidence than wrong ones, whatever its scale.

use std::collections::BTreeMap;

use super::selective::{SMOOTH, smooth};
use super::smooth::Smooth;
use super::{ANSWERS, About, Better, Contrast, Metric, View, curve};
use crate::evidence::Cell;
use crate::inference::delong::{ClusterPlacement, Pair, Roc};
use crate::inference::{Interval, cluster_quantile};
use crate::maths::quantile;
use crate::report::Estimate;

/// The probability that a right answer is stated with more confidence than a wrong one, ties counting half.
///
/// Area under the ROC curve with interval by DeLong, DeLong and Clarke-Pearson (1988); with repeated prompts by
/// Obuchowski (1997).
///
/// ```
/// use calib::metrics::{Auroc, worked_example};
/// assert!((worked_example(&Auroc).value.unwrap() - 7.0 / 9.0).abs() < 1e-12);
/// ```
pub struct Auroc;

/// Average precision of finding right answers by their confidence; beside it `error_ap`, that of finding wrong ones by
/// their lack of it.
///
/// `Σ over distinct confidences, from the top, of (R_j − R_{j−1})·P_j`, recall and precision of the answers down to the
/// j-th. Buckley and Voorhees (2000), SIGIR; without interpolation.
///
/// ```
/// use calib::metrics::{Ap, worked_example};
/// let expected = (1.0 + 2.0 / 3.0 + 3.0 / 5.0) / 3.0;
/// assert!((worked_example(&Ap).value.unwrap() - expected).abs() < 1e-12);
/// ```
pub struct Ap;

impl Metric for Auroc {
    fn id(&self) -> &'static str {
        "auroc"
    }

    fn about(&self) -> About {
        About {
            title: "AUROC",
            formula: "P(c of a right answer > c of a wrong one) + P(equal) / 2",
            range: "0 to 1; 0.5 is chance",
            better: Better::Higher,
            undefined: "all answers right or all wrong; credit between right and wrong",
            interval: "DeLong; Obuchowski's clustered variance when prompts repeat",
            pitfalls: "Blind to calibration: doubling or squaring every confidence leaves it unchanged. Well below 0.5 usually means that the column holds the probability of a class, not of being correct.",
            source: "DeLong, DeLong and Clarke-Pearson (1988), Biometrics 44, 837-845; Obuchowski (1997), Biometrics 53, 567-578",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        let n = view.total.rows;
        let undefined = |reason| Estimate::undefined(n, reason).and("standard_error", None);
        if let Some(reason) = view.no_confidence() {
            return undefined(reason);
        }
        if view.total.is_fractional() {
            return undefined("credit between right and wrong");
        }
        let cells: Vec<Pair> = view.cells.iter().map(pair).collect();
        let Some(roc) = Roc::new(&cells) else {
            return undefined("one class only");
        };
        let interval = if view.clustered {
            clustered(view, &roc)
        } else {
            independent(view, &roc, &cells)
        };
        let interval = interval.within(0.0, 1.0);
        let error = interval.standard_error;
        Estimate::with_interval(roc.area, n, view.settings.level, interval)
            .and("standard_error", error)
    }

    fn contrast(&self) -> Contrast {
        Contrast::Area
    }
}

impl Metric for Ap {
    fn id(&self) -> &'static str {
        "ap"
    }

    fn about(&self) -> About {
        About {
            title: "Average precision",
            formula: "sum over distinct confidences from the top of (recall gained) x precision; error_ap: for wrong answers, from the bottom",
            range: "0 to 1; the accuracy for a random order",
            better: Better::Higher,
            undefined: "no right answer; error_ap: no wrong one",
            interval: SMOOTH,
            pitfalls: "Moves with accuracy, which is its value at chance: a gain in ap may be one in accuracy. Where errors are few read error_ap, whose value at chance is the error rate.",
            source: "Buckley and Voorhees (2000), SIGIR, 33-40",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        let errors = match view.no_confidence() {
            Some(_) => None,
            None => curve::average_precision_of_errors(&view.cells),
        };
        let estimate = match view.no_confidence() {
            Some(reason) => Estimate::undefined(view.total.rows, reason),
            None => smooth(view, Smooth::AveragePrecision, 0.0, 1.0),
        };
        estimate.and("error_ap", errors)
    }

    fn contrast(&self) -> Contrast {
        Contrast::Drawn(|cells, _| Smooth::AveragePrecision.of(cells))
    }
}

/// The wrong and right rows of a cell.
fn pair(cell: &Cell) -> Pair {
    Pair {
        rows: [cell.wrong, cell.right],
        weight: [cell.w - cell.wy, cell.wy],
        squares: [cell.w2y[0] - cell.w2y[1], cell.w2y[1]],
    }
}

fn independent(view: &View, roc: &Roc, cells: &[Pair]) -> Interval {
    let z = quantile::normal(0.5 + view.settings.level / 2.0);
    match roc.standard_error(cells) {
        Some(error) => Interval::around(roc.area, error, z, "DeLong".to_owned()),
        None => Interval::missing("DeLong", "one row in a class, or the weight of one"),
    }
}

fn clustered(view: &View, roc: &Roc) -> Interval {
    let Some(clusters) = placements(view, roc) else {
        return Interval::missing("DeLong, clustered", "too many rows to keep them by prompt");
    };
    let mut single = vec![Pair::default(); view.cells.len()];
    for cell in view.single() {
        if let Some(slot) = view
            .place(cell.confidence)
            .and_then(|at| single.get_mut(at))
        {
            *slot = pair(cell);
        }
    }
    match roc.cluster_error(&clusters, &single) {
        Some((error, count)) => {
            let (quantile, method) = cluster_quantile(view.settings.level, count);
            let method = method.replace("cluster-robust", "DeLong, cluster-robust");
            Interval::around(roc.area, error, quantile, method)
        }
        None => Interval::missing("DeLong, clustered", "one cluster in a class"),
    }
}

fn placements(view: &View, roc: &Roc) -> Option<Vec<ClusterPlacement>> {
    let mut clusters: BTreeMap<u64, ClusterPlacement> = BTreeMap::new();
    for row in view.kept()? {
        let cluster = clusters.entry(row.cluster).or_default();
        roc.place(cluster, row.cell, row.credit == 1.0, row.weight);
    }
    Some(clusters.into_values().collect())
}
