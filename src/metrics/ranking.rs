//! Whether right answers come with more confidence than wrong ones, whatever its scale.

use std::collections::BTreeMap;

use super::{ANSWERS, About, Better, Metric, View};
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
        None => Interval::missing("DeLong", "one row in a class"),
    }
}

fn clustered(view: &View, roc: &Roc) -> Interval {
    let Some(clusters) = placements(view, roc) else {
        return Interval::missing("DeLong, clustered", "too many rows to keep them by prompt");
    };
    let mut single = vec![Pair::default(); view.cells.len()];
    for cell in &view.single {
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
