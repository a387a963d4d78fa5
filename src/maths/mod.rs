//! Mathematics without domain words: exact sums, special functions, quantiles, isotonic regression, random numbers,
//! roots, matrices.

pub mod beta_binomial;
mod beta_law;
pub mod binomial;
pub mod bivariate;
pub mod brownian;
pub mod cholesky;
pub mod cosine;
pub mod fixed;
pub mod gamma;
pub mod harmonic;
pub mod kish;
pub mod pava;
pub mod quantile;
pub mod rng;
pub mod root;
pub mod sums;
pub mod symmetric;
pub mod tails;
