//! One number for the gaps of all bins: their largest, their root mean square, their plain mean.

use super::binned::NO_INTERVAL;
use super::{ANSWERS, About, Better, BinSums, Bins, Contrast, Cut, Metric, View};
use crate::evidence::Cell;
use crate::maths::sums::sum;
use crate::report::Estimate;

/// How the gaps |c̄_b − ȳ_b| of the occupied bins become one number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Norm {
    /// Σ (W_b / W) |gap|, as in ECE.
    L1,
    /// √(Σ (W_b / W) gap²).
    L2,
    /// The largest |gap|.
    Max,
    /// The mean |gap|, every occupied bin counting the same.
    Unweighted,
}

/// A binned calibration error: which bins, and how their gaps become one number.
///
/// ```
/// use calib::{evidence::Tally, metrics::{BinnedError, Bins, Cut, Norm}};
/// let cells: Vec<_> = Tally::from_pairs([(0.5, true), (0.9, true)]).cells().collect();
/// let bins = Bins::new(&cells, Cut::Values);
/// let value = BinnedError { bins: &bins, norm: Norm::L1 }.value().unwrap();
/// assert!((value - (0.5 + 0.1) / 2.0).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug)]
pub struct BinnedError<'a> {
    /// The bins.
    pub bins: &'a Bins,
    /// How their gaps become one number.
    pub norm: Norm,
}

/// Maximum calibration error, the largest gap of any bin.
///
/// `max_b |c̄_b − ȳ_b|` over the occupied bins; beside it the rows of that bin. Naeini, Cooper and Hauskrecht (2015).
///
/// ```
/// use calib::metrics::{Mce, worked_example};
/// let mce = worked_example(&Mce);
/// assert!((mce.value.unwrap() - 0.4).abs() < 1e-12);
/// assert_eq!(mce.beside["n_bin"], Some(2.0));
/// ```
pub struct Mce;

/// Root mean square calibration error over the bins in force.
///
/// `√(Σ_b (W_b / W) (c̄_b − ȳ_b)²)`. Hendrycks, Mazeika and Dietterich (2019), ICLR.
///
/// ```
/// use calib::metrics::{Rmsce, worked_example};
/// let square = (0.05f64.powi(2) + 2.0 * 0.4f64.powi(2) + 2.0 * 0.1f64.powi(2) + 0.3f64.powi(2)) / 6.0;
/// assert!((worked_example(&Rmsce).value.unwrap() - square.sqrt()).abs() < 1e-12);
/// ```
pub struct Rmsce;

/// Average calibration error: the mean gap, every occupied bin counting the same.
///
/// `Σ_b |c̄_b − ȳ_b| / #occupied`. Neumann, Zisserman and Vedaldi (2018).
///
/// ```
/// use calib::metrics::{Ace, worked_example};
/// let expected = (0.05 + 0.4 + 0.1 + 0.3) / 4.0;
/// assert!((worked_example(&Ace).value.unwrap() - expected).abs() < 1e-12);
/// ```
pub struct Ace;

impl Norm {
    /// The error of cells put into bins; `None` when no bin is occupied.
    pub(super) fn over(self, cells: &[Cell], cut: impl Into<Cut>) -> Option<f64> {
        let bins = &Bins::new(cells, cut);
        BinnedError { bins, norm: self }.value()
    }
}

impl BinnedError<'_> {
    /// The error; `None` when no bin is occupied.
    #[must_use]
    pub fn value(&self) -> Option<f64> {
        let occupied = || self.bins.occupied();
        let count = occupied().count();
        let weight = sum(occupied().map(|bin| bin.totals.w));
        let value = match self.norm {
            Norm::L1 => sum(occupied().map(|bin| bin.residual.abs())) / weight,
            Norm::L2 => {
                let squares = occupied().map(|bin| bin.totals.w * bin.gap().powi(2));
                (sum(squares) / weight).sqrt()
            }
            Norm::Max => occupied().map(|bin| bin.gap().abs()).fold(0.0, f64::max),
            Norm::Unweighted => sum(occupied().map(|bin| bin.gap().abs())) / count as f64,
        };
        (count > 0).then_some(value)
    }

    /// The error as an estimate, which has no interval.
    pub(super) fn estimate(&self, view: &View) -> Estimate {
        let n = view.total.rows;
        match (view.no_confidence(), self.value()) {
            (None, Some(value)) => Estimate::bare(value, n, NO_INTERVAL),
            (reason, _) => Estimate::undefined(n, reason.unwrap_or("no bin holds weight")),
        }
    }
}

/// The bin that departs furthest; of several that do, the one with the most rows.
fn worst(bins: &Bins) -> Option<&BinSums> {
    let order = |one: &&BinSums, other: &&BinSums| {
        let gaps = one.gap().abs().total_cmp(&other.gap().abs());
        gaps.then(one.totals.rows.cmp(&other.totals.rows))
    };
    bins.occupied().max_by(order)
}

fn in_force<'a>(view: &'a View, norm: Norm) -> BinnedError<'a> {
    BinnedError {
        bins: view.bins(),
        norm,
    }
}

impl Metric for Mce {
    fn id(&self) -> &'static str {
        "mce"
    }

    fn about(&self) -> About {
        About {
            title: "Maximum calibration error",
            formula: "max over occupied bins of |mean confidence - accuracy|",
            range: "0 to 1",
            better: Better::Lower,
            undefined: "no graded answer has a confidence",
            interval: "none is valid: the largest of several noisy gaps is biased upward; n_bin, the rows of that bin, stands beside it",
            pitfalls: "Mostly the noise of the emptiest bin: large for a calibrated model too when some bin holds few rows. Read n_bin, and set no threshold on it.",
            source: "Naeini, Cooper and Hauskrecht (2015), AAAI",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        let rows = worst(view.bins()).map(|bin| bin.totals.rows as f64);
        in_force(view, Norm::Max).estimate(view).and("n_bin", rows)
    }

    fn contrast(&self) -> Contrast {
        Contrast::Swapped(|cells, settings| Norm::Max.over(cells, settings))
    }
}

impl Metric for Rmsce {
    fn id(&self) -> &'static str {
        "rmsce"
    }

    fn about(&self) -> About {
        About {
            title: "Root mean square calibration error",
            formula: "sqrt(sum over bins of (W_b / W) (mean confidence - accuracy)^2)",
            range: "0 to 1, at least ece on the same bins",
            better: Better::Lower,
            undefined: "no graded answer has a confidence",
            interval: "none is valid: biased upward like ece; ce_debiased and ce2 correct its square",
            pitfalls: "Biased upward on few rows, more so with many bins.",
            source: "Hendrycks, Mazeika and Dietterich (2019), ICLR",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        in_force(view, Norm::L2).estimate(view)
    }

    fn contrast(&self) -> Contrast {
        Contrast::Swapped(|cells, settings| Norm::L2.over(cells, settings))
    }
}

impl Metric for Ace {
    fn id(&self) -> &'static str {
        "ace"
    }

    fn about(&self) -> About {
        About {
            title: "Average calibration error",
            formula: "mean over occupied bins of |mean confidence - accuracy|",
            range: "0 to 1",
            better: Better::Lower,
            undefined: "no graded answer has a confidence",
            interval: "none is valid: biased upward like ece",
            pitfalls: "A bin with one row counts as much as one with thousands. The adaptive calibration error of Nixon et al. (2019) has the same short name and is ece_mass.",
            source: "Neumann, Zisserman and Vedaldi (2018), Relaxed Softmax, NeurIPS MLITS workshop",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        in_force(view, Norm::Unweighted).estimate(view)
    }

    fn contrast(&self) -> Contrast {
        Contrast::Swapped(|cells, settings| Norm::Unweighted.over(cells, settings))
    }
}
