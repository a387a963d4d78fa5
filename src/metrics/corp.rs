//! The CORP decomposition of the Brier score: miscalibration, discrimination, uncertainty, without any bins.
//!
//! Dimitriadis, Gneiting and Jordan (2021), Proceedings of the National Academy of Sciences 118, e2016191118.

use super::proper::uncertainty;
use super::resampling::{point, points};
use super::{ANSWERS, About, Better, Contrast, Metric, View};
use crate::evidence::Cell;
use crate::inference::null::{self, Null};
use crate::maths::pava;
use crate::maths::sums::{Sum, sum};
use crate::report::Estimate;

/// Miscalibration: what recalibrating the confidences as well as any monotone map could would save.
///
/// `S(c) − S(ĉ)`, ĉ the isotonic regression of y on c (ties in c pooled first), S the Brier score. Beside it
/// `mean_gap`, the mean of |c − ĉ|.
///
/// ```
/// use calib::metrics::{Brier, CorpDsc, CorpMcb, CorpUnc, worked_example};
/// let [mcb, dsc, unc] = [&CorpMcb as _, &CorpDsc as _, &CorpUnc as _].map(|m| worked_example(m).value.unwrap());
/// assert!((mcb - dsc + unc - worked_example(&Brier).value.unwrap()).abs() < 1e-12);
/// ```
pub struct CorpMcb;

/// Discrimination: what the recalibrated confidences save over always stating the base rate.
///
/// `S(ȳ) − S(ĉ) = Σ w·(ĉ − ȳ)² / Σ w`; exactly 0 when all confidences are equal.
///
/// ```
/// use calib::metrics::{CorpDsc, worked_example};
/// assert!((worked_example(&CorpDsc).value.unwrap() - 1.0 / 12.0).abs() < 1e-12);
/// ```
pub struct CorpDsc;

/// Uncertainty: the score of always stating the base rate.
///
/// `S(ȳ) = mean((y − ȳ)²)`, which is `ȳ(1 − ȳ)` for answers right or wrong.
///
/// ```
/// use calib::metrics::{CorpUnc, worked_example};
/// assert_eq!(worked_example(&CorpUnc).value, Some(0.25));
/// ```
pub struct CorpUnc;

pub(super) const SOURCE: &str = "Dimitriadis, Gneiting and Jordan (2021), PNAS 118, e2016191118";
pub(super) const UNDEFINED: &str = "no graded answer has a confidence";

/// Σ w·(ĉ − ȳ)² / Σ w, with Σ w and Σ w·y of all cells.
fn discrimination(cells: &[Cell], [weight, credit]: [f64; 2]) -> f64 {
    let blocks = pava::pool(cells.iter().map(|cell| (cell.w, cell.wy)));
    if blocks.len() < 2 {
        return 0.0;
    }
    let rate = credit / weight;
    let weighty = blocks.iter().filter(|block| block.weight > 0.0);
    sum(weighty.map(|block| block.weight * (block.value() - rate).powi(2))) / weight
}

/// S(c) − S(ĉ).
fn miscalibration(cells: &[Cell]) -> f64 {
    let points = cells.iter().map(|cell| point(cell, 0)).collect::<Vec<_>>();
    let residuals: Vec<f64> = points.iter().map(|point| point.residual).collect();
    let [weight, _] = totals(cells);
    null::mcb(&points, &residuals, weight)
}

/// Σ w and Σ w·y.
fn totals(cells: &[Cell]) -> [f64; 2] {
    [
        sum(cells.iter().map(|cell| cell.w)),
        sum(cells.iter().map(|cell| cell.wy)),
    ]
}

/// Σ w·|c − ĉ| / Σ w.
fn mean_gap(view: &View) -> f64 {
    let blocks = pava::pool(view.cells.iter().map(|cell| (cell.w, cell.wy)));
    let mut gaps = Sum::default();
    let mut cells = view.cells.iter();
    for block in &blocks {
        for cell in cells.by_ref().take(block.points) {
            gaps.add(cell.w * (cell.confidence - block.value()).abs());
        }
    }
    gaps.value() / view.total.w
}

impl Metric for CorpMcb {
    fn id(&self) -> &'static str {
        "corp_mcb"
    }

    fn about(&self) -> About {
        About {
            title: "CORP miscalibration",
            formula: "S(c) - S(chat), chat = isotonic regression of y on c, S = Brier score",
            range: "0 to the Brier score",
            better: Better::Lower,
            undefined: UNDEFINED,
            interval: "none: biased upward by about n^(-2/3); its p-value under calibration stands beside it, and mean_gap, the mean of |c - chat|",
            pitfalls: "Never exactly 0 on real rows, even for a calibrated model: judge it by its p-value.",
            source: SOURCE,
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        if let Some(reason) = view.no_confidence() {
            return Estimate::undefined(view.total.rows, reason)
                .and("p_value", None)
                .and("mean_gap", None);
        }
        let points = points(view);
        let residuals: Vec<f64> = points.iter().map(|point| point.residual).collect();
        let value = null::mcb(&points, &residuals, view.total.w);
        let draws = view.null().and_then(|null| {
            let draws = null.mcb.as_ref().ok_or("too_many_cells")?;
            Ok((
                Null::p_value(draws, value, Null::MCB_ROUNDING),
                &null.method,
            ))
        });
        let bare = |reason| {
            Estimate::bare(value.max(0.0), view.total.rows, reason)
                .and("mean_gap", Some(mean_gap(view)))
        };
        match draws {
            Ok((p, method)) => bare("no interval: biased upward")
                .and("p_value", Some(p))
                .by(&**method),
            Err(reason) => bare(reason).and("p_value", None),
        }
    }

    fn contrast(&self) -> Contrast {
        Contrast::Swapped(|cells, _| Some(miscalibration(cells)))
    }
}

impl Metric for CorpDsc {
    fn id(&self) -> &'static str {
        "corp_dsc"
    }

    fn about(&self) -> About {
        About {
            title: "CORP discrimination",
            formula: "S(ybar) - S(chat), chat = isotonic regression of y on c, S = Brier score",
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
        match view.no_confidence() {
            Some(reason) => Estimate::undefined(view.total.rows, reason),
            None => Estimate::bare(
                discrimination(&view.cells, [view.total.w, view.total.wy]),
                view.total.rows,
                "no interval: biased upward",
            ),
        }
    }

    fn contrast(&self) -> Contrast {
        Contrast::Swapped(|cells, _| Some(discrimination(cells, totals(cells))))
    }
}

impl Metric for CorpUnc {
    fn id(&self) -> &'static str {
        "corp_unc"
    }

    fn about(&self) -> About {
        About {
            title: "CORP uncertainty",
            formula: "S(ybar) = mean (y - ybar)^2, which is ybar (1 - ybar) for answers right or wrong",
            range: "0 to 0.25",
            better: Better::Neither,
            undefined: UNDEFINED,
            interval: "none: a function of the accuracy, which has one",
            pitfalls: "Says how hard the prompts are to predict, nothing about the confidences.",
            source: SOURCE,
            example: ANSWERS,
        }
    }

    fn estimate(&self, view: &View) -> Estimate {
        match view.no_confidence() {
            Some(reason) => Estimate::undefined(view.total.rows, reason),
            None => {
                let reason = "no interval: a function of the accuracy";
                Estimate::bare(uncertainty(view).max(0.0), view.total.rows, reason)
            }
        }
    }

    fn contrast(&self) -> Contrast {
        Contrast::None("a function of the accuracy, which is compared")
    }
}
