//! A report as bytes: one file per output format, all of them writing to a stream they are handed.
//!
//! A renderer takes everything from the report and its options and computes nothing but layout. It opens no file and
//! reads no environment. Text that came from a log or a command line is shown through [`escape`] only.

pub mod csv;
pub mod escape;
pub mod explain;
pub mod gate;
pub mod github;
pub mod json;
pub mod markdown;
pub mod model;
mod number;
#[cfg(test)]
mod samples;
pub mod sarif;
pub mod shell;
pub mod terminal;
mod units;
