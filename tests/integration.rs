//! All integration tests, in one binary.

mod inference;
mod laws;
mod reference;
mod verdicts;
