//! The registry of calibrators, and what each of them is.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::identity::Identity;
use crate::record::Confidence;

/// Where confidences are clipped before a logarithm: to `[CLIP, 1 − CLIP]`.
pub const CLIP: f64 = 1e-12;

/// Largest parameter, so that no formula overflows.
const MOST: f64 = 1e12;

/// A fitted curve. Its fields are the parameters as the model file names them.
pub trait Calibrator: Serialize + DeserializeOwned {
    /// Name of the method in flags and files.
    const METHOD: &'static str;
    /// Where it clips confidences, if it takes their logarithm.
    const CLIP: Option<f64> = None;

    /// Whether the parameters, which are finite numbers, can be those of a fit.
    ///
    /// # Errors
    /// The parameter, what it is, and what was expected.
    fn check(&self) -> Result<(), String>;

    /// The calibrated confidence.
    fn apply(&self, confidence: f64) -> f64;

    /// How far the fitting rows leave the calibrated confidence open, where the method can tell.
    fn interval(&self, _confidence: f64) -> Option<(f64, f64)> {
        None
    }
}

macro_rules! curves {
    ($($name:ident),* $(,)?) => {
        /// A fitted curve of any method.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Curve {
            $(#[doc = concat!("See [`", stringify!($name), "`].")] $name($name),)*
        }

        /// Names of all methods, in order.
        pub const METHODS: &[&str] = &[$(<$name as Calibrator>::METHOD),*];

        $(impl From<$name> for Curve {
            fn from(curve: $name) -> Self {
                Self::$name(curve)
            }
        })*

        impl Curve {
            /// Name of the method.
            #[must_use]
            pub fn method(&self) -> &'static str {
                match self { $(Self::$name(_) => <$name as Calibrator>::METHOD),* }
            }

            /// Where confidences are clipped before a logarithm.
            #[must_use]
            pub fn clip(&self) -> Option<f64> {
                match self { $(Self::$name(_) => <$name as Calibrator>::CLIP),* }
            }

            /// The parameters as the model file names them.
            ///
            /// # Errors
            /// When they are no JSON, which cannot happen to numbers.
            pub fn params(&self) -> Result<Value, serde_json::Error> {
                match self { $(Self::$name(curve) => serde_json::to_value(curve)),* }
            }

            /// The curve with this name and these parameters.
            ///
            /// # Errors
            /// When there is no such method, or the parameters are not those of a fit.
            pub fn parse(method: &str, params: Value) -> Result<Self, String> {
                within(&params)?;
                match method {
                    $(<$name as Calibrator>::METHOD => {
                        let curve: $name = serde_json::from_value(params)
                            .map_err(|error| error.to_string())?;
                        curve.check()?;
                        Ok(Self::$name(curve))
                    })*
                    _ => Err(format!("there is no method of this name, but {}", METHODS.join(", "))),
                }
            }

            fn value(&self, confidence: f64) -> f64 {
                match self { $(Self::$name(curve) => curve.apply(confidence)),* }
            }

            fn bounds(&self, confidence: f64) -> Option<(f64, f64)> {
                match self { $(Self::$name(curve) => curve.interval(confidence)),* }
            }
        }
    };
}

// In the order in which they are tried: simpler first.
curves![Identity];

impl Curve {
    /// The calibrated confidence.
    ///
    /// ```
    /// use calib::{recalibrate::{Curve, identity::Identity}, record::Confidence};
    /// let half = Confidence::new(0.5).unwrap();
    /// assert_eq!(Curve::from(Identity {}).apply(half), half);
    /// ```
    #[must_use]
    pub fn apply(&self, confidence: Confidence) -> Confidence {
        // Rounding may leave the range by a last digit; checked parameters give numbers.
        let value = self.value(confidence.get()).clamp(0.0, 1.0);
        Confidence::new(value).unwrap_or(confidence)
    }

    /// How far the fitting rows leave it open, where the method can tell.
    #[must_use]
    pub fn interval(&self, confidence: Confidence) -> Option<(f64, f64)> {
        self.bounds(confidence.get())
    }
}

/// Whether every number of the parameters is one that formulas can take.
fn within(params: &Value) -> Result<(), String> {
    match outlier(params) {
        Some(found) => Err(format!(
            "{found}, expected a number from {:e} to {MOST:e}",
            -MOST
        )),
        None => Ok(()),
    }
}

/// Where the first number stands that is too large, and what it is.
fn outlier(value: &Value) -> Option<String> {
    match value {
        Value::Number(number) => {
            let fits = number.as_f64().is_some_and(|value| value.abs() <= MOST);
            (!fits).then(|| format!(" is {number}"))
        }
        Value::Array(items) => items
            .iter()
            .zip(0_u64..)
            .find_map(|(item, at)| Some(format!("[{at}]{}", outlier(item)?))),
        Value::Object(members) => members
            .iter()
            .find_map(|(name, member)| Some(format!("{name}{}", outlier(member)?))),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_method_has_a_name_of_its_own() {
        let mut names = METHODS.to_vec();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), METHODS.len());
    }

    #[test]
    fn parameters_are_checked() {
        let refused = |method, params| Curve::parse(method, params).unwrap_err();
        assert_eq!(
            refused("identity", json!({"x": [0.5, 1e13]})),
            "x[1] is 10000000000000.0, expected a number from -1e12 to 1e12"
        );
        assert!(refused("identity", json!({"T": 1})).contains("unknown field `T`"));
        assert!(refused("identity", json!(null)).contains("invalid type: null"));
        assert!(refused("magic", json!({})).starts_with("there is no method of this name, but "));
    }
}
