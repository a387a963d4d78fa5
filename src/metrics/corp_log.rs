//! The CORP decomposition of the logarithmic score.
//!
//! Dimitriadis, Gneiting and Jordan (2021), Proceedings of the National Academy of Sciences 118, e2016191118.

use super::corp::{SOURCE, UNDEFINED};
use super::{ANSWERS, About, Better, Metric, View};
use crate::evidence::{Cell, LOG_CLIP, clipped_log_score};
use crate::maths::{pava, sums::sum};
use crate::report::Estimate;

/// What recalibrating the confidences as well as any monotone map could would save of the logarithmic score.
///
/// `S(c) − S(ĉ)`, ĉ the isotonic regression of y on c, S the logarithmic score in nats with c clipped to
/// `[1e-6, 1 − 1e-6]`. ĉ may be 0 or 1 and is never clipped: there all its rows are wrong, or right, and score 0.
///
/// ```
/// use calib::metrics::{CorpLogDsc, CorpLogMcb, CorpLogUnc, LogLoss, worked_example};
/// let [mcb, dsc, unc] = [&CorpLogMcb as _, &CorpLogDsc as _, &CorpLogUnc as _].map(|m| worked_example(m).value.unwrap());
/// assert!((mcb - dsc + unc - worked_example(&LogLoss).value.unwrap()).abs() < 1e-12);
/// ```
pub struct CorpLogMcb;

/// What the recalibrated confidences save of the logarithmic score of always stating the base rate.
///
/// `S(ȳ) − S(ĉ)` with S and ĉ as for [`CorpLogMcb`]; exactly 0 when all confidences are equal.
///
/// ```
/// use calib::metrics::{CorpLogDsc, worked_example};
/// // The fit is 0, 1/2 for four answers, 1.
/// let expected = 2f64.ln() * (1.0 - 4.0 / 6.0);
/// assert!((worked_example(&CorpLogDsc).value.unwrap() - expected).abs() < 1e-12);
/// ```
pub struct CorpLogDsc;

/// The logarithmic score of always stating the base rate, `−ȳ ln ȳ − (1 − ȳ) ln(1 − ȳ)`.
///
/// ```
/// use calib::metrics::{CorpLogUnc, worked_example};
/// assert!((worked_example(&CorpLogUnc).value.unwrap() - 2f64.ln()).abs() < 1e-12);
/// ```
pub struct CorpLogUnc;

/// The parts of the logarithmic score: `score = miscalibration − discrimination + uncertainty`.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct LogParts {
    /// S(c) − S(ĉ).
    pub miscalibration: f64,
    /// S(ȳ) − S(ĉ).
    pub discrimination: f64,
    /// S(ȳ).
    pub uncertainty: f64,
    /// S(c).
    pub score: f64,
}

impl LogParts {
    /// The parts for cells in order of confidence, confidences clipped to `[clip, 1 − clip]`; cells must have weight.
    ///
    /// ```
    /// use calib::{evidence::Tally, metrics::LogParts};
    /// let cells: Vec<_> = Tally::from_pairs([(0.5, true), (0.5, false)]).cells().collect();
    /// let parts = LogParts::new(&cells, 1e-6);
    /// assert!(parts.miscalibration.abs() < 1e-12 && (parts.score - 2f64.ln()).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn new(cells: &[Cell], clip: f64) -> Self {
        let weight = sum(cells.iter().map(|cell| cell.w));
        let rate = sum(cells.iter().map(|cell| cell.wy)) / weight;
        let score = mean_log_score(cells, clip);
        let uncertainty = entropy(rate);
        let blocks = pava::pool(cells.iter().map(|cell| (cell.w, cell.wy)));
        let weighty = blocks.iter().filter(|block| block.weight > 0.0);
        let fitted = sum(weighty.map(|block| block.weight * entropy(block.value()))) / weight;
        let fitted = if blocks.len() < 2 {
            uncertainty
        } else {
            fitted
        };
        Self {
            miscalibration: (score - fitted).max(0.0),
            discrimination: (uncertainty - fitted).max(0.0),
            uncertainty,
            score,
        }
    }
}

/// S(c): the mean log score of cells that have weight, confidences clipped to `[clip, 1 − clip]`.
pub(super) fn mean_log_score(cells: &[Cell], clip: f64) -> f64 {
    let of_cell = |cell: &Cell| {
        let of = |credit| clipped_log_score(cell.confidence, credit, clip);
        cell.wy * of(1.0) + (cell.w - cell.wy) * of(0.0)
    };
    sum(cells.iter().map(of_cell)) / sum(cells.iter().map(|cell| cell.w))
}

/// −p ln p − (1 − p) ln(1 − p), 0 at both ends.
fn entropy(p: f64) -> f64 {
    if p <= 0.0 || p >= 1.0 {
        return 0.0;
    }
    -p * p.ln() - (1.0 - p) * (-p).ln_1p()
}

fn estimate(view: &View, of: fn(&LogParts) -> f64, reason: &str) -> Estimate {
    match view.no_confidence() {
        Some(reason) => Estimate::undefined(view.total.rows, reason),
        None => Estimate::bare(of(view.log_parts()), view.total.rows, reason),
    }
}

impl Metric for CorpLogMcb {
    fn id(&self) -> &'static str {
        "corp_log_mcb"
    }

    fn about(&self) -> About {
        About {
            title: "CORP miscalibration of the logarithmic score",
            formula: "S(c) - S(chat), chat = isotonic regression of y on c, S = logarithmic score, c clipped to [1e-6, 1 - 1e-6]",
            range: "0 to the logarithmic score",
            better: Better::Lower,
            undefined: UNDEFINED,
            interval: "none: biased upward by about n^(-2/3); corp_mcb has a p-value",
            pitfalls: "Wrong answers at confidence 1 make it a function of the clip, which stands beside it.",
            source: SOURCE,
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        estimate(
            view,
            |parts| parts.miscalibration,
            "no interval: biased upward",
        )
        .and("clip", Some(LOG_CLIP))
    }
}

impl Metric for CorpLogDsc {
    fn id(&self) -> &'static str {
        "corp_log_dsc"
    }

    fn about(&self) -> About {
        About {
            title: "CORP discrimination of the logarithmic score",
            formula: "S(ybar) - S(chat), chat = isotonic regression of y on c, S = logarithmic score",
            range: "0 to the uncertainty",
            better: Better::Higher,
            undefined: UNDEFINED,
            interval: "none: biased upward by about n^(-2/3)",
            pitfalls: "Bounded by the base rate: compare between logs only when their accuracies are alike.",
            source: SOURCE,
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        estimate(
            view,
            |parts| parts.discrimination,
            "no interval: biased upward",
        )
    }
}

impl Metric for CorpLogUnc {
    fn id(&self) -> &'static str {
        "corp_log_unc"
    }

    fn about(&self) -> About {
        About {
            title: "CORP uncertainty of the logarithmic score",
            formula: "S(ybar) = -ybar ln(ybar) - (1 - ybar) ln(1 - ybar)",
            range: "0 to 0.693 nats",
            better: Better::Neither,
            undefined: UNDEFINED,
            interval: "none: a function of the accuracy, which has one",
            pitfalls: "Says how hard the prompts are to predict, nothing about the confidences.",
            source: SOURCE,
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        let reason = "no interval: a function of the accuracy";
        estimate(view, |parts| parts.uncertainty, reason)
    }
}
