//! What a reader should know before trusting the figures of all rows.

use std::collections::BTreeMap;

use super::View;
use super::corp_log::mean_log_score;
use crate::evidence::{Cell, Evidence, LOG_CLIP, Partial};
use crate::report::{Estimate, Group, Warning};
use crate::settings::Binning;

/// Fewest graded answers with a confidence below which W101 is given.
const FEW_ROWS: u64 = 100;
/// Fewest clusters below which W103 is given.
const FEW_CLUSTERS: u64 = 30;
/// Effective rows, and their share of the rows, below which W139 is given.
const HEAVY: f64 = 30.0;
const HEAVY_SHARE: f64 = 0.1;
/// One bin in so many is empty where W119 is given.
const EMPTY_SHARE: usize = 3;
/// Clips under which W122 shows the log score: a common one, ours, and that of libraries which clip at the rounding unit.
const CLIPS: [f64; 3] = [1e-3, LOG_CLIP, f64::EPSILON];

/// The statistics warnings of a group, in order of their codes.
#[must_use]
pub fn warnings(group: &Group, view: &View) -> Vec<Warning> {
    let mut warnings = of_answers(
        view,
        group.metrics.get("auroc"),
        ", and so are Cox's line and its p-value",
    );
    warnings.extend(empty_bins(view));
    warnings.sort_by_key(|warning| warning.code);
    warnings
}

/// Those of them that hold of a curve fitted to the answers as well, in the same order; `auroc` is that of the view.
#[must_use]
pub fn warnings_of_answers(view: &View, auroc: &Estimate) -> Vec<Warning> {
    of_answers(view, Some(auroc), "")
}

/// `line` says of W122 what else depends on the clip.
fn of_answers(view: &View, auroc: Option<&Estimate>, line: &str) -> Vec<Warning> {
    let all = [few_rows, constant, few_clusters, repeats];
    let mut warnings: Vec<Warning> = all.iter().filter_map(|warn| warn(view)).collect();
    warnings.extend(auroc.and_then(reversed));
    warnings.extend(
        [clip_decides(view, line), heavy_rows(view)]
            .into_iter()
            .flatten(),
    );
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
    let clusters = view.clusters_there();
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

fn heavy_rows(view: &View) -> Option<Warning> {
    let totals = view.behaviour.total(|_| true);
    let effective = totals.effective_rows();
    let few = effective < HEAVY && effective < HEAVY_SHARE * totals.rows as f64;
    few.then(|| Warning {
        code: "W139",
        message: format!(
            "weights differ so much that {} rows are worth {effective:.1}: intervals rest on so many, and figures are those of a few rows",
            totals.rows
        ),
        count: totals.rows,
    })
}

fn reversed(auroc: &Estimate) -> Option<Warning> {
    // Complete reversal has no interval: its standard error is zero.
    let complete = auroc.value.filter(|_| auroc.low.is_none() && auroc.n >= 10);
    (auroc.high.or(complete)? < 0.5).then(|| Warning {
        code: "W105",
        message: "right answers come with less confidence than wrong ones: is the column the probability of a class instead of the probability that the answer is correct?".to_owned(),
        count: auroc.n,
    })
}

/// Bins of equal mass are never empty but where a tie fills several.
fn empty_bins(view: &View) -> Option<Warning> {
    let bins = &view.bins().bins;
    let empty = bins.iter().filter(|bin| bin.totals.rows == 0).count();
    let sparse = EMPTY_SHARE * empty >= bins.len();
    let told = view.settings.binning == Binning::EqualWidth && view.cells.len() > 1;
    (sparse && told).then(|| Warning {
        code: "W119",
        message: format!(
            "{empty} of {} bins hold no row: binned errors rest on the other {}",
            bins.len(),
            bins.len() - empty
        ),
        count: empty as u64,
    })
}

/// Shows how the log score depends on the clip, where it does.
fn clip_decides(view: &View, line: &str) -> Option<Warning> {
    let certain = |cell: &&Cell| cell.confidence == 0.0 || cell.confidence == 1.0;
    let rows: u64 = view
        .cells
        .iter()
        .filter(certain)
        .map(|cell| cell.rows)
        .sum();
    // Only where it depends on the clip is the score worth computing again.
    (rows > 0).then(|| Warning {
        code: "W122",
        message: format!(
            "confidences of exactly 0 or 1 in {rows} graded answers: the log score is what its clip makes it ({}){line}",
            CLIPS
                .map(|clip| format!("{:.3} at {clip:.0e}", mean_log_score(&view.cells, clip)))
                .join(", ")
        ),
        count: rows,
    })
}

/// Whether logs, or groups, of the same prompts answer different ones than the first of them: the pair that differs most,
/// and how many more there are.
#[must_use]
pub fn answered_sets(named: &[(String, &Evidence)], partial: Partial) -> Option<Warning> {
    let mut first_of = BTreeMap::new();
    let (mut most, mut pairs): (Option<(u64, &str, &str)>, u64) = (None, 0);
    for (name, evidence) in named
        .iter()
        .filter(|(_, evidence)| !evidence.items().is_empty())
    {
        let items = evidence.items();
        let (before, first) = *first_of.entry(items.fingerprint()).or_insert((name, items));
        let apart = first.answered_apart(items, partial);
        pairs += u64::from(apart > 0);
        if apart > most.map_or(0, |(most, ..)| most) {
            most = Some((apart, before, name));
        }
    }
    let (apart, one, other) = most?;
    let more = match pairs - 1 {
        0 => String::new(),
        1 => " (and one more pair)".to_owned(),
        more => format!(" (and {more} more pairs)"),
    };
    Some(Warning {
        code: "W121",
        message: format!(
            "{one} and {other} hold the same prompts and differ in {apart} of those they answer{more}: figures on answered rows do not compare"
        ),
        count: apart,
    })
}
