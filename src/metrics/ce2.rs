//! The squared binned calibration error without its bias, and with an interval.

use super::{ANSWERS, About, Better, Metric, View};
use crate::evidence::Cell;
use crate::inference::ce2::{BinRows, Share, SquaredError};
use crate::inference::sample::Term;
use crate::report::Estimate;

/// Squared calibration error over the bins in force, `Σ_b π_b E[c − y | b]²`, with an interval.
///
/// The value is the plug-in `Σ_b (W_b / W) (c̄_b − ȳ_b)²` less what noise adds to it, signed and so unbiased; rows of one
/// prompt may err together. Beside it the square roots, cut at 0, of the value and both ends: a calibration error
/// with its interval. Unlike [`CeDebiased`](super::CeDebiased) it takes the noise of c − y, not of y alone, and leaves out
/// bins with a single row or prompt altogether.
///
/// Weighted and partly graded rows enter by Σ w and Σ w(c − y) in place of counts, and by Kish's effective number of
/// rows; the value is then unbiased to the order 1/n.
///
/// ```
/// use calib::metrics::{Ce2, worked_example};
/// let ce2 = worked_example(&Ce2);
/// // Two bins hold two rows: (0.4² + 0.1²) / 3 less two variances of 0.25.
/// assert!((ce2.value.unwrap() - (0.16 + 0.01 - 0.25 - 0.25) / 3.0).abs() < 1e-12);
/// assert_eq!(ce2.low, Some(0.0));
/// ```
pub struct Ce2;

const BESIDE: [&str; 3] = ["root", "root_low", "root_high"];

fn undefined(view: &View, reason: &'static str) -> Estimate {
    let undefined = Estimate::undefined(view.total.rows, reason);
    BESIDE.iter().fold(undefined, |e, name| e.and(name, None))
}

/// The bins with the rows in them that are clusters of their own.
fn bins(view: &View) -> Vec<BinRows> {
    let mut bins: Vec<BinRows> = view
        .bins()
        .bins
        .iter()
        .map(|bin| BinRows {
            weight: bin.totals.w,
            mean: if bin.totals.w > 0.0 { bin.gap() } else { 0.0 },
            ..BinRows::default()
        })
        .collect();
    let mut add = |at: Option<usize>, cell: &Cell| {
        if let Some(bin) = bin_of(view, at).and_then(|at| bins.get_mut(at)) {
            let residual = Term {
                score: [cell.confidence, -1.0, 0.0],
                totals: (*cell.totals).into(),
            };
            bin.single += cell.rows;
            bin.squares += residual.squares(bin.mean);
            bin.square_weights += cell.w2y[0];
        }
    };
    if view.clustered {
        let single = view.single().iter();
        single.for_each(|cell| add(view.place(cell.confidence), cell));
    } else {
        let cells = view.cells.iter().enumerate();
        cells.for_each(|(at, cell)| add(Some(at), cell));
    }
    bins
}

fn bin_of(view: &View, cell: Option<usize>) -> Option<usize> {
    view.bins().of_cell.get(cell?).copied()
}

/// What every cluster adds to every bin, when clusters must be looked at.
fn clusters(view: &View) -> Result<Vec<Vec<Share>>, &'static str> {
    let mut clusters: Vec<Vec<Share>> = Vec::new();
    if !view.clustered {
        return Ok(clusters);
    }
    let mut current = None;
    // In order of cluster and confidence, so that rows of one cluster in one bin follow each other.
    for row in view.kept().ok_or("too many rows to keep them by prompt")? {
        let Some(bin) = bin_of(view, Some(row.cell)) else {
            continue;
        };
        let add = Share {
            bin,
            weight: row.weight,
            residual: row.weight * (row.confidence - row.credit),
        };
        if current != Some(row.cluster) {
            current = Some(row.cluster);
            clusters.push(Vec::new());
        }
        let Some(shares) = clusters.last_mut() else {
            continue;
        };
        match shares.last_mut().filter(|share| share.bin == bin) {
            Some(share) => {
                share.weight += add.weight;
                share.residual += add.residual;
            }
            None => shares.push(add),
        }
    }
    Ok(clusters)
}

impl Metric for Ce2 {
    fn id(&self) -> &'static str {
        "ce2"
    }

    fn about(&self) -> About {
        About {
            title: "Squared calibration error",
            formula: "T - tr A: T = sum over bins of (W_b / W) (mean confidence - accuracy)^2, tr A = its expectation from noise alone",
            range: "about 0 (or slightly below) to 1",
            better: Better::Lower,
            undefined: "no graded answer has a confidence, or prompts repeat and there are too many rows to keep them by prompt, or too many bins",
            interval: "three-cumulant inversion, by prompt when prompts repeat; root, root_low and root_high are the square roots, cut at 0; none when no bin holds two rows or prompts that differ",
            pitfalls: "A square: 0.01 is an error of 0.1, which root shows. Negative when the bins show less than noise would. Errors that cancel within a bin are not seen.",
            source: "quadratic form in the bin means, debiased as in Kumar, Liang and Ma (2019), NeurIPS; three cumulants as in Imhof (1961), Biometrika 48, 419-426",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        if let Some(reason) = view.no_confidence() {
            return undefined(view, reason);
        }
        let (bins, level) = (bins(view), view.settings.level);
        let rows = view.total.effective_rows();
        let prepared = clusters(view).and_then(|clusters| {
            let error = SquaredError::new(&bins, &clusters, rows)?;
            Ok((error, clusters.len() as u64))
        });
        let (error, keyed) = match prepared {
            Ok(prepared) => prepared,
            Err(reason) => return undefined(view, reason),
        };
        let mut interval = error.interval(level);
        if view.clustered {
            let single: u64 = view.single().iter().map(|cell| cell.rows).sum();
            interval.method += &format!(", {} clusters", keyed + single);
        }
        let estimate = Estimate::with_interval(error.point(), view.total.rows, level, interval);
        let ends = [estimate.value, estimate.low, estimate.high];
        let root = |end: Option<f64>| end.map(|end| end.max(0.0).sqrt());
        BESIDE
            .iter()
            .zip(ends)
            .fold(estimate, |e, (name, end)| e.and(name, root(end)))
    }
}
