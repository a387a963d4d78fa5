//! Mathematics without domain words: exact sums, quantiles, isotonic regression, random numbers.

pub mod cosine;
pub mod fixed;
pub mod pava;
pub mod quantile;
pub mod rng;
pub mod sums;
pub mod tail;
