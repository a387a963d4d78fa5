//! The bytes of a state: a head that says what follows, then the state itself, packed.
//!
//! | bytes | what |
//! |---|---|
//! | 8 | [`MAGIC`](crate::input::STATE_MAGIC) |
//! | 8 | xxh3-64 of all bytes behind it |
//! | 2 | version of the format |
//! | 8 | bytes that follow the head |
//! | 8 | bytes that come out of them |
//! | … | deflate of the postcard form of [`State`] |
//!
//! Numbers are little-endian. The head is the same in every version, so that any version can tell a damaged file
//! from a newer one.

use std::io::Read;

use flate2::read::DeflateDecoder;
use miniz_oxide::deflate::compress_to_vec;
use serde::Serialize;
use serde::de::DeserializeOwned;
use xxhash_rust::xxh3::xxh3_64;

use super::State;
use super::version_1::State1;
use super::version_2::State2;
use crate::codes;
use crate::error::Error;
use crate::input::STATE_MAGIC;

/// Version of the format: any change of what is kept, or of how it is counted, is a new one.
pub const VERSION: u16 = 3;
/// The oldest version that is read.
const OLDEST: u16 = 1;

/// How hard it is tried to pack a state: by `miniz_oxide`, to the same bytes whichever way flate2 unpacks.
const LEVEL: u8 = 6;

/// Bytes that any state may grow to when it is unpacked.
const ROOM: u64 = 64 << 20;
/// How many times its size a state may grow beyond that: hashes and sums hardly shrink.
const GROWTH: u64 = 64;
/// Most bytes that come out of any state.
const MOST: u64 = 1 << 30;

/// Bytes of the head before the checksum, and of the checksum.
const MAGIC_END: usize = STATE_MAGIC.len();
const CHECKED: usize = MAGIC_END + 8;
/// Bytes of the head.
const HEAD: usize = CHECKED + 2 + 8 + 8;

fn torn(detail: String) -> Error {
    Error::new(&codes::TORN_STATE, detail).help(codes::TORN_STATE.remedy)
}

pub(super) fn damaged(detail: &str) -> Error {
    Error::new(&codes::DAMAGED_STATE, detail).help(codes::DAMAGED_STATE.remedy)
}

fn too_large(plain: u64) -> Error {
    let detail = format!("{plain} bytes would come out of it");
    Error::new(&codes::STATE_TOO_LARGE, detail).help(codes::STATE_TOO_LARGE.remedy)
}

/// Whether a state of this size may hold this much.
fn fits(packed: u64, plain: u64) -> bool {
    plain <= MOST && plain <= ROOM.max(packed.saturating_mul(GROWTH))
}

impl State {
    /// The state as the bytes of a file: the same for the same state.
    ///
    /// # Errors
    /// When it is larger than [`State::from_bytes`] would read.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Error> {
        let unwritable = |_| damaged("it cannot be written");
        let plain = postcard::to_stdvec(self).map_err(unwritable)?;
        let packed = compress_to_vec(&plain, LEVEL);
        let (inside, outside) = (plain.len() as u64, packed.len() as u64);
        if !fits(outside, inside) {
            return Err(too_large(inside));
        }
        let mut checked = VERSION.to_le_bytes().to_vec();
        checked.extend(outside.to_le_bytes());
        checked.extend(inside.to_le_bytes());
        checked.extend(packed);
        let mut bytes = STATE_MAGIC.to_vec();
        bytes.extend(xxh3_64(&checked).to_le_bytes());
        bytes.extend(checked);
        Ok(bytes)
    }

    /// The state in the bytes of a file.
    ///
    /// # Errors
    /// When they are no state, only the beginning of one, of a newer version, or not what was written.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let (version, plain) = unpack(bytes)?;
        let state: Self = match version {
            VERSION => content(&plain)?,
            2 => content::<State2>(&plain)?.into(),
            _ => content::<State1>(&plain)?.into(),
        };
        state.check().map_err(damaged)?;
        Ok(state)
    }
}

/// What the content of a state says.
fn content<S: Serialize + DeserializeOwned>(plain: &[u8]) -> Result<S, Error> {
    let misread = || damaged("its content is not that of a state");
    let state: S = postcard::from_bytes(plain).map_err(|_| misread())?;
    // There is one way to write a state: entries in order, each once, nothing behind the last.
    let again = postcard::to_stdvec(&state).map_err(|_| misread())?;
    if again != plain {
        return Err(misread());
    }
    Ok(state)
}

/// The version and content of a state once its head and checksum are found right.
fn unpack(bytes: &[u8]) -> Result<(u16, Vec<u8>), Error> {
    check_magic(bytes)?;
    let (Some(sum), Some(checked)) = (number(bytes, MAGIC_END), bytes.get(CHECKED..)) else {
        return Err(torn(format!(
            "it has {} bytes, and its head alone would have {HEAD}",
            bytes.len()
        )));
    };
    let version = checked.get(..2).and_then(|bytes| bytes.try_into().ok());
    let sizes = (number(bytes, CHECKED + 2), number(bytes, CHECKED + 10));
    let (Some(version), (Some(outside), Some(inside))) = (version.map(u16::from_le_bytes), sizes)
    else {
        return Err(torn(format!(
            "it has {} bytes, and its head alone would have {HEAD}",
            bytes.len()
        )));
    };
    let packed = bytes.get(HEAD..).unwrap_or_default();
    let found = packed.len() as u64;
    if found < outside {
        return Err(torn(format!(
            "it should have {outside} bytes behind its head and has {found}"
        )));
    }
    if found > outside || xxh3_64(checked) != sum {
        return Err(damaged("its bytes do not have the checksum it names"));
    }
    if !(OLDEST..=VERSION).contains(&version) {
        let detail = format!(
            "its format is version {version}, and this calib reads versions {OLDEST} to {VERSION}"
        );
        return Err(Error::new(&codes::NEWER_STATE, detail).help(codes::NEWER_STATE.remedy));
    }
    if !fits(found, inside) {
        return Err(too_large(inside));
    }
    Ok((version, inflate(packed, inside)?))
}

fn inflate(packed: &[u8], inside: u64) -> Result<Vec<u8>, Error> {
    let mut plain = Vec::new();
    let mut unpacker = DeflateDecoder::new(packed);
    unpacker
        .by_ref()
        .take(inside.saturating_add(1))
        .read_to_end(&mut plain)
        .map_err(|_| damaged("its content cannot be unpacked"))?;
    let whole = plain.len() as u64 == inside && unpacker.total_in() == packed.len() as u64;
    match whole {
        true => Ok(plain),
        false => Err(damaged("its content has another size than it says")),
    }
}

/// The eight bytes of a number, or none where the file ends before.
fn number(bytes: &[u8], at: usize) -> Option<u64> {
    let bytes = bytes.get(at..at.checked_add(8)?)?;
    Some(u64::from_le_bytes(bytes.try_into().ok()?))
}

fn check_magic(bytes: &[u8]) -> Result<(), Error> {
    if bytes.starts_with(STATE_MAGIC) {
        return Ok(());
    }
    if STATE_MAGIC.starts_with(bytes) {
        let detail = format!(
            "it has {} bytes, and its head alone would have {HEAD}",
            bytes.len()
        );
        return Err(torn(detail));
    }
    let detail = "it begins like a state, and the bytes that end lines are not those of one";
    Err(Error::new(&codes::NOT_A_STATE, detail).help(codes::NOT_A_STATE.remedy))
}
