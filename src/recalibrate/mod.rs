//! Post-hoc recalibration: curves that turn a stated confidence into a calibrated one, and the file that carries them.
//!
//! A calibrator is one file with the parameters of its formula and one line in [`curve`]; [`model`] is what
//! `calib fit` writes and `calib apply` reads.

pub mod curve;
pub mod identity;
pub mod model;
pub mod rewrite;

pub use curve::{Calibrator, Curve};
pub use model::{Guarantee, Model};
