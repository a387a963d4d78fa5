//! The choices that shape numbers but not evidence: bins, edges, level, resampling. Each has its default here and nowhere else.

use std::fmt;

use crate::evidence::Partial;
use crate::inference::misclassification::Judge;
pub use crate::inference::sample::Rates;

/// How confidences are put into bins (`--binning`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Binning {
    /// Bins of equal width, edges at the correctly rounded quotients i/B.
    #[default]
    EqualWidth,
    /// Bins of equal mass that never part a tie: bin ⌊B·(r − ½)/n⌋ with r the mid-rank of the tie block.
    EqualMass,
}

/// Which end of an equal-width bin belongs to it (`--edges`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Edges {
    /// `(lower, upper]`, with 0 in the first bin.
    #[default]
    Right,
    /// `[lower, upper)`, with 1 in the last bin.
    Left,
}

/// How many resamples null distributions take (`--resamples`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Resamples {
    /// clamp(2·10⁷ / (groups × cells), 199, 1999): from counts only, never from time.
    #[default]
    Auto,
    /// As many as asked for.
    Fixed(u32),
}

/// Another tool whose definitions can be asked for (`--compat`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tool {
    /// The judge script of Humanity's Last Exam, and BrowseComp's copy of it.
    Hle,
    /// netcal.
    Netcal,
    /// TorchMetrics.
    Torchmetrics,
    /// scikit-learn.
    Sklearn,
    /// HELM, by way of uncertainty-calibration.
    Helm,
    /// lm-evaluation-harness.
    LmEval,
    /// LM-Polygraph.
    LmPolygraph,
    /// The evaluation code of RLCR.
    Rlcr,
}

/// The tools asked for, each once and in no order.
///
/// ```
/// use calib::settings::{Tool, Tools};
/// let tools: Tools = [Tool::Hle, Tool::Hle].into_iter().collect();
/// assert!(tools.contains(Tool::Hle) && !tools.contains(Tool::Netcal));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tools(u32);

impl Tools {
    /// Whether this one was asked for.
    #[must_use]
    pub fn contains(self, tool: Tool) -> bool {
        self.0 & Self::bit(tool) != 0
    }

    fn bit(tool: Tool) -> u32 {
        1 << tool as u32
    }
}

impl FromIterator<Tool> for Tools {
    fn from_iter<I: IntoIterator<Item = Tool>>(tools: I) -> Self {
        Self(
            tools
                .into_iter()
                .map(Self::bit)
                .fold(0, |all, bit| all | bit),
        )
    }
}

/// Every choice the metrics depend on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Settings {
    /// Number of bins.
    pub bins: usize,
    /// How bins are cut.
    pub binning: Binning,
    /// Which end of a bin is closed.
    pub edges: Edges,
    /// Level of every interval.
    pub level: f64,
    /// Seed of all resampling.
    pub seed: u64,
    /// Resamples of null distributions.
    pub resamples: Resamples,
    /// How partial refusals count.
    pub partial: Partial,
    /// Tools whose definitions stand beside ours.
    pub compat: Tools,
    /// Which interval proportions carry.
    pub rates: Rates,
    /// The errors of the judge that labelled abstentions, where they are given.
    pub judge: Option<Judge>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            bins: 15,
            binning: Binning::EqualWidth,
            edges: Edges::Right,
            level: 0.95,
            seed: 0,
            resamples: Resamples::Auto,
            partial: Partial::Abstain,
            compat: Tools::default(),
            rates: Rates::Wilson,
            judge: None,
        }
    }
}

impl fmt::Display for Binning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::EqualWidth => "equal-width",
            Self::EqualMass => "equal-mass",
        })
    }
}

impl fmt::Display for Edges {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Right => "right",
            Self::Left => "left",
        })
    }
}

impl fmt::Display for Resamples {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Fixed(count) => write!(f, "{count}"),
        }
    }
}

impl fmt::Display for Tool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hle => "hle",
            Self::Netcal => "netcal",
            Self::Torchmetrics => "torchmetrics",
            Self::Sklearn => "sklearn",
            Self::Helm => "helm",
            Self::LmEval => "lm-eval",
            Self::LmPolygraph => "lm-polygraph",
            Self::Rlcr => "rlcr",
        })
    }
}

impl fmt::Display for Partial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Abstain => "abstain",
            Self::Answer => "answer",
        })
    }
}

impl fmt::Display for Rates {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Wilson => "wilson",
            Self::ClopperPearson => "clopper-pearson",
        })
    }
}
