//! The registry of calibrators, and what each of them is.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::beta::Beta;
use super::graded::Graded;
use super::histogram::Histogram;
use super::identity::Identity;
use super::isotonic::Isotonic;
use super::platt::Platt;
use super::scaling_binning::ScalingBinning;
use super::spline::Spline;
use super::temperature::Temperature;
use super::venn_abers::VennAbers;
use crate::record::Confidence;

/// Where confidences are clipped before a logarithm: to `[CLIP, 1 − CLIP]`.
pub const CLIP: f64 = 1e-12;

/// Largest parameter, so that no formula overflows.
const MOST: f64 = 1e12;

/// Steps from 0 to 1 at which a curve is looked at.
const STEPS: u32 = 1000;

/// How far a value may fall by rounding alone.
const ROUNDING: f64 = 1e-9;

/// A fitted curve. Its fields are the parameters as the model file names them.
pub trait Calibrator: Serialize + DeserializeOwned {
    /// Name of the method in flags and files.
    const METHOD: &'static str;
    /// Where it clips confidences, if it takes their logarithm.
    const CLIP: Option<f64> = None;

    /// What a reader should know about the method.
    fn about() -> About;

    /// The curve of these answers, given in order of confidence.
    ///
    /// # Errors
    /// Why there is none, in short words.
    fn fit(rows: &[Graded], fitting: &Fitting) -> Result<Self, &'static str>;

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

/// What a fit depends on besides the answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fitting {
    /// Number of bins, for methods that bin.
    pub bins: usize,
}

impl Default for Fitting {
    fn default() -> Self {
        Self { bins: 15 }
    }
}

/// The documentation of a method.
#[derive(Clone, Copy, Debug)]
pub struct About {
    /// Its name in words.
    pub title: &'static str,
    /// The curve, with the parameters as the model file names them.
    pub formula: &'static str,
    /// How the parameters are found.
    pub fit: &'static str,
    /// Whether it keeps the order of confidences.
    pub monotone: &'static str,
    /// When there is no fit.
    pub undefined: &'static str,
    /// How it misleads.
    pub pitfalls: &'static str,
    /// Where it comes from.
    pub source: &'static str,
}

/// A method of the registry.
#[derive(Clone, Copy, Debug)]
pub struct Method {
    /// Its name in flags and files.
    pub id: &'static str,
    /// Its documentation.
    pub about: fn() -> About,
    /// The curve of some answers, or why there is none.
    pub fit: fn(&[Graded], &Fitting) -> Result<Curve, &'static str>,
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

        /// Every method, simpler ones first.
        pub const CALIBRATORS: &[Method] = &[$(Method {
            id: <$name as Calibrator>::METHOD,
            about: <$name as Calibrator>::about,
            fit: |rows, fitting| <$name as Calibrator>::fit(rows, fitting).map(Curve::$name),
        }),*];

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
                if !params.is_object() {
                    return Err("expected an object that names each parameter".to_owned());
                }
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

            /// The calibrated confidence, up to rounding.
            pub(super) fn value(&self, confidence: f64) -> f64 {
                match self { $(Self::$name(curve) => curve.apply(confidence)),* }
            }

            fn bounds(&self, confidence: f64) -> Option<(f64, f64)> {
                match self { $(Self::$name(curve) => curve.interval(confidence)),* }
            }
        }
    };
}

// In the order of preference between equals: simpler ones first, and last the one that may turn the order around.
curves![
    Identity,
    Temperature,
    Platt,
    Beta,
    Spline,
    ScalingBinning,
    Isotonic,
    VennAbers,
    Histogram,
];

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

    /// Whether some confidence gets less than a lower one, as far as a thousand steps show it.
    ///
    /// ```
    /// use calib::recalibrate::{Curve, identity::Identity};
    /// assert!(!Curve::from(Identity {}).falls());
    /// let turned = Curve::parse("platt", serde_json::json!({"a": 1.0, "b": 0.0})).unwrap();
    /// assert!(turned.falls());
    /// ```
    #[must_use]
    pub fn falls(&self) -> bool {
        let mut highest = f64::NEG_INFINITY;
        (0..=STEPS).any(|step| {
            let value = self.value(f64::from(step) / f64::from(STEPS));
            highest = highest.max(value);
            value < highest - ROUNDING
        })
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

/// Refuses a parameter that is not above zero.
pub(super) fn positive(name: &str, value: f64) -> Result<(), String> {
    match value > 0.0 {
        true => Ok(()),
        false => Err(format!("{name} is {value}, expected a number above 0")),
    }
}

/// Refuses a parameter below zero.
pub(super) fn not_negative(name: &str, value: f64) -> Result<(), String> {
    match value >= 0.0 {
        true => Ok(()),
        false => Err(format!("{name} is {value}, expected a number not below 0")),
    }
}

/// Refuses a value outside 0 to 1.
pub(super) fn units(name: &str, values: &[f64]) -> Result<(), String> {
    let outside = |value: &&f64| !(0.0..=1.0).contains(*value);
    match values.iter().find(outside) {
        None => Ok(()),
        Some(value) => Err(format!(
            "{name} holds {value}, expected numbers from 0 to 1"
        )),
    }
}

/// Refuses a value that is below the one before.
pub(super) fn rising(name: &str, values: &[f64]) -> Result<(), String> {
    ordered(name, values, |one, next| one <= next, "that do not fall")
}

/// Refuses a value that is not above the one before, and an empty list.
pub(super) fn strictly_rising(name: &str, values: &[f64]) -> Result<(), String> {
    if values.is_empty() {
        return Err(format!("{name} is empty"));
    }
    ordered(name, values, |one, next| one < next, "that rise")
}

fn ordered(
    name: &str,
    values: &[f64],
    follow: fn(f64, f64) -> bool,
    expected: &str,
) -> Result<(), String> {
    match values.windows(2).find(|pair| !follow(pair[0], pair[1])) {
        None => Ok(()),
        Some(pair) => {
            let [one, next] = [pair[0], pair[1]];
            Err(format!(
                "{name} has {next} after {one}, expected numbers {expected}"
            ))
        }
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
        assert!(refused("identity", json!(null)).starts_with("expected an object"));
        assert!(refused("temperature", json!([2.0])).starts_with("expected an object"));
        assert!(refused("magic", json!({})).starts_with("there is no method of this name, but "));
    }
}
