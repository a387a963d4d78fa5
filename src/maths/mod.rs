//! Mathematics without domain words: exact sums, harmonic numbers, quantiles, isotonic regression, random numbers.

pub mod fixed;
pub mod harmonic;
pub mod pava;
pub mod quantile;
pub mod rng;
pub mod sums;
