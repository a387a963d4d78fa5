//! The `calib` program.

fn main() {}
