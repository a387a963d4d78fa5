//! Values as they stand in a row, and what the plainest of them say: yes or no, a name, a confidence, an identity.

use std::fmt::Write as _;
use std::io::Write as _;

use xxhash_rust::xxh3::xxh3_64_with_seed;

use super::json::Scanner;
use super::roles::Role;
use super::value::{Number, Raw};
use crate::record::Confidence;

/// What stands for a group where the row has no value.
pub(super) const MISSING: &str = "(missing)";

/// A value as it stands in the row.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    Number(&'a str),
    /// A whole number that stands in no text.
    #[cfg_attr(
        not(feature = "parquet"),
        expect(dead_code, reason = "only Parquet has them")
    )]
    Integer(i64),
    /// A finite number that stands in no text.
    #[cfg_attr(
        not(feature = "parquet"),
        expect(dead_code, reason = "only Parquet has them")
    )]
    Real(f64),
    Text(&'a str),
    /// A text with escapes that are sound.
    Escaped,
}

impl<'a> Scalar<'a> {
    /// A truth value, or a text that is one without a second look; none of any other value.
    #[inline]
    pub(super) fn truth(self) -> Option<bool> {
        match self {
            Scalar::Bool(truth) => Some(truth),
            Scalar::Text("true" | "True") => Some(true),
            Scalar::Text("false" | "False") => Some(false),
            Scalar::Text("1" | "1.0") | Scalar::Number("1" | "1.0") => Some(true),
            Scalar::Text("0" | "0.0") | Scalar::Number("0" | "0.0") => Some(false),
            Scalar::Integer(1) | Scalar::Real(1.0) => Some(true),
            Scalar::Integer(0) | Scalar::Real(0.0) => Some(false),
            _ => None,
        }
    }

    /// Writes it as `--by` has it; none, and nothing written, where that takes more than its text.
    pub(super) fn name(self, out: &mut String) -> Option<()> {
        let text = match self {
            Scalar::Null | Scalar::Text("") => MISSING,
            Scalar::Bool(true) => "true",
            Scalar::Bool(false) => "false",
            Scalar::Number(text) | Scalar::Text(text) => text,
            Scalar::Integer(number) => {
                out.clear();
                return write!(out, "{number}").ok();
            }
            Scalar::Real(_) | Scalar::Escaped => return None,
        };
        out.clear();
        out.push_str(text);
        Some(())
    }

    /// The confidence that it states; the outer none of one that is not read here.
    pub(super) fn stated(self) -> Option<Option<Confidence>> {
        match self {
            Scalar::Null => Some(None),
            Scalar::Number(text) => number(&Raw::Number(text)),
            Scalar::Integer(number) => Confidence::new(number as f64).map(Some),
            Scalar::Real(number) => Confidence::new(number).map(Some),
            // No word for nothing begins with a digit.
            Scalar::Text(text) if text.as_bytes().first().is_some_and(u8::is_ascii_digit) => {
                number(&Raw::Number(text))
            }
            Scalar::Text(text) => number(&Raw::Text(text.into())),
            Scalar::Bool(_) | Scalar::Escaped => None,
        }
    }

    /// Hash of the identity that it is; the outer none of one that is not read here.
    pub(super) fn identity(self) -> Option<Option<u64>> {
        match self {
            Scalar::Null => Some(None),
            Scalar::Number(text) => Some(Some(hashed(text.as_bytes()))),
            Scalar::Text(text) if Self::is_said(text) => Some(Some(hashed(text.as_bytes()))),
            Scalar::Integer(number) => numbered(number).map(Some),
            _ => None,
        }
    }

    /// Whether a text is surely no word for nothing: those begin with an `n` or a dash, after space.
    pub(super) fn is_said(text: &str) -> bool {
        match text.as_bytes().first() {
            Some(b'n' | b'N' | b'-') => !Raw::Text(text.into()).is_missing(),
            _ => begins_as_said(text.as_bytes()),
        }
    }
}

/// Whether a text begins as no word for nothing does.
#[inline]
pub(super) fn begins_as_said(text: &[u8]) -> bool {
    let first = text.first();
    matches!(first, Some(b'!'..=b'~')) && !matches!(first, Some(b'n' | b'N' | b'-'))
}

fn number(raw: &Raw<'_>) -> Option<Option<Confidence>> {
    match raw.number() {
        Number::Plain(number) => Confidence::new(number).map(Some),
        _ => None,
    }
}

/// Hash of an identity.
#[inline]
pub(super) fn hashed(identity: &[u8]) -> u64 {
    xxh3_64_with_seed(identity, Role::Id as u64)
}

/// Hash of an identity that is a whole number, by its digits.
fn numbered(number: i64) -> Option<u64> {
    /// Digits of the longest, with its sign.
    const LONGEST: usize = 20;
    let mut text = [0; LONGEST];
    let mut rest = text.as_mut_slice();
    write!(rest, "{number}").ok()?;
    let length = LONGEST - rest.len();
    Some(hashed(text.get(..length)?))
}

impl<'a> Scanner<'a> {
    /// A value that is read here; none of any other.
    #[inline]
    pub(super) fn plain_scalar(&mut self) -> Option<Scalar<'a>> {
        Some(match self.peek()? {
            b'"' => return self.plain_text(),
            b't' => self.pass("true").map(|()| Scalar::Bool(true))?,
            b'f' => self.pass("false").map(|()| Scalar::Bool(false))?,
            b'n' => self.pass("null").map(|()| Scalar::Null)?,
            b'-' | b'0'..=b'9' => Scalar::Number(self.number().ok()?),
            _ => return None,
        })
    }
}
