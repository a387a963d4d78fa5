//! A moving window over the bytes of a JSON document: passes tokens, keeps elements, knows lines and columns.

use std::sync::Arc;

use super::json;
use super::limits::Bytes;
use super::rows::{Element, Start};
use super::source::Stream;
use crate::codes::{self, Code};
use crate::error::{Error, Place};

/// Bytes read at once.
const CHUNK: usize = 256 << 10;

/// Which file is read, and how far an element may go.
#[derive(Clone, Debug)]
pub(crate) struct Within {
    /// The file as given.
    pub(crate) path: String,
    /// The file inside a container or folder.
    pub(crate) member: Option<Arc<str>>,
    /// Longest element.
    pub(crate) longest: Bytes,
}

pub(super) struct Window {
    stream: Stream,
    file: Within,
    buffer: Vec<u8>,
    at: usize,
    ended: bool,
    /// Where the element begins that is being kept.
    keep: Option<usize>,
    /// A byte of the buffer whose line and column are known: at or before both.
    marker: usize,
    line: u64,
    /// Characters before the marker on its line.
    before: u64,
}

impl Window {
    pub(super) fn new(stream: Stream, buffer: Vec<u8>, file: Within) -> Self {
        Self {
            stream,
            file,
            buffer,
            at: 0,
            ended: false,
            keep: None,
            marker: 0,
            line: 1,
            before: 0,
        }
    }

    /// The next byte, if there is one.
    pub(super) fn peek(&mut self) -> Result<Option<u8>, Error> {
        if let Some(byte) = self.buffer.get(self.at) {
            return Ok(Some(*byte));
        }
        if !self.ended {
            self.refill()?;
        }
        Ok(self.buffer.get(self.at).copied())
    }

    fn refill(&mut self) -> Result<(), Error> {
        let from = self.keep.unwrap_or(self.at).min(self.at);
        self.settle(from);
        self.buffer.drain(..from);
        (self.at, self.marker) = (self.at - from, 0);
        self.keep = self.keep.map(|_| 0);
        let longest = self.file.longest.size();
        if self.buffer.len() >= longest {
            return Err(self.too_long());
        }
        let target = (self.buffer.len() + CHUNK).min(longest);
        self.ended = self.stream.fill(&mut self.buffer, target)?;
        Ok(())
    }

    fn too_long(&self) -> Error {
        let detail = format!("no row ends within {} from here", self.file.longest);
        let place = Place {
            column: None,
            ..self.place()
        };
        Error::new(&codes::LINE_TOO_LONG, detail)
            .at(place)
            .help(codes::LINE_TOO_LONG.remedy)
    }

    /// Moves the marker to a byte.
    fn settle(&mut self, to: usize) {
        let passed = self.buffer.get(self.marker..to).unwrap_or_default();
        let lines = super::blocks::newlines(passed);
        let tail = match memchr::memrchr(b'\n', passed) {
            Some(newline) => {
                self.before = 0;
                passed.get(newline + 1..).unwrap_or_default()
            }
            None => passed,
        };
        self.line += lines;
        self.before += characters(tail);
        self.marker = to;
    }

    /// Passes one byte.
    pub(super) fn advance(&mut self) {
        self.at += 1;
    }

    pub(super) fn space(&mut self) -> Result<(), Error> {
        while self.peek()?.is_some_and(is_space) {
            self.at += 1;
        }
        Ok(())
    }

    /// A key and its colon.
    pub(super) fn key(&mut self) -> Result<String, Error> {
        if self.peek()? != Some(b'"') {
            return Err(self.unexpected("a key in double quotes"));
        }
        let literal = self.kept()?.text;
        let key = std::str::from_utf8(&literal)
            .ok()
            .and_then(|literal| json::text(literal).ok())
            .map(std::borrow::Cow::into_owned);
        let key = key.ok_or_else(|| self.unexpected("a key that is a string of JSON"))?;
        self.space()?;
        if self.peek()? != Some(b':') {
            return Err(self.unexpected("a colon"));
        }
        self.at += 1;
        self.space()?;
        Ok(key)
    }

    /// The value that begins here, as an element.
    pub(super) fn element(&mut self) -> Result<Element, Error> {
        self.kept()
    }

    fn kept(&mut self) -> Result<Element, Error> {
        self.settle(self.at);
        let start = Start {
            member: self.file.member.clone(),
            line: self.line,
            before: self.before,
        };
        self.keep = Some(self.at);
        self.skip()?;
        let from = self.keep.take().unwrap_or(self.at);
        let text = self.buffer.get(from..self.at).unwrap_or_default().to_vec();
        if text.len() > self.file.longest.size() {
            return Err(self.too_long());
        }
        Ok(Element {
            text,
            start,
            key: None,
        })
    }

    /// Passes a value of any depth.
    pub(super) fn skip(&mut self) -> Result<(), Error> {
        match self.peek()? {
            None => Err(self.truncated()),
            Some(b'"') => self.string(),
            Some(b'{') => {
                self.at += 1;
                self.skip_to_close(b'}')
            }
            Some(b'[') => {
                self.at += 1;
                self.skip_to_close(b']')
            }
            Some(b',' | b':' | b'}' | b']') => Err(self.unexpected("a value")),
            Some(_) => self.word(),
        }
    }

    /// A number, or a bare word: up to a mark or space, of which the first byte is neither.
    fn word(&mut self) -> Result<(), Error> {
        while let Some(byte) = self.peek()? {
            if matches!(byte, b',' | b':' | b'}' | b']' | b'{' | b'[' | b'"') || is_space(byte) {
                break;
            }
            self.at += 1;
        }
        Ok(())
    }

    /// Passes all up to the bracket that closes what is open.
    pub(super) fn skip_to_close(&mut self, closing: u8) -> Result<(), Error> {
        let mut open = vec![closing];
        while let Some(&innermost) = open.last() {
            match self.peek()? {
                None => return Err(self.truncated()),
                Some(b'"') => {
                    self.string()?;
                    continue;
                }
                Some(bracket @ (b'{' | b'[')) => {
                    open.push(bracket + 2);
                    if open.len() > self.file.longest.size() {
                        return Err(self.too_long());
                    }
                }
                Some(bracket @ (b'}' | b']')) => {
                    if bracket != innermost {
                        return Err(self.unexpected("another closing bracket"));
                    }
                    open.pop();
                }
                Some(_) => {}
            }
            self.at += 1;
        }
        Ok(())
    }

    fn string(&mut self) -> Result<(), Error> {
        self.at += 1;
        loop {
            let rest = self.buffer.get(self.at..).unwrap_or_default();
            match memchr::memchr2(b'"', b'\\', rest) {
                None => {
                    self.at = self.buffer.len();
                    if self.peek()?.is_none() {
                        return Err(self.truncated());
                    }
                }
                Some(found) => {
                    self.at += found;
                    let quote = self.buffer.get(self.at) == Some(&b'"');
                    self.at += 1;
                    if quote {
                        return Ok(());
                    }
                    if self.peek()?.is_none() {
                        return Err(self.truncated());
                    }
                    self.at += 1;
                }
            }
        }
    }

    /// Where the next byte stands.
    pub(super) fn place(&self) -> Place {
        let passed = self.buffer.get(self.marker..self.at).unwrap_or_default();
        let newline = memchr::memrchr(b'\n', passed);
        let tail = newline.map_or(passed, |at| passed.get(at + 1..).unwrap_or_default());
        let before = if newline.is_some() { 0 } else { self.before };
        let path = match &self.file.member {
            Some(member) => format!("{}#{member}", self.file.path),
            None => self.file.path.clone(),
        };
        Place {
            line: Some(self.line + super::blocks::newlines(passed)),
            column: Some(before + characters(tail) + 1),
            ..Place::file(&path)
        }
    }

    /// The file ends where the document goes on.
    pub(super) fn truncated(&self) -> Error {
        self.failed(
            &codes::TRUNCATED_DOCUMENT,
            "the file ends before the JSON document does".to_owned(),
        )
    }

    /// Something else than what must stand here.
    pub(super) fn unexpected(&mut self, expected: &str) -> Error {
        let rest = self.buffer.get(self.at..).unwrap_or_default();
        let rest = rest.get(..rest.len().min(4)).unwrap_or_default();
        match String::from_utf8_lossy(rest).chars().next() {
            None => self.truncated(),
            Some(found) => self.failed(
                &codes::INVALID_DOCUMENT,
                format!("found `{found}`, expected {expected}"),
            ),
        }
    }

    fn failed(&self, code: &'static Code, detail: String) -> Error {
        Error::new(code, detail).at(self.place()).help(code.remedy)
    }
}

/// Whether a byte is white space of JSON; a form feed is none.
fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

/// Characters of a text, whose bytes may be cut anywhere.
fn characters(bytes: &[u8]) -> u64 {
    let count = bytes.iter().filter(|byte| **byte & 0xC0 != 0x80).count();
    u64::try_from(count).unwrap_or(u64::MAX)
}
