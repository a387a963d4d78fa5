//! One JSON document as a stream of rows: a list of objects, an object of objects, or objects one after another.
//!
//! Only the frame is read here: brackets, keys and strings. Each element goes through the scanner of rows, which
//! checks its grammar; of members that hold no rows, brackets and strings are checked. Nothing recurses, and memory
//! holds one element, never a file.

use std::collections::HashSet;

use xxhash_rust::xxh3::xxh3_128;

use super::head::Head;
use super::rows::{Element, Rows};
use super::source::Stream;
use super::window::{Window, Within};
use crate::codes;
use crate::error::Error;

/// Which part of a document holds the rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Records {
    /// The outermost list, or the outermost object.
    Top,
    /// The outermost values themselves, one row each.
    Sequence,
    /// The member at this dotted path.
    At(String),
    /// Nothing that could be told: these members hold lists of objects.
    Unclear(Vec<String>),
}

/// Whether a text that begins with an object or list is a document, and where its rows are; `None` for JSON Lines.
pub(super) fn records_of(text: &[u8], head: &Head, ended: bool, lines: bool) -> Option<Records> {
    let line = text.split(|byte| *byte == b'\n').next().unwrap_or(text);
    let line = line.trim_ascii();
    if text.starts_with(b"[") {
        let inside = text.get(1..).unwrap_or_default().trim_ascii_start();
        let rows = line == b"[" || matches!(inside.first(), Some(b'{' | b']'));
        return rows.then_some(Records::Top);
    }
    let whole = value_end(text);
    let rest = whole.map(|end| text.get(end..).unwrap_or_default().trim_ascii_start());
    let breaks = |end: usize| text.get(..end).is_some_and(|text| text.contains(&b'\n'));
    let document = match whole {
        Some(end) if breaks(end) => true,
        Some(_) => !lines && rest == Some(b"") && head.holds_objects(),
        None if line.len() < text.trim_ascii_end().len() => {
            matches!(line.last(), Some(b'{' | b'[' | b',')) && (!lines || line == b"{")
        }
        None => !lines && !ended && (head.holds_objects() || !head.lists_of_objects().is_empty()),
    };
    let unclear = || head.lists_of_objects().into_iter().map(str::to_owned);
    document.then(|| match rest {
        Some([b'{', ..]) => Records::Sequence,
        _ if head.holds_objects() => Records::Top,
        Some(_) if head.lists_of_objects().is_empty() => Records::Sequence,
        _ => Records::Unclear(unclear().collect()),
    })
}

/// Where the first value ends, if it does and its strings hold no line break.
fn value_end(text: &[u8]) -> Option<usize> {
    let (mut depth, mut at) = (0_usize, 0);
    loop {
        match text.get(at)? {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            b'"' => {
                at += 1;
                while *text.get(at)? != b'"' {
                    match text.get(at)? {
                        b'\n' => return None,
                        b'\\' => at += 2,
                        _ => at += 1,
                    }
                }
            }
            _ => {}
        }
        at += 1;
        if depth == 0 {
            return Some(at);
        }
    }
}

/// A document being read.
pub(super) struct Document {
    window: Window,
    records: Records,
    state: State,
    /// Keys of the objects around the rows, the innermost last.
    around: Vec<String>,
    /// Hashes of the keys of rows.
    keys: HashSet<u128>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    /// Nothing is read yet.
    Before,
    /// Inside a list; the flag says whether a comma must come before the next element.
    List(bool),
    /// Inside an object of rows, likewise.
    Object(bool),
    /// Between outermost values.
    Sequence,
    After,
}

impl Document {
    pub(super) fn new(stream: Stream, carry: Vec<u8>, records: Records, file: Within) -> Self {
        Self {
            window: Window::new(stream, carry, file),
            records,
            state: State::Before,
            around: Vec::new(),
            keys: HashSet::new(),
        }
    }

    /// Finds the rows.
    fn enter(&mut self) -> Result<State, Error> {
        let path = match &self.records {
            Records::Top => String::new(),
            Records::Sequence => return Ok(State::Sequence),
            Records::At(path) => path.clone(),
            Records::Unclear(members) => return Err(self.unclear(members.clone())),
        };
        for segment in path.split('.').filter(|_| !path.is_empty()) {
            self.descend(segment)?;
            self.around.push(segment.to_owned());
        }
        self.window.space()?;
        let first = self.window.peek()?;
        if matches!(first, Some(b'[' | b'{')) {
            self.window.advance();
        }
        match first {
            Some(b'[') => Ok(State::List(false)),
            Some(b'{') => Ok(State::Object(false)),
            None => Err(self.window.truncated()),
            Some(_) => {
                let detail = format!("`{path}` is neither a list nor an object of rows");
                let error = Error::new(&codes::NO_RECORDS, detail).at(self.window.place());
                Err(error.help(codes::NO_RECORDS.remedy))
            }
        }
    }

    /// Goes to the value of a key of the object that begins here.
    fn descend(&mut self, segment: &str) -> Result<(), Error> {
        let place = self.window.place();
        let mut found = Vec::new();
        let mut comma = false;
        self.window.space()?;
        if self.window.peek()? == Some(b'{') {
            self.window.advance();
            while let Some((key, _)) = self.member(comma)? {
                if key == segment {
                    return Ok(());
                }
                if found.len() < 20 {
                    found.push(key);
                }
                self.window.skip()?;
                comma = true;
            }
        }
        let detail = format!("--records names `{segment}`, and there is no such member here");
        let error = Error::new(&codes::NO_RECORDS, detail).at(place);
        Err(match found.as_slice() {
            [] => error.help("this is no object"),
            found => error.help(format!("the members are {}", found.join(", "))),
        })
    }

    /// The next key of an object and its hash, its value to come; none where the object ends.
    fn member(&mut self, comma: bool) -> Result<Option<(String, u128)>, Error> {
        if !self.goes_on(b'}', comma)? {
            return Ok(None);
        }
        let key = self.window.key()?;
        let hash = xxh3_128(key.as_bytes());
        Ok(Some((key, hash)))
    }

    /// Whether another item stands before the closing bracket.
    fn goes_on(&mut self, closing: u8, comma: bool) -> Result<bool, Error> {
        self.window.space()?;
        match self.window.peek()? {
            Some(byte) if byte == closing => {
                self.window.advance();
                Ok(false)
            }
            Some(b',') if comma => {
                self.window.advance();
                self.window.space()?;
                Ok(true)
            }
            None => Err(self.window.truncated()),
            Some(_) if comma => Err(self.window.unexpected("a comma or a closing bracket")),
            Some(_) => Ok(true),
        }
    }

    /// What stands around the rows, to the end of the file.
    fn leave(&mut self) -> Result<(), Error> {
        while let Some(segment) = self.around.pop() {
            while let Some((key, _)) = self.member(true)? {
                if key == segment {
                    return Err(self.twice(&key));
                }
                self.window.skip()?;
            }
        }
        self.window.space()?;
        match self.window.peek()? {
            None => Ok(()),
            Some(_) => Err(self.window.unexpected("the end of the file")),
        }
    }

    fn twice(&self, key: &str) -> Error {
        let detail = format!("the key {key:?} comes twice in one object");
        Error::new(&codes::DUPLICATE_KEY, detail)
            .at(self.window.place())
            .help(codes::DUPLICATE_KEY.remedy)
    }

    /// The members that could be meant, as the error names them.
    fn unclear(&self, members: Vec<String>) -> Error {
        let detail = "the file is one JSON object, and not all its members are rows";
        let mut error = Error::new(&codes::NO_RECORDS, detail).at(self.window.place());
        for member in &members {
            error = error.help(format!(
                "to read the rows in {member}, pass --records {member}"
            ));
        }
        if members.is_empty() {
            error = error.help(codes::NO_RECORDS.remedy);
        }
        error
    }

    /// The lists of objects among the members from here on.
    fn further_lists(&mut self, key: String) -> Result<Vec<String>, Error> {
        let (mut members, mut next) = (Vec::new(), Some(key));
        while let Some(key) = next {
            if self.window.peek()? == Some(b'[') {
                self.window.advance();
                self.window.space()?;
                if self.window.peek()? == Some(b'{') {
                    members.push(key);
                }
                self.window.skip_to_close(b']')?;
            } else {
                self.window.skip()?;
            }
            next = self.member(true)?.map(|(key, _)| key);
        }
        Ok(members)
    }

    /// The row of a key.
    fn keyed(&mut self, key: String, hash: u128) -> Result<Element, Error> {
        if !self.keys.insert(hash) {
            return Err(self.twice(&key));
        }
        if self.records == Records::Top && self.window.peek()? != Some(b'{') {
            let members = self.further_lists(key)?;
            return Err(self.unclear(members));
        }
        let element = self.window.element()?;
        Ok(Element {
            key: Some(key),
            ..element
        })
    }
}

impl Rows for Document {
    fn next(&mut self) -> Result<Option<Element>, Error> {
        if self.state == State::Before {
            self.state = self.enter()?;
        }
        match self.state {
            State::List(comma) => {
                self.state = State::List(true);
                if self.goes_on(b']', comma)? {
                    return self.window.element().map(Some);
                }
                self.leave()?;
            }
            State::Object(comma) => {
                self.state = State::Object(true);
                if let Some((key, hash)) = self.member(comma)? {
                    return self.keyed(key, hash).map(Some);
                }
                self.leave()?;
            }
            State::Sequence => {
                self.window.space()?;
                if self.window.peek()?.is_some() {
                    return self.window.element().map(Some);
                }
            }
            State::Before | State::After => {}
        }
        self.state = State::After;
        Ok(None)
    }
}
