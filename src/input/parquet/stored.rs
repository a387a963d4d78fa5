//! Values that lie in bytes one after the other, as dictionaries and plain pages have them.

use bytes::Bytes;

use super::scalar::{Meaning, write_bool, write_double, write_int64, write_text};
use crate::input::plain::Listed;
use crate::input::scalar::Scalar;

/// Stands for the place of no value.
const NOWHERE: u32 = u32::MAX;

/// What values are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Text,
    Double,
    Int32,
    Int64,
    Truth,
}

/// Some values, or nulls.
pub(super) struct Stored {
    kind: Kind,
    bytes: Bytes,
    /// Where which value begins.
    places: Vec<u32>,
}

impl Stored {
    pub(super) fn new(kind: Kind, bytes: Bytes) -> Self {
        Self {
            kind,
            bytes,
            places: Vec::new(),
        }
    }

    /// False, true, and null.
    pub(super) fn truths() -> Self {
        let mut truths = Self::new(Kind::Truth, Bytes::from_static(&[0, 1]));
        truths.places = vec![0, 1, NOWHERE];
        truths
    }

    /// Adds so many values that lie from this byte on; where they end, and none where the bytes end before.
    pub(super) fn find(&mut self, mut at: usize, count: usize) -> Option<usize> {
        // No place in a page is past what its header can say.
        u32::try_from(self.bytes.len())
            .ok()
            .filter(|length| *length < NOWHERE)?;
        let width = match self.kind {
            Kind::Text => {
                for _ in 0..count {
                    self.places.push(at as u32);
                    at += 4 + self.text(at)?.len();
                }
                return Some(at);
            }
            Kind::Int32 => 4,
            Kind::Double | Kind::Int64 => 8,
            Kind::Truth => 1,
        };
        let end = at.checked_add(count.checked_mul(width)?)?;
        self.bytes.get(at..end)?;
        self.places
            .extend((at..end).step_by(width).map(|at| at as u32));
        Some(end)
    }

    /// Forgets the values.
    pub(super) fn clear(&mut self) {
        self.places.clear();
    }

    /// Adds a null after all values.
    pub(super) fn close(&mut self) {
        self.places.push(NOWHERE);
    }

    /// Moves values to the rows that have one by their levels; the others have null.
    pub(super) fn spread(&mut self, levels: &[u32]) {
        let defined = levels.iter().map(|level| *level > 0);
        spread(&mut self.places, levels.len(), defined, NOWHERE);
    }

    /// Whether there is a value at this place.
    pub(super) fn is_defined(&self, at: usize) -> bool {
        self.place(at).is_some()
    }

    /// Writes a value as JSON.
    pub(super) fn write(&self, at: usize, out: &mut Vec<u8>) {
        let Some(place) = self.place(at) else {
            out.extend_from_slice(b"null");
            return;
        };
        match self.kind {
            Kind::Text => write_text(self.text(place).unwrap_or_default(), out),
            Kind::Double => write_double(f64::from_le_bytes(self.fixed(place)), out),
            Kind::Int32 => write_int64(self.short(place), Meaning::Plain, out),
            Kind::Int64 => write_int64(self.long(place), Meaning::Plain, out),
            Kind::Truth => write_bool(self.fixed(place) != [0], out),
        }
    }

    fn place(&self, at: usize) -> Option<usize> {
        let place = self.places.get(at).filter(|place| **place != NOWHERE)?;
        Some(*place as usize)
    }

    /// The text whose length stands here.
    fn text(&self, at: usize) -> Option<&[u8]> {
        let (length, rest) = self.bytes.get(at..)?.split_first_chunk()?;
        rest.get(..u32::from_le_bytes(*length) as usize)
    }

    /// Bytes whose place was [found](Self::find).
    fn fixed<const N: usize>(&self, at: usize) -> [u8; N] {
        let from = self.bytes.get(at..).and_then(|from| from.first_chunk());
        from.copied().unwrap_or([0; N])
    }

    fn short(&self, at: usize) -> i64 {
        i64::from(i32::from_le_bytes(self.fixed(at)))
    }

    fn long(&self, at: usize) -> i64 {
        i64::from_le_bytes(self.fixed(at))
    }
}

impl Listed for Stored {
    fn count(&self) -> usize {
        self.places.len()
    }

    fn scalar(&self, at: usize) -> Option<Scalar<'_>> {
        let Some(place) = self.place(at) else {
            return Some(Scalar::Null);
        };
        match self.kind {
            Kind::Text => std::str::from_utf8(self.text(place)?)
                .ok()
                .map(Scalar::Text),
            Kind::Double => {
                let number = f64::from_le_bytes(self.fixed(place));
                number.is_finite().then_some(Scalar::Real(number))
            }
            Kind::Int32 => Some(Scalar::Integer(self.short(place))),
            Kind::Int64 => Some(Scalar::Integer(self.long(place))),
            Kind::Truth => Some(Scalar::Bool(self.fixed(place) != [0])),
        }
    }
}

/// Moves values to those of so many rows that have one, by what is said of each row; the others get this one. Where nothing is
/// said, all have one.
pub(super) fn spread<T: Clone>(
    values: &mut Vec<T>,
    rows: usize,
    defined: impl DoubleEndedIterator<Item = bool> + ExactSizeIterator,
    null: T,
) {
    let mut next = values.len();
    values.resize(rows.max(next), null);
    for (row, defined) in defined.enumerate().rev() {
        if defined && next > 0 {
            next -= 1;
            values.swap(row, next);
        }
    }
}
