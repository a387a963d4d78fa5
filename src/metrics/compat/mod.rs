//! Other tools' definitions, for those who must match a number that is already published.
//!
//! Each is computed as that tool computes it, faults included, and names the metric of ours to read instead. Where a
//! tool's number depends on the order of rows with equal confidences, which no report here knows, the tied rows are
//! spread evenly and the number says so.

mod binned;
mod helm;
mod hle;
mod lm_eval;
mod lm_polygraph;
mod netcal;
mod ranked;
mod rlcr;
mod sklearn;
mod torchmetrics;

use super::View;
use crate::report::{Compat, Corrected};
use crate::settings::Tool;

/// What one tool prints on rows like ours.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// The tool.
    pub tool: Tool,
    /// Its name in words.
    pub title: &'static str,
    /// What it does otherwise than this program, and why that is off.
    pub differs: &'static str,
    /// Where its code is.
    pub source: &'static str,
    /// Its figures.
    pub figures: &'static [Figure],
}

/// One figure of a tool.
#[derive(Clone, Copy, Debug)]
pub struct Figure {
    /// Its name in that tool.
    pub metric: &'static str,
    /// Id of the metric to read instead.
    pub corrected: &'static str,
    /// How the tool counts; `{bins}` stands for the number of bins in force.
    pub note: &'static str,
    /// Whether the tool counts rows by a weight.
    pub weights: bool,
    /// The figure for rows graded right or wrong.
    pub value: fn(&View) -> Answer,
}

/// The number a tool gives, or why it gives none or perhaps another one.
///
/// ```
/// use calib::metrics::Answer;
/// assert_eq!(Answer::of(f64::NAN), Answer::none("that tool gives no finite number"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Answer {
    /// The number.
    pub value: Option<f64>,
    /// What to know about it.
    pub reason: Option<&'static str>,
}

const TIED: &str =
    "tied confidences: that tool's answer depends on file order; here ties are spread evenly";
const FRACTIONAL: &str = "credit between right and wrong, which that tool does not take";
const WEIGHTED: &str = "weighted rows, which that tool does not take";

impl Answer {
    /// The tool's own number.
    #[must_use]
    pub fn of(value: f64) -> Self {
        if value.is_finite() {
            Self {
                value: Some(value),
                reason: None,
            }
        } else {
            Self::none("that tool gives no finite number")
        }
    }

    /// No number, for this reason.
    #[must_use]
    pub fn none(reason: &'static str) -> Self {
        Self {
            value: None,
            reason: Some(reason),
        }
    }

    /// A number that is the tool's own unless tied rows were in its way.
    fn unless_tied((value, tied): (f64, bool)) -> Self {
        let answer = Self::of(value);
        Self {
            reason: answer.reason.or(tied.then_some(TIED)),
            ..answer
        }
    }
}

impl Figure {
    /// The figure for the rows of a view, or why there is none.
    #[must_use]
    pub fn answer(&self, view: &View) -> Answer {
        if let Some(reason) = view.no_confidence() {
            Answer::none(reason)
        } else if view.total.is_fractional() {
            Answer::none(FRACTIONAL)
        } else if !self.weights && !view.total.is_plain() {
            Answer::none(WEIGHTED)
        } else {
            (self.value)(view)
        }
    }
}

/// Every tool, in the order of reports.
pub const COMPAT: &[Definition] = &[
    hle::DEFINITION,
    netcal::DEFINITION,
    torchmetrics::DEFINITION,
    sklearn::DEFINITION,
    helm::DEFINITION,
    lm_eval::DEFINITION,
    lm_polygraph::DEFINITION,
    rlcr::DEFINITION,
];

/// What the tools asked for would print on these rows. The numbers that correct them are for the caller to fill in.
///
/// ```
/// use calib::metrics::{Budget, View, compat, find};
/// use calib::settings::{Settings, Tool};
/// let evidence = find("ece").unwrap().about().example.evidence();
/// let settings = Settings { compat: [Tool::Rlcr].into_iter().collect(), ..Settings::default() };
/// let found = compat(&View::new(&evidence, &settings, Budget::default()));
/// let expected = (0.75 + 0.2 + 0.3) / 6.0;
/// assert!((found[0].value.unwrap() - expected).abs() < 1e-12);
/// ```
#[must_use]
pub fn compat(view: &View) -> Vec<Compat> {
    let wanted = COMPAT
        .iter()
        .filter(|definition| view.settings.compat.contains(definition.tool));
    let print = |definition: &'static Definition| {
        let figures = definition.figures.iter();
        figures.map(move |figure| print(definition.tool, figure, view))
    };
    wanted.flat_map(print).collect()
}

fn print(tool: Tool, figure: &Figure, view: &View) -> Compat {
    let Answer { value, reason } = figure.answer(view);
    Compat {
        tool: tool.to_string(),
        metric: figure.metric,
        value,
        n: view.total.rows,
        reason: reason.map(str::to_owned),
        corrected: Corrected {
            metric: figure.corrected,
            value: None,
        },
        note: figure
            .note
            .replace("{bins}", &view.settings.bins.to_string()),
    }
}
