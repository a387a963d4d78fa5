//! The schema in a footer, measured before it is decoded: the decoder recurses as deep as the bytes say, and asks for
//! as much memory. The bytes are Thrift's compact protocol.

use parquet::errors::{ParquetError, Result as Decoded};

/// Deepest nesting of a schema.
const MAX_DEPTH: usize = 128;
/// Deepest nesting of a field that is passed over.
const MAX_SKIPPED: usize = 16;

/// Types of the compact protocol.
const BINARY: u8 = 8;
const LIST: u8 = 9;
const STRUCT: u8 = 12;

/// Checks that the schema of this metadata is no deeper than anyone's, and has the elements that it counts.
pub(super) fn check_schema(metadata: &[u8]) -> Decoded<()> {
    let mut reader = Compact { bytes: metadata };
    let refused = |what: &str| ParquetError::General(format!("the schema {what}"));
    let cut = || refused("ends too early");
    let mut field = 0;
    loop {
        let (id, kind) = reader.field(field).ok_or_else(cut)?.ok_or_else(cut)?;
        if (id, kind) == (2, LIST) {
            break;
        }
        reader.skip(kind, MAX_SKIPPED).ok_or_else(cut)?;
        field = id;
    }
    let (mut left, _) = reader.list().ok_or_else(cut)?;
    // Children that are still to come, of each group that is open.
    let mut open: Vec<u64> = Vec::new();
    while left > 0 {
        left -= 1;
        let children = reader.element().ok_or_else(cut)?;
        if children > left {
            return Err(refused("counts more fields than it has"));
        }
        if let Some(siblings) = open.last_mut() {
            *siblings = siblings.saturating_sub(1);
        }
        if children > 0 {
            open.push(children);
        }
        while open.last() == Some(&0) {
            open.pop();
        }
        if open.len() > MAX_DEPTH {
            return Err(refused("is nested more than 128 deep"));
        }
    }
    Ok(())
}

struct Compact<'a> {
    bytes: &'a [u8],
}

impl Compact<'_> {
    fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.bytes.split_first()?;
        self.bytes = rest;
        Some(*first)
    }

    fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7F) << shift;
            if byte < 0x80 {
                return Some(value);
            }
        }
        None
    }

    fn pass(&mut self, count: u64) -> Option<()> {
        self.bytes = self.bytes.get(usize::try_from(count).ok()?..)?;
        Some(())
    }

    /// The number and type of the next field after one of this number; `Some(None)` at the end of the struct.
    fn field(&mut self, before: i64) -> Option<Option<(i64, u8)>> {
        let byte = self.byte()?;
        if byte == 0 {
            return Some(None);
        }
        let (delta, kind) = (byte >> 4, byte & 0x0F);
        let id = match delta {
            0 => zigzag(self.varint()?),
            delta => before.checked_add(i64::from(delta))?,
        };
        Some(Some((id, kind)))
    }

    /// The size of a list, and the type of its elements.
    fn list(&mut self) -> Option<(u64, u8)> {
        let byte = self.byte()?;
        let size = match byte >> 4 {
            15 => self.varint()?,
            size => u64::from(size),
        };
        Some((size, byte & 0x0F))
    }

    /// A schema element: how many children it has.
    fn element(&mut self) -> Option<u64> {
        let (mut children, mut before) = (0, 0);
        while let Some((id, kind)) = self.field(before)? {
            if id == 5 {
                children = u64::try_from(zigzag(self.varint()?)).ok()?;
            } else {
                self.skip(kind, MAX_SKIPPED)?;
            }
            before = id;
        }
        Some(children)
    }

    fn skip(&mut self, kind: u8, depth: usize) -> Option<()> {
        let depth = depth.checked_sub(1)?;
        match kind {
            // True and false are in the type of a field.
            1 | 2 => Some(()),
            3 => self.pass(1),
            4..=6 => self.varint().map(drop),
            7 => self.pass(8),
            BINARY => {
                let length = self.varint()?;
                self.pass(length)
            }
            STRUCT => {
                let mut before = 0;
                while let Some((id, kind)) = self.field(before)? {
                    self.skip(kind, depth)?;
                    before = id;
                }
                Some(())
            }
            // No list or map stands before the schema or in it.
            _ => None,
        }
    }
}

/// An integer whose sign is its lowest bit.
fn zigzag(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Metadata with a schema of groups in each other, and a leaf in the last.
    fn nested(depth: u8) -> Vec<u8> {
        let elements = depth + 1;
        let mut bytes = vec![0x15, 2, 0x19, 0xFC, elements, 0];
        if elements < 0x80 {
            bytes.pop();
        } else {
            bytes[4] |= 0x80;
            bytes[5] = 1;
        }
        for _ in 0..depth {
            // A repetition, a name, and one child.
            bytes.extend([0x35, 2, 0x18, 1, b'a', 0x15, 2, 0]);
        }
        bytes.extend([0x15, 0, 0x25, 2, 0x18, 1, b'b', 0, 0]);
        bytes
    }

    #[test]
    fn schemas_are_measured_before_they_are_decoded() {
        check_schema(&nested(5)).unwrap();
        check_schema(&nested(128)).unwrap();
        let deep = check_schema(&nested(129)).unwrap_err();
        assert!(deep.to_string().contains("128"), "{deep}");
        let mut greedy = nested(5);
        // The number of children of the first group.
        greedy[11] = 100;
        let greedy = check_schema(&greedy).unwrap_err();
        assert!(greedy.to_string().contains("more fields"), "{greedy}");
        let bytes = nested(5);
        for length in 0..bytes.len() - 1 {
            assert!(check_schema(&bytes[..length]).is_err(), "{length}");
        }
    }

    #[test]
    fn integers_are_signed_by_their_lowest_bit() {
        assert_eq!([0, 1, 2, 3].map(zigzag), [0, -1, 1, -2]);
    }
}
