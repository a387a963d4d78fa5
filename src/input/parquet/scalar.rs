//! Single values as JSON text: shortest digits that read back the same, exact integers and decimals.

use std::io::Write;

use parquet::basic::{ConvertedType, LogicalType};
use parquet::data_type::Int96;
use parquet::errors::{ParquetError, Result as Decoded};
use parquet::schema::types::ColumnDescriptor;

/// What the integers or bytes of a column mean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// What they are: signed integers, text.
    Plain,
    /// Integers without sign.
    Unsigned,
    /// Integers divided by this power of ten.
    Decimal(usize),
    /// A float of two bytes.
    Half,
    /// A UUID of sixteen bytes.
    Uuid,
}

impl Meaning {
    /// What the annotations of a column say.
    pub(super) fn of(column: &ColumnDescriptor) -> Decoded<Self> {
        let converted = column.converted_type();
        let decimal = |scale| Ok(Self::Decimal(usize::try_from(scale)?));
        match column.logical_type_ref() {
            Some(LogicalType::Decimal(_)) => decimal(column.type_scale()),
            Some(LogicalType::Integer(integer)) if !integer.is_signed => Ok(Self::Unsigned),
            Some(LogicalType::Float16) => Ok(Self::Half),
            Some(LogicalType::Uuid) => Ok(Self::Uuid),
            _ if converted == ConvertedType::DECIMAL => decimal(column.type_scale()),
            _ if matches!(
                converted,
                ConvertedType::UINT_8
                    | ConvertedType::UINT_16
                    | ConvertedType::UINT_32
                    | ConvertedType::UINT_64
            ) =>
            {
                Ok(Self::Unsigned)
            }
            _ => Ok(Self::Plain),
        }
    }
}

/// Appends what cannot fail: memory takes any byte.
fn append(out: &mut Vec<u8>, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

pub(super) fn write_bool(value: bool, out: &mut Vec<u8>) {
    out.extend_from_slice(if value { b"true" } else { b"false" });
}

pub(super) fn write_int32(value: i32, meaning: Meaning, out: &mut Vec<u8>) {
    match meaning {
        Meaning::Unsigned => append(out, format_args!("{}", value.cast_unsigned())),
        _ => write_int64(i64::from(value), meaning, out),
    }
}

pub(super) fn write_int64(value: i64, meaning: Meaning, out: &mut Vec<u8>) {
    match meaning {
        Meaning::Unsigned => append(out, format_args!("{}", value.cast_unsigned())),
        Meaning::Decimal(scale) => write_decimal(i128::from(value), scale, out),
        _ => append(out, format_args!("{value}")),
    }
}

/// A time of the oldest writers, as nanoseconds since 1970.
pub(super) fn write_int96(value: &Int96, out: &mut Vec<u8>) {
    append(out, format_args!("{}", value.to_nanos()));
}

/// The shortest decimal that reads back as this float of four bytes: what its writer wrote, as 0.85.
pub(super) fn write_float(value: f32, out: &mut Vec<u8>) {
    if value.is_finite() {
        append(out, format_args!("{value:?}"));
    } else {
        write_double(f64::from(value), out);
    }
}

/// The shortest decimal that reads back the same, or the token that Python writes.
pub(super) fn write_double(value: f64, out: &mut Vec<u8>) {
    if value.is_nan() {
        out.extend_from_slice(b"NaN");
    } else if value.is_infinite() {
        out.extend_from_slice(if value > 0.0 {
            b"Infinity"
        } else {
            b"-Infinity"
        });
    } else {
        append(out, format_args!("{value:?}"));
    }
}

/// Bytes, by what they mean.
pub(super) fn write_bytes(bytes: &[u8], meaning: Meaning, out: &mut Vec<u8>) -> Decoded<()> {
    let unfit = |_| {
        let what = format!("a {meaning:?} value has {} bytes", bytes.len());
        ParquetError::General(what)
    };
    match meaning {
        Meaning::Plain | Meaning::Unsigned => write_text(bytes, out),
        Meaning::Decimal(scale) => write_decimal(big_endian(bytes)?, scale, out),
        Meaning::Half => {
            let bytes = <[u8; 2]>::try_from(bytes).map_err(unfit)?;
            write_float(half(u16::from_le_bytes(bytes)), out);
        }
        Meaning::Uuid => {
            let bytes = <[u8; 16]>::try_from(bytes).map_err(unfit)?;
            let hex = format!("{:032x}", u128::from_be_bytes(bytes));
            let parts = [0..8, 8..12, 12..16, 16..20, 20..32].map(|part| hex.get(part));
            let parts: Vec<&str> = parts.into_iter().flatten().collect();
            append(out, format_args!("\"{}\"", parts.join("-")));
        }
    }
    Ok(())
}

/// A JSON string. Bytes that are not UTF-8 stay as they are, so that the row is found bad as in a text file.
pub(super) fn write_text(bytes: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for chunk in bytes.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' | '\\' => append(out, format_args!("\\{c}")),
                '\0'..='\x1F' => append(out, format_args!("\\u{:04x}", u32::from(c))),
                c => append(out, format_args!("{c}")),
            }
        }
        out.extend_from_slice(chunk.invalid());
    }
    out.push(b'"');
}

/// An integer in two's complement.
fn big_endian(bytes: &[u8]) -> Decoded<i128> {
    if bytes.len() > 16 {
        let what = "a decimal has more than 38 digits, and calib reads no longer ones";
        return Err(ParquetError::NYI(what.to_owned()));
    }
    let negative = bytes.first().is_some_and(|byte| *byte >= 0x80);
    let sign = if negative { -1 } else { 0 };
    let shifted = |value: i128, byte: &u8| (value << 8) | i128::from(*byte);
    Ok(bytes.iter().fold(sign, shifted))
}

fn write_decimal(unscaled: i128, scale: usize, out: &mut Vec<u8>) {
    let sign = if unscaled < 0 { "-" } else { "" };
    let digits = format!("{:0>width$}", unscaled.unsigned_abs(), width = scale + 1);
    let (whole, part) = digits.split_at(digits.len() - scale);
    let point = if part.is_empty() { "" } else { "." };
    append(out, format_args!("{sign}{whole}{point}{part}"));
}

/// A float of two bytes (IEEE 754 binary16): sign, five bits of exponent, ten of fraction.
fn half(bits: u16) -> f32 {
    let (exponent, fraction) = (i32::from(bits >> 10 & 0x1F), f32::from(bits & 0x3FF));
    let size = match exponent {
        0 => fraction * 2f32.powi(-24),
        0x1F if fraction == 0.0 => f32::INFINITY,
        0x1F => f32::NAN,
        _ => (1024.0 + fraction) * 2f32.powi(exponent - 25),
    };
    if bits & 0x8000 == 0 { size } else { -size }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn decimals_keep_their_digits() {
        for (unscaled, scale, text) in [
            (12345, 2, "123.45"),
            (-5, 3, "-0.005"),
            (0, 1, "0.0"),
            (7, 0, "7"),
        ] {
            assert_eq!(written(|out| write_decimal(unscaled, scale, out)), text);
        }
        let bytes = [0xFF, 0x85];
        let decimal = written(|out| write_bytes(&bytes, Meaning::Decimal(2), out).unwrap());
        assert_eq!(decimal, "-1.23");
        assert!(big_endian(&[1; 17]).is_err());
    }

    #[test]
    fn numbers_are_the_shortest_that_read_back() {
        assert_eq!(written(|out| write_float(0.85, out)), "0.85");
        assert_eq!(
            written(|out| write_double(0.1 + 0.2, out)),
            "0.30000000000000004"
        );
        assert_eq!(written(|out| write_double(1e300, out)), "1e300");
        assert_eq!(
            written(|out| write_float(f32::NEG_INFINITY, out)),
            "-Infinity"
        );
        assert_eq!(
            written(|out| write_int64(-1, Meaning::Unsigned, out)),
            u64::MAX.to_string()
        );
        assert_eq!(
            written(|out| write_int64(i64::MIN, Meaning::Plain, out)),
            i64::MIN.to_string()
        );
    }

    #[test]
    fn halves_are_read_by_their_bits() {
        // 1, the smallest, the largest, -2 (Wikipedia, half-precision floating-point format).
        for (bits, value) in [
            (0x3C00, 1.0),
            (1, 5.960_464_5e-8),
            (0x7BFF, 65504.0),
            (0xC000, -2.0),
        ] {
            assert_eq!(half(bits).to_bits(), f32::to_bits(value), "{bits:x}");
        }
        assert!(half(0x7E00).is_nan());
    }

    #[test]
    fn text_is_escaped_as_json_asks() {
        let text = "a\"b\\c\n\u{7f}é😀";
        let json = written(|out| write_text(text.as_bytes(), out));
        assert_eq!(serde_json::from_str::<String>(&json).unwrap(), text);
        let mut out = Vec::new();
        write_text(b"\xFFa", &mut out);
        assert_eq!(out, b"\"\xFFa\"");
    }

    #[test]
    fn uuids_have_their_hyphens() {
        let text = written(|out| write_bytes(&[0xAB; 16], Meaning::Uuid, out).unwrap());
        assert_eq!(text, "\"abababab-abab-abab-abab-abababababab\"");
    }
}
