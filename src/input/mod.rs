//! Bytes become records: where they come from, how rows are written, which column plays which role, what may be wrong.

mod account;
mod bad;
mod blocks;
mod columns;
mod confidence;
mod csv;
mod fields;
mod grade;
mod json;
mod jsonl;
mod judge;
mod mapping;
mod outcome;
mod reader;
mod roles;
mod row;
mod samples;
mod scale;
mod slots;
mod sniff;
mod source;
mod value;

pub use account::{Account, Notes};
pub use confidence::MissingConfidence;
pub use fields::Fields;
pub use judge::Finding;
pub use mapping::Mapping;
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
