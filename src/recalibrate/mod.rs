//! Post-hoc recalibration: curves that turn a stated confidence into a calibrated one, and the file that carries them.
//!
//! A calibrator is one file with the parameters of its formula, and one line in the registry of [`curve`]; [`model`] is
//! what `calib fit` writes and `calib apply` reads.

pub mod beta;
pub mod choice;
pub mod crossfit;
pub mod curve;
pub mod fault;
pub mod graded;
pub mod grouped;
pub mod histogram;
pub mod identity;
pub mod isotonic;
pub mod model;
mod natural;
pub mod over_answer;
pub mod platt;
pub mod rewrite;
pub mod scaling_binning;
pub mod sequence;
pub mod spline;
pub mod temperature;
pub mod threshold;
pub mod venn_abers;

pub use crossfit::{Folds, Score};
pub use curve::{About, CALIBRATORS, Calibrator, Curve, Fitting, METHODS, Method};
pub use graded::{Graded, graded};
pub use model::{Guarantee, Model};
