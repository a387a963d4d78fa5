//! Post-hoc recalibration: curves that turn a stated confidence into a calibrated one.
//!
//! A calibrator is one file with the parameters of its formula, and one line in the registry of [`curve`].

pub mod beta;
pub mod curve;
pub mod graded;
pub mod histogram;
pub mod identity;
pub mod isotonic;
mod natural;
pub mod platt;
pub mod scaling_binning;
pub mod spline;
pub mod temperature;
pub mod venn_abers;

pub use curve::{About, CALIBRATORS, Calibrator, Curve, Fitting, METHODS, Method};
pub use graded::{Graded, graded};
