//! All integration tests, in one binary.

#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop where it stands"
)]

mod bad_rows;
mod docs;
mod inference;
mod laws;
mod reference;
mod truncation;
mod verdicts;
