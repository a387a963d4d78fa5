//! The curve that changes nothing: what every other one has to beat.

use serde::{Deserialize, Serialize};

use super::curve::Calibrator;

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

    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    fn apply(&self, confidence: f64) -> f64 {
        confidence
    }
}
