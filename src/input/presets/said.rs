//! What a preset says of a row beside the row's own fields.

use serde_json::{Map, Value as Json};

use crate::error::Error;
use crate::input::json::{self, Visitor};
use crate::input::rows::{Element, Rows};
use crate::input::value::{Raw, Value};

/// What is said of a row: the member `calib` of it.
pub(super) type Said = Map<String, Json>;

/// Adds what is said of a row behind its own fields, so that these stay where they are; a row that is no object stays
/// as it is, which its reader will say.
pub(super) fn add(element: &mut Element, said: Said) {
    let Some(end) = element.text.iter().rposition(|byte| *byte == b'}') else {
        return;
    };
    let own = element.text.get(..end).unwrap_or_default().trim_ascii();
    let comma = if own == b"{" { "" } else { ", " };
    element.text.truncate(end);
    let member = format!("{comma}\"calib\": {}}}", Json::Object(said));
    element.text.extend(member.into_bytes());
}

/// Fields of a row.
#[derive(Default)]
pub(super) struct Found<'a> {
    wanted: &'static [&'static str],
    /// The path that was wanted last.
    path: String,
    found: Vec<(String, Raw<'a>)>,
}

impl<'a> Found<'a> {
    /// Finds the values at these paths; none if the row is no object.
    pub(super) fn read(element: &'a Element, wanted: &'static [&'static str]) -> Option<Self> {
        let mut found = Self {
            wanted,
            ..Self::default()
        };
        let text = std::str::from_utf8(&element.text).ok()?;
        json::read_object(text, &mut found).ok()?;
        Some(found)
    }

    pub(super) fn at(&self, path: &str) -> Option<&Raw<'a>> {
        let found = self.found.iter().find(|(known, _)| known == path);
        found.map(|(_, raw)| raw)
    }

    pub(super) fn text(&self, path: &str) -> Option<&str> {
        self.at(path).and_then(Raw::text)
    }
}

impl<'a> Visitor<'a> for Found<'a> {
    fn wants(&mut self, path: &str) -> bool {
        let wanted = self.wanted.contains(&path);
        if wanted {
            path.clone_into(&mut self.path);
        }
        wanted
    }

    // A value is taken right after its path was wanted.
    fn take(&mut self, value: Value<'a>, _key_at: usize) {
        self.found.push((std::mem::take(&mut self.path), value.raw));
    }
}

/// Rows of each of which something is said.
pub(super) struct Explained {
    pub(super) rows: Box<dyn Rows>,
    pub(super) say: fn(&Element) -> Option<Said>,
}

impl Rows for Explained {
    fn next(&mut self) -> Result<Option<Element>, Error> {
        let next = self.rows.next()?;
        Ok(next.map(|mut element| {
            if let Some(said) = (self.say)(&element) {
                add(&mut element, said);
            }
            element
        }))
    }
}
