//! Figures: report data become shapes on the unit square, and shapes become terminal cells.
//!
//! Shapes know nothing of columns or pixels, so that every output draws the same figure.

pub mod map;
pub mod reliability;
pub mod term;
pub mod track;
