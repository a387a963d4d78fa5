//! Mathematics without domain words: exact sums, quantiles, special functions, isotonic regression, random numbers.

pub mod fixed;
