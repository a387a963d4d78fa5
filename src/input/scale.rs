//! The scale a confidence is written on. It is never guessed.

use std::fmt;
use std::str::FromStr;

/// How the numbers of the confidence column become probabilities (`--confidence-scale`).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub enum ConfidenceScale {
    /// Probabilities from 0 to 1.
    #[default]
    Unit,
    /// Percentages from 0 to 100.
    Percent,
    /// Natural logarithms of probabilities, at most 0.
    LogProb,
    /// Log-odds.
    Logit,
    /// Numbers from the first to the second, stretched linearly.
    Range(f64, f64),
}

impl ConfidenceScale {
    /// The probability a number stands for, or `None` outside the scale.
    ///
    /// ```
    /// use calib::input::ConfidenceScale;
    /// assert_eq!(ConfidenceScale::Percent.probability(85.0), Some(0.85));
    /// assert_eq!(ConfidenceScale::Unit.probability(85.0), None);
    /// assert_eq!(ConfidenceScale::Logit.probability(0.0), Some(0.5));
    /// ```
    #[must_use]
    pub fn probability(self, value: f64) -> Option<f64> {
        let inside = |low: f64, high: f64| (low..=high).contains(&value);
        match self {
            Self::Unit => inside(0.0, 1.0).then_some(value),
            Self::Percent => inside(0.0, 100.0).then_some(value / 100.0),
            Self::LogProb => (value <= 0.0).then(|| value.exp()),
            Self::Logit => (!value.is_nan()).then(|| 1.0 / (1.0 + (-value).exp())),
            Self::Range(low, high) => inside(low, high).then(|| (value - low) / (high - low)),
        }
    }

    /// What the scale expects, for messages.
    #[must_use]
    pub fn expected(self) -> String {
        match self {
            Self::Unit => "a number from 0 to 1".to_owned(),
            Self::Percent => "a percentage from 0 to 100".to_owned(),
            Self::LogProb => "a log-probability, at most 0".to_owned(),
            Self::Logit => "a number".to_owned(),
            Self::Range(low, high) => {
                format!("a number from {} to {}", written(low), written(high))
            }
        }
    }
}

/// A number as it is written; one beyond all counting by its power of ten.
fn written(number: f64) -> String {
    match number.abs() < 1e15 {
        true => number.to_string(),
        false => format!("{number:e}"),
    }
}

impl fmt::Display for ConfidenceScale {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unit => f.write_str("unit"),
            Self::Percent => f.write_str("percent"),
            Self::LogProb => f.write_str("logprob"),
            Self::Logit => f.write_str("logit"),
            Self::Range(low, high) => write!(f, "{low},{high}"),
        }
    }
}

impl FromStr for ConfidenceScale {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "unit" => Ok(Self::Unit),
            "percent" => Ok(Self::Percent),
            "logprob" => Ok(Self::LogProb),
            "logit" => Ok(Self::Logit),
            _ => range(text).ok_or_else(|| {
                "expected unit, percent, logprob, logit, or LO,HI with LO below HI".to_owned()
            }),
        }
    }
}

fn range(text: &str) -> Option<ConfidenceScale> {
    let (low, high) = text.split_once(',')?;
    let (low, high): (f64, f64) = (low.trim().parse().ok()?, high.trim().parse().ok()?);
    (low.is_finite() && high.is_finite() && low < high).then_some(ConfidenceScale::Range(low, high))
}
