//! The curve that changes nothing: what every other one has to beat.

use serde::{Deserialize, Serialize};

use super::curve::{About, Calibrator, Fitting};
use super::graded::Graded;

/// `p' = p`.
///
/// ```
/// use calib::recalibrate::{Calibrator, identity::Identity};
/// assert_eq!(Identity {}.apply(0.3), 0.3);
/// ```
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
#[expect(
    clippy::empty_structs_with_brackets,
    reason = "its parameters are written as an empty object"
)]
pub struct Identity {}

impl Calibrator for Identity {
    const METHOD: &'static str = "identity";

    fn about() -> About {
        About {
            title: "No change",
            formula: "p' = p",
            fit: "nothing is fitted",
            monotone: "yes",
            undefined: "never",
            pitfalls: "It is what every other method has to beat out of fold; a calibrated log needs nothing else.",
            source: "the baseline",
        }
    }

    fn fit(_: &[Graded], _: &Fitting) -> Result<Self, &'static str> {
        Ok(Self {})
    }

    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    fn apply(&self, confidence: f64) -> f64 {
        confidence
    }
}
