//! Bytes become records: where they come from, how rows are written, which column plays which role, what may be wrong.

mod account;
mod blocks;
mod csv;
mod fields;
mod grade;
mod json;
mod jsonl;
mod judge;
mod reader;
mod row;
mod scale;
mod sniff;
mod source;
mod value;

pub use account::{Account, Notes};
pub use fields::{Fields, Mapping, Role};
pub use judge::Finding;
pub use row::{MissingConfidence, RowRules};
pub use scale::ConfidenceScale;
pub use source::Log;

pub(crate) use blocks::{BLOCK, Block, Blocks};
pub(crate) use fields::nearest;
pub(crate) use judge::{check, findings};
pub(crate) use reader::Reader;
