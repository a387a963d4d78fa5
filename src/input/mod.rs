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
mod document;
mod fields;
mod grade;
mod head;
mod join;
mod json;
mod jsonl;
mod judge;
mod limits;
mod mapping;
mod opening;
mod outcome;
mod pairs;
#[cfg(feature = "parquet")]
mod parquet;
mod paths;
mod presets;
mod reader;
mod roles;
mod row;
mod rows;
mod scale;
#[cfg(feature = "parquet")]
mod seekable;
mod slots;
mod sniff;
mod source;
mod survey;
mod value;
mod window;
mod zip;

pub use account::{Account, Notes};
pub use confidence::MissingConfidence;
pub use constant::{Constant, parse_not};
pub use fields::Fields;
pub use head::Head;
pub use join::Join;
pub use judge::Finding;
pub use limits::{Bytes, Limits};
pub use mapping::Mapping;
pub use opening::{Opening, PresetChoice};
pub use pairs::{Pairs, parse_as};
pub use presets::{PRESETS, Preset};
pub use roles::Role;
pub use row::RowRules;
pub use scale::ConfidenceScale;
pub use source::Log;
pub use survey::Survey;

pub(crate) use blocks::{BLOCK, Block, Blocks};
pub(crate) use judge::{check, findings, two_scales};
pub(crate) use reader::Reader;
pub(crate) use roles::nearest;
