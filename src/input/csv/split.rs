//! The fields of a record where they stand: nothing is copied but a field with doubled quotes.
//!
//! Records end and fields begin where the `csv` crate has it; the tests hold both against each other.

use std::borrow::Cow;

use wide::u8x16;

use super::quotes::{closed, record_end};
use crate::input::scalar::Scalar;

/// Where the fields of a record stand.
#[derive(Debug)]
pub(super) struct Split {
    delimiter: u8,
    fields: Vec<Field>,
}

/// A field without its quotes.
#[derive(Clone, Copy, Debug)]
struct Field {
    start: usize,
    end: usize,
    /// Whether quotes in it are doubled.
    doubled: bool,
}

impl Split {
    pub(super) fn new(delimiter: u8) -> Self {
        Self {
            delimiter,
            fields: Vec::new(),
        }
    }

    /// Finds the fields of the record that begins at a byte, and its end, by the first byte of its line end.
    ///
    /// A record whose quotes do not close where a field ends has no fields here.
    pub(super) fn read(&mut self, bytes: &[u8], start: usize) -> usize {
        self.fields.clear();
        self.sound(bytes, start).unwrap_or_else(|| {
            self.fields.clear();
            record_end(bytes, start, self.delimiter)
        })
    }

    fn sound(&mut self, bytes: &[u8], mut start: usize) -> Option<usize> {
        loop {
            let quoted = bytes.get(start) == Some(&b'"');
            let (field, after) = match quoted {
                true => Field::quoted(bytes, start)?,
                false => Field::bare(bytes, start, self.delimiter),
            };
            self.fields.push(field);
            match bytes.get(after) {
                None => return Some(after),
                Some(byte) if *byte == self.delimiter => start = after + 1,
                Some(b'\n' | b'\r') => return Some(after + 1),
                Some(_) => return None,
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        self.fields.len()
    }

    /// A field as it is meant.
    pub(super) fn field<'b>(&self, at: usize, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        let Some(field) = self.fields.get(at) else {
            return Cow::default();
        };
        let written = bytes.get(field.start..field.end).unwrap_or_default();
        if !field.doubled {
            return Cow::Borrowed(written);
        }
        let mut meant = Vec::with_capacity(written.len());
        let mut from = 0;
        while let Some(quote) = written
            .get(from..)
            .and_then(|rest| memchr::memchr(b'"', rest))
        {
            meant.extend_from_slice(&written[from..=from + quote]);
            from += quote + 2;
        }
        meant.extend_from_slice(written.get(from..).unwrap_or_default());
        Cow::Owned(meant)
    }

    /// All fields as they are meant.
    pub(super) fn all<'b>(&self, bytes: &'b [u8]) -> impl Iterator<Item = Cow<'b, [u8]>> {
        (0..self.len()).map(move |at| self.field(at, bytes))
    }

    /// A field as a value; an empty one is null.
    #[inline]
    pub(super) fn scalar<'t>(&self, at: usize, text: &'t str) -> Option<Scalar<'t>> {
        let Field {
            start,
            end,
            doubled,
        } = *self.fields.get(at)?;
        Some(match text.get(start..end)? {
            "" => Scalar::Null,
            _ if doubled => Scalar::Escaped,
            text => Scalar::Text(text),
        })
    }
}

impl Field {
    /// A field without quotes, and where it ends.
    fn bare(bytes: &[u8], start: usize, delimiter: u8) -> (Self, usize) {
        let rest = bytes.get(start..).unwrap_or_default();
        let length = length(rest, delimiter);
        // No carriage return stands alone: such blocks are refused.
        let returned = length > 0 && rest.get(length - 1) == Some(&b'\r');
        let end = start + length - usize::from(returned);
        let doubled = false;
        let field = Self {
            start,
            end,
            doubled,
        };
        (field, end)
    }

    /// A field within quotes, and what follows them; none where they are not closed.
    fn quoted(bytes: &[u8], quote: usize) -> Option<(Self, usize)> {
        let after = closed(bytes, quote)?;
        let (start, end) = (quote + 1, after - 1);
        let doubled = memchr::memchr(b'"', bytes.get(start..end)?).is_some();
        let field = Self {
            start,
            end,
            doubled,
        };
        Some((field, after))
    }
}

/// Bytes before the next delimiter or line feed.
#[inline]
pub(super) fn length(rest: &[u8], delimiter: u8) -> usize {
    /// Most fields end within so many bytes, where a call of a search for any length costs more than looking.
    const NEAR: usize = 2;
    let (lots, _) = rest.as_chunks();
    for (passed, lot) in lots.iter().take(NEAR).enumerate() {
        let bytes = u8x16::new(*lot);
        let is = |byte: u8| bytes.simd_eq(u8x16::splat(byte));
        let found = (is(delimiter) | is(b'\n')).to_bitmask();
        if found != 0 {
            return size_of_val(lot) * passed + found.trailing_zeros() as usize;
        }
    }
    let at = size_of_val(lots).min(NEAR * size_of::<u8x16>());
    let far = rest.get(at..).unwrap_or_default();
    at + memchr::memchr2(delimiter, b'\n', far).unwrap_or(far.len())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::quotes::check_quotes;
    use super::super::{record_start, records};
    use super::*;

    fn offset(position: &csv::Position) -> usize {
        usize::try_from(position.byte()).unwrap()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]

        /// The `csv` crate finds the same records at the same places, and the same fields in them; only of quotes that do
        /// not close where a field ends it tells nothing.
        #[test]
        fn records_are_those_of_the_csv_crate(text in r#"([a-cé ]|[,\n]|\r\n|"|"x"){0,40}"#) {
            let bytes = text.as_bytes();
            let mut theirs = records(bytes, b',');
            let mut record = csv::ByteRecord::new();
            let mut ours = Split::new(b',');
            while theirs.read_byte_record(&mut record).unwrap() {
                let start = record_start(bytes, record.position().map_or(0, offset));
                let end = ours.read(bytes, start);
                prop_assert_eq!(end, offset(theirs.position()));
                if check_quotes(&bytes[start..end], b',').is_err() {
                    prop_assert_eq!(ours.len(), 0);
                    continue;
                }
                let fields: Vec<_> = ours.all(bytes).collect();
                prop_assert_eq!(fields, record.iter().collect::<Vec<_>>());
            }
        }
    }
}
