//! What a reader should know before trusting the figures of all rows.

use super::View;
use crate::report::{Group, Warning};

/// Fewest graded answers with a confidence below which W101 is given.
const FEW_ROWS: u64 = 100;
/// Fewest clusters below which W103 is given.
const FEW_CLUSTERS: u64 = 30;

/// The statistics warnings of a group, in order of their codes.
#[must_use]
pub fn warnings(group: &Group, view: &View) -> Vec<Warning> {
    let all = [few_rows, constant, few_clusters, repeats];
    let mut warnings: Vec<Warning> = all.iter().filter_map(|warn| warn(view)).collect();
    warnings.extend(reversed(group));
    warnings
}

fn few_rows(view: &View) -> Option<Warning> {
    let n = view.total.rows;
    (1..FEW_ROWS).contains(&n).then(|| Warning {
        code: "W101",
        message: format!("few graded answers with a confidence ({n}): intervals are wide, and calibration error is mostly noise"),
        count: n,
    })
}

fn constant(view: &View) -> Option<Warning> {
    let [cell] = view.cells.as_slice() else {
        return None;
    };
    (cell.rows > 1).then(|| Warning {
        code: "W102",
        message: format!(
            "confidence is constant ({}): it tells no right answer from a wrong one",
            cell.confidence
        ),
        count: cell.rows,
    })
}

fn few_clusters(view: &View) -> Option<Warning> {
    let single = view.evidence.unkeyed().behaviour().rows();
    let clusters = view.evidence.items().len() as u64 + single;
    (view.clustered && clusters < FEW_CLUSTERS).then(|| Warning {
        code: "W103",
        message: format!("few clusters ({clusters}): intervals rest on so many independent units, however many rows there are"),
        count: clusters,
    })
}

fn repeats(view: &View) -> Option<Warning> {
    let items = view.evidence.items();
    let rows: u64 = items.iter().map(crate::evidence::Item::rows).sum();
    if !view.clustered {
        return None;
    }
    let (count, message) = if items.is_folded() {
        (rows, "rows share an id or cluster, as estimated from a sample of groups: intervals are cluster-robust".to_owned())
    } else {
        let shared = items
            .iter()
            .map(crate::evidence::Item::rows)
            .filter(|rows| *rows > 1);
        let shared: u64 = shared.sum();
        (
            shared,
            format!(
                "{shared} rows share an id or cluster with another row: intervals are cluster-robust"
            ),
        )
    };
    Some(Warning {
        code: "W104",
        message,
        count,
    })
}

fn reversed(group: &Group) -> Option<Warning> {
    let auroc = group.metrics.get("auroc")?;
    // Complete reversal has no interval: its standard error is zero.
    let complete = auroc.value.filter(|_| auroc.low.is_none() && auroc.n >= 10);
    (auroc.high.or(complete)? < 0.5).then(|| Warning {
        code: "W105",
        message: "right answers come with less confidence than wrong ones: is the column the probability of a class instead of the probability that the answer is correct?".to_owned(),
        count: auroc.n,
    })
}
