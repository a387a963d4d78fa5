//! One JSON object, scanned once: the whole grammar is checked, only the wanted values are decoded.
//!
//! An own scanner, because a row reader must do what general parsers do not: give the byte at which each value
//! stands, take the bare `NaN` and `Infinity` that Python writes, refuse a wanted key that comes twice, keep the
//! digits of identifiers, and pass values nested millions deep without recursion. `serde_json` is its oracle in
//! the tests.

use std::borrow::Cow;
use std::ops::Range;

use super::value::{Raw, Value};

mod text;
mod tree;

pub(crate) use text::{first_special, plain, special_in, text};
pub use tree::{Tree, tree};

/// Deepest object whose keys are looked at; deeper values are checked and passed over.
const MAX_DEPTH: usize = 128;

/// Where and how the text leaves the grammar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SyntaxError {
    /// Byte offset.
    pub(crate) at: usize,
    /// What was expected.
    pub(crate) expected: &'static str,
    /// Whether the text ended too early, rather than going wrong.
    pub(crate) ended: bool,
}

/// Who takes the values of a row.
pub(crate) trait Visitor<'a> {
    /// Whether the value at this path is wanted.
    fn wants(&mut self, path: &str) -> bool;
    /// Takes a wanted value; `key_at` is where its key stands.
    fn take(&mut self, value: Value<'a>, key_at: usize);
    /// Is told where a value stands that was taken or passed over, so many objects deep.
    fn passed(&mut self, _path: &str, _depth: usize, _place: Range<usize>) {}
}

/// Reads one object that fills `text` but for white space.
///
/// # Errors
/// [`SyntaxError`] at the first byte that does not follow the grammar.
pub(crate) fn read_object<'a>(
    text: &'a str,
    visitor: &mut dyn Visitor<'a>,
) -> Result<(), SyntaxError> {
    let mut scanner = Scanner::new(text);
    scanner.space();
    scanner.object(&mut String::new(), 0, visitor)?;
    scanner.end()
}

/// Where the value ends that begins at a byte of a text whose grammar was checked.
pub(super) fn end_of(text: &str, at: usize) -> usize {
    let mut scanner = Scanner::new(text);
    scanner.at = at;
    match scanner.skip() {
        Ok(()) => scanner.at,
        Err(_) => at,
    }
}

pub(super) struct Scanner<'a> {
    pub(super) text: &'a str,
    bytes: &'a [u8],
    pub(super) at: usize,
}

pub(super) type Scan<T> = Result<T, SyntaxError>;

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        let bytes = text.as_bytes();
        Self { text, bytes, at: 0 }
    }

    pub(super) fn end(&mut self) -> Scan<()> {
        self.space();
        match self.peek() {
            Some(_) => Err(self.error("the end of the row")),
            None => Ok(()),
        }
    }

    pub(super) fn error(&self, expected: &'static str) -> SyntaxError {
        SyntaxError {
            at: self.at,
            expected,
            ended: self.at >= self.bytes.len(),
        }
    }

    #[inline]
    pub(super) fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    /// In front of what is left of a row.
    pub(super) fn before(row: &'a str, rest: &[u8]) -> Self {
        Self {
            at: row.len() - rest.len().min(row.len()),
            ..Self::new(row)
        }
    }

    /// What follows.
    #[inline]
    pub(super) fn rest(&self) -> &'a [u8] {
        self.bytes.get(self.at..).unwrap_or_default()
    }

    pub(super) fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\r' | b'\n')) {
            self.at += 1;
        }
    }

    pub(super) fn expect(&mut self, byte: u8, expected: &'static str) -> Scan<()> {
        if self.peek() == Some(byte) {
            self.at += 1;
            Ok(())
        } else {
            Err(self.error(expected))
        }
    }

    /// Passes over exactly this text, if it is there.
    #[inline]
    pub(super) fn pass(&mut self, text: &str) -> Option<()> {
        let there = self.rest().starts_with(text.as_bytes());
        there.then(|| self.at += text.len())
    }

    /// An object whose keys are shown to the visitor under `path`.
    fn object(
        &mut self,
        path: &mut String,
        depth: usize,
        visitor: &mut dyn Visitor<'a>,
    ) -> Scan<()> {
        self.expect(b'{', "an object")?;
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(());
        }
        loop {
            self.space();
            let key_at = self.at;
            let key = self.key()?;
            let parent = path.len();
            if depth > 0 {
                path.push('.');
            }
            path.push_str(&key);
            self.member(path, depth, key_at, visitor)?;
            path.truncate(parent);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(());
                }
                _ => return Err(self.error("a comma or a closing brace")),
            }
        }
    }

    pub(super) fn key(&mut self) -> Scan<Cow<'a, str>> {
        if self.peek() != Some(b'"') {
            return Err(self.error("a key in double quotes"));
        }
        let key = self.string()?;
        self.space();
        self.expect(b':', "a colon")?;
        self.space();
        Ok(key)
    }

    fn member(
        &mut self,
        path: &mut String,
        depth: usize,
        key_at: usize,
        visitor: &mut dyn Visitor<'a>,
    ) -> Scan<()> {
        let at = self.at;
        if visitor.wants(path) {
            let raw = self.value()?;
            visitor.take(Value { raw, at }, key_at);
        } else if self.peek() == Some(b'{') && depth < MAX_DEPTH {
            return self.object(path, depth + 1, visitor);
        } else {
            self.skip()?;
        }
        visitor.passed(path, depth, at..self.at);
        Ok(())
    }

    /// A wanted value; a list of one scalar is that scalar.
    pub(super) fn value(&mut self) -> Scan<Raw<'a>> {
        match self.peek() {
            Some(b'{') => self.skip().map(|()| Raw::Composite("an object")),
            Some(b'[') => self.list(),
            _ => self.scalar(),
        }
    }

    fn list(&mut self) -> Scan<Raw<'a>> {
        let start = self.at;
        self.at += 1;
        self.space();
        if !matches!(self.peek(), Some(b'[' | b'{' | b']') | None) {
            let scalar = self.scalar()?;
            self.space();
            if self.peek() == Some(b']') {
                self.at += 1;
                return Ok(scalar);
            }
        }
        self.at = start;
        self.skip()?;
        Ok(Raw::List(self.text[start..self.at].into()))
    }

    fn scalar(&mut self) -> Scan<Raw<'a>> {
        match self.peek() {
            Some(b'"') => self.string().map(Raw::Text),
            Some(b't') => self.word("true").map(|_| Raw::Bool(true)),
            Some(b'f') => self.word("false").map(|_| Raw::Bool(false)),
            Some(b'n') => self.word("null").map(|_| Raw::Null),
            Some(b'N') => self.word("NaN").map(Raw::NonFinite),
            Some(b'I') => self.word("Infinity").map(Raw::NonFinite),
            Some(b'-') if self.bytes.get(self.at + 1) == Some(&b'I') => {
                self.word("-Infinity").map(Raw::NonFinite)
            }
            Some(b'-' | b'0'..=b'9') => self.number().map(Raw::Number),
            _ => Err(self.error("a value")),
        }
    }

    fn word(&mut self, word: &'static str) -> Scan<&'a str> {
        let start = self.at;
        for expected in word.bytes() {
            self.expect(expected, "true, false, null, NaN or Infinity")?;
        }
        Ok(&self.text[start..self.at])
    }

    #[inline]
    pub(super) fn number(&mut self) -> Scan<&'a str> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        match self.peek() {
            Some(b'0') => self.at += 1,
            _ => self.digits()?,
        }
        if self.peek() == Some(b'.') {
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        Ok(&self.text[start..self.at])
    }

    fn digits(&mut self) -> Scan<()> {
        if !matches!(self.peek(), Some(b'0'..=b'9')) {
            return Err(self.error("a digit"));
        }
        while matches!(self.peek(), Some(b'0'..=b'9')) {
            self.at += 1;
        }
        Ok(())
    }

    /// Passes one value of any depth, checking its grammar with a stack of open brackets instead of recursion.
    pub(super) fn skip(&mut self) -> Scan<()> {
        let mut open: Vec<u8> = Vec::new();
        loop {
            self.space();
            match self.peek() {
                Some(bracket @ (b'{' | b'[')) => {
                    self.at += 1;
                    self.space();
                    if self.peek() == Some(bracket + 2) {
                        self.at += 1;
                    } else {
                        open.push(bracket + 2);
                        self.skip_key(bracket + 2)?;
                        continue;
                    }
                }
                Some(b'"') => self.skip_string()?,
                _ => drop(self.scalar()?),
            }
            if self.close(&mut open)? {
                return Ok(());
            }
        }
    }

    /// After a value: closes what ends here; whether the outermost value is complete.
    fn close(&mut self, open: &mut Vec<u8>) -> Scan<bool> {
        while let Some(&closing) = open.last() {
            self.space();
            match self.peek() {
                Some(b',') => {
                    self.at += 1;
                    self.skip_key(closing)?;
                    return Ok(false);
                }
                Some(byte) if byte == closing => {
                    self.at += 1;
                    open.pop();
                }
                _ => return Err(self.error("a comma or a closing bracket")),
            }
        }
        Ok(true)
    }

    /// Inside an object, the key before the next value.
    fn skip_key(&mut self, closing: u8) -> Scan<()> {
        if closing != b'}' {
            return Ok(());
        }
        self.space();
        if self.peek() != Some(b'"') {
            return Err(self.error("a key in double quotes"));
        }
        self.skip_string()?;
        self.space();
        self.expect(b':', "a colon")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Takes every scalar, under its path.
    #[derive(Default)]
    struct All<'a> {
        path: String,
        taken: Vec<(String, Raw<'a>)>,
        filter: Option<&'static str>,
    }

    impl<'a> Visitor<'a> for All<'a> {
        fn wants(&mut self, path: &str) -> bool {
            path.clone_into(&mut self.path);
            self.filter.is_none_or(|filter| filter == path)
        }

        fn take(&mut self, value: Value<'a>, _key_at: usize) {
            self.taken.push((self.path.clone(), value.raw));
        }
    }

    fn read<'a>(
        text: &'a str,
        filter: Option<&'static str>,
    ) -> Result<Vec<(String, Raw<'a>)>, SyntaxError> {
        let mut all = All {
            filter,
            ..All::default()
        };
        read_object(text, &mut all).map(|()| all.taken)
    }

    #[test]
    fn values_keep_what_was_written() {
        let row = r#" {"id": 9007199254740993, "c": [0.5], "a\u00e9\ud83d\ude00": "x\ny", "n": NaN, "l": [1, 2]} "#;
        let taken = read(row, None).unwrap();
        assert_eq!(taken[0].1, Raw::Number("9007199254740993"));
        assert_eq!(taken[1].1, Raw::Number("0.5"));
        assert_eq!(
            (taken[2].0.as_str(), &taken[2].1),
            ("aé😀", &Raw::Text("x\ny".into()))
        );
        assert_eq!(taken[3].1, Raw::NonFinite("NaN"));
        assert_eq!(taken[4].1, Raw::List("[1, 2]".into()));
    }

    #[test]
    fn nested_keys_have_dotted_paths() {
        let taken = read(
            r#"{"judge": {"ok": true, "x": {}}, "ok": false}"#,
            Some("judge.ok"),
        )
        .unwrap();
        assert_eq!(taken, [("judge.ok".to_owned(), Raw::Bool(true))]);
    }

    #[test]
    fn depth_does_not_overflow_the_stack() {
        let row = format!(
            "{{\"deep\":{}{},\"c\":1}}",
            "[".repeat(2_000_000),
            "]".repeat(2_000_000)
        );
        assert_eq!(read(&row, Some("c")).unwrap().len(), 1);
        let row = format!("{}1{}", "{\"a\":".repeat(200_000), "}".repeat(200_000));
        assert!(read(&row, Some("c")).unwrap().is_empty());
    }

    #[test]
    fn errors_name_the_byte() {
        let error = |row| read(row, Some("c")).unwrap_err();
        assert_eq!(error(r#"{"c": 01}"#).at, 7);
        assert_eq!(error(r#"{"c": 1,}"#).at, 8);
        assert_eq!(
            error(r#"{"c": tru"#),
            SyntaxError {
                at: 9,
                expected: "true, false, null, NaN or Infinity",
                ended: true
            }
        );
        assert_eq!(error(r#"{"c": "\ud800"}"#).at, 7);
        assert!(!error("{} {}").ended);
    }

    proptest! {
        /// The scanner accepts a text exactly when `serde_json` does (neither NaN nor depth is generated here).
        #[test]
        fn agrees_with_serde_json(text in r#"\{("[ab\\"nu0-9]{0,4}" ?: ?(-?[0-9]{1,2}(\.[0-9]{0,2})?(e[+-]?[0-9]{0,2})?|"[a\\"]{0,3}"|tru?e|null|\[1?,?2?\]|\{\}|\{"a":1\}),?){0,3}\}?"#) {
            let ours = read(&text, Some("none")).is_ok();
            let theirs = serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok();
            prop_assert_eq!(ours, theirs, "{}", text);
        }
    }
}
