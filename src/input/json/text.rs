//! Strings of JSON: their grammar and their escapes.

use std::borrow::Cow;

use super::super::plain::Scalar;
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

impl<'a> Scanner<'a> {
    /// A string, decoded; borrowed when it has no escapes.
    pub(super) fn string(&mut self) -> Scan<Cow<'a, str>> {
        let start = self.at + 1;
        let escaped = self.pass_string()?;
        let body = &self.text[start..self.at - 1];
        if escaped {
            decode(body, start).map(Cow::Owned)
        } else {
            Ok(Cow::Borrowed(body))
        }
    }

    /// A string for those who read plain rows; none where it does not follow the grammar.
    pub(crate) fn plain_text(&mut self) -> Option<Scalar<'a>> {
        let start = self.at + 1;
        let escaped = self.pass_string().ok()?;
        let body = self.text.get(start..self.at - 1)?;
        if !escaped {
            return Some(Scalar::Text(body));
        }
        // All other escapes were checked on the way; of these, two may have to make a pair.
        let sound = memchr::memmem::find(body.as_bytes(), b"\\u").is_none();
        (sound || decode(body, start).is_ok()).then_some(Scalar::Escaped)
    }

    pub(crate) fn skip_string(&mut self) -> Scan<()> {
        self.pass_string().map(|_| ())
    }

    /// Passes a string; whether it has escapes.
    fn pass_string(&mut self) -> Scan<bool> {
        self.at += 1;
        let mut escaped = false;
        loop {
            self.at += plain(self.bytes.get(self.at..).unwrap_or_default());
            match self.peek() {
                Some(b'"') => {
                    self.at += 1;
                    return Ok(escaped);
                }
                Some(b'\\') => {
                    escaped = true;
                    self.escape()?;
                }
                Some(0..=0x1F) => {
                    return Err(self.error("control characters in strings to be escaped"));
                }
                Some(_) => self.at += 1,
                None => return Err(self.error("a closing quote")),
            }
        }
    }

    fn escape(&mut self) -> Scan<()> {
        self.at += 1;
        match self.peek() {
            Some(b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't') => self.at += 1,
            Some(b'u') => {
                self.at += 1;
                for _ in 0..4 {
                    if !self.peek().is_some_and(|byte| byte.is_ascii_hexdigit()) {
                        return Err(self.error("four hexadecimal digits"));
                    }
                    self.at += 1;
                }
            }
            _ => return Err(self.error("an escape that JSON knows")),
        }
        Ok(())
    }
}

/// Number of bytes before the first that ends a string, escapes or is not allowed in one; or fewer, of whole lots.
fn plain(bytes: &[u8]) -> usize {
    /// Bytes looked at together.
    const LOT: usize = 16;
    let special = |byte: u8| (byte < 0x20) | (byte == b'"') | (byte == b'\\');
    let mut passed = 0;
    for lot in bytes.chunks_exact(LOT) {
        // Without a branch for each byte, so that they are compared at once.
        if lot.iter().fold(false, |any, byte| any | special(*byte)) {
            return passed + lot.iter().take_while(|byte| !special(**byte)).count();
        }
        passed += LOT;
    }
    passed
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
