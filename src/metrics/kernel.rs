//! Kernel calibration error: whether errors at like confidences have like signs.

use super::bins::{residual, squared_residual};
use super::{ANSWERS, About, Better, Metric, View};
use crate::inference::kernel::form;
use crate::maths::sums::sum;
use crate::report::Estimate;

/// Squared kernel calibration error, unbiased: 0 on average for a calibrated model, and below 0 half of the time.
///
/// `Σ_{i≠j} w_i w_j r_i r_j k(c_i, c_j) / ((Σ w)² − Σ w²)`, r = c − y, k(c, c′) = exp(−2.5 |c − c′|). With repeated
/// prompts the pairs are those of different prompts, because rows of one prompt err together:
/// `Σ_{g≠h} … / ((Σ w)² − Σ_g W_g²)`. Beside it `mmce`, the root of the same over all pairs, which is biased upward.
/// Widmann, Lindsten and Zachariah (2019), NeurIPS; Kumar, Sarawagi and Jain (2018), ICML.
///
/// ```
/// use calib::metrics::{Skce, worked_example};
/// let skce = worked_example(&Skce);
/// assert!(skce.value.unwrap() < skce.beside["mmce"].unwrap().powi(2));
/// ```
pub struct Skce;

/// What pairs of rows that are not independent take from a quadratic form, and from its number of pairs.
fn dependent(view: &View) -> Option<(f64, f64)> {
    let alone = if view.clustered {
        view.single()
    } else {
        &view.cells
    };
    let forms = sum(alone.iter().map(squared_residual));
    let weights = sum(alone.iter().map(|cell| cell.w2y[0]));
    if !view.clustered {
        return Some((forms, weights));
    }
    let of_clusters = view.by_cluster(|rows| {
        let residuals = rows
            .iter()
            .map(|row| (row.confidence, row.weight * (row.confidence - row.credit)));
        (
            form(residuals),
            sum(rows.iter().map(|row| row.weight)).powi(2),
        )
    })?;
    let clusters = of_clusters.iter();
    Some((
        forms + sum(clusters.clone().map(|(form, _)| *form)),
        weights + sum(clusters.map(|(_, square)| *square)),
    ))
}

impl Metric for Skce {
    fn id(&self) -> &'static str {
        "skce"
    }

    fn about(&self) -> About {
        About {
            title: "Squared kernel calibration error",
            formula: "sum over i != j of w_i w_j (c_i - y_i)(c_j - y_j) exp(-2.5 |c_i - c_j|), over (sum w)^2 - sum(w^2)",
            range: "about 0 to 1; may be below 0",
            better: Better::NearerZero,
            undefined: "fewer than two rows, or prompts when they repeat",
            interval: "none: its law changes form where the model is calibrated; ks has a p-value",
            pitfalls: "A square: compare its root with ece. Values below 0 are no mistake but what being unbiased takes. CalibrationErrors.jl counts right and wrong apart and gives twice this.",
            source: "Widmann, Lindsten and Zachariah (2019), NeurIPS; mmce: Kumar, Sarawagi and Jain (2018), ICML",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        let n = view.total.rows;
        if let Some(reason) = view.no_confidence() {
            return Estimate::undefined(n, reason).and("mmce", None);
        }
        let cells = view.cells.iter();
        let all = form(cells.map(|cell| (cell.confidence, residual(cell))));
        let pairs = view.total.w.powi(2);
        let mmce = Some((all.max(0.0) / pairs).sqrt());
        let undefined = |reason| Estimate::undefined(n, reason).and("mmce", mmce);
        let Some((own, of_own)) = dependent(view) else {
            return undefined("too many rows to keep them by prompt");
        };
        // What is left of the cancellation below this is rounding, not a pair.
        if n < 2 || pairs - of_own <= 1e-12 * pairs {
            return undefined(if n < 2 { "n = 1" } else { "one cluster" });
        }
        let method = if view.clustered {
            "pairs of different clusters"
        } else {
            "pairs of different rows"
        };
        let reason = "no interval: its law changes form where the model is calibrated";
        Estimate::bare((all - own) / (pairs - of_own), n, reason)
            .and("mmce", mmce)
            .by(method)
    }
}
