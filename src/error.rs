//! Errors as a person meets them: a code, a place, what was found and expected, and the way out.

use std::borrow::Cow;
use std::fmt;

use crate::codes::Code;
use crate::exit::Exit;
use crate::render::escape::{Charset, Untrusted};

/// Text that may come from outside, made safe to show.
fn escaped(text: &str) -> Cow<'_, str> {
    Untrusted(text).escaped(Charset::Unicode)
}

/// A place in a log.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Path as given, or `-`.
    pub path: String,
    /// Physical line, from 1; none when the whole file is meant.
    pub line: Option<u64>,
    /// Character in the line, from 1.
    pub column: Option<u64>,
    /// Row, from 1, where the format has no lines.
    pub row: Option<u64>,
    /// The column of the table, where the format has no lines.
    pub field: Option<String>,
}

impl Place {
    /// A whole file.
    #[must_use]
    pub fn file(path: &str) -> Self {
        Self {
            path: path.to_owned(),
            line: None,
            column: None,
            row: None,
            field: None,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&escaped(&self.path))?;
        for number in [self.line, self.column].into_iter().flatten() {
            write!(f, ":{number}")?;
        }
        if let Some(row) = self.row {
            write!(f, ": row {row}")?;
        }
        match &self.field {
            Some(field) => write!(f, ", column `{}`", escaped(field)),
            None => Ok(()),
        }
    }
}

/// Why the program, or one row, cannot go on.
///
/// Text that came from outside is escaped when it is shown, never before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error(Box<Parts>);

/// What an [`Error`] says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parts {
    /// Which kind of error, with its explanation.
    pub code: &'static Code,
    /// Where.
    pub place: Option<Place>,
    /// The offending text.
    pub excerpt: Option<String>,
    /// What was found, what was expected: a lowercase fragment.
    pub detail: String,
    /// What to do about it.
    pub help: Vec<String>,
}

impl Error {
    /// An error of this kind.
    pub fn new(code: &'static Code, detail: impl Into<String>) -> Self {
        Self(Box::new(Parts {
            code,
            place: None,
            excerpt: None,
            detail: detail.into(),
            help: Vec::new(),
        }))
    }

    /// The same error at a place.
    #[must_use]
    pub fn at(mut self, place: Place) -> Self {
        self.0.place = Some(place);
        self
    }

    /// The same error with a line of help.
    #[must_use]
    pub fn help(mut self, help: impl Into<String>) -> Self {
        self.0.help.push(help.into());
        self
    }

    /// How the program ends on this error.
    #[must_use]
    pub fn exit(&self) -> Exit {
        self.code.exit()
    }
}

impl std::ops::Deref for Error {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}

impl std::ops::DerefMut for Error {
    fn deref_mut(&mut self) -> &mut Parts {
        &mut self.0
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "error[{}]: {}", self.code.id, self.code.title)?;
        if let Some(place) = &self.place {
            write!(f, "\n  --> {place}")?;
        }
        if let Some(excerpt) = &self.excerpt {
            write!(f, "\n   | {}", escaped(excerpt))?;
        }
        write!(f, "\n  {}", escaped(&self.detail))?;
        for help in &self.help {
            write!(f, "\n  help: {}", escaped(help))?;
        }
        Ok(())
    }
}

impl std::error::Error for Error {}
