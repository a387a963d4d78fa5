//! Any bytes, read in every way: see `hold`, which the tests of the package run as well.

#![no_main]

#[path = "../../tests/held.rs"]
mod held;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| held::hold(bytes));
