//! Bytes become records: where they come from, how rows are written, which column plays which role, what may be wrong.

mod account;
mod bad;
mod beyond;
mod blocks;
mod choices;
mod columns;
mod confidence;
mod constant;
mod csv;
mod derived;
mod fields;
mod grade;
mod join;
mod json;
mod jsonl;
mod judge;
mod mapping;
mod outcome;
mod pairs;
#[cfg(feature = "parquet")]
mod parquet;
mod paths;
mod reader;
mod roles;
mod row;
mod samples;
mod scale;
#[cfg(feature = "parquet")]
mod seekable;
mod slots;
mod sniff;
mod source;
mod value;

pub use account::{Account, Notes};
pub use confidence::MissingConfidence;
pub use constant::{Constant, parse_not};
pub use fields::Fields;
pub use join::Join;
pub use judge::Finding;
pub use mapping::Mapping;
pub use pairs::{Pairs, parse_as};
pub use roles::Role;
pub use row::RowRules;
pub use samples::Samples;
pub use scale::ConfidenceScale;
pub use source::Log;

pub(crate) use blocks::{BLOCK, Block, Blocks};
pub(crate) use columns::hash;
pub(crate) use judge::{check, findings, two_scales};
pub(crate) use reader::Reader;
pub(crate) use roles::{ROLES, nearest};
pub(crate) use samples::{BINS, Sample};
