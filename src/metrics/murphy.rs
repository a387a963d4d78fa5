//! Murphy's decomposition of the Brier score over bins: reliability, resolution, uncertainty, and what bins hide.

use super::{ANSWERS, About, Better, BinSums, Bins, Metric, View};
use crate::evidence::{Cell, Totals};
use crate::maths::sums::sum;
use crate::report::Estimate;

/// The five parts of the Brier score, `BS = REL − RES + UNC + WBV − WBC`, and three of them without their bias.
///
/// Murphy (1973), Journal of Applied Meteorology 12, 595–600; within-bin parts by Stephenson, Coelho and Jolliffe
/// (2008), Weather and Forecasting 23, 752–757; bias by Ferro and Fricker (2012), Quarterly Journal of the Royal
/// Meteorological Society 138, 1954–1960. Weighted rows count by weight, and Kish's effective number of rows stands
/// for n in the corrections.
///
/// ```
/// use calib::{evidence::Tally, metrics::{Bins, Cut, Murphy}};
/// let cells: Vec<_> = Tally::from_pairs([(0.6, true), (0.7, false), (0.9, true)]).cells().collect();
/// let parts = Murphy::new(&cells, &Bins::new(&cells, Cut::Mass(2))).unwrap();
/// assert!((parts.brier() - (0.4f64.powi(2) + 0.7f64.powi(2) + 0.1f64.powi(2)) / 3.0).abs() < 1e-12);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Murphy {
    /// REL = Σ_k (W_k / W) (c̄_k − ȳ_k)².
    pub reliability: f64,
    /// RES = Σ_k (W_k / W) (ȳ_k − ȳ)².
    pub resolution: f64,
    /// UNC = mean((y − ȳ)²).
    pub uncertainty: f64,
    /// WBV = mean((c − c̄_k)²).
    pub within_variance: f64,
    /// WBC = 2 mean((y − ȳ_k)(c − c̄_k)).
    pub within_covariance: f64,
    /// REL, RES and UNC without their bias; `None` for a single effective row.
    pub bias_corrected: Option<[f64; 3]>,
}

impl Murphy {
    /// The parts for cells in these bins; `None` when nothing has weight.
    #[must_use]
    pub fn new(cells: &[Cell], bins: &Bins) -> Option<Self> {
        let mut total = Totals::default();
        cells.iter().for_each(|cell| total += *cell.totals);
        if total.w <= 0.0 {
            return None;
        }
        let rate = total.wy / total.w;
        let over = |of: &dyn Fn(&BinSums) -> f64| sum(bins.occupied().map(of)) / total.w;
        let reliability = over(&|bin| bin.totals.w * bin.gap().powi(2));
        let resolution = over(&|bin| bin.totals.w * (bin.totals.wy / bin.totals.w - rate).powi(2));
        let noise = over(&|bin| bin.totals.w * bin.totals.mean_variance().unwrap_or(0.0));
        let uncertainty = total.credit_variance().max(0.0);
        let within = |of: fn(&Cell, &BinSums) -> f64| {
            let placed = cells.iter().zip(&bins.of_cell);
            sum(placed.filter_map(|(cell, &at)| Some(of(cell, bins.bins.get(at)?)))) / total.w
        };
        Some(Self {
            reliability,
            resolution,
            uncertainty,
            within_variance: within(|cell, bin| cell.w * deviation(cell, bin).powi(2)),
            within_covariance: within(|cell, bin| {
                let accuracy = bin.totals.wy / bin.totals.w;
                2.0 * (cell.wy - cell.w * accuracy) * deviation(cell, bin)
            }),
            bias_corrected: total.mean_variance().map(|of_rate| {
                [
                    reliability - noise,
                    resolution - noise + of_rate,
                    uncertainty + of_rate,
                ]
            }),
        })
    }

    /// The generalised resolution, `GRES = RES − WBV + WBC`, with which `BS = REL − GRES + UNC` for any bins.
    #[must_use]
    pub fn generalised(&self) -> f64 {
        self.resolution - self.within_variance + self.within_covariance
    }

    /// The Brier score that the parts make up.
    #[must_use]
    pub fn brier(&self) -> f64 {
        self.reliability - self.generalised() + self.uncertainty
    }
}

/// c − c̄_k.
fn deviation(cell: &Cell, bin: &BinSums) -> f64 {
    cell.confidence - bin.confidence / bin.totals.w
}

/// Reliability part of the Brier score over the bins in force, the mean squared gap.
///
/// `REL = Σ_b (W_b / W) (c̄_b − ȳ_b)²`; see [`Murphy`]. Beside it the same without bias, and the variance of confidence
/// within bins, which REL cannot see.
///
/// ```
/// use calib::metrics::{MurphyRel, worked_example};
/// let expected = (0.05f64.powi(2) + 2.0 * 0.4f64.powi(2) + 2.0 * 0.1f64.powi(2) + 0.3f64.powi(2)) / 6.0;
/// assert!((worked_example(&MurphyRel).value.unwrap() - expected).abs() < 1e-12);
/// ```
pub struct MurphyRel;

/// Resolution part of the Brier score over the bins in force, how far the bins' accuracies lie apart.
///
/// `RES = Σ_b (W_b / W) (ȳ_b − ȳ)²`; see [`Murphy`]. Beside it the same without bias, twice the covariance of
/// confidence and correctness within bins, and the generalised resolution that includes what bins hide.
///
/// ```
/// use calib::metrics::{MurphyRes, worked_example};
/// let expected = 2.0 * 0.5f64.powi(2) / 6.0;
/// assert!((worked_example(&MurphyRes).value.unwrap() - expected).abs() < 1e-12);
/// ```
pub struct MurphyRes;

/// Uncertainty part of the Brier score, `UNC = mean((y − ȳ)²)`; see [`Murphy`]. Beside it the same without bias.
///
/// ```
/// use calib::metrics::{MurphyUnc, worked_example};
/// let unc = worked_example(&MurphyUnc);
/// assert_eq!(unc.value, Some(0.25));
/// assert!((unc.beside["bias_corrected"].unwrap() - 0.25 * 6.0 / 5.0).abs() < 1e-12);
/// ```
pub struct MurphyUnc;

const SOURCE: &str = "Murphy (1973), Journal of Applied Meteorology 12, 595-600; Stephenson, Coelho and Jolliffe (2008); bias by Ferro and Fricker (2012)";
const UNDEFINED: &str = "no graded answer has a confidence";

/// A figure of the decomposition.
type Part = fn(&Murphy) -> Option<f64>;

/// An estimate from the parts over the bins in force: its value, why it has no interval, and what stands beside it.
fn estimate(view: &View, value: Part, reason: &str, beside: &[(&'static str, Part)]) -> Estimate {
    let n = view.total.rows;
    let parts = match view.no_confidence() {
        Some(reason) => Err(reason),
        None => view.murphy().ok_or(UNDEFINED),
    };
    let estimate = match &parts {
        Ok(parts) => Estimate::bare(value(parts).unwrap_or(f64::NAN), n, reason),
        Err(reason) => Estimate::undefined(n, *reason),
    };
    beside.iter().fold(estimate, |estimate, (name, part)| {
        estimate.and(name, parts.as_ref().ok().and_then(part))
    })
}

impl Metric for MurphyRel {
    fn id(&self) -> &'static str {
        "murphy_rel"
    }

    fn about(&self) -> About {
        About {
            title: "Reliability (Murphy)",
            formula: "sum over bins of (W_b / W) (mean confidence - accuracy)^2",
            range: "0 to 1",
            better: Better::Lower,
            undefined: UNDEFINED,
            interval: "none: biased upward; bias_corrected and within_variance stand beside it, and ce2 has an interval",
            pitfalls: "Depends on the bins; what varies within them (within_variance) is not seen. bias_corrected can be negative.",
            source: SOURCE,
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        estimate(
            view,
            |parts| Some(parts.reliability),
            "no interval: biased upward",
            &[
                ("bias_corrected", |parts| Some(parts.bias_corrected?[0])),
                ("within_variance", |parts| Some(parts.within_variance)),
            ],
        )
    }
}

impl Metric for MurphyRes {
    fn id(&self) -> &'static str {
        "murphy_res"
    }

    fn about(&self) -> About {
        About {
            title: "Resolution (Murphy)",
            formula: "sum over bins of (W_b / W) (accuracy - ybar)^2",
            range: "0 to the uncertainty",
            better: Better::Higher,
            undefined: UNDEFINED,
            interval: "none: biased upward by about as much as murphy_rel; bias_corrected, within_covariance and generalised stand beside it",
            pitfalls: "Grows with the number of bins by chance alone. With generalised in its place the parts add up to the Brier score for any bins.",
            source: SOURCE,
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        estimate(
            view,
            |parts| Some(parts.resolution),
            "no interval: biased upward",
            &[
                ("bias_corrected", |parts| Some(parts.bias_corrected?[1])),
                ("within_covariance", |parts| Some(parts.within_covariance)),
                ("generalised", |parts| Some(parts.generalised())),
            ],
        )
    }
}

impl Metric for MurphyUnc {
    fn id(&self) -> &'static str {
        "murphy_unc"
    }

    fn about(&self) -> About {
        About {
            title: "Uncertainty (Murphy)",
            formula: "ybar (1 - ybar)",
            range: "0 to 0.25",
            better: Better::Neither,
            undefined: UNDEFINED,
            interval: "none: a function of the accuracy, which has one; bias_corrected stands beside it",
            pitfalls: "Says how hard the prompts are to predict, nothing about the confidences. Equal to corp_unc.",
            source: SOURCE,
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        estimate(
            view,
            |parts| Some(parts.uncertainty),
            "no interval: a function of the accuracy",
            &[("bias_corrected", |parts| Some(parts.bias_corrected?[2]))],
        )
    }
}
