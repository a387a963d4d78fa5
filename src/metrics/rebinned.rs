//! The expected calibration error on bins of its own, whatever bins are in force.

use super::binned::noise_floor;
use super::{ANSWERS, About, Better, BinnedError, Bins, Contrast, Cut, Metric, Norm, View};
use crate::report::Estimate;

/// Most distinct confidences that get a bin each.
const MOST_VALUES: usize = 30;

/// Expected calibration error over bins of equal mass, in which ties stay together.
///
/// `Σ_b (W_b / W) |c̄_b − ȳ_b|` with bin `⌊B·(r − ½)/n⌋`, r the mid-rank of the tie block; beside it the bins that
/// hold rows. Nixon, Dusenberry, Zhang, Jerfel and Tran (2019).
///
/// ```
/// use calib::metrics::{EceMass, worked_example};
/// let ece = worked_example(&EceMass);
/// assert!((ece.value.unwrap() - (0.05 + 0.8 + 0.2 + 0.3) / 6.0).abs() < 1e-12);
/// assert_eq!(ece.beside["bins"], Some(4.0));
/// ```
pub struct EceMass;

/// Expected calibration error with one bin for each distinct confidence, where there are at most 30.
///
/// `Σ_v (W_v / W) |v − ȳ_v|`: for verbalised confidences exact, with no bins to choose. Beside it the noise floor, as
/// for [`Ece`](super::Ece), of independent rows right or wrong.
///
/// ```
/// use calib::metrics::{EceValues, worked_example};
/// let expected = (0.05 + 0.8 + 0.2 + 0.3) / 6.0;
/// assert!((worked_example(&EceValues).value.unwrap() - expected).abs() < 1e-12);
/// ```
pub struct EceValues;

impl Metric for EceMass {
    fn id(&self) -> &'static str {
        "ece_mass"
    }

    fn about(&self) -> About {
        About {
            title: "Expected calibration error, equal mass",
            formula: "sum over bins of (W_b / W) |mean confidence - accuracy|, bin = floor(B (r - 1/2) / n), r = mid-rank of the tie block",
            range: "0 to 1",
            better: Better::Lower,
            undefined: "no graded answer has a confidence",
            interval: "none is valid: biased upward like ece",
            pitfalls: "Ties stay together, so heavy ties leave bins empty: bins counts those that are not.",
            source: "Nixon, Dusenberry, Zhang, Jerfel and Tran (2019), CVPR workshops",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        let bins = Bins::new(&view.cells, Cut::Mass(view.settings.bins));
        let occupied = bins.occupied().count();
        let error = BinnedError {
            bins: &bins,
            norm: Norm::L1,
        };
        error
            .estimate(view)
            .and("bins", (occupied > 0).then_some(occupied as f64))
    }

    fn contrast(&self) -> Contrast {
        Contrast::Swapped(|cells, settings| Norm::L1.over(cells, Cut::Mass(settings.bins)))
    }
}

impl Metric for EceValues {
    fn id(&self) -> &'static str {
        "ece_values"
    }

    fn about(&self) -> About {
        About {
            title: "Expected calibration error by stated value",
            formula: "sum over distinct confidences v of (W_v / W) |v - accuracy at v|",
            range: "0 to 1",
            better: Better::Lower,
            undefined: "no graded answer has a confidence, or more than 30 distinct ones",
            interval: "none is valid: biased upward like ece; noise_floor stands beside it",
            pitfalls: "Values that few answers state are mostly noise: compare with noise_floor.",
            source: "one bin per value of Naeini, Cooper and Hauskrecht (2015), AAAI",
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        if view.cells.len() > MOST_VALUES {
            let reason = format!("more than {MOST_VALUES} distinct confidences");
            return Estimate::undefined(view.total.rows, reason).and("noise_floor", None);
        }
        let bins = Bins::new(&view.cells, Cut::Values);
        let error = BinnedError {
            bins: &bins,
            norm: Norm::L1,
        };
        let estimate = error.estimate(view);
        let floor = estimate.value.and_then(|_| noise_floor(view, &bins));
        estimate.and("noise_floor", floor)
    }

    fn contrast(&self) -> Contrast {
        Contrast::Swapped(|cells, _| {
            let few = cells.len() <= MOST_VALUES;
            few.then(|| Norm::L1.over(cells, Cut::Values))?
        })
    }
}
