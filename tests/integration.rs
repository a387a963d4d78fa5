//! All integration tests, in one binary.

#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop where it stands"
)]

mod bad_rows;
mod check;
mod cli;
mod common;
mod compat;
mod docs;
mod hostile;
mod house;
mod inference;
mod invariance;
mod laws;
mod memory;
mod multiplicity;
mod real;
mod reference;
mod regression;
mod truncation;
mod verdicts;
mod warnings;
