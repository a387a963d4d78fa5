//! All integration tests, in one binary.

#![expect(
    clippy::unwrap_used,
    reason = "a test that can't go on should stop where it stands"
)]

mod apply;
mod archives;
mod attacks;
mod bad_rows;
mod check;
mod cli;
mod common;
mod compare;
mod comparison;
mod compat;
mod config;
mod direction;
mod docs;
mod documents;
mod drift;
mod fit;
mod fit_groups;
mod fit_says;
mod formats;
mod gap;
mod gate;
mod gathering;
mod held;
mod hostile;
mod house;
mod identities;
mod incentives;
mod inference;
mod init;
mod invariance;
mod judge;
#[cfg(unix)]
mod killed;
mod laws;
mod layout;
mod mapping;
mod memory;
mod models;
mod multiplicity;
mod naive;
mod objectives;
#[cfg(unix)]
mod offered;
#[cfg(feature = "parquet")]
mod parquet;
mod plain_rows;
#[cfg(feature = "parquet")]
mod plain_tables;
mod plan;
mod presets;
mod promises;
mod real;
mod reference;
mod regression;
mod rounding;
mod states;
mod suites;
mod synth;
mod synthesis;
mod tools;
mod truncation;
mod undefined;
mod utility;
mod verdicts;
mod warnings;
mod with_model;
