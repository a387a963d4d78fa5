//! Strings of JSON: their grammar and their escapes.

use std::borrow::Cow;

use wide::u8x16;

use super::super::scalar::Scalar;
use super::{Scan, Scanner, SyntaxError};

/// The text of a string with its quotes.
///
/// # Errors
/// [`SyntaxError`] when it is not one string.
pub(crate) fn text(literal: &str) -> Result<Cow<'_, str>, SyntaxError> {
    let mut scanner = Scanner::new(literal);
    match scanner.peek() {
        Some(b'"') => scanner.string(),
        _ => Err(scanner.error("a string")),
    }
}

/// What a string has of escapes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Escapes {
    None,
    /// Each of which stands for itself.
    Single,
    /// Some of which have to make pairs.
    Pairs,
}

impl<'a> Scanner<'a> {
    /// A string, decoded; borrowed when it has no escapes.
    pub(super) fn string(&mut self) -> Scan<Cow<'a, str>> {
        let start = self.at + 1;
        let escapes = self.pass_string()?;
        let body = &self.text[start..self.at - 1];
        match escapes {
            Escapes::None => Ok(Cow::Borrowed(body)),
            Escapes::Single | Escapes::Pairs => decode(body, start).map(Cow::Owned),
        }
    }

    /// A string for those who read plain rows; none where it does not follow the grammar.
    #[inline]
    pub(crate) fn plain_text(&mut self) -> Option<Scalar<'a>> {
        let start = self.at + 1;
        let escapes = self.pass_string().ok()?;
        let body = self.text.get(start..self.at - 1)?;
        match escapes {
            Escapes::None => Some(Scalar::Text(body)),
            Escapes::Single => Some(Scalar::Escaped),
            Escapes::Pairs => decode(body, start).is_ok().then_some(Scalar::Escaped),
        }
    }

    #[inline]
    pub(crate) fn skip_string(&mut self) -> Scan<()> {
        self.pass_string().map(|_| ())
    }

    /// Passes a string.
    #[inline]
    fn pass_string(&mut self) -> Scan<Escapes> {
        self.at += 1;
        self.at += plain(self.rest());
        if self.peek() == Some(b'"') {
            self.at += 1;
            return Ok(Escapes::None);
        }
        self.pass_rest()
    }

    /// Passes the rest of a string in which something has to be looked at, or may have to.
    fn pass_rest(&mut self) -> Scan<Escapes> {
        let mut escapes = Escapes::None;
        loop {
            self.at += plain(self.rest());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(escapes);
                }
                Some(b'\\') => {
                    escapes = escapes.max(self.escape()?);
                }
                Some(0..=0x1F) => {
                    return Err(self.error("control characters in strings to be escaped"));
                }
                Some(_) => self.at += 1,
                None => return Err(self.error("a closing quote")),
            }
        }
    }

    fn escape(&mut self) -> Scan<Escapes> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => {
                self.at += 1;
                Ok(Escapes::Single)
            }
            Some(b'u') => {
                self.at += 1;
                self.unit()
            }
            _ => Err(self.error("an escape that JSON knows")),
        }
    }

    /// Passes the digits of a unit of UTF-16; those from D800 to DFFF are halves of pairs.
    fn unit(&mut self) -> Scan<Escapes> {
        let first = self.rest();
        for _ in 0..4 {
            if !self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                return Err(self.error("four hexadecimal digits"));
            }
            self.at += 1;
        }
        match first {
            [b'd' | b'D', b'8'..=b'9' | b'a'..=b'f' | b'A'..=b'F', ..] => Ok(Escapes::Pairs),
            _ => Ok(Escapes::Single),
        }
    }
}

/// Number of bytes before the first that ends a string, escapes or is not allowed in one; or fewer, close to the end.
pub(crate) fn plain(bytes: &[u8]) -> usize {
    let (lots, rest) = bytes.as_chunks();
    for (passed, lot) in lots.iter().enumerate() {
        if let Some(at) = special_in(*lot) {
            return LOT * passed + at;
        }
    }
    let passed = LOT * lots.len();
    match rest.first_chunk() {
        Some(word) => passed + first_special(*word).unwrap_or(WORD),
        None => passed,
    }
}

/// Bytes looked at together.
const LOT: usize = 16;

/// The place of the first special byte among sixteen.
#[inline]
pub(crate) fn special_in(lot: [u8; LOT]) -> Option<usize> {
    let bytes = u8x16::new(lot);
    let is = |byte: u8| bytes.simd_eq(u8x16::splat(byte));
    let control = bytes.min(u8x16::splat(0x1F)).simd_eq(bytes);
    let found = (control | is(b'"') | is(b'\\')).to_bitmask();
    (found != 0).then(|| found.trailing_zeros() as usize)
}

/// Bytes of a word.
const WORD: usize = 8;

/// The place of the first special byte among eight.
#[inline]
pub(crate) fn first_special(word: [u8; WORD]) -> Option<usize> {
    const ONES: u64 = 0x0101_0101_0101_0101;
    const HIGHS: u64 = 0x80 * ONES;
    let word = u64::from_le_bytes(word);
    // The high bit of each byte that is less than `n`, exact up to the first of them.
    let less = |word: u64, n: u64| word.wrapping_sub(n * ONES) & !word;
    let is = |byte: u8| less(word ^ (u64::from(byte) * ONES), 1);
    let found = (less(word, 0x20) | is(b'"') | is(b'\\')) & HIGHS;
    (found != 0).then(|| found.trailing_zeros() as usize / WORD)
}

/// Resolves the escapes of a string whose grammar was checked; `start` is its offset in the row.
fn decode(body: &str, start: usize) -> Scan<String> {
    let mut text = String::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = rest.find('\\') {
        text.push_str(&rest[..at]);
        let escape = &rest[at..];
        let place = start + body.len() - escape.len();
        let (decoded, length) = decode_escape(escape).ok_or(SyntaxError {
            at: place,
            expected: "a pair of surrogates",
            ended: false,
        })?;
        text.push(decoded);
        rest = &escape[length..];
    }
    text.push_str(rest);
    Ok(text)
}

/// The character an escape stands for, and the escape's length; `None` for half a surrogate pair.
fn decode_escape(escape: &str) -> Option<(char, usize)> {
    let simple = match escape.as_bytes().get(1)? {
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        b'n' => '\n',
        b'r' => '\r',
        b't' => '\t',
        b'u' => return decode_unicode(escape),
        other => char::from(*other),
    };
    Some((simple, 2))
}

fn decode_unicode(escape: &str) -> Option<(char, usize)> {
    let unit = |from: usize| u32::from_str_radix(escape.get(from..from + 4)?, 16).ok();
    let first = unit(2)?;
    if !(0xD800..0xE000).contains(&first) {
        return char::from_u32(first).map(|decoded| (decoded, 6));
    }
    let second =
        unit(8).filter(|low| escape.get(6..8) == Some("\\u") && (0xDC00..0xE000).contains(low))?;
    let high = first.checked_sub(0xD800).filter(|high| *high < 0x400)?;
    char::from_u32(0x10000 + (high << 10) + (second - 0xDC00)).map(|decoded| (decoded, 12))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn is_special(byte: u8) -> bool {
        (byte < 0x20) | (byte == b'"') | (byte == b'\\')
    }

    proptest! {
        /// However many bytes are looked at together: never beyond the first special one, and always on.
        #[test]
        fn special_bytes_are_found_where_they_are(bytes in prop::collection::vec(prop_oneof![8 => 0x20_u8.., 1 => any::<u8>()], 0..200)) {
            let mut at = 0;
            while let Some(rest) = bytes.get(at..).filter(|rest| rest.len() >= 8) {
                let passed = plain(rest);
                let first = rest.iter().position(|byte| is_special(*byte));
                prop_assert!(first.is_none_or(|first| passed <= first));
                match first {
                    Some(0) => break,
                    _ => prop_assert!(passed > 0),
                }
                at += passed;
            }
        }
    }
}
