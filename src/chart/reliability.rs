//! The reliability diagram: accuracy against confidence, bin by bin, with the band a calibrated model would stay in.

use crate::report::Bin;

/// How far a bin's rows are from the fullest bin's, in three steps that marks of three sizes can show.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Size {
    /// Under a tenth of the fullest bin.
    Small,
    /// Under a half.
    Medium,
    /// The rest.
    Large,
}

/// One bin as a mark. Coordinates run from 0 to 1.
#[derive(Clone, Debug, PartialEq)]
pub struct Mark {
    /// Edges of the bin.
    pub edges: (f64, f64),
    /// Mean confidence.
    pub x: f64,
    /// Share correct.
    pub y: f64,
    /// Where a calibrated model's share would fall, if known.
    pub band: Option<(f64, f64)>,
    /// Rows, in three steps.
    pub size: Size,
    /// Rows, as a share of the fullest bin's.
    pub fill: f64,
}

/// A reliability diagram.
#[derive(Clone, Debug, PartialEq)]
pub struct Reliability {
    /// Its marks, by rising confidence.
    pub marks: Vec<Mark>,
}

impl Reliability {
    /// The diagram of a reliability table; `None` when the table is empty.
    #[must_use]
    pub fn new(bins: &[Bin]) -> Option<Self> {
        let fullest = bins.iter().map(|bin| bin.n).max()?;
        let marks = bins.iter().map(|bin| Mark::new(bin, fullest)).collect();
        Some(Self { marks })
    }

    /// The mark whose bin holds `x`.
    #[must_use]
    pub fn at(&self, x: f64) -> Option<&Mark> {
        self.marks
            .iter()
            .find(|mark| mark.edges.0 <= x && x < mark.edges.1)
    }
}

impl Mark {
    fn new(bin: &Bin, fullest: u64) -> Self {
        let fill = bin.n as f64 / fullest.max(1) as f64;
        let size = match fill {
            ..0.1 => Size::Small,
            ..0.5 => Size::Medium,
            _ => Size::Large,
        };
        Self {
            edges: (bin.lower, bin.upper),
            x: bin.mean_confidence,
            y: bin.accuracy,
            band: bin.band_low.zip(bin.band_high),
            size,
            fill,
        }
    }
}
