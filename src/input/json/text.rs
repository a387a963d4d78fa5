//! A string of JSON by itself, such as a key.

use std::borrow::Cow;

use super::{Scanner, SyntaxError};

/// The text of a string with its quotes.
///
/// # Errors
/// [`SyntaxError`] when it is not one string.
pub(crate) fn text(literal: &str) -> Result<Cow<'_, str>, SyntaxError> {
    let mut scanner = Scanner {
        text: literal,
        bytes: literal.as_bytes(),
        at: 0,
    };
    match scanner.peek() {
        Some(b'"') => scanner.string(),
        _ => Err(scanner.error("a string")),
    }
}
